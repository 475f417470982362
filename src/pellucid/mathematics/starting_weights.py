"""Starting weights: random, and of such a size that h and dL_dh keep theirs from layer to layer.

For a layer that takes D_in numbers and gives D_out, its weights are drawn

    he          uniform on [-a, a], a^2 = 6 / D_in            He et al. (2015), equation (10)
    glorot      uniform on [-a, a], a^2 = 6 / (D_in + D_out)  Glorot and Bengio (2010), equation (16)
    lecun       uniform on [-a, a], a^2 = 3 / D_in            LeCun, Bottou, Orr and Mueller (1998), section 4.6
    orthogonal  W^T W = g^2 I, or W W^T = g^2 I if D_out < D_in         Saxe, McClelland and Ganguli (2014)

The variance of a uniform number is a^2 / 3: with lecun it is 1 / D_in, with he twice that, because half of the units
are silent. For the same reason g^2 is 2 for the activations that he suits, and 1 for the others. Intercepts are 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.errors import ParameterError, wrong_parameter
from pellucid.mathematics.activations import Activation

STARTING_WEIGHTS = ("auto", "he", "glorot", "lecun", "orthogonal")


def draw_weights(rule: str, activation: Activation, shape: tuple[int, int], generator: np.random.Generator) -> Any:
    """W (D_out, D_in) of one layer by that rule; "auto" is the one that suits its activation."""
    d_out, d_in = shape
    if rule == "orthogonal":
        gain = math.sqrt(2) if activation.starting_weights == "he" else 1.0
        return gain * draw_orthogonal(shape, generator)
    rule = activation.starting_weights if rule == "auto" else rule
    a = math.sqrt({"he": 6 / d_in, "glorot": 6 / (d_in + d_out), "lecun": 3 / d_in}[rule])
    return generator.uniform(-a, a, shape)


def draw_orthogonal(shape: tuple[int, int], generator: np.random.Generator) -> np.ndarray:
    """A matrix whose shorter side is orthonormal, each equally likely.

    Q of a normal matrix, with the signs that make the diagonal of R positive: without them Q would depend on a
    convention of the library (Mezzadri, 2007).
    """
    longer, shorter = max(shape), min(shape)
    Q, R = np.linalg.qr(generator.normal(size=(longer, shorter)))
    Q = Q * np.where(np.diag(R) < 0, -1.0, 1.0)
    return Q if shape == Q.shape else Q.T


def check_starting_weights(given: Any, sizes: Sequence[int], owner: str) -> str | list[tuple[np.ndarray, np.ndarray]]:
    """A rule by its name, or W and c of each layer as arrays that fit the sizes.

    Raises
    ------
    ParameterError
        For an unknown name, and for arrays of other shapes or with entries that are not finite numbers.
    """
    if isinstance(given, str) and given in STARTING_WEIGHTS:
        return given
    n_layers = len(sizes) - 1
    pairs = isinstance(given, list | tuple) and all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in given)
    if not pairs or len(given) != n_layers:
        names = ", ".join(map(repr, STARTING_WEIGHTS))
        rule = f"one of {names}, or a list of {n_layers} pairs (W, c), one for each layer"
        raise wrong_parameter("starting_weights", owner, rule, given)
    checked = []
    for l, (W, c) in enumerate(given, start=1):
        shapes = {"W": (sizes[l], sizes[l - 1]), "c": (sizes[l],)}
        checked.append(tuple(check_array(f"{name} of layer {l}", array, shape, owner)
                             for (name, shape), array in zip(shapes.items(), (W, c), strict=True)))  # fmt: skip
    return checked


def check_array(name: str, given: Any, shape: tuple[int, ...], owner: str) -> np.ndarray:
    """Finite numbers of that shape, in float64."""
    try:
        array = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name} in the `starting_weights` of {owner} is not an array of numbers.") from error
    if array.shape != shape:
        raise ParameterError(f"{name} in the `starting_weights` of {owner} must have shape {shape}. Got {array.shape}.")
    if not np.isfinite(array).all():
        raise ParameterError(
            f"{name} in the `starting_weights` of {owner} must hold finite numbers. "
            f"Got {array[~np.isfinite(array)][0]} instead."
        )
    return array
