"""Back propagation for a batch, in matrices: observation.py without its zeros, each line citing its line there.

Observations stand in rows, so H is (N, D_l): the text's columns, transposed. Written for arrays of any namespace,
so that NumPy runs it and JAX can trace it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pellucid.mathematics.activations import namespace
from pellucid.mathematics.forward import Masks, propagate_forward_batch
from pellucid.mathematics.losses import Loss
from pellucid.mathematics.structure import Network, join_parameters

Array = Any


@dataclass
class BatchGradients:
    """Everything that back propagation makes for a batch, indexed by layer: [l] is layer l, [0] the input.

    `dL_dH` and `dL_dZ` are (N, D_l), a row for each observation; `dL_dW` and `dL_dc` are summed over observations.
    `dL_dY_hat` and `dY_hat_dH` are None for a paired loss, whose dL_dH is one named block. Given masks, `Z` holds Z~,
    what the next layer received; `dL_dZ` is by Z itself, before the mask.
    """

    H: list[Array | None]
    Z: list[Array]
    losses: Array
    dL_dY_hat: Array | None = None
    dY_hat_dH: Array | None = None
    dL_dH: dict[int, Array] = field(default_factory=dict)
    dL_dZ: dict[int, Array] = field(default_factory=dict)
    dL_dW: dict[int, Array] = field(default_factory=dict)
    dL_dc: dict[int, Array] = field(default_factory=dict)

    @property
    def theta(self) -> Array:
        """The gradient as one flat vector, in the order of `Network.theta`."""
        layers = sorted(self.dL_dW)
        return join_parameters([self.dL_dW[l] for l in layers], [self.dL_dc[l] for l in layers])


def losses_of_batch(loss: Loss, Y: Array, H: Array, Y_hat: Array) -> Array:
    """The loss of every observation and target, (N, n_targets); a paired loss is exact at any H."""
    return loss.value_from_h(Y, H) if loss.paired else loss.value(Y, Y_hat)


def propagate_backward_batch(
    network: Network, X: Array, Y: Array, loss: Loss, coefficients: Array, masks: Masks | None = None
) -> BatchGradients:
    """Differentiate sum_n sum_d coefficients_nd L_nd by every parameter.

    Parameters
    ----------
    network : Network
    X, Y : arrays of shapes (N, D_x), (N, n_targets)
        Y complete: a missing target is given any value of the loss's domain and a coefficient of 0.
    loss : Loss
    coefficients : array of shape (N, n_targets)
    masks : sequence of L arrays of shapes (N, D_l) or None, optional
        The losses given these masks of the layers 0..L-1.

    Returns
    -------
    BatchGradients
        Its `losses` are those of each observation and target, not yet weighted.
    """
    layers = network.layers
    L = len(layers)
    H, Z = propagate_forward_batch(network, X, masks)
    made = BatchGradients(H, Z, losses_of_batch(loss, Y, H[L], Z[L]))

    if loss.paired:
        made.dL_dH[L] = loss.dL_dH(Y, H[L]) * loss.spread(coefficients)
    else:
        dL_dY_hat = loss.derivative(Y, Z[L]) * loss.spread(coefficients)
        dY_hat_dH = layers[-1].activation.slope(H[L])
        made.dL_dH[L] = dL_dY_hat * dY_hat_dH  # (1), the diagonal of dz_dh as a factor
        made.dL_dY_hat, made.dY_hat_dH = dL_dY_hat, dY_hat_dH

    for l in range(L, 0, -1):
        dL_dH = made.dL_dH[l]
        made.dL_dW[l] = dL_dH.T @ Z[l - 1]  # (2), summed over observations
        made.dL_dc[l] = namespace(dL_dH).sum(dL_dH, axis=0)  # (3), likewise
        made.dL_dZ[l - 1] = dL_dH @ layers[l - 1].W  # (4)
        if masks is not None and masks[l - 1] is not None:
            made.dL_dZ[l - 1] = made.dL_dZ[l - 1] * masks[l - 1]  # (4m), the diagonal of dz~_dz as a factor
        if l > 1:
            made.dL_dH[l - 1] = made.dL_dZ[l - 1] * layers[l - 2].activation.slope(H[l - 1])  # (5)
    return made
