"""Each activation as operators of ONNX in float64, one function each.

Where ONNX Runtime has an operator for float64, that is taken: Relu, Sigmoid, Tanh, Softmax. The others are made of Exp,
Log and Tanh, since their own operators know no float64 there (Erf, Softplus, Elu, Selu), or hold their constants in
float32 (LeakyRelu).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.polynomial import Chebyshev, Polynomial

from pellucid.errors import ModelFileError
from pellucid.files.onnx_export.graph import BOOL, Value
from pellucid.mathematics.activations import Activation, is_ours
from pellucid.mathematics.activations.hidden import LEAKY_SLOPE, SELU_ALPHA, SELU_SCALE
from pellucid.mathematics.activations.per_output import PerOutput


def exp_minus_1(h: Value) -> Value:
    """exp(h) - 1 = (exp(h) + 1) tanh(h/2), which keeps its digits about 0."""
    return (h.op("Exp") + 1) * (h * 0.5).op("Tanh")


def elu(h: Value) -> Value:
    return h.op("Relu") + exp_minus_1(h.op("Min", 0))


def selu(h: Value) -> Value:
    return (h.op("Relu") + exp_minus_1(h.op("Min", 0)) * SELU_ALPHA) * SELU_SCALE


def softplus(h: Value) -> Value:
    """max(h, 0) + log(1 + e), e = exp(-|h|); log(1 + e) is e log(u) / (u - 1) for the rounded u = 1 + e (Kahan)."""
    e = (-h.op("Abs")).op("Exp")
    u = e + 1
    vanished = u.op("Equal", 1, dtype=BOOL)
    return h.op("Relu") + vanished.where(e, e * u.op("Log") / vanished.where(1, u - 1))


def gelu(h: Value) -> Value:
    """H Phi(h), Phi(h) = erfc(-h / sqrt(2)) / 2."""
    below = half_erfc((h * np.sqrt(0.5)).op("Abs"))
    return h * h.op("Less", 0, dtype=BOOL).where(below, 1 - below)


def half_erfc(z: Value) -> Value:
    """erfc(z) / 2 for z >= 0, as t exp(p(t) - z^2) / 2 with t = 2 / (2 + z) and a polynomial p, to 1e-15."""
    t = 2 / (z + 2)
    u, (last, *others) = t * 2 - 1, erfc_polynomial()[::-1]
    p = u * 0 + last
    for coefficient in others:
        p = p * u + coefficient
    return t * 0.5 * (p - z * z).op("Exp")


def erfc_polynomial() -> list[float]:
    """The coefficients of p in powers of 2t - 1: log(exp(z^2) erfc(z) / t), interpolated at Chebyshev's points.

    Their decrease, by about 0.3 from one of Chebyshev's to the next, beats the growth of powers of 1 + sqrt(2) with
    which these become powers of u, so no digits are lost.
    """
    from scipy.special import erfcx

    def p(u: np.ndarray) -> np.ndarray:
        t = (u + 1) / 2
        return np.log(erfcx(2 / t - 2) / t)

    return Chebyshev.interpolate(p, 30).convert(kind=Polynomial).coef.tolist()


ENTRIES: dict[str, Callable[[Value], Value]] = {
    "linear": lambda h: h,
    "relu": lambda h: h.op("Relu"),
    "leaky_relu": lambda h: h.op("Max", h * LEAKY_SLOPE),
    "elu": elu,
    "selu": selu,
    "sigmoid": lambda h: h.op("Sigmoid"),
    "tanh": lambda h: h.op("Tanh"),
    "softplus": softplus,
    "gelu": gelu,
    "silu": lambda h: h / ((-h).op("Exp") + 1),
    "mish": lambda h: h * softplus(h).op("Tanh"),
    "exponential": lambda h: h.op("Exp"),
    "softmax": lambda h: h.op("Softmax", axis=1),
}


def add_activation(activation: Activation, h: Value) -> Value:
    """Z = f(h) of one of our activations, or of one for each output.

    Raises
    ------
    ModelFileError
        For one of the user's own.
    """
    if isinstance(activation, PerOutput):
        parts = [add_activation(f, h.columns([d])) for d, f in enumerate(activation.activations)]
        return h.graph.concatenated(parts)
    if not is_ours(activation):
        raise ModelFileError(
            f"The activation {activation.name} of your own cannot be exported to ONNX: it is code, and the graph holds "
            f"none. Use one of {', '.join(ENTRIES)}, or keep the model in Python."
        )
    return ENTRIES[activation.name](h)
