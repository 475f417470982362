"""The columns of an encoder as plain JSON types, and the strict way back."""

import math
import operator

import numpy as np

from pellucid.errors import DataError
from pellucid.tables.booleans import BooleanColumn
from pellucid.tables.categories import IDENTIFIER, FrequencyColumn, LeftOutColumn, OneHotColumn
from pellucid.tables.dates import PARTS, DateColumn, DatePart
from pellucid.tables.encoder_options import MISSING
from pellucid.tables.number_columns import NUMBER_COLUMNS, NumberColumn

OTHER_COLUMNS = {
    "boolean": BooleanColumn,
    "date": DateColumn,
    "one_hot": OneHotColumn,
    "frequency": FrequencyColumn,
    "left_out": LeftOutColumn,
}
LONGEST = 200  # signs that a message takes from a description
# A feature is named by its column and its level or bin: few long names and many levels are quadratically many signs.
MOST_NAME_SIGNS = 2_000_000
# Microseconds from 1970 to the first and the last of the years 1 to 9999.
EARLIEST, LATEST = -62_135_596_800_000_000, 253_402_300_799_999_999


def columns_to_list(columns):
    """Describe each column by its kind and its fields.

    Examples
    --------
    >>> columns_to_list([OneHotColumn("town", "text", ("Bern", "Rome"), (), False)])
    [{'kind': 'one_hot', 'name': 'town', 'of': 'text', 'levels': ['Bern', 'Rome'], 'rare': [], 'missing': False}]
    """
    kinds = {made: kind for kind, made in OTHER_COLUMNS.items()}
    return [{"kind": kinds.get(type(column), "number"), **_fields(column)} for column in columns]


def _fields(column):
    return {key: _plain(value) for key, value in column._asdict().items()}


def _plain(value):
    if isinstance(value, DatePart):
        return _fields(value)
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def count_features(columns):
    """How many features the columns have, the indicators of numbers among them."""
    return sum(column.n_features + (isinstance(column, NumberColumn) and column.missing) for column in columns)


def columns_from_dict(d):
    """Check a description of an encoder field by field; return its columns, number_encoding and missing.

    The names of features are counted before they are made, and what is computed from the numbers is finite.
    """
    _need_fields(d, ("number_encoding", "missing", "columns"), "The encoder")
    encoding, missing = d["number_encoding"], d["missing"]
    if type(encoding) is not str or encoding not in NUMBER_COLUMNS:
        raise _wrong("The encoder", "number_encoding", f"one of {', '.join(NUMBER_COLUMNS)}")
    if type(missing) is not str or missing not in MISSING:
        raise _wrong("The encoder", "missing", f"one of {', '.join(MISSING)}")
    if type(d["columns"]) is not list:
        raise _wrong("The encoder", "columns", "a list")
    made_of = {"number": NUMBER_COLUMNS[encoding], **OTHER_COLUMNS}
    columns = tuple(_column(entry, made_of, f"Column {i} of the encoder") for i, entry in enumerate(d["columns"]))
    for i, column in enumerate(columns):
        if not isinstance(column, NumberColumn):
            continue
        if missing == "refuse" and column.missing:
            rule = "false, where missing numbers are refused ('missing')"
            raise _wrong(f"Column {i} of the encoder", "missing", rule)
        if encoding == "none" and (column.mean, column.scale) != (0, 1):
            rule = "0, with a scale of 1, where numbers stay as they are ('number_encoding')"
            raise _wrong(f"Column {i} of the encoder", "mean", rule)
    if len({column.name for column in columns}) < len(columns):
        raise _wrong("The encoder", "columns", "a list of columns with distinct names")
    signs = sum(len(column.name) * column.n_features + sum(map(len, _levels(column))) for column in columns)
    if signs > MOST_NAME_SIGNS:
        raise DataError(
            f"The names of the features have {signs} signs in all, where {MOST_NAME_SIGNS} are allowed: give columns "
            "of many levels or bins shorter names."
        )
    return columns, encoding, missing


def _column(entry, made_of, owner):
    kind = entry.get("kind") if isinstance(entry, dict) else None
    if not isinstance(kind, str) or kind not in made_of:
        raise _wrong(owner, "kind", f"one of {', '.join(made_of)}")
    made = made_of[kind]
    _need_fields(entry, ("kind", *made._fields), owner)
    fields = {}
    for key in made._fields:
        holds, rule, convert = FIELDS[key]
        if not holds(entry[key]):
            raise _wrong(owner, key, rule)
        fields[key] = convert(entry[key])
    for one, other in (("values", "knots"), ("shares", "levels")):
        if one in fields and len(fields[one]) != len(fields[other]):
            raise _wrong(owner, one, f"as long as its '{other}'")
    if "rare" in fields and not set(fields["rare"]).isdisjoint(fields["levels"]):
        raise _wrong(owner, "rare", "a list of other texts than its 'levels'")
    for key in ("knots", "values", "edges"):
        if key in fields and not math.isfinite(fields[key][-1] - fields[key][0]):
            raise _wrong(owner, key, "of a finite span")
    if "shares" in fields:
        with np.errstate(over="ignore"):
            z = (np.array([*fields["shares"], fields["rest"]]) - fields["mean"]) / fields["scale"]
        if not np.isfinite(z).all():
            raise _wrong(owner, "scale", "large enough for its shares")
    return made(**fields)


def _levels(column):
    return column.levels if isinstance(column, OneHotColumn) else ()


def _is_number(value):
    if type(value) not in (int, float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _numbers(value):
    """The array of a list of finite numbers, or None; no loop of Python's goes over them."""
    if type(value) is not list or not {int, float} >= set(map(type, value)):
        return None
    try:
        numbers = np.array(value, dtype=np.float64)
    except OverflowError:
        return None
    return numbers if np.isfinite(numbers).all() else None


def _increase(value):
    numbers = _numbers(value)
    return numbers is not None and bool((numbers[:-1] < numbers[1:]).all())


def _are_levels(value):
    if type(value) is not list or not {str} >= set(map(type, value)):
        return False
    return value[:1] != [""] and all(map(operator.lt, value, value[1:]))  # the empty text is a missing one


def _are_parts(value):
    if type(value) is not list or not all(
        isinstance(part, dict) and set(part) == set(DatePart._fields) for part in value
    ):
        return False
    if not all(_is_number(part[key]) for part in value for key in ("mean", "scale", "fill")):
        return False
    names = [part["part"] for part in value]
    return names == [name for name in PARTS if name in names] and all(part["scale"] > 0 for part in value)


def _parts(value):
    return tuple(DatePart(part["part"], *(float(part[key]) for key in ("mean", "scale", "fill"))) for part in value)


def _floats(value):
    return tuple(map(float, value))


NUMBER = (_is_number, "a finite number", float)
LEVELS = (_are_levels, "a sorted list of distinct texts, none of them empty", tuple)
# For every field of a column: what holds of it, that rule in words, and how it becomes what the column holds.
FIELDS = {
    "name": (lambda value: type(value) is str, "a text", str),
    "mean": NUMBER,
    "median": NUMBER,
    "fill": NUMBER,
    "scale": (lambda value: _is_number(value) and value > 0, "a finite number > 0", float),
    "missing": (lambda value: type(value) is bool, "true or false", bool),
    "knots": (lambda value: _increase(value) and value, "a list of increasing numbers", _floats),
    "values": (_increase, "a list of increasing numbers", _floats),
    "edges": (lambda value: _increase(value) and len(value) > 1, "a list of two or more increasing numbers", _floats),
    "first": (lambda value: type(value) is int and EARLIEST <= value <= LATEST, "a date from year 1 to 9999", int),
    "parts": (_are_parts, "a list of parts of dates, in order", _parts),
    "of": (lambda value: type(value) is str and value in ("text", "number"), "'text' or 'number'", str),
    "levels": LEVELS,
    "rare": LEVELS,
    "shares": (
        lambda value: (shares := _numbers(value)) is not None and bool(((shares > 0) & (shares <= 1)).all()),
        "a list of shares, greater than 0",
        _floats,
    ),
    "rest": (lambda value: _is_number(value) and 0 <= value <= 1, "a share from 0 to 1", float),
    "reason": (lambda value: type(value) is str and value == IDENTIFIER, f"'{IDENTIFIER}'", str),
}


def _need_fields(d, keys, owner):
    if not isinstance(d, dict) or set(d) != set(keys):
        found = ", ".join(map(str, d))[:LONGEST] if isinstance(d, dict) else type(d).__name__
        raise DataError(f"{owner} must have exactly the fields {', '.join(keys)}. Got {found or 'none'} instead.")


def _wrong(owner, key, rule):
    return DataError(f"{owner} has a field '{key}' that is not {rule}.")
