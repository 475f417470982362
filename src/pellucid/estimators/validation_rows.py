"""The rows that a user gives to validate on: refused where they do not fit the rows to train on, by their own names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from pellucid.errors import DataError, ParameterError
from pellucid.estimators.inputs import is_frame
from pellucid.tables.pandas_index import unnamed_index


def check_validation_rows(owner: str, given: Any, given_val: Any) -> None:
    """Refuse what can be seen to be missing before anything is read.

    Parameters
    ----------
    owner : str
        The name of the estimator.
    given, given_val : Given
        To train and to validate on.

    Raises
    ------
    ParameterError, DataError
    """
    if given_val.X is None or given_val.y is None:
        raise ParameterError(
            f"The `X_val` and `y_val` parameters of {owner}.fit must be given together, "
            "and `sample_weight_val` and `exposure_val` only with them."
        )
    if (given.exposure is None) != (given_val.exposure is None):
        raise ParameterError(
            f"The `exposure` and `exposure_val` parameters of {owner}.fit must be given together: "
            "rates cannot be validated on counts."
        )
    counts = [n_rows_of(part) for part in (given_val.X, given_val.y)]
    if None not in counts and counts[0] != counts[1]:
        raise DataError(f"X_val has {counts[0]:,} rows and y_val {counts[1]:,}. Give one target for each row.")


def n_rows_of(values: Any) -> int | None:
    """The length of a table or a list; None for what has none, which is refused where it is read."""
    shape = getattr(values, "shape", None)
    if shape is not None:
        return shape[0] if len(shape) > 0 else None
    return len(values) if hasattr(values, "__len__") else None


def in_order_of_training(estimator: Any, X_val: Any) -> Any:
    """X_val with the columns of X in their order, which names tell; an array is in that order, and only counted.

    Raises
    ------
    DataError
        Where columns are lacking or unknown.
    """
    known = getattr(estimator, "feature_names_in_", None)
    if known is None or not is_frame(X_val):
        shape = np.shape(X_val) if isinstance(X_val, list | tuple) else getattr(X_val, "shape", ())
        if len(shape) == 2 and shape[1] != estimator.n_features_in_:
            raise DataError(
                f"X_val has {shape[1]} columns, but X has {estimator.n_features_in_}. Give the same columns; in a "
                "pipeline, Pipeline(steps, transform_input=['X_val']) transforms X_val as X."
            )
        return X_val
    return in_order(X_val, [str(name) for name in known], "X_val", "X")


def targets_in_order(y: Any, y_val: Any) -> Any:
    """y_val with the targets of y in their order, where both are frames of several, whose names tell.

    Raises
    ------
    DataError
        Where targets are lacking or unknown.
    """
    if not (is_frame(y) and is_frame(y_val)):
        return y_val
    names = list(nw.from_native(y, eager_only=True).columns)
    return y_val if len(names) == 1 else in_order(y_val, names, "y_val", "y")


def in_order(given: Any, expected: list[str], name: str, of: str) -> Any:
    """The columns of a frame in the order expected; the very frame where they are."""
    frame = nw.from_native(given, eager_only=True)
    names = list(frame.columns)
    lacking = [column for column in expected if column not in names]
    unknown = [column for column in names if column not in expected and column not in unnamed_index(names)]
    if lacking or unknown:
        parts = [f"lacks {listed(lacking)}"] if lacking else []
        parts += [f"has {listed(unknown)}, which {of} has not"] if unknown else []
        raise DataError(f"{name} {' and '.join(parts)}. Give the columns of {of}.")
    return given if names == expected else frame.select(expected).to_native()


def listed(names: list[str]) -> str:
    """The column 'a', or the columns 'a', 'b', ...: the first five."""
    shown = ", ".join(map(repr, names[:5])) + (", ..." if len(names) > 5 else "")
    return f"the column {shown}" if len(names) == 1 else f"the columns {shown}"


@contextmanager
def said_of(name: str) -> Iterator[None]:
    """Let an error name the argument that it is about, where it speaks as if there were only X and y."""
    try:
        yield
    except DataError as error:
        raise type(error)(f"{name}: {error}") from error
    except ValueError as error:
        raise DataError(f"{name}: {error}") from error
