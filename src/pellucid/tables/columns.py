"""One view of all tabular input: matrices of NumPy and SciPy, Arrow tables and the DataFrames that narwhals knows."""

import numpy as np
import pyarrow as pa
from scipy.sparse import issparse

from pellucid.errors import DataError
from pellucid.tables.category_texts import categories_as_text
from pellucid.tables.columns_base import Columns, refuse_repeated
from pellucid.tables.date_texts import dates_of_texts, spelled_dates
from pellucid.tables.empty_texts import empty_as_missing
from pellucid.tables.frames import arrow_columns, is_date, is_number, is_text
from pellucid.tables.matrix_columns import matrix_columns
from pellucid.tables.number_texts import number_texts
from pellucid.tables.row_blocks import row_number

SUPPORTED = "a column holds numbers, booleans, dates or text"


class TableColumns(Columns):
    """The columns of a table, each one Arrow array, or a NumPy array of numbers where NaN is missing, or of dates."""

    def __init__(self, arrays, n_rows):
        super().__init__(n_rows, {name: _kind(name, array) for name, array in arrays.items()})
        self._arrays = arrays
        self._spelled = {}

    def numbers(self, rows, names):
        parts = [_floats(_select(self._arrays[name], rows)) for name in names]
        if len(parts) == 1:
            return parts[0][:, None]
        # Column by column: each is read and written in one run.
        return np.stack(parts).T if parts else np.empty((len(np.arange(self.n_rows)[rows]), 0))

    def dates(self, name, rows):
        array = self._arrays[name] if self.kinds[name] != "text" else self.spelled_dates(name)
        if array is not None:
            dates = _dates(_select(array, rows))
            _refuse_far(name, dates, rows)
            return dates.astype("datetime64[us]")
        texts = self.text(name, rows)
        dates, wrong = dates_of_texts(texts)
        if wrong is not None:
            raise DataError(
                f"The column '{name}' held dates in training but holds {texts[wrong].as_py()!r} in row "
                f"{row_number(rows, wrong)} now: write dates in the form of ISO 8601, as 2024-05-31 or "
                "2024-05-31T18:00."
            )
        return dates

    def spelled_dates(self, name):
        """As of `Columns`. Categories are what they are called, whatever that spells."""
        if name not in self._spelled:
            array = self._arrays[name]
            is_plain = self.kinds[name] == "text" and is_text(array.type)
            self._spelled[name] = spelled_dates(array) if is_plain else None
        return self._spelled[name]

    def text(self, name, rows):
        array = _select(self._arrays[name], rows)
        if self.kinds[name] in ("number", "boolean"):
            return number_texts(_floats(array))
        if isinstance(array, np.ndarray):
            array = pa.array(array)
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        return array if pa.types.is_large_string(array.type) else array.cast(pa.string())

    def all_missing(self, name):
        array = self._arrays[name]
        if isinstance(array, np.ndarray):
            return bool(_missing(array).all())
        if array.null_count < len(array) and pa.types.is_floating(array.type):
            return bool(np.isnan(_floats(array)).all())
        return array.null_count == len(array)

    def example(self, name):
        array = self._arrays[name]
        if isinstance(array, np.ndarray):
            row = int(np.argmax(~_missing(array)))
            return row, array[row].item() if array.dtype.kind != "M" else str(array[row])
        row = int(np.argmax(array.is_valid().to_numpy(zero_copy_only=False)))
        return row, array[row].as_py()


def as_columns(X, names=None):
    """View tabular input as `Columns`, without copying what need not be copied.

    Parameters
    ----------
    X : array or sparse matrix of shape (n_rows, n_columns), pyarrow.Table, or pandas, polars or other eager DataFrame
    names : list of str, optional
        For an array or a sparse matrix; x0, x1, ... unless given.

    Returns
    -------
    Columns

    Raises
    ------
    DataError
        For a shape or a type of column that is not supported; the message names the column and a remedy.

    Examples
    --------
    >>> columns = as_columns(pa.table({"size": [3, None], "town": ["Bern", "Rome"]}))
    >>> columns.kinds
    {'size': 'number', 'town': 'text'}
    >>> columns.numbers(slice(0, 2), ("size",))
    array([[ 3.],
           [nan]])
    """
    if issparse(X) or isinstance(X, np.ndarray | list | tuple):
        return matrix_columns(X, names)
    if isinstance(X, pa.Table):
        arrays = {name: _one_array(X.column(j)) for j, name in enumerate(X.column_names)}
        refuse_repeated(X.column_names)
        return _table(arrays, X.num_rows)
    arrays, n_rows = arrow_columns(X)
    return _table(arrays, n_rows)


def _table(arrays, n_rows):
    plain = {name: array if isinstance(array, np.ndarray) else _plain_texts(array) for name, array in arrays.items()}
    return TableColumns(plain, n_rows)


def _plain_texts(array):
    array = array.cast(pa.large_string()) if pa.types.is_string_view(array.type) else categories_as_text(array)
    return empty_as_missing(array)


def _one_array(column):
    """Return the single array of a chunked column; only several chunks are copied."""
    if column.num_chunks == 1:
        return column.chunk(0)
    if pa.types.is_string(column.type) and column.nbytes > 2**31 - 1:
        column = column.cast(pa.large_string())  # the offsets of `string` have 32 bits
    joined = column.combine_chunks()
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def _kind(name, array):
    if isinstance(array, np.ndarray):
        return {"M": "date", "b": "boolean"}.get(array.dtype.kind, "number")
    kind = array.type
    if pa.types.is_boolean(kind):
        return "boolean"
    if is_number(kind):
        return "number"
    if is_date(kind):
        return "date"
    if is_text(kind) or pa.types.is_dictionary(kind):
        return "text"
    raise DataError(
        f"The column '{name}' has the type {kind}, which is not supported: {SUPPORTED}; convert it or leave it out."
    )


def _select(array, rows):
    if isinstance(array, np.ndarray):
        return array[rows]
    if isinstance(rows, slice):
        start, stop, _ = rows.indices(len(array))
        return array.slice(start, max(stop - start, 0))
    return array.take(pa.array(rows))


def _floats(array):
    if isinstance(array, np.ndarray):
        return array.astype(np.float64, copy=False)
    if pa.types.is_float64(array.type):
        return array.to_numpy(zero_copy_only=False)
    if array.null_count == len(array):
        return np.full(len(array), np.nan)
    return array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)


def _missing(array):
    return np.isnat(array) if array.dtype.kind == "M" else np.isnan(array)


def _dates(array):
    """Return the dates in their own unit, for a finer one might not reach as far."""
    if isinstance(array, np.ndarray):
        return array if array.dtype.kind == "M" else _no_dates(len(array))
    if array.null_count == len(array):
        return _no_dates(len(array))
    # A time with a zone is held in UTC, so that leaving out the zone changes no digit.
    array = array.cast(pa.timestamp(array.type.unit)) if pa.types.is_timestamp(array.type) else array
    return array.to_numpy(zero_copy_only=False)


def _refuse_far(name, dates, rows):
    """Refuse dates that no calendar of ours has, which would come out as others."""
    years = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    far = ~np.isnat(dates) & ((years < 1) | (years > 9999))
    if far.any():
        i = int(np.argmax(far))
        raise DataError(
            f"The column '{name}' holds a date of the year {years[i]} in row {row_number(rows, i)}: dates go from "
            "year 1 to 9999. Correct it, or leave it empty."
        )


def _no_dates(n):
    return np.full(n, "NaT", dtype="datetime64[us]")
