"""An activation for each output: the last layer of a model whose targets have losses of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid.errors import ParameterError
from pellucid.mathematics.activations import Activation, get_activation, namespace

Array = Any


class PerOutput(Activation):
    """z_d = f_d(h_d): an element-wise activation for each output of the last layer.

    Parameters
    ----------
    activations : sequence of names or Activations
        One for each output.

    Examples
    --------
    >>> import numpy as np
    >>> PerOutput(["linear", "relu"]).value(np.array([[-1.0, -2.0]]))
    array([[-1.,  0.]])
    """

    slope_formula = "f'_d(h_d)"
    formula = "f_d(h_d)"
    source = "the activations of its outputs"

    def __init__(self, activations: Sequence[str | Activation]):
        self.activations = tuple(get_activation(activation) for activation in activations)
        for activation in self.activations:
            if not activation.elementwise or isinstance(activation, PerOutput):
                raise ParameterError(
                    f"The activation {activation.name} cannot be that of one output: its Jacobian is full. "
                    "Use an element-wise activation there."
                )

    @property
    def name(self) -> str:  # type: ignore[override]  # of its parts
        return ", ".join(activation.name for activation in self.activations)

    def value(self, h: Array) -> Array:
        return namespace(h).stack([f.value(h[..., d]) for d, f in enumerate(self.activations)], axis=-1)

    def slope(self, h: Array) -> Array:
        return namespace(h).stack([f.slope(h[..., d]) for d, f in enumerate(self.activations)], axis=-1)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PerOutput) and self.activations == other.activations

    def __hash__(self) -> int:
        return hash(self.activations)


def every_activation(network: Any) -> tuple[Activation, ...]:
    """Those of the hidden layers, and that of each output where they differ."""
    *hidden, last = network.activations
    return (*hidden, *(last.activations if isinstance(last, PerOutput) else (last,)))
