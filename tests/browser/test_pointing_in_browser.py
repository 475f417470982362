"""Pointing at neurons, weights and intercepts: what they affect is marked, their sums are written out."""

import numpy as np

from browser.pages import small_trace, write_fields
from pellucid.glassbox.page.assembly import trace_page
from pellucid.glassbox.page.mathml import short
from pellucid.glassbox.trace import trace
from pellucid.mathematics.structure import Network


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

    cells.nth(239).wait_for()  # a browser tells of an opened <details> a moment after the click
    assert cells.count() == 240
    values = reader.page.evaluate(
        "() => [...document.querySelectorAll('.stage.current .whole [data-key]')].map((e) => Number(e.dataset.value))"
    )
    assert np.array_equal(np.reshape(values, (12, 20)), made.layers[1].dL_dW)
