"""The reference values can be made again from their recipe, and are what they say they are."""

import json
import math
from decimal import Decimal, localcontext

import pytest

from reference_values import recipe

VALUES = json.loads(recipe.VALUES_FILE.read_text(encoding="ascii"))


def at(name, h):
    return next(record for record in VALUES["activations"][name] if record["h"] == h)


def test_the_recipe_makes_the_file_again_byte_for_byte():
    """values.json is what the recipe writes, so nobody has edited a number by hand."""
    assert recipe.VALUES_FILE.read_bytes() == recipe.to_text(recipe.make_values()).encode("ascii")


def test_every_number_is_finite():
    """No reference value is NaN or infinite, so every one of them can be demanded of the code."""

    def numbers(node):
        if isinstance(node, dict | list):
            for child in node.values() if isinstance(node, dict) else node:
                yield from numbers(child)
        else:
            yield node

    assert all(math.isfinite(number) for number in numbers(VALUES))


@pytest.mark.parametrize("h", [-37.0, -2.5, -0.5, 1.0, 10.0])
def test_sigmoid_agrees_with_decimal_arithmetic(h):
    """The standard library's 60-digit decimals round to the same sigmoid and the same slope."""
    with localcontext(prec=60):
        s = 1 / (1 + Decimal(-h).exp())
        assert (at("sigmoid", h)["value"], at("sigmoid", h)["slope"]) == (float(s), float(s * (1 - s)))


@pytest.mark.parametrize(("name", "slope"), [("relu", 0.0), ("leaky_relu", 0.01), ("elu", 1.0)])
def test_the_slope_at_a_kink_is_the_stated_one(name, slope):
    """At h = 0 ReLU has slope 0, leaky ReLU 0.01 and ELU 1."""
    assert at(name, 0.0)["slope"] == slope


def test_values_in_the_subnormal_range_are_rounded_once():
    """750 exp(-750) is 1.4e-323, three times the smallest float; half of 5e-324 rounds by 0.5 + 2e-324."""
    assert at("silu", -750.0)["value"] == -3 * 5e-324
    assert at("gelu", 5e-324)["value"] == 5e-324
    assert at("gelu", -5e-324)["value"] == 0.0


def test_the_gradient_of_cross_entropy_adds_up_to_zero():
    """Adding a constant to every output changes nothing, so the slopes cancel to rounding."""
    for record in VALUES["losses"]["cross_entropy"]:
        assert abs(math.fsum(record["dL_dh"])) <= 2e-16
        assert math.fsum(record["softmax"]) == pytest.approx(1.0, rel=4e-16)


def test_the_log_loss_of_a_hopeless_prediction_is_h_itself():
    """At h = 1e20 with y = 0, and at -1e20 with y = 1, the loss is 1e20: nothing is clipped."""
    hopeless = {(1e20, 0.0): 1.0, (-1e20, 1.0): -1.0}
    found = {(r["h"], r["y"]): r for r in VALUES["losses"]["log"]}
    for key, slope in hopeless.items():
        assert (found[key]["value"], found[key]["dL_dh"]) == (1e20, slope)
