"""The rows that a report is about: features by column, targets, and where each row stands in its table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa
from scipy.sparse import issparse
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import check_is_fitted

from pellucid.errors import DataError
from pellucid.estimators.exposure import read_exposure
from pellucid.estimators.inputs import is_frame, read_weights
from pellucid.estimators.target_values import is_missing, label_array, read_numbers
from pellucid.report.wording import counted
from pellucid.tables.category_texts import categories_as_text

LineOf = Callable[[int], "int | None"]


class Rows(NamedTuple):
    """Rows with a value of every target and a weight above 0.

    Attributes
    ----------
    table : pyarrow.Table
        The features.
    y : array of shape (N,) or (N, n_targets)
    numbers : int array of shape (N,)
        Where each row stands in the table that it came from, from 0.
    weights, exposure, groups : arrays of shape (N,) or None
    line_of : callable
        The line of such a row in its file; None where there is none.
    """

    table: pa.Table
    y: np.ndarray
    numbers: np.ndarray
    weights: np.ndarray | None = None
    exposure: np.ndarray | None = None
    groups: np.ndarray | None = None
    line_of: LineOf = lambda row: None

    @property
    def n(self) -> int:
        """N."""
        return len(self.y)

    def take(self, places: np.ndarray) -> Rows:
        """Some of these rows."""

        def part(values: np.ndarray | None) -> np.ndarray | None:
            return None if values is None else values[places]

        of_rows = (part(self.weights), part(self.exposure), part(self.groups))
        return Rows(self.table.take(places), self.y[places], self.numbers[places], *of_rows, self.line_of)

    def sample(self, most: int, random_state: int) -> Rows:
        """At most so many rows, drawn with a seed, in their order."""
        if self.n <= most:
            return self
        return self.take(np.sort(np.random.default_rng(random_state).choice(self.n, most, replace=False)))


def as_model_takes(model: Any, table: pa.Table) -> Any:
    """The features as the model was fitted on them: by name, or as a matrix."""
    if hasattr(model, "feature_names_in_"):
        return table
    return np.stack([column.to_numpy() for column in table.columns], axis=1)


def as_table(model: Any, X: Any) -> pa.Table:
    """X as an Arrow table, categories of numbers as text; a matrix has the names of columns that the model gave them.

    Raises
    ------
    DataError
        If a matrix has another number of columns than the model.
    """
    if isinstance(X, pa.Table):
        return with_texts_of_categories(X)
    names = list(model.encoder_.column_names)
    if is_frame(X) and hasattr(model, "feature_names_in_"):
        table = nw.from_native(X, eager_only=True).to_arrow()
        of_frame = [name for name in table.column_names if name in set(X.columns)]  # no index of pandas
        return with_texts_of_categories(table.select(of_frame))
    matrix = X.toarray() if issparse(X) else np.asarray(X)
    if matrix.ndim != 2 or matrix.shape[1] != len(names):
        raise DataError(f"X must have the {len(names)} columns of the model. Got the shape {matrix.shape} instead.")
    return pa.table({name: pa.array(column, pa.float64()) for name, column in zip(names, matrix.T, strict=True)})


def with_texts_of_categories(table: pa.Table) -> pa.Table:
    """Categories whose values are no text by the texts that the model knows them by."""
    columns = [categories_as_text(column) for column in table.columns]
    return pa.table(columns, names=table.column_names)


def read_rows(
    model: Any, X: Any, y: Any, sample_weight: Any = None, exposure: Any = None, groups: Any = None
) -> tuple[Rows, int]:
    """Rows as a user passes them to `fit`; those without a target or of weight 0 are left out, and counted.

    Raises
    ------
    DataError, ValueError
        For shapes that do not fit, and where no row is left.
    """
    check_is_fitted(model)
    table = as_table(model, X)
    targets = read_numbers(y) if not hasattr(model, "predict_proba") else label_array(y)
    check_consistent_length(table.column(0).to_numpy(zero_copy_only=False), targets, groups)
    weights = read_weights(sample_weight, table.num_rows)
    exposed = read_exposure(exposure, table.num_rows, model.targets_.loss, type(model).__name__)
    by_target = targets.reshape(len(targets), -1)
    names = model.targets_.names
    if by_target.shape[1] != len(names):
        raise DataError(
            f"y has {counted(by_target.shape[1], 'target')}, but the model was fitted with {len(names)} "
            f"({', '.join(map(repr, names))}). Give y in the shape ({len(targets)}, {len(names)}), in this order."
        )
    if by_target.dtype.kind == "O":
        missing = np.array([[is_missing(value) for value in row] for row in by_target], dtype=bool)
    else:
        missing = by_target != by_target
    kept = ~missing.any(axis=1)
    if weights is not None:
        kept &= weights > 0
    places = np.flatnonzero(kept)
    if len(places) == 0:
        raise DataError("No row has a value of every target and a weight above 0: there is nothing to report on.")
    if not hasattr(model, "predict_proba") and model.targets_.flat:
        targets = targets.reshape(-1)
    if hasattr(model, "predict_proba"):
        targets = targets.ravel() if model.targets_.kind != "multilabel" else targets
        if targets.dtype.kind == "O":
            targets = targets.astype(model.classes_.dtype)
    grouped = None if groups is None else np.asarray(groups)
    rows = Rows(table, targets, np.arange(table.num_rows), weights, exposed, grouped)
    return (rows if len(places) == rows.n else rows.take(places)), table.num_rows - len(places)
