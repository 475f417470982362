"""Targets as users have them: y read as numbers or as labels, and what cannot be learnt refused.

Only the rows in use are looked at: what a row of weight 0 holds is nobody's concern.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Collection
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import assert_all_finite, check_array

from pellucid.errors import DataError
from pellucid.tables.columns_base import refuse_repeated

EVERY_ROW = slice(None)
NO_ROWS = slice(0, 0)


def as_array(y: Any) -> Any:
    """The columns of an Arrow table side by side, (N,) if there is one; anything else as it is."""
    refuse_lazy(y, "y")
    if not isinstance(y, pa.Table):
        return y
    columns = [column.to_numpy() for column in y.columns]
    return columns[0] if len(columns) == 1 else np.stack(columns, axis=1)


def refuse_lazy(values: Any, name: str) -> None:
    """Refuse a frame that is only the plan of one."""
    if isinstance(nw.from_native(values, pass_through=True), nw.LazyFrame):
        raise DataError(
            f"{name} is a {type(values).__name__}, which holds no rows until it is computed: give it computed, as "
            f"{name}.collect() does with one of polars."
        )


def target_names(y: Any, n_targets: int) -> tuple[str, ...]:
    """The names that a DataFrame or Series carries; y, or y0, y1, ... for arrays."""
    columns = y.column_names if isinstance(y, pa.Table) else getattr(y, "columns", None)
    if columns is not None:
        names = tuple(str(name) for name in columns)
        refuse_repeated(names, of=" of y")
        return names
    if n_targets == 1:
        return (str(getattr(y, "name", None) or "y"),)
    return tuple(f"y{d}" for d in range(n_targets))


def distinct_name(wanted: str, taken: Collection[str]) -> str:
    """The name that is wanted or, where it is taken, the first free one with a number.

    Examples
    --------
    >>> distinct_name("price", ["size"]), distinct_name("price", ["price", "price_2"])
    ('price', 'price_3')
    """
    numbered = (f"{wanted}_{n}" for n in itertools.count(2))
    return next(name for name in itertools.chain([wanted], numbered) if name not in taken)


def read_numbers(y: Any, rows: Any = EVERY_ROW) -> np.ndarray:
    """All targets y as (N, n_targets) in float64; NaN marks a missing one, infinite ones in `rows` are refused.

    Text is refused also where it spells numbers: scikit-learn's contract asks for numbers among objects, no more, and
    a column of text is as likely one of classes.
    """
    given = as_array(y)
    refuse_text(given)
    Y = check_array(
        given,
        ensure_2d=False,
        dtype=np.float64,  # type: ignore[arg-type]  # scikit-learn has no types: its default is taken for the type
        ensure_all_finite=False,
        input_name="y",
        ensure_min_samples=0,
    )
    assert_all_finite(Y[rows], allow_nan=True, input_name="y")
    return Y[:, None] if Y.ndim == 1 else Y


def refuse_text(y: Any) -> None:
    """Refuse the first target that is text, with its place."""
    values = np.asarray(y)
    if values.ndim == 0 or values.dtype.kind not in "OUST":
        return
    places = np.argwhere([isinstance(value, str | bytes) for value in values.flat])
    if len(places):
        first = places[0, 0]
        row = first // (values.size // len(values))
        others = f" (and in {len(places) - 1:,} others)" if len(places) > 1 else ""
        raise DataError(
            f"y holds text where numbers are learnt: {str(values.flat[first])!r} in row {row}{others}. Convert it to "
            "numbers first, as with numpy.asarray(y, dtype=float), or use FeedForwardClassifier if these are classes."
        )


def label_array(y: Any) -> np.ndarray:
    """All labels as they are, with a row for each row of the table."""
    labels = np.asarray(as_array(y))
    if labels.ndim == 0:
        raise DataError(f"y must hold one label for each row. Got {y!r} instead.")
    return nullable_numbers(labels) if labels.ndim == 2 and hasattr(y, "columns") else labels


def nullable_numbers(labels: np.ndarray) -> np.ndarray:
    """What pandas gives for columns of its types with NA, objects, as the numbers that they are, NaN for NA."""
    if labels.dtype.kind != "O":
        return labels
    missing = np.array([is_missing(label) for label in labels.flat], dtype=bool).reshape(labels.shape)
    try:
        return np.where(missing, np.nan, labels).astype(np.float64)
    except (TypeError, ValueError):
        return labels


def read_labels(y: Any, rows: Any = EVERY_ROW) -> np.ndarray:
    """The labels of the given rows of y as (N,), or as 0/1 in (N, labels), NaN where one of several is missing."""
    labels = label_array(y)
    places = np.arange(len(labels))[rows]
    labels = labels[rows]
    if has_missing_labels(labels):
        refuse_other_than_labels(np.where(np.isnan(labels), 0, labels), places)
        return labels
    refuse_missing_labels(labels, places)
    assert_all_finite(labels, input_name="y")
    check_classification_targets(labels)
    kind = type_of_target(labels, input_name="y")
    if kind in ("binary", "multiclass"):
        if labels.ndim == 2:
            warnings.warn(
                "A column-vector y was passed when a 1d array was expected: y.ravel() is used.",
                DataConversionWarning,
                stacklevel=2,
            )
        return labels.ravel()
    if kind != "multilabel-indicator":
        raise DataError(
            f"y is {kind}: only one column of classes, or several columns of 0 and 1 (labels), can be learnt. "
            "Train one classifier for each column."
        )
    refuse_other_than_labels(labels, places)
    return labels


def has_missing_labels(labels: np.ndarray) -> bool:
    """Whether some of several columns of numbers are NaN: such a label is left out of that row, and no other."""
    return labels.ndim == 2 and labels.shape[1] > 1 and labels.dtype.kind == "f" and bool(np.isnan(labels).any())


def refuse_missing_labels(labels: np.ndarray, places: np.ndarray) -> None:
    """Refuse None, NaN, NA and NaT, and labels of several types, which have no order."""
    if labels.dtype.kind != "O":
        missing = labels != labels
    else:
        missing = np.array([is_missing(label) for label in labels.flat], dtype=bool).reshape(labels.shape)
    rows = np.flatnonzero(missing.reshape(len(labels), -1).any(axis=1))
    if len(rows):
        counted = "1 row" if len(rows) == 1 else f"{len(rows)} rows"
        raise DataError(
            f"The class is missing in {counted} of y (the first is row {places[rows[0]]}). "
            "Leave such rows out, or write a word for a missing class."
        )
    types = {type(label) for label in labels.flat} if labels.dtype.kind == "O" else set()
    if len(types) > 1:
        listed = " and ".join(sorted(kind.__name__ for kind in types))
        raise DataError(f"y holds labels of several types ({listed}). Write all as text, or all as numbers.")


def is_missing(label: Any) -> bool:
    """Whether it stands for no value; pandas' NA cannot be asked whether it equals itself."""
    return label is None or type(label).__name__ == "NAType" or label != label


def refuse_other_than_labels(labels: np.ndarray, places: np.ndarray) -> None:
    """Each of several columns must be 0 or 1: the log loss knows nothing else."""
    row_and_column = np.argwhere((labels != 0) & (labels != 1))
    if len(row_and_column):
        row, d = row_and_column[0]
        raise DataError(
            f"With several columns y holds labels, each 0 or 1. Got {labels[row, d]} in row {places[row]}, column {d}. "
            "Write 1 where a label holds and 0 where it does not, or train one classifier for each column."
        )
