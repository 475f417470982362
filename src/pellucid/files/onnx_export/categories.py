"""Columns of categories as features: one for each level, or the frequency of the level; and one for missing values."""

from __future__ import annotations

import numpy as np

from pellucid.files.onnx_export.graph import BOOL, FLOAT64, INT64, ML, Value
from pellucid.files.onnx_export.search import last_not_above
from pellucid.tables.categories import FrequencyColumn, OneHotColumn

NONE = -1  # the code of a value that has no feature


def add_one_hot(x: Value, column: OneHotColumn) -> list[Value]:
    """Features (N, n_features) of one column x (N, 1): of each level, of all rare ones, and of missing values.

    A level that was not seen counts as a rare one, if there were any.
    """
    rare, last = len(column.levels), column.n_features - 1
    codes = codes_of(x, column, missing=last if column.missing else NONE, other=rare if column.rare else NONE)
    return [codes.op("Equal", np.arange(column.n_features), dtype=BOOL).cast(FLOAT64)]


def add_frequency(x: Value, column: FrequencyColumn) -> list[Value]:
    """The standardised share of each level, that of the rest, 0 for missing values; and their indicator."""
    n = len(column.levels)
    shares = np.array([*column.shares, column.rest, column.mean])
    codes = codes_of(x, column, missing=n + 1, other=n)
    z = x.graph.constant((shares - column.mean) / column.scale, FLOAT64, "table").op("Gather", codes)
    return [z, codes.op("Equal", n + 1, dtype=BOOL).cast(FLOAT64)] if column.missing else [z]


def codes_of(x: Value, column: OneHotColumn | FrequencyColumn, missing: int, other: int) -> Value:
    """The place of each value among the levels, or the code of missing ones, or that of others: int64 (N, 1).

    ONNX has no missing text: the empty one, which is never a level, stands for it.
    """
    if column.of == "number":
        return number_codes(x, column.levels, missing, other)
    keys, codes = [*column.levels, ""], [*range(len(column.levels)), missing]
    entries = {"keys_strings": keys, "values_int64s": codes, "default_int64": other}
    return x.op("LabelEncoder", dtype=INT64, domain=ML, **entries)


def number_codes(x: Value, levels: tuple[str, ...], missing: int, other: int) -> Value:
    """The same for numbers that are names, whose levels are written out."""
    codes = x.graph.constant(other, INT64)
    if levels:
        numbers = np.array(levels, dtype=np.float64)
        order = np.argsort(numbers)
        places, _ = last_not_above(x, [numbers[order].tolist()])
        level = x.graph.constant(numbers[order], FLOAT64, "table").op("Gather", places)
        found = x.graph.constant(order, INT64, "table").op("Gather", places)
        codes = x.op("Equal", level, dtype=BOOL).where(found, codes)
    return x.op("IsNaN", dtype=BOOL).where(missing, codes)
