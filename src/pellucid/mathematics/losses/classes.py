"""Losses of classes: the log loss of labels and the cross-entropy of one class among several, with label smoothing.

Smoothing mixes each label with indifference before the loss is taken: y becomes (1 - s) y + s/2, and the row of class k
becomes (1 - s) one_hot(k) + s/K. J is then of the smoothed labels, in training and in validation (Szegedy et al., 2016,
section 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.errors import wrong_parameter
from pellucid.mathematics.activations import logistic, namespace, softplus
from pellucid.mathematics.losses.loss import Loss, refuse_targets
from pellucid.mathematics.rules import between

Array = Any

SMOOTHING = between(0, 1, "left")


def check_smoothing(loss: Any) -> None:
    """A share of indifference, less than the whole."""
    if not SMOOTHING.holds(loss.label_smoothing):
        raise wrong_parameter("label_smoothing", type(loss).__name__, SMOOTHING.text, loss.label_smoothing)
    object.__setattr__(loss, "label_smoothing", float(loss.label_smoothing))


def smoothing_text(loss: Any) -> str:
    """What the formula says of it, if there is any."""
    return f", y smoothed by {loss.label_smoothing:g}" if loss.label_smoothing else ""


@dataclass(frozen=True)
class Log(Loss):
    """The negative log likelihood of a label y in [0, 1]: one target for each of one or several labels.

    From h, with y_hat = s(h): L = log(1 + exp(h)) - y h and dL/dh = s(h) - y.

    Parameters
    ----------
    label_smoothing : float in [0, 1), default 0
    """

    label_smoothing: float = 0.0
    name = "log"
    derivative_formula = "-y / y_hat + (1 - y) / (1 - y_hat)"
    paired_formula = "y_hat - y"
    source = "the Bernoulli likelihood"
    output_activation = "sigmoid"
    paired = True
    unit = "none"

    def __post_init__(self):
        check_smoothing(self)

    @property
    def formula(self) -> str:  # type: ignore[override]  # with its number
        return "-(y log y_hat + (1 - y) log(1 - y_hat))" + smoothing_text(self)

    def check_targets(self, Y: np.ndarray, n_outputs: int) -> None:
        refuse_targets(self.name, "between 0 and 1", Y, (Y < 0) | (Y > 1))

    def smooth(self, Y: Array) -> Array:
        """(1 - s) y + s/2, which is y itself, to the bit, without smoothing."""
        return Y if self.label_smoothing == 0 else (1 - self.label_smoothing) * Y + self.label_smoothing / 2

    def value(self, Y: Array, Y_hat: Array) -> Array:
        xp, Y = namespace(Y_hat), self.smooth(Y)
        return -(Y * xp.log(Y_hat) + (1 - Y) * xp.log1p(-Y_hat))

    def derivative(self, Y: Array, Y_hat: Array) -> Array:
        Y = self.smooth(Y)
        return -Y / Y_hat + (1 - Y) / (1 - Y_hat)

    def value_from_h(self, Y: Array, H: Array) -> Array:
        # (1-y) softplus(h) + y softplus(-h), not softplus(h) - y h: the difference of two large numbers
        # would lose the small loss of a confident and right prediction.
        Y = self.smooth(Y)
        return (1 - Y) * softplus(H) + Y * softplus(-H)

    def dL_dH(self, Y: Array, H: Array) -> Array:
        # (1-y) s(h) - y s(-h), not s(h) - y, for the same reason.
        Y = self.smooth(Y)
        return (1 - Y) * logistic(H) - Y * logistic(-H)


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """The negative log likelihood of one of K classes: K outputs, one target.

    The target is the number k of the class, 0..K-1, in one column; Y below is its one-hot row.
    From h, with P = softmax(h): L = log sum_j exp(h_j) - h_k and dL_dH = P - Y.

    Parameters
    ----------
    label_smoothing : float in [0, 1), default 0
    """

    label_smoothing: float = 0.0
    name = "cross_entropy"
    paired_formula = "y_hat - y"
    source = "the multinomial likelihood"
    output_activation = "softmax"
    paired = True
    unit = "none"

    def __post_init__(self):
        check_smoothing(self)

    @property
    def formula(self) -> str:  # type: ignore[override]  # with its number
        if self.label_smoothing:
            return "-sum_j y_j log y_hat_j" + smoothing_text(self)
        return "-log y_hat_k, k the class of the observation"

    @property
    def derivative_formula(self) -> str:  # type: ignore[override]  # with its number
        if self.label_smoothing:
            return "-y_j / y_hat_j in place j" + smoothing_text(self)
        return "-1 / y_hat_k in place k, 0 elsewhere"

    def n_targets(self, n_outputs: int) -> int:
        return 1

    def target_of_output(self, n_outputs: int) -> np.ndarray:
        return np.zeros(n_outputs, dtype=np.int64)

    def check_targets(self, Y: np.ndarray, n_outputs: int) -> None:
        outside = ~np.isnan(Y) & ((Y < 0) | (n_outputs <= Y) | (np.floor(Y) != Y))
        refuse_targets(self.name, f"whole numbers from 0 to {n_outputs - 1}, the class of each row", Y, outside)

    @staticmethod
    def one_hot(Y: Array, like: Array) -> Array:
        """1 in the place of the class, 0 elsewhere, in the shape of `like`."""
        xp = namespace(like)
        return xp.astype(xp.arange(like.shape[-1]) == Y, like.dtype)

    def shares(self, Y: Array, like: Array) -> Array:
        """The smoothed row of each class: (1 - s) one_hot + s/K."""
        s = self.label_smoothing
        return (1 - s) * self.one_hot(Y, like) + s / like.shape[-1]

    def value(self, Y: Array, Y_hat: Array) -> Array:
        xp = namespace(Y_hat)
        if self.label_smoothing:
            return -xp.sum(self.shares(Y, Y_hat) * xp.log(Y_hat), axis=-1, keepdims=True)
        return -xp.log(xp.sum(self.one_hot(Y, Y_hat) * Y_hat, axis=-1, keepdims=True))

    def derivative(self, Y: Array, Y_hat: Array) -> Array:
        xp = namespace(Y_hat)
        if self.label_smoothing:
            return -self.shares(Y, Y_hat) / Y_hat
        chosen = self.one_hot(Y, Y_hat)
        return xp.where(chosen == 1, -1 / Y_hat, xp.zeros_like(Y_hat))

    def value_from_h(self, Y: Array, H: Array) -> Array:
        # With m = h_j - h_k the loss is log sum_j exp(m_j), whose own term is exp(0) = 1: taking that one out
        # (log1p) keeps the small loss of a confident and right prediction.
        xp = namespace(H)
        chosen = self.one_hot(Y, H)
        m = H - xp.sum(xp.where(chosen == 1, H, xp.zeros_like(H)), axis=-1, keepdims=True)
        largest = xp.max(m, axis=-1, keepdims=True)
        shift = xp.where(largest > 0, largest, xp.zeros_like(largest))  # constant, and no half of a tie, where it is 0
        others = xp.sum(xp.where(chosen == 1, xp.zeros_like(m), xp.exp(m - shift)), axis=-1, keepdims=True)
        small = xp.log1p(xp.where(shift == 0, others, xp.zeros_like(others)))
        large = shift + xp.log(xp.exp(-shift) + xp.where(shift == 0, xp.ones_like(others), others))
        value = xp.where(shift == 0, small, large)
        if self.label_smoothing:  # sum_j y_j (log sum_i exp(h_i) - h_j) = value of class k - s mean_j (h_j - h_k)
            value = value - self.label_smoothing * xp.mean(m, axis=-1, keepdims=True)
        return value

    def dL_dH(self, Y: Array, H: Array) -> Array:
        xp = namespace(H)
        e = xp.exp(H - xp.max(H, axis=-1, keepdims=True))
        total = xp.sum(e, axis=-1, keepdims=True)
        if self.label_smoothing:
            return e / total - self.shares(Y, H)
        chosen = self.one_hot(Y, H)
        others = xp.where(chosen == 1, xp.zeros_like(e), e)
        # P - 1 in place k is minus the sum of the others: no cancellation for a confident prediction.
        return xp.where(chosen == 1, -xp.sum(others, axis=-1, keepdims=True) / total, others / total)
