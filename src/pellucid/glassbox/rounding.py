"""What rounding can do to a gradient: the sizes of the terms that it is summed from, and rows too near to a kink.

Rounding errors are independent, so sizes are added as their squares: a sum of absolute values would grow with the width
of every layer, and in a deep network forgive anything.
"""

from __future__ import annotations

import numpy as np

from pellucid.mathematics.batch import propagate_backward_batch
from pellucid.mathematics.forward import propagate_forward_batch
from pellucid.mathematics.losses import Loss
from pellucid.mathematics.objective import Objective, Observations, complete, fill_missing, target_totals
from pellucid.mathematics.structure import Gradient, Network

ROUNDING = 1e-13  # of the sizes below: 450 times what one operation loses, for sums of many terms through many layers
NUDGE = 1e-6  # relative change of h by which its slopes are followed
NEAR_KINK = 1e-13  # of the size of h: so near, another order of summation may put h on the other side


def sizes_of_h(network: Network, Z: list[np.ndarray]) -> list[np.ndarray]:
    """For each layer 1..L the size of the terms that h is summed from: the root of (Z^2) (W^2)^T + c^2, (N, D_l)."""
    return [np.sqrt(z**2 @ (layer.W**2).T + layer.c**2) for z, layer in zip(Z[:-1], network.layers, strict=True)]


def sizes_of_terms(network: Network, objective: Objective, data: Observations) -> np.ndarray:
    """For each entry of the gradient, the size of what it is summed from, whatever cancels: as flat as theta.

    Back propagation in sizes, with what a relative change of h would add through the curvature of loss and activations:
    where y_hat equals y the gradient is 0, but the sizes are those of y_hat itself.
    """
    scales = objective.scales(target_totals(data.Y, data.w))
    filled, coefficients = complete(data.Y, data.w, scales)
    made = propagate_backward_batch(network, data.X, filled, objective.loss, coefficients)
    A = [np.zeros_like(data.X), *sizes_of_h(network, made.Z)]
    L = len(network.layers)
    loss, H_nudged = objective.loss, made.H[L] + NUDGE * A[L]
    nudged = last_gradient(network, loss, filled, H_nudged) * loss.spread(coefficients)
    for there, here in zip(
        loss.from_kinks(filled, network.activations[-1].value(H_nudged)),
        loss.from_kinks(filled, made.Z[L]), strict=True,
    ):  # fmt: skip
        # Between kinks the derivative does not jump, and rows at a kink have left.
        nudged = np.where(((there > 0) != (here > 0)).any(axis=1, keepdims=True), made.dL_dH[L], nudged)
    size = np.abs(made.dL_dH[L]) + np.abs(nudged - made.dL_dH[L]) / NUDGE
    sizes = Gradient(np.zeros(network.theta.size), network.sizes)
    for l in range(L, 0, -1):
        penalties = objective.alpha * np.abs(network.W[l - 1]) + objective.l1
        sizes.W[l - 1][...] = np.sqrt((size**2).T @ (np.abs(made.Z[l - 1]) + A[l - 1]) ** 2) + penalties
        sizes.c[l - 1][...] = np.sqrt(np.sum(size**2, axis=0))
        if l > 1:
            f, H = network.activations[l - 2], made.H[l - 1]
            slope, nudge = f.slope(H), NUDGE * A[l - 1]
            # Beside a kink one of the two nudges jumps: the smaller change is that of the curvature.
            change = np.minimum(np.abs(f.slope(H + nudge) - slope), np.abs(f.slope(H - nudge) - slope))
            size = np.sqrt(size**2 @ network.W[l - 1] ** 2) * np.abs(slope)
            size = size + np.abs(made.dL_dZ[l - 1]) * change / NUDGE
    return sizes.theta


def last_gradient(network: Network, loss: Loss, Y: np.ndarray, H: np.ndarray) -> np.ndarray:
    """dL_dH of the last layer at another H, not yet weighted."""
    if loss.paired:
        return loss.dL_dH(Y, H)
    activation = network.activations[-1]
    return loss.derivative(Y, activation.value(H)) * activation.slope(H)


def rows_off_kinks(network: Network, loss: Loss, data: Observations) -> np.ndarray:
    """The rows in which no h and no residual lies on a kink or within rounding of one: its slope is chance there."""
    X = data.X
    H, Z = propagate_forward_batch(network, X)
    off = np.ones(len(X), dtype=bool)
    for H_l, size, activation in zip(H[1:], sizes_of_h(network, Z), network.activations, strict=True):
        for kink in activation.kinks:
            exact = size == 0  # a neuron without weights: its h is no sum, and its slope that of the convention
            off &= (exact | (np.abs(np.asarray(H_l) - kink) > NEAR_KINK * size)).all(axis=1)
    Y = fill_missing(data.Y)
    size = np.abs(Y).max(axis=1, keepdims=True) + sizes_of_h(network, Z)[-1].max(axis=1, keepdims=True)
    for distance in loss.from_kinks(Y, Z[-1]):
        off &= (np.abs(distance) > NEAR_KINK * size).all(axis=1)
    return np.flatnonzero(off)
