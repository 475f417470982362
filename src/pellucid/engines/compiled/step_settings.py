"""What makes a step, in the kernels' numbers: the solver with its state at the start, decay, clipping, dropout."""

from __future__ import annotations

import numpy as np

from pellucid.engines.compiled.dropout_kernels import Disturbance
from pellucid.engines.compiled.update_kernels import (
    ADAM,
    GRADIENT_DESCENT,
    MOMENTUM,
    NESTEROV,
    RMSPROP,
    Moments,
    Settings,
)
from pellucid.mathematics.dropout import Dropout
from pellucid.mathematics.updates import Adam, Descent, GradientDescent, Momentum, RMSprop


def make_settings(descent: Descent) -> Settings:
    """What makes a step, in the kernels' numbers."""
    solver, common = descent.solver, (float(descent.weight_decay), float(descent.clip_norm or 0.0))
    if isinstance(solver, Adam):
        return Settings(ADAM, 0.0, solver.beta_1, solver.beta_2, solver.epsilon, *common)
    if isinstance(solver, RMSprop):
        return Settings(RMSPROP, 0.0, 0.0, solver.rho, solver.epsilon, *common)
    if isinstance(solver, Momentum):
        return Settings(NESTEROV if solver.nesterov else MOMENTUM, solver.momentum, 0.0, 0.0, 0.0, *common)
    if isinstance(solver, GradientDescent):
        return Settings(GRADIENT_DESCENT, 0.0, 0.0, 0.0, 0.0, *common)
    raise TypeError(f"No kernel for the solver {solver!r}.")


def make_disturbance(dropout: Dropout | None, n_layers: int) -> Disturbance:
    """The same signature with dropout and without, so that both are one compilation."""
    if dropout is None:
        return Disturbance(np.zeros(n_layers), 0.0, np.uint64(0))
    return Disturbance(np.array(dropout.rates, np.float64), float(dropout.input_noise), np.uint64(dropout.seed))


def make_moments(descent: Descent, theta: np.ndarray) -> Moments:
    """A solver's state at the start."""
    none, t = np.empty(0, theta.dtype), np.zeros(1, np.int64)
    first = none if isinstance(descent.solver, GradientDescent) else np.zeros_like(theta)
    return Moments(first, np.zeros_like(theta) if isinstance(descent.solver, Adam) else none, t)
