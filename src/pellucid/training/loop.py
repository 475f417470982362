"""The loop over epochs, once for all engines: order the rows, choose the rates, run the slices, finish the epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.engines.protocol import Engine, EpochSums
from pellucid.mathematics.objective import Objective
from pellucid.mathematics.structure import Network
from pellucid.mathematics.updates import Descent
from pellucid.training.callbacks import Callback, closed_at_the_end
from pellucid.training.divergence import Runaway, find_in_step
from pellucid.training.history import DISTURBED_MEAN, History
from pellucid.training.lbfgs import LBFGS, LineSearches
from pellucid.training.run import Measured, Part, Plan, Result, Run, Score

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
    score: Score | None = None,
) -> Result:
    """Minimise the objective on the training rows, from the parameters of `network`.

    Stopping looks at J without penalties: on the validation rows where there are some, and then the best
    parameters are given back; else at the training loss. With a score it looks at that instead: greater is better.

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
        Each is called with a TrainingState after every epoch; a true result stops the run. One that has a method
        `close` is closed when the run has ended, in whatever way.
    score : callable, optional
        Called with the network of an epoch, the number of the epoch and the history so far.

    Returns
    -------
    Result
    """
    run = Run(engine, network, objective, training, plan, history, validation, callbacks, score)
    steps = LineSearches(run, solver) if isinstance(solver, LBFGS) else MiniBatches(run, solver)
    run.start_clock()
    with closed_at_the_end(callbacks):
        try:
            stopped_by = steps.descend()
        except KeyboardInterrupt:
            stopped_by = "interrupt"
    return run.result(stopped_by, steps.state, steps.find_runaway() if stopped_by == "not finite" else None)


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
            self.rates = schedule.rates(self.descent.learning_rate, epoch, n_steps, n_rows, max_epochs, seen)
            self.order = epoch_order(self.run.training.rows, self.run.plan.shuffle, self.run.plan.seed, epoch)
            self.before = copy_state(self.session.state), self.session.n_steps
            reason = self.run.finish(self.make_epoch())
            if reason is not None:
                return reason
            seen = schedule.observe(seen, self.run.watched)
        return "max_epochs"

    def make_epoch(self) -> Measured | None:
        """Train for one epoch; None if the losses or the steps are no longer finite."""
        sums, position = self.no_sums(), 0
        while position < len(self.order):
            position = self.run_slice(position, self.session.slice_rows, sums)
            if not are_finite(sums):
                return None
        steps = max(sums.n_steps, 1)
        return Measured(
            self.session.theta,
            sums.losses,
            sums.gradient_squares / steps,
            sums.update_squares / steps,
            float(self.rates[-1]),
        )

    def run_slice(self, position: int, n_rows: int, sums: EpochSums) -> int:
        """Train on the next n_rows or more of the epoch; the position reached."""
        stop = min(position + n_rows, len(self.order))
        with np.errstate(all="ignore"):  # an overflow is seen in the sums, and said in words
            return self.session.run_slice(self.order, position, stop, sums, self.rates)

    def no_sums(self) -> EpochSums:
        return EpochSums.zeros(len(self.run.totals), len(self.run.network.W))

    def find_runaway(self) -> Runaway:
        """Make the epoch that failed once more, batch by batch, and look at the first step that fails.

        A slice may hold many steps, and one that is not finite has spread to all layers by its end.
        """
        run, session, position = self.run, self.session, 0
        session.restore(run.finite_theta, *self.before)
        while position < len(self.order):
            start, theta, sums = position, session.theta.copy(), self.no_sums()
            position = self.run_slice(position, self.batch_size, sums)
            if not (are_finite(sums) and np.isfinite(session.theta).all()):
                X = run.training.data.X[self.order[start:position]]
                return find_in_step(
                    run.network.with_parameters(theta),
                    X,
                    sums.losses,
                    sums.gradient_squares,
                    sums.update_squares,
                    session.theta,
                )
        return run.find_runaway_of_validation(session.theta)


def are_finite(sums: EpochSums) -> bool:
    """Whether the losses and the steps are."""
    return bool(np.isfinite(sums.losses).all() and np.isfinite(sums.update_squares).all())


def copy_state(state: Any) -> Any:
    """A solver's state with arrays of its own."""
    return type(state)(*(part.copy() if isinstance(part, np.ndarray) else part for part in state))
