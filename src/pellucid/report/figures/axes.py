"""What several charts have in common: ticks in few signs, quiet grids, points, bars of levels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pellucid.report.figures.svg import FIRST, LINE, QUIET
from pellucid.report.wording import brief, exact, plain


def brief_ticks(axis: Any, words: Callable[[float], str] = brief, most: int = 5) -> None:
    """Few ticks, written shortly; on a logarithmic axis too."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

    words = brief if words is exact else words  # ticks are round numbers
    axis.set_major_formatter(FuncFormatter(lambda value, _: words(value)))
    if axis.get_scale() == "linear":
        axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]))
    else:
        axis.set_minor_formatter(NullFormatter())


def quiet_grid(ax: Any, axis: str = "y") -> None:
    """Behind everything."""
    ax.grid(axis=axis, color=LINE, linewidth=0.8)
    ax.set_axisbelow(True)


def histogram(ax: Any, edges: np.ndarray, counts: np.ndarray, colour: str = FIRST) -> None:
    """Bars that touch, each as wide as its bin."""
    ax.bar(edges[:-1], counts, np.diff(edges), align="edge", color=colour, alpha=0.75, linewidth=0)
    ax.set_xlim(edges[0], edges[-1])


def level_bars(
    ax: Any, levels: Sequence[str], values: np.ndarray, errors: np.ndarray | None = None, colour: str = FIRST
) -> None:
    """A bar for each level, the first above, with its name to the left."""
    places = np.arange(len(levels))
    ax.barh(places, values, 0.7, color=colour, alpha=0.75, linewidth=0)
    if errors is not None:
        ax.errorbar(values, places, xerr=errors, fmt="none", ecolor=QUIET, elinewidth=1.2, capsize=2)
    ax.set_yticks(places, [plain(level) for level in levels])
    ax.set_ylim(len(levels) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    brief_ticks(ax.xaxis, most=4)
    quiet_grid(ax, "x")


def points(ax: Any, x: np.ndarray, y: np.ndarray, colour: str = FIRST) -> None:
    """Small and see-through, so that many on one place are seen to be many."""
    ax.plot(x, y, "o", markersize=3, markeredgewidth=0, color=colour, alpha=0.35)
