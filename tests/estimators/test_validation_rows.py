"""Rows to validate on that do not fit those to train on are refused by their own names; reordered columns are fine."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import DataError, ParameterError

QUICK = {"engine": "reference", "random_state": 0, "max_iter": 2, "dtype": "float64"}
N = 40

PIPELINE = "in a pipeline, Pipeline(steps, transform_input=['X_val']) transforms X_val as X."


def make_rows():
    X = np.random.default_rng(0).normal(size=(N, 3))
    return X, X[:, 0] - X[:, 1]


def frame(names="abc", rows=slice(None), kind=pd.DataFrame):
    """The columns named a, b, c, in the order of the names."""
    X, _ = make_rows()
    return kind({name: X[rows, "abcd".index(name) % 3] for name in names})


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "arrow"])
@pytest.mark.parametrize("scoring", ["loss", "r2"])
def test_columns_of_x_val_may_stand_in_another_order(kind, scoring):
    _, y = make_rows()
    one, other = (
        FeedForwardRegressor((3,), scoring=scoring, **QUICK).fit(
            frame(kind=kind), y, X_val=frame(names, slice(10), kind), y_val=y[:10]
        )
        for names in ("abc", "cab")
    )

    assert one.history_["validation_loss"].tolist() == other.history_["validation_loss"].tolist()
    assert (one.network_.theta == other.network_.theta).all()


def test_targets_of_y_val_may_stand_in_another_order_too():
    X, _ = make_rows()
    Y = frame("ab")
    one, other = (
        FeedForwardRegressor((3,), **QUICK).fit(X, Y, X_val=X[:9], y_val=Y_val) for Y_val in (Y[:9], Y[:9][["b", "a"]])
    )

    assert one.history_["validation_by_target"].tolist() == other.history_["validation_by_target"].tolist()


X, Y = make_rows()
TOGETHER = (
    "The `X_val` and `y_val` parameters of FeedForwardRegressor.fit must be given together, and `sample_weight_val` "
    "and `exposure_val` only with them."
)
REFUSED = [
    ("no y_val", {}, {"X_val": X}, TOGETHER),
    ("no X_val", {}, {"y_val": Y}, TOGETHER),
    ("weights alone", {}, {"sample_weight_val": Y}, TOGETHER),
    ("exposure alone", {}, {"exposure_val": Y}, TOGETHER),
    (
        "another column",
        {"X": frame()},
        {"X_val": frame("abd"), "y_val": Y},
        "X_val lacks the column 'c' and has the column 'd', which X has not. Give the columns of X.",
    ),
    (
        "two columns less",
        {"X": frame()},
        {"X_val": frame("b"), "y_val": Y},
        "X_val lacks the columns 'a', 'c'. Give the columns of X.",
    ),
    (
        "a column more",
        {"X": frame()},
        {"X_val": frame("abcd"), "y_val": Y},
        "X_val has the column 'd', which X has not. Give the columns of X.",
    ),
    (
        "an array of more columns",
        {},
        {"X_val": np.zeros((3, 4)), "y_val": Y[:3]},
        "X_val has 4 columns, but X has 3. Give the same columns; " + PIPELINE,
    ),
    (
        "a list of fewer columns",
        {},
        {"X_val": [[0.0, 1.0]], "y_val": Y[:1]},
        "X_val has 2 columns, but X has 3. Give the same columns; " + PIPELINE,
    ),
    (
        "other lengths",
        {},
        {"X_val": X, "y_val": Y[:7]},
        "X_val has 40 rows and y_val 7. Give one target for each row.",
    ),
    (
        "other lengths of weights",
        {},
        {"X_val": X[:5], "y_val": Y[:5], "sample_weight_val": [1.0, 2.0]},
        "sample_weight_val: sample_weight.shape == (2,), expected (5,)!",
    ),
    (
        "an infinite input",
        {},
        {"X_val": np.full((2, 3), np.inf), "y_val": Y[:2]},
        "X_val: Input X contains infinity or a value too large for dtype('float64').",
    ),
    (
        "an infinite input of a frame",
        {"X": frame()},
        {"X_val": frame().assign(b=np.inf), "y_val": Y},
        "X_val: The column 'b' ",
    ),
    (
        "an infinite target",
        {},
        {"X_val": X[:2], "y_val": [0.0, np.inf]},
        "y_val: Input y contains infinity or a value too large for dtype('float64').",
    ),
    (
        "a target more",
        {},
        {"X_val": X[:2], "y_val": np.zeros((2, 2))},
        "y_val: y has 2 targets, but the model was fitted with 1.",
    ),
    (
        "another target",
        {"y": frame("ab")},
        {"X_val": X, "y_val": frame("ac")},
        "y_val lacks the column 'b' and has the column 'c', which y has not. Give the columns of y.",
    ),
    (
        "no row",
        {},
        {"X_val": X[:2], "y_val": [np.nan, 1.0], "sample_weight_val": [1.0, 0.0]},
        "No row of X_val has both a positive weight and a target: there is nothing to validate on.",
    ),
    (
        "one exposure of two",
        {"loss": "poisson", "y": np.abs(Y), "exposure": np.ones(N)},
        {"X_val": X, "y_val": np.abs(Y)},
        "The `exposure` and `exposure_val` parameters of FeedForwardRegressor.fit must be given together: "
        "rates cannot be validated on counts.",
    ),
    (
        "an exposure too few",
        {"loss": "poisson", "y": np.abs(Y), "exposure": np.ones(N)},
        {"X_val": X[:3], "y_val": np.abs(Y[:3]), "exposure_val": [1.0, 2.0]},
        "The `exposure_val` parameter of FeedForwardRegressor must be 3 numbers, one for each row. "
        "Got an array of shape (2,) instead.",
    ),
]


@pytest.mark.parametrize(("name", "training", "validation", "message"), REFUSED, ids=[case[0] for case in REFUSED])
def test_validation_rows_that_do_not_fit_are_refused_by_name(name, training, validation, message):
    given = {"X": X, "y": Y} | training
    loss = given.pop("loss", "auto")

    with pytest.raises((ParameterError, DataError)) as refusal:
        FeedForwardRegressor((3,), loss=loss, **QUICK).fit(**given, **validation)

    assert str(refusal.value).split("\n")[0][: len(message) if message.endswith(" ") else None] == message


def test_unseen_labels_are_named_with_their_rows():
    y = np.array(["a", "b"] * 20)

    with pytest.raises(DataError) as refusal:
        FeedForwardClassifier((3,), **QUICK).fit(X, y, X_val=X[:4], y_val=["a", "c", "b", "d"])

    assert str(refusal.value) == (
        "y_val: y has classes that were not seen in training: 'c', 'd'. Leave these rows out, or "
        "begin anew with them (in a stream: name all classes in the first call of partial_fit). They are the rows 1, 3."
    )


def test_labels_of_a_row_of_weight_0_are_nobodys_concern():
    y = np.array(["a", "b"] * 20)
    model = FeedForwardClassifier((3,), scoring="accuracy", **QUICK)

    model.fit(X, y, X_val=X[:3], y_val=["a", "c", "b"], sample_weight_val=[1, 0, 1])

    assert model.history_["validation_score"][0] in (0.0, 0.5, 1.0)
