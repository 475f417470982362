"""Back propagation for one observation, every Jacobian by its name. This file is the specification.

Numerator layout: dh_dz has a row for each entry of h and a column for each entry of z. With
dL_dh = dL_dh^(l) of shape (1, D_l), recorded once for each layer and reused:

    (1)  dL_dh^(L) = dL_dy_hat · dz_dh^(L)               (or the one block of a paired loss)
    (2)  dL_dW^(l) = dL_dh^(l) · dh_dW^(l)               (1, D_l) · (D_l, D_l, D_{l-1}), the shape of W
    (3)  dL_dc^(l) = dL_dh^(l) · dh_dc^(l)               (1, D_l) · (D_l, D_l), the shape of c
    (4)  dL_dz^(l-1) = dL_dh^(l) · dh_dz^(l)             dh_dz^(l) = W^(l)
    (4m) dL_dz^(l-1) = dL_dh^(l) · dh_dz~^(l) · dz~_dz^(l-1)   in its place, where a mask makes z~ of z (dropout.py)
    (5)  dL_dh^(l-1) = dL_dz^(l-1) · dz_dh^(l-1)

These Jacobians are mostly zeros: batch.py says the same without them, and is what runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pellucid.mathematics.activations import Activation
from pellucid.mathematics.forward import Masks, propagate_forward
from pellucid.mathematics.losses import Loss
from pellucid.mathematics.structure import Network, join_parameters

Array = Any


def make_dz_dh(activation: Activation, h: Array) -> Array:
    """dz_dh (D_l, D_l): diagonal for an element-wise activation, full for softmax."""
    if activation.elementwise:
        return np.diag(activation.slope(h))
    return activation.jacobian(h)  # type: ignore[attr-defined]  # softmax: the only one that is not element-wise


def make_dh_dW(z_before: Array, n_neurons: int) -> Array:
    """dh_dW (D_l, D_l, D_{l-1}): slice i is dh_i/dW, with z^(l-1) in row i and zeros in the other rows."""
    T = np.zeros((n_neurons, n_neurons, z_before.size), z_before.dtype)
    for i in range(n_neurons):
        T[i, i, :] = z_before
    return T


def make_dh_dc(n_neurons: int, dtype: Any = np.float64) -> Array:
    """dh_dc (D_l, D_l): the identity, since each intercept enters its own h only."""
    return np.eye(n_neurons, dtype=dtype)


def make_dh_dz(W: Array) -> Array:
    """dh_dz (D_l, D_{l-1}): W itself."""
    return W


def make_dz_masked_dz(mask: Array) -> Array:
    """dz~_dz (D_l, D_l): diag(m), since each unit is dropped, or kept and scaled, alone."""
    return np.diag(mask)


@dataclass
class ObservationGradients:
    """Everything that back propagation makes for one observation, indexed by layer: [l] is layer l, [0] the input.

    `dL_dh` and `dL_dz` are rows, (1, D_l); `dL_dW` and `dL_dc` have the shapes of W and c. Given masks, `z` holds z~,
    what the next layer received; `dL_dz` is by z itself, before the mask.
    """

    h: list[Array | None]
    z: list[Array]
    loss: Array
    dL_dy_hat: Array
    dL_dh: dict[int, Array] = field(default_factory=dict)
    dL_dz: dict[int, Array] = field(default_factory=dict)
    dL_dW: dict[int, Array] = field(default_factory=dict)
    dL_dc: dict[int, Array] = field(default_factory=dict)

    @property
    def theta(self) -> Array:
        """The gradient as one flat vector, in the order of `Network.theta`."""
        layers = sorted(self.dL_dW)
        return join_parameters([self.dL_dW[l] for l in layers], [self.dL_dc[l] for l in layers])


def loss_of_observation(loss: Loss, y: Array, h: Array, y_hat: Array) -> tuple[Array, Array]:
    """The loss of each target, and the factored derivative dL_dy_hat as a row (1, D_y).

    The factored form of a paired loss is infinite or NaN once y_hat has rounded to 0 or 1; `loss` is exact.
    """
    value = loss.value_from_h(y, h) if loss.paired else loss.value(y, y_hat)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return value, loss.derivative(y, y_hat)[None, :]


def propagate_backward(
    network: Network,
    x: Array,
    y: Array,
    loss: Loss,
    coefficients: Array | None = None,
    masks: Masks | None = None,
) -> ObservationGradients:
    """Differentiate the loss of one observation by every parameter, with the chain rule written out.

    Parameters
    ----------
    network : Network
    x : array of shape (D_x,)
    y : array of shape (n_targets,)
        Complete: a missing target is given any value of the loss's domain and a coefficient of 0.
    loss : Loss
    coefficients : array of shape (n_targets,), optional
        The loss that is differentiated is sum_d coefficients_d L_d; 1 unless given, the text's own form.
    masks : sequence of L arrays of shapes (D_l,) or None, optional
        The loss given these masks of the layers 0..L-1.

    Returns
    -------
    ObservationGradients
    """
    layers = network.layers
    L = len(layers)
    h, z = propagate_forward(network, x, masks)
    value, dL_dy_hat = loss_of_observation(loss, y, h[L], z[L])
    weight = 1 if coefficients is None else loss.spread(coefficients)
    made = ObservationGradients(h, z, value, dL_dy_hat)

    if loss.paired:
        made.dL_dh[L] = (loss.dL_dH(y, h[L]) * weight)[None, :]
    else:
        made.dL_dh[L] = (dL_dy_hat * weight) @ make_dz_dh(layers[-1].activation, h[L])  # (1)

    for l in range(L, 0, -1):
        layer = layers[l - 1]
        dL_dh = made.dL_dh[l]
        made.dL_dW[l] = np.tensordot(dL_dh, make_dh_dW(z[l - 1], layer.c.size), axes=1)[0]  # (2)
        made.dL_dc[l] = (dL_dh @ make_dh_dc(layer.c.size, dL_dh.dtype))[0]  # (3)
        made.dL_dz[l - 1] = dL_dh @ make_dh_dz(layer.W)  # (4)
        if masks is not None and masks[l - 1] is not None:
            made.dL_dz[l - 1] = made.dL_dz[l - 1] @ make_dz_masked_dz(masks[l - 1])  # (4m)
        if l > 1:
            made.dL_dh[l - 1] = made.dL_dz[l - 1] @ make_dz_dh(layers[l - 2].activation, h[l - 1])  # (5)
    return made


def combine_observations(network: Network, X: Array, Y: Array, loss: Loss, coefficients: Array) -> tuple[Array, Array]:
    """Sum over observations, one after the other: the loss of each target, and the gradient.

    Parameters
    ----------
    network : Network
    X, Y : arrays of shapes (N, D_x), (N, n_targets)
        Y complete, as for one observation.
    loss : Loss
    coefficients : array of shape (N, n_targets)
        What each observation's loss of each target counts.

    Returns
    -------
    losses : array of shape (n_targets,), float64
        sum_n coefficients_nd L_nd
    gradient : array of the shape of theta
    """
    losses = np.zeros(Y.shape[1])
    gradient = np.zeros(network.theta.shape)  # float64, as all sums over rows
    for x, y, coefficient in zip(X, Y, coefficients, strict=True):
        made = propagate_backward(network, x, y, loss, coefficient)
        losses += coefficient * made.loss
        gradient += made.theta
    return losses, gradient.astype(network.dtype)
