"""Where a model is wrong: the error of each row, the rows where it is largest, and groups of rows with large errors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pellucid.report.bootstrap import Interval, interval, resample
from pellucid.report.column_values import as_levels, as_numbers, is_ordered, words_for
from pellucid.report.metrics import Answer, Question, deviations_of, unit_of
from pellucid.report.rows import Rows
from pellucid.report.weighted_metrics import mean
from pellucid.tables.statistics import weighted_quantiles

LEAST_SHARE, LEAST_ROWS = 0.02, 20  # of a group: in smaller ones chance alone makes large errors
MOST_GROUPS = 8


class Group(NamedTuple):
    """Rows with the same level, or with a number in the same quarter of its column.

    Attributes
    ----------
    column, values : str
    n : int
    error : float
        Root mean square for regression, mean log loss for classes.
    interval : Interval
    """

    column: str
    values: str
    n: int
    error: float
    interval: Interval


def row_errors(question: Question, y: np.ndarray, answer: Answer, weights: np.ndarray | None = None) -> np.ndarray:
    """The error of each row (N,), >= 0.

    Regression: |y - y_hat|; of several targets the root of the mean square of them, each over its standard deviation
    among the weighted rows. Classes: -log P of the true class; labels: the sum of these.
    """
    if question.kind == "regression":
        errors = np.abs(y - answer.y_hat)
        if errors.ndim == 1 or errors.shape[1] == 1:
            return errors.reshape(-1)
        deviations = deviations_of(y, weights)
        return np.sqrt(np.mean((errors / np.where(deviations > 0, deviations, 1)) ** 2, axis=1))
    log_P = np.asarray(answer.log_probabilities)
    if question.kind == "multilabel":
        return -np.where(y == 1, log_P[:, :, 1], log_P[:, :, 0]).sum(axis=1)
    return -log_P[np.arange(len(y)), np.searchsorted(np.asarray(question.classes), y)]


def error_in_words(question: Question) -> str:
    """What `row_errors` are."""
    if question.kind == "regression":
        several = len(question.targets) > 1
        return "root mean square over targets, in their standard deviations" if several else "|truth - prediction|"
    if question.kind == "classification":
        return "-log P(truth), nats"
    return "-log P(truth), summed over labels, nats"


def group_error_in_words(question: Question) -> str:
    """What the errors of groups are."""
    if question.kind != "regression":
        return "mean log loss"
    several = ", in standard deviations of the targets," if len(question.targets) > 1 else ""
    return f"root mean square of the error{several}"


def largest_mistakes(errors: np.ndarray, most: int) -> np.ndarray:
    """The places of the rows with the largest errors, the largest first; of equal ones the first row."""
    return np.lexsort((np.arange(len(errors)), -errors))[:most]


def worst_groups(question: Question, rows: Rows, errors: np.ndarray, columns: list[str], random_state: int):
    """The groups of rows whose error is largest, each with its interval; and the error of all rows.

    Parameters
    ----------
    question : Question
    rows : Rows
    errors : array of shape (N,)
    columns : list of str
        By whose values rows are grouped.
    random_state : int

    Returns
    -------
    list of Group, float
    """
    squared = question.kind == "regression"
    unit = unit_of(errors) if squared else 1.0  # squares leave the range of floats before numbers do
    of_rows = (errors / unit) ** 2 if squared else errors
    weights = np.ones(rows.n) if rows.weights is None else rows.weights

    def level(values: np.ndarray, w: np.ndarray) -> float:
        value = float(np.average(values, weights=w))
        return float(np.sqrt(value)) * unit if squared else value

    least = max(LEAST_ROWS, LEAST_SHARE * rows.n)
    found = []
    for column in columns:
        for values, members in split(rows, column):
            if len(members) < least or len(members) == rows.n:
                continue
            found.append((level(of_rows[members], weights[members]), column, values, members))
    found.sort(key=lambda group: -group[0])
    groups = []
    for error, column, values, members in found[:MOST_GROUPS]:
        of_groups = None if rows.groups is None else rows.groups[members]
        drawn = resample(
            {"error": mean(of_rows[members])}, len(members), random_state, weights[members], of_groups
        )["error"]  # fmt: skip
        groups.append(Group(column, values, len(members), error, interval(np.sqrt(drawn) * unit if squared else drawn)))
    return groups, level(of_rows, weights)


def split(rows: Rows, column: str) -> list[tuple[str, np.ndarray]]:
    """(in words, places) of the rows with each level, or in each quarter of the numbers."""
    values = rows.table.column(column)
    if not is_ordered(values):
        levels = as_levels(values)
        return [(str(level), np.flatnonzero(levels == level)) for level in sorted(set(levels.tolist()))]
    numbers, words = as_numbers(values), words_for(values)
    there = ~np.isnan(numbers)
    weights = None if rows.weights is None else rows.weights[there]
    edges = np.unique(weighted_quantiles(numbers[there], [0, 0.25, 0.5, 0.75, 1], weights)) if there.any() else []
    parts = [("(missing)", np.flatnonzero(np.isnan(numbers)))]
    for i in range(len(edges) - 1):
        last = i == len(edges) - 2
        inside = (numbers >= edges[i]) & ((numbers <= edges[i + 1]) if last else (numbers < edges[i + 1]))
        parts.append((f"{words(edges[i])} to {words(edges[i + 1])}", np.flatnonzero(inside)))
    return parts
