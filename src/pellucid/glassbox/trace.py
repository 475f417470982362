"""`trace`: one observation through a network, with every neuron, Jacobian and gradient by its name, as copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.engines.choice import engine_that_knows
from pellucid.engines.loss_and_gradient import check_penalties, check_target_weights
from pellucid.errors import DataError, GradientMismatch, wrong_parameter
from pellucid.glassbox.rounding import ROUNDING, sizes_of_terms
from pellucid.glassbox.step import make_step
from pellucid.glassbox.trace_record import LARGEST_TENSOR, LayerTrace, Trace, frozen, tensor_bytes
from pellucid.mathematics.batch import propagate_backward_batch
from pellucid.mathematics.forward import propagate_forward
from pellucid.mathematics.losses import Loss, check_network, get_loss
from pellucid.mathematics.objective import Objective, Observations
from pellucid.mathematics.observation import propagate_backward
from pellucid.mathematics.sensitivity import sensitivities_of_batch
from pellucid.mathematics.structure import Network
from pellucid.mathematics.updates import Descent, Solver

AGREEMENT = 1e-10  # of the largest entry: what rounding can do in float64, times 1e5


def trace(
    network: Network,
    x: Any,
    y: Any = None,
    loss: str | Loss | Sequence[str | Loss] | None = None,
    *,
    solver: str | Solver | Descent = "gd",
    target_weights: Any = None,
    alpha: float = 0.0,
    l1: float = 0.0,
    engine: str = "reference",
) -> Trace:
    """Follow one observation through a network, forward and back, and record everything.

        z^(0) = x,   h^(l) = W^(l) z^(l-1) + c^(l),   z^(l) = f(h^(l));   then dL_dh^(L), ..., dL_dh^(1), dL_dx

    The gradient is compared with the engine's before anything is returned.

    Parameters
    ----------
    network : Network
    x : array of shape (D_x,)
    y : array of shape (n_targets,) or a number, optional
        NaN marks a missing target. Without y (or with all of it missing) only the way forward is recorded.
    loss : str, Loss, or a list of these, one for each target
        Needed where there is a y.
    solver : "gd", "sgd", "adam", "adamw", "rmsprop", a Solver or a Descent
        Whose first update is shown.
    target_weights, alpha, l1 : as in the objective
        They enter the step and its J, not `dL_*`.
    engine : "reference", "compiled" or "auto"
        The engine that the gradient is compared with.

    Returns
    -------
    Trace

    Raises
    ------
    ParameterError, DataError
        For arguments of the wrong type, shape or domain; NaN in x or in the weights.
    GradientMismatch
        If the engine's gradient is another one.

    Examples
    --------
    >>> network = Network.from_arrays([([[1.0], [-1.0]], [0, 0], "relu"), ([[1.0, 1.0]], [0], "linear")])
    >>> made = trace(network, [-3.0], 1.0, "rss")
    >>> made.layers[1].h, made.y_hat, made.losses
    (array([-3.,  3.]), array([3.]), array([4.]))
    >>> made.layers[1].dL_dh, made.layers[1].dL_dW[:, 0]
    (array([[0., 4.]]), array([ -0., -12.]))
    """
    network = in_float64(network, "trace")
    x = one_row(x, "x", network.sizes[0])
    if not np.isfinite(x).all():
        raise DataError(f"x must hold finite numbers. Entry {np.flatnonzero(~np.isfinite(x))[0]} does not.")
    block, y = check_target(network, y, loss)
    if block is None or y is None:
        return forward_only(network, x)

    lambdas = check_target_weights(target_weights, len(y), "trace")
    check_penalties(alpha, l1, "trace")
    present = ~np.isnan(y)
    filled = np.where(present, y, 1.0)
    coefficients = present.astype(np.float64)
    made = propagate(network, x, filled, block, coefficients)
    assert_same_gradient(network, x, y, block, made["theta"], engine)
    objective = Objective(block, lambdas, float(alpha), float(l1))
    L = len(network.layers)
    return Trace(
        network=network,
        loss=block,
        x=frozen(x),
        y=frozen(y),
        y_hat=frozen(made["z"][L]),
        losses=frozen(np.where(present[: len(made["loss"])], made["loss"], np.nan)),
        dL_dy_hat=frozen(made["dL_dy_hat"]),
        layers=tuple(layer_trace(network, l, made) for l in range(L + 1)),
        dL_dx=frozen(made["dL_dz"][0]),
        dy_hat_dx=frozen(sensitivities_of_batch(network, x[None, :])[0]),
        step=make_step(network, x, y, objective, solver),
        checked_against=engine_that_knows(engine, network, block, "trace").name,
    )


def propagate(network: Network, x: np.ndarray, y: np.ndarray, loss: Loss, coefficients: np.ndarray) -> dict[str, Any]:
    """The gradients by name: by the specification, or, where its tensors are too large, by the matrix form."""
    if largest_tensor(network) <= LARGEST_TENSOR:
        made = propagate_backward(network, x, y, loss, coefficients)
        by_name = {name: getattr(made, name) for name in ("h", "z", "loss", "dL_dh", "dL_dz", "dL_dW", "dL_dc")}
        factored = made.dL_dy_hat
    else:
        batch = propagate_backward_batch(network, x[None, :], y[None, :], loss, coefficients[None, :])
        made = batch
        by_name = {
            "h": [None, *(H[0] for H in batch.H[1:])],  # type: ignore[index]  # only H[0] is None
            "z": [Z[0] for Z in batch.Z],
            "loss": batch.losses[0],
            "dL_dh": batch.dL_dH,
            "dL_dz": batch.dL_dZ,
            "dL_dW": batch.dL_dW,
            "dL_dc": batch.dL_dc,
        }
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            factored = loss.derivative(y, by_name["z"][-1])[None, :]
    factored = np.where(loss.spread(coefficients) > 0, factored, 0.0)  # a missing target has no derivative
    return by_name | {"theta": made.theta, "dL_dy_hat": factored}


def layer_trace(network: Network, l: int, made: dict[str, Any]) -> LayerTrace:
    """Copies of what belongs to layer l."""
    L = len(network.layers)
    dL_dz = made["dL_dy_hat"] if l == L else made["dL_dz"].get(l)
    if l == 0:
        return LayerTrace(0, frozen(made["z"][0]), dL_dz=frozen(dL_dz))
    layer = network.layers[l - 1]
    return LayerTrace(
        l,
        frozen(made["z"][l]),
        layer.activation,
        frozen(layer.W),
        frozen(layer.c),
        frozen(made["z"][l - 1]),
        frozen(made["h"][l]),
        frozen(dL_dz),
        frozen(made["dL_dh"].get(l)),
        frozen(made["dL_dW"].get(l)),
        frozen(made["dL_dc"].get(l)),
    )


def forward_only(network: Network, x: np.ndarray) -> Trace:
    """The trace of an observation without a target."""
    h, z = propagate_forward(network, x)
    made = {"h": h, "z": z, "dL_dy_hat": None, "dL_dz": {}, "dL_dh": {}, "dL_dW": {}, "dL_dc": {}}
    return Trace(
        network=network,
        loss=None,
        x=frozen(x),
        y=None,
        y_hat=frozen(z[-1]),
        losses=None,
        dL_dy_hat=None,
        layers=tuple(layer_trace(network, l, made) for l in range(len(z))),
        dL_dx=None,
        dy_hat_dx=frozen(sensitivities_of_batch(network, x[None, :])[0]),
    )


def assert_same_gradient(
    network: Network, x: np.ndarray, y: np.ndarray, loss: Loss, theta: np.ndarray, engine: str
) -> None:
    """The gradient that is about to be shown is the one that the engine trains with."""
    runs = engine_that_knows(engine, network, loss, "trace")
    data = Observations(x[None, :], y[None, :], np.ones(1))
    _, engines_own = runs.gradient(network, Objective(loss, reduction="sum"), data, np.ones(len(y)))
    difference = np.abs(theta - engines_own).max(initial=0.0)
    largest = np.abs(engines_own).max(initial=0.0)
    rounding = ROUNDING * sizes_of_terms(network, Objective(loss, reduction="sum"), data).max(initial=0.0)
    if not difference <= AGREEMENT * largest + rounding:
        raise GradientMismatch(
            f"The gradient of this observation differs from that of the {runs.name} engine by {difference:.3g}, where "
            f"its largest entry is {largest:.3g}. Nothing is shown, since it would not be what the model was trained "
            "with: run check_gradients to see which layer is wrong."
        )


def check_target(
    network: Network, y: Any, loss: str | Loss | Sequence[str | Loss] | None
) -> tuple[Loss | None, np.ndarray | None]:
    """The loss and y of shape (n_targets,), both None where there is nothing to differentiate."""
    if y is None:
        return None, None
    if loss is None:
        raise wrong_parameter("loss", "trace", "given where y is given", loss, "Name it, for example loss='rss'.")
    block = get_loss(loss, "trace")
    check_network(block, network)
    y = one_row(y, "y", block.n_targets(network.sizes[-1]))
    if np.isinf(y).any():
        raise DataError("y must hold finite numbers, or NaN where a target is missing.")
    block.check_targets(y[None, :], network.sizes[-1])
    return (block, y) if not np.isnan(y).all() else (None, None)


def in_float64(network: Any, owner: str) -> Network:
    """A copy of the network in float64, with finite weights; anything else, a fitted model above all, is refused."""
    if not isinstance(network, Network):
        remedy = f"Use model.{owner}(...) for a fitted model." if hasattr(network, owner) else ""
        rule = "a Network"
        raise wrong_parameter("network", owner, rule, type(network).__name__, remedy)
    network = network.with_parameters(network.theta.astype(np.float64))
    check_finite_weights(network)
    return network


def check_finite_weights(network: Network) -> None:
    """A network with a NaN in it shows nothing worth showing."""
    for l, layer in enumerate(network.layers, start=1):
        for name, array in (("W", layer.W), ("c", layer.c)):
            if not np.isfinite(array).all():
                where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
                raise DataError(
                    f"{name} of layer {l} holds {array[where]} at {where}: a network with weights that are not finite "
                    "cannot be traced or checked. Train it again with a smaller learning rate."
                )


def one_row(values: Any, name: str, n: int) -> np.ndarray:
    """A float64 array of shape (n,), from anything that is one row of n numbers."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        array = None
    if array is not None and (array.ndim == 0 or (array.ndim == 2 and len(array) == 1)):
        array = array.reshape(-1)
    if array is None or array.shape != (n,):
        raise wrong_parameter(name, "trace", f"one row of {n} number{'s' if n > 1 else ''}", values)
    return array


def largest_tensor(network: Network) -> float:
    """Bytes of the largest dh_dW of a network, in float64."""
    return max(tensor_bytes(layer.W.shape[0], layer.W.shape[1]) for layer in network.layers)
