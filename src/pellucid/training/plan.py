"""What a training run is given and gives back: some rows, a plan, a result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from pellucid.mathematics.dropout import Dropout
from pellucid.mathematics.objective import Observations
from pellucid.mathematics.schedules import Constant, Schedule
from pellucid.mathematics.structure import Network
from pellucid.training.divergence import Runaway
from pellucid.training.history import History
from pellucid.training.progress import Progress


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
        The last epoch, counted from the first of the model, runs before this one included.
    shuffle : bool
        Whether each epoch has its own order of rows.
    seed : int
        With the number of an epoch, it decides that epoch's order.
    patience : int
        Epochs without an improvement of `min_change` in the watched number before the run stops.
    min_change : float
    schedule : Schedule
        Of the learning rate; L-BFGS has none.
    dropout : Dropout, optional
        What disturbs the steps; L-BFGS, which needs one objective, takes none.
    horizon : int, optional
        The epochs that the schedule is made for; max_epochs unless given.
    max_time : float, optional
        Seconds after which the run ends, in the middle of an epoch, which is then dropped; the first is made whole.
    can_continue : bool
        Whether the run keeps what another needs to go on from it. Only L-BFGS has to know: it keeps every gradient.
    """

    batch_size: int
    max_epochs: int
    shuffle: bool = True
    seed: int = 0
    patience: int = 10
    min_change: float = 1e-4
    schedule: Schedule = field(default_factory=Constant)
    dropout: Dropout | None = None
    horizon: int | None = None
    max_time: float | None = None
    can_continue: bool = False


@dataclass(frozen=True)
class Result:
    """What a run gives back.

    Attributes
    ----------
    network : Network
        With the best parameters by the validation loss, or by the score, where there is validation; else the last ones.
        Of a run that ran away the best by what was watched, or the starting weights where their loss is lower. Always
        finite.
    history : History
    best_epoch : int
        The epoch of those parameters; 0 for the starting weights.
    stopped_by : str
        "max_epochs", "patience", "callback", "max_time", "interrupt", "error" or "not finite"; of L-BFGS also
        "converged" or "line search".
    progress : Progress
        From which another run goes on.
    runaway : Runaway or None
        Where a run that is "not finite" left the finite numbers.
    error : BaseException or None
        What a callback raised, for the caller to raise once the model is safe.
    """

    network: Network
    history: History
    best_epoch: int
    stopped_by: str
    progress: Progress
    runaway: Runaway | None = None
    error: BaseException | None = None
