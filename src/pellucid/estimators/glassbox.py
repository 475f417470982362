"""The glass box of fitted models: `encode`, `trace`, `check_gradients`, `sensitivities` from the user's own table.

All of them are without dropout and without noise on the inputs, as predictions are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import check_is_fitted

from pellucid.errors import DataError
from pellucid.estimators.exposure import require_exposure
from pellucid.estimators.inputs import is_frame, read_columns, read_weights
from pellucid.estimators.preparation import tell
from pellucid.tables.notes import Notes

if TYPE_CHECKING:
    from pellucid.glassbox.gradient_report import GradientReport
    from pellucid.glassbox.trace_record import Trace


class GlassBox:
    """What a fitted estimator shows of itself."""

    _kept_rows: tuple[Any, np.ndarray] | None = None  # an X, and what it was encoded as

    def encode(self: Any, X: Any, y: Any = None, *, exposure: Any = None) -> Any:
        """Encode rows as the network sees them: `network_` is a function of the X that this gives.

        With y its loss and gradient are those of the model: nothing of them depends on the table any more.

        Parameters
        ----------
        X : array, sparse matrix or DataFrame of shape (N, n_features)
        y : array, Series or DataFrame of shape (N,) or (N, n_targets), optional
        exposure : array of shape (N,), optional
            As for fit; the network learns the rates y / exposure.

        Returns
        -------
        X : float64 array of shape (N, D_x)
            Its columns are named by `encoder_.feature_names`, and `encoder_.feature_sources` says which column of the
            table each comes from.
        Y : float64 array of shape (N, n_targets)
            Only with y: in the units in which the network learns the targets, NaN where missing; numbers of classes,
            from 0, in one column.

        Raises
        ------
        DataError
            As `predict`, and as `fit` for the targets.

        Examples
        --------
        >>> import pandas as pd
        >>> from pellucid import FeedForwardRegressor, loss_and_gradient
        >>> table = pd.DataFrame({"size": [50.0, 70.0, 90.0] * 4, "town": ["Bern", "Rome", "Rome"] * 4})
        >>> price = pd.Series([1.0, 2.0, 3.0] * 4)
        >>> model = FeedForwardRegressor((4,), max_iter=3, random_state=0, engine="reference").fit(table, price)
        >>> X, Y = model.encode(table, price)
        >>> model.encoder_.feature_names, X.shape, Y.shape
        (('size', 'town=Bern', 'town=Rome'), (12, 3), (12, 1))
        >>> J, gradient = loss_and_gradient(model.network_, X, Y, loss="rss")
        >>> gradient.W[0].shape
        (4, 3)
        """
        check_is_fitted(self)
        if y is None and exposure is not None:
            raise DataError("The exposure of rows concerns their targets, which encode has not been given: give y too.")
        if y is not None:
            check_consistent_length(X, y)
            require_exposure(self.targets_, exposure, "encode")
        encoded, notes = self._encoded(X)
        tell(notes.warnings())
        if y is None:
            return encoded
        return encoded, self.targets_.encode(y, exposure=self._exposure(exposure, len(encoded)))

    def _encoded(self: Any, X: Any) -> tuple[np.ndarray, Notes]:
        """X (N, D_x) in float64, and what the reader of the table should know."""
        check_is_fitted(self)
        if self._kept_rows is not None and self._kept_rows[0] is X:
            return self._kept_rows[1], Notes()
        return self.encoder_.encode(read_columns(self, X, reset=False), dtype="float64")

    def trace(self: Any, x: Any, y: Any = None, *, exposure: Any = None) -> Trace:
        """Follow one row through the network, forward and back, with its columns and the prediction in own units.

        Parameters
        ----------
        x : DataFrame with one row, Series, or array of shape (n_features,) or (1, n_features)
        y : its target or targets, optional
            Without it (or where all are missing) only the way forward is recorded.
        exposure : array of shape (1,), optional
            As for fit; the network's y is then the rate y / exposure. Weights of rows and classes are not in a trace.

        Returns
        -------
        Trace
            Its numbers are in the network's units, `row` has the original ones; `step` is the solver's first step
            from this row alone (for lbfgs, whose steps are searched for on all rows, that of gradient descent), without
            dropout and noise.

        Raises
        ------
        DataError
            For more than one row, and as `predict`.
        GradientMismatch
            If the gradient is not the one that the engine trains with.
        """
        from pellucid.estimators.solver_choice import make_descent
        from pellucid.estimators.traced_row import traced_row
        from pellucid.glassbox.trace import trace

        check_is_fitted(self)
        columns = read_columns(self, one_row(x), reset=False)
        if columns.n_rows != 1:
            raise DataError(f"trace shows one row at a time. Got {columns.n_rows} rows: choose one of them.")
        encoded, _ = self.encoder_.encode(columns, dtype="float64")
        if y is not None:
            require_exposure(self.targets_, exposure, "trace")
        objective, exposed = self._objective(), self._exposure(exposure, 1)
        made = trace(
            self.network_,
            encoded[0],
            None if y is None else self.targets_.encode(one_target(y, len(self.targets_.names)), exposure=exposed)[0],
            objective.loss,
            solver=make_descent(self),
            target_weights=objective.target_weights,
            alpha=objective.alpha,
            l1=objective.l1,
            engine=self.engine,
        )
        return replace(made, row=traced_row(self, columns, encoded, made.y_hat[None, :], y, exposed))

    def check_gradients(
        self: Any,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        exposure: Any = None,
        most_entries: int = 500,
        random_state: int = 0,
    ) -> GradientReport:
        """Compute the gradient of J on these rows in every way there is, and compare: see pellucid.check_gradients.

        J is that of predictions and validation, without dropout and noise.

        Parameters
        ----------
        X, y, sample_weight, exposure : as for fit
            The weights of classes are in J, as in training. Each row costs time, by the loop over observations above
            all: some 50 rows tell as much as all.
        most_entries, random_state : int
            Of each array so many entries are differentiated numerically, all or a seeded sample.

        Returns
        -------
        GradientReport
        """
        from pellucid.glassbox.check import check_gradients

        check_is_fitted(self)
        if y is None:
            raise DataError("check_gradients differentiates the loss, which needs the targets: give y as for fit.")
        columns = read_columns(self, X, reset=False)
        check_consistent_length(X, y)
        encoded, _ = self.encoder_.encode(columns, dtype="float64")
        require_exposure(self.targets_, exposure, "check_gradients")
        objective, exposed = self._objective(), self._exposure(exposure, columns.n_rows)
        Y = self.targets_.encode(y, exposure=exposed)
        weights = read_weights(sample_weight, columns.n_rows)
        w = self.targets_.weigh(Y, np.ones(columns.n_rows) if weights is None else weights, exposed)
        return check_gradients(
            self.network_,
            encoded,
            Y,
            objective.loss,
            sample_weight=w,
            target_weights=objective.target_weights,
            alpha=objective.alpha,
            l1=objective.l1,
            engine=self.engine,
            most_entries=most_entries,
            random_state=random_state,
        )

    def sensitivities(self: Any, X: Any) -> Any:
        """dprediction/dcolumn for each row, in original units: what a small change of one value does.

        Exact, by the chain rule through the encoding of the columns and of the targets. Where the encoding of a number
        has a kink, at the knots of number_encoding="quantile" and the edges of "piecewise_linear", it is the slope to
        the right: beyond the greatest knot 0. Truth values, dates and categories have no derivative and are left out; a
        missing number has none either and gives NaN.

        Parameters
        ----------
        X : array or DataFrame of shape (N, n_features)

        Returns
        -------
        array or DataFrame
            For one output (N, number columns); for several (N, n_outputs, number columns). Outputs are the targets,
            or the probability of each class or label; of two classes that of the second, classes_[1]. A DataFrame
            gives one of the same kind, its columns named "output by column" where there are several outputs.
        """
        from pellucid.estimators.sensitivities import sensitivities

        check_is_fitted(self)
        return sensitivities(self, X)


def one_row(x: Any) -> Any:
    """A table of one row: a flat array or a Series stood up as one."""
    if is_frame(x) or hasattr(x, "columns") or (issparse(x) and x.ndim == 2):
        return x
    if hasattr(x, "to_frame") and hasattr(x, "index"):  # a row of a pandas DataFrame, with its columns as the index
        return x.to_frame().T.infer_objects()
    array = x.toarray() if issparse(x) else np.asarray(x)
    return array.reshape(1, -1) if array.ndim == 1 else array


def one_target(y: Any, n_targets: int) -> Any:
    """The target of one row in the shape of fit's y: (1,), or (1, n_targets)."""
    array = np.asarray(y)
    if array.size != n_targets:
        raise DataError(f"y must hold the {n_targets} target{'s' if n_targets > 1 else ''} of the row. Got {y!r}.")
    return array.reshape(1, n_targets) if n_targets > 1 else array.reshape(1)
