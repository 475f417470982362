"""When to stop, and which parameters to keep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass
class Stopper:
    """Watch one number that should fall; keep the best parameters; stop after `patience` epochs without improvement.

    Any improvement is kept as the best; only one of at least `min_change` begins the patience anew, so a run that
    creeps along by rounding errors ends.

    Parameters
    ----------
    patience : int
        Epochs without an improvement of min_change or more before the run stops.
    min_change : float
        In the units of what is watched: a loss, or minus a score.
    """

    patience: int
    min_change: float
    best_loss: float = np.inf
    best_epoch: int = 0
    best_theta: np.ndarray | None = None
    mark: float = np.inf  # the loss that the next real improvement has to undercut
    waited: int = 0

    def update(self, epoch: int, loss: float, theta: np.ndarray) -> bool:
        """Take note of this epoch; True when it is time to stop."""
        if loss < self.best_loss:
            self.best_loss, self.best_epoch, self.best_theta = loss, epoch, theta.copy()
        if loss < self.mark and loss <= self.mark - self.min_change:
            self.mark, self.waited = loss, 0
        else:
            self.waited += 1
        return self.waited >= self.patience
