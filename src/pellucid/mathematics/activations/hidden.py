"""The activations of hidden layers, entry by entry. As outputs they serve too."""

from __future__ import annotations

import math
from typing import Any

from pellucid.mathematics.activations.activation import Activation
from pellucid.mathematics.activations.functions import (
    complementary_error_function,
    logistic,
    minus_size,
    namespace,
    softplus,
)

Array = Any  # an array of any namespace

LEAKY_SLOPE = 0.01

# The two numbers with which mean 0 and variance 1 of the units of one layer are a fixed point for the next one:
# equation (14) of Klambauer et al. (2017).
SELU_ALPHA = 1.6732632423543772848
SELU_SCALE = 1.0507009873554804934


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
    starting_weights = "he"

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
    starting_weights = "he"

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
    starting_weights = "he"

    def value(self, h: Array) -> Array:
        xp = namespace(h)
        return xp.where(h > 0, h, xp.expm1(xp.where(h > 0, xp.zeros_like(h), h)))

    def slope(self, h: Array) -> Array:
        return namespace(h).exp(namespace(h).minimum(h, 0))


class SELU(Activation):
    name = "selu"
    formula = "1.0507 h if h > 0 else 1.7581 (exp(h) - 1)"
    slope_formula = "1.0507 if h > 0 else 1.7581 exp(h)"
    source = "Klambauer, Unterthiner, Mayr and Hochreiter (2017); 1.7581 is 1.0507 times their alpha, 1.6733"
    kinks = (0.0,)
    starting_weights = "lecun"

    def value(self, h: Array) -> Array:
        xp = namespace(h)
        return SELU_SCALE * xp.where(h > 0, h, SELU_ALPHA * xp.expm1(xp.where(h > 0, xp.zeros_like(h), h)))

    def slope(self, h: Array) -> Array:
        xp = namespace(h)
        return SELU_SCALE * xp.where(h > 0, xp.ones_like(h), SELU_ALPHA * xp.exp(minus_size(h)))


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
    starting_weights = "he"

    def value(self, h: Array) -> Array:
        return softplus(h)

    def slope(self, h: Array) -> Array:
        return logistic(h)


class GELU(Activation):
    name = "gelu"
    formula = "h Phi(h), Phi the normal distribution function"
    slope_formula = "Phi(h) + h phi(h), phi the normal density"
    source = "Hendrycks and Gimpel (2016), the exact form"
    starting_weights = "he"

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
    starting_weights = "he"

    def value(self, h: Array) -> Array:
        return h * logistic(h)

    def slope(self, h: Array) -> Array:
        return logistic(h) * (1 + h * logistic(-h))


class Mish(Activation):
    """Value and slope from e = exp(-|h|), so that nothing overflows, as quotients of sums of positive numbers."""

    name = "mish"
    formula = "h tanh(log(1 + exp(h)))"
    slope_formula = "t + h (1 - t^2) s, t = tanh(log(1 + exp(h)))"
    source = "Misra (2019)"
    starting_weights = "he"

    @staticmethod
    def gate(h: Array, e: Array) -> Array:
        """Tanh(log(1 + exp(h))) = ((1 + exp(h))^2 - 1) / ((1 + exp(h))^2 + 1), for h > 0 divided by exp(h)^2."""
        return namespace(h).where(h > 0, (1 + 2 * e) / (1 + 2 * e + 2 * e * e), e * (2 + e) / (2 + 2 * e + e * e))

    def value(self, h: Array) -> Array:
        return h * self.gate(h, namespace(h).exp(minus_size(h)))

    def slope(self, h: Array) -> Array:
        # t (1 + h t'/t), with t'/t = 4 (1 + exp(h)) / ((2 + exp(h)) ((1 + exp(h))^2 + 1)): it keeps the digits that
        # t + h t' loses about its zero, h = -1.19.
        xp = namespace(h)
        e = xp.exp(minus_size(h))
        above, below = (1 + 2 * e) * (1 + 2 * e + 2 * e * e), (2 + e) * (2 + 2 * e + e * e)
        relative = 4 * (1 + e) * xp.where(h > 0, e * e / above, 1 / below)
        return self.gate(h, e) * (1 + h * relative)
