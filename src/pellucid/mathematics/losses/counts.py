"""Losses of counts and amounts under a log link, y_hat = exp(h): the unit deviances of Poisson, gamma and Tweedie.

    L(y, y_hat) = 2 (y^(2-p) / ((1-p) (2-p)) - y y_hat^(1-p) / (1-p) + y_hat^(2-p) / (2-p))        (Jorgensen, 1987)

With u = h - log y and g_a(u) = (exp(a u) - 1) / a, which is u for a = 0, it is 2 y^(2-p) (g_(2-p)(u) - g_(1-p)(u)),
also in the limits p = 1 (Poisson) and p = 2 (gamma); where y = 0, it is 2 y_hat^(2-p) / (2-p). Near y_hat = y it must
be computed so; further away y^(2-p) exp(a u) is one exponential: exp(a u) can overflow where that does not. From h,

    dL/dh = 2 (y_hat^(2-p) - y y_hat^(1-p)) = 2 (exp((2-p) h) - y exp((1-p) h)).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.errors import wrong_parameter
from pellucid.mathematics.activations import namespace
from pellucid.mathematics.losses.loss import Loss, refuse_targets, rounded
from pellucid.mathematics.rules import is_number

Array = Any


def growth(a: float, u: Array, scale: Array, exponent: Array) -> Array:
    """The growth scale (exp(a u) - 1) / a, and its limit scale u for a = 0; the exponent is a u + log scale."""
    if a == 0:
        return scale * u
    xp = namespace(u)
    far = a * u > 1
    near = xp.where(far, xp.zeros_like(u), a * u)  # what is not taken must be finite, and so its derivative
    exponent = xp.where(far, exponent, xp.zeros_like(u))
    return xp.where(far, xp.exp(exponent) - scale, scale * xp.expm1(near)) / a


class LogLink(Loss):
    """What Poisson, gamma and Tweedie share; `power` is the p of the variance y_hat^p."""

    power: float
    output_activation = "exponential"
    paired = True
    unit = "mean"

    def check_targets(self, Y: np.ndarray, n_outputs: int) -> None:
        if self.power < 2:
            refuse_targets(self.name, "numbers >= 0", Y, Y < 0)
        else:
            refuse_targets(self.name, "numbers > 0", Y, Y <= 0)

    def positive(self, n_targets: int) -> tuple[bool, ...]:
        return (self.power >= 2,) * n_targets

    def exposure_weight(self, exposure: Array) -> Array:
        """e^(2-p): L(y, e y_hat) is this times L(y / e, y_hat), so a rate y / e counts so much for an exposure e."""
        return exposure ** (2 - self.power)

    def value(self, Y: Array, Y_hat: Array) -> Array:
        return self.value_from_h(Y, namespace(Y_hat).log(Y_hat))

    def derivative(self, Y: Array, Y_hat: Array) -> Array:
        return 2 * (Y_hat - Y) / Y_hat**self.power

    def value_from_h(self, Y: Array, H: Array) -> Array:
        xp = namespace(H)
        positive = Y > 0
        y = xp.where(positive, Y, xp.ones_like(Y))
        h = xp.where(positive, H, xp.zeros_like(H))
        a, b, log_y = 2 - self.power, 1 - self.power, xp.log(y)
        u, scale = h - log_y, y**a
        values = 2 * (growth(a, u, scale, a * h) - growth(b, u, scale, b * h + log_y))
        if self.power >= 2:
            return values
        nothing = xp.where(positive, xp.zeros_like(H), H)
        return xp.where(positive, values, 2 * xp.exp(a * nothing) / a)

    def dL_dH(self, Y: Array, H: Array) -> Array:
        xp = namespace(H)
        h = xp.where(
            Y > 0, H, xp.zeros_like(H)
        )  # where y = 0, exp((1-p) h) may be infinite, and 0 times it is no number
        return 2 * (xp.exp((2 - self.power) * H) - Y * xp.exp((1 - self.power) * h))


@dataclass(frozen=True)
class Poisson(LogLink):
    """The deviance of counts, 2 (y log(y / y_hat) - y + y_hat). Domain: y >= 0; whole numbers are not demanded."""

    name = "poisson"
    formula = "2 (y log(y / y_hat) - y + y_hat)"
    derivative_formula = "2 (1 - y / y_hat)"
    paired_formula = "2 (y_hat - y)"
    source = "the Poisson likelihood; Nelder and Wedderburn (1972)"
    power = 1.0


@dataclass(frozen=True)
class Gamma(LogLink):
    """The deviance of positive amounts, 2 (y / y_hat - 1 - log(y / y_hat)). Domain: y > 0."""

    name = "gamma"
    formula = "2 (y / y_hat - 1 - log(y / y_hat))"
    derivative_formula = "2 (y_hat - y) / y_hat^2"
    paired_formula = "2 (1 - y / y_hat)"
    source = "the gamma likelihood; Nelder and Wedderburn (1972)"
    power = 2.0


@dataclass(frozen=True)
class Tweedie(LogLink):
    """The deviance between Poisson (power 1) and gamma (power 2): sums of random amounts, with exact zeros among them.

    Parameters
    ----------
    power : float in [1, 2], default 1.5
        The variance of y is proportional to y_hat^power. Domain: y >= 0, for 2 y > 0.
    """

    power: float = 1.5
    name = "tweedie"
    source = "Tweedie (1984); Jorgensen (1987)"

    def __post_init__(self):
        if not (is_number(self.power) and 1 <= self.power <= 2):
            raise wrong_parameter("power", "Tweedie", "a number in [1, 2]", self.power)
        object.__setattr__(self, "power", float(self.power))

    def check_dtype(self, dtype: str) -> None:
        if self.power < 2 <= rounded(self.power, dtype):
            raise wrong_parameter("power", "Tweedie", f"2, or a number that {dtype} can tell from it", self.power)

    @property
    def formula(self) -> str:  # type: ignore[override]  # with its number
        return f"2 (y^(2-p)/((1-p)(2-p)) - y y_hat^(1-p)/(1-p) + y_hat^(2-p)/(2-p)), p = {self.power:g}"

    @property
    def derivative_formula(self) -> str:  # type: ignore[override]  # with its number
        return f"2 (y_hat - y) / y_hat^{self.power:g}"

    @property
    def paired_formula(self) -> str:  # type: ignore[override]  # with its number
        return f"2 (y_hat - y) y_hat^(1 - {self.power:g})"
