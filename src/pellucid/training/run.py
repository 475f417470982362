"""A training run, whatever makes its steps: what is recorded of every epoch, what stops it, and what it gives back."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from pellucid.engines.protocol import Engine
from pellucid.errors import TrainingWarning
from pellucid.mathematics.dropout import Dropout
from pellucid.mathematics.objective import Objective, Observations, target_totals
from pellucid.mathematics.schedules import Constant, Schedule
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
from pellucid.training.stopping import Stopper

INSPECTION_STREAM = 3  # the generator of the rows inspected is seeded by (seed, this)


class Part(NamedTuple):
    """Some rows of some observations: what is trained on, or what is validated on."""

    data: Observations
    rows: np.ndarray  # indices into data, int64


@dataclass(frozen=True)
class Plan:
    """How to train.

    Attributes
    ----------
    batch_size : int
        Rows of a mini-batch; the number of training rows, or more, for full batches.
    max_epochs : int
    shuffle : bool
        Whether each epoch has its own order of rows.
    seed : int
        With the number of an epoch, it decides that epoch's order.
    patience : int
        Epochs without an improvement of `min_change` in the watched loss before the run stops.
    min_change : float
    schedule : Schedule
        Of the learning rate; L-BFGS has none.
    dropout : Dropout, optional
        What disturbs the steps; L-BFGS, which needs one objective, takes none.
    """

    batch_size: int
    max_epochs: int
    shuffle: bool = True
    seed: int = 0
    patience: int = 10
    min_change: float = 1e-4
    schedule: Schedule = field(default_factory=Constant)
    dropout: Dropout | None = None


@dataclass(frozen=True)
class Result:
    """What a run gives back.

    Attributes
    ----------
    network : Network
        With the best parameters by the validation loss, where there is validation; else the last ones. Of a run that
        ran away the best by the training loss, or the starting weights where no epoch was better. Always finite.
    history : History
    best_epoch : int
        The epoch of those parameters; 0 for the starting weights.
    stopped_by : str
        "max_epochs", "patience", "callback", "interrupt" or "not finite"; of L-BFGS also "converged" or "line search".
    state : NamedTuple or None
        The solver's state after the last step; L-BFGS gives none.
    runaway : Runaway or None
        Where a run that is "not finite" left the finite numbers.
    """

    network: Network
    history: History
    best_epoch: int
    stopped_by: str
    state: Any
    runaway: Runaway | None = None


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
    """What is watched from epoch to epoch.

    `finish` takes note of an epoch and says why the run ends there, if it does; `result` chooses the parameters.
    """

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
    ):
        self.engine, self.network, self.objective, self.plan = engine, network, objective, plan
        self.training, self.validation, self.history, self.callbacks = training, validation, history, callbacks
        self.totals = target_totals(training.data.Y[training.rows], training.data.w[training.rows])
        self.stopper = Stopper(plan.patience, plan.min_change)
        self.finite_theta, self.finite_epoch = network.theta.copy(), 0
        self.inspected = training.data.X[inspected_rows(training.rows, plan.seed)]
        self.told: set[str] = set()
        self.started = 0.0

    def start_clock(self) -> None:
        """From here on the seconds of the history count: what had to be compiled has been."""
        self.started = time.perf_counter()

    @property
    def watched(self) -> float:
        """The loss that stopping and schedules look at, after the last epoch."""
        record = self.history.records[-1]
        return record.training_loss if record.validation_loss is None else record.validation_loss

    def finish(self, measured: Measured | None) -> str | None:
        """Record an epoch, ask the stopper and the callbacks; the reason to stop, or None to go on.

        None instead of a measurement is an epoch whose numbers left the finite ones.
        """
        if measured is None or not np.isfinite(measured.theta).all():  # the last step may overflow, unseen by a loss
            return "not finite"
        epoch = self.finite_epoch + 1
        with np.errstate(all="ignore"):
            record = self.make_record(epoch, measured)
        if not np.isfinite(record.training_loss if record.validation_loss is None else record.validation_loss):
            return "not finite"
        self.history.append(record)
        self.finite_theta, self.finite_epoch = measured.theta.copy(), epoch
        patience_is_over = self.stopper.update(epoch, self.watched, self.finite_theta)
        self.tell_trouble()
        wants_stop = [callback(self.state_for_callbacks(epoch)) for callback in self.callbacks]
        if patience_is_over:
            return "patience"
        return "callback" if any(wants_stop) else None

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
            seconds=time.perf_counter() - self.started,
        )

    def tell_trouble(self) -> None:
        """Warn once for each kind of trouble."""
        for kind, line in describe_trouble(self.network, self.history.records).items():
            if kind not in self.told:
                self.told.add(kind)
                warnings.warn(line, TrainingWarning, stacklevel=2)

    def state_for_callbacks(self, epoch: int) -> TrainingState:
        theta = self.finite_theta
        return TrainingState(
            epoch, self.plan.max_epochs, self.history, lambda: self.network.with_parameters(theta.copy())
        )

    def find_runaway_of_validation(self, theta: np.ndarray) -> Runaway:
        """Where the loss ran away though every step was finite: on the validation rows, or in the sum of the epoch."""
        found = None
        if self.validation is not None:
            X = self.validation.data.X[self.validation.rows]
            found = find_in_forward(self.network.with_parameters(theta), X)
        return found or Runaway(len(self.network.W), "loss")

    def result(self, stopped_by: str, state: Any, runaway: Runaway | None) -> Result:
        """The best parameters by validation, or else the last ones; of a run that ran away the best in any case."""
        theta, epoch = self.finite_theta, self.finite_epoch
        keeps_best = self.validation is not None or runaway is not None
        if keeps_best and self.stopper.best_theta is not None:
            theta, epoch = self.stopper.best_theta, self.stopper.best_epoch
        if runaway is not None and not self.loss_at(theta) < self.loss_at(self.network.theta):
            theta, epoch = self.network.theta.copy(), 0  # every epoch was worse than the start
        return Result(self.network.with_parameters(theta), self.history, epoch, stopped_by, state, runaway)

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
