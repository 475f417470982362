"""Number columns as features: missing values filled with the median, then standardised, and indicators."""

from typing import NamedTuple

import numpy as np

from pellucid.errors import DataError
from pellucid.tables.statistics import Moments, weighted_median

BLOCK_ROWS = 65_536
BLOCK_VALUES = 2**22  # 32 MiB in float64: wide tables go in fewer rows


class NumberColumn(NamedTuple):
    """What is remembered of a number column: z = (x - mean) / scale, `fill` for a missing x."""

    name: str
    mean: float
    scale: float
    fill: float
    missing: bool  # whether values were missing in fitting, so that there is an indicator


def row_blocks(rows, n_rows, n_columns):
    """Yield (start, selection) over all rows, or over the index array `rows`, in order.

    Examples
    --------
    >>> list(row_blocks(None, 70_000, 2))
    [(0, slice(0, 65536, None)), (65536, slice(65536, 70000, None))]
    """
    size = max(1, min(BLOCK_ROWS, BLOCK_VALUES // max(n_columns, 1)))
    n = n_rows if rows is None else len(rows)
    for start in range(0, n, size):
        stop = min(start + size, n)
        yield start, slice(start, stop) if rows is None else rows[start:stop]


def fit_numbers(columns, rows, weights, standardise):
    """Return a `NumberColumn` for every number column, from the given rows in blocks."""
    names = columns.number_names
    if not names:
        return ()
    moments, missing = Moments(len(names)), np.zeros(len(names), dtype=bool)
    # An overflow is no warning here but an error with the column's name, below.
    with np.errstate(over="ignore", invalid="ignore"):
        for start, selection in row_blocks(rows, columns.n_rows, len(names)):
            V = columns.numbers(selection, names)
            refuse_infinite(V, names, selection)
            missing |= np.isnan(V).any(axis=0)
            if standardise:
                moments.add(V, None if weights is None else weights[start : start + len(V)])
        mean, scale = moments.mean, moments.scale() if standardise else np.ones(len(names))
    _refuse_overflow(names, mean, scale)
    return tuple(
        NumberColumn(name, float(mean[j]), float(scale[j]), _median(columns, name, rows, weights), bool(missing[j]))
        for j, name in enumerate(names)
    )


def _median(columns, name, rows, weights):
    values = columns.numbers(slice(None) if rows is None else rows, (name,))[:, 0]
    present = ~np.isnan(values)
    return weighted_median(values[present], None if weights is None else weights[present])


def _refuse_overflow(names, mean, scale):
    for name, ok in zip(names, np.isfinite(mean) & np.isfinite(scale), strict=True):
        if not ok:
            raise DataError(
                f"The values of the column '{name}' are too large for their mean and spread to be computed: "
                "divide them by a constant, or take their logarithm."
            )


def refuse_infinite(V, names, selection):
    """Raise a DataError that names the first infinite value; NaN counts as missing and passes."""
    infinite = np.isinf(V)
    if infinite.any():
        i, j = np.argwhere(infinite)[0]
        raise DataError(
            f"The column '{names[j]}' has an infinite value ({V[i, j]}) in row {row_number(selection, i)}: "
            "correct it, or leave it empty so that it counts as missing."
        )


def row_number(selection, i):
    """Return the row, counted from 0 in the whole table, of the i-th row of a selection."""
    return int(selection.start + i if isinstance(selection, slice) else selection[i])


class NumberEncoder:
    """All number columns at once: the first features are the numbers, the next the indicators."""

    def __init__(self, columns):
        self.names = tuple(column.name for column in columns)
        self.mean, self.scale, self.fill = (
            np.array([getattr(column, key) for column in columns], dtype=np.float64)
            for key in ("mean", "scale", "fill")
        )
        self.indicated = np.array([j for j, column in enumerate(columns) if column.missing], dtype=np.intp)

    def encode(self, V, X, selection, notes):
        """Write a block V of float64 values into the same rows X of the features, which are zero so far."""
        k = len(self.names)
        if not np.isfinite(V).all():
            refuse_infinite(V, self.names, selection)
            missing = np.isnan(V)
            X[:, k : k + len(self.indicated)] = missing[:, self.indicated]
            self._note(missing, notes)
            V = np.where(missing, self.fill, V)
        try:
            with np.errstate(over="raise"):
                X[:, :k] = (V - self.mean) / self.scale
        except FloatingPointError:
            self._refuse_too_large(V, X.dtype, selection)

    def _note(self, missing, notes):
        counts = missing.sum(axis=0)
        for j in np.flatnonzero(counts):
            notes.add("filled_as_trained" if j in self.indicated else "filled", self.names[j], counts[j])

    def _refuse_too_large(self, V, dtype, selection):
        with np.errstate(over="ignore"):
            i, j = np.argwhere(np.isinf(((V - self.mean) / self.scale).astype(dtype)))[0]
        raise DataError(
            f"The value {V[i, j]} of the column '{self.names[j]}' in row {row_number(selection, i)} is too "
            f"large for {dtype}: correct it, or divide the column by a constant."
        ) from None
