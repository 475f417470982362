"""The learning rate range test (Smith, 2017): which rates lower J from the start, and from which on it grows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone

from pellucid.engines.protocol import EpochSums
from pellucid.errors import wrong_parameter
from pellucid.estimators.preparation import Given
from pellucid.estimators.solver_choice import make_descent, resolve_batch_size
from pellucid.files.picture import require_format, write_picture
from pellucid.mathematics.objective import target_totals
from pellucid.mathematics.rules import POSITIVE, check, whole_from
from pellucid.training.loop import epoch_order
from pellucid.training.plan import Part
from pellucid.training.run import evaluate

MEASURED_ROWS = 4096  # J is that of the same rows after every step, so that its curve shows theta and not the batch
MEASURED_STREAM = 4  # the generator that draws them is seeded by (seed, this)
GROWN = 4.0  # times the least smoothed J: then the test ends
MEMORY = 0.9  # of the smoothing: a mean of about ten steps
FEWEST_STEPS = 20
LEAST_FALL = 1e-3  # of the smoothed J, over the whole test: at rates too low for it the curve shows rounding

RULES = {"lowest": POSITIVE, "highest": POSITIVE, "n_steps": whole_from(FEWEST_STEPS)}


@dataclass(frozen=True)
class LearningRateRange:
    """What a range test has seen.

    Attributes
    ----------
    rates : array of shape (n,)
        The learning rate of each step, in a geometric row.
    losses : array of shape (n,)
        J without penalties after each step, on up to 4096 of the training rows, always the same ones.
    smoothed : array of shape (n,)
        Their running mean, corrected for its start: s <- 0.9 s + 0.1 J, divided by 1 - 0.9^i.
    suggestion : float or None
        The rate at which the smoothed J falls most steeply over the logarithm of the rate, before it is least; None
        where it does not fall by a thousandth.
    loss, units : str
        What J is, and in which units.
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    suggestion: float | None
    loss: str
    units: str

    def plot(self, where: Any) -> None:
        """Draw J over the rate, on axes of matplotlib or to a file that ends in .svg or .png."""
        if not isinstance(where, str | Path):
            if not hasattr(where, "set_xscale"):
                raise wrong_parameter("where", "plot", "axes of matplotlib or the path of a picture", where)
            draw(self, where)
            return
        from matplotlib.figure import Figure  # here: it takes a third of a second, and only pictures need it

        require_format(where)
        figure = Figure(figsize=(7.2, 4.2), layout="constrained")
        draw(self, figure.subplots())
        write_picture(figure, where)

    def __repr__(self) -> str:
        found = "no rate at which J falls" if self.suggestion is None else f"suggestion {self.suggestion:.2g}"
        return f"LearningRateRange of {len(self.rates)} rates up to {self.rates[-1]:.2g}: {found}"


class LearningRateFinder:
    """The part of an estimator that looks for a learning rate."""

    def find_learning_rate(
        self: Any,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        exposure: Any = None,
        lowest: float = 1e-6,
        highest: float = 10.0,
        n_steps: int = 200,
    ) -> LearningRateRange:
        """Train for a moment from the starting weights of `fit`, at a rate that grows from step to step.

        Its steps are those of `fit`, with dropout and noise; the J that is noted after each is without. The model
        itself is neither fitted nor changed. The test ends early when the smoothed J has grown to 4 times its least
        value, or is no longer finite.

        Parameters
        ----------
        X, y, sample_weight, exposure : as for fit
        lowest, highest : floats > 0
            The first and the last rate.
        n_steps : int

        Returns
        -------
        LearningRateRange

        Examples
        --------
        >>> import numpy as np
        >>> from pellucid import FeedForwardRegressor
        >>> X = np.linspace(-1, 1, 200)[:, None]
        >>> model = FeedForwardRegressor((16,), random_state=0)
        >>> found = model.find_learning_rate(X, np.abs(X[:, 0]))
        >>> better = model.set_params(learning_rate_init=found.suggestion)
        """
        check("find_learning_rate", RULES, {"lowest": lowest, "highest": highest, "n_steps": n_steps})
        if not lowest < highest:
            raise wrong_parameter("highest", "find_learning_rate", f"above `lowest`, {lowest:g}", highest)
        if self.solver == "lbfgs":
            owner, remedy = type(self).__name__, "L-BFGS has no learning rate: it searches for the length of each step."
            raise wrong_parameter("solver", owner, "another one for find_learning_rate", self.solver, remedy)
        probe: Any = clone(self)
        problem = probe._prepare(Given(X, y, sample_weight, exposure))
        batch_size = resolve_batch_size(probe, len(problem.training.rows))
        rates = np.geomspace(lowest, highest, n_steps)
        losses = losses_at(rates, problem, make_descent(probe), batch_size, bool(probe.shuffle))
        history = probe._start_history()
        return summarise(rates, losses, history.loss, history.units)


def losses_at(rates: np.ndarray, problem: Any, descent: Any, batch_size: int, shuffle: bool) -> np.ndarray:
    """J after each step at these rates, until it runs away."""
    engine, network, objective, training = problem.engine, problem.network, problem.objective, problem.training
    rows, n_layers = training.rows, len(network.W)
    totals = target_totals(training.data.Y[rows], training.data.w[rows])
    session = engine.start(network, objective, descent, training.data, totals, len(rows), batch_size, problem.dropout)
    generator = np.random.default_rng((problem.seed, MEASURED_STREAM))
    measured = Part(training.data, generator.choice(rows, min(len(rows), MEASURED_ROWS), replace=False))
    per_epoch = -(-len(rows) // batch_size)
    order, losses = rows, []
    with np.errstate(all="ignore"):  # a run that leaves the numbers is what the test looks for
        for i in range(len(rates)):
            k = i % per_epoch
            if k == 0:
                order = epoch_order(rows, shuffle, problem.seed, 1 + i // per_epoch)
            at = rates[i - k : i - k + per_epoch]
            stop = min((k + 1) * batch_size, len(rows))
            session.run_slice(order, k * batch_size, stop, EpochSums.zeros(len(totals), n_layers), at)
            J = objective.total(evaluate(engine, network.with_parameters(session.theta), objective, measured))
            if not np.isfinite(J):
                break
            losses.append(J)
            so_far = smooth(losses)
            if so_far[-1] > GROWN * so_far.min():
                break
    return np.array(losses)


def smooth(losses: Any) -> np.ndarray:
    """The running mean of the losses, corrected for its start at 0 as Adam's moments are."""
    smoothed, mean = np.empty(len(losses)), 0.0
    for i, loss in enumerate(losses):
        mean = MEMORY * mean + (1 - MEMORY) * loss
        smoothed[i] = mean / (1 - MEMORY ** (i + 1))
    return smoothed


def summarise(rates: np.ndarray, losses: np.ndarray, loss: str, units: str) -> LearningRateRange:
    """The record, with the rate of the steepest descent; the rates go on beyond the losses where J ran away."""
    fewest = max(2, len(rates) // 10)
    if len(losses) < fewest:
        rule = f"so low that J does not run away within {fewest} steps"
        raise wrong_parameter("lowest", "find_learning_rate", rule, float(rates[0]))
    rates, smoothed = rates[: len(losses)], smooth(losses)
    slopes = np.gradient(smoothed, np.log10(rates))[: np.argmin(smoothed) + 1]  # what falls later fell from a height
    steepest = int(np.argmin(slopes))
    falls = smoothed.min() < (1 - LEAST_FALL) * smoothed[0]
    suggestion = float(rates[steepest]) if falls else None
    return LearningRateRange(rates, losses, smoothed, suggestion, loss, units)


def draw(found: LearningRateRange, ax: Any) -> None:
    """J and its smoothed curve over the rate, and the suggestion."""
    ax.plot(found.rates, found.losses, color="#b0b0b0", lw=1, label="J after each step")
    ax.plot(found.rates, found.smoothed, color="#0072b2", lw=1.8, label="smoothed")
    if found.suggestion is not None:
        label = f"falls most steeply: {found.suggestion:.2g}"
        ax.axvline(found.suggestion, color="#d55e00", lw=1.2, ls=":", label=label)
    ax.set_xscale("log")
    ax.set_ylim(0, 1.1 * max(found.smoothed[0], found.smoothed.max()))
    ax.set_xlabel("learning rate")
    ax.set_ylabel(f"{found.loss} loss ({found.units})", fontsize=9)
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=9)
