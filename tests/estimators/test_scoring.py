"""What early stopping watches: a scorer decides which epoch is kept and when the run ends, and nothing else."""

import json
import re

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.metrics import accuracy_score, make_scorer, max_error, mean_absolute_error, mean_pinball_loss, r2_score

import pellucid
from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import DataWarning, ParameterError
from pellucid.training.callbacks import describe_epoch

QUICK = {"engine": "reference", "random_state": 0, "max_iter": 25, "n_iter_no_change": 25, "learning_rate_init": 0.02}


def make_rows(n=90):
    """A table, numbers to predict and classes, both noisy, so that the best epoch is not the last."""
    generator = np.random.default_rng(4)
    X = generator.normal(size=(n, 3))
    y = np.sin(2 * X[:, 0]) + X[:, 1] + generator.normal(size=n)
    return X, y, np.where(y > 0.3, "yes", "no")


def outputs(network, model, X):
    """The network by hand: (x - mean) / scale, then W z + c, ReLUs between."""
    means, scales = (
        np.array([getattr(column, name) for column in model.encoder_.columns]) for name in ("mean", "scale")
    )
    Z = (X - means) / scales
    for l, (W, c) in enumerate(zip(network.W, network.c, strict=True), start=1):
        H = Z @ W.T + c
        Z = np.maximum(H, 0) if l < len(network.W) else H
    return H


def predict_by_hand(network, model, X):
    """Numbers in their own units, or the class on whose side of 1/2 the output lies."""
    h = outputs(network, model, X)[:, 0]
    if isinstance(model, FeedForwardRegressor):
        return h * model.targets_.transforms[0].scale + model.targets_.transforms[0].mean
    return model.classes_[(h > 0).astype(int)]


@pytest.mark.parametrize(
    ("cls", "scoring", "metric"),
    [
        (FeedForwardRegressor, "neg_median_absolute_error", lambda y, p: -np.median(np.abs(y - p))),
        (FeedForwardRegressor, "r2", lambda y, p: 1 - np.sum((y - p) ** 2) / np.sum((y - y.mean()) ** 2)),
        (FeedForwardClassifier, "accuracy", lambda y, p: np.mean(y == p)),
    ],
)
def test_the_epoch_kept_is_the_one_with_the_best_score(cls, scoring, metric):
    """Recomputed from the networks that the callbacks saw, by plain formulae."""
    X, numbers, classes = make_rows()
    y, networks = (numbers if cls is FeedForwardRegressor else classes), []
    model = cls((16,), scoring=scoring, dtype="float64", callbacks=[lambda s: networks.append(s.network)], **QUICK)

    model.fit(X[:60], y[:60], X_val=X[60:], y_val=y[60:])

    scores = [metric(y[60:], predict_by_hand(network, model, X[60:])) for network in networks]
    assert model.history_["validation_score"] == pytest.approx(scores, rel=1e-9)
    assert model.best_epoch_ == 1 + int(np.argmax(scores)) < 25, "the last epoch is the best: the test shows nothing"
    assert (model.network_.theta == networks[model.best_epoch_ - 1].theta).all()
    by_loss = 1 + int(np.argmin(model.history_["validation_loss"]))
    assert (model.best_epoch_ == by_loss) == (scoring == "r2"), "only R^2 and the squared loss are of one mind"


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_scorer_never_changes_a_step(solver):
    """The same bytes of theta after each epoch as with the loss, and the same losses, under the loss's name."""
    X, y, _ = make_rows()
    settings = {k: v for k, v in QUICK.items() if k != "learning_rate_init"} | {"solver": solver, "max_iter": 8}
    thetas = {}

    def fit(scoring):
        thetas[scoring] = seen = []
        callbacks = [lambda state: seen.append(state.network.theta.tobytes())]
        return FeedForwardRegressor((8,), scoring=scoring, callbacks=callbacks, **settings).fit(X, y)

    by_score, by_loss = fit("r2"), fit("loss")

    assert thetas["r2"] == thetas["loss"]
    assert len(thetas["r2"]) == 8
    assert by_score.history_["validation_loss"].tolist() == by_loss.history_["validation_loss"].tolist()
    assert by_loss.history_.records[0].validation_score is None


def scripted(scores):
    """A scorer that gives these numbers, one an epoch."""
    given = iter(scores)
    return lambda estimator, X, y: next(given)


def test_patience_and_tol_count_in_the_units_of_the_score():
    """0.5, then gains below tol = 0.1 until they add up: 0.59 is none, 0.62 is one; then two epochs of patience."""
    X, y, _ = make_rows()
    scores = [0.5, 0.59, 0.62, 0.61, 0.7199, 0.0]
    model = FeedForwardRegressor((4,), scoring=scripted(scores), **QUICK | {"tol": 0.1, "n_iter_no_change": 2})

    model.fit(X, y)

    assert (model.n_iter_, model.stopped_by_, model.best_epoch_) == (5, "patience", 5)
    assert model.history_["validation_score"].tolist() == scores[:5]


def test_schedules_that_watch_follow_the_score():
    """The rate is cut after two epochs without a better score, whatever the loss does."""
    X, y, _ = make_rows()
    schedule = pellucid.ReduceOnPlateau(factor=0.5, patience=2, tol=0)
    scorer = scripted([1, 2, 3, 3, 3, 4, 4, 4])
    model = FeedForwardRegressor((4,), scoring=scorer, learning_rate=schedule, **QUICK | {"max_iter": 8})

    rates = model.fit(X, y).history_["learning_rate"] / 0.02

    assert rates.tolist() == [1, 1, 1, 1, 1, 0.5, 0.5, 0.5]


def test_a_second_fit_scores_its_own_networks():
    """And not that of the first fit, which the estimator still has."""
    X, y, _ = make_rows()
    once = FeedForwardRegressor((4,), scoring="r2", **QUICK | {"max_iter": 3}).fit(X, y)
    twice = FeedForwardRegressor((4,), scoring="r2", **QUICK | {"max_iter": 3}).fit(X, -y).fit(X, y)

    assert twice.history_["validation_score"].tolist() == once.history_["validation_score"].tolist()


def spy(seen, value=0.0):
    def scorer(estimator, X, y, sample_weight=None):
        seen.append((estimator, X, y, sample_weight))
        return value

    return scorer


def test_the_scorer_gets_the_very_rows_that_were_given_and_a_fitted_estimator():
    X, y, _ = make_rows()
    frame, seen = pd.DataFrame(X, columns=["a", "b", "c"]), []
    y_val, weights = pd.Series(y[60:]), np.arange(1, 31)
    model = FeedForwardRegressor((4,), scoring=spy(seen), **QUICK | {"max_iter": 3})

    model.fit(frame[:60], y[:60], X_val=(X_val := frame[60:]), y_val=y_val, sample_weight_val=weights)

    assert [(X is X_val, y is y_val, w is weights) for _, X, y, w in seen] == [(True, True, True)] * 3
    fitted = [estimator for estimator, *_ in seen]
    assert [estimator.n_iter_ for estimator in fitted] == [1, 2, 3]
    assert (fitted[2].predict(X_val) == model.set_params().predict(X_val)).all() == (model.best_epoch_ == 3)
    assert (fitted[0].predict(X_val) == model.predict(X_val)).all(), "all scores are equal: the first is the best"
    assert fitted[0].network_.theta.tobytes() != fitted[1].network_.theta.tobytes()


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow", "list"])
def test_held_out_rows_come_in_what_x_and_y_came_in(kind):
    """Rows of weight 0 and rows without a target are not there."""
    X, y, _ = make_rows()
    y, weights = np.where(np.arange(90) == 88, np.nan, y), np.where(np.arange(90) == 86, 0.0, np.arange(90) + 1.0)
    columns = dict(zip("abc", X.T, strict=True))
    given = {
        "pandas": (pd.DataFrame(columns), pd.Series(y)),
        "polars": (pl.DataFrame(columns), pl.Series(y)),
        "arrow": (pa.table(columns), pa.chunked_array([y])),
        "list": (X.tolist(), y.tolist()),
    }[kind]
    seen = []
    model = FeedForwardRegressor((4,), scoring=spy(seen), validation_split="last", **QUICK | {"max_iter": 1})

    model.fit(*given, sample_weight=weights)

    _, X_held, y_held, w_held = seen[0]
    rows = np.asarray(w_held).astype(int) - 1  # each weight says whose it is
    assert rows.tolist() == [row for row in range(rows[0], 90) if row not in (86, 88)]
    assert (type(X_held), type(y_held)) == (type(given[0]), type(given[1]))
    assert np.array_equal(np.asarray(y_held, dtype=float), y[rows])
    X_held = np.column_stack([X_held.column(name) for name in "abc"]) if kind == "arrow" else np.asarray(X_held)
    assert np.array_equal(X_held, X[rows])


def test_weights_are_passed_where_the_scorer_takes_them():
    X, y, _ = make_rows()
    weights = np.linspace(1, 5, 30)
    settings = QUICK | {"max_iter": 1}
    val = {"X_val": X[60:], "y_val": y[60:], "sample_weight_val": weights}

    def score_of(scoring):
        model = FeedForwardRegressor((4,), scoring=scoring, **settings).fit(X[:60], y[:60], **val)
        return model.history_.records[0].validation_score, model.predict(X[60:])

    score, predicted = score_of("r2")
    assert score == pytest.approx(r2_score(y[60:], predicted, sample_weight=weights), rel=1e-12)
    assert score != pytest.approx(r2_score(y[60:], predicted), rel=1e-3)
    pinball = make_scorer(mean_pinball_loss, alpha=0.9, greater_is_better=False)
    score, predicted = score_of(pinball)
    assert score == pytest.approx(-mean_pinball_loss(y[60:], predicted, sample_weight=weights, alpha=0.9), rel=1e-12)
    with pytest.warns(DataWarning) as told:
        score_of(make_scorer(max_error, greater_is_better=False))
    assert str(told[0].message) == (
        "The scorer max_error takes no sample_weight: every validation row counts the same in it."
    )


def test_arrow_tables_of_targets_can_be_scored():
    """No metric of scikit-learn knows them, so the scorer gets their columns."""
    X, _, classes = make_rows()
    table = pa.table({"answer": classes})
    model = FeedForwardClassifier((4,), scoring="accuracy", **QUICK | {"max_iter": 2})

    model.fit(X[:60], table.slice(0, 60), X_val=X[60:], y_val=table.slice(60))

    kept = model.history_.records[model.best_epoch_ - 1]
    assert kept.validation_score == accuracy_score(classes[60:], model.predict(X[60:]))


def test_several_targets_are_scored_together():
    X, y, _ = make_rows()
    Y = np.column_stack([y, X[:, 0]])
    model = FeedForwardRegressor((4,), scoring="neg_mean_absolute_error", **QUICK | {"max_iter": 2})

    model.fit(X[:60], Y[:60], X_val=X[60:], y_val=Y[60:])

    kept = model.history_.records[model.best_epoch_ - 1]
    assert kept.validation_score == pytest.approx(-mean_absolute_error(Y[60:], model.predict(X[60:])), rel=1e-12)


def test_the_history_says_what_was_watched(capsys):
    X, y, _ = make_rows()
    lines = []
    settings = QUICK | {"max_iter": 2, "verbose": True}
    model = FeedForwardRegressor((4,), scoring="r2", callbacks=[lambda s: lines.append(describe_epoch(s))], **settings)

    history = model.fit(X, y).history_

    score = history.records[1].validation_score
    assert history.scoring == "r2"
    assert repr(history).endswith(f"(rss, standardised units); validation r2 {score:.6g}")
    assert lines[1].endswith(f"; validation r2 {score:.5g}")
    assert lines[1] in capsys.readouterr().err
    assert FeedForwardRegressor((4,), **settings).fit(X, y).history_.scoring == "loss"


def test_the_score_has_a_panel_of_its_own_among_the_curves():
    X, y, _ = make_rows()
    model = FeedForwardRegressor((4,), scoring="r2", **QUICK | {"max_iter": 3}).fit(X, y)

    losses, score = model.plot_history().axes[:2]

    assert losses.get_ylabel() == "rss loss (standardised units)"
    assert (score.get_title(), score.get_ylabel()) == ("validation r2", "score (greater is better)")
    assert score.lines[0].get_ydata().tolist() == model.history_["validation_score"].tolist()


def test_a_model_file_keeps_the_name_of_a_scorer_and_no_code(tmp_path):
    X, y, _ = make_rows()
    for scoring, kept in (("r2", "r2"), (make_scorer(r2_score), "loss"), (spy([]), "loss")):
        FeedForwardRegressor((4,), scoring=scoring, **QUICK | {"max_iter": 1}).fit(X, y).save(tmp_path / "m")
        assert pellucid.load(tmp_path / "m").scoring == kept


def test_a_run_that_runs_away_is_told_as_such_and_not_as_a_score():
    """Predictions that are not finite are never scored; the best epoch by the score so far is kept."""
    X, y, _ = make_rows()
    model = FeedForwardRegressor((4,), scoring="r2", solver="gd", **QUICK | {"learning_rate_init": 1e5})

    with pytest.raises(pellucid.errors.LossNotFiniteError, match="no longer a finite number in epoch"):
        model.fit(X, y)

    assert np.isfinite(model.history_["validation_score"]).all()
    assert np.isfinite(model.network_.theta).all()


def test_the_search_for_a_learning_rate_needs_no_rows_to_score_on():
    X, y, _ = make_rows()
    model = FeedForwardRegressor((4,), scoring="r2", early_stopping=False, engine="reference", random_state=0)

    assert len(model.find_learning_rate(X, y).rates) > 20


def raises(estimator, X, y):
    raise ZeroDivisionError("mine")


RULE = (
    "The `scoring` parameter of FeedForwardRegressor must be 'loss', a name that sklearn.metrics.get_scorer_names() "
    "lists, or a callable(estimator, X, y). "
)
GIVES = "The `scoring` parameter of FeedForwardRegressor must be a scorer that gives a finite number. "
REFUSED = [
    ("an unknown name", {"scoring": "accurracy"}, {}, f"{RULE}Got 'accurracy' instead."),
    ("none", {"scoring": None}, {}, f"{RULE}Got None instead."),
    ("several", {"scoring": ["r2", "max_error"]}, {}, f"{RULE}Got ['r2', 'max_error'] instead."),
    (
        "no rows to look at",
        {"scoring": "r2", "early_stopping": False},
        {},
        "The `scoring` parameter of FeedForwardRegressor must be 'loss' without validation rows. Got 'r2' instead. "
        "A scorer needs rows to validate on: give X_val and y_val, or set early_stopping=True.",
    ),
    (
        "counts against rates",
        {"scoring": "r2", "loss": "poisson"},
        {"exposure": np.ones(40)},
        "The `scoring` parameter of FeedForwardRegressor must be 'loss' with exposure. Got 'r2' instead. "
        "A scorer would compare the counts of y with the rates that predict gives.",
    ),
    (
        "not a number",
        {"scoring": scripted([1.0, np.nan])},
        {},
        f"{GIVES}Got nan instead. <lambda> gave it after epoch 2. Choose another one, or 'loss'.",
    ),
    (
        "no number",
        {"scoring": scripted([None])},
        {},
        f"{GIVES}Got None instead. <lambda> gave it after epoch 1. Choose another one, or 'loss'.",
    ),
    (
        "infinite",
        {"scoring": scripted([np.array(np.inf)])},
        {},
        f"{GIVES}Got inf instead. <lambda> gave it after epoch 1. Choose another one, or 'loss'.",
    ),
]


@pytest.mark.parametrize(("name", "settings", "more", "message"), REFUSED, ids=[case[0] for case in REFUSED])
def test_what_is_no_scorer_is_refused(name, settings, more, message):
    X = np.random.default_rng(0).normal(size=(40, 2))

    with pytest.raises(ParameterError) as refusal:
        FeedForwardRegressor((4,), **QUICK | settings).fit(X, np.abs(X[:, 0]), **more)

    assert str(refusal.value) == message


def test_a_scorer_of_scikit_learn_that_does_not_fit_is_named_with_its_reason():
    X, y, _ = make_rows()
    start = "The scorer 'accuracy' cannot score this FeedForwardRegressor on its validation rows: "

    with pytest.raises(ParameterError, match=f"{re.escape(start)}.*\\. Choose another `scoring`\\."):
        FeedForwardRegressor((4,), scoring="accuracy", **QUICK).fit(X, y)


def test_what_a_scorer_of_ones_own_raises_comes_through():
    X, y, _ = make_rows()

    with pytest.raises(ZeroDivisionError, match="mine"):
        FeedForwardRegressor((4,), scoring=raises, **QUICK).fit(X, y)


def test_a_history_with_scores_becomes_json():
    X, y, _ = make_rows()
    history = FeedForwardRegressor((4,), scoring="r2", **QUICK | {"max_iter": 2}).fit(X, y).history_

    said = json.loads(json.dumps(history.to_dict()))

    assert said["scoring"] == "r2"
    assert [record["validation_score"] for record in said["records"]] == history["validation_score"].tolist()
