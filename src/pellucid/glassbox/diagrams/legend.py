"""The legend under a picture: what its colours, widths and marks mean, in as many lines as its width needs."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from pellucid.glassbox.diagrams.svg import element, text_width

LINE = 20.0
SWATCH = 30.0
SIZE = 11.0


@dataclass(frozen=True)
class Entry:
    """A mark, drawn around (0, 0) within 22 x 12, and what it means."""

    mark: Markup
    text: str

    @property
    def width(self) -> float:
        """With the gap after it."""
        return SWATCH + text_width(self.text, SIZE) + 14


def line_mark(class_: str, width: float = 2.6) -> Markup:
    """A piece of a line."""
    return element("line", class_=class_, x1=-11.0, y1=0.0, x2=11.0, y2=0.0, stroke_width=width)


def box_mark(class_: str) -> Markup:
    """A small box."""
    return element("rect", class_=class_, x=-9.0, y=-6.0, width=18.0, height=12.0, rx=2.0)


def dots_mark() -> Markup:
    """Three dots: what is left out."""
    return element("g", *(element("circle", class_="solid quiet", cx=0, cy=5.0 * k, r=1.5) for k in (-1, 0, 1)))


def diamond(class_: str = "solid", x: float = 0.0, y: float = 0.0, size: float = 4.0) -> Markup:
    """The mark of an intercept."""
    corners = ((x, y - size), (x + size, y), (x, y + size), (x - size, y))
    path = "M" + "L".join(f"{a:g} {b:g}" for a, b in corners) + "Z"
    return element("path", class_=class_, d=path)


def draw_legend(entries: list[Entry], left: float, top: float, width: float) -> tuple[Markup, float]:
    """The legend within `width`, and its height."""
    parts, x, y = [], left, top + LINE / 2
    for entry in entries:
        if x > left and x + entry.width > left + width:
            x, y = left, y + LINE
        mark = element("g", entry.mark, transform=f"translate({x + 11:g} {y:g})")
        parts += [mark, element("text", entry.text, class_="small", x=x + SWATCH, y=y + 4)]
        x += entry.width
    return element("g", *parts, class_="legend"), y + LINE / 2 - top
