"""Losses of the user's own: what is wrong with the object is said before any work is done with it."""

import numpy as np
import pytest

from pellucid import FeedForwardRegressor
from pellucid.engines.loss_and_gradient import loss_and_gradient
from pellucid.errors import ParameterError
from pellucid.mathematics.losses import RSS, Huber, Loss, PerTarget, Poisson, get_loss
from pellucid.mathematics.structure import Network


class Square(Loss):
    """RSS under another name."""

    name = "square"

    def value(self, Y, Y_hat):
        return (Y - Y_hat) ** 2

    def derivative(self, Y, Y_hat):
        return 2 * (Y_hat - Y)


class ListOfValues(Square):
    def value(self, Y, Y_hat):
        return super().value(Y, Y_hat).tolist()


class NoDerivative(Square):
    derivative = Loss.derivative


class PairedByHalf(Square):
    paired = True

    def value_from_h(self, Y, H):
        return self.value(Y, H)


class OwnPoisson(Poisson):
    """A paired loss with all its methods, from a known one."""


def with_attribute(**attributes):
    loss = Square()
    for name, value in attributes.items():
        setattr(loss, name, value)
    return loss


WRONG = [
    (with_attribute(unit="foo"), "The `unit` of the square loss must be 'deviation', 'mean' or 'none'. Got 'foo' inst"),
    (with_attribute(unit=["mean"]), "The `unit` of the square loss must be 'deviation', 'mean' or 'none'."),
    (with_attribute(paired=1), "The `paired` of the square loss must be True or False. Got 1 instead."),
    (with_attribute(name=3), "The `name` of the Square loss must be a text that is not empty. Got 3 instead."),
    (with_attribute(kinks=0.0), "The `kinks` of the square loss must be a tuple of finite numbers. Got 0.0 instead."),
    (with_attribute(output_activation="relux"), "The `output_activation` of the square loss must be one of linear, "),
    (with_attribute(outputs_per_target=0), "The `outputs_per_target` of the square loss must be a whole number >= 1."),
    (Loss(), "The own loss must define `value`: a loss of your own has value, derivative. Its class Loss does not."),
    (NoDerivative(), "The square loss must define `derivative`: "),
    (PairedByHalf(), "The square loss must define `dL_dH`: a paired loss of your own has value, derivative, value_"),
    (ListOfValues(), "The `value` of the square loss must be an array, made of the arrays y and y_hat. Got [[0.25, "),
]  # fmt: skip


@pytest.mark.parametrize(("loss", "message"), WRONG, ids=[message for _, message in WRONG])
def test_a_wrong_object_is_refused_with_what_it_must_be(loss, message):
    """In a list too, and by an estimator before the first epoch."""
    network = Network.initialise([1, 2], ["linear"])
    X, Y, seen = np.ones((9, 1)), np.ones((9, 2)), []
    model = FeedForwardRegressor((), loss=loss, engine="reference", callbacks=[seen.append])
    for refused in (
        lambda: get_loss(loss),
        lambda: loss_and_gradient(network, X, Y, ["rss", loss]),
        lambda: model.fit(X, Y),
    ):
        with pytest.raises(ParameterError) as refusal:
            refused()
        assert message in str(refusal.value)
    assert not seen


def test_what_keeps_the_rules_is_taken_as_it_is():
    for loss in (Square(), OwnPoisson(), PerTarget([RSS(), Square()]), with_attribute(kinks=[0.0], unit="none")):
        assert get_loss(loss) is loss


def test_the_numbers_of_a_loss_are_held_to_the_estimators_dtype():
    X, y = np.arange(9.0)[:, None], np.arange(9.0)

    with pytest.raises(ParameterError, match="`delta` parameter of Huber must be a number > 0 that float32 can hold"):
        FeedForwardRegressor((), loss=Huber(1e300)).fit(X, y)
