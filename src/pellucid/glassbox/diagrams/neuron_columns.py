"""One column of the neuron diagram: where its circles stand, and its lines, circles, values, names and intercepts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from pellucid.glassbox.diagrams.folding import Folded
from pellucid.glassbox.diagrams.legend import diamond
from pellucid.glassbox.diagrams.svg import element, short, shortened, sign_class, symbol, text_width
from pellucid.glassbox.loss_parts import activation_in_words
from pellucid.mathematics.structure import Network

if TYPE_CHECKING:
    from pellucid.glassbox.trace import Trace

RADIUS = 22.0
PITCH = 176.0  # from column to column
HEAD = 46.0  # the headings above the circles
FOOT = 38.0  # the activation below them
NAME_SIZE = 11.5
LONGEST_NAME = 24
THINNEST, WIDEST = 0.6, 4.2


@dataclass(frozen=True)
class Drawing:
    """What all columns share; `matrices` and `vectors` are indexed by layer, `of` and `intercept` name them."""

    network: Network
    trace: Trace | None
    matrices: list[np.ndarray | None]
    vectors: list[np.ndarray | None]
    largest: float
    of: str
    intercept: str
    feature_names: tuple[str, ...] | None
    output_names: tuple[str, ...] | None

    @property
    def row_height(self) -> float:
        """With values in the circles, the symbols stand above them."""
        return 94.0 if self.trace is not None else 74.0


@dataclass(frozen=True)
class Column:
    """A layer and its place; `before` is None where the column to the left is not the layer before."""

    l: int
    fold: Folded
    x: float
    top: float
    middle: float
    bottom: float
    row_height: float
    left: float
    before: Column | None
    gap_before: int = 0

    def y(self, unit: int) -> float:
        """The centre of a shown neuron."""
        return self.slot_y(self.fold.slot(unit))

    def slot_y(self, slot: int) -> float:
        """The centre of a place, the column as a whole being centred."""
        return self.middle + (slot - (self.fold.slots - 1) / 2) * self.row_height


def place_columns(drawing: Drawing, layers: Folded, folds: dict[int, Folded]) -> tuple[list[Column], float, float]:
    """The columns from left to right, and the width and height that they take."""
    left = 14 + max(26.0, widest_name(drawing.feature_names, folds[0]))
    right = 14 + max(48.0, widest_name(drawing.output_names, folds[layers.shown[-1]]))
    slots = max(folds[l].slots for l in layers.shown)
    middle = HEAD + slots * drawing.row_height / 2
    bottom = HEAD + slots * drawing.row_height
    columns: list[Column] = []
    for l in layers.shown:
        before = columns[-1] if columns else None
        gap = l - before.l - 1 if before else 0
        place = layers.slot(l)
        columns.append(
            Column(
                l,
                folds[l],
                left + RADIUS + place * PITCH,
                HEAD,
                middle,
                bottom,
                drawing.row_height,
                14.0,
                None if gap else before,
                gap,
            )
        )
    return columns, columns[-1].x + RADIUS + right, bottom + FOOT


def widest_name(names: tuple[str, ...] | None, folded: Folded) -> float:
    """How much room the shown names need beside their circles."""
    if names is None:
        return 0.0
    return 12 + max(text_width(shortened(names[i], LONGEST_NAME), NAME_SIZE) for i in folded.shown)


def draw_column(drawing: Drawing, column: Column) -> Markup:
    """The group of one layer: lines first, so that circles lie over them."""
    parts = [draw_heading(drawing, column)]
    if column.before is not None:
        parts += draw_weights(drawing, column, column.before)
    elif column.gap_before:
        parts.append(draw_gap(column))
    for i in column.fold.shown:
        parts += draw_neuron(drawing, column, i)
    if column.fold.hidden:
        parts.append(draw_ellipsis(column))
    return element("g", Markup("\n"), Markup("\n").join(parts), Markup("\n"), class_="layer", data_layer=column.l)


def draw_heading(drawing: Drawing, column: Column) -> Markup:
    """The layer and its size above; the activation below."""
    l, x, sizes = column.l, column.x, drawing.network.sizes
    name = "input" if l == 0 else "output" if l == len(sizes) - 1 else f"layer {l}"
    size = Markup("").join([symbol("D", below=str(l)), Markup(" = "), Markup(sizes[l])])
    if l == 0:
        foot = [symbol("z", "(0)"), Markup(" = "), symbol("x")]
    else:
        activation = activation_in_words(drawing.network.activations[l - 1])
        of_layer = symbol("ŷ") if l == len(sizes) - 1 else symbol("z", f"({l})")
        foot = [of_layer, Markup(" = "), element("tspan", shortened(activation, 16), class_="activation")]
        foot += [Markup("("), symbol("h", f"({l})"), Markup(")")]
    return Markup("\n").join(
        [
            element("text", name, class_="heading", x=x, y=16.0, text_anchor="middle"),
            element("text", size, class_="symbol quiet", x=x, y=34.0, text_anchor="middle"),
            element("text", *foot, class_="symbol", x=x, y=column.bottom + 18, text_anchor="middle"),
        ]
    )


def draw_weights(drawing: Drawing, column: Column, before: Column) -> list[Markup]:
    """A line for every pair of shown neurons, from port to port, the strongest last and so on top."""
    matrix = drawing.matrices[column.l]
    assert matrix is not None
    x1, x2 = before.x + RADIUS, column.x - RADIUS
    entries = [(float(matrix[i, j]), i, j) for i in column.fold.shown for j in before.fold.shown]
    entries.sort(key=lambda entry: strength(entry[0], drawing.largest))
    lines = []
    for value, i, j in entries:
        share = strength(value, drawing.largest)
        lines.append(
            element(
                "line",
                element("title", f"{drawing.of}^({column.l})[{i + 1}, {j + 1}] = {short(value)}"),
                class_=f"weight {sign_class(value)}",
                data_layer=column.l,
                data_to=i,
                data_from=j,
                x1=x1,
                y1=before.y(j),
                x2=x2,
                y2=column.y(i),
                stroke_width=THINNEST + (WIDEST - THINNEST) * share,
                stroke_opacity=0.28 + 0.67 * share,
            )
        )
    return lines


def strength(value: float, largest: float) -> float:
    """|value| as a share of the largest that is drawn, in [0, 1]; NaN counts as nothing, infinity as all."""
    if value != value or largest == 0:
        return 0.0 if value != value or value == 0 else 1.0
    return min(abs(value) / largest, 1.0)


def draw_neuron(drawing: Drawing, column: Column, i: int) -> list[Markup]:
    """Circle, symbol, value, name and intercept of one neuron."""
    l, x, y, trace = column.l, column.x, column.y(i), drawing.trace
    last = l == len(drawing.network.sizes) - 1
    label = symbol("x" if l == 0 else "ŷ" if last else "z", "" if l == 0 or last else f"({l})", str(i + 1))
    parts = [element("circle", class_="neuron", data_layer=l, data_unit=i, cx=x, cy=y, r=RADIUS)]
    if trace is None:
        parts.append(element("text", label, class_="symbol", x=x, y=y + 4.5, text_anchor="middle"))
    else:
        z = short(trace.layers[l].z[i])
        if len(z) > 7:
            z = short(trace.layers[l].z[i], 2)
        named = {"class_": "symbol label", "data_layer": l}
        parts.append(element("text", label, **named, x=x, y=y - RADIUS - 7, text_anchor="middle"))
        size = 11.5 if len(z) <= 5 else 10.5 if len(z) == 6 else 9.5
        place = {"x": x, "y": y + 4, "text_anchor": "middle", "font_size": size}
        parts.append(element("text", z, class_="value", data_layer=l, data_unit=i, **place))
    if l == 0 and drawing.feature_names is not None:
        parts.append(draw_name(drawing.feature_names[i], x - RADIUS - 8, y, "end"))
    if last and drawing.output_names is not None:
        parts.append(draw_name(drawing.output_names[i], x + RADIUS + 8, y, "start"))
    vector = drawing.vectors[l]
    if vector is not None:
        parts.append(draw_intercept(drawing, l, i, float(vector[i]), x, y + RADIUS + 11))
    return parts


def draw_name(name: str, x: float, y: float, anchor: str) -> Markup:
    """A user's name beside a circle, in full when pointed at."""
    short_name = shortened(name, LONGEST_NAME)
    full = [element("title", name)] if short_name != name else []
    return element("text", *full, short_name, class_="name", x=x, y=y + 4, text_anchor=anchor, font_size=NAME_SIZE)


def draw_intercept(drawing: Drawing, l: int, i: int, value: float, x: float, y: float) -> Markup:
    """A diamond in the colour of its sign, and the value by its name, so that it is not read as that of the neuron."""
    written = f"{'c' if drawing.intercept == 'c' else '∂c'} = {short(value)}"
    start = x - (text_width(written, 9.5) + 10) / 2
    return element(
        "g",
        element("title", f"{drawing.intercept}^({l})[{i + 1}] = {written}"),
        diamond(f"solid {sign_class(value)}", start + 3.5, y, 3.5),
        element("text", written, x=start + 10, y=y + 3.5, font_size=9.5),
        class_="intercept",
        data_layer=l,
        data_unit=i,
    )


def draw_ellipsis(column: Column) -> Markup:
    """Three dots, and how many neurons they stand for."""
    x, y = column.x, column.slot_y(column.fold.gap)
    dots = [element("circle", class_="solid quiet", cx=x, cy=y - 16 + 7 * k, r=1.7) for k in range(3)]
    words = element("text", f"{column.fold.hidden} more", class_="small quiet", x=x, y=y + 16, text_anchor="middle")
    return element("g", *dots, words, class_="folded", data_layer=column.l, data_hidden=column.fold.hidden)


def draw_gap(column: Column) -> Markup:
    """Three dots in the place of the layers that are not drawn."""
    x, y = column.x - PITCH, column.middle
    dots = [element("circle", class_="solid quiet", cx=x - 8 + 8 * k, cy=y - 8, r=2.0) for k in range(3)]
    words = element("text", f"{column.gap_before} layers more", class_="quiet", x=x, y=y + 14, text_anchor="middle")
    return element("g", *dots, words, class_="folded-layers", data_hidden=column.gap_before)
