"""From raw columns to the matrix of features, in the order of the encoder's own."""

from __future__ import annotations

from pellucid.files.onnx_export.categories import add_one_hot
from pellucid.files.onnx_export.inputs import Inputs
from pellucid.files.onnx_export.graph import Value
from pellucid.files.onnx_export.numbers import add_numbers
from pellucid.tables.categories import TextColumn
from pellucid.tables.encoder import TableEncoder
from pellucid.tables.numbers import NumberColumn


def add_features(encoder: TableEncoder, inputs: Inputs) -> Value:
    """X (N, n_features) of float64, by the same operations in the same order as `TableEncoder.encode`.

    Raises
    ------
    ModelFileError
        For a column of text that ONNX cannot tell from what the encoder does, by name.
    """
    parts, numbers = [], [column for column in encoder.columns if isinstance(column, NumberColumn)]
    if numbers:
        parts += add_numbers(inputs.values([column.name for column in numbers]), numbers)
    for column in encoder.columns:
        if isinstance(column, TextColumn) and column.n_features:
            parts += add_one_hot(inputs.values([column.name]), column)
    return inputs.graph.concatenated(parts)
