"""Which levels of a category get features: learnt from how often each occurs."""

import hashlib

import numpy as np
import pyarrow.compute as pc

from pellucid.errors import DataError
from pellucid.tables.categories import IDENTIFIER, MOST_LISTED, FrequencyColumn, LeftOutColumn, OneHotColumn
from pellucid.tables.inspection import is_identifier
from pellucid.tables.number_texts import LARGEST_EXACT

VERY_MANY = 10  # times max_categories: beyond, the frequency of the level is all that is told of it
MOST_COUNTED = 200_000  # levels, of some 100 bytes each
MOST_HASHES = 4_096


class DistinctCount:
    """How many different texts there were: exact up to 4,096, then with a standard error of 1.6 %.

    The k-th smallest of n hashes, evenly spread over [0, 1), lies near k/n, so n is near (k - 1) / that hash.

    Source
    ------
    Bar-Yossef, Jayram, Kumar, Sivakumar and Trevisan (2002), Counting distinct elements in a data stream, RANDOM.
    """

    def __init__(self):
        self._smallest = np.empty(0, dtype=np.uint64)

    def add(self, texts):
        if texts:
            hashes = [int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) for text in texts]
            together = np.concatenate([self._smallest, np.array(hashes, dtype=np.uint64)])
            self._smallest = np.unique(together)[:MOST_HASHES]

    def estimate(self):
        if len(self._smallest) < MOST_HASHES:
            return len(self._smallest)
        return round((MOST_HASHES - 1) / (float(self._smallest[-1]) / 2.0**64))


class CategoryLearner:
    """Counts the levels of one category, in rows and in weight.

    Beyond 200,000 levels the rarer ones are forgotten at the end of a block, so that 100,000 are left, and how many
    there were is estimated. A level that comes back counts from there on: too little by what it had when it was
    forgotten, at most the 100,000th part of the weight of the rows before.

    Source
    ------
    Manku and Motwani (2002), Approximate frequency counts over data streams, VLDB: counting with pruning.
    """

    def __init__(self, name, of, options, *, chosen):
        self.name, self._of, self._options, self._chosen = name, of, options, chosen
        self._weights = {}
        self._n_values = 0
        self._forgotten = 0.0  # the weight of rows whose level is
        self._all_levels = None  # a DistinctCount, once levels are forgotten
        self._missing = False

    def add(self, columns, selection, weights):
        """Take in some rows and what they count."""
        values = columns.text(self.name, selection)
        coded = pc.dictionary_encode(values)
        present = coded.is_valid().to_numpy(zero_copy_only=False)
        self._missing |= not present.all()
        self._n_values += int(present.sum())
        codes = coded.indices.drop_null().to_numpy()
        counted = np.bincount(codes, None if weights is None else weights[present], len(coded.dictionary))
        levels = coded.dictionary.to_pylist()
        for level, weight in zip(levels, counted.tolist(), strict=True):
            self._weights[level] = self._weights.get(level, 0.0) + weight
        if self._all_levels is not None:
            self._all_levels.add(levels)
        if len(self._weights) > MOST_COUNTED:
            self._forget_rare()

    def _forget_rare(self):
        if self._all_levels is None:
            self._all_levels = DistinctCount()
            self._all_levels.add(self._weights)
        ordered = self._by_weight()
        kept, forgotten = ordered[: MOST_COUNTED // 2], ordered[MOST_COUNTED // 2 :]
        self._forgotten += sum(self._weights[level] for level in forgotten)
        self._weights = {level: self._weights[level] for level in kept}

    def _by_weight(self):
        """The heaviest first; of equal ones the first by name, so that the order in which they came is no matter."""
        return sorted(self._weights, key=lambda level: (-self._weights[level], level))

    def learn(self):
        """The column, described: by frequencies, by levels, or left out as an identifier."""
        n_levels = len(self._weights)
        if self._all_levels is not None:
            n_levels = max(n_levels, self._all_levels.estimate())
        if not self._chosen and is_identifier(n_levels, self._n_values):
            return [LeftOutColumn(self.name, IDENTIFIER)]
        if self._of == "number":
            _refuse_inexact(self.name, self._weights)
        total = sum(self._weights.values()) + self._forgotten
        ordered = self._by_weight()
        if n_levels > VERY_MANY * self._options.max_categories:
            return [self._by_frequency(ordered, n_levels, total)]
        rarest = self._options.min_frequency * total * (1 - 1e-9)  # 0.1 + 0.2 is as much as 0.3
        frequent = [level for level in ordered if self._weights[level] >= rarest][: self._options.max_categories]
        rare = set(ordered) - set(frequent)
        return [OneHotColumn(self.name, self._of, tuple(sorted(frequent)), tuple(sorted(rare)), self._missing)]

    def _by_frequency(self, ordered, n_levels, total):
        listed, others = sorted(ordered[:MOST_LISTED]), ordered[MOST_LISTED:]
        shares = np.array([self._weights[level] for level in listed]) / total
        n_rest = n_levels - len(listed)
        of_rest = (sum(self._weights[level] for level in others) + self._forgotten) / total
        rest = of_rest / n_rest if n_rest else float(shares.min())
        mean = float(shares @ shares + of_rest * rest)
        variance = float(shares @ (shares - mean) ** 2 + of_rest * (rest - mean) ** 2)
        scale = np.sqrt(variance) or 1.0
        return FrequencyColumn(
            self.name, self._of, tuple(listed), tuple(shares.tolist()), rest, mean, float(scale), self._missing
        )


def _refuse_inexact(name, levels):
    """Refuse whole numbers that were read as another one: from 2^53 on, float64 has not all of them."""
    inexact = next((level for level in levels if abs(float(level)) >= LARGEST_EXACT), None)
    if inexact is not None:
        raise DataError(
            f"The column '{name}' is a category of numbers as large as {float(inexact):.17g}, and from 2^53 on some "
            "cannot be told apart: write them as text."
        )
