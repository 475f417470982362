"""The pages of every loss with its parameters: computed again as in Python, or, for one's own, shown as recorded."""

import math
from dataclasses import replace

import numpy as np
import pytest

from browser.pages import LIMIT, assert_same_numbers, write_fields
from pellucid.glassbox.page.assembly import trace_page
from pellucid.glassbox.page.data import MATRICES
from pellucid.glassbox.page.inputs import AS_IT_IS
from pellucid.glassbox.page.mathml import short
from pellucid.glassbox.row import ColumnValue, Row
from pellucid.glassbox.trace import trace
from pellucid.mathematics.activations import Tanh
from pellucid.mathematics.losses import (
    RSS,
    Absolute,
    CrossEntropy,
    Gamma,
    Huber,
    Log,
    PerTarget,
    Poisson,
    Quantile,
    Tweedie,
)
from pellucid.mathematics.structure import Network

OWN_VALUES = (1.0, -0.5, 0.25)

# A loss with its parameters, the last activation of the network, and targets in the loss's domain.
CASES = {
    "huber": (Huber(0.3), "linear", [2.0, -1.0]),
    "huber, wide": (Huber(40.0), "tanh", [2.0, -1.0]),
    "one quantile": (Quantile(0.9), "linear", [2.0, -1.0]),
    "three quantiles of two targets": (Quantile(0.1, 0.5, 0.9), "linear", [0.2, -1.0]),
    "tweedie 1.2": (Tweedie(1.2), "exponential", [0.0, 3.0]),
    "tweedie 1": (Tweedie(1), "exponential", [0.0, 3.0]),
    "tweedie 2": (Tweedie(2), "exponential", [0.5, 3.0]),
    "smoothed labels": (Log(0.1), "sigmoid", [0.0, 1.0, 0.25]),
    "a smoothed class": (CrossEntropy(0.2), "softmax", [2.0]),
    "rss of exponentials": (RSS(), "exponential", [0.5, 3.0]),
    "one loss, two activations": (Absolute(), ["exponential", "linear"], [0.5, -3.0]),
    "huber and poisson": (PerTarget([Huber(0.5), Poisson()]), ["linear", "exponential"], [2.0, 3.0]),
    "one of each": (
        PerTarget(
            [RSS(), Absolute(), Quantile(0.2, 0.7), Log(0.1), Poisson(), Gamma(), Tweedie(1.7)],
            ["tanh", "linear", "softplus", "sigmoid", "exponential", "exponential", "exponential"],
        ),
        ["tanh", "linear", "softplus", "softplus", "sigmoid", "exponential", "exponential", "exponential"],
        [0.5, -1.0, 0.2, 1.0, 4.0, 2.0, 0.0],
    ),
}


def network_for(loss, last, y, rng):
    n_outputs = 4 if isinstance(loss, CrossEntropy) else len(y) * loss.outputs_per_target
    n_outputs = len(last) if isinstance(last, list) else n_outputs
    return Network.initialise([3, 4, n_outputs], ["tanh", last], random_state=rng)


def numbers_of_steps(page, *steps):
    """What is read in these steps, number by number."""
    named = "(step) => [...document.querySelectorAll(`#step-${step} [data-key]`)].map((e) => e.textContent)"
    return [page.evaluate(named, step) for step in steps]


@pytest.mark.parametrize("name", CASES)
def test_every_loss_is_computed_again_with_its_parameters(read, rng, name):
    loss, last, y = CASES[name]
    network = network_for(loss, last, y, rng)
    changed = rng.normal(scale=2, size=3)
    reader = read()
    reader.open(trace_page(trace(network, OWN_VALUES, y, loss, solver="adam")))

    assert float(reader.page.locator("#agreement").get_attribute("data-largest")) <= LIMIT
    assert_same_numbers(reader.numbers(), trace(network, OWN_VALUES, y, loss, solver="adam"))
    write_fields(reader.page, changed)
    assert_same_numbers(reader.numbers(), trace(network, changed, y, loss, solver="adam"))


@pytest.mark.parametrize("name", ["three quantiles of two targets", "huber and poisson", "tweedie 1.2"])
def test_a_missing_target_takes_all_its_outputs_with_it(read, rng, name):
    loss, last, y = CASES[name]
    network, holes = network_for(loss, last, y, rng), [y[0], math.nan]
    reader = read()
    reader.open(trace_page(trace(network, OWN_VALUES, holes, loss)))

    assert float(reader.page.locator("#agreement").get_attribute("data-largest")) <= LIMIT
    write_fields(reader.page, [0.5, 2.0, -1.0])
    expected = trace(network, [0.5, 2.0, -1.0], holes, loss)
    assert_same_numbers(reader.numbers(), expected)
    n = len(expected.y_hat) // 2
    assert np.array_equal(reader.numbers()["dL_dh"][2][n:], [0.0] * n)


@pytest.mark.parametrize("name", [name for name in CASES if name != "one of each"])  # its outputs are folded
def test_pointing_at_an_output_writes_the_block_of_its_own_loss(read, rng, name):
    loss, last, y = CASES[name]
    made = trace(network_for(loss, last, y, rng), OWN_VALUES, y, loss)
    reader = read()
    reader.open(trace_page(made), step="loss")
    for i in range(len(made.y_hat)):
        reader.page.locator(f'#diagram circle.neuron[data-layer="2"][data-unit="{i}"]').hover()
        results = reader.page.locator("#pointed-sums .result").all_text_contents()
        target = loss.target_of_output(len(made.y_hat))[i]
        part = loss.losses[target] if isinstance(loss, PerTarget) else loss
        # h and z, then the factored form, then the block where the loss is paired with its activation.
        assert results[2:] == [short(made.layers[2].dL_dh[0, i])] * (2 if part.paired else 1)


def test_a_saturated_label_among_other_targets_does_not_disturb_the_page(read):
    network = Network.from_arrays([([[1.0], [1.0]], [0.0, 0.0], ["linear", "sigmoid"])])
    loss = PerTarget([Huber(), Log()])
    for x in (36.0, 50.0):
        reader = read()
        reader.open(trace_page(trace(network, [x], [0.0, 0.0], loss)))
        assert float(reader.page.locator("#agreement").get_attribute("data-largest")) <= LIMIT


class LogCosh(Absolute):
    """A loss of the user's own."""

    name = "log_cosh"
    formula = "log cosh(y - y_hat)"
    kinks = ()

    def value(self, Y, Y_hat):
        return np.log(np.cosh(Y - Y_hat))

    def derivative(self, Y, Y_hat):
        return np.tanh(Y_hat - Y)


class Cube(Tanh):
    """An activation of the user's own, under the name of a known one."""

    formula = "h^3"
    slope_formula = "3 h^2"

    def value(self, h):
        return h**3

    def slope(self, h):
        return 3 * h**2


OWN = {
    "a loss": (LogCosh(), ["tanh", "linear"], "log_cosh"),
    "a loss of one target": (PerTarget([RSS(), LogCosh()]), ["tanh", ["linear", "linear"]], "log_cosh"),
    "an activation under a known name": (RSS(), [Cube(), "linear"], "tanh"),
    "an activation of one output": (RSS(), ["tanh", ["linear", Cube()]], "tanh"),
}


@pytest.mark.parametrize("name", OWN)
def test_of_ones_own_the_page_shows_what_was_recorded_and_says_so(read, name):
    loss, activations, said = OWN[name]
    network = Network.initialise([3, 4, 2], activations, random_state=0)
    made = trace(network, OWN_VALUES, [1.0, -1.0], loss)
    reader = read()
    reader.open(trace_page(made))

    text = reader.page.locator("body").inner_text()
    assert f"but not {said}" in text or f", {said}" in text
    assert "It does not compute again" in text
    assert reader.page.locator("#inputs .slider, #inputs .field").count() == 0
    assert_same_numbers(reader.numbers(), made, MATRICES)
    for step in ("loss", "dL_dy_hat", "dL_dh2", "update"):
        reader.page.locator(f'#map a[href="#step-{step}"]').click()
        assert reader.current() == step
    reader.page.locator('#diagram circle.neuron[data-layer="2"][data-unit="1"]').hover()
    assert reader.page.locator("#pointed-words").inner_text().startswith("Output 2")


def test_numbers_of_written_losses_follow_the_inputs(read, rng):
    loss, last, y = CASES["one of each"]
    network = network_for(loss, last, y, rng)
    reader = read()
    reader.open(trace_page(trace(network, OWN_VALUES, y, loss)))
    write_fields(reader.page, [0.25, 1.5, -3.0])
    reader.numbers()

    computed_there = numbers_of_steps(reader.page, "loss", "dL_dy_hat", "dL_dh2")
    reader.open(trace_page(trace(network, [0.25, 1.5, -3.0], y, loss)))
    assert numbers_of_steps(reader.page, "loss", "dL_dy_hat", "dL_dh2") == computed_there
    assert min(map(len, computed_there)) > 20


def test_quantiles_that_have_crossed_change_places_in_the_prediction(read):
    network = Network.from_arrays([([[2.0], [-1.0]], [0.0, 0.5], "linear")])

    def made(x):
        raw = 10 * np.array([2 * x, 0.5 - x]) + 1
        order = np.argsort(raw)
        slopes = 10 * np.array([2.0, -1.0])[order]
        column = ColumnValue("a", "number", x, "", (0,), (x,), AS_IT_IS, "z = x", (x,), sensitivity=tuple(slopes))
        names = ("price at 0.1", "price at 0.9")
        back = {"kind": "standardise", "mean": 1.0, "scale": 10.0, "limits": None, "factor": 1.0}
        row = Row(
            *((column,), ("a",), names, raw[order], (3.0,), ("price",), (back, back), "price"),
            ordered=((0, 1),),
        )
        return replace(trace(network, [x], 0.2, Quantile(0.1, 0.9)), row=row)

    reader = read()
    reader.open(trace_page(made(1.0)))
    assert float(reader.page.locator("#agreement").get_attribute("data-largest")) <= LIMIT
    assert reader.numbers()["prediction"] == pytest.approx([-4, 21])
    write_fields(reader.page, [-1.0])
    assert_same_numbers(reader.numbers(), made(-1.0))
    shown = reader.page.locator("#inputs .sensitivity").first
    assert float(shown.get_attribute("data-value")) == pytest.approx(made(-1.0).row.columns[0].sensitivity[0])
