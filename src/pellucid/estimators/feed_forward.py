"""What regressor and classifier share: from X and y to a trained network, and from that to its outputs."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from pellucid.engines.choice import engine_that_knows
from pellucid.engines.protocol import Engine
from pellucid.errors import TrainingWarning, loss_not_finite
from pellucid.estimators.documentation_link import DocumentationLink
from pellucid.estimators.glassbox import GlassBox
from pellucid.estimators.inputs import read_columns
from pellucid.estimators.learning_rate_range import LearningRateFinder
from pellucid.estimators.pickling import PickledVersion
from pellucid.estimators.preparation import Given, Preparation, tell
from pellucid.estimators.scikit_learn_names import ScikitLearnNames
from pellucid.estimators.solver_choice import make_schedule, make_solver, resolve_batch_size
from pellucid.mathematics.structure import Network
from pellucid.training.callbacks import PrintEpochs
from pellucid.training.history import History
from pellucid.training.lbfgs import LBFGS
from pellucid.training.loop import train
from pellucid.training.run import Plan, Result


class FeedForward(  # type: ignore[override]  # the documentation link of scikit-learn can be set, ours is what it is
    ScikitLearnNames, GlassBox, LearningRateFinder, DocumentationLink, PickledVersion, Preparation
):
    """`fit` and the common part of prediction; see the two subclasses."""

    def fit(
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
        """Learn from the rows of X and y.

        Parameters
        ----------
        X : array, sparse matrix or DataFrame of shape (N, n_features)
            DataFrames (pandas, polars, Arrow) may have columns of text. Missing values are filled in and marked; what a
            sparse matrix does not store is 0. A sparse matrix is computed with as a dense one, of at most 4 GiB.
        y : array, Series or DataFrame of shape (N,) or (N, n_targets)
        sample_weight : array of shape (N,), optional
            A weight of 2 is the row twice; a row of weight 0 is not there.
        X_val, y_val, sample_weight_val : like X, y and sample_weight, optional
            Rows to validate on. Without them, and with early_stopping, `validation_fraction` of the rows is held out.
        exposure, exposure_val : arrays of shape (N,), optional
            For counts (poisson, gamma, tweedie): for how long, or for how many, each was taken. y is then predicted as
            exposure times a rate, and each row counts w e^(2-p) in J.

        Returns
        -------
        self

        Raises
        ------
        ParameterError, DataError
            For arguments and data that cannot be used, before any training.
        GradientMismatch
            If a loss of your own has a wrong derivative, before any training.
        LossNotFiniteError
            If training runs away: it names the layer and what to try. `network_` then holds the parameters of the best
            epoch so far, and `history_` every epoch that was finite.
        """
        problem = self._prepare(
            Given(X, y, sample_weight, exposure), Given(X_val, y_val, sample_weight_val, exposure_val)
        )
        plan = Plan(
            batch_size=resolve_batch_size(self, len(problem.training.rows)),
            max_epochs=int(self.max_iter),
            shuffle=bool(self.shuffle),
            seed=problem.seed,
            patience=int(self.n_iter_no_change),
            min_change=float(self.tol),
            schedule=make_schedule(self),
            dropout=problem.dropout,
        )
        solver, objective = make_solver(self), problem.objective
        callbacks = [*(self.callbacks or ()), *([PrintEpochs()] if self.verbose else [])]
        result = train(
            problem.engine, problem.network, objective, solver, problem.training, plan, self._start_history(),
            problem.validation, callbacks,
        )  # fmt: skip
        self._keep(result, problem.engine.name)
        if result.runaway is not None:
            raise loss_not_finite(
                objective.loss.name,
                len(result.history) + 1,
                result.runaway.describe(result.network),
                result.best_epoch,
                learning_rate=None if isinstance(solver, LBFGS) else solver.learning_rate,
                clip_norm=self.clip_norm,
                standardised=self.standardise in ((True,) if self.scales_targets else (True, "inputs")),
            )
        return self

    def save(self, path: Any) -> None:
        """Write the fitted model to one file that holds no code and none of the data; `pellucid.load` reads it.

        Parameters
        ----------
        path : str or path-like
            An existing file is replaced only when the new one is whole.
        """
        from pellucid.estimators.persistence import save

        check_is_fitted(self)
        save(self, path)

    def _keep(self, result: Result, engine_name: str) -> None:
        """Set what scikit-learn's convention calls learnt."""
        self.network_ = result.network
        self.history_ = result.history
        self.n_iter_ = len(result.history)
        self.best_epoch_ = result.best_epoch
        self.stopped_by_ = result.stopped_by
        self.engine_ = engine_name
        self.n_outputs_ = self.targets_.n_outputs
        if result.stopped_by == "interrupt":
            if self.n_iter_ == 0:
                raise KeyboardInterrupt  # nothing has been learnt that could be kept
            warnings.warn(
                f"Training was interrupted in epoch {self.n_iter_ + 1}; "
                f"the model holds the parameters of epoch {self.best_epoch_}.",
                TrainingWarning,
                stacklevel=3,
            )

    def _predict_outputs(self, X: Any) -> np.ndarray:
        """Y_hat (N, D_y) as the network gives it, in float64."""
        check_is_fitted(self)
        columns = read_columns(self, X, reset=False)
        encoded, notes = self.encoder_.encode(columns, dtype="float64")
        tell(notes.warnings())
        return self._engine_of(self.network_).predict(self.network_, encoded)

    def _predict_last_h(self, X: Any) -> np.ndarray:
        """H of the last layer (N, D_y), in float64: the outputs of the same network with a linear last layer."""
        check_is_fitted(self)
        columns = read_columns(self, X, reset=False)
        encoded, _ = self.encoder_.encode(columns, dtype="float64")
        network = self.network_
        linear = Network(network.sizes, [*network.activations[:-1], "linear"], network.theta)
        return self._engine_of(linear).predict(linear, encoded)

    def _engine_of(self, network: Network) -> Engine:
        """The engine for a fitted network; `fit` has said where it is not the one that was asked for."""
        return engine_that_knows(self.engine, network, self.targets_.loss, type(self).__name__)

    def _start_history(self) -> History:
        raise NotImplementedError

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = False
        tags.input_tags.sparse = True
        return tags
