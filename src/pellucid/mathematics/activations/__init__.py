"""Activations z = f(h): one block each, with value, slope, formula, source and where the slope is undefined.

Every function takes and returns arrays of any namespace (NumPy, JAX): it asks the array itself which one it
belongs to. Slopes are computed from h, not from z, so that they keep their relative precision where the value
has already saturated: sigmoid(40) rounds to 1, and 1 - 1 would be a slope of 0 instead of 4e-18.

Read in this order: activation (what a block is), hidden, output, functions.
"""

from __future__ import annotations

from pellucid.errors import wrong_parameter
from pellucid.mathematics.activations.activation import Activation
from pellucid.mathematics.activations.functions import logistic as logistic
from pellucid.mathematics.activations.functions import namespace as namespace
from pellucid.mathematics.activations.functions import softplus as softplus
from pellucid.mathematics.activations.hidden import (
    ELU,
    GELU,
    SELU,
    LeakyReLU,
    Linear,
    Mish,
    ReLU,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
)
from pellucid.mathematics.activations.output import Exponential, Softmax

# What an estimator's hidden layers may have. A Network takes the outputs' exponential in any layer too.
HIDDEN_BLOCKS = (Linear(), ReLU(), LeakyReLU(), ELU(), Sigmoid(), Tanh(), Softplus(), GELU(), SiLU(), SELU(), Mish())
HIDDEN = tuple(activation.name for activation in HIDDEN_BLOCKS)

ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation for activation in (*HIDDEN_BLOCKS, Exponential(), Softmax())
}

ELEMENTWISE = tuple(name for name, activation in ACTIVATIONS.items() if activation.elementwise)


def is_ours(activation: Activation) -> bool:
    """Whether it is the very block of its name, and none of the user's own."""
    return ACTIVATIONS.get(activation.name) is activation


def get_activation(activation: str | Activation, owner: str = "Network") -> Activation:
    """The activation of that name.

    Raises
    ------
    ParameterError
        If there is none. A near miss is never guessed.
    """
    if isinstance(activation, Activation):
        return activation
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise wrong_parameter("activation", owner, "one of " + ", ".join(ACTIVATIONS), activation)
    return ACTIVATIONS[activation]
