"""Activations z = f(h): one block each, with value, slope, formula, source and where the slope is undefined.

Every function takes and returns arrays of any namespace (NumPy, JAX): it asks the array itself which one it
belongs to. Slopes are computed from h, not from z, so that they keep their relative precision where the value
has already saturated: sigmoid(40) rounds to 1, and 1 - 1 would be a slope of 0 instead of 4e-18.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pellucid.errors import wrong_parameter

Array = Any  # an array of any namespace

LEAKY_SLOPE = 0.01


def namespace(array: Array) -> Any:
    """The module of functions (NumPy, jax.numpy) to which an array belongs."""
    return array.__array_namespace__()


def logistic(h: Array) -> Array:
    """1 / (1 + exp(-h)) without overflow: the exponential is only ever taken of -|h|."""
    xp = namespace(h)
    e = xp.exp(-xp.abs(h))
    return xp.where(h >= 0, 1 / (1 + e), e / (1 + e))


def softplus(h: Array) -> Array:
    """log(1 + exp(h)) without overflow, and without losing exp(h) beside 1.

    Written with `where`, not with maximum and abs: at h = 0 automatic differentiation then takes one side of both.
    """
    xp = namespace(h)
    return xp.where(h > 0, h, xp.zeros_like(h)) + xp.log1p(xp.exp(xp.where(h > 0, -h, h)))


def complementary_error_function(h: Array) -> Array:
    """Erfc of SciPy or of JAX: the one function here that no array namespace offers."""
    if isinstance(h, np.ndarray | np.generic):
        from scipy.special import erfc
    else:
        from jax.scipy.special import erfc
    return erfc(h)  # type: ignore[arg-type]  # an array of the namespace of its branch


class Activation:
    """One activation: `value` is z = f(h), `slope` is dz/dh, both entry by entry."""

    name: str
    formula: str
    slope_formula: str
    source: str
    kinks: tuple[float, ...] = ()  # where the slope jumps, and a numerical check has to look away
    relu_like: bool = False  # about half of the units are silent at the start: He's weights suit it
    elementwise: bool = True

    def value(self, h: Array) -> Array:
        raise NotImplementedError

    def slope(self, h: Array) -> Array:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<activation {self.name}: {self.formula}>"


class Linear(Activation):
    name = "linear"
    formula = "h"
    slope_formula = "1"
    source = "the linear model"

    def value(self, h: Array) -> Array:
        return h

    def slope(self, h: Array) -> Array:
        return namespace(h).ones_like(h)


class ReLU(Activation):
    name = "relu"
    formula = "max(h, 0)"
    slope_formula = "1 if h > 0 else 0"
    source = "Nair and Hinton (2010); slope 0 at 0 by convention"
    kinks = (0.0,)
    relu_like = True

    def value(self, h: Array) -> Array:
        xp = namespace(h)
        return xp.where(h <= 0, xp.zeros_like(h), h)  # not maximum, whose derivative at 0 is 1/2 in JAX; NaN stays

    def slope(self, h: Array) -> Array:
        xp = namespace(h)
        return xp.where(h > 0, xp.ones_like(h), xp.zeros_like(h))


class LeakyReLU(Activation):
    name = "leaky_relu"
    formula = f"h if h > 0 else {LEAKY_SLOPE} h"
    slope_formula = f"1 if h > 0 else {LEAKY_SLOPE}"
    source = "Maas, Hannun and Ng (2013)"
    kinks = (0.0,)
    relu_like = True

    def value(self, h: Array) -> Array:
        return namespace(h).where(h > 0, h, LEAKY_SLOPE * h)

    def slope(self, h: Array) -> Array:
        xp = namespace(h)
        return xp.where(h > 0, xp.ones_like(h), xp.full_like(h, LEAKY_SLOPE))


class ELU(Activation):
    name = "elu"
    formula = "h if h > 0 else exp(h) - 1"
    slope_formula = "1 if h > 0 else exp(h)"
    source = "Clevert, Unterthiner and Hochreiter (2016), with their alpha = 1"
    relu_like = True

    def value(self, h: Array) -> Array:
        xp = namespace(h)
        return xp.where(h > 0, h, xp.expm1(xp.where(h > 0, xp.zeros_like(h), h)))

    def slope(self, h: Array) -> Array:
        return namespace(h).exp(namespace(h).minimum(h, 0))


class Sigmoid(Activation):
    name = "sigmoid"
    formula = "1 / (1 + exp(-h))"
    slope_formula = "s (1 - s)"
    source = "the logistic function"

    def value(self, h: Array) -> Array:
        return logistic(h)

    def slope(self, h: Array) -> Array:
        return logistic(h) * logistic(-h)  # 1 - s(h) is s(-h), exactly


class Tanh(Activation):
    name = "tanh"
    formula = "tanh(h)"
    slope_formula = "1 - tanh(h)^2"
    source = "LeCun, Bottou, Orr and Mueller (1998), section 4.4"

    def value(self, h: Array) -> Array:
        return namespace(h).tanh(h)

    def slope(self, h: Array) -> Array:
        return 4 * logistic(2 * h) * logistic(-2 * h)  # since tanh(h) = 2 s(2h) - 1


class Softplus(Activation):
    name = "softplus"
    formula = "log(1 + exp(h))"
    slope_formula = "1 / (1 + exp(-h))"
    source = "Dugas, Bengio, Belisle, Nadeau and Garcia (2001)"
    relu_like = True

    def value(self, h: Array) -> Array:
        return softplus(h)

    def slope(self, h: Array) -> Array:
        return logistic(h)


class GELU(Activation):
    name = "gelu"
    formula = "h Phi(h), Phi the normal distribution function"
    slope_formula = "Phi(h) + h phi(h), phi the normal density"
    source = "Hendrycks and Gimpel (2016), the exact form"
    relu_like = True

    @staticmethod
    def distribution(h: Array) -> Array:
        return 0.5 * complementary_error_function(-h * math.sqrt(0.5))

    def value(self, h: Array) -> Array:
        return h * self.distribution(h)

    def slope(self, h: Array) -> Array:
        xp = namespace(h)
        # Beyond |h| = 40 the density underflows in float64; the bound keeps h * h from overflowing.
        bounded = xp.clip(h, -40, 40)
        density = xp.exp(-0.5 * bounded * bounded) / math.sqrt(2 * math.pi)
        return self.distribution(h) + bounded * density


class SiLU(Activation):
    name = "silu"
    formula = "h / (1 + exp(-h))"
    slope_formula = "s (1 + h (1 - s))"
    source = "Elfwing, Uchibe and Doya (2018)"
    relu_like = True

    def value(self, h: Array) -> Array:
        return h * logistic(h)

    def slope(self, h: Array) -> Array:
        return logistic(h) * (1 + h * logistic(-h))


class Softmax(Activation):
    """exp(h_i) / sum_j exp(h_j) over the outputs of one observation: the only one that is not entry by entry.

    Its Jacobian is full, so it has no slope, and it is only taken together with cross-entropy (losses.py).
    """

    name = "softmax"
    formula = "exp(h_i) / sum_j exp(h_j)"
    slope_formula = "diag(z) - z z^T (a full Jacobian)"
    source = "Bridle (1990)"
    elementwise = False

    def value(self, h: Array) -> Array:
        xp = namespace(h)
        e = xp.exp(h - xp.max(h, axis=-1, keepdims=True))  # the largest becomes 1: nothing overflows
        return e / xp.sum(e, axis=-1, keepdims=True)

    def jacobian(self, h: Array) -> Array:
        """dz_dh of one observation, (D, D): diag(z) - z z^T, its diagonal z_i (1 - z_i) as z_i times the other z.

        The sum of the others is exact where z_i has rounded to 1, and 1 - z_i would be 0.
        """
        xp = namespace(h)
        z = self.value(h)
        others = 1 - xp.eye(z.shape[0], dtype=z.dtype)
        return xp.diag(z * (others @ z)) - xp.outer(z, z) * others


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Linear(),
        ReLU(),
        LeakyReLU(),
        ELU(),
        Sigmoid(),
        Tanh(),
        Softplus(),
        GELU(),
        SiLU(),
        Softmax(),
    )
}

ELEMENTWISE = tuple(name for name, activation in ACTIVATIONS.items() if activation.elementwise)


def get_activation(activation: str | Activation, owner: str = "Network") -> Activation:
    """The activation of that name.

    Raises
    ------
    ParameterError
        If there is none. A near miss is never guessed.
    """
    if isinstance(activation, Activation):
        return activation
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise wrong_parameter("activation", owner, "one of " + ", ".join(ACTIVATIONS), activation)
    return ACTIVATIONS[activation]
