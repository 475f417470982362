"""The loop over epochs, once for all engines: order the rows, run the slices, evaluate, record, decide."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pellucid.engines.protocol import Engine, EpochSums
from pellucid.errors import TrainingWarning
from pellucid.mathematics.objective import Objective, Observations, target_totals
from pellucid.mathematics.structure import Network
from pellucid.mathematics.updates import Solver
from pellucid.training.callbacks import Callback, TrainingState
from pellucid.training.diagnostics import (
    INSPECTED_ROWS,
    count_dead_units,
    count_saturated_units,
    describe_trouble,
)
from pellucid.training.history import EpochRecord, History
from pellucid.training.stopping import Stopper

ORDER_STREAM = 1  # the generator of an epoch's order is seeded by (seed, this, epoch): no hidden state to carry
INSPECTION_STREAM = 3  # and that of the rows inspected by (seed, this)


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
    """

    batch_size: int
    max_epochs: int
    shuffle: bool = True
    seed: int = 0
    patience: int = 10
    min_change: float = 1e-4


@dataclass(frozen=True)
class Result:
    """What a run gives back.

    Attributes
    ----------
    network : Network
        With the best parameters by the validation loss, where there is validation; else the last finite ones.
    history : History
    best_epoch : int
        The epoch of those parameters.
    stopped_by : str
        "max_epochs", "patience", "callback", "interrupt" or "not finite".
    state : NamedTuple
        The solver's state after the last step.
    """

    network: Network
    history: History
    best_epoch: int
    stopped_by: str
    state: Any


def epoch_order(rows: np.ndarray, shuffle: bool, seed: int, epoch: int) -> np.ndarray:
    """The order of the training rows in an epoch: a function of seed and epoch alone."""
    if not shuffle:
        return rows
    return np.random.default_rng((seed, ORDER_STREAM, epoch)).permutation(rows)


def inspected_rows(rows: np.ndarray, seed: int) -> np.ndarray:
    """The rows on which units are looked at: drawn, since the first rows of a sorted table are all of one kind."""
    generator = np.random.default_rng((seed, INSPECTION_STREAM))
    return generator.choice(rows, min(len(rows), INSPECTED_ROWS), replace=False)


def evaluate(engine: Engine, network: Network, objective: Objective, part: Part) -> np.ndarray:
    """The loss of each target over a part, (n_targets,): (1/S_d) sum_n w_n L_nd."""
    sums = engine.losses(network, objective, part.data, part.rows)
    return objective.average(sums, target_totals(part.data.Y[part.rows], part.data.w[part.rows]))


def train(
    engine: Engine,
    network: Network,
    objective: Objective,
    solver: Solver,
    training: Part,
    plan: Plan,
    history: History,
    validation: Part | None = None,
    callbacks: Sequence[Callback] = (),
) -> Result:
    """Minimise the objective on the training rows, from the parameters of `network`.

    Stopping looks at J without penalties: on the validation rows where there are some, and then the best
    parameters are given back; else at the running mean over the training rows.

    Parameters
    ----------
    engine : Engine
    network : Network
    objective : Objective
    solver : Solver
    training, validation : Part
    plan : Plan
    history : History
        Receives a record for each epoch.
    callbacks : sequence of callables
        Each is called with a TrainingState after every epoch; a true result stops the run.

    Returns
    -------
    Result
    """
    run = Run(engine, network, objective, solver, training, plan, history, validation)
    stopped_by = "max_epochs"
    try:
        for epoch in range(1, plan.max_epochs + 1):
            if not run.epoch(epoch):
                stopped_by = "not finite"
                break
            wants_stop = [callback(run.state_for_callbacks(epoch)) for callback in callbacks]
            if run.stopper_says_stop:
                stopped_by = "patience"
                break
            if any(wants_stop):
                stopped_by = "callback"
                break
    except KeyboardInterrupt:
        stopped_by = "interrupt"
    return run.result(stopped_by)


class Run:
    """One training run: a session of the engine, and what is watched from epoch to epoch."""

    def __init__(
        self,
        engine: Engine,
        network: Network,
        objective: Objective,
        solver: Solver,
        training: Part,
        plan: Plan,
        history: History,
        validation: Part | None,
    ):
        self.engine, self.objective, self.solver, self.plan = engine, objective, solver, plan
        self.network, self.training, self.validation, self.history = network, training, validation, history
        self.totals = target_totals(training.data.Y[training.rows], training.data.w[training.rows])
        n_rows = len(training.rows)
        self.session = engine.start(
            network, objective, solver, training.data, self.totals, n_rows, min(plan.batch_size, n_rows)
        )
        self.stopper = Stopper(plan.patience, plan.min_change)
        self.stopper_says_stop = False
        self.finite_theta, self.finite_epoch = self.session.theta.copy(), 0
        self.inspected = training.data.X[inspected_rows(training.rows, plan.seed)]
        self.told: set[str] = set()
        self.started = time.perf_counter()

    def epoch(self, epoch: int) -> bool:
        """Train for one epoch and record it; False if the loss or the parameters are no longer finite."""
        rows = self.training.rows
        order = epoch_order(rows, self.plan.shuffle, self.plan.seed, epoch)
        sums = EpochSums.zeros(len(self.totals), len(self.network.W))
        position = 0
        while position < len(rows):
            stop = min(position + self.session.slice_rows, len(rows))
            with np.errstate(all="ignore"):  # an overflow is seen in the sums, and said in words
                position = self.session.run_slice(order, position, stop, sums)
            if not (np.isfinite(sums.losses).all() and np.isfinite(sums.update_squares).all()):
                return False
        if not np.isfinite(self.session.theta).all():  # the last step may overflow, and no loss has seen it
            return False
        with np.errstate(all="ignore"):
            record = self.make_record(epoch, sums)
        if not np.isfinite(record.training_loss if record.validation_loss is None else record.validation_loss):
            return False
        self.history.append(record)
        self.finite_theta, self.finite_epoch = self.session.theta.copy(), epoch
        watched = record.training_loss if record.validation_loss is None else record.validation_loss
        self.stopper_says_stop = self.stopper.update(epoch, watched, self.finite_theta)
        self.tell_trouble(record)
        return True

    def make_record(self, epoch: int, sums: EpochSums) -> EpochRecord:
        """The numbers of the epoch that has just ended."""
        network = self.network.with_parameters(self.session.theta)
        training = self.objective.average(sums.losses, self.totals)
        validation = None
        if self.validation is not None:
            validation = evaluate(self.engine, network, self.objective, self.validation)
        H = self.engine.propagate(network, self.inspected)
        steps = max(sums.n_steps, 1)
        return EpochRecord(
            epoch=epoch,
            training_loss=self.objective.total(training),
            training_by_target=as_floats(training),
            validation_loss=None if validation is None else self.objective.total(validation),
            validation_by_target=None if validation is None else as_floats(validation),
            learning_rate=self.solver.learning_rate,
            dead_units=count_dead_units(network, H),
            saturated_units=count_saturated_units(network, H),
            gradient_norms=as_floats(np.sqrt(sums.gradient_squares / steps)),
            update_norms=as_floats(np.sqrt(sums.update_squares / steps)),
            seconds=time.perf_counter() - self.started,
        )

    def tell_trouble(self, record: EpochRecord) -> None:
        """Warn once for each kind of trouble."""
        for kind, line in describe_trouble(self.network, record).items():
            if kind not in self.told:
                self.told.add(kind)
                warnings.warn(line, TrainingWarning, stacklevel=2)

    def state_for_callbacks(self, epoch: int) -> TrainingState:
        theta = self.finite_theta
        return TrainingState(
            epoch, self.plan.max_epochs, self.history, lambda: self.network.with_parameters(theta.copy())
        )

    def result(self, stopped_by: str) -> Result:
        """The best parameters by validation, or else the last finite ones."""
        theta, epoch = self.finite_theta, self.finite_epoch
        if self.validation is not None and self.stopper.best_theta is not None:
            theta, epoch = self.stopper.best_theta, self.stopper.best_epoch
        network = self.network.with_parameters(theta)
        return Result(network, self.history, epoch, stopped_by, self.session.state)


def as_floats(values: np.ndarray) -> tuple[float, ...]:
    """Plain floats, so that records compare, print and become JSON."""
    return tuple(float(value) for value in values)
