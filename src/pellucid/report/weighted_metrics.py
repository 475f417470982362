"""The metrics of `measure` as functions of what each row counts, for many sets of counts at once.

A bootstrap resample is nothing but how often each row was drawn. So a metric is a function of W (B, N), each line of
which holds the weights of all rows in one resample, and all of them are computed by a few products of matrices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import xlogy

from pellucid.mathematics.losses import Absolute, Huber, Log, LogLink, Loss, Quantile
from pellucid.report.loss_metrics import covered_by, main_metric
from pellucid.report.metrics import Answer, Question, blocks_of, unit_of

Metric = Callable[[np.ndarray], np.ndarray]  # W (B, N) -> (B,)


def metrics_of(question: Question, y: np.ndarray, answer: Answer) -> dict[str, Metric]:
    """By the names of `measure`; what is not finite there is left out here."""
    if question.kind == "regression":
        return metrics_of_numbers(question, y, answer)
    if question.kind == "multilabel":
        return metrics_of_labels(question, y, answer)
    return metrics_of_classes(question, y, answer)


def metrics_of_numbers(question: Question, y: np.ndarray, answer: Answer) -> dict[str, Metric]:
    """RMSE, R^2 and the loss of each target."""
    found: dict[str, Metric] = {}
    Y, Y_hat = y.reshape(len(y), -1), answer.y_hat.reshape(len(y), -1)
    blocks = blocks_of(question, answer, Y_hat)
    for d, target in enumerate(question.targets):
        of = "" if len(question.targets) == 1 else f" of {target}"
        if not np.isfinite(Y_hat[:, d]).all():
            continue
        found[f"RMSE{of}"], found[f"R2{of}"] = root_mean_square(Y[:, d], Y_hat[:, d]), r_squared(Y[:, d], Y_hat[:, d])
        if question.losses and np.isfinite(blocks[d]).all():
            of_rows = loss_of_rows(question.losses[d], Y[:, d], blocks[d])
            found |= {f"{name}{of}": mean(values) for name, values in of_rows.items()}
    return found


def metrics_of_classes(question: Question, y: np.ndarray, answer: Answer) -> dict[str, Metric]:
    """Accuracy, plain and balanced, log loss, and the area under the ROC curve of the second of two classes."""
    log_P, P = np.asarray(answer.log_probabilities), np.asarray(answer.probabilities)
    places = np.searchsorted(np.asarray(question.classes), y)
    found = {
        "accuracy": mean(answer.y_hat == y),
        "balanced accuracy": mean_recall(y, answer.y_hat),
        "log loss": mean(-log_P[np.arange(len(y)), places]),
    }
    if len(question.classes) == 2 and 0 < places.sum() < len(places):
        found["ROC AUC"] = area_under_roc(places == 1, P[:, 1])
    return found


def metrics_of_labels(question: Question, y: np.ndarray, answer: Answer) -> dict[str, Metric]:
    """Accuracy and log loss of each label, their means, and the share of rows with all labels right."""
    log_P = np.asarray(answer.log_probabilities)
    right, losses = answer.y_hat == y, -np.where(y == 1, log_P[:, :, 1], log_P[:, :, 0])
    found = {
        "accuracy, mean of labels": mean(right.mean(axis=1)),
        "log loss, mean of labels": mean(losses.mean(axis=1)),
        "rows with all labels right": mean(right.all(axis=1)),
    }
    for d, target in enumerate(question.targets):
        found[f"accuracy of {target}"] = mean(right[:, d])
        found[f"balanced accuracy of {target}"] = mean_recall(y[:, d], answer.y_hat[:, d])
        found[f"log loss of {target}"] = mean(losses[:, d])
    return found


def mean(values: Any) -> Metric:
    """sum_n w_n v_n / sum_n w_n."""
    v = np.asarray(values, np.float64)
    if np.isinf(v).any():  # 0 times infinity is no number: a row that was not drawn would spoil the sum
        return lambda W: np.where(W[:, np.isinf(v)].any(axis=1), np.inf, mean(np.where(np.isinf(v), 0, v))(W))
    return lambda W: W @ v / W.sum(axis=1)


def root_mean_square(y: np.ndarray, y_hat: np.ndarray) -> Metric:
    """In units of the largest number, for squares leave the range of floats before numbers do."""
    unit = unit_of(np.append(y, y_hat))
    of_squares = mean((y / unit - y_hat / unit) ** 2)
    return lambda W: np.sqrt(of_squares(W)) * unit


def r_squared(y: np.ndarray, y_hat: np.ndarray) -> Metric:
    """1 - sum w e^2 / sum w (y - mean y)^2; from deviations of the mean of all rows, so that nothing cancels."""
    unit = unit_of(np.append(y, y_hat))
    deviations = y / unit - np.mean(y / unit)
    of_errors, of_squares, of_deviations = mean((y / unit - y_hat / unit) ** 2), mean(deviations**2), mean(deviations)

    def value(W: np.ndarray) -> np.ndarray:
        variance = of_squares(W) - of_deviations(W) ** 2
        with np.errstate(divide="ignore", invalid="ignore"):  # a resample of one value only has no R^2
            return np.where(variance > 0, 1 - of_errors(W) / variance, np.nan)

    return value


def mean_recall(y: np.ndarray, y_hat: np.ndarray) -> Metric:
    """The mean of the recalls of the classes that were drawn."""
    classes = [(y == label, (y_hat == label)[y == label].astype(np.float64)) for label in np.unique(y)]

    def value(W: np.ndarray) -> np.ndarray:
        total, known = np.zeros(len(W)), np.zeros(len(W))
        for rows, right in classes:
            of_class = W[:, rows]
            drawn = of_class.sum(axis=1)
            there = drawn > 0
            total[there] += (of_class @ right)[there] / drawn[there]
            known += there
        return total / known

    return value


def area_under_roc(holds: np.ndarray, score: np.ndarray) -> Metric:
    """The share of pairs of a row that holds and one that does not in which the former has the higher score."""
    order = np.argsort(score, kind="stable")
    holds = holds[order].astype(np.float64)
    starts = np.flatnonzero(np.append(True, np.diff(score[order]) > 0))  # of rows with equal scores

    def value(W: np.ndarray) -> np.ndarray:
        W = W[:, order]
        positive = np.add.reduceat(W * holds, starts, axis=1)
        negative = np.add.reduceat(W * (1 - holds), starts, axis=1)
        below = np.cumsum(negative, axis=1) - negative / 2  # of equal scores half of the pairs count
        with np.errstate(invalid="ignore"):  # a resample of one class only has none
            return (positive * below).sum(axis=1) / (positive.sum(axis=1) * negative.sum(axis=1))

    return value


def loss_of_rows(loss: Loss, y: np.ndarray, outputs: np.ndarray) -> dict[str, np.ndarray]:
    """What each row adds to the means of `measure_loss`, by the same names."""
    y_hat = outputs[:, 0]
    if isinstance(loss, Absolute | Huber) or (isinstance(loss, Quantile) and loss.q == (0.5,)):
        return {"MAE": np.abs(y - y_hat)}
    if isinstance(loss, Quantile):
        several = outputs.shape[1] == len(loss.q)
        columns = outputs.T if several else [y_hat] * len(loss.q)
        found = {
            f"pinball loss q{text}": np.maximum(q * (y - y_q), (q - 1) * (y - y_q))
            for text, q, y_q in zip(loss.q_texts, loss.q, columns, strict=True)
        }
        if len(loss.q) > 1:
            found["mean pinball loss"] = np.mean(list(found.values()), axis=0)
        if len(loss.q) > 1 and several:
            covered = (outputs[:, 0] <= y) & (y <= outputs[:, -1])
            found[covered_by(loss)] = covered.astype(np.float64)
        return found
    if isinstance(loss, LogLink):
        fits = (y_hat > 0).all() and (y >= 0).all() and (loss.power < 2 or (y > 0).all())
        return {main_metric(loss): deviance(y, y_hat, loss.power)} if fits else {}
    if isinstance(loss, Log):
        fits = ((y_hat > 0) & (y_hat < 1) & (y >= 0) & (y <= 1)).all()
        return {"log loss": Log().value(y, y_hat)} if fits else {}
    return {}


def deviance(y: np.ndarray, y_hat: np.ndarray, p: float) -> np.ndarray:
    """The unit deviance of a variance mu^p (Jorgensen, The Theory of Dispersion Models, 1997, 4.2)."""
    if p == 1:
        return 2 * (xlogy(y, y / y_hat) - y + y_hat)
    if p == 2:
        return 2 * (np.log(y_hat / y) + y / y_hat - 1)
    return 2 * (y ** (2 - p) / ((1 - p) * (2 - p)) - y * y_hat ** (1 - p) / (1 - p) + y_hat ** (2 - p) / (2 - p))
