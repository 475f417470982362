"""Activations and their slopes in machine code, over flat arrays: the chapter's activations line by line.

`one` has the type of the arrays: a Python number beside a float32 would turn the arithmetic into float64.
"""

from __future__ import annotations

import math

from pellucid.engines.compiled.cache import jit, jit_in_order
from pellucid.engines.compiled.layout import (
    ELU,
    EXPONENTIAL,
    GELU,
    LEAKY_RELU,
    LINEAR,
    MISH,
    RELU,
    SELU,
    SIGMOID,
    SILU,
    SOFTMAX,
    SOFTPLUS,
    TANH,
)
from pellucid.mathematics.activations.hidden import LEAKY_SLOPE, SELU_ALPHA, SELU_SCALE

DENSITY_AT_0 = 1 / math.sqrt(2 * math.pi)


@jit_in_order
def logistic(h, one):
    """1 / (1 + exp(-h)), the exponential only of -|h|."""
    e = math.exp(-abs(h))
    return one / (one + e) if h >= 0 else e / (one + e)


@jit_in_order
def softplus(h, one):
    """log(1 + exp(h)), likewise."""
    return max(h, one - one) + math.log1p(math.exp(-abs(h)))


@jit_in_order
def normal_distribution(h, one):
    """Phi(h), by the complementary error function."""
    half = one / (one + one)
    return half * math.erfc(-h * math.sqrt(half))


@jit_in_order
def mish_gate(h, one):
    """tanh(log(1 + exp(h))), of e = exp(-|h|)."""
    two = one + one
    e = math.exp(-abs(h))
    if h > 0:
        return (one + two * e) / (one + two * e + two * e * e)
    return e * (two + e) / (two + two * e + e * e)


@jit_in_order
def mish_slope(h, one):
    """T (1 + h t'/t), t the gate."""
    two = one + one
    e = math.exp(-abs(h))
    if h > 0:
        part = e * e / ((one + two * e) * (one + two * e + two * e * e))
    else:
        part = one / ((two + e) * (two + two * e + e * e))
    return mish_gate(h, one) * (one + h * (two * two * (one + e) * part))


@jit
def softmax_rows(h, z, n):
    """Softmax of each of n rows of h into z."""
    K = len(h) // n
    for start in range(0, len(h), K):
        largest = h[start]
        for k in range(start + 1, start + K):
            largest = max(largest, h[k])
        total = h.dtype.type(0)
        for k in range(start, start + K):
            z[k] = math.exp(h[k] - largest)
            total += z[k]
        for k in range(start, start + K):
            z[k] /= total


@jit
def activate(code, h, z, n):
    """Z = f(H) for n rows, entry by entry but for softmax."""
    one = h.dtype.type(1)
    zero = h.dtype.type(0)
    if code == SOFTMAX:
        softmax_rows(h, z, n)
    elif code == LINEAR:
        for i in range(h.size):
            z[i] = h[i]
    elif code == RELU:
        for i in range(h.size):
            z[i] = h[i] if not h[i] <= zero else zero  # a NaN stays one
    elif code == LEAKY_RELU:
        slope = h.dtype.type(LEAKY_SLOPE)
        for i in range(h.size):
            z[i] = h[i] if h[i] > zero else slope * h[i]
    elif code == ELU:
        for i in range(h.size):
            z[i] = h[i] if h[i] > zero else math.expm1(h[i])
    elif code == SIGMOID:
        for i in range(h.size):
            z[i] = logistic(h[i], one)
    elif code == TANH:
        for i in range(h.size):
            z[i] = math.tanh(h[i])
    elif code == SOFTPLUS:
        for i in range(h.size):
            z[i] = softplus(h[i], one)
    elif code == GELU:
        for i in range(h.size):
            z[i] = h[i] * normal_distribution(h[i], one)
    elif code == SILU:
        for i in range(h.size):
            z[i] = h[i] * logistic(h[i], one)
    elif code == SELU:
        scale = h.dtype.type(SELU_SCALE)
        alpha = h.dtype.type(SELU_ALPHA)
        for i in range(h.size):
            z[i] = scale * (h[i] if h[i] > zero else alpha * math.expm1(h[i]))
    elif code == MISH:
        for i in range(h.size):
            z[i] = h[i] * mish_gate(h[i], one)
    elif code == EXPONENTIAL:
        for i in range(h.size):
            z[i] = math.exp(h[i])


@jit
def multiply_by_slope(code, h, d):
    """dL_dH = dL_dZ f'(H), entry by entry, in place of dL_dZ."""
    one = h.dtype.type(1)
    zero = h.dtype.type(0)
    two = one + one
    if code == RELU:
        for i in range(h.size):
            d[i] = d[i] if h[i] > zero else zero
    elif code == LEAKY_RELU:
        slope = h.dtype.type(LEAKY_SLOPE)
        for i in range(h.size):
            d[i] = d[i] if h[i] > zero else slope * d[i]
    elif code == ELU:
        for i in range(h.size):
            d[i] *= one if h[i] > zero else math.exp(h[i])
    elif code == SIGMOID:
        for i in range(h.size):
            e = math.exp(-abs(h[i]))
            d[i] *= e / ((one + e) * (one + e))
    elif code == TANH:
        for i in range(h.size):
            e = math.exp(-two * abs(h[i]))
            d[i] *= two * two * e / ((one + e) * (one + e))
    elif code == SOFTPLUS:
        for i in range(h.size):
            d[i] *= logistic(h[i], one)
    elif code == GELU:
        bound = h.dtype.type(40)
        scale = h.dtype.type(DENSITY_AT_0)
        for i in range(h.size):
            near = min(max(h[i], -bound), bound)
            d[i] *= normal_distribution(h[i], one) + near * scale * math.exp(-near * near / two)
    elif code == SILU:
        for i in range(h.size):
            d[i] *= logistic(h[i], one) * (one + h[i] * logistic(-h[i], one))
    elif code == SELU:
        scale = h.dtype.type(SELU_SCALE)
        alpha = h.dtype.type(SELU_ALPHA)
        for i in range(h.size):
            d[i] *= scale * (one if h[i] > zero else alpha * math.exp(h[i]))
    elif code == MISH:
        for i in range(h.size):
            d[i] *= mish_slope(h[i], one)
    elif code == EXPONENTIAL:
        for i in range(h.size):
            d[i] *= math.exp(h[i])
