"""Two pictures of fitted models: quantiles where the spread grows, and a rate learnt from counts and exposures."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from pellucid import FeedForwardRegressor, Quantile

POINTS, CURVE, TRUTH = "#68707a", "#0072b2", "#c8500a"


def spread_rows(n: int = 800) -> tuple[np.ndarray, np.ndarray]:
    """Rows with x uniform on [0, 6] and y = sin x + normal noise of deviation 0.1 + 0.15 x."""
    generator = np.random.default_rng(0)
    x = generator.uniform(0, 6, n)
    return x[:, None], np.sin(x) + (0.1 + 0.15 * x) * generator.normal(size=n)


def counted_rows(n: int = 600) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of x, counts and exposures: y is Poisson with the mean exposure times exp(sin x)."""
    generator = np.random.default_rng(1)
    x, exposure = generator.uniform(0, 6, n), np.exp(generator.uniform(np.log(0.2), np.log(20), n))
    return x[:, None], generator.poisson(exposure * np.exp(np.sin(x))).astype(float), exposure


def fit_quantiles() -> FeedForwardRegressor:
    X, y = spread_rows()
    return FeedForwardRegressor((32, 32), activation="tanh", loss=Quantile(0.1, 0.5, 0.9), random_state=0).fit(X, y)


def fit_rate() -> FeedForwardRegressor:
    X, y, exposure = counted_rows()
    model = FeedForwardRegressor((32, 32), activation="tanh", loss="poisson", random_state=0)
    return model.fit(X, y, exposure=exposure)


def draw_quantiles(path: Path) -> None:
    """The table, the three curves learnt by one network, and the true quantiles."""
    X, y = spread_rows()
    grid = np.linspace(0, 6, 300)
    figure, ax = new_figure()
    ax.plot(X[:, 0], y, ".", color=POINTS, ms=3, alpha=0.5, label=f"{len(y)} rows")
    for k, curve in enumerate(fit_quantiles().predict(grid[:, None]).T):
        ax.plot(grid, curve, color=CURVE, lw=2, label="learnt: quantiles 0.1, 0.5, 0.9" if k == 0 else None)
    for k, z in enumerate((-1.2816, 0, 1.2816)):
        truth = np.sin(grid) + z * (0.1 + 0.15 * grid)
        ax.plot(grid, truth, color=TRUTH, lw=1.2, ls="--", label="true quantiles" if k == 0 else None)
    finish(figure, ax, path, "x", "y")


def draw_rate(path: Path) -> None:
    """Counts over exposures as discs as large as the exposure, the rate learnt, and the true one."""
    X, y, exposure = counted_rows()
    grid = np.linspace(0, 6, 300)
    figure, ax = new_figure()
    ax.scatter(X[:, 0], y / exposure, s=4 * exposure, color=POINTS, alpha=0.35, lw=0, label="count / exposure")
    ax.plot(grid, fit_rate().predict(grid[:, None]), color=CURVE, lw=2, label="learnt rate")
    ax.plot(grid, np.exp(np.sin(grid)), color=TRUTH, lw=1.2, ls="--", label="true rate, exp(sin x)")
    ax.set_ylim(0, 6)
    finish(figure, ax, path, "x", "counts for one unit of exposure")


def new_figure():
    figure = Figure(figsize=(7.2, 4.2), layout="constrained")
    return figure, figure.subplots()


def finish(figure, ax, path: Path, x: str, y: str) -> None:
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=9)
    figure.savefig(path, dpi=110)
