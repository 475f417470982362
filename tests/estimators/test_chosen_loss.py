"""The loss of an estimator: by name or as an object, for all targets or one each, with its output activation."""

import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from pellucid import (
    RSS,
    Absolute,
    CrossEntropy,
    FeedForwardClassifier,
    FeedForwardRegressor,
    Gamma,
    Huber,
    Log,
    Poisson,
    Quantile,
    Tweedie,
    load,
)
from pellucid.cli.prediction_columns import prediction_columns
from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.mathematics.activations import ACTIVATIONS
from pellucid.mathematics.activations.per_output import PerOutput

SHORT = {"hidden_layer_sizes": (5,), "max_iter": 6, "random_state": 0}


def make_rows(n=80):
    generator = np.random.default_rng(0)
    X = generator.normal(size=(n, 3))
    return X, X @ [0.5, -0.3, 0.2] + 0.3 * generator.normal(size=n)


def counts_of(y):
    return np.random.default_rng(1).poisson(np.exp(y)).astype(float)


TARGETS = {
    "rss": lambda y: y,
    "absolute": lambda y: y,
    "huber": lambda y: y,
    "quantile": lambda y: y,
    "poisson": counts_of,
    "gamma": np.exp,
    "tweedie": counts_of,
    "log": lambda y: 1 / (1 + np.exp(-y)),
}


@pytest.mark.parametrize("loss", TARGETS)
def test_a_name_is_the_default_object_and_every_gradient_of_the_model_is_right(loss):
    objects = {
        "rss": RSS(), "absolute": Absolute(), "huber": Huber(1.0), "quantile": Quantile(0.5), "poisson": Poisson(),
        "gamma": Gamma(), "tweedie": Tweedie(1.5), "log": Log(),
    }  # fmt: skip
    X, y = make_rows()
    y = TARGETS[loss](y)

    named = FeedForwardRegressor(loss=loss, **SHORT).fit(X, y)
    given = FeedForwardRegressor(loss=objects[loss], **SHORT).fit(X, y)

    assert named.history_.loss == loss
    assert_array_equal(named.predict(X), given.predict(X))
    assert named.check_gradients(X[:25], y[:25]).passed


def test_auto_is_rss_for_numbers_and_the_likelihood_for_classes():
    X, y = make_rows()
    three = np.digitize(y, [-0.3, 0.3])

    auto, rss = FeedForwardRegressor(**SHORT).fit(X, y), FeedForwardRegressor(loss="rss", **SHORT).fit(X, y)
    assert_array_equal(auto.predict(X), rss.predict(X))
    assert FeedForwardClassifier(**SHORT).fit(X, y > 0).history_.loss == "log"
    assert FeedForwardClassifier(**SHORT).fit(X, three).history_.loss == "cross_entropy"


def test_each_target_may_have_its_own_loss_and_activation():
    """One network, four outputs: a count, a bounded share, a mean and two quantiles of different targets."""
    X, y = make_rows()
    Y = np.column_stack([y, counts_of(y), TARGETS["log"](y), y])
    Y[3, 0] = np.nan
    model = FeedForwardRegressor(loss=["huber", "poisson", "log", Quantile(0.1, 0.9)], **SHORT).fit(X, Y)

    assert model.network_.activations[-1] == PerOutput(["linear", "exponential", "sigmoid", "linear", "linear"])
    assert model.targets_.output_names == ("y0", "y1", "y2", "y3_q0.1", "y3_q0.9")
    assert model.predict(X).shape == (80, 5)
    assert (model.predict(X)[:, 1] > 0).all()
    assert (np.abs(model.predict(X)[:, 2] - 0.5) < 0.5).all()
    assert model.history_["validation_by_target"].shape == (6, 4)
    assert model.check_gradients(X[:25], Y[:25]).passed
    assert model.sensitivities(X[:4]).shape == (4, 5, 3)
    assert_allclose(
        model.trace(X[0], Y[0]).row.prediction, model.targets_.in_own_units(model._predict_outputs(X[:1]))[0]
    )


@pytest.mark.parametrize(
    ("names", "losses", "expected"),
    [
        (["t"], [Quantile(0.1234567, 0.12345671, 0.9)], ["t_q0.1234567", "t_q0.12345671", "t_q0.9"]),
        (["t"], [Quantile(0.5, 1 - 1e-7)], ["t_q0.5", "t_q0.9999999"]),
        (["t"], [Quantile(1 / 3, 0.1 + 0.2)], ["t_q0.3", "t_q0.333333"]),
        (["t", "t_q0.9"], [Quantile(0.1, 0.9), "rss"], ["t_q0.1", "t_q0.9_2", "t_q0.9"]),
        (["t_q0.9", "t"], ["rss", Quantile(0.1, 0.9)], ["t_q0.9", "t_q0.1", "t_q0.9_2"]),
    ],
)
def test_no_two_outputs_have_the_same_name(names, losses, expected):
    X, y = make_rows()
    Y = pd.DataFrame(np.column_stack([y] * len(names)), columns=names)
    table = pa.table({f"x{j}": column for j, column in enumerate(X.T)})
    model = FeedForwardRegressor((2,), loss=losses, max_iter=1, engine="reference", random_state=0).fit(table, Y)

    assert list(model.targets_.output_names) == expected
    named = prediction_columns(model, table, False)[0]
    assert list(named) == [f"predicted_{name}" for name in expected]
    assert_array_equal(np.stack(list(named.values()), axis=1), model.predict(table))


def test_targets_with_losses_of_their_own_learn_what_they_would_learn_alone():
    """Without a hidden layer the outputs share nothing: full-batch training of three is that of each."""
    X, y = make_rows()
    losses, columns = ["rss", "poisson", "absolute"], [y, counts_of(y), y**2]
    settings = {
        "hidden_layer_sizes": (), "solver": "gd", "max_iter": 30, "dtype": "float64", "early_stopping": False,
        "random_state": 0,
    }  # fmt: skip
    together = FeedForwardRegressor(loss=losses, **settings)
    alone = [FeedForwardRegressor(loss=loss, **settings) for loss in losses]
    start = np.zeros(12)

    for model in (together, *alone):
        model._start_network = (lambda made: lambda seed: zeros(made(seed)))(model._start_network)
    together.fit(X, np.column_stack(columns))
    for model, column in zip(alone, columns, strict=True):
        model.fit(X, column)

    assert start.size == together.network_.theta.size
    for d, model in enumerate(alone):
        assert_allclose(together.network_.W[0][d], model.network_.W[0][0], rtol=1e-12)
        assert_allclose(together.network_.c[0][d], model.network_.c[0][0], rtol=1e-12, atol=1e-15)


def zeros(network):
    return network.with_parameters(np.zeros_like(network.theta))


def test_quantiles_never_cross_in_predictions_and_j_is_of_the_outputs_as_they_are():
    """After six epochs some outputs still cross: predictions are those outputs, sorted."""
    X, y = make_rows()
    model = FeedForwardRegressor(loss=Quantile(0.1, 0.5, 0.9), **SHORT).fit(X, y)
    model.network_.c[-1][:] = [0.4, 0.0, -0.4]  # a network whose outputs cross

    raw = model.targets_.in_own_units(model._predict_outputs(X))

    assert (np.diff(raw, axis=1) < 0).any()
    assert (np.diff(model.predict(X), axis=1) >= 0).all()
    assert_array_equal(model.predict(X), np.sort(raw, axis=1))
    trace = model.trace(X[0], y[0])
    residuals = (y[0] - raw[0]) / model.targets_.transforms[0].scale
    assert_allclose(trace.losses, np.sum(np.maximum(np.array([0.1, 0.5, 0.9]) * residuals,
                                                    np.array([-0.9, -0.5, -0.1]) * residuals)))  # fmt: skip


def test_the_score_of_several_quantiles_is_that_of_the_one_nearest_to_the_median():
    X, y = make_rows()
    model = FeedForwardRegressor(loss=Quantile(0.1, 0.45, 0.9), **SHORT).fit(X, y)
    ss = np.sum((y - y.mean()) ** 2)

    assert model.score(X, y) == pytest.approx(1 - np.sum((y - model.predict(X)[:, 1]) ** 2) / ss)


@pytest.mark.parametrize("activation", ["relu", "softplus", "exponential"])
def test_targets_of_half_line_outputs_are_divided_by_their_mean(activation):
    """So that large ones are learnt like small ones, and 0 stays 0."""
    X, y = make_rows()
    small, large = (
        FeedForwardRegressor(output_activation=activation, **SHORT).fit(X, unit * np.abs(y)) for unit in (1, 2**20)
    )

    assert large.targets_.transforms[0].mean == 0.0
    assert_array_equal(small.network_.theta, large.network_.theta)
    assert (large.predict(X) >= 0).all()


def test_targets_of_outputs_with_two_ends_stay_in_their_own_units_and_are_warned_of_beyond():
    X, y = make_rows()
    share = TARGETS["log"](y)

    assert FeedForwardRegressor(output_activation="sigmoid", **SHORT).fit(X, share).targets_.transforms[0].scale == 1.0
    with pytest.warns(DataWarning, match="'y' lie outside of what the output activation sigmoid can give"):
        FeedForwardRegressor(output_activation="sigmoid", **SHORT).fit(X, 10 * share)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "standardised units"),
        ({"standardise": False}, "squares of the targets' own units"),
        ({"loss": "absolute", "standardise": False}, "the targets' own units"),
        ({"loss": "log"}, "nats"),
        ({"loss": "gamma"}, "targets over their mean"),
    ],
)
def test_the_history_says_in_which_units_its_losses_are(settings, words):
    X, y = make_rows()

    assert FeedForwardRegressor(**settings, **SHORT).fit(X, TARGETS["log"](y)).history_.units == words


def test_the_rmse_of_a_target_under_rss_stands_beside_other_losses():
    X, y = make_rows()
    model = FeedForwardRegressor(loss=["rss", "absolute"], **SHORT).fit(X, np.column_stack([7 * y, y]))

    [(name, error)] = model.history_.rmse_at(6).items()

    assert name == "y0"
    expected = np.sqrt(model.history_["validation_by_target"][5, 0]) * model.targets_.transforms[0].scale
    assert error == pytest.approx(expected)


def test_a_copy_of_an_activation_is_that_activation():
    """clone copies objects deeply, as every grid search does: relu stays the relu that kernels know."""
    X, y = make_rows()
    relu, tanh = ACTIVATIONS["relu"], ACTIVATIONS["tanh"]
    model = clone(FeedForwardRegressor(activation=relu, output_activation=[tanh], **SHORT))

    assert model.activation is relu
    fitted = pickle.loads(pickle.dumps(model.fit(X, np.tanh(y))))
    assert fitted.engine_ == "compiled"
    assert fitted.network_.activations[0] is relu


def test_a_count_is_learnt_over_its_mean_so_that_units_do_not_matter():
    X, y = make_rows()
    counts = counts_of(y) + 1
    one, thousand = (FeedForwardRegressor(loss="poisson", **SHORT).fit(X, unit * counts) for unit in (1, 1024))

    assert_array_equal(one.network_.theta, thousand.network_.theta)
    assert_array_equal(1024 * one.predict(X), thousand.predict(X))


@pytest.mark.parametrize(
    ("settings", "target", "sentence"),
    [
        ({"loss": "hubber"}, "y", "The `loss` parameter of FeedForwardRegressor must be 'auto', one of rss"),
        ({"loss": []}, "y", "The `loss` parameter of FeedForwardRegressor must be 'auto', one of rss"),
        (
            {"loss": ["rss", "rss"]},
            "y",
            "must be one for all targets, or a list of 1, one for each. Got ['rss', 'rss']",
        ),
        ({"loss": "cross_entropy"}, "y", "cross_entropy is for classes: use FeedForwardClassifier."),
        ({"loss": "poisson", "output_activation": "linear"}, "count", "'auto' or exponential for the poisson loss"),
        ({"loss": "log", "output_activation": "tanh"}, "share", "'auto' or sigmoid for the log loss"),
        ({"output_activation": "softmax"}, "y", "'auto' or an element-wise activation for the rss loss"),
        (
            {"output_activation": "swoosh"},
            "y",
            "The `output_activation` parameter of FeedForwardRegressor must be 'auto'",
        ),
        ({"output_activation": ["linear"] * 2}, "y", "must be one for all targets, or a list of 1, one for each"),
    ],
)
def test_a_wrong_loss_or_activation_is_refused_by_name_before_any_work(settings, target, sentence):
    X, y = make_rows()
    targets = {"y": y, "count": counts_of(y), "share": TARGETS["log"](y)}
    model = FeedForwardRegressor(**settings, **SHORT)

    with pytest.raises(ParameterError) as refusal:
        model.fit(X, targets[target])

    assert sentence in str(refusal.value)
    assert not hasattr(model, "network_")


def test_targets_outside_the_domain_are_refused_with_their_rows():
    X, y = make_rows()
    counts = counts_of(y)
    counts[[7, 30]] = -1.0

    with pytest.raises(
        DataError, match=r"poisson loss needs targets that are numbers >= 0. Got -1 \(.* 2 of 80 rows: 7, 30"
    ):
        FeedForwardRegressor(loss="poisson", **SHORT).fit(X, counts)
    with pytest.raises(DataError, match=r"gamma loss needs targets that are numbers > 0\. Got 0"):
        FeedForwardRegressor(loss="gamma", **SHORT).fit(X, np.maximum(counts, 0))
    with pytest.raises(DataError, match="log loss needs targets that are between 0 and 1"):
        FeedForwardRegressor(loss="log", **SHORT).fit(X, 2 + y)


def test_a_row_of_weight_0_may_hold_any_target():
    X, y = make_rows()
    counts, weights = counts_of(y), np.ones(80)
    counts[7], weights[7] = -1.0, 0.0

    assert np.isfinite(FeedForwardRegressor(loss="poisson", **SHORT).fit(X, counts, weights).predict(X)).all()


def test_two_classes_more_classes_and_labels_take_their_own_loss_and_no_other():
    X, y = make_rows()
    three, labels = np.digitize(y, [-0.3, 0.3]), (X[:, :2] > 0).astype(int)

    for loss, target, rule in (
        ("cross_entropy", y > 0, "'auto', 'log' or a Log for two classes"),
        ("log", three, "'auto', 'cross_entropy' or a CrossEntropy for more than two classes"),
        ("rss", y > 0, "'auto', 'log' or a Log for two classes"),
        (["log", "log", "log"], labels, "one for all labels, or a list of 2"),
        (["log"], y > 0, "one loss for two classes"),
    ):
        with pytest.raises(ParameterError) as refusal:
            FeedForwardClassifier(loss=loss, **SHORT).fit(X, target)
        assert rule in str(refusal.value)
    with pytest.raises(ParameterError, match="'auto' or softmax for the cross_entropy loss"):
        FeedForwardClassifier(output_activation="relu", **SHORT).fit(X, three)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel", "label by label"])
def test_label_smoothing_is_trained_on_smoothed_labels(kind):
    """J of the model is that of labels mixed with indifference, written out."""
    X, y = make_rows()
    s = 0.2
    if kind == "multiclass":
        target, loss = np.digitize(y, [-0.3, 0.3]), CrossEntropy(s)
    else:
        target = (y > 0).astype(int) if kind == "binary" else (X[:, :2] > 0).astype(int)
        loss = [Log(s), Log(s)] if kind == "label by label" else Log(s)
    model = FeedForwardClassifier(loss=loss, dtype="float64", **SHORT).fit(X, target)
    report = model.check_gradients(X[:30], target[:30])

    P = model.predict_proba(X[:30])
    if kind == "multiclass":
        smoothed = (1 - s) * np.eye(3)[target[:30]] + s / 3
        J = -np.mean(np.sum(smoothed * np.log(P), axis=1))
    else:
        P = P[:, 1:] if kind == "binary" else P
        smoothed = (1 - s) * target[:30].reshape(30, -1) + s / 2
        J = np.sum(-np.mean(smoothed * np.log(P) + (1 - smoothed) * np.log(1 - P), axis=0))
    assert report.passed
    assert pytest.approx(J, rel=1e-12) == report.J


@pytest.mark.parametrize(
    ("cls", "settings", "kind"),
    [
        (FeedForwardRegressor, {"loss": Huber(0.5)}, "number"),
        (FeedForwardRegressor, {"loss": "tweedie", "output_activation": "exponential"}, "count"),
        (FeedForwardRegressor, {"loss": ["rss", Quantile(0.1, 0.9)], "output_activation": ["tanh", "linear"]}, "two"),
        (FeedForwardClassifier, {"loss": CrossEntropy(0.1), "class_weight": {"a": 2.0}}, "classes"),
        (FeedForwardClassifier, {"loss": [Log(0.1), "log"], "class_weight": ["balanced", {1: 3.0}]}, "labels"),
    ],
)
def test_a_saved_model_comes_back_with_its_losses(cls, settings, kind, tmp_path):
    X, y = make_rows()
    target = {
        "number": y,
        "count": counts_of(y),
        "two": np.column_stack([np.tanh(y), y]),
        "classes": np.array(["a", "b", "c"])[np.digitize(y, [-0.3, 0.3])],
        "labels": (X[:, :2] > 0).astype(int),
    }[kind]
    model = cls(**settings, **SHORT).fit(X, target)
    model.save(tmp_path / "model.safetensors")

    again = load(tmp_path / "model.safetensors")

    assert_array_equal(again.predict(X), model.predict(X))
    assert repr(again.get_params()) == repr(model.get_params())
    assert again.targets_.loss == model.targets_.loss
    assert again.check_gradients(X[:20], target[:20]).J == model.check_gradients(X[:20], target[:20]).J
