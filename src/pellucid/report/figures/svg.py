"""From a figure of matplotlib to SVG inside a page: in the page's colours, of any width, with identifiers of its own.

A chart is drawn in the colours of a light page. Each of them stands for a role, and its place in the SVG is taken by
the page's variable of that role, so that a chart is dark on a dark page. Texts stay texts, in the page's font. The same
chart gives the same bytes.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from typing import Any

from markupsafe import Markup

# The roles and their colours on a light page (Okabe and Ito, 2008: told apart with colour blindness). Those on a dark
# page are in report.css.
INK, QUIET, LINE, PAPER = "#1b1f24", "#59636e", "#d5dbe1", "#fefefe"
FIRST, SECOND, THIRD, FOURTH = "#0072b2", "#c8500a", "#00705f", "#8a5a00"
FIFTH, SIXTH, SEVENTH, EIGHTH = "#7a3a9c", "#b0306a", "#4d7ea8", "#6b6f1d"
SERIES = (FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH, SEVENTH, EIGHTH)
DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (6, 2, 1, 2)))  # besides the colour
ROLES = {INK: "ink", QUIET: "quiet", LINE: "line", PAPER: "paper"} | {
    colour: f"series-{i + 1}" for i, colour in enumerate(SERIES)
}

WIDTH, HEIGHT = 360, 235  # of a chart, in pixels of the page: it fits on a phone as it is
RULES: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # a name with two dollar signs is a name
    "axes.formatter.use_mathtext": False,
    "axes.unicode_minus": True,
    "font.size": 11,
    "font.sans-serif": ["DejaVu Sans"],  # to measure by; the page has its own
    "axes.titlesize": 11,
    "axes.labelsize": 11,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "legend.fontsize": 10,
    "legend.frameon": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "figure.dpi": 72,  # a point is then a unit of the SVG, and a pixel of the page
    "lines.linewidth": 1.8,
    "path.simplify": True,
}


def draw(
    name: str, label: str, paint: Callable[[Any], None], *, width: float = WIDTH, height: float = HEIGHT
) -> Markup:
    """One chart as an <svg> to be put into a page.

    Parameters
    ----------
    name : str
        Of letters, digits and hyphens; no other chart of the page may have it: identifiers in the SVG begin with it.
    label : str
        What the chart shows, for those who do not see it.
    paint : callable(figure)
        Draws on an empty figure of matplotlib.
    width, height : float
        In pixels; a narrower page shrinks it.

    Returns
    -------
    Markup
    """
    from matplotlib import rc_context  # here: it takes a third of a second, and only charts need it
    from matplotlib.figure import Figure

    buffer = io.BytesIO()
    with rc_context({**RULES, "svg.hashsalt": name}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)  # the reader's font may have it
        figure = Figure(figsize=(width / 72, height / 72), layout="constrained")
        figure.get_layout_engine().set(w_pad=3 / 72, h_pad=3 / 72)  # type: ignore[union-attr]  # there is one
        paint(figure)
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return inline(buffer.getvalue().decode(), name, label)


def inline(svg: str, name: str, label: str) -> Markup:
    """The SVG of matplotlib without what a page does not need, and with what it does."""
    # Its style would be for everything on the page that it stands in.
    foreign = r"<metadata>.*?</metadata>|<!--.*?-->|<defs>\s*<style.*?</style>\s*</defs>"
    svg = re.sub(foreign, "", svg[svg.index("<svg") :], flags=re.S)
    svg = with_own_identifiers(svg, name)
    for colour, role in ROLES.items():
        svg = svg.replace(colour, f"var(--{role})")
    svg = re.sub(r" font-family: [^;\"]*;?", "", re.sub(r"font: ([\d.]+px)[^;\"]*", r"font-size: \1", svg))
    svg = re.sub(r'(?<=style=")stroke-linejoin: miter; ?|; ?stroke-linejoin: miter(?=")', "", svg)
    svg = re.sub(r"<[^>]*>", lambda tag: re.sub(r"-?\d+\.\d{3,}", to_a_hundredth, tag[0]), svg)
    svg = re.sub(r"\n\s*", "\n", svg)
    view = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    assert view is not None
    head = (
        f'<svg class="chart" role="img" aria-label="{Markup.escape(label)}" viewBox="0 0 {view[1]} {view[2]}" '
        f'style="max-width: {view[1]}px">'
    )
    return Markup(head + svg[svg.index(">") + 1 :].strip())


def with_own_identifiers(svg: str, name: str) -> str:
    """Identifiers that are referred to, with the chart's name before them; all others are dropped."""
    used = set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', svg))
    kept = {one or other for one, other in used}
    numbered = {identifier: f"{name}-{i}" for i, identifier in enumerate(sorted(kept))}
    svg = re.sub(r' id="([^"]+)"', lambda found: f' id="{numbered[found[1]]}"' if found[1] in kept else "", svg)
    svg = re.sub(r"url\(#([^)]+)\)", lambda found: f"url(#{numbered[found[1]]})", svg)
    return re.sub(r'(?:xlink:)?href="#([^"]+)"', lambda found: f'href="#{numbered[found[1]]}"', svg)


def to_a_hundredth(number: re.Match[str]) -> str:
    """A coordinate as precise as anyone sees."""
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
