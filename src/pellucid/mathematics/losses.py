"""Losses L(y, y_hat): one block each, with domain, value, derivative and the activation it is paired with.

A loss has one value for each target. `value` and `derivative` are the text's formulae in y and y_hat. A paired
loss is computed from the last h instead (`value_from_h`, `dL_dH`): sigmoid with log loss and softmax with
cross-entropy cancel to y_hat - y, which is exact where the two factors, one of them 1/0 in floating point, are not.

Missing targets (NaN) are the objective's concern: what comes here is complete.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import DataError, ParameterError, wrong_parameter
from pellucid.mathematics.activations import Activation, logistic, namespace, softplus

Array = Any


class Loss:
    """One loss. Arrays are (N, ·) for a batch or (·,) for one observation; the last axis is that of the targets."""

    name: str
    formula: str
    derivative_formula: str
    source: str
    output_activation: str  # the one to use when the user names none
    paired: bool = False  # computed from the last h, together with output_activation
    scales: bool = False  # a target in other units gives a loss in other units: standardise the target
    harmless_target: float = 0.0  # in the domain: stands in place of a missing target, and counts nothing

    def takes(self, activation: Activation) -> bool:
        """Whether the last layer may have this activation."""
        return activation.name == self.output_activation if self.paired else activation.elementwise

    def n_targets(self, n_outputs: int) -> int:
        """How many targets a network of so many outputs predicts under this loss."""
        return n_outputs

    def check_targets(self, Y: np.ndarray, n_outputs: int) -> None:
        """Refuse targets outside the domain; NaN means missing and is always allowed."""

    def value(self, Y: Array, Y_hat: Array) -> Array:
        """The loss of each target, from the prediction."""
        raise NotImplementedError

    def derivative(self, Y: Array, Y_hat: Array) -> Array:
        """dL_dY_hat: of the sum over targets, by each output."""
        raise NotImplementedError

    def value_from_h(self, Y: Array, H: Array) -> Array:
        """The loss of each target, exact at any h (paired losses only)."""
        raise NotImplementedError

    def dL_dH(self, Y: Array, H: Array) -> Array:
        """The derivative by the last h, y_hat - y, exact at any h (paired losses only)."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<loss {self.name}: {self.formula}>"


class RSS(Loss):
    """The squared residual of each target. Domain: any finite y."""

    name = "rss"
    formula = "(y - y_hat)^2"
    derivative_formula = "-2 (y - y_hat)"
    source = "Legendre (1805), Gauss (1809); no factor 1/2, as in the text"
    output_activation = "linear"
    scales = True

    def value(self, Y: Array, Y_hat: Array) -> Array:
        return (Y - Y_hat) ** 2

    def derivative(self, Y: Array, Y_hat: Array) -> Array:
        return -2 * (Y - Y_hat)


class Log(Loss):
    """The negative log likelihood of a label y in [0, 1]: one target for each of one or several labels.

    From h, with y_hat = s(h): L = log(1 + exp(h)) - y h and dL/dh = s(h) - y.
    """

    name = "log"
    formula = "-(y log y_hat + (1 - y) log(1 - y_hat))"
    derivative_formula = "-y / y_hat + (1 - y) / (1 - y_hat)"
    source = "the Bernoulli likelihood"
    output_activation = "sigmoid"
    paired = True

    def check_targets(self, Y: np.ndarray, n_outputs: int) -> None:
        refuse_targets(self.name, "between 0 and 1", Y, (Y < 0) | (Y > 1))

    def value(self, Y: Array, Y_hat: Array) -> Array:
        xp = namespace(Y_hat)
        return -(Y * xp.log(Y_hat) + (1 - Y) * xp.log1p(-Y_hat))

    def derivative(self, Y: Array, Y_hat: Array) -> Array:
        return -Y / Y_hat + (1 - Y) / (1 - Y_hat)

    def value_from_h(self, Y: Array, H: Array) -> Array:
        # (1-y) softplus(h) + y softplus(-h), not softplus(h) - y h: the difference of two large numbers
        # would lose the small loss of a confident and right prediction.
        return (1 - Y) * softplus(H) + Y * softplus(-H)

    def dL_dH(self, Y: Array, H: Array) -> Array:
        # (1-y) s(h) - y s(-h), not s(h) - y, for the same reason.
        return (1 - Y) * logistic(H) - Y * logistic(-H)


class CrossEntropy(Loss):
    """The negative log likelihood of one of K classes: K outputs, one target.

    The target is the number k of the class, 0..K-1, in one column; Y below is its one-hot row.
    From h, with P = softmax(h): L = log sum_j exp(h_j) - h_k and dL_dH = P - Y.
    """

    name = "cross_entropy"
    formula = "-log y_hat_k, k the class of the observation"
    derivative_formula = "-1 / y_hat_k in place k, 0 elsewhere"
    source = "the multinomial likelihood"
    output_activation = "softmax"
    paired = True

    def n_targets(self, n_outputs: int) -> int:
        return 1

    def check_targets(self, Y: np.ndarray, n_outputs: int) -> None:
        outside = ~np.isnan(Y) & ((Y < 0) | (n_outputs <= Y) | (np.floor(Y) != Y))
        refuse_targets(self.name, f"whole numbers from 0 to {n_outputs - 1}, the class of each row", Y, outside)

    @staticmethod
    def one_hot(Y: Array, like: Array) -> Array:
        """1 in the place of the class, 0 elsewhere, in the shape of `like`."""
        xp = namespace(like)
        return xp.astype(xp.arange(like.shape[-1]) == Y, like.dtype)

    def value(self, Y: Array, Y_hat: Array) -> Array:
        xp = namespace(Y_hat)
        return -xp.log(xp.sum(self.one_hot(Y, Y_hat) * Y_hat, axis=-1, keepdims=True))

    def derivative(self, Y: Array, Y_hat: Array) -> Array:
        xp = namespace(Y_hat)
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
        return xp.where(shift == 0, small, large)

    def dL_dH(self, Y: Array, H: Array) -> Array:
        xp = namespace(H)
        chosen = self.one_hot(Y, H)
        e = xp.exp(H - xp.max(H, axis=-1, keepdims=True))
        total = xp.sum(e, axis=-1, keepdims=True)
        others = xp.where(chosen == 1, xp.zeros_like(e), e)
        # P - 1 in place k is minus the sum of the others: no cancellation for a confident prediction.
        return xp.where(chosen == 1, -xp.sum(others, axis=-1, keepdims=True) / total, others / total)


LOSSES: dict[str, Loss] = {loss.name: loss for loss in (RSS(), Log(), CrossEntropy())}


def get_loss(loss: str | Loss, owner: str = "loss_and_gradient") -> Loss:
    """The loss of that name; an unknown one is refused, never replaced."""
    if isinstance(loss, Loss):
        return loss
    if not isinstance(loss, str) or loss not in LOSSES:
        raise wrong_parameter("loss", owner, "one of " + ", ".join(LOSSES), loss)
    return LOSSES[loss]


def check_pair(loss: Loss, activation: Activation) -> None:
    """A loss refuses, by name, an output activation that it cannot take."""
    if not loss.takes(activation):
        accepted = loss.output_activation if loss.paired else "an element-wise activation"
        raise ParameterError(
            f"The {loss.name} loss cannot take the output activation {activation.name}: "
            f"it needs {accepted}. Change the activation of the last layer, or the loss."
        )


def refuse_targets(name: str, rule: str, Y: np.ndarray, outside: np.ndarray) -> None:
    """Refuse targets outside the domain of a loss, naming the first rows."""
    if outside.any():
        rows = np.unique(np.argwhere(outside)[:, 0])
        listed = ", ".join(str(row) for row in rows[:5]) + (", ..." if len(rows) > 5 else "")
        first = Y[outside][0]
        raise DataError(
            f"The {name} loss needs targets that are {rule}. "
            f"Got {first:g} (outside in {len(rows)} of {len(Y)} rows: {listed})."
        )
