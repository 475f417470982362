"""The activations of outputs: they give what a target can be, a mean above 0 or the probabilities of classes."""

from __future__ import annotations

from typing import Any

from pellucid.mathematics.activations.activation import Activation
from pellucid.mathematics.activations.functions import namespace

Array = Any  # an array of any namespace


class Exponential(Activation):
    """The inverse of the log link: a mean of counts or amounts, which is above 0.

    In a hidden layer it would run away: exp(exp(h)) overflows from h = 6.6 on. From h = 709.8 on (88.7 in float32) the
    value is infinite, as any answer above the largest float must be.
    """

    name = "exponential"
    formula = "exp(h)"
    slope_formula = "exp(h)"
    source = "Nelder and Wedderburn (1972), the inverse of their log link"

    def value(self, h: Array) -> Array:
        return namespace(h).exp(h)

    def slope(self, h: Array) -> Array:
        return namespace(h).exp(h)


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
