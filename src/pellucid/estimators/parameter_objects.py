"""Objects among a constructor's arguments, as the model file holds them: {"object": class, field: value, ...}.

Only the classes of a closed table are written or rebuilt: a file names no code.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from itertools import accumulate
from typing import Any

from pellucid.errors import DataError, ModelFileError
from pellucid.estimators.described_fields import TEXT, fields_of, is_finite
from pellucid.estimators.solver_choice import SCHEDULES
from pellucid.files.strict_json import short
from pellucid.mathematics.activations import Activation, get_activation, is_ours
from pellucid.mathematics.activations.per_output import PerOutput
from pellucid.mathematics.losses import LOSSES, Loss, PerTarget, Quantile, check_pair
from pellucid.mathematics.rules import Rule

CLASSES: dict[str, type] = {cls.__name__: cls for cls in (*SCHEDULES.values(), *map(type, LOSSES.values()))}
MOST_NUMBERS = 1_000  # of quantiles, say
MOST_LOSSES = 1_000  # each takes some 20 microseconds
# What a field may be before its class looks at it; the rules of the classes are those for users.
ONE_OR_MORE = Rule(
    f"a number or a list of at most {MOST_NUMBERS} numbers",
    lambda value: (
        is_finite(value) or (type(value) is list and len(value) <= MOST_NUMBERS and all(map(is_finite, value)))
    ),
)


def is_object(value: Any) -> bool:
    """Whether an argument is one of the user's objects, and not a plain value."""
    return isinstance(value, Loss) or (is_dataclass(value) and not isinstance(value, type))


def describe_object(value: Any) -> dict[str, Any]:
    """The object in plain values.

    Raises
    ------
    ModelFileError
        For a class of the user's own, even under a known name: it is code, which no model file holds.
    """
    name = type(value).__name__
    if CLASSES.get(name) is not type(value):
        raise ModelFileError(
            f"The class {name} is not one of pellucid's, and a model file holds no code. "
            f"Before saving, replace it by one of {', '.join(CLASSES)}, or by a name."
        )
    return {"object": name} | {field.name: plain_field(getattr(value, field.name)) for field in fields(value)}


def rebuild_object(described: Any) -> Any:
    """The object of that description, held to the same rules as one that a user makes.

    Raises
    ------
    DataError, ParameterError
    """
    name = described.get("object") if isinstance(described, dict) else None
    cls = CLASSES.get(name) if isinstance(name, str) else None
    if cls is None:
        raise DataError(f"{short(name)} is no class that a model file may name")
    names = {field.name for field in fields(cls)}
    values = fields_of(described, {"object": TEXT} | dict.fromkeys(names, ONE_OR_MORE), f"a {name}").copy()
    del values["object"]
    return cls(**values) if cls is not Quantile else Quantile(values["q"])


def plain_field(value: Any) -> Any:
    """A field as JSON knows it: sequences are lists."""
    return list(value) if isinstance(value, tuple) else value


def describe_loss(loss: Loss) -> Any:
    """A loss in plain values; of several targets a list."""
    return [describe_object(part) for part in loss.losses] if isinstance(loss, PerTarget) else describe_object(loss)


def describe_activation(activation: Activation) -> Any:
    """The name by which `load` finds it; of several outputs a list. One of the user's own is code."""
    if isinstance(activation, PerOutput):
        return [describe_activation(part) for part in activation.activations]
    if not is_ours(activation):
        raise ModelFileError(
            f"The activation {activation.name} is your own, and a model file holds no code. "
            "Keep your class, and the numbers of model.network_.theta beside it; or fit with one of pellucid's."
        )
    return activation.name


def rebuild_loss(described: Any, activations: Any) -> tuple[Loss, Activation]:
    """The loss and the last activation of these descriptions, held to the same rules as a user's.

    `activations` is one name, or a list of one for each output.

    Raises
    ------
    DataError, ParameterError
    """
    if not isinstance(described, list):
        loss, activation = loss_of(described), get_activation(activations)
        check_pair(loss, activation)
        return loss, activation
    if len(described) > MOST_LOSSES:
        raise DataError(f"it has {len(described)} losses, where {MOST_LOSSES} are allowed")
    losses = [loss_of(part) for part in described]
    counts = [loss.outputs_per_target for loss in losses]
    if not losses or not isinstance(activations, list) or len(activations) != sum(counts):
        raise DataError(f"{len(losses)} losses need a list of {sum(counts)} activations, one for each output")
    starts = accumulate(counts[:-1], initial=0)
    loss = PerTarget(losses, [activations[start] for start in starts])
    if [f.name for f in loss.last_activation.activations] != activations:
        raise DataError("the outputs of a target have the same activation")
    return loss, loss.last_activation


def loss_of(described: Any) -> Loss:
    """One of pellucid's losses."""
    loss = rebuild_object(described)
    if not isinstance(loss, Loss):
        raise DataError(f"a {type(loss).__name__} is no loss")
    return loss
