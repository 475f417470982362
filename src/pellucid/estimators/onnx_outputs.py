"""From the network's outputs to what users ask for, inside an ONNX graph: predictions, probabilities and labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pellucid.errors import ModelFileError
from pellucid.estimators.class_targets import ClassTargets
from pellucid.estimators.number_targets import NumberTargets
from pellucid.files.onnx_export.graph import BOOL, FLOAT64, INT64, TEXT, Value
from pellucid.files.onnx_export.search import interpolate
from pellucid.mathematics.losses import PerTarget, is_own
from pellucid.tables.target_transforms import Linear, Logarithm, NormalQuantiles

CLASS_TYPES = {"U": TEXT, "b": BOOL, "i": INT64, "u": INT64, "f": FLOAT64}


class Outputs(NamedTuple):
    """The names of a graph's outputs; `label` is empty for numbers, and `numbers` then the predictions."""

    numbers: str
    label: str = ""


def add_outputs(targets: NumberTargets | ClassTargets, Y_hat: Value) -> Outputs:
    """Add what `predict` gives, and for classes what `predict_proba` gives, each in the same shape.

    Raises
    ------
    ModelFileError
        For a loss of the user's own, and for classes of a type that ONNX does not have.
    """
    refuse_own_loss(targets)
    if isinstance(targets, NumberTargets):
        return Outputs(add_predictions(targets, Y_hat))
    return add_classes(targets, Y_hat)


def add_predictions(targets: NumberTargets, Y_hat: Value) -> str:
    """As `NumberTargets.restore`: in own units, quantiles of a target in order."""
    y = in_own_units(Y_hat, targets)
    if targets.ordered:
        y = in_order(y, targets)
    doc = f"predictions, columns in this order: {', '.join(targets.output_names)}"
    if targets.with_exposure:
        doc += f"; those of {', '.join(targets.names[d] for d in targets.log_link_targets)} for an exposure of 1"
    if targets.flat and targets.n_outputs == 1:
        return y.graph.output(y.op("Squeeze", y.graph.constant([1], INT64)), "prediction", ["N"], doc)
    return y.graph.output(y, "prediction", ["N", targets.n_outputs], doc)


def in_own_units(Y_hat: Value, targets: NumberTargets) -> Value:
    """Every output transformed back, and clipped if predictions are."""
    transforms = [targets.transforms[d] for d in targets.target_of_output]
    if all(isinstance(transform, Linear) for transform in transforms):
        y = inverse_linear(Y_hat, transforms)
    else:
        parts = [INVERSES[type(t)](Y_hat.columns([i]), [t]) for i, t in enumerate(transforms)]
        y = Y_hat.graph.concatenated(parts)
    if targets.limits is None:
        return y
    least, greatest = zip(*(targets.limits[d] for d in targets.target_of_output), strict=True)
    return y.op("Max", least).op("Min", greatest)


def inverse_linear(Y_hat: Value, transforms: Sequence[Linear | Logarithm]) -> Value:
    return Y_hat * [t.scale for t in transforms] + [t.mean for t in transforms]


INVERSES = {
    Linear: inverse_linear,
    Logarithm: lambda Y_hat, transforms: inverse_linear(Y_hat, transforms).op("Exp"),
    NormalQuantiles: lambda Y_hat, transforms: interpolate(
        Y_hat, [t.values for t in transforms], [t.knots for t in transforms]
    ),
}


def in_order(y: Value, targets: NumberTargets) -> Value:
    """The outputs with each target's own sorted."""
    of = targets.target_of_output
    parts = []
    for d in range(len(targets.names)):
        places = np.flatnonzero(of == d).tolist()
        part = y.columns(places)
        if len(places) > 1:
            part = part.op("TopK", y.graph.constant([len(places)], INT64), n=2, axis=1, largest=0)
        parts.append(part)
    return y.graph.concatenated(parts)


def add_classes(targets: ClassTargets, Y_hat: Value) -> Outputs:
    """As `ClassTargets.probabilities` and `choose`."""
    graph, n = Y_hat.graph, len(targets.classes)
    P = graph.concatenated([1 - Y_hat, Y_hat]) if targets.kind == "binary" else Y_hat
    if targets.kind == "multilabel":
        doc = f"1 where a label is at least as likely as not: {', '.join(targets.names)}"
        label = graph.output(P.op("GreaterOrEqual", 0.5, dtype=BOOL).cast(INT64), "label", ["N", n], doc)
        doc = f"the probability of each label: {', '.join(targets.names)}"
        return Outputs(graph.output(P, "probabilities", ["N", n], doc), label)
    values, dtype = class_constants(targets)
    place = P.op("ArgMax", dtype=INT64, axis=1, keepdims=0)
    label = graph.constant(values, dtype, "classes").op("Gather", place, axis=0)
    listed = ", ".join(map(str, targets.classes))
    label_name = graph.output(label, "label", ["N"], f"the most probable {targets.names[0]}: one of {listed}")
    return Outputs(graph.output(P, "probabilities", ["N", n], f"the probability of each class: {listed}"), label_name)


def class_constants(targets: ClassTargets) -> tuple[list[Any], np.dtype]:
    """The classes as ONNX holds them."""
    values = targets.classes.tolist()
    kind = "U" if all(isinstance(value, str) for value in values) else targets.classes.dtype.kind
    if kind not in CLASS_TYPES or (kind == "u" and max(values) >= 2**63):
        found = f"{max(values)}, too large for int64" if kind == "u" else f"of the type {type(values[0]).__name__}"
        raise ModelFileError(
            f"The classes of {targets.names[0]!r} cannot be exported to ONNX: they must be text, numbers or booleans. "
            f"Got one {found}. Convert them and train again."
        )
    return values, CLASS_TYPES[kind]


def refuse_own_loss(targets: NumberTargets | ClassTargets) -> None:
    """A loss of the user's own is code: what its outputs mean is not ours to say."""
    loss = targets.loss
    for part in loss.losses if isinstance(loss, PerTarget) else (loss,):
        if is_own(part):
            raise ModelFileError(
                f"The loss {part.name} of your own cannot be exported to ONNX: what its outputs mean is code, and the "
                "graph holds none. Use one of pellucid's, or keep the model in Python."
            )
