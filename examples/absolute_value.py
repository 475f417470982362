"""The text's network for |x|: exact with its own weights, learnt from data, and why learning sometimes fails.

(a) Two ReLU neurons with W1 = (1, -1)^T, c1 = 0, W2 = (1 1), c2 = 0 give |x| = max(x, 0) + max(-x, 0) exactly.
(b) Learnt from 200 points y = |x| + noise, with 2, 4 and 8 neurons, from 100 random starts each. A run is a success
    if the root mean squared error against |x| itself on a grid is below 0.05. Every failure is looked into.
(c) The best straight line, hidden_layer_sizes=(), cannot fit: its error is the yardstick for a failed network.

    python examples/absolute_value.py [--out FOLDER]
"""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pellucid import FeedForwardRegressor, Network
from pellucid.errors import TrainingWarning

WIDTHS = (2, 4, 8)
N_SEEDS = 100
SUCCESS = 0.05  # root mean squared error against |x|
GRID = np.linspace(-1, 1, 2001)[:, None]


class Run(NamedTuple):
    """A trained network, its error, its dead neurons on the training rows, and its kind: a success, or what failed."""

    model: FeedForwardRegressor
    rmse: float
    dead: int
    kind: str


def exact_network() -> Network:
    return Network.from_arrays([([[1.0], [-1.0]], [0.0, 0.0], "relu"), ([[1.0, 1.0]], [0.0], "linear")])


def make_data() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    x = generator.uniform(-1, 1, 200)
    return x[:, None], np.abs(x) + generator.normal(0, 0.05, 200)


def learn(X: np.ndarray, y: np.ndarray, layers: tuple[int, ...], seed: int) -> FeedForwardRegressor:
    """800 steps of Adam. Nothing is standardised, so the weights are those of the text's own formula."""
    model = FeedForwardRegressor(
        layers, batch_size=50, learning_rate_init=0.02, max_iter=200, standardise=False,
        early_stopping=False, tol=0.0, n_iter_no_change=200, random_state=seed,
    )  # fmt: skip
    return model.fit(X, y)


def error_against_truth(predictions: np.ndarray) -> float:
    return float(np.sqrt(np.mean((predictions - np.abs(GRID[:, 0])) ** 2)))


def judge(model: FeedForwardRegressor, X: np.ndarray) -> Run:
    """Look at each hidden neuron max(0, w x + c) on the training rows: dead, straight (always on) or with a kink."""
    rmse = error_against_truth(model.predict(GRID))
    W, c = model.network_.W[0][:, 0], model.network_.c[0]
    on = X * W + c > 0
    dead, straight = ~on.any(axis=0), on.all(axis=0)
    bent = ~dead & ~straight
    if rmse < SUCCESS:
        kind = "success"
    elif not (bent | straight).any():
        kind = "constant: every neuron is dead"
    elif not bent.any():
        kind = "straight line: no live neuron has its kink among the data"
    elif not straight.any() and len(set(np.sign(W[bent]))) == 1:
        kind = "one-sided: all live neurons face the same way, so the other side is constant"
    elif len(set(np.sign(W[bent]))) == 1:
        kind = "one kink only, beside a neuron that is always on"
    else:
        kind = "neurons face both ways, yet do not fit"
    return Run(model, rmse, int(dead.sum()), kind)


def best_one_sided() -> float:
    """The least error that any a + b max(0, x - k) can have: |x| seen by neurons that all face right."""
    x = GRID[:, 0]
    errors = []
    for k in np.linspace(-0.99, 0.99, 199):
        basis = np.column_stack([np.ones_like(x), np.maximum(x - k, 0)])
        errors.append(error_against_truth(basis @ np.linalg.lstsq(basis, np.abs(x), rcond=None)[0]))
    return min(errors)


def print_results(runs: dict[int, list[Run]]) -> None:
    print("\n(b) Learnt from 200 noisy points, 100 random starts each")
    print(f"    a success: root mean squared error against |x| below {SUCCESS}\n")
    print("    neurons  successes  median RMSE of successes")
    for width, of_width in runs.items():
        good = [run.rmse for run in of_width if run.kind == "success"]
        print(f"    {width:7}  {len(good):5}/{len(of_width)}  {np.median(good):24.4f}")
    print("\n    Why the others failed:\n")
    print("    neurons  runs  dead neurons    RMSE (range)   what the network has become")
    for width, of_width in runs.items():
        kinds = Counter((run.kind, run.dead) for run in of_width if run.kind != "success")
        for (kind, dead), count in kinds.most_common():
            errors = [run.rmse for run in of_width if (run.kind, run.dead) == (kind, dead)]
            print(
                f"    {width:7}  {count:4}  {dead:4} of {width}        {min(errors):.3f} - {max(errors):.3f}   {kind}"
            )


def draw(runs: dict[int, list[Run]], line: FeedForwardRegressor, X: np.ndarray, y: np.ndarray, folder: Path) -> None:
    """The data, |x|, a success and the most frequent failure of the smallest width, and the straight line."""
    from matplotlib.figure import Figure

    of_width = runs[WIDTHS[0]]
    success = next(run for run in of_width if run.kind == "success")
    usual = Counter(run.kind for run in of_width if run.kind != "success").most_common(1)[0][0]
    failure = next(run for run in of_width if run.kind == usual)
    figure = Figure(figsize=(7.2, 4.4), layout="constrained")
    ax = figure.subplots()
    ax.scatter(X[:, 0], y, s=8, color="#bbbbbb", label="200 noisy points")
    ax.plot(GRID, np.abs(GRID), color="black", lw=1, ls="--", label="|x|: the text's weights, exactly")
    for model, color, label in (
        (success.model, "#0072b2", f"learnt, {WIDTHS[0]} neurons: a success"),
        (failure.model, "#d55e00", f"learnt, {WIDTHS[0]} neurons: {usual.split(':')[0]}"),
        (line, "#009e73", "the best straight line"),
    ):
        ax.plot(GRID, model.predict(GRID), color=color, lw=2, label=label)
    ax.set(xlabel="x", ylabel="y")
    ax.legend(frameon=False, fontsize=9)
    folder.mkdir(parents=True, exist_ok=True)
    for ending in ("svg", "png"):
        figure.savefig(folder / f"absolute_value.{ending}", dpi=150)
    print(f"\nPicture: {folder / 'absolute_value.png'}")


def main() -> None:
    folder = Path(sys.argv[sys.argv.index("--out") + 1] if "--out" in sys.argv else "demo-output")
    worst = np.abs(exact_network().predict(GRID)[:, 0] - np.abs(GRID[:, 0])).max()
    print(f"(a) The text's weights: the largest error against |x| on {len(GRID)} points is {worst:g}")
    X, y = make_data()
    warnings.simplefilter("ignore", TrainingWarning)  # dead neurons are what the table below counts
    runs = {width: [judge(learn(X, y, (width,), seed), X) for seed in range(N_SEEDS)] for width in WIDTHS}
    print_results(runs)
    line = learn(X, y, (), 0)
    print(
        f"\n(c) The best straight line has a root mean squared error of {error_against_truth(line.predict(GRID)):.3f};"
    )
    print(f"    one kink, the best that one-sided neurons can do with one, {best_one_sided():.3f}")
    draw(runs, line, X, y, folder)


if __name__ == "__main__":
    main()
