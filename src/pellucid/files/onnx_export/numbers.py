"""Columns of numbers as features: missing values filled in, then encoded, all columns at once; and indicators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid.files.onnx_export.graph import BOOL, FLOAT64, Value
from pellucid.files.onnx_export.search import interpolate
from pellucid.tables.number_columns import PiecewiseNumber, QuantileNumber, RobustNumber, StandardNumber
from pellucid.tables.number_encodings import CLIP, PiecewiseLinear

LARGEST_SQUARED = 1e150  # beyond it squares overflow, and robust numbers are at their end long before


def add_numbers(V: Value, columns: Sequence[Any]) -> list[Value]:
    """Features (N, ·) of columns of numbers V (N, len(columns)), NaN where missing, and the indicators, if any."""
    missing = V.op("IsNaN", dtype=BOOL)
    encoding = ENCODINGS[type(columns[0])]
    features = [encoding(missing.where(fields(columns, "fill"), V), columns)]
    indicated = [j for j, column in enumerate(columns) if column.missing]
    return [*features, missing.columns(indicated).cast(FLOAT64)] if indicated else features


def standard(V: Value, columns: Sequence[StandardNumber]) -> Value:
    """Z = (x - mean) / scale."""
    return (V - fields(columns, "mean")) / fields(columns, "scale")


def robust(V: Value, columns: Sequence[RobustNumber]) -> Value:
    """U = (x - median) / scale, z = u / sqrt(1 + (u/3)^2)."""
    u = (V - fields(columns, "median")) / fields(columns, "scale")
    u = u.op("Max", -LARGEST_SQUARED).op("Min", LARGEST_SQUARED)
    part = u / CLIP
    return u / (part * part + 1).op("Sqrt")


def interpolated(V: Value, columns: Sequence[QuantileNumber]) -> Value:
    """Z through (knots, values), constant outside."""
    return interpolate(V, [column.knots for column in columns], [column.values for column in columns])


def piecewise_linear(V: Value, columns: Sequence[PiecewiseNumber]) -> Value:
    """e_t = (x - b_(t-1)) / (b_t - b_(t-1)), x clipped to the bin; the first goes on below, the last above."""
    bins = PiecewiseLinear(columns)
    in_bin = V.columns(bins.column.tolist()).op("Max", bins.least).op("Min", bins.greatest)
    return (in_bin - bins.start) / bins.width


ENCODINGS = {
    StandardNumber: standard,
    RobustNumber: robust,
    QuantileNumber: interpolated,
    PiecewiseNumber: piecewise_linear,
}


def fields(columns: Sequence[Any], name: str) -> list[float]:
    """One number of each column."""
    return [getattr(column, name) for column in columns]
