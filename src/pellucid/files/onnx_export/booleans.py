"""Columns of booleans as features: 0 or 1, and one for missing values."""

from __future__ import annotations

from pellucid.files.onnx_export.graph import BOOL, FLOAT64, Value
from pellucid.tables.booleans import BooleanColumn


def add_boolean(x: Value, column: BooleanColumn) -> list[Value]:
    """Features of truths x (N, 1), or of the numbers 0 and 1 where values were missing in training."""
    if not column.missing:
        return [x.cast(FLOAT64)]
    missing = x.op("IsNaN", dtype=BOOL)
    return [missing.where(0, x), missing.cast(FLOAT64)]
