"""The small vocabulary of every picture: elements, escaped text, numbers, mathematical symbols, one style sheet.

Markup is built with `Markup`: a string that is not Markup is escaped wherever it is put, so no name of a user's
column can become an element. Nothing here depends on time or chance: the same input gives the same bytes.
"""

from __future__ import annotations

import math
import re
import unicodedata
import zlib
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Blue and vermilion of Okabe and Ito (2008), told apart with colour blindness; brighter on a dark page. A picture that
# is a file of its own brings its paper and ink with it (:root); inside a page it takes the page's.
STYLE_SHEET = """
.pellucid-diagram {
  --pellucid-positive: #0072b2; --pellucid-negative: #c8500a; --pellucid-learnt: #9a6a00; --pellucid-quiet: #68707a;
  --pellucid-sans: system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", "DejaVu Sans", sans-serif;
  --pellucid-serif: "STIX Two Text", Cambria, "Times New Roman", "Liberation Serif", Times, serif;
  max-width: 100%; height: auto; font-family: var(--pellucid-sans); font-size: 12px;
}
@media (prefers-color-scheme: dark) {
  .pellucid-diagram {
    --pellucid-positive: #5ab4ee; --pellucid-negative: #ff9252; --pellucid-learnt: #e3b341; --pellucid-quiet: #9aa3ad;
  }
}
.pellucid-diagram:root { color: #1b1f24; background: #ffffff; }
@media (prefers-color-scheme: dark) {
  .pellucid-diagram:root { color: #e8ebef; background: #14171b; }
}
.pellucid-diagram text { fill: currentColor; stroke: none; font-variant-numeric: tabular-nums; }
.pellucid-diagram .heading { font-weight: 600; }
.pellucid-diagram .small { font-size: 10.5px; }
.pellucid-diagram .symbol { font-family: var(--pellucid-serif); font-size: 14.5px; }
.pellucid-diagram .symbol .letter { font-style: italic; }
.pellucid-diagram .symbol .raised, .pellucid-diagram .symbol .lowered { font-size: 70%; }
.pellucid-diagram .positive { color: var(--pellucid-positive); }
.pellucid-diagram .negative { color: var(--pellucid-negative); }
.pellucid-diagram .zero, .pellucid-diagram .quiet { color: var(--pellucid-quiet); }
.pellucid-diagram .learnt { color: var(--pellucid-learnt); }
.pellucid-diagram line, .pellucid-diagram path { stroke: currentColor; }
.pellucid-diagram circle, .pellucid-diagram rect { stroke: currentColor; }
.pellucid-diagram .solid { fill: currentColor; stroke: none; }
.pellucid-diagram .hollow { fill: none; }
.pellucid-diagram .tinted { fill: currentColor; fill-opacity: 0.1; }
.pellucid-diagram .faint { stroke-opacity: 0.22; }
.pellucid-diagram .neuron { fill: currentColor; fill-opacity: 0.05; stroke-width: 1.4; }
.pellucid-diagram .dashed { stroke-dasharray: 5 3.5; }
""".strip()


def element(tag: str, *content: Any, **attributes: Any) -> Markup:
    """One element; `class_` is class, `data_layer` is data-layer, None leaves an attribute out.

    >>> print(element("text", "a < b", x=1.0, data_layer=2))
    <text x="1" data-layer="2">a &lt; b</text>
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escaped(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    inside = "".join(escaped(part) for part in content)
    return Markup(f"<{tag}{written}>{inside}</{tag}>" if content else f"<{tag}{written}/>")


def escaped(value: Any) -> str:
    """Markup as it is; a number as a coordinate; anything else escaped, without what XML cannot hold."""
    if isinstance(value, Markup):
        return value[:]
    if isinstance(value, float):
        return coordinate(value)
    return Markup.escape(NOT_IN_XML.sub("\ufffd", str(value)))


def joined(parts: Iterable[Markup]) -> Markup:
    """Elements one after the other, each on a line of its own."""
    return Markup("\n").join(parts)


def coordinate(value: float) -> str:
    """A place on the picture, to a hundredth.

    >>> coordinate(2.0), coordinate(-0.001), coordinate(1.256)
    ('2', '0', '1.26')
    """
    written = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if written == "-0" else written


def short(value: float, digits: int = 3) -> str:
    """A number to so many digits, with no more characters than it needs.

    >>> [short(value) for value in (0.5, -999.6, -0.00002134, 123456.0, float("nan"))]
    ['0.5', '-1000', '-2.13e-5', '1.23e5', 'NaN']
    >>> short(-0.00002134, 2)
    '-2.1e-5'
    """
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if 999.5 <= abs(value) < 99999.5:
        return f"{value:.0f}"
    if 0 < abs(value) < 0.001:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{mantissa}e{int(exponent)}"
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    written = f"{mantissa}e{int(exponent)}" if exponent else mantissa
    return "0" if written == "-0" else written


def sign_class(value: float) -> str:
    """The class that colours a number by its sign; NaN counts as neither.

    >>> sign_class(0.2), sign_class(-3.0), sign_class(0.0)
    ('positive', 'negative', 'zero')
    """
    return "positive" if value > 0 else "negative" if value < 0 else "zero"


def symbol(letter: str, above: str = "", below: str = "") -> Markup:
    """A letter with what stands above and below it, z^(1)_2, as the inside of a text of class "symbol".

    >>> print(symbol("y"))
    <tspan class="letter">y</tspan>
    """
    parts = [element("tspan", letter, class_="letter")]
    if below:
        parts.append(element("tspan", below, class_="lowered", dy=3.5))
    if above:
        back = -5.0 * len(below) if below else None  # half a letter for each digit: what stands above starts with it
        parts.append(element("tspan", above, class_="raised", dx=back, dy=-8.5 if below else -5.0))
    if above or below:
        parts.append(element("tspan", "\u200b", dy=5.0 if above else -3.5))  # what follows is on the line again
    return Markup("").join(parts)


def text_width(text: str, size: float = 12.0) -> float:
    """About how wide a text is drawn: there is no browser here to ask."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return size * (0.57 * (len(text) - wide) + 1.05 * wide)


def shortened(text: str, most: int = 24) -> str:
    """At most so many characters, with an ellipsis for the rest; line breaks and tabs become blanks.

    >>> shortened("number of rooms per household", 12)
    'number of r…'
    """
    text = " ".join(str(text).split())
    return text if len(text) <= most else text[: most - 1] + "…"


def picture(kind: str, title: str, description: str, width: float, height: float, *content: Markup) -> str:
    """A complete <svg>, with a title and a description as its text alternatives.

    The ids are made of what is drawn, so that two different pictures in one page do not share them.
    """
    inside = joined(content)
    mark = f"{zlib.crc32('|'.join((kind, title, description, inside)).encode('utf-8', 'replace')):08x}"
    identity = f"pellucid-{kind}-{mark}"
    svg = element(
        "svg",
        Markup("\n"),
        element("title", title, id=f"{identity}-title"),
        Markup("\n"),
        element("desc", description, id=f"{identity}-desc"),
        Markup("\n"),
        element("style", Markup(STYLE_SHEET)),
        Markup("\n"),
        inside,
        Markup("\n"),
        xmlns="http://www.w3.org/2000/svg",
        class_=f"pellucid-diagram {kind}-diagram",
        viewBox=f"0 0 {coordinate(width)} {coordinate(height)}",
        width=float(width),
        height=float(height),
        role="img",
        aria_labelledby=f"{identity}-title {identity}-desc",
    )
    return str(svg)
