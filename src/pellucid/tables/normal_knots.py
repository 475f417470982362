"""The piecewise linear map of a distribution to the normal one: its knots, the line through them, and its slopes."""

import numpy as np
from scipy.special import ndtri

N_KNOTS = 129  # quantiles at 0, 1/128, ..., 1
LEAST_SHARE = 1 / (4 * N_KNOTS)  # where the ends of the distribution stand: 1/516, z = -2.89
NARROW = 10 * np.finfo(np.float64).eps  # a difference of so little, relative to the numbers, is rounding
TINY = 1e-290  # and one of so little has an inverse at the end of the floats

SHARES = np.linspace(0, 1, N_KNOTS)


def distinct_places(ordered):
    """Places of those that differ from the one before by more than rounding, whose slopes would have no digit right."""
    sizes = np.maximum(np.abs(ordered[:-1]), np.abs(ordered[1:]))
    return np.flatnonzero(np.append(True, np.diff(ordered) > np.maximum(NARROW * sizes, TINY)))


def normal_knots(quantiles):
    """Return (knots, values): the distinct quantiles at `SHARES`, and Phi^{-1} of the share of each.

    Equal quantiles are one knot, of the mean of their shares. Both are tuples that increase strictly.

    Parameters
    ----------
    quantiles : array of shape (129,)

    Examples
    --------
    >>> normal_knots(np.full(129, 3.0))
    ((3.0,), (0.0,))
    """
    first = distinct_places(quantiles)
    last = np.append(first[1:], N_KNOTS) - 1
    share = (first + last) / (2 * (N_KNOTS - 1))
    values = ndtri(np.clip(share, LEAST_SHARE, 1 - LEAST_SHARE))
    return tuple(quantiles[first].tolist()), tuple(values.tolist())


def interpolated(x, knots, values):
    """The line through (knot, value), constant outside, NaN at NaN: of a single knot NumPy's is its value there too."""
    return np.where(np.isnan(x), np.nan, np.interp(x, knots, values))


def slopes_between(x, knots, values):
    """The derivative of that line, at a knot that of the piece to its right; 0 outside, NaN at NaN."""
    slopes = np.concatenate([[0.0], np.diff(values) / np.diff(knots), [0.0]])
    return np.where(np.isnan(x), np.nan, slopes[np.searchsorted(knots, x, side="right")])
