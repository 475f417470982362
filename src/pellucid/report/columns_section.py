"""The section on what the model makes of the columns: importances, and how predictions depend on the main ones."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup

from pellucid.report.figures.columns import dependence_chart, permutation_bars, sensitivity_bars
from pellucid.report.importance import REPEATS, Importance, measure_importance, rows_to_shuffle
from pellucid.report.metrics import Question
from pellucid.report.partial_dependence import MOST_ROWS, Dependence, output_names, partial_dependence
from pellucid.report.rows import Rows

MOST_BARS = 15
MOST_DEPENDENCES = 6
MOST_OUTPUTS = 6  # classes in one chart, or targets in one each


class DependenceCharts(NamedTuple):
    """What is drawn of one output, or of several probabilities together."""

    title: str
    charts: list[tuple[str, Markup]]


class ColumnsSection(NamedTuple):
    """`n_shuffled` rows made the importances, `n_averaged` the dependences."""

    importances: list[Importance]
    charts: list[tuple[str, Markup]]
    n_shuffled: int
    repeats: int
    without_sensitivity: list[str]
    dependences: list[DependenceCharts]
    n_averaged: int
    n_outputs_left_out: int


def describe_columns_used(model: Any, question: Question, rows: Rows, random_state: int) -> ColumnsSection:
    """Importances of all columns, and dependences on the most important ones."""
    shuffled = rows_to_shuffle(rows, random_state)
    importances = measure_importance(model, question, shuffled, random_state)
    steep = sorted((one for one in importances if one.sensitivity == one.sensitivity), key=lambda one: -one.sensitivity)
    charts = [("By permutation", permutation_bars("permutation", importances[:MOST_BARS], "importance by permutation"))]
    if steep:
        charts.append(("By sensitivity", sensitivity_bars("steepness", steep[:MOST_BARS], "importance by sensitivity")))
    sample = rows.sample(MOST_ROWS, random_state)
    found = (partial_dependence(model, question, rows, one.column, sample) for one in importances[:MOST_DEPENDENCES])
    dependences = [dependence for dependence in found if dependence is not None]
    names = output_names(question)
    together = question.kind == "classification" and len(names) > 1
    outputs = list(range(len(names)))
    if together:  # the most frequent classes first, in the order and colours of their other curves
        outputs.sort(key=lambda k: -np.sum(rows.y == question.classes[k]))
    outputs = outputs[:MOST_OUTPUTS]
    groups = [outputs] if together else [[d] for d in outputs]
    return ColumnsSection(
        importances=importances,
        charts=charts,
        n_shuffled=shuffled.n,
        repeats=REPEATS,
        without_sensitivity=[one.column for one in importances if one.sensitivity != one.sensitivity],
        dependences=[chart_dependences(dependences, outputs, names, i) for i, outputs in enumerate(groups)],
        n_averaged=sample.n,
        n_outputs_left_out=len(names) - min(len(names), MOST_OUTPUTS),
    )


def chart_dependences(of: list[Dependence], outputs: list[int], names: list[str], i: int) -> DependenceCharts:
    """All columns with the same limits, so that what one changes can be compared with what another does."""
    values = np.concatenate([one.predictions[:, outputs].ravel() for one in of]) if of else np.array([0.0, 1.0])
    pad = 0.06 * (float(values.max() - values.min()) or 1.0)
    limits = (float(values.min()) - pad, float(values.max()) + pad)
    title = names[outputs[0]] if len(outputs) == 1 else "the probabilities of the classes"
    charts = [
        (one.column, dependence_chart(f"dependence-{i}-{j}", one, outputs, names, limits,
                                      f"{title} by {one.column}, averaged over rows"))
        for j, one in enumerate(of)
    ]  # fmt: skip
    return DependenceCharts(title, charts)
