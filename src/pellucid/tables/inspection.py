"""What a person wants to know of a table before training, and what must not go into it."""

import re
import shlex
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pellucid.errors import DataError
from pellucid.tables.frames import is_date, is_number, is_text
from pellucid.tables.number_spelling import how_to_spell, spelt_otherwise

FEW_LEVELS = 20
DATE = re.compile(r"(\d{1,2}([./-])\d{1,2}\2(\d{4}|\d{2})|\d{4}([./])\d{1,2}\4\d{1,2})(\D.*)?")
USABLE = ("number", "boolean", "date", "text")


class ColumnSummary(NamedTuple):
    """One column in words and counts.

    Attributes
    ----------
    name : str
    kind : str
        "number", "boolean", "date", "text", or the Arrow type of a column that cannot be used.
    n_missing, n_distinct : int
        NaN counts as missing; missing values are not counted as distinct.
    example : str
        The range of numbers ("0 to 12.5") and dates, or the first value; empty if all values are missing.
    """

    name: str
    kind: str
    n_missing: int
    n_distinct: int
    example: str


def describe_columns(table):
    """Summarise every column of an Arrow table.

    Parameters
    ----------
    table : pyarrow.Table

    Returns
    -------
    list of ColumnSummary

    Examples
    --------
    >>> table = pa.table({"size": [3, 1, None], "town": ["Bern", "Rome", "Bern"]})
    >>> for summary in describe_columns(table):
    ...     print(*summary)
    size number 1 2 1 to 3
    town text 0 2 Bern
    """
    return [_summary(name, table.column(j)) for j, name in enumerate(table.column_names)]


def _summary(name, column):
    present = _present(column)
    kind = _kind(column.type)
    counted = kind in USABLE
    distinct = pc.count_distinct(_plain(present)).as_py() if counted and len(present) else 0
    return ColumnSummary(name, kind, len(column) - len(present), distinct, _example(present, kind))


def _kind(kind):
    if pa.types.is_boolean(kind):
        return "boolean"
    if is_number(kind):
        return "number"
    if is_date(kind):
        return "date"
    return "text" if is_text(kind) or pa.types.is_dictionary(kind) else str(kind)


def _plain(column):
    """Give categories as their values: a dictionary may list values that do not occur."""
    return pc.cast(column, column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _present(column):
    """Return the values that are not missing; NaN is."""
    column = pc.drop_null(_plain(column))
    return column.filter(pc.invert(pc.is_nan(column))) if pa.types.is_floating(column.type) else column


def _example(present, kind):
    if len(present) == 0:
        return ""
    if kind not in ("number", "date"):
        return str(present[0].as_py())
    ends = pc.min_max(present).as_py()
    return f"{_short(ends['min'])} to {_short(ends['max'])}"


def _short(number):
    return f"{number:.6g}" if isinstance(number, float) else str(number)


def refuse_unusable(table, feature_names, *, source, line_of=None, complete=()):
    """Raise one DataError that lists every problem of the feature columns, or do nothing.

    A problem is a column of another type than numbers, booleans, dates and text, without any value, with the same value
    in every row (of at least two), or with an infinite value.

    Parameters
    ----------
    table : pyarrow.Table
    feature_names : list of str
    source : str or path
        Where the table comes from, for the message.
    line_of : callable, optional
        Maps a row, counted from 0, to its line in the file, or to None.
    complete : collection of str
        Columns in which no number may be missing.

    Raises
    ------
    DataError

    Examples
    --------
    >>> refuse_unusable(pa.table({"a": [1, 1], "b": [1, 2]}), ["a", "b"], source="t.csv")
    Traceback (most recent call last):
    ...
    pellucid.errors.DataError: The table 't.csv' has 1 column that cannot be a feature:
      'a' has the same value (1) in every row; leave it out with `--ignore a`
    """
    problems = []
    for name in feature_names:
        problem = _problem(table[name], line_of) or (_gap(table[name], line_of) if name in complete else None)
        if problem:
            problems.append(f"  '{name}' {problem}; leave it out with `--ignore {shlex.quote(name)}`")
    if problems:
        columns = "1 column" if len(problems) == 1 else f"{len(problems)} columns"
        raise DataError(f"The table '{source}' has {columns} that cannot be a feature:\n" + "\n".join(problems))


def _problem(column, line_of):
    if _kind(column.type) not in USABLE:
        return f"has the type {column.type}, which cannot be learnt from"
    present = _present(column)
    if len(present) == 0:
        return "has no values"
    if pa.types.is_floating(present.type) and pc.any(pc.is_inf(present)).as_py():
        row = pc.index(pc.fill_null(pc.is_inf(column), False), True).as_py()
        return f"has an infinite value in {_place(row, line_of)}"
    # One row is the same as itself: that says nothing about its columns.
    if len(present) == len(column) > 1 and pc.count_distinct(present).as_py() == 1:
        value = present[0].as_py()
        return f"has the same value ({repr(value) if isinstance(value, str) else value}) in every row"
    return None


def _gap(column, line_of):
    """What is missing of a column of numbers, where nothing may be."""
    gaps = np.flatnonzero(column.is_null(nan_is_null=True).to_numpy())
    if _kind(column.type) != "number" or len(gaps) == 0:
        return None
    others = {1: "", 2: " and in 1 other row"}.get(len(gaps), f" and in {len(gaps) - 1:,} other rows")
    return f"has no value in {_place(int(gaps[0]), line_of)}{others}, and missing='refuse' takes none"


def _place(row, line_of):
    line = line_of(row) if line_of else None
    return f"row {row}" if line is None else f"row {row} (line {line})"


def identifier_like(table, feature_names):
    """Name the text columns that are nearly unique per row, such as names of people, and so teach nothing.

    These have more than 20 distinct values, and more than nine tenths of the values that are not missing are distinct.

    Parameters
    ----------
    table : pyarrow.Table
    feature_names : list of str

    Returns
    -------
    list of str

    Examples
    --------
    >>> names = [f"person {i}" for i in range(30)]
    >>> identifier_like(pa.table({"who": names, "town": ["Bern", "Rome"] * 15}), ["who", "town"])
    ['who']
    """
    found = []
    for name in feature_names:
        if _kind(table[name].type) != "text":
            continue
        present = _present(table[name])
        if is_identifier(pc.count_distinct(present).as_py(), len(present)):
            found.append(name)
    return found


def look_like_dates(column):
    """Whether the first 100 texts have the form of dates, but not that of ISO 8601: days, months, years in any order.

    Examples
    --------
    >>> look_like_dates(pa.chunked_array([["31.1.2024", "02/06/2021"]])), look_like_dates(pa.chunked_array([["a"]]))
    (True, False)
    """
    first = _present(column)[:100].to_pylist()
    return len(first) > 0 and all(DATE.fullmatch(text) for text in first)


def how_to_write(column, decimal):
    """What to do if an identifier was meant to be dates or numbers, to stand after its reason; or nothing."""
    if look_like_dates(column):
        return "; dates are written as 2024-05-31"
    otherwise = spelt_otherwise(column, decimal)
    return f"; if it holds numbers, {how_to_spell(otherwise, decimal)}" if otherwise else ""


def is_identifier(n_distinct, n_values):
    """Whether text with so many distinct values among so many names its rows rather than telling of them.

    Rows are counted, whatever they weigh.
    """
    return n_distinct > max(FEW_LEVELS, 0.9 * n_values)
