"""Exposure: for how long, or for how many, each row's count was taken.

Under a log link, y_hat = e exp(h): the count of a row grows with its exposure e. Since L(y, e r) = e^(2-p) L(y / e, r),
learning the rate y / e with the weight w e^(2-p) is the same, with no part of the network the wiser; the sum of these
weights is what J divides by.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import wrong_parameter
from pellucid.mathematics.losses import LogLink, Loss, PerTarget

LARGEST_RATIO = 1e30  # of exposures: float32 would lose the weight of the least


def read_exposure(exposure: Any, n_rows: int, loss: Loss, owner: str, name: str = "exposure") -> np.ndarray | None:
    """One number > 0 for each row, float64, for losses with a log link.

    Raises
    ------
    ParameterError
        For other losses, other lengths, and numbers that are no exposures.
    """
    if exposure is None:
        return None
    parts = loss.losses if isinstance(loss, PerTarget) else (loss,)
    if not any(isinstance(part, LogLink) for part in parts):
        remedy = "Exposure multiplies exp(h): use loss='poisson', 'gamma' or 'tweedie'."
        raise wrong_parameter(name, owner, f"None for the {loss.name} loss", exposure, remedy)
    try:
        array = np.asarray(exposure, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.empty(0)
    ok = array.shape == (n_rows,) and np.isfinite(array).all() and (array > 0).all()
    if not ok or array.max() > LARGEST_RATIO * array.min():
        remedy = "Leave out rows that were not exposed."
        raise wrong_parameter(name, owner, f"{n_rows} finite numbers > 0, one for each row", exposure, remedy)
    return array
