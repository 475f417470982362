"""Between a target in its own units and what the network learns: increasing maps, their inverses, and their slopes.

A number of the target is y, of the network t; `inverse` takes an output y_hat of the network to a prediction, and
`slope` is the derivative of that, dprediction/dy_hat. NaN stays NaN.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from pellucid.tables.normal_knots import SHARES, interpolated, normal_knots, slopes_between
from pellucid.tables.statistics import weighted_quantiles


@dataclass(frozen=True)
class Linear:
    """t = (y - mean) / scale: as it is, over its mean, or standardised.

    Attributes
    ----------
    kind : "none", "mean" or "standardise"
    mean, scale : float
        0 and 1 for "none", and a mean of 0 for "mean".

    Examples
    --------
    >>> Linear("standardise", mean=3.0, scale=2.0).inverse(np.array([0.5]))
    array([4.])
    """

    kind: str = "none"
    mean: float = 0.0
    scale: float = 1.0

    @classmethod
    def standardise(cls, y: np.ndarray, weights: np.ndarray) -> Linear:
        return cls("standardise", *mean_and_scale(y, weights))

    @classmethod
    def over_mean(cls, y: np.ndarray, weights: np.ndarray, exposure: np.ndarray) -> Linear:
        """Over the sum of y over the sum of exposures; as they are where all are 0."""
        size = exponent(y)
        mean = np.ldexp(np.average(np.ldexp(y, -size), weights=weights) / np.average(exposure, weights=weights), size)
        return cls("mean", scale=float(mean) if mean > 0 else 1.0)

    def forward(self, y: np.ndarray) -> np.ndarray:
        return (y - self.mean) / self.scale

    def inverse(self, y_hat: np.ndarray) -> np.ndarray:
        return y_hat * self.scale + self.mean

    def slope(self, y_hat: np.ndarray) -> np.ndarray:
        return np.full_like(y_hat, self.scale)


@dataclass(frozen=True)
class Logarithm:
    """t = (log y - mean) / scale, for y > 0. The prediction is exp(mean + scale y_hat).

    It is the exponential of a mean of logarithms, and so the median of y where these lie symmetrically about their
    mean; the mean of y is greater.

    Attributes
    ----------
    mean, scale : float
        Of log y.

    Examples
    --------
    >>> Logarithm(mean=0.0, scale=2.0).slope(np.array([0.0]))
    array([2.])
    """

    mean: float
    scale: float
    kind: ClassVar[str] = "log"

    @classmethod
    def fit(cls, y: np.ndarray, weights: np.ndarray) -> Logarithm:
        return cls(*mean_and_scale(np.log(y), weights))

    def forward(self, y: np.ndarray) -> np.ndarray:
        return (np.log(y) - self.mean) / self.scale

    def inverse(self, y_hat: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):  # as under an exponential output: such a prediction is infinite
            return np.exp(y_hat * self.scale + self.mean)

    def slope(self, y_hat: np.ndarray) -> np.ndarray:
        return self.inverse(y_hat) * self.scale


@dataclass(frozen=True)
class NormalQuantiles:
    """t = the line through (knot, value): a piecewise linear map of the target to a normal distribution.

    A knot is the p-quantile of y for p = 0, 1/128, ..., 1, and its value Phi^{-1}(p), with p from 1/516 to 1 - 1/516.
    Quantiles that are equal are one knot, of their mean p, so there are at most 129. Beyond the knots both ways are
    constant: predictions stay within the targets seen in training, and the slope is 0 there.

    Attributes
    ----------
    knots, values : tuples of floats
        Strictly increasing, of equal length; one of each for a target that is constant.

    Examples
    --------
    >>> transform = NormalQuantiles(knots=(0.0, 10.0, 1000.0), values=(-2.0, 0.0, 2.0))
    >>> transform.forward(np.array([5.0, 505.0])), transform.inverse(np.array([1.0, 3.0]))
    (array([-1.,  1.]), array([ 505., 1000.]))
    """

    knots: tuple[float, ...]
    values: tuple[float, ...]
    kind: ClassVar[str] = "quantile"

    @classmethod
    def fit(cls, y: np.ndarray, weights: np.ndarray) -> NormalQuantiles:
        return cls(*normal_knots(weighted_quantiles(y, SHARES, weights)))

    def forward(self, y: np.ndarray) -> np.ndarray:
        return interpolated(y, self.knots, self.values)

    def inverse(self, y_hat: np.ndarray) -> np.ndarray:
        return interpolated(y_hat, self.values, self.knots)

    def slope(self, y_hat: np.ndarray) -> np.ndarray:
        """That of the piece to the right of y_hat, where it is a knot's own."""
        return slopes_between(y_hat, self.values, self.knots)


Transform = Linear | Logarithm | NormalQuantiles


def describe_transform(transform: Transform) -> dict[str, Any]:
    """Its kind and its numbers, in plain values."""
    numbers = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(transform).items()}
    return {"kind": transform.kind} | numbers


def mean_and_scale(y: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of numbers without NaN; a scale of 1 for numbers that are equal within rounding.

    Numbers are summed, and deviations squared, in units of a power of two near the largest, which changes no bit of
    ordinary ones: squares of 1e200 are infinite, and those of 1e-170 are 0.
    """
    size = exponent(y)
    mean = np.ldexp(np.average(np.ldexp(y, -size), weights=weights), size)
    with np.errstate(over="ignore"):  # numbers at both ends of float64: the caller refuses what is not finite
        deviations = y - mean
    if not np.isfinite(deviations).all():
        return float(mean), np.inf
    size = exponent(deviations)
    squares = np.ldexp(deviations, -size) ** 2
    scale = np.ldexp(np.sqrt(np.average(squares, weights=weights)), size)
    constant = scale <= 10 * np.finfo(np.float64).eps * abs(mean)
    return float(mean), 1.0 if constant else float(scale)


def exponent(values: np.ndarray) -> int:
    """That of the power of two next above the largest value; at most 1000, so that its negative can be taken."""
    return min(int(np.frexp(np.abs(values).max(initial=0.0))[1]), 1000)
