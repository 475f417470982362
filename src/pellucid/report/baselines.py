"""What any model has to beat: a constant or the class frequencies, and a linear model, fitted as the model was."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from pellucid.mathematics.losses import RSS, LogLink
from pellucid.report.metrics import Answer, Question
from pellucid.report.number_baselines import central_of, constant_and_linear, linear_in_words, name_of_constant


def answer_of_baselines(
    question: Question,
    X: np.ndarray,
    y: np.ndarray,
    X_test: np.ndarray,
    weights: np.ndarray | None = None,
    exposure: np.ndarray | None = None,
    exposure_test: np.ndarray | None = None,
) -> dict[str, Answer]:
    """Fit both baselines on the rows of training and answer for the rows of the test.

    Parameters
    ----------
    question : Question
    X, X_test : arrays of shape (N, n_features)
        Encoded as the network sees them, so the comparison is one of models, not of preparation.
    y : array of shape (N,) or (N, n_targets)
    weights : array of shape (N,), optional
    exposure, exposure_test : arrays of shapes (N,) and (N_test,), optional
        Of the rows of training and of the test. The baselines of targets under a log link are then of rates.

    Returns
    -------
    dict of str to Answer
        By the name of the baseline.
    """
    if question.kind == "regression":
        losses = question.losses or (RSS(),) * len(question.targets)
        by_target = [
            constant_and_linear(loss, X, y_d, X_test, weights, exposure, exposure_test)
            for loss, y_d in zip(losses, y.reshape(len(y), -1).T, strict=True)
        ]
        answers = {}
        for name, outputs in zip((name_of_constant(losses), "linear model"), zip(*by_target, strict=True), strict=True):
            central = [central_of(loss, of_target) for loss, of_target in zip(losses, outputs, strict=True)]
            y_hat = np.stack(central, axis=1).reshape(len(X_test), *y.shape[1:])
            answers[name] = Answer(y_hat, outputs=np.concatenate(outputs, axis=1))
        return answers
    if question.class_weights is not None:
        weights = weights_by_class(question, y, weights)
    if question.kind == "multilabel":
        of_labels = [None] * y.shape[1] if weights is None else np.broadcast_to(weights.T, (y.shape[1], len(y)))
        parts = [answer_of_classes(np.array([0, 1]), X, y_d, X_test, w) for y_d, w in zip(y.T, of_labels, strict=True)]
        return {
            name: Answer(
                np.stack([part[name].y_hat for part in parts], axis=1),
                np.stack([np.asarray(part[name].probabilities)[:, 1] for part in parts], axis=1),
                np.stack([np.asarray(part[name].log_probabilities) for part in parts], axis=1),
            )
            for name in parts[0]
        }
    return answer_of_classes(np.asarray(question.classes), X, y, X_test, weights)


def weights_by_class(question: Question, y: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """What each row counts, times the weight of its class: (N,); of labels (N, labels), one for each of them."""
    w, of_classes = np.ones(len(y)) if weights is None else weights, np.asarray(question.class_weights)
    if question.kind == "multilabel":
        return w[:, None] * of_classes[np.arange(y.shape[1]), y.astype(np.int64)]
    return w * of_classes[0, np.searchsorted(np.asarray(question.classes), y)]


def answer_of_classes(
    classes: np.ndarray, X: np.ndarray, y: np.ndarray, X_test: np.ndarray, weights: np.ndarray | None
) -> dict[str, Answer]:
    """The majority with the frequencies as probabilities, and logistic regression."""
    majority = DummyClassifier(strategy="prior").fit(X, y, sample_weight=weights)
    # A label that is constant in training has no logistic regression: the majority is what can be said of it.
    linear = LogisticRegression(max_iter=200) if len(np.unique(y)) > 1 else DummyClassifier(strategy="prior")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a baseline may stop a little early
        linear.fit(X, y, sample_weight=weights)
    return {
        name: answer_of(classes, model, X_test) for name, model in (("majority", majority), ("linear model", linear))
    }


def answer_of(classes: np.ndarray, model: Any, X_test: np.ndarray) -> Answer:
    """Predictions, and probabilities with a column for every class, also for one that training lacked."""
    P = np.zeros((len(X_test), len(classes)))
    log_P = np.full(P.shape, -np.inf)
    places = np.searchsorted(classes, model.classes_)
    with np.errstate(divide="ignore"):  # a probability of 0 has the logarithm -inf, and a loss of inf if it was wrong
        P[:, places], log_P[:, places] = model.predict_proba(X_test), model.predict_log_proba(X_test)
    return Answer(model.predict(X_test), P, log_P)


def baselines_in_words(question: Question, with_exposure: bool) -> str:
    """How both were fitted, in a sentence."""
    losses = question.losses or (RSS(),)
    if question.kind == "regression":
        linear, constant = linear_in_words(losses), name_of_constant(losses)
        if with_exposure and all(isinstance(loss, LogLink) for loss in losses):
            linear, constant = f"{linear}, of rates", f"{constant} rate"
    else:
        linear, constant = "logistic regression", "majority with its frequencies"
    weighed = "" if question.class_weights is None else " Both have the class weights of the model."
    return (
        f"The linear model ({linear}) and the {constant} learnt from the training rows, encoded as the network sees "
        f"them.{weighed}"
    )
