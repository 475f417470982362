"""How long does a whole `fit` take, against scikit-learn's, with the same layers, batches and epochs?

pellucid's defaults (float32; inputs and targets standardised), but without early stopping and with a fixed number
of epochs; scikit-learn's MLP behind a StandardScaler with the same layers, batch size, learning rate and epochs, on
float64 as most tables come, and on float32. Its targets are standardised outside its clock. Whole fits are timed
with checks, encoding and history; kernels are loaded beforehand; contestants take turns; the median counts.

    python benchmarks/fit_time.py
"""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from measuring import alternate, print_table, save, seconds_of
from pellucid import FeedForwardClassifier, FeedForwardRegressor

EXAMPLES = Path(__file__).parent.parent / "examples"
LAYERS = (64, 64)
REPETITIONS = 7


class Case(NamedTuple):
    """A table, and how it is trained on."""

    name: str
    X: np.ndarray
    y: np.ndarray
    batch: int
    epochs: int

    @property
    def classes(self) -> bool:
        return self.y.dtype.kind == "U"


def read(name: str, n_targets: int) -> tuple[np.ndarray, list[list[str]]]:
    """The numbers of all but the last columns of an example's table, and the last ones as text."""
    with open(EXAMPLES / name, newline="") as file:
        rows = list(csv.reader(file))[1:]
    return np.array([row[:-n_targets] for row in rows], float), [row[-n_targets:] for row in rows]


def make_cases() -> list[Case]:
    X_energy, loads = read("energy_efficiency.csv", 2)
    Y = np.array(loads, float)
    X_cancer, diagnoses = read("breast_cancer.csv", 1)
    generator = np.random.default_rng(0)
    X = generator.standard_normal((50_000, 20))
    y = np.sin(X[:, 0]) + X[:, 1] * X[:, 2] + 0.1 * generator.standard_normal(50_000)
    return [
        Case("energy_efficiency, 768 x 8, 2 targets", X_energy, (Y - Y.mean(axis=0)) / Y.std(axis=0), 32, 100),
        Case("breast_cancer, 569 x 30, 2 classes", X_cancer, np.array(diagnoses)[:, 0], 32, 100),
        Case("synthetic, 50,000 x 20, 1 target", X, (y - y.mean()) / y.std(), 256, 10),
    ]


def pellucid_fit(case: Case) -> Callable[[], Any]:
    estimator = FeedForwardClassifier if case.classes else FeedForwardRegressor
    model = estimator(
        LAYERS, batch_size=case.batch, max_iter=case.epochs, early_stopping=False, tol=0.0,
        n_iter_no_change=case.epochs, random_state=0,
    )  # fmt: skip
    return lambda: model.fit(case.X, case.y)


def sklearn_fit(case: Case, dtype: str) -> Callable[[], Any]:
    estimator = MLPClassifier if case.classes else MLPRegressor
    mlp = estimator(
        hidden_layer_sizes=LAYERS, batch_size=case.batch, max_iter=case.epochs, alpha=0.0, tol=0.0,
        n_iter_no_change=case.epochs, random_state=0,
    )  # fmt: skip
    model = make_pipeline(StandardScaler(), mlp)
    X = case.X.astype(dtype)
    y = case.y if case.classes else case.y.astype(dtype)
    return lambda: model.fit(X, y)


def compare(case: Case) -> dict[str, Any]:
    fits = {
        "pellucid": pellucid_fit(case),
        "scikit-learn float64": sklearn_fit(case, "float64"),
        "scikit-learn float32": sklearn_fit(case, "float32"),
    }
    fits["pellucid"]()  # loads the kernels
    return alternate({name: lambda fit=fit: seconds_of(fit) for name, fit in fits.items()}, REPETITIONS)


def main() -> None:
    warnings.filterwarnings("ignore", module="sklearn")  # that it did not converge in so few epochs
    rows, results = [], []
    for case in make_cases():
        times = compare(case)
        ours, *theirs = (t.median for t in times.values())
        shown = [f"{t.median:.3g} [{t.least:.3g}-{t.greatest:.3g}]" for t in times.values()]
        steps = case.epochs * -(-len(case.X) // case.batch)
        rows.append([case.name, case.epochs, steps, *shown, " / ".join(f"{their / ours:.1f}" for their in theirs)])
        results.append({"case": case.name, "epochs": case.epochs, "batch": case.batch, "steps": steps}
                       | {name: t._asdict() for name, t in times.items()})  # fmt: skip
    print(f"Seconds of a whole fit, layers {LAYERS}: median [least-greatest]\n")
    print_table(["table", "epochs", "steps", "pellucid", "scikit-learn float64", "scikit-learn float32",
                 "times faster"], rows)  # fmt: skip
    save("fit_time", results, unit="seconds", repetitions=REPETITIONS, hidden_layer_sizes=LAYERS)


if __name__ == "__main__":
    main()
