"""What is minimised, in the kernels' numbers: the loss of every output, its parameter, its target and its slope."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pellucid.engines.compiled.layout import ACTIVATION_CODES, LINEAR, PER_OUTPUT
from pellucid.mathematics.activations import Activation, is_ours
from pellucid.mathematics.activations.per_output import PerOutput, every_activation
from pellucid.mathematics.losses import (
    RSS,
    Absolute,
    CrossEntropy,
    Gamma,
    Huber,
    Log,
    Loss,
    PerTarget,
    Poisson,
    Quantile,
    Tweedie,
)
from pellucid.mathematics.structure import Network

RSS_CODE, ABSOLUTE, HUBER, QUANTILE, LOG_LINK, LOG, CROSS_ENTROPY = range(7)
LOSS_CODES: dict[type[Loss], int] = {
    RSS: RSS_CODE,
    Absolute: ABSOLUTE,
    Huber: HUBER,
    Quantile: QUANTILE,
    Poisson: LOG_LINK,
    Gamma: LOG_LINK,
    Tweedie: LOG_LINK,
    Log: LOG,
    CrossEntropy: CROSS_ENTROPY,
}


class Problem(NamedTuple):
    """The loss of each output. Arrays are (D_L,); `parameters` has the network's dtype."""

    codes: np.ndarray
    parameters: np.ndarray  # delta, q, power or label smoothing; 0 where there is none
    targets: np.ndarray  # the number of the target of each output
    slopes: np.ndarray  # the activation by whose slope dL_dY_hat is to be multiplied; LINEAR for a paired loss
    common_slope: int  # that of all outputs, or PER_OUTPUT


def is_known(network: Network, loss: Loss) -> bool:
    """Whether there are kernels for all of it; a class of the user's own has none, even under a known name."""
    activations_known = all(map(is_known_activation, every_activation(network)))
    losses = loss.losses if isinstance(loss, PerTarget) else (loss,)
    return activations_known and all(type(part) in LOSS_CODES for part in losses)


def is_known_activation(activation: Activation) -> bool:
    """Whether it is the very block of its name."""
    return activation.name in ACTIVATION_CODES and is_ours(activation)


def parameters_of(loss: Loss, n_outputs: int) -> list[float]:
    """The number that each output's kernel needs."""
    match loss:
        case Huber():
            numbers = (loss.delta,)
        case Quantile():
            numbers = loss.q
        case Poisson() | Gamma() | Tweedie():
            numbers = (loss.power,)
        case Log() | CrossEntropy():
            numbers = (loss.label_smoothing,)
        case _:
            numbers = (0.0,)
    return list(numbers) * (n_outputs // len(numbers))


def make_problem(network: Network, loss: Loss) -> Problem:
    """The loss of each output of this network."""
    n_outputs, last = network.sizes[-1], network.activations[-1]
    activations = last.activations if isinstance(last, PerOutput) else (last,) * n_outputs
    if isinstance(loss, PerTarget):
        parts = [(part, part.outputs_per_target) for part in loss.losses]
    else:
        parts = [(loss, n_outputs)]
    by_output = [part for part, count in parts for _ in range(count)]
    slopes = [
        LINEAR if part.paired else ACTIVATION_CODES[f.name] for part, f in zip(by_output, activations, strict=True)
    ]
    return Problem(
        codes=np.array([LOSS_CODES[type(part)] for part in by_output], np.int64),
        parameters=np.array([number for part, count in parts for number in parameters_of(part, count)], network.dtype),
        targets=loss.target_of_output(n_outputs).astype(np.int64),
        slopes=np.array(slopes, np.int64),
        common_slope=slopes[0] if len(set(slopes)) == 1 else PER_OUTPUT,
    )
