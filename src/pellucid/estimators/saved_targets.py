"""Targets as the model file holds them: names, transforms or classes, the loss, and the weights of classes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from pellucid.errors import DataError, ModelFileError
from pellucid.estimators.class_targets import ClassTargets
from pellucid.estimators.described_fields import (
    ANYTHING,
    TRUTH,
    fields_of,
    is_finite,
    is_text,
    list_of,
    one_of_texts,
    or_nothing,
)
from pellucid.estimators.number_targets import NumberTargets
from pellucid.estimators.parameter_objects import describe_loss, rebuild_loss
from pellucid.estimators.saved_transforms import rebuild_transform, refuse_unfit_transforms
from pellucid.mathematics.losses import CrossEntropy, Log, Loss, PerTarget
from pellucid.tables.target_transforms import describe_transform


def is_positive(value: Any) -> bool:
    return is_finite(value) and value > 0


def is_pair(value: Any) -> bool:
    return type(value) is list and len(value) == 2 and all(map(is_finite, value)) and value[0] <= value[1]


# The type of their array, and whether a value of JSON is one of them.
CLASS_TYPES: dict[str, tuple[Any, Any]] = {
    "bool": (np.bool_, lambda value: type(value) is bool),
    "int64": (np.int64, lambda value: type(value) is int and -(2**63) <= value < 2**63),
    "float64": (np.float64, lambda value: type(value) is float),
    "str": (np.str_, is_text),
}
# Of an array of texts, which takes for each of them what the longest does, 4 bytes a sign: 4 MB, as 10,000 classes of
# up to 100 signs.
MOST_SIGNS = 1_000_000

NAMES = list_of("a list of texts", is_text, 1)
NUMBERS = {
    "kind": one_of_texts(("numbers",)),
    "loss": ANYTHING,
    "names": NAMES,
    "flat": TRUTH,
    "transforms": list_of("a list of objects", lambda value: type(value) is dict, 1),
    "with_exposure": TRUTH,
    "limits": or_nothing(list_of("a list of pairs of finite numbers", is_pair)),
}
CLASSES = {
    "kind": one_of_texts(("binary", "multiclass", "multilabel")),
    "loss": ANYTHING,
    "names": NAMES,
    "class_type": one_of_texts(tuple(CLASS_TYPES)),
    "classes": list_of("a list", lambda value: True, 1),
    "class_weights": or_nothing(
        list_of("a list of lists of numbers > 0", lambda row: type(row) is list and all(map(is_positive, row)), 1)
    ),
}


def describe_targets(targets: NumberTargets | ClassTargets) -> dict[str, Any]:
    """Targets in plain values."""
    loss = describe_loss(targets.loss)
    if isinstance(targets, NumberTargets):
        return {
            "kind": "numbers",
            "loss": loss,
            "names": list(targets.names),
            "flat": targets.flat,
            "transforms": [describe_transform(transform) for transform in targets.transforms],
            "with_exposure": targets.with_exposure,
            "limits": None if targets.limits is None else [list(pair) for pair in targets.limits],
        }
    classes = targets.classes
    kind = {"b": "bool", "i": "int64", "u": "int64", "f": "float64"}.get(classes.dtype.kind, "str")
    values = classes.tolist()
    if kind == "int64" and not all(-(2**63) <= value < 2**63 for value in values):
        raise ModelFileError(f"The class {max(values, key=abs)} cannot be saved: it does not fit 64 bits with a sign.")
    if kind == "str" and not all(isinstance(value, str) for value in values):
        raise ModelFileError(
            f"Classes of the type {type(values[0]).__name__} cannot be saved: use text, numbers or booleans."
        )
    weights = None if targets.class_weights is None else targets.class_weights.tolist()
    return {
        "kind": targets.kind,
        "loss": loss,
        "names": list(targets.names),
        "class_type": kind,
        "classes": values,
        "class_weights": weights,
    }


def rebuild_targets(description: Any, n_outputs: int, output_activation: Any) -> NumberTargets | ClassTargets:
    """Targets from their description, of the very types that were described, and the network's last layer.

    Raises
    ------
    DataError, ParameterError
        If it is not what `describe_targets` gives.
    """
    of_numbers = isinstance(description, dict) and description.get("kind") == "numbers"
    fields_of(description, NUMBERS if of_numbers else CLASSES, "its targets")
    if len(set(description["names"])) < len(description["names"]):
        raise DataError("the names of its targets are not distinct")
    if len(description["names"]) > n_outputs:  # before anything is made for each of them
        raise DataError(f"its {len(description['names'])} targets are more than its network's {n_outputs} outputs")
    rebuild_kind = rebuild_number_targets if of_numbers else rebuild_class_targets
    return rebuild_kind(description, output_activation)


def rebuild_number_targets(description: dict[str, Any], output_activation: Any) -> NumberTargets:
    """One or several numbers."""
    names, described, limits = description["names"], description["transforms"], description["limits"]
    loss, activation = rebuild_loss(description["loss"], output_activation)
    if len(names) != len(described) or (description["flat"] and len(names) > 1):
        raise DataError("its targets need a name and a transform each, and are flat only where there is one")
    if limits is not None and len(limits) != len(names):
        raise DataError("its targets need limits for all or for none")
    if isinstance(loss, CrossEntropy) or (isinstance(loss, PerTarget) and len(loss.losses) != len(names)):
        raise DataError(f"its {len(names)} targets cannot have the {loss.name} loss")
    targets = NumberTargets(
        tuple(names),
        description["flat"],
        tuple(map(rebuild_transform, described)),
        loss,
        activation,
        description["with_exposure"],
        None if limits is None else tuple((float(low), float(high)) for low, high in limits),
    )
    refuse_unfit_transforms(targets)
    if targets.with_exposure and not targets.log_link_targets:
        raise DataError(f"the {loss.name} loss knows no exposure")
    return targets


def rebuild_class_targets(description: dict[str, Any], output_activation: Any) -> ClassTargets:
    """One of several classes, or several labels."""
    kind, names, values = description["kind"], tuple(description["names"]), description["classes"]
    loss, activation = rebuild_loss(description["loss"], output_activation)
    class_type, is_of_type = CLASS_TYPES[description["class_type"]]
    if not all(map(is_of_type, values)) or not all(before < after for before, after in pairwise(values)):
        raise DataError(f"its classes are not distinct values of the type {description['class_type']}, in order")
    expected = {"binary": 2, "multiclass": max(len(values), 2), "multilabel": len(names)}[kind]
    if len(values) != expected or (kind == "multilabel" and values != list(range(expected))):
        raise DataError(f"a {kind} classifier cannot have these {len(values)} classes")
    if kind != "multilabel" and len(names) > 1:
        raise DataError(f"a {kind} classifier has one target, not {len(names)}")
    weights = rebuild_class_weights(description, loss, names)
    if class_type is np.str_ and (signs := len(values) * max(map(len, values))) > MOST_SIGNS:
        raise DataError(
            f"its {len(values)} classes, each with the place of the longest, take {signs} signs, where {MOST_SIGNS} "
            "are allowed: give the longest shorter names"
        )
    classes = np.array(values, dtype=class_type)
    if classes.tolist() != values:  # NumPy drops a zero sign at the end of a text
        raise DataError("its classes do not come back as they are")
    return ClassTargets(kind, classes, names, loss, activation, weights)


def rebuild_class_weights(description: dict[str, Any], loss: Loss, names: tuple[str, ...]) -> np.ndarray | None:
    """The weights of classes, after the loss has been seen to be one of that kind."""
    kind, weights = description["kind"], description["class_weights"]
    of_kind = CrossEntropy if kind == "multiclass" else Log
    parts = loss.losses if isinstance(loss, PerTarget) and kind == "multilabel" else (loss,)
    if not all(isinstance(part, of_kind) for part in parts) or len(parts) not in (1, len(names)):
        raise DataError(f"a {kind} classifier cannot have the {loss.name} loss")
    if weights is None:
        return None
    shape = (len(names), 2) if kind == "multilabel" else (1, len(description["classes"]))
    if len(weights) != shape[0] or {len(row) for row in weights} != {shape[1]}:
        raise DataError("its class weights are not a number > 0 for each class")
    return np.array(weights, dtype=np.float64)
