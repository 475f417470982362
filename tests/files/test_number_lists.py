"""Long lists of numbers leave a description for one array, and come back to the bit or are refused."""

import copy

import numpy as np
import pytest

from pellucid.files.number_lists import MOST_NUMBERS, SHORTEST, put_back, take_out
from pellucid.files.strict_json import Refusal

LONG, SHORT = [0.1 * i for i in range(SHORTEST)], [0.5] * (SHORTEST - 1)
DESCRIPTION = {
    "edges": LONG,
    "columns": [{"knots": [-0.0, *LONG], "fill": 1.5}, {"levels": ["a"] * 20, "counts": list(range(20))}],
    "short": SHORT,
    "mixed": [*LONG, 1],
    "a": {"z": LONG, "b": LONG},
}


def test_only_long_lists_of_floats_are_taken_and_all_come_back():
    """Whole numbers, texts and short lists stay; the rest follows in the order of the keys."""
    numbers = []
    taken = take_out(DESCRIPTION, numbers)

    assert taken["short"] == SHORT
    assert taken["mixed"] == DESCRIPTION["mixed"]
    assert taken["a"] == {"b": {"numbers": [0, 16]}, "z": {"numbers": [16, 32]}}
    assert len(numbers) == 4 * SHORTEST + 1
    restored = put_back(taken, np.array(numbers))
    assert restored == DESCRIPTION
    assert str(restored["columns"][0]["knots"][0]) == "-0.0"


@pytest.mark.parametrize(
    "place",
    [[0, 15], [1, 17], [0, 33], [0, 2**62], [16, 32], [-16, 0], [0.0, 16.0], [False, 16], [0], 16, None, "0", [0, 16]],
    ids=str,
)
def test_a_place_that_is_not_the_next_or_leaves_numbers_over_is_refused(place):
    """Of 32 numbers the first list must have the first, and the lists must have them all."""
    with pytest.raises(Refusal):
        put_back({"edges": {"numbers": place}}, np.zeros(32))


def test_the_same_numbers_are_not_taken_twice():
    taken = {"a": {"numbers": [0, 16]}, "b": {"numbers": [0, 16]}}

    with pytest.raises(Refusal, match="another place than the next"):
        put_back(copy.deepcopy(taken), np.zeros(16))


def test_too_many_numbers_are_refused_before_they_are_made():
    with pytest.raises(Refusal, match=f"where {MOST_NUMBERS} are allowed"):
        put_back({}, np.broadcast_to(0.0, MOST_NUMBERS + 1))
