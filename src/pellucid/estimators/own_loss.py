"""A loss of the user's own is checked before the first epoch: a wrong derivative trains a wrong model in silence."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import GradientMismatch, ParameterError
from pellucid.glassbox.check import compare_all_ways
from pellucid.mathematics.losses import Loss, PerTarget, is_own
from pellucid.mathematics.objective import Objective, Observations
from pellucid.mathematics.structure import Network

CHECKED_ROWS = 50
MOST_ENTRIES = 100  # of each array: the mistake, if there is one, is in all of them
OWN_LOSS_STREAM = (
    6  # the generator that draws the rows is seeded by (seed, this): the first rows of a table may be alike
)
STEP = np.finfo(np.float64).eps ** 0.2  # of the 4th-order difference: balances step^4 against eps / step


def check_own_loss(network: Network, objective: Objective, data: Observations, rows: np.ndarray, seed: int) -> None:
    """Compare the gradient of J with differences and automatic differentiation on some rows, if the loss is new.

    The derivative itself is compared at the predictions of the starting weights, and at their reflections on the other
    side of y: a formula may be right on one side only.

    Raises
    ------
    ParameterError
        If value or derivative gives another shape than it must.
    GradientMismatch
        If they disagree: with the entry where the derivative is furthest from the differences of the value.
    """
    if not is_own(objective.loss):
        return
    network = network.with_parameters(network.theta.astype(np.float64))
    generator = np.random.default_rng((seed, OWN_LOSS_STREAM))
    for d, (name, loss, places) in own_parts(objective.loss, network.sizes[-1]).items():
        present = rows[~np.isnan(data.Y[rows, d])]
        drawn = sample(generator, present)
        y = np.asarray(data.Y[drawn, d : d + 1], np.float64)
        y_hat = network.predict(data.X[drawn])[:, places]
        require_shapes(loss, y, y_hat)
        require_slope(name, loss, y, y_hat)
        require_slope(name, loss, y, 2 * y - y_hat)
    few = data.take(sample(generator, rows))
    few = Observations(*(np.asarray(array, np.float64) for array in few))
    report = compare_all_ways(network, objective, few, "reference", MOST_ENTRIES, 0)
    if report.failures:
        raise GradientMismatch(f"The {objective.loss.name} loss: {report.verdict()}")


def sample(generator: np.random.Generator, rows: np.ndarray) -> np.ndarray:
    """Some of the rows, each once."""
    return generator.choice(rows, min(len(rows), CHECKED_ROWS), replace=False)


def own_parts(loss: Loss, n_outputs: int) -> dict[int, tuple[str, Loss, slice]]:
    """For each target with a new loss its name, the loss, and the outputs that are its own."""
    if not isinstance(loss, PerTarget):
        return {d: (loss.name, loss, slice(d, d + 1)) for d in range(n_outputs)}
    return {
        d: (f"{part.name} (target {d})", part, places)
        for d, (part, places) in enumerate(zip(loss.losses, loss.places, strict=True))
        if is_own(part)
    }


def require_shapes(loss: Loss, Y: np.ndarray, Y_hat: np.ndarray) -> None:
    """One value for each target, one derivative for each output."""
    for name, made, shape in (
        ("value", loss.value(Y, Y_hat), Y.shape),
        ("derivative", loss.derivative(Y, Y_hat), Y_hat.shape),
    ):
        if np.shape(made) != shape:
            raise ParameterError(
                f"The {name} of the {loss.name} loss must have the shape {shape} for targets of {Y.shape} and "
                f"predictions of {Y_hat.shape}. Got {np.shape(made)}: return one for each, not their sum or mean."
            )


def require_slope(name: str, loss: Any, Y: np.ndarray, Y_hat: np.ndarray) -> None:
    """The derivative must be what 4th-order differences of the value say, where they can tell."""
    step = STEP * np.maximum(1.0, np.abs(Y_hat))

    def moved(k: int) -> np.ndarray:
        return loss.value(Y, Y_hat + k * step)

    with np.errstate(all="ignore"):  # a reflected prediction may lie outside of the domain, where nothing is asked
        found = np.asarray(loss.derivative(Y, Y_hat))
        steps = {k: moved(k) for k in (-4, -2, -1, 1, 2, 4)}
    near = (8 * (steps[1] - steps[-1]) - (steps[2] - steps[-2])) / (12 * step)
    wide = (8 * (steps[2] - steps[-2]) - (steps[4] - steps[-4])) / (24 * step)
    # The two steps differ by what either may be wrong by: near a kink they do not tell.
    allowed = 1e-6 * np.nanmax(np.maximum(np.abs(near), np.abs(found)), initial=0.0) + 4 * np.abs(near - wide)
    off = np.abs(found - near)
    wrong = ~(off <= allowed) & np.isfinite(near)
    if wrong.any():
        n, d = np.unravel_index(np.argmax(np.where(wrong, off, -1.0)), off.shape)
        raise GradientMismatch(
            f"The derivative of the {name} loss is wrong: at y = {Y[n, d]:.6g}, y_hat = {Y_hat[n, d]:.6g} it says "
            f"{found[n, d]:.6g}, and differences of the value say {near[n, d]:.6g}. It must be dL/dy_hat of `value`; "
            "nothing was trained."
        )
