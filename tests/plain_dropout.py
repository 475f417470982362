"""Dropout and noise in plain loops over Python's own integers: the oracle of the generator and of what it draws."""

import math

WORDS = 2**64
NOISE = 2**32


def mix(x):
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % WORDS
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB % WORDS
    return x ^ (x >> 31)


class SplitMix64:
    """The generator of Steele, Lea and Flood (2014), one number after the other."""

    def __init__(self, state):
        self.state = state

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) % WORDS
        return mix(self.state)


def words(seed, step, layer, n_rows, n_columns):
    """Row after row, from the first of the batch."""
    key = 0
    for word in (seed, step, layer):
        key = SplitMix64((key + word) % WORDS).next()
    generator = SplitMix64(key)
    return [[generator.next() for _ in range(n_columns)] for _ in range(n_rows)]


def uniform(word):
    return (word >> 11) / 2**53


def mask(p, seed, step, layer, n_rows, n_columns):
    if p == 0:
        return [[1.0] * n_columns for _ in range(n_rows)]
    drawn = words(seed, step, layer, n_rows, n_columns)
    return [[0.0 if uniform(word) < p else 1 / (1 - p) for word in row] for row in drawn]


def normal(seed, step, n_rows, n_columns):
    """Two numbers from each pair of words, the sines behind all cosines; the last is left over in an odd row."""
    half = math.ceil(n_columns / 2)
    rows = []
    for row in words(seed, step, NOISE, n_rows, 2 * half):
        pairs = [(math.sqrt(-2 * math.log(1 - uniform(a))), 2 * math.pi * uniform(b))
                 for a, b in zip(row[:half], row[half:], strict=True)]  # fmt: skip
        rows.append(([r * math.cos(t) for r, t in pairs] + [r * math.sin(t) for r, t in pairs])[:n_columns])
    return rows
