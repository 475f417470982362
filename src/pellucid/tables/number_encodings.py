"""Numbers to features, all number columns at once: a block V (rows, columns) to Z (rows, features), and the slopes.

Every encoding has the same two methods: `apply(V)`, V without NaN, and `slopes(V)`, dZ/dx of each feature by its
own column.
"""

import numpy as np

from pellucid.tables.normal_knots import interpolated, slopes_between
from pellucid.tables.number_columns import PiecewiseNumber, QuantileNumber, RobustNumber, StandardNumber

CLIP = 3.0  # where the smooth clipping of robust numbers ends


class Standard:
    """z = (x - mean) / scale.

    Examples
    --------
    >>> Standard([StandardNumber("x", 3.0, 2.0, 3.0, False)]).apply(np.array([[5.0]]))
    array([[1.]])
    """

    def __init__(self, columns):
        self.mean, self.scale = _fields(columns, "mean"), _fields(columns, "scale")

    def apply(self, V):
        return (V - self.mean) / self.scale

    def slopes(self, V):
        return np.broadcast_to(1 / self.scale, V.shape)


class Robust:
    """u = (x - median) / scale, z = u / sqrt(1 + (u/3)^2) = 3 u / hypot(3, u); dz/du = (3 / hypot(3, u))^3.

    Examples
    --------
    >>> Robust([RobustNumber("x", 0.0, 1.0, 0.0, False)]).apply(np.array([[4.0], [1e300]]))
    array([[2.4],
           [3. ]])
    """

    def __init__(self, columns):
        self.median, self.scale = _fields(columns, "median"), _fields(columns, "scale")

    def apply(self, V):
        u = self._spreads(V)
        return u * (CLIP / np.hypot(CLIP, u))  # hypot does not overflow where the square would

    def slopes(self, V):
        return (CLIP / np.hypot(CLIP, self._spreads(V))) ** 3 / self.scale

    def _spreads(self, V):
        with np.errstate(over="ignore"):  # what is infinite here is clipped to 3 in any case
            return np.clip((V - self.median) / self.scale, -1e150, 1e150)


class Interpolated:
    """z through (knots, values), constant outside; the slope at a knot is the one to its right.

    Examples
    --------
    >>> Interpolated([QuantileNumber("x", (0.0, 2.0), (-1.0, 1.0), 0.0, False)]).apply(np.array([[0.5], [9.0]]))
    array([[-0.5],
           [ 1. ]])
    """

    def __init__(self, columns):
        self.knots = [np.array(column.knots) for column in columns]
        self.values = [np.array(column.values) for column in columns]

    def apply(self, V):
        Z = np.empty(V.shape)
        for j, (knots, values) in enumerate(zip(self.knots, self.values, strict=True)):
            Z[:, j] = interpolated(V[:, j], knots, values)
        return Z

    def slopes(self, V):
        D = np.empty(V.shape)
        for j, (knots, values) in enumerate(zip(self.knots, self.values, strict=True)):
            D[:, j] = slopes_between(V[:, j], knots, values)
        return D


class PiecewiseLinear:
    """e_t = (x - b_(t-1)) / (b_t - b_(t-1)), x clipped to the bin; the first goes on below, the last above.

    Examples
    --------
    >>> PiecewiseLinear([PiecewiseNumber("x", (0.0, 1.0, 3.0), 0.0, False)]).apply(np.array([[-1.0], [2.0], [5.0]]))
    array([[-1. ,  0. ],
           [ 1. ,  0.5],
           [ 1. ,  2. ]])
    """

    def __init__(self, columns):
        edges = [np.array(column.edges) for column in columns]
        self.column = np.repeat(np.arange(len(edges)), [len(b) - 1 for b in edges])  # of each feature
        self.start = np.concatenate([b[:-1] for b in edges])
        self.width = np.concatenate([np.diff(b) for b in edges])
        last = np.cumsum([len(b) - 1 for b in edges]) - 1
        self.least, self.greatest = self.start.copy(), np.concatenate([b[1:] for b in edges])
        self.least[np.concatenate([[0], last[:-1] + 1])] = -np.inf
        self.greatest[last] = np.inf

    def apply(self, V):
        # Values are clipped to their bin before they are divided by its width: after it, those far away overflow.
        Z = np.clip(V[:, self.column], self.least, self.greatest)
        Z -= self.start  # in place: each array more would be another pass through memory
        Z /= self.width
        return Z

    def slopes(self, V):
        v = V[:, self.column]  # compared with the edges themselves, since a quotient may round to 1 before its edge
        return np.where((v >= self.least) & (v < self.greatest), 1 / self.width, 0.0)


ENCODINGS = {
    StandardNumber: Standard,
    RobustNumber: Robust,
    QuantileNumber: Interpolated,
    PiecewiseNumber: PiecewiseLinear,
}


def _fields(columns, key):
    return np.array([getattr(column, key) for column in columns], dtype=np.float64)
