"""The metrics of resamples are those of `measure`, which are scikit-learn's, for any weights of rows."""

import numpy as np
import pytest

from pellucid.mathematics.losses import RSS, Absolute, Gamma, Huber, Log, Poisson, Quantile, Tweedie
from pellucid.report.metrics import Answer, Question, measure
from pellucid.report.weighted_metrics import area_under_roc, metrics_of

N = 60


def classes(rng, K):
    question = Question("classification", ("y",), np.array(list("abcde"[:K])))
    P = rng.dirichlet(np.ones(K), N).round(1) + 0.01  # rounded, so that there are equal ones
    P /= P.sum(axis=1, keepdims=True)
    return question, question.classes[rng.integers(0, K, N)], Answer(question.classes[P.argmax(axis=1)], P, np.log(P))


def labels(rng):
    P = rng.uniform(0.05, 0.95, (N, 3))
    log_P = np.log(np.stack([1 - P, P], axis=2))
    return (
        Question("multilabel", ("p", "q", "r")),
        rng.integers(0, 2, (N, 3)),
        Answer((P >= 0.5).astype(int), P, log_P),
    )


def numbers(rng, *losses):
    targets = tuple("pqr"[: len(losses)])
    y = rng.uniform(0.1, 0.9, (N, len(losses)))
    outputs = np.sort(rng.uniform(0.1, 0.9, (N, sum(loss.outputs_per_target for loss in losses))))
    y_hat = rng.uniform(0.1, 0.9, y.shape)
    return Question("regression", targets, losses=losses), y, Answer(y_hat, outputs=outputs)


CASES = {
    "two classes": lambda rng: classes(rng, 2),
    "five classes": lambda rng: classes(rng, 5),
    "labels": labels,
    "squares": lambda rng: numbers(rng, RSS()),
    "several targets": lambda rng: numbers(rng, Absolute(), Huber(), Log()),
    "counts": lambda rng: numbers(rng, Poisson(), Gamma(), Tweedie(1.5)),
    "quantiles": lambda rng: numbers(rng, Quantile(0.1, 0.5, 0.9), Quantile(0.3)),
}


@pytest.mark.parametrize("case", CASES)
def test_each_line_of_weights_gives_the_metrics_of_measure(case, rng):
    """By the same names, and a row of weight 0 is not there."""
    question, y, answer = CASES[case](rng)
    W = rng.integers(1, 4, (3, N)).astype(float)
    found = metrics_of(question, y, answer)

    for b, w in enumerate(W):
        expected = measure(question, y, answer, w)
        assert {name: metric(W)[b] for name, metric in found.items()} == pytest.approx(expected, rel=1e-10)
    without = np.ones(N)
    without[:20] = 0
    kept = Answer(*(None if part is None else part[20:] for part in answer))
    expected = measure(question, y[20:], kept)
    assert {name: metric(without[None])[0] for name, metric in found.items()} == pytest.approx(expected, rel=1e-10)


def test_a_resample_of_one_class_has_no_area_and_one_value_no_r_squared():
    score = np.array([0.2, 0.7, 0.7])

    area = area_under_roc(np.array([False, True, False]), score)(np.array([[0.0, 2.0, 0.0], [1.0, 1.0, 1.0]]))

    np.testing.assert_array_equal(area, [np.nan, 0.75])
    r2 = metrics_of(Question("regression", ("y",)), np.array([1.0, 2.0]), Answer(np.array([1.0, 1.5])))["R2"]
    np.testing.assert_array_equal(r2(np.array([[2.0, 0.0], [1.0, 1.0]])), [np.nan, 0.5])


def test_a_certain_and_wrong_prediction_spoils_only_resamples_that_hold_it():
    question = Question("classification", ("y",), np.array([0, 1]))
    P = np.array([[0.5, 0.5], [1.0, 0.0]])
    with np.errstate(divide="ignore"):
        answer = Answer(np.array([0, 0]), P, np.log(P))

    losses = metrics_of(question, np.array([0, 1]), answer)["log loss"](np.array([[2.0, 0.0], [1.0, 1.0]]))

    assert losses.tolist() == [pytest.approx(np.log(2)), np.inf]
