"""Starting weights: the distribution that each rule promises, and arrays of the user's own."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pellucid.errors import ParameterError
from pellucid.mathematics.activations import ACTIVATIONS, HIDDEN
from pellucid.mathematics.structure import Network

SIZES = (300, 200, 100)
BOUNDS = {"he": 6 / 300, "glorot": 6 / 500, "lecun": 3 / 300}  # a^2 of the first layer
SUITED = {
    "he": {"relu", "leaky_relu", "elu", "softplus", "gelu", "silu", "mish"},
    "lecun": {"selu"},
    "glorot": {"linear", "sigmoid", "tanh", "exponential", "softmax"},
}


def first_layer(rule, activation="tanh", seed=0):
    return Network.initialise(SIZES, [activation, "linear"], seed, starting_weights=rule).W[0]


@pytest.mark.parametrize("rule", BOUNDS)
def test_weights_are_uniform_within_the_stated_bound(rule):
    """60 000 of them: within [-a, a], the largest at its edge, and of variance a^2 / 3.

    The variance of 60 000 uniform numbers is off by 0.4 % (one standard error, sqrt(0.8 / 60000)): 2 % is 5 of them.
    """
    W, a = first_layer(rule), math.sqrt(BOUNDS[rule])

    assert np.abs(W).max() <= a
    assert np.abs(W).max() > 0.999 * a
    assert np.var(W) == pytest.approx(a * a / 3, rel=0.02)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_auto_is_the_rule_that_suits_the_activation(name):
    """He for those like relu, LeCun for selu, Glorot for the others: each activation is in one of the lists."""
    (rule,) = [rule for rule, names in SUITED.items() if name in names]
    activations = [name] if name not in HIDDEN else [name, "linear"]
    sizes = SIZES[: len(activations) + 1]

    auto = Network.initialise(sizes, activations, 3)
    named = Network.initialise(sizes, activations, 3, starting_weights=rule)

    assert_array_equal(auto.W[0], named.W[0])


def test_the_default_draws_layer_by_layer_from_one_generator():
    """Written down once more: the numbers of a seed are part of the interface."""
    network = Network.initialise([3, 4, 2], ["relu", "tanh"], random_state=5)

    generator = np.random.default_rng(5)
    first = generator.uniform(-math.sqrt(6 / 3), math.sqrt(6 / 3), (4, 3))
    second = generator.uniform(-math.sqrt(6 / 6), math.sqrt(6 / 6), (2, 4))
    assert_array_equal(network.W[0], first)
    assert_array_equal(network.W[1], second)
    assert all((c == 0).all() for c in network.c)


@pytest.mark.parametrize(("activation", "gain"), [("relu", 2.0), ("mish", 2.0), ("tanh", 1.0), ("selu", 1.0)])
@pytest.mark.parametrize("sizes", [(7, 4), (4, 7), (5, 5)])
def test_orthogonal_weights_have_orthonormal_rows_or_columns_times_the_gain(activation, gain, sizes):
    """W W^T = g^2 I where there are fewer outputs than inputs, W^T W = g^2 I otherwise."""
    (W,) = Network.initialise(sizes, [activation], 2, starting_weights="orthogonal").W

    shorter = W @ W.T if W.shape[0] <= W.shape[1] else W.T @ W
    assert_allclose(shorter, gain * np.eye(min(sizes)), rtol=0, atol=1e-14)


def test_orthogonal_weights_are_drawn_without_a_preferred_sign():
    """Without the signs of R's diagonal, the first entry of Q would always be negative (LAPACK's convention).

    Of 400 draws 200 are positive, give or take 10: 5 standard errors are allowed.
    """
    first = [
        Network.initialise([3, 3], ["tanh"], seed, starting_weights="orthogonal").W[0][0, 0] for seed in range(400)
    ]

    assert abs(sum(value > 0 for value in first) - 200) < 50


@pytest.mark.parametrize("rule", ["auto", "he", "glorot", "lecun", "orthogonal"])
def test_float32_starts_from_the_same_numbers_rounded(rule):
    wide = Network.initialise([3, 4, 2], ["relu", "linear"], 1, starting_weights=rule)
    narrow = Network.initialise([3, 4, 2], ["relu", "linear"], 1, dtype="float32", starting_weights=rule)

    assert narrow.theta.dtype == np.float32
    assert_array_equal(narrow.theta, wide.theta.astype(np.float32))


def test_weights_of_another_network_are_copied():
    """list(zip(other.W, other.c)); a change of one network leaves the other as it was."""
    other = Network.initialise([3, 4, 2], ["tanh", "linear"], 7)
    other.c[0][:] = 0.5

    network = Network.initialise(
        [3, 4, 2], ["relu", "linear"], starting_weights=list(zip(other.W, other.c, strict=True))
    )

    assert_array_equal(network.theta, other.theta)
    network.theta[:] = 0
    assert not (other.theta == 0).all()


W, c = [[1.0, 2.0]], [0.5]
WRONG = [
    (
        "xavier",
        "The `starting_weights` parameter of Network.initialise must be one of 'auto', 'he', 'glorot', 'lecun', "
        "'orthogonal', or a list of 1 pairs (W, c), one for each layer. Got 'xavier' instead.",
    ),
    (None, "or a list of 1 pairs (W, c), one for each layer. Got None instead."),
    ([(W, c), (W, c)], "or a list of 1 pairs (W, c), one for each layer. Got [("),
    ([W], "or a list of 1 pairs (W, c), one for each layer. Got [["),
    (
        [([[1.0], [2.0]], c)],
        "W of layer 1 in the `starting_weights` of Network.initialise must have shape (1, 2). Got (2, 1).",
    ),
    ([(W, [1.0, 2.0])], "c of layer 1 in the `starting_weights` of Network.initialise must have shape (1,). Got (2,)."),
    (
        [([[1.0, math.nan]], c)],
        "W of layer 1 in the `starting_weights` of Network.initialise must hold finite numbers. Got nan instead.",
    ),
    ([([["a", "b"]], c)], "W of layer 1 in the `starting_weights` of Network.initialise is not an array of numbers."),
]


@pytest.mark.parametrize(("given", "said"), WRONG, ids=str)
def test_starting_weights_that_fit_no_network_are_refused(given, said):
    """Unknown names, the wrong number of layers, shapes, and entries that are no finite numbers."""
    with pytest.raises(ParameterError) as refused:
        Network.initialise([2, 1], ["linear"], starting_weights=given)

    assert said in str(refused.value)
