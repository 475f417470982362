"""Activation curves: f(h) and its slope f'(h) side by side, with the places where the slope jumps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from pellucid.errors import wrong_parameter
from pellucid.glassbox.diagrams.legend import line_mark
from pellucid.glassbox.diagrams.svg import coordinate, element, picture, short, shortened, symbol
from pellucid.glassbox.loss_parts import different_activations
from pellucid.mathematics.activations import ACTIVATIONS, ELEMENTWISE, Activation, get_activation

FROM, TO = -4.0, 4.0
POINTS = 161  # every 0.05 of h
PANEL, TALL = 372.0, 308.0
LEFT, TOP, WIDTH, HEIGHT = 38.0, 66.0, 318.0, 210.0  # of the frame within a panel
COLUMNS = 3
STEPS = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, math.inf)  # from number to number beside a curve
LONGEST_FORMULA = 52


@dataclass(frozen=True)
class Frame:
    """From h and a value to a place on the picture."""

    bottom: float
    top: float

    def x(self, h: float) -> float:
        """Across."""
        return LEFT + WIDTH * (h - FROM) / (TO - FROM)

    def y(self, value: float) -> float:
        """Down; what lies outside the frame is drawn at its edge."""
        value = min(max(value, self.bottom), self.top)
        return TOP + HEIGHT * (self.top - value) / (self.top - self.bottom)

    @property
    def ticks(self) -> list[float]:
        """Three to eight round numbers."""
        step = next(step for step in STEPS if (self.top - self.bottom) / step <= 8)
        if step == math.inf:
            return [self.bottom, self.top]
        return [step * k for k in range(math.ceil(self.bottom / step), math.floor(self.top / step) + 1)]


def activation_curve(activation: str | Activation) -> str:
    """Draw f(h) and its slope f'(h) for h from -4 to 4.

    Where the slope jumps, a ring marks the curve, hollow rings the two limits of the slope, and a full one the slope
    that is taken there.

    Parameters
    ----------
    activation : str or Activation
        An element-wise one: softmax has no curve. One that differs from output to output has a curve for each.

    Returns
    -------
    str
        A complete <svg>.

    Examples
    --------
    >>> drawn = activation_curve("relu")
    >>> drawn.count('class="kink"'), "max(h, 0)" in drawn
    (1, True)
    """
    block = get_activation(activation, "activation_curve")
    if not block.elementwise:
        rule = "an element-wise activation"
        remedy = "Each output of softmax depends on every h: it has no curve."
        raise wrong_parameter("activation", "activation_curve", rule, block.name, remedy)
    return panels_of(f"The activation {shortened(block.name)} and its slope", different_activations((block,)), "curve")


def activation_curves() -> str:
    """Draw the curves of every element-wise activation, as `activation_curve` does, in one picture.

    Returns
    -------
    str
        A complete <svg>.

    Examples
    --------
    >>> activation_curves().count('class="panel"') == len(ELEMENTWISE)
    True
    """
    return panels_of("The activations and their slopes", [ACTIVATIONS[name] for name in ELEMENTWISE], "curves")


class Letters(NamedTuple):
    """What the curve, its slope and its argument are called."""

    value: str = "f(h)"
    slope: str = "f′(h)"
    argument: str = "h"


OF_ACTIVATIONS = Letters()


def panels_of(title: str, activations: Sequence[Activation], kind: str) -> str:
    """A panel for each activation, in lines of three."""
    panels = []
    for k, activation in enumerate(activations):
        x, y = PANEL * (k % COLUMNS), TALL * (k // COLUMNS)
        panels.append(element("g", draw_panel(activation), transform=f"translate({x:g} {y:g})"))
    description = " ".join(map(describe, activations))
    return picture(kind, title, description, *size_of(len(panels)), *panels)


def size_of(n_panels: int) -> tuple[float, float]:
    """Width and height of so many panels."""
    return PANEL * min(COLUMNS, n_panels), TALL * -(-n_panels // COLUMNS)


def draw_panel(activation: Activation, letters: Letters = OF_ACTIVATIONS) -> Markup:
    """Formulae as the legend, axes, the two curves, the kinks."""
    h = np.linspace(FROM, TO, POINTS)
    with np.errstate(all="ignore"):  # one of the user's own need not be defined everywhere
        both = np.concatenate([activation.value(h), activation.slope(h)])
    frame = make_frame(both[np.isfinite(both)])
    parts = [
        element("text", activation.name, class_="heading", x=LEFT, y=19.0, font_size=13.5),
        *draw_formula(letters.value, activation.formula, "positive", 38.0),
        *draw_formula(letters.slope, activation.slope_formula, "negative dashed", 55.0),
        *draw_axes(frame, letters.argument),
        draw_curve(activation.value, activation.kinks, frame, "value-curve positive", 2.6),
        draw_curve(activation.slope, activation.kinks, frame, "slope negative dashed", 2.0),
    ]
    parts += [draw_kink(activation, kink, frame, letters) for kink in activation.kinks if FROM <= kink <= TO]
    return element("g", *parts, class_="panel", data_activation=activation.name)


def make_frame(values: np.ndarray) -> Frame:
    """A little more than the curves need, and 0 within it."""
    bottom, top = min(float(values.min(initial=0.0)), 0.0), max(float(values.max(initial=0.0)), 0.0)
    margin = 0.06 * ((top - bottom) or 1.0)
    return Frame(bottom - margin, top + margin)


def draw_formula(name: str, formula: str, class_: str, y: float) -> list[Markup]:
    """A line of the legend."""
    mark = element("g", line_mark(class_), transform=f"translate({LEFT + 11:g} {y - 4:g})")
    words = f"{name} = {shortened(formula, LONGEST_FORMULA)}"
    return [mark, element("text", words, class_="small", x=LEFT + 29, y=y)]


def draw_axes(frame: Frame, argument: str) -> list[Markup]:
    """A faint grid, the two axes through 0, and numbers at the edges."""
    x_end, y_end = frame.x(TO), TOP + HEIGHT
    steps = [FROM + 2 * k for k in range(5)]
    grid = [f"M{coordinate(frame.x(h))} {TOP:g}v{HEIGHT:g}" for h in steps]
    grid += [f"M{LEFT:g} {coordinate(frame.y(v))}h{WIDTH:g}" for v in frame.ticks]
    parts = [
        element("path", class_="quiet faint", d="".join(grid)),
        element(
            "path",
            class_="quiet axes",
            d=f"M{frame.x(0):g} {TOP:g}v{HEIGHT:g}M{LEFT:g} {coordinate(frame.y(0))}H{x_end:g}",
        ),
    ]
    for h in steps:
        place = {"x": frame.x(h), "y": y_end + 15, "text_anchor": "middle"}
        parts.append(element("text", short(h), class_="small quiet tick-h", data_value=short(h), **place))
    for v in frame.ticks:
        place = {"x": LEFT - 6, "y": frame.y(v) + 3.5, "text_anchor": "end"}
        parts.append(
            element("text", short(v), class_="small quiet tick-z", data_value=short(v), data_y=frame.y(v), **place)
        )
    parts.append(element("text", symbol(argument), class_="symbol quiet", x=x_end + 4, y=frame.y(0) + 4))
    return parts


def draw_curve(function, kinks: tuple[float, ...], frame: Frame, class_: str, width: float) -> Markup:
    """One path; it is broken where the slope jumps, and where a value is not finite."""
    edges = [FROM, *sorted(kink for kink in kinks if FROM < kink < TO), TO]
    path = []
    for k, (start, end) in enumerate(pairwise(edges)):
        grid = np.linspace(FROM, TO, POINTS)
        inner = grid[(grid > start) & (grid < end)]
        first = start if k == 0 else np.nextafter(start, end)
        last = end if k == len(edges) - 2 else np.nextafter(end, start)
        h = np.concatenate([[first], inner, [last]])
        pen = "M"
        with np.errstate(all="ignore"):
            values = function(h)
        for h_i, value in zip(h, values, strict=True):
            if not math.isfinite(value):
                pen = "M"
                continue
            path.append(f"{pen}{coordinate(frame.x(h_i))} {coordinate(frame.y(float(value)))}")
            pen = "L"
    return element("path", class_=f"curve hollow {class_}", d="".join(path), stroke_width=width)


def draw_kink(activation: Activation, kink: float, frame: Frame, letters: Letters) -> Markup:
    """A ring on the curve, hollow rings at the limits of the slope, a full one at the slope that is taken."""
    around = np.array([np.nextafter(kink, FROM - 1), kink, np.nextafter(kink, TO + 1)])
    x, z = frame.x(kink), float(activation.value(around)[1])
    before, taken, after = (float(value) for value in activation.slope(around))
    slope = letters.slope.removesuffix("(h)")
    jump = f"from {short(before)} to {short(after)}; {short(taken)} is taken"
    words = f"{slope} jumps at {letters.argument} = {short(kink)} {jump}"
    rings = [
        element("circle", class_="hollow negative", cx=x, cy=frame.y(value), r=4.0, stroke_width=1.5)
        for value in (before, after)
    ]
    return element(
        "g",
        element("title", words),
        *rings,
        element("circle", class_="solid negative", cx=x, cy=frame.y(taken), r=4.0),
        element("circle", class_="hollow positive", cx=x, cy=frame.y(z), r=6.5, stroke_width=1.5),
        class_="kink",
        data_h=short(kink),
    )


def describe(activation: Activation) -> str:
    """The curve in words."""
    kinks = "".join(f" The slope jumps at h = {short(kink)}." for kink in activation.kinks)
    return (
        f"{activation.name}: f(h) = {activation.formula}, with the slope {activation.slope_formula}, "
        f"for h from {FROM:g} to {TO:g}.{kinks}"
    )
