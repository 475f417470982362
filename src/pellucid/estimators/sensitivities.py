"""Sensitivities of a fitted model: dprediction/dcolumn in original units, and their summary by column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from pellucid.estimators.inputs import is_frame, read_columns, read_weights
from pellucid.estimators.number_targets import NumberTargets
from pellucid.tables.columns_base import Columns


def column_sensitivities(
    model: Any, columns: Columns, X: np.ndarray, exposure: np.ndarray | None = None
) -> tuple[tuple[str, ...], np.ndarray]:
    """The number columns, and dprediction/dcolumn (N, n_outputs, number columns) of rows encoded as X.

    By the chain rule through both encodings: dprediction/dvalue = dprediction/dy_hat · sum_j dy_hat/dz_j dz_j/dvalue
    over the features z_j of the column; dprediction/dy_hat is the slope of the target's transform back (0 where a
    prediction is clipped), times the exposure if given. NaN where the value is missing: there is nothing to move.
    """
    numbers, targets = model.encoder_.numbers, model.targets_
    names = numbers.names
    engine = model._engine_of(model.network_)
    dY_hat_dX = engine.sensitivities(model.network_, X)
    by_column = np.empty((*dY_hat_dX.shape[:2], 0))
    if names:
        V = columns.numbers(slice(0, columns.n_rows), names)
        dZ_dV = numbers.slopes(np.where(np.isnan(V), numbers.fill, V))
        starts = [part.start for part in numbers.features]
        # The numbers are the first features, in the order of their columns.
        by_column = np.add.reduceat(dY_hat_dX[:, :, : numbers.n_values] * dZ_dV[:, None, :], starts, axis=2)
        by_column[np.broadcast_to(np.isnan(V)[:, None, :], by_column.shape)] = np.nan
    if isinstance(targets, NumberTargets):
        Y_hat = engine.predict(model.network_, X)
        by_column *= targets.slopes(Y_hat, exposure)[:, :, None]
        by_column = np.take_along_axis(by_column, targets.in_order(Y_hat)[:, :, None], axis=1)
    elif targets.kind == "binary":
        by_column = np.concatenate([-by_column, by_column], axis=1)  # P of the first class is 1 - P of the second
    return names, by_column


def measured_outputs(targets: Any) -> slice:
    """Which outputs `sensitivities` gives: all, but of two classes only the second, the other being its negative."""
    return slice(1, 2) if not isinstance(targets, NumberTargets) and targets.kind == "binary" else slice(None)


def sensitivities(model: Any, X: Any) -> Any:
    """As `model.sensitivities`."""
    columns = read_columns(model, X, reset=False)
    encoded, _ = model.encoder_.encode(columns, dtype="float64")
    names, by_column = column_sensitivities(model, columns, encoded)
    chosen = measured_outputs(model.targets_)
    outputs, by_column = model.targets_.output_names[chosen], by_column[:, chosen]
    flat = by_column.shape[1] == 1 and (not isinstance(model.targets_, NumberTargets) or model.targets_.flat)
    if not is_frame(X):
        return by_column[:, 0] if flat else by_column
    labelled = {
        name if flat else f"{output} by {name}": by_column[:, d, j]
        for d, output in enumerate(outputs)
        for j, name in enumerate(names)
    }
    native = nw.from_native(X, eager_only=True)
    frame = nw.to_native(nw.from_dict(labelled, backend=native.implementation))
    if native.implementation.is_pandas():
        frame.index = X.index
    return frame


@dataclass(frozen=True)
class SensitivitySummary:
    """How predictions move with each column, over rows: a line for each output and number column.

    Attributes
    ----------
    outputs, columns : tuples of str
        Of each line.
    mean, mean_absolute, least, greatest : arrays of shape (lines,)
        Of dprediction/dcolumn, in original units, over the rows where the column is not missing.
    per_deviation : array of shape (lines,)
        mean_absolute times the column's standard deviation over these rows: comparable between columns, and 0 for one
        that is constant.
    n_rows : int
    """

    outputs: tuple[str, ...]
    columns: tuple[str, ...]
    mean: np.ndarray
    mean_absolute: np.ndarray
    least: np.ndarray
    greatest: np.ndarray
    per_deviation: np.ndarray
    n_rows: int

    NUMBERS = ("mean", "mean_absolute", "least", "greatest", "per_deviation")

    def to_dict(self) -> dict[str, list]:
        """Columns of plain values: what a DataFrame is made from."""
        numbers = {name: getattr(self, name).tolist() for name in self.NUMBERS}
        return {"output": list(self.outputs), "column": list(self.columns)} | numbers

    def __str__(self) -> str:
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        from pellucid.glassbox.terminal import as_text, number

        table = Table(box=SIMPLE_HEAD, title=f"d output / d column over {self.n_rows:,} rows", title_justify="left")
        for head in ("output", "column", *(name.replace("_", " ") for name in self.NUMBERS)):
            table.add_column(head, justify="left" if head in ("output", "column") else "right")
        for i in np.argsort(-np.nan_to_num(self.per_deviation), kind="stable"):
            cells = [self.outputs[i], self.columns[i], *(number(getattr(self, name)[i]) for name in self.NUMBERS)]
            table.add_row(*map(Text, cells))
        return as_text(table)

    __repr__ = __str__


def sensitivity_summary(model: Any, X: Any, sample_weight: Any = None, *, exposure: Any = None) -> SensitivitySummary:
    """Sum up `model.sensitivities(X)` by column: on average, in size, at its least and greatest.

    Parameters
    ----------
    model : a fitted FeedForwardRegressor or FeedForwardClassifier
    X : array or DataFrame of shape (N, n_features)
    sample_weight : array of shape (N,), optional
        What each row counts: with 2 it counts as two rows, with 0 it is not there.
    exposure : array of shape (N,), optional
        As for predict: what is summed up are then slopes of counts, and not of rates.

    Returns
    -------
    SensitivitySummary
        Print it: the columns that move the prediction most come first.

    Examples
    --------
    >>> from pellucid import FeedForwardRegressor
    >>> X = np.linspace(-1, 1, 200).reshape(100, 2)
    >>> model = FeedForwardRegressor((), random_state=0, max_iter=50).fit(X, 3 * X[:, 0])
    >>> sensitivity_summary(model, X).columns
    ('x0', 'x1')
    """
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(model)
    columns = read_columns(model, X, reset=False)
    encoded, _ = model.encoder_.encode(columns, dtype="float64")
    exposed = None if exposure is None else model._exposure(exposure, columns.n_rows)
    names, by_column = column_sensitivities(model, columns, encoded, exposed)
    chosen = measured_outputs(model.targets_)
    outputs, by_column = model.targets_.output_names[chosen], by_column[:, chosen]
    w = read_weights(sample_weight, columns.n_rows)
    there = slice(None) if w is None else w > 0
    w = None if w is None else w[there]
    by_column = by_column[there]
    lines = np.ma.masked_invalid(by_column.reshape(len(by_column), -1))
    values = columns.numbers(slice(0, columns.n_rows), names) if names else np.empty((columns.n_rows, 0))
    values = np.ma.masked_invalid(values[there])
    squares = (values - np.ma.average(values, axis=0, weights=w)) ** 2
    deviations = np.ma.filled(np.ma.sqrt(np.ma.average(squares, axis=0, weights=w)), np.nan)
    mean_absolute = np.ma.filled(np.ma.average(np.ma.abs(lines), axis=0, weights=w), np.nan)
    return SensitivitySummary(
        outputs=tuple(output for output in outputs for _ in names),
        columns=names * len(outputs),
        mean=np.ma.filled(np.ma.average(lines, axis=0, weights=w), np.nan),
        mean_absolute=mean_absolute,
        least=lines.min(axis=0).filled(np.nan),
        greatest=lines.max(axis=0).filled(np.nan),
        per_deviation=mean_absolute * np.tile(np.asarray(deviations), len(outputs)),
        n_rows=len(by_column),
    )
