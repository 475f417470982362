"""A training run, whatever makes its steps: what is recorded of every epoch, what stops it, and what it gives back."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from pellucid.engines.protocol import Engine
from pellucid.errors import TrainingWarning
from pellucid.mathematics.objective import Objective, target_totals
from pellucid.mathematics.schedules import ScheduleState
from pellucid.mathematics.structure import Network
from pellucid.training.callbacks import Callback, TrainingState
from pellucid.training.diagnostics import (
    INSPECTED_ROWS,
    count_dead_units,
    count_saturated_units,
    describe_trouble,
)
from pellucid.training.divergence import Runaway, find_in_forward
from pellucid.training.history import EpochRecord, History
from pellucid.training.plan import Part, Plan, Result
from pellucid.training.progress import Moment, Progress, Unfinished
from pellucid.training.saving import Saver
from pellucid.training.stopping import Stopper

# The ends that come again however often a run is taken up: an interrupted one, or one out of time, goes on.
FINAL = ("max_epochs", "patience", "callback", "converged", "line search")
REASONS = (*FINAL, "max_time", "interrupt", "error", "not finite")  # all that a run ends for
INSPECTION_STREAM = 3  # the generator of the rows inspected is seeded by (seed, this)


Score = Callable[[Network, int, History], float]  # of an epoch's network, the epoch and the history: greater is better


class TimeIsOver(Exception):
    """Raised between two batches when a run has had its time."""


class Measured(NamedTuple):
    """What the steps of an epoch leave behind.

    `losses` are sum_n w_n L_nd of each target; `gradient_squares` and `update_squares` the mean over the epoch's steps
    of the squared norms of each layer's gradient and step.
    """

    theta: np.ndarray
    losses: np.ndarray
    gradient_squares: np.ndarray
    update_squares: np.ndarray
    learning_rate: float | None


class Run:
    """What is watched from epoch to epoch, whatever makes the steps.

    After each epoch: `take` records it, `settle` says where the run now stands, and `ask` whether it ends there, or is
    saved and goes on.
    Whatever happens between two calls of `settle`, `progress` is whole: `result` is made from it alone.
    """

    progress: Progress

    def __init__(
        self,
        engine: Engine,
        network: Network,
        objective: Objective,
        training: Part,
        plan: Plan,
        history: History,
        validation: Part | None,
        callbacks: Sequence[Callback],
        score: Score | None = None,
        saver: Saver | None = None,
    ):
        self.engine, self.network, self.objective, self.plan = engine, network, objective, plan
        self.training, self.validation, self.history, self.callbacks = training, validation, history, callbacks
        self.score = score
        self.totals = target_totals(training.data.Y[training.rows], training.data.w[training.rows])
        self.inspected = training.data.X[inspected_rows(training.rows, plan.seed)]
        self.saver = saver

    def begin(self, start: Moment, schedule: ScheduleState, progress: Progress | None) -> None:
        """Stand at the start, or where an earlier run stood."""
        stopper = Stopper(self.plan.patience, self.plan.min_change)
        if progress is None:
            progress = Progress(0, start, schedule, stopper)
        else:
            earlier = progress.stopper
            stopper = replace(earlier, patience=self.plan.patience, min_change=self.plan.min_change)
            progress = replace(progress, stopper=stopper, stopped_by=None)
        self.progress, self.first_epoch = progress, progress.epoch + 1
        self.stopper, self.told = stopper, set(progress.told)
        self.history.records[:] = progress.records
        self.patience_is_over = False
        if self.saver is not None:
            self.saver.start(progress)
        self.seconds_before, self.start = progress.seconds, time.perf_counter()

    @property
    def seconds(self) -> float:
        """Spent in training, by earlier runs too; what had to be compiled has been before."""
        return self.seconds_before + time.perf_counter() - self.start

    @property
    def watched(self) -> float:
        """What stopping and schedules want to fall, after the last epoch: the loss, or minus the score."""
        record = self.history.records[-1]
        if record.validation_score is not None:
            return -record.validation_score
        return record.training_loss if record.validation_loss is None else record.validation_loss

    def take(self, measured: Measured | None) -> bool:
        """Record an epoch; False if its numbers left the finite ones, as those of None have."""
        if measured is None or not np.isfinite(measured.theta).all():  # the last step may overflow, unseen by a loss
            return False
        epoch = self.progress.epoch + 1
        with np.errstate(all="ignore"):
            record = self.make_record(epoch, measured)
        if not np.isfinite(record.training_loss if record.validation_loss is None else record.validation_loss):
            return False
        if self.score is not None:
            network = self.network.with_parameters(measured.theta.copy())
            record = replace(record, validation_score=self.score(network, epoch, self.history))
        self.history.append(record)
        self.stopper = replace(self.progress.stopper)
        self.patience_is_over = self.stopper.update(epoch, self.watched, measured.theta)
        self.tell_trouble()
        return True

    def settle(self, moment: Moment, schedule: ScheduleState) -> None:
        """Stand at the end of the epoch that was taken last."""
        epochs = self.history.records
        self.progress = Progress(
            len(epochs), moment, schedule, self.stopper, epochs, frozenset(self.told), self.seconds
        )

    def settle_within(self, unfinished: Unfinished) -> None:
        """Stand between two batches of the next epoch, and be saved there."""
        self.progress = replace(self.progress, unfinished=unfinished, seconds=self.seconds)
        if self.saver is not None:
            self.saver.save(self.progress)

    def ask(self) -> str | None:
        """The reason to stop after the epoch that was settled last, or None to go on."""
        wants_stop = [callback(self.state_for_callbacks()) for callback in self.callbacks]
        if self.patience_is_over:
            return "patience"
        if any(wants_stop):
            return "callback"
        if self.saver is not None:  # after the callbacks: what a killed process had not told them is told again
            self.saver.end_epoch(self.progress)
        return None

    def check_time(self) -> None:
        """Raise TimeIsOver when the plan's seconds have passed and an epoch has been finished."""
        if self.plan.max_time is None or self.progress.epoch < self.first_epoch:
            return
        if time.perf_counter() - self.start >= self.plan.max_time:
            raise TimeIsOver

    def make_record(self, epoch: int, measured: Measured) -> EpochRecord:
        """The numbers of the epoch that has just ended."""
        network = self.network.with_parameters(measured.theta)
        training = self.objective.average(measured.losses, self.totals)
        validation = None
        if self.validation is not None:
            validation = evaluate(self.engine, network, self.objective, self.validation)
        H = self.engine.propagate(network, self.inspected)
        return EpochRecord(
            epoch=epoch,
            training_loss=self.objective.total(training),
            training_by_target=as_floats(training),
            validation_loss=None if validation is None else self.objective.total(validation),
            validation_by_target=None if validation is None else as_floats(validation),
            learning_rate=measured.learning_rate,
            dead_units=count_dead_units(network, H),
            saturated_units=count_saturated_units(network, H),
            gradient_norms=as_floats(np.sqrt(measured.gradient_squares)),
            update_norms=as_floats(np.sqrt(measured.update_squares)),
            seconds=self.seconds,
        )

    def tell_trouble(self) -> None:
        """Warn once for each kind of trouble."""
        for kind, line in describe_trouble(self.network, self.history.records, self.told).items():
            self.told.add(kind)
            warnings.warn(line, TrainingWarning, stacklevel=2)

    def state_for_callbacks(self) -> TrainingState:
        theta = self.progress.moment.theta
        return TrainingState(
            self.progress.epoch,
            self.plan.max_epochs,
            self.history,
            lambda: self.network.with_parameters(theta.copy()),
        )

    def find_runaway_of_validation(self, theta: np.ndarray) -> Runaway:
        """Where the loss ran away though every step was finite: on the validation rows, or in the sum of the epoch."""
        found = None
        if self.validation is not None:
            X = self.validation.data.X[self.validation.rows]
            found = find_in_forward(self.network.with_parameters(theta), X)
        return found or Runaway(len(self.network.W), "loss")

    def end(self, stopped_by: str) -> None:
        """Save how the run ended; one that was interrupted may go on, and is saved where it stands."""
        if stopped_by in FINAL:
            self.progress = replace(self.progress, stopped_by=stopped_by)
        if stopped_by == "not finite":
            self.progress = replace(self.progress, unfinished=None)  # the rest of it is where the numbers ran away
        if self.saver is not None:
            self.saver.save(self.progress)

    def result(self, stopped_by: str, runaway: Runaway | None = None, error: BaseException | None = None) -> Result:
        """The best parameters by validation, or else the last ones; of a run that ran away the best in any case."""
        progress, stopper = self.progress, self.progress.stopper
        self.history.records[:] = progress.records
        theta, epoch = progress.moment.theta, progress.epoch
        keeps_best = self.validation is not None or runaway is not None
        if keeps_best and stopper.best_theta is not None:
            theta, epoch = stopper.best_theta, stopper.best_epoch
        if runaway is not None and not self.loss_at(theta) < self.loss_at(self.network.theta):
            theta, epoch = self.network.theta, 0  # every epoch was worse than the start
        network = self.network.with_parameters(theta.copy())
        return Result(network, self.history, epoch, stopped_by, progress, runaway, error)

    def loss_at(self, theta: np.ndarray) -> float:
        """J without penalties, on the validation rows if there are any."""
        part = self.training if self.validation is None else self.validation
        with np.errstate(all="ignore"):
            return self.objective.total(
                evaluate(self.engine, self.network.with_parameters(theta), self.objective, part)
            )


def inspected_rows(rows: np.ndarray, seed: int) -> np.ndarray:
    """The rows on which units are looked at: drawn, since the first rows of a sorted table are all of one kind."""
    generator = np.random.default_rng((seed, INSPECTION_STREAM))
    return generator.choice(rows, min(len(rows), INSPECTED_ROWS), replace=False)


def evaluate(engine: Engine, network: Network, objective: Objective, part: Part) -> np.ndarray:
    """The loss of each target over a part, (n_targets,): (1/S_d) sum_n w_n L_nd."""
    sums = engine.losses(network, objective, part.data, part.rows)
    return objective.average(sums, target_totals(part.data.Y[part.rows], part.data.w[part.rows]))


def as_floats(values: np.ndarray) -> tuple[float, ...]:
    """Plain floats, so that records compare, print and become JSON."""
    return tuple(float(value) for value in values)
