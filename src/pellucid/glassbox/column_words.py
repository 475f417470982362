"""A column of the row in words: what it held, what it became, and how columns of its kind are encoded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby

from pellucid.glassbox.row import ColumnValue

ENCODED = {
    "standard": "a number is moved by its mean and divided by its standard deviation in training",
    "robust": "a number is moved by its median, divided by its spread in training and smoothly clipped to within ±3",
    "quantile": "a number becomes the normal quantile of its rank in training",
    "piecewise_linear": "a number fills the bins between the quantiles of training up to its own place",
    "none": "a number stays as it is",
    "boolean": "true is 1 and false is 0",
    "date": "of a date its year, month, day of the week, hour and elapsed days are taken, each standardised",
    "one_hot": "text becomes a 1 in the place of its level",
    "frequency": "text of very many levels becomes the share of its level in training, standardised",
    "left_out": "identifiers are left out",
}


def encodings_in_words(columns: Iterable[ColumnValue]) -> str:
    """How these columns become numbers, each encoding once.

    Examples
    --------
    >>> encodings_in_words([ColumnValue("paid", "boolean", True, "", (0,), (1.0,), {"kind": "boolean"}, "")])
    'true is 1 and false is 0'
    """
    kinds = {column.encoding["kind"] for column in columns}
    return "; ".join(said for kind, said in ENCODED.items() if kind in kinds)


def value_in_words(column: ColumnValue, number: Callable[[float], str]) -> str:
    """What the table holds; `number` writes numbers."""
    if column.value is None:
        return "missing"
    if isinstance(column.value, bool):
        return "true" if column.value else "false"
    if not isinstance(column.value, str):
        return number(column.value)
    return column.value.replace("T", " ") if column.kind == "date" else column.value


def entries_in_words(column: ColumnValue, number: Callable[[float], str], between: str = ", ") -> str:
    """What the network gets of it, as `entriesInWords` in columns.js: 0.5, missing 0 or 1 in place 7 of x.

    Parameters
    ----------
    column : ColumnValue
    number : function that writes numbers
    between : str
        What stands between the parts of a date.

    Examples
    --------
    >>> bins = {"kind": "piecewise_linear", "edges": [0, 1, 2, 3, 4], "missing": False}
    >>> column = ColumnValue("size", "number", 2.5, "", (0, 1, 2, 3), (1.0, 1.0, 0.5, 0.0), bins, "")
    >>> entries_in_words(column, lambda value: f"{value:g}")
    '1 in bins 1 to 2, 0.5 in bin 3, 0 in bin 4'
    """
    kind = column.encoding["kind"]
    if kind == "one_hot":
        places = [place + 1 for place, z in zip(column.features, column.encoded, strict=True) if z == 1]
        return f"1 in place {places[0]} of x" if places else "0 in all its places"
    values = column.encoded[:-1] if column.has_indicator else column.encoded
    if kind == "date":
        names = [part["part"].replace("_", " ") for part in column.encoding["parts"]]
        steps = zip(names, column.operands, values, strict=True)
        said = [f"{name} {number(operand)} → {number(z)}" for name, operand, z in steps]
    elif kind == "frequency":
        said = [f"share {number(column.operands[0])} → {number(values[0])}"]
    elif kind == "piecewise_linear":
        said = runs_in_words(values, number)
    else:
        said = [number(z) for z in values]
    if column.has_indicator:
        said.append(f"missing {column.encoded[-1]:g}")
    return (between if kind == "date" else ", ").join(said) or "nothing"


def runs_in_words(values: tuple[float, ...], number: Callable[[float], str]) -> list[str]:
    """The entries of bins, equal neighbours together."""
    said, start = [], 1
    for z, run in groupby(values):
        end = start + len(list(run)) - 1
        said.append(f"{number(z)} in " + (f"bin {start}" if start == end else f"bins {start} to {end}"))
        start = end + 1
    return said
