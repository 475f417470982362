"""What a loss is: a domain, a value for each target, its derivative by each output, and the activation it expects."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import DataError, ParameterError
from pellucid.mathematics.activations import Activation, namespace
from pellucid.mathematics.structure import Network

Array = Any


class Loss:
    """One loss L(y, y_hat): a value for each target. A subclass with `value` and `derivative` is a loss of your own.

    Arrays are (N, ·) for a batch or (·,) for one observation; the last axis is that of the targets, or of the outputs.
    A loss maps a block of `outputs_per_target` outputs to one target. A paired loss is computed from the last h instead
    (`value_from_h`, `dL_dH`), together with the one output activation that it takes: the factors of the chain rule, one
    of them 1/0 in floating point, cancel there, and what is left is exact at any h.

    A loss of your own has one output for each target, is written with functions of the arrays' own namespace (so that
    JAX can differentiate it), and is defined at y = 1, which stands in for a missing target and then counts nothing.

    Attributes
    ----------
    name : str
    formula, derivative_formula, paired_formula, source : str
        For people; `paired_formula` is dL_dh of a paired loss.
    output_activation : str
        The one to use when the user names none.
    outputs_per_target : int
    unit : "deviation", "mean" or "none"
        How targets are scaled before training: (y - mean) / deviation where a shift means nothing to the loss, y / mean
        where only a factor does, and not at all where y is a probability.

    Examples
    --------
    >>> import pellucid
    >>> class LogCosh(pellucid.Loss):
    ...     name = "log_cosh"
    ...     formula = "log cosh(y - y_hat)"
    ...
    ...     def value(self, Y, Y_hat):
    ...         xp = Y_hat.__array_namespace__()
    ...         size = xp.abs(Y - Y_hat)
    ...         return size + xp.log1p(xp.exp(-2 * size)) - np.log(2)
    ...
    ...     def derivative(self, Y, Y_hat):
    ...         return Y_hat.__array_namespace__().tanh(Y_hat - Y)
    >>> network = pellucid.Network.from_arrays([([[2.0]], [0.0], "linear")])
    >>> J, gradient = pellucid.loss_and_gradient(network, [[0.5]], [[1.0]], LogCosh())
    >>> float(J), gradient.W[0]
    (0.0, array([[0.]]))
    """

    name: str = "own"
    formula: str = "L(y, y_hat)"
    derivative_formula: str = "dL/dy_hat"
    paired_formula: str = ""
    source: str = "the user's own"
    output_activation: str = "linear"
    paired: bool = False
    outputs_per_target: int = 1
    unit: str = "deviation"
    kinks: tuple[float, ...] = ()  # residuals y_hat - y at which the derivative, or its slope, jumps

    def takes(self, activation: Activation) -> bool:
        """Whether the last layer may have this activation."""
        return activation.name == self.output_activation if self.paired else activation.elementwise

    def check_outputs(self, n_outputs: int) -> None:
        """Refuse a network with a number of outputs that are not those of whole targets."""
        if n_outputs % self.outputs_per_target:
            raise ParameterError(
                f"The {self.name} loss needs {self.outputs_per_target} outputs for each target, and the network has "
                f"{n_outputs}: give its last layer a multiple of {self.outputs_per_target}, or change the loss."
            )

    @property
    def needed_activation(self) -> str:
        """What `takes` takes, in words."""
        return self.output_activation if self.paired else "an element-wise activation"

    def n_targets(self, n_outputs: int) -> int:
        """How many targets a network of so many outputs predicts under this loss."""
        return n_outputs // self.outputs_per_target

    def target_of_output(self, n_outputs: int) -> np.ndarray:
        """The number of the target to which each output belongs, (n_outputs,)."""
        return np.arange(n_outputs) // self.outputs_per_target

    def units(self, n_targets: int) -> tuple[str, ...]:
        """The `unit` of each target."""
        return (self.unit,) * n_targets

    def positive(self, n_targets: int) -> tuple[bool, ...]:
        """Whether each target must be > 0, and not rounded to 0."""
        return (False,) * n_targets

    def check_dtype(self, dtype: str) -> None:
        """Refuse to be computed in a dtype that cannot hold the numbers of this loss."""

    def spread(self, coefficients: Array) -> Array:
        """What each target's loss counts, (..., n_targets), for each of its outputs: (..., n_outputs)."""
        if self.outputs_per_target == 1:
            return coefficients
        return namespace(coefficients).repeat(coefficients, self.outputs_per_target, axis=-1)

    def check_targets(self, Y: np.ndarray, n_outputs: int) -> None:
        """Refuse targets outside the domain; NaN means missing and is always allowed."""

    def value(self, Y: Array, Y_hat: Array) -> Array:
        """The loss of each target, from the prediction."""
        raise NotImplementedError

    def derivative(self, Y: Array, Y_hat: Array) -> Array:
        """dL_dY_hat: of the sum over targets, by each output."""
        raise NotImplementedError

    def value_from_h(self, Y: Array, H: Array) -> Array:
        """The loss of each target, exact at any h (paired losses only)."""
        raise NotImplementedError

    def dL_dH(self, Y: Array, H: Array) -> Array:
        """The derivative by the last h, exact at any h (paired losses only)."""
        raise NotImplementedError

    def from_kinks(self, Y: Array, Y_hat: Array) -> list[Array]:
        """How far, and on which side, each residual is from each kink: an array (..., outputs concerned) for each."""
        return [Y_hat - self.spread(Y) - kink for kink in self.kinks]

    def __repr__(self) -> str:
        return f"<loss {self.name}: {self.formula}>"


def rounded(number: float, dtype: str) -> float:
    """The number as that dtype holds it: infinite where it is too large, 0 where it is too small."""
    with np.errstate(over="ignore", under="ignore"):
        return float(np.array(number).astype(dtype))


def refuse_targets(name: str, rule: str, Y: np.ndarray, outside: np.ndarray) -> None:
    """Refuse targets outside the domain of a loss, naming the first rows."""
    if outside.any():
        rows = np.unique(np.argwhere(outside)[:, 0])
        listed = ", ".join(str(row) for row in rows[:5]) + (", ..." if len(rows) > 5 else "")
        first = Y[outside][0]
        raise DataError(
            f"The {name} loss needs targets that are {rule}. "
            f"Got {first:g} (outside in {len(rows)} of {len(Y)} rows: {listed})."
        )


def check_network(loss: Loss, network: Network) -> None:
    """A loss refuses a network with a last activation, a number of outputs or a dtype that it cannot take."""
    check_pair(loss, network.activations[-1])
    loss.check_outputs(network.sizes[-1])
    loss.check_dtype(network.dtype.name)


def check_pair(loss: Loss, activation: Activation) -> None:
    """A loss refuses, by name, an output activation that it cannot take."""
    if not loss.takes(activation):
        raise ParameterError(
            f"The {loss.name} loss cannot take the output activation {activation.name}: "
            f"it needs {loss.needed_activation}. Change the activation of the last layer, or the loss."
        )
