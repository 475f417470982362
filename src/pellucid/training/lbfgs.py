"""L-BFGS: SciPy's L-BFGS-B on J of all rows; each of its iterations is an epoch of the history.

An iteration goes in a direction made of the last few gradients (Nocedal, 1980; Byrd, Lu, Nocedal and Zhu, 1995), so far
that J falls enough (a line search, which evaluates J and its gradient once or a few times). theta is in float64 for
SciPy whatever the network's dtype; J and its gradient are computed in the network's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pellucid.engines.reference import squared_norms
from pellucid.errors import DataError, wrong_parameter
from pellucid.mathematics.objective import penalty
from pellucid.training.divergence import Runaway, find_in_step
from pellucid.training.progress import Moment, Progress
from pellucid.training.run import Measured, Run

MOST_SEARCHES = 20  # evaluations in one line search; SciPy's own default
FLAT = 1e-9  # the largest entry of a gradient that counts as 0: then the run has converged
LIMIT = 1  # SciPy's status after the last iteration allowed


@dataclass(frozen=True)
class LBFGS:
    """Limited-memory BFGS; `memory` is the number of past gradients kept."""

    memory: int = 10


class Told(NamedTuple):
    """One answer to SciPy: the loss sums of each target, J, its gradient; `square` is that of the theta it asked for.

    By this number it is seen that SciPy, told the same again, asks for the same: another version of it might not.
    """

    losses: np.ndarray
    J: float
    gradient: np.ndarray
    square: float


class Point(NamedTuple):
    """J, with penalties, and its gradient at theta, both float64, and the weighted loss sums of each target."""

    theta: np.ndarray
    losses: np.ndarray
    J: float
    gradient: np.ndarray


class Evaluations(NamedTuple):
    """What SciPy has been told since the start, in its order.

    Its own state cannot be taken out of it, but it is a function of what it was told: told the same again, which takes
    no pass over the data, it stands where it stood.
    """

    origin: np.ndarray  # float64: where it started
    told: list[Told]  # only ever added to
    n: int  # of these


class LineSearches:
    """Epochs of one iteration of L-BFGS each."""

    def __init__(self, run: Run, solver: LBFGS, progress: Progress | None = None):
        if run.plan.dropout is not None:
            raise wrong_parameter("dropout", "Plan", "None for L-BFGS, which needs one objective", run.plan.dropout)
        self.run, self.memory = run, solver.memory
        self.scales = run.objective.scales(run.totals)
        earlier: Evaluations | None = None if progress is None else progress.moment.state
        self.told = [] if earlier is None else earlier.told[: earlier.n]
        self.n_told = self.n_iterations = 0
        self.origin = run.network.theta.astype(np.float64) if earlier is None else earlier.origin
        run.begin(self.moment(run.network.theta.copy()), run.plan.schedule.start(), progress)
        self.last = self.accepted = self.evaluate(self.origin)
        self.reason: str | None = None

    def moment(self, theta: np.ndarray) -> Moment:
        """Where SciPy is, as far as another run is to go on from there."""
        state = Evaluations(self.origin, self.told, self.n_told) if self.run.plan.can_continue else None
        return Moment(theta, state, 0)

    def descend(self) -> str:
        """Make iterations until one is the last; says why it was."""
        from scipy.optimize import minimize  # here: it takes a tenth of a second, and only this solver needs it

        if not is_finite(self.accepted):
            return "not finite"
        max_epochs = self.run.plan.max_epochs
        options = {
            "maxcor": self.memory,
            "maxiter": max_epochs,
            "maxls": MOST_SEARCHES,
            "maxfun": (max_epochs + 1) * (MOST_SEARCHES + 1),
            "ftol": 0.0,  # the stopper decides what counts as an improvement
            "gtol": FLAT,
        }
        found = minimize(
            self.value_and_gradient,
            self.accepted.theta,
            jac=True,
            method="L-BFGS-B",
            callback=self.finish_iteration,
            options=options,
        )
        if self.reason is not None:
            return self.reason
        if len(self.run.history) == 0:  # no iteration lowered J: the start is the answer, and gets its record
            self.reason = self.finish(self.measure(self.accepted))
        if self.reason is None and np.abs(self.accepted.gradient).max() <= FLAT:
            return "converged"
        return self.reason or ("max_epochs" if found.status == LIMIT else "line search")

    def value_and_gradient(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """J and its gradient for SciPy.

        Where J is not finite, they are those of a parabola that has J's own value and slope at the last accepted theta,
        and its minimum at a twentieth of the way to this one: the search interpolates, and comes back.
        """
        self.last = self.at(theta)
        if is_finite(self.last):
            return self.last.J, self.last.gradient
        slope = float(self.accepted.gradient @ (theta - self.accepted.theta))
        return self.accepted.J - 9 * slope, -19 * self.accepted.gradient

    def finish_iteration(self, intermediate_result: Any) -> None:
        """Called by SciPy with the theta of each iteration, under this very name of its argument."""
        point = self.at(intermediate_result.x)
        measured = self.measure(point)
        self.accepted = point
        self.n_iterations += 1
        if self.n_iterations < self.run.first_epoch:
            return  # an earlier run has recorded it
        self.reason = self.finish(measured)
        if self.reason is not None:
            raise StopIteration

    def finish(self, measured: Measured) -> str | None:
        """Record an iteration; the reason to stop after it, or None to go on."""
        run = self.run
        if not run.take(measured):
            return "not finite"
        run.settle(self.moment(measured.theta), run.progress.schedule)
        return run.ask()

    def find_runaway(self) -> Runaway:
        """Training rows run away at the start or never, since a trial that is not finite is taken back."""
        run, point = self.run, self.accepted
        network = run.network.with_parameters(point.theta.astype(run.network.dtype))
        if is_finite(point):
            return run.find_runaway_of_validation(network.theta)
        with np.errstate(over="ignore"):
            gradient_squares = squared_norms(point.gradient, network)
        X = run.training.data.X[run.training.rows]
        return find_in_step(network, X, point.losses, gradient_squares, np.zeros(len(network.W)), network.theta)

    def measure(self, point: Point) -> Measured:
        """The move from the last accepted theta to this one."""
        network = self.run.network
        return Measured(
            theta=point.theta.astype(network.dtype),
            losses=point.losses,
            gradient_squares=squared_norms(point.gradient, network),
            update_squares=squared_norms(point.theta - self.accepted.theta, network),
            learning_rate=None,
        )

    def at(self, theta: np.ndarray) -> Point:
        """The point at theta, computed unless it was the last."""
        return self.last if np.array_equal(theta, self.last.theta) else self.evaluate(theta.copy())

    def evaluate(self, theta: np.ndarray) -> Point:
        """J and its gradient on all training rows, unless an earlier run has computed them."""
        self.n_told += 1
        with np.errstate(over="ignore"):
            square = float(theta @ theta)
        if self.n_told <= len(self.told):
            return self.told_before(theta, square)
        run = self.run
        run.check_time()
        network = run.network.with_parameters(theta.astype(run.network.dtype))
        with np.errstate(all="ignore"):  # an overflow is seen in J
            losses, gradient = run.engine.gradient(
                network, run.objective, run.training.data, self.scales, run.training.rows
            )
            J = run.objective.total(run.objective.average(losses, run.totals)) + penalty(run.objective, network)
        told = Told(losses, J, gradient.astype(np.float64), square)
        if run.plan.can_continue:
            self.told.append(told)
        return Point(theta, *told[:3])

    def told_before(self, theta: np.ndarray, square: float) -> Point:
        """What SciPy was told at this place by an earlier run."""
        told = self.told[self.n_told - 1]
        if told.square != square:
            raise DataError(
                "L-BFGS cannot go on from where it stood: told the same, SciPy asks for other parameters than then. "
                "Another version or processor does that. Begin anew."
            )
        return Point(theta, *told[:3])


def is_finite(point: Point) -> bool:
    return bool(np.isfinite(point.J) and np.isfinite(point.gradient).all())
