"""A column of a table as numbers or as levels, whatever its type: what distributions and dependences are made of."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pellucid.report.wording import exact

MISSING = "(missing)"


def is_ordered(column: pa.ChunkedArray) -> bool:
    """Whether the values lie on a line: numbers but truths, dates and times."""
    kind = column.type
    exact = pa.types.is_integer(kind) or pa.types.is_decimal(kind)
    return exact or pa.types.is_floating(kind) or pa.types.is_timestamp(kind) or pa.types.is_date(kind)


def as_numbers(column: pa.ChunkedArray) -> np.ndarray:
    """An ordered column in float64, NaN where missing; dates in days since 1970."""
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        microseconds = pc.cast(pc.cast(column, pa.timestamp("us"), safe=False), pa.int64())
        return pc.cast(microseconds, pa.float64(), safe=False).to_numpy() / 86_400e6
    return pc.cast(column, pa.float64(), safe=False).to_numpy()


def words_for(column: pa.ChunkedArray) -> Callable[[float], str]:
    """How a number of `as_numbers` is written: a date as such.

    >>> dates = pa.chunked_array([pa.array([0], pa.timestamp("us"))])
    >>> words_for(dates)(366.5), words_for(pa.chunked_array([[1.5]]))(2500000.0)
    ('1971-01-02', '2,500,000')
    """
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        return lambda days: str(np.datetime64(0, "D") + np.timedelta64(int(np.floor(days)), "D"))
    return exact


def as_levels(column: pa.ChunkedArray) -> np.ndarray:
    """Any other column as texts, with a word of its own where missing."""
    return np.array([MISSING if value is None else str(value) for value in column.to_pylist()], dtype=object)


def count_levels(levels: np.ndarray, weights: np.ndarray | None = None) -> list[tuple[str, float]]:
    """(level, how many) from the most frequent down; of equal counts by name."""
    names, places = np.unique(levels.astype(str), return_inverse=True)
    counts = np.bincount(places.ravel(), weights=weights, minlength=len(names))
    order = np.lexsort((names, -counts))
    return [(str(names[i]), float(counts[i])) for i in order]


def bin_numbers(values: np.ndarray, n_bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Edges (n_bins + 1,) and counts (n_bins,) of the finite values.

    The edges lie evenly from the 0.5th to the 99.5th percentile, and what is beyond counts in the bin at that end: a
    few far values would else press all others into one bar. Of whole numbers each bin holds equally many.
    """
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return np.array([0.0, 1.0]), np.array([0])
    low, high = np.quantile(known, [0.005, 0.995])
    if low == high:
        low, high = float(known.min()), float(known.max())
    if low == high:
        return np.array([low - 0.5, low + 0.5]), np.array([len(known)])
    if (known == np.round(known)).all() and high - low < 1e15:  # bins of equally many whole numbers: no false comb
        low, width = np.floor(low), np.ceil((high - low + 1) / n_bins)
        edges = np.arange(low - 0.5, high + width, width)
    else:
        edges = np.linspace(low, high, n_bins + 1)
    return edges, np.histogram(np.clip(known, edges[0], edges[-1]), edges)[0]
