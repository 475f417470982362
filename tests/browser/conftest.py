"""A real browser for the pages: Debian's Chromium, driven by playwright."""

import json
import os
from pathlib import Path

import pytest

CHROMIUM = "/usr/bin/chromium"
WAYS_TO_LOOK = {"light": {"color_scheme": "light"}, "dark": {"color_scheme": "dark"}}


def why_not():
    """Why there is no browser here; "" where there is one."""
    try:
        import playwright  # noqa: F401
    except ImportError:
        return "playwright is not installed: pip install -e '.[dev]'"
    return (
        "" if Path(CHROMIUM).exists() else f"there is no {CHROMIUM}: make .venv/chromium, or apt-get install chromium"
    )


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests. Without one they are skipped, with the reason; under CI=true they fail."""
    reason = why_not()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(f"The browser tests must run under CI=true, but {reason}")
    if reason:
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        # Without its sandbox, which root has not: the only pages are those written by the tests.
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Reader:
    """Someone who opens pages in a tab: what they ask the network for and complain about is kept."""

    def __init__(self, context, folder):
        self.folder = folder
        self.page = context.new_page()
        self.requests, self.complaints, self.dialogs = [], [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))

    def open(self, html, step=""):
        """Write a page into a file and open it, as a user would; returns its address."""
        file = self.folder / "page.html"
        file.write_text(html, encoding="utf-8")
        self.page.goto("about:blank")
        self.requests.clear()
        self.page.goto(file.as_uri() + (f"#step-{step}" if step else ""))
        return file.as_uri()

    def current(self):
        """The name of the step that is shown: one, and only one."""
        shown = self.page.locator(".stage:visible")
        assert shown.count() == 1
        return shown.get_attribute("data-stage")

    def numbers(self):
        """The page's tree of numbers, once what was changed has been computed: in the next frame, before this asks."""
        return self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => done(window.pellucid.numbers())))"
        )


@pytest.fixture(scope="session")
def context_for(chromium):
    """`context_for(**look)` gives one browser profile for each look: to make one takes as long as to read a page.

    Tests may share it, for the pages keep nothing in the browser.
    """
    contexts = {}

    def of(**look):
        key = json.dumps(look, sort_keys=True)
        if key not in contexts:
            contexts[key] = chromium.new_context(**look)
            contexts[key].set_default_timeout(30_000)
        return contexts[key]

    return of


@pytest.fixture
def read(context_for, tmp_path):
    """`read(**look)` gives a Reader; whatever any of them saw must be without an error."""
    readers = []

    def make(**look):
        readers.append(Reader(context_for(**look), tmp_path))
        return readers[-1]

    yield make
    for reader in readers:
        reader.page.close()
        assert reader.complaints == []
        assert reader.dialogs == []
