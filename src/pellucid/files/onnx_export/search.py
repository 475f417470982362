"""Binary search in sorted tables of numbers, unrolled into one comparison for each halving; and interpolation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.files.onnx_export.graph import BOOL, INT64, Value


def last_not_above(x: Value, tables: Sequence[Sequence[float]]) -> tuple[Value, int]:
    """The place in its column's table of the last number that is <= x, the first place if there is none.

    Parameters
    ----------
    x : Value of shape (N, k)
    tables : k sorted sequences of numbers

    Returns
    -------
    places : Value of int64, (N, k); (1, k) where every table has one number
        In the tables one after the other, each `width` long: see `lined_up`.
    width : int
    """
    width = 1 << (max(map(len, tables)) - 1).bit_length()
    numbers = lined_up(x, tables, width, np.nan)  # which no number reaches
    places = x.graph.constant([[width * j for j in range(len(tables))]], INT64)
    step = width // 2
    while step:
        further = places + step
        reached = numbers.op("Gather", further).op("LessOrEqual", x, dtype=BOOL)
        places, step = reached.where(further, places), step // 2
    return places, width


def interpolate(x: Value, knots: Sequence[Sequence[float]], values: Sequence[Sequence[float]]) -> Value:
    """Linear interpolation through (knots, values) of each column of x (N, k), constant outside; as NumPy's interp."""
    slopes = [(*(np.diff(b) / np.diff(a)), 0.0) for a, b in zip(knots, values, strict=True)]
    x = x.op("Max", [table[0] for table in knots]).op("Min", [table[-1] for table in knots])
    places, width = last_not_above(x, knots)
    start, value, slope = (lined_up(x, tables, width, 0.0).op("Gather", places) for tables in (knots, values, slopes))
    return slope * (x - start) + value


def lined_up(x: Value, tables: Sequence[Sequence[float]], width: int, filling: float) -> Value:
    """Tables one after the other, each filled up to the same width: what `Gather` takes the places of."""
    joined = np.full((len(tables), width), filling)
    for row, table in zip(joined, tables, strict=True):
        row[: len(table)] = table
    return x.graph.constant(joined.reshape(-1), x.dtype, "table")
