"""Schedules: the learning rate as a function of progress, and of the loss for those that watch it.

    state = schedule.start()
    rates = schedule.rates(base, epoch, n_steps, n_rows, max_epochs, state)     for the steps of one epoch
    state = schedule.observe(state, loss)                                       after it

Epochs count from 1 for the first of the model, so the rate of a step does not depend on where a run was interrupted.
Progress is counted in epochs: step k = 0, 1, ... of n_steps in epoch e begins at e - 1 + k / n_steps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np

from pellucid.mathematics.rules import Rule, between, check, number_from, whole_from


class ScheduleState(NamedTuple):
    """What a schedule remembers of the losses: the best, the epochs since it improved, and the cuts made."""

    best: float = np.inf
    waited: int = 0
    cuts: int = 0


SHARE = between(0, 1, "right")


@dataclass(frozen=True)
class Schedule:
    """What all schedules have in common.

    Parameters
    ----------
    warmup : float
        Epochs over which the rate grows linearly from 0 to the schedule's own (Goyal et al., 2017, section 2.2).
    """

    warmup: float = field(default=0.0, kw_only=True)

    RULES: ClassVar[dict[str, Rule]] = {}
    has_horizon: ClassVar[bool] = False  # whether its rates depend on max_epochs

    def __post_init__(self) -> None:
        check(type(self).__name__, {**self.RULES, "warmup": number_from(0)}, self.__dict__)

    def start(self) -> ScheduleState:
        """What is remembered before the first epoch."""
        return ScheduleState()

    def observe(self, state: ScheduleState, loss: float) -> ScheduleState:
        """What is remembered after an epoch with this loss: nothing, unless the schedule watches it."""
        return state

    def rates(
        self, base: float, epoch: int, n_steps: int, n_rows: int, max_epochs: int, state: ScheduleState
    ) -> np.ndarray:
        """The rates of the steps of one epoch.

        Parameters
        ----------
        base : float
            The solver's learning rate.
        epoch : int
            1 for the first epoch of the model.
        n_steps, n_rows : int
            Steps and rows of an epoch.
        max_epochs : int
            After which the run ends at the latest.
        state : ScheduleState

        Returns
        -------
        array of shape (n_steps,), float64
        """
        progress = epoch - 1 + np.arange(n_steps) / n_steps
        rates = base * self.shares(progress, n_rows, max_epochs, state)
        if self.warmup > 0:  # by the end of each step, so that the first one moves
            rates = rates * np.minimum(1, (progress + 1 / n_steps) / self.warmup)
        return rates

    def shares(self, progress: np.ndarray, n_rows: int, max_epochs: int, state: ScheduleState) -> np.ndarray:
        """What the base is multiplied by at each progress, max_epochs and beyond included."""
        raise NotImplementedError


@dataclass(frozen=True)
class Constant(Schedule):
    """The base itself, after the warm-up."""

    def shares(self, progress: np.ndarray, n_rows: int, max_epochs: int, state: ScheduleState) -> np.ndarray:
        return np.ones(len(progress))


@dataclass(frozen=True)
class StepDecay(Schedule):
    """base · factor^n after n times `every` epochs.

    Examples
    --------
    >>> schedule = StepDecay(every=2, factor=0.5)
    >>> [float(schedule.rates(0.1, epoch, 1, 100, 6, schedule.start())[0]) for epoch in range(1, 7)]
    [0.1, 0.1, 0.05, 0.05, 0.025, 0.025]
    """

    every: int = 50
    factor: float = 0.5

    RULES: ClassVar = {"every": whole_from(1), "factor": SHARE}

    def shares(self, progress: np.ndarray, n_rows: int, max_epochs: int, state: ScheduleState) -> np.ndarray:
        return self.factor ** (np.floor(progress) // self.every)


@dataclass(frozen=True)
class ExponentialDecay(Schedule):
    """base · factor^progress: each epoch ends at `factor` of the rate with which it began, step by step."""

    factor: float = 0.99

    RULES: ClassVar = {"factor": SHARE}

    def shares(self, progress: np.ndarray, n_rows: int, max_epochs: int, state: ScheduleState) -> np.ndarray:
        return self.factor**progress


@dataclass(frozen=True)
class Cosine(Schedule):
    """base · (to + (1 - to) (1 + cos(π progress / max_epochs)) / 2) (Loshchilov and Hutter, 2017, without restarts).

    Parameters
    ----------
    to : float in [0, 1)
        The share of the base at which a run of max_epochs would end, and stays in a longer one.
    """

    to: float = 0.0

    RULES: ClassVar = {"to": between(0, 1, "left")}
    has_horizon: ClassVar = True

    def shares(self, progress: np.ndarray, n_rows: int, max_epochs: int, state: ScheduleState) -> np.ndarray:
        done = np.minimum(1, progress / max_epochs)
        return self.to + (1 - self.to) * (1 + np.cos(np.pi * done)) / 2


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up, down, and far down, each in a straight line (Smith, 2018, section 4.1).

    From `first` of the base up to the base, in the same time back again, and over the last `tail` of the run from there
    to `last` of the base: the base is the highest rate of the run.

    Parameters
    ----------
    first, last : floats in (0, 1]
        Shares of the base.
    tail : float in [0, 1)
        Share of max_epochs.
    """

    first: float = 0.1
    last: float = 0.001
    tail: float = 0.1

    RULES: ClassVar = {"first": SHARE, "last": SHARE, "tail": between(0, 1, "left")}
    has_horizon: ClassVar = True

    def shares(self, progress: np.ndarray, n_rows: int, max_epochs: int, state: ScheduleState) -> np.ndarray:
        half = (1 - self.tail) / 2
        corners = [0, half, 2 * half, 1]
        return np.interp(progress / max_epochs, corners, [self.first, 1, self.first, self.last])


@dataclass(frozen=True)
class InverseScaling(Schedule):
    """base / t^power: scikit-learn's `invscaling`, with t as its code counts it.

    t is 1 in the first epoch and then 1 more than the rows seen before the epoch, whatever their weights: the rate is
    one for a whole epoch, and falls steeply after the first.
    """

    power: float = 0.5

    RULES: ClassVar = {"power": number_from(0)}

    def shares(self, progress: np.ndarray, n_rows: int, max_epochs: int, state: ScheduleState) -> np.ndarray:
        return (np.floor(progress) * n_rows + 1) ** -self.power


@dataclass(frozen=True)
class ReduceOnPlateau(Schedule):
    """base · factor^n after n plateaus: `patience` epochs in a row whose loss was not `tol` below the best so far.

    The loss is the one that stops the run: J on the validation rows where there are some, else the running mean of the
    training loss. A run with a patience of its own no longer than this one stops before the rate is cut.

    Examples
    --------
    >>> schedule = ReduceOnPlateau(factor=0.5, patience=2, tol=0)
    >>> state = schedule.start()
    >>> for loss in (1.0, 0.8, 0.9, 0.85):
    ...     state = schedule.observe(state, loss)
    >>> state.cuts, float(schedule.rates(0.1, 5, 1, 100, 10, state)[0])
    (1, 0.05)
    """

    factor: float = 0.5
    patience: int = 5
    tol: float = 1e-4

    RULES: ClassVar = {"factor": between(0, 1, "none"), "patience": whole_from(1), "tol": number_from(0)}

    def observe(self, state: ScheduleState, loss: float) -> ScheduleState:
        best, improved = min(state.best, loss), loss < state.best and loss <= state.best - self.tol
        waited = 0 if improved else state.waited + 1
        if waited < self.patience:
            return ScheduleState(best, waited, state.cuts)
        return ScheduleState(best, 0, state.cuts + 1)

    def shares(self, progress: np.ndarray, n_rows: int, max_epochs: int, state: ScheduleState) -> np.ndarray:
        return np.full(len(progress), self.factor**state.cuts)


@dataclass(frozen=True)
class Adaptive(ReduceOnPlateau):
    """scikit-learn's `adaptive`: a fifth of the rate after two epochs in a row without an improvement of `tol`.

    Two is what its documentation says. Its code waits for n_iter_no_change + 1 epochs: that is its `patience` here.
    """

    factor: float = 0.2
    patience: int = 2
