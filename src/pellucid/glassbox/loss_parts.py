"""The parts of a loss: for each target its own loss, the outputs that predict it, and their activation."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from pellucid.mathematics.activations import Activation, is_ours
from pellucid.mathematics.activations.per_output import PerOutput
from pellucid.mathematics.losses import CrossEntropy, Log, Loss, PerTarget, Quantile, is_own


@dataclass(frozen=True)
class Part:
    """One target.

    Attributes
    ----------
    d : int
        The number of the target.
    loss : Loss
        Of this target alone.
    activation : Activation
        Of its outputs.
    outputs : tuple of ints
        The outputs that predict it: one, or one for each quantile, or one for each class.
    """

    d: int
    loss: Loss
    activation: Activation
    outputs: tuple[int, ...]

    @property
    def parameters(self) -> dict[str, Any]:
        """delta, q, power or label_smoothing, where the loss has one."""
        return parameters_of_loss(self.loss)


def parts_of(loss: Loss, last: Activation, n_outputs: int) -> list[Part]:
    """A part for each target of a network with so many outputs and this last activation."""
    belongs_to, of_outputs = loss.target_of_output(n_outputs), activations_of_outputs(last, n_outputs)
    made = []
    for d in range(loss.n_targets(n_outputs)):
        outputs = tuple(np.flatnonzero(belongs_to == d).tolist())
        own = loss.losses[d] if isinstance(loss, PerTarget) else loss
        made.append(Part(d, own, of_outputs[outputs[0]], outputs))
    return made


def activations_of_outputs(last: Activation, n_outputs: int) -> tuple[Activation, ...]:
    """The activation of each output."""
    return last.activations if isinstance(last, PerOutput) else (last,) * n_outputs


def different_activations(activations: tuple[Activation, ...]) -> list[Activation]:
    """Each that occurs in a network, once; those of single outputs for themselves."""
    single = [f for outer in activations for f in activations_of_outputs(outer, 1)]
    return list({(type(f), f.name): f for f in single}.values())


def is_own_activation(activation: Activation) -> bool:
    """Whether it is of a class of the user's own, even under a known name."""
    if isinstance(activation, PerOutput):
        return any(map(is_own_activation, activation.activations))
    return not is_ours(activation)


def name_of_activation(activation: Activation) -> str | list[str]:
    """Its name, or that of each output."""
    return [f.name for f in activation.activations] if isinstance(activation, PerOutput) else activation.name


def activation_in_words(activation: Activation) -> str:
    """Its name; f_d where the outputs have different ones, and the name of all where they have the same."""
    if not isinstance(activation, PerOutput):
        return activation.name
    names = set(name_of_activation(activation))
    return names.pop() if len(names) == 1 else "f_d"


def parameters_of_loss(loss: Loss) -> dict[str, Any]:
    """delta, q, power or label_smoothing, by name; nothing of a loss of the user's own."""
    if is_own(loss) or not is_dataclass(loss):
        return {}
    return {field.name: getattr(loss, field.name) for field in fields(loss)}


def describe_loss(loss: Loss) -> dict[str, Any]:
    """A loss in plain values: its name, its formulae and its parameters, and those of its parts."""
    said = {
        "name": loss.name,
        "formula": loss.formula,
        "derivative_formula": loss.derivative_formula,
        "paired": loss.paired,
        "paired_formula": loss.paired_formula,
        "parameters": parameters_of_loss(loss),
    }
    if isinstance(loss, PerTarget):
        said["losses"] = [describe_loss(part) for part in loss.losses]
    return said


def targets_of_outputs(loss: Loss, y: np.ndarray, n_outputs: int) -> np.ndarray:
    """What each output is compared with, (n_outputs,).

    Its target; the one-hot row of a class; both smoothed where the loss smooths them.
    """
    if isinstance(loss, CrossEntropy):
        return loss.shares(y, np.zeros(n_outputs))
    if isinstance(loss, Log):
        return loss.smooth(y)
    if isinstance(loss, PerTarget):
        parts = zip(loss.losses, y, strict=True)
        return np.concatenate([targets_of_outputs(part, y_d[None], part.outputs_per_target) for part, y_d in parts])
    return loss.spread(y)


def names_of_outputs(loss: Loss | None, n_outputs: int) -> tuple[str, ...]:
    """y_1, y_2, ... and, of several quantiles of one target, which of them."""
    if loss is None or isinstance(loss, CrossEntropy):
        return tuple(f"y_{d}" for d in range(1, n_outputs + 1))
    parts = loss.losses if isinstance(loss, PerTarget) else (loss,) * loss.n_targets(n_outputs)
    names: list[str] = []
    for d, part in enumerate(parts, start=1):
        if isinstance(part, Quantile):
            names += [f"y_{d} at {q}" for q in part.q_texts]
        else:
            names += [f"y_{d}"] * part.outputs_per_target
    return tuple(names)


def loss_in_words(loss: Loss) -> str:
    """Its name for people; those of its parts, each once, where there is one for each target."""
    if isinstance(loss, PerTarget):
        return ", ".join(dict.fromkeys(loss_in_words(part) for part in loss.losses))
    return loss.name.replace("_", " ")


def groups_of(parts: list[Part]) -> list[list[Part]]:
    """Parts of the same loss and activation together, in the order of their first."""
    groups: dict[str, list[Part]] = {}
    for part in parts:
        itself = id(part.loss) if is_own(part.loss) else 0
        groups.setdefault(f"{describe_loss(part.loss)} {itself} {part.activation.name}", []).append(part)
    return list(groups.values())
