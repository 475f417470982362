"""Metrics and baselines say what their names say."""

import numpy as np
import pytest

from pellucid import FeedForwardClassifier
from pellucid.errors import DataError
from pellucid.report.baselines import answer_of_baselines
from pellucid.report.metrics import Answer, Question, ask, measure


def test_regression_is_measured_for_each_target_in_its_own_units():
    y = np.array([[0.0, 10.0], [2.0, 30.0]])
    y_hat = np.array([[0.0, 13.0], [2.0, 26.0]])

    measured = measure(Question("regression", ("p", "q")), y, Answer(y_hat))

    assert measured == {"RMSE of p": 0, "R2 of p": 1, "RMSE of q": pytest.approx(np.sqrt(12.5)), "R2 of q": 0.875}


@pytest.mark.parametrize("unit", [1e200, 1e-170])
def test_numbers_whose_squares_no_float_holds_are_measured_all_the_same(unit):
    y, y_hat = np.array([0.0, 1.0, 2.0]), np.array([0.0, 2.0, 2.0])

    measured = measure(Question("regression", ("y",)), y * unit, Answer(y_hat * unit))

    assert measured == {"RMSE": pytest.approx(np.sqrt(1 / 3) * unit, rel=1e-12, abs=0), "R2": pytest.approx(0.5)}


def test_classes_are_measured_by_accuracy_log_loss_and_ranking():
    question = Question("classification", ("y",), np.array(["no", "yes"]))
    P = np.array([[0.8, 0.2], [0.4, 0.6], [0.3, 0.7], [0.9, 0.1]])
    y = np.array(["no", "no", "yes", "yes"])

    measured = measure(question, y, Answer(np.array(["no", "yes", "yes", "no"]), P, np.log(P)))

    assert measured == {
        "accuracy": 0.5,
        "log loss": pytest.approx(-np.log([0.8, 0.4, 0.7, 0.1]).mean()),
        "ROC AUC": 0.5,
    }


@pytest.mark.parametrize("labels", [np.array([0, 1]), np.array([[1, 0], [0, 1]])], ids=["classes", "labels"])
def test_a_certain_and_wrong_prediction_costs_what_its_h_says(labels):
    """At h = -202 and 202 probabilities round to 0 and 1; the log loss is J all the same, 202, and not clipped."""
    X = np.array([[-1.0], [1.0]])
    model = FeedForwardClassifier((), standardise=False, early_stopping=False, max_iter=1).fit(X, labels)
    model.network_.W[0][...] = 202
    model.network_.c[0][...] = 0
    kind = "classification" if labels.ndim == 1 else "multilabel"
    wrong = labels[::-1]

    measured = measure(Question(kind, tuple("ab")[: labels.size // 2], model.classes_), wrong, ask(model, X))

    name = "log loss" if kind == "classification" else "log loss of b"
    assert measured[name] == pytest.approx(202, rel=1e-12)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), model.predict_proba(X), atol=1e-15)


def test_labels_are_measured_one_by_one_and_together():
    question = Question("multilabel", ("p", "q"), np.array([0, 1]))
    P = np.array([[0.9, 0.4], [0.2, 0.3]])
    y = np.array([[1, 1], [0, 0]])

    measured = measure(question, y, Answer((P >= 0.5).astype(int), P, np.log(np.stack([1 - P, P], 2))))

    assert measured["accuracy, mean of labels"] == 0.75
    assert measured["rows with all labels right"] == 0.5
    assert measured["log loss of q"] == pytest.approx(-np.log([0.4, 0.7]).mean())
    assert measured["log loss, mean of labels"] == pytest.approx(-np.log([0.9, 0.8, 0.4, 0.7]).mean())


def test_classes_that_the_model_does_not_know_are_named():
    question = Question("classification", ("y",), np.array(["a", "b"]))
    with pytest.raises(DataError) as refusal:
        measure(question, np.array(["a", "c"]), Answer(np.array(["a", "a"]), np.full((2, 2), 0.5)))

    assert str(refusal.value) == (
        "The target 'y' holds classes that the model does not know: 'c'. "
        "Leave these rows out, or train again with them."
    )


def test_baselines_of_regression_are_the_mean_and_least_squares(rng):
    X = rng.normal(size=(50, 2))
    y = X @ [1.0, -2.0] + 3

    answers = answer_of_baselines(Question("regression", ("y",)), X[:40], y[:40], X[40:])

    assert np.allclose(answers["mean"].y_hat, y[:40].mean())
    assert np.allclose(answers["linear model"].y_hat, y[40:], atol=1e-3)


def test_baselines_of_numbers_at_the_end_of_floats_are_those_of_small_ones(rng):
    """Their sum alone would be infinite; a prediction beyond all floats is an infinite error, not an exception."""
    X = rng.normal(size=(50, 2))
    y = X @ [1.0, -2.0] + 3
    small, large = (answer_of_baselines(Question("regression", ("y",)), X, y * u, X) for u in (1.0, 2.0**1020))

    for name in ("mean", "linear model"):
        assert np.array_equal(large[name].y_hat, small[name].y_hat * 2.0**1020)
    measured = measure(Question("regression", ("y",)), y, Answer(np.full(50, np.inf)))
    assert measured == {"RMSE": np.inf, "R2": -np.inf}


def test_baselines_of_classes_give_a_probability_to_every_class(rng):
    """Also to one that occurs nowhere in training."""
    X, y = rng.normal(size=(40, 2)), np.repeat(["a", "c"], [30, 10])

    answers = answer_of_baselines(Question("classification", ("y",), np.array(["a", "b", "c"])), X, y, X[:3])

    assert (answers["majority"].y_hat == "a").all()
    assert np.allclose(answers["majority"].probabilities, [[0.75, 0, 0.25]] * 3)
    assert np.allclose(answers["linear model"].probabilities.sum(axis=1), 1)


def test_a_label_that_is_constant_in_training_has_a_baseline_all_the_same(rng):
    X, y = rng.normal(size=(20, 2)), np.stack([np.arange(20) % 2, np.zeros(20, int)], axis=1)

    answers = answer_of_baselines(Question("multilabel", ("p", "q"), np.array([0, 1])), X, y, X[:5])

    assert (answers["linear model"].y_hat[:, 1] == 0).all()
    assert (answers["majority"].probabilities[:, 1] == 0).all()
