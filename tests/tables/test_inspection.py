"""What a person is told of a table before training."""

import datetime

import pyarrow as pa
import pytest

from pellucid.errors import DataError
from pellucid.tables.inspection import describe_columns, identifier_like, refuse_unusable

INF, NAN = float("inf"), float("nan")


def test_every_column_is_summed_up():
    """Kind, gaps, distinct values, and the range or the first value; NaN is a gap."""
    table = pa.table(
        {
            "x": [1.5, NAN, None, -2.0, 1.5],
            "n": [1, 2, 3, 4, 5],
            "b": [True, False, None, True, True],
            "t": [None, "v", "u", "v", "v"],
            "c": pa.array(["v", "u", "v", None, "v"]).dictionary_encode(),
            "void": pa.nulls(5),
            "d": [datetime.date(2024, 1, 31)] * 5,
        }
    )

    assert [tuple(summary) for summary in describe_columns(table)] == [
        ("x", "number", 2, 2, "-2 to 1.5"),
        ("n", "number", 0, 5, "1 to 5"),
        ("b", "boolean", 1, 2, "True"),
        ("t", "text", 1, 2, "v"),
        ("c", "text", 1, 2, "v"),
        ("void", "number", 5, 0, ""),
        ("d", "date", 0, 1, "2024-01-31 to 2024-01-31"),
    ]


def test_all_problems_are_told_at_once():
    """One line each, with the row, the line of the file and the option that leaves the column out."""
    table = pa.table(
        {
            "void": pa.nulls(3),
            "gaps": [NAN, None, NAN],
            "same": ["a", "a", "a"],
            "far off": [None, 1.0, -INF],
            "good": [1, 1, 2],
            "one value and a gap": [1, None, 1],
            "not a feature": [5, 5, 5],
        }
    )
    features = [name for name in table.column_names if name != "not a feature"]

    with pytest.raises(DataError) as caught:
        refuse_unusable(table, features, source="t.csv", line_of=lambda row: row + 2)
    assert str(caught.value).splitlines() == [
        "The table 't.csv' has 4 columns that cannot be a feature:",
        "  'void' has no values; leave it out with `--ignore void`",
        "  'gaps' has no values; leave it out with `--ignore gaps`",
        "  'same' has the same value ('a') in every row; leave it out with `--ignore same`",
        "  'far off' has an infinite value in row 2 (line 4); leave it out with `--ignore 'far off'`",
    ]


def test_a_good_table_is_passed_in_silence():
    """Also one of a single row, in which every column is constant."""
    refuse_unusable(pa.table({"a": [1, 2], "t": ["x", None]}), ["a", "t"], source="t.csv")
    refuse_unusable(pa.table({"a": [1], "t": ["x"]}), ["a", "t"], source="t.csv")


def test_the_row_alone_is_named_where_there_are_no_lines():
    """A Parquet file has none."""
    with pytest.raises(DataError, match=r"  'a' has an infinite value in row 1; leave it out with `--ignore a`$"):
        refuse_unusable(pa.table({"a": [1.0, INF]}), ["a"], source="t.parquet", line_of=lambda row: None)


def test_identifiers_are_text_that_is_nearly_unique():
    """More than 20 distinct values, and more than half of those that are not missing."""
    table = pa.table(
        {
            "name": [f"person {k}" for k in range(42)],
            "half": [f"pair {k // 2}" for k in range(42)],
            "few": [f"{k}" if k < 20 else None for k in range(42)],
            "many gaps": [f"{k}" if k < 21 else None for k in range(42)],
            "number": list(range(42)),
            "category": pa.array([f"{k}" for k in range(42)]).dictionary_encode(),
        }
    )

    assert identifier_like(table, table.column_names) == ["name", "many gaps", "category"]
    assert identifier_like(table, ["half", "number"]) == []
