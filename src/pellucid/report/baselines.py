"""What any model has to beat: predicting the mean or the class frequencies, and a linear model, by scikit-learn."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from pellucid.mathematics.losses import LogLink
from pellucid.report.metrics import Answer, Question, unit_of


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
        Of the rows of training and of the test. The baselines of targets under a log link are then of rates, each with
        the weight of its row times its exposure: the mean is the sum of counts over that of exposures.

    Returns
    -------
    dict of str to Answer
        By the name of the baseline.
    """
    if question.kind == "regression":
        columns = []
        for d, y_d in enumerate(y.reshape(len(y), -1).T):
            rates = exposure is not None and isinstance(question.losses[d], LogLink)
            columns.append(numbers_of_baselines(X, y_d, X_test, weights, *((exposure, exposure_test) if rates else ())))
        shape = (len(X_test), *y.shape[1:])
        mean, linear = (np.stack(parts, axis=1).reshape(shape) for parts in zip(*columns, strict=True))
        return {"mean": Answer(mean), "linear model": Answer(linear)}
    if question.kind == "multilabel":
        parts = [answer_of_classes(np.array([0, 1]), X, y[:, d], X_test, weights) for d in range(y.shape[1])]
        return {
            name: Answer(
                np.stack([part[name].y_hat for part in parts], axis=1),
                np.stack([np.asarray(part[name].probabilities)[:, 1] for part in parts], axis=1),
                np.stack([np.asarray(part[name].log_probabilities) for part in parts], axis=1),
            )
            for name in parts[0]
        }
    return answer_of_classes(np.asarray(question.classes), X, y, X_test, weights)


def numbers_of_baselines(
    X: np.ndarray,
    y: np.ndarray,
    X_test: np.ndarray,
    weights: np.ndarray | None,
    exposure: np.ndarray | None = None,
    exposure_test: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The mean and a linear model of one target, or of its rates times the exposures of the test."""
    unit = unit_of(y)  # sums and squares of the numbers themselves may leave the range of floats
    y = y / unit
    if exposure is not None:
        y, weights = y / exposure, exposure if weights is None else weights * exposure
    mean = np.full(len(X_test), np.average(y, weights=weights))
    # A trace of ridge keeps one-hot columns, which are linearly dependent, from growing without bound.
    linear = Ridge(alpha=1e-3).fit(X, y, sample_weight=weights).predict(X_test)
    with np.errstate(over="ignore"):  # an infinite prediction is measured as such
        scale = unit if exposure_test is None else unit * exposure_test
        return mean * scale, linear * scale


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
