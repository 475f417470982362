"""Columns of booleans as features: 0 or 1, and one for missing values."""

from typing import NamedTuple

import numpy as np

from pellucid.errors import DataError
from pellucid.tables.row_blocks import row_number


class BooleanColumn(NamedTuple):
    """What is remembered of a column of booleans: whether values were missing in fitting."""

    name: str
    missing: bool

    @property
    def n_features(self):
        return 1 + self.missing

    def describe(self):
        return "z = 1 if true, 0 if false"

    def feature_names(self):
        return (self.name, *([f"{self.name} is missing"] if self.missing else []))


class BooleanLearner:
    """Gathers what a column of booleans is encoded by."""

    def __init__(self, name):
        self.name, self._missing = name, False

    def add(self, columns, selection, weights):
        self._missing |= bool(np.isnan(columns.numbers(selection, (self.name,))).any())

    def learn(self):
        return [BooleanColumn(self.name, self._missing)]


class BooleanEncoder:
    """The features of one column of booleans, from feature number `first` on; numbers 0 and 1 are taken as such."""

    def __init__(self, column, first):
        self.column, self._first = column, first

    def encode(self, columns, selection, X, notes):
        """Write the features of some rows into X, which is zero so far; a missing value counts as false."""
        v = columns.numbers(selection, (self.column.name,))[:, 0]
        missing = np.isnan(v)
        other = ~missing & (v != 0) & (v != 1)
        if other.any():
            i = int(np.argmax(other))
            raise DataError(
                f"The column '{self.column.name}' held true and false in training but holds {v[i]:g} in row "
                f"{row_number(selection, i)} now: write true, false, 1 or 0."
            )
        X[:, self._first] = np.where(missing, 0, v)
        if self.column.missing:
            X[:, self._first + 1] = missing
        elif missing.any():
            notes.add("missing_boolean", self.column.name, missing.sum())
