"""What training asks of targets, whether they are numbers or classes."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from pellucid.errors import DataError
from pellucid.estimators.target_values import EVERY_ROW
from pellucid.mathematics.activations import Activation
from pellucid.mathematics.losses import Loss


class Targets(Protocol):
    """The rule between a user's y and the network's Y."""

    names: tuple[str, ...]
    loss: Loss
    output_activation: Activation
    n_outputs: int

    def encode(self, y: Any, rows: Any = EVERY_ROW, exposure: np.ndarray | None = None) -> np.ndarray:
        """Y (N, n_targets) of the given rows of y, float64, NaN where missing."""
        ...

    def weigh(self, Y: np.ndarray, w: np.ndarray, exposure: np.ndarray | None = None) -> np.ndarray:
        """What encoded rows count, from their sample weights (N,): the same, or (N, n_targets)."""
        ...


def cast_targets(Y: np.ndarray, targets: Targets, dtype: str) -> np.ndarray:
    """Encoded targets in the network's dtype, or a refusal of what has no finite loss there."""
    largest = float(np.finfo(dtype).max)
    units = targets.loss.units(len(targets.names))
    bounds = np.array([largest if unit == "none" else np.sqrt(largest) for unit in units])  # losses take squares
    too_large = np.abs(Y) > bounds
    if too_large.any():
        row, d = np.argwhere(too_large)[0]
        raise DataError(
            f"The target {targets.names[d]!r} comes to {Y[row, d]:.3g} as the network learns it, whose square {dtype} "
            "cannot hold: correct it, divide it by a constant, or leave standardise=True."
        )
    cast = Y.astype(dtype)
    vanished = (cast == 0) & np.array(targets.loss.positive(len(targets.names)))
    if vanished.any():
        row, d = np.argwhere(vanished)[0]
        raise DataError(
            f"The target {targets.names[d]!r} comes to {Y[row, d]:.3g} as the network learns it, which is 0 in {dtype}"
            f", and the {targets.loss.name} loss needs numbers > 0: correct it, leave it out, or set dtype='float64'."
        )
    return cast
