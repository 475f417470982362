"""Columns of categories as features: one for each level."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import ModelFileError
from pellucid.files.onnx_export.graph import BOOL, FLOAT64, INT64, ML, Value

NONE = -1  # the code of a value that has no feature


def add_one_hot(x: Value, column: Any) -> list[Value]:
    """Features (N, n_features) of one column x (N, 1): a level that was not seen has none of them."""
    n = len(column.levels)
    codes = text_codes(x, column, missing=n if column.missing else NONE, other=NONE)
    return [codes.op("Equal", np.arange(column.n_features), dtype=BOOL).cast(FLOAT64)]


def text_codes(x: Value, column: Any, missing: int, other: int) -> Value:
    """The place of each text among the levels, or the code of missing ones, or that of others: int64 (N, 1).

    Raises
    ------
    ModelFileError
        If the empty text, by which missing ones are told here, was a level beside missing ones.
    """
    keys, codes = list(column.levels), list(range(len(column.levels)))
    if "" in keys and column.missing:
        raise ModelFileError(
            f"The column '{column.name}' cannot be exported to ONNX: in training it had empty texts and missing ones, "
            "and ONNX has no missing text, so both would be the same. Replace one by the other and train again."
        )
    if "" not in keys:
        keys, codes = [*keys, ""], [*codes, missing]
    entries = {"keys_strings": keys, "values_int64s": codes, "default_int64": other}
    return x.op("LabelEncoder", dtype=INT64, domain=ML, **entries)
