"""What regressor and classifier share: from X and y to a trained network, and from that to its outputs."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from pellucid.engines.choice import engine_that_knows
from pellucid.engines.protocol import Engine
from pellucid.errors import loss_not_finite, wrong_parameter
from pellucid.estimators.checkpointing import (
    describe_run,
    make_saver,
    opened_folder,
    read_saved,
    rebuild_progress,
    refuse_differences,
)
from pellucid.estimators.continuing import Continuing, restored_unless_kept, watched_by
from pellucid.estimators.course import Course, fingerprint, fixed_arguments
from pellucid.estimators.documentation_link import DocumentationLink
from pellucid.estimators.glassbox import GlassBox
from pellucid.estimators.learning_rate_range import LearningRateFinder
from pellucid.estimators.onnx_export import OnnxExport
from pellucid.estimators.parameters import check_parameters
from pellucid.estimators.pickling import PickledVersion
from pellucid.estimators.preparation import Given, Problem, Start, tell
from pellucid.estimators.scikit_learn_names import ScikitLearnNames
from pellucid.estimators.scoring import name_of
from pellucid.estimators.solver_choice import make_schedule, make_solver, resolve_batch_size
from pellucid.estimators.training_record import TrainingRecord
from pellucid.files.checkpoint_folder import CheckpointFolder
from pellucid.mathematics.structure import Network
from pellucid.tables.notes import Notes
from pellucid.training.history import History
from pellucid.training.lbfgs import LBFGS
from pellucid.training.loop import train
from pellucid.training.plan import Plan, Result
from pellucid.training.progress import Progress
from pellucid.training.progress_bar import progress_of_a_run
from pellucid.training.saving import Saver


class FeedForward(  # type: ignore[override]  # the documentation link of scikit-learn can be set, ours is what it is
    ScikitLearnNames,
    GlassBox,
    OnnxExport,
    LearningRateFinder,
    TrainingRecord,
    DocumentationLink,
    PickledVersion,
    Continuing,
):
    """`fit` and the common part of prediction; see the two subclasses."""

    network_: Network
    n_iter_: int
    best_epoch_: int
    stopped_by_: str
    engine_: str
    n_outputs_: int

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
        groups=None,
        resume=False,
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
            Rows to validate on; columns of a frame may stand in another order. Without them, and with early_stopping,
            `validation_fraction` of the rows is held out.
        exposure, exposure_val : arrays of shape (N,), optional
            For counts (poisson, gamma, tweedie): for how long, or for how many, each was taken. y is then predicted as
            exposure times a rate, and each row counts w e^(2-p) in J.
        groups : array of shape (N,), optional
            Labels. Rows of the same label belong together: whole groups are held out for early stopping.
        resume : bool
            Go on from the newest checkpoint in checkpoint_dir, with the same rows and arguments: the model is then, to
            the byte, that of a run which was never interrupted (but for max_time, which depends on the machine). Where
            there is none yet the run begins; where the run was over its model is made again.

        Returns
        -------
        self

        Raises
        ------
        ParameterError, DataError
            For arguments and data that cannot be used, before any training; for a resume that differs in anything that
            counts, naming it.
        ModelFileError
            If checkpoint_dir cannot be written to or read, or holds anything else.
        GradientMismatch
            If a loss of your own has a wrong derivative, before any training.
        LossNotFiniteError
            If training runs away: it names the layer and what to try. `network_` then holds the parameters of the best
            epoch so far, and `history_` every epoch that was finite.
        """
        given, given_val = (
            Given(X, y, sample_weight, exposure, groups),
            Given(X_val, y_val, sample_weight_val, exposure_val),
        )
        if self.warm_start and hasattr(self, "network_"):
            if resume:
                raise wrong_parameter("resume", f"{type(self).__name__}.fit", "False with warm_start=True", resume)
            return self._go_on(given, given_val, int(self.max_iter))
        check_parameters(self)
        with restored_unless_kept(self), opened_folder(self, resume) as folder:
            self._fit_anew(given, given_val, folder, resume)
        self._tell_interrupt()
        return self

    def _fit_anew(self, given: Given, given_val: Given, folder: CheckpointFolder | None, resume: bool) -> None:
        """Learn encodings and weights from the start, or from where a checkpoint stands."""
        self._told = ()
        saved = read_saved(folder) if resume else None
        problem = self._prepare(given, given_val, Start(seed=None if saved is None else saved.seed))
        progress, saver = None, None
        if folder is not None:
            run = describe_run(self, problem)
            saver = make_saver(folder, self, run)
            if saved is not None:
                refuse_differences(saved, run)
                progress = rebuild_progress(saved, self, problem)
                self._tell_of_time()
        plan = self._plan(problem, int(self.max_iter))
        self._train(problem, plan, progress, saver, fingerprint(problem.training))

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

    def _plan(self, problem: Problem, max_epochs: int, horizon: int | None = None) -> Plan:
        """How to train on these rows, up to an epoch."""
        return Plan(
            batch_size=resolve_batch_size(self, len(problem.training.rows)),
            max_epochs=max_epochs,
            shuffle=bool(self.shuffle),
            seed=problem.seed,
            patience=int(self.n_iter_no_change),
            min_change=float(self.tol),
            schedule=make_schedule(self),
            dropout=problem.dropout,
            horizon=horizon,
            max_time=None if self.max_time is None else float(self.max_time),
            can_continue=self.warm_start or self.checkpoint_dir is not None,
        )

    def _train(
        self, problem: Problem, plan: Plan, progress: Progress | None, saver: Saver | None = None, data: str = ""
    ) -> None:
        """Run the plan and keep what it gives; then raise what there is to raise. `data` is the rows' fingerprint."""
        solver, objective = make_solver(self), problem.objective
        callbacks = [*(self.callbacks or ()), *([progress_of_a_run()] if self.verbose else [])]
        history = self._start_history()
        history.scoring = name_of(self.scoring)
        result = train(
            problem.engine, problem.network, objective, solver, problem.training, plan, history, problem.validation,
            callbacks, problem.score, progress, saver,
        )  # fmt: skip
        if result.stopped_by == "interrupt" and result.progress.epoch == 0:
            raise KeyboardInterrupt  # nothing has been learnt that could be kept
        self._keep(result, problem, plan, data)
        if result.error is not None:
            raise result.error
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

    def _keep(self, result: Result, problem: Problem, plan: Plan, data: str) -> None:
        """Set what scikit-learn's convention calls learnt, and what going on needs: all at once, or nothing."""
        horizon = plan.max_epochs if plan.horizon is None else plan.horizon
        watched = watched_by(self, problem)
        learnt = {
            "network_": result.network,
            "history_": result.history,
            "n_iter_": len(result.history),
            "best_epoch_": result.best_epoch,
            "stopped_by_": result.stopped_by,
            "engine_": problem.engine.name,
            "n_outputs_": self.targets_.n_outputs,
            "_course": Course(problem.seed, result.progress, data, watched, horizon, fixed_arguments(self)),
        }
        vars(self).update(learnt)

    def _predict_outputs(self, X: Any) -> np.ndarray:
        """Y_hat (N, D_y) as the network gives it, in float64."""
        outputs, notes = self._outputs_and_notes(X)
        tell(notes.warnings())
        return outputs

    def _outputs_and_notes(self, X: Any) -> tuple[np.ndarray, Notes]:
        """The same, and what encoding X had to do that its reader should know."""
        encoded, notes = self._encoded(X)
        return self._engine_of(self.network_).predict(self.network_, encoded), notes

    def _predict_last_h(self, X: Any) -> np.ndarray:
        """H of the last layer (N, D_y), in float64: the outputs of the same network with a linear last layer."""
        encoded, _ = self._encoded(X)
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
