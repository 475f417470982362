"""In a report a weight of 2 is the row twice, and large numbers are as good as small ones."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import r2_score

from pellucid import FeedForwardRegressor, sensitivity_summary
from pellucid.report.importance import main_score, sensitivity_by_column
from pellucid.report.metrics import Answer, Question, ask, deviations_of, question_of
from pellucid.report.mistakes import row_errors, split, worst_groups
from pellucid.report.partial_dependence import partial_dependence
from pellucid.report.rows import Rows, read_rows

N = 60


@pytest.fixture
def weighted_and_repeated(rng):
    """A model of two targets, its rows with whole weights from 1 to 5, and the same rows so often."""
    X = pd.DataFrame({"a": rng.normal(size=N), "b": rng.exponential(size=N), "town": rng.choice(["Bern", "Rome"], N)})
    X.loc[::7, "b"] = np.nan
    y = np.stack([X["a"] + rng.normal(size=N), 10 * rng.normal(size=N)], axis=1)
    model = FeedForwardRegressor((4,), max_iter=3, engine="reference", random_state=0).fit(X, y)
    times = np.where(X["a"] > 0, 5, 1)  # so that weights matter
    repeated = np.repeat(np.arange(N), times)
    weighted, _ = read_rows(model, X, y, times.astype(float))
    plain, _ = read_rows(model, X.iloc[repeated].reset_index(drop=True), y[repeated])
    return model, weighted, plain, repeated


def test_errors_of_several_targets_are_in_the_deviations_of_weighted_rows(weighted_and_repeated):
    model, weighted, plain, repeated = weighted_and_repeated
    question = question_of(model)

    found = row_errors(question, weighted.y, ask(model, weighted.table), weighted.weights)
    expected = row_errors(question, plain.y, ask(model, plain.table))

    np.testing.assert_allclose(found[repeated], expected, rtol=1e-12)
    np.testing.assert_allclose(deviations_of(weighted.y, weighted.weights), plain.y.std(axis=0), rtol=1e-12)


def test_sensitivities_are_of_weighted_rows(weighted_and_repeated):
    model, weighted, plain, _ = weighted_and_repeated
    question = question_of(model)

    assert sensitivity_by_column(model, question, weighted) == pytest.approx(
        sensitivity_by_column(model, question, plain), rel=1e-10
    )
    found = sensitivity_summary(model, weighted.table, weighted.weights)
    expected = sensitivity_summary(model, plain.table)
    for name in found.NUMBERS:
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-10, atol=1e-15)


def test_rows_of_weight_0_have_no_sensitivities(weighted_and_repeated):
    model, weighted, _, _ = weighted_and_repeated
    some = np.arange(N) % 3 > 0

    found = sensitivity_summary(model, weighted.table, some.astype(float))
    expected = sensitivity_summary(model, weighted.table.filter(pa.array(some)))

    assert found.n_rows == expected.n_rows == some.sum()
    for name in found.NUMBERS:
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("column", ["a", "b", "town"])
def test_the_values_of_a_dependence_are_of_weighted_rows(column, weighted_and_repeated):
    model, weighted, plain, _ = weighted_and_repeated
    found, expected = (partial_dependence(model, question_of(model), rows, column, rows) for rows in (weighted, plain))

    assert list(found.values) == list(expected.values)
    np.testing.assert_allclose(found.predictions, expected.predictions, rtol=1e-10)


def test_quarters_of_a_column_are_of_weighted_rows(weighted_and_repeated):
    _, weighted, plain, repeated = weighted_and_repeated
    for (name, members), (expected_name, expected) in zip(split(weighted, "b"), split(plain, "b"), strict=True):
        assert name == expected_name
        assert set(members) == set(repeated[expected])


def test_a_constant_target_has_no_deviation():
    weights = np.array([1.0, 0.3, 0.7])

    assert deviations_of(np.full((3, 2), 0.1), weights).tolist() == [0, 0]


def test_scores_and_groups_of_targets_near_the_end_of_the_range_are_those_of_small_ones(rng):
    question = Question("regression", ("y",))
    y, y_hat = rng.normal(size=N), rng.normal(size=N)
    rows = Rows(pa.table({"town": np.where(np.arange(N) % 2 == 0, "Bern", "Rome")}), y, np.arange(N))
    large, small = 2.0**1000, np.abs(y - y_hat)

    score = main_score(question, y * large, Answer(y_hat * large), None)
    groups, overall = worst_groups(question, rows, small * large, ["town"], 0)
    of_small, overall_of_small = worst_groups(question, rows, small, ["town"], 0)

    assert score == main_score(question, y, Answer(y_hat), None) == pytest.approx(r2_score(y, y_hat))
    assert overall == overall_of_small * large
    assert [(one.values, one.error) for one in groups] == [(one.values, one.error * large) for one in of_small]


@pytest.mark.parametrize("form", ["pandas", "arrow"])
def test_categories_of_numbers_have_the_text_by_which_the_model_knows_them(form, rng):
    X = pd.DataFrame({"c": pd.Categorical(rng.choice([1, 2, 30], N)), "v": rng.normal(size=N)})
    y = rng.normal(size=N)
    model = FeedForwardRegressor((2,), max_iter=2, engine="reference", random_state=0).fit(X, y)

    rows, _ = read_rows(model, X if form == "pandas" else pa.Table.from_pandas(X), y)

    assert rows.table["c"].to_pylist() == [str(value) for value in X["c"]]
    found = partial_dependence(model, question_of(model), rows, "c", rows)
    assert set(found.values) == {"1", "2", "30"}
    assert model.predict(rows.table).tolist() == model.predict(X).tolist()


def test_with_exposures_slopes_of_counts_meet_the_deviation_of_counts(rng):
    """By finite differences of predict, whose exposures make counts of its rates."""
    X, e, w = rng.normal(size=(N, 2)), rng.uniform(1, 50, N), rng.uniform(1, 3, N)
    y = rng.poisson(e * np.exp(0.3 * X[:, 0])).astype(float)
    model = FeedForwardRegressor((3,), "tanh", loss="poisson", max_iter=5, engine="reference", dtype="float64",
                                 random_state=0).fit(X, y, exposure=e)  # fmt: skip
    rows, _ = read_rows(model, X, y, w, e)

    found = sensitivity_by_column(model, question_of(model), rows)

    for j in range(2):
        step = 1e-5 * np.eye(2)[j]
        slopes = (model.predict(X + step, exposure=e) - model.predict(X - step, exposure=e)) / 2e-5
        deviation_of_x, deviation_of_y = (
            np.sqrt(np.average((v - np.average(v, weights=w)) ** 2, weights=w)) for v in (X[:, j], y)
        )
        expected = np.average(np.abs(slopes), weights=w) * deviation_of_x / deviation_of_y
        assert found[f"x{j}"] == pytest.approx(expected, rel=1e-6)
