"""The page of a trace in a real browser: steps, keys, sliders, pointing; nothing asked for, nothing foreign run."""

import json
import math
from dataclasses import replace

import mpmath
import numpy as np
import pandas as pd
import pytest

from cases import HEADS
from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.glassbox.mathml import short
from pellucid.glassbox.numbers import Numbers
from pellucid.glassbox.page import trace_page
from pellucid.glassbox.trace import trace
from pellucid.mathematics.activations import ELEMENTWISE
from pellucid.mathematics.structure import Network

LIMIT = 1e-9  # of the largest entry of the same array
HOSTILE = ('<img src=x onerror="window.hacked=1">', "</script><script>window.hacked=1</script>", "a&b<!--")
STAGES = ["x", "h1", "z1", "h2", "z2", "loss", "dL_dy_hat", "dL_dh2", "dL_dW2", "dL_dc2", "dL_dz1", "dL_dh1"]
STAGES += ["dL_dW1", "dL_dc1", "dL_dz0", "update"]


def small_trace(x=(1.0, -0.5, 2.0), y=(1.0, -1.0), solver="gd"):
    network = Network.initialise([3, 4, 2], ["tanh", "linear"], random_state=0)
    return trace(network, x, y, None if y is None else "rss", solver=solver)


def target_for(loss, n_outputs):
    return {"rss": np.linspace(-1, 1, n_outputs), "log": np.array([0.0, 1.0, 0.3])[:n_outputs]}.get(loss, 1.0)


def leaves(name, value):
    """Arrays of a tree, layer by layer, with their names."""
    if isinstance(value, list) and any(entry is None or np.ndim(entry) > 0 for entry in value):
        return [(f"{name}.{l}", np.asarray(entry, float)) for l, entry in enumerate(value) if entry is not None]
    return [(name, np.asarray(value, float))]


def assert_same_numbers(actual, made, leave_out=()):
    """Every array of the page is Python's, to 1e-9 of its largest entry."""
    for name, tree in Numbers(made).tree.items():
        for key, expected in leaves(name, tree):
            if name in leave_out:
                continue
            at = actual
            for part in key.split("."):
                at = at[int(part)] if isinstance(at, list) else at[part]
            largest = np.abs(expected[np.isfinite(expected)]).max(initial=0.0)
            np.testing.assert_allclose(np.asarray(at, float), expected, rtol=0, atol=LIMIT * largest, err_msg=key)


def write_fields(page, values):
    """Type a value into the number field of every input."""
    for at, value in enumerate(values):
        page.locator(f'#inputs tr[data-column="{at}"] .field').fill(repr(float(value)))


# ---- stepping


def test_buttons_lead_through_every_step_and_back(read):
    reader = read()
    address = reader.open(trace_page(small_trace()))
    forward = [reader.current()]
    for _ in STAGES[1:]:
        reader.page.get_by_role("button", name="Next").click()
        forward.append(reader.current())

    assert forward == STAGES
    assert reader.page.url == f"{address}#step-update"
    assert reader.page.locator("#where").inner_text() == f"Step {len(STAGES)} of {len(STAGES)}: The step"
    assert reader.page.locator("#where").get_attribute("aria-live") == "polite"
    reader.page.get_by_role("button", name="Next").click(force=True)  # at the end it keeps the focus and does nothing
    assert reader.current() == "update"
    reader.page.get_by_role("button", name="‹ Back").click()
    assert reader.current() == "dL_dz0"
    reader.page.get_by_role("button", name="First step").click()
    assert reader.current() == "x"
    reader.page.get_by_role("button", name="Last step").click()
    assert reader.current() == "update"


def test_keys_lead_through_every_step_but_not_out_of_a_field(read):
    reader = read()
    reader.open(trace_page(small_trace()))
    seen = []
    for _ in STAGES:
        seen.append(reader.current())
        reader.page.keyboard.press("ArrowRight")
    assert seen == STAGES
    reader.page.keyboard.press("ArrowLeft")
    assert reader.current() == STAGES[-2]
    reader.page.keyboard.press("Home")
    assert reader.current() == "x"
    reader.page.keyboard.press("End")
    assert reader.current() == "update"
    reader.page.locator("#inputs .field").first.focus()
    reader.page.keyboard.press("Home")
    reader.page.keyboard.press("ArrowLeft")
    assert reader.current() == "update"


def test_address_and_links_choose_the_step(read):
    reader = read()
    reader.open(trace_page(small_trace()), step="dL_dW2")
    assert reader.current() == "dL_dW2"
    reader.page.locator(".stage.current .sources a").first.click()
    assert reader.current() == "dL_dh2"
    reader.page.evaluate("location.hash = '#step-z1'")
    reader.page.wait_for_function("document.querySelector('.stage.current').dataset.stage === 'z1'")
    reader.page.locator('#map a[href="#step-loss"]').click()
    assert reader.current() == "loss"
    assert reader.page.locator("#map a[aria-current]").get_attribute("href") == "#step-loss"


def test_diagram_shows_what_has_been_made_and_marks_the_layer(read):
    made = small_trace()
    reader = read()
    reader.open(trace_page(made), step="h1")
    value = '#diagram text.value[data-layer="{}"][data-unit="{}"]'

    def shown(layer, unit):
        return reader.page.locator(value.format(layer, unit)).text_content()

    assert reader.page.locator("#diagram g.layer.current").get_attribute("data-layer") == "1"
    assert float(shown(1, 2).replace("−", "-")) == float(f"{made.layers[1].h[2]:.3g}")
    assert shown(2, 0) == ""
    reader.page.keyboard.press("End")
    assert float(shown(1, 2).replace("−", "-")) == float(f"{made.layers[1].dL_dh[0, 2]:.3g}")


# ---- the page's own numbers


@pytest.mark.parametrize(
    ("hidden", "head"),
    [*((hidden, ("rss", "linear")) for hidden in ELEMENTWISE), *(("tanh", head) for head in HEADS)],
    ids=str,
)
def test_changed_inputs_give_pythons_numbers(read, rng, hidden, head):
    loss, output = head
    network = Network.initialise([3, 4, 3], [hidden, output], random_state=int(rng.integers(2**31)))
    y = target_for(loss, 3)
    solver = str(rng.choice(["gd", "sgd", "adam"]))
    own, changed = rng.normal(size=3), rng.normal(scale=2, size=3)
    reader = read()
    reader.open(trace_page(trace(network, own, y, loss, solver=solver)))

    assert float(reader.page.locator("#agreement").get_attribute("data-largest")) <= LIMIT
    assert_same_numbers(reader.numbers(), trace(network, own, y, loss, solver=solver))
    write_fields(reader.page, changed)
    assert_same_numbers(reader.numbers(), trace(network, changed, y, loss, solver=solver))


@pytest.mark.verify
@pytest.mark.parametrize("head", HEADS, ids=str)
@pytest.mark.parametrize("hidden", ELEMENTWISE)
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


# ---- fitted models


@pytest.fixture(scope="module")
def table():
    generator = np.random.default_rng(0)
    n = 120
    frame = pd.DataFrame(
        {
            "size": generator.normal(80, 20, n),
            "town": generator.choice(["Bern", "Rome", "Oslo"], n),
            "age": np.where(generator.random(n) < 0.2, np.nan, generator.normal(30, 9, n)),
        }
    )
    frame.loc[5, "town"] = None
    return frame


def test_columns_of_a_fitted_model_are_encoded_as_in_python(read, table):
    price = 3 * table["size"] + 100 * (table["town"] == "Rome")
    model = FeedForwardRegressor((4,), activation="tanh", max_iter=5, random_state=0).fit(table, price)
    made = model.trace(table.iloc[[0]], price.iloc[0])
    reader = read()
    reader.open(trace_page(made))
    assert float(reader.page.locator("#agreement").get_attribute("data-largest")) <= LIMIT
    line = '#inputs tr[data-column="{}"] {}'

    reader.page.locator(line.format(0, ".field")).fill("123.5")
    reader.page.locator(line.format(1, ".levels")).select_option("Oslo")
    reader.page.locator(line.format(2, ".missing")).check()
    changed = pd.DataFrame({"size": [123.5], "town": ["Oslo"], "age": [np.nan]})
    expected = model.trace(changed, price.iloc[0])
    assert_same_numbers(reader.numbers(), expected, ("step_W", "step_c", "new_W", "new_c", "J_before", "J_after"))
    sensitivities = reader.page.locator("#inputs .sensitivity")
    shown = [float(sensitivities.nth(at).get_attribute("data-value")) for at in range(3)]
    np.testing.assert_allclose(shown, [column.sensitivity[0] for column in expected.row.columns], rtol=LIMIT)

    reader.page.locator(line.format(1, ".levels")).select_option(label="missing")
    reader.page.locator(line.format(2, ".missing")).uncheck()
    reader.page.locator(line.format(2, ".field")).fill("41")
    changed = pd.DataFrame({"size": [123.5], "town": pd.Series([None], dtype=object), "age": [41.0]})
    expected = model.trace(changed, price.iloc[0])
    assert_same_numbers(reader.numbers(), expected, ("step_W", "step_c", "new_W", "new_c", "J_before", "J_after"))


@pytest.mark.parametrize("classes", [["no", "yes"], ["a", "b", "c"]])
def test_classifier_shows_probabilities_of_all_classes(read, table, classes):
    labels = np.array(classes)[(table["size"].rank(pct=True) * len(classes) * 0.999).astype(int)]
    model = FeedForwardClassifier((4,), max_iter=5, random_state=0).fit(table, labels)
    made = model.trace(table.iloc[[3]], labels[3])
    reader = read()
    reader.open(trace_page(made))

    assert float(reader.page.locator("#agreement").get_attribute("data-largest")) <= LIMIT
    reader.page.locator('#inputs tr[data-column="0"] .field').fill("100")
    changed = table.iloc[[3]].assign(size=100.0)
    expected = model.trace(changed, labels[3])
    np.testing.assert_allclose(reader.numbers()["prediction"], expected.row.prediction, rtol=LIMIT)
    assert reader.page.locator("#predictions tbody tr").count() == len(classes)
    last = len(classes) - 1
    reader.page.locator("#output").select_option(str(last))
    shown = float(reader.page.locator("#inputs .sensitivity").first.get_attribute("data-value"))
    assert math.isclose(shown, expected.row.columns[0].sensitivity[last], rel_tol=LIMIT)


def test_unseen_level_keeps_its_text_until_another_is_chosen(read, table):
    price = 3 * table["size"]
    model = FeedForwardRegressor((3,), max_iter=2, random_state=0).fit(table, price)
    row = table.iloc[[0]].assign(town="Paris")
    reader = read()
    reader.open(trace_page(model.trace(row)))
    levels = reader.page.locator("#inputs .levels")

    assert levels.input_value() == "Paris"
    assert "'Paris' was not seen in training" in reader.page.locator(".notes").inner_text()
    levels.select_option("Rome")
    expected = model.trace(table.iloc[[0]].assign(town="Rome"))
    np.testing.assert_allclose(reader.numbers()["prediction"], expected.row.prediction, rtol=LIMIT)
    reader.page.get_by_role("button", name="Back to the row’s own values").click()
    assert levels.input_value() == "Paris"


# ---- pointing


def test_pointing_at_a_weight_marks_its_neuron_and_writes_out_its_sum(read):
    made = small_trace()
    reader = read()
    reader.open(trace_page(made), step="dL_dW1")
    reader.page.locator('.stage.current mtable mn[data-key="dL_dW.1.2.1"]').first.hover()

    assert "The weight from input 2 (x_2) to neuron 3 of layer 1." in reader.page.locator("#pointed-words").inner_text()
    marked = reader.page.locator("#diagram circle.affected")
    assert [(m.get_attribute("data-layer"), m.get_attribute("data-unit")) for m in marked.all()] == [("1", "2")]
    line = reader.page.locator("#diagram line.pointed")
    assert [line.get_attribute(name) for name in ("data-layer", "data-to", "data-from")] == ["1", "2", "1"]
    result = reader.page.locator("#pointed-sums .result").last.text_content()
    assert result == short(float(made.layers[1].dL_dW[2, 1]))
    terms = reader.page.locator("#pointed-sums math").last.text_content()
    assert short(float(made.layers[1].dL_dh[0, 2])) in terms
    assert terms.count("(0)") == 3  # of four neurons, three are not moved


def test_pointing_at_a_neuron_sums_over_the_layer_above_and_a_click_keeps_it(read):
    made = small_trace()
    reader = read()
    reader.open(trace_page(made))
    circle = reader.page.locator('#diagram circle.neuron[data-layer="1"][data-unit="0"]')
    circle.click()

    assert reader.page.locator("#diagram circle.affected").count() == 2
    results = [r.text_content() for r in reader.page.locator("#pointed-sums .result").all()]
    layer = made.layers[1]
    expected = [layer.h[0], layer.z[0], layer.dL_dz[0, 0], layer.dL_dh[0, 0]]
    assert results == [short(float(value)) for value in expected]
    write_fields(reader.page, [0.0, 1.0, 0.5])
    reader.numbers()
    changed = small_trace(x=[0.0, 1.0, 0.5]).layers[1]
    results = [r.text_content() for r in reader.page.locator("#pointed-sums .result").all()]
    assert results[-1] == short(float(changed.dL_dh[0, 0]))
    reader.page.locator("#diagram circle.neuron").last.hover()
    assert "Neuron 1 of layer 1" in reader.page.locator("#pointed-words").inner_text()
    reader.page.keyboard.press("Escape")
    assert reader.page.locator(".pointed, .affected").count() == 0


def test_pointing_works_by_keyboard(read):
    made = small_trace()
    reader = read()
    reader.open(trace_page(made))
    reader.page.locator('#diagram circle.neuron[data-layer="2"][data-unit="1"]').focus()
    assert "Output 2 (y_2)" in reader.page.locator("#pointed-words").inner_text()
    reader.page.locator("#pointed summary").press("Enter")
    reader.page.locator('#chooser select[name="kind"]').select_option("intercept")
    reader.page.locator('#chooser input[name="to"]').fill("3")
    assert "The intercept of neuron 3 of layer 1" in reader.page.locator("#pointed-words").inner_text()
    result = reader.page.locator("#pointed-sums .result").last.text_content()
    assert result == short(float(made.layers[1].dL_dc[2]))


def test_folded_matrix_opens_with_all_its_numbers(read):
    network = Network.initialise([20, 12, 2], ["relu", "linear"], random_state=0)
    made = trace(network, np.linspace(-1, 1, 20), [0.0, 1.0], "rss")
    reader = read()
    reader.open(trace_page(made), step="dL_dW1")
    reader.page.locator('.stage.current details[data-whole="dL_dW.1"] summary').click()
    cells = reader.page.locator('.stage.current details[data-whole="dL_dW.1"] [data-key]')

    assert cells.count() == 240
    values = reader.page.evaluate(
        "() => [...document.querySelectorAll('.stage.current .whole [data-key]')].map((e) => Number(e.dataset.value))"
    )
    assert np.array_equal(np.reshape(values, (12, 20)), made.layers[1].dL_dW)


# ---- what the page must not do, and where it must work


def test_page_asks_the_network_for_nothing(read):
    reader = read()
    address = reader.open(trace_page(small_trace()))
    for _ in STAGES:
        reader.page.keyboard.press("ArrowRight")
    write_fields(reader.page, [0.0, 1.0, 2.0])
    reader.numbers()
    reader.page.wait_for_load_state("networkidle")

    assert reader.requests == [address]


def test_hostile_names_are_shown_as_text_and_run_nothing(read):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({name: generator.normal(size=40) for name in HOSTILE})
    frame["town"] = generator.choice(HOSTILE, 40)
    labels = np.array(HOSTILE)[generator.integers(0, 3, 40)]
    model = FeedForwardClassifier((3,), max_iter=2, random_state=0).fit(frame, labels)
    made = model.trace(frame.iloc[[0]], labels[0])
    made = replace(made, row=replace(made.row, source=HOSTILE[1], number=0, line=2))
    reader = read()
    address = reader.open(trace_page(made))
    for _ in range(20):
        reader.page.keyboard.press("ArrowRight")
    for l, unit in ((0, 0), (2, 1)):
        reader.page.locator(f'#diagram circle.neuron[data-layer="{l}"][data-unit="{unit}"]').hover()
    reader.page.locator("#inputs .levels").select_option(HOSTILE[1])
    reader.numbers()

    assert reader.page.evaluate("window.hacked") is None
    assert reader.page.locator("img").count() == 0
    assert reader.page.title() == f"Row 0 of {HOSTILE[1]}"
    assert HOSTILE[0] in reader.page.locator("#inputs").inner_text()
    assert HOSTILE[0] in reader.page.locator("#pointed-words").inner_text()
    assert reader.requests == [address]


def test_policy_stops_a_script_that_is_not_the_pages_own(read):
    reader = read()
    text = trace_page(small_trace())
    reader.open(text.replace("</header>", "<script>window.hacked = 1</script></header>"))

    assert reader.page.evaluate("window.hacked") is None
    assert any("Content Security Policy" in complaint for complaint in reader.complaints)
    reader.complaints.clear()


@pytest.mark.parametrize("width", [360, 390, 768])
def test_page_is_no_wider_than_a_phone(read, table, width):
    price = 3 * table["size"]
    model = FeedForwardRegressor((16, 16), max_iter=2, random_state=0).fit(table, price)
    made = model.trace(table.iloc[[0]], price.iloc[0])
    reader = read(viewport={"width": width, "height": 800}, has_touch=True)
    reader.open(trace_page(made))
    for _ in range(22):
        assert reader.page.evaluate("document.documentElement.scrollWidth") <= width, reader.current()
        reader.page.keyboard.press("ArrowRight")


def test_print_shows_all_steps(read):
    reader = read()
    reader.open(trace_page(small_trace()))
    reader.page.emulate_media(media="print")

    assert reader.page.locator(".stage:visible").count() == len(STAGES)
    assert not reader.page.locator("#stepper").is_visible()
    assert not reader.page.locator("#inputs .slider").first.is_visible()


def test_page_without_its_script_shows_all_steps(read):
    reader = read(java_script_enabled=False)
    reader.open(trace_page(small_trace()))

    assert reader.page.locator(".stage:visible").count() == len(STAGES)
    assert not reader.page.locator("#stepper").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_paper(read, scheme):
    reader = read(color_scheme=scheme)
    reader.open(trace_page(small_trace()))
    colours = reader.page.evaluate(
        """() => {
          const style = getComputedStyle(document.documentElement);
          const probe = document.createElement("i");
          document.body.append(probe);
          const parts = (name) => {
            probe.style.color = style.getPropertyValue(name);
            return getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(Number);
          };
          return Object.fromEntries(["--paper", "--panel", "--ink", "--quiet", "--forward", "--backward", "--loss"]
            .map((name) => [name, parts(name)]));
        }"""
    )

    def luminance(colour):
        linear = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
        return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))

    for paper in ("--paper", "--panel"):
        for ink in ("--ink", "--quiet", "--forward", "--backward", "--loss"):
            light, dark = sorted((luminance(colours[paper]), luminance(colours[ink])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (paper, ink)  # WCAG 2.2, 1.4.3


def test_forward_only_page_steps_and_computes(read):
    reader = read()
    reader.open(trace_page(small_trace(y=None)))
    reader.page.keyboard.press("End")
    assert reader.current() == "z2"
    write_fields(reader.page, [0.0, 0.5, 1.0])
    assert_same_numbers(reader.numbers(), small_trace(x=[0.0, 0.5, 1.0], y=None))
    reader.page.locator("#diagram circle.neuron").last.hover()
    assert reader.page.locator("#pointed-sums .result").count() == 2


def test_network_beyond_the_limit_steps_without_controls(read):
    network = Network.initialise([200, 120, 3], ["relu", "linear"], random_state=0)
    reader = read()
    reader.open(trace_page(trace(network, np.linspace(-1, 1, 200), [0.0, 1.0, 2.0], "rss")))
    for _ in STAGES:
        reader.page.keyboard.press("ArrowRight")
    reader.page.locator('#diagram circle.neuron[data-layer="1"][data-unit="0"]').hover()
    reader.page.keyboard.press("Home")
    reader.page.locator("#diagram circle.neuron").last.hover()

    assert "This network has 24,483 parameters." in reader.page.locator("#no-controls").inner_text()
    assert reader.page.locator("#inputs .slider").count() == 0
    assert reader.page.locator("#agreement").get_attribute("data-largest") == ""


def test_page_embedded_in_another_works(read):
    reader = read()
    reader.page.set_content(f"<iframe width=800 height=600 srcdoc={json.dumps('')}></iframe>")
    reader.page.evaluate("(html) => { document.querySelector('iframe').srcdoc = html; }", trace_page(small_trace()))
    frame = reader.page.frame_locator("iframe")
    frame.get_by_role("button", name="Next").click()

    assert frame.locator(".stage.current").get_attribute("data-stage") == "h1"
