"""The section on classes and labels predicted: each against the rest, calibration, and who is taken for whom."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from markupsafe import Markup
from sklearn.metrics import average_precision_score, confusion_matrix, precision_recall_fscore_support, roc_auc_score

from pellucid.report.figures.classification import (
    Calibration,
    OneAgainstRest,
    measure_calibration,
    precision_recall_curves,
    reliability,
    roc_curves,
)
from pellucid.report.metrics import Answer, Question
from pellucid.report.rows import Rows
from pellucid.report.wording import as_text

MOST_CURVES, MOST_CALIBRATIONS, MOST_CLASSES = 8, 6, 40


class ClassLine(NamedTuple):
    """One class or label against the rest; NaN where all rows have it or none."""

    name: str
    n: float
    precision: float
    recall: float
    f1: float
    roc_auc: float
    average_precision: float


class Confusion(NamedTuple):
    """Rows of the truth, columns of the prediction: (weight of) rows, and their share of the row of the truth."""

    title: str
    names: list[str]
    counts: list[list[str]]
    shares: list[list[float]]


class ClassificationSection(NamedTuple):
    """Lines, charts and tables; `n_curves_left_out` classes have no curve of their own."""

    lines: list[ClassLine]
    curves: list[tuple[str, Markup]]
    n_curves_left_out: int
    calibrations: list[tuple[str, Calibration, Markup]]
    confusions: list[Confusion]
    n_more: int


def describe_classification(question: Question, rows: Rows, answer: Answer) -> ClassificationSection:
    """One class against the rest, or label by label."""
    ones = one_against_rest(question, rows, answer)
    lines = [line_of(one, chosen) for one, chosen in ones[:MOST_CLASSES]]
    drawn = sorted((one for one, _ in ones if 0 < one.holds.sum() < rows.n), key=lambda one: -one.holds.sum())
    if question.kind == "classification" and len(question.classes) == 2:
        drawn = [one for one in drawn if one.name == str(question.classes[1])]
    curves = []
    if drawn:
        shown = drawn[:MOST_CURVES]
        curves = [
            ("ROC curve", roc_curves("roc", shown, "ROC curves: true against false positive rate")),
            ("Precision and recall", precision_recall_curves("precision-recall", shown, "precision against recall")),
        ]
    to_calibrate = drawn
    if question.kind == "classification" and len(question.classes) > 2:
        p = np.max(np.asarray(answer.probabilities), axis=1)
        right = OneAgainstRest("the predicted class", answer.y_hat == rows.y, p, rows.weights)
        to_calibrate = [right, *drawn]
    calibrations = []
    for i, one in enumerate(to_calibrate[:MOST_CALIBRATIONS]):
        measured = measure_calibration(one)
        chart = reliability(f"calibration-{i}", measured, f"calibration of the probability of {one.name}")
        calibrations.append((one.name, measured, chart))
    return ClassificationSection(
        lines, curves, max(0, len(drawn) - MOST_CURVES), calibrations, confusions_of(question, rows, answer),
        len(ones) - len(lines),
    )  # fmt: skip


def one_against_rest(question: Question, rows: Rows, answer: Answer) -> list[tuple[OneAgainstRest, np.ndarray]]:
    """Each class or label, and for which rows the model chose it."""
    P = np.asarray(answer.probabilities)
    if question.kind == "multilabel":
        return [
            (OneAgainstRest(name, rows.y[:, d] == 1, P[:, d], rows.weights), answer.y_hat[:, d] == 1)
            for d, name in enumerate(question.targets)
        ]
    return [
        (OneAgainstRest(str(label), rows.y == label, P[:, k], rows.weights), answer.y_hat == label)
        for k, label in enumerate(question.classes)
    ]


def line_of(one: OneAgainstRest, chosen: np.ndarray) -> ClassLine:
    """By scikit-learn's metrics."""
    n = float(one.holds.sum() if one.weights is None else one.weights[one.holds].sum())
    both = 0 < one.holds.sum() < len(one.holds)
    precision, recall, f1, _ = precision_recall_fscore_support(
        one.holds, chosen, average="binary", sample_weight=one.weights, zero_division=np.nan  # type: ignore[arg-type]  # takes nan
    )  # fmt: skip
    area = float(roc_auc_score(one.holds, one.p, sample_weight=one.weights)) if both else float("nan")
    average = float(average_precision_score(one.holds, one.p, sample_weight=one.weights)) if both else float("nan")
    return ClassLine(one.name, n, float(precision), float(recall), float(f1), area, average)


def confusions_of(question: Question, rows: Rows, answer: Answer) -> list[Confusion]:
    """One table of all classes, or one of two by two for each of the first labels."""
    if question.kind == "multilabel":
        return [
            confusion(name, np.array([0, 1]), rows.y[:, d], answer.y_hat[:, d], rows.weights)
            for d, name in enumerate(question.targets[:MOST_CALIBRATIONS])
        ]
    classes = np.asarray(question.classes)
    return [confusion(question.targets[0], classes, rows.y, answer.y_hat, rows.weights)] if len(classes) <= 40 else []


def confusion(title: str, classes: np.ndarray, y: np.ndarray, y_hat: np.ndarray, weights: np.ndarray | None):
    """Counts as texts, and shares of each row of the truth."""
    counts = confusion_matrix(y, y_hat, labels=classes, sample_weight=weights).astype(np.float64)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
    texts = [[f"{n:,.0f}" if weights is None else as_text(n) for n in line] for line in counts.tolist()]
    return Confusion(title, [str(label) for label in classes], texts, shares.tolist())
