"""Text columns as features: one for every level seen in fitting, and one for missing text."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pellucid.tables.notes import N_EXAMPLES
from pellucid.tables.numbers import row_blocks


class TextColumn(NamedTuple):
    """What is remembered of a text column: its sorted levels, and whether text was missing in fitting."""

    name: str
    levels: tuple
    missing: bool

    @property
    def n_features(self):
        return len(self.levels) + self.missing


def fit_text(columns, name, rows):
    """Collect the levels of one text column from the given rows, block by block."""
    levels = set()
    for _, selection in row_blocks(rows, columns.n_rows, 1):
        levels.update(pc.unique(columns.text(name, selection)).to_pylist())
    return TextColumn(name, tuple(sorted(levels - {None})), None in levels)


class TextEncoder:
    """One-hot features of one text column, from feature number `first` on."""

    def __init__(self, column, first):
        self.name = column.name
        self._levels = {kind: pa.array(column.levels, kind) for kind in (pa.string(), pa.large_string())}
        self._first = first
        self._missing = first + len(column.levels) if column.missing else None

    def encode(self, values, X, notes):
        """Write an Arrow array of text into the same rows X of the features, which are zero so far."""
        codes = pc.index_in(values, value_set=self._levels[values.type])
        known = codes.is_valid().to_numpy(zero_copy_only=False)
        X[np.flatnonzero(known), self._first + codes.drop_null().to_numpy()] = 1
        if known.all():
            return
        missing = values.is_null().to_numpy(zero_copy_only=False)
        if self._missing is not None:
            X[missing, self._missing] = 1
        elif missing.any():
            notes.add("missing_text", self.name, missing.sum())
        unseen = ~known & ~missing
        if unseen.any():
            levels = pc.unique(values.filter(pa.array(unseen)))[:N_EXAMPLES].to_pylist()
            notes.add_unseen(self.name, unseen.sum(), levels)
