"""What page, pictures, text and JSON say of each loss: its formula with its numbers, target by target."""

import json
import math
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import pellucid
from pellucid.glassbox.diagrams.curves import activation_curve
from pellucid.glassbox.diagrams.flow import gradient_flow
from pellucid.glassbox.diagrams.neurons import neuron_diagram
from pellucid.glassbox.loss_parts import parts_of
from pellucid.glassbox.page.assembly import trace_page
from pellucid.glassbox.page.loss_stages import loss_stages
from pellucid.glassbox.page.numbers import Numbers
from pellucid.glassbox.trace import trace
from pellucid.mathematics.activations import Activation
from pellucid.mathematics.losses import (
    LOSSES,
    RSS,
    Absolute,
    CrossEntropy,
    Huber,
    Log,
    Loss,
    PerTarget,
    Poisson,
    Quantile,
    Tweedie,
)
from pellucid.mathematics.structure import Network

X = (1.0, -0.5, 0.25)
HOSTILE = '<script>alert(1)</script>&"'
TARGETS = {
    "cross_entropy": (2.0,),
    "poisson": (0.0, 3.0),
    "gamma": (0.5, 3.0),
    "tweedie": (0.0, 3.0),
    "log": (0.0, 1.0),
}
CASES = [
    *((loss, loss.output_activation, TARGETS.get(loss.name, (-1.0, 0.4))) for loss in LOSSES.values()),
    (Huber(0.3), "linear", (4.0, 0.1)),
    (Huber(40.0), "tanh", (4.0, -0.5)),
    (Quantile(0.1, 0.5, 0.9), "linear", (-9.0, 9.0)),
    (Tweedie(1.2), "exponential", (2.5, 3.0)),
    (Tweedie(1), "exponential", (0.0, 3.0)),
    (Tweedie(2), "exponential", (0.5, 3.0)),
    (Log(0.1), "sigmoid", (0.0, 1.0)),
    (CrossEntropy(0.2), "softmax", (2.0,)),
    (PerTarget([Huber(0.5), Poisson()]), ["linear", "exponential"], (2.0, 3.0)),
    (PerTarget([Quantile(0.2, 0.7), Log(0.1)]), ["linear", "linear", "sigmoid"], (0.5, 1.0)),
]


def made_trace(loss, last, y, seed=0):
    n_outputs = {"cross_entropy": 4}.get(
        loss.name, len(last) if isinstance(last, list) else 2 * loss.outputs_per_target
    )
    network = Network.initialise([3, 4, n_outputs], ["tanh", last], random_state=seed)
    return trace(network, X, y, loss)


# ---- MathML as arithmetic ----

SIGNS = {"−": "-", "·": "*", "≤": "<="}


def tokens(node):
    """The pieces of a MathML expression in Python's spelling; a whole fraction, power or choice is one piece."""
    kind, children = node.tag, list(node)
    if kind == "mtable" and node.get("class") == "cases":
        lines = [[expression(tokens(cell)) for cell in line] for line in children]
        return ["(" + "".join(f"({value}) if ({condition}) else " for value, condition in lines) + "0.0)"]
    if kind == "mfrac":
        return [f"(({expression(tokens(children[0]))})/({expression(tokens(children[1]))}))"]
    if kind == "msup":
        return [f"(({expression(tokens(children[0]))})**({expression(tokens(children[1]))}))"]
    if kind == "mn":
        return [f"({node.get('data-value') or node.text.replace('−', '-')})"]
    if kind in ("mo", "mi"):
        return [SIGNS.get(node.text, node.text)]
    if kind == "mtext":
        return {"if": [], "otherwise": ["True"]}[node.text.replace("\u00a0", " ").strip()]
    return [piece for child in children for piece in tokens(child)]


def expression(pieces):
    """Pieces as Python: factors side by side are multiplied, and |a| is abs(a)."""
    made, opened, factor = [], False, False  # `factor`: the piece before ends one
    for piece in pieces:
        if piece == "|":
            opened = not opened
            piece = "abs(" if opened else ")"
        starts = piece[0] == "(" or piece == "abs(" or piece in ("log", "max", "min", "sign")
        made += ["*", piece] if factor and starts else [piece]
        factor = piece[-1] == ")"
    return " ".join(made)


def sides(equation):
    """The written side of an equation and the number that it ends in."""
    (_, *middle, last) = " ".join(tokens(ElementTree.fromstring(str(equation)))).split(" = ")
    assert len(middle) == 1
    names = {"log": math.log, "sign": np.sign}
    return eval(expression(middle[0].split(" ")), names), float(last.strip("()"))


def test_the_reader_of_mathml_reads_it():
    """Its own sign, order and choice are right, so that a wrong formula would be seen."""
    read = (
        "<math><mi>L</mi><mo>=</mo><mo>−</mo><mn>2</mn><mo>(</mo><mn>3</mn><mo>−</mo>"
        "<msup><mn>2</mn><mn>3</mn></msup><mo>)</mo><mo>=</mo><mn>10</mn></math>"
    )
    assert sides(read) == (10.0, 10.0)
    assert sides(read.replace("<mn>3</mn><mo>−", "<mn>4</mn><mo>−")) == (8.0, 10.0)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("loss", "last", "y"), CASES, ids=str)
def test_every_written_formula_computed_as_it_stands_gives_its_number(loss, last, y, seed):
    made = made_trace(loss, last, y, seed)
    numbers = Numbers(made)
    stages = loss_stages(made, numbers)
    written = [formula for stage in stages for formula in stage.written]
    n_targets, n_outputs = len(made.y), len(made.y_hat)

    assert len(stages[0].written) == n_targets
    assert len(stages[1].written) == (1 if type(loss) is CrossEntropy and not loss.label_smoothing else n_outputs)
    for formula in written:
        computed, shown = sides(formula)
        assert computed == pytest.approx(shown, rel=1e-9, abs=1e-12), formula
    own_block = loss.paired and not isinstance(loss, Log | CrossEntropy)
    assert len(stages[2].written) == (n_outputs if own_block else 0)


def test_a_long_sum_over_quantiles_is_shortened_in_its_middle():
    made = made_trace(Quantile(*(q / 10 for q in range(1, 10))), "linear", (0.3, 9.0))
    stages = loss_stages(made, Numbers(made))

    assert stages[0].written[0].count("<mi>max</mi>") == 4
    assert stages[0].written[0].count("⋯") == 1
    assert len(stages[1].written) == 12  # of 18 outputs


# ---- which target, which output, which activation ----


def text_of(html):
    """All text of some markup, without its tags."""
    return " ".join("".join(ElementTree.fromstring(f"<div>{html}</div>").itertext()).split())


def test_each_target_is_shown_with_its_own_loss_and_activation():
    made = made_trace(PerTarget([Huber(0.5), Poisson()]), ["linear", "exponential"], (2.0, 3.0))
    loss, _, back = loss_stages(made, Numbers(made))

    assert loss.title == "The losses: huber, poisson"
    assert "huber for target 1, poisson for target 2" in loss.why
    assert text_of(loss.equation) == "L1=(y−y^)2if |y−y^|≤0.52·0.5|y−y^|−0.52otherwiseL2=2(ylog(yy^)−y+y^)"
    assert "The two factors of exponential and poisson cancel to 2 (ŷ − y)" in back.why
    assert "its derivative is multiplied by the slope" in back.why
    assert "slope of linear at h: 1; of exponential at h: exp(h)" in back.sources[-1].text
    page = trace_page(made)
    assert "Loss (huber, poisson)" in page
    assert "f_1 = linear: h ↦ h;" in page
    assert page.count("data-activation=") == 3  # tanh, linear, exponential: a curve for each


def test_each_output_is_named_by_its_quantile():
    made = made_trace(Quantile(0.1, 0.5, 0.9), "linear", (1.0, 2.0))
    loss = loss_stages(made, Numbers(made))[0]
    page = trace_page(made)

    assert "Of target 2, output 4 is for the quantile 0.1, output 5 is for the quantile 0.5" in loss.why
    assert "y_2 at 0.9" in page
    drawn = "".join(ElementTree.fromstring(gradient_flow(made)).itertext())
    assert "output 6: quantile 0.9 of target 2" in drawn
    assert len(loss.written) == 2


def test_a_missing_target_among_several_losses_has_nothing_written():
    made = made_trace(PerTarget([Quantile(0.2, 0.7), Log(0.1)]), ["linear", "linear", "sigmoid"], (math.nan, 1.0))
    loss, derivative, back = loss_stages(made, Numbers(made))

    assert (len(loss.written), len(derivative.written), len(back.written)) == (1, 1, 1)
    assert "1 missing target has neither loss nor gradient" in loss.why
    assert np.array_equal(made.dL_dy_hat[0, :2], [0.0, 0.0])


@pytest.mark.parametrize(
    ("loss", "last", "y", "arrow", "key"),
    [
        (Poisson(), "exponential", (2.0, 3.0), "(1)2 (ŷ − y)", "2 (ŷ − y)  (exponential with poisson)"),
        (LOSSES["gamma"], "exponential", (2.0, 3.0), "(1)2 (1 − y / ŷ)", "2 (1 − y / ŷ)  (exponential with gamma)"),
        (Tweedie(1.5), "exponential", (2.0, 3.0), "(1)", "2 (ŷ − y) ŷ^(1 − 1.5)  (exponential with tweedie)"),
        (PerTarget([Huber(), Log()]), ["linear", "sigmoid"], (2.0, 1.0), "(1)", "ŷ − y  (sigmoid with log), target 2"),
    ],
    ids=str,
)
def test_the_flow_starts_from_the_block_of_each_paired_loss(loss, last, y, arrow, key):
    root = ElementTree.fromstring(gradient_flow(made_trace(loss, last, y)))
    texts = [
        "".join(item.itertext()).replace("\u200b", "") for item in root.iter() if item.get("class") in ("arrow", "key")
    ]

    assert texts[0] == arrow
    assert key in texts[-1]


def test_json_says_what_each_target_is_measured_by():
    loss = PerTarget([Quantile(0.2, 0.7), Poisson()])
    made = json.loads(made_trace(loss, ["linear", "linear", "exponential"], (1.0, 2.0)).to_json())

    assert made["activations"] == ["tanh", ["linear", "linear", "exponential"]]
    assert made["layers"][2]["activation"] == ["linear", "linear", "exponential"]
    assert made["target_of_output"] == [0, 0, 1]
    assert [part["name"] for part in made["loss_description"]["losses"]] == ["quantile", "poisson"]
    assert made["loss_description"]["losses"][0]["parameters"] == {"q": [0.2, 0.7]}
    assert made["loss_description"]["losses"][1]["paired_formula"] == "2 (y_hat - y)"


def test_the_text_of_a_batch_names_the_block_of_its_paired_loss():
    network = Network.initialise([3, 2], ["exponential"], random_state=0)
    shown = str(pellucid.trace_batch(network, [X, X], [[1.0, 2.0], [0.0, 1.0]], "poisson"))

    assert "with its activation one block, dL_dH = 2 (y_hat - y)" in shown


# ---- of one's own ----


class OwnLoss(Loss):
    """The least that a loss of one's own has."""

    def value(self, Y, Y_hat):
        return (Y - Y_hat) ** 4

    def derivative(self, Y, Y_hat):
        return -4 * (Y - Y_hat) ** 3


class OwnActivation(Activation):
    """The least that an activation of one's own has; it is not defined below -1."""

    def value(self, h):
        return np.log1p(h)

    def slope(self, h):
        return 1 / (1 + h)


def test_the_least_of_a_loss_and_an_activation_of_ones_own_have_a_page():
    network = Network.from_arrays([([[1.0], [2.0]], [0.0, 0.0], OwnActivation()), ([[1.0, 1.0]], [0.0], "linear")])
    made = trace(network, [2.0], 1.0, OwnLoss())
    page = trace_page(made)
    loss, derivative, _ = loss_stages(made, Numbers(made))

    assert "does not compute again: its numbers are those that were recorded" in page
    assert "L(y, ŷ)" in loss.equation
    assert text_of(loss.written[0]).startswith("L=")
    assert derivative.written == []
    assert 'data-activation="own"' in page


@pytest.mark.parametrize(("known", "last", "y"), [(Log, "sigmoid", (0.0, 1.0)), (CrossEntropy, "softmax", (1.0,))])
def test_a_loss_that_a_user_makes_of_a_known_one_is_not_shown_as_that_one(known, last, y):
    class Double(known):
        def value_from_h(self, Y, H):
            return 2 * super().value_from_h(Y, H)

        def dL_dH(self, Y, H):
            return 2 * super().dL_dH(Y, H)

    made = trace(Network.initialise([3, 2], [last], random_state=0), X, y, Double())
    loss, derivative, back = loss_stages(made, Numbers(made))

    assert all("log" not in text_of(written) for written in loss.written)
    assert derivative.written == []
    assert len(back.written) == 2
    assert "−" not in re.sub(r"[−\d.]+$", "", text_of(back.written[0]))


def test_names_and_formulae_of_ones_own_are_shown_as_text():
    class Hostile(OwnLoss):
        name = formula = derivative_formula = HOSTILE

    class HostileActivation(OwnActivation):
        name = formula = slope_formula = HOSTILE

    network = Network.from_arrays([([[1.0]], [0.0], HostileActivation())])
    made = trace(network, [2.0], 1.0, Hostile())
    for shown in (trace_page(made), gradient_flow(made), neuron_diagram(network, trace=made)):
        assert "<script>alert" not in shown


def test_an_activation_for_each_output_has_a_panel_for_each_that_is_different():
    network = Network.initialise([3, 4], [["linear", "exponential", "linear", OwnActivation()]], random_state=0)
    root = ElementTree.fromstring(activation_curve(network.activations[-1]))
    panels = [item.get("data-activation") for item in root.iter() if item.get("class") == "panel"]

    assert panels == ["linear", "exponential", "own"]


def test_two_losses_of_one_class_of_ones_own_are_not_taken_for_one():
    made = trace(Network.initialise([3, 2], [["linear", "linear"]]), X, [1.0, 2.0], PerTarget([OwnLoss(), OwnLoss()]))
    one = trace(Network.initialise([3, 2], [["linear", "linear"]]), X, [1.0, 2.0], PerTarget([RSS(), RSS()]))

    assert loss_stages(made, Numbers(made))[0].title == "The losses: own"
    assert loss_stages(one, Numbers(one))[0].title == "The loss: rss"


def test_parts_say_which_outputs_predict_which_target():
    loss = PerTarget([Quantile(0.2, 0.7), Absolute(), Log()])
    network = Network.initialise([3, 4], [["linear", "linear", "tanh", "sigmoid"]])

    assert [(part.d, part.outputs, part.activation.name) for part in parts_of(loss, network.activations[-1], 4)] == [
        (0, (0, 1), "linear"),
        (1, (2,), "tanh"),
        (2, (3,), "sigmoid"),
    ]
