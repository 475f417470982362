"""Charts take the page's colours, have identifiers of their own, are the same every time, and run nothing."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pyarrow as pa
import pytest

from pellucid.report.figures.classification import OneAgainstRest, roc_curves
from pellucid.report.figures.columns import dependence_chart
from pellucid.report.figures.distributions import small_distribution, target_distribution
from pellucid.report.figures.regression import moving_quantiles, predicted_against_true
from pellucid.report.figures.svg import ROLES, draw
from pellucid.report.partial_dependence import Dependence

HOSTILE = [
    "<script>alert(1)</script>",
    "$\\frac{1}$",
    "a\u2028b",
    "\u202egnp",
    "名前" * 40,
    "n\x00\x07",
    '"&<!--',
]


def chart(name="one"):
    rng = np.random.default_rng(0)
    y = rng.normal(size=50)
    return predicted_against_true(name, y, y + 0.1, "a label")


def test_colours_are_the_pages_variables_and_nothing_is_fixed():
    svg = chart()

    assert not re.search(r"#[0-9a-f]{6}", svg.replace("#0", ""))
    assert "var(--ink)" in svg
    assert "var(--series-1)" in svg
    assert "<style" not in svg
    assert "font-family" not in svg
    assert len(set(ROLES.values())) == len(ROLES)


def test_identifiers_begin_with_the_charts_name_and_every_reference_leads_somewhere():
    svg = chart("one") + chart("two")
    identifiers = re.findall(r' id="([^"]+)"', svg)
    references = {one or other for one, other in re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', svg)}

    assert len(identifiers) == len(set(identifiers)) > 0
    assert all(identifier.startswith(("one-", "two-")) for identifier in identifiers)
    assert references <= set(identifiers)


def test_the_same_chart_has_the_same_bytes_and_a_label_and_is_xml():
    svg = chart()

    assert svg == chart()
    root = ElementTree.fromstring(svg)
    assert (root.get("role"), root.get("aria-label")) == ("img", "a label")
    assert root.get("viewBox") == "0 0 360 270"


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_a_chart_or_becomes_an_element(name):
    """Levels, classes and labels: drawn without a warning, as text, and cut where they are too long."""
    levels = pa.chunked_array([[name, "other", name]])
    dependence = Dependence("c", False, [name, "other"], np.array([[1.0], [2.0]]), np.array([2, 1]))
    holds = np.array([True, False, True])
    of = [
        OneAgainstRest(name, holds, np.array([0.9, 0.2, 0.4])),
        OneAgainstRest("b", ~holds, np.array([0.1, 0.8, 0.6])),
    ]
    for svg in (
        small_distribution("a", levels, name),
        target_distribution("b", levels, name),
        dependence_chart("c", dependence, [0], [name], (0.0, 3.0), name),
        roc_curves("d", of, name),
    ):
        assert "<script" not in svg
        assert "<!--" not in svg
        assert len(max(re.findall(r">([^<]*)</text>", svg), key=len, default="")) <= 40


def test_numbers_in_texts_are_not_rounded_and_coordinates_are():
    def paint(figure):
        ax = figure.subplots()
        ax.plot([0, 1 / 3], [0, 1])
        ax.set_xlabel("0.123456")

    svg = draw("a", "", paint)

    assert ">0.123456<" in svg
    assert not re.search(r"<path d=\"[^\"]*\d\.\d{3}", svg)


def test_the_band_of_residuals_holds_eighty_of_a_hundred(rng):
    x, residuals = rng.uniform(size=(2, 4000))
    middle, low, high = moving_quantiles(x, residuals)

    assert (np.diff(middle) > 0).all()
    np.testing.assert_allclose(low, 0.1, atol=0.06)
    np.testing.assert_allclose(high, 0.9, atol=0.06)
