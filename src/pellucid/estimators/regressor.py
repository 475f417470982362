"""FeedForwardRegressor: one or several numbers from a row."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import MultiOutputMixin, RegressorMixin

from pellucid.estimators.feed_forward import FeedForward
from pellucid.estimators.parameters import DOCUMENTATION
from pellucid.estimators.target_values import NO_ROWS, read_numbers
from pellucid.estimators.targets import NumberTargets
from pellucid.training.history import History


class FeedForwardRegressor(MultiOutputMixin, RegressorMixin, FeedForward):
    __doc__ = (
        """A feed-forward network that predicts one or several numbers, by least squares.

    J = sum_d lambda_d (1/S_d) sum_n w_n (y_nd - y_hat_nd)^2 plus penalties, on standardised inputs and targets; a
    missing target (NaN in y) leaves out that target of that row only. Predictions are in the targets' own units.
"""
        + DOCUMENTATION
        + """
    targets_ : NumberTargets
        Names, mean and scale of the targets.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import FeedForwardRegressor
    >>> X = np.linspace(-1, 1, 200)[:, None]
    >>> model = FeedForwardRegressor((16,), random_state=0).fit(X, np.abs(X[:, 0]))
    >>> model.predict([[-0.5], [0.75]]).round(1)
    array([0.5, 0.7])
    """
    )
    targets_: NumberTargets
    scales_targets = True

    def predict(self, X: Any) -> np.ndarray:
        """Predict in the targets' own units, float64: (N,) if y was, else (N, n_targets)."""
        outputs = self._predict_outputs(X)
        return self.targets_.restore(outputs)

    def _has_target(self, y: Any) -> np.ndarray:
        return np.any(~np.isnan(read_numbers(y, NO_ROWS)), axis=1)

    def _fit_targets(self, y: Any, rows: np.ndarray, weights: np.ndarray) -> NumberTargets:
        return NumberTargets.fit(y, rows, weights, standardise=self.standardise in (True, "targets"))

    def _strata(self, y: Any, places: np.ndarray) -> None:
        return None

    def _start_history(self) -> History:
        standardised = self.standardise in (True, "targets")
        units = "standardised units" if standardised else "squares of the targets' own units"
        return History("rss", self.targets_.names, units, self.targets_.scale)
