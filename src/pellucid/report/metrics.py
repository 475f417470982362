"""How good predictions are, by scikit-learn's metrics, in one flat table of names and numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from sklearn import metrics

from pellucid.errors import DataError
from pellucid.mathematics.losses import Loss
from pellucid.report.loss_metrics import measure_loss
from pellucid.tables.statistics import EPSILON, Moments


class Answer(NamedTuple):
    """What a model says of some rows: predictions, and probabilities where it has them.

    `log_probabilities` (N, K) are of the classes, or (N, labels, 2) of each label's 0 and 1. They are no logarithms of
    `probabilities`, where a small one may have been rounded to 0, but made from h: the log loss is exact. `outputs`
    (N, n_outputs) holds every quantile, in the order of the targets; without it the predictions stand for all.
    """

    y_hat: np.ndarray
    probabilities: np.ndarray | None = None
    log_probabilities: np.ndarray | None = None
    outputs: np.ndarray | None = None


class Question(NamedTuple):
    """What is asked of a model: the kind of task, the names of its targets, its classes, and the losses of numbers.

    `class_weights` are (1, K), or (labels, 2), where the model was fitted with some.
    """

    kind: str  # "regression", "classification" or "multilabel"
    targets: tuple[str, ...]
    classes: Any = None
    losses: tuple[Loss, ...] = ()
    class_weights: np.ndarray | None = None


def question_of(fitted: Any) -> Question:
    """What a fitted model answers."""
    targets = fitted.targets_
    if not hasattr(fitted, "predict_proba"):
        return Question("regression", targets.names, losses=targets.losses)
    kind = "multilabel" if targets.kind == "multilabel" else "classification"
    return Question(kind, targets.names, targets.classes, class_weights=targets.class_weights)


def ask(model: Any, X: Any, exposure: np.ndarray | None = None) -> Answer:
    """Predictions of a fitted model, one for each target, with probabilities where there are some.

    Of several quantiles it is the one nearest to 1/2. With exposures, rates are multiplied by them.
    """
    if not hasattr(model, "predict_proba"):
        outputs = np.asarray(model.predict(X, exposure))
        return Answer(model.targets_.central(outputs), outputs=outputs.reshape(len(outputs), -1))
    probabilities = model.predict_proba(X)
    return Answer(model.targets_.choose(probabilities), probabilities, model.log_probabilities(X))


def measure(question: Question, y: np.ndarray, answer: Answer, weights: np.ndarray | None = None) -> dict[str, float]:
    """The metrics of a task: {name: value}.

    Regression: for each target the root mean squared error in its own units, R^2, and its loss where that is another.
    Classification: accuracy, balanced accuracy (the mean of the classes' recalls), log loss in nats, and the area under
    the ROC curve for two classes. Multi-label: accuracies and log loss of each label, their means, and how often all
    labels of a row are right. `weights` (N,), all > 0, say what each row counts: a weight of 2 is the row twice.

    Examples
    --------
    >>> measure(Question("regression", ("y",)), np.array([1.0, 3.0]), Answer(np.array([1.0, 2.0])))
    {'RMSE': 0.7071067811865476, 'R2': 0.5}
    """
    if question.kind == "regression":
        return measure_numbers(question, y, answer, weights)
    if question.kind == "multilabel":
        return measure_labels(question, y, answer, weights)
    return measure_classes(question, y, answer, weights)


def measure_numbers(question: Question, y: np.ndarray, answer: Answer, weights: np.ndarray | None) -> dict[str, float]:
    """RMSE, R^2 and the loss of each target."""
    measured = {}
    Y, Y_hat = y.reshape(len(y), -1), answer.y_hat.reshape(len(y), -1)
    blocks = blocks_of(question, answer, Y_hat)
    for d, target in enumerate(question.targets):
        of = "" if len(question.targets) == 1 else f" of {target}"
        if not np.isfinite(Y_hat[:, d]).all():  # predictions beyond the range of floats
            measured |= {f"RMSE{of}": float("inf"), f"R2{of}": float("-inf")}
            continue
        # In units of the largest number, for squares leave the range of floats long before numbers do; a power of
        # two, so that the division changes no digit.
        unit = unit_of(np.append(Y[:, d], Y_hat[:, d]))
        y_d, y_hat_d = Y[:, d] / unit, Y_hat[:, d] / unit
        measured[f"RMSE{of}"] = float(np.sqrt(np.average((y_d - y_hat_d) ** 2, weights=weights)) * unit)
        r2 = metrics.r2_score(y_d, y_hat_d, sample_weight=weights) if len(y) > 1 else np.nan
        measured[f"R2{of}"] = float(r2)
        if question.losses and np.isfinite(blocks[d]).all():
            of_loss = measure_loss(question.losses[d], Y[:, d], blocks[d], weights)
            measured |= {f"{name}{of}": value for name, value in of_loss.items()}
    return measured


def blocks_of(question: Question, answer: Answer, Y_hat: np.ndarray) -> list[np.ndarray]:
    """The outputs of each target side by side, or its one prediction."""
    if answer.outputs is None or not question.losses:
        return [Y_hat[:, d : d + 1] for d in range(Y_hat.shape[1])]
    ends = np.cumsum([loss.outputs_per_target for loss in question.losses])
    return np.split(answer.outputs, ends[:-1], axis=1)


def unit_of(values: np.ndarray) -> float:
    """The power of two in which the largest of these numbers is 1 to 2."""
    return float(np.ldexp(1.0, np.frexp(np.abs(values).max())[1] - 1))


def deviations_of(y: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """The standard deviation of each target (n_targets,) among weighted rows; 0 where it is constant up to rounding."""
    Y = y.reshape(len(y), -1)
    units = np.array([unit_of(y_d) for y_d in Y.T])  # squares leave the range of floats before numbers do
    moments = Moments(Y.shape[1])
    moments.add(Y / units, weights)
    deviations = np.sqrt(moments.squares / moments.total)
    return np.where(deviations > 10 * EPSILON * np.abs(moments.mean), deviations * units, 0.0)


def measure_classes(question: Question, y: np.ndarray, answer: Answer, weights: np.ndarray | None) -> dict[str, float]:
    """Accuracy, plain and balanced, log loss, and the area under the ROC curve of the second of two classes."""
    classes = np.asarray(question.classes)
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        listed = ", ".join(repr(label) for label in unknown[:5].tolist())
        raise DataError(
            f"The target '{question.targets[0]}' holds classes that the model does not know: {listed}. "
            "Leave these rows out, or train again with them."
        )
    P, log_P = np.asarray(answer.probabilities), np.asarray(answer.log_probabilities)
    places = np.searchsorted(classes, y)
    measured = {
        "accuracy": float(np.average(answer.y_hat == y, weights=weights)),
        "balanced accuracy": balanced_accuracy(y, answer.y_hat, weights),
        "log loss": float(-np.average(log_P[np.arange(len(y)), places], weights=weights)),
    }
    if len(classes) == 2 and 0 < places.sum() < len(places):
        measured["ROC AUC"] = float(metrics.roc_auc_score(places, P[:, 1], sample_weight=weights))
    return measured


def balanced_accuracy(y: np.ndarray, y_hat: np.ndarray, weights: np.ndarray | None) -> float:
    """The mean recall of the classes that occur; scikit-learn's function of that name warns of those that do not."""
    return float(metrics.recall_score(y, y_hat, labels=np.unique(y), average="macro", sample_weight=weights))


def measure_labels(question: Question, y: np.ndarray, answer: Answer, weights: np.ndarray | None) -> dict[str, float]:
    """Accuracy and log loss of each label, their means, and the share of rows with all labels right."""
    log_P = np.asarray(answer.log_probabilities)
    right = answer.y_hat == y
    losses = -np.average(np.where(y == 1, log_P[:, :, 1], log_P[:, :, 0]), axis=0, weights=weights)
    rights = np.average(right, axis=0, weights=weights)
    measured = {
        "accuracy, mean of labels": float(rights.mean()),
        "log loss, mean of labels": float(losses.mean()),
        "rows with all labels right": float(np.average(right.all(axis=1), weights=weights)),
    }
    for d, target in enumerate(question.targets):
        measured[f"accuracy of {target}"] = float(rights[d])
        measured[f"balanced accuracy of {target}"] = balanced_accuracy(y[:, d], answer.y_hat[:, d], weights)
        measured[f"log loss of {target}"] = float(losses[d])
    return measured
