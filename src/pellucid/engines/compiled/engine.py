"""The engine that drives the kernels: it names things in their numbers, makes buffers, and cuts work into slices."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.engines.compiled import slice_kernels as kernels
from pellucid.engines.compiled.layout import (
    contiguous,
    contiguous_data,
    make_buffers,
    make_layout,
)
from pellucid.engines.compiled.problem import make_problem
from pellucid.engines.compiled.sensitivity_kernels import sensitivities
from pellucid.engines.compiled.step_settings import make_disturbance, make_moments, make_settings
from pellucid.engines.compiled.threads import blas_threads
from pellucid.engines.protocol import EpochSums
from pellucid.mathematics.dropout import Dropout
from pellucid.mathematics.objective import BLOCK_ROWS, Objective, Observations
from pellucid.mathematics.structure import Network
from pellucid.mathematics.updates import (
    Adam,
    AdamState,
    Descent,
    GradientDescentState,
    Momentum,
    MomentumState,
    RMSprop,
    RMSpropState,
)

PREDICT_ROWS = 64
SLICE_OPERATIONS = 5e8  # about 25 ms even at a tenth of the speed of sgemm: Ctrl-C and progress stay prompt


class CompiledEngine:
    """Numba kernels over flat buffers."""

    name = "compiled"

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
    ) -> CompiledSession:
        return CompiledSession(network, objective, descent, data, totals, n_rows, batch_size, dropout)

    def losses(
        self, network: Network, objective: Objective, data: Observations, rows: np.ndarray | None = None
    ) -> np.ndarray:
        data = contiguous_data(data, network.dtype)
        order = np.arange(len(data.X)) if rows is None else contiguous(rows, np.int64)
        n_targets = data.Y.shape[1]
        losses = np.zeros(n_targets)
        capacity = max(1, min(len(order), BLOCK_ROWS))
        buffers = make_buffers(network, n_targets, capacity, n_weights=data.w.shape[1])
        scales = np.zeros(n_targets, network.dtype)
        layout, problem = make_layout(network), make_problem(network, objective.loss)
        theta, n_rows = contiguous(network.theta, network.dtype), rows_per_slice(network, capacity)
        for start in range(0, len(order), n_rows):  # Ctrl-C is heard between two slices
            with blas_threads(network.sizes, capacity):
                kernels.sum_losses(
                    layout, problem, data, order[start : start + n_rows], theta, buffers, scales, losses
                )  # fmt: skip
        return losses

    def gradient(
        self,
        network: Network,
        objective: Objective,
        data: Observations,
        scales: np.ndarray,
        rows: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        data = contiguous_data(data, network.dtype)
        order = np.arange(len(data.X)) if rows is None else contiguous(rows, np.int64)
        n_targets = data.Y.shape[1]
        losses = np.zeros(n_targets)
        capacity = max(1, min(len(order), BLOCK_ROWS))
        buffers = make_buffers(network, n_targets, capacity, network.theta.size, data.w.shape[1])
        layout, problem = make_layout(network), make_problem(network, objective.loss)
        penalties, scales = penalties_of(objective, network.dtype), scales.astype(network.dtype)
        theta, n_rows = contiguous(network.theta, network.dtype), rows_per_slice(network, capacity)
        for start in range(0, max(len(order), 1), n_rows):  # once for no rows: the penalties have a gradient too
            stop = min(start + n_rows, len(order))
            with blas_threads(network.sizes, capacity):
                kernels.sum_gradient(
                    layout, problem, penalties, data, order, start, stop, theta, buffers, scales, losses
                )  # fmt: skip
        return losses, buffers.gradient

    def propagate(self, network: Network, X: np.ndarray) -> list[np.ndarray]:
        n = len(X)
        layout, buffers = make_layout(network), make_buffers(network, 1, n)
        X, theta = contiguous(X, network.dtype), contiguous(network.theta, network.dtype)
        with blas_threads(network.sizes, n):
            kernels.propagate(layout, theta, X, buffers)
        return [
            buffers.H[n * at : n * (at + size)].reshape(n, size)
            for at, size in zip(layout.column_at[1:], network.sizes[1:], strict=True)
        ]

    def predict(self, network: Network, X: np.ndarray) -> np.ndarray:
        network = network.with_parameters(contiguous(network.theta, np.float64))
        Y_hat = np.empty((len(X), network.sizes[-1]))
        buffers = make_buffers(network, 1, PREDICT_ROWS)
        with blas_threads(network.sizes, PREDICT_ROWS):
            kernels.predict(make_layout(network), network.theta, contiguous(X, np.float64), buffers, Y_hat)
        return Y_hat

    def sensitivities(self, network: Network, X: np.ndarray) -> np.ndarray:
        network = network.with_parameters(contiguous(network.theta, np.float64))
        dY_hat_dX = np.empty((len(X), network.sizes[-1], network.sizes[0]))
        buffers = make_buffers(network, 1, PREDICT_ROWS)
        with blas_threads(network.sizes, PREDICT_ROWS):
            sensitivities(make_layout(network), network.theta, contiguous(X, np.float64), buffers, dY_hat_dX)
        return dY_hat_dX


class CompiledSession:
    """A training run in machine code. `theta` and the moments change in place."""

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
        dtype = network.dtype
        self.data = contiguous_data(data, dtype)
        self.sizes = network.sizes
        self.batch_size = batch_size
        self.theta = contiguous(network.theta, dtype).copy()
        self.solver = descent.solver
        self.settings, self.moments = make_settings(descent), make_moments(descent, self.theta)
        self.layout = make_layout(network)
        self.problem = make_problem(network, objective.loss)
        self.penalties = penalties_of(objective, dtype)
        scales = objective.scales(totals)
        whole = objective.reduction == "sum"
        self.mean_scales = (0 * scales if whole else scales * n_rows).astype(dtype)
        self.sum_scales = (scales if whole else 0 * scales).astype(dtype)
        self.capacity = min(batch_size, BLOCK_ROWS)
        several_blocks = batch_size > BLOCK_ROWS
        self.disturbance = make_disturbance(dropout, len(network.W))
        n_accumulated = self.theta.size if several_blocks else 0
        self.buffers = make_buffers(
            network,
            len(totals),
            self.capacity,
            n_accumulated,
            self.data.w.shape[1],
            masked=bool(self.disturbance.rates.any()),
        )
        self.n_steps = 0
        self.slice_rows = rows_per_slice(network, self.capacity, noisy=self.disturbance.input_noise > 0)
        # No rows: it only loads the kernel, or compiles it, before any clock of the training runs.
        self.run_slice(np.empty(0, np.int64), 0, 0, EpochSums.zeros(len(totals), len(network.W)), np.empty(0))

    @property
    def state(self) -> Any:
        """The solver's state, as its own NamedTuple."""
        if isinstance(self.solver, Adam):
            return AdamState(self.moments.first, self.moments.second, int(self.moments.t[0]))
        if isinstance(self.solver, Momentum):
            return MomentumState(self.moments.first)
        if isinstance(self.solver, RMSprop):
            return RMSpropState(self.moments.first)
        return GradientDescentState()

    def restore(self, theta: np.ndarray, state: Any, n_steps: int) -> None:
        self.theta[:], self.n_steps = theta, n_steps
        arrays = [part for part in state if isinstance(part, np.ndarray)]
        for moment, array in zip((self.moments.first, self.moments.second), arrays, strict=False):
            moment[:] = array
        self.moments.t[0] = getattr(state, "t", 0)  # only Adam asks for it

    def run_slice(self, order: np.ndarray, position: int, stop: int, sums: EpochSums, rates: np.ndarray) -> int:
        order, rates = contiguous(order, np.int64), contiguous(rates, np.float64)
        with blas_threads(self.sizes, self.capacity):
            position, n_steps = kernels.run_slice(
                self.layout, self.problem, self.penalties, self.settings, self.disturbance, self.n_steps, rates,
                self.data, order, position, stop, self.batch_size, self.mean_scales, self.sum_scales, self.theta,
                self.moments, self.buffers, sums.losses, sums.gradient_squares, sums.update_squares,
            )  # fmt: skip
        self.n_steps += n_steps
        sums.n_steps += n_steps
        return position


def penalties_of(objective: Objective, dtype: Any) -> np.ndarray:
    """Alpha and l1 as the kernels take them."""
    return np.array([objective.alpha, objective.l1], dtype)


def rows_per_slice(network: Network, capacity: int, *, noisy: bool = False) -> int:
    """So many rows that a slice returns within 50 ms, by the operations they cost; at least one block."""
    of_row = network.theta.size + 20 * sum(network.sizes) + 100 * network.sizes[0] * noisy  # a logarithm and a cosine
    block = 6 * capacity * of_row + 10 * network.theta.size + 10_000
    return max(1, int(SLICE_OPERATIONS / block)) * capacity
