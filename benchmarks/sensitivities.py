"""How long do the sensitivities of 10,000 rows take, beside jax.vmap(jax.jacrev) and finite differences?

A network of two layers of 64 on 8 inputs, relu or tanh, with 1 output and with 10, float64. JAX is jitted and warmed
up; differences are central ones of predict, two for each input. Contestants take turns; the median counts; their
largest difference from the compiled engine is printed beside them (differences step over kinks of relu), and the floor:
the operations of one forward and D_y backward passes over the double-precision rate of one core, measured in the same
run.

    python benchmarks/sensitivities.py
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from measuring import alternate, print_table, save, seconds_of
from pellucid.engines.choice import choose_engine
from pellucid.mathematics.forward import propagate_forward
from pellucid.mathematics.structure import Network

try:
    import jax
except ImportError:
    jax = None

ROWS, INPUTS, WIDTHS = 10_000, 8, (64, 64)
REPETITIONS = 7
STEP = 1e-5


def by_jax(network: Network, X: np.ndarray) -> Callable[[], np.ndarray]:
    jax.config.update("jax_enable_x64", True)
    rows = jax.jit(jax.vmap(jax.jacrev(lambda x: propagate_forward(network, x)[1][-1])))
    moved = jax.numpy.asarray(X)
    return lambda: np.asarray(rows(moved))


def by_differences(network: Network, X: np.ndarray) -> Callable[[], np.ndarray]:
    engine = choose_engine("compiled")

    def run() -> np.ndarray:
        columns = []
        for j in range(X.shape[1]):
            up, down = X.copy(), X.copy()
            up[:, j] += STEP
            down[:, j] -= STEP
            columns.append((engine.predict(network, up) - engine.predict(network, down)) / (2 * STEP))
        return np.stack(columns, axis=2)

    return run


def dgemm_rate() -> float:
    """Operations per second of one core, the best of several products."""
    A, best = np.random.default_rng(0).standard_normal((768, 768)), 0.0
    with threadpool_limits(1, user_api="blas"):
        for _ in range(10):
            started = time.perf_counter()
            A @ A
            best = max(best, 2 * 768**3 / (time.perf_counter() - started))
    return best


def compare(activation: str, n_outputs: int, rate: float) -> tuple[list[list[str]], dict]:
    network = Network.initialise((INPUTS, *WIDTHS, n_outputs), [activation, activation, "linear"], 0)
    X = np.random.default_rng(0).standard_normal((ROWS, INPUTS))
    compiled, reference = choose_engine("compiled"), choose_engine("reference")
    runs: dict[str, Callable[[], np.ndarray]] = {
        "compiled": lambda: compiled.sensitivities(network, X),
        "reference": lambda: reference.sensitivities(network, X),
        "central differences": by_differences(network, X),
    }
    if jax is not None:
        runs["jax.vmap(jax.jacrev)"] = by_jax(network, X)
    truth = runs["compiled"]()
    errors = {name: float(np.abs(run() - truth).max() / np.abs(truth).max()) for name, run in runs.items()}
    times = alternate({name: lambda run=run: seconds_of(run) for name, run in runs.items()}, REPETITIONS)
    weights = sum(W.size for W in network.W)
    floor = 2 * ROWS * weights * (1 + n_outputs) / rate
    rows = [
        [f"{name}, {activation}, {n_outputs} output{'s' if n_outputs > 1 else ''}", f"{t.median * 1e3:.1f}",
         f"[{t.least * 1e3:.1f}-{t.greatest * 1e3:.1f}]", f"{t.median / times['compiled'].median:.1f}",
         f"{floor * 1e3:.1f}", f"{errors[name]:.0e}"]
        for name, t in times.items()
    ]  # fmt: skip
    return rows, {"activation": activation, "outputs": n_outputs, "floor": floor, "errors": errors,
                  "seconds": {name: t._asdict() for name, t in times.items()}}  # fmt: skip


def main() -> None:
    rate = dgemm_rate()
    rows, results = [], []
    for activation in ("relu", "tanh"):
        for n_outputs in (1, 10):
            shown, result = compare(activation, n_outputs, rate)
            rows += shown
            results.append(result)
    print(f"{ROWS:,} rows, {INPUTS}-64-64 tanh, float64; dgemm {rate / 1e9:.0f} GFLOP/s on one core\n")
    heads = ["sensitivities", "median ms", "[least-greatest]", "times compiled", "floor ms", "relative difference"]
    print_table(heads, rows)
    save("sensitivities", results, unit="seconds", rows=ROWS, repetitions=REPETITIONS)


if __name__ == "__main__":
    main()
