"""The section on mistakes: the rows with the largest errors, with pages of their traces, and groups of rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from pellucid.errors import GradientMismatch
from pellucid.report.metrics import Answer, Question
from pellucid.report.mistakes import (
    Group,
    error_in_words,
    group_error_in_words,
    largest_mistakes,
    row_errors,
    worst_groups,
)
from pellucid.report.rows import Rows, as_model_takes
from pellucid.report.wording import as_text, exact

MOST_MISTAKES, MOST_TRACES, MOST_VALUES = 10, 5, 12
MOST_GROUPED = 12  # columns by which rows are grouped


class Mistake(NamedTuple):
    """One row: where it stands, what it holds in the columns shown, and the page of its trace, or ""."""

    number: int
    line: int | None
    error: str
    truth: list[str]
    prediction: list[str]
    exposure: str
    values: list[str]
    page: str


class MistakesSection(NamedTuple):
    """Tables of rows and of groups, and the pages of traces by the names of their files."""

    error: str
    group_error: str
    columns: list[str]
    n_more_columns: int
    mistakes: list[Mistake]
    groups: list[Group]
    overall: float
    pages: dict[str, str]


def describe_mistakes(
    model: Any, question: Question, rows: Rows, answer: Answer, columns: list[str], source: str, random_state: int
) -> MistakesSection:
    """The worst rows and groups.

    Parameters
    ----------
    columns : list of str
        The model's columns, the most important first: so many as there is room for are shown.
    source : str
        The table, for the titles of the traces.
    """
    errors = row_errors(question, rows.y, answer, rows.weights)
    worst = largest_mistakes(errors, MOST_MISTAKES)
    made = {f"row-{rows.numbers[i]}.html": trace_page_of(model, rows, int(i), source) for i in worst[:MOST_TRACES]}
    pages = {name: page for name, page in made.items() if page}
    shown = columns[:MOST_VALUES]
    mistakes = []
    for i in worst.tolist():
        number, name = int(rows.numbers[i]), f"row-{rows.numbers[i]}.html"
        mistakes.append(
            Mistake(
                number,
                rows.line_of(number),
                as_text(float(errors[i])),
                truth_of(question, rows, i),
                prediction_of(question, answer, i),
                "" if rows.exposure is None else exact(float(rows.exposure[i])),
                [value_in_words(rows.table.column(column)[i].as_py()) for column in shown],
                name if name in pages else "",
            )
        )
    groups, overall = worst_groups(question, rows, errors, columns[:MOST_GROUPED], random_state)
    said = error_in_words(question), group_error_in_words(question)
    return MistakesSection(*said, shown, len(columns) - len(shown), mistakes, groups, overall, pages)


def trace_page_of(model: Any, rows: Rows, i: int, source: str) -> str:
    """The whole way of one row through the network, as a page; "" where its gradient is wrong, which the check says."""
    number = int(rows.numbers[i])
    exposure = None if rows.exposure is None else rows.exposure[i : i + 1]
    try:
        made = model.trace(as_model_takes(model, rows.table.slice(i, 1)), rows.y[i], exposure=exposure)
    except GradientMismatch:
        return ""
    return replace(made, row=replace(made.row, number=number, line=rows.line_of(number), source=source)).to_html()


def truth_of(question: Question, rows: Rows, i: int) -> list[str]:
    """Of labels those that hold."""
    if question.kind == "multilabel":
        return [labels_in_words(question, rows.y[i])]
    return [value_in_words(value) for value in np.atleast_1d(rows.y[i]).tolist()]


def prediction_of(question: Question, answer: Answer, i: int) -> list[str]:
    """With the probability of the class that was chosen."""
    if question.kind == "multilabel":
        return [labels_in_words(question, answer.y_hat[i])]
    if question.kind == "classification":
        return [f"{answer.y_hat[i]} ({np.max(np.asarray(answer.probabilities)[i]):.3g})"]
    return [exact(float(f"{value:.5g}")) for value in np.atleast_1d(answer.y_hat[i]).tolist()]


def labels_in_words(question: Question, holds: np.ndarray) -> str:
    """The names of the labels that hold."""
    return ", ".join(name for name, held in zip(question.targets, holds, strict=True) if held) or "none"


def value_in_words(value: Any) -> str:
    """As the table holds it."""
    if value is None or value != value:
        return "missing"
    if isinstance(value, float | int) and not isinstance(value, bool):
        return exact(value)
    text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"
