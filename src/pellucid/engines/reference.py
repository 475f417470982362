"""The reference engine: NumPy, calling the chapter itself. It defines what the other engines must return."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.engines.protocol import EpochSums
from pellucid.mathematics.dropout import Dropout
from pellucid.mathematics.forward import propagate_forward_batch
from pellucid.mathematics.objective import (
    BLOCK_ROWS,
    Objective,
    Observations,
    batch_gradient,
    batch_losses,
)
from pellucid.mathematics.sensitivity import sensitivities_of_batch
from pellucid.mathematics.structure import Gradient, Network
from pellucid.mathematics.updates import Descent

PREDICT_ROWS = 64  # every product of `predict` has this many rows, so that each row is summed in one order


class ReferenceEngine:
    """NumPy, one block of rows at a time."""

    name = "reference"

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
    ) -> ReferenceSession:
        return ReferenceSession(network, objective, descent, data, totals, n_rows, batch_size, dropout)

    def losses(
        self, network: Network, objective: Objective, data: Observations, rows: np.ndarray | None = None
    ) -> np.ndarray:
        if rows is None:
            return batch_losses(objective, network, data)
        parts = [
            batch_losses(objective, network, data.take(rows[start : start + BLOCK_ROWS]))
            for start in range(0, len(rows), BLOCK_ROWS)
        ]
        return np.sum(parts, axis=0) if parts else np.zeros(data.Y.shape[1])

    def gradient(
        self,
        network: Network,
        objective: Objective,
        data: Observations,
        scales: np.ndarray,
        rows: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        return batch_gradient(objective, network, data if rows is None else data.take(rows), scales)

    def propagate(self, network: Network, X: np.ndarray) -> list[np.ndarray]:
        return propagate_forward_batch(network, X)[0][1:]  # type: ignore[return-value]  # only H[0] is None

    def predict(self, network: Network, X: np.ndarray) -> np.ndarray:
        network = network.with_parameters(network.theta.astype(np.float64))
        Y_hat = np.empty((len(X), network.sizes[-1]))
        block = np.zeros((PREDICT_ROWS, X.shape[1]))
        for start in range(0, len(X), PREDICT_ROWS):
            n = min(PREDICT_ROWS, len(X) - start)
            block[:n] = X[start : start + n]
            Y_hat[start : start + n] = propagate_forward_batch(network, block)[1][-1][:n]
        return Y_hat

    def sensitivities(self, network: Network, X: np.ndarray) -> np.ndarray:
        network = network.with_parameters(network.theta.astype(np.float64))
        X = np.asarray(X, np.float64)
        dY_hat_dX = np.empty((len(X), network.sizes[-1], network.sizes[0]))
        for start in range(0, len(X), BLOCK_ROWS):
            rows = slice(start, start + BLOCK_ROWS)
            dY_hat_dX[rows] = sensitivities_of_batch(network, X[rows])
        return dY_hat_dX


class ReferenceSession:
    """A training run in NumPy, step by step as the text has it."""

    def __init__(
        self,
        network: Network,
        objective: Objective,
        descent: Descent,
        data: Observations,
        totals: np.ndarray,
        n_rows: int,
        batch_size: int,
        dropout: Dropout | None,
    ):
        self.network = network
        self.objective = objective
        self.descent = descent
        self.data = data
        self.scales = objective.scales(totals)
        self.n_rows = n_rows
        self.batch_size = batch_size
        self.dropout = dropout
        self.theta = network.theta.copy()
        self.state: Any = descent.init(self.theta)
        self.n_steps = 0
        self.slice_rows = max(batch_size, BLOCK_ROWS)

    def run_slice(self, order: np.ndarray, position: int, stop: int, sums: EpochSums, rates: np.ndarray) -> int:
        while position < stop:
            end = min(position + self.batch_size, len(order))
            self.step(order[position:end], sums, float(rates[position // self.batch_size]))
            position = end
        return position

    def restore(self, theta: np.ndarray, state: Any, n_steps: int) -> None:
        self.theta, self.state, self.n_steps = theta.copy(), state, n_steps  # no step changes the arrays in place

    def step(self, rows: np.ndarray, sums: EpochSums, rate: float) -> None:
        """One update from one batch: its gradient, the step from it, theta <- theta + step."""
        network = self.network.with_parameters(self.theta)
        scales = self.scales
        if self.objective.reduction == "mean":
            scales = scales * (self.n_rows / len(rows))
        losses, gradient = batch_gradient(
            self.objective, network, self.data.take(rows), scales, self.dropout, self.n_steps
        )
        step, self.state = self.descent.step(network, gradient, self.state, rate)
        self.theta = self.theta + step.astype(self.theta.dtype, copy=False)
        self.n_steps += 1
        sums.losses += losses
        sums.gradient_squares += squared_norms(gradient, network)
        sums.update_squares += squared_norms(step, network)
        sums.n_steps += 1


def squared_norms(vector: np.ndarray, network: Network) -> np.ndarray:
    """The squared norm of each layer's part (W and c) of a vector like theta, in float64."""
    views = Gradient(vector, network.sizes)
    return np.array(
        [
            np.sum(np.square(W, dtype=np.float64)) + np.sum(np.square(c, dtype=np.float64))
            for W, c in zip(views.W, views.c, strict=True)
        ]
    )
