"""What every engine can do, and the records that pass between an engine and the training loop.

An engine is stateless; `start` gives a Session, which owns theta, the solver's state and the buffers of one
training run. All of a session's state is flat arrays and counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from pellucid.mathematics.dropout import Dropout
from pellucid.mathematics.objective import Objective, Observations
from pellucid.mathematics.structure import Network
from pellucid.mathematics.updates import Descent


@dataclass
class EpochSums:
    """What an epoch adds up, in float64, while theta moves.

    Attributes
    ----------
    losses : array of shape (n_targets,)
        sum of w_n L_nd over the rows seen, each under the parameters of its own step.
    gradient_squares, update_squares : arrays of shape (L,)
        For each layer, the sum over steps of the squared norm of its gradient, before clipping, and of its update.
    n_steps : int
    """

    losses: np.ndarray
    gradient_squares: np.ndarray
    update_squares: np.ndarray
    n_steps: int = field(default=0)

    @classmethod
    def zeros(cls, n_targets: int, n_layers: int) -> EpochSums:
        return cls(np.zeros(n_targets), np.zeros(n_layers), np.zeros(n_layers))

    def copy(self) -> EpochSums:
        """The same sums in arrays of their own."""
        return EpochSums(self.losses.copy(), self.gradient_squares.copy(), self.update_squares.copy(), self.n_steps)


class Session(Protocol):
    """One training run. `theta` and `state` are the current ones; `slice_rows` rows take about 25 ms.

    `n_steps` counts the steps since the training began. Dropout draws the masks of a step by this number, so a run that
    is taken up again sets it.
    """

    theta: np.ndarray
    state: Any
    n_steps: int
    slice_rows: int

    def run_slice(self, order: np.ndarray, position: int, stop: int, sums: EpochSums, rates: np.ndarray) -> int:
        """Train on the rows order[position:stop] and return the position reached, >= stop.

        Mini-batches are order[0:b], order[b:2b], ...; rates[k] is the learning rate of the k-th. A batch
        larger than BLOCK_ROWS is worked off in blocks of that size, always the same ones, and may take several calls:
        the parameters move when it is complete.
        """
        ...

    def restore(self, theta: np.ndarray, state: Any, n_steps: int) -> None:
        """Go back to the parameters and the solver's state after n_steps, at the start of an epoch; both are copied."""
        ...


class Engine(Protocol):
    """A way to run the chapter. Arrays come in the network's dtype, C-contiguous; losses come out in float64."""

    name: str

    def start(
        self,
        network: Network,
        objective: Objective,
        descent: Descent,
        data: Observations,
        totals: np.ndarray,
        n_rows: int,
        batch_size: int,
        dropout: Dropout | None = None,
    ) -> Session:
        """Begin a training run from network.theta on n_rows of the rows of data (`order` will say which).

        `totals` is S_d of those rows. A batch of b rows divides by b · S_d / n_rows, a constant.
        Dropout and noise disturb the steps, and the sums of their losses, but nothing else that an engine computes.
        """
        ...

    def losses(
        self, network: Network, objective: Objective, data: Observations, rows: np.ndarray | None = None
    ) -> np.ndarray:
        """sum_n w_n L_nd of each target over the given rows, or all."""
        ...

    def gradient(
        self,
        network: Network,
        objective: Objective,
        data: Observations,
        scales: np.ndarray,
        rows: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The weighted loss sums of each target over the given rows, or all, and the gradient with penalties."""
        ...

    def propagate(self, network: Network, X: np.ndarray) -> list[np.ndarray]:
        """H of the layers 1..L for the rows of X: list of (N, D_l)."""
        ...

    def predict(self, network: Network, X: np.ndarray) -> np.ndarray:
        """Y_hat (N, D_y), computed in float64 whatever the network's dtype.

        A row's prediction then does not depend on the rows beside it: BLAS sums a float32 row in another order at
        another place of a product, which shows in the seventh digit.
        """
        ...

    def sensitivities(self, network: Network, X: np.ndarray) -> np.ndarray:
        """dY_hat_dX (N, D_y, D_x): how each output moves with each input, in float64 as `predict`."""
        ...
