"""Importances and partial dependences are those of scikit-learn, and of a model whose answer is known."""

import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import partial_dependence as theirs_of_dependence
from sklearn.inspection import permutation_importance as theirs_of_importance
from sklearn.metrics import r2_score

from pellucid import FeedForwardClassifier, FeedForwardRegressor, sensitivity_summary
from pellucid.report import importance
from pellucid.report.importance import REPEATS, measure_importance, rows_to_shuffle
from pellucid.report.metrics import question_of
from pellucid.report.partial_dependence import partial_dependence
from pellucid.report.rows import read_rows

QUICK = {"engine": "reference", "random_state": 0, "max_iter": 8, "early_stopping": False}


def table(rng, n=160):
    """Two numbers, one of them with missing values, and a text; y depends on all of them."""
    frame = pd.DataFrame({"a": rng.normal(size=n), "b": rng.uniform(0, 9, n).round(1)})
    frame["town"] = rng.choice(["Bern", "Rome", "Oslo"], n, p=[0.5, 0.3, 0.2])
    y = 2 * frame["a"] + 0.2 * frame["b"] + (frame["town"] == "Rome") + 0.1 * rng.normal(size=n)
    frame.loc[::9, "b"] = np.nan
    return frame, y.to_numpy()


def fitted(rng, task):
    X, y = table(rng)
    if task == "regression":
        return FeedForwardRegressor((6,), **QUICK).fit(X, y), X, y
    k = np.array(["no", "yes", "perhaps"])[np.digitize(y, [0, 1.5] if task == "three classes" else [0.5])]
    return FeedForwardClassifier((6,), **QUICK).fit(X, k), X, k


@pytest.mark.parametrize("task", ["regression", "two classes", "three classes"])
def test_permutation_importances_are_those_of_scikit_learn(task, rng):
    """Other shufflings, the same mean: within four standard errors of both."""
    model, X, y = fitted(rng, task)
    scoring = "r2" if task == "regression" else "neg_log_loss"
    theirs = theirs_of_importance(model, X, y, scoring=scoring, n_repeats=30, random_state=1)
    rows, _ = read_rows(model, X, y)

    found = {one.column: one for one in measure_importance(model, question_of(model), rows, 0)}

    for j, name in enumerate(X.columns):
        error = theirs.importances_std[j] * np.sqrt(1 / REPEATS + 1 / 30)
        assert found[name].drop == pytest.approx(theirs.importances_mean[j], abs=4 * error + 1e-12), name
    assert list(found) == sorted(found, key=lambda name: -found[name].drop)


def test_a_column_that_the_model_leaves_aside_has_no_importance(rng):
    X, y = rng.normal(size=(80, 3)), rng.normal(size=80)
    model = FeedForwardRegressor((), **QUICK).fit(X, y)
    model.network_.W[0][:, 1] = 0

    rows, _ = read_rows(model, X, y)
    found = {one.column: one for one in measure_importance(model, question_of(model), rows, 0)}

    assert (found["x1"].drops == 0).all()
    assert found["x1"].sensitivity == 0
    assert found["x0"].sensitivity > 0


def test_sensitivities_are_those_of_the_summary_over_the_spread_of_the_target(rng):
    model, X, y = fitted(rng, "regression")
    summary = sensitivity_summary(model, X)
    rows, _ = read_rows(model, X, y)

    found = {one.column: one.sensitivity for one in measure_importance(model, question_of(model), rows, 0)}

    assert {name: found[name] for name in summary.columns} == pytest.approx(
        dict(zip(summary.columns, summary.per_deviation / y.std(), strict=True))
    )
    assert np.isnan(found["town"])


def test_many_rows_and_columns_are_shuffled_on_fewer_rows(rng, monkeypatch):
    """So many that the predictions stay within the limit, but no fewer than 200; and a few rows all."""
    few, _ = read_rows(*fitted(rng, "regression"))
    X, y = table(rng, 1000)
    rows, _ = read_rows(FeedForwardRegressor((), **QUICK).fit(X, y), X, y)

    assert rows_to_shuffle(few, 0) is few
    assert rows_to_shuffle(rows, 0).n == 1000
    monkeypatch.setattr(importance, "MOST_PREDICTIONS", 400 * REPEATS * 3)  # of three columns
    assert rows_to_shuffle(rows, 0).n == 400
    monkeypatch.setattr(importance, "MOST_PREDICTIONS", 10 * REPEATS * 3)
    assert rows_to_shuffle(rows, 0).n == 200
    monkeypatch.setattr(importance, "MOST_PREDICTIONS", 10**9)
    monkeypatch.setattr(importance, "MOST_ROWS", 600)
    assert rows_to_shuffle(rows, 0).n == 600


def test_with_exposures_importances_are_of_counts(rng):
    """Those of scikit-learn for predictions that are multiplied by the exposures."""
    n = 300
    X, e = rng.normal(size=(n, 2)), rng.uniform(1, 50, n)
    y = rng.poisson(e * np.exp(0.5 * X[:, 0])).astype(float)
    model = FeedForwardRegressor((6,), "tanh", loss="poisson", learning_rate_init=0.05, max_iter=60, engine="reference",
                                 early_stopping=False, random_state=0).fit(X, y, exposure=e)  # fmt: skip
    rows, _ = read_rows(model, X, y, None, e)

    def score(model, X, y):
        return r2_score(y, model.predict(X, exposure=e))

    theirs = theirs_of_importance(model, X, y, scoring=score, n_repeats=30, random_state=1)
    found = {one.column: one for one in measure_importance(model, question_of(model), rows, 0)}

    assert found["x0"].drop > 0.1
    for j in range(2):
        error = theirs.importances_std[j] * np.sqrt(1 / REPEATS + 1 / 30)
        assert found[f"x{j}"].drop == pytest.approx(theirs.importances_mean[j], abs=4 * error + 1e-12)


@pytest.mark.parametrize("task", ["regression", "two classes", "three classes"])
@pytest.mark.parametrize("column", ["a", "b", "town"])
def test_partial_dependences_are_those_of_scikit_learn(task, column, rng):
    """On the same values, over the same rows, to the last bits of a mean."""
    model, X, y = fitted(rng, task)
    rows, _ = read_rows(model, X, y)
    found = partial_dependence(model, question_of(model), rows, column, rows)
    values = np.array(found.values, dtype=object if column == "town" else float)
    method = {} if task == "regression" else {"response_method": "predict_proba"}
    theirs = theirs_of_dependence(
        model, X, [column], method="brute", kind="average", custom_values={column: values}, **method
    )

    np.testing.assert_allclose(found.predictions.T, theirs["average"], rtol=1e-9, atol=1e-12)


def test_the_grid_of_numbers_is_of_quantiles_that_occur_and_levels_stand_by_frequency(rng):
    model, X, y = fitted(rng, "regression")
    rows, _ = read_rows(model, X, y)
    question = question_of(model)
    of_a, of_town = (partial_dependence(model, question, rows, name, rows) for name in ("a", "town"))

    assert set(of_a.values) <= set(X["a"])
    assert (np.diff(of_a.values) > 0).all()
    low, high = np.quantile(X["a"], [0.01, 0.99])
    assert low <= of_a.values[0] < of_a.values[-1] <= high
    counts = X["town"].value_counts()
    assert list(zip(of_town.values, of_town.observed, strict=True)) == list(counts.items())


def test_a_constant_column_has_no_dependence(rng):
    model, X, y = fitted(rng, "regression")
    rows, _ = read_rows(model, X.assign(town="Bern", a=1.0), y)

    assert partial_dependence(model, question_of(model), rows, "town", rows) is None
    assert partial_dependence(model, question_of(model), rows, "a", rows) is None
