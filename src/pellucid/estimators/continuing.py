"""Training that goes on where it stopped: by `fit` with warm_start, or epoch by epoch with `partial_fit`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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

OTHER_ROWS = (
    "Training goes on with other rows. Means, standard deviations, categories and the filling of missing values stay "
    "those of the first call."
)
OTHER_VALIDATION = (
    "What stopping watches, or the rows it is watched on, are others than in the call before: the best weights and the "
    "patience begin anew."
)


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
        with restored_unless_kept(self):
            problem, progress, data = self._take_up(given, given_val, may_hold_out=True)
            last = epochs if progress is None else progress.epoch + epochs
            self._refuse_horizon(progress, last)
            self._train(problem, self._plan(problem, last), progress, data=data)
        self._tell_interrupt()
        return self

    def _go_on_by_one(self, given: Given, given_val: Given) -> Any:
        """One epoch, the first or one more, with the rows given."""
        self._refuse_for_partial_fit()
        with restored_unless_kept(self):
            if hasattr(self, "network_"):
                problem, progress, data = self._take_up(given, given_val, may_hold_out=False)
            else:
                problem, progress = self._prepare(given, given_val, may_hold_out=False), None
                data = fingerprint(problem.training)
            self._refuse_horizon(progress, int(self.max_iter))
            epoch = 1 if progress is None else progress.epoch + 1
            self._train(problem, self._plan(problem, epoch, horizon=int(self.max_iter)), progress, data=data)
        if self.stopped_by_ == "interrupt":  # type: ignore[attr-defined]  # set by `_keep`
            raise KeyboardInterrupt  # the loop around the calls is to hear of it
        return self

    def _take_up(self, given: Given, given_val: Given, *, may_hold_out: bool) -> tuple[Problem, Progress | None, str]:
        """The next problem of a course of training, where that stands, and the fingerprint of the rows."""
        course, owner = self._course, type(self).__name__
        refuse_changes(course, self)
        given = self._in_first_order(given)
        network: Any = self.network_  # type: ignore[attr-defined]  # set by the first fit, or by load
        progress = course.progress
        if progress is not None:
            network = network.with_parameters(progress.moment.theta.copy())
        problem = self._prepare(given, given_val, Start(course.seed, network), may_hold_out=may_hold_out)
        data = fingerprint(problem.training)
        if progress is None:
            self._tell_of_loaded()
            return problem, None, data
        holds_out = problem.validation is not None and given_val.is_empty()
        refuse_other_rows(course, data, owner, self.solver, holds_out=holds_out)
        progress = replace(progress, stopped_by=None)
        if data != course.data:
            self._tell_once(OTHER_ROWS)
            progress = replace(progress, unfinished=None)  # the rest of an interrupted epoch is not of these rows
        if course.watched != watched_by(self, problem):
            self._tell_once(OTHER_VALIDATION)
            progress = replace(progress, stopper=Stopper(0, 0.0))
        return problem, progress, data

    def _in_first_order(self, given: Given) -> Given:
        """Rows as the first call had them: the columns of frames in its order, and with an exposure if it had one."""
        targets, owner = self.targets_, type(self).__name__
        with_exposure = getattr(targets, "with_exposure", False)
        if with_exposure != (given.exposure is not None):
            had, has = ("an exposure", "none") if with_exposure else ("no exposure", "one")
            raise ParameterError(
                f"The first call of {owner}.fit or partial_fit had {had}, and this one has {has}: rates and counts "
                "cannot be learnt by one network. Give the same in all calls."
            )
        X = in_first_order(given.X, getattr(self, "feature_names_in_", ()), "X")
        return given._replace(X=X, y=in_first_order(given.y, targets.names, "y"))

    def _refuse_horizon(self, progress: Progress | None, wanted: int) -> None:
        if progress is not None:
            owner, horizon = type(self).__name__, self._course.horizon
            refuse_horizon(make_schedule(self), owner, progress.epoch, horizon, wanted)

    def _refuse_for_partial_fit(self) -> None:
        owner = type(self).__name__
        if self.checkpoint_dir is not None:
            remedy = "Between its calls the model is yours: pickle it."
            raise wrong_parameter("checkpoint_dir", owner, "None for partial_fit", self.checkpoint_dir, remedy)

    def _tell_once(self, line: str) -> None:
        """Warn of what later rows change, or do not."""
        if line not in self._told:
            self._told = {*self._told, line}
            warnings.warn(line, DataWarning, stacklevel=6)

    def _tell_of_loaded(self) -> None:
        warnings.warn(
            "A model file holds no state of the solver and no history: training goes on from its weights, with a new "
            "state, and counts its epochs from 1.",
            TrainingWarning,
            stacklevel=5,
        )

    def _tell_interrupt(self) -> None:
        """Say what an interrupted run has left, and how to go on."""
        model: Any = self
        if model.stopped_by_ != "interrupt":
            return
        if self.checkpoint_dir is not None:
            remedy = "fit(..., resume=True), with the same rows and arguments, goes on, in a new process too."
        elif self.solver == "lbfgs" and not self.warm_start:
            remedy = "With warm_start=True from the first fit on it could go on."
        else:
            remedy = "Fit again with warm_start=True to go on."
        warnings.warn(
            f"Training was interrupted in epoch {model.n_iter_ + 1}; the model holds the parameters of epoch "
            f"{model.best_epoch_}. {remedy}",
            TrainingWarning,
            stacklevel=3,
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
    """What stopping looks at, and on which rows: the loss of training or of validation, or a score."""
    if problem.validation is None:
        return "training loss"
    return f"validation {name_of(estimator.scoring)} on {fingerprint(problem.validation)}"


@contextmanager
def restored_unless_kept(estimator: Any) -> Iterator[None]:
    """Give an estimator back as it was if training ends before there is a model to keep: never half of a new one."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        if vars(estimator).get("_course") is before.get("_course"):
            vars(estimator).clear()
            vars(estimator).update(before)
        raise


def refuse_other_classes(known: Any, found: Any) -> None:
    """Refuse classes that are not those of the first call."""
    if found is not None and not np.array_equal(known, np.unique(found)):
        raise ParameterError(
            f"The `classes` parameter of partial_fit must name the classes of the first call, {known.tolist()}. "
            f"Got {list(found)} instead. Begin anew on a clone with all classes."
        )
