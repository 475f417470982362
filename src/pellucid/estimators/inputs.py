"""What users pass as X and as weights, checked as scikit-learn does and seen as columns."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa
from sklearn.utils.validation import _check_sample_weight, validate_data

from pellucid.tables.columns import Columns, as_columns


def is_frame(X: Any) -> bool:
    """Whether X is a DataFrame or an Arrow table with text as column names."""
    if isinstance(X, pa.Table):
        return True
    frame = nw.from_native(X, eager_only=True, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        return False
    names = getattr(X, "columns", None)
    return names is not None and all(isinstance(name, str) for name in names)


def read_columns(estimator: Any, X: Any, *, reset: bool) -> Columns:
    """Check X against the estimator (or, with reset, set its feature names and count) and view it as columns.

    DataFrames may hold text, arrays only numbers; both may have missing values (NaN, null), neither infinite ones.

    Raises
    ------
    ValueError
        In scikit-learn's words for wrong shapes, counts and names; DataError for what columns hold.
    """
    fitted_on_names = hasattr(estimator, "feature_names_in_")
    if is_frame(X) and (reset or fitted_on_names):
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        columns = as_columns(X)
        if columns.n_rows == 0:
            raise ValueError("Found array with 0 sample(s) while a minimum of 1 is required.")
        return columns
    X = validate_data(estimator, X, reset=reset, dtype=[np.float64, np.float32], ensure_all_finite="allow-nan")
    names = list(estimator.feature_names_in_) if not reset and fitted_on_names else None
    return as_columns(X, names)


def read_weights(sample_weight: Any, n_rows: int) -> np.ndarray | None:
    """Weights as float64, finite and >= 0, not all 0; None stays None."""
    if sample_weight is None:
        return None
    rows = np.empty((n_rows, 0))
    return _check_sample_weight(sample_weight, rows, dtype=np.float64, ensure_non_negative=True)
