"""A report holds y to what the model learnt: no unknown class passes for a known one, and no column too many or few."""

import numpy as np
import pandas as pd
import pytest

import pellucid
from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import DataError, ParameterError
from pellucid.report.rows import read_rows

QUICK = {"engine": "reference", "random_state": 0, "max_iter": 2}
N = 40


@pytest.fixture
def X(rng):
    return rng.normal(size=(N, 2))


def classifier(X, y):
    return FeedForwardClassifier((2,), **QUICK).fit(X, y)


@pytest.mark.parametrize("dtype", [object, str])
def test_a_text_that_begins_like_a_class_is_not_that_class(dtype, X):
    known = np.where(X[:, 0] > 0, "yes", "no")
    model = classifier(X, known)
    y = known.astype(object)
    y[[3, 5]] = "yesterday"

    with pytest.raises(DataError) as refused:
        read_rows(model, X, y.astype(dtype))

    assert str(refused.value) == (
        "y has classes that the model does not know: 'yesterday', in 2 rows (3, 5). Its classes are 'no', 'yes': write "
        "them as training had them, leave these rows out, or train again with them."
    )


@pytest.mark.parametrize("dtype", [object, float, str])
def test_numbers_and_texts_near_a_class_are_not_that_class(dtype, X):
    model = classifier(X, (X[:, 0] > 0).astype(int))
    y = np.where(X[:, 0] > 0, 1, 0) if dtype is str else np.where(X[:, 0] > 0, 1.7, 0.2)

    with pytest.raises(DataError, match=rf"in {N} rows \(0, 1, 2, 3, 4, \.\.\.\)\. Its classes are 0, 1: write them"):
        read_rows(model, X, y.astype(dtype))


def test_equal_labels_of_any_type_are_the_classes_of_the_model(X):
    known = (X[:, 0] > 0).astype(int)
    model = classifier(X, known)

    for y in (known, known.astype(object), known.astype(float), known[:, None], pd.Series(known).astype("Int64")):
        rows, _ = read_rows(model, X, y)
        assert rows.y.dtype == model.classes_.dtype
        np.testing.assert_array_equal(rows.y, known)


def test_rows_that_are_left_out_may_hold_anything(X):
    """Rows without a class, and of weight 0; the others keep their numbers."""
    known = np.where(X[:, 0] > 0, "yes", "no")
    model = classifier(X, known)
    y = known.astype(object)
    y[0], y[1], y[2] = None, "yesterday", np.nan

    rows, n_left_out = read_rows(model, X, y, np.where(np.arange(N) == 1, 0.0, 1.0))

    assert n_left_out == 3
    assert rows.numbers.tolist() == list(range(3, N))
    np.testing.assert_array_equal(rows.y, known[3:])
    regressor = FeedForwardRegressor((2,), **QUICK).fit(X, X[:, 0])
    numbers = np.where(np.arange(N) == 1, np.inf, X[:, 0])
    rows, _ = read_rows(regressor, X, numbers, np.where(np.arange(N) == 1, 0.0, 1.0))
    np.testing.assert_array_equal(rows.y, np.delete(X[:, 0], 1))


def test_another_number_of_targets_is_refused_with_both_numbers(X):
    y, label = X[:, 0], (X[:, 0] > 0).astype(int)
    one, two = FeedForwardRegressor((2,), **QUICK).fit(X, y), FeedForwardRegressor((2,), **QUICK).fit(X, X)
    binary, labels = classifier(X, label), classifier(X, (X > 0).astype(int))

    for model, given, n, fitted in (
        (one, np.c_[y, 100 * y], "2 columns", "1 target: 'y'"),
        (two, y, "1 column", "2 targets: 'y0', 'y1'"),
        (binary, np.c_[label, label], "2 columns", "1 target: 'y'"),
        (labels, label, "1 column", "2 targets: 'y0', 'y1'"),
        (labels, np.c_[label, label, label], "3 columns", "2 targets: 'y0', 'y1'"),
    ):
        with pytest.raises(DataError) as refused:
            read_rows(model, X, given)
        assert f"y has {n}, but the model was fitted with {fitted}. Give y one column for each" in str(refused.value)


def test_labels_are_0_or_1(X):
    model = classifier(X, (X > 0).astype(int))

    with pytest.raises(DataError, match=r"With several columns y holds labels, each 0 or 1\. Got 0\.2 in row"):
        read_rows(model, X, (X > 0) * 0.2)
    rows, _ = read_rows(model, X, pd.DataFrame(X > 0).astype("Int64"))
    np.testing.assert_array_equal(rows.y, (X > 0).astype(int))


def test_numbers_that_the_loss_does_not_know_are_refused_and_targets_of_training_by_their_name(X, tmp_path):
    counts = np.arange(N) % 3.0
    model = FeedForwardRegressor((2,), loss="poisson", **QUICK).fit(X, counts)

    with pytest.raises(DataError, match="The poisson loss needs targets that are numbers >= 0"):
        pellucid.report(model, X, -counts, tmp_path / "r.html")
    with pytest.raises(DataError, match=r"needs targets that are numbers >= 0.* \(These are rows of y_train\.\)"):
        pellucid.report(model, X, counts, tmp_path / "r.html", X_train=X, y_train=-counts)
    with pytest.raises(DataError, match="y_train has 2 columns, but the model was fitted with 1 target"):
        pellucid.report(model, X, counts, tmp_path / "r.html", X_train=X, y_train=X)
    assert list(tmp_path.iterdir()) == []


def test_rows_without_a_group_are_one_group(X):
    model = FeedForwardRegressor((2,), **QUICK).fit(X, X[:, 0])

    for groups in (
        np.array(["a", None, "b", np.nan] * 10, dtype=object),
        pd.Series(["a", None, "b", None] * 10, dtype="string"),
        [["a"], [None], ["b"], [None]] * 10,
        np.array([1.0, np.nan, 2.0, np.nan] * 10),
    ):
        rows, _ = read_rows(model, X, X[:, 0], groups=groups)
        same = rows.groups[:, None] == rows.groups
        expected = np.array([0, 1, 2, 1] * 10)
        np.testing.assert_array_equal(same, expected[:, None] == expected)
    with pytest.raises(ParameterError, match="The `groups` parameter of report must be one label for each row"):
        read_rows(model, X, X[:, 0], groups=np.ones((N, 2)))
