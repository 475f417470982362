"""Rung 1: activations against values of 400-digit arithmetic, in the chapter and in machine code."""

import json
import math

import jax
import mpmath
import numpy as np
import pytest

from pellucid.engines.compiled import activation_kernels
from pellucid.engines.compiled.engine import CompiledEngine
from pellucid.engines.compiled.layout import ACTIVATION_CODES
from pellucid.errors import ParameterError
from pellucid.mathematics.activations import ACTIVATIONS, ELEMENTWISE, HIDDEN, get_activation
from pellucid.mathematics.activations.hidden import SELU_ALPHA, SELU_SCALE
from pellucid.mathematics.structure import Network
from reference_values import recipe

RECORDS = json.loads(recipe.VALUES_FILE.read_text(encoding="ascii"))["activations"]
EPS32 = float(np.finfo(np.float32).eps)

# A value or slope is a handful of operations, each rounded once (1/2 ulp), on an exponential or error function that
# the libraries give to about 1 ulp. Differences amplify what was rounded before: 1 + h s(-h) of SiLU at h = -1 is 0.27
# from numbers of size 1.7, a factor of 6; Phi(h) + h phi(h) of GELU at -1 is 0.083 from 0.40, a factor of 5.
FEW = 8


def allowed_ulps(name, h):
    """FEW, and for GELU the condition of erfc(h / sqrt 2) and exp(-h^2 / 2) too.

    Their arguments are rounded, and d log f / d log h is about h^2 for both (on the left, where they are small). An
    argument that went through two roundings (sqrt(1/2) itself, and the product) is off by up to 1 ulp = 2 half ulps.
    """
    amplification = min(h * h, 1400.0) if name == "gelu" and h < 0 else 0.0
    return FEW + amplification


def in_ulps(actual, expected):
    """The difference in units in the last place of the expected number; subnormals have theirs, 5e-324."""
    return abs(float(actual) - expected) / math.ulp(expected)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_activation_has_reference_values(name):
    """A new activation cannot be forgotten here: without reference values this test fails."""
    points = {record["h"] for record in RECORDS[name]}
    far = {709.75} if name == "exponential" else {750.0, 1e20}  # exp(750) is above the largest float

    assert {0.0, 5e-324, -5e-324, 37.0, -37.0, -750.0, -1e20, *far} <= points


@pytest.mark.parametrize("way", ["chapter", "compiled"])
@pytest.mark.parametrize("what", ["value", "slope"])
@pytest.mark.parametrize(("dtype", "h"), [(np.float64, 750.0), (np.float64, 1e20), (np.float32, 89.0)])
def test_an_exponential_beyond_the_largest_float_is_infinite(what, way, dtype, h):
    """Neither NaN nor cut off: a run that diverges must be seen to."""
    h = np.array([[h]], dtype)

    with np.errstate(over="ignore"):
        found = (
            getattr(ACTIVATIONS["exponential"], what)(h) if way == "chapter" else from_kernel("exponential", what, h)
        )

    assert found == np.inf


def test_the_constants_of_selu_are_those_of_its_fixed_point():
    """To the last bit of float64: the closed form of equation (14) of Klambauer et al. (2017)."""
    with mpmath.workdps(50):
        alpha, scale = recipe.selu_constants()

    assert (float(alpha), float(scale)) == (SELU_ALPHA, SELU_SCALE)


def test_the_slope_of_mish_keeps_its_digits_at_its_zero(record_error):
    """There t + h t' cancels: against 50 digits, at 200 points about h = -1.19."""
    h = np.linspace(-1.25, -1.15, 200)
    with mpmath.workdps(50):
        expected = [float(recipe.ACTIVATIONS["mish"][1](mpmath.mpf(point))) for point in h]

    for way, found in (
        ("chapter", ACTIVATIONS["mish"].slope(h)),
        ("compiled", from_kernel("mish", "slope", h[None])[0]),
    ):
        # 1 + h t'/t is a difference of numbers of size 1, each rounded a few times: 8 half ulps of 1, times t = 0.25.
        error = np.abs(found - expected).max()
        record_error(f"1, slope of mish at its zero ({way})", error, 4 * 2.0**-52 * 0.25, way)


def test_outputs_alone_have_the_exponential():
    """It is element-wise, so a loss may take it, but no hidden layer of an estimator may."""
    assert set(ELEMENTWISE) - set(HIDDEN) == {"exponential"}
    assert set(ACTIVATIONS) - set(ELEMENTWISE) == {"softmax"}


@pytest.mark.parametrize("what", ["value", "slope"])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_chapter_gives_the_reference_to_a_few_ulp(name, what, record_error):
    """value and slope at 0, +-tiny, +-37, +-750, +-1e20, as an array, without a warning (warnings are errors)."""
    h = np.array([record["h"] for record in RECORDS[name]])

    with np.errstate(over="raise", divide="raise", invalid="raise"):
        found = getattr(ACTIVATIONS[name], what)(h)

    for record, number in zip(RECORDS[name], found, strict=True):
        allowed = allowed_ulps(name, record["h"])
        where = f"{name}.{what}({record['h']:g})"
        rung = "1, chapter in ulp" + (", GELU with its condition" if allowed > FEW else "")
        record_error(rung, in_ulps(number, record[what]), allowed, where)


@pytest.mark.parametrize("what", ["value", "slope"])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_machine_code_gives_the_reference_to_a_few_ulp(name, what, record_error):
    """The kernels' value and slope at the same points: as little as the chapter, they may not overflow or be NaN."""
    h = np.array([[record["h"] for record in RECORDS[name]]])
    found = from_kernel(name, what, h)

    for record, number in zip(RECORDS[name], found[0], strict=True):
        allowed = allowed_ulps(name, record["h"])
        where = f"compiled {name}.{what}({record['h']:g})"
        rung = "1, compiled in ulp" + (", GELU with its condition" if allowed > FEW else "")
        record_error(rung, in_ulps(number, record[what]), allowed, where)


def from_kernel(name, what, h):
    code = ACTIVATION_CODES[name]
    if what == "value":
        Z = np.full_like(h, np.nan)
        activation_kernels.activate(code, h.reshape(-1), Z.reshape(-1), len(h))
        return Z
    d = np.ones_like(h)
    activation_kernels.multiply_by_slope(code, h.reshape(-1), d.reshape(-1))
    return d


@pytest.mark.parametrize("way", ["chapter", "compiled"])
@pytest.mark.parametrize("what", ["value", "slope"])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_float32_is_float64_rounded_to_a_few_eps(name, what, way, record_error):
    """In float32, at numbers that float32 holds exactly, the result is the float64 one to FEW eps (and GELU's h^2)."""
    h = np.unique(np.array([record["h"] for record in RECORDS[name]]).astype(np.float32))
    expected = getattr(ACTIVATIONS[name], what)(h.astype(np.float64))
    held = abs(expected) < float(np.finfo(np.float32).max)  # all but the exponential of 709.75
    h, expected = h[held], expected[held]
    if way == "chapter":
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            found = getattr(ACTIVATIONS[name], what)(h)
    else:
        found = from_kernel(name, what, h[None, :])[0]

    assert found.dtype == np.float32
    smallest = float(np.finfo(np.float32).smallest_subnormal)
    for h_i, actual, target in zip(h.astype(float), found.astype(float), expected, strict=True):
        # Below the normal range a result is only as fine as its steps. An intermediate of SiLU and GELU is multiplied
        # by |h| <= 750 after such a rounding.
        error = abs(actual - target) / max(abs(target) * EPS32, smallest)
        allowed = FEW + (min(h_i * h_i, 1400.0) if name == "gelu" and h_i < 0 else 0.0)
        record_error(f"1, float32 in eps ({way})", error, allowed, f"{name}.{what}({h_i:g})")


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_a_one_layer_network_of_the_engine_is_the_activation(name, record_error):
    """Through the engine, h = 1 x + 0: predict gives value(x) at every reference point."""
    network = Network([1, 1], [name], np.array([1.0, 0.0]))
    X = np.array([[record["h"]] for record in RECORDS[name]])

    found = CompiledEngine().predict(network, X)

    for record, number in zip(RECORDS[name], found[:, 0], strict=True):
        error = in_ulps(number, record["value"])
        record_error("1, engine in ulp", error, allowed_ulps(name, record["h"]), f"{name}({record['h']:g})")


@pytest.mark.parametrize("way", ["chapter", "compiled"])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_nan_stays_nan(name, way):
    """A NaN that goes in comes out: a run that diverges must be seen to."""
    h = np.array([[np.nan, 1.0]])

    found = ACTIVATIONS[name].value(h) if way == "chapter" else from_kernel(name, "value", h)

    assert np.isnan(found[0, 0])
    assert np.isfinite(found[0, 1])


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_jax_finds_the_slope_in_the_value_at_0_too(name, record_error):
    """Where abs, maximum and minimum have several derivatives, the formulae take one side: that of the stated slope."""
    block = ACTIVATIONS[name]
    with jax.enable_x64(True):
        for h in (-2.0, -1e-300, -0.0, 0.0, 1e-300, 2.0):
            found = float(jax.grad(block.value)(h))
            expected = float(block.slope(np.array(h)))
            record_error("1, jax.grad of the value", abs(found - expected), 4e-16, f"{name} at {h}")


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_stated_kinks_are_where_the_slope_jumps(name):
    """Slopes left and right of each stated kink differ by more than the step; at 0 without a kink they agree."""
    block = ACTIVATIONS[name]
    left, right = block.slope(np.array([-1e-9])), block.slope(np.array([1e-9]))

    assert (0.0 in block.kinks) == (abs(left - right).item() > 1e-6)


@pytest.mark.parametrize(
    "record", json.loads(recipe.VALUES_FILE.read_text("ascii"))["losses"]["cross_entropy"], ids=str
)
def test_softmax_is_the_reference(record, record_error):
    """Softmax in the chapter and in machine code: within FEW + D ulp, the sum of D terms being rounded D times."""
    h = np.array([record["h"]])
    limit = FEW + h.size
    Z = np.full_like(h, np.nan)
    activation_kernels.activate(ACTIVATION_CODES["softmax"], h.reshape(-1), Z.reshape(-1), 1)
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        chapter = ACTIVATIONS["softmax"].value(h)

    for way, found in (("chapter", chapter), ("compiled", Z)):
        for actual, expected in zip(found[0], record["softmax"], strict=True):
            record_error(f"1, softmax in ulp ({way})", in_ulps(actual, expected), limit, f"softmax{record['h']}")


@pytest.mark.parametrize("wrong", ["ReLU", "identity", "", None, 3])
def test_an_unknown_activation_is_refused_by_name(wrong):
    """A near miss is never guessed: the message lists what there is."""
    with pytest.raises(ParameterError, match=r"must be one of linear, relu, .*Got "):
        get_activation(wrong)
