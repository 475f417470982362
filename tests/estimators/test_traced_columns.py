"""A trace shows every kind of column truly: what it held, the rule, and the entries of x that came of it."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from estimators.every_column import NUMBER_ENCODINGS, fitted_on_every_kind, table_of_every_kind
from pellucid.errors import DataError
from pellucid.tables.number_columns import StandardNumber


@pytest.fixture(scope="module")
def table():
    return table_of_every_kind()


@pytest.fixture(scope="module")
def model(table):
    return fitted_on_every_kind(table)


def traced(model, row):
    return {column.name: column for column in model.trace(row).row.columns}


@pytest.mark.parametrize("number_encoding", NUMBER_ENCODINGS)
def test_entries_of_all_columns_together_are_what_encode_gives(table, number_encoding):
    model = fitted_on_every_kind(table, number_encoding)
    for at in (0, 3, 4, 5, 6):
        row = table.iloc[[at]]
        columns = model.trace(row).row.columns
        x = np.full(model.encoder_.n_features, np.nan)
        for column in columns:
            x[list(column.features)] = column.encoded

        np.testing.assert_array_equal(x, model.encode(row)[0])
        assert [column.name for column in columns] == list(table.columns)


def test_values_are_those_of_the_table_and_dates_are_iso_in_utc(model, table):
    row = table.iloc[[0]].assign(sold=pd.Timestamp("2020-02-29T12:30", tz="America/New_York"))
    columns = traced(model, row)

    assert columns["size"].value == table["size"][0]
    assert columns["garden"].value is bool(table["garden"][0])
    assert columns["sold"].value == "2020-02-29T17:30"
    assert traced(model, row.assign(sold=pd.Timestamp("2020-02-29")))["sold"].value == "2020-02-29"
    assert columns["town"].value == table["town"][0]
    assert columns["order"].value == "A-00000"


def test_parts_of_a_date_are_shown_before_they_are_standardised(model, table):
    """28 July 2020 at a quarter past six was a Tuesday."""
    column = traced(model, table.iloc[[0]].assign(sold=pd.Timestamp("2020-07-28T18:15")))["sold"]
    parts = column.encoding["parts"]
    expected = (2020, 7, 2, 18.25)

    assert [part["part"] for part in parts] == ["year", "month", "day_of_week", "hour", "elapsed_days"]
    assert column.operands[:4] == expected
    elapsed = pd.Timestamp("2020-07-28T18:15") - pd.Timestamp(column.encoding["first"])
    assert math.isclose(column.operands[4], elapsed / pd.Timedelta("1D"), rel_tol=1e-15)
    by_hand = [(v - part["mean"]) / part["scale"] for v, part in zip(column.operands, parts, strict=True)]
    np.testing.assert_array_equal(column.encoded, [*by_hand, 0.0])


def test_frequency_of_a_level_is_its_share_of_the_rows(model, table):
    column = traced(model, table.iloc[[0]])["street"]
    share = (table["street"] == table["street"][0]).sum() / table["street"].notna().sum()

    assert math.isclose(column.operands[0], share, rel_tol=1e-12)
    assert column.formula.startswith("z = (share of the level - ")


@pytest.mark.parametrize(
    ("number_encoding", "start"),
    [
        ("standard", "z = (x - "),
        ("robust", "u = (x - "),
        ("quantile", "z = the normal quantile of the rank of x"),
        ("piecewise_linear", "e_t = (x - b_(t-1)) / (b_t - b_(t-1)) in 16 bins"),
        ("none", "z = x"),
    ],
)
def test_each_column_carries_its_formula(table, number_encoding, start):
    columns = traced(fitted_on_every_kind(table, number_encoding), table.iloc[[0]])

    assert columns["size"].formula.startswith(start)
    assert columns["size"].encoding["kind"] == number_encoding
    assert columns["garden"].formula == "z = 1 if true, 0 if false"
    assert columns["sold"].formula.startswith("z = (year - 20")
    assert columns["town"].formula.startswith("1 in the place of its level")
    assert columns["order"].formula == "left out: an identifier teaches nothing"


def test_a_mean_below_zero_is_added():
    assert StandardNumber("x", -3.0, 2.0, 0.0, False).describe() == "z = (x + 3) / 2"


def test_notes_say_what_stands_for_a_value_that_is_missing_unseen_rare_or_left_out(model, table):
    row = table.iloc[[0]].assign(
        size=np.nan, age=np.nan, garden=pd.array([None], dtype="boolean"), sold=pd.NaT, town="Ulm", street="elsewhere"
    )
    notes = {name: column.note for name, column in traced(model, row).items()}
    fill = {column.name: column.fill for column in model.encoder_.columns[:2]}

    assert notes == {
        "size": f"missing: the median {fill['size']:.6g} stands in its place, none was missing in training, so nothing "
        "marks it",
        "age": f"missing: the median {fill['age']:.6g} stands in its place, and its indicator is 1",
        "garden": "missing: it counts as false, and its indicator is 1",
        "sold": "missing: the medians of its parts stand in their places, and its indicator is 1",
        "town": "'Ulm' was rare in training: it shares one entry of x with the other rare levels",
        "street": "'elsewhere' was not seen in training, or too rare to be listed: it counts with the share of such a "
        "level",
        "order": "left out: in training nearly every row had a value of its own, as names and numbers of orders have",
    }
    row = row.assign(town=pd.Series([None], dtype=object), street=pd.Series([None], dtype=object))
    notes = {name: column.note for name, column in traced(model, row).items()}
    assert notes["town"] == "missing: it has an entry of x of its own"
    assert notes["street"] == "missing: it counts as a level of average share, and its indicator is 1"
    paris = traced(model, row.assign(town="Paris"))["town"]
    assert paris.note == "'Paris' was not seen in training: it counts as a rare level"
    assert paris.encoded == traced(model, row.assign(town="Lima"))["town"].encoded


@pytest.mark.parametrize("number_encoding", ["quantile", "piecewise_linear"])
def test_a_number_beyond_those_of_training_is_told(table, number_encoding):
    model = fitted_on_every_kind(table, number_encoding)
    far = traced(model, table.iloc[[0]].assign(size=1e4))["size"]

    assert far.note.startswith("beyond all values of training")
    assert (far.sensitivity[0] == 0) == (number_encoding == "quantile")


def test_only_numbers_that_are_there_have_a_sensitivity(model, table):
    columns = traced(model, table.iloc[[0]].assign(age=np.nan))
    known = {name for name, column in columns.items() if not np.isnan(column.sensitivity[0])}

    assert known == {"size"}


def test_json_holds_all_that_it_takes_to_encode_another_value(model, table):
    """Here a program that has only the JSON encodes the town, the date and the street of another row."""
    columns = {c["name"]: c for c in json.loads(model.trace(table.iloc[[0]]).to_json())["row"]["columns"]}
    other = table.iloc[[1]]
    x = model.encode(other)[0]

    town = columns["town"]
    assert x[town["features"][town["encoding"]["levels"].index(other["town"].item())]] == 1
    sold, date = columns["sold"], other["sold"].item()
    year = sold["encoding"]["parts"][0]
    assert x[sold["features"][0]] == (date.year - year["mean"]) / year["scale"]
    street, rule = columns["street"], columns["street"]["encoding"]
    share = rule["shares"][rule["levels"].index(other["street"].item())]
    assert x[street["features"][0]] == (share - rule["mean"]) / rule["scale"]


def test_printed_trace_shows_parts_and_formulas_and_says_what_is_left_out(model, table):
    text = str(model.trace(table.iloc[[0]].assign(sold=pd.Timestamp("2020-07-28"))))
    flat = " ".join(text.split())

    assert "year 2020 →" in flat
    assert "day of week 2 →" in flat
    assert "share 0." in flat
    assert "order: left out: in training nearly every row had a value of its own" in flat
    assert "z = (x - " in flat


def test_a_missing_number_that_a_model_refuses_is_not_offered(table):
    complete = table.assign(age=1.0)
    model = fitted_on_every_kind(complete, missing="refuse")
    columns = traced(model, complete.iloc[[0]])

    assert {name for name, column in columns.items() if not column.may_be_missing} == {"size", "age"}
    with pytest.raises(DataError, match="missing='refuse'"):
        model.trace(complete.iloc[[0]].assign(size=np.nan))


def test_a_row_as_a_series_keeps_its_kinds(model, table):
    np.testing.assert_array_equal(model.trace(table.iloc[0]).x, model.trace(table.iloc[[0]]).x)
