"""Going through the steps of a page in a real browser: buttons, keys, links, the diagram."""

from browser.pages import STAGES, small_trace
from pellucid.glassbox.page.assembly import trace_page


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
