"""Quantiles of a column that arrives block by block: exact up to a million values, beyond that a bounded summary."""

import numpy as np

from pellucid.tables.statistics import weighted_quantiles

MOST_EXACT = 1_000_000  # values: 8 MB a column
SUMMARY_SIZE = 16_384  # values of a summary, each standing for the same weight


class QuantileSketch:
    """Weighted quantiles of values given in blocks; two sketches can be merged.

    Up to 1,000,000 values all are kept. Beyond that every block becomes a summary of 16,384 values, each standing for
    an equal share of its weight W_b: the rank of a value in it is wrong by at most W_b / (2 * 16,384). Two summaries of
    2^l blocks become one of 2^(l+1), which adds as much again, so after n blocks no rank is wrong by more than `error`
    = (floor(log2 n) + 1) / (2 * 16,384) of the whole weight: 0.05 % for a thousand million rows in blocks of 65,536.
    The least and the greatest value are exact. The same blocks in the same order give the same numbers.

    Source
    ------
    Munro and Paterson (1980), Selection and sorting with limited storage, Theoretical Computer Science 12: merging
    and halving sorted samples; Manku, Rajagopalan and Lindsay (1998), Approximate medians and other quantiles in one
    pass and with limited memory, SIGMOD.

    Examples
    --------
    >>> sketch = QuantileSketch()
    >>> sketch.add(np.array([4.0, 1.0]))
    >>> sketch.add(np.array([3.0, 2.0]))
    >>> sketch.quantiles([0.0, 0.5, 1.0]), sketch.error
    (array([1. , 2.5, 4. ]), 0.0)
    """

    def __init__(self):
        self.n_values = 0
        self._blocks = []  # (values, weights or None), as long as all values are kept
        self._summaries = []  # at l the summary of 2^l blocks, or None
        self._ends = (np.inf, -np.inf)

    @property
    def error(self):
        """The largest error of a rank, as a share of the whole weight."""
        return len(self._summaries) / (2 * SUMMARY_SIZE)

    def add(self, values, weights=None):
        """Take in a block of values without NaN, kept as it is, and their weights > 0."""
        if len(values) == 0:
            return
        self._widen(values.min(), values.max())
        self.n_values += len(values)
        self._blocks.append((values, weights))
        self._summarise_if_many()

    def merge(self, other):
        """Take in all that another sketch has seen."""
        self._widen(*other._ends)
        self.n_values += other.n_values
        self._blocks += other._blocks
        for level, summary in enumerate(other._summaries):
            if summary is not None:
                self._carry(summary, level)
        self._summarise_if_many()

    def quantiles(self, probabilities):
        """The values with these shares of the weight at or below them; 0.0 if there are no values.

        Parameters
        ----------
        probabilities : sequence of numbers in [0, 1]

        Returns
        -------
        array of shape (len(probabilities),)
        """
        if self.n_values == 0:
            return np.zeros(len(probabilities))
        parts = [*self._blocks, *(summary for summary in self._summaries if summary is not None)]
        weighted = any(weights is not None for _, weights in parts)
        values = parts[0][0] if len(parts) == 1 else np.concatenate([values for values, _ in parts])
        weights = np.concatenate([_weights(*part) for part in parts]) if weighted else None
        found = weighted_quantiles(values, probabilities, weights)
        # A summary begins and ends a little inside; exact ones do not, and are not changed by this.
        p = np.asarray(probabilities)
        return np.where(p <= 0, self._ends[0], np.where(p >= 1, self._ends[1], found))

    def _widen(self, least, greatest):
        self._ends = (min(self._ends[0], float(least)), max(self._ends[1], float(greatest)))

    def _summarise_if_many(self):
        if self._summaries or self.n_values > MOST_EXACT:
            blocks, self._blocks = self._blocks, []
            for block in blocks:
                self._carry(_summary(*block), 0)

    def _carry(self, summary, level):
        """Put a summary of 2^level blocks in its place, merging as in adding 1 to a binary number."""
        while level < len(self._summaries) and self._summaries[level] is not None:
            first, self._summaries[level] = self._summaries[level], None
            # Of two halves that are alike every middle lies between two values: the lower on one level, on the next the
            # upper, so that the errors of levels do not add up.
            values, weights = (np.concatenate(pair) for pair in zip(first, summary, strict=True))
            summary = _summary(values, weights, upper=level % 2 == 0)
            level += 1
        self._summaries += [None] * (level + 1 - len(self._summaries))
        self._summaries[level] = summary


def _weights(values, weights):
    return np.ones(len(values)) if weights is None else weights


def _summary(values, weights=None, *, upper=False):
    """Reduce to SUMMARY_SIZE values of equal weight, each from the middle of its share."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(_weights(values, weights)[order])
    middles = (np.arange(SUMMARY_SIZE) + 0.5) / SUMMARY_SIZE * below[-1]
    chosen = np.minimum(np.searchsorted(below, middles, "right" if upper else "left"), len(values) - 1)
    return values[order[chosen]], np.full(SUMMARY_SIZE, below[-1] / SUMMARY_SIZE)
