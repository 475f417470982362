"""How a network, a problem and their buffers are laid out in flat arrays for the kernels.

Kernels know names only as small numbers, and arrays only with their offsets: layer l reads
theta[W_at[l] : c_at[l]] as W (D_out, D_in), and the rows of a block as Z[Z_at[l] * n : ...] for n rows in work.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pellucid.mathematics.activations import Activation
from pellucid.mathematics.activations.per_output import PerOutput
from pellucid.mathematics.objective import Observations, by_target
from pellucid.mathematics.structure import Network

LINEAR, RELU, LEAKY_RELU, ELU, SIGMOID, TANH, SOFTPLUS, GELU, SILU, SELU, MISH, EXPONENTIAL, SOFTMAX = range(13)
PER_OUTPUT = 13  # one for each output: those are in `Layout.output_codes`
ACTIVATION_CODES = {
    "linear": LINEAR,
    "relu": RELU,
    "leaky_relu": LEAKY_RELU,
    "elu": ELU,
    "sigmoid": SIGMOID,
    "tanh": TANH,
    "softplus": SOFTPLUS,
    "gelu": GELU,
    "silu": SILU,
    "selu": SELU,
    "mish": MISH,
    "exponential": EXPONENTIAL,
    "softmax": SOFTMAX,
}


class Layout(NamedTuple):
    """The structure of a network: sizes (L+1,), activation codes (L,), and where each array begins."""

    sizes: np.ndarray
    codes: np.ndarray
    W_at: np.ndarray
    c_at: np.ndarray
    output_codes: np.ndarray  # (D_L,): the activation of each output; codes[-1] is theirs, or PER_OUTPUT
    column_at: np.ndarray  # (L+1,): columns of all layers before, so layer l of n rows begins at n * column_at[l]


class Buffers(NamedTuple):
    """Scratch memory for blocks of at most `capacity` rows. Nothing in it outlives a call but `accumulated`."""

    H: np.ndarray
    Z: np.ndarray
    M: np.ndarray  # the masks of a step with dropout; empty without
    dL: np.ndarray  # dL_dZ of a layer, then its dL_dH, in the same place
    Y: np.ndarray
    w: np.ndarray  # (capacity, 1), or (capacity, n_targets)
    column: np.ndarray  # (2, capacity): a column of the last layer and what is made of it
    gradient: np.ndarray
    accumulated: np.ndarray  # float64: the gradient of a batch of several blocks, kept between calls


def code_of(activation: Activation) -> int:
    """Its number."""
    return PER_OUTPUT if isinstance(activation, PerOutput) else ACTIVATION_CODES[activation.name]


def make_layout(network: Network) -> Layout:
    """The layout of theta as `split_parameters` cuts it."""
    sizes = np.array(network.sizes, dtype=np.int64)
    weights = sizes[1:] * sizes[:-1]
    ends = np.cumsum(weights + sizes[1:])
    W_at = np.concatenate([[0], ends[:-1]]).astype(np.int64)
    codes = np.array([code_of(f) for f in network.activations], dtype=np.int64)
    last = network.activations[-1]
    outputs = last.activations if isinstance(last, PerOutput) else (last,) * network.sizes[-1]
    output_codes = np.array([code_of(f) for f in outputs], dtype=np.int64)
    column_at = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    return Layout(sizes, codes, W_at, W_at + weights, output_codes, column_at)


def make_buffers(
    network: Network,
    n_targets: int,
    capacity: int,
    n_accumulated: int = 0,
    n_weights: int = 1,
    *,
    masked: bool = False,
) -> Buffers:
    """Buffers for blocks of `capacity` rows, filled with NaN: a kernel that reads what it did not write shows it."""
    columns = sum(network.sizes)

    def buffer(*shape: int, dtype: Any = network.dtype) -> np.ndarray:
        return np.full(shape, np.nan, dtype)

    return Buffers(
        H=buffer(capacity * columns),
        Z=buffer(capacity * columns),
        M=buffer(capacity * columns if masked else 0),
        dL=buffer(capacity * columns),
        Y=buffer(capacity, n_targets),
        w=buffer(capacity, n_weights),
        column=buffer(2, capacity),
        gradient=buffer(network.theta.size),
        accumulated=buffer(n_accumulated, dtype=np.float64),
    )


def contiguous(array: Any, dtype: Any) -> np.ndarray:
    """C-contiguous, aligned, writable and of that dtype: copied once here, at the boundary, where it is not."""
    return np.require(array, dtype=dtype, requirements=["C", "A", "W"])


def contiguous_data(data: Observations, dtype: Any) -> Observations:
    """X, Y and w, (N, 1) or (N, n_targets), as the kernels take them: one signature for each dtype."""
    return Observations(contiguous(data.X, dtype), contiguous(data.Y, dtype), contiguous(by_target(data.w), dtype))
