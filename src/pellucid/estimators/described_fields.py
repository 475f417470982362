"""What each field of a description in a model file may be: a table of rules, looked at before anything is believed.

The values are those of JSON, so their types are exact: True is no number here, and no class of the user's own can come.
"""

from __future__ import annotations

import math
import re
from typing import Any

from pellucid.errors import DataError
from pellucid.files.strict_json import short
from pellucid.mathematics.rules import Rule

LARGEST_COUNT = 2**53


def is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= LARGEST_COUNT


def is_text(value: Any) -> bool:
    return type(value) is str


def is_finite(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def is_version(value: Any) -> bool:
    return is_text(value) and re.fullmatch("[0-9A-Za-z.+!_-]{1,40}", value) is not None


TRUTH = Rule("true or false", lambda value: type(value) is bool)
TEXT = Rule("a text", is_text)
COUNT = Rule("a whole number from 0 to 2^53", is_count)
VERSION = Rule("a version", is_version)
NUMBER_OR_NOTHING = Rule("a finite number or null", lambda value: value is None or is_finite(value))
ANYTHING = Rule("what it is", lambda value: True)  # looked at by the part that it belongs to


def list_of(text: str, holds: Any, least: int = 0) -> Rule:
    """A list whose parts are all of a kind, and at least so many."""
    return Rule(text, lambda value: type(value) is list and len(value) >= least and all(map(holds, value)))


def one_of_texts(names: tuple[str, ...]) -> Rule:
    return Rule("one of " + ", ".join(names), lambda value: is_text(value) and value in names)


def or_nothing(rule: Rule) -> Rule:
    return Rule(f"{rule.text} or null", lambda value: value is None or rule.holds(value))


def fields_of(value: Any, rules: dict[str, Rule], owner: str) -> dict[str, Any]:
    """The value, if it is an object of exactly these fields and each keeps its rule.

    Raises
    ------
    DataError
    """
    refuse_other_names(value, set(rules), owner)
    for name, rule in rules.items():
        if not rule.holds(value[name]):
            raise DataError(f"the field '{name}' of {owner} must be {rule.text}, and is {short(value[name])}")
    return value


def refuse_other_names(value: Any, known: set[str], owner: str) -> None:
    """Exactly these names, no more and no fewer."""
    if type(value) is not dict:
        raise DataError(f"{owner} must be an object of named fields, and is {short(value)}")
    if value.keys() == known:  # of thousands of transforms, too
        return
    missing, unknown = sorted(known - value.keys()), sorted(value.keys() - known)
    if missing:
        raise DataError(f"{owner} lacks the field '{missing[0]}'")
    if unknown:
        raise DataError(f"{owner} has the field {short(unknown[0])}, which this version does not know")
