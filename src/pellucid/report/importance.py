"""How much a model makes of each column: what is lost when its values are shuffled, and how steep it is along it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import r2_score

from pellucid.estimators.sensitivities import sensitivity_summary
from pellucid.report.metrics import Answer, Question, ask, deviations_of, unit_of
from pellucid.report.rows import Rows, as_model_takes

REPEATS = 5
MOST_ROWS = 5000
MOST_PREDICTIONS = 2_000_000  # rows predicted in all: some seconds
LEAST_ROWS = 200


class Importance(NamedTuple):
    """One column.

    Attributes
    ----------
    column : str
    drops : array of shape (REPEATS,)
        By how much the main score fell at each shuffling of the column.
    sensitivity : float
        mean |d prediction / d column| times the standard deviation of the column; NaN where there is no derivative.
    """

    column: str
    drops: np.ndarray
    sensitivity: float

    @property
    def drop(self) -> float:
        """The mean over the repeats."""
        return float(self.drops.mean())

    @property
    def spread(self) -> float:
        """The standard deviation over the repeats."""
        return float(self.drops.std())


def main_score(question: Question, y: np.ndarray, answer: Answer, weights: np.ndarray | None) -> float:
    """Greater is better: R^2, the mean over targets, or minus the log loss, the mean over labels."""
    if question.kind == "regression":
        if len(y) < 2:
            return 0.0  # one row has no R^2, and to shuffle it changes nothing
        if not np.isfinite(answer.y_hat).all():
            return -np.inf
        Y, Y_hat = y.reshape(len(y), -1), answer.y_hat.reshape(len(y), -1)
        units = np.array([unit_of(both) for both in np.concatenate([Y, Y_hat]).T])  # as `measure`: squares overflow
        return float(r2_score(Y / units, Y_hat / units, sample_weight=weights))
    log_P = np.asarray(answer.log_probabilities)
    if question.kind == "multilabel":
        losses = -np.where(y == 1, log_P[:, :, 1], log_P[:, :, 0]).mean(axis=1)
    else:
        losses = -log_P[np.arange(len(y)), np.searchsorted(np.asarray(question.classes), y)]
    return -float(np.average(losses, weights=weights))


def rows_to_shuffle(rows: Rows, random_state: int) -> Rows:
    """A sample, so that many columns or rows take seconds and not minutes."""
    affordable = MOST_PREDICTIONS // (REPEATS * rows.table.num_columns)
    return rows.sample(int(np.clip(affordable, LEAST_ROWS, MOST_ROWS)), random_state)


def measure_importance(model: Any, question: Question, rows: Rows, random_state: int) -> list[Importance]:
    """Every column of the model, the most important first, by permutation (Breiman, Random Forests, 2001, section 10).

    Parameters
    ----------
    model : a fitted estimator
    question : Question
    rows : Rows
        Held out; see `rows_to_shuffle`.
    random_state : int
        Of the permutations.
    """
    generator = np.random.default_rng(random_state)
    whole = main_score(question, rows.y, ask(model, as_model_takes(model, rows.table), rows.exposure), rows.weights)
    steepness = sensitivity_by_column(model, question, rows)
    found = []
    for j, name in enumerate(rows.table.column_names):
        if name not in model.encoder_.column_names:
            continue
        drops = np.empty(REPEATS)
        for i in range(REPEATS):
            shuffled = rows.table.column(j).take(generator.permutation(rows.n))
            answer = ask(model, as_model_takes(model, rows.table.set_column(j, name, shuffled)), rows.exposure)
            drops[i] = whole - main_score(question, rows.y, answer, rows.weights)
        found.append(Importance(name, drops, steepness.get(name, float("nan"))))
    return sorted(found, key=lambda importance: -importance.drop)


def sensitivity_by_column(model: Any, question: Question, rows: Rows) -> dict[str, float]:
    """Mean |d prediction / d column| times the column's standard deviation, over weighted rows; the mean over outputs.

    Of numbers in standard deviations of the target, so that targets of different units can be averaged; of classes in
    probability. With exposures predictions are counts, as the targets are.
    """
    summary = sensitivity_summary(model, as_model_takes(model, rows.table), rows.weights, exposure=rows.exposure)
    spread = {}
    if question.kind == "regression":
        deviations = deviations_of(rows.y, rows.weights)
        of_output = model.targets_.target_of_output if hasattr(model.targets_, "target_of_output") else []
        spread = {name: float(deviations[d]) for name, d in zip(model.targets_.output_names, of_output, strict=True)}
    by_column: dict[str, list[float]] = {}
    for output, column, value in zip(summary.outputs, summary.columns, summary.per_deviation, strict=True):
        scale = spread.get(output, 1.0)
        by_column.setdefault(column, []).append(float(value) / scale if scale > 0 else float("nan"))
    return {column: float(np.mean(values)) for column, values in by_column.items()}
