"""Rules for parameters: a sentence, and the test that it states."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from pellucid.errors import wrong_parameter


@dataclass(frozen=True)
class Rule:
    """A sentence that completes "must be ...", and whether a value keeps it."""

    text: str
    holds: Callable[[Any], bool]


def is_number(value: Any) -> bool:
    """A finite number of Python or NumPy; True and False are none."""
    try:
        return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # a whole number beyond all of float64
        return False


def is_whole(value: Any) -> bool:
    """A whole number of Python or NumPy; True and False are none."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def whole_from(least: int) -> Rule:
    return Rule(f"a whole number >= {least}", lambda value: is_whole(value) and value >= least)


def number_from(least: float) -> Rule:
    return Rule(f"a number >= {least:g}", lambda value: is_number(value) and value >= least)


def between(low: float, high: float, closed: str) -> Rule:
    """An interval, closed on the "left", on the "right" or on "none" of its sides."""
    left, right = ("[" if closed == "left" else "("), ("]" if closed == "right" else ")")

    def holds(value: Any) -> bool:
        above = is_number(value) and (low <= value if closed == "left" else low < value)
        return above and (value <= high if closed == "right" else value < high)

    return Rule(f"a number in {left}{low:g}, {high:g}{right}", holds)


def one_of(*names: str) -> Rule:
    listed = ", ".join(map(repr, names[:-1])) + f" or {names[-1]!r}"
    return Rule(listed, lambda value: isinstance(value, str) and value in names)


YES_OR_NO = Rule("True or False", lambda value: isinstance(value, bool) or type(value).__name__ == "bool")
POSITIVE = Rule("a number > 0", lambda value: is_number(value) and value > 0)


def or_none(rule: Rule) -> Rule:
    return Rule(f"None or {rule.text}", lambda value: value is None or rule.holds(value))


def check(
    owner: str,
    rules: dict[str, Rule],
    values: dict[str, Any],
    remedy: Callable[[str, Any], str] = lambda name, value: "",
) -> None:
    """Refuse the first value that breaks its rule, in scikit-learn's sentence, with the remedy for it if any."""
    for name, rule in rules.items():
        if name in values and not rule.holds(values[name]):
            raise wrong_parameter(name, owner, rule.text, values[name], remedy(name, values[name]))
