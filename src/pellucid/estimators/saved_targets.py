"""Targets as the model file holds them: names, transforms or classes, the loss, and the weights of classes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from pellucid.errors import DataError, ModelFileError
from pellucid.estimators.chosen_loss import unit_of
from pellucid.estimators.class_targets import ClassTargets
from pellucid.estimators.number_targets import NumberTargets, part_of
from pellucid.estimators.parameter_objects import describe_loss, rebuild_loss
from pellucid.mathematics.losses import CrossEntropy, Log, Loss, PerTarget
from pellucid.mathematics.rules import is_number
from pellucid.tables.target_transforms import Linear, Logarithm, NormalQuantiles, Transform, describe_transform

ALLOWED = {"deviation": ("none", "standardise", "log", "quantile"), "mean": ("none", "mean"), "none": ("none",)}
CLASS_TYPES = {"bool": np.bool_, "int64": np.int64, "float64": np.float64, "str": np.str_}


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


def rebuild_targets(description: dict[str, Any], output_activation: Any) -> NumberTargets | ClassTargets:
    """Targets from their description, of the very types that were described, and the network's last activation."""
    loss, activation = rebuild_loss(description["loss"], output_activation)
    if description["kind"] == "numbers":
        refuse_other_names(description, {"kind", "loss", "names", "flat", "transforms", "with_exposure", "limits"})
        names, described, limits = description["names"], description["transforms"], description["limits"]
        if not (len(names) == len(described) > 0) or (limits is not None and len(limits) != len(names)):
            raise DataError("its targets need a name and a transform each, and limits for all or for none")
        if isinstance(loss, CrossEntropy) or (isinstance(loss, PerTarget) and len(loss.losses) != len(names)):
            raise DataError(f"its {len(names)} targets cannot have the {loss.name} loss")
        flat = bool(description["flat"])
        targets = NumberTargets(
            tuple(map(str, names)),
            flat,
            tuple(map(rebuild_transform, described)),
            loss,
            activation,
            bool(description["with_exposure"]),
            None if limits is None else tuple(map(rebuild_limits, limits)),
        )
        refuse_unfit_transforms(targets)
        return targets
    refuse_other_names(description, {"kind", "loss", "names", "class_type", "classes", "class_weights"})
    if description["kind"] not in ("binary", "multiclass", "multilabel"):
        raise DataError(f"{description['kind']!r} is no kind of targets")
    classes = np.array(description["classes"], dtype=CLASS_TYPES[description["class_type"]])
    if classes.ndim != 1 or len(np.unique(classes)) != len(classes) or len(classes) == 0:
        raise DataError("its classes are not a list of distinct values")
    if description["kind"] == "binary" and len(classes) != 2:
        raise DataError(f"a binary classifier has 2 classes, not {len(classes)}")
    names = tuple(map(str, description["names"]))
    return ClassTargets(
        description["kind"], np.sort(classes), names, loss, activation, rebuild_class_weights(description, loss, names)
    )


def rebuild_transform(description: dict[str, Any]) -> Transform:
    """A transform whose numbers make it strictly increasing."""
    kind = description["kind"]
    if kind == "quantile":
        refuse_other_names(description, {"kind", "knots", "values"})
        knots, values = (read_floats(description[name]) for name in ("knots", "values"))
        rise = all(a < b for numbers in (knots, values) for a, b in pairwise(numbers))
        if not len(knots) == len(values) > 0 or not rise:
            raise DataError("the knots and values of a quantile transform are not as many, or do not rise strictly")
        if not np.isfinite(knots[-1] - knots[0]):
            raise DataError("the knots of a quantile transform are too far apart")
        return NormalQuantiles(knots, values)
    if kind not in ("none", "mean", "standardise", "log"):
        raise DataError(f"{kind!r} is no kind of transform")
    refuse_other_names(description, {"kind", "mean", "scale"})
    mean, scale = read_floats([description["mean"], description["scale"]])
    if not scale > 0 or (kind in ("none", "mean") and mean != 0) or (kind == "none" and scale != 1):
        raise DataError(f"a transform of the kind {kind!r} cannot have the mean {mean:g} and the scale {scale:g}")
    return Logarithm(mean, scale) if kind == "log" else Linear(kind, mean, scale)


def rebuild_limits(pair: Any) -> tuple[float, float]:
    """The least and the greatest prediction."""
    low, high = read_floats(pair)
    if low > high:
        raise DataError(f"its predictions cannot be at least {low:g} and at most {high:g}")
    return low, high


def read_floats(numbers: Any) -> tuple[float, ...]:
    """Finite numbers, as floats."""
    if not isinstance(numbers, list) or not all(map(is_number, numbers)):
        raise DataError("a transform of its targets holds something other than finite numbers")
    return tuple(map(float, numbers))


def refuse_unfit_transforms(targets: NumberTargets) -> None:
    """A loss takes the transforms that its estimator gives it, and no others."""
    for d, transform in enumerate(targets.transforms):
        unit = unit_of(*part_of(targets.loss, targets.output_activation, d))
        if transform.kind not in ALLOWED[unit]:
            raise DataError(f"the {targets.losses[d].name} loss cannot have a transform of the kind {transform.kind!r}")


def rebuild_class_weights(description: dict[str, Any], loss: Loss, names: tuple[str, ...]) -> np.ndarray | None:
    """The weights of classes, after the loss has been seen to be one of that kind."""
    kind, weights = description["kind"], description["class_weights"]
    of_kind = CrossEntropy if kind == "multiclass" else Log
    parts = loss.losses if isinstance(loss, PerTarget) and kind == "multilabel" else (loss,)
    if not all(isinstance(part, of_kind) for part in parts) or len(parts) not in (1, len(names)):
        raise DataError(f"a {kind} classifier cannot have the {loss.name} loss")
    if weights is None:
        return None
    array = np.array(weights, dtype=np.float64)
    shape = (len(names), 2) if kind == "multilabel" else (1, len(description["classes"]))
    if array.shape != shape or not np.isfinite(array).all() or not (array > 0).all():
        raise DataError("its class weights are not a number > 0 for each class")
    return array


def refuse_other_names(found: dict[str, Any], known: set[str]) -> None:
    """Exactly these names, no more and no fewer."""
    if set(found) != known:
        raise DataError(f"its fields are {', '.join(sorted(found))}; they must be {', '.join(sorted(known))}")
