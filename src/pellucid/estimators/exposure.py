"""Exposure: for how long, or for how many, each row's count was taken.

Under a log link, y_hat = e exp(h): the count of a row grows with its exposure e. Since L(y, e r) = e^(2-p) L(y / e, r),
learning the rate y / e with the weight w e^(2-p) is the same, with no part of the network the wiser; the sum of these
weights is what J divides by.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import ParameterError, wrong_parameter
from pellucid.estimators.target_values import EVERY_ROW
from pellucid.mathematics.losses import LogLink, Loss, PerTarget

LARGEST_RATIO = 1e30  # of exposures: float32 would lose the weight of the least
LEAST, GREATEST = 1e-100, 1e100  # beyond, e^(2-p) and sums of them leave the range of floats


def read_exposure(
    exposure: Any, n_rows: int, loss: Loss, owner: str, name: str = "exposure", rows: Any = EVERY_ROW
) -> np.ndarray | None:
    """One number > 0 for each of the given rows, float64, for losses with a log link; 1 for the other rows.

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
        given = np.asarray(exposure, dtype=np.float64)
    except (TypeError, ValueError):
        raise wrong_parameter(name, owner, f"{n_rows} numbers, one for each row", exposure) from None
    given = given[:, 0] if given.ndim == 2 and given.shape[1] == 1 else given
    if given.shape != (n_rows,):
        raise ParameterError(
            f"The `{name}` parameter of {owner} must be {n_rows} numbers, one for each row. "
            f"Got an array of shape {given.shape} instead."
        )
    e = np.ones(n_rows)
    e[rows] = given[rows]
    wrong = ~((e >= LEAST) & (e <= GREATEST))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ParameterError(
            f"The `{name}` parameter of {owner} must be numbers > 0 (from {LEAST:g} to {GREATEST:g}). "
            f"Got {e[row]:g} in row {row} instead. Leave out rows that were not exposed."
        )
    if e[rows].max() > LARGEST_RATIO * e[rows].min():
        raise ParameterError(
            f"The `{name}` parameter of {owner} must not differ by more than {LARGEST_RATIO:g}. "
            f"Got {e[rows].min():g} to {e[rows].max():g} instead."
        )
    return e


def require_exposure(targets: Any, exposure: Any, owner: str, name: str = "exposure") -> None:
    """Counts of a model of rates need their exposures, and a model of counts has no rates to multiply.

    Raises
    ------
    ParameterError
        Where a comparison of counts with rates would be silently wrong.
    """
    with_exposure = getattr(targets, "with_exposure", False)
    if with_exposure and exposure is None:
        remedy = "The model was fitted with exposure: without it, counts would be compared with rates."
        raise wrong_parameter(name, owner, "given, as in fit", exposure, remedy)
    if not with_exposure and exposure is not None:
        remedy = "The model was fitted without exposure: it predicts counts, and no rates."
        raise wrong_parameter(name, owner, "None", exposure, remedy)
