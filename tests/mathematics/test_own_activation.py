"""An activation of the user's own: what is refused before anything is trained with it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pellucid import Activation, Network, check_gradients
from pellucid.errors import GradientMismatch, ParameterError
from pellucid.mathematics.activations import ACTIVATIONS, ELEMENTWISE
from pellucid.mathematics.activations.own import check_own_activation


class Sine(Activation):
    name = "sine"

    def value(self, h):
        return h.__array_namespace__().sin(h)

    def slope(self, h):
        return h.__array_namespace__().cos(h)


def changed(**methods):
    """The sine with some of it replaced."""
    return type("Changed", (Sine,), methods)()


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_activation_of_ours_would_pass(name):
    """With its kinks, its far tails, and values up to exp(10): what passes for ours passes for a user's."""
    check_own_activation(ACTIVATIONS[name])


def test_a_slope_that_is_right_passes():
    check_own_activation(Sine())


@pytest.mark.parametrize(
    "activation",
    [
        changed(slope=lambda self, h: np.sin(h)),
        changed(slope=lambda self, h: -np.cos(h)),
        changed(slope=lambda self, h: np.cos(h) * (1 + 1e-4)),
        changed(value=lambda self, h: np.abs(h - 3.0), slope=lambda self, h: np.ones_like(h)),
    ],
)
def test_a_slope_that_is_wrong_is_refused(activation):
    with pytest.raises(GradientMismatch, match="The slope of the activation sine is not that of its value: at h = "):
        check_own_activation(activation)


def test_the_refusal_says_where_and_by_how_much():
    """cos(h) with a bump of 0.25 at one of the points: that point, and both numbers."""
    h0 = np.linspace(-10, 10, 60)[40]
    bumped = changed(slope=lambda self, h: np.cos(h) + np.where(abs(h - h0) < 0.1, 0.25, 0).astype(h.dtype))

    with pytest.raises(GradientMismatch) as refused:
        check_own_activation(bumped)

    assert str(refused.value) == (
        f"The slope of the activation sine is not that of its value: at h = {h0:.4g} it is {np.cos(h0) + 0.25:.6g}, "
        f"and differences of the value give {np.cos(h0):.6g}, so it is off by 0.25. Of 60 points from -10 to 10 it is "
        "wrong at 1. Correct `slope` or `value`, or name the places where the slope jumps in `kinks`."
    )


def test_points_beside_a_declared_kink_are_left_out():
    """A kink on one of the points: a difference across it is no slope. Undeclared, it is taken for a mistake."""
    kink = float(np.linspace(-10, 10, 60)[17])
    methods = {"value": lambda self, h: np.abs(h - kink), "slope": lambda self, h: 2 * (h > kink).astype(h.dtype) - 1}

    check_own_activation(changed(**methods, kinks=(kink,)))
    with pytest.raises(GradientMismatch, match=r"wrong at 1\. Correct"):
        check_own_activation(changed(**methods))


REFUSED = [
    (
        {"value": lambda self, h: np.sin(h).sum()},
        "The value of the activation sine must be an array of the shape and type of h, float64 of shape (60,). "
        "Got float64 instead.",
    ),
    ({"value": lambda self, h: np.sin(h)[1:]}, "float64 of shape (60,). Got float64 of shape (59,) instead."),
    ({"slope": lambda self, h: None}, "The slope of the activation sine must be an array of the shape and type of h"),
    (
        {"slope": lambda self, h: np.where(h > 0, np.cos(h.astype(float)), np.cos(h))},
        "float32 of shape (30, 2). Got float64 of shape (30, 2) instead. Constants that are arrays take their type "
        "from h: zeros_like(h)",
    ),
    (
        {"value": lambda self, h: np.where(h > 9.9, np.nan, h)},
        "The value of the activation sine must be a finite number from h = -10 to 10. Got nan at h = 10 instead.",
    ),
    (
        {"value": lambda self, h: h - h.mean()},
        "The value of the activation sine must go entry by entry. At h = -10 it is 0 alone, and -10 among others.",
    ),
    ({"kinks": 0.0}, "The kinks of the activation sine must be a tuple of finite numbers. Got 0.0 instead."),
    ({"kinks": (np.inf,)}, "The kinks of the activation sine must be a tuple of finite numbers. Got (inf,) instead."),
    ({"kinks": ("0",)}, "The kinks of the activation sine must be a tuple of finite numbers. Got ('0',) instead."),
]


@pytest.mark.parametrize(("methods", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_what_is_no_activation_is_refused(methods, said):
    """Another shape, another type, NaN, entries that depend on their neighbours, kinks that are none."""
    with pytest.raises(ParameterError) as refused:
        check_own_activation(changed(**methods))

    assert said in str(refused.value)


@pytest.mark.parametrize("method", ["value", "slope"])
def test_a_method_that_was_forgotten_is_named(method):
    class Half(Activation):
        name = "half"

    with pytest.raises(NotImplementedError, match=f"The activation half needs a method `{method}`"):
        getattr(Half(), method)(np.zeros(3))


def test_a_network_with_it_has_the_gradient_that_jax_finds(rng):
    """Observation by observation, in matrices, by differences and by JAX: check_gradients runs them all."""
    network = Network.initialise([3, 4, 2], [Sine(), "linear"], random_state=rng)

    report = check_gradients(network, rng.normal(size=(6, 3)), rng.normal(size=(6, 2)), "rss")

    assert report.passed, str(report)
    assert "JAX autodiff" in {comparison.way for comparison in report.comparisons}


def test_jax_traces_it_under_jit():
    with jax.enable_x64(True):
        found = jax.jit(jax.vmap(jax.grad(Sine().value)))(jnp.linspace(-2, 2, 5))

    np.testing.assert_allclose(found, np.cos(np.linspace(-2, 2, 5)), rtol=1e-15)


def test_where_jax_cannot_follow_it_the_report_says_so(rng):
    """numpy.sin takes no tracer: the other ways still check the gradient."""
    network = Network.initialise(
        [3, 4, 2], [changed(value=lambda self, h: np.sin(h), slope=lambda self, h: np.cos(h)), "linear"], rng
    )

    report = check_gradients(network, rng.normal(size=(6, 3)), rng.normal(size=(6, 2)), "rss")

    assert report.passed, str(report)
    assert "JAX autodiff" not in {comparison.way for comparison in report.comparisons}
    assert any("JAX cannot follow an activation or a loss of your own" in note for note in report.notes)
