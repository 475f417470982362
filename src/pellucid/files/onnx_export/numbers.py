"""Columns of numbers as features: missing values filled in, then encoded, all columns at once; and indicators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid.files.onnx_export.graph import BOOL, FLOAT64, Value


def add_numbers(V: Value, columns: Sequence[Any]) -> list[Value]:
    """Features (N, ·) of columns of numbers V (N, len(columns)), NaN where missing, and the indicators, if any."""
    missing = V.op("IsNaN", dtype=BOOL)
    features = [standard(missing.where([column.fill for column in columns], V), columns)]
    indicated = [j for j, column in enumerate(columns) if column.missing]
    return [*features, missing.columns(indicated).cast(FLOAT64)] if indicated else features


def standard(V: Value, columns: Sequence[Any]) -> Value:
    """z = (x - mean) / scale."""
    return (V - [column.mean for column in columns]) / [column.scale for column in columns]
