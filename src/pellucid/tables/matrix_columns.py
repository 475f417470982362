"""The columns of a matrix of numbers: a NumPy array, or a sparse matrix of SciPy."""

import numpy as np
from scipy.sparse import issparse

from pellucid.errors import DataError
from pellucid.tables.columns_base import Columns, refuse_repeated
from pellucid.tables.number_texts import number_texts


class MatrixColumns(Columns):
    """The columns of a numeric NumPy matrix."""

    def __init__(self, X, names):
        super().__init__(X.shape[0], dict.fromkeys(names, "number"))
        self._X = X
        self._positions = {name: j for j, name in enumerate(names)}

    def numbers(self, rows, names):
        if names == self.names:
            return self._X[rows].astype(np.float64, copy=False)
        selected = [self._positions[name] for name in names]
        X = self._X[rows][:, selected] if isinstance(rows, slice) else self._X[np.ix_(rows, selected)]
        return X.astype(np.float64, copy=False)

    def dates(self, name, rows):
        return np.full(self._X[rows].shape[0], "NaT", dtype="datetime64[us]")  # asked for only if all are missing

    def text(self, name, rows):
        return number_texts(self.numbers(rows, (name,))[:, 0])

    def all_missing(self, name):
        return bool(np.isnan(self.numbers(slice(None), (name,))).all())

    def example(self, name):
        values = self.numbers(slice(None), (name,))[:, 0]
        row = int(np.argmax(~np.isnan(values)))
        return row, float(values[row])


class SparseColumns(MatrixColumns):
    """The columns of a sparse matrix: dense where, and only while, they are asked for. What is not stored is 0."""

    def __init__(self, X, names):
        super().__init__(X.tocsr(), names)
        self._by_column = None  # made when single columns are asked for, as medians do

    def numbers(self, rows, names):
        if names == self.names:
            return self._X[rows].toarray().astype(np.float64, copy=False)
        if self._by_column is None:
            self._by_column = self._X.tocsc()
        selected = [self._positions[name] for name in names]
        return self._by_column[:, selected].toarray()[rows].astype(np.float64, copy=False)


def names_by_position(n):
    """What columns without names are called.

    >>> names_by_position(2)
    ['x0', 'x1']
    """
    return [f"x{j}" for j in range(n)]


def matrix_columns(X, names):
    """View a matrix, or rows that make one, as `Columns` of these names; x0, x1, ... for None."""
    try:
        X = X if issparse(X) else np.asarray(X)
    except ValueError:
        raise DataError("The rows are not equally long: give every row a value for every column.") from None
    if X.ndim != 2:
        remedy = "; for one column use X.reshape(-1, 1), for one row X.reshape(1, -1)" if X.ndim == 1 else ""
        raise DataError(f"Expected a 2-dimensional array of shape (rows, columns). Got shape {X.shape}{remedy}.")
    if X.dtype.kind not in "fiub":
        X = _object_matrix(X)
    names = names_by_position(X.shape[1]) if names is None else [str(name) for name in names]
    if len(names) != X.shape[1]:
        raise DataError(f"The array has {X.shape[1]} columns but names for {len(names)}: name each column once.")
    refuse_repeated(names)
    return SparseColumns(X, names) if issparse(X) else MatrixColumns(X, names)


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
