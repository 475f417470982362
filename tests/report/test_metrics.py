"""Metrics and baselines say what their names say."""

import numpy as np
import pytest
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

from pellucid import FeedForwardClassifier
from pellucid.errors import DataError
from pellucid.mathematics.losses import RSS, Absolute, Gamma, Huber, Log, Loss, Poisson, Quantile, Tweedie
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
        "balanced accuracy": 0.5,
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


def test_weights_of_rows_are_those_rows_so_many_times_in_every_metric(rng):
    """Of numbers under each loss, of classes and of labels."""
    times = rng.integers(1, 4, 30)
    w, again = times / 7, np.repeat(np.arange(30), times)
    y, outputs = np.exp(rng.normal(size=30)), np.sort(np.exp(rng.normal(size=(30, 2))), axis=1)
    labels, P = rng.integers(0, 2, (30, 2)), rng.uniform(0.1, 0.9, (30, 2))
    both = np.stack([1 - P, P], 2)
    answer_of_labels = Answer((P > 0.5).astype(int), P, np.log(both))
    answer_of_classes = Answer((P[:, 0] > 0.5).astype(int), both[:, 0], np.log(both[:, 0]))
    losses = [RSS(), Absolute(), Quantile(0.1, 0.9), Poisson(), Gamma(), Tweedie(1.5)]
    answer_of_numbers = Answer(outputs[:, 0], outputs=outputs)
    cases = [(Question("regression", ("y",), losses=(loss,)), y, answer_of_numbers) for loss in losses]
    cases.append((Question("regression", ("y",), losses=(Log(),)), y / 20, Answer(outputs[:, 0] / 20)))
    cases.append((Question("classification", ("k",), np.array([0, 1])), labels[:, 0], answer_of_classes))
    cases.append((Question("multilabel", ("p", "q"), np.array([0, 1])), labels, answer_of_labels))

    for question, known, answer in cases:
        repeated = Answer(*(None if part is None else part[again] for part in answer))
        assert measure(question, known, answer, w) == pytest.approx(measure(question, known[again], repeated)), question
        assert measure(question, known, answer, w) != pytest.approx(measure(question, known, answer)), question


def test_baselines_with_exposures_are_of_rates(rng):
    """The mean is the sum of counts over that of exposures; a rate under a log link is found. Numbers stay so."""
    X, e, w = rng.normal(size=(60, 1)), rng.uniform(0.5, 20, 60), rng.integers(1, 4, 60) / 2
    Y = np.stack([e * np.exp(1 + 0.5 * X[:, 0]), 3 * X[:, 0]], axis=1)
    question = Question("regression", ("n", "y"), losses=(Poisson(), RSS()))

    answers = answer_of_baselines(question, X[:40], Y[:40], X[40:], w[:40], e[:40], e[40:])

    rate = np.sum(w[:40] * Y[:40, 0]) / np.sum(w[:40] * e[:40])
    np.testing.assert_allclose(answers["mean"].y_hat[:, 0], rate * e[40:])
    np.testing.assert_allclose(answers["mean"].y_hat[:, 1], np.average(Y[:40, 1], weights=w[:40]))
    np.testing.assert_allclose(answers["linear model"].y_hat, Y[40:], rtol=1e-3, atol=0.02)


@pytest.mark.parametrize("loss", [Gamma(), Tweedie(1.5)], ids=lambda loss: loss.name)
def test_the_linear_baseline_of_a_deviance_is_its_generalised_linear_model(loss, rng):
    """Weighted by the exposure as far as the loss is: no small step away from it has a smaller deviance."""
    X, e, w = rng.normal(size=(80, 2)), rng.uniform(0.5, 20, 80), rng.integers(1, 4, 80) / 2
    y = e * np.exp(0.5 * X[:, 0]) * rng.gamma(2, 0.5, 80)
    question = Question("regression", ("y",), losses=(loss,))

    found = answer_of_baselines(question, X, y, X, w, e, e)["linear model"].y_hat

    def deviance(y_hat):
        return metrics.mean_tweedie_deviance(y, y_hat, sample_weight=w, power=loss.power)

    for direction in (np.ones(80), *X.T):
        for step in (-0.01, 0.01):
            assert deviance(found) < deviance(found * np.exp(step * direction))


def test_a_deviance_that_has_no_minimum_leaves_least_squares(rng):
    """No event at all in training, or an amount of 0 for a gamma loss."""
    X, zeros = rng.normal(size=(30, 1)), np.zeros(30)
    for loss, y in ((Poisson(), zeros), (Gamma(), np.append(zeros[1:], 3.0))):
        answers = answer_of_baselines(Question("regression", ("y",), losses=(loss,)), X, y, X)
        np.testing.assert_allclose(answers["mean"].y_hat, y.mean())
        assert np.isfinite(answers["linear model"].y_hat).all()


@pytest.mark.parametrize(
    ("loss", "q", "name"),
    [
        (Absolute(), (0.5,), "median"),
        (Quantile(0.9), (0.9,), "quantile"),
        (Quantile(0.1, 0.6, 0.9), (0.1, 0.6, 0.9), "quantiles"),
    ],
)
def test_baselines_of_quantiles_are_quantiles_of_the_rows_of_training(loss, q, name, rng):
    """The constant is NumPy's quantile of the weighted rows; of a straight line with equal noise the line is found."""
    X, times = rng.normal(size=(400, 1)), rng.integers(1, 4, 400)
    y = 3 * X[:, 0] + rng.exponential(size=400)
    question = Question("regression", ("y",), losses=(loss,))

    answers = answer_of_baselines(question, X, y, X, times.astype(float))
    measured = {given: measure(question, y, answer, times) for given, answer in answers.items()}

    assert list(answers) == [name, "linear model"]
    expected = np.quantile(np.repeat(y, times), q, method="averaged_inverted_cdf")
    np.testing.assert_allclose(answers[name].outputs, np.tile(expected, (400, 1)))
    np.testing.assert_array_equal(answers[name].y_hat, np.full(400, expected[len(q) // 2]))
    true = 3 * X - np.log(1 - np.array(q))
    np.testing.assert_allclose(answers["linear model"].outputs, true, atol=0.6)
    for alpha in q if len(q) > 1 else ():
        metric = f"pinball loss q{alpha:g}"
        assert measured["linear model"][metric] < measured[name][metric]


def test_baselines_have_the_class_weights_of_the_model(rng):
    """As scikit-learn's own `class_weight` does it, of classes and of labels; the frequencies are then equal."""
    X = rng.normal(size=(200, 2))
    Y = (X @ rng.normal(size=(2, 2)) + rng.normal(size=(200, 2)) > 1).astype(int)
    weights = 200 / (2 * np.stack([(Y == 0).sum(axis=0), (Y == 1).sum(axis=0)], axis=1))
    theirs = [LogisticRegression(class_weight="balanced").fit(X, Y[:, d]).predict_proba(X)[:, 1] for d in (0, 1)]
    labels = Question("multilabel", ("p", "q"), np.array([0, 1]), class_weights=weights)
    classes = Question("classification", ("k",), np.array(["no", "yes"]), class_weights=weights[:1])

    of_labels = answer_of_baselines(labels, X, Y, X)
    of_classes = answer_of_baselines(classes, X, np.array(["no", "yes"])[Y[:, 0]], X)

    np.testing.assert_allclose(of_labels["linear model"].probabilities, np.stack(theirs, axis=1), atol=1e-3)
    np.testing.assert_allclose(of_classes["linear model"].probabilities[:, 1], theirs[0], atol=1e-3)
    for answer in (of_labels, of_classes):
        np.testing.assert_allclose(answer["majority"].probabilities, 0.5)


def test_weights_of_rows_are_those_rows_so_many_times_in_baselines(rng):
    times, question = rng.integers(1, 4, 30), Question("classification", ("k",), np.array(["p", "q"]))
    X, k, again = rng.normal(size=(30, 2)), rng.choice(["p", "q"], 30), np.repeat(np.arange(30), times)

    weighted = answer_of_baselines(question, X, k, X, times.astype(float))
    repeated = answer_of_baselines(question, X[again], k[again], X)

    for name in ("majority", "linear model"):
        np.testing.assert_allclose(weighted[name].probabilities, repeated[name].probabilities, rtol=1e-3)


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


def test_a_rare_class_counts_as_much_as_the_others_in_the_balanced_accuracy(rng):
    y, y_hat = rng.choice(["a", "b", "c"], 60, p=[0.8, 0.15, 0.05]), rng.choice(["a", "b", "c"], 60)
    P = np.full((60, 3), 1 / 3)

    measured = measure(Question("classification", ("y",), np.array(["a", "b", "c"])), y, Answer(y_hat, P, np.log(P)))

    assert measured["balanced accuracy"] == pytest.approx(metrics.balanced_accuracy_score(y, y_hat), rel=1e-14)
    few = measure(Question("classification", ("y",), np.array(["a", "b", "c"])), y[:1], Answer(y_hat[:1], P, np.log(P)))
    assert few["balanced accuracy"] == float(y[0] == y_hat[0])  # and no warning of classes that do not occur


@pytest.mark.parametrize(
    ("loss", "name", "expected"),
    [
        (Absolute(), "MAE", lambda y, y_hat: np.abs(y - y_hat)),
        (Huber(0.3), "MAE", lambda y, y_hat: np.abs(y - y_hat)),
        (Quantile(0.5), "MAE", lambda y, y_hat: np.abs(y - y_hat)),
        (Quantile(0.9), "pinball loss q0.9", Quantile(0.9).value),
        (Poisson(), "Poisson deviance", Poisson().value),
        (Gamma(), "gamma deviance", Gamma().value),
        (Tweedie(1.3), "Tweedie deviance (power 1.3)", Tweedie(1.3).value),
        (Log(0.2), "log loss", Log().value),
    ],
    ids=lambda value: value.name if isinstance(value, Loss) else None,
)
def test_the_loss_of_a_target_is_measured_beside_its_squares(loss, name, expected, rng):
    """scikit-learn's metric is the mean of the chapter's own loss, of plain labels."""
    y, y_hat = rng.uniform(0.1, 0.9, size=(2, 30))

    measured = measure(Question("regression", ("y",), losses=(loss,)), y, Answer(y_hat))

    assert list(measured) == ["RMSE", "R2", name]
    assert measured[name] == pytest.approx(np.mean(expected(y[:, None], y_hat[:, None])), rel=1e-12)


def test_every_quantile_of_several_is_measured_and_how_often_they_cover(rng):
    Y, outputs = rng.normal(size=(20, 2)), np.sort(rng.normal(size=(20, 4)), axis=1)
    question = Question("regression", ("p", "r"), losses=(Quantile(0.1, 0.5, 0.8), RSS()))

    measured = measure(question, Y, Answer(outputs[:, [1, 3]], outputs=outputs))
    of_mean = measure(question, Y, Answer(outputs[:, [1, 3]]))

    for q, column in zip((0.1, 0.5, 0.8), outputs.T, strict=False):
        u = Y[:, 0] - column
        assert measured[f"pinball loss q{q} of p"] == pytest.approx(np.mean(np.where(u > 0, q * u, (q - 1) * u)))
    inside = (outputs[:, 0] <= Y[:, 0]) & (Y[:, 0] <= outputs[:, 2])
    assert measured["covered by q0.1 to q0.8 of p"] == inside.mean()
    assert [name for name in measured if name.endswith(" of r")] == ["RMSE of r", "R2 of r"]
    assert set(measured) - set(of_mean) == {"covered by q0.1 to q0.8 of p"}  # one prediction covers nothing
    assert of_mean["pinball loss q0.5 of p"] == measured["pinball loss q0.5 of p"]


@pytest.mark.parametrize(
    ("loss", "y", "y_hat"),
    [
        (Poisson(), [1.0, 2.0], [1.0, -0.5]),
        (Gamma(), [0.0, 2.0], [1.0, 1.0]),
        (Tweedie(2), [0.0, 2.0], [1.0, 1.0]),
        (Log(), [0.5, 0.1], [0.5, 1.5]),
    ],
)
def test_a_loss_that_does_not_exist_for_these_numbers_is_left_out(loss, y, y_hat):
    measured = measure(Question("regression", ("y",), losses=(loss,)), np.array(y), Answer(np.array(y_hat)))

    assert list(measured) == ["RMSE", "R2"]
