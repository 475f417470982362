"""Layers and networks: one flat vector theta of all parameters, and W and c as views into it.

    theta = [W^(1) row by row, c^(1), W^(2) row by row, c^(2), ...]

One vector makes saving, averaging, checking and updating a network one operation each, and the views keep the
notation of the text: `network.W[l-1]` is W^(l), of shape (D_l, D_{l-1}).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from pellucid.errors import ParameterError, wrong_parameter
from pellucid.mathematics.activations import Activation, get_activation
from pellucid.mathematics.activations.per_output import PerOutput
from pellucid.mathematics.starting_weights import check_starting_weights, draw_weights

FLOATS = ("float32", "float64")


@dataclass(frozen=True)
class Layer:
    """One layer, h = W z + c and z = f(h): W (D_l, D_{l-1}), c (D_l,) and the activation f."""

    W: Any
    c: Any
    activation: Activation


def count_parameters(sizes: Sequence[int]) -> int:
    """How long theta is: a weight for every pair of neighbours and an intercept for every neuron."""
    return sum(d_out * (d_in + 1) for d_in, d_out in pairwise(sizes))


def split_parameters(theta: Any, sizes: Sequence[int]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Cut theta into the matrices W and the vectors c of each layer: views where the array type has views."""
    W, c, at = [], [], 0
    for d_in, d_out in pairwise(sizes):
        W.append(theta[at : at + d_out * d_in].reshape(d_out, d_in))
        at += d_out * d_in
        c.append(theta[at : at + d_out])
        at += d_out
    return tuple(W), tuple(c)


def join_parameters(W: Sequence[Any], c: Sequence[Any]) -> Any:
    """The flat vector theta of the given matrices and vectors."""
    xp = W[0].__array_namespace__()
    parts = []
    for W_l, c_l in zip(W, c, strict=True):
        parts += [xp.reshape(W_l, (-1,)), c_l]
    return xp.concatenate(parts)


class Gradient:
    """dJ/dtheta: the flat vector, and its views W and c with the shapes of the network's own."""

    def __init__(self, theta: Any, sizes: Sequence[int]):
        self.theta = theta
        self.W, self.c = split_parameters(theta, sizes)

    def __reduce__(self):
        sizes = (self.W[0].shape[1], *(len(c) for c in self.c))
        return Gradient, (self.theta, sizes)  # so that a copy's W and c are views into its own theta

    def __repr__(self) -> str:
        return f"Gradient of {self.theta.shape[0]} parameters in {len(self.W)} layers"


class Network:
    """A feed-forward network: sizes D_0..D_L, an activation for each layer, and the parameters theta.

    Parameters
    ----------
    sizes : sequence of L + 1 ints
        D_0 = D_x inputs, the neurons of each layer, D_L = D_y outputs.
    activations : sequence of L names
        One for each layer; softmax only for the last, which may also be a list of names, one for each output.
    theta : array of shape (count_parameters(sizes),)
        Kept as it is: `W` and `c` are views into it.

    Examples
    --------
    The text's network for |x|, with its two ReLUs:

    >>> network = Network.from_arrays([([[1.0], [-1.0]], [0, 0], "relu"), ([[1.0, 1.0]], [0], "linear")])
    >>> network.sizes, network.theta.size
    ((1, 2, 1), 7)
    >>> network.predict([[-3.0], [2.0]])
    array([[3.],
           [2.]])
    """

    def __init__(self, sizes: Sequence[int], activations: Sequence[str | Activation], theta: Any):
        self.sizes = check_sizes(sizes)
        self.activations = check_activations(activations, self.sizes)
        if theta.shape != (count_parameters(self.sizes),):
            raise ParameterError(
                f"A network of sizes {self.sizes} has {count_parameters(self.sizes)} parameters. "
                f"Got theta of shape {theta.shape} instead."
            )
        self.theta = theta
        self.W, self.c = split_parameters(theta, self.sizes)

    @classmethod
    def initialise(
        cls,
        sizes: Sequence[int],
        activations: Sequence[str | Activation],
        random_state: int | np.random.Generator = 0,
        dtype: str = "float64",
        starting_weights: Any = "auto",
    ) -> Network:
        """Draw starting weights, of such a size that h and dL_dh keep theirs from layer to layer; intercepts are 0.

        Drawn in float64, so float32 starts from the same numbers, rounded.

        Parameters
        ----------
        sizes, activations : as for the class
        random_state : int or numpy.random.Generator
        dtype : "float32" or "float64"
        starting_weights : {"auto", "he", "glorot", "lecun", "orthogonal"}, or a list of L pairs (W, c)
            "auto" takes for each layer what suits its activation: he's for those like relu, lecun's for selu,
            glorot's for the others. The formulae and their sources are in mathematics/starting_weights.py. Arrays of
            your own are copied: those of another network are `list(zip(other.W, other.c))`.

        Examples
        --------
        >>> network = Network.initialise([2, 2, 1], ["tanh", "linear"], starting_weights="orthogonal")
        >>> abs(network.W[0] @ network.W[0].T).round(12)
        array([[1., 0.],
               [0., 1.]])
        """
        if dtype not in FLOATS:
            raise wrong_parameter("dtype", "Network.initialise", "'float32' or 'float64'", dtype)
        sizes = check_sizes(sizes)
        blocks = check_activations(activations, sizes)
        rule = check_starting_weights(starting_weights, sizes, "Network.initialise")
        generator = np.random.default_rng(random_state)
        theta = np.zeros(count_parameters(sizes))
        for l, (W, c) in enumerate(zip(*split_parameters(theta, sizes), strict=True)):
            if isinstance(rule, str):
                W[...] = draw_weights(rule, blocks[l], W.shape, generator)
            else:
                W[...], c[...] = rule[l]
        return cls(sizes, blocks, theta.astype(dtype))

    @classmethod
    def from_arrays(cls, layers: Sequence[tuple[Any, Any, str | Activation]]) -> Network:
        """Build a network from (W, c, activation) of each layer; the arrays are copied into one theta.

        float32 arrays give a float32 network; anything else gives float64.
        """
        if not layers:
            raise wrong_parameter("layers", "Network.from_arrays", "a list of (W, c, activation)", layers)
        W = [np.asarray(W_l) for W_l, _, _ in layers]
        c = [np.asarray(c_l) for _, c_l, _ in layers]
        sizes = check_layer_shapes(W, c)
        dtype = np.float32 if all(array.dtype == np.float32 for array in W + c) else np.float64
        theta = join_parameters([W_l.astype(dtype) for W_l in W], [c_l.astype(dtype) for c_l in c])
        return cls(sizes, [activation for _, _, activation in layers], theta)

    def with_parameters(self, theta: Any) -> Network:
        """The same structure with other parameters; theta is not copied."""
        return Network(self.sizes, self.activations, theta)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Layers 1..L, each with its W, c and activation."""
        return tuple(Layer(W, c, f) for W, c, f in zip(self.W, self.c, self.activations, strict=True))

    @property
    def dtype(self) -> np.dtype:
        """float32 or float64: the type in which the network computes."""
        return self.theta.dtype

    def predict(self, X: Any) -> np.ndarray:
        """Y_hat (N, D_y) of the observations in the rows of X (N, D_x)."""
        from pellucid.mathematics.forward import propagate_forward_batch

        X = np.asarray(X, dtype=self.dtype)
        if X.ndim != 2 or X.shape[1] != self.sizes[0]:
            rule = f"an array of shape (N, {self.sizes[0]}), one observation in each row"
            raise wrong_parameter("X", "Network.predict", rule, X.shape)
        return propagate_forward_batch(self, X)[1][-1]

    def __reduce__(self):
        return Network, (self.sizes, self.activations, self.theta)  # as for Gradient

    def __repr__(self) -> str:
        hidden = " ".join(f"-> {size} {f.name}" for size, f in zip(self.sizes[1:], self.activations, strict=True))
        return f"Network({self.sizes[0]} {hidden}; {self.theta.shape[0]} parameters, {self.dtype})"


def check_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    """At least an input and an output, and at least one of each."""
    try:
        checked = tuple(int(size) for size in sizes)
        whole = all(int(size) == size for size in sizes)
    except (TypeError, ValueError):
        checked, whole = (), False
    if not whole or len(checked) < 2 or min(checked) < 1:
        raise wrong_parameter("sizes", "Network", "two or more whole numbers >= 1", sizes)
    return checked


def check_activations(activations: Sequence[Any], sizes: tuple[int, ...]) -> tuple[Activation, ...]:
    """One for each layer, all known; softmax and a list, one for each output, only at the end."""
    n_layers = len(sizes) - 1
    if isinstance(activations, str) or len(activations) != n_layers:
        raise wrong_parameter("activations", "Network", f"a list of {n_layers}, one for each layer", activations)
    *hidden, last = activations
    last = PerOutput(last) if isinstance(last, list | tuple) else get_activation(last)
    if isinstance(last, PerOutput) and len(last.activations) != sizes[-1]:
        rule = f"a list that ends in {sizes[-1]} activations, one for each output"
        raise wrong_parameter("activations", "Network", rule, activations)
    blocks = (*(get_activation(activation) for activation in hidden), last)
    for l, activation in enumerate(blocks[:-1], start=1):
        if not activation.elementwise or isinstance(activation, PerOutput):
            raise ParameterError(
                f"The activation of layer {l} is {activation.name}, which only the last layer can have. "
                "Use one element-wise activation there."
            )
    return blocks


def check_layer_shapes(W: Sequence[np.ndarray], c: Sequence[np.ndarray]) -> tuple[int, ...]:
    """Each W must be (D_l, D_{l-1}), take what the layer before gives, and have a c of shape (D_l,)."""
    for l, (W_l, c_l) in enumerate(zip(W, c, strict=True), start=1):
        if W_l.ndim != 2:
            raise ParameterError(f"W of layer {l} must have 2 dimensions (D_{l}, D_{l - 1}). Got shape {W_l.shape}.")
        if c_l.shape != W_l.shape[:1]:
            raise ParameterError(
                f"c of layer {l} must have shape {W_l.shape[:1]}, as W has {W_l.shape}. Got shape {c_l.shape}."
            )
        if l > 1 and W_l.shape[1] != W[l - 2].shape[0]:
            raise ParameterError(
                f"W of layer {l} must take the {W[l - 2].shape[0]} outputs of layer {l - 1}, "
                f"so its shape must be (D_{l}, {W[l - 2].shape[0]}). Got {W_l.shape}."
            )
    return (W[0].shape[1], *(W_l.shape[0] for W_l in W))
