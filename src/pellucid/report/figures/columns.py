"""Charts of what the model makes of each column: importances side by side, and partial dependences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from pellucid.report.column_values import bin_numbers
from pellucid.report.figures.axes import brief_ticks, histogram, level_bars, quiet_grid
from pellucid.report.figures.svg import DASHES, QUIET, SERIES, THIRD, draw
from pellucid.report.importance import Importance
from pellucid.report.partial_dependence import Dependence
from pellucid.report.wording import plain


def permutation_bars(name: str, importances: Sequence[Importance], label: str) -> Markup:
    """The mean drop of the score by column, with its spread."""

    def paint(figure: Any) -> None:
        ax = figure.subplots()
        drops, spread = (np.array([getattr(one, part) for one in importances]) for part in ("drop", "spread"))
        level_bars(ax, [one.column for one in importances], drops, spread)
        ax.axvline(0, color=QUIET, linewidth=1)

    return draw(name, label, paint, height=40 + 20 * len(importances))


def sensitivity_bars(name: str, importances: Sequence[Importance], label: str) -> Markup:
    """Mean |d prediction / d column| times the column's standard deviation, for the columns that have one."""

    def paint(figure: Any) -> None:
        ax = figure.subplots()
        level_bars(ax, [one.column for one in importances], np.array([one.sensitivity for one in importances]),
                   colour=THIRD)  # fmt: skip

    return draw(name, label, paint, height=40 + 20 * len(importances))


def dependence_chart(
    name: str, of: Dependence, outputs: Sequence[int], names: Sequence[str], limits: tuple[float, float], label: str
) -> Markup:
    """A line over numbers, above the histogram of the rows; points over levels.

    `outputs` are drawn together: one target, or the probabilities of classes; `limits` are those of their axis, the
    same for all columns, so that columns can be compared.
    """
    if not of.ordered:
        return level_chart(name, of, outputs, names, limits, label)

    def paint(figure: Any) -> None:
        ax, below = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
        for i, d in enumerate(outputs):
            ax.plot(of.values, of.predictions[:, d], color=SERIES[i], linestyle=DASHES[i], label=plain(names[d], 18))
        ax.set_ylim(*limits)
        brief_ticks(ax.yaxis)
        quiet_grid(ax)
        span = of.observed[(of.observed >= of.values[0]) & (of.observed <= of.values[-1])]
        histogram(below, *bin_numbers(span, 30), colour=QUIET)
        pad = 0.01 * (of.values[-1] - of.values[0])
        below.set_xlim(of.values[0] - pad, of.values[-1] + pad)
        below.set_yticks([])
        below.spines["left"].set_visible(False)
        brief_ticks(below.xaxis, of.words, most=4)
        if len(outputs) > 1:
            figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)

    return draw(name, label, paint, height=220 + (9 * (len(outputs) + 1) if len(outputs) > 1 else 0))


def level_chart(
    name: str, of: Dependence, outputs: Sequence[int], names: Sequence[str], limits: tuple[float, float], label: str
) -> Markup:
    """A mark for each level on the common axis; no bars, whose lengths would lie on an axis that leaves 0 out."""

    def paint(figure: Any) -> None:
        ax = figure.subplots()
        places = np.arange(len(of.values))
        for i, d in enumerate(outputs):
            values = of.predictions[:, d]
            ax.plot(values, places, "o", color=SERIES[i], markersize=6, label=plain(names[d], 18))
        ax.set_yticks(places, [plain(f"{plain(value, 18)} ({count:,.0f})", 28) for value, count in
                               zip(of.values, of.observed, strict=True)])  # fmt: skip
        ax.set_ylim(len(places) - 0.4, -0.6)
        ax.set_xlim(*limits)
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        brief_ticks(ax.xaxis, most=4)
        quiet_grid(ax, "x")
        if len(outputs) > 1:
            figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)

    height = max(120, 45 + 22 * len(of.values)) + (9 * (len(outputs) + 1) if len(outputs) > 1 else 0)
    return draw(name, label, paint, height=height)
