"""From `hidden_layer_sizes` and `activation` of an estimator to its hidden layers."""

from __future__ import annotations

from typing import Any

from pellucid.mathematics.activations import Activation, get_activation


def hidden_layers(estimator: Any) -> tuple[tuple[int, ...], tuple[Activation, ...]]:
    """The neurons of each hidden layer, and its activation.

    Examples
    --------
    >>> from pellucid import FeedForwardRegressor
    >>> sizes, activations = hidden_layers(FeedForwardRegressor([8, 4], "tanh"))
    >>> sizes, [activation.name for activation in activations]
    ((8, 4), ['tanh', 'tanh'])
    """
    sizes = tuple(int(size) for size in estimator.hidden_layer_sizes)
    named = estimator.activation
    each = named if isinstance(named, tuple | list) else [named] * len(sizes)
    return sizes, tuple(map(get_activation, each))
