"""Sensitivities dy_hat_dx: how each output moves with each input, by the chain rule from the output down.

    dy_hat_dx = dz_dh^(L) · W^(L) · dz_dh^(L-1) · W^(L-1) · ... · dz_dh^(1) · W^(1)

Nothing of the loss is in it. One backward pass for each output, since each row of the product is a row times a matrix.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.mathematics.activations import namespace
from pellucid.mathematics.forward import propagate_forward, propagate_forward_batch
from pellucid.mathematics.observation import make_dh_dz, make_dz_dh
from pellucid.mathematics.structure import Network

Array = Any


def sensitivity_of_observation(network: Network, x: Array) -> Array:
    """dy_hat_dx (D_y, D_x) of one observation, as the product of its Jacobians. The specification.

    Parameters
    ----------
    network : Network
    x : array of shape (D_x,)
    """
    h, z = propagate_forward(network, x)
    product = np.eye(network.sizes[-1], dtype=z[-1].dtype)
    for l in range(len(network.layers), 0, -1):
        layer = network.layers[l - 1]
        product = product @ make_dz_dh(layer.activation, h[l]) @ make_dh_dz(layer.W)
    return product


def sensitivities_of_batch(network: Network, X: Array) -> Array:
    """dY_hat_dX (N, D_y, D_x): the same for every row of a batch, output by output, without the zeros.

    Parameters
    ----------
    network : Network
    X : array of shape (N, D_x)
    """
    layers = network.layers
    xp = namespace(X)
    H, Z = propagate_forward_batch(network, X)
    rows = []
    for d in range(network.sizes[-1]):
        dZ = row_of_output_jacobian(network, H[-1], Z[-1], d)
        for l in range(len(layers), 0, -1):
            dZ = dZ @ layers[l - 1].W
            if l > 1:
                dZ = dZ * layers[l - 2].activation.slope(H[l - 1])
        rows.append(dZ)
    return xp.stack(rows, axis=1)


def row_of_output_jacobian(network: Network, H: Array, Y_hat: Array, d: int) -> Array:
    """Row d of dz_dh of the last layer for each observation, (N, D_y).

    Entry d alone for an element-wise activation; z_d (1[j = d] - z_j) for softmax, with 1 - z_d as the sum of the other
    z: it is exact where z_d has rounded to 1.
    """
    xp = namespace(H)
    chosen = xp.astype(xp.arange(H.shape[1]) == d, H.dtype)[None, :]
    activation = network.activations[-1]
    if activation.elementwise:
        return activation.slope(H) * chosen
    others = Y_hat * (1 - chosen)
    return Y_hat[:, d : d + 1] * (chosen * xp.sum(others, axis=1, keepdims=True) - others)
