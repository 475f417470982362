"""Weighted mean, spread and median of number columns; NaN is left out. A weight of 2 is the row twice."""

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


def weighted_median(values, weights=None):
    """Exact median: the middle value, or the average of the two middle ones.

    With weights it is the smallest value that has at least half of the weight at or below it; if it is
    exactly half, the average of this value and the next: what the median is of rows repeated as often as they
    weigh.

    Parameters
    ----------
    values : array of shape (n,), without NaN
    weights : array of shape (n,), optional
        Greater than 0.

    Returns
    -------
    float
        0.0 if there are no values.

    Examples
    --------
    >>> weighted_median(np.array([1.0, 5.0, 2.0]), np.array([2.0, 1.0, 1.0]))  # as of 1, 1, 2, 5
    1.5
    """
    n = len(values)
    if n == 0:
        return 0.0
    if weights is None:
        middle = np.partition(values, [(n - 1) // 2, n // 2])
        return _between(middle[(n - 1) // 2], middle[n // 2])
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order])
    half = 0.5 * below[-1]
    slack = n * EPSILON * below[-1]  # the rounding of the cumulative sum: 0.1 + 0.2 is half of 0.6
    lower = int(np.searchsorted(below, half - slack))
    upper = int(np.searchsorted(below, half + slack, side="right"))
    return _between(values[order[lower]], values[order[min(upper, n - 1)]])


def _between(one, other):
    # Halving first: the sum of two large values may overflow.
    return float(one if one == other else 0.5 * one + 0.5 * other)
