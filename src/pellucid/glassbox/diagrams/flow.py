"""The flow of dL_dh backward: from the loss on the right to the input on the left, with the equation of each step."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from pellucid.errors import ParameterError
from pellucid.glassbox.diagrams.flow_columns import (
    FIRST,
    LEFT,
    MOST_BARS,
    PITCH,
    TOP,
    Stage,
    draw_arrow,
    draw_losses,
    draw_stage,
    height_of_bars,
)
from pellucid.glassbox.diagrams.folding import Folded, fold, name_of_structure
from pellucid.glassbox.diagrams.legend import Entry, box_mark, draw_legend
from pellucid.glassbox.diagrams.svg import element, picture, short, shortened, symbol
from pellucid.glassbox.loss_parts import Part, groups_of, loss_in_words, parts_of
from pellucid.glassbox.page.mathml import as_formula
from pellucid.mathematics.losses import Quantile

if TYPE_CHECKING:
    from pellucid.glassbox.trace import Trace

MOST_COLUMNS = 10
ROW = 19.0  # of the table of norms
KEY_ROW = 23.0
KEY_COLUMN, WIDE_KEY_COLUMN = 340.0, 520.0  # the second where losses are named
MOST_GROUPS = 4  # different losses that have a line of their own
LONGEST_BLOCK = 16  # characters that have room at an arrow
NORMS = (("dL_dh", ""), ("dL_dW", "(2)"), ("dL_dc", "(3)"))


def gradient_flow(trace: Trace) -> str:
    """Draw dL_dh of every layer as bars, and what each step backward multiplies it by.

    All bars have one scale, so that a gradient that fades on its way back is seen to fade. Below each layer stand the
    norms of dL_dh, dL_dW and dL_dc (the square root of the sum of squares). (1) to (5) are the equations of
    mathematics/observation.py.

    Parameters
    ----------
    trace : Trace
        With a target.

    Returns
    -------
    str
        A complete <svg>.

    Raises
    ------
    ParameterError
        If the trace has no target: there is then no gradient.

    Examples
    --------
    >>> from pellucid.glassbox.trace import trace
    >>> from pellucid.mathematics.structure import Network
    >>> network = Network.from_arrays([([[1.0], [-1.0]], [0, 0], "relu"), ([[1.0, 1.0]], [0], "linear")])
    >>> drawn = gradient_flow(trace(network, [-3.0], 1.0, "rss"))
    >>> drawn.count('class="gradient solid positive"'), drawn.count('class="gradient solid zero"')
    (2, 1)
    """
    if trace.loss is None:
        raise ParameterError(
            "gradient_flow needs a trace with a target: without one there is no loss, and no gradient to draw. "
            "Make one with trace(network, x, y, loss)."
        )
    layers = fold(len(trace.layers), MOST_COLUMNS)
    largest = largest_gradient(trace, layers)
    bars = height_of_bars([trace.layers[l].size for l in layers.shown])
    stages = [Stage(l, FIRST + PITCH * layers.slot(l), gradient_of(trace, l)) for l in layers.shown]
    x_loss = stages[-1].x + PITCH
    parts = [draw_stage(stage, largest, bars, last=stage.l == len(trace.layers) - 1) for stage in stages]
    parts += draw_steps(trace, stages, x_loss)
    parts.append(draw_losses(trace, x_loss, bars))
    width = x_loss + 62
    y = TOP + bars + 26
    parts.append(draw_norms(trace, stages, y, width))
    y += ROW * len(NORMS) + 14
    entries = [
        Entry(box_mark("solid positive"), "dL_dh > 0: more h, more loss"),
        Entry(box_mark("solid negative"), "dL_dh < 0: more h, less loss"),
        Entry(box_mark("solid quiet"), f"longest: {short(largest)}"),
    ]
    legend, legend_height = draw_legend(entries, LEFT, y, width - 2 * LEFT)
    y += legend_height + 8
    key, key_height = draw_key(trace, y, width)
    parts += [legend, key]
    title = "The gradient's way back through a network " + name_of_structure(trace.network.sizes)
    return picture("flow", title, describe(trace, layers), width, y + key_height + 8, *parts)


def gradient_of(trace: Trace, l: int) -> np.ndarray:
    """dL_dh of layer l as a vector; dL_dx for the input."""
    row = trace.dL_dx if l == 0 else trace.layers[l].dL_dh
    assert row is not None
    return row[0]


def largest_gradient(trace: Trace, layers: Folded) -> float:
    """The largest finite |dL_dh| of the layers that are drawn: one scale for all."""
    largest = 0.0
    for l in layers.shown:
        size = np.abs(gradient_of(trace, l))
        largest = max(largest, float(np.max(size, initial=0.0, where=np.isfinite(size))))
    return largest


def norms_of(trace: Trace, l: int) -> dict[str, float]:
    """The norms below layer l by name; the input has only that of dL_dx, in the first line."""
    layer = trace.layers[l]
    arrays = {"dL_dh": gradient_of(trace, l), "dL_dW": layer.dL_dW, "dL_dc": layer.dL_dc}
    return {name: float(np.linalg.norm(array.ravel())) for name, array in arrays.items() if array is not None}


def draw_steps(trace: Trace, stages: list[Stage], x_loss: float) -> list[Markup]:
    """The arrows from right to left: equation (1), then (4) and (5) from layer to layer, (4) alone to the input."""
    assert trace.loss is not None
    L = len(trace.layers) - 1
    if trace.loss.paired:
        blocks = {group[0].loss.paired_formula for group in groups_of_loss(trace)}
        block = as_formula(blocks.pop()) if len(blocks) == 1 else ""
        first = (Markup("(1)"), Markup("{}").format(block) if 0 < len(block) <= LONGEST_BLOCK else None)
    else:
        first = (Markup("(1) ") + symbol("dL_dy_hat"), Markup("").join([Markup("· "), symbol("dz_dh", f"({L})")]))
    arrows = [draw_arrow(x_loss, stages[-1].x, *first, from_width=50.0)]
    for before, stage in reversed(list(pairwise(stages))):
        if stage.l - before.l > 1:
            arrows.append(
                draw_arrow(stage.x, before.x, Markup(f"{stage.l - before.l - 1} layers more"), None, dashed=True)
            )
            continue
        through = Markup("").join([Markup("(4) · "), symbol("W", f"({stage.l})")])
        slope = Markup("").join([Markup("(5) · "), symbol("dz_dh", f"({before.l})")]) if before.l > 0 else None
        arrows.append(draw_arrow(stage.x, before.x, through, slope))
    return arrows


def draw_norms(trace: Trace, stages: list[Stage], top: float, width: float) -> Markup:
    """A line for each of dL_dh, dL_dW and dL_dc, a column for each layer."""
    parts = [element("path", class_="quiet faint", d=f"M{LEFT:g} {top - 6:g}H{width - LEFT:g}")]
    for k, (name, equation) in enumerate(NORMS):
        y = top + ROW * (k + 0.6)
        parts.append(element("text", equation, class_="symbol quiet", x=LEFT, y=y))
        parts.append(element("text", Markup("‖"), symbol(name), Markup("‖"), class_="symbol", x=LEFT + 24, y=y))
    for stage in stages:
        norms = norms_of(trace, stage.l)
        for k, (name, _) in enumerate(NORMS):
            if name in norms:
                of = "dL_dx" if stage.l == 0 else name
                place = {"x": stage.x, "y": top + ROW * (k + 0.6), "text_anchor": "middle"}
                written = short(norms[name])
                parts.append(element("text", written, class_="norm", data_layer=stage.l, data_of=of, **place))
    return element("g", *parts, class_="norms")


def draw_key(trace: Trace, top: float, width: float) -> tuple[Markup, float]:
    """The five equations, in one or two columns, and their height."""
    groups = groups_of_loss(trace)
    l, before = "(l)", "(l-1)"
    lines = [
        *(line_of_group(group, len(groups) > 1) for group in groups[:MOST_GROUPS]),
        ["(2)  ", symbol("dL_dW", l), Markup(" = "), symbol("dL_dh", l), Markup(" · "), symbol("dh_dW", l)],
        ["(3)  ", symbol("dL_dc", l), Markup(" = "), symbol("dL_dh", l), Markup(" · "), symbol("dh_dc", l)],
        ["(4)  ", symbol("dL_dz", before), Markup(" = "), symbol("dL_dh", l), Markup(" · "), symbol("W", l)],
        [
            "(5)  ",
            symbol("dL_dh", before),
            Markup(" = "),
            symbol("dL_dz", before),
            Markup(" · "),
            symbol("dz_dh", before),
        ],
    ]
    lines += [[words] for words in quantiles_in_words(groups)]
    column = KEY_COLUMN if len(groups) == 1 else WIDE_KEY_COLUMN
    in_column = -(-len(lines) // 2) if width >= 2 * column else len(lines)
    parts = []
    for k, line in enumerate(lines):
        x, y = LEFT + column * (k // in_column), top + KEY_ROW * (k % in_column + 0.75)
        parts.append(element("text", *line, class_="symbol", x=x, y=y))
    return element("g", *parts, class_="key"), KEY_ROW * in_column


def groups_of_loss(trace: Trace) -> list[list[Part]]:
    """The targets of each different loss and activation."""
    assert trace.loss is not None
    return groups_of(parts_of(trace.loss, trace.network.activations[-1], trace.y_hat.size))


def line_of_group(group: list[Part], several: bool) -> list[Markup | str]:
    """Equation (1) for the targets of one loss, named where there are several."""
    loss = group[0].loss
    if loss.paired:
        right: list[Markup | str] = [as_formula(loss.paired_formula) or "one block"]
    else:
        right = [symbol("dL_dy_hat"), Markup(" · "), symbol("dz_dh", "(L)")]
    if loss.paired or several:
        right.append(f"  ({shortened(group[0].activation.name, 12)} with {shortened(loss_in_words(loss), 14)})")
    if several:
        numbers = ", ".join(str(part.d + 1) for part in group[:MOST_GROUPS])
        right.append(f", target {numbers}" + (", …" if len(group) > MOST_GROUPS else ""))
    return ["(1)  ", symbol("dL_dh", "(L)"), Markup(" = "), *right]


def quantiles_in_words(groups: list[list[Part]]) -> list[str]:
    """Which output is which quantile."""
    return [
        f"output {i + 1}: quantile {q}" + (f" of target {part.d + 1}" if part.d or len(groups) > 1 else "")
        for group in groups
        for part in group
        if isinstance(part.loss, Quantile) and len(part.loss.q) > 1
        for i, q in zip(part.outputs, part.loss.q_texts, strict=True)
    ][:MOST_BARS]


def describe(trace: Trace, layers: Folded) -> str:
    """The picture in words."""
    parts = [f"The loss of this observation is {short(trace.total_loss or 0.0)}"]
    for l in reversed(layers.shown):
        norms = norms_of(trace, l)
        if l == 0:
            parts.append(f"input: the norm of dL_dx is {short(norms['dL_dh'])}")
        else:
            said = ", ".join(f"of {name} {short(value)}" for name, value in norms.items())
            parts.append(f"layer {l}: the norm {said}")
    if layers.hidden:
        parts.append(f"{layers.hidden} layers in the middle not drawn")
    return "; ".join(parts) + "."
