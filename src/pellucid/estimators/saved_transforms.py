"""Transforms of targets as the model file holds them: which there are, and which losses may have them."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from pellucid.errors import DataError
from pellucid.estimators.chosen_loss import unit_of
from pellucid.estimators.described_fields import fields_of, is_finite, one_of_texts
from pellucid.estimators.number_targets import NumberTargets, part_of
from pellucid.mathematics.rules import Rule
from pellucid.tables.target_transforms import Linear, Logarithm, NormalQuantiles, Transform

ALLOWED = {"deviation": ("none", "standardise", "log", "quantile"), "mean": ("none", "mean"), "none": ("none",)}
LINEAR_KINDS = ("none", "mean", "standardise", "log")


def rises(value: Any) -> bool:
    """Whether it is a list of finite numbers, each greater than the one before."""
    return (
        type(value) is list and len(value) > 0 and all(map(is_finite, value)) and all(a < b for a, b in pairwise(value))
    )


RISING = Rule("a list of numbers that rise strictly", rises)
FIELDS = {
    "kind": one_of_texts(LINEAR_KINDS),
    "mean": Rule("a finite number", is_finite),
    "scale": Rule("a finite number > 0", lambda value: is_finite(value) and value > 0),
}
QUANTILE_FIELDS = {"kind": one_of_texts(("quantile",)), "knots": RISING, "values": RISING}


def rebuild_transform(description: dict[str, Any]) -> Transform:
    """A transform whose numbers make it strictly increasing."""
    owner = "a transform of its targets"
    if description.get("kind") == "quantile":
        fields_of(description, QUANTILE_FIELDS, owner)
        knots, values = (tuple(map(float, description[name])) for name in ("knots", "values"))
        if len(knots) != len(values):
            raise DataError("the knots and values of a quantile transform are not as many")
        if not math.isfinite(knots[-1] - knots[0]) or not math.isfinite(values[-1] - values[0]):
            raise DataError("the knots or values of a quantile transform are too far apart")
        return NormalQuantiles(knots, values)
    fields_of(description, FIELDS, owner)
    kind, mean, scale = description["kind"], float(description["mean"]), float(description["scale"])
    if (kind in ("none", "mean") and mean != 0) or (kind == "none" and scale != 1):
        raise DataError(f"a transform of the kind {kind!r} cannot have the mean {mean:g} and the scale {scale:g}")
    return Logarithm(mean, scale) if kind == "log" else Linear(kind, mean, scale)


def refuse_unfit_transforms(targets: NumberTargets) -> None:
    """A loss takes the transforms that its estimator gives it, and no others."""
    for d, transform in enumerate(targets.transforms):
        unit = unit_of(*part_of(targets.loss, targets.output_activation, d))
        if transform.kind not in ALLOWED[unit]:
            raise DataError(f"the {targets.losses[d].name} loss cannot have a transform of the kind {transform.kind!r}")
