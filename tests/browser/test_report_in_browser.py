"""The report in a browser: no request, no script, no error; light, dark, phone, print; hostile names do nothing."""

import numpy as np
import pandas as pd
import pytest

import pellucid
from browser.conftest import WAYS_TO_LOOK
from pellucid import FeedForwardClassifier

HOSTILE = ('<img src=x onerror="window.hacked=1">', "</script><script>window.hacked=1</script>", "a&b<!--", "y" * 200)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A page with everything that classes have, and names that try to be more than names."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.normal(size=120) for name in HOSTILE})
    frame["town"] = rng.choice(HOSTILE, 120)
    labels = np.array(HOSTILE)[np.argmax(frame[list(HOSTILE)].to_numpy(), axis=1)]
    model = FeedForwardClassifier((4,), max_iter=5, random_state=0, engine="reference").fit(frame[:80], labels[:80])
    path = tmp_path_factory.mktemp("page") / "report.html"
    return pellucid.report(model, frame[80:], labels[80:], path, title=HOSTILE[0]).read_text(encoding="utf-8")


def test_report_asks_for_nothing_and_runs_nothing(page, read):
    reader = read()
    address = reader.open(page)
    reader.page.wait_for_load_state("networkidle")

    assert reader.requests == [address]
    assert reader.page.evaluate("window.hacked") is None
    assert reader.page.evaluate("document.scripts.length") == 0
    assert reader.page.locator("img").count() == 0
    assert reader.page.title() == HOSTILE[0]
    assert HOSTILE[1] in reader.page.locator("#columns").inner_text()


def test_policy_of_the_report_lets_no_script_run(page, read):
    reader = read()
    reader.open(page.replace("</header>", "<script>window.hacked = 1</script></header>"))

    assert reader.page.evaluate("window.hacked") is None
    assert any("Content Security Policy" in complaint for complaint in reader.complaints)
    reader.complaints.clear()


@pytest.mark.parametrize("width", [360, 768, 1200])
def test_report_is_no_wider_than_its_window(page, read, width):
    """Tables scroll in boxes of their own."""
    reader = read(viewport={"width": width, "height": 800})
    reader.open(page)
    for details in reader.page.locator("details").all():
        details.evaluate("element => element.open = true")

    assert reader.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("look", WAYS_TO_LOOK)
def test_charts_have_the_colours_of_the_page(page, read, look):
    """Their texts have at least a contrast of 4.5 with the paper, their lines another colour in the dark."""
    reader = read(**WAYS_TO_LOOK[look])
    reader.open(page)
    colours = reader.page.evaluate(
        """() => [getComputedStyle(document.body).backgroundColor,
                  ...[...document.querySelectorAll('.chart text')].map((text) => getComputedStyle(text).fill)]"""
    )
    paper, *texts = (np.array([int(part) for part in colour[4:-1].split(",")]) for colour in colours)

    assert len(texts) > 50
    assert min(contrast(paper, text) for text in texts) >= 4.5


def contrast(one, other):
    """As the Web Content Accessibility Guidelines define it."""
    light = []
    for colour in (one, other):
        linear = np.where(colour / 255 <= 0.04045, colour / 255 / 12.92, ((colour / 255 + 0.055) / 1.055) ** 2.4)
        light.append(float(linear @ [0.2126, 0.7152, 0.0722]) + 0.05)
    return max(light) / min(light)


def test_links_of_the_contents_lead_to_their_sections(page, read):
    reader = read()
    reader.open(page)
    for link in reader.page.locator("nav a").all():
        link.click()
        target = link.get_attribute("href")
        assert reader.page.locator(target).count() == 1
        assert reader.page.evaluate("location.hash") == target


def test_report_prints_without_boxes_that_scroll(page, read):
    reader = read()
    reader.open(page)
    reader.page.emulate_media(media="print")

    assert reader.page.evaluate("getComputedStyle(document.querySelector('.scroll')).overflow") == "visible"
    assert reader.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
