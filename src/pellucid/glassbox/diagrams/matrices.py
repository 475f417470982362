"""The matrix diagram: what each layer multiplies and adds, as boxes of the shapes of its matrices."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from pellucid.glassbox.diagrams.folding import Folded, fold, name_of_structure
from pellucid.glassbox.diagrams.legend import Entry, box_mark, draw_legend
from pellucid.glassbox.diagrams.svg import element, picture, shortened, symbol, text_width
from pellucid.glassbox.loss_parts import activation_in_words
from pellucid.mathematics.structure import Network

CELL = 15.0  # of a matrix that is drawn with its cells
MOST_CELLS = 8  # rows or columns up to which cells are drawn
SHORTEST, LONGEST = 9.0, 132.0  # of a side, where the largest matrix does not fit in cells
MOST_LAYERS = 12
LEFT = 14.0
GAP = 12.0
LABEL = 24.0  # above a box; its shape takes as much below


@dataclass(frozen=True)
class Box:
    """A matrix with its name and shape; `class_` says whether it is learnt or computed."""

    name: Markup
    rows: int
    columns: int
    class_: str

    @property
    def shape(self) -> str:
        """D_l × D_{l-1}."""
        return f"{self.rows} × {self.columns}"

    def sides(self, scale: Scale) -> tuple[float, float]:
        """Width and height."""
        return scale.side(self.columns), scale.side(self.rows)

    def slot(self, scale: Scale) -> float:
        """The width that the box or the words at it need."""
        return max(scale.side(self.columns), text_width(self.shape, 10.5), 34.0)


@dataclass(frozen=True)
class Scale:
    """From a dimension to a length: in cells where the largest fits, else in proportion, within bounds."""

    largest: int

    def side(self, d: int) -> float:
        """The length of d rows or columns."""
        if self.largest <= MOST_CELLS:
            return CELL * d
        return max(SHORTEST, LONGEST * d / self.largest)

    @property
    def cells(self) -> bool:
        """Whether one can see the single entries."""
        return self.largest <= MOST_CELLS


def matrix_diagram(network: Network) -> str:
    """Draw W^(l) z^(l-1) + c^(l) = h^(l) and z^(l) = f(h^(l)) of each layer, as boxes with their shapes.

    Sides are proportionate to the shapes, within bounds. Vectors stand upright, as in the text.

    Parameters
    ----------
    network : Network

    Returns
    -------
    str
        A complete <svg>.

    Examples
    --------
    >>> network = Network.initialise([4, 3, 2], ["relu", "linear"])
    >>> drawn = matrix_diagram(network)
    >>> [shape in drawn for shape in ("3 × 4", "4 × 1", "2 × 3")]
    [True, True, True]
    """
    scale = Scale(max(network.sizes))
    layers = fold(len(network.layers), MOST_LAYERS)
    slots = [
        max(boxes.slot(scale) for boxes in place)
        for place in zip(*(equation(network, l) for l in shown(layers)), strict=True)
    ]
    arrow = max(text_width(activation_name(network, l), 11.5) + 18 for l in shown(layers))
    parts, y, width = [], 8.0, 0.0
    for at, l in enumerate(shown(layers)):
        if layers.hidden and at == layers.gap:
            parts.append(draw_gap(layers.hidden, y))
            y += 56
        drawn, right, height = draw_layer(network, l, scale, slots, arrow, y)
        parts.append(drawn)
        y += height
        width = max(width, right)
    entries = [
        Entry(box_mark("tinted learnt"), "learnt: W, c"),
        Entry(box_mark("tinted positive"), "computed: h, z"),
        Entry(element("text", "m×n", class_="small quiet", y=4, text_anchor="middle"), "rows × columns"),
    ]
    legend, legend_height = draw_legend(entries, LEFT, y, width - LEFT)
    parts.append(legend)
    title = "Matrix diagram of a network " + name_of_structure(network.sizes)
    return picture("matrices", title, describe(network, layers), width + 14, y + legend_height + 8, *parts)


def shown(layers: Folded) -> list[int]:
    """Layers counted from 1."""
    return [at + 1 for at in layers.shown]


def equation(network: Network, l: int) -> tuple[Box, Box, Box, Box, Box]:
    """W, z of the layer before, c, h and z."""
    d_out, d_in = network.sizes[l], network.sizes[l - 1]
    last = l == len(network.layers)
    z_before = symbol("x") if l == 1 else symbol("z", f"({l - 1})")
    return (
        Box(symbol("W", f"({l})"), d_out, d_in, "learnt"),
        Box(z_before, d_in, 1, "positive"),
        Box(symbol("c", f"({l})"), d_out, 1, "learnt"),
        Box(symbol("h", f"({l})"), d_out, 1, "positive"),
        Box(symbol("ŷ") if last else symbol("z", f"({l})"), d_out, 1, "positive"),
    )


def activation_name(network: Network, l: int) -> str:
    """What stands over the arrow of layer l; one of a user may have any name."""
    return shortened(activation_in_words(network.activations[l - 1]), 16)


def draw_layer(
    network: Network, l: int, scale: Scale, slots: list[float], arrow: float, top: float
) -> tuple[Markup, float, float]:
    """One line of boxes and signs, its right end, and its height."""
    boxes = equation(network, l)
    height = max(box.sides(scale)[1] for box in boxes)
    middle = top + 24 + LABEL + height / 2
    name = f"layer {l}" + (" (output)" if l == len(network.layers) else "")
    parts = [element("text", name, class_="heading", x=LEFT, y=top + 14)]
    signs: tuple[str | None, ...] = ("·", "+", "=", None)
    x = LEFT
    for place, box in enumerate(boxes):
        parts.append(draw_box(box, scale, x + slots[place] / 2, middle))
        x += slots[place] + GAP
        if place == len(signs):
            break
        if signs[place] is None:
            parts.append(draw_arrow(activation_name(network, l), x, x + arrow, middle))
            x += arrow + GAP
        else:
            parts.append(
                element(
                    "text", signs[place], class_="sign", x=x + 5, y=middle + 5.5, text_anchor="middle", font_size=17
                )
            )
            x += 10 + GAP
    return element("g", *parts, class_="layer", data_layer=l), x, 24 + LABEL + height + LABEL + 14


def draw_box(box: Box, scale: Scale, x: float, middle: float) -> Markup:
    """Centred on (x, middle), the name above and the shape below; with cells where they can be told apart."""
    width, height = box.sides(scale)
    left, top = x - width / 2, middle - height / 2
    parts = [
        element("rect", class_=f"matrix tinted {box.class_}", x=left, y=top, width=width, height=height, rx=2.0),
        element("text", box.name, class_="symbol", x=x, y=top - 7, text_anchor="middle"),
        element("text", box.shape, class_="small shape quiet", x=x, y=middle + height / 2 + 15, text_anchor="middle"),
    ]
    if scale.cells:
        lines = [f"M{left + CELL * k:g} {top:g}v{height:g}" for k in range(1, box.columns)]
        lines += [f"M{left:g} {top + CELL * k:g}h{width:g}" for k in range(1, box.rows)]
        if lines:
            parts.insert(1, element("path", class_=f"faint {box.class_}", d="".join(lines)))
    return element("g", *parts)


def draw_arrow(words: str, start: float, end: float, y: float) -> Markup:
    """An arrow to the right with words above it."""
    return element(
        "g",
        element("path", class_="hollow", d=f"M{start:g} {y:g}H{end - 6:g}", stroke_width=1.4),
        element("path", class_="solid", d=f"M{end:g} {y:g}l-8 -4v8z"),
        element(
            "text", words, class_="activation", x=(start + end) / 2 - 2, y=y - 8, text_anchor="middle", font_size=11.5
        ),
    )


def draw_gap(hidden: int, top: float) -> Markup:
    """The layers that are not drawn."""
    dots = [element("circle", class_="solid quiet", cx=LEFT + 6, cy=top + 14 + 8 * k, r=2.0) for k in range(3)]
    return element("g", *dots, element("text", f"{hidden} layers more", class_="quiet", x=LEFT + 20, y=top + 26))


def describe(network: Network, layers: Folded) -> str:
    """The picture in words."""
    parts = []
    for l in shown(layers):
        d_out, d_in = network.sizes[l], network.sizes[l - 1]
        parts.append(
            f"layer {l}: W ({d_out} × {d_in}) times {'x' if l == 1 else f'z of layer {l - 1}'} ({d_in} × 1) "
            f"plus c ({d_out} × 1) is h ({d_out} × 1), and {network.activations[l - 1].name} of it is "
            + ("the prediction" if l == len(network.layers) else "z")
        )
    if layers.hidden:
        parts.append(f"{layers.hidden} layers in the middle not drawn")
    return "; ".join(parts) + "."
