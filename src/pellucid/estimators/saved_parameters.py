"""A constructor's arguments as the model file holds them."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from pellucid.engines.loss_and_gradient import check_target_weights
from pellucid.errors import DataError
from pellucid.estimators.described_fields import (
    ANYTHING,
    fields_of,
    is_finite,
    list_of,
    or_nothing,
)
from pellucid.estimators.feed_forward import FeedForward
from pellucid.estimators.parameter_objects import describe_activation, describe_object, is_object, rebuild_object
from pellucid.estimators.parameters import check_parameters
from pellucid.estimators.saved_networks import MOST_LAYERS
from pellucid.mathematics.activations import Activation
from pellucid.mathematics.rules import Rule
from pellucid.mathematics.starting_weights import STARTING_WEIGHTS
from pellucid.training.history import LOSS

# Callbacks are code, which no model file holds; where a run was saved on the way is nothing of the model's.
NOT_KEPT = {"callbacks", "checkpoint_dir", "checkpoint_epochs", "checkpoint_seconds"}
MOST_COLUMNS = 5_000  # more than a file can describe; the constructor's rule takes 3 microseconds for each


def is_short(value: Any, most: int = MOST_LAYERS) -> bool:
    """Whether it is no list, or one that is looked at quickly."""
    return type(value) is not list or len(value) <= most


SHORT = Rule(f"one for all hidden layers, or a list of at most {MOST_LAYERS}", is_short)
# Of the arguments that no rule of the constructor's looks at, or whose rule takes what no file holds.
RULES = {
    "hidden_layer_sizes": Rule(
        f"a list of at most {MOST_LAYERS} whole numbers",
        lambda value: type(value) is list and is_short(value) and all(type(size) is int for size in value),
    ),
    "activation": SHORT,
    "dropout": SHORT,
    "categorical_features": Rule(
        f"a name, or a list of at most {MOST_COLUMNS}", lambda value: is_short(value, MOST_COLUMNS)
    ),
    "starting_weights": Rule("a name", lambda value: type(value) is str and value in STARTING_WEIGHTS),
    "random_state": Rule("null or a seed", lambda value: value is None or (type(value) is int and 0 <= value < 2**32)),
    "scoring": Rule("a name", lambda value: type(value) is str),
    "target_weights": or_nothing(list_of("a list of numbers", is_finite, 1)),
}


def describe_parameters(model: FeedForward) -> dict[str, Any]:
    """The constructor's arguments in plain values; what has none is left out."""
    parameters = model.get_params(deep=False)
    if not isinstance(parameters["random_state"], Integral):
        parameters["random_state"] = None
    for name, known in (("starting_weights", "auto"), ("scoring", LOSS)):
        if not isinstance(parameters[name], str):
            parameters[name] = known
    return {name: plain(value) for name, value in parameters.items() if name not in NOT_KEPT}


def plain(value: Any) -> Any:
    """A number, text, truth, sequence or object among the arguments as JSON knows it."""
    if isinstance(value, Activation):
        return describe_activation(value)
    if is_object(value):
        return {name: plain(field) for name, field in describe_object(value).items()}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    if isinstance(value, dict):  # the keys of class_weight need not be text
        return {"dict": [[plain(key), plain(part)] for key, part in value.items()]}
    return value


def rebuild_parameters(cls: type[FeedForward], described: Any) -> Any:
    """An estimator with these arguments, held to the same rules as those that a user gives.

    Raises
    ------
    DataError, ParameterError
    """
    model = cls()
    names = set(model.get_params(deep=False)) - NOT_KEPT
    fields_of(described, {name: RULES.get(name, ANYTHING) for name in names}, "its parameters")
    for name, value in described.items():
        setattr(model, name, rebuilt(value))
    model.hidden_layer_sizes = tuple(model.hidden_layer_sizes)
    check_parameters(model)
    if model.target_weights is not None:
        check_target_weights(model.target_weights, len(model.target_weights), cls.__name__)
    return model


def rebuilt(value: Any) -> Any:
    """An argument from plain values, with the objects in it."""
    if isinstance(value, list):
        return [rebuilt(part) for part in value]
    if not isinstance(value, dict):
        return value
    if value.keys() != {"dict"}:
        return rebuild_object(value)
    pairs = value["dict"]
    if type(pairs) is not list or not all(map(is_pair, pairs)):
        raise DataError("a dict among its parameters is not a list of pairs of a plain key and a value")
    return {key: rebuilt(part) for key, part in pairs}


def is_pair(value: Any) -> bool:
    return type(value) is list and len(value) == 2 and not isinstance(value[0], list | dict)
