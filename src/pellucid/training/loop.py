"""The loop over epochs, once for all engines: order the rows, choose the rates, run the slices, finish the epoch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.engines.protocol import Engine, EpochSums
from pellucid.mathematics.objective import Objective
from pellucid.mathematics.structure import Network
from pellucid.mathematics.updates import Descent
from pellucid.training.callbacks import Callback, closed_at_the_end
from pellucid.training.divergence import Runaway, find_in_step
from pellucid.training.history import DISTURBED_MEAN, END_OF_EPOCH, RUNNING_MEAN, History
from pellucid.training.lbfgs import LBFGS, LineSearches
from pellucid.training.plan import Part, Plan, Result
from pellucid.training.progress import Moment, Progress, Unfinished, copy_state
from pellucid.training.run import Measured, Run, Score, TimeIsOver
from pellucid.training.saving import Saver

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
    progress: Progress | None = None,
    saver: Saver | None = None,
) -> Result:
    """Minimise the objective on the training rows, from the parameters of `network`, or from where a run stood.

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
        Receives a record for each epoch, after those of `progress`.
    callbacks : sequence of callables
        Each is called with a TrainingState after every epoch; a true result stops the run. One that has a method
        `close` is closed when the run has ended, in whatever way.
    score : callable, optional
        Called with the network of an epoch, the number of the epoch and the history so far.
    progress : Progress, optional
        Of an earlier run, of a network of the same structure and with the same solver: this one goes on from there.
        Where nothing else has changed, the two end as one run of all the epochs does, in the same bytes. If it says
        that the run was over, its result is made again.
    saver : Saver, optional
        Is given the progress, to write it down.

    Returns
    -------
    Result
        However the run ends: Ctrl-C is "interrupt", and what a callback raises is in `error`.

    Raises
    ------
    BaseException
        What is raised in the first epoch: nothing has been learnt yet.
    """
    run = Run(engine, network, objective, training, plan, history, validation, callbacks, score, saver)
    history.training = losses_recorded(solver, plan)
    if progress is not None and progress.stopped_by is not None:
        run.progress = progress
        return run.result(progress.stopped_by)
    steps = LineSearches(run, solver, progress) if isinstance(solver, LBFGS) else MiniBatches(run, solver, progress)
    stopped_by, error = "error", None
    try:
        with closed_at_the_end(callbacks):
            stopped_by, error = descend(run, steps)
    except Exception as raised:  # of a callback that was closed
        error = error or raised
    runaway = steps.find_runaway() if stopped_by == "not finite" else None
    try:
        run.end(stopped_by)
    except KeyboardInterrupt:
        stopped_by = "interrupt"
    except Exception as raised:  # a warning that the user has made an error
        error = error or raised
    return run.result(stopped_by, runaway, error)


def descend(run: Run, steps: MiniBatches | LineSearches) -> tuple[str, BaseException | None]:
    """Make epochs until one is the last: why it was, and what was raised, which is for later.

    From the first whole epoch on there is a model, and nothing that is raised, by a callback say, may lose it.
    """
    try:
        return steps.descend(), None
    except KeyboardInterrupt:
        return "interrupt", None
    except TimeIsOver:
        return "max_time", None
    except BaseException as raised:
        if run.progress.epoch == 0:
            raise
        return "error", raised


class MiniBatches:
    """Epochs of steps from one mini-batch each, in a session of the engine, at the schedule's rates."""

    def __init__(self, run: Run, descent: Descent, progress: Progress | None = None):
        self.run, self.descent = run, descent
        rows = run.training.rows
        self.batch_size = min(run.plan.batch_size, len(rows))
        self.session = run.engine.start(
            run.network, run.objective, descent, run.training.data, run.totals, len(rows), self.batch_size,
            run.plan.dropout,
        )  # fmt: skip
        if progress is not None:
            self.session.restore(*progress.now)
        run.begin(self.moment(), run.plan.schedule.start(), progress)

    def moment(self) -> Moment:
        """Where the session is, in arrays of its own."""
        return Moment(self.session.theta.copy(), copy_state(self.session.state), self.session.n_steps)

    def descend(self) -> str:
        """Make epochs until one is the last; says why it was."""
        run, plan, n_rows = self.run, self.run.plan, len(self.run.training.rows)
        n_steps, horizon = -(-n_rows // self.batch_size), plan.horizon or plan.max_epochs
        for epoch in range(run.progress.epoch + 1, plan.max_epochs + 1):
            seen = run.progress.schedule
            self.rates = plan.schedule.rates(self.descent.learning_rate, epoch, n_steps, n_rows, horizon, seen)
            self.order = epoch_order(run.training.rows, plan.shuffle, plan.seed, epoch)
            if not run.take(self.make_epoch()):
                return "not finite"
            run.settle(self.moment(), plan.schedule.observe(seen, run.watched))
            reason = run.ask()
            if reason is not None:
                return reason
        return "max_epochs"

    def make_epoch(self) -> Measured | None:
        """Train for one epoch, or for the rest of it; None if the losses or the steps are no longer finite."""
        begun = self.run.progress.unfinished
        sums, position = (self.no_sums(), 0) if begun is None else (begun.sums.copy(), begun.position)
        while position < len(self.order):
            self.run.check_time()
            position = self.run_slice(position, self.session.slice_rows, sums)
            if not are_finite(sums):
                return None
            self.save_within(position, sums)
        steps = max(sums.n_steps, 1)
        return Measured(
            self.session.theta,
            sums.losses,
            sums.gradient_squares / steps,
            sums.update_squares / steps,
            float(self.rates[-1]),
        )

    def save_within(self, position: int, sums: EpochSums) -> None:
        """Save the run where it is, if it is time and a batch has just been finished."""
        between_batches = position < len(self.order) and position % self.batch_size == 0
        if between_batches and self.run.saver is not None and self.run.saver.is_time():
            self.run.settle_within(Unfinished(position, sums.copy(), self.moment()))

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
        session.restore(*run.progress.moment)
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


def losses_recorded(solver: Descent | LBFGS, plan: Plan) -> str:
    """What the training losses of the history are."""
    if isinstance(solver, LBFGS):
        return END_OF_EPOCH
    return RUNNING_MEAN if plan.dropout is None else DISTURBED_MEAN


def are_finite(sums: EpochSums) -> bool:
    """Whether the losses and the steps are."""
    return bool(np.isfinite(sums.losses).all() and np.isfinite(sums.update_squares).all())
