"""A loss of the user's own is checked before the first epoch: a wrong derivative trains a wrong model in silence."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import GradientMismatch, ParameterError
from pellucid.glassbox.check import compare_all_ways
from pellucid.mathematics.losses import Loss, PerTarget, is_own
from pellucid.mathematics.objective import Objective, Observations, fill_missing
from pellucid.mathematics.structure import Network

CHECKED_ROWS = 50
MOST_ENTRIES = 100  # of each array: the mistake, if there is one, is in all of them
STEP = np.finfo(np.float64).eps ** 0.2  # of the 4th-order difference: balances step^4 against eps / step


def check_own_loss(network: Network, objective: Objective, data: Observations, rows: np.ndarray) -> None:
    """Compare the gradient of J with differences and automatic differentiation on some rows, if the loss is new.

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
    few = data.take(rows[:CHECKED_ROWS])
    few = Observations(*(np.asarray(array, np.float64) for array in few))
    Y_hat = network.predict(few.X)
    for name, loss, y, y_hat in own_parts(objective.loss, fill_missing(few.Y), Y_hat):
        require_shapes(loss, y, y_hat)
        require_slope(name, loss, y, y_hat)
    report = compare_all_ways(network, objective, few, "reference", MOST_ENTRIES, 0)
    if report.failures:
        raise GradientMismatch(f"The {objective.loss.name} loss: {report.verdict()}")


def own_parts(loss: Loss, Y: np.ndarray, Y_hat: np.ndarray) -> list[tuple[str, Loss, np.ndarray, np.ndarray]]:
    """The new losses, with the targets and predictions that are theirs."""
    if not isinstance(loss, PerTarget):
        return [(loss.name, loss, Y, Y_hat)]
    return [
        (f"{part.name} (target {d})", part, Y[:, d : d + 1], Y_hat[:, places])
        for d, (part, places) in enumerate(zip(loss.losses, loss.places, strict=True))
        if is_own(part)
    ]


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

    found = np.asarray(loss.derivative(Y, Y_hat))
    near = (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * step)
    wide = (8 * (moved(2) - moved(-2)) - (moved(4) - moved(-4))) / (24 * step)
    # The two steps differ by what either may be wrong by: near a kink they do not tell.
    allowed = 1e-6 * np.maximum(np.abs(near), np.abs(found)).max(initial=0.0) + 4 * np.abs(near - wide)
    off = np.abs(found - near)
    wrong = ~(off <= allowed) & np.isfinite(near)
    if wrong.any():
        n, d = np.unravel_index(np.argmax(np.where(wrong, off, -1.0)), off.shape)
        raise GradientMismatch(
            f"The derivative of the {name} loss is wrong: at y = {Y[n, d]:.6g}, y_hat = {Y_hat[n, d]:.6g} it says "
            f"{found[n, d]:.6g}, and differences of the value say {near[n, d]:.6g}. It must be dL/dy_hat of `value`; "
            "nothing was trained."
        )
