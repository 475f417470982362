"""`loss_and_gradient`: J and its gradient for a network and rows of data, by any of the methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.engines.choice import engine_for
from pellucid.errors import DataError, wrong_parameter
from pellucid.mathematics.losses import Loss, check_network, get_loss
from pellucid.mathematics.objective import (
    Objective,
    Observations,
    add_penalty_gradient,
    complete,
    penalty,
    target_totals,
)
from pellucid.mathematics.observation import combine_observations
from pellucid.mathematics.structure import Gradient, Network

METHODS = ("observations", "batch", "compiled")


def loss_and_gradient(
    network: Network,
    X: Any,
    Y: Any,
    loss: str | Loss,
    *,
    method: str = "batch",
    sample_weight: Any = None,
    target_weights: Sequence[float] | None = None,
    alpha: float = 0.0,
    l1: float = 0.0,
    reduction: str = "mean",
) -> tuple[float, Gradient]:
    """Evaluate the objective J and its gradient, the derivative of that very number.

        J = sum_d lambda_d (1/S_d) sum_n w_n L_d(y_hat_n, y_nd) + (alpha/2) sum ||W||^2 + l1 sum |W|

    Parameters
    ----------
    network : Network
    X : array of shape (N, D_x)
    Y : array of shape (N, n_targets), or (N,) for one target
        NaN marks a missing target. For cross_entropy one column with the number of the class, 0..K-1.
    loss : str, Loss, or a list of these with one for each target
        rss, absolute, huber, quantile, poisson, gamma, tweedie, log, cross_entropy, or an object with its own numbers.
    method : "observations", "batch" or "compiled"
        The loop over observations with every Jacobian; the matrix form; the compiled kernels.
    sample_weight : array of shape (N,) or (N, n_targets), optional
        w_n, or one for each target; a weight of 2 is the row twice, a row of weight 0 is not there.
    target_weights : sequence of n_targets floats, optional
        lambda_d; 1 unless given.
    alpha, l1 : float >= 0
        Penalties on the weights, not on the intercepts.
    reduction : "mean" or "sum"
        "sum" drops the 1/S_d: the text's own form.

    Returns
    -------
    J : float
    gradient : Gradient
        With the views W and c of the network's shapes, and the flat vector theta.

    Raises
    ------
    ParameterError, DataError
        For arguments of the wrong type, shape, range or domain.

    Examples
    --------
    >>> network = Network.from_arrays([([[1.0], [-1.0]], [0, 0], "relu"), ([[1.0, 1.0]], [0], "linear")])
    >>> J, gradient = loss_and_gradient(network, [[-3.0], [2.0]], [1.0, 2.0], "rss")
    >>> J, gradient.W[1]
    (2.0, array([[0., 6.]]))
    """
    owner = "loss_and_gradient"
    block = get_loss(loss, owner)
    check_network(block, network)
    if method not in METHODS:
        raise wrong_parameter("method", owner, "one of " + ", ".join(METHODS), method)
    check_reduction(reduction, owner)
    check_penalties(alpha, l1, owner)
    rows = check_rows(network, block, X, Y, sample_weight, owner)
    lambdas = check_target_weights(target_weights, rows.Y.shape[1], owner)
    objective = Objective(block, lambdas, float(alpha), float(l1), reduction)

    # The mean depends on ratios of weights alone, so they come into the network's dtype at a size that it holds.
    unit = unit_of_weights(rows.w)
    data = in_dtype(Observations(rows.X, rows.Y, rows.w / unit), block, network.dtype)
    totals = target_totals(data.Y, data.w)
    scales = objective.scales(totals)
    factor = unit if reduction == "sum" else 1.0
    refuse_overflow(scales * factor, "target_weights times sample_weight", network.dtype)
    if method == "observations":
        filled, coefficients = complete(data.Y, data.w, scales.astype(network.dtype))
        weighted, theta = combine_observations(network, data.X, filled, block, coefficients)
        theta *= factor
        add_penalty_gradient(objective, network, theta)
        J = float(weighted.sum()) * factor
    else:
        engine = engine_for("reference" if method == "batch" else "compiled", network, block)
        sums, theta = engine.gradient(network, objective, data, scales * factor)
        J = objective.total(objective.average(sums, totals)) * factor
    return J + penalty(objective, network), Gradient(theta, network.sizes)


def check_reduction(reduction: Any, owner: str) -> None:
    """The mean of the text's history, or its sum."""
    if not isinstance(reduction, str) or reduction not in ("mean", "sum"):
        raise wrong_parameter("reduction", owner, "'mean' or 'sum'", reduction)


def check_penalties(alpha: Any, l1: Any, owner: str) -> None:
    """Both strengths are finite numbers >= 0."""
    for name, value in (("alpha", alpha), ("l1", l1)):
        if not (isinstance(value, int | float | np.number) and np.isreal(value) and 0 <= float(value) < np.inf):
            raise wrong_parameter(name, owner, "a number >= 0", value)


def check_data(network: Network, loss: Loss, X: Any, Y: Any, sample_weight: Any, owner: str) -> Observations:
    """X, Y and w in the network's dtype, of matching shapes, finite and in the loss's domain; weights of 0 left out."""
    return in_dtype(check_rows(network, loss, X, Y, sample_weight, owner), loss, network.dtype)


def check_rows(network: Network, loss: Loss, X: Any, Y: Any, sample_weight: Any, owner: str) -> Observations:
    """The same, still in float64."""
    X = as_numbers(X, "X", owner)
    if X.ndim != 2 or X.shape[1] != network.sizes[0] or len(X) == 0:
        raise wrong_parameter("X", owner, f"an array of shape (N, {network.sizes[0]}) with N >= 1", X.shape)
    Y = as_numbers(Y, "Y", owner)
    Y = Y[:, None] if Y.ndim == 1 else Y
    n_targets = loss.n_targets(network.sizes[-1])
    if Y.shape != (len(X), n_targets):
        raise wrong_parameter("Y", owner, f"an array of shape ({len(X)}, {n_targets})", Y.shape)
    w = np.ones(len(X)) if sample_weight is None else as_numbers(sample_weight, "sample_weight", owner)
    if w.shape not in ((len(X),), Y.shape) or not np.all(w >= 0) or not np.any(w > 0) or np.isinf(w).any():
        rule = f"{len(X)} finite numbers >= 0, one for each row (or for each target of each row), not all of them 0"
        raise wrong_parameter("sample_weight", owner, rule, sample_weight)
    # Before anything else: a row, or a target, of weight 0 is not there, whatever it holds.
    kept = np.flatnonzero(w > 0 if w.ndim == 1 else (w > 0).any(axis=1))
    n_rows, X, Y, w = len(X), X[kept], Y[kept], w[kept]
    if w.ndim == 2:
        Y, w = np.where(w > 0, Y, np.nan), np.where(w > 0, w, 1.0)
    for name, wrong in (("X", ~np.isfinite(X)), ("Y", np.isinf(Y))):
        if wrong.any():
            row = kept[np.argwhere(wrong)[0, 0]]
            raise DataError(f"{name} must hold finite numbers. Row {row} does not; leave it out or fill it in.")
    every_row = np.full((n_rows, n_targets), np.nan)  # so that the rows which a loss refuses have their own numbers
    every_row[kept] = Y
    loss.check_targets(every_row, network.sizes[-1])
    return Observations(X, Y, w)


def in_dtype(data: Observations, loss: Loss, dtype: np.dtype) -> Observations:
    """X, Y and w in that dtype, or a refusal of what it cannot hold.

    A finite number must not become infinite there, and one that must be positive not 0.
    """
    refuse_overflow(data.X, "X", dtype)
    refuse_overflow(data.Y, "Y", dtype)
    refuse_overflow(data.w, "sample_weight", dtype)
    X, Y, w = (array.astype(dtype) for array in data)
    if not w.all():
        raise DataError(
            f"The positive weights in sample_weight differ by more than {dtype} can hold: the least, "
            f"{data.w.min() / data.w.max():.3g} of the greatest, would become 0. Leave such rows out."
        )
    vanished = (Y == 0) & np.array(loss.positive(Y.shape[1]))
    if vanished.any():
        raise DataError(
            f"Y holds {data.Y[vanished][0]:.3g}, which {dtype} rounds to 0, and the {loss.name} loss needs numbers "
            "> 0. Multiply by a constant, or use a network in float64."
        )
    return Observations(X, Y, w)


def refuse_overflow(array: np.ndarray, name: str, dtype: np.dtype) -> None:
    """Refuse numbers that are finite in float64 and infinite in that dtype; NaN passes."""
    largest = float(np.finfo(dtype).max)
    too_large = np.abs(array) > largest
    if too_large.any():
        raise DataError(
            f"{name} holds {array[too_large][0]:.3g}, but {dtype} ends at {largest:.3g}. "
            "Divide by a constant, or use a network in float64."
        )


def unit_of_weights(w: np.ndarray) -> float:
    """The power of two by which the greatest weight becomes 1 to 2: dividing by it changes no bit of the others."""
    return float(np.ldexp(1.0, np.frexp(w.max())[1] - 1))


def check_target_weights(weights: Any, n_targets: int, owner: str) -> tuple[float, ...] | None:
    """lambda_d: one finite number >= 0 for each target, not all 0."""
    if weights is None:
        return None
    lambdas = as_numbers(weights, "target_weights", owner)
    if lambdas.shape != (n_targets,) or not (np.isfinite(lambdas).all() and lambdas.min() >= 0 and lambdas.any()):
        rule = f"{n_targets} finite numbers >= 0, one for each target, not all of them 0"
        raise wrong_parameter("target_weights", owner, rule, weights)
    return tuple(float(value) for value in lambdas)


def as_numbers(array: Any, name: str, owner: str) -> np.ndarray:
    """A float64 array (float32 stays as it is until the network's dtype is taken), or a refusal."""
    try:
        return np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError):
        raise wrong_parameter(name, owner, "an array of numbers", array) from None
