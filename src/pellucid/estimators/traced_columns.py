"""The columns of a traced row: what each held, the rule by which it became entries of x, and what there is to say."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.glassbox.row import ColumnValue
from pellucid.tables.booleans import BooleanColumn
from pellucid.tables.categories import FrequencyColumn, LeftOutColumn, OneHotColumn
from pellucid.tables.columns_base import Columns
from pellucid.tables.dates import DateColumn, date_parts
from pellucid.tables.description import columns_to_list
from pellucid.tables.encoder import TableEncoder
from pellucid.tables.number_columns import NumberColumn, PiecewiseNumber, QuantileNumber

FIRST_ROW = slice(0, 1)
MARKED = "and its indicator is 1"
UNMARKED = "none was missing in training, so nothing marks it"


def traced_column(
    column: Any, columns: Columns, encoder: TableEncoder, x: np.ndarray, sensitivity: tuple[float, ...]
) -> ColumnValue:
    """One column of the row that was encoded as x (D_x,)."""
    value = value_of(column, columns)
    features = tuple(i for i, source in enumerate(encoder.feature_sources) if source == column.name)
    return ColumnValue(
        name=column.name,
        kind=kind_of(column),
        value=value,
        note=note_on(column, value),
        features=features,
        encoded=tuple(float(x[i]) for i in features),
        encoding=encoding_of(column, encoder),
        formula=column.describe(),
        operands=operands_of(column, columns, value),
        may_be_missing=encoder.missing == "median" or not isinstance(column, NumberColumn),
        sensitivity=sensitivity,
    )


def kind_of(column: Any) -> str:
    """What the column holds; categories are text, whatever their levels look like."""
    if isinstance(column, NumberColumn):
        return "number"
    return {BooleanColumn: "boolean", DateColumn: "date"}.get(type(column), "text")


def value_of(column: Any, columns: Columns) -> float | bool | str | None:
    """What stands in the table; None where it is missing, or where a column that is left out is not there at all."""
    if column.name not in columns.kinds:
        return None
    if isinstance(column, NumberColumn | BooleanColumn):
        value = float(columns.numbers(FIRST_ROW, (column.name,))[0, 0])
        if np.isnan(value):
            return None
        return bool(value) if isinstance(column, BooleanColumn) else value
    if isinstance(column, DateColumn):
        date = columns.dates(column.name, FIRST_ROW)[0]
        return None if np.isnat(date) else iso(date)
    return columns.text(column.name, FIRST_ROW)[0].as_py()


def iso(date: np.datetime64) -> str:
    """A date without a time of midnight, and without digits of seconds that are 0."""
    return str(np.datetime_as_string(date, unit="auto"))


def encoding_of(column: Any, encoder: TableEncoder) -> dict[str, Any]:
    """The rule of the column in plain values, by its kind."""
    (described,) = columns_to_list([column])
    rule: dict[str, Any] = {key: part for key, part in described.items() if key != "name"}
    if rule["kind"] == "number":
        rule["kind"] = encoder.number_encoding
    if rule["kind"] == "date":
        rule["first"] = iso(np.datetime64(rule["first"], "us"))
    return rule


def operands_of(column: Any, columns: Columns, value: Any) -> tuple[float, ...]:
    """What the formula is applied to."""
    if isinstance(column, NumberColumn):
        return (column.fill if value is None else value,)
    if isinstance(column, DateColumn):
        if value is None:
            return tuple(part.fill for part in column.parts)
        names = tuple(part.part for part in column.parts)
        return tuple(date_parts(columns.dates(column.name, FIRST_ROW), column.first, names)[0].tolist())
    if isinstance(column, FrequencyColumn):
        shares = dict(zip(column.levels, column.shares, strict=True))
        return (column.mean if value is None else shares.get(value, column.rest),)
    return ()


def note_on(column: Any, value: Any) -> str:
    """What the model makes of a value that is not as most; "" if there is nothing to say."""
    if isinstance(column, LeftOutColumn):
        return "left out: in training nearly every row had a value of its own, as names and numbers of orders have"
    if value is None:
        return f"missing: {note_on_missing(column)}"
    if isinstance(column, OneHotColumn) and value not in column.levels:
        if value in column.rare:
            return f"{value!r} was rare in training: it shares one entry of x with the other rare levels"
        counts = "it counts as a rare level" if column.rare else "all its features are 0"
        return f"{value!r} was not seen in training: {counts}"
    if isinstance(column, FrequencyColumn) and value not in column.levels:
        return f"{value!r} was not seen in training, or too rare to be listed: it counts with the share of such a level"
    if isinstance(column, QuantileNumber) and not column.knots[0] <= value <= column.knots[-1]:
        return "beyond all values of training, where its encoding is constant and its derivative 0"
    if isinstance(column, PiecewiseNumber) and not column.edges[0] <= value <= column.edges[-1]:
        return "beyond all values of training, where the line of the outermost bin goes on"
    return ""


def note_on_missing(column: Any) -> str:
    """What stands for a missing value, and whether anything marks it."""
    if isinstance(column, OneHotColumn):
        return "it has an entry of x of its own" if column.missing else "not so in training, so all its features are 0"
    if isinstance(column, NumberColumn):
        stands = f"the median {column.fill:.6g} stands in its place"
    elif isinstance(column, DateColumn):
        stands = "the medians of its parts stand in their places"
    else:
        stands = "it counts as false" if isinstance(column, BooleanColumn) else "it counts as a level of average share"
    return f"{stands}, {MARKED if column.missing else UNMARKED}"
