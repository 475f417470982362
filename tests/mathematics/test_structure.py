"""Networks as objects: what copies and pickles of them hold."""

import copy
import pickle

import numpy as np
import pytest

from pellucid.engines.loss_and_gradient import loss_and_gradient
from pellucid.errors import ParameterError
from pellucid.mathematics.activations import ACTIVATIONS, Activation, ReLU
from pellucid.mathematics.activations.per_output import PerOutput
from pellucid.mathematics.structure import Network


class Square(Activation):
    """An activation of the user's own."""

    name = "square"

    def value(self, h):
        return h * h

    def slope(self, h):
        return 2 * h


class SteepReLU(ReLU):
    """An activation of the user's own under a name of ours."""

    def value(self, h):
        return 10 * super().value(h)

    def slope(self, h):
        return 10 * super().slope(h)


@pytest.mark.parametrize("again", [lambda n: pickle.loads(pickle.dumps(n)), copy.deepcopy, copy.copy])
@pytest.mark.parametrize("own", [Square(), SteepReLU()], ids=lambda block: type(block).__name__)
def test_a_copy_of_a_network_keeps_an_activation_of_the_users_own(own, again, rng):
    """It computes the same bits; it neither looks for the name nor takes ours of the same name."""
    network = Network.initialise([3, 4, 2], [own, "linear"], random_state=rng)
    X, Y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))

    copied = again(network)

    assert type(copied.activations[0]) is type(own)
    assert (copied.predict(X) == network.predict(X)).all()
    J, gradient = loss_and_gradient(network, X, Y, "rss")
    J_copied, gradient_copied = loss_and_gradient(copied, X, Y, "rss")
    assert J_copied == J
    assert (gradient_copied.theta == gradient.theta).all()


@pytest.mark.parametrize("again", [lambda n: pickle.loads(pickle.dumps(n)), copy.deepcopy])
def test_a_copy_of_a_network_keeps_our_blocks_themselves(again):
    """So that the compiled engine still knows them; W and c of the copy are views into its own theta."""
    network = Network.initialise([3, 4, 2], ["relu", "softmax"])

    copied = again(network)

    assert all(block is ACTIVATIONS[block.name] for block in copied.activations)
    copied.theta[:] = 7.0
    assert all((W == 7).all() for W in copied.W)
    assert not np.any(network.theta == 7)


# An activation for each output


def test_a_list_at_the_end_is_an_activation_for_each_output(rng):
    """Column by column its activations, values and slopes; weights start as for layers that are not like ReLU."""
    names = ["sigmoid", "exponential", "linear"]
    network = Network.initialise([2, 4, 3], ["tanh", names], random_state=1)
    H = rng.normal(size=(5, 3))

    block = network.activations[-1]

    assert block.name == "sigmoid, exponential, linear"
    for d, name in enumerate(names):
        assert (block.value(H)[:, d] == ACTIVATIONS[name].value(H[:, d])).all()
        assert (block.slope(H)[:, d] == ACTIVATIONS[name].slope(H[:, d])).all()
        assert block.value(H[0])[d] == ACTIVATIONS[name].value(H[0])[d]
    assert (network.theta == Network.initialise([2, 4, 3], ["tanh", "linear"], random_state=1).theta).all()


@pytest.mark.parametrize("again", [lambda n: pickle.loads(pickle.dumps(n)), copy.deepcopy])
def test_a_copy_keeps_the_activations_of_its_outputs(again):
    """Ours stay the blocks of their names, so that the compiled engine knows them; one's own stays itself."""
    network = Network.initialise([2, 2], [["relu", Square()]])

    ours, own = again(network).activations[-1].activations

    assert ours is ACTIVATIONS["relu"]
    assert type(own) is Square


@pytest.mark.parametrize(
    ("activations", "message"),
    [
        (["tanh", ["linear", "relu"]], "a list that ends in 3 activations, one for each output"),
        (["tanh", ["linear", "relu", "softmax"]], "softmax cannot be that of one output"),
        (["tanh", ["linear", "relu", "swish"]], "must be one of linear, relu"),
        ([["linear", "relu", "linear", "relu"], "linear"], "must be one of linear, relu"),
        ([PerOutput(["linear"] * 4), "linear"], "which only the last layer can have"),
        (["tanh", [PerOutput(["linear"]), "linear", "linear"]], "cannot be that of one output"),
    ],
    ids=str,
)
def test_a_list_of_activations_is_for_the_outputs_alone_and_as_long_as_they_are(activations, message):
    """Anything else is refused in one sentence."""
    with pytest.raises(ParameterError, match=message):
        Network.initialise([2, 4, 3], activations)
