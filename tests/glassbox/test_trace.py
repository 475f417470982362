"""A trace holds what observation.py makes, by its names, as copies; and it refuses what cannot be shown."""

import json

import numpy as np
import pytest

import cases
import naive
import pellucid
from pellucid.engines.choice import choose_engine
from pellucid.errors import DataError, GradientMismatch, ParameterError
from pellucid.mathematics.observation import propagate_backward
from pellucid.mathematics.structure import Network
from pellucid.mathematics.updates import Adam, GradientDescent, RMSprop

HEADS = cases.PLAIN_HEADS


def traced(rng, head=("rss", "linear"), hidden="tanh", depth=2, **arguments):
    network = cases.make_network(rng, head, hidden, depth)
    x, y = rng.normal(size=3), cases.make_targets(rng, head[0], 1)[0]
    return network, x, y, pellucid.trace(network, x, y, head[0], **arguments)


@pytest.mark.parametrize("head", HEADS, ids=str)
@pytest.mark.parametrize("depth", [0, 1, 3])
def test_every_number_is_that_of_the_specification(head, depth, rng):
    """By name and layer, equal to the bit; dh_dW, dh_dc and dh_dz are the Jacobians of its products."""
    network, x, y, made = traced(rng, head, "sigmoid", depth)
    expected = propagate_backward(network, x, y, head.loss)

    assert len(made.layers) == depth + 2
    np.testing.assert_array_equal(made.losses, expected.loss)
    np.testing.assert_array_equal(made.dL_dx, expected.dL_dz[0])
    for layer in made.layers[1:]:
        np.testing.assert_array_equal(layer.h, expected.h[layer.l])
        np.testing.assert_array_equal(layer.z, expected.z[layer.l])
        for name in ("dL_dh", "dL_dW", "dL_dc"):
            np.testing.assert_array_equal(getattr(layer, name), getattr(expected, name)[layer.l])
        np.testing.assert_array_equal(layer.dL_dW, np.tensordot(layer.dL_dh, layer.dh_dW, axes=1)[0])
        np.testing.assert_array_equal(layer.dL_dc, (layer.dL_dh @ layer.dh_dc)[0])
        np.testing.assert_array_equal(made.layers[layer.l - 1].dL_dz if layer.l > 1 else made.dL_dx,
                                      layer.dL_dh @ layer.dh_dz)  # fmt: skip


def test_shapes_are_those_of_the_design(rng):
    """Section 2: each name has its shape, so dL_dW that of W."""
    network, _, _, made = traced(rng, hidden="relu", depth=2)
    for l, layer in enumerate(made.layers[1:], start=1):
        D, below = network.sizes[l], network.sizes[l - 1]
        shapes = {
            "W": (D, below), "c": (D,), "h": (D,), "z": (D,), "dz_dh": (D, D), "dh_dW": (D, D, below),
            "dh_dc": (D, D), "dh_dz": (D, below), "dL_dh": (1, D), "dL_dW": (D, below), "dL_dc": (D,),
        }  # fmt: skip
        assert {name: getattr(layer, name).shape for name in shapes} == shapes
    assert (made.dL_dy_hat.shape, made.dL_dx.shape, made.dy_hat_dx.shape) == ((1, 3), (1, 3), (3, 3))


def test_numbers_are_those_of_plain_loops(rng, close):
    """The gradient by tests/naive.py, which shares no line with the chapter."""
    network, x, y, made = traced(rng, hidden="sigmoid", depth=2)
    _, _, gradients = naive.loss_and_gradient(cases.to_lists(network), [x.tolist()], [y.tolist()], "rss")
    found = np.concatenate([np.concatenate([layer.dL_dW.ravel(), layer.dL_dc]) for layer in made.layers[1:]])

    close("glass box: trace = plain loops", found, cases.from_lists(gradients), 1e-13, "sigmoid, 2 layers")


def test_arrays_are_copies_that_cannot_be_written():
    """Neither later training nor a slip of the reader changes what was recorded."""
    network = Network.initialise([2, 3, 1], ["relu", "linear"])
    made = pellucid.trace(network, [1.0, 2.0], 1.0, "rss")
    before = made.layers[1].W.copy()
    network.theta[:] = 0

    np.testing.assert_array_equal(made.layers[1].W, before)
    with pytest.raises(ValueError, match="read-only"):
        made.layers[1].dL_dW[0, 0] = 5


def test_a_missing_target_has_no_loss_and_no_gradient(rng):
    """The trace with y_1 missing is the one whose loss is of the other targets alone."""
    network = cases.make_network(rng, ("rss", "linear"), "tanh", 1)
    x = rng.normal(size=3)
    made = pellucid.trace(network, x, [0.5, np.nan, 2.0], "rss")

    assert np.isnan(made.losses[1])
    assert made.dL_dy_hat[0, 1] == 0
    assert (made.layers[-1].dL_dW[1] == 0).all()
    assert made.total_loss == made.losses[0] + made.losses[2]


@pytest.mark.parametrize("y", [None, np.nan], ids=["none given", "missing"])
def test_without_a_target_only_the_way_forward_is_recorded(y):
    """There is no loss and no dL_*, and the text says so."""
    made = pellucid.trace(Network.initialise([2, 3, 1], ["relu", "linear"]), [1.0, 2.0], y, "rss")

    assert (made.loss, made.losses, made.dL_dx, made.step, made.layers[1].dL_dW) == (None, None, None, None, None)
    assert "nothing to carry backward" in str(made)


@pytest.mark.parametrize("solver", [GradientDescent(0.05), Adam(0.01), RMSprop(0.01)], ids=["gd", "adam", "rmsprop"])
def test_the_step_is_the_solvers_first_and_j_is_before_and_after_it(solver, rng):
    """J before and after are loss_and_gradient's own numbers at theta and at theta + step."""
    network, x, y, made = traced(rng, solver=solver, alpha=0.1, l1=0.01, target_weights=(1.0, 2.0, 0.5))
    arguments = {"alpha": 0.1, "l1": 0.01, "target_weights": (1.0, 2.0, 0.5)}
    J, gradient = pellucid.loss_and_gradient(network, x[None], y[None], "rss", **arguments)
    step, _ = solver.update(gradient.theta, solver.init(network.theta), solver.learning_rate)
    after, _ = pellucid.loss_and_gradient(
        network.with_parameters(network.theta + step), x[None], y[None], "rss", **arguments
    )

    assert (made.step.J_before, made.step.J_after) == (J, after)
    np.testing.assert_array_equal(made.step.update.theta, step)


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_another_gradient_in_the_engine_shows_nothing(engine, rng, monkeypatch):
    """The glass box refuses to show what the engine would not do."""
    chosen = type(choose_engine(engine))
    own = chosen.gradient

    def wrong(self, *arguments):
        losses, gradient = own(self, *arguments)
        return losses, gradient * (1 + 1e-6)

    monkeypatch.setattr(chosen, "gradient", wrong)
    with pytest.raises(GradientMismatch, match=f"differs from that of the {engine} engine"):
        traced(rng, engine=engine)


def test_a_tensor_too_large_is_refused_with_its_size_and_the_alternative():
    """1000 neurons over 1000: 8 GB of zeros. The gradients are there all the same, by the matrix form."""
    network = Network.initialise([1000, 1000, 1], ["relu", "linear"])
    made = pellucid.trace(network, np.ones(1000), 1.0, "rss")

    layer = made.layers[1]
    np.testing.assert_array_equal(layer.dL_dW, np.outer(layer.dL_dh, layer.z_before))
    with pytest.raises(ParameterError, match=r"dh_dW of layer 1 would take 8,000 MB.*np\.outer\(dL_dh, z_before\)"):
        _ = layer.dh_dW


@pytest.mark.parametrize(
    ("x", "y", "loss", "error", "words"),
    [
        ([1.0], 1.0, "rss", ParameterError, "must be one row of 2 numbers"),
        (["a", "b"], 1.0, "rss", ParameterError, "must be one row of 2 numbers"),
        ([1.0, np.nan], 1.0, "rss", DataError, "x must hold finite numbers. Entry 1 does not."),
        ([1.0, 2.0], [1.0, 2.0], "rss", ParameterError, "must be one row of 1 number"),
        ([1.0, 2.0], np.inf, "rss", DataError, "y must hold finite numbers"),
        ([1.0, 2.0], 1.0, None, ParameterError, "Name it, for example loss='rss'."),
        ([1.0, 2.0], 1.0, "log", ParameterError, "The log loss cannot take the output activation linear"),
    ],
)
def test_what_cannot_be_traced_is_refused(x, y, loss, error, words):
    """By name, with what to do."""
    with pytest.raises(error) as refusal:
        pellucid.trace(Network.initialise([2, 3, 1], ["relu", "linear"]), x, y, loss)

    assert words in str(refusal.value)


def test_weights_that_are_not_numbers_are_refused_by_layer_and_place():
    network = Network.initialise([2, 3, 1], ["relu", "linear"])
    network.W[1][0, 2] = np.nan

    with pytest.raises(DataError, match=r"W of layer 2 holds nan at \(0, 2\)"):
        pellucid.trace(network, [1.0, 2.0], 1.0, "rss")


def test_json_holds_every_number_to_its_last_bit(rng):
    """What is read back from the JSON is the trace; NaN, which JSON has not, is null."""
    network, _, _, made = traced(rng, depth=1)
    again = json.loads(made.to_json())

    assert again["layers"][1]["dL_dW"] == made.layers[1].dL_dW.tolist()
    assert again["dy_hat_dx"] == made.dy_hat_dx.tolist()
    assert again["step"]["J_after"] == made.step.J_after
    assert json.loads(pellucid.trace(network, [0.0, 0, 0], [1, np.nan, 2], "rss").to_json())["losses"][1] is None


def test_a_paired_loss_shows_its_limit_where_the_factors_have_none():
    """At h = 800 the factor dL_dy_hat is infinite or NaN, while dL_dh is y_hat - y exactly."""
    made = pellucid.trace(Network.from_arrays([([[800.0]], [0.0], "sigmoid")]), [1.0], 0.0, "log")

    assert not np.isfinite(made.dL_dy_hat).all()
    assert (made.layers[1].dL_dh, made.losses) == (np.array([[1.0]]), np.array([800.0]))


@pytest.mark.parametrize(
    ("activation", "loss", "y"), [("sigmoid", "log", [1.0, 0.0]), ("softmax", "cross_entropy", [0.0])]
)
def test_a_factor_that_overflows_gives_no_warning(activation, loss, y):
    """At h = -740 y_hat is subnormal and 1 / y_hat infinite; warnings are errors in these tests."""
    network = Network.from_arrays([([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0], activation)])
    made = pellucid.trace(network, [-740.0, 1.0], y, loss)
    assert np.isfinite(made.layers[1].dL_dh).all()
    assert np.isinf(made.dL_dy_hat).any()
