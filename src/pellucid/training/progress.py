"""Where a run stands: all that it needs to go on, to the same bytes as if it had never stopped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from pellucid.engines.protocol import EpochSums
from pellucid.mathematics.schedules import ScheduleState
from pellucid.training.history import EpochRecord
from pellucid.training.stopping import Stopper


class Moment(NamedTuple):
    """The parameters after so many steps, and the solver's state; arrays of its own, which nothing changes."""

    theta: np.ndarray
    state: Any
    n_steps: int


class Unfinished(NamedTuple):
    """An epoch that has come to a place between two of its batches: rows done, their sums, and where that led to."""

    position: int
    sums: EpochSums
    now: Moment


@dataclass(frozen=True)
class Progress:
    """A run at the end of an epoch, or within the next one.

    The order of the rows is a function of the seed and the epoch, and masks of dropout are one of the seed and the
    step, so no generator has a state that would have to be here.

    Attributes
    ----------
    epoch : int
        Epochs finished.
    moment : Moment
        At their end.
    schedule : ScheduleState
        What the schedule remembers of their losses.
    stopper : Stopper
        With the best parameters so far.
    epochs : list of EpochRecord
        Shared with the run and only added to, since a copy an epoch would cost the square of their number; `records`
        are those of the epochs finished.
    told : frozenset of str
        The kinds of trouble that have been warned of.
    seconds : float
        Spent in training so far.
    unfinished : Unfinished or None
        How far the next epoch has come.
    stopped_by : str or None
        Why the run is over, as in Result; None where it is not.
    """

    epoch: int
    moment: Moment
    schedule: ScheduleState
    stopper: Stopper
    epochs: list[EpochRecord] = field(default_factory=list)
    told: frozenset[str] = field(default_factory=frozenset)
    seconds: float = 0.0
    unfinished: Unfinished | None = None
    stopped_by: str | None = None

    @property
    def records(self) -> list[EpochRecord]:
        """Those of the epochs finished."""
        return self.epochs[: self.epoch]

    @property
    def now(self) -> Moment:
        """The latest parameters, those within an epoch included."""
        return self.moment if self.unfinished is None else self.unfinished.now


def copy_state(state: Any) -> Any:
    """A solver's state with arrays of its own."""
    return type(state)(*(part.copy() if isinstance(part, np.ndarray) else part for part in state))
