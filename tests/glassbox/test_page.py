"""The page of a trace, as text: complete, self-contained, escaped, and with the trace's own numbers in it."""

import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from pellucid.glassbox.page.assembly import trace_page
from pellucid.glassbox.page.data import MOST_PARAMETERS, inlined_json, plain
from pellucid.glassbox.page.mathml import short
from pellucid.glassbox.page.numbers import Numbers
from pellucid.glassbox.row import ColumnValue, Row
from pellucid.glassbox.trace import trace
from pellucid.mathematics.activations import ReLU
from pellucid.mathematics.structure import Network
from pellucid.mathematics.updates import Adam, Descent, GradientDescent, RMSprop

HOSTILE = ('<img src=x onerror="window.hacked=1">', "</script><script>window.hacked=1</script>", "a & 'b' \u2028 \"c\"")
VOID = {"meta", "input", "br", "img", "link", "hr"}


class Page(HTMLParser):
    """The elements of a page: every start tag has its end, and what stands in a script is kept."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.scripts, self.texts, self.ids = [], [], {}, [], []
        self.feed(text)
        self.close()
        assert self.open == [], f"not closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.elements.append((tag, attributes))
        self.ids += [attributes["id"]] if "id" in attributes else []
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts[attributes.get("type")] = ""

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, text):
        if self.open and self.open[-1] == "script":
            self.scripts[list(self.scripts)[-1]] += text
        self.texts.append(text)

    @property
    def data(self):
        return json.loads(self.scripts["application/json"])

    @property
    def named_numbers(self):
        """{key: full value} of every number in an equation."""
        return [(a["data-key"], float(a["data-value"])) for _, a in self.elements if "data-key" in a]


def chapter_trace(y=(1.0, -1.0), rng=0, **rest):
    network = Network.initialise([4, 3, 3, 2], ["relu", "tanh", "linear"], random_state=rng)
    return trace(network, [1.0, -0.5, 2.0, 0.25], y, None if y is None else "rss", **rest)


def standard(mean, fill, *, missing=False):
    return {"kind": "standard", "mean": mean, "scale": 2.0, "fill": fill, "missing": missing}


def table_row(names=("size", "town", "age"), target=(1.5,), note="missing: the median 3 stands in its place"):
    """A row of a hand-made model: a number, a text of two levels and a missing number with its indicator."""
    size, town, age = names
    return Row(
        columns=(
            ColumnValue(
                size, "number", 5.0, "", (0,), (1.5,), standard(2.0, 1.0), "z = (x - 2) / 2", (5.0,), sensitivity=(0.5,)
            ),
            ColumnValue(
                *(town, "text", "Bern", "", (3, 4), (1.0, 0.0)),
                {"kind": "one_hot", "of": "text", "levels": ["Bern", "Rome"], "rare": [], "missing": False},
                "1 in the place of its level, 0 in the others",
                sensitivity=(math.nan,),
            ),
            ColumnValue(
                *(age, "number", None, note, (1, 2), (0.5, 1.0), standard(2.0, 3.0, missing=True), "z = (x - 2) / 2"),
                *((3.0,),),
                sensitivity=(math.nan,),
            ),
        ),
        feature_names=(size, age, f"{age} is missing", f"{town}=Bern", f"{town}=Rome"),
        output_names=("price",),
        prediction=np.array([7.0]),
        target=target,
        target_names=("price",),
        transforms=({"kind": "standardise", "mean": 1.0, "scale": 4.0, "limits": None, "factor": 1.0},),
        answer="price 7",
        number=17,
        line=19,
        source="homes.csv",
    )


def row_trace(y=0.125, **row):
    network = Network.initialise([5, 3, 1], ["tanh", "linear"], random_state=1)
    made = trace(network, [1.5, 0.5, 1.0, 1.0, 0.0], y, None if y is None else "rss")
    return replace(made, row=table_row(**row))


def test_page_is_whole_html_with_a_policy_that_names_its_own_script_by_hash():
    text = trace_page(chapter_trace())
    page = Page(text)

    assert text.startswith("<!DOCTYPE html>")
    policies = [a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-")
    assert len(page.ids) == len(set(page.ids))
    assert set(page.scripts) == {"application/json", "module"}


def test_page_asks_for_nothing():
    page = Page(trace_page(chapter_trace()))

    for tag, attributes in page.elements:
        assert tag not in ("link", "img", "iframe", "object", "base", "form action")
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith("#")
        assert not [name for name in attributes if name.startswith("on")]
    assert "url(" not in "".join(page.texts)
    assert "import " not in re.sub(r"//.*", "", page.scripts["module"])


def test_every_stage_of_the_chapter_is_there_in_its_order():
    page = Page(trace_page(chapter_trace()))
    stages = [a["data-stage"] for _, a in page.elements if "data-stage" in a]

    forward = ["x", "h1", "z1", "h2", "z2", "h3", "z3"]
    back = ["dL_dh3", "dL_dW3", "dL_dc3", "dL_dz2", "dL_dh2", "dL_dW2", "dL_dc2", "dL_dz1"]
    back += ["dL_dh1", "dL_dW1", "dL_dc1", "dL_dz0"]
    assert stages == [*forward, "loss", "dL_dy_hat", *back, "update"]
    links = {a["href"] for tag, a in page.elements if tag == "a"}
    assert links <= {f"#step-{name}" for name in stages}


@pytest.mark.parametrize("solver", ["gd", "sgd", "adam", "adamw", "rmsprop"])
def test_numbers_in_the_equations_are_those_of_the_trace(solver):
    made = chapter_trace(solver=solver)
    page = Page(trace_page(made))
    numbers = Numbers(made)

    shown = page.named_numbers
    for key, value in shown:
        assert value == float(numbers[key]), key
    names = {key.split(".")[0] for key, _ in shown}
    assert names >= {"W", "c", "h", "z", "slope", "losses", "dL_dy_hat", "dL_dh", "dL_dW", "dL_dc", "dL_dz"}
    assert names >= {"step_W", "step_c", "new_W", "new_c", "J_before", "J_after"}
    # Nothing is folded in a network this small: every weight and every gradient can be read.
    for l, layer in enumerate(made.layers[1:], start=1):
        for (i, j), value in np.ndenumerate(layer.dL_dW):
            assert (f"dL_dW.{l}.{i}.{j}", value) in shown


def test_data_hold_every_number_exactly():
    made = chapter_trace()
    numbers = Page(trace_page(made)).data["numbers"]

    for l, layer in enumerate(made.layers[1:], start=1):
        for name in ("W", "c", "h", "z", "slope", "dL_dW", "dL_dc"):
            assert np.array_equal(numbers[name][l], getattr(layer, name)), (name, l)
        assert np.array_equal([numbers["dL_dh"][l]], layer.dL_dh)
    assert np.array_equal(numbers["dy_hat_dx"], made.dy_hat_dx)
    assert numbers["J_after"] == made.step.J_after


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (-2.5, "−2.5"),
        (1.0625, "1.063"),
        (-1.0625, "−1.063"),
        (452600.0, "452600"),
        (12345.5, "12346"),
        (999999.7, "1000000"),
        (1234567.0, "1.235·10⁶"),
        (9.99996e-5, "0.0001"),
        (4.5e-7, "4.5·10⁻⁷"),
        (1e300, "10³⁰⁰"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "NaN"),
    ],
)
def test_numbers_are_shown_to_four_digits(value, text):
    assert short(value) == text


def test_json_survives_any_text_and_any_float():
    hostile = [*HOSTILE, "<!--<script>", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "\u2029"]
    floats = [0.1 + 0.2, 5e-324, -1.7976931348623157e308]
    written = inlined_json(plain({"texts": hostile, "floats": floats, "other": [math.nan, math.inf, -math.inf, None]}))

    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == {"texts": hostile, "floats": floats, "other": ["NaN", "Infinity", "-Infinity", None]}


def test_hostile_names_are_text_everywhere():
    made = row_trace(names=HOSTILE, note=HOSTILE[0])
    made = replace(made, row=replace(made.row, output_names=(HOSTILE[1],), answer=HOSTILE[0], source=HOSTILE[1]))
    text = trace_page(made, title=HOSTILE[1])
    page = Page(text)

    assert "<img" not in text
    assert text.count("<script") == 2
    assert not [a for _, a in page.elements if any(name.startswith("on") for name in a)]
    assert [column["name"] for column in page.data["columns"]] == list(HOSTILE)
    assert page.data["names"]["outputs"] == [HOSTILE[1]]
    assert sum(HOSTILE[0] in t for t in page.texts) >= 2


def test_row_of_a_table_is_named_and_explained():
    text = trace_page(row_trace())
    words = " ".join("".join(Page(text).texts).split())

    assert "<title>Row 17 of homes.csv</title>" in text
    assert "row counted from 0; line 19 of the file; network: 5 inputs → 3 tanh → 1 linear; 22 parameters" in words
    assert "price 7" in words
    assert "The table holds: price 1.5" in words
    assert "age: missing: the median 3 stands in its place" in words
    assert "the target, moved by its mean and divided by its standard deviation in training" in words


def test_page_without_a_target_shows_the_way_forward_and_says_so():
    page = Page(trace_page(chapter_trace(y=None)))

    stages = [a["data-stage"] for _, a in page.elements if "data-stage" in a]
    assert stages == ["x", "h1", "z1", "h2", "z2", "h3", "z3"]
    assert "There is no target: only the way forward is shown." in "".join(page.texts)
    assert page.data["loss"] is None
    assert page.data["numbers"]["dL_dW"] == [None] * 4


def test_row_without_a_target_says_so():
    words = "".join(Page(trace_page(row_trace(y=None, target=(None,)))).texts)

    assert "This row has no target: only the way forward is shown." in words
    assert "The table holds" not in words


def test_missing_target_has_no_loss_and_no_gradient():
    page = Page(trace_page(chapter_trace(y=(math.nan, -1.0))))

    assert page.data["numbers"]["losses"][0] == "NaN"
    assert page.data["numbers"]["dL_dy_hat"][0] == 0
    assert "1 missing target has neither loss nor gradient." in "".join(page.texts)


def test_saturated_factor_is_explained_not_hidden():
    network = Network.from_arrays([([[50.0]], [0.0], "sigmoid")])
    page = Page(trace_page(trace(network, [1.0], 0.0, "log")))

    assert page.data["numbers"]["dL_dy_hat"] == ["Infinity"]
    assert "∞ · 0 has no value in floating point" in "".join(page.texts)


@pytest.mark.parametrize("sizes", [[3, 2], [1, 1], [2, 1, 1, 1, 3]])
def test_networks_of_any_depth_have_a_page(sizes):
    network = Network.initialise(sizes, ["sigmoid"] * (len(sizes) - 2) + ["softmax" if sizes[-1] > 1 else "linear"])
    loss = "cross_entropy" if sizes[-1] > 1 else "rss"
    page = Page(trace_page(trace(network, np.ones(sizes[0]), 0.0, loss, solver=Adam())))

    assert len([a for _, a in page.elements if "data-stage" in a]) == 6 * (len(sizes) - 1) + 4


def test_large_layers_are_folded_and_opened_on_request():
    network = Network.initialise([20, 30, 2], ["relu", "linear"], random_state=0)
    made = trace(network, np.linspace(-1, 1, 20), [0.0, 1.0], "rss")
    page = Page(trace_page(made))

    wholes = {a["data-whole"] for _, a in page.elements if "data-whole" in a}
    assert wholes >= {"W.1", "dL_dW.1", "z.0", "z.1", "dL_dh.1", "step_W.1"}
    shown = {key for key, _ in page.named_numbers}
    assert {"W.1.0.0", "W.1.29.19"} <= shown
    assert "W.1.10.10" not in shown
    assert page.data["numbers"]["W"][1][10][10] == network.W[0][10, 10]


def test_network_beyond_the_limit_has_no_controls_and_says_why():
    network = Network.initialise([200, 120, 3], ["relu", "linear"], random_state=0)
    assert network.theta.size > MOST_PARAMETERS
    text = trace_page(trace(network, np.zeros(200), [0.0, 1.0, 2.0], "rss"))
    page = Page(text)

    assert f"This network has {network.theta.size:,} parameters." in text
    assert page.data["computes"] is False
    assert not {"W", "dL_dW"} & set(page.data["numbers"])
    assert not [a for tag, a in page.elements if tag == "input" and a.get("type") == "range"]
    assert len(text) < 2_000_000


def test_activation_of_the_users_own_has_no_controls_and_says_why():
    class Own(ReLU):
        name = "own"

    network = Network.from_arrays([([[1.0]], [0.0], Own()), ([[1.0]], [0.0], "linear")])
    text = trace_page(trace(network, [2.0], 1.0, "rss"))

    assert "but not own." in text
    assert Page(text).data["computes"] is False


@pytest.mark.parametrize(
    ("solver", "said"),
    [
        (Descent(RMSprop()), "RMSprop takes this as its first step, from this row alone (learning_rate = 0.001, rho"),
        (Descent(Adam(), weight_decay=0.1), "The last term shrinks the weights and leaves the intercepts alone."),
        (Descent(Adam(), weight_decay=0.1), "AdamW takes this as its first step"),
        (Descent(GradientDescent(), clip_norm=0.5), "A gradient longer than 0.5 is first scaled down to this length."),
        (Descent(GradientDescent()), "Gradient descent takes this as its first step"),
    ],
    ids=str,
)
def test_the_stage_of_the_step_names_all_that_makes_it(solver, said):
    assert said in "".join(Page(trace_page(chapter_trace(solver=solver))).texts)


def test_penalties_make_the_step_the_rows_own():
    page = Page(trace_page(chapter_trace(alpha=0.1)))

    assert page.data["solver"] is None
    assert "these numbers belong to the row's own values throughout" in "".join(page.texts)
