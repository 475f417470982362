"""Dropout and noise on the inputs: what disturbs a training step, drawn by a generator that only counts.

In a training step the next layer receives z~ instead of z,

    z~^(l) = m^(l) ∘ z^(l),    m = 0 with probability p^(l), else 1 / (1 - p^(l))    for l = 0..L-1

(Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, 2014). The expectation of z~ is z, so predictions need no
correction: J of a step is J given its masks. Noise makes the input of a step x + sigma e, e standard normal (Bishop,
1995), before its mask.

A mask is a function of (seed, step, layer, row in the batch, unit) and of nothing else: not of what was drawn before,
of the engine, or of how a batch is cut into blocks. Salmon, Moraes, Dror and Shaw (2011) call such a generator
counter-based; this one is SplitMix64 (Steele, Lea and Flood, 2014), whose i-th number can be had without the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any

GAMMA = np.uint64(0x9E3779B97F4A7C15)  # the odd number nearest to 2^64 over the golden ratio: SplitMix64's increment
NOISE = 2**32  # stands in the place of a layer for the numbers of which the noise is made


def mix(x: np.ndarray) -> np.ndarray:
    """SplitMix64's finaliser, a bijection of 64-bit words in which every bit of x moves every bit (Stafford, 2011).

    Parameters
    ----------
    x : array of uint64
        Products leave 64 bits and wrap round, as they must; of an array NumPy does not warn of it.
    """
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def random_words(seed: int, step: int, layer: int, first_row: int, n_rows: int, n_columns: int) -> np.ndarray:
    """The words of rows first_row, first_row + 1, ... of a batch: an array of uint64 (n_rows, n_columns).

        key = mix(mix(mix(seed + g) + step + g) + layer + g),    word_ij = mix(key + (i n_columns + j + 1) g)

    with g = GAMMA and all sums modulo 2^64: number i n_columns + j of the SplitMix64 that starts at the key.

    Examples
    --------
    >>> words = random_words(seed=0, step=3, layer=1, first_row=0, n_rows=4, n_columns=5)
    >>> bool((random_words(0, 3, 1, 2, 2, 5) == words[2:]).all())
    True
    """
    key = np.zeros(1, np.uint64)
    for word in (seed, step, layer):
        key = mix(key + np.uint64(word) + GAMMA)
    count = np.arange(first_row * n_columns + 1, (first_row + n_rows) * n_columns + 1, dtype=np.uint64)
    return mix(key + count * GAMMA).reshape(n_rows, n_columns)


def uniform(words: np.ndarray) -> np.ndarray:
    """Numbers in [0, 1), float64: the upper 53 bits over 2^53, exactly."""
    return (words >> np.uint64(11)) * 2.0**-53


def standard_normal(u: Array, v: Array) -> tuple[Array, Array]:
    """Two independent standard normal numbers of two that are uniform in [0, 1) (Box and Muller, 1958).

        sqrt(-2 log(1 - u)) cos(2 pi v)  and  sqrt(-2 log(1 - u)) sin(2 pi v)

    1 - u is exact and never 0. The masks are the same bits on every engine; logarithms and cosines to rounding only.
    """
    radius, angle = np.sqrt(-2 * np.log(1 - u)), 2 * np.pi * v
    return radius * np.cos(angle), radius * np.sin(angle)


@dataclass(frozen=True)
class Dropout:
    """What disturbs the steps of a training run.

    Parameters
    ----------
    rates : tuple of L floats in [0, 1)
        p of layer 0, the inputs, and of the hidden layers 1..L-1; the last layer keeps all it has.
    input_noise : float >= 0
        The standard deviation sigma of the noise on each input.
    seed : int in [0, 2^64)

    Examples
    --------
    >>> dropout = Dropout(rates=(0.0, 0.5), seed=3)
    >>> x_masks, z_masks = dropout.masks((2, 4, 1), step=0, first_row=0, n_rows=3, dtype=np.float64)
    >>> x_masks is None
    True
    >>> z_masks
    array([[2., 0., 0., 0.],
           [2., 2., 0., 2.],
           [0., 0., 0., 2.]])
    """

    rates: tuple[float, ...]
    input_noise: float = 0.0
    seed: int = 0

    def masks(self, sizes: Sequence[int], step: int, first_row: int, n_rows: int, dtype: Any) -> list[Array | None]:
        """The masks (n_rows, D_l) of the layers 0..L-1 in a step, for some rows of its batch; None where p is 0."""
        masks: list[Array | None] = []
        for l, p in enumerate(self.rates):
            if p == 0:
                masks.append(None)
                continue
            kept = uniform(random_words(self.seed, step, l, first_row, n_rows, sizes[l])) >= p
            masks.append(kept * np.asarray(1 / (1 - p), dtype))
        return masks

    def add_noise(self, X: np.ndarray, step: int, first_row: int) -> np.ndarray:
        """X + sigma e, for X (n_rows, D_x): row first_row of the step's batch, and those that follow it."""
        if self.input_noise == 0:
            return X
        n_rows, D_x = X.shape
        half = (D_x + 1) // 2
        u = uniform(random_words(self.seed, step, NOISE, first_row, n_rows, 2 * half))
        e = np.concatenate(standard_normal(u[:, :half], u[:, half:]), axis=1)[:, :D_x]
        return X + (self.input_noise * e).astype(X.dtype)
