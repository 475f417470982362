"""Weighted mean, spread and quantiles of number columns; NaN is left out. A weight of 2 is the row twice."""

import numpy as np

EPSILON = np.finfo(np.float64).eps


class Moments:
    """Mean and standard deviation of each column, gathered block by block.

    Blocks are merged by the rule of Chan, Golub and LeVeque, which never subtracts two large sums:
        M += M_b + delta^2 S S_b / (S + S_b),   mean += delta S_b / (S + S_b),   delta = mean_b - mean,
    where S are sums of weights and M sums of weighted squared deviations.

    Source
    ------
    Chan, Golub and LeVeque (1983), Algorithms for computing the sample variance, The American Statistician
    37.

    Examples
    --------
    >>> moments = Moments(1)
    >>> moments.add(np.array([[1.0], [2.0]]))
    >>> moments.add(np.array([[6.0], [np.nan]]))
    >>> moments.mean
    array([3.])
    >>> moments.scale() ** 2
    array([4.66666667])
    """

    def __init__(self, n_columns):
        self.total = np.zeros(n_columns)  # S
        self.mean = np.zeros(n_columns)
        self.squares = np.zeros(n_columns)  # M

    def add(self, V, weights=None):
        """Take in a block V of shape (rows, columns) with weights of shape (rows,), all 1 unless given."""
        present = ~np.isnan(V)
        w = present if weights is None else present * weights[:, None]
        total_b = w.sum(axis=0, dtype=np.float64)
        seen = total_b > 0
        divisor = np.where(seen, total_b, 1.0)
        V = np.where(present, V, 0.0)
        mean_b = (w * V).sum(axis=0) / divisor
        deviations = V - mean_b
        squares_b = (w * deviations * deviations).sum(axis=0)
        total = np.where(seen, self.total + total_b, 1.0)
        delta = np.where(seen, mean_b - self.mean, 0.0)
        self.mean = self.mean + delta * (total_b / total)
        self.squares = self.squares + squares_b + delta * delta * (self.total * (total_b / total))
        self.total = self.total + total_b

    def scale(self):
        """Population standard deviation; 1 where the values are constant up to rounding, or absent."""
        deviation = np.sqrt(self.squares / np.where(self.total > 0, self.total, 1.0))
        return np.where(deviation <= 10 * EPSILON * np.abs(self.mean), 1.0, deviation)


def weighted_quantiles(values, probabilities, weights=None):
    """Exact quantiles: the smallest value that has at least the share p of the weight at or below it.

    If it is exactly p, the average of this value and the next: what the quantiles are of rows repeated as often as
    they weigh, and what they stay when all weights are multiplied by a number.

    Parameters
    ----------
    values : array of shape (n,), without NaN
    probabilities : sequence of numbers in [0, 1]
    weights : array of shape (n,), optional
        Greater than 0; all 1 unless given.

    Returns
    -------
    array of shape (len(probabilities),)
        0.0 if there are no values.

    Source
    ------
    Hyndman and Fan (1996), Sample quantiles in statistical packages, The American Statistician 50, definition 2.

    Examples
    --------
    >>> weighted_quantiles(np.array([1.0, 5.0, 2.0]), [0.25, 0.5], np.array([2.0, 1.0, 1.0]))  # as of 1, 1, 2, 5
    array([1. , 1.5])
    """
    p, n = np.asarray(probabilities, dtype=np.float64), len(values)
    if n == 0:
        return np.zeros(len(p))
    if weights is None:
        rank = p * n
        slack = n * EPSILON * rank  # 0.1 * 30 is 3
        lower = np.clip(np.ceil(rank - slack).astype(np.intp) - 1, 0, n - 1)
        upper = np.clip(np.floor(rank + slack).astype(np.intp), 0, n - 1)
        places = np.unique([*lower, *upper])
        # Sorting is as fast from about 10 places on.
        ordered = np.partition(values, places) if len(places) <= 10 else np.sort(values)
        return _between(ordered[lower], ordered[upper])
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order])
    slack = n * EPSILON * below[-1]  # the rounding of the cumulative sum: 0.1 + 0.2 is half of 0.6
    lower = np.minimum(np.searchsorted(below, p * below[-1] - slack), n - 1)
    upper = np.minimum(np.searchsorted(below, p * below[-1] + slack, side="right"), n - 1)
    return _between(values[order[lower]], values[order[upper]])


def weighted_median(values, weights=None):
    """The quantile of 1/2: the middle value, or the average of the two middle ones; 0.0 if there are no values.

    Examples
    --------
    >>> weighted_median(np.array([1.0, 5.0, 2.0]), np.array([2.0, 1.0, 1.0]))  # as of 1, 1, 2, 5
    1.5
    """
    return float(weighted_quantiles(values, [0.5], weights)[0])


def _between(one, other):
    # Halving first: the sum of two large values may overflow.
    return np.where(one == other, one, 0.5 * one + 0.5 * other)
