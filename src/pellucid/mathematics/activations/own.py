"""An activation of the user's own: what is asked of it before anything is trained with it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pellucid.errors import GradientMismatch, ParameterError
from pellucid.mathematics.activations.activation import Activation, Array

POINTS = np.linspace(-10, 10, 60)  # 0, where most kinks are, is none of them

# A fourth-order central difference is wrong by s^4 f5 / 30 = 3e-14 f5 (f5 the fifth derivative) and by rounding,
# 1.5 eps |f| / s = 3e-13 |f|. The limits below leave room for f5 up to 1e8 times the slope, and for values that are
# right to some hundred units in the last place; a wrong formula is wrong by far more.
STEP = 1e-3
RELATIVE_LIMIT = 1e-5  # of the slope
ABSOLUTE_LIMIT = 1e-10  # of 1 + |f(h)|


def check_own_activation(activation: Activation) -> None:
    """Hold the slope of an activation against differences of its value, at some 60 points of [-10, 10] off its kinks.

    Raises
    ------
    ParameterError
        If value or slope is not an array of finite numbers of h's shape and type, or does not go entry by entry.
    GradientMismatch
        If the slope is not that of the value.
    """
    kinks = check_kinks(activation)
    beside = np.abs(POINTS[:, None] - kinks).min(axis=1, initial=np.inf) <= 2 * STEP
    h = POINTS[~beside]
    for name, function in (("value", activation.value), ("slope", activation.slope)):
        check_entries(f"The {name} of the activation {activation.name}", function, h)

    def at(offset: float) -> Array:
        return activation.value(h + offset)

    slope = activation.slope(h)
    difference = (8 * (at(STEP) - at(-STEP)) - (at(2 * STEP) - at(-2 * STEP))) / (12 * STEP)
    gap = np.abs(slope - difference)
    allowed = RELATIVE_LIMIT * np.maximum(np.abs(slope), np.abs(difference)) + ABSOLUTE_LIMIT * (1 + np.abs(at(0)))
    wrong = ~(gap <= allowed)
    if wrong.any():
        worst = int(np.argmax(gap / allowed))
        raise GradientMismatch(
            f"The slope of the activation {activation.name} is not that of its value: at h = {h[worst]:.4g} it is "
            f"{slope[worst]:.6g}, and differences of the value give {difference[worst]:.6g}, so it is off by "
            f"{gap[worst]:.3g}. Of {len(h)} points from -10 to 10 it is wrong at {wrong.sum()}. Correct `slope` or "
            "`value`, or name the places where the slope jumps in `kinks`."
        )


def check_kinks(activation: Activation) -> np.ndarray:
    """The places where the slope jumps."""
    kinks = activation.kinks
    numbers = isinstance(kinks, tuple | list) and all(isinstance(kink, int | float) for kink in kinks)
    if not numbers or not np.isfinite(kinks).all():
        raise ParameterError(
            f"The kinks of the activation {activation.name} must be a tuple of finite numbers. Got {kinks!r} instead."
        )
    return np.array(kinks, dtype=np.float64)


def check_entries(what: str, function: Callable[[Array], Array], h: np.ndarray) -> None:
    """Whether a function keeps shape and type, gives finite numbers, and takes no entry from its neighbours."""
    for example in (h, h[: len(h) // 2 * 2].reshape(-1, 2).astype(np.float32)):
        result = function(example)
        found = f"{result.dtype} of shape {result.shape}" if isinstance(result, np.ndarray) else type(result).__name__
        expected = f"{example.dtype} of shape {example.shape}"
        if found != expected:
            raise ParameterError(
                f"{what} must be an array of the shape and type of h, {expected}. Got {found} instead. Constants that "
                "are arrays take their type from h: zeros_like(h), ones_like(h), full_like(h, 0.5)."
            )
        if not np.isfinite(result).all():
            place = example[~np.isfinite(result)][0]
            raise ParameterError(
                f"{what} must be a finite number from h = -10 to 10. Got {result[~np.isfinite(result)][0]} at "
                f"h = {place:.4g} instead."
            )
    singles = np.concatenate([function(h[i : i + 1]) for i in range(len(h))])
    if not np.allclose(singles, function(h), rtol=1e-10, atol=1e-300):
        place = int(np.argmax(np.abs(singles - function(h))))
        raise ParameterError(
            f"{what} must go entry by entry. At h = {h[place]:.4g} it is {singles[place]:.6g} alone, and "
            f"{function(h)[place]:.6g} among others."
        )
