"""The inputs of a graph: raw columns as their users have them, and how a table is fed to them.

    numbers   float64 (N, 1), NaN where missing
    text      string (N, 1), empty where missing, as in a CSV
    booleans  bool (N, 1); where training had missing ones float64: 1, 0, or NaN where missing
    dates     int64 (N, 1), microseconds since 1970-01-01 UTC; the least int64 where missing, as NumPy's NaT

A model that was fitted on an array has one input instead, X (N, D) of float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pellucid.files.onnx_export.graph import BOOL, FLOAT64, INT64, TEXT, Graph, Value
from pellucid.tables.booleans import BooleanColumn
from pellucid.tables.categories import LeftOutColumn
from pellucid.tables.columns import Columns
from pellucid.tables.dates import DateColumn
from pellucid.tables.encoder import is_text_column

MATRIX = "X"
DTYPES = {"number": FLOAT64, "text": TEXT, "boolean": BOOL, "date": INT64}
WORDS = {
    "number": "a number, NaN where missing",
    "text": "text, empty where missing",
    "boolean": "true or false",
    "date": f"a date in microseconds since 1970-01-01 UTC, {np.iinfo(np.int64).min} where missing",
}


class Input(NamedTuple):
    """An input of the graph: its name there, the column that it takes and of which kind that is."""

    name: str
    column: str
    kind: str


def kind_of(column: Any) -> str:
    """How the values of a column of the encoder come into the graph."""
    if isinstance(column, DateColumn):
        return "date"
    if isinstance(column, BooleanColumn) and not column.missing:
        return "boolean"
    return "text" if is_text_column(column) else "number"


class Inputs:
    """The values that columns bring, from one input for each or from one matrix for all.

    Parameters
    ----------
    graph : Graph
        Without names as yet: each input is called as its column.
    columns : sequence of the encoder's columns
    as_matrix : bool
    """

    def __init__(self, graph: Graph, columns: Sequence[Any], as_matrix: bool):
        self.graph = graph
        self.positions = {column.name: j for j, column in enumerate(columns)}
        self.matrix: Value | None = None
        self.listed: list[Input] = []
        self._values: dict[str, Value] = {}
        if as_matrix:
            doc = "the columns of the array that the model was fitted on, NaN where missing"
            self.matrix = graph.input(MATRIX, FLOAT64, ["N", len(columns)], doc)
            return
        for column in columns:
            if isinstance(column, LeftOutColumn):
                continue
            kind = kind_of(column)
            value = graph.input(column.name, DTYPES[kind], ["N", 1], WORDS[kind])
            self._values[column.name] = value
            self.listed.append(Input(value.name, column.name, kind))

    def values(self, names: Sequence[str]) -> Value:
        """Columns of numbers side by side, (N, len(names))."""
        if self.matrix is None:
            return self.graph.concatenated([self._values[name] for name in names])
        places = [self.positions[name] for name in names]
        return self.matrix if places == list(range(len(self.positions))) else self.matrix.columns(places)


def feed(columns: Columns, inputs: Sequence[Input], rows: slice) -> dict[str, np.ndarray]:
    """What the graph takes for some rows of a table."""
    if not inputs:
        return {MATRIX: columns.numbers(rows, columns.names)}
    return {name: READ[kind](columns, column, rows) for name, column, kind in inputs}


def read_numbers(columns: Columns, name: str, rows: slice) -> np.ndarray:
    return columns.numbers(rows, (name,))


def read_text(columns: Columns, name: str, rows: slice) -> np.ndarray:
    texts = columns.text(name, rows).fill_null("").to_numpy(zero_copy_only=False)
    return texts.astype(TEXT)[:, None]


def read_booleans(columns: Columns, name: str, rows: slice) -> np.ndarray:
    return columns.numbers(rows, (name,)) == 1  # a missing one counts as false


def read_dates(columns: Columns, name: str, rows: slice) -> np.ndarray:
    return columns.dates(name, rows).astype(INT64)[:, None]


READ = {"number": read_numbers, "text": read_text, "boolean": read_booleans, "date": read_dates}
