"""Categories and booleans to features: rare, missing and unseen levels, frequencies, identifiers."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.preprocessing import OneHotEncoder

from pellucid.errors import DataError
from pellucid.tables import categories, category_fitting, encoder_fitting, row_blocks
from pellucid.tables.categories import FrequencyColumn, LeftOutColumn, OneHotColumn
from pellucid.tables.columns import as_columns
from pellucid.tables.encoder_fitting import fit_encoder
from pellucid.tables.encoder_options import EncoderOptions
from pellucid.tables.notes import Unseen


def fitted(values, weights=None, **options):
    return fit_encoder(as_columns(pa.table({"t": values})), weights=weights, options=EncoderOptions(**options))


def encode(encoder, values):
    return encoder.encode(as_columns(pa.table({"t": values})), dtype="float64")


def test_one_hot_is_that_of_scikit_learn(rng):
    """Of frequent levels, rare ones together, for columns that have seen all there is."""
    values = rng.choice(list("abcdefgh"), 500, p=[0.3, 0.3, 0.2, 0.1, 0.07, 0.01, 0.01, 0.01]).astype(object)
    X, _ = encode(fitted(values, min_frequency=0.05), values)
    theirs = OneHotEncoder(min_frequency=0.05, sparse_output=False).fit_transform(values[:, None])

    assert_array_equal(X, theirs)


def test_levels_beyond_the_limit_share_one_feature():
    """The least frequent ones; of equally frequent ones the last by name."""
    encoder = fitted(["b", "b", "c", "a", "d", "a", "b"] * 10, max_categories=2)

    assert encoder.columns == (OneHotColumn("t", "text", ("a", "b"), ("c", "d"), False),)
    assert encoder.feature_names == ("t=a", "t=b", "t is rare")
    X, notes = encode(encoder, ["a", "c", "d", "b", "new", None])
    assert_array_equal(X, [[1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 1, 0], [0, 0, 1], [0, 0, 0]])
    assert notes.unseen == {"t": Unseen(1, ("new",), "a rare level")}
    assert "it counts as a rare level." in notes.warnings()[0]


def test_missing_is_a_level_of_its_own():
    """Beside rare ones, and told apart from unseen ones."""
    encoder = fitted(["a", "a", None, "b"] * 10, min_frequency=0.4)

    assert encoder.feature_names == ("t=a", "t is rare", "t is missing")
    assert_array_equal(encode(encoder, ["a", "b", None, "c"])[0], [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0]])


def test_what_is_rare_is_told_by_weight(rng):
    """A row of weight 30 makes its level frequent; the unit of the weights does not matter."""
    values, weights = ["a"] * 60 + ["b"] + ["c"], np.array([1.0] * 60 + [30.0, 1.0])
    for unit in (1.0, 0.01):
        assert fitted(values, weights * unit, min_frequency=0.1).columns[0].rare == ("c",)
    assert fitted(values, min_frequency=0.1).columns[0].rare == ("b", "c")


def test_very_many_levels_become_their_frequency():
    """More than ten times max_categories: the share of the level, standardised over the rows of training."""
    values = [f"level {i}" for i in range(30) for _ in range(i + 1)]
    encoder = fitted(values, max_categories=2)
    (column,) = encoder.columns
    X, notes = encode(encoder, [*values, "new"])
    shares = np.array([values.count(value) for value in values]) / len(values)

    assert isinstance(column, FrequencyColumn)
    assert encoder.feature_names == ("frequency of t",)
    assert_allclose(X[:-1, 0], (shares - shares.mean()) / shares.std(), rtol=1e-12)
    assert X[-1, 0] == X[0, 0]  # an unseen level counts as the rarest
    assert notes.unseen["t"].count == 1


def test_frequencies_of_many_levels_are_listed_to_a_limit(monkeypatch):
    """The others share their mean frequency, so the features still have mean 0 and deviation 1."""
    monkeypatch.setattr(category_fitting, "MOST_LISTED", 10)
    monkeypatch.setattr(categories, "MOST_LISTED", 10)
    values = [f"level {i:02}" for i in range(50) for _ in range(51 - i)]
    encoder = fitted(values, max_categories=2)
    X, _ = encode(encoder, values)

    assert len(encoder.columns[0].levels) == 10
    assert len(np.unique(X)) == 11
    assert_allclose([X.mean(), X.std()], [0, 1], atol=1e-12)
    notes = encode(encoder, values[-3:])[1]
    assert notes.warnings() == [
        "3 rows have values of the column 't' that were not seen in training, or too rarely to be listed (for example "
        "'level 48', 'level 49'): they count as a rare level."
    ]


def test_more_levels_than_are_counted_give_the_same_kind_of_column(monkeypatch):
    """The rarer ones are counted together; of equally frequent ones those that are later by name."""
    monkeypatch.setattr(category_fitting, "MOST_COUNTED", 30)
    values = [f"level {i:02}" for i in range(40)] * 3
    encoder = fitted(values, max_categories=2)
    column = encoder.columns[0]

    assert isinstance(column, FrequencyColumn)
    assert column.levels == tuple(f"level {i:02}" for i in range(15))
    assert column.rest == pytest.approx(1 / 40)


@pytest.mark.parametrize("order", ["rare ones first", "rare ones last", "mixed"])
def test_a_frequent_level_is_found_whatever_came_before_it(order, monkeypatch, rng):
    """Beyond the levels that are counted one by one, block by block."""
    monkeypatch.setattr(category_fitting, "MOST_COUNTED", 100)
    monkeypatch.setattr(row_blocks, "BLOCK_ROWS", 50)
    monkeypatch.setattr(encoder_fitting, "BLOCK_ROWS", 50)
    values = [f"rare {i:03}" for i in range(600)] + ["common"] * 400
    values = {"rare ones first": values, "rare ones last": values[::-1], "mixed": rng.permutation(values)}[order]
    column = fitted(list(values), max_categories=2).columns[0]

    assert column.shares[column.levels.index("common")] == pytest.approx(0.4, rel=0.02)
    assert column.rest == pytest.approx(1 / 1000, rel=0.02)


def test_whole_numbers_that_floats_cannot_tell_apart_are_no_categories():
    """From 2^53 on; one below is one."""
    chosen = EncoderOptions(categorical=("id",))
    table = pa.table({"id": [2**53, 2**53 + 1, 2**53 + 2, 2**53]})
    with pytest.raises(DataError, match="column 'id' is a category of numbers as large as 9007199254740992, and from"):
        fit_encoder(as_columns(table), options=chosen)
    below = fit_encoder(as_columns(pa.table({"id": [2**53 - 1, 2**53 - 2]})), options=chosen)
    assert below.columns[0].levels == ("9007199254740990", "9007199254740991")


def test_identifiers_are_left_out_unless_they_are_asked_for():
    """Nearly every row has a value of its own."""
    table = pa.table({"who": [f"person {i}" for i in range(40)], "x": np.arange(40.0)})
    encoder = fit_encoder(as_columns(table))

    assert encoder.columns[0] == LeftOutColumn("who", "identifier")
    assert encoder.feature_names == ("x",)
    assert encoder.column_names == ("who", "x")
    X, notes = encoder.encode(as_columns(table.select(["x"])), dtype="float64")
    assert X.shape == (40, 1)
    assert notes.extra == ()
    chosen = fit_encoder(as_columns(table), options=EncoderOptions(categorical=("who",)))
    assert chosen.n_features == 41


def test_numbers_can_be_categories():
    """3, 3.0 and a 3 of another type are one level; text in their place is refused."""
    encoder = fit_encoder(
        as_columns(np.array([[1.0], [2.5], [np.nan], [1.0]])), options=EncoderOptions(categorical=("x0",))
    )

    assert encoder.columns == (OneHotColumn("x0", "number", ("1", "2.5"), (), True),)
    X, notes = encoder.encode(as_columns(pa.table({"x0": pa.array([1, 7], pa.int8())})), dtype="float64")
    assert_array_equal(X, [[1, 0, 0], [0, 0, 0]])
    assert notes.unseen == {"x0": Unseen(1, ("7",))}
    with pytest.raises(DataError, match="held numbers in training but holds text now"):
        encoder.encode(as_columns(pa.table({"x0": ["one"]})), dtype="float64")


def test_booleans_can_be_categories():
    """As the numbers that they also are."""
    frame = pd.DataFrame({"b": [True, False, True]})
    encoder = fit_encoder(as_columns(frame), options=EncoderOptions(categorical=("b",)))

    assert encoder.columns == (OneHotColumn("b", "number", ("0", "1"), (), False),)
    for same in (frame, frame.astype(int), frame.astype(float)):
        assert_array_equal(encoder.encode(as_columns(same), dtype="float64")[0], [[0, 1], [1, 0], [0, 1]])


def test_the_empty_text_is_a_missing_one():
    """In frames as in CSV files."""
    encoder = fitted(["a", "", "b", None])

    assert encoder.feature_names == ("t=a", "t=b", "t is missing")
    assert_array_equal(encode(encoder, ["", None, "a"])[0], [[0, 0, 1], [0, 0, 1], [1, 0, 0]])


def test_how_many_levels_there_are_is_estimated_where_they_are_too_many(monkeypatch):
    """To a few percent, however often each occurs."""
    monkeypatch.setattr(category_fitting, "MOST_COUNTED", 100)
    count = category_fitting.DistinctCount()
    for start in range(0, 60_000, 3_000):
        count.add([f"level {i}" for i in range(start, start + 6_000)])

    assert count.estimate() == pytest.approx(63_000, rel=0.06)
    few = category_fitting.DistinctCount()
    few.add(["a", "b", "a"])
    assert few.estimate() == 2


def test_booleans_are_0_and_1():
    """Missing ones are false with an indicator; the numbers 0 and 1 are taken for them, others are not."""
    frame = pd.DataFrame({"b": pd.array([True, None, False], dtype="boolean")})
    encoder = fit_encoder(as_columns(frame))

    assert encoder.feature_names == ("b", "b is missing")
    assert_array_equal(encoder.encode(as_columns(frame), dtype="float64")[0], [[1, 0], [0, 1], [0, 0]])
    assert_array_equal(encoder.encode(as_columns(np.array([[1], [0]]), ["b"]), dtype="float64")[0][:, 0], [1, 0])
    with pytest.raises(DataError, match="held true and false in training but holds 2 in row 1 now"):
        encoder.encode(as_columns(np.array([[1], [2]]), ["b"]), dtype="float64")
    whole = fit_encoder(as_columns(pd.DataFrame({"b": [True, False]})))
    assert whole.encode(as_columns(frame), dtype="float64")[1].warnings() == [
        "1 row has no value in the column 'b', which had no missing values in training: it counts as false."
    ]


def test_the_order_of_rows_does_not_matter(rng):
    """For what is learnt of levels."""
    values = rng.choice([f"l{i}" for i in range(40)], 300)
    shuffled = rng.permutation(values)

    for options in ({"max_categories": 5}, {"max_categories": 2}, {"min_frequency": 0.03}):
        assert fitted(values, **options).columns[0].levels == fitted(shuffled, **options).columns[0].levels


def test_a_missing_value_of_a_frequency_is_an_average_one():
    """Said so where training had none missing."""
    encoder = fitted([f"level {i}" for i in range(30) for _ in range(i + 1)], max_categories=2)
    X, notes = encode(encoder, [None])

    assert X == 0
    assert notes.warnings() == [
        "1 row has no value in the column 't', which had no missing values in training: it counts as a level of "
        "average frequency."
    ]
