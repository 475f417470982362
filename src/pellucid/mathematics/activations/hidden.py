"""The activations of hidden layers, entry by entry. As outputs they serve too."""

from __future__ import annotations

import math
from typing import Any

from pellucid.mathematics.activations.activation import Activation
from pellucid.mathematics.activations.functions import complementary_error_function, logistic, namespace, softplus

Array = Any  # an array of any namespace

LEAKY_SLOPE = 0.01


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
