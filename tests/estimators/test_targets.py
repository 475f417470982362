"""Targets and weights of unusual size or kind: learnt as well as ordinary ones, or refused in one sentence."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import DataError
from pellucid.tables.target_transforms import mean_and_scale

SHORT = {"hidden_layer_sizes": (4,), "max_iter": 5, "random_state": 0}


def make_rows(n=60):
    generator = np.random.default_rng(0)
    X = generator.normal(size=(n, 3))
    return X, np.sin(X[:, 0]) + X[:, 1]


def make_labels(n=60):
    X, _ = make_rows(n)
    return X, (X[:, :2] > 0).astype(int)


def refusal_of(model, *data, **more):
    with pytest.raises(DataError) as refusal:
        model.fit(*data, **more)
    assert not hasattr(model, "network_")
    return str(refusal.value)


# Numbers


def test_the_score_leaves_out_the_rows_without_every_target_as_evaluate_does(rng):
    X, y = make_rows()
    Y = np.column_stack([y, X[:, 2] * y])
    Y[[3, 8], 0] = np.nan
    Y[[8, 20], 1] = np.nan
    weights = rng.uniform(0.5, 2, 60)
    model = FeedForwardRegressor(**SHORT).fit(X, Y)
    whole = np.setdiff1d(np.arange(60), [3, 8, 20])
    misfit = weights[whole] @ (Y[whole] - model.predict(X[whole])) ** 2
    spread = weights[whole] @ (Y[whole] - np.average(Y[whole], axis=0, weights=weights[whole])) ** 2

    assert_allclose(model.score(X, Y, weights), np.mean(1 - misfit / spread), rtol=1e-12)
    with pytest.raises(DataError, match="No row of y has a value of every target: there is nothing to score"):
        model.score(X, np.where([True, False], Y, np.nan))


TEXTS = {
    "a list": list,
    "an array": np.array,
    "an array of objects": lambda y: np.array(y, object),
    "bytes": lambda y: np.array(y, "S"),
    "pandas": pd.Series,
    "polars": pl.Series,
    "Arrow": lambda y: pa.table({"y": y}),
    "one of two columns": lambda y: pd.DataFrame({"a": range(len(y)), "b": y}),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_numbers_written_as_text_are_refused_and_not_read(kind):
    """They are as likely the names of classes; scikit-learn reads them in one container and fails in another."""
    X, y = make_rows()
    texts = [f"{value:.3f}" for value in y]
    first = str(np.array(texts, "S")[0] if kind == "bytes" else texts[0])

    assert refusal_of(FeedForwardRegressor(**SHORT), X, TEXTS[kind](texts)) == (
        f"y holds text where numbers are learnt: {first!r} in row 0 (and in 59 others). Convert it to numbers first, "
        "as with numpy.asarray(y, dtype=float), or use FeedForwardClassifier if these are classes."
    )


def test_a_text_among_numbers_is_named_by_its_row():
    X, y = make_rows()

    mixed = [float(value) for value in y]
    mixed[7] = "1.5"

    assert "'1.5' in row 7. Convert" in refusal_of(FeedForwardRegressor(**SHORT), X, np.array(mixed, object))
    assert "'1.5' in row 7. Convert" in refusal_of(FeedForwardRegressor(**SHORT), X, y, X_val=X, y_val=pd.Series(mixed))


def test_numbers_among_objects_are_numbers():
    X, y = make_rows()

    model = FeedForwardRegressor(**SHORT).fit(X, y.astype(object))

    assert_array_equal(model.network_.theta, FeedForwardRegressor(**SHORT).fit(X, y).network_.theta)


# Labels


@pytest.mark.parametrize(
    ("change", "found"),
    [(lambda Y: Y + 1, 2), (lambda Y: 2 * Y, 2), (lambda Y: 2 * Y - 1, -1), (lambda Y: 2.0 * Y, 2.0)],
    ids=["1 and 2", "0 and 2", "-1 and 1", "0.0 and 2.0"],
)
def test_labels_other_than_0_and_1_are_refused(change, found):
    """The log loss has no minimum outside of [0, 1]: training on them would fall without end, and silently."""
    X, Y = make_labels()
    wrong = change(Y)
    row, column = np.argwhere(wrong == found)[0]

    assert refusal_of(FeedForwardClassifier(**SHORT), X, wrong) == (
        f"With several columns y holds labels, each 0 or 1. Got {found} in row {row}, column {column}. "
        "Write 1 where a label holds and 0 where it does not, or train one classifier for each column."
    )


def test_labels_to_validate_on_are_held_to_the_same():
    X, Y = make_labels()

    assert "each 0 or 1. Got 2" in refusal_of(FeedForwardClassifier(**SHORT), X, Y, X_val=X, y_val=2 * Y)


def test_true_and_false_are_labels():
    X, Y = make_labels()

    model = FeedForwardClassifier(**SHORT).fit(X, Y == 1)

    assert_array_equal(model.network_.theta, FeedForwardClassifier(**SHORT).fit(X, Y).network_.theta)


MISSING_CLASSES = {
    "None in a list": lambda y: [None if i in (5, 7) else label for i, label in enumerate(y)],
    "NaN in an object array": lambda y: np.array([np.nan if i in (5, 7) else s for i, s in enumerate(y)], object),
    "NaN in numbers": lambda y: np.where(np.isin(np.arange(len(y)), [5, 7]), np.nan, y == "a"),
    "pandas NA": lambda y: pd.Series(y, dtype="string").where(~np.isin(np.arange(len(y)), [5, 7])),
    "polars null": lambda y: pl.Series([None if i in (5, 7) else label for i, label in enumerate(y)]),
    "Arrow null": lambda y: pa.table({"y": [None if i in (5, 7) else label for i, label in enumerate(y)]}),
}


@pytest.mark.parametrize("kind", MISSING_CLASSES)
def test_missing_classes_are_counted_and_the_first_is_named(kind):
    X, numbers = make_rows()
    y = MISSING_CLASSES[kind](np.where(numbers > 0, "a", "b").tolist() if "numbers" not in kind else numbers)

    assert refusal_of(FeedForwardClassifier(**SHORT), X, y) == (
        "The class is missing in 2 rows of y (the first is row 5). "
        "Leave such rows out, or write a word for a missing class."
    )


def test_classes_of_several_types_are_refused():
    X, numbers = make_rows()
    y = np.where(numbers > 0, "a", "b").astype(object)
    y[3] = 3

    assert refusal_of(FeedForwardClassifier(**SHORT), X, y) == (
        "y holds labels of several types (int and str). Write all as text, or all as numbers."
    )


# Numbers of any size


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("power", [-1000, -565, 600, 1000])
def test_a_target_of_any_size_is_learnt_like_one_of_ordinary_size(power, dtype):
    """Bit for bit, in units of 2^power: 1e200 squares to infinity, and 1e-170 to 0, which is no constant target."""
    X, y = make_rows()
    ordinary = FeedForwardRegressor(**SHORT, dtype=dtype).fit(X, y)

    model = FeedForwardRegressor(**SHORT, dtype=dtype).fit(X, np.ldexp(y, power))

    assert model.targets_.transforms[0].scale == np.ldexp(ordinary.targets_.transforms[0].scale, power)
    assert_array_equal(model.network_.theta, ordinary.network_.theta)
    assert_array_equal(model.predict(X), np.ldexp(ordinary.predict(X), power))


def test_mean_and_scale_are_the_textbooks(rng):
    values, w = rng.normal(3, 2, 50), rng.uniform(0.5, 2, 50)
    mean = (w * values).sum() / w.sum()

    assert mean_and_scale(values, w) == pytest.approx((mean, np.sqrt((w * (values - mean) ** 2).sum() / w.sum())))
    assert mean_and_scale(np.full(5, 0.1), np.ones(5))[1] == 1.0
    assert mean_and_scale(np.zeros(5), np.ones(5)) == (0.0, 1.0)
    assert mean_and_scale(np.array([5e-324, 0.0]), np.ones(2))[1] > 0
    assert mean_and_scale(np.full(1000, 1.7e308), np.ones(1000)) == pytest.approx((1.7e308, 1.0))


def test_one_target_very_far_from_the_others_leaves_everything_finite():
    X, y = make_rows()
    y[3] = 1e300

    model = FeedForwardRegressor(**SHORT).fit(X, y)

    assert np.isfinite([number for t in model.targets_.transforms for number in (t.mean, t.scale)]).all()
    assert np.isfinite(model.predict(X)).all()


def test_targets_at_both_ends_of_float64_are_refused_by_name():
    X, y = make_rows()
    Y = pd.DataFrame({"p": y, "q": y})
    Y.loc[:30, "q"], Y.loc[31, "q"] = 1.7e308, -1.7e308

    assert refusal_of(FeedForwardRegressor(**SHORT), X, Y) == (
        "The target 'q' goes from -1.7e+308 to 1.7e+308, too far for its mean and spread to be computed: "
        "correct it, or divide it by a constant."
    )


@pytest.mark.parametrize(("dtype", "size"), [("float32", 1e39), ("float32", 1e25), ("float64", 1e200)])
def test_targets_without_a_finite_square_are_refused_and_not_blamed_on_the_learning_rate(dtype, size):
    X, y = make_rows()
    model = FeedForwardRegressor(**SHORT, standardise="inputs", dtype=dtype)

    found = refusal_of(model, X, y * size)

    assert found.startswith("The target 'y' comes to ")
    assert f"whose square {dtype} cannot hold: correct it, divide it by a constant, or leave standardise" in found
    assert "whose square float32" in refusal_of(FeedForwardRegressor(**SHORT), X, y, X_val=X, y_val=y * 1e300)


@pytest.mark.parametrize(("dtype", "size", "standardise"), [("float32", 1e-46, False), ("float64", 5e-324, True)])
def test_amounts_that_become_0_as_the_network_learns_them_are_refused_by_name(dtype, size, standardise):
    """In the dtype, or by the division by their mean: the gamma loss of 0 is infinite."""
    X, y = make_rows()
    y = np.abs(y) * 10 + 1
    y[3] = size
    model = FeedForwardRegressor(**SHORT, loss="gamma", standardise=standardise, dtype=dtype)

    found = refusal_of(model, X, y)

    assert found.startswith("The target 'y' comes to ")
    assert f"which is 0 in {dtype}, and the gamma loss needs numbers > 0: correct it, leave it out, or set" in found


# Weights


@pytest.mark.parametrize("size", [1e-320, 1e-50, 1e39, 1e308])
@pytest.mark.parametrize("estimator", [FeedForwardRegressor, FeedForwardClassifier])
def test_the_size_of_all_weights_together_does_not_matter(estimator, size):
    """Also to validation; the sum of sixty weights of 1e308 is no float."""
    X, y = make_rows()
    y = y if estimator is FeedForwardRegressor else y > 0
    rows = {"X": X, "y": y, "X_val": X[:20], "y_val": y[:20]}
    weights = {"sample_weight": np.full(60, size), "sample_weight_val": np.full(20, size)}

    plain, weighted = estimator(**SHORT).fit(**rows), estimator(**SHORT).fit(**rows, **weights)

    assert_allclose(weighted.network_.theta, plain.network_.theta, rtol=1e-5, atol=1e-6)
    assert_allclose(weighted.history_["validation_loss"], plain.history_["validation_loss"], rtol=1e-5)


def test_weights_that_differ_by_more_than_a_number_can_are_refused():
    X, y = make_rows()

    assert refusal_of(FeedForwardRegressor(**SHORT), X, y, sample_weight=[1e308] + [1.0] * 59) == (
        "The positive values of sample_weight differ by more than 1e+30: the least is 1, the greatest 1e+308. "
        "Give such rows the weight 0."
    )


WRONG_ROW = {
    "an infinite input": (np.inf, None),
    "an infinite target": (None, np.inf),
    "both": (-np.inf, -np.inf),
}


@pytest.mark.parametrize("early_stopping", [True, False])
@pytest.mark.parametrize("row", WRONG_ROW)
@pytest.mark.parametrize("frame", [np.asarray, pd.DataFrame, pl.DataFrame], ids=["array", "pandas", "polars"])
def test_what_a_row_of_weight_0_holds_is_nobodys_concern(frame, row, early_stopping):
    """Removed before anything else: the model is that of the table without the row, bit for bit."""
    X, y = make_rows()
    there = np.arange(61) != 7
    X_with, y_with = np.insert(X, 7, 0.0, axis=0), np.insert(y, 7, 0.0)
    value, target = WRONG_ROW[row]
    X_with[7, 1] = X_with[7, 1] if value is None else value
    y_with[7] = y_with[7] if target is None else target
    names = {} if frame is np.asarray else {"columns" if frame is pd.DataFrame else "schema": ["a", "b", "c"]}
    settings = {**SHORT, "early_stopping": early_stopping}

    with_row = FeedForwardRegressor(**settings).fit(
        frame(X_with, **names), y_with, there.astype(float), frame(X_with, **names), y_with, there.astype(float)
    )
    without = FeedForwardRegressor(**settings).fit(frame(X, **names), y, X_val=frame(X, **names), y_val=y)

    assert_array_equal(with_row.network_.theta, without.network_.theta)
    assert_array_equal(with_row.history_["validation_loss"], without.history_["validation_loss"])


@pytest.mark.parametrize("label", [None, np.nan, "a class of its own", 3])
def test_what_a_row_of_weight_0_is_called_is_nobodys_concern(label):
    X, numbers = make_rows()
    y = np.where(numbers > 0, "a", "b").astype(object)
    weights = np.ones(60)
    y[7], weights[7] = label, 0

    model = FeedForwardClassifier(**SHORT).fit(X, y, sample_weight=weights)

    assert model.classes_.tolist() == ["a", "b"]


def test_labels_of_a_row_of_weight_0_may_be_anything():
    X, Y = make_labels()
    weights = np.ones(60)
    Y[7], weights[7] = 5, 0

    assert FeedForwardClassifier(**SHORT).fit(X, Y, sample_weight=weights).targets_.kind == "multilabel"


@pytest.mark.parametrize("name", ["X", "y"])
def test_infinite_values_of_rows_that_count_are_refused_in_scikit_learns_words(name):
    X, y = make_rows()
    {"X": X, "y": y[:, None]}[name][7, 0] = np.inf
    weights = np.ones(60)
    weights[3] = 0

    with pytest.raises(ValueError, match=f"Input {name} contains infinity"):
        FeedForwardRegressor(**SHORT).fit(X, y, sample_weight=weights)
