"""How the columns of X are to be encoded: from an estimator's arguments to the options of its encoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.errors import DataError, wrong_parameter
from pellucid.mathematics.rules import is_whole
from pellucid.tables.categories import LeftOutColumn
from pellucid.tables.columns_base import Columns
from pellucid.tables.dates import DateColumn
from pellucid.tables.encoder import TableEncoder
from pellucid.tables.encoder_options import EncoderOptions
from pellucid.tables.inspection import look_like_dates

LEFT_OUT = (
    "The column '{}' is left out: nearly every row has a value of its own, as names and numbers of orders are. To use "
    "it all the same, name it in categorical_features."
)
FIRST_ROWS = slice(0, 1000)  # enough to see what form texts have
FROM_DTYPE = "from_dtype"
CATEGORICAL_RULE = f"'{FROM_DTYPE}', or a list of names, positions, or truth values of the columns of X"


def is_categorical_choice(value: Any) -> bool:
    """Whether it is of a form that can name columns; whether X has them is seen later."""
    if isinstance(value, str):
        return value == FROM_DTYPE
    if not isinstance(value, tuple | list | np.ndarray):
        return False
    kinds = {str if isinstance(part, str) else bool if isinstance(part, bool | np.bool_) else int for part in value}
    return len(kinds) <= 1 and all(isinstance(part, str | bool | np.bool_) or (is_whole(part)) for part in value)


def encoder_options(estimator: Any, columns: Columns) -> EncoderOptions:
    """The options for these columns.

    Raises
    ------
    ParameterError
        For columns in `categorical_features` that X does not have.
    DataError
        For dates among them.
    """
    chosen = categorical_columns(estimator.categorical_features, columns.names, type(estimator).__name__)
    for name in chosen:
        if columns.kinds[name] == "date":
            raise DataError(
                f"The column '{name}' holds dates, which have their own encoding: leave it out of "
                "categorical_features, or write it as text."
            )
    frequency = float(estimator.min_frequency)
    return EncoderOptions(
        number_encoding_of(estimator), estimator.missing, int(estimator.max_categories), frequency, chosen
    )


def number_encoding_of(estimator: Any) -> str:
    """The encoding of numbers that was named, or the one that `standardise` asks for."""
    if estimator.number_encoding != "auto":
        return estimator.number_encoding
    return "standard" if estimator.standardise in (True, "inputs") else "none"


def categorical_columns(choice: Any, names: tuple[str, ...], owner: str) -> tuple[str, ...]:
    """The names of the chosen columns, of columns of these names."""
    if isinstance(choice, str):
        return ()
    chosen, n = list(choice), len(names)
    if all(isinstance(part, str) for part in chosen):
        known = set(names)
        unknown = [name for name in chosen if name not in known]
        if unknown:
            rule = "names of columns of X, as " + ", ".join(map(repr, names[:5]))
            raise wrong_parameter("categorical_features", owner, rule, unknown)
        return tuple(chosen)
    if all(isinstance(part, bool | np.bool_) for part in chosen):
        if len(chosen) != n:
            raise wrong_parameter("categorical_features", owner, f"{n} truth values, one for each column", chosen)
        return tuple(name for name, holds in zip(names, chosen, strict=True) if holds)
    if any(not 0 <= place < n for place in chosen):
        raise wrong_parameter("categorical_features", owner, f"positions of columns, from 0 to {n - 1}", chosen)
    return tuple(names[int(place)] for place in chosen)


def said_of_texts(encoder: TableEncoder, columns: Columns, chosen: Sequence[str]) -> list[str]:
    """A line for each column of text that teaches nothing, or that looks like dates; none for the chosen categories."""
    lines = []
    for column in encoder.columns:
        if column.name in chosen or columns.kinds[column.name] != "text" or isinstance(column, DateColumn):
            continue
        first = columns.text(column.name, FIRST_ROWS)
        dates = (
            f" Its values look like dates ({first.drop_null()[0].as_py()!r}): convert them with pandas.to_datetime, or "
            "write them as 2022-03-12."
            if look_like_dates(first)
            else ""
        )
        if isinstance(column, LeftOutColumn):
            lines.append(f"{LEFT_OUT.format(column.name)}{dates}")
        elif dates:
            lines.append(f"The column '{column.name}' is a category, whose levels are its texts.{dates}")
    return lines
