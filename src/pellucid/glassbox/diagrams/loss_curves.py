"""Loss curves: each loss and its derivative side by side, of the residual or, where it is paired, of the last h."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.glassbox.diagrams.curves import COLUMNS, FROM, PANEL, TALL, TO, Letters, draw_panel, size_of
from pellucid.glassbox.diagrams.svg import element, picture
from pellucid.glassbox.loss_parts import parameters_of_loss
from pellucid.glassbox.page.mathml import as_formula
from pellucid.mathematics.activations import Activation
from pellucid.mathematics.losses import RSS, Absolute, Gamma, Huber, Log, Loss, Poisson, Quantile, Tweedie

Array = Any


DRAWN = (RSS(), Absolute(), Huber(), Quantile(0.75), Poisson(), Gamma(), Tweedie(), Log())
OF_RESIDUAL = Letters("L", "L′", "r")
OF_H = Letters("L", "L′", "h")


def text_of(value: float | tuple[float, ...]) -> str:
    """The number of a parameter, or its numbers."""
    return ", ".join(f"{number:g}" for number in (value if isinstance(value, tuple) else (value,)))


class LossCurve(Activation):
    """A loss as a function of one number: of r = y_hat - y, or, of a paired loss and the target 1, of h."""

    def __init__(self, loss: Loss):
        self.loss = loss
        self.kinks = loss.kinks
        numbers = [f"{name} = {text_of(value)}" for name, value in parameters_of_loss(loss).items() if value]
        self.name = ", ".join([loss.name, *numbers, *(["y = 1"] if loss.paired else [])])
        self.formula = as_formula(loss.formula)
        self.slope_formula = as_formula(loss.paired_formula if loss.paired else loss.derivative_formula)

    @property
    def letters(self) -> Letters:
        return OF_H if self.loss.paired else OF_RESIDUAL

    def value(self, h: Array) -> Array:
        if self.loss.paired:
            return self.loss.value_from_h(np.ones_like(h), h)
        return self.loss.value(np.zeros_like(h), h)

    def slope(self, h: Array) -> Array:
        if self.loss.paired:
            return self.loss.dL_dH(np.ones_like(h), h)
        return self.loss.derivative(np.zeros_like(h), h)


def loss_curves() -> str:
    """Draw the losses that have a curve, each with its derivative: by y_hat, or by h where the loss is paired.

    Returns
    -------
    str
        A complete <svg>.

    Examples
    --------
    >>> loss_curves().count('class="panel"')
    8
    """
    curves = [LossCurve(loss) for loss in DRAWN]
    panels = [
        element(
            "g",
            draw_panel(curve, curve.letters),
            transform=f"translate({PANEL * (k % COLUMNS):g} {TALL * (k // COLUMNS):g})",
        )
        for k, curve in enumerate(curves)
    ]
    title = "The losses and their derivatives"
    return picture("losses", title, " ".join(map(describe, curves)), *size_of(len(panels)), *panels)


def describe(curve: LossCurve) -> str:
    """The curve in words."""
    of = "the last h, for the target 1" if curve.loss.paired else "the residual r = y_hat - y"
    return (
        f"{curve.loss.name}: L = {curve.formula}, with the derivative {curve.slope_formula}, as functions of {of}, "
        f"from {FROM:g} to {TO:g}."
    )
