"""How wide? Under- and overfitting from 1 to 512 neurons, and what the matrix form saves over the loop.

One hidden layer of 1, 2, 4, ..., 512 ReLUs learns the heating load from 120 rows with noise added to it, without
early stopping; J on the other rows shows which width generalises. Medians and ranges over five random starts.

    python examples/widths.py [--out FOLDER]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.csv

from pellucid import FeedForwardRegressor, Network, loss_and_gradient

WIDTHS = tuple(2**k for k in range(10))
N_SEEDS = 5
N_TRAINING = 120
NOISE = 0.3  # standard deviations of the target
METHODS = ("observations", "batch", "compiled")


def read_data() -> tuple[np.ndarray, np.ndarray]:
    """Eight numbers of each building, and its heating load, standardised and with noise."""
    table = pyarrow.csv.read_csv(Path(__file__).with_name("energy_efficiency.csv"))
    X = np.stack([table.column(name).to_numpy() for name in table.column_names[:8]], axis=1).astype(float)
    y = table.column("heating_load").to_numpy()
    generator = np.random.default_rng(0)
    order = generator.permutation(len(y))
    y = (y - y.mean()) / y.std() + generator.normal(0, NOISE, len(y))
    return X[order], y[order]


def losses_of_width(width: int, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(N_SEEDS, 2): J on the training rows and on the others, after 800 epochs."""
    losses = []
    for seed in range(N_SEEDS):
        model = FeedForwardRegressor(
            (width,), learning_rate_init=0.01, max_iter=800, early_stopping=False, tol=0.0,
            n_iter_no_change=800, standardise="inputs", random_state=seed,
        ).fit(X[:N_TRAINING], y[:N_TRAINING])  # fmt: skip
        squares = (model.predict(X) - y) ** 2
        losses.append((squares[:N_TRAINING].mean(), squares[N_TRAINING:].mean()))
    return np.array(losses)


def draw(losses: np.ndarray, folder: Path) -> None:
    """Both J over the width, medians with their range."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 4.4), layout="constrained")
    ax = figure.subplots()
    for part, (color, label) in enumerate((("#0072b2", f"{N_TRAINING} training rows"), ("#d55e00", "the other rows"))):
        ax.plot(WIDTHS, np.median(losses[:, :, part], axis=1), "o-", color=color, label=label)
        ax.fill_between(
            WIDTHS, losses[:, :, part].min(axis=1), losses[:, :, part].max(axis=1), color=color, alpha=0.2, lw=0
        )
    ax.axhline(NOISE**2, color="#707070", ls=":", label="the noise itself")
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set(xlabel="neurons in the hidden layer", ylabel="J (rss, standardised units)")
    ax.legend(frameon=False)
    folder.mkdir(parents=True, exist_ok=True)
    for ending in ("svg", "png"):
        figure.savefig(folder / f"widths.{ending}", dpi=150)


def time_methods(width: int, X: np.ndarray, y: np.ndarray) -> list[float]:
    """Milliseconds of J and its gradient by each method, medians of five alternating calls."""
    network = Network.initialise([X.shape[1], width, 1], ["relu", "linear"])
    seconds: dict[str, list[float]] = {method: [] for method in METHODS}
    for repetition in range(6):
        for method in METHODS:
            start = time.perf_counter()
            loss_and_gradient(network, X, y, "rss", method=method)
            if repetition:  # the first call loads what it needs
                seconds[method].append(time.perf_counter() - start)
    return [1e3 * float(np.median(seconds[method])) for method in METHODS]


def main() -> None:
    folder = Path(sys.argv[sys.argv.index("--out") + 1] if "--out" in sys.argv else "demo-output")
    X, y = read_data()
    losses = np.array([losses_of_width(width, X, y) for width in WIDTHS])
    print(f"J of {N_TRAINING} training rows and of {len(y) - N_TRAINING} others; the noise alone is {NOISE**2:.3f}\n")
    print("neurons   training (range)            the others (range)")
    for width, of_width in zip(WIDTHS, losses, strict=True):
        spans = [
            f"{np.median(part):.4f} ({part.min():.4f} - {part.max():.4f})" for part in (of_width[:, 0], of_width[:, 1])
        ]
        print(f"{width:7}   {spans[0]}   {spans[1]}")
    draw(losses, folder)
    print(f"\nPicture: {folder / 'widths.png'}")
    print(
        f"\nJ and gradient of {len(y)} rows, milliseconds\n\nneurons   loop over observations   matrix form   compiled"
    )
    for width in (4, 16, 64):
        loop, batch, compiled = time_methods(width, X, y)
        print(f"{width:7}   {loop:22.1f}   {batch:11.2f}   {compiled:8.2f}")


if __name__ == "__main__":
    main()
