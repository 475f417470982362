"""Updates in machine code, in place: updates.py line by line.

Each also gives the squared norms of the gradient and of the step, for the epoch's sums: the arrays are in the cache at
that moment, so it costs next to nothing.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from pellucid.engines.compiled.cache import jit

GRADIENT_DESCENT, MOMENTUM, NESTEROV, ADAM = range(4)

# Squares are added in the arrays' own type over a chunk, whose chunks are added in float64: a loop in two types takes
# twice the time of one in float32 alone. Squares leave the range of float32 long before the numbers themselves, so a
# chunk whose sum is infinite, or so small that squares may have been lost, is added once more in float64.
CHUNK = 2048
LEAST_SUM = 2.0**-114  # a lost square is at most 2^-150: all 2048 together are then 2^-25 of the sum


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
    """Move theta by the solver's step, layer by layer and chunk by chunk."""
    moments.t[0] += 1
    for l in range(len(layout.codes)):
        end = layout.c_at[l] + layout.sizes[l + 1]
        for start in range(layout.W_at[l], end, CHUNK):
            stop = min(start + CHUNK, end)
            g, parameters = gradient[start:stop], theta[start:stop]
            first, second = moments.first[start:stop], moments.second[start:stop]
            if settings.code == ADAM:
                squares = adam(settings, moments.t[0], parameters, g, first, second)
            elif settings.code == GRADIENT_DESCENT:
                squares = gradient_descent(settings, parameters, g)
            else:
                squares = momentum(settings, parameters, g, first)
            if is_certain(squares[0]) and is_certain(squares[1]):
                gradient_squares[l] += squares[0]
                update_squares[l] += squares[1]
            else:
                exact = squares_in_float64(settings, moments.t[0], g, first, second)
                gradient_squares[l] += exact[0]
                update_squares[l] += exact[1]


@jit
def is_certain(total):
    """Whether a sum of squares has lost none and is finite."""
    return LEAST_SUM <= total < np.inf


@jit
def squares_in_float64(settings, t, g, first, second):
    """The squared norms of the gradient and of the step just made, which the moments after it still tell."""
    rate, root = settings.learning_rate, 1.0
    if settings.code == ADAM:
        rate /= 1 - settings.beta_1**t
        root = 1 / math.sqrt(1 - settings.beta_2**t)
    g_squared = step_squared = 0.0
    for i in range(len(g)):
        g_i = np.float64(g[i])
        if settings.code == ADAM:
            step = rate * first[i] / (math.sqrt(second[i]) * root + settings.epsilon)
        elif settings.code == GRADIENT_DESCENT:
            step = rate * g_i
        elif settings.code == NESTEROV:
            step = settings.momentum * first[i] - rate * g_i
        else:
            step = np.float64(first[i])
        g_squared += g_i * g_i
        step_squared += step * step
    return g_squared, step_squared


@jit
def gradient_descent(settings, theta, g):
    """The step is -learning_rate g."""
    rate = theta.dtype.type(settings.learning_rate)
    g_squared = step_squared = theta.dtype.type(0)
    for i in range(len(theta)):
        step = -rate * g[i]
        theta[i] += step
        g_squared += g[i] * g[i]
        step_squared += step * step
    return g_squared, step_squared


@jit
def momentum(settings, theta, g, velocity):
    """The velocity becomes momentum velocity - learning_rate g; the step is it, or Nesterov's."""
    rate = theta.dtype.type(settings.learning_rate)
    mu = theta.dtype.type(settings.momentum)
    nesterov = settings.code == NESTEROV
    g_squared = step_squared = theta.dtype.type(0)
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
    beta_1, beta_2 = theta.dtype.type(settings.beta_1), theta.dtype.type(settings.beta_2)
    rest_1, rest_2 = theta.dtype.type(1 - settings.beta_1), theta.dtype.type(1 - settings.beta_2)
    rate = theta.dtype.type(settings.learning_rate / (1 - settings.beta_1**t))
    root = theta.dtype.type(1 / math.sqrt(1 - settings.beta_2**t))
    epsilon = theta.dtype.type(settings.epsilon)
    g_squared = step_squared = theta.dtype.type(0)
    for i in range(len(theta)):
        m[i] = beta_1 * m[i] + rest_1 * g[i]
        v[i] = beta_2 * v[i] + rest_2 * g[i] * g[i]
        step = -rate * m[i] / (math.sqrt(v[i]) * root + epsilon)
        theta[i] += step
        g_squared += g[i] * g[i]
        step_squared += step * step
    return g_squared, step_squared
