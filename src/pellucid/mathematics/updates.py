"""Updates theta <- theta + step: gradient descent, momentum, Nesterov and Adam, as pure init and update.

    state = solver.init(theta);   step, state = solver.update(gradient, state)

A state is a NamedTuple of arrays and counts, so saving, resuming and comparing it needs nothing special.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from pellucid.mathematics.activations import namespace

Array = Any


class GradientDescentState(NamedTuple):
    """Gradient descent remembers nothing."""


class MomentumState(NamedTuple):
    """The velocity, of the shape of theta."""

    velocity: Array


class AdamState(NamedTuple):
    """Running means of the gradient (m) and of its square (v), and the number of steps t."""

    m: Array
    v: Array
    t: int


@dataclass(frozen=True)
class GradientDescent:
    """step = -learning_rate · gradient: the text's gradient descent (Cauchy, 1847)."""

    learning_rate: float = 0.1

    def init(self, theta: Array) -> GradientDescentState:
        return GradientDescentState()

    def update(self, gradient: Array, state: GradientDescentState) -> tuple[Array, GradientDescentState]:
        return -self.learning_rate * gradient, state


@dataclass(frozen=True)
class Momentum:
    """velocity <- momentum · velocity - learning_rate · gradient; step = velocity (Polyak, 1964).

    With nesterov=True, step = momentum · velocity - learning_rate · gradient with the new velocity: Nesterov's
    method, in the variables of Sutskever et al. (2013), with theta already at the point that looks ahead.
    """

    learning_rate: float = 0.01
    momentum: float = 0.9
    nesterov: bool = True

    def init(self, theta: Array) -> MomentumState:
        return MomentumState(namespace(theta).zeros_like(theta))

    def update(self, gradient: Array, state: MomentumState) -> tuple[Array, MomentumState]:
        velocity = self.momentum * state.velocity - self.learning_rate * gradient
        step = self.momentum * velocity - self.learning_rate * gradient if self.nesterov else velocity
        return step, MomentumState(velocity)


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma and Ba, 2015, algorithm 1), with both moments corrected for their start at 0.

        m <- beta_1 m + (1 - beta_1) g            m_hat = m / (1 - beta_1^t)
        v <- beta_2 v + (1 - beta_2) g^2          v_hat = v / (1 - beta_2^t)
        step = -learning_rate · m_hat / (sqrt(v_hat) + epsilon)

    Examples
    --------
    The first step has the size of the learning rate, whatever the gradient:

    >>> import numpy as np
    >>> solver = Adam(learning_rate=0.5)
    >>> step, state = solver.update(np.array([1e-3, -40.0]), solver.init(np.zeros(2)))
    >>> step.round(4)
    array([-0.5,  0.5])
    """

    learning_rate: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    def init(self, theta: Array) -> AdamState:
        zeros = namespace(theta).zeros_like
        return AdamState(zeros(theta), zeros(theta), 0)

    def update(self, gradient: Array, state: AdamState) -> tuple[Array, AdamState]:
        t = state.t + 1
        m = self.beta_1 * state.m + (1 - self.beta_1) * gradient
        v = self.beta_2 * state.v + (1 - self.beta_2) * gradient * gradient
        m_hat = m / (1 - self.beta_1**t)
        v_hat = v / (1 - self.beta_2**t)
        step = -self.learning_rate * m_hat / (namespace(gradient).sqrt(v_hat) + self.epsilon)
        return step, AdamState(m, v, t)


Solver = GradientDescent | Momentum | Adam
