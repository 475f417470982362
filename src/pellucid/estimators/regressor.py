"""FeedForwardRegressor: one or several numbers from a row."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import MultiOutputMixin, RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from pellucid.errors import DataError
from pellucid.estimators.chosen_loss import number_loss
from pellucid.estimators.chosen_transforms import kinds_of
from pellucid.estimators.continuing import makes_epochs
from pellucid.estimators.documentation import DOCUMENTATION
from pellucid.estimators.exposure import read_exposure, require_exposure
from pellucid.estimators.feed_forward import FeedForward
from pellucid.estimators.number_targets import NumberTargets
from pellucid.estimators.preparation import Given, Rows
from pellucid.estimators.target_values import NO_ROWS, read_numbers
from pellucid.mathematics.losses import RSS, Log, Loss
from pellucid.tables.target_transforms import Linear
from pellucid.training.history import History


class FeedForwardRegressor(MultiOutputMixin, RegressorMixin, FeedForward):
    __doc__ = (
        """A feed-forward network that predicts one or several numbers, by least squares or another loss.

    J = sum_d lambda_d (1/S_d) sum_n w_n L_d(y_nd, y_hat_nd) plus penalties, on standardised inputs and targets, L_d the
    squared residual unless `loss` says otherwise; a missing target (NaN in y) leaves out that target of that row only.
    Predictions are in the targets' own units.
"""
        + DOCUMENTATION
        + """
    targets_ : NumberTargets
        Names, transforms and losses of the targets.

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

    @available_if(makes_epochs)
    def partial_fit(
        self,
        X,
        y,
        sample_weight=None,
        X_val=None,
        y_val=None,
        sample_weight_val=None,
        *,
        exposure=None,
        exposure_val=None,
    ):
        """Learn from these rows for one epoch more, or for the first.

        Twenty calls with the same rows are a fit of twenty epochs without early stopping, in the same bytes. What the
        first call has learnt of columns and targets (means, standard deviations, categories, classes) stays; schedules
        count the epochs of all calls, those with an end over max_iter.

        Parameters
        ----------
        X, y, sample_weight, exposure
            As in `fit`; the rows may be others in every call.
        X_val, y_val, sample_weight_val, exposure_val
            With them `network_` keeps the best weights so far by validation, and `stopped_by_` is "patience" once
            n_iter_no_change epochs have passed without improvement: a sign to stop calling. No rows are held out.

        Returns
        -------
        self

        Raises
        ------
        ParameterError, DataError
            For arguments that have been changed and rows that do not fit the first call: other columns, unknown
            classes.
        """
        return self._go_on_by_one(
            Given(X, y, sample_weight, exposure), Given(X_val, y_val, sample_weight_val, exposure_val)
        )

    def predict(self, X: Any, exposure: Any = None) -> np.ndarray:
        """Predict in the targets' own units, float64: (N,) if y was, else (N, n_outputs).

        Several quantiles of a target are in order: the network's outputs, sorted.

        Parameters
        ----------
        X : array or DataFrame of shape (N, n_features)
        exposure : array of shape (N,), optional
            For counts: predictions are this times the rate; without it they are rates.
        """
        return self._in_own_units(self._predict_outputs(X), exposure)

    def _in_own_units(self, outputs: np.ndarray, exposure: Any) -> np.ndarray:
        """Predictions from what the network gives."""
        if exposure is not None:
            self._exposure(exposure, len(outputs))  # refused first where the loss knows none
            require_exposure(self.targets_, exposure, f"{type(self).__name__}.predict")
        return self.targets_.restore(outputs, self._exposure(exposure, len(outputs)))

    def score(self, X: Any, y: Any, sample_weight: Any = None, *, exposure: Any = None) -> float:
        """R^2 of the predictions, averaged over targets; of several quantiles of the one nearest to 1/2.

        A model that was fitted with exposure is scored with exposure. Rows in which a target is missing (NaN) are left
        out, as by `pellucid.report` and `pellucid evaluate`, whose values of R^2 this is the mean of.
        """
        check_is_fitted(self)
        require_exposure(self.targets_, exposure, f"{type(self).__name__}.score")
        Y, Y_hat = read_numbers(y), self.targets_.central(self.predict(X, exposure))
        check_consistent_length(Y, Y_hat, sample_weight)
        known = ~np.isnan(Y).any(axis=1)
        if len(Y) and not known.any():
            raise DataError("No row of y has a value of every target: there is nothing to score. Fill them in.")
        weights = None if sample_weight is None else np.asarray(sample_weight)[known]
        return r2_score(Y[known], Y_hat[known], sample_weight=weights)

    def _has_target(self, y: Any) -> np.ndarray:
        return np.any(~np.isnan(read_numbers(y, NO_ROWS)), axis=1)

    def _fit_targets(self, given: Given, rows: Rows) -> None:
        y, training = given.y, rows.training
        Y = read_numbers(y, training)
        n_targets = Y.shape[1]
        loss, activation = number_loss(self, n_targets)
        read = read_exposure(given.exposure, len(Y), loss, type(self).__name__, rows=training)
        kinds = kinds_of(self, loss, activation, n_targets)
        weights = rows.weights[training]
        clip = bool(self.clip_predictions)
        self.targets_ = NumberTargets.fit(y, training, weights, loss, activation, kinds, read, clip=clip)

    def _strata(self, y: Any, places: np.ndarray) -> None:
        return None

    def _start_history(self) -> History:
        targets = self.targets_
        pairs = list(zip(targets.losses, targets.transforms, strict=True))
        scales = tuple(
            transform.scale if isinstance(loss, RSS) and isinstance(transform, Linear) else np.nan
            for loss, transform in pairs
        )
        known = not np.isnan(scales).all()
        return History(targets.loss.name, targets.names, units_in_words(targets), scales if known else None)


def units_in_words(targets: NumberTargets) -> str:
    """In which units the losses are; of several targets that differ, target by target."""
    pairs = zip(targets.losses, targets.transforms, strict=True)
    words = [unit_in_words(loss, transform.kind) for loss, transform in pairs]
    if len(set(words)) == 1:
        return words[0]
    return "; ".join(f"{name}: {word}" for name, word in zip(targets.names, words, strict=True))


UNITS = {
    "standardise": "standardised units", "mean": "targets over their mean", "log": "transformed units",
    "quantile": "transformed units",
}  # fmt: skip


def unit_in_words(loss: Loss, kind: str) -> str:
    """The unit of one target's loss."""
    if isinstance(loss, Log):
        return "nats"
    if kind != "none":
        return UNITS[kind]
    return "squares of the targets' own units" if isinstance(loss, RSS) else "the targets' own units"
