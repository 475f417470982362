"""What users pass as X and as weights, checked as scikit-learn does and seen as columns."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa
from scipy.sparse import issparse
from sklearn.utils.validation import _check_sample_weight, assert_all_finite, validate_data

from pellucid.errors import DataError
from pellucid.estimators.target_values import refuse_lazy
from pellucid.tables.columns import as_columns
from pellucid.tables.columns_base import Columns, refuse_repeated
from pellucid.tables.encoder import HELD
from pellucid.tables.pandas_index import without_index

# Of a sparse X as the dense matrix in float64 that predictions are computed from: half of a laptop's 8 GiB. Beyond, the
# system may end the process without a word; who has more memory says so with X.toarray().
MOST_DENSE_BYTES = 4 * 2**30
LEAST_RATIO = 1e-30  # of a weight to the mean: less is close to what float32 takes for 0


def is_frame(X: Any) -> bool:
    """Whether X is a DataFrame or an Arrow table with text as column names."""
    if isinstance(X, pa.Table):
        return True
    frame = nw.from_native(X, eager_only=True, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        return False
    names = getattr(X, "columns", None)
    return names is not None and all(isinstance(name, str) for name in names)


def read_columns(estimator: Any, X: Any, *, reset: bool, sample_weight: Any = None) -> Columns:
    """Check X against the estimator (or, with reset, set its feature names and count) and view it as columns.

    DataFrames may hold text, arrays and sparse matrices only numbers; all may have missing values (NaN, null), none
    infinite ones, but in rows of weight 0, which are not there (in DataFrames the encoder finds infinite values).

    Raises
    ------
    ValueError
        In scikit-learn's words for wrong shapes, counts and names; DataError for what columns hold.
    """
    refuse_lazy(X, "X")
    refuse_series(X)
    fitted_on_names = hasattr(estimator, "feature_names_in_")
    if is_frame(X) and (reset or fitted_on_names):
        refuse_repeated(X.column_names if isinstance(X, pa.Table) else list(X.columns))
        X = without_index(X)
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        columns = as_columns(X)
        if columns.n_rows == 0:
            raise ValueError("Found array with 0 sample(s) while a minimum of 1 is required.")
        return columns
    if is_frame(X) and not reset:
        refuse_text(as_columns(X))
    refuse_too_large_when_dense(X)
    numbers = [np.float64, np.float32]
    try:
        X = validate_data(estimator, X, reset=reset, dtype=numbers, accept_sparse="csr", ensure_all_finite=False)
    except (TypeError, ValueError):
        refuse_text_without_names(X)
        raise
    weights = read_weights(sample_weight, X.shape[0])
    there = X if weights is None or weights.all() else X[weights > 0]
    assert_all_finite(there, allow_nan=True, estimator_name=type(estimator).__name__, input_name="X")
    names = list(estimator.feature_names_in_) if not reset and fitted_on_names else None
    return as_columns(X, names)


def refuse_series(X: Any) -> None:
    """Refuse one row or one column of a frame, which says not which of the two it is."""
    if isinstance(nw.from_native(X, series_only=True, pass_through=True), nw.Series):
        raise DataError(
            "X is a Series, one row or one column of a frame. Give a frame: X.to_frame() of a column, or "
            "frame.iloc[[i]] of a row."
        )


def refuse_too_large_when_dense(X: Any) -> None:
    """Refuse, before any work, a sparse matrix that is small only because it is sparse."""
    if not issparse(X) or X.ndim != 2:
        return
    size = 8 * X.shape[0] * X.shape[1]
    if size > MOST_DENSE_BYTES:
        raise DataError(
            f"The sparse X of {X.shape[0]} rows and {X.shape[1]} columns would take {size / 2**30:.3g} GiB as the "
            f"dense matrix that a network computes with; {MOST_DENSE_BYTES / 2**30:.3g} GiB is the most. Take fewer "
            "columns (scikit-learn's TruncatedSVD, or a selection of features) or fewer rows. If there is memory for "
            "it, give X.toarray()."
        )


def refuse_text(columns: Columns) -> None:
    """Refuse, by its name, a column of text for a model that was fitted on an array of numbers."""
    for name in (*columns.names_of("text"), *columns.names_of("date")):
        row, value = columns.example(name)
        raise DataError(
            f"The column '{name}' holds {HELD[columns.kinds[name]]} ({value!r} in row {row}), but the model was fitted "
            "on an array of numbers. Give it the columns of that array, in their order."
        )


def refuse_text_without_names(X: Any) -> None:
    """Refuse a frame whose columns are not named by text, so that it is read as an array, for a column of text."""
    if is_frame(X) or not isinstance(nw.from_native(X, eager_only=True, pass_through=True), nw.DataFrame):
        return
    columns = as_columns(X)
    for name in (*columns.names_of("text"), *columns.names_of("date")):
        row, value = columns.example(name)
        raise DataError(
            f"The column {name} of X holds {HELD[columns.kinds[name]]} ({value!r} in row {row}), but the columns have "
            "numbers for names, so that X counts as an array of numbers. Name them by text: "
            "X.columns = X.columns.astype(str)."
        )


def read_weights(sample_weight: Any, n_rows: int) -> np.ndarray | None:
    """Weights as float64, finite and >= 0, not all 0; None stays None."""
    if sample_weight is None:
        return None
    rows = np.empty((n_rows, 0))
    return _check_sample_weight(sample_weight, rows, dtype=np.float64, ensure_non_negative=True)


def relative_weights(weights: np.ndarray | None, rows: np.ndarray, n_rows: int) -> np.ndarray:
    """Weights of all rows over their mean on the given ones, all 1 unless given.

    Only their ratios count, and float32 keeps those best around 1.
    """
    if weights is None:
        return np.ones(n_rows)
    relative = weights / weights[rows].max()  # first, so that no sum overflows
    relative /= relative[rows].mean()
    if relative[rows].min() < LEAST_RATIO:
        raise DataError(
            f"The positive values of sample_weight differ by more than {1 / LEAST_RATIO:g}: the least is "
            f"{weights[rows].min():.3g}, the greatest {weights[rows].max():.3g}. Give such rows the weight 0."
        )
    return relative


def relative_to_mean(w: np.ndarray) -> np.ndarray:
    """What rows count over its mean, for each target: of sample weights, classes and exposures together.

    Each target is divided by its own S_d, so nothing else changes.
    """
    relative = w / w.max(axis=0)
    relative = relative / relative.mean(axis=0)
    if relative.min() < LEAST_RATIO:
        raise DataError(
            f"The weights of rows, times those of classes and exposures, differ by more than {1 / LEAST_RATIO:g}. "
            "Leave out the rows that count next to nothing."
        )
    return relative
