"""Networks as objects: what copies and pickles of them hold."""

import copy
import pickle

import numpy as np
import pytest

from pellucid.engines.loss_and_gradient import loss_and_gradient
from pellucid.mathematics.activations import ACTIVATIONS, Activation, ReLU
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
