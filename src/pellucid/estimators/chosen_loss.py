"""From the `loss` and `output_activation` of an estimator to one loss and the activation of the last layer."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pellucid.errors import DataWarning, wrong_parameter
from pellucid.mathematics.activations import ACTIVATIONS, ELEMENTWISE, Activation, get_activation
from pellucid.mathematics.losses import LOSSES, CrossEntropy, Log, Loss, PerTarget, get_loss
from pellucid.mathematics.rules import Rule

NUMBER_LOSSES = tuple(name for name, loss in LOSSES.items() if not isinstance(loss, CrossEntropy))
CLASS_LOSSES = ("log", "cross_entropy")


def is_loss(value: Any) -> bool:
    """A name or an object."""
    return value in LOSSES if isinstance(value, str) else isinstance(value, Loss) and not isinstance(value, PerTarget)


def is_output_activation(value: Any) -> bool:
    """A name or an object, for one output."""
    return value in ACTIVATIONS if isinstance(value, str) else isinstance(value, Activation)


LOSS_RULE = Rule(
    "'auto', one of " + ", ".join(LOSSES) + ", a Loss, or a list of these, one for each target",
    lambda value: (
        (len(value) > 0 and all(map(is_loss, value)))
        if isinstance(value, list | tuple)
        else is_loss(value) or is_auto(value)
    ),
)
OUTPUT_RULE = Rule(
    "'auto', one of " + ", ".join(ELEMENTWISE) + " or softmax, an Activation, or a list of these, one for each target",
    lambda value: (
        (len(value) > 0 and all(map(is_output_activation, value)))
        if isinstance(value, list | tuple)
        else is_output_activation(value) or is_auto(value)
    ),
)


def block_of(loss: str | Loss) -> Loss:
    """The loss of that name, or itself, held to the rules of losses where it is the user's own."""
    return get_loss(loss)


def number_loss(estimator: Any, n_targets: int) -> tuple[Loss, Activation]:
    """The loss of a regressor, for all targets or one for each, and its last activation.

    Raises
    ------
    ParameterError
        For a list of the wrong length, a loss of classes, or an activation that a loss cannot take.
    """
    owner = type(estimator).__name__
    named, activation = estimator.loss, estimator.output_activation
    named_each = [named] * n_targets if is_one(named) else list(named)
    losses = [LOSSES["rss"] if is_auto(loss) else block_of(loss) for loss in named_each]
    for parameter, value in (("loss", named), ("output_activation", activation)):
        if not is_one(value) and len(value) != n_targets:
            rule = f"one for all targets, or a list of {n_targets}, one for each"
            raise wrong_parameter(parameter, owner, rule, value)
    for loss in losses:
        if isinstance(loss, CrossEntropy):
            remedy = "cross_entropy is for classes: use FeedForwardClassifier."
            raise wrong_parameter("loss", owner, "one of " + ", ".join(NUMBER_LOSSES), loss.name, remedy)
        loss.check_dtype(estimator.dtype)
    if is_one(named) and is_one(activation):
        return checked(losses[0], output_of(losses[0], activation), owner)
    chosen = [activation] * n_targets if is_one(activation) else list(activation)
    pairs = [checked(loss, output_of(loss, name), owner) for loss, name in zip(losses, chosen, strict=True)]
    loss = PerTarget([loss for loss, _ in pairs], [activation for _, activation in pairs])
    return loss, loss.last_activation


def class_loss(estimator: Any, kind: str, n_targets: int) -> tuple[Loss, Activation]:
    """The loss of a classifier for a kind of targets, and its last activation."""
    owner, named = type(estimator).__name__, estimator.loss
    usual = "cross_entropy" if kind == "multiclass" else "log"
    whose = {"multiclass": "more than two classes", "binary": "two classes", "multilabel": "labels"}[kind]
    losses = [block_of(usual if is_auto(named) else named)] if is_one(named) else list(map(block_of, named))
    cls = CrossEntropy if kind == "multiclass" else Log
    if not all(isinstance(loss, cls) for loss in losses):
        rule = f"'auto', {usual!r} or a {cls.__name__} for {whose}"
        raise wrong_parameter("loss", owner, rule, named)
    if not is_one(named) and (kind != "multilabel" or len(losses) != n_targets):
        rule = f"one loss for {whose}" if kind != "multilabel" else f"one for all labels, or a list of {n_targets}"
        raise wrong_parameter("loss", owner, rule, named)
    if not is_one(estimator.output_activation):
        rule = f"'auto' or {losses[0].output_activation!r} for {whose}"
        raise wrong_parameter("output_activation", owner, rule, estimator.output_activation)
    pairs = [checked(loss, output_of(loss, estimator.output_activation), owner) for loss in losses]
    if is_one(named):
        return pairs[0]
    loss = PerTarget(losses)
    return loss, loss.last_activation


def is_auto(value: Any) -> bool:
    """Whether the choice is left to us."""
    return isinstance(value, str) and value == "auto"


def is_one(value: Any) -> bool:
    """Whether it is said once for all targets."""
    return not isinstance(value, list | tuple)


def output_of(loss: Loss, activation: Any) -> Activation:
    """The activation that was named, or the one that the loss expects."""
    return get_activation(loss.output_activation if is_auto(activation) else activation)


def checked(loss: Loss, activation: Activation, owner: str) -> tuple[Loss, Activation]:
    """The pair, or a refusal in the estimator's name."""
    if not loss.takes(activation):
        rule = f"'auto' or {loss.needed_activation} for the {loss.name} loss"
        raise wrong_parameter("output_activation", owner, rule, activation.name)
    return loss, activation


# What outputs can be, where that is not every number.
RANGES = {
    "relu": (0.0, np.inf), "softplus": (0.0, np.inf), "exponential": (0.0, np.inf), "sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
}  # fmt: skip


def unit_of(loss: Loss, activation: Activation) -> str:
    """How one target is scaled: as its loss says, as far as the range of the output allows.

    A half-line is the same in every unit, but has its end at 0: such targets are divided by their mean. A range with
    two ends, or one that is not known, leaves them as they are.
    """
    if loss.paired or activation.name == "linear":
        return loss.unit
    return "mean" if RANGES.get(activation.name) == (0.0, np.inf) else "none"


def tell_out_of_reach(y: np.ndarray, name: str, activation: Activation) -> None:
    """Warn of targets that no output can be, whatever is learnt."""
    low, high = RANGES.get(activation.name, (-np.inf, np.inf))
    n = int(np.sum((y < low) | (y > high)))
    if n:
        warnings.warn(
            f"{n:,} of {len(y):,} values of the target {name!r} lie outside of what the output activation "
            f"{activation.name} can give, {low:g} to {high:g}. Choose another, or scale the target.",
            DataWarning,
            stacklevel=2,
        )
