"""The type in which a column comes that several files hold: one that holds all of theirs."""

import pyarrow as pa

from pellucid.errors import TableError
from pellucid.tables.frames import is_date, is_text


def joint_type(name, types, paths):
    """The type in which a column of several files comes; null if none has a value."""
    known = [(path, kind) for path, kind in zip(paths, types, strict=True) if not pa.types.is_null(kind)]
    joint = known[0][1] if known else pa.null()
    for path, kind in known:
        united = _unite(joint, kind)
        if united is None:
            raise TableError(
                f"The column '{name}' is {_words(joint)} in '{known[0][0]}' but {_words(kind)} in '{path}': "
                "make it the same in all files."
            )
        joint = united
    return joint


def _unite(one, other):
    """Return the type that holds both, or None: equal types, numbers with numbers, texts with texts."""
    if one == other:
        return one
    if _is_exact(one) and _is_exact(other) and not (pa.types.is_integer(one) and pa.types.is_integer(other)):
        return _decimal_of(one, other)
    if is_number(one) and is_number(other):
        return pa.int64() if pa.types.is_integer(one) and pa.types.is_integer(other) else pa.float64()
    if is_text(one) and is_text(other):
        return pa.large_string()
    if is_date(one) and is_date(other) and _has_zone(one) == _has_zone(other):
        return pa.timestamp("us", "UTC" if _has_zone(one) else None)
    return None


def _has_zone(kind):
    return pa.types.is_timestamp(kind) and kind.tz is not None


def is_number(kind):
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def _is_exact(kind):
    return pa.types.is_integer(kind) or pa.types.is_decimal(kind)


def _decimal_of(one, other):
    """Return the decimals that hold both exactly, or float64 where they would have too many digits."""
    schemas = [pa.schema([("", kind)]) for kind in (one, other)]
    try:
        return pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    except pa.ArrowInvalid:
        return pa.float64()


def _words(kind):
    if is_number(kind):
        return "a number"
    if pa.types.is_boolean(kind):
        return "true or false"
    if is_date(kind):
        return "a date with a time zone" if _has_zone(kind) else "a date"
    return "text" if is_text(kind) else str(kind)
