"""Long lists of numbers in a description: they go to one array of the payload, where each takes 8 bytes.

JSON takes 20, and half a microsecond to read. In the place of each list stands {"numbers": [start, stop]}, its place in
the array; the lists follow one another and fill it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.files.strict_json import Refusal

NAME = "numbers"
SHORTEST = 16  # numbers; a shorter list costs less as it is
MOST_NUMBERS = 300_000  # as Python's, 10 MB


def take_out(description: Any, taken: list[float]) -> Any:
    """Return the description with a place for each long list of floats, whose numbers are added to `taken`.

    Examples
    --------
    >>> taken = []
    >>> take_out({"edges": [0.5] * 16, "name": "x"}, taken), len(taken)
    ({'edges': {'numbers': [0, 16]}, 'name': 'x'}, 16)
    """
    if isinstance(description, dict):  # in the order in which the file will have the keys
        return {key: take_out(description[key], taken) for key in sorted(description)}
    if not isinstance(description, list):
        return description
    if len(description) >= SHORTEST and set(map(type, description)) == {float}:
        taken += description
        return {NAME: [len(taken) - len(description), len(taken)]}
    return [take_out(part, taken) for part in description]


def put_back(description: Any, numbers: np.ndarray) -> Any:
    """What `take_out` was given.

    Raises
    ------
    Refusal
        If a place is not the next one, or numbers are left over.

    Examples
    --------
    >>> put_back({"edges": {"numbers": [0, 16]}}, np.arange(16.0))["edges"][-1]
    15.0
    """
    refuse_many(len(numbers))
    return description if len(numbers) == 0 else _Reader(numbers).restore_all(description)


def refuse_many(count: int) -> None:
    """Refuse more numbers than a description may have."""
    if count > MOST_NUMBERS:
        raise Refusal(f"its description has {count} numbers in long lists, where {MOST_NUMBERS} are allowed")


class _Reader:
    """Where the reading of the numbers stands."""

    def __init__(self, numbers: np.ndarray):
        self.numbers, self.position = numbers, 0

    def restore_all(self, description: Any) -> Any:
        description = self.restore(description)
        if self.position != len(self.numbers):
            raise Refusal("its description has no place for some of the numbers beside it")
        return description

    def restore(self, part: Any) -> Any:
        """The part with its lists; changed in place, since most of it stays as it is."""
        if isinstance(part, dict) and part.keys() == {NAME}:
            return self.next_list(part[NAME])
        for key, value in part.items() if isinstance(part, dict) else enumerate(part):
            if isinstance(value, dict | list):
                part[key] = self.restore(value)
        return part

    def next_list(self, place: Any) -> list[float]:
        start = self.position
        if not (isinstance(place, list) and list(map(type, place)) == [int, int] and place[0] == start):
            raise Refusal("its description takes numbers from another place than the next")
        if not start + SHORTEST <= place[1] <= len(self.numbers):
            raise Refusal("its description takes fewer or more numbers than there can be")
        self.position = place[1]
        return self.numbers[start : self.position].tolist()
