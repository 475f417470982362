"""Number columns as features: missing values filled with the median, then encoded, and indicators."""

import itertools

import numpy as np

from pellucid.errors import DataError
from pellucid.tables.number_columns import learn_number, probabilities_of
from pellucid.tables.number_encodings import ENCODINGS
from pellucid.tables.quantile_sketch import QuantileSketch
from pellucid.tables.row_blocks import row_number
from pellucid.tables.statistics import Moments

GROUP = 8  # columns learnt at once: 64 MB of values at most, and each row of a matrix is read in whole cache lines


class NumbersLearner:
    """Gathers what a few number columns are encoded by, block by block."""

    def __init__(self, names, encoding, may_miss):
        self.names, self.encoding, self.may_miss = names, encoding, may_miss
        self._moments = Moments(len(names))
        self._sketches = [QuantileSketch() for _ in names]
        self._missing = np.zeros(len(names), dtype=bool)

    def add(self, columns, selection, weights):
        """Take in some rows and what they count."""
        V: np.ndarray = np.asfortranarray(columns.numbers(selection, self.names))  # each column in one run
        missing = ~np.isfinite(V)
        gaps = np.atleast_1d(missing.any(axis=0))
        if gaps.any():
            refuse_infinite(V, self.names, selection)
            if not self.may_miss:
                refuse_missing(missing, self.names, selection)
        self._missing |= gaps
        if self.encoding == "standard":
            # An overflow is no warning here but an error with the column's name, in `learn`.
            with np.errstate(over="ignore", invalid="ignore"):
                self._moments.add(V, weights)
        for j, sketch in enumerate(self._sketches):
            present = ~missing[:, j] if gaps[j] else slice(None)
            sketch.add(V[present, j], None if weights is None else weights[present])

    def learn(self):
        """The columns, described."""
        with np.errstate(over="ignore", invalid="ignore"):
            mean, scale = self._moments.mean, self._moments.scale()
        learnt = []
        for j, name in enumerate(self.names):
            quantiles = self._sketches[j].quantiles(probabilities_of(self.encoding))
            with np.errstate(over="ignore", invalid="ignore"):
                too_wide = not np.isfinite(quantiles.max() - quantiles.min())
            if too_wide or not np.isfinite(mean[j]) or not np.isfinite(scale[j]):
                raise DataError(
                    f"The values of the column '{name}' are too large for their mean and spread to be computed: "
                    "divide them by a constant, or take their logarithm."
                )
            learnt.append(learn_number(self.encoding, name, mean[j], scale[j], quantiles, bool(self._missing[j])))
        return learnt


class NumberEncoder:
    """All number columns at once: the first features are the numbers, the next the indicators."""

    def __init__(self, columns, may_miss):
        self.names = tuple(column.name for column in columns)
        self.may_miss = may_miss
        self.fill = np.array([column.fill for column in columns], dtype=np.float64)
        self.indicated = np.array([j for j, column in enumerate(columns) if column.missing], dtype=np.intp)
        ends = np.cumsum([0, *(column.n_features for column in columns)])
        self.features = tuple(slice(a, b) for a, b in itertools.pairwise(ends.tolist()))  # of each column
        self.n_values = int(ends[-1])
        # As many rows as fill 1 MiB, so that what is computed on the way stays in the cache.
        self._at_once = max(64, 2**17 // max(self.n_values, 1))
        if columns:
            self._encoding = ENCODINGS[type(columns[0])](columns)

    def encode(self, V, X, selection, notes):
        """Write a block V of float64 values into the same rows X of the features, which are zero so far."""
        k = self.n_values
        if not np.isfinite(V).all():
            refuse_infinite(V, self.names, selection)
            missing = np.isnan(V)
            if not self.may_miss:
                refuse_missing(missing, self.names, selection)
            X[:, k : k + len(self.indicated)] = missing[:, self.indicated]
            self._note(missing, notes)
            V = np.where(missing, self.fill, V)
        try:
            with np.errstate(over="raise"):
                for start in range(0, len(V), self._at_once):
                    rows = slice(start, start + self._at_once)
                    X[rows, :k] = self._encoding.apply(V[rows])
        except FloatingPointError:
            self._refuse_too_large(V, X.dtype, selection)

    def slopes(self, V):
        """The derivative (rows, number features) of each number feature by its own column, at the values V."""
        return self._encoding.slopes(V)

    def _note(self, missing, notes):
        counts = missing.sum(axis=0)
        for j in np.flatnonzero(counts):
            notes.add("filled_as_trained" if j in self.indicated else "filled", self.names[j], counts[j])

    def _refuse_too_large(self, V, dtype, selection):
        with np.errstate(over="ignore"):
            i, feature = np.argwhere(~np.isfinite(self._encoding.apply(V).astype(dtype)))[0]
        j = next(j for j, part in enumerate(self.features) if part.start <= feature < part.stop)
        raise DataError(
            f"The value {V[i, j]} of the column '{self.names[j]}' in row {row_number(selection, i)} is too "
            f"large for {dtype}: correct it, or divide the column by a constant."
        ) from None


def refuse_infinite(V, names, selection):
    """Raise a DataError that names the first infinite value; NaN counts as missing and passes."""
    infinite = np.isinf(V)
    if infinite.any():
        i, j = np.argwhere(infinite)[0]
        raise DataError(
            f"The column '{names[j]}' has an infinite value ({V[i, j]}) in row {row_number(selection, i)}: "
            "correct it, or leave it empty so that it counts as missing."
        )


def refuse_missing(missing, names, selection):
    """Raise a DataError for the first missing number, where none may be."""
    if missing.any():
        i, j = np.argwhere(missing)[0]
        raise DataError(
            f"The column '{names[j]}' has no value in row {row_number(selection, i)}, and missing='refuse' takes none: "
            "give a number, or train with missing='median'."
        )
