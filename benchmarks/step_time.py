"""How long does one training step take, against scikit-learn, PyTorch eager and the machine's own limit?

Adam, float32, squared error, ReLU; whole epochs with rows gathered in a new random order and the loss added up.
Compilation and warm-up are not counted. Contestants take turns within each repetition; the median counts.

    floor = operations / sgemm rate,    operations = 6 b w - 2 b w_1

for a batch of b rows, w weights, w_1 of them in the first layer: forward, dL_dW and dL_dZ cost 2 b operations (a
multiplication and an addition for each row) per weight each, and dL_dZ of the inputs is not needed.
The rate is measured in the same run, as the best of several square float32 products.

    python benchmarks/step_time.py
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.linalg.blas import sgemm
from sklearn.neural_network import MLPRegressor
from threadpoolctl import threadpool_limits

from measuring import Times, alternate, print_table, save
from pellucid.engines.choice import choose_engine
from pellucid.engines.protocol import EpochSums
from pellucid.mathematics.losses import LOSSES
from pellucid.mathematics.objective import Objective, Observations, target_totals
from pellucid.mathematics.structure import Network
from pellucid.mathematics.updates import Adam, Descent

try:
    import torch
except ImportError:
    torch = None

REPETITIONS = 9
SECONDS = 0.4  # a measurement lasts at least about this long


class Case(NamedTuple):
    """A network, its batch, the rows of an epoch, and how many times faster than scikit-learn it should be."""

    sizes: tuple[int, ...]
    batch: int
    rows: int
    target: float

    @property
    def name(self) -> str:
        return f"{'-'.join(map(str, self.sizes))}, {self.batch}"

    @property
    def operations(self) -> int:
        weights = [d_in * d_out for d_in, d_out in zip(self.sizes[:-1], self.sizes[1:], strict=True)]
        return 6 * self.batch * sum(weights) - 2 * self.batch * weights[0]


CASES = (
    Case((8, 32, 1), 32, 32 * 500, 40),
    Case((30, 64, 64, 1), 64, 64 * 400, 8),
    Case((100, 256, 256, 10), 256, 256 * 100, 2),
    Case((784, 1024, 1024, 10), 256, 256 * 24, 1.5),
)


def make_data(case: Case) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    X = generator.standard_normal((case.rows, case.sizes[0]), dtype=np.float32)
    Y = np.tanh(X[:, : min(4, case.sizes[0])].sum(axis=1, keepdims=True)) * np.ones((1, case.sizes[-1]), np.float32)
    return X, Y.astype(np.float32)


def pellucid_epoch(case: Case, engine_name: str) -> Callable[[], None]:
    X, Y = make_data(case)
    network = Network.initialise(case.sizes, ["relu"] * (len(case.sizes) - 2) + ["linear"], 0, "float32")
    data = Observations(X, Y, np.ones(case.rows, np.float32))
    session = choose_engine(engine_name).start(
        network, Objective(LOSSES["rss"]), Descent(Adam()), data, target_totals(Y, data.w), case.rows, case.batch
    )
    generator = np.random.default_rng(1)
    rates = np.full(-(-case.rows // case.batch), Adam.learning_rate)

    def epoch() -> None:
        order = generator.permutation(case.rows)
        sums = EpochSums.zeros(Y.shape[1], len(network.W))
        position = 0
        while position < case.rows:
            position = session.run_slice(order, position, min(position + session.slice_rows, case.rows), sums, rates)

    return epoch


def sklearn_epoch(case: Case) -> Callable[[], None]:
    X, Y = make_data(case)
    Y = Y[:, 0] if Y.shape[1] == 1 else Y
    model = MLPRegressor(
        hidden_layer_sizes=case.sizes[1:-1], batch_size=case.batch, alpha=0.0, shuffle=True, random_state=0
    )
    return lambda: model.partial_fit(X, Y)


def torch_epoch(case: Case) -> Callable[[], None]:
    X, Y = map(torch.from_numpy, make_data(case))
    layers: list[torch.nn.Module] = []
    for d_in, d_out in zip(case.sizes[:-1], case.sizes[1:], strict=True):
        layers += [torch.nn.Linear(d_in, d_out), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    optimiser = torch.optim.Adam(model.parameters())
    loss_of = torch.nn.MSELoss()

    def epoch() -> None:
        order = torch.randperm(case.rows)
        total = torch.zeros(())
        for start in range(0, case.rows, case.batch):
            rows = order[start : start + case.batch]
            optimiser.zero_grad()
            loss = loss_of(model(X[rows]), Y[rows])
            loss.backward()
            optimiser.step()
            total += loss.detach() * len(rows)

    return epoch


def step_timer(epoch: Callable[[], None], steps: int) -> Callable[[], float]:
    """Microseconds per step over as many epochs as fill SECONDS; the warm-up epochs here are not counted."""
    epoch()
    started = time.perf_counter()
    epoch()
    epochs = max(1, round(SECONDS / (time.perf_counter() - started)))

    def measure() -> float:
        started = time.perf_counter()
        for _ in range(epochs):
            epoch()
        return (time.perf_counter() - started) / (epochs * steps) * 1e6

    return measure


def sgemm_rate(threads: int | None) -> float:
    """The best rate in operations per second of several large square float32 products, by NumPy's and SciPy's BLAS."""
    best = 0.0
    with threadpool_limits(threads, user_api="blas"):
        for n in (1024, 1536, 2048):
            A = np.random.default_rng(0).standard_normal((n, n), dtype=np.float32)
            F = np.asfortranarray(A)
            for product in (lambda A=A: A @ A, lambda F=F: sgemm(1.0, F, F)):
                for _ in range(6):
                    started = time.perf_counter()
                    product()
                    best = max(best, 2 * n**3 / (time.perf_counter() - started))
    return best


def measure_rates() -> dict[str, float]:
    return {"one core": sgemm_rate(1), "all cores": sgemm_rate(None)}


def measure(case: Case) -> dict[str, Times]:
    epochs = {"compiled": pellucid_epoch(case, "compiled"), "scikit-learn": sklearn_epoch(case)}
    if torch is not None:
        epochs["torch"] = torch_epoch(case)
    epochs["reference"] = pellucid_epoch(case, "reference")
    steps = case.rows // case.batch
    return alternate({name: step_timer(epoch, steps) for name, epoch in epochs.items()}, REPETITIONS)


def report(case: Case, times: dict[str, Times], rate: float) -> list[str]:
    fast = times["compiled"].median
    faster = times["scikit-learn"].median / fast
    torch_ratio = f"{times['torch'].median / fast:.1f}" if "torch" in times else "-"
    shown = [
        f"{times[name].median:.4g} [{times[name].least:.4g}-{times[name].greatest:.4g}]" if name in times else "-"
        for name in ("compiled", "scikit-learn", "torch", "reference")
    ]
    verdict = f"{'reached' if faster >= case.target else 'MISSED'} (>= {case.target:g})"
    return [case.name, *shown, f"{case.operations / rate * 1e6:.3g}", f"{faster:.1f}", torch_ratio, verdict]


def main() -> None:
    warnings.filterwarnings("ignore", module="sklearn")
    before = measure_rates()
    times = [measure(case) for case in CASES]
    # Others may have been at work during one of the two measurements: the better one is the machine's limit.
    rates = {cores: max(rate, before[cores]) for cores, rate in measure_rates().items()}
    print("sgemm: " + ", ".join(f"{rate / 1e9:.0f} GFLOP/s on {cores}" for cores, rate in rates.items()))
    rows = [report(case, measured, rates["all cores"]) for case, measured in zip(CASES, times, strict=True)]
    results = [
        {"case": case.name, "operations": case.operations, **{name: t._asdict() for name, t in measured.items()}}
        for case, measured in zip(CASES, times, strict=True)
    ]
    print("\nMicroseconds per step: median [least-greatest]; floor on all cores\n")
    heads = ["network, batch", "compiled", "scikit-learn", "PyTorch eager", "reference", "floor", "sk/compiled",
             "torch/compiled", "target sk/compiled"]  # fmt: skip
    print_table(heads, rows)
    save("step_time", results, unit="microseconds per step", repetitions=REPETITIONS, sgemm_operations_per_second=rates)


if __name__ == "__main__":
    main()
