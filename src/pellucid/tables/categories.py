"""Columns of categories as features: one for each level, or the frequency of the level; and one for missing values."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pellucid.tables.notes import N_EXAMPLES
from pellucid.tables.number_columns import standardised


class OneHotColumn(NamedTuple):
    """What is remembered of a category: its levels, sorted, and those too rare for a feature of their own."""

    name: str
    of: str  # "text", or "number" where numbers are names
    levels: tuple[str, ...]
    rare: tuple[str, ...]
    missing: bool  # whether values were missing in fitting

    @property
    def n_features(self):
        return len(self.levels) + bool(self.rare) + self.missing

    def describe(self):
        together = ", one for rare and unseen levels together" if self.rare else ""
        return f"1 in the place of its level, 0 in the others{together}"

    def feature_names(self):
        names = [f"{self.name}={level}" for level in self.levels]
        names += [f"{self.name} is rare"] if self.rare else []
        return (*names, *([f"{self.name} is missing"] if self.missing else []))


MOST_LISTED = 4_096  # levels of a frequency column: the description stays small


class FrequencyColumn(NamedTuple):
    """What is remembered of a category of very many levels: how large a share of the rows each was in fitting.

    z = (share of the level - mean) / scale; `rest` is the share of a level that is not listed, unseen ones included.
    """

    name: str
    of: str
    levels: tuple[str, ...]
    shares: tuple[float, ...]
    rest: float
    mean: float
    scale: float
    missing: bool

    @property
    def n_features(self):
        return 1 + self.missing

    def describe(self):
        return f"z = {standardised('share of the level', self.mean, self.scale)}"

    def feature_names(self):
        return (f"frequency of {self.name}", *([f"{self.name} is missing"] if self.missing else []))


class LeftOutColumn(NamedTuple):
    """A column that teaches nothing, as names of persons or numbers of orders; it has no features."""

    name: str
    reason: str

    @property
    def n_features(self):
        return 0

    def describe(self):
        return "left out: an identifier teaches nothing"

    def feature_names(self):
        return ()


IDENTIFIER = "identifier"


class CategoryEncoder:
    """Finds the level of each value, and tells which are missing and which were not seen in fitting."""

    counts_as: str  # what an unseen level does
    or_rare = False  # whether a level of training may be unknown too
    counted_in: str  # the notes on missing values that training did not have

    def __init__(self, column, first, levels):
        self.column, self._first = column, first
        self._levels = {kind: pa.array(levels, kind) for kind in (pa.string(), pa.large_string())}

    def _codes(self, columns, selection, notes):
        """Return the places of the known levels (rows,), -1 for others; which are missing, and which are unseen."""
        values = columns.text(self.column.name, selection)
        codes = pc.index_in(values, value_set=self._levels[values.type])
        if codes.null_count == 0:
            none = np.zeros(len(values), dtype=bool)
            return codes.to_numpy(), none, none
        codes = pc.fill_null(codes, -1).to_numpy()
        missing = values.is_null().to_numpy(zero_copy_only=False)
        unseen = (codes < 0) & ~missing
        if unseen.any():
            levels = pc.unique(values.filter(pa.array(unseen)))[:N_EXAMPLES].to_pylist()
            notes.add_unseen(self.column.name, unseen.sum(), levels, self.counts_as, self.or_rare)
        if not self.column.missing and missing.any():
            notes.add(self.counted_in, self.column.name, missing.sum())
        return codes, missing, unseen


class OneHotEncoder(CategoryEncoder):
    """The features of one category, from feature number `first` on: unseen levels count as rare ones, if there are."""

    counted_in = "missing_text"

    def __init__(self, column, first):
        super().__init__(column, first, (*column.levels, *column.rare))
        self.counts_as = "a rare level" if column.rare else "none of the known levels"

    def encode(self, columns, selection, X, notes):
        """Write the features of some rows into X, which is zero so far."""
        codes, missing, unseen = self._codes(columns, selection, notes)
        n = len(self.column.levels)
        if self.column.rare:
            codes = np.minimum(np.where(unseen, n, codes), n)
        known = np.flatnonzero(codes >= 0) if codes.min(initial=0) < 0 else np.arange(len(codes))
        X[known, self._first + codes[known]] = 1
        if self.column.missing:
            X[missing, self._first + n + bool(self.column.rare)] = 1


class FrequencyEncoder(CategoryEncoder):
    """The features of one category of very many levels; a missing value counts as an average one."""

    counts_as, counted_in = "a rare level", "missing_frequency"

    def __init__(self, column, first):
        super().__init__(column, first, column.levels)
        self.or_rare = len(column.levels) >= MOST_LISTED
        shares = np.array([*column.shares, column.rest, column.mean])
        self._z = (shares - column.mean) / column.scale

    def encode(self, columns, selection, X, notes):
        """Write the features of some rows into X, which is zero so far."""
        codes, missing, unseen = self._codes(columns, selection, notes)
        n = len(self.column.levels)
        X[:, self._first] = self._z[np.where(missing, n + 1, np.where(unseen, n, codes))]
        if self.column.missing:
            X[:, self._first + 1] = missing
