"""The slips of docs/chapters/slips.md, planted one by one: differences of J find each of them, and only them.

Back propagation is written out below in its parts. With every part as it should be, the gradient is the derivative
of J. A slip replaces one part.
"""

from typing import Any, NamedTuple

import numpy as np
import pytest

from conftest import relative_error
from pellucid.mathematics.activations import ACTIVATIONS
from pellucid.mathematics.structure import Gradient, Network

AGREES = 1e-9  # of the largest entry: what 4th-order differences reach
DIFFERS = 1e-2


def derivative_of_rss(y, y_hat):
    return -2 * (y - y_hat)


def derivative_of_log(y, y_hat):
    return -y / y_hat + (1 - y) / (1 - y_hat)


def printed_for_log(y, y_hat):
    return -(y / y_hat + (1 - y) / (1 - y_hat))


def linear_map(W, z, c):
    return W @ z + c


def slope(activation, h):
    return activation.slope(h)


def tensor(z_before, n_neurons):
    return np.stack([np.outer(row_i, z_before) for row_i in np.eye(n_neurons)])


def z_heard(z, l):
    return z[l - 1]


def W_above(network, l):
    return network.W[l]  # W^(l+1)


class Parts(NamedTuple):
    """The parts of back propagation in which a slip is possible; right unless replaced."""

    derivative: Any = derivative_of_rss
    linear_map: Any = linear_map
    slope: Any = slope
    tensor: Any = tensor
    z_heard: Any = z_heard
    W_above: Any = W_above
    factor: float = 1  # the gradient, over the derivative of the J that is printed


def back_propagation(network, X, Y, parts):
    """The gradient of the sum of losses over targets and observations, one observation after the other."""
    gradient = Gradient(np.zeros(network.theta.size), network.sizes)
    L = len(network.layers)
    for x, y in zip(X, Y, strict=True):
        h, z = [None], [x]
        for W, c, activation in zip(network.W, network.c, network.activations, strict=True):
            h.append(parts.linear_map(W, z[-1], c))
            z.append(activation.value(h[-1]))
        dL_dh = parts.derivative(y, z[L]) * parts.slope(network.activations[-1], h[L])
        for l in range(L, 0, -1):
            if l < L:
                dL_dh = dL_dh @ parts.W_above(network, l) * parts.slope(network.activations[l - 1], h[l])
            gradient.W[l - 1][...] += np.tensordot(dL_dh, parts.tensor(parts.z_heard(z, l), dL_dh.size), axes=1)
            gradient.c[l - 1][...] += dL_dh
    gradient.theta *= parts.factor
    return gradient.theta


def rss(Y, Y_hat):
    return ((Y - Y_hat) ** 2).sum()


def log_loss(Y, Y_hat):
    return -(Y * np.log(Y_hat) + (1 - Y) * np.log(1 - Y_hat)).sum()


def differences(network, X, Y, loss, step=7e-4):
    """The derivative of J by every parameter, from the way forward only."""

    def J(theta):
        return loss(Y, network.with_parameters(theta).predict(X))

    derivatives = []
    for move in step * np.eye(network.theta.size):
        near = {k: J(network.theta + k * move) for k in (-2, -1, 1, 2)}
        derivatives.append((8 * (near[1] - near[-1]) - (near[2] - near[-2])) / (12 * step))
    return np.array(derivatives)


def whole_numbers():
    """The 4-3-3-2 network of the chapters with its five observations: every h is at least 1 away from a kink."""
    network = Network.from_arrays([
        ([[1, 0, -1, 1], [0, 1, 2, -1], [-1, 1, 0, -1]], [0, 1, 0], "relu"),
        ([[1, -1, 2], [-1, 2, 1], [0, 1, -1]], [1, 0, 0], "relu"),
        ([[1, 2, -1], [1, -1, 1]], [1, 0], "linear"),
    ])  # fmt: skip
    X = np.array([[1.0, 2, 1, 3], [0, 2, 0, 1], [2, 0, 1, 0], [0, 0, 1, 2], [3, 1, 0, 1]])
    return network, X, np.array([[1.0, 4], [9, 1], [5, -1], [2, 3], [2, 6]])


def squares(output="linear"):
    """Three observations, three inputs, three layers of three: no wrong index and no wrong layer shows in a shape."""
    generator = np.random.default_rng(3)
    theta = generator.standard_normal(3 * 12)
    X, Y = generator.standard_normal((3, 3)), generator.standard_normal((3, 3))
    return Network([3, 3, 3, 3], ["tanh", "tanh", output], theta), X, Y


def labels():
    """The same network with a sigmoid at its end, and targets of 0 and 1."""
    network, X, Y = squares("sigmoid")
    return network, X, (Y > 0).astype(float)


def without_sum(W, z, c):
    """The printed h_in = w_ij z_jn, read with one j, and c as it should be."""
    return W[:, -1] * z[-1] + c


def every_row_filled(z_before, n_neurons):
    return np.broadcast_to(z_before, (n_neurons, n_neurons, z_before.size))


SLIPS = {
    "ReLU (or any value) instead of its slope": Parts(slope=lambda activation, h: activation.value(h)),
    "T filled in every row": Parts(tensor=every_row_filled),
    "h without the sum": Parts(linear_map=without_sum),
    "h without c": Parts(linear_map=lambda W, z, c: W @ z),
    "a missing 2": Parts(derivative=lambda y, y_hat: -(y - y_hat)),
    "k times too large for k outputs": Parts(factor=2),
}


@pytest.mark.parametrize("made", [whole_numbers, squares])
def test_with_every_part_right_the_gradient_is_the_derivative(made, close):
    network, X, Y = made()

    close("slips", back_propagation(network, X, Y, Parts()), differences(network, X, Y, rss), AGREES, made.__name__)


@pytest.mark.parametrize("made", [whole_numbers, squares])
@pytest.mark.parametrize("slip", SLIPS)
def test_differences_find_a_slip(slip, made):
    network, X, Y = made()

    wrong = back_propagation(network, X, Y, SLIPS[slip])

    assert relative_error(wrong, differences(network, X, Y, rss)) > DIFFERS


@pytest.mark.parametrize(
    "slip",
    [Parts(z_heard=lambda z, l: z[l]), Parts(W_above=lambda network, l: network.W[l - 1])],
    ids=["z of its own layer", "W of its own layer"],
)
def test_differences_find_the_superscript_of_a_wrong_layer(slip):
    """Where all layers have the same size no shape can find it."""
    network, X, Y = squares()

    wrong = back_propagation(network, X, Y, slip)

    assert wrong.shape == network.theta.shape
    assert relative_error(wrong, differences(network, X, Y, rss)) > DIFFERS


def test_differences_find_the_sign_in_the_derivative_of_the_log_loss(close):
    network, X, Y = labels()
    true = differences(network, X, Y, log_loss)

    right = back_propagation(network, X, Y, Parts(derivative=derivative_of_log))
    printed = back_propagation(network, X, Y, Parts(derivative=printed_for_log))

    close("slips", right, true, AGREES, "log loss")
    assert relative_error(printed, true) > DIFFERS


def test_the_printed_sign_agrees_where_every_target_is_one(close):
    """Why it lives so long: with only ones there is no difference."""
    network, X, Y = labels()
    ones = np.ones_like(Y)

    printed = back_propagation(network, X, ones, Parts(derivative=printed_for_log))

    close("slips", printed, differences(network, X, ones, log_loss), AGREES, "targets of one")


def test_differences_find_transposed_indices():
    """y_(n,d) beside y_hat_(d,n): for as many observations as targets every shape fits."""
    network, X, Y = squares()
    transposed = network.predict(X).T
    rows = {tuple(y): y_hat for y, y_hat in zip(Y, transposed, strict=True)}

    wrong = back_propagation(network, X, Y, Parts(derivative=lambda y, _: -2 * (y - rows[tuple(y)])))

    assert relative_error(wrong, differences(network, X, Y, rss)) > DIFFERS


@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_mean_over_outputs_with_the_gradient_of_their_sum_is_k_times_too_large(k, close):
    """J divides by N and by k, the gradient by N only: right for one output, and for one output only."""
    generator = np.random.default_rng(k)
    network = Network([3, 4, k], ["tanh", "linear"], generator.standard_normal(3 * 4 + 4 + 4 * k + k))
    X, Y = generator.standard_normal((6, 3)), generator.standard_normal((6, k))

    true = differences(network, X, Y, lambda Y, Y_hat: ((Y - Y_hat) ** 2).mean())

    close("slips", back_propagation(network, X, Y, Parts(factor=1 / 6 / k)), true, AGREES, f"{k} outputs")
    close("slips", back_propagation(network, X, Y, Parts(factor=1 / 6)), k * true, AGREES, f"{k} outputs")


def test_one_neuron_hides_a_filled_tensor():
    """Why it lives so long: with one neuron in the layer every row is its row."""
    z = np.array([1.0, 2, 3])

    assert (every_row_filled(z, 1) == tensor(z, 1)).all()


def test_the_kinks_are_far_from_the_whole_numbers():
    """So that differences with a short step are right for this network."""
    network, X, _ = whole_numbers()
    h = X
    for layer in network.layers[:2]:
        h = h @ layer.W.T + layer.c
        assert np.abs(h).min() >= 1
        h = ACTIVATIONS["relu"].value(h)
