"""Which levels of a category get features: learnt from how often each occurs."""

import hashlib

import numpy as np
import pyarrow.compute as pc

from pellucid.tables.categories import IDENTIFIER, FrequencyColumn, LeftOutColumn, OneHotColumn
from pellucid.tables.inspection import is_identifier

VERY_MANY = 10  # times max_categories: beyond, the frequency of the level is all that is told of it
MOST_COUNTED = 100_000  # levels, of some 100 bytes each
MOST_HASHES = 4_096
MOST_LISTED = 4_096  # levels of a frequency column: the description stays small


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

    The first 100,000 levels are counted one by one; of the others how many there are is estimated.
    """

    def __init__(self, name, of, options, *, chosen):
        self.name, self._of, self._options, self._chosen = name, of, options, chosen
        self._weights = {}
        self._n_values = 0
        self._others = 0.0
        self._other_levels = DistinctCount()
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
        others = []
        for level, weight in zip(coded.dictionary.to_pylist(), counted.tolist(), strict=True):
            if level in self._weights or len(self._weights) < MOST_COUNTED:
                self._weights[level] = self._weights.get(level, 0.0) + weight
            else:
                others.append(level)
                self._others += weight
        self._other_levels.add(others)

    def learn(self):
        """The column, described: by frequencies, by levels, or left out as an identifier."""
        n_levels = len(self._weights) + self._other_levels.estimate()
        if not self._chosen and is_identifier(n_levels, self._n_values):
            return [LeftOutColumn(self.name, IDENTIFIER)]
        total = sum(self._weights.values()) + self._others
        # The most frequent first; of equally frequent ones the first by name, so that the order of rows is no matter.
        ordered = sorted(self._weights, key=lambda level: (-self._weights[level], level))
        if n_levels > VERY_MANY * self._options.max_categories:
            return [self._by_frequency(ordered, total)]
        rarest = self._options.min_frequency * total * (1 - 1e-9)  # 0.1 + 0.2 is as much as 0.3
        frequent = [level for level in ordered if self._weights[level] >= rarest][: self._options.max_categories]
        rare = set(ordered) - set(frequent)
        return [OneHotColumn(self.name, self._of, tuple(sorted(frequent)), tuple(sorted(rare)), self._missing)]

    def _by_frequency(self, ordered, total):
        listed, others = sorted(ordered[:MOST_LISTED]), ordered[MOST_LISTED:]
        shares = np.array([self._weights[level] for level in listed]) / total
        n_rest = len(others) + self._other_levels.estimate()
        of_rest = (sum(self._weights[level] for level in others) + self._others) / total
        rest = of_rest / n_rest if n_rest else float(shares.min())
        mean = float(shares @ shares + of_rest * rest)
        variance = float(shares @ (shares - mean) ** 2 + of_rest * (rest - mean) ** 2)
        scale = np.sqrt(variance) or 1.0
        return FrequencyColumn(
            self.name, self._of, tuple(listed), tuple(shares.tolist()), rest, mean, float(scale), self._missing
        )
