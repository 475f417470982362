"""The columns of a DataFrame as Arrow arrays, through narwhals; those of pandas as the NumPy arrays that they are."""

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa

from pellucid.errors import DataError
from pellucid.tables.mixed_values import mixed_values

WANTED = "a NumPy array or a sparse matrix of shape (rows, columns), a pandas or polars DataFrame or an Arrow table"


def is_number(kind):
    """Whether an Arrow type counts as numbers: also booleans, decimals, and null, which has no values."""
    exact = pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_decimal(kind)
    return exact or pa.types.is_floating(kind) or pa.types.is_null(kind)


def is_date(kind):
    """Whether an Arrow type is one of dates, with or without a time of day."""
    return pa.types.is_date(kind) or pa.types.is_timestamp(kind)


def is_text(kind):
    """Whether an Arrow type is one of strings."""
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def arrow_columns(frame):
    """Return ({name: array}, number of rows) of an eager DataFrame; the index of pandas is left out.

    Numbers of pandas stay views into the frame: as Arrow arrays they would be a second copy of the table.

    Examples
    --------
    >>> import polars
    >>> arrays, n_rows = arrow_columns(polars.DataFrame({"a": [1, 2]}))
    >>> arrays["a"].to_pylist(), n_rows
    ([1, 2], 2)
    """
    frame = _known_frame(frame)
    columns = {}
    for series in frame.iter_columns():
        name = str(series.name)
        if name in columns:
            raise DataError(f"The column name '{name}' occurs more than once: give every column its own name.")
        values = _numpy_values(series)
        columns[name] = _arrow_array(series, name) if values is None else values
    return columns, len(frame)


def _known_frame(frame):
    try:
        known = nw.from_native(frame)
    except TypeError:
        raise DataError(f"Expected {WANTED}. Got {type(frame).__name__} instead.") from None
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise DataError(f"The DataFrame is not usable ({reason}): give every column its own name.") from None
    if isinstance(known, nw.LazyFrame):
        raise DataError(f"Expected {WANTED}. Got a lazy frame instead: call .collect() on it.")
    return known


def _numpy_values(series):
    """Return the values of a pandas column of NumPy numbers, booleans or dates without a copy; None for any other.

    Those of a sparse column, which Arrow does not know, are made dense.
    """
    native = series.to_native()
    dtype = getattr(native, "dtype", None)
    dtype = getattr(dtype, "subtype", dtype) if type(dtype).__name__ == "SparseDtype" else dtype
    return np.asarray(native) if isinstance(dtype, np.dtype) and dtype.kind in "fiubM" else None


def _arrow_array(series, name):
    try:
        array = series.to_arrow()
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        raise mixed_values(name, series.dtype, series.to_list()) from None
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
