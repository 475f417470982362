"""`trace_batch`: the matrix form for a batch by its names, in rows or in the text's columns, and its proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.engines.loss_and_gradient import check_data
from pellucid.errors import GradientMismatch, ParameterError
from pellucid.glassbox.rounding import ROUNDING, sizes_of_terms
from pellucid.glassbox.trace import AGREEMENT, in_float64
from pellucid.glassbox.trace_record import LARGEST_TENSOR, frozen
from pellucid.mathematics.activations import Activation
from pellucid.mathematics.batch import propagate_backward_batch
from pellucid.mathematics.losses import Loss, check_network, get_loss
from pellucid.mathematics.objective import Objective, Observations
from pellucid.mathematics.observation import combine_observations
from pellucid.mathematics.structure import Network


@dataclass(frozen=True)
class BatchLayerTrace:
    """One layer of a batch; layer 0 is the input and has Z (and dL_dZ) only.

    Attributes
    ----------
    l : int
    activation : Activation or None
    H, Z, dL_dZ, dL_dH : arrays of shape (N, D_l)
        An observation in each row. `in_columns` gives the text's form.
    dL_dW, dL_dc : arrays of the shapes of W and c
        Summed over observations.
    Z_before : array of shape (N, D_{l-1})
    """

    l: int
    Z: np.ndarray
    activation: Activation | None = None
    H: np.ndarray | None = None
    dL_dZ: np.ndarray | None = None
    dL_dH: np.ndarray | None = None
    dL_dW: np.ndarray | None = None
    dL_dc: np.ndarray | None = None
    Z_before: np.ndarray | None = None

    def in_columns(self, name: str) -> np.ndarray:
        """H, Z, dL_dZ or dL_dH as the text has it, (D_l, N): an observation in each column. A view."""
        array = getattr(self, name, None) if name in ("H", "Z", "dL_dZ", "dL_dH") else None
        if array is None:
            raise ParameterError(f"Layer {self.l} has no {name!r} with observations: use H, Z, dL_dZ or dL_dH.")
        return array.T

    @property
    def dH_dW(self) -> np.ndarray:
        """The tensor (D_l, N, D_l, D_{l-1}): entry (i, n) is dh_i/dW of observation n, z_n in row i, zeros elsewhere.

        Raises
        ------
        ParameterError
            For the input, or if it would take more than 256 MB.
        """
        if self.Z_before is None:
            raise ParameterError("The input has no weights: use the layers 1..L.")
        N, D = self.Z.shape
        size = 8.0 * N * D * D * self.Z_before.shape[1]
        if size > LARGEST_TENSOR:
            raise ParameterError(
                f"dH_dW of layer {self.l} for {N} observations would take {size / 1e6:,.0f} MB, nearly all of it "
                "zeros. Trace fewer rows; dL_dW is dL_dH.T @ Z_before."
            )
        T = np.zeros((D, N, D, self.Z_before.shape[1]))
        for i in range(D):
            T[i, :, i, :] = self.Z_before
        return T

    def tensor_product(self) -> np.ndarray:
        """dL_dW as the text's tensor dot product: sum over neurons i and observations n of dL_dh_in · dh_in_dW."""
        return np.tensordot(self.in_columns("dL_dH"), self.dH_dW, axes=([0, 1], [0, 1]))


@dataclass(frozen=True)
class BatchTrace:
    """Everything that a batch makes in matrices. Read-only copies, float64; `dL_*` differentiate the sum of losses.

    Attributes
    ----------
    network : Network
    loss : Loss
    X, Y : arrays of shapes (N, D_x), (N, n_targets)
    losses : array of shape (N, n_targets)
        NaN where a target is missing.
    dL_dY_hat, dY_hat_dH : arrays of shape (N, D_y), or None
        None for a paired loss, whose dL_dH is one block: loss.paired_formula.
    layers : tuple of BatchLayerTrace
    """

    network: Network
    loss: Loss
    X: np.ndarray
    Y: np.ndarray
    losses: np.ndarray
    dL_dY_hat: np.ndarray | None
    dY_hat_dH: np.ndarray | None
    layers: tuple[BatchLayerTrace, ...]

    @property
    def Y_hat(self) -> np.ndarray:
        """The predictions, (N, D_y)."""
        return self.layers[-1].Z

    @property
    def dL_dX(self) -> np.ndarray:
        """The gradient of each observation's loss by its input, (N, D_x)."""
        assert self.layers[0].dL_dZ is not None
        return self.layers[0].dL_dZ

    def prove(self) -> float:
        """Add the gradients up observation by observation and return the largest relative difference.

        Raises
        ------
        GradientMismatch
            If it is more than rounding.
        """
        present = ~np.isnan(self.Y)
        _, theta = combine_observations(
            self.network,
            self.X,
            np.where(present, self.Y, 1.0),
            self.loss,
            present.astype(np.float64),
        )
        made = np.concatenate([np.ravel(part) for layer in self.layers[1:] for part in (layer.dL_dW, layer.dL_dc)])  # type: ignore[arg-type]  # only layer 0 has none
        difference = np.abs(made - theta).max()
        largest = np.abs(theta).max(initial=0.0)
        data = Observations(self.X, self.Y, np.ones(len(self.X)))
        rounding = ROUNDING * sizes_of_terms(self.network, Objective(self.loss, reduction="sum"), data).max(initial=0.0)
        if not difference <= AGREEMENT * largest + rounding:
            raise GradientMismatch(
                f"The matrix form differs from the sum over observations by {difference:.3g}, where the largest entry "
                f"is {largest:.3g}. Run check_gradients to see which layer is wrong."
            )
        return float(difference / largest) if largest > 0 else 0.0

    def __str__(self) -> str:
        from pellucid.glassbox.terminal import batch_as_text

        return batch_as_text(self)


def trace_batch(network: Network, X: Any, Y: Any, loss: str | Loss | Sequence[str | Loss]) -> BatchTrace:
    """Carry a batch forward and back in matrices, and record everything.

        H = Z W^T + c,  Z = f(H);   dL_dH = dL_dZ ∘ f'(H),  dL_dW = dL_dH^T Z below,  dL_dc = sum of dL_dH,
        dL_dZ below = dL_dH W

    Parameters
    ----------
    network : Network
    X : array of shape (N, D_x)
    Y : array of shape (N, n_targets), or (N,) for one target
        NaN marks a missing target.
    loss : str, Loss, or a list of these, one for each target

    Returns
    -------
    BatchTrace

    Raises
    ------
    ParameterError, DataError
        As loss_and_gradient, and for weights that are not finite.

    Examples
    --------
    >>> network = Network.from_arrays([([[1.0], [-1.0]], [0, 0], "relu"), ([[1.0, 1.0]], [0], "linear")])
    >>> made = trace_batch(network, [[-3.0], [2.0]], [1.0, 2.0], "rss")
    >>> made.layers[2].dL_dH[:, 0], made.layers[2].dL_dW
    (array([4., 0.]), array([[ 0., 12.]]))
    >>> made.prove()
    0.0
    """
    network = in_float64(network, "trace_batch")
    block = get_loss(loss, "trace_batch")
    check_network(block, network)
    data = check_data(network, block, X, Y, None, "trace_batch")
    present = ~np.isnan(data.Y)
    filled = np.where(present, data.Y, 1.0)
    made = propagate_backward_batch(network, data.X, filled, block, present.astype(np.float64))
    layers = [BatchLayerTrace(0, frozen(made.Z[0]), dL_dZ=frozen(made.dL_dZ[0]))]
    for l, activation in enumerate(network.activations, start=1):
        dL_dZ = made.dL_dZ.get(l) if l < len(network.layers) else made.dL_dY_hat
        layers.append(
            BatchLayerTrace(
                l,
                frozen(made.Z[l]),
                activation,
                frozen(made.H[l]),
                frozen(dL_dZ),
                frozen(made.dL_dH[l]),
                frozen(made.dL_dW[l]),
                frozen(made.dL_dc[l]),
                frozen(made.Z[l - 1]),
            )
        )
    return BatchTrace(
        network=network,
        loss=block,
        X=frozen(data.X),
        Y=frozen(data.Y),
        losses=frozen(np.where(present, made.losses, np.nan)),
        dL_dY_hat=frozen(made.dL_dY_hat),
        dY_hat_dH=frozen(made.dY_hat_dH),
        layers=tuple(layers),
    )
