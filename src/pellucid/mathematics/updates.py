"""Updates theta <- theta + step: the solvers, as pure init and update, and all that makes a step.

    state = solver.init(theta);   step, state = solver.update(gradient, state, rate)

`rate` is the learning rate of this step, as the schedule has it; a solver's own `learning_rate` is the base of that.
A state is a NamedTuple of arrays and counts, so saving, resuming and comparing it needs nothing special.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from pellucid.mathematics.activations import namespace
from pellucid.mathematics.structure import Network, join_parameters

Array = Any


class GradientDescentState(NamedTuple):
    """Gradient descent remembers nothing."""


class MomentumState(NamedTuple):
    """The velocity, of the shape of theta."""

    velocity: Array


class RMSpropState(NamedTuple):
    """The running mean of the squared gradient."""

    v: Array


class AdamState(NamedTuple):
    """Running means of the gradient (m) and of its square (v), and the number of steps t."""

    m: Array
    v: Array
    t: int


@dataclass(frozen=True)
class GradientDescent:
    """step = -rate · gradient: the text's gradient descent (Cauchy, 1847)."""

    learning_rate: float = 0.1

    def init(self, theta: Array) -> GradientDescentState:
        return GradientDescentState()

    def update(self, gradient: Array, state: GradientDescentState, rate: float) -> tuple[Array, GradientDescentState]:
        return -rate * gradient, state


@dataclass(frozen=True)
class Momentum:
    """velocity <- momentum · velocity - rate · gradient; step = velocity (Polyak, 1964).

    With nesterov=True, step = momentum · velocity - rate · gradient with the new velocity: Nesterov's
    method, in the variables of Sutskever et al. (2013), with theta already at the point that looks ahead.

    The rate is inside the velocity, as in scikit-learn. PyTorch multiplies by it outside, which is the same as long as
    the rate is: after a cut of the rate its steps shrink at once, these over the next 1 / (1 - momentum).
    """

    learning_rate: float = 0.01
    momentum: float = 0.9
    nesterov: bool = True

    def init(self, theta: Array) -> MomentumState:
        return MomentumState(namespace(theta).zeros_like(theta))

    def update(self, gradient: Array, state: MomentumState, rate: float) -> tuple[Array, MomentumState]:
        velocity = self.momentum * state.velocity - rate * gradient
        step = self.momentum * velocity - rate * gradient if self.nesterov else velocity
        return step, MomentumState(velocity)


@dataclass(frozen=True)
class RMSprop:
    """Each entry of the gradient over the root of its running mean square (Tieleman and Hinton, 2012, lecture 6.5).

        v <- rho v + (1 - rho) g^2;   step = -rate · g / (sqrt(v) + epsilon)

    v begins at 0 and is not corrected for it: the first step is -rate · sign(g) / sqrt(1 - rho), about three rates.
    Epsilon stands outside the root as in PyTorch; TensorFlow puts it inside.
    """

    learning_rate: float = 0.001
    rho: float = 0.9
    epsilon: float = 1e-8

    def init(self, theta: Array) -> RMSpropState:
        return RMSpropState(namespace(theta).zeros_like(theta))

    def update(self, gradient: Array, state: RMSpropState, rate: float) -> tuple[Array, RMSpropState]:
        v = self.rho * state.v + (1 - self.rho) * gradient * gradient
        return -rate * gradient / (namespace(gradient).sqrt(v) + self.epsilon), RMSpropState(v)


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma and Ba, 2015, algorithm 1), with both moments corrected for their start at 0.

        m <- beta_1 m + (1 - beta_1) g            m_hat = m / (1 - beta_1^t)
        v <- beta_2 v + (1 - beta_2) g^2          v_hat = v / (1 - beta_2^t)
        step = -rate · m_hat / (sqrt(v_hat) + epsilon)

    Examples
    --------
    The first step has the size of the learning rate, whatever the gradient:

    >>> import numpy as np
    >>> solver = Adam()
    >>> step, state = solver.update(np.array([1e-3, -40.0]), solver.init(np.zeros(2)), rate=0.5)
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

    def update(self, gradient: Array, state: AdamState, rate: float) -> tuple[Array, AdamState]:
        t = state.t + 1
        m = self.beta_1 * state.m + (1 - self.beta_1) * gradient
        v = self.beta_2 * state.v + (1 - self.beta_2) * gradient * gradient
        m_hat = m / (1 - self.beta_1**t)
        v_hat = v / (1 - self.beta_2**t)
        step = -rate * m_hat / (namespace(gradient).sqrt(v_hat) + self.epsilon)
        return step, AdamState(m, v, t)


Solver = GradientDescent | Momentum | RMSprop | Adam


@dataclass(frozen=True)
class Descent:
    """The whole step of theta: the gradient clipped, the solver's step, the weights' decay.

        g <- g min(1, clip_norm / ||g||)                (Pascanu, Mikolov and Bengio, 2013, algorithm 1)
        step = the solver's, of g
        step <- step - rate · weight_decay · W          (Loshchilov and Hutter, 2019: decoupled from the gradient)

    g is the gradient of J, penalties included, and its norm that of all parameters together. Weights decay, intercepts
    do not. Both change the update and never J. Adam with weight_decay is AdamW.

    Parameters
    ----------
    solver : Solver
    weight_decay : float
    clip_norm : float, optional
        No clipping without it.
    """

    solver: Solver
    weight_decay: float = 0.0
    clip_norm: float | None = None

    @property
    def learning_rate(self) -> float:
        """The base of the schedule's rates."""
        return self.solver.learning_rate

    @property
    def name(self) -> str:
        """The solver's name; AdamW for Adam with weight decay."""
        return "AdamW" if isinstance(self.solver, Adam) and self.weight_decay > 0 else type(self.solver).__name__

    @property
    def constants(self) -> dict[str, float]:
        """The solver's constants, and the decay and the norm of clipping where there are such."""
        decay = {"weight_decay": self.weight_decay} if self.weight_decay > 0 else {}
        norm = {} if self.clip_norm is None else {"clip_norm": self.clip_norm}
        return asdict(self.solver) | decay | norm

    def init(self, theta: Array) -> Any:
        return self.solver.init(theta)

    def step(self, network: Network, gradient: Array, state: Any, rate: float) -> tuple[Array, Any]:
        """The step of network.theta by the gradient of J at it, and the solver's next state."""
        if self.clip_norm is not None:
            gradient = clip(gradient, self.clip_norm)
        step, state = self.solver.update(gradient, state, rate)
        if self.weight_decay > 0:
            step = step - rate * self.weight_decay * weights_alone(network)
        return step, state


def clip(gradient: Array, clip_norm: float) -> Array:
    """The gradient, or where its norm is beyond clip_norm, the gradient of that norm in its direction."""
    xp = namespace(gradient)
    norm = xp.sqrt(xp.sum(xp.square(xp.astype(gradient, xp.float64))))  # squares leave the range of float32
    return gradient * xp.astype(clip_norm / xp.maximum(norm, clip_norm), gradient.dtype)


def weights_alone(network: Network) -> Array:
    """Theta with 0 for every intercept."""
    zeros_like = namespace(network.theta).zeros_like
    return join_parameters(network.W, [zeros_like(c) for c in network.c])
