"""Columns to features, by what was learnt from the rows of training."""

import json
import math

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pellucid.errors import DataError
from pellucid.tables import encoder_fitting, row_blocks
from pellucid.tables.columns import as_columns
from pellucid.tables.encoder import TableEncoder
from pellucid.tables.encoder_fitting import fit_encoder
from pellucid.tables.encoder_options import EncoderOptions
from pellucid.tables.notes import Notes, Unseen

INF = float("inf")


def training_table():
    return pa.table(
        {
            "city": ["Rome", "Bern", None, "Rome"],
            "size": [1.0, 2.0, None, 6.0],
            "kind": ["b", "a", "b", "a"],
            "rooms": [2, 4, 2, 4],
        }
    )


def fitted(**columns):
    return fit_encoder(as_columns(pa.table(columns or training_table().to_pydict())))


def encode(encoder, frame, **options):
    return encoder.encode(as_columns(frame), dtype="float64", **options)


def refusal(call, *args, **options):
    with pytest.raises(DataError) as caught:
        call(*args, **options)
    return str(caught.value)


def test_features_come_in_a_fixed_order_with_names_and_sources():
    """Numbers, indicators, then the levels of each text column."""
    encoder = fitted()

    assert encoder.column_names == ("city", "size", "kind", "rooms")
    assert encoder.feature_names == (
        "size", "rooms", "size is missing", "city=Bern", "city=Rome", "city is missing", "kind=a", "kind=b",
    )  # fmt: skip
    assert encoder.feature_sources == ("size", "rooms", "size", "city", "city", "city", "kind", "kind")
    assert encoder.n_features == 8


def test_values_by_hand():
    """size: mean 3, variance 14/3, median 2; rooms: mean 3, scale 1."""
    X, notes = encode(fitted(), training_table())
    s = math.sqrt(14 / 3)

    assert_allclose(
        X,
        [
            [-2 / s, -1, 0, 0, 1, 0, 0, 1],
            [-1 / s, 1, 0, 1, 0, 0, 1, 0],
            [-1 / s, -1, 1, 0, 0, 1, 0, 1],
            [3 / s, 1, 0, 0, 1, 0, 1, 0],
        ],
        rtol=1e-14,
    )
    assert notes == Notes(filled_as_trained={"size": 1})
    assert notes.warnings() == []


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_X_is_contiguous_and_of_the_type_asked_for(dtype):
    """The cast is the last step: float32 features are the rounded float64 ones."""
    encoder, columns = fitted(), as_columns(training_table())
    X, _ = encoder.encode(columns, dtype=dtype)

    assert X.dtype == dtype
    assert X.flags.c_contiguous
    assert_array_equal(X, encoder.encode(columns, dtype="float64")[0].astype(dtype))


def test_only_the_given_rows_are_learnt_from():
    """A row left out can hold any level, gap or number."""
    rows = np.array([1, 3])
    encoder = fit_encoder(as_columns(training_table()), rows=rows)

    assert encoder == fit_encoder(as_columns(training_table().take([1, 3])))
    assert "city is missing" not in encoder.feature_names
    X, _ = encode(encoder, training_table(), rows=rows)
    assert_array_equal(X, encode(encoder, training_table())[0][rows])


def test_weight_two_is_the_row_twice():
    """In mean, scale, fill and levels."""
    weights = [2.0, 1.0, 3.0]
    weighted = fit_encoder(as_columns(training_table()), rows=[0, 2, 3], weights=weights)
    repeated = fit_encoder(as_columns(training_table()), rows=[0, 0, 2, 3, 3, 3])

    for one, other in zip(weighted.columns, repeated.columns, strict=True):
        numeric = [key for key in ("mean", "scale") if hasattr(one, key)]
        for key in numeric:
            assert getattr(one, key) == pytest.approx(getattr(other, key), rel=1e-14)
        assert one._replace(**dict.fromkeys(numeric, 0)) == other._replace(**dict.fromkeys(numeric, 0))


def test_blocks_change_nothing_but_rounding(monkeypatch):
    """The same features with blocks of 3 rows as in one block."""
    generator = np.random.default_rng(0)
    frame = pa.table(
        {
            "x": generator.normal(5, 2, size=50),
            "y": np.where(generator.random(50) < 0.2, np.nan, generator.normal(size=50)),
            "t": pa.array([None if k == 3 else f"level {k}" for k in generator.integers(0, 5, size=50)]),
        }
    )
    encoder = fit_encoder(as_columns(frame))
    X, notes = encode(encoder, frame)
    monkeypatch.setattr(row_blocks, "BLOCK_ROWS", 3)
    monkeypatch.setattr(encoder_fitting, "BLOCK_ROWS", 3)
    in_blocks = fit_encoder(as_columns(frame))

    assert_array_equal(encode(encoder, frame)[0], X)
    assert encode(encoder, frame)[1] == notes
    assert_allclose(encode(in_blocks, frame)[0], X, rtol=1e-12, atol=1e-14)
    assert_array_equal(encode(encoder, frame, rows=np.arange(49, -1, -1))[0], X[::-1])


def test_row_by_row_is_the_whole_table():
    """To the last bit, from a matrix and from a frame."""
    generator = np.random.default_rng(1)
    matrix = generator.normal(size=(20, 4))
    matrix[3, 1] = np.nan
    for frame in (matrix, pa.table({f"x{j}": matrix[:, j] for j in range(4)})):
        encoder = fit_encoder(as_columns(frame))
        X, _ = encode(encoder, frame)
        rows = [encode(encoder, frame[i : i + 1] if frame is matrix else frame.slice(i, 1))[0] for i in range(20)]
        assert_array_equal(np.concatenate(rows), X)


def test_without_standardising_numbers_pass_through():
    """Only gaps are filled, with the median."""
    encoder = fit_encoder(as_columns(training_table()), options=EncoderOptions("none"))
    X, _ = encode(encoder, training_table())

    assert_array_equal(X[:, :3], [[1, 2, 0], [2, 4, 0], [2, 2, 1], [6, 4, 0]])


def test_frames_of_other_libraries_encode_alike():
    """Trained on Arrow, used with pandas and polars, in another order of columns."""
    encoder = fitted()
    X, _ = encode(encoder, training_table())
    pandas = training_table().to_pandas()[["rooms", "kind", "size", "city"]]

    assert_array_equal(encode(encoder, pandas)[0], X)
    assert_array_equal(encode(encoder, pl.from_arrow(training_table()))[0], X)


def test_what_training_did_not_see_is_counted_and_told():
    """Gaps in columns without gaps, unknown levels, and extra columns."""
    encoder = fitted()
    new = {
        "rooms": [None, None, 2],
        "kind": [None, "c", "c"],
        "size": [None, 1.0, 1.0],
        "city": ["Oslo", "Rome", None],
        "id": [1, 2, 3],
    }
    X, notes = encode(encoder, pa.table(new))

    assert_array_equal(X[:, 1:], [[0, 1, 0, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0, 0], [-1, 0, 0, 0, 1, 0, 0]])
    assert notes == Notes(
        filled={"rooms": 2},
        filled_as_trained={"size": 1},
        unseen={"city": Unseen(1, ("Oslo",)), "kind": Unseen(2, ("c",))},
        missing_text={"kind": 1},
        extra=("id",),
    )
    assert notes.warnings() == [
        "2 rows have no value in the column 'rooms', which had no missing values in training: the median "
        "of training stands in.",
        "1 row has a value of the column 'city' that was not seen in training (for example 'Oslo'): it "
        "counts as none of the known levels.",
        "2 rows have values of the column 'kind' that were not seen in training (for example 'c'): they "
        "count as none of the known levels.",
        "1 row has no value in the column 'kind', which had no missing values in training: it counts as "
        "none of the known levels.",
    ]


def test_three_examples_of_unseen_levels_are_enough():
    """The first three distinct ones, also across blocks."""
    notes = Notes()
    notes.add_unseen("t", 3, ["b", "a"])
    notes.add_unseen("t", 4, ["a", "d", "c"])

    assert notes.unseen == {"t": Unseen(7, ("b", "a", "d"))}


def test_a_column_without_any_value_stands_for_either_kind():
    """A single row whose city is missing has no type of its own."""
    encoder = fitted()
    row = pd.DataFrame({"city": [None], "size": pd.Series([None], dtype="str"), "kind": ["a"], "rooms": [3]})
    X, _ = encode(encoder, row)

    assert_array_equal(X[:, 1:], [[0, 1, 0, 0, 1, 1, 0]])
    matrix = np.array([[np.nan, 1.0, np.nan, 3.0]])
    X, notes = encoder.encode(as_columns(matrix, names=encoder.column_names), dtype="float64")
    assert_array_equal(X[:, 1:], [[0, 0, 0, 0, 1, 0, 0]])
    assert notes.missing_text == {"kind": 1}


def test_columns_that_do_not_fit_are_refused():
    """All missing columns at once; the other kind with an example and its row."""
    encoder = fitted()

    assert refusal(encode, encoder, pa.table({"city": ["Rome"], "rooms": [1]})) == (
        "2 columns of training cannot be found: 'size', 'kind'; add or rename columns."
    )
    text = {"city": ["Rome"] * 2, "size": [None, "big"], "kind": ["a", "b"], "rooms": [1, 2]}
    assert refusal(encode, encoder, pa.table(text)) == (
        "The column 'size' held numbers in training but holds text now (for example 'big' in row 1): give "
        "the same kind of values as in training."
    )
    number = {"city": [None, 5], "size": [1.0, 2.0], "kind": ["a", "b"], "rooms": [1, 2]}
    assert refusal(encode, encoder, pa.table(number)) == (
        "The column 'city' held text in training but holds numbers now (for example 5 in row 1): give the "
        "same kind of values as in training."
    )


def test_the_example_of_text_among_numbers_is_no_number():
    """In a column that holds both, the reader needs the value that is wrong, not the first one."""
    mixed = {"city": ["Rome"] * 3, "size": ["1", "2.5", "many"], "kind": ["a"] * 3, "rooms": [1, 2, 3]}

    assert refusal(encode, fitted(), pa.table(mixed)) == (
        "The column 'size' held numbers in training but holds text now (for example 'many' in row 2): give "
        "the same kind of values as in training."
    )


def test_features_have_distinct_names_also_beside_columns_that_are_called_like_them():
    encoder = fitted(**{"a": [1.0, None], "a is missing": [1, 2], "b": ["x", "y"], "b=x": [3, 4], "b=x (2)": [5, 6]})

    assert encoder.feature_names == (
        "a",
        "a is missing",
        "b=x",
        "b=x (2)",
        "a is missing (2)",
        "b=x (3)",
        "b=y",
    )
    assert encoder.feature_sources == ("a", "a is missing", "b=x", "b=x (2)", "a", "b", "b")


def test_infinite_values_are_refused_with_their_row():
    """In fitting and in encoding; the row is that of the whole table."""
    encoder = fit_encoder(as_columns(np.array([[1.0, 2.0], [2.0, 3.0]])))
    columns = as_columns(np.array([[1.0, 2.0], [2.0, -INF], [np.nan, 1.0]]))
    sentence = (
        "The column 'x1' has an infinite value (-inf) in row 1: correct it, or leave it empty so that it "
        "counts as missing."
    )

    assert refusal(fit_encoder, columns) == sentence
    assert refusal(fit_encoder, columns, rows=[2, 1]) == sentence
    assert refusal(encoder.encode, columns, dtype="float32") == sentence
    assert refusal(encoder.encode, columns, dtype="float32", rows=[2, 1]) == sentence


def test_numbers_too_large_are_refused_rather_than_made_infinite():
    """In the statistics, and in float32."""
    encoder = fit_encoder(as_columns(np.array([[1.0], [2.0]])))

    assert refusal(fit_encoder, as_columns(np.array([[1e200], [0.0]]))) == (
        "The values of the column 'x0' are too large for their mean and spread to be computed: divide them "
        "by a constant, or take their logarithm."
    )
    assert refusal(encoder.encode, as_columns(np.array([[1.0], [1e300]])), dtype="float32") == (
        "The value 1e+300 of the column 'x0' in row 1 is too large for float32: correct it, or divide the "
        "column by a constant."
    )


def test_no_rows_are_refused():
    """Neither an empty table nor an empty selection."""
    sentence = "There are no rows to learn from: give a table with at least one row."

    assert refusal(fit_encoder, as_columns(np.ones((0, 2)))) == sentence
    assert refusal(fit_encoder, as_columns(np.ones((3, 2))), rows=[]) == sentence


def test_zero_rows_encode_to_zero_rows():
    """A prediction for nobody is no error."""
    X, notes = encode(fitted(), training_table().slice(0, 0))

    assert X.shape == (0, 8)
    assert notes == Notes()


def test_json_gives_back_the_same_encoder_to_the_last_bit():
    """Through text and back: equal, and equal features."""
    generator = np.random.default_rng(2)
    frame = pa.table({"x": generator.normal(size=99) / 3, "t": [f"ü{k % 7}" for k in range(99)]})
    for encoder, table in ((fitted(), training_table()), (fit_encoder(as_columns(frame)), frame)):
        back = TableEncoder.from_dict(json.loads(json.dumps(encoder.to_dict())))
        assert back == encoder
        assert back.feature_names == encoder.feature_names
        assert encode(back, table)[0].tobytes() == encode(encoder, table)[0].tobytes()


def number(**changes):
    return {"kind": "number", "name": "x", "mean": 0.0, "scale": 1.0, "fill": 0.0, "missing": False} | changes


def text(**changes):
    return {"kind": "one_hot", "name": "t", "of": "text", "levels": ["a", "b"], "rare": [], "missing": True} | changes


def description(*columns, number_encoding="standard", missing="median"):
    return {"number_encoding": number_encoding, "missing": missing, "columns": list(columns)}


FIELDS = "The encoder must have exactly the fields number_encoding, missing, columns."
WRONG = [
    ([], f"{FIELDS} Got list instead."),
    ({"columns": []}, f"{FIELDS} Got columns instead."),
    (
        description(number_encoding="pickle"),
        "The encoder has a field 'number_encoding' that is not one of standard, robust, quantile, piecewise_linear, "
        "none.",
    ),
    (
        description(number_encoding=["none"]),
        "The encoder has a field 'number_encoding' that is not one of standard, robust, quantile, piecewise_linear, "
        "none.",
    ),
    (description(missing="drop"), "The encoder has a field 'missing' that is not one of median, refuse."),
    (description() | {"columns": {}}, "The encoder has a field 'columns' that is not a list."),
    (
        description(number(), number()),
        "The encoder has a field 'columns' that is not a list of columns with distinct names.",
    ),
    (
        description(text(), number(colour="red")),
        "Column 1 of the encoder must have exactly the fields kind, name, mean, scale, fill, missing. Got "
        "kind, name, mean, scale, fill, missing, colour instead.",
    ),
]
KINDS = "one of number, boolean, date, one_hot, frequency, left_out"
INCREASING = "a list of increasing numbers"


def quantile(**changes):
    return {"kind": "number", "name": "x", "knots": [0, 1], "values": [-1, 1], "fill": 0.0, "missing": False} | changes


def frequency(**changes):
    return {
        "kind": "frequency", "name": "t", "of": "text", "levels": ["a", "b"], "shares": [0.5, 0.25], "rest": 0.1,
        "mean": 0.3, "scale": 0.1, "missing": False,
    } | changes  # fmt: skip


def date(*parts, **changes):
    return {"kind": "date", "name": "d", "first": 0, "parts": list(parts), "missing": False} | changes


def part(name="year", scale=1.0, **changes):
    return {"part": name, "mean": 0.0, "scale": scale, "fill": 0.0} | changes


WRONG_FIELDS = [
    (number(kind="text"), "kind", KINDS),
    (number(kind=["number"]), "kind", KINDS),
    (number(name=3), "name", "a text"),
    (number(mean="0"), "mean", "a finite number"),
    (number(mean=True), "mean", "a finite number"),
    (number(mean=math.nan), "mean", "a finite number"),
    (number(mean=10**400), "mean", "a finite number"),
    (number(fill=INF), "fill", "a finite number"),
    (number(scale=0.0), "scale", "a finite number > 0"),
    (number(missing=0), "missing", "true or false"),
    (text(levels="ab"), "levels", "a sorted list of distinct texts, none of them empty"),
    (text(levels=["b", "a"]), "levels", "a sorted list of distinct texts, none of them empty"),
    (text(levels=["a", "a"]), "levels", "a sorted list of distinct texts, none of them empty"),
    (text(levels=["", "a"]), "levels", "a sorted list of distinct texts, none of them empty"),
    (text(levels=["a", None]), "levels", "a sorted list of distinct texts, none of them empty"),
    (text(rare=["b", "c"]), "rare", "a list of other texts than its 'levels'"),
    (text(of="date"), "of", "'text' or 'number'"),
    (frequency(shares=[0.5]), "shares", "as long as its 'levels'"),
    (frequency(shares=[0.5, 0.0]), "shares", "a list of shares, greater than 0"),
    (frequency(rest=-0.1), "rest", "a share from 0 to 1"),
    (frequency(mean=1e308, scale=1e-300), "scale", "large enough for its shares"),
    (frequency(rest=1.0, mean=0.0, scale=1e-310), "scale", "large enough for its shares"),
    (date(first=10**18), "first", "a date from year 1 to 9999"),
    (date(first=0.0), "first", "a date from year 1 to 9999"),
    (date(part("month"), part("year")), "parts", "a list of parts of dates, in order"),
    (date(part(), part()), "parts", "a list of parts of dates, in order"),
    (date(part(scale=0)), "parts", "a list of parts of dates, in order"),
    (date(part("century")), "parts", "a list of parts of dates, in order"),
    (date(part(part=["year"])), "parts", "a list of parts of dates, in order"),
    ({"kind": "left_out", "name": "n", "reason": "why not"}, "reason", "'identifier'"),
]
WRONG_ENCODED = [
    ("quantile", quantile(knots=[1, 0]), "knots", INCREASING),
    ("quantile", quantile(knots=[], values=[]), "knots", INCREASING),
    ("quantile", quantile(values=[0.0]), "values", "as long as its 'knots'"),
    ("quantile", quantile(values=[1, 1]), "values", INCREASING),
    (
        "piecewise_linear",
        {"kind": "number", "name": "x", "edges": [1.0], "fill": 0.0, "missing": False},
        "edges",
        "a list of two or more increasing numbers",
    ),
    (
        "piecewise_linear",
        {"kind": "number", "name": "x", "edges": [-1e308, 0.0, 1e308], "fill": 0.0, "missing": False},
        "edges",
        "of a finite span",
    ),
    ("quantile", quantile(knots=[-1e308, 1e308]), "knots", "of a finite span"),
    ("quantile", quantile(values=[-1e308, 1e308]), "values", "of a finite span"),
]


@pytest.mark.parametrize(("description", "sentence"), WRONG)
def test_a_wrong_description_is_refused(description, sentence):
    """Nothing is guessed, nothing is ignored."""
    assert refusal(TableEncoder.from_dict, description) == sentence


@pytest.mark.parametrize(("column", "key", "rule"), WRONG_FIELDS)
def test_a_wrong_field_is_refused_by_name(column, key, rule):
    """The column is named by its position, from 0."""
    sentence = f"Column 0 of the encoder has a field '{key}' that is not {rule}."

    assert refusal(TableEncoder.from_dict, description(column)) == sentence


def test_names_of_features_are_counted_before_they_are_made(monkeypatch):
    """A gigabyte of names is refused without one of them; two million signs are a model."""
    longest = description(text(name="n" * 1_000, levels=[f"{i:04}" for i in range(1_990)], missing=False))
    assert len(TableEncoder.from_dict(longest).feature_names) == 1_990

    monkeypatch.setattr("pellucid.tables.encoder._features", lambda *_: pytest.fail("features were named"))
    sentence = (
        "The names of the features have 2008000 signs in all, where 2000000 are allowed: give columns of many levels "
        "or bins shorter names."
    )
    more = description(text(name="n" * 1_000, levels=[f"{i:04}" for i in range(2_000)], missing=False))
    assert refusal(TableEncoder.from_dict, more) == sentence


@pytest.mark.parametrize(("encoding", "column", "key", "rule"), WRONG_ENCODED)
def test_a_number_column_has_the_fields_of_its_encoding(encoding, column, key, rule):
    """Those of another encoding are refused, not left aside."""
    sentence = f"Column 0 of the encoder has a field '{key}' that is not {rule}."

    assert refusal(TableEncoder.from_dict, description(column, number_encoding=encoding)) == sentence
    assert "must have exactly the fields" in refusal(TableEncoder.from_dict, description(column))


def test_an_encoder_cannot_be_changed():
    """It is a value: equal ones behave alike for ever."""
    with pytest.raises(AttributeError):
        fitted().columns = ()
