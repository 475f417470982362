"""Every kind of column in the page: a changed value gives the x, the words and the sensitivity that Python gives."""

import warnings

import numpy as np
import pandas as pd
import pytest

from browser.pages import LIMIT, assert_same_numbers
from estimators.every_column import NUMBER_ENCODINGS, fitted_on_every_kind, table_of_every_kind
from pellucid.errors import DataWarning
from pellucid.glassbox.column_words import entries_in_words
from pellucid.glassbox.page.assembly import trace_page
from pellucid.glassbox.page.mathml import short

EXACT = 1e-12  # of the largest entry of x
OTHER = "any other, not seen in training"


@pytest.fixture(scope="module")
def table():
    return table_of_every_kind()


def open_row(read, model, row):
    reader = read()
    reader.open(trace_page(model.trace(row)))
    assert float(reader.page.locator("#agreement").get_attribute("data-largest")) <= EXACT
    return reader, {column.name: f'#inputs tr[data-column="{at}"]' for at, column in enumerate(model.encoder_.columns)}


def assert_as_python(reader, model, row):
    """The x of the page, and what it says of each column, are those of the row with these values."""
    made = model.trace(row)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # of unseen and missing values, as meant here
        x = model.encode(row)[0]
    np.testing.assert_allclose(reader.numbers()["z"][0], x, rtol=0, atol=EXACT * np.abs(x).max())
    assert_same_numbers(reader.numbers(), made)
    for at, column in enumerate(made.row.columns):
        line = reader.page.locator(f'#inputs tr[data-column="{at}"]')
        assert line.locator(".entries").text_content() == entries_in_words(column, short, between="\n")
        shown = float(line.locator(".sensitivity").get_attribute("data-value"))
        np.testing.assert_allclose(shown, column.sensitivity[0], rtol=LIMIT, err_msg=column.name)


@pytest.mark.parametrize("number_encoding", NUMBER_ENCODINGS)
def test_numbers_are_encoded_as_in_python_within_at_and_beyond_the_values_of_training(read, table, number_encoding):
    model = fitted_on_every_kind(table, number_encoding)
    row = table.iloc[[0]]
    reader, lines = open_row(read, model, row)
    column = model.encoder_.columns[0]
    kinks = getattr(column, "knots", getattr(column, "edges", (71.0, 93.0)))
    for value in (55.25, -1e3, 1e6, kinks[0], kinks[len(kinks) // 2], kinks[-1]):
        reader.page.locator(f"{lines['size']} .field").fill(repr(float(value)))
        assert_as_python(reader, model, row.assign(size=float(value)))
    for name in ("size", "age"):  # one that had no gaps in training, one that had
        reader.page.locator(f"{lines[name]} .missing").check()
        row = row.assign(**{name: np.nan})
    assert_as_python(reader, model, row.assign(size=np.nan))


def test_a_slider_goes_through_the_same_encoding(read, table):
    model = fitted_on_every_kind(table, "quantile")
    row = table.iloc[[0]]
    reader, lines = open_row(read, model, row)
    reader.page.locator(f"{lines['age']} .slider").focus()
    reader.page.keyboard.press("PageUp")
    value = float(reader.page.locator(f"{lines['age']} .field").input_value())

    assert value != row["age"].item()
    assert_as_python(reader, model, row.assign(age=value))


def test_truth_values_dates_and_categories_are_encoded_as_in_python(read, table):
    model = fitted_on_every_kind(table)
    row = table.iloc[[0]]
    reader, lines = open_row(read, model, row)

    def choose(name, label):
        reader.page.locator(f"{lines[name]} select").select_option(label=label)

    for label, value in (("false", False), ("true", True), ("missing", None)):
        choose("garden", label)
        row = row.assign(garden=pd.array([value], dtype="boolean"))
        assert_as_python(reader, model, row)
    for date in ("2020-02-29T23:59:59.250", "1969-12-31T00:00", "1899-03-01T12:30", "2262-01-01T06:00"):
        reader.page.locator(f"{lines['sold']} .date").fill(date)
        assert_as_python(reader, model, row.assign(sold=np.datetime64(date, "us")))
    reader.page.locator(f"{lines['sold']} .missing").check()
    row = row.assign(sold=pd.NaT)
    assert_as_python(reader, model, row)
    for label, value in (("Oslo", "Oslo"), ("Ulm (rare)", "Ulm"), (OTHER, "Paris"), ("missing", None)):
        choose("town", label)
        row = row.assign(town=pd.Series([value], dtype=object))
        assert_as_python(reader, model, row)
    for label, value in (("street 11", "street 11"), (OTHER, "elsewhere"), ("missing", None)):
        choose("street", label)
        row = row.assign(street=pd.Series([value], dtype=object))
        assert_as_python(reader, model, row)


def test_own_values_come_back_a_date_to_the_microsecond(read, table):
    model = fitted_on_every_kind(table)
    row = table.iloc[[0]].assign(sold=np.datetime64("2020-06-01T10:20:30.123456", "us"), town="Paris")
    reader, lines = open_row(read, model, row)
    reader.page.locator(f"{lines['sold']} .missing").check()
    reader.page.locator(f"{lines['town']} select").select_option("Rome")
    reader.page.locator(f"{lines['garden']} select").select_option(label="missing")
    reader.page.locator(f"{lines['sold']} .missing").uncheck()
    changed = row.assign(town="Rome", garden=pd.array([None], dtype="boolean"))
    assert_as_python(reader, model, changed)
    reader.page.get_by_role("button", name="Back to the row’s own values").click()

    assert reader.page.locator("#status").inner_text() == "The inputs have the row's own values."
    assert_as_python(reader, model, row)


def test_missing_values_of_the_row_itself_can_be_given(read, table):
    model = fitted_on_every_kind(table)
    row = table.iloc[[4]].assign(age=np.nan, size=80.0)
    reader, lines = open_row(read, model, row)
    reader.page.locator(f"{lines['age']} .missing").uncheck()
    reader.page.locator(f"{lines['age']} .field").fill("33")
    reader.page.locator(f"{lines['sold']} .missing").uncheck()
    reader.page.locator(f"{lines['sold']} .date").fill("2021-01-02T03:04")

    assert_as_python(reader, model, row.assign(age=33.0, sold=pd.Timestamp("2021-01-02T03:04")))


def test_a_column_that_is_left_out_is_said_to_be_and_cannot_be_changed(read, table):
    model = fitted_on_every_kind(table)
    reader, lines = open_row(read, model, table.iloc[[0]])
    line = reader.page.locator(lines["order"])

    assert (
        "order: left out: in training nearly every row had a value of its own"
        in reader.page.locator(".notes").inner_text()
    )
    assert line.locator("input, select").count() == 0
    assert line.locator(".entries").text_content() == "nothing"


def test_a_missing_number_is_not_offered_where_the_model_refuses_it(read, table):
    complete = table.assign(age=table["age"].fillna(20.0))
    model = fitted_on_every_kind(complete, missing="refuse")
    reader, lines = open_row(read, model, complete.iloc[[0]])

    assert reader.page.locator(f"{lines['size']} .missing").count() == 0
    assert reader.page.locator(f"{lines['sold']} .missing").count() == 1
