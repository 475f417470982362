"""One layer of the flow picture: its name, dL_dh as bars to either side of 0, and the arrows between layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from pellucid.glassbox.diagrams.folding import fold
from pellucid.glassbox.diagrams.svg import element, short, sign_class, symbol

if TYPE_CHECKING:
    from pellucid.glassbox.trace import Trace

LEFT = 14.0
FIRST = 182.0  # the middle of the input's column; to the left of it are the names of the norms
PITCH = 218.0
TOP = 92.0  # of the bars
NODE_Y, NODE_WIDTH, NODE_HEIGHT = 48.0, 86.0, 30.0
ROW = 18.0  # from bar to bar
BAR = 50.0  # the longest, to either side
MOST_BARS = 16


@dataclass(frozen=True)
class Stage:
    """A layer, the middle of its column, and dL_dh (dL_dx for the input) as a vector."""

    l: int
    x: float
    gradient: np.ndarray


def height_of_bars(sizes: list[int]) -> float:
    """What the tallest column of bars takes."""
    return ROW * max(fold(size, MOST_BARS).slots for size in sizes)


def draw_stage(stage: Stage, largest: float, height: float, *, last: bool) -> Markup:
    """Heading, node and bars of one layer, the bars centred within `height`."""
    folded = fold(stage.gradient.size, MOST_BARS)
    x, start = stage.x, TOP + (height - ROW * folded.slots) / 2
    heading = "input" if stage.l == 0 else f"layer {stage.l}" + (" (output)" if last else "")
    name = symbol("dL_dx") if stage.l == 0 else symbol("dL_dh", f"({stage.l})")
    parts = [
        element("text", heading, class_="heading", x=x, y=18.0, text_anchor="middle"),
        draw_node(name, x, NODE_WIDTH),
        element("path", class_="quiet faint", d=f"M{x:g} {start:g}v{ROW * folded.slots:g}"),
    ]
    for i in folded.shown:
        parts += draw_bar(stage, i, largest, start + ROW * (folded.slot(i) + 0.5))
    if folded.hidden:
        y = start + ROW * (folded.gap + 0.5)
        words = f"⋮ {folded.hidden} more"
        parts.append(element("text", words, class_="small quiet", x=x + BAR + 8, y=y + 4))
    return element("g", Markup("\n"), Markup("\n").join(parts), class_="layer", data_layer=stage.l)


def draw_node(name: Markup, x: float, width: float) -> Markup:
    """A frame around the name of what flows."""
    place = {"x": x - width / 2, "y": NODE_Y - NODE_HEIGHT / 2, "width": width, "height": NODE_HEIGHT}
    frame = element("rect", class_="node tinted", rx=7.0, **place)
    return element("g", frame, element("text", name, class_="symbol", x=x, y=NODE_Y + 5, text_anchor="middle"))


def draw_bar(stage: Stage, i: int, largest: float, y: float) -> list[Markup]:
    """Number of the neuron, bar and value: to the right where dL_dh is positive, to the left where negative."""
    value, x = float(stage.gradient[i]), stage.x
    share = min(abs(value) / largest, 1.0) if largest > 0 and value == value else 0.0
    length = max(BAR * share, 1.0)
    start = x - length if value < 0 else x if value > 0 else x - 0.5
    place = {"x": start, "y": y - ROW / 2 + 3, "width": length, "height": ROW - 6}
    return [
        element("text", i + 1, class_="small quiet", x=x - BAR - 8, y=y + 4, text_anchor="end"),
        element("rect", class_=f"gradient solid {sign_class(value)}", data_layer=stage.l, data_unit=i, rx=1.0, **place),
        element("text", short(value), class_="small", x=x + BAR + 8, y=y + 4),
    ]


def draw_losses(trace: Trace, x: float, height: float) -> Markup:
    """The right end: the loss of each target."""
    assert trace.losses is not None
    folded = fold(trace.losses.size, MOST_BARS)
    start = TOP + (height - ROW * folded.slots) / 2
    parts = [
        element("text", "loss", class_="heading", x=x, y=18.0, text_anchor="middle"),
        draw_node(symbol("L"), x, 50.0),
    ]
    for d in folded.shown:
        y = start + ROW * (folded.slot(d) + 0.5) + 4
        missing = np.isnan(trace.losses[d])
        written = "missing" if missing else short(trace.losses[d])
        number = symbol("L", below=str(d + 1) if folded.slots > 1 else "")
        line = [number, Markup(" = "), element("tspan", written)]
        parts.append(element("text", *line, class_="symbol loss", data_target=d, x=x, y=y, text_anchor="middle"))
    if folded.hidden:
        y = start + ROW * (folded.gap + 0.5) + 4
        words = f"⋮ {folded.hidden} more"
        parts.append(element("text", words, class_="small quiet", x=x, y=y, text_anchor="middle"))
    return element("g", *parts, class_="losses")


def draw_arrow(
    from_x: float,
    to_x: float,
    above: Markup,
    below: Markup | None,
    *,
    from_width: float = NODE_WIDTH,
    dashed: bool = False,
) -> Markup:
    """An arrow to the left from node to node, with what it multiplies by above and below it."""
    start, end = from_x - from_width / 2 - 5, to_x + NODE_WIDTH / 2 + 5
    middle = (start + end) / 2 + 3
    class_ = "hollow dashed" if dashed else "hollow"
    parts = [
        element("path", class_=class_, d=f"M{start:g} {NODE_Y:g}H{end + 6:g}", stroke_width=1.5),
        element("path", class_="solid", d=f"M{end:g} {NODE_Y:g}l9 -4.5v9z"),
        element("text", above, class_="symbol", x=middle, y=NODE_Y - 8, text_anchor="middle"),
    ]
    if below is not None:
        parts.append(element("text", below, class_="symbol", x=middle, y=NODE_Y + 19, text_anchor="middle"))
    return element("g", *parts, class_="arrow")
