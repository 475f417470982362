"""The page computes again when an input is changed, and its numbers are Python's."""

import math
from dataclasses import replace

import mpmath
import numpy as np
import pytest

from browser.pages import LIMIT, assert_same_numbers, small_trace, write_fields
from cases import PLAIN_HEADS
from pellucid.glassbox.page.assembly import trace_page
from pellucid.glassbox.page.mathml import short
from pellucid.glassbox.page.numbers import Numbers
from pellucid.glassbox.trace import trace
from pellucid.mathematics.activations import HIDDEN
from pellucid.mathematics.losses import LOSSES
from pellucid.mathematics.structure import Network
from pellucid.mathematics.updates import Descent, Momentum, RMSprop

STEPS = (
    "gd", "sgd", "adam", "adamw", "rmsprop",
    Descent(Momentum(), weight_decay=0.2, clip_norm=0.1), Descent(RMSprop(), clip_norm=100.0),
)  # fmt: skip


# Names of losses at their defaults; test_losses_in_browser.py has those with numbers of their own.
HEADS = [(head.loss.name, head.output) for head in PLAIN_HEADS if LOSSES.get(head.loss.name) == head.loss]


def target_for(loss, n_outputs):
    """Of each kind: labels, the number of a class, counts with a 0 among them, amounts, any numbers."""
    if loss == "cross_entropy":
        return 1.0
    special = {"log": [0.0, 1.0, 0.3], "poisson": [0.0, 3.0, 1.0], "tweedie": [2.5, 0.0, 1.0], "gamma": [0.5, 2.0, 9.0]}
    return np.array(special.get(loss, [-1.0, 0.0, 1.0])[:n_outputs])


# Every activation and every loss with its output, in turn; their product is in the long form.
IN_TURN = [(HIDDEN[i % len(HIDDEN)], HEADS[i % len(HEADS)]) for i in range(max(len(HIDDEN), len(HEADS)))]


@pytest.mark.parametrize(("hidden", "head"), IN_TURN, ids=str)
def test_changed_inputs_give_pythons_numbers(read, rng, hidden, head):
    loss, output = head
    network = Network.initialise([3, 4, 3], [hidden, output], random_state=int(rng.integers(2**31)))
    y = target_for(loss, 3)
    solver = STEPS[int(rng.integers(len(STEPS)))]
    own, changed = rng.normal(size=3), rng.normal(scale=2, size=3)
    reader = read()
    reader.open(trace_page(trace(network, own, y, loss, solver=solver)))

    assert float(reader.page.locator("#agreement").get_attribute("data-largest")) <= LIMIT
    assert_same_numbers(reader.numbers(), trace(network, own, y, loss, solver=solver))
    write_fields(reader.page, changed)
    assert_same_numbers(reader.numbers(), trace(network, changed, y, loss, solver=solver))


@pytest.mark.verify
@pytest.mark.parametrize("head", HEADS, ids=str)
@pytest.mark.parametrize("hidden", HIDDEN)
def test_every_activation_with_every_loss_gives_pythons_numbers(read, rng, hidden, head):
    loss, output = head
    network = Network.initialise([3, 4, 4, 3], [hidden, hidden, output], random_state=int(rng.integers(2**31)))
    y = target_for(loss, 3)
    reader = read()
    reader.open(trace_page(trace(network, rng.normal(size=3), y, loss)))

    for changed in rng.normal(scale=3, size=(3, 3)):
        write_fields(reader.page, changed)
        assert_same_numbers(reader.numbers(), trace(network, changed, y, loss))


def test_numbers_that_are_shown_follow_the_inputs(read):
    reader = read()
    reader.open(trace_page(small_trace()))
    texts = "() => [...document.querySelectorAll('[data-key]')].map((e) => [e.dataset.key, e.textContent])"
    own = reader.page.evaluate(texts)
    write_fields(reader.page, [0.25, 1.5, -3.0])
    reader.numbers()
    numbers = Numbers(small_trace(x=[0.25, 1.5, -3.0]))
    shown = reader.page.evaluate(texts)

    assert shown != own
    assert [(key, text) for key, text in shown if text != short(float(numbers[key]))] == []
    assert reader.page.locator("#status").inner_text().startswith("Inputs were changed")
    reader.page.get_by_role("button", name="Back to the row’s own values").click()
    assert reader.page.evaluate(texts) == own


def test_slider_moves_the_field_and_the_numbers(read):
    reader = read()
    reader.open(trace_page(small_trace()))
    slider = reader.page.locator('#inputs tr[data-column="1"] .slider')
    slider.focus()
    for _ in range(3):
        reader.page.keyboard.press("PageUp")
    value = float(reader.page.locator('#inputs tr[data-column="1"] .field').input_value())

    assert value > -0.5
    assert math.isclose(value, float(slider.input_value()), rel_tol=1e-5)
    assert_same_numbers(reader.numbers(), small_trace(x=[1.0, value, 2.0]))


def test_saturated_and_infinite_factors_do_not_disturb_the_page(read):
    network = Network.from_arrays([([[1.0], [-1.0]], [0.0, 0.0], "sigmoid")])
    for x in (30.0, 36.0, 50.0, 800.0):
        reader = read()
        reader.open(trace_page(trace(network, [x], [0.0, 1.0], "log")))
        assert float(reader.page.locator("#agreement").get_attribute("data-largest")) <= LIMIT
        write_fields(reader.page, [-x])
        assert_same_numbers(reader.numbers(), trace(network, [-x], [0.0, 1.0], "log"), ("dL_dy_hat", "dL_dz"))


def test_missing_target_counts_for_nothing_in_the_page_too(read):
    network = Network.initialise([3, 4, 2], ["tanh", "linear"], random_state=0)
    reader = read()
    reader.open(trace_page(trace(network, [1.0, -0.5, 2.0], [math.nan, -1.0], "rss")))

    assert float(reader.page.locator("#agreement").get_attribute("data-largest")) <= LIMIT
    write_fields(reader.page, [0.0, 0.5, 1.0])
    assert_same_numbers(reader.numbers(), trace(network, [0.0, 0.5, 1.0], [math.nan, -1.0], "rss"))


def test_page_says_loudly_that_its_numbers_are_not_pythons(read):
    made = small_trace()
    wrong = made.layers[1].dL_dW * (1 + 2e-9)
    layers = (made.layers[0], replace(made.layers[1], dL_dW=wrong), made.layers[2])
    reader = read()
    reader.open(trace_page(replace(made, layers=layers)))
    agreement = reader.page.locator("#agreement")

    assert 1e-9 < float(agreement.get_attribute("data-largest")) < 1e-8
    assert agreement.get_attribute("role") == "alert"
    assert "Do not trust" in agreement.inner_text()
    assert "dL_dW of layer 1" in agreement.inner_text()


def test_error_function_has_full_precision(read):
    reader = read()
    reader.open(trace_page(small_trace()))
    x = [*np.linspace(-6, 26, 321).tolist(), 0.0, 0.46875, 4.0, -40.0, 30.0]
    actual = reader.page.evaluate("(x) => x.map(window.pellucid.erfc)", x)
    with mpmath.workdps(40):  # SciPy's own is 6e-14 off in the far tail
        expected = [float(mpmath.erfc(mpmath.mpf(value))) for value in x]

    np.testing.assert_allclose(actual, expected, rtol=2e-15, atol=5e-324)
