"""What the page must never do, and where it must work: no requests, nothing foreign run, phone, print, no script."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from browser.pages import STAGES, assert_same_numbers, small_trace, write_fields
from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.glassbox.page.assembly import trace_page
from pellucid.glassbox.trace import trace
from pellucid.mathematics.structure import Network

HOSTILE = ('<img src=x onerror="window.hacked=1">', "</script><script>window.hacked=1</script>", "a&b<!--")


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
def test_page_is_no_wider_than_a_phone(read, width):
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 12)), columns=[f"column_{j}" * 4 for j in range(12)])
    price = frame.sum(axis=1)
    model = FeedForwardRegressor((16, 16), max_iter=2, random_state=0).fit(frame, price)
    made = model.trace(frame.iloc[[0]], price.iloc[0])
    reader = read(viewport={"width": width, "height": 800}, has_touch=True)
    reader.open(trace_page(made))
    for _ in range(22):
        assert reader.page.evaluate("document.documentElement.scrollWidth") <= width, reader.current()
        reader.page.keyboard.press("ArrowRight")


def test_print_shows_all_steps(read):
    reader = read()
    reader.open(trace_page(small_trace()))
    reader.page.emulate_media(media="print")
    reader.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")

    values = reader.page.locator("#diagram text.value")
    assert all(value.text_content() for value in values.all())  # though the first step is the current one
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
