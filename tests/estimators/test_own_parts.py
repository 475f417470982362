"""Estimators with activations and starting weights of the user's own: trained, shown, refused, saved or not."""

import pickle
import warnings
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

import pellucid
from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import EngineWarning, GradientMismatch, ModelFileError, ParameterError
from pellucid.estimators.persistence import load
from pellucid.mathematics.activations import HIDDEN


class Sine(pellucid.Activation):
    name = "sine"

    def value(self, h):
        return h.__array_namespace__().sin(h)

    def slope(self, h):
        return h.__array_namespace__().cos(h)


class WrongSine(Sine):
    def slope(self, h):
        return -h.__array_namespace__().cos(h)


class Tanh(pellucid.Activation):
    """Ours once more, under the same name, and not ours."""

    name = "tanh"

    def value(self, h):
        return h.__array_namespace__().tanh(h)

    def slope(self, h):
        return 1 - h.__array_namespace__().tanh(h) ** 2


SETTINGS = {"hidden_layer_sizes": (6, 5), "max_iter": 8, "random_state": 0, "dtype": "float64"}


@pytest.fixture
def rows():
    generator = np.random.default_rng(0)
    X = generator.normal(size=(60, 3))
    return X, np.sin(2 * X[:, 0]) + X[:, 1]


def fit(X, y, cls=FeedForwardRegressor, **settings):
    """A model on the reference engine, which is what one's own activation needs."""
    return cls(**{**SETTINGS, "engine": "reference", **settings}).fit(X, y)


@pytest.mark.parametrize("activation", [Sine(), [Sine(), "tanh"], ["selu", "mish"]], ids=str)
def test_activations_may_differ_from_layer_to_layer(activation, rows):
    """By name or as objects: the network has them in that order, and its gradients pass the check."""
    model = fit(*rows, activation=activation)

    given = activation if isinstance(activation, list) else [activation] * 2
    names = [f if isinstance(f, str) else f.name for f in given]
    assert [f.name for f in model.network_.activations] == [*names, "linear"]
    assert model.check_gradients(rows[0][:10], rows[1][:10]).passed


def test_an_own_activation_that_is_ours_trains_to_the_same_numbers(rows):
    """The reference engine takes it as it is: the same run as with our tanh, but for the rounding of its slope."""
    own, ours = fit(*rows, activation=Tanh()), fit(*rows, activation="tanh")

    assert_allclose(own.network_.theta, ours.network_.theta, rtol=1e-9)
    assert_allclose(own.predict(rows[0]), ours.predict(rows[0]), rtol=1e-9)


@pytest.mark.parametrize("cls", [FeedForwardRegressor, FeedForwardClassifier])
def test_the_compiled_engine_hands_over_and_says_so_once(cls, rows):
    """fit warns; what follows (predictions, probabilities, a trace, sensitivities) is silent, and the reference's."""
    X, y = rows
    y = y if cls is FeedForwardRegressor else y > 0

    with pytest.warns(EngineWarning, match="no kernels for an activation or a loss of your own") as caught:
        model = fit(X, y, cls, activation=Sine(), engine="auto")

    assert len(caught) == 1
    assert caught[0].filename == __file__
    reference = fit(X, y, cls, activation=Sine())
    assert model.engine_ == reference.engine_ == "reference"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_array_equal(model.predict(X), reference.predict(X))
        assert_array_equal(model.sensitivities(X), reference.sensitivities(X))
        assert model.trace(X[0], y[0]).checked_against == "reference"
        if cls is FeedForwardClassifier:
            assert_array_equal(model.predict_log_proba(X), reference.predict_log_proba(X))


def test_our_name_does_not_make_it_ours(rows):
    """An activation of one's own under the name tanh runs as itself: its kernels are not taken for it."""
    with pytest.warns(EngineWarning):
        model = fit(*rows, activation=Tanh(), engine="auto")

    assert model.engine_ == "reference"


def test_a_wrong_slope_is_refused_before_training(rows):
    model = FeedForwardRegressor(**SETTINGS, engine="reference", activation=["relu", WrongSine()])

    with pytest.raises(GradientMismatch, match="The slope of the activation sine is not that of its value: at h = "):
        model.fit(*rows)
    assert not hasattr(model, "network_")


REFUSED = [
    ("softmax", "Got 'softmax' instead."),
    ("exponential", "Got 'exponential' instead."),
    (Sine, "Got <class "),
    (["relu", Sine], "Got ['relu', <class "),
    (np.tanh, "Got <ufunc 'tanh'> instead."),
]


@pytest.mark.parametrize(("activation", "said"), REFUSED, ids=str)
def test_what_no_hidden_layer_can_have_is_refused(activation, said, rows):
    """Activations of outputs by name, classes instead of objects, bare functions."""
    with pytest.raises(ParameterError) as refused:
        fit(*rows, activation=activation)

    assert str(refused.value).startswith(
        "The `activation` parameter of FeedForwardRegressor must be one of " + ", ".join(HIDDEN)
        + ", an Activation, or a list of these, one for each hidden layer. "
    )  # fmt: skip
    assert said in str(refused.value)


def test_an_own_activation_is_not_saved(rows, tmp_path):
    """A model file holds no code; neither under a name of ours, nor as an argument that was changed after fitting."""
    own, ours = fit(*rows, activation=Sine()), fit(*rows, activation=Tanh())
    changed = fit(*rows, activation="relu").set_params(activation=["relu", Sine()])

    for model, name in ((own, "sine"), (ours, "tanh"), (changed, "sine")):
        with pytest.raises(ModelFileError, match=f"The activation {name} is your own, and a model file holds no code"):
            model.save(tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_a_clone_and_a_pickle_keep_an_own_activation(rows):
    model = fit(*rows, activation=[Sine(), "relu"])

    assert_array_equal(clone(model).fit(*rows).network_.theta, model.network_.theta)
    assert_array_equal(pickle.loads(pickle.dumps(model)).predict(rows[0]), model.predict(rows[0]))


def test_a_page_shows_an_own_activation_and_says_that_it_does_not_compute_again(rows):
    """A formula that is not given stays f(h); its curve is drawn all the same."""
    model = fit(*rows, activation=[Sine(), "mish"])

    page = model.trace(rows[0][0], rows[1][0]).to_html()

    assert "The page's script knows the activations and losses that come with pellucid, but not sine." in (
        page.replace("&#39;", "'")
    )
    assert 'data-activation="sine"' in page
    assert 'data-activation="mish"' in page


# Starting weights


def own_weights(seed=1):
    generator = np.random.default_rng(seed)
    sizes = (3, 6, 5, 1)
    return [(generator.normal(size=(d_out, d_in)), generator.normal(size=d_out)) for d_in, d_out in pairwise(sizes)]


@pytest.mark.parametrize("rule", ["auto", "he", "glorot", "lecun", "orthogonal"])
def test_training_starts_from_the_named_rule(rule, rows):
    """At a rate so small that nothing moves, the network is still the one that Network.initialise draws."""
    model = fit(*rows, activation="tanh", starting_weights=rule, learning_rate_init=1e-300, solver="gd")

    seed = np.random.RandomState(0).randint(np.iinfo(np.int32).max)
    generator = np.random.default_rng((seed, 0))
    activations = ["tanh", "tanh", "linear"]
    drawn = pellucid.Network.initialise([3, 6, 5, 1], activations, generator, starting_weights=rule)
    assert_allclose(model.network_.theta, drawn.theta, rtol=0, atol=1e-290)


def test_training_starts_from_arrays_of_ones_own(rows):
    weights = own_weights()

    model = fit(*rows, starting_weights=weights, learning_rate_init=1e-300, solver="gd")

    for (W, c), W_found, c_found in zip(weights, model.network_.W, model.network_.c, strict=True):
        assert_array_equal(W_found, W)
        assert_array_equal(c_found, c)


def test_training_goes_on_from_another_models_network(rows):
    """Its W and c as they are: without a step the second model predicts what the first does."""
    first = fit(*rows)
    network = first.network_

    second = fit(
        *rows, starting_weights=list(zip(network.W, network.c, strict=True)), learning_rate_init=1e-300, solver="gd"
    )

    assert_array_equal(second.predict(rows[0]), first.predict(rows[0]))


WRONG = [
    (
        "xavier",
        "The `starting_weights` parameter of FeedForwardRegressor must be one of 'auto', 'he', 'glorot', 'lecun', "
        "'orthogonal', or a list of pairs (W, c), one for each layer. Got 'xavier' instead.",
    ),
    (None, "or a list of pairs (W, c), one for each layer. Got None instead."),
    (
        own_weights()[:2],
        "The `starting_weights` parameter of FeedForwardRegressor must be one of 'auto', 'he', 'glorot', 'lecun', "
        "'orthogonal', or a list of 3 pairs (W, c), one for each layer. Got [(",
    ),
    (
        [(W.T, c) for W, c in own_weights()],
        "W of layer 1 in the `starting_weights` of FeedForwardRegressor must have shape (6, 3). Got (3, 6).",
    ),
]


@pytest.mark.parametrize(("given", "said"), WRONG, ids=["name", "None", "layers", "shape"])
def test_starting_weights_that_do_not_fit_are_refused_before_training(given, said, rows):
    with pytest.raises(ParameterError) as refused:
        fit(*rows, starting_weights=given)

    assert said in str(refused.value)


def test_named_starting_weights_are_saved_and_arrays_stay_behind(rows, tmp_path):
    """A loaded model predicts the same bits; in place of the arrays stands "auto"."""
    for given, kept in (("orthogonal", "orthogonal"), (own_weights(), "auto")):
        model = fit(*rows, starting_weights=given)
        model.save(tmp_path / "m")

        again = load(tmp_path / "m")

        assert again.starting_weights == kept
        assert_array_equal(again.predict(rows[0]), model.predict(rows[0]))
