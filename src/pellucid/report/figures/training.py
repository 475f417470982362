"""The learning curves of a run, one chart for all targets together and one for each."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from pellucid.report.figures.axes import brief_ticks, quiet_grid
from pellucid.report.figures.svg import FIRST, QUIET, SECOND, draw
from pellucid.training.history import LOSS, History
from pellucid.training.learning_curves import add_own_units, draw_panel, draw_score, list_panels, list_scales

OWN_COLOURS = {"#0072b2": FIRST, "#d55e00": SECOND, "#707070": QUIET}  # of the curves that stand in a file


def learning_curves(history: History, best_epoch: int) -> list[tuple[str, Markup]]:
    """(title, chart) of the total, of each of the first six targets, and of the score that was watched."""
    panels = list_panels(history)
    charts = []
    for i, (panel, scale) in enumerate(zip(panels, list_scales(history, len(panels)), strict=True)):

        def paint(figure: Any, panel: Any = panel, scale: float | None = scale) -> None:
            ax = figure.subplots()
            draw_panel(ax, "", history, panel[1], panel[2], best_epoch)
            if scale is not None and scale == scale:
                add_own_units(ax, scale)
                brief_ticks(ax.child_axes[0].yaxis)
            finish(figure, ax)

        charts.append((panel[0], draw(f"learning-{i}", f"Losses of {panel[0]} over the epochs", paint, height=290)))
    if history.scoring != LOSS:

        def paint_score(figure: Any) -> None:
            ax = figure.subplots()
            draw_score(ax, history, best_epoch)
            ax.set_title("")
            finish(figure, ax)

        title = f"validation {history.scoring}"
        charts.append((title, draw("learning-score", f"{title} over the epochs", paint_score, height=290)))
    return charts


def finish(figure: Any, ax: Any) -> None:
    """In the style of the other charts."""
    for line in ax.get_lines():
        line.set_color(OWN_COLOURS.get(line.get_color(), line.get_color()))
    brief_ticks(ax.xaxis)
    brief_ticks(ax.yaxis)
    quiet_grid(ax)
    ax.grid(visible=False, axis="x")
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=1)
