"""From `target_transform` and `standardise` to how each target is transformed, as far as its loss allows."""

from __future__ import annotations

from typing import Any

from pellucid.errors import wrong_parameter
from pellucid.estimators.chosen_loss import is_one, unit_of
from pellucid.mathematics.activations import Activation
from pellucid.mathematics.losses import Loss, PerTarget
from pellucid.mathematics.rules import Rule

TRANSFORMS = ("auto", "standardise", "log", "quantile", "none")
TRANSFORM_RULE = Rule(
    "one of " + ", ".join(map(repr, TRANSFORMS)) + ", or a list of these, one for each target",
    lambda value: (
        value in TRANSFORMS
        if isinstance(value, str)
        else isinstance(value, list | tuple)
        and len(value) > 0
        and all(isinstance(name, str) and name in TRANSFORMS for name in value)
    ),
)
OF_UNIT = {"deviation": "standardise", "mean": "mean", "none": "none"}


def kinds_of(estimator: Any, loss: Loss, activation: Activation, n_targets: int) -> tuple[str, ...]:
    """The kind of the transform of each target: "none", "mean", "standardise", "log" or "quantile".

    Raises
    ------
    ParameterError
        For a list of the wrong length, and a transform that the loss or the output activation of a target cannot have:
        one that is measured on the target's own scale, or whose outputs are not every number.
    """
    owner, named = type(estimator).__name__, estimator.target_transform
    if not is_one(named) and len(named) != n_targets:
        rule = f"one for all targets, or a list of {n_targets}, one for each"
        raise wrong_parameter("target_transform", owner, rule, named)
    losses = loss.losses if isinstance(loss, PerTarget) else (loss,) * n_targets
    activations = loss.activations if isinstance(loss, PerTarget) else (activation,) * n_targets
    kinds = []
    for d, name in enumerate([named] * n_targets if is_one(named) else named):
        unit = unit_of(losses[d], activations[d])
        if name == "auto":
            kinds.append(OF_UNIT[unit] if estimator.standardise in (True, "targets") else "none")
            continue
        if name != "none" and unit != "deviation":
            of = f" of target {d}" if isinstance(loss, PerTarget) else ""
            if losses[d].unit == "deviation":
                whose = f"the output activation {activations[d].name}{of}"
                remedy = "Its outputs are not every number: leave output_activation='auto', or this 'auto'."
            else:
                whose = f"the {losses[d].name} loss{of}"
                remedy = "It is one of the target's own numbers: leave this 'auto', or take loss='rss' or 'absolute'."
            raise wrong_parameter("target_transform", owner, f"'auto' or 'none' for {whose}", name, remedy)
        kinds.append(name)
    return tuple(kinds)
