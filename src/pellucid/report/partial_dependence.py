"""How predictions change with one column while all others stay as they are, averaged over rows.

The average of the predictions of the sampled rows, each with the column set to the value (Friedman, Greedy Function
Approximation, 2001, section 8.2). Where columns go together it asks the model about rows that do not occur.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pellucid.report.column_values import as_levels, as_numbers, count_levels, is_ordered, words_for
from pellucid.report.metrics import Question
from pellucid.report.rows import Rows, as_model_takes
from pellucid.tables.statistics import weighted_quantiles

MOST_ROWS = 500
GRID = 25
MOST_LEVELS = 8
ENDS = (0.02, 0.98)  # quantiles: beyond them there are hardly any rows to tell the model what to do


class Dependence(NamedTuple):
    """One column.

    Attributes
    ----------
    column : str
    ordered : bool
        Numbers, whose `values` are a grid; else levels.
    values : array of shape (G,) or list of str
    predictions : array of shape (G, n_outputs)
        A target's own units, or probabilities.
    observed : array
        The column's numbers in the held-out rows, or how many rows have each level.
    """

    column: str
    ordered: bool
    values: Any
    predictions: np.ndarray
    observed: np.ndarray
    words: Callable[[float], str] = str


def output_names(question: Question) -> list[str]:
    """What each output of a dependence is: targets, or P of classes (of two only the second) and labels."""
    if question.kind == "classification":
        classes = list(question.classes)
        return [f"P({label})" for label in (classes[1:] if len(classes) == 2 else classes)]
    return [f"P({name})" if question.kind == "multilabel" else str(name) for name in question.targets]


def partial_dependence(
    model: Any, question: Question, rows: Rows, column: str, sample: Rows, grid: list[Any] | None = None
) -> Dependence | None:
    """The dependence on one column; None where it has less than two different values.

    Parameters
    ----------
    model : a fitted estimator
    question : Question
    rows : Rows
        What the grid and the observed values are taken from.
    column : str
    sample : Rows
        Over which predictions are averaged.
    grid : list, optional
        Values of the column; quantiles of numbers and the most frequent levels unless given.
    """
    values = rows.table.column(column)
    if pa.types.is_dictionary(values.type):
        values = pc.cast(values, values.type.value_type)
    ordered = is_ordered(values)
    chosen, shown, observed = quantile_grid(values, rows.weights) if ordered else level_grid(values, rows.weights)
    if grid is not None:
        chosen, shown = pa.array(grid, values.type), grid
    if len(chosen) < 2:
        return None
    j, n = sample.table.column_names.index(column), sample.n
    repeated = pa.concat_tables([sample.table] * len(chosen))
    held = chosen.take(pa.array(np.repeat(np.arange(len(chosen)), n)))
    predictions = predict_plainly(model, as_model_takes(model, repeated.set_column(j, column, held)))
    by_value = predictions.reshape(len(chosen), n, -1)
    average = np.average(by_value, axis=1, weights=sample.weights)
    return Dependence(column, ordered, shown, average, observed, words_for(values))


def predict_plainly(model: Any, X: Any) -> np.ndarray:
    """(N, n_outputs): one number for each target (rates where there are exposures), or probabilities."""
    if not hasattr(model, "predict_proba"):
        return np.asarray(model.targets_.central(np.asarray(model.predict(X)))).reshape(X_length(X), -1)
    P = model.predict_proba(X)
    return P[:, 1:] if model.targets_.kind == "binary" else P


def X_length(X: Any) -> int:
    return X.num_rows if isinstance(X, pa.Table) else len(X)


def quantile_grid(values: pa.ChunkedArray, weights: np.ndarray | None) -> tuple[pa.Array, np.ndarray, np.ndarray]:
    """Values that occur, at or next above evenly spaced weighted quantiles; as Arrow, as numbers; and all numbers."""
    numbers = as_numbers(values)
    known = np.flatnonzero(np.isfinite(numbers))
    order = known[np.argsort(numbers[known], kind="stable")]
    chosen = order
    if len(order):
        ordered = numbers[order]
        quantiles = weighted_quantiles(ordered, np.linspace(*ENDS, GRID), None if weights is None else weights[order])
        chosen = order[np.unique(np.searchsorted(ordered, quantiles))]
    taken = values.take(pa.array(chosen))
    return taken.combine_chunks() if isinstance(taken, pa.ChunkedArray) else taken, numbers[chosen], numbers[known]


def level_grid(values: pa.ChunkedArray, weights: np.ndarray | None) -> tuple[pa.Array, list[str], np.ndarray]:
    """The levels of most weight, missing among them where it occurs; as Arrow and as texts; and how many rows each."""
    levels = as_levels(values)
    shown = [level for level, _ in count_levels(levels, weights)[:MOST_LEVELS]]
    rows_of = [np.flatnonzero(levels == level) for level in shown]
    taken = values.take(pa.array([int(rows[0]) for rows in rows_of]))
    chosen = taken.combine_chunks() if isinstance(taken, pa.ChunkedArray) else taken
    return chosen, shown, np.array([len(rows) for rows in rows_of])
