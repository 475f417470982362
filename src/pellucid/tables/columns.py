"""One view of all tabular input: NumPy matrices, Arrow tables and the DataFrames that narwhals knows."""

import numpy as np
import pyarrow as pa

from pellucid.errors import DataError
from pellucid.tables.frames import arrow_columns, is_number, is_text

SUPPORTED = "a column holds numbers, booleans or text"


class Columns:
    """Columns with names and kinds; a bool counts as the number 0 or 1, a category as its text.

    Attributes
    ----------
    n_rows : int
    names : tuple of str
    kinds : dict of str to str
        "number" or "text". A column without any value counts as "number".
    number_names, text_names : tuples of str
        The names of each kind, in the order of the columns.
    """

    def __init__(self, n_rows, kinds):
        self.n_rows = n_rows
        self.kinds = kinds
        self.names = tuple(kinds)
        self.number_names = tuple(name for name, kind in kinds.items() if kind == "number")
        self.text_names = tuple(name for name, kind in kinds.items() if kind == "text")

    def numbers(self, rows, names=None):
        """Values of the number columns, or of `names` in this order.

        Parameters
        ----------
        rows : slice with step 1 or int array
        names : tuple of str, optional

        Returns
        -------
        float64 array of shape (rows, number columns)
            NaN where missing. For a slice of a float64 matrix a view, unless `names` is another selection.
        """
        raise NotImplementedError

    def text(self, name, rows):
        """Values of one text column as an Arrow array of strings, null where missing."""
        raise NotImplementedError

    def all_missing(self, name):
        """Whether the column has no value at all, so that it can stand for either kind."""
        raise NotImplementedError

    def example(self, name):
        """First value of the column that is not missing, with its row from 0: (row, value)."""
        raise NotImplementedError


class MatrixColumns(Columns):
    """The columns of a numeric NumPy matrix."""

    def __init__(self, X, names):
        super().__init__(len(X), dict.fromkeys(names, "number"))
        self._X = X
        self._positions = {name: j for j, name in enumerate(names)}

    def numbers(self, rows, names=None):
        if names is None or names == self.names:
            return self._X[rows].astype(np.float64, copy=False)
        selected = [self._positions[name] for name in names]
        X = self._X[rows][:, selected] if isinstance(rows, slice) else self._X[np.ix_(rows, selected)]
        return X.astype(np.float64, copy=False)

    def text(self, name, rows):
        return pa.nulls(len(self._X[rows]), pa.string())  # asked for only if all values are missing

    def all_missing(self, name):
        return bool(np.isnan(self.numbers(slice(None), (name,))).all())

    def example(self, name):
        values = self.numbers(slice(None), (name,))[:, 0]
        row = int(np.argmax(~np.isnan(values)))
        return row, float(values[row])


class TableColumns(Columns):
    """The columns of a table, each one Arrow array, or a NumPy array of numbers where NaN is missing."""

    def __init__(self, arrays, n_rows):
        super().__init__(n_rows, {name: _kind(name, array) for name, array in arrays.items()})
        self._arrays = arrays

    def numbers(self, rows, names=None):
        names = self.number_names if names is None else names
        parts = [_floats(_select(self._arrays[name], rows)) for name in names]
        if len(parts) == 1:
            return parts[0][:, None]
        return np.stack(parts, axis=1) if parts else np.empty((len(np.arange(self.n_rows)[rows]), 0))

    def text(self, name, rows):
        array = _select(self._arrays[name], rows)
        if self.kinds[name] == "number":
            return pa.nulls(len(array), pa.string())  # asked for only if all values are missing
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        return array if pa.types.is_large_string(array.type) else array.cast(pa.string())

    def all_missing(self, name):
        array = self._arrays[name]
        if isinstance(array, np.ndarray):
            return bool(np.isnan(array).all())
        if array.null_count < len(array) and pa.types.is_floating(array.type):
            return bool(np.isnan(_floats(array)).all())
        return array.null_count == len(array)

    def example(self, name):
        array = self._arrays[name]
        if isinstance(array, np.ndarray):
            row = int(np.argmax(~np.isnan(array)))
            return row, array[row].item()
        row = int(np.argmax(array.is_valid().to_numpy(zero_copy_only=False)))
        return row, array[row].as_py()


def as_columns(X, names=None):
    """View tabular input as `Columns`, without copying what need not be copied.

    Parameters
    ----------
    X : array of shape (n_rows, n_columns), pyarrow.Table, or pandas, polars or other eager DataFrame
    names : list of str, optional
        For an array; x0, x1, ... unless given.

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
    >>> columns.numbers(slice(0, 2))
    array([[ 3.],
           [nan]])
    """
    if isinstance(X, np.ndarray | list | tuple):
        return _matrix(X, names)
    if isinstance(X, pa.Table):
        arrays = {name: _one_array(X.column(j)) for j, name in enumerate(X.column_names)}
        _refuse_repeated(X.column_names)
        return _table(arrays, X.num_rows)
    arrays, n_rows = arrow_columns(X)
    return _table(arrays, n_rows)


def _matrix(X, names):
    try:
        X = np.asarray(X)
    except ValueError:
        raise DataError("The rows are not equally long: give every row a value for every column.") from None
    if X.ndim != 2:
        remedy = "; for one column use X.reshape(-1, 1), for one row X.reshape(1, -1)" if X.ndim == 1 else ""
        raise DataError(f"Expected a 2-dimensional array of shape (rows, columns). Got shape {X.shape}{remedy}.")
    if X.dtype.kind not in "fiub":
        X = _object_matrix(X)
    names = [f"x{j}" for j in range(X.shape[1])] if names is None else [str(name) for name in names]
    if len(names) != X.shape[1]:
        raise DataError(f"The array has {X.shape[1]} columns but names for {len(names)}: name each column once.")
    _refuse_repeated(names)
    return MatrixColumns(X, names)


def _object_matrix(X):
    if X.dtype.kind == "O":
        try:
            return X.astype(np.float64)
        except (TypeError, ValueError):
            pass
    raise DataError(
        f"An array of the type {X.dtype} does not hold numbers only: give columns of text as a DataFrame or "
        "an Arrow table."
    )


def _refuse_repeated(names):
    if len(set(names)) < len(names):
        twice = next(name for name in names if list(names).count(name) > 1)
        raise DataError(f"The column name {twice!r} occurs more than once: give every column its own name.")


def _table(arrays, n_rows):
    return TableColumns({name: _categories_as_text(array) for name, array in arrays.items()}, n_rows)


def _one_array(column):
    """Return the single array of a chunked column; only several chunks are copied."""
    if column.num_chunks == 1:
        return column.chunk(0)
    if pa.types.is_string(column.type) and column.nbytes > 2**31 - 1:
        column = column.cast(pa.large_string())  # the offsets of `string` have 32 bits
    joined = column.combine_chunks()
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def _categories_as_text(array):
    """Give a dictionary array whose values are no strings the `str` of its values."""
    if isinstance(array, np.ndarray) or not pa.types.is_dictionary(array.type) or is_text(array.type.value_type):
        return array
    texts = [None if value is None else str(value) for value in array.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(array.indices, pa.array(texts, pa.string()))


def _kind(name, array):
    if isinstance(array, np.ndarray):
        return "number"
    kind = array.type
    if is_number(kind):
        return "number"
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
