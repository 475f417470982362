"""The networks of a model as its file holds them: sizes and activations in the description, theta_1, ... as arrays.

There is exactly one today. The description has a list, and the rule by which several would be combined, so that a file
of several is refused by what it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import DataError
from pellucid.estimators.described_fields import fields_of, is_text, list_of
from pellucid.estimators.parameter_objects import describe_activation
from pellucid.files.header import UPGRADE, Entry
from pellucid.files.strict_json import Refusal, short
from pellucid.mathematics.rules import Rule
from pellucid.mathematics.structure import FLOATS, Network, count_parameters

COMBINATIONS = ("mean",)
THETA = "theta_1"
MOST_LAYERS = 1_000  # each costs 20 microseconds, some views and some objects


def is_size(value: Any) -> bool:
    return type(value) is int and value >= 1


def is_activation(value: Any) -> bool:
    """Whether it is a name, or the names of each output; whether they are known is looked at later."""
    return is_text(value) or (type(value) is list and len(value) > 0 and all(map(is_text, value)))


STRUCTURE: dict[str, Rule] = {
    "sizes": list_of("a list of two or more whole numbers >= 1", is_size, 2),
    "activations": list_of("a list of names", is_activation, 1),
}


def describe_network(network: Network) -> dict[str, Any]:
    """Its sizes and activations, in plain values."""
    return {
        "sizes": list(network.sizes),
        "activations": [describe_activation(activation) for activation in network.activations],
    }


def check_networks(described: Any, entries: list[Entry]) -> None:
    """Hold the description of the networks against the sizes of their arrays, before these have any memory.

    Raises
    ------
    DataError, Refusal
    """
    if type(described) is not list or not described:
        raise DataError(f"its networks must be a list, and are {short(described)}")
    if len(described) > 1:
        raise Refusal(f"a newer pellucid made it (it holds {len(described)} networks)", UPGRADE)
    structure = fields_of(described[0], STRUCTURE, "its network")
    theta = next((entry for entry in entries if entry.name == THETA), None)
    if theta is None or theta.dtype.name not in FLOATS:
        raise DataError(f"it has no array {THETA} of the type F32 or F64")
    if theta.shape != (count_parameters(structure["sizes"]),):
        raise DataError(f"a network of the sizes {short(structure['sizes'])} has not {theta.shape} parameters")


def rebuild_network(described: dict[str, Any], theta: np.ndarray) -> Network:
    """The network, once `check_networks` has passed.

    Raises
    ------
    DataError, ParameterError
        For too many layers, and for activations that do not exist or do not fit.
    """
    n_layers = len(described["sizes"]) - 1
    if n_layers > MOST_LAYERS:
        raise DataError(f"its network has {n_layers} layers, where {MOST_LAYERS} are allowed: fit one of fewer")
    return Network(described["sizes"], described["activations"], theta)
