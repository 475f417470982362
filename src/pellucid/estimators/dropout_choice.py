"""From a constructor's arguments to what disturbs the training steps: dropout, and noise on the inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import wrong_parameter
from pellucid.mathematics.dropout import Dropout
from pellucid.mathematics.rules import is_number

DROPOUT_STREAM = 5  # the generator's seed is drawn from (seed, this)


def is_rate(value: Any) -> bool:
    """A probability below 1: something must be kept."""
    return is_number(value) and 0 <= value < 1


def rates_of_hidden_layers(estimator: Any) -> tuple[float, ...]:
    """P of each hidden layer."""
    rates = estimator.dropout
    if isinstance(rates, tuple | list):
        return tuple(float(p) for p in rates)
    return (float(rates),) * len(estimator.hidden_layer_sizes)


def check_dropout(estimator: Any) -> None:
    """Refuse rates that do not fit the hidden layers."""
    owner, rates, n_hidden = type(estimator).__name__, estimator.dropout, len(estimator.hidden_layer_sizes)
    if isinstance(rates, tuple | list) and len(rates) != n_hidden:
        rule = f"one number for all, or as many as there are hidden layers, {n_hidden}"
        raise wrong_parameter("dropout", owner, rule, rates)
    if n_hidden == 0 and not isinstance(rates, tuple | list) and rates > 0:
        remedy = "There is no unit to leave out: `input_dropout` leaves out inputs."
        raise wrong_parameter("dropout", owner, "0 without hidden layers", rates, remedy)


def make_dropout(estimator: Any, seed: int) -> Dropout | None:
    """What the estimator's arguments ask for, or None where nothing disturbs the steps."""
    rates = (float(estimator.input_dropout), *rates_of_hidden_layers(estimator))
    noise = float(estimator.input_noise)
    if not any(rates) and noise == 0:
        return None
    generator = np.random.default_rng((seed, DROPOUT_STREAM))
    return Dropout(rates, noise, int(generator.integers(2**64, dtype=np.uint64)))
