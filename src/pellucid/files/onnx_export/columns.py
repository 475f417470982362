"""From raw columns to the matrix of features, in the order of the encoder's own."""

from __future__ import annotations

from pellucid.files.onnx_export.booleans import add_boolean
from pellucid.files.onnx_export.categories import add_frequency, add_one_hot
from pellucid.files.onnx_export.dates import add_date
from pellucid.files.onnx_export.graph import Value
from pellucid.files.onnx_export.inputs import Inputs
from pellucid.files.onnx_export.numbers import add_numbers
from pellucid.tables.booleans import BooleanColumn
from pellucid.tables.categories import FrequencyColumn, OneHotColumn
from pellucid.tables.dates import DateColumn
from pellucid.tables.encoder import TableEncoder
from pellucid.tables.number_columns import NumberColumn

ENTRIES = {
    BooleanColumn: add_boolean,
    DateColumn: add_date,
    OneHotColumn: add_one_hot,
    FrequencyColumn: add_frequency,
}


def add_features(encoder: TableEncoder, inputs: Inputs) -> Value:
    """X (N, n_features) of float64, by the same operations in the same order as `TableEncoder.encode`.

    Raises
    ------
    ModelFileError
        For a column of text in which ONNX cannot tell what the encoder does, by name.
    """
    parts, numbers = [], [column for column in encoder.columns if isinstance(column, NumberColumn)]
    if numbers:
        parts += add_numbers(inputs.values([column.name for column in numbers]), numbers)
    for column in encoder.columns:
        if type(column) in ENTRIES and column.n_features:
            parts += ENTRIES[type(column)](inputs.values([column.name]), column)
    return inputs.graph.concatenated(parts)
