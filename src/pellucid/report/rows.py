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

from pellucid.errors import DataError, wrong_parameter
from pellucid.estimators.exposure import read_exposure
from pellucid.estimators.inputs import is_frame, read_weights
from pellucid.estimators.target_values import as_array, is_missing
from pellucid.report.targets import as_model_learnt, read_targets, rows_with_targets
from pellucid.tables.category_texts import categories_as_text
from pellucid.tables.date_texts import with_spelled_dates
from pellucid.tables.dates import DateColumn
from pellucid.tables.pandas_index import without_index

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
        return as_model_reads(model, without_index(X))
    names = list(model.encoder_.column_names)
    if is_frame(X) and hasattr(model, "feature_names_in_"):
        table = nw.from_native(without_index(X), eager_only=True).to_arrow()
        of_frame = [name for name in table.column_names if name in set(X.columns)]  # no index of pandas
        return as_model_reads(model, table.select(of_frame))
    matrix = X.toarray() if issparse(X) else np.asarray(X)
    if matrix.ndim != 2 or matrix.shape[1] != len(names):
        raise DataError(f"X must have the {len(names)} columns of the model. Got the shape {matrix.shape} instead.")
    return pa.table({name: pa.array(column, pa.float64()) for name, column in zip(names, matrix.T, strict=True)})


def as_model_reads(model: Any, table: pa.Table) -> pa.Table:
    """Categories by the texts that the model knows them by, and texts as dates where it knows dates."""
    columns = [categories_as_text(column) for column in table.columns]
    dates = {column.name for column in model.encoder_.columns if isinstance(column, DateColumn)}
    names = table.column_names
    return with_spelled_dates(pa.table(columns, names=names), [name for name in names if name in dates])


def read_rows(
    model: Any, X: Any, y: Any, sample_weight: Any = None, exposure: Any = None, groups: Any = None, name: str = "y"
) -> tuple[Rows, int]:
    """Rows as a user passes them to `fit`; those without a target or of weight 0 are left out, and counted.

    Refusals call the targets by `name`.

    Raises
    ------
    DataError, ValueError
        For shapes that do not fit, targets that the model cannot have learnt, and where no row is left.
    """
    check_is_fitted(model)
    table = as_table(model, X)
    weights = read_weights(sample_weight, table.num_rows)
    check_consistent_length(table.column(0).to_numpy(zero_copy_only=False), as_array(y), groups)
    of_weight = np.ones(table.num_rows, dtype=bool) if weights is None else weights > 0
    columns = read_targets(model, y, np.flatnonzero(of_weight), name)
    exposed = read_exposure(exposure, table.num_rows, model.targets_.loss, type(model).__name__)
    places = np.flatnonzero(of_weight & rows_with_targets(columns))
    if len(places) == 0:
        raise DataError("No row has a value of every target and a weight above 0: there is nothing to report on.")
    targets = as_model_learnt(model, columns, places, exposed, name)
    parts = (None if values is None else values[places] for values in (weights, exposed, number_groups(groups)))
    of_weights, of_exposure, of_groups = parts
    kept = table if len(places) == table.num_rows else table.take(places)
    return Rows(kept, targets, places, of_weights, of_exposure, of_groups), table.num_rows - len(places)


def number_groups(groups: Any) -> np.ndarray | None:
    """A number for each row, the same for those of a group; as in `fit`, the rows without a label are one group."""
    if groups is None:
        return None
    labels = np.asarray(groups)
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if labels.ndim != 1:
        raise wrong_parameter("groups", "report", "one label for each row", groups)
    if labels.dtype.kind != "O":
        return np.unique(labels, return_inverse=True)[1]
    numbers: dict[Any, int] = {}
    return np.array([numbers.setdefault(None if is_missing(label) else label, len(numbers)) for label in labels])
