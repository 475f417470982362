"""Updates in machine code, in place: updates.py line by line.

Each also adds, for every layer, the squared norms of the gradient and of the step to the epoch's sums: the arrays
are in the cache at that moment, so it costs next to nothing.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from pellucid.engines.compiled.cache import jit

GRADIENT_DESCENT, MOMENTUM, NESTEROV, ADAM = range(4)


class Settings(NamedTuple):
    """A solver for the kernels: its code and its constants (unused ones are 0)."""

    code: int
    learning_rate: float
    momentum: float
    beta_1: float
    beta_2: float
    epsilon: float


class Moments(NamedTuple):
    """A solver's state: the velocity or m, then v, each of the size of theta or empty; t counts the steps."""

    first: np.ndarray
    second: np.ndarray
    t: np.ndarray  # (1,), int64


@jit
def update(layout, settings, theta, gradient, moments, gradient_squares, update_squares):
    """Theta <- theta + step, layer by layer."""
    moments.t[0] += 1
    for l in range(len(layout.codes)):
        start, stop = layout.W_at[l], layout.c_at[l] + layout.sizes[l + 1]
        g, parameters = gradient[start:stop], theta[start:stop]
        if settings.code == ADAM:
            m, v = moments.first[start:stop], moments.second[start:stop]
            squares = adam(settings, moments.t[0], parameters, g, m, v)
        elif settings.code == GRADIENT_DESCENT:
            squares = gradient_descent(settings, parameters, g)
        else:
            squares = momentum(settings, parameters, g, moments.first[start:stop])
        gradient_squares[l] += squares[0]
        update_squares[l] += squares[1]


@jit
def gradient_descent(settings, theta, g):
    """Step = -learning_rate g."""
    rate = theta.dtype.type(settings.learning_rate)
    g_squared, step_squared = 0.0, 0.0
    for i in range(len(theta)):
        step = -rate * g[i]
        theta[i] += step
        g_squared += g[i] * g[i]
        step_squared += step * step
    return g_squared, step_squared


@jit
def momentum(settings, theta, g, velocity):
    """Velocity <- momentum velocity - learning_rate g; the step is the velocity, or Nesterov's."""
    rate = theta.dtype.type(settings.learning_rate)
    mu = theta.dtype.type(settings.momentum)
    nesterov = settings.code == NESTEROV
    g_squared, step_squared = 0.0, 0.0
    for i in range(len(theta)):
        velocity[i] = mu * velocity[i] - rate * g[i]
        step = mu * velocity[i] - rate * g[i] if nesterov else velocity[i]
        theta[i] += step
        g_squared += g[i] * g[i]
        step_squared += step * step
    return g_squared, step_squared


@jit
def adam(settings, t, theta, g, m, v):
    """Adam with both moments corrected for their start at 0; the corrections are made once for all entries."""
    one = theta.dtype.type(1)
    beta_1, beta_2 = theta.dtype.type(settings.beta_1), theta.dtype.type(settings.beta_2)
    rest_1, rest_2 = theta.dtype.type(1 - settings.beta_1), theta.dtype.type(1 - settings.beta_2)
    rate = theta.dtype.type(settings.learning_rate / (1 - settings.beta_1**t))
    root = theta.dtype.type(1 / math.sqrt(1 - settings.beta_2**t))
    epsilon = theta.dtype.type(settings.epsilon)
    g_squared, step_squared = 0.0, 0.0
    for i in range(len(theta)):
        m[i] = beta_1 * m[i] + rest_1 * g[i]
        v[i] = beta_2 * v[i] + rest_2 * g[i] * g[i]
        step = -rate * m[i] * (one / (math.sqrt(v[i]) * root + epsilon))
        theta[i] += step
        g_squared += g[i] * g[i]
        step_squared += step * step
    return g_squared, step_squared
