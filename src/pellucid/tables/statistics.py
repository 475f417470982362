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
        if weights is None and present.all():
            mean_b = V.mean(axis=0)
            self._merge(np.full(V.shape[1], float(len(V))), mean_b, np.square(V - mean_b).sum(axis=0))
            return
        w = present if weights is None else present * weights[:, None]
        total_b = w.sum(axis=0, dtype=np.float64)
        seen = total_b > 0
        divisor = np.where(seen, total_b, 1.0)
        V = np.where(present, V, 0.0)
        mean_b = (w * V).sum(axis=0) / divisor
        deviations = V - mean_b
        self._merge(total_b, mean_b, (w * deviations * deviations).sum(axis=0))

    def _merge(self, total_b, mean_b, squares_b):
        seen = total_b > 0
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
    """Exact quantiles: for each p the smallest value that has at least the share p of the weight at or below it.

    Where the share is exactly p, the average of this value and the next; p = 0 and 1 give the least and the greatest.
    They depend on the shares of weight alone: the unit of the weights does not matter, and a weight of 2 is the row
    twice. (The definition with interpolation at p (N - 1) has neither property: it is another one for every row twice.)

    Parameters
    ----------
    values : array of shape (n,), without NaN
        n >= 1.
    probabilities : array of shape (k,)
        In [0, 1].
    weights : array of shape (n,), optional
        Greater than 0.

    Returns
    -------
    array of shape (k,)

    Source
    ------
    Hyndman and Fan (1996), Sample quantiles in statistical packages, The American Statistician 50: definition 2, which
    NumPy calls averaged_inverted_cdf.

    Examples
    --------
    >>> weighted_quantiles(np.array([1.0, 5.0, 2.0]), np.array([0.25, 0.5, 1.0]), np.array([2.0, 1.0, 1.0]))
    array([1. , 1.5, 5. ])
    """
    n, p = len(values), np.asarray(probabilities, dtype=np.float64)
    slack = n * EPSILON  # the rounding of the cumulative sum: 0.1 + 0.2 is half of 0.6
    if weights is None:
        lower, upper = np.ceil((p - slack) * n) - 1, np.floor((p + slack) * n)
        lower, upper = (np.clip(places, 0, n - 1).astype(np.intp) for places in (lower, upper))
        ordered = np.sort(values)  # in vector instructions: faster than partitioning at even two places
    else:
        order = np.argsort(values, kind="stable")
        ordered, below = values[order], np.cumsum(weights[order])
        lower = np.minimum(np.searchsorted(below, (p - slack) * below[-1]), n - 1)
        upper = np.minimum(np.searchsorted(below, (p + slack) * below[-1], side="right"), n - 1)
    one, other = ordered[lower], ordered[upper]
    return np.where(one == other, one, 0.5 * one + 0.5 * other)  # halving first: the sum of two may overflow


def weighted_median(values, weights=None):
    """Exact median: the middle value, or the average of the two middle ones, as `weighted_quantiles` has it.

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
    return float(weighted_quantiles(values, [0.5], weights)[0]) if len(values) else 0.0
