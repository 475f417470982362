"""What encoding a table had to do that its reader should know."""

from dataclasses import dataclass, field
from typing import NamedTuple

N_EXAMPLES = 3


NO_LEVEL = "none of the known levels"


class Unseen(NamedTuple):
    """How many rows have a level that training did not have, and the first few such levels.

    Or, with `or_rare`, a level that was too rare in training to be listed, which cannot be told from those.
    """

    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody calls
    examples: tuple
    counts_as: str = NO_LEVEL
    or_rare: bool = False


@dataclass
class Notes:
    """Counts by column from one call of `TableEncoder.encode`.

    Attributes
    ----------
    filled : dict of str to int
        Missing numbers filled with the median in columns that had none missing in training.
    filled_as_trained : dict of str to int
        The same in columns that had missing values in training, and so have an indicator feature.
    unseen : dict of str to Unseen
        Values that are none of the levels of training, and what they count as.
    missing_text, missing_boolean, missing_frequency : dict of str to int
        The same for categories, which then have zeros in all features, for booleans, which count as false, and for
        categories told by their frequency, which count as an average one.
    extra : tuple of str
        Columns that the encoder does not know and left aside.

    Examples
    --------
    >>> for sentence in Notes(unseen={"city": Unseen(3, ("Rome",))}).warnings():
    ...     print(sentence.replace(": ", ":" + chr(10)))
    3 rows have values of the column 'city' that were not seen in training (for example 'Rome'):
    they count as none of the known levels.
    """

    filled: dict = field(default_factory=dict)
    filled_as_trained: dict = field(default_factory=dict)
    unseen: dict = field(default_factory=dict)
    missing_text: dict = field(default_factory=dict)
    missing_boolean: dict = field(default_factory=dict)
    missing_frequency: dict = field(default_factory=dict)
    extra: tuple = ()

    def add(self, kind, name, count):
        """Add `count` rows to the dictionary `kind` under the column `name`."""
        counts = getattr(self, kind)
        counts[name] = counts.get(name, 0) + int(count)

    def add_unseen(self, name, count, levels, counts_as=NO_LEVEL, or_rare=False):
        """Add rows with unknown levels; the first three distinct ones are kept as examples."""
        known = self.unseen.get(name, Unseen(0, ()))
        examples = tuple(dict.fromkeys((*known.examples, *levels)))[:N_EXAMPLES]
        self.unseen[name] = Unseen(known.count + int(count), examples, counts_as, or_rare)

    def merge(self, other):
        """Take in the notes of other rows, as of the next block of a table."""
        for kind in ("filled", "filled_as_trained", "missing_text", "missing_boolean", "missing_frequency"):
            for name, count in getattr(other, kind).items():
                self.add(kind, name, count)
        for name, unseen in other.unseen.items():
            self.add_unseen(name, *unseen)
        self.extra = tuple(dict.fromkeys((*self.extra, *other.extra)))

    def warnings(self):
        """List one sentence for every column in which something was not as in training."""
        sentences = [
            f"{_have_no_value(count, name)}: the median of training stands in." for name, count in self.filled.items()
        ]
        for name, (count, examples, counts_as, or_rare) in self.unseen.items():
            have, were = _rows(count, "has a value", "have values"), "was" if count == 1 else "were"
            listed, rarely = ", ".join(map(repr, examples)), ", or too rarely to be listed" if or_rare else ""
            sentences.append(
                f"{have} of the column '{name}' that {were} not seen in training{rarely} (for example {listed}): "
                f"{_count(count)} as {counts_as}."
            )
        for name, count in self.missing_text.items():
            sentences.append(f"{_have_no_value(count, name)}: {_count(count)} as none of the known levels.")
        for name, count in self.missing_boolean.items():
            sentences.append(f"{_have_no_value(count, name)}: {_count(count)} as false.")
        for name, count in self.missing_frequency.items():
            sentences.append(f"{_have_no_value(count, name)}: {_count(count)} as a level of average frequency.")
        return sentences


def _have_no_value(count, name):
    have = _rows(count, "has", "have")
    return f"{have} no value in the column '{name}', which had no missing values in training"


def _count(count):
    return "it counts" if count == 1 else "they count"


def _rows(count, one, many):
    return f"1 row {one}" if count == 1 else f"{count:,} rows {many}"
