"""The objective: sample weights, target weights, missing targets and penalties, from losses to J and its gradient.

    J(theta) = sum_d lambda_d (1/S_d) sum_n w_n L_d(y_hat_n, y_nd)  +  (alpha/2) sum_l ||W^(l)||^2
               +  l1 sum_l |W^(l)|

S_d is the sum of w_n over the rows in which target d is present: a missing target (NaN) has neither loss nor
gradient nor weight. A weight of 2 means the row twice. `reduction="sum"` drops the 1/S_d: the text's own form.
Penalties are on weights, not on intercepts, and are divided by nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pellucid.mathematics.activations import namespace
from pellucid.mathematics.batch import losses_of_batch, propagate_backward_batch
from pellucid.mathematics.dropout import Dropout
from pellucid.mathematics.forward import propagate_forward_batch
from pellucid.mathematics.losses import Loss
from pellucid.mathematics.structure import Gradient, Network

Array = Any

BLOCK_ROWS = 4096  # rows of a large batch that are in work at a time, so that buffers stay bounded


class Observations(NamedTuple):
    """Rows to learn from: X (N, D_x), Y (N, n_targets) with NaN where missing, and weights w > 0.

    w is (N,), or (N, n_targets) where a row counts differently for each target.
    """

    X: Array
    Y: Array
    w: Array

    def take(self, rows: Array) -> Observations:
        """The given rows, copied."""
        return Observations(self.X[rows], self.Y[rows], self.w[rows])


@dataclass(frozen=True)
class Objective:
    """What is minimised.

    Parameters
    ----------
    loss : Loss
    target_weights : tuple of floats, optional
        lambda_d; 1 for each target unless given.
    alpha, l1 : float
        Strengths of the two penalties.
    reduction : "mean" or "sum"
    """

    loss: Loss
    target_weights: tuple[float, ...] | None = None
    alpha: float = 0.0
    l1: float = 0.0
    reduction: str = "mean"

    def lambdas(self, n_targets: int) -> np.ndarray:
        """lambda_d (n_targets,), float64."""
        if self.target_weights is None:
            return np.ones(n_targets)
        return np.asarray(self.target_weights, dtype=np.float64)

    def total(self, losses: Array) -> float:
        """sum_d lambda_d losses_d: J without penalties, from the loss of each target."""
        return float(self.lambdas(len(losses)) @ np.nan_to_num(losses, nan=0.0, posinf=np.inf))

    def scales(self, totals: np.ndarray) -> np.ndarray:
        """What the gradient of each target is multiplied by, beside w_n: lambda_d / S_d, or lambda_d for sums.

        A target that is present nowhere has S_d = 0 and counts for nothing.
        """
        lambdas = self.lambdas(len(totals))
        if self.reduction == "sum":
            return lambdas
        return np.divide(lambdas, totals, out=np.zeros_like(lambdas), where=totals > 0)

    def average(self, sums: np.ndarray, totals: np.ndarray) -> np.ndarray:
        """The loss of each target from its weighted sum: divided by S_d, NaN where it is present nowhere.

        A sum that is not a number (infinity minus infinity somewhere in the network) is an infinite loss.
        """
        sums = np.where(np.isnan(sums), np.inf, sums)
        if self.reduction == "sum":
            return sums
        return np.divide(sums, totals, out=np.full_like(sums, np.nan), where=totals > 0)


def target_totals(Y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """S_d (n_targets,), float64: the weight of the rows in which each target is present."""
    totals = np.zeros(Y.shape[1])
    for start in range(0, len(Y), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        present = ~np.isnan(Y[rows])
        totals += (
            w[rows].astype(np.float64) @ present
            if w.ndim == 1
            else np.sum(w[rows], axis=0, where=present, dtype=np.float64)
        )
    return totals


def by_target(w: Array) -> Array:
    """Weights as (N, 1) or (N, n_targets), to multiply losses."""
    return w[:, None] if w.ndim == 1 else w


def fill_missing(Y: Array) -> Array:
    """Y with 1, which is in the domain of every loss, where it is missing; it then counts nothing."""
    xp = namespace(Y)
    return xp.where(xp.isnan(Y), xp.ones_like(Y), Y)


def complete(Y: Array, w: Array, scales: Array) -> tuple[Array, Array]:
    """Y filled in where it is missing, and the coefficients w_n scale_d with 0 there: (N, n_targets) both."""
    xp = namespace(Y)
    return fill_missing(Y), xp.where(xp.isnan(Y), xp.zeros_like(Y), by_target(w) * scales)


def penalty(objective: Objective, network: Network) -> float:
    """(alpha/2) sum ||W||^2 + l1 sum |W|, summed in float64."""
    total = 0.0
    for W in network.W:
        weights = np.asarray(W, dtype=np.float64)
        if objective.alpha > 0:
            total += objective.alpha / 2 * float(np.sum(weights**2))
        if objective.l1 > 0:
            total += objective.l1 * float(np.sum(np.abs(weights)))
    return total


def add_penalty_gradient(objective: Objective, network: Network, gradient: np.ndarray) -> None:
    """Add alpha W + l1 sign(W) to the gradient, in place; the sign of 0 is 0."""
    for dJ_dW, W in zip(Gradient(gradient, network.sizes).W, network.W, strict=True):
        dJ_dW += objective.alpha * W + objective.l1 * np.sign(W)


def weighted_sums(Y: np.ndarray, w: np.ndarray, losses: np.ndarray) -> np.ndarray:
    """sum_n w_n L_nd over the rows in which target d is present: (n_targets,), float64."""
    return np.asarray(np.sum(np.where(np.isnan(Y), 0, by_target(w) * losses), axis=0, dtype=np.float64))


def batch_losses(objective: Objective, network: Network, data: Observations) -> np.ndarray:
    """sum_n w_n L_nd for each target (n_targets,), in float64, block by block."""
    sums = np.zeros(data.Y.shape[1])
    for start in range(0, len(data.X), BLOCK_ROWS):
        X, Y, w = data.take(slice(start, start + BLOCK_ROWS))
        H, Z = propagate_forward_batch(network, X)
        losses = losses_of_batch(objective.loss, fill_missing(Y), H[-1], Z[-1])
        sums += weighted_sums(Y, w, losses)
    return sums


def batch_gradient(
    objective: Objective,
    network: Network,
    data: Observations,
    scales: np.ndarray,
    dropout: Dropout | None = None,
    step: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """The weighted loss sums of each target, and the gradient of sum_nd w_n scale_d L_nd plus the penalties.

    Parameters
    ----------
    objective : Objective
    network : Network
    data : Observations
    scales : array of shape (n_targets,)
        `Objective.scales` for the whole of the data; for a mini-batch of b of N rows, N/b times that.
    dropout : Dropout, optional
        Then both are those given the masks and the noise of this step.
    step : int

    Returns
    -------
    sums : array of shape (n_targets,), float64
        sum_n w_n L_nd
    gradient : array of the shape of theta
    """
    sums = np.zeros(data.Y.shape[1])
    accumulated = np.zeros(network.theta.shape)  # float64: blocks are added to one another
    scales = scales.astype(data.Y.dtype)
    for start in range(0, len(data.X), BLOCK_ROWS):
        X, Y, w = data.take(slice(start, start + BLOCK_ROWS))
        masks = None
        if dropout is not None:
            X = dropout.add_noise(X, step, start)
            masks = dropout.masks(network.sizes, step, start, len(X), X.dtype)
        filled, coefficients = complete(Y, w, scales)
        made = propagate_backward_batch(network, X, filled, objective.loss, coefficients, masks)
        sums += weighted_sums(Y, w, made.losses)
        accumulated += made.theta
    gradient = accumulated.astype(network.dtype)
    add_penalty_gradient(objective, network, gradient)
    return sums, gradient
