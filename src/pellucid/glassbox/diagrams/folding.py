"""Folding: of many neurons or layers the first and the last are shown, and how many stand between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral

from pellucid.errors import wrong_parameter


@dataclass(frozen=True)
class Folded:
    """Which of n things are shown.

    Attributes
    ----------
    first, last : tuples of ints
        The indices before and after the ellipsis; `last` is empty where nothing is hidden.
    hidden : int
    """

    first: tuple[int, ...]
    last: tuple[int, ...]
    hidden: int

    @property
    def shown(self) -> tuple[int, ...]:
        """The indices of all that are shown."""
        return self.first + self.last

    @property
    def slots(self) -> int:
        """How many places they take, the ellipsis counted as one."""
        return len(self.shown) + (self.hidden > 0)

    def slot(self, index: int) -> int:
        """The place of a shown index, from 0."""
        return index if index < len(self.first) else index - self.hidden + 1

    @property
    def gap(self) -> int:
        """The place of the ellipsis."""
        return len(self.first)


def fold(n: int, most: int) -> Folded:
    """Show all of n if there are at most `most`, else the first and last, `most` in all.

    >>> fold(3, 8).shown
    (0, 1, 2)
    >>> folded = fold(64, 5)
    >>> folded.shown, folded.hidden, folded.slot(63)
    ((0, 1, 2, 62, 63), 59, 5)
    """
    if n <= most:
        return Folded(tuple(range(n)), (), 0)
    n_last = most // 2
    return Folded(tuple(range(most - n_last)), tuple(range(n - n_last, n)), n - most)


def check_most(most: int, owner: str) -> int:
    """At least one at either end of the ellipsis."""
    if isinstance(most, bool) or not isinstance(most, Integral) or most < 2:
        raise wrong_parameter("most", owner, "a whole number >= 2", most)
    return int(most)


def name_of_structure(sizes: Sequence[int], most: int = 12) -> str:
    """The sizes of a network as one says them.

    >>> name_of_structure((4, 3, 3, 2)), name_of_structure([5] * 40, 4)
    ('4-3-3-2', '5-5-…-5-5')
    """
    folded = fold(len(sizes), most)
    names = [str(sizes[l]) for l in folded.first] + ["…"] * (folded.hidden > 0) + [str(sizes[l]) for l in folded.last]
    return "-".join(names)
