"""One loss for each target, each with its own output activation: a model of several tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.errors import ParameterError
from pellucid.mathematics.activations import Activation, get_activation, namespace
from pellucid.mathematics.activations.per_output import PerOutput
from pellucid.mathematics.losses.classes import CrossEntropy
from pellucid.mathematics.losses.loss import Loss, check_pair

Array = Any


class PerTarget(Loss):
    """A loss for each target: target d is predicted by the next `outputs_per_target` outputs of its loss.

    It is computed from the last h, as paired losses are: some of its parts may be.

    Parameters
    ----------
    losses : sequence of Loss
    activations : sequence of names or Activations, optional
        Of the outputs of each target; that of its loss unless given.
    """

    source = "the sum of the losses of each target"
    paired = True

    def __init__(self, losses: Sequence[Loss], activations: Sequence[str | Activation] | None = None):
        self.losses = tuple(losses)
        for loss in self.losses:
            if isinstance(loss, PerTarget):
                raise ParameterError(
                    f"The loss of one target cannot be a list of losses in its turn. Got {loss!r}: name the losses of "
                    "all targets in one list."
                )
            if isinstance(loss, CrossEntropy):
                raise ParameterError(
                    f"The {loss.name} loss cannot be one of several: it takes all outputs of a network. "
                    "Use the log loss for labels, or a model of its own."
                )
        named = [loss.output_activation for loss in self.losses] if activations is None else activations
        self.activations = tuple(get_activation(name) for name in named)
        if len(self.activations) != len(self.losses):
            raise ParameterError(f"{len(self.losses)} losses need as many activations. Got {len(self.activations)}.")
        for loss, activation in zip(self.losses, self.activations, strict=True):
            check_pair(loss, activation)
        ends = np.cumsum([loss.outputs_per_target for loss in self.losses]).tolist()
        self.places = tuple(slice(a, b) for a, b in zip([0, *ends[:-1]], ends, strict=True))

    @property
    def name(self) -> str:  # type: ignore[override]  # of its parts
        return ", ".join(loss.name for loss in self.losses)

    @property
    def formula(self) -> str:  # type: ignore[override]  # of its parts
        return "; ".join(f"{d}: {loss.formula}" for d, loss in enumerate(self.losses))

    @property
    def derivative_formula(self) -> str:  # type: ignore[override]  # of its parts
        return "; ".join(f"{d}: {loss.derivative_formula}" for d, loss in enumerate(self.losses))

    @property
    def paired_formula(self) -> str:  # type: ignore[override]  # of its parts
        return "; ".join(
            f"{d}: {loss.paired_formula or f'({loss.derivative_formula}) f'}" for d, loss in enumerate(self.losses)
        )

    @property
    def last_activation(self) -> PerOutput:
        """The activation of the last layer that this loss takes: one for each output."""
        counts = [loss.outputs_per_target for loss in self.losses]
        return PerOutput([f for f, k in zip(self.activations, counts, strict=True) for _ in range(k)])

    @property
    def output_activation(self) -> str:  # type: ignore[override]  # of its parts
        return self.last_activation.name

    def takes(self, activation: Activation) -> bool:
        return activation == self.last_activation or all(f == activation for f in self.activations)

    def check_outputs(self, n_outputs: int) -> None:
        needed = self.places[-1].stop
        if n_outputs != needed:
            raise ParameterError(
                f"The losses of {len(self.losses)} targets, {self.name}, need {needed} outputs, and the network has "
                f"{n_outputs}: give its last layer {needed}, or name a loss for each of its targets."
            )

    def n_targets(self, n_outputs: int) -> int:
        return len(self.losses)

    def target_of_output(self, n_outputs: int) -> np.ndarray:
        return np.repeat(np.arange(len(self.losses)), [loss.outputs_per_target for loss in self.losses])

    def units(self, n_targets: int) -> tuple[str, ...]:
        return tuple(loss.unit for loss in self.losses)

    def positive(self, n_targets: int) -> tuple[bool, ...]:
        return tuple(loss.positive(1)[0] for loss in self.losses)

    def check_dtype(self, dtype: str) -> None:
        for loss in self.losses:
            loss.check_dtype(dtype)

    def check_targets(self, Y: np.ndarray, n_outputs: int) -> None:
        for d, loss in enumerate(self.losses):
            loss.check_targets(Y[:, d : d + 1], loss.outputs_per_target)

    def spread(self, coefficients: Array) -> Array:
        xp = namespace(coefficients)
        return xp.concat([loss.spread(coefficients[..., d : d + 1]) for d, loss in enumerate(self.losses)], axis=-1)

    def by_part(self, Y: Array, outputs: Array, part: Any) -> Array:
        """`part(loss, activation, y, its outputs)` of each target, side by side."""
        pieces = [
            part(loss, f, Y[..., d : d + 1], outputs[..., places])
            for d, (loss, f, places) in enumerate(zip(self.losses, self.activations, self.places, strict=True))
        ]
        return namespace(outputs).concat(pieces, axis=-1)

    def value(self, Y: Array, Y_hat: Array) -> Array:
        return self.by_part(Y, Y_hat, lambda loss, f, y, y_hat: loss.value(y, y_hat))

    def derivative(self, Y: Array, Y_hat: Array) -> Array:
        return self.by_part(Y, Y_hat, lambda loss, f, y, y_hat: loss.derivative(y, y_hat))

    def value_from_h(self, Y: Array, H: Array) -> Array:
        return self.by_part(Y, H, value_of_part)

    def dL_dH(self, Y: Array, H: Array) -> Array:
        return self.by_part(Y, H, slope_of_part)

    def from_kinks(self, Y: Array, Y_hat: Array) -> list[Array]:
        parts = enumerate(zip(self.losses, self.places, strict=True))
        return [
            distance
            for d, (loss, places) in parts
            for distance in loss.from_kinks(Y[..., d : d + 1], Y_hat[..., places])
        ]

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, PerTarget) and self.losses == other.losses
        return same and self.activations == other.activations  # type: ignore[attr-defined]  # both are PerTarget

    def __hash__(self) -> int:
        return hash((self.losses, self.activations))

    def __repr__(self) -> str:
        return f"PerTarget({list(self.losses)}, {[f.name for f in self.activations]})"


def value_of_part(loss: Loss, activation: Activation, y: Array, h: Array) -> Array:
    """The loss of one target from h, paired or not."""
    return loss.value_from_h(y, h) if loss.paired else loss.value(y, activation.value(h))


def slope_of_part(loss: Loss, activation: Activation, y: Array, h: Array) -> Array:
    """Its derivative by h."""
    return loss.dL_dH(y, h) if loss.paired else loss.derivative(y, activation.value(h)) * activation.slope(h)
