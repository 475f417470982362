"""The loop over epochs, once for all engines: order the rows, choose the rates, run the slices, finish the epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.engines.protocol import Engine, EpochSums
from pellucid.mathematics.objective import Objective
from pellucid.mathematics.structure import Network
from pellucid.mathematics.updates import Descent
from pellucid.training.callbacks import Callback
from pellucid.training.history import DISTURBED_MEAN, History
from pellucid.training.lbfgs import LBFGS, LineSearches
from pellucid.training.run import Measured, Part, Plan, Result, Run

ORDER_STREAM = 1  # the generator of an epoch's order is seeded by (seed, this, epoch): no hidden state to carry


def epoch_order(rows: np.ndarray, shuffle: bool, seed: int, epoch: int) -> np.ndarray:
    """The order of the training rows in an epoch: a function of seed and epoch alone."""
    if not shuffle:
        return rows
    return np.random.default_rng((seed, ORDER_STREAM, epoch)).permutation(rows)


def train(
    engine: Engine,
    network: Network,
    objective: Objective,
    solver: Descent | LBFGS,
    training: Part,
    plan: Plan,
    history: History,
    validation: Part | None = None,
    callbacks: Sequence[Callback] = (),
) -> Result:
    """Minimise the objective on the training rows, from the parameters of `network`.

    Stopping looks at J without penalties: on the validation rows where there are some, and then the best
    parameters are given back; else at the training loss.

    Parameters
    ----------
    engine : Engine
    network : Network
    objective : Objective
    solver : Descent or LBFGS
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
    run = Run(engine, network, objective, training, plan, history, validation, callbacks)
    steps = LineSearches(run, solver) if isinstance(solver, LBFGS) else MiniBatches(run, solver)
    run.start_clock()
    try:
        stopped_by = steps.descend()
    except KeyboardInterrupt:
        stopped_by = "interrupt"
    return run.result(stopped_by, steps.state)


class MiniBatches:
    """Epochs of steps from one mini-batch each, in a session of the engine, at the schedule's rates."""

    def __init__(self, run: Run, descent: Descent):
        self.run, self.descent = run, descent
        rows = run.training.rows
        self.batch_size = min(run.plan.batch_size, len(rows))
        self.session = run.engine.start(
            run.network, run.objective, descent, run.training.data, run.totals, len(rows), self.batch_size,
            run.plan.dropout,
        )  # fmt: skip
        if run.plan.dropout is not None:
            run.history.training = DISTURBED_MEAN

    @property
    def state(self) -> Any:
        """The solver's, after the last step."""
        return self.session.state

    def descend(self) -> str:
        """Make epochs until one is the last; says why it was."""
        schedule, n_rows = self.run.plan.schedule, len(self.run.training.rows)
        n_steps, max_epochs = -(-n_rows // self.batch_size), self.run.plan.max_epochs
        seen = schedule.start()
        for epoch in range(1, max_epochs + 1):
            rates = schedule.rates(self.descent.learning_rate, epoch, n_steps, n_rows, max_epochs, seen)
            reason = self.run.finish(self.make_epoch(epoch, rates))
            if reason is not None:
                return reason
            seen = schedule.observe(seen, self.run.watched)
        return "max_epochs"

    def make_epoch(self, epoch: int, rates: np.ndarray) -> Measured | None:
        """Train for one epoch; None if the losses or the steps are no longer finite."""
        run, session = self.run, self.session
        order = epoch_order(run.training.rows, run.plan.shuffle, run.plan.seed, epoch)
        sums = EpochSums.zeros(len(run.totals), len(run.network.W))
        position = 0
        while position < len(order):
            stop = min(position + session.slice_rows, len(order))
            with np.errstate(all="ignore"):  # an overflow is seen in the sums, and said in words
                position = session.run_slice(order, position, stop, sums, rates)
            if not (np.isfinite(sums.losses).all() and np.isfinite(sums.update_squares).all()):
                return None
        steps = max(sums.n_steps, 1)
        return Measured(
            session.theta, sums.losses, sums.gradient_squares / steps, sums.update_squares / steps, float(rates[-1])
        )
