"""The functions of which several activations and losses are made: each holds at any h, and in any namespace."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any  # an array of any namespace


def namespace(array: Array) -> Any:
    """The module of functions (NumPy, jax.numpy) to which an array belongs."""
    return array.__array_namespace__()


def minus_size(h: Array) -> Array:
    """-|h|, with `where` and not with abs, whose derivative at h = 0 is 0 in JAX: here it is that of one side."""
    return namespace(h).where(h >= 0, -h, h)


def logistic(h: Array) -> Array:
    """1 / (1 + exp(-h)) without overflow: the exponential is only ever taken of -|h|."""
    xp = namespace(h)
    e = xp.exp(minus_size(h))
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
