"""From the input to the prediction: h = W z + c and z = f(h), for one observation, then for a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid.mathematics.structure import Network

Array = Any


Masks = Sequence[Array | None]  # m of the layers 0..L-1, None where nothing is dropped: see dropout.py


def propagate_forward(network: Network, x: Array, masks: Masks | None = None) -> tuple[list[Array | None], list[Array]]:
    """Carry one observation through the network.

        z^(0) = x;   h^(l) = W^(l) z^(l-1) + c^(l),   z^(l) = f^(l)(h^(l))   for l = 1..L

    Parameters
    ----------
    network : Network
    x : array of shape (D_x,)
    masks : sequence of L arrays of shapes (D_l,) or None, optional
        z~^(l) = m^(l) ∘ z^(l) then takes the place of z^(l), for l = 0..L-1.

    Returns
    -------
    h, z : lists of L + 1 arrays of shapes (D_l,)
        Indexed by layer as in the text: z[0] is x, h[0] is None, z[L] is y_hat.
    """
    h: list[Array | None] = [None]
    z: list[Array] = [x]
    for l, layer in enumerate(network.layers):
        if masks is not None and masks[l] is not None:
            z[l] = masks[l] * z[l]
        h_l = layer.W @ z[-1] + layer.c
        h.append(h_l)
        z.append(layer.activation.value(h_l))
    return h, z


def propagate_forward_batch(
    network: Network, X: Array, masks: Masks | None = None
) -> tuple[list[Array | None], list[Array]]:
    """Carry a batch through the network, an observation in each row (the text's columns, transposed).

        Z^(0) = X;   H^(l) = Z^(l-1) W^(l)^T + 1 c^(l)^T,   Z^(l) = f^(l)(H^(l))   for l = 1..L

    Parameters
    ----------
    network : Network
    X : array of shape (N, D_x)
    masks : sequence of L arrays of shapes (N, D_l) or None, optional
        As for one observation.

    Returns
    -------
    H, Z : lists of L + 1 arrays of shapes (N, D_l)
        Z[0] is X, H[0] is None, Z[L] is Y_hat.
    """
    H: list[Array | None] = [None]
    Z: list[Array] = [X]
    for l, layer in enumerate(network.layers):
        if masks is not None and masks[l] is not None:
            Z[l] = masks[l] * Z[l]
        H_l = Z[-1] @ layer.W.T + layer.c
        H.append(H_l)
        Z.append(layer.activation.value(H_l))
    return H, Z
