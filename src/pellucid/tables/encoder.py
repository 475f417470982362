"""From columns to the matrix X of features, by what was learnt from the rows of training."""

from dataclasses import dataclass, field
from itertools import count

import numpy as np

from pellucid.errors import DataError
from pellucid.tables.categories import TextColumn, TextEncoder, fit_text
from pellucid.tables.description import columns_from_dict, columns_to_list
from pellucid.tables.inspection import is_number_text
from pellucid.tables.notes import Notes
from pellucid.tables.numbers import NumberColumn, NumberEncoder, fit_numbers, row_blocks

HELD = {"number": "numbers", "text": "text"}


@dataclass(frozen=True)
class TableEncoder:
    """A fixed rule from named columns to features; made by `fit` or `from_dict`.

    Features are in this order: the numbers, standardised and with the median in place of missing values; a
    0/1 indicator for each number column that had missing values in fitting; for each text column one 0/1
    feature per level, levels sorted, and one for missing text if it occurred in fitting. Features have distinct
    names: where a column is called what a feature would be, as `a is missing` may be, the latter is numbered.

    Attributes
    ----------
    columns : tuple of NumberColumn and TextColumn
        What was learnt of each column, in the order of the columns.
    standardise : bool
        Whether `fit` standardised the numbers.
    column_names, feature_names : tuples of str
    feature_sources : tuple of str
        The column that each feature comes from.
    n_features : int

    Examples
    --------
    >>> import pyarrow as pa
    >>> from pellucid.tables.columns import as_columns
    >>> columns = as_columns(pa.table({"size": [1.0, 3.0, None], "town": ["Rome", "Bern", "Rome"]}))
    >>> encoder = TableEncoder.fit(columns)
    >>> encoder.feature_names
    ('size', 'size is missing', 'town=Bern', 'town=Rome')
    >>> X, notes = encoder.encode(columns, dtype="float64")
    >>> X
    array([[-1.,  0.,  0.,  1.],
           [ 1.,  0.,  1.,  0.],
           [ 0.,  1.,  0.,  1.]])
    >>> TableEncoder.from_dict(encoder.to_dict()) == encoder
    True
    """

    columns: tuple
    standardise: bool = True
    column_names: tuple = field(init=False, compare=False)
    feature_names: tuple = field(init=False, compare=False)
    feature_sources: tuple = field(init=False, compare=False)
    n_features: int = field(init=False, compare=False)
    _numbers: NumberEncoder = field(init=False, compare=False, repr=False)
    _texts: tuple = field(init=False, compare=False, repr=False)

    def __post_init__(self):
        numbers = [column for column in self.columns if isinstance(column, NumberColumn)]
        texts = [column for column in self.columns if isinstance(column, TextColumn)]
        features = _features(numbers, texts)
        encoders, first = [], len(numbers) + sum(column.missing for column in numbers)
        for column in texts:
            encoders.append(TextEncoder(column, first))
            first += column.n_features
        self._set(
            column_names=tuple(column.name for column in self.columns),
            feature_names=tuple(name for name, _ in features),
            feature_sources=tuple(source for _, source in features),
            n_features=len(features),
            _numbers=NumberEncoder(numbers),
            _texts=tuple(encoders),
        )

    def _set(self, **attributes):
        for name, value in attributes.items():
            object.__setattr__(self, name, value)

    @classmethod
    def fit(cls, columns, *, rows=None, weights=None, standardise=True):
        """Learn from the given rows, in blocks; statistics are in float64.

        Parameters
        ----------
        columns : Columns
        rows : int array, optional
            All rows unless given.
        weights : array aligned with `rows`, optional
            Greater than 0; a weight of 2 means the row twice.
        standardise : bool
            False leaves numbers as they are; missing ones are still filled.

        Returns
        -------
        TableEncoder

        Raises
        ------
        DataError
            If there are no rows, or for an infinite or too large value, naming the column.
        """
        rows = None if rows is None else np.asarray(rows, dtype=np.intp)
        weights = None if weights is None else np.asarray(weights, dtype=np.float64)
        if (columns.n_rows if rows is None else len(rows)) == 0:
            raise DataError("There are no rows to learn from: give a table with at least one row.")
        numbers = {column.name: column for column in fit_numbers(columns, rows, weights, standardise)}
        learnt = (numbers.get(name) or fit_text(columns, name, rows) for name in columns.names)
        return cls(tuple(learnt), bool(standardise))

    def encode(self, columns, *, dtype, rows=None):
        """Write the features of all rows, or of the given ones; columns are matched by name.

        Parameters
        ----------
        columns : Columns
            In any order; columns that were not in fitting are left aside.
        dtype : "float32" or "float64"
        rows : int array, optional

        Returns
        -------
        X : C-contiguous array of shape (rows, n_features)
        notes : Notes

        Raises
        ------
        DataError
            For missing columns, columns of another kind than in fitting, and infinite or too large values.
        """
        notes = Notes(extra=self._match(columns))
        rows = None if rows is None else np.asarray(rows, dtype=np.intp)
        n_rows = columns.n_rows if rows is None else len(rows)
        X = np.zeros((n_rows, self.n_features), dtype=dtype)
        names = self._numbers.names
        for start, selection in row_blocks(rows, n_rows, len(names)):
            stop = selection.stop if isinstance(selection, slice) else start + len(selection)
            block = X[start:stop]
            if names:
                self._numbers.encode(columns.numbers(selection, names), block, selection, notes)
            for text in self._texts:
                text.encode(columns.text(text.name, selection), block, notes)
        return X, notes

    def _match(self, columns):
        """Refuse missing columns and other kinds; return the names of the extra columns."""
        if columns.names == self.column_names and columns.text_names == tuple(t.name for t in self._texts):
            return ()
        missing = [name for name in self.column_names if name not in columns.kinds]
        if missing:
            listed = ", ".join(map(repr, missing))
            some = "A column" if len(missing) == 1 else f"{len(missing)} columns"
            raise DataError(f"{some} of training cannot be found: {listed}; add or rename columns.")
        for column in self.columns:
            expected = "number" if isinstance(column, NumberColumn) else "text"
            if columns.kinds[column.name] != expected and not columns.all_missing(column.name):
                raise _other_kind(columns, column.name, expected)
        return tuple(name for name in columns.names if name not in set(self.column_names))

    def to_dict(self):
        """Describe the encoder in plain JSON types; floats survive exactly."""
        return {"standardise": self.standardise, "columns": columns_to_list(self.columns)}

    @classmethod
    def from_dict(cls, d):
        """Make the encoder that `to_dict` described; any deviation from that form is a DataError."""
        return cls(*columns_from_dict(d))


def _features(numbers, texts):
    """List (feature name, column name) in the order of the features; the names are distinct."""
    features = [(column.name, column.name) for column in numbers]
    features += [(f"{column.name} is missing", column.name) for column in numbers if column.missing]
    for column in texts:
        features += [(f"{column.name}={level}", column.name) for level in column.levels]
        if column.missing:
            features.append((f"{column.name} is missing", column.name))
    names = [name for name, _ in features]
    if len(set(names)) == len(names):
        return features
    taken = set()
    for i, (name, source) in enumerate(features):
        distinct = name if name not in taken else next(n for k in count(2) if (n := f"{name} ({k})") not in names)
        names[i] = distinct
        taken.add(distinct)
        features[i] = (distinct, source)
    return features


def _other_kind(columns, name, expected):
    row, value = columns.example(name)
    if expected == "number":
        values = columns.text(name, slice(None)).to_pylist()
        odd = (i for i, text in enumerate(values) if text is not None and not is_number_text(text))
        row = next(odd, row)
        value = values[row]
    found = HELD[columns.kinds[name]]
    return DataError(
        f"The column '{name}' held {HELD[expected]} in training but holds {found} now (for example {value!r} "
        f"in row {row}): give the same kind of values as in training."
    )
