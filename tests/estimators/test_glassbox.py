"""The glass box of fitted models: original units, exact through every encoding, from any kind of table."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.inspection import permutation_importance

import pellucid
from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import DataError

N = 80


@pytest.fixture
def table(rng):
    """Numbers on very different scales, one of them with gaps, and a column of text."""
    return pd.DataFrame(
        {
            "size": rng.normal(100, 30, N),
            "rate": rng.normal(0, 1e-3, N),
            "age": np.where(rng.random(N) < 0.2, np.nan, rng.normal(40, 10, N)),
            "town": rng.choice(["Bern", "Rome", "Oslo"], N),
        }
    )


def targets_of(kind, table, rng):
    size = (table["size"] - 100) / 30 + rng.normal(0, 0.1, N)
    return {
        "one number": 1e4 * size + 5,
        "two numbers": np.column_stack([1e4 * size, -3 * size + 1]),
        "two classes": np.where(size > 0, "large", "small"),
        "three classes": np.array(["a", "b", "c"])[np.digitize(size, [-0.5, 0.5])],
        "labels": np.column_stack([size > 0, size > 1]).astype(int),
    }[kind]


KINDS = ("one number", "two numbers", "two classes", "three classes", "labels")


def fitted(kind, table, rng, **parameters):
    estimator = FeedForwardRegressor if "number" in kind else FeedForwardClassifier
    model = estimator((6,), activation="tanh", max_iter=30, random_state=0, dtype="float64", **parameters)
    y = targets_of(kind, table, rng)
    return model.fit(table, y), y


def answer(model, X):
    """What a sensitivity is the derivative of: predictions, or probabilities, of two classes the second."""
    if not hasattr(model, "predict_proba"):
        return np.asarray(model.predict(X)).reshape(len(X), -1)
    P = model.predict_proba(X)
    return P[:, 1:] if len(model.classes_) == 2 and P.shape[1] == 2 and model.targets_.kind == "binary" else P


@pytest.mark.parametrize("standardise", [True, False, "inputs"])
@pytest.mark.parametrize("kind", KINDS)
def test_sensitivities_are_the_differences_of_predict_in_original_units(kind, standardise, table, rng, close):
    """Move one column of the table a little: predictions move by what `sensitivities` says."""
    model, _ = fitted(kind, table, rng, standardise=standardise)
    found = model.sensitivities(table.drop(columns="town").assign(town=table["town"]))
    names = ["size", "rate", "age"]
    n_outputs = answer(model, table).shape[1]
    values = found.to_numpy().reshape(N, n_outputs, 3)
    for j, name in enumerate(names):
        step = 1e-3 * float(table[name].std())
        moved = {k: answer(model, table.assign(**{name: table[name] + k * step})) for k in (-2, -1, 1, 2)}
        expected = (8 * (moved[1] - moved[-1]) - (moved[2] - moved[-2])) / (12 * step)
        present = table[name].notna().to_numpy()

        assert np.isnan(values[~present][:, :, j]).all()
        close(
            "glass box: sensitivities = differences of predict", values[present][:, :, j], expected[present], 1e-7, name
        )


@pytest.mark.parametrize("make", [lambda t: t, pl.from_pandas, lambda t: pa.Table.from_pandas(t, preserve_index=False)],
                         ids=["pandas", "polars", "arrow"])  # fmt: skip
def test_a_frame_gives_a_frame_of_its_own_kind(make, table, rng):
    """Named by column; the numbers are those of any other kind."""
    model, _ = fitted("one number", table, rng)
    frame = make(table)
    found = model.sensitivities(frame)

    assert type(found) is type(frame)
    columns = found.column_names if isinstance(found, pa.Table) else list(found.columns)
    assert columns == ["size", "rate", "age"]
    values = np.asarray(found["size"])
    np.testing.assert_array_equal(values, model.sensitivities(table)["size"].to_numpy())


def test_an_array_gives_an_array_whose_shape_follows_the_outputs(rng):
    X = rng.normal(size=(40, 3))
    one = FeedForwardRegressor((4,), max_iter=5).fit(X, X[:, 0])
    two = FeedForwardRegressor((4,), max_iter=5).fit(X, X[:, :2])
    three = FeedForwardClassifier((4,), max_iter=5).fit(X, np.digitize(X[:, 0], [-0.4, 0.4]))

    shapes = [model.sensitivities(X).shape for model in (one, two, three)]
    assert shapes == [(40, 3), (40, 2, 3), (40, 3, 3)]
    np.testing.assert_allclose(three.sensitivities(X).sum(axis=1), 0, atol=1e-12)  # probabilities sum to 1


def test_names_of_several_outputs_say_output_and_column(table, rng):
    model, _ = fitted("three classes", table, rng)

    assert list(model.sensitivities(table).columns)[:4] == [
        "P(a) by size",
        "P(a) by rate",
        "P(a) by age",
        "P(b) by size",
    ]


def test_the_summary_is_of_the_sensitivities(table, rng):
    """Mean, size, least and greatest over the rows where the value is there; most moving first in print."""
    model, _ = fitted("one number", table, rng)
    S = model.sensitivities(table)
    summary = pellucid.sensitivity_summary(model, table)

    assert summary.columns == ("size", "rate", "age")
    np.testing.assert_allclose(summary.mean, S.mean())
    np.testing.assert_allclose(summary.mean_absolute, S.abs().mean())
    np.testing.assert_allclose(summary.least, S.min())
    np.testing.assert_allclose(summary.greatest, S.max())
    np.testing.assert_allclose(summary.per_deviation, S.abs().mean() * table[["size", "rate", "age"]].std(ddof=0))
    constant = pellucid.sensitivity_summary(model, table.assign(rate=1.0))
    assert constant.per_deviation[1] == 0  # it cannot move anything, however steep
    assert pd.DataFrame(summary.to_dict()).shape == (3, 7)
    first = str(summary).splitlines()[4]
    assert first.split()[1] == summary.columns[np.argmax(summary.per_deviation)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_trace_of_a_row_carries_the_table_and_the_prediction(kind, table, rng):
    """The encoded row, what each column held, and the model's own answer."""
    model, y = fitted(kind, table, rng)
    made = model.trace(table.iloc[[3]], y[3])
    encoded, _ = model.encoder_.encode(pellucid.tables.columns.as_columns(table.iloc[[3]]), dtype="float64")

    np.testing.assert_array_equal(made.x, encoded[0])
    assert [column.name for column in made.row.columns] == list(table.columns)
    assert made.row.columns[0].value == table["size"][3]
    assert made.row.columns[3].value == table["town"][3]
    expected = (
        model.predict_proba(table.iloc[[3]]) if hasattr(model, "predict_proba") else model.predict(table.iloc[[3]])
    )
    np.testing.assert_allclose(made.row.prediction, np.ravel(expected), rtol=1e-12)
    assert made.row.answer in str(made)
    sizes = np.ravel(model.sensitivities(table.iloc[[3]]).filter(regex="size"))
    np.testing.assert_allclose(made.row.columns[0].sensitivity[-len(sizes) :], sizes)
    assert made.checked_against == model.engine_


def test_missing_and_unseen_values_are_told_as_the_model_sees_them(table, rng):
    model, y = fitted("one number", table, rng)
    row = table.iloc[[0]].assign(age=np.nan, size=np.nan, town="Paris")
    notes = {column.name: column.note for column in model.trace(row, y[0]).row.columns}

    fill = model.encoder_.columns[2].fill
    assert notes["age"] == f"missing: the median {fill:.6g} stands in its place, and its indicator is 1"
    assert notes["size"].endswith("none was missing in training, so nothing marks it")
    assert notes["town"] == "'Paris' was not seen in training: all its features are 0"
    assert notes["rate"] == ""


def test_a_row_may_be_a_series_or_a_flat_array(table, rng):
    model, y = fitted("one number", table, rng)
    np.testing.assert_array_equal(model.trace(table.iloc[5], y[5]).x, model.trace(table.iloc[[5]], y[5]).x)

    X = table[["size", "rate"]].to_numpy()
    model = FeedForwardRegressor((4,), max_iter=5).fit(X, X[:, 0])
    np.testing.assert_array_equal(model.trace(X[2], 1.0).x, model.trace(X[2:3], 1.0).x)


def test_more_than_one_row_and_a_target_of_another_length_are_refused(table, rng):
    model, _ = fitted("two numbers", table, rng)
    with pytest.raises(DataError, match=r"trace shows one row at a time\. Got 2 rows"):
        model.trace(table[:2])
    with pytest.raises(DataError, match="y must hold the 2 targets of the row"):
        model.trace(table[:1], 3.0)
    with pytest.raises(DataError, match="give y as for fit"):
        model.check_gradients(table, None)


def test_the_printed_trace_says_where_a_text_has_its_one(table, rng):
    """Entries 1 to 3 of x are numbers, 4 marks a missing age, 5 to 7 are Bern, Oslo and Rome."""
    model, y = fitted("one number", table, rng)
    rome = int(np.argmax(table["town"] == "Rome"))

    assert "1 in place 7 of x" in str(model.trace(table.iloc[[rome]], y[rome]))


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradients_of_a_fitted_model_pass_their_check(kind, table, rng):
    """With its penalties and target weights, on the user's own rows."""
    model, y = fitted(kind, table, rng, alpha=0.01, l1=0.001)
    report = model.check_gradients(table, y, sample_weight=rng.uniform(0.5, 2, N), most_entries=15)

    assert report.passed, str(report)
    assert "compiled engine" in {c.way for c in report.comparisons}


def test_an_unfitted_model_shows_nothing(table):
    for show in (
        lambda m: m.trace(table[:1]),
        lambda m: m.check_gradients(table, [1]),
        lambda m: m.sensitivities(table),
    ):
        with pytest.raises(NotFittedError):
            show(FeedForwardRegressor())


def test_permutation_importance_of_scikit_learn_finds_the_column_that_matters(table, rng):
    """The estimators work with it as they are; frames with text too."""
    model, y = fitted("one number", table, rng)
    importance = permutation_importance(model, table, y, n_repeats=3, random_state=0)

    assert table.columns[np.argmax(importance.importances_mean)] == "size"
