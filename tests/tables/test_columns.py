"""One view of arrays, Arrow tables and DataFrames."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_array_equal

from pellucid.errors import DataError
from pellucid.tables.columns import as_columns


def refusal(X, **options):
    with pytest.raises(DataError) as caught:
        as_columns(X, **options)
    return str(caught.value)


def test_a_slice_of_a_float64_matrix_is_a_view():
    """No number is copied on the way from the caller's matrix to the encoder."""
    X = np.arange(12.0).reshape(4, 3)
    columns = as_columns(X)

    assert np.shares_memory(columns.numbers(slice(1, 3), columns.names), X)
    assert columns.names == columns.names_of("number") == ("x0", "x1", "x2")
    assert as_columns(X, names=["a", "b", "c"]).names == ("a", "b", "c")


@pytest.mark.parametrize("dtype", ["float32", "int8", "uint64", "bool", "object"])
def test_other_matrices_are_numbers_too(dtype):
    """Whatever the type, numbers come out in float64; rows are a slice or an index array."""
    X = np.array([[0, 1], [1, 0], [1, 1]]).astype(dtype)
    columns = as_columns(X)

    assert columns.numbers(slice(0, 3), ("x0", "x1")).dtype == np.float64
    assert_array_equal(columns.numbers(np.array([2, 0]), ("x0", "x1")), [[1, 1], [0, 1]])
    assert_array_equal(columns.numbers(np.array([2, 0]), ("x1",)), [[1], [1]])
    assert_array_equal(columns.numbers(slice(0, 2), ("x1", "x0")), [[1, 0], [0, 1]])


def frames():
    """The same small table from three libraries."""
    table = pa.table(
        {
            "i": [1, None, 3],
            "f": [0.5, None, 1.5],
            "b": [True, False, None],
            "t": ["u", None, "v"],
            "c": pa.array(["u", None, "v"]).dictionary_encode(),
            "n": pa.nulls(3),
        }
    )
    pandas = pd.DataFrame(
        {
            "i": pd.array([1, None, 3], dtype="Int64"),
            "f": [0.5, np.nan, 1.5],
            "b": pd.array([True, False, None], dtype="boolean"),
            "t": pd.Series(["u", None, "v"], dtype=object, index=[7, 8, 9]),
            "c": pd.Categorical(["u", None, "v"]),
            "n": pd.Series([None, None, None], dtype=object, index=[7, 8, 9]),
        },
        index=[7, 8, 9],
    )
    polars = pl.DataFrame(
        {"i": [1, None, 3], "f": [0.5, None, 1.5], "b": [True, False, None], "t": ["u", None, "v"]}
    ).with_columns(c=pl.col("t").cast(pl.Categorical), n=pl.lit(None))
    return [table, pandas, polars, pa.concat_tables([table.slice(0, 1), table.slice(1)])]


@pytest.mark.parametrize("frame", frames(), ids=["arrow", "pandas", "polars", "chunks"])
def test_frames_of_all_libraries_look_the_same(frame):
    """Kinds, numbers with NaN and text with null do not depend on the library."""
    columns = as_columns(frame)

    assert columns.n_rows == 3
    assert columns.kinds == {
        "i": "number", "f": "number", "b": "boolean", "t": "text", "c": "text", "n": "number",
    }  # fmt: skip
    assert columns.names_of("number") == ("i", "f", "n")
    assert columns.names_of("text") == ("t", "c")
    assert_array_equal(
        columns.numbers(slice(1, 3), ("i", "f", "b", "n")), [[np.nan, np.nan, 0, np.nan], [3, 1.5, np.nan, np.nan]]
    )
    assert_array_equal(columns.numbers(np.array([2, 0]), ("f",)), [[1.5], [0.5]])
    for name in ("t", "c"):
        assert columns.text(name, slice(0, 2)).to_pylist() == ["u", None]
        assert columns.text(name, np.array([2, 1])).to_pylist() == ["v", None]
    assert [columns.all_missing(name) for name in columns.names] == [False] * 5 + [True]
    assert columns.example("t") == (0, "u")


def test_a_category_of_numbers_is_the_text_of_its_numbers():
    """Who declares a category wants levels, not a scale."""
    frame = pd.DataFrame({"c": pd.Categorical([2.0, 1.0, None, 2.0]), "k": pd.Categorical([3, 4, 3, 3])})
    columns = as_columns(frame)

    assert columns.kinds == {"c": "text", "k": "text"}
    assert columns.text("c", slice(0, 4)).to_pylist() == ["2.0", "1.0", None, "2.0"]
    assert columns.text("k", slice(0, 2)).to_pylist() == ["3", "4"]


def test_numbers_of_a_table_of_text_alone_have_no_columns():
    """The shape still tells the rows."""
    columns = as_columns(pa.table({"t": ["u", "v", "w"]}))

    assert columns.numbers(slice(1, 3), ()).shape == (2, 0)
    assert columns.numbers(np.array([0]), ()).shape == (1, 0)


DATES = [datetime.datetime(2024, 1, 31, 18, 30), None, datetime.datetime(1969, 12, 31)]


@pytest.mark.parametrize(
    "frame",
    [
        pa.table({"d": pa.array(DATES, pa.timestamp("ms"))}),
        pa.table({"d": pa.array(DATES, pa.timestamp("ns", "Europe/Rome"))}),
        pd.DataFrame({"d": pd.Series(DATES, dtype="datetime64[ns]")}),
        pd.DataFrame({"d": pd.Series(DATES, dtype="datetime64[ns]").dt.tz_localize("UTC")}),
        pl.DataFrame({"d": DATES}),
    ],
    ids=["arrow", "zone", "pandas", "pandas in UTC", "polars"],
)
def test_dates_of_all_libraries_look_the_same(frame):
    """In microseconds and in UTC, whatever the unit and the zone that they are shown in; NaT where missing."""
    columns = as_columns(frame)
    expected = np.array(DATES, dtype="datetime64[us]")

    assert columns.kinds == {"d": "date"}
    assert_array_equal(columns.dates("d", slice(0, 3)), expected)
    assert_array_equal(columns.dates("d", np.array([2, 1])), expected[[2, 1]])
    assert columns.example("d")[0] == 0
    assert not columns.all_missing("d")


def test_days_are_dates_at_midnight():
    columns = as_columns(pa.table({"d": [datetime.date(2024, 1, 31), None]}))

    assert columns.kinds == {"d": "date"}
    assert_array_equal(columns.dates("d", slice(0, 2)), np.array(["2024-01-31", "NaT"], dtype="datetime64[us]"))


@pytest.mark.parametrize("frame", [np.array([[3.0], [0.5], [np.nan]]), pa.table({"x0": [3.0, 0.5, None]})])
def test_numbers_can_be_read_as_names(frame):
    """A whole number has no point, whatever type it came in."""
    columns = as_columns(frame)

    assert columns.text("x0", slice(0, 3)).to_pylist() == ["3", "0.5", None]
    assert as_columns(pa.table({"x0": [3, None]})).text("x0", np.array([1, 0])).to_pylist() == [None, "3"]


REFUSALS = [
    (
        pa.table({"d": [datetime.timedelta(hours=3)]}),
        "The column 'd' has the type duration[us], which is not supported: a column holds numbers, booleans, "
        "dates or text; convert it or leave it out.",
    ),
    (
        pa.table({"l": [[1, 2]]}),
        "The column 'l' has the type list<item: int64>, which is not supported: a column holds numbers, "
        "booleans, dates or text; convert it or leave it out.",
    ),
    (
        pd.DataFrame({"m": pd.Series([1, "one"], dtype=object)}),
        "The column 'm' holds numbers, but 'one' in row 1: make it all numbers (pandas.to_numeric(column, "
        "errors='coerce') makes others missing), or leave it out.",
    ),
    (
        pd.DataFrame({"m": pd.Series([None, "one", 2.5, "two", float("nan"), 3], dtype=object)}),
        "The column 'm' holds text, but 2.5 in row 2, and 1 other row is no better: make it all text "
        "(column.astype('string') in pandas), or leave it out.",
    ),
    (
        pd.DataFrame({"m": pd.Series([True, 1.5, 2.5, False, True], dtype=object)}),
        "The column 'm' holds true and false, but 1.5 in row 1, and 1 other row is no better: make it all true and "
        "false, or all numbers, or leave it out.",
    ),
    (
        pd.DataFrame({"m": pd.Series([datetime.date(2024, 5, 31), pd.NaT, "soon"], dtype=object)}),
        "The column 'm' holds dates, but 'soon' in row 2: make it all dates (pandas.to_datetime(column, "
        "errors='coerce') makes others missing), or leave it out.",
    ),
    (
        pd.DataFrame({"m": pd.Series([10**30, 1], dtype=object)}),
        "The column 'm' of the type Object holds values of unusual kinds: make it all numbers or all text, or leave "
        "it out.",
    ),
    (
        np.ones(3),
        "Expected a 2-dimensional array of shape (rows, columns). Got shape (3,); for one column use "
        "X.reshape(-1, 1), for one row X.reshape(1, -1).",
    ),
    (
        np.array([["a", "b"]]),
        "An array of the type <U1 does not hold numbers only: give columns of text as a DataFrame or an Arrow table.",
    ),
    ([[1], [1, 2]], "The rows are not equally long: give every row a value for every column."),
    (
        pl.LazyFrame({"a": [1]}),
        "Expected a NumPy array or a sparse matrix of shape (rows, columns), a pandas or polars DataFrame or an Arrow "
        "table. Got a lazy frame instead: call .collect() on it.",
    ),
    (
        "table.csv",
        "Expected a NumPy array or a sparse matrix of shape (rows, columns), a pandas or polars DataFrame or an Arrow "
        "table. Got str instead.",
    ),
    (
        pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]),
        "The column name 'a' occurs more than once: give every column its own name.",
    ),
]


@pytest.mark.parametrize(("X", "sentence"), REFUSALS)
def test_what_is_not_supported_is_refused_by_name(X, sentence):
    """The sentence names the column and its type, and says what to do."""
    assert refusal(X) == sentence


def test_names_must_fit_the_matrix():
    """One name for each column, all distinct."""
    X = np.ones((2, 2))

    assert refusal(X, names=["a"]) == "The array has 2 columns but names for 1: name each column once."
    assert refusal(X, names=["a", "a"]) == (
        "The column name 'a' occurs more than once: give every column its own name."
    )


@pytest.mark.parametrize(
    "values",
    [
        pa.array(["", None]),
        pa.array(["", None], pa.large_string()),
        pa.array(["", None], pa.string_view()),
        pa.array(["", None]).dictionary_encode(),
        pa.array(["", None], pa.dictionary(pa.int8(), pa.large_string())),
    ],
    ids=lambda values: str(values.type),
)
def test_an_empty_text_is_a_missing_value_in_every_type_of_text(values):
    """Also where numbers were learnt: a column without a value can stand for any kind, as one of a CSV file can."""
    columns = as_columns(pa.table({"town": values}))

    assert columns.text("town", slice(None)).to_pylist() == [None, None]
    assert columns.all_missing("town")
    assert np.isnan(columns.numbers(slice(None), ("town",))).all()
