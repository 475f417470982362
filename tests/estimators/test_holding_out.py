"""Which rows are held out: whole groups, or the last ones, and none of them is ever trained on."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.engines.reference import ReferenceEngine
from pellucid.errors import DataError, ParameterError

QUICK = {"engine": "reference", "random_state": 3, "max_iter": 2, "dtype": "float64", "standardise": False}
N = 60


def make_rows():
    """The first column numbers the rows, so that a row can be recognised wherever it is met."""
    X = np.column_stack([np.arange(N), np.random.default_rng(0).normal(size=N)])
    return X, X[:, 1] ** 2


@pytest.fixture
def met(monkeypatch):
    """The numbers of the rows that the steps of a fit have met and those on which losses were measured, by a spy.

    Sessions of the engine are where every step is made; `losses` is what validation calls.
    """
    trained, validated = set(), set()
    start, losses = ReferenceEngine.start, ReferenceEngine.losses

    def spy_on_start(self, network, objective, descent, data, *others):
        session = start(self, network, objective, descent, data, *others)
        run_slice = session.run_slice

        def spy_on_slice(order, first, stop, *rest):
            trained.update(data.X[order[first:stop], 0].astype(int).tolist())
            return run_slice(order, first, stop, *rest)

        session.run_slice = spy_on_slice
        return session

    def spy_on_losses(self, network, objective, data, rows):
        validated.update(data.X[rows, 0].astype(int).tolist())
        return losses(self, network, objective, data, rows)

    monkeypatch.setattr(ReferenceEngine, "start", spy_on_start)
    monkeypatch.setattr(ReferenceEngine, "losses", spy_on_losses)
    return trained, validated


# Twenty groups of three rows each, not side by side.
GROUPS = np.array([f"g{i * 7 % 20}" for i in range(N)])


@pytest.mark.parametrize(
    "groups",
    [GROUPS, GROUPS.tolist(), pd.Series(GROUPS), pd.Categorical(GROUPS), pl.Series(GROUPS), pa.array(GROUPS.tolist()),
     np.arange(N) * 7 % 20, (np.arange(N) * 7 % 20).astype(float)],
    ids=["array", "list", "pandas", "category", "polars", "arrow", "whole", "float"],
)  # fmt: skip
def test_no_row_of_a_held_out_group_is_trained_on(groups, met):
    X, y = make_rows()
    FeedForwardRegressor((3,), **QUICK).fit(X, y, groups=groups)

    trained, validated = met
    of = [GROUPS[sorted(rows)].tolist() for rows in (trained, validated)]
    assert trained | validated == set(range(N))
    assert not set(of[0]) & set(of[1])
    assert len(set(of[1])) == 3, "15 % of 20 groups"


def test_classes_in_groups_are_held_out_by_groups_too(met):
    X, _ = make_rows()
    FeedForwardClassifier((3,), **QUICK).fit(X, np.arange(N) % 2, groups=GROUPS)

    assert not {GROUPS[row] for row in met[0]} & {GROUPS[row] for row in met[1]}


@pytest.mark.parametrize("cls", [FeedForwardRegressor, FeedForwardClassifier])
def test_the_last_rows_are_held_out_in_the_order_of_x(cls, met):
    """Of those in use: rows of weight 0 and rows without a target are not there."""
    X, y = make_rows()
    weights = np.ones(N)
    weights[[10, 58]] = 0
    y = y if cls is FeedForwardRegressor else np.arange(N) % 2
    if cls is FeedForwardRegressor:
        y[57] = np.nan
    cls((3,), validation_split="last", validation_fraction=0.1, **QUICK).fit(X, y, sample_weight=weights)

    used = [row for row in range(N) if row not in (10, 58) and not (row == 57 and cls is FeedForwardRegressor)]
    assert met[1] == set(used[-6:])
    assert met[0] == set(used[:-6])


def test_the_default_still_holds_out_rows_of_each_class_at_random(met):
    X, _ = make_rows()
    FeedForwardClassifier((3,), **QUICK).fit(X, np.arange(N) < 20)

    assert len(met[1]) == 9
    assert len({row for row in met[1] if row < 20}) == 3
    assert met[1] != set(range(N - 9, N))


@pytest.mark.parametrize("seed", range(8))
def test_with_groups_a_weight_is_so_many_rows_for_the_split_too(seed, met):
    """Weights 0, 1, 2 and 3 hold out the groups that as many copies of the rows hold out, and train the same J."""
    X, y = make_rows()
    weights = np.random.default_rng(seed).integers(0, 4, N)
    again = np.repeat(np.arange(N), weights)
    settings = QUICK | {"random_state": seed, "batch_size": "full", "max_iter": 5, "activation": "tanh"}

    weighted = FeedForwardRegressor((3,), **settings).fit(X, y, sample_weight=weights, groups=GROUPS)
    held_out = set(met[1])
    met[1].clear()
    repeated = FeedForwardRegressor((3,), **settings).fit(X[again], y[again], groups=GROUPS[again])

    assert held_out == met[1]
    assert weighted.network_.theta == pytest.approx(repeated.network_.theta, rel=1e-9, abs=1e-12)
    assert weighted.history_["validation_loss"] == pytest.approx(repeated.history_["validation_loss"], rel=1e-9)


def test_the_last_rows_are_a_share_of_the_weight(met):
    """Ten rows of weight 5 stand at the end: they are 50 of 100, and 15 of 100 are three of them."""
    X, y = make_rows()
    weights = np.where(np.arange(N) < 50, 1.0, 5.0)
    FeedForwardRegressor((3,), validation_split="last", **QUICK).fit(X, y, sample_weight=weights)

    assert met[1] == {57, 58, 59}


FIT = "The `groups` parameter of FeedForwardRegressor.fit says which rows are held out together. "
REFUSED = [
    (
        "the last rows in groups",
        {"validation_split": "last"},
        {"groups": GROUPS},
        f"{FIT}With validation_split='last' the last rows are held out. Leave out `groups`, or set it to 'random'.",
    ),
    (
        "nothing held out",
        {"early_stopping": False},
        {"groups": GROUPS},
        f"{FIT}With early_stopping=False no row is held out. Leave out `groups`, or set early_stopping=True.",
    ),
    (
        "rows to validate on given",
        {},
        {"groups": GROUPS, "X_val": np.zeros((2, 2)), "y_val": [0.0, 1.0]},
        f"{FIT}X_val is given, so that no row of X is held out. Leave out `groups`, or X_val and y_val.",
    ),
    (
        "too few labels",
        {},
        {"groups": GROUPS[:3]},
        "There are 3 values of `groups` for 60 rows: give one for each row.",
    ),
    (
        "one group",
        {},
        {"groups": ["a"] * N},
        "All rows are of the group 'a', so that no whole group can be held out. "
        "Give X_val and y_val, or leave out `groups`.",
    ),
    (
        "one group of positive weight",
        {},
        {"groups": ["a"] * 59 + ["b"], "sample_weight": [1] * 59 + [0]},
        "All rows are of the group 'a', so that no whole group can be held out. "
        "Give X_val and y_val, or leave out `groups`.",
    ),
    (
        "a missing group",
        {},
        {"groups": [None if i == 7 else g for i, g in enumerate(GROUPS)]},
        "The group of row 7 is missing (`groups`): fill it in, with a label of its own if it belongs to no other row.",
    ),
    (
        "a group that is no number",
        {},
        {"groups": np.where(np.arange(N) == 9, np.nan, 1.0)},
        "The group of row 9 is missing (`groups`): fill it in, with a label of its own if it belongs to no other row.",
    ),
    (
        "a table of groups",
        {},
        {"groups": np.zeros((N, 2), dtype=int).tolist()},
        "The `groups` parameter of FeedForwardRegressor.fit must be 60 labels, one for each row. Got [[0, 0], ",
    ),
    (
        "labels of several kinds",
        {},
        {"groups": np.array(["a", 1] * 30, dtype=object)},
        "The values of `groups` are of several kinds: make them all numbers or all text.",
    ),
    (
        "an unknown split",
        {"validation_split": "first"},
        {},
        "The `validation_split` parameter of FeedForwardRegressor must be 'random' or 'last'. Got 'first' instead.",
    ),
]


@pytest.mark.parametrize(("name", "settings", "more", "message"), REFUSED, ids=[case[0] for case in REFUSED])
def test_what_cannot_be_held_out_is_refused(name, settings, more, message):
    X, y = make_rows()

    with pytest.raises((ParameterError, DataError)) as refusal:
        FeedForwardRegressor((3,), **QUICK | settings).fit(X, y, **more)

    assert str(refusal.value)[: len(message) if message.endswith(", ") else None] == message


def test_groups_of_rows_of_weight_0_may_be_missing(met):
    X, y = make_rows()
    groups = [None if i == 7 else g for i, g in enumerate(GROUPS)]
    FeedForwardRegressor((3,), **QUICK).fit(X, y, sample_weight=np.arange(N) != 7, groups=groups)

    assert met[0] | met[1] == set(range(N)) - {7}


def test_a_class_that_only_held_out_rows_have_is_named():
    X, _ = make_rows()
    y = np.array(["p", "q"] * 27 + ["new", "p"] * 3)

    with pytest.raises(DataError) as refusal:
        FeedForwardClassifier((3,), validation_split="last", **QUICK).fit(X, y)

    assert str(refusal.value) == (
        "The rows held out for early stopping have classes that no row to learn from has: 'new' (the first is in "
        "row 54). Hold out other rows, or give X_val and y_val."
    )
