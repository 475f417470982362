"""From columns to the matrix X of features, by what was learnt from the rows of training."""

from dataclasses import dataclass, field
from itertools import count

import numpy as np

from pellucid.errors import DataError
from pellucid.tables.booleans import BooleanColumn, BooleanEncoder
from pellucid.tables.categories import (
    FrequencyColumn,
    FrequencyEncoder,
    LeftOutColumn,
    OneHotColumn,
    OneHotEncoder,
)
from pellucid.tables.dates import DateColumn, DateEncoder
from pellucid.tables.description import columns_from_dict, columns_to_list, count_features
from pellucid.tables.in_threads import in_threads
from pellucid.tables.notes import Notes
from pellucid.tables.number_columns import NumberColumn
from pellucid.tables.number_spelling import is_number_text
from pellucid.tables.numbers import NumberEncoder
from pellucid.tables.row_blocks import row_blocks

HELD = {"number": "numbers", "text": "text", "boolean": "true and false", "date": "dates"}
ENCODERS = {
    BooleanColumn: BooleanEncoder,
    DateColumn: DateEncoder,
    OneHotColumn: OneHotEncoder,
    FrequencyColumn: FrequencyEncoder,
}


@dataclass(frozen=True)
class TableEncoder:
    """A fixed rule from named columns to features; made by `fit_encoder` or `from_dict`.

    Features are in this order: the numbers, encoded and with the median in place of missing values; a 0/1 indicator
    for each number column that had missing values in fitting; then the features of every other column, in the order of
    the columns, an indicator of missing values last. Features have distinct names: where a column is called what a
    feature would be, as `a is missing` may be, the latter is numbered.

    Attributes
    ----------
    columns : tuple
        What was learnt of each column, in the order of the columns.
    number_encoding, missing : str
        As in `EncoderOptions`.
    column_names, feature_names : tuples of str
    feature_sources : tuple of str
        The column that each feature comes from.
    numbers : NumberEncoder
        Of all number columns; `numbers.features` says which features each has.
    n_features : int

    Examples
    --------
    >>> import pyarrow as pa
    >>> from pellucid.tables.columns import as_columns
    >>> from pellucid.tables.encoder_fitting import fit_encoder
    >>> columns = as_columns(pa.table({"size": [1.0, 3.0, None], "town": ["Rome", "Bern", "Rome"]}))
    >>> encoder = fit_encoder(columns)
    >>> X, notes = encoder.encode(columns, dtype="float64")
    >>> X
    array([[-1.,  0.,  0.,  1.],
           [ 1.,  0.,  1.,  0.],
           [ 0.,  1.,  0.,  1.]])
    >>> TableEncoder.from_dict(encoder.to_dict()) == encoder
    True
    """

    columns: tuple
    number_encoding: str = "standard"
    missing: str = "median"
    column_names: tuple = field(init=False, compare=False)
    feature_names: tuple = field(init=False, compare=False)
    feature_sources: tuple = field(init=False, compare=False)
    n_features: int = field(init=False, compare=False)
    numbers: NumberEncoder = field(init=False, compare=False, repr=False)
    _others: tuple = field(init=False, compare=False, repr=False)

    def __post_init__(self):
        numbers = [column for column in self.columns if isinstance(column, NumberColumn)]
        others = [column for column in self.columns if not isinstance(column, NumberColumn | LeftOutColumn)]
        features = _features(numbers, others)
        encoders, first = [], count_features(numbers)
        for column in others:
            encoders.append(ENCODERS[type(column)](column, first))
            first += column.n_features
        self._set(
            column_names=tuple(column.name for column in self.columns),
            feature_names=tuple(name for name, _ in features),
            feature_sources=tuple(source for _, source in features),
            n_features=len(features),
            numbers=NumberEncoder(numbers, self.missing == "median"),
            _others=tuple(encoders),
        )

    def _set(self, **attributes):
        for name, value in attributes.items():
            object.__setattr__(self, name, value)

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
        X = np.empty((n_rows, self.n_features), dtype=dtype)
        blocks = row_blocks(rows, n_rows, len(self.numbers.names))
        for of_block in in_threads(lambda block: self._encode_block(columns, block, X), blocks):
            notes.merge(of_block)
        return X, notes

    def _encode_block(self, columns, block, X):
        """Write the features of a block of rows into their place in X; return the notes on them."""
        start, selection = block
        stop = selection.stop if isinstance(selection, slice) else start + len(selection)
        X, notes, names = X[start:stop], Notes(), self.numbers.names
        X[:] = 0
        if names:
            self.numbers.encode(columns.numbers(selection, names), X, selection, notes)
        for other in self._others:
            other.encode(columns, selection, X, notes)
        return notes

    def _match(self, columns):
        """Refuse missing columns and other kinds; return the names of the extra columns."""
        used = [column for column in self.columns if not isinstance(column, LeftOutColumn)]
        missing = [column.name for column in used if column.name not in columns.kinds]
        if missing:
            listed = ", ".join(map(repr, missing))
            some = "A column" if len(missing) == 1 else f"{len(missing)} columns"
            raise DataError(f"{some} of training cannot be found: {listed}; add or rename columns.")
        for column in used:
            expected, *also = kinds_of(column)
            found = columns.kinds[column.name]
            if found != expected and found not in also and not columns.all_missing(column.name):
                raise _other_kind(columns, column.name, expected)
        known = set(self.column_names)
        return tuple(name for name in columns.names if name not in known)

    def to_dict(self):
        """Describe the encoder in plain JSON types; floats survive exactly."""
        rule = {"number_encoding": self.number_encoding, "missing": self.missing}
        return rule | {"columns": columns_to_list(self.columns)}

    @classmethod
    def from_dict(cls, d):
        """Make the encoder that `to_dict` described; any deviation from that form is a DataError."""
        return cls(*columns_from_dict(d))


def kinds_of(column):
    """What a column of training may hold: first the kind that it held, then what can stand for it.

    Truth values count as the numbers 0 and 1; the numbers 0 and 1 count as truth values. Text may spell dates.
    """
    if isinstance(column, NumberColumn):
        return ("number", "boolean")
    if isinstance(column, BooleanColumn):
        return ("boolean", "number")
    if isinstance(column, DateColumn):
        return ("date", "text")
    return ("number", "boolean") if column.of == "number" else ("text",)


def _features(numbers, others):
    """List (feature name, column name) in the order of the features; the names are distinct."""
    features = []
    for column in numbers:
        n = column.n_features
        names = [column.name] if n == 1 else [f"{column.name} bin {t}" for t in range(1, n + 1)]
        features += [(name, column.name) for name in names]
    features += [(f"{column.name} is missing", column.name) for column in numbers if column.missing]
    features += [(name, column.name) for column in others for name in column.feature_names()]
    names = [name for name, _ in features]
    if len(set(names)) == len(names):
        return features
    known, taken, last = set(names), set(), {}
    for i, (name, source) in enumerate(features):
        if name in taken:
            # The numbers up to the last one of this name are given away already.
            k = next(k for k in count(last.get(name, 1) + 1) if f"{name} ({k})" not in known)
            last[name] = k
            name = f"{name} ({k})"
        known.add(name)
        taken.add(name)
        features[i] = (name, source)
    return features


def _other_kind(columns, name, expected):
    row, value = columns.example(name)
    if expected == "number" and columns.kinds[name] == "text":
        values = columns.text(name, slice(None)).to_pylist()
        odd = [i for i, text in enumerate(values) if text is not None and not is_number_text(text)]
        row = odd[0] if odd else row
        value = values[row]
    found = HELD[columns.kinds[name]]
    return DataError(
        f"The column '{name}' held {HELD[expected]} in training but holds {found} now (for example {value!r} "
        f"in row {row}): give the same kind of values as in training."
    )
