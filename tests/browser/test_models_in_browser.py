"""The pages of fitted models: columns are encoded, and predictions made, as in Python."""

import math

import numpy as np
import pandas as pd
import pytest

from browser.pages import LIMIT, assert_same_numbers
from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.glassbox.page.assembly import trace_page


@pytest.fixture(scope="module")
def table():
    generator = np.random.default_rng(0)
    n = 120
    frame = pd.DataFrame(
        {
            "size": generator.normal(80, 20, n),
            "town": generator.choice(["Bern", "Rome", "Oslo"], n),
            "age": np.where(generator.random(n) < 0.2, np.nan, generator.normal(30, 9, n)),
        }
    )
    frame.loc[5, "town"] = None
    return frame


def test_columns_of_a_fitted_model_are_encoded_as_in_python(read, table):
    price = 3 * table["size"] + 100 * (table["town"] == "Rome")
    model = FeedForwardRegressor((4,), activation="tanh", max_iter=5, random_state=0).fit(table, price)
    made = model.trace(table.iloc[[0]], price.iloc[0])
    reader = read()
    reader.open(trace_page(made))
    assert float(reader.page.locator("#agreement").get_attribute("data-largest")) <= LIMIT
    line = '#inputs tr[data-column="{}"] {}'

    reader.page.locator(line.format(0, ".field")).fill("123.5")
    reader.page.locator(line.format(1, ".levels")).select_option("Oslo")
    reader.page.locator(line.format(2, ".missing")).check()
    changed = pd.DataFrame({"size": [123.5], "town": ["Oslo"], "age": [np.nan]})
    expected = model.trace(changed, price.iloc[0])
    assert_same_numbers(reader.numbers(), expected, ("step_W", "step_c", "new_W", "new_c", "J_before", "J_after"))
    sensitivities = reader.page.locator("#inputs .sensitivity")
    shown = [float(sensitivities.nth(at).get_attribute("data-value")) for at in range(3)]
    np.testing.assert_allclose(shown, [column.sensitivity[0] for column in expected.row.columns], rtol=LIMIT)

    reader.page.locator(line.format(1, ".levels")).select_option(label="missing")
    reader.page.locator(line.format(2, ".missing")).uncheck()
    reader.page.locator(line.format(2, ".field")).fill("41")
    changed = pd.DataFrame({"size": [123.5], "town": pd.Series([None], dtype=object), "age": [41.0]})
    expected = model.trace(changed, price.iloc[0])
    assert_same_numbers(reader.numbers(), expected, ("step_W", "step_c", "new_W", "new_c", "J_before", "J_after"))


@pytest.mark.parametrize("classes", [["no", "yes"], ["a", "b", "c"]])
def test_classifier_shows_probabilities_of_all_classes(read, table, classes):
    labels = np.array(classes)[(table["size"].rank(pct=True) * len(classes) * 0.999).astype(int)]
    model = FeedForwardClassifier((4,), max_iter=5, random_state=0).fit(table, labels)
    made = model.trace(table.iloc[[3]], labels[3])
    reader = read()
    reader.open(trace_page(made))

    assert float(reader.page.locator("#agreement").get_attribute("data-largest")) <= LIMIT
    reader.page.locator('#inputs tr[data-column="0"] .field').fill("100")
    changed = table.iloc[[3]].assign(size=100.0)
    expected = model.trace(changed, labels[3])
    np.testing.assert_allclose(reader.numbers()["prediction"], expected.row.prediction, rtol=LIMIT)
    assert reader.page.locator("#predictions tbody tr").count() == len(classes)
    last = len(classes) - 1
    reader.page.locator("#output").select_option(str(last))
    shown = float(reader.page.locator("#inputs .sensitivity").first.get_attribute("data-value"))
    assert math.isclose(shown, expected.row.columns[0].sensitivity[last], rel_tol=LIMIT)


def test_unseen_level_keeps_its_text_until_another_is_chosen(read, table):
    price = 3 * table["size"]
    model = FeedForwardRegressor((3,), max_iter=2, random_state=0).fit(table, price)
    row = table.iloc[[0]].assign(town="Paris")
    reader = read()
    reader.open(trace_page(model.trace(row)))
    levels = reader.page.locator("#inputs .levels")

    assert levels.input_value() == "Paris"
    assert "'Paris' was not seen in training" in reader.page.locator(".notes").inner_text()
    levels.select_option("Rome")
    expected = model.trace(table.iloc[[0]].assign(town="Rome"))
    np.testing.assert_allclose(reader.numbers()["prediction"], expected.row.prediction, rtol=LIMIT)
    reader.page.get_by_role("button", name="Back to the row’s own values").click()
    assert levels.input_value() == "Paris"


@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("kind", ["log", "quantile", "none"])
def test_predictions_of_transformed_targets_are_as_in_python(read, table, kind, clip):
    """Their sensitivities too, at changed values, within the targets seen and beyond them."""
    numbers = table[["size"]]
    price = np.exp(numbers["size"] / 20)
    model = FeedForwardRegressor((4,), activation="tanh", max_iter=40, random_state=0, learning_rate_init=0.05)
    model.set_params(target_transform=kind, clip_predictions=clip, early_stopping=False).fit(numbers, price)
    reader = read()
    reader.open(trace_page(model.trace(numbers.iloc[[0]], price.iloc[0])))
    assert float(reader.page.locator("#agreement").get_attribute("data-largest")) <= LIMIT

    for size in (70.25, 81.5, 400.0, -300.0):
        reader.page.locator('#inputs tr[data-column="0"] .field').fill(str(size))
        expected = model.trace(pd.DataFrame({"size": [size]}), price.iloc[0]).row
        np.testing.assert_allclose(reader.numbers()["prediction"], expected.prediction, rtol=LIMIT)
        shown = float(reader.page.locator("#inputs .sensitivity").first.get_attribute("data-value"))
        assert math.isclose(shown, expected.columns[0].sensitivity[0], rel_tol=1e-7, abs_tol=1e-12)
