"""Losses of the residual y_hat - y: squares, absolute values, between the two (Huber), and tilted ones (quantiles)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pellucid.errors import wrong_parameter
from pellucid.mathematics.activations import namespace
from pellucid.mathematics.losses.loss import Loss, rounded
from pellucid.mathematics.rules import POSITIVE, is_number

Array = Any


@dataclass(frozen=True)
class RSS(Loss):
    """The squared residual of each target, (y - y_hat)^2. Domain: any finite y. Its best constant is the mean."""

    name = "rss"
    formula = "(y - y_hat)^2"
    derivative_formula = "-2 (y - y_hat)"
    source = "Legendre (1805), Gauss (1809); no factor 1/2, as in the text"

    def value(self, Y: Array, Y_hat: Array) -> Array:
        return (Y - Y_hat) ** 2

    def derivative(self, Y: Array, Y_hat: Array) -> Array:
        return -2 * (Y - Y_hat)


@dataclass(frozen=True)
class Absolute(Loss):
    """The absolute residual of each target, |y - y_hat|. Domain: any finite y. Its best constant is the median.

    Its derivative at y = y_hat is 0 by convention, as the slope of ReLU at 0.
    """

    name = "absolute"
    formula = "|y - y_hat|"
    derivative_formula = "sign(y_hat - y)"
    source = "Boscovich (1757), Laplace (1789)"
    kinks = (0.0,)

    def value(self, Y: Array, Y_hat: Array) -> Array:
        return namespace(Y_hat).abs(Y - Y_hat)

    def derivative(self, Y: Array, Y_hat: Array) -> Array:
        return namespace(Y_hat).sign(Y_hat - Y)


@dataclass(frozen=True)
class Huber(Loss):
    """Squares of residuals up to delta, and lines beyond: an outlier pulls no harder than a residual of delta.

        L = r^2 if |r| <= delta else 2 delta |r| - delta^2,   r = y_hat - y

    No factor 1/2, so that it is RSS for a large delta.

    Parameters
    ----------
    delta : float > 0, default 1
        In the units in which the network learns the target: standard deviations where targets are standardised.
    """

    delta: float = 1.0
    name = "huber"
    source = "Huber (1964), twice the loss of its section 4"

    def __post_init__(self):
        if not POSITIVE.holds(self.delta):
            raise wrong_parameter("delta", "Huber", POSITIVE.text, self.delta)
        object.__setattr__(self, "delta", float(self.delta))

    def check_dtype(self, dtype: str) -> None:
        if not 0 < rounded(self.delta, dtype) < math.inf:
            raise wrong_parameter("delta", "Huber", f"a number > 0 that {dtype} can hold", self.delta)

    @property
    def formula(self) -> str:  # type: ignore[override]  # with its number
        d = f"{self.delta:g}"
        return f"r^2 if |r| <= {d} else 2 · {d} |r| - {d}^2, r = y_hat - y"

    @property
    def derivative_formula(self) -> str:  # type: ignore[override]  # with its number
        return f"2 r, no further from 0 than 2 · {self.delta:g}, r = y_hat - y"

    @property
    def kinks(self) -> tuple[float, ...]:  # type: ignore[override]  # where its number says
        return (-self.delta, self.delta)

    def value(self, Y: Array, Y_hat: Array) -> Array:
        xp = namespace(Y_hat)
        size = xp.abs(Y_hat - Y)
        bounded = xp.minimum(size, xp.full_like(size, self.delta))
        return bounded * (size + (size - bounded))  # r^2, or delta (2 |r| - delta)

    def derivative(self, Y: Array, Y_hat: Array) -> Array:
        return 2 * namespace(Y_hat).clip(Y_hat - Y, -self.delta, self.delta)


@dataclass(frozen=True, init=False)
class Quantile(Loss):
    """The pinball loss of one or several quantiles of each target: an output for each, and the sum of their losses.

        L = sum_k (q_k (y - y_hat_k) if y > y_hat_k else (1 - q_k) (y_hat_k - y))

    Its best constants are the quantiles of y. The derivative at y = y_hat is 0 by convention. With several quantiles
    the outputs may cross; a regressor sorts its predictions, J is of the outputs as they are.

    Parameters
    ----------
    q : floats in (0, 1)
        Each once; they are put in order.

    Examples
    --------
    >>> Quantile(0.9, 0.1)
    Quantile(q=(0.1, 0.9))
    """

    q: tuple[float, ...]
    name = "quantile"
    derivative_formula = "-q if y > y_hat, 1 - q if y < y_hat"
    source = "Koenker and Bassett (1978), equation 2.1"
    kinks = (0.0,)

    def __init__(self, *q: Any):
        listed = len(q) == 1 and isinstance(q[0], Iterable) and not isinstance(q[0], str)
        given: tuple[Any, ...] = (
            tuple(q[0]) if listed and getattr(q[0], "ndim", 1) > 0 else q
        )  # an array may hold one number, unlisted
        ok = given and all(is_number(value) and 0 < value < 1 for value in given) and len(set(given)) == len(given)
        if not ok:
            raise wrong_parameter("q", "Quantile", "one or several different numbers in (0, 1)", given)
        object.__setattr__(self, "q", tuple(sorted(float(value) for value in given)))

    def check_dtype(self, dtype: str) -> None:
        if not all(0 < rounded(q, dtype) < 1 for q in self.q):
            raise wrong_parameter("q", "Quantile", f"numbers in (0, 1) that {dtype} can tell from 0 and 1", self.q)

    @property
    def formula(self) -> str:  # type: ignore[override]  # with its numbers
        return f"q (y - y_hat) if y > y_hat else (1 - q) (y_hat - y), q = {', '.join(self.q_texts)}"

    @property
    def q_texts(self) -> tuple[str, ...]:
        """The numbers in 6 digits, or in as many more as tell them from one another, and from 1."""
        for digits in range(6, 17):
            texts = tuple(f"{q:.{digits}g}" for q in self.q)
            if len({*texts, "1"}) > len(texts):
                return texts
        return tuple(map(repr, self.q))

    @property
    def outputs_per_target(self) -> int:  # type: ignore[override]  # as many as it has numbers
        return len(self.q)

    def pull(self, residuals: Array) -> Array:
        """-q below y, 1 - q above it and 0 on it, for the residuals y_hat - y of all outputs."""
        xp = namespace(residuals)
        q = xp.asarray(self.q * (residuals.shape[-1] // len(self.q)), dtype=residuals.dtype)
        return xp.where(residuals < 0, -q, xp.where(residuals > 0, 1 - q, xp.zeros_like(residuals)))

    def value(self, Y: Array, Y_hat: Array) -> Array:
        residuals = Y_hat - self.spread(Y)
        losses = self.pull(residuals) * residuals
        xp = namespace(Y_hat)
        return xp.sum(xp.reshape(losses, (*losses.shape[:-1], -1, len(self.q))), axis=-1)

    def derivative(self, Y: Array, Y_hat: Array) -> Array:
        return self.pull(Y_hat - self.spread(Y))
