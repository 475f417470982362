"""The ways to the gradient of J that a check compares: each is handed what an observation's loss counts."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np

from pellucid.engines.protocol import Engine
from pellucid.mathematics.activations import is_ours, namespace
from pellucid.mathematics.activations.per_output import every_activation
from pellucid.mathematics.batch import losses_of_batch
from pellucid.mathematics.forward import propagate_forward_batch
from pellucid.mathematics.losses import Loss, is_own
from pellucid.mathematics.objective import Objective, Observations, add_penalty_gradient, complete, target_totals
from pellucid.mathematics.observation import combine_observations
from pellucid.mathematics.structure import Network


def scales_of(objective: Objective, data: Observations) -> np.ndarray:
    """lambda_d / S_d, or lambda_d for sums."""
    return objective.scales(target_totals(data.Y, data.w))


def by_observations(network: Network, objective: Objective, data: Observations) -> np.ndarray:
    """The specification: the loop over observations."""
    filled, coefficients = complete(data.Y, data.w, scales_of(objective, data))
    _, theta = combine_observations(network, data.X, filled, objective.loss, coefficients)
    add_penalty_gradient(objective, network, theta)
    return theta


def by_engine(engine: Engine, network: Network, objective: Objective, data: Observations) -> np.ndarray:
    """What the engine trains with."""
    return engine.gradient(network, objective, data, scales_of(objective, data))[1]


def is_known_to(engine: Engine, network: Network, loss: Loss) -> bool:
    """Whether the engine can run this network and loss itself."""
    if engine.name != "compiled":
        return True
    from pellucid.engines.compiled.problem import is_known

    return is_known(network, loss)


def has_own_blocks(network: Network, loss: Loss) -> bool:
    """Whether an activation or the loss is not one of pellucid's."""
    return is_own(loss) or not all(map(is_ours, every_activation(network)))


def has_jax() -> bool:
    """Whether JAX is installed."""
    return importlib.util.find_spec("jax") is not None


def by_jax(network: Network, objective: Objective, data: Observations) -> np.ndarray:
    """Automatic differentiation of J, of which only the chapter's way forward is used."""
    import jax

    enable_x64: Any = getattr(jax, "enable_x64", None)
    if enable_x64 is None:  # before JAX 0.8
        from jax.experimental import enable_x64  # type: ignore[no-redef, attr-defined]  # older JAX
    with enable_x64(True):
        X, Y, w = (jax.numpy.asarray(array) for array in data)
        filled, coefficients = complete(Y, w, jax.numpy.asarray(scales_of(objective, data)))

        def J(theta: Any) -> Any:
            at = network.with_parameters(theta)
            H, Z = propagate_forward_batch(at, X)
            total = (coefficients * losses_of_batch(objective.loss, filled, H[-1], Z[-1])).sum()
            xp = namespace(theta)
            for W in at.W:
                size = xp.where(W == 0, 0.0, xp.abs(W))  # its slope at 0 is a convention: 0 here, 1 in JAX
                total = total + objective.alpha / 2 * (W**2).sum() + objective.l1 * size.sum()
            return total

        # Compiled as a whole: step by step each operation would be compiled for itself, eight times as long.
        return np.asarray(jax.jit(jax.grad(J))(jax.numpy.asarray(network.theta)))
