"""Masks and noise in machine code: dropout.py line by line. The masks are its bits, the noise its numbers to rounding.

Numba makes a float64 of an int64 beside a uint64, so every integer here is cast before it meets a word.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from pellucid.engines.compiled.block_kernels import entries_of, rows_of
from pellucid.engines.compiled.cache import jit, jit_in_order

WORD = np.uint64
GAMMA = np.uint64(0x9E3779B97F4A7C15)
NOISE = 2**32


class Disturbance(NamedTuple):
    """Dropout and noise as the kernels take them; all 0 where nothing disturbs the steps."""

    rates: np.ndarray  # (L,), float64
    input_noise: float
    seed: np.uint64


@jit
def mix(x):
    """SplitMix64's finaliser."""
    x = (x ^ (x >> WORD(30))) * WORD(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> WORD(27))) * WORD(0x94D049BB133111EB)
    return x ^ (x >> WORD(31))


@jit
def make_key(seed, step, layer):
    """Where the SplitMix64 of a layer in a step starts."""
    key = mix(seed + GAMMA)
    key = mix(key + WORD(step) + GAMMA)
    return mix(key + WORD(layer) + GAMMA)


@jit
def uniform(word):
    """The upper 53 bits over 2^53, in [0, 1)."""
    return np.float64(np.int64(word >> WORD(11))) * 2.0**-53


@jit
def disturb(layout, disturbance, step, first_row, n, buffers):
    """Add noise to the n rows of inputs in the buffers, the batch's rows from first_row on, and draw their masks."""
    if disturbance.input_noise > 0:
        key = make_key(disturbance.seed, step, NOISE)
        add_noise(disturbance.input_noise, key, first_row, rows_of(buffers.Z, layout, 0, n))
    if len(buffers.M) > 0:
        for l in range(len(layout.codes)):
            m = entries_of(buffers.M, layout, l, n)
            key = make_key(disturbance.seed, step, l)
            draw_mask(disturbance.rates[l], key + WORD(first_row * layout.sizes[l]) * GAMMA, m)


@jit
def draw_mask(p, key, m):
    """0 with probability p, else 1 / (1 - p), by the words that follow the key."""
    if p == 0:
        m[:] = 1
        return
    zero, kept = m.dtype.type(0), m.dtype.type(1 / (1 - p))
    least = WORD(math.ceil(p * 2.0**53))  # u >= p, in whole numbers
    for i in range(len(m)):
        m[i] = kept if mix(key + WORD(i + 1) * GAMMA) >> WORD(11) >= least else zero


@jit_in_order
def add_noise(sigma, key, first_row, X):
    """X + sigma e in place: the words that follow the key, by Box and Muller's formula."""
    n, D_x = X.shape
    half = (D_x + 1) // 2
    for i in range(n):
        at = (first_row + i) * 2 * half
        for j in range(half):
            u = uniform(mix(key + WORD(at + j + 1) * GAMMA))
            v = uniform(mix(key + WORD(at + half + j + 1) * GAMMA))
            radius, angle = math.sqrt(-2 * math.log(1 - u)), 2 * math.pi * v
            X[i, j] += X.dtype.type(sigma * (radius * math.cos(angle)))
            if half + j < D_x:
                X[i, half + j] += X.dtype.type(sigma * (radius * math.sin(angle)))
