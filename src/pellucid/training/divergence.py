"""Where a run ran away: the layer in which the numbers first left the finite ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pellucid.mathematics.forward import propagate_forward_batch
from pellucid.mathematics.objective import BLOCK_ROWS
from pellucid.mathematics.structure import Gradient, Network

WORDS = {"h": "h = W z + c", "z": "z = f(h)", "loss": "loss", "gradient": "gradient", "step": "step"}


class Runaway(NamedTuple):
    """The layer, 1 for the first after the input, and what of it was no longer finite.

    `what` is "h" or "z" on the way forward, "loss" of the last layer's outputs, "gradient" on the way back (or its
    squared norm), or "step" (or its squared norm, or the parameters after it).
    """

    layer: int
    what: str

    def describe(self, network: Network) -> str:
        """The layer and its trouble as a clause."""
        return f"layer {self.layer} of {len(network.W)}, whose {WORDS[self.what]} left the range of {network.dtype}"


def find_in_step(
    network: Network,
    X: np.ndarray,
    losses: np.ndarray,
    gradient_squares: np.ndarray,
    update_squares: np.ndarray,
    theta_after: np.ndarray,
) -> Runaway:
    """What was the first in one step that failed, in the order in which the step is made.

    Forward layer by layer, the loss, back from the last layer, then the move of the parameters.

    Parameters
    ----------
    network : Network
        Before the step.
    X : array of shape (N, D_x)
        The rows of its batch.
    losses, gradient_squares, update_squares : arrays of shapes (n_targets,), (L,) and (L,)
        As in EpochSums, of this step alone.
    theta_after : array of the shape of theta
    """
    found = find_in_forward(network, X)
    if found is not None:
        return found
    if not np.isfinite(losses).all():
        return Runaway(len(network.W), "loss")
    if not np.isfinite(gradient_squares).all():
        return Runaway(1 + int(np.flatnonzero(~np.isfinite(gradient_squares))[-1]), "gradient")
    views = Gradient(theta_after, network.sizes)
    moved = [np.isfinite(W).all() and np.isfinite(c).all() for W, c in zip(views.W, views.c, strict=True)]
    failed = np.flatnonzero(~(np.isfinite(update_squares) & moved))
    return Runaway(1 + int(failed[0]), "step") if len(failed) else Runaway(len(network.W), "loss")


def find_in_forward(network: Network, X: np.ndarray) -> Runaway | None:
    """The first layer whose h or z is not finite for some row; None where all are."""
    first = None
    for start in range(0, len(X), BLOCK_ROWS):
        with np.errstate(all="ignore"):
            H, Z = propagate_forward_batch(network, X[start : start + BLOCK_ROWS])
        for l in range(1, len(H) if first is None else first.layer):
            what = "h" if not np.isfinite(H[l]).all() else "z" if not np.isfinite(Z[l]).all() else None
            if what is not None:
                first = Runaway(l, what)
                break
    return first
