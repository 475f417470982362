"""JSON from a file that may be hostile: how much a text will take is known before a parser makes objects of it.

The counts below are taken with a few passes over the bytes, each of them a single call, so that a text which is
refused costs little more than having read it.
"""

import json
import math
import re
import reprlib
from typing import Any

DEEPEST_NESTING = 16
# A value of JSON takes up to 200 bytes of memory (an object of one name) and 1 microsecond to parse and check (a number
# of 17 digits): all of them 6 MB and 30 ms at worst. A column of numbers has 7, one of text 8 and its levels.
MOST_VALUES = 30_000
INTEGERS = range(-(2**63), 2**64)

RESTORE = "restore it from a copy or save the model again"

_STRING = re.compile(r'"[^"]*+"')
_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")  # two surrogates for one sign
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_NOT_BRACKETS = bytes(set(range(128)) - set(b"[]{}"))

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80


def short(value):
    """Quote what comes from a file, at most 80 characters of it.

    >>> short("x" * 1000) == repr("x" * 37 + "..." + "x" * 38)
    True
    """
    return _SHORT.repr(value)


class Refusal(Exception):
    """What is wrong with a file and what to do; whoever knows the file's name makes the sentence."""

    def __init__(self, problem, remedy=RESTORE):
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


def parse_object(text: str, what: str) -> dict[str, Any]:
    """Return the JSON object in the text, or refuse it.

    Refused is also what JSON readers understand differently: a key twice, NaN and infinity, numbers out of range,
    half a surrogate pair, and text that is not ASCII (escapes write all other signs).

    Parameters
    ----------
    text : str
    what : str
        What messages call it.

    Raises
    ------
    Refusal

    Examples
    --------
    >>> parse_object('{"a": [1, 0.5, null]}', "the example")
    {'a': [1, 0.5, None]}
    """
    _count(text, what)

    def distinct(pairs):
        found = dict(pairs)
        if len(found) < len(pairs):
            raise Refusal(f"{what} holds the key {short(_first_twice(pairs))} twice")
        return found

    def finite(number):
        value = float(number)
        if not math.isfinite(value):
            raise Refusal(f"{what} holds the number {short(number)}, which is not finite")
        return value

    def whole(number):
        if len(number) > 20 or (value := int(number)) not in INTEGERS:
            raise Refusal(f"{what} holds the number {short(number)}, which does not fit 64 bits")
        return value

    hooks = {"parse_float": finite, "parse_int": whole, "parse_constant": finite, "object_pairs_hook": distinct}
    try:
        value = json.loads(text, **hooks)
    except (ValueError, RecursionError):
        raise Refusal(f"{what} is not valid JSON") from None
    if not isinstance(value, dict):
        raise Refusal(f"{what} is not a JSON object")
    return value


def _count(text, what):
    """Refuse a text that is too much or too deep, or holds signs that are none; it need not be JSON."""
    if not text.isascii():
        raise Refusal(f"{what} is not in ASCII")
    # Without escaped backslashes and quotes every quote that is left begins or ends a text.
    bare = text.replace(r"\\", "").replace(r"\"", "")
    if _SURROGATE.search(bare) and _SURROGATE.search(_PAIR.sub("", bare)):
        raise Refusal(f"{what} holds half a surrogate pair")
    if bare.count('"') > 4 * MOST_VALUES:  # a key and a text for each value
        raise Refusal(f"{what} holds more than {MOST_VALUES} values")
    structure = _STRING.sub("", bare)
    if _values_in(structure) > MOST_VALUES:
        raise Refusal(f"{what} holds more than {MOST_VALUES} values")
    opened = 0
    for bracket in structure.encode("ascii").translate(None, delete=_NOT_BRACKETS):
        opened += 1 if bracket in b"[{" else -1
        if opened > DEEPEST_NESTING:
            raise Refusal(f"{what} is nested more than {DEEPEST_NESTING} deep")
        if opened < 0:  # not JSON, as the parser will say
            return


def count_values(text: str) -> int:
    """How many values a text of JSON counts for: its lists and objects, and the commas in them.

    Examples
    --------
    >>> count_values('{"name": "a, b", "levels": ["x", "y"]}')
    4
    """
    return _values_in(_STRING.sub("", text.replace(r"\\", "").replace(r"\"", "")))


def _values_in(structure):
    return sum(map(structure.count, ",[{"))


def _first_twice(pairs):
    seen = set()
    for key, _ in pairs:
        if key in seen:
            return key
        seen.add(key)
    raise AssertionError("every key is there once")
