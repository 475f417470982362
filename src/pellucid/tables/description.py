"""The columns of an encoder as plain JSON types, and the strict way back."""

import itertools
import math

from pellucid.errors import DataError
from pellucid.tables.categories import TextColumn
from pellucid.tables.numbers import NumberColumn

KINDS = {"number": NumberColumn, "text": TextColumn}


def columns_to_list(columns):
    """Describe each column by its kind and its fields.

    Examples
    --------
    >>> columns_to_list([TextColumn("town", ("Bern", "Rome"), False)])
    [{'kind': 'text', 'name': 'town', 'levels': ['Bern', 'Rome'], 'missing': False}]
    """
    kinds = {made: kind for kind, made in KINDS.items()}
    return [
        {"kind": kinds[type(column)]}
        | {key: list(value) if isinstance(value, tuple) else value for key, value in column._asdict().items()}
        for column in columns
    ]


def columns_from_dict(d):
    """Check a description of an encoder field by field; return its columns and `standardise`."""
    _need_fields(d, ("standardise", "columns"), "The encoder")
    if type(d["standardise"]) is not bool:
        raise _wrong("The encoder", "standardise", "true or false")
    if type(d["columns"]) is not list:
        raise _wrong("The encoder", "columns", "a list")
    columns = tuple(_column(entry, f"Column {i} of the encoder") for i, entry in enumerate(d["columns"]))
    if len({column.name for column in columns}) < len(columns):
        raise _wrong("The encoder", "columns", "a list of columns with distinct names")
    return columns, d["standardise"]


def _column(entry, owner):
    kind = entry.get("kind") if isinstance(entry, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise _wrong(owner, "kind", "'number' or 'text'")
    _need_fields(entry, ("kind", *KINDS[kind]._fields), owner)
    for key, (check, rule) in CHECKS.items():
        if key in entry and not check(entry[key]):
            raise _wrong(owner, key, rule)
    if kind == "text":
        return TextColumn(entry["name"], tuple(entry["levels"]), entry["missing"])
    mean, scale, fill = (float(entry[key]) for key in ("mean", "scale", "fill"))
    return NumberColumn(entry["name"], mean, scale, fill, entry["missing"])


def _is_number(value):
    if type(value) not in (int, float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _are_levels(value):
    texts = type(value) is list and all(type(level) is str for level in value)
    return texts and all(one < other for one, other in itertools.pairwise(value))


CHECKS = {
    "name": (lambda value: type(value) is str, "a text"),
    "mean": (_is_number, "a finite number"),
    "scale": (lambda value: _is_number(value) and value > 0, "a finite number > 0"),
    "fill": (_is_number, "a finite number"),
    "levels": (_are_levels, "a sorted list of distinct texts"),
    "missing": (lambda value: type(value) is bool, "true or false"),
}


def _need_fields(d, keys, owner):
    if not isinstance(d, dict) or set(d) != set(keys):
        found = ", ".join(map(str, d)) if isinstance(d, dict) else type(d).__name__
        raise DataError(f"{owner} must have exactly the fields {', '.join(keys)}. Got {found or 'none'} instead.")


def _wrong(owner, key, rule):
    return DataError(f"{owner} has a field '{key}' that is not {rule}.")
