"""Charts of columns: small ones for the table of the columns, a larger one for each target."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from markupsafe import Markup

from pellucid.report.column_values import as_levels, as_numbers, bin_numbers, count_levels, is_ordered, words_for
from pellucid.report.figures.axes import brief_ticks, histogram, level_bars, quiet_grid
from pellucid.report.figures.svg import FIRST, draw

SMALL = {"width": 120, "height": 30}
BINS, MOST_BARS = 24, 12


def small_distribution(name: str, column: pa.ChunkedArray, label: str) -> Markup:
    """A histogram of numbers, or a bar for each of the most frequent levels, without axes."""
    if is_ordered(column):
        edges, counts = bin_numbers(as_numbers(column), BINS)
    else:
        counts = np.array([count for _, count in count_levels(as_levels(column))[:MOST_BARS]])
        edges = np.arange(MOST_BARS + 1.0)

    def paint(figure: Any) -> None:
        ax = figure.subplots()
        ax.bar(edges[: len(counts)], counts, 0.9 * np.diff(edges)[: len(counts)], align="edge", color=FIRST, alpha=0.75,
               linewidth=0)  # fmt: skip
        ax.set_xlim(edges[0], edges[-1])
        ax.set_axis_off()

    return draw(name, label, paint, **SMALL)


def target_distribution(name: str, column: pa.ChunkedArray, label: str) -> Markup:
    """The target over all rows that have one."""
    if is_ordered(column) and len(set(column.to_pylist())) > MOST_BARS:
        edges, counts = bin_numbers(as_numbers(column), 40)
        words = words_for(column)

        def paint(figure: Any) -> None:
            ax = figure.subplots()
            histogram(ax, edges, counts)
            brief_ticks(ax.xaxis, words)
            brief_ticks(ax.yaxis, most=4)
            quiet_grid(ax)
            ax.set_ylabel("rows")

        return draw(name, label, paint, height=180)

    levels = count_levels(as_levels(column))
    if is_ordered(column):
        levels.sort(key=lambda level: float(level[0]) if level[0][:1] in "-0123456789" else np.inf)
    levels = levels[:20]

    def paint_levels(figure: Any) -> None:
        ax = figure.subplots()
        level_bars(ax, [level for level, _ in levels], np.array([count for _, count in levels]))
        ax.set_xlabel("rows")

    return draw(name, label, paint_levels, height=70 + 19 * len(levels))
