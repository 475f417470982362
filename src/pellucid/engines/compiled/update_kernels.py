"""Updates in machine code, in place: updates.py line by line. `decay` is rate · weight_decay, 0 for intercepts.

Each also gives the squared norms of the gradient and of the step, for the epoch's sums: the arrays are in the cache at
that moment, so it costs next to nothing.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from pellucid.engines.compiled.cache import jit

GRADIENT_DESCENT, MOMENTUM, NESTEROV, RMSPROP, ADAM = range(5)

# Squares are added in the arrays' own type over a chunk, whose chunks are added in float64: a loop in two types takes
# twice the time of one in float32 alone. Squares leave the range of float32 long before the numbers themselves, so a
# chunk whose sum is infinite, or so small that squares may have been lost, is added once more in float64.
CHUNK = 2048
LEAST_SUM = 2.0**-114  # a lost square is at most 2^-150: all 2048 together are then 2^-25 of the sum


class Settings(NamedTuple):
    """What makes a step, for the kernels: the solver's code and constants, and what it is clipped and decayed by.

    Unused constants are 0; beta_2 is RMSprop's rho.
    """

    code: int
    momentum: float
    beta_1: float
    beta_2: float
    epsilon: float
    weight_decay: float
    clip_norm: float


class Moments(NamedTuple):
    """A solver's state: the velocity, m or RMSprop's v, then Adam's v, each as theta or empty; t counts the steps."""

    first: np.ndarray
    second: np.ndarray
    t: np.ndarray  # (1,), int64


@jit
def clip(layout, clip_norm, gradient, gradient_squares):
    """Scale the gradient down to the norm clip_norm where its own is larger; its own is what the sums receive."""
    total = 0.0
    for l in range(len(layout.codes)):
        end = layout.c_at[l] + layout.sizes[l + 1]
        for start in range(layout.W_at[l], end, CHUNK):
            squares = sum_of_squares(gradient[start : min(start + CHUNK, end)])
            gradient_squares[l] += squares
            total += squares
    norm = math.sqrt(total)
    if norm > clip_norm:
        factor = gradient.dtype.type(clip_norm / norm)
        for i in range(len(gradient)):
            gradient[i] *= factor


@jit
def sum_of_squares(g):
    """The squared norm of a chunk."""
    total = g.dtype.type(0)
    for i in range(len(g)):
        total += g[i] * g[i]
    if is_certain(total):
        return np.float64(total)
    exact = 0.0
    for i in range(len(g)):
        exact += np.float64(g[i]) * np.float64(g[i])
    return exact


@jit
def update(layout, settings, rate, theta, gradient, moments, gradient_squares, update_squares):
    """Move theta by the step, layer by layer and chunk by chunk; without decay W and c share their chunks."""
    moments.t[0] += 1
    for l in range(len(layout.codes)):
        end = layout.c_at[l] + layout.sizes[l + 1]
        decay_stop = layout.c_at[l] if settings.weight_decay > 0 else end
        start = layout.W_at[l]
        while start < end:
            decay = rate * settings.weight_decay if start < decay_stop else 0.0
            stop = min(start + CHUNK, decay_stop if start < decay_stop else end)
            g, parameters = gradient[start:stop], theta[start:stop]
            first, second = moments.first[start:stop], moments.second[start:stop]
            if settings.code == ADAM:
                squares = adam(settings, rate, decay, moments.t[0], parameters, g, first, second)
            elif settings.code == GRADIENT_DESCENT:
                squares = gradient_descent(rate, decay, parameters, g)
            elif settings.code == RMSPROP:
                squares = rmsprop(settings, rate, decay, parameters, g, first)
            else:
                squares = momentum(settings, rate, decay, parameters, g, first)
            g_squared, step_squared = np.float64(squares[0]), np.float64(squares[1])
            if not (is_certain(squares[0]) and is_certain(squares[1])):
                g_squared, step_squared = squares_in_float64(
                    settings, rate, decay, moments.t[0], parameters, g, first, second
                )
            if settings.clip_norm == 0:  # else the norm before clipping has been added
                gradient_squares[l] += g_squared
            update_squares[l] += step_squared
            start = stop


@jit
def is_certain(total):
    """Whether a sum of squares has lost none and is finite."""
    return LEAST_SUM <= total < np.inf


@jit
def squares_in_float64(settings, rate, decay, t, theta, g, first, second):
    """The squared norms of the gradient and of the step just made, which the moments and theta after it still tell.

    theta = before (1 - decay) + step without decay, so what was there before, and its decay, can be worked out.
    """
    root = 1.0
    if settings.code == ADAM:
        rate /= 1 - settings.beta_1**t
        root = 1 / math.sqrt(1 - settings.beta_2**t)
    g_squared = step_squared = 0.0
    for i in range(len(g)):
        g_i = np.float64(g[i])
        if settings.code == ADAM:
            step = -rate * first[i] / (math.sqrt(second[i]) * root + settings.epsilon)
        elif settings.code == GRADIENT_DESCENT:
            step = -rate * g_i
        elif settings.code == RMSPROP:
            step = -rate * g_i / (math.sqrt(first[i]) + settings.epsilon)
        elif settings.code == NESTEROV:
            step = settings.momentum * first[i] - rate * g_i
        else:
            step = np.float64(first[i])
        if decay > 0:
            step -= decay * (theta[i] - step) / (1 - decay)
        g_squared += g_i * g_i
        step_squared += step * step
    return g_squared, step_squared


@jit
def flushed(x):
    """Give 0 for a subnormal number, and any other, NaN too, back.

    A moment without gradient, as of a unit that no row reaches, shrinks step by step until it sticks at a subnormal
    number, where each operation costs many processors a hundred cycles: steps took up to five times as long.
    """
    return x if not abs(x) < np.finfo(x).tiny else 0 * x


@jit
def gradient_descent(rate, decay, theta, g):
    """The step is -rate g."""
    rate, decay = theta.dtype.type(rate), theta.dtype.type(decay)
    g_squared = step_squared = theta.dtype.type(0)
    for i in range(len(theta)):
        step = -rate * g[i] - decay * theta[i]
        theta[i] += step
        g_squared += g[i] * g[i]
        step_squared += step * step
    return g_squared, step_squared


@jit
def momentum(settings, rate, decay, theta, g, velocity):
    """The velocity becomes momentum velocity - rate g; the step is it, or Nesterov's."""
    rate, decay = theta.dtype.type(rate), theta.dtype.type(decay)
    mu = theta.dtype.type(settings.momentum)
    nesterov = settings.code == NESTEROV
    g_squared = step_squared = theta.dtype.type(0)
    for i in range(len(theta)):
        velocity[i] = flushed(mu * velocity[i] - rate * g[i])
        step = (mu * velocity[i] - rate * g[i] if nesterov else velocity[i]) - decay * theta[i]
        theta[i] += step
        g_squared += g[i] * g[i]
        step_squared += step * step
    return g_squared, step_squared


@jit
def rmsprop(settings, rate, decay, theta, g, v):
    """The gradient over the root of the running mean of its square."""
    rate, decay = theta.dtype.type(rate), theta.dtype.type(decay)
    rho, rest = theta.dtype.type(settings.beta_2), theta.dtype.type(1 - settings.beta_2)
    epsilon = theta.dtype.type(settings.epsilon)
    g_squared = step_squared = theta.dtype.type(0)
    for i in range(len(theta)):
        v[i] = flushed(rho * v[i] + rest * g[i] * g[i])
        step = -rate * g[i] / (math.sqrt(v[i]) + epsilon) - decay * theta[i]
        theta[i] += step
        g_squared += g[i] * g[i]
        step_squared += step * step
    return g_squared, step_squared


@jit
def adam(settings, rate, decay, t, theta, g, m, v):
    """Adam with both moments corrected for their start at 0; the corrections are made once for all entries."""
    beta_1, beta_2 = theta.dtype.type(settings.beta_1), theta.dtype.type(settings.beta_2)
    rest_1, rest_2 = theta.dtype.type(1 - settings.beta_1), theta.dtype.type(1 - settings.beta_2)
    rate, decay = theta.dtype.type(rate / (1 - settings.beta_1**t)), theta.dtype.type(decay)
    root = theta.dtype.type(1 / math.sqrt(1 - settings.beta_2**t))
    epsilon = theta.dtype.type(settings.epsilon)
    g_squared = step_squared = theta.dtype.type(0)
    for i in range(len(theta)):
        m[i] = flushed(beta_1 * m[i] + rest_1 * g[i])
        v[i] = flushed(beta_2 * v[i] + rest_2 * g[i] * g[i])
        step = -rate * m[i] / (math.sqrt(v[i]) * root + epsilon) - decay * theta[i]
        theta[i] += step
        g_squared += g[i] * g[i]
        step_squared += step * step
    return g_squared, step_squared
