"""Training that goes on where it stopped: by `fit` with warm_start, or epoch by epoch with `partial_fit`."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.errors import DataWarning, ParameterError, TrainingWarning, wrong_parameter
from pellucid.estimators.course import (
    Course,
    fingerprint,
    refuse_changes,
    refuse_horizon,
    refuse_other_rows,
)
from pellucid.estimators.inputs import is_frame
from pellucid.estimators.preparation import Given, Preparation, Problem, Start
from pellucid.estimators.scoring import name_of
from pellucid.estimators.solver_choice import make_schedule
from pellucid.estimators.validation_rows import in_order
from pellucid.training.plan import Plan
from pellucid.training.progress import Progress
from pellucid.training.stopping import Stopper


class Continuing(Preparation):
    """The part of an estimator that goes on: what it learnt first, its encodings, stays as it is."""

    _course: Course

    def _plan(self, problem: Problem, max_epochs: int, horizon: int | None = None) -> Plan:
        raise NotImplementedError

    def _train(
        self, problem: Problem, plan: Plan, progress: Progress | None, saver: None = None, data: str = ""
    ) -> Any:
        raise NotImplementedError

    def _go_on(self, given: Given, given_val: Given, epochs: int) -> Any:
        """Make so many epochs more, with the rows given."""
        problem, progress, data = self._take_up(given, given_val, may_hold_out=True)
        made = 0 if progress is None else progress.epoch
        if progress is not None:
            refuse_horizon(make_schedule(self), type(self).__name__, made)
        return self._train(problem, self._plan(problem, made + epochs), progress, data=data)

    def _go_on_by_one(self, given: Given, given_val: Given) -> Any:
        """One epoch, the first or one more, with the rows given."""
        self._refuse_for_partial_fit()
        if not hasattr(self, "network_"):
            problem, progress = self._prepare(given, given_val, may_hold_out=False), None
            data = fingerprint(problem.training)
        else:
            problem, progress, data = self._take_up(given, given_val, may_hold_out=False)
        epoch = 1 if progress is None else progress.epoch + 1
        plan = self._plan(problem, epoch, horizon=int(self.max_iter))
        return self._train(problem, plan, progress, data=data)

    def _take_up(self, given: Given, given_val: Given, *, may_hold_out: bool) -> tuple[Problem, Progress | None, str]:
        """The next problem of a course of training, where that stands, and the fingerprint of the rows."""
        course: Course | None = getattr(self, "_course", None)
        network: Any = self.network_  # type: ignore[attr-defined]  # set by the first fit, or by load
        if course is None:
            self._tell_of_loaded()
            problem = self._prepare(given, given_val, Start(network=network), may_hold_out=may_hold_out)
            return problem, None, fingerprint(problem.training)
        refuse_changes(course, self)
        columns = getattr(self, "feature_names_in_", ())
        given = given._replace(
            X=in_first_order(given.X, columns, "X"), y=in_first_order(given.y, self.targets_.names, "y")
        )
        progress = replace(course.progress, stopped_by=None)
        start = Start(course.seed, network.with_parameters(progress.moment.theta.copy()))
        problem = self._prepare(given, given_val, start, may_hold_out=may_hold_out)
        data = fingerprint(problem.training)
        holds_out = problem.validation is not None and given_val.is_empty()
        refuse_other_rows(course, data, type(self).__name__, self.solver, holds_out=holds_out)
        if data != course.data:
            if course.data:
                self._tell_of_encodings()
            progress = replace(progress, unfinished=None)  # the rest of an interrupted epoch is not of these rows
        if course.watched != watched_by(self, problem):
            progress = replace(progress, stopper=Stopper(0, 0.0))  # another number is watched from here on
        return problem, progress, data

    def _refuse_for_partial_fit(self) -> None:
        owner = type(self).__name__
        if self.checkpoint_dir is not None:
            remedy = "Between its calls the model is yours: pickle it."
            raise wrong_parameter("checkpoint_dir", owner, "None for partial_fit", self.checkpoint_dir, remedy)

    def _tell_of_encodings(self) -> None:
        """Say once that later rows change no statistics."""
        if not getattr(self, "_told_of_encodings", False):
            self._told_of_encodings = True
            warnings.warn(
                "Training goes on with other rows. Means, standard deviations, categories and the filling of missing "
                "values stay those of the first call.",
                DataWarning,
                stacklevel=5,
            )

    def _tell_of_loaded(self) -> None:
        warnings.warn(
            "A model file holds no state of the solver and no history: training goes on from its weights, with a new "
            "state, and counts its epochs from 1.",
            TrainingWarning,
            stacklevel=5,
        )

    def _tell_interrupt(self) -> None:
        """Say what an interrupted run has left, and how to go on; with nothing left, pass the interrupt on."""
        if self.n_iter_ == 0:  # type: ignore[attr-defined]  # set by `_keep`
            raise KeyboardInterrupt
        if self.checkpoint_dir is None:
            remedy = "Fit again with warm_start=True to go on."
        else:
            remedy = "fit(..., resume=True), with the same rows and arguments, goes on, in a new process too."
        warnings.warn(
            f"Training was interrupted in epoch {self.n_iter_ + 1}; "  # type: ignore[attr-defined]
            f"the model holds the parameters of epoch {self.best_epoch_}. {remedy}",  # type: ignore[attr-defined]
            TrainingWarning,
            stacklevel=4,
        )

    def _tell_of_time(self) -> None:
        """Say which promise a resumed run with max_time does not keep."""
        if self.max_time is not None:
            warnings.warn(
                "With max_time a run ends when the clock says so: resumed, it need not end in the same bytes as a run "
                "that was not interrupted.",
                TrainingWarning,
                stacklevel=4,
            )


def in_first_order(values: Any, names: Sequence[str], what: str) -> Any:
    """The columns of a frame in the order of the first call; arrays have no names that could tell."""
    several = is_frame(values) and len(names) > 1
    return in_order(values, [str(name) for name in names], what, "the first call") if several else values


def makes_epochs(estimator: Any) -> bool:
    """Whether there is a partial_fit: scikit-learn's tools ask for the attribute."""
    if estimator.solver == "lbfgs":
        raise AttributeError(
            "There is no partial_fit with solver='lbfgs', whose epochs are no passes over rows. Use another solver, or "
            "fit with warm_start=True."
        )
    return True


def watched_by(estimator: Any, problem: Problem) -> str:
    """What stopping looks at: the loss of training or of validation, or a score."""
    return "training loss" if problem.validation is None else f"validation {name_of(estimator.scoring)}"


def refuse_other_classes(known: Any, found: Any) -> None:
    """Refuse classes that are not those of the first call."""
    if found is not None and not np.array_equal(known, np.unique(found)):
        raise ParameterError(
            f"The `classes` parameter of partial_fit must name the classes of the first call, {known.tolist()}. "
            f"Got {list(found)} instead. Begin anew on a clone with all classes."
        )
