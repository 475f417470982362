"""The pictures: what is drawn is what the network and its trace hold, and nothing that a name says runs."""

import dataclasses
import re
import time
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from pellucid.errors import ParameterError
from pellucid.glassbox.diagrams.curves import activation_curve, activation_curves
from pellucid.glassbox.diagrams.flow import gradient_flow
from pellucid.glassbox.diagrams.loss_curves import DRAWN, loss_curves
from pellucid.glassbox.diagrams.matrices import matrix_diagram
from pellucid.glassbox.diagrams.neurons import neuron_diagram
from pellucid.glassbox.diagrams.svg import STYLE_SHEET, short
from pellucid.glassbox.row import Row
from pellucid.glassbox.trace import trace
from pellucid.mathematics.activations import ACTIVATIONS, ELEMENTWISE, Activation
from pellucid.mathematics.structure import Network, count_parameters

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<script>alert(1)</script>&"'
HALF = 0.005 + 1e-9  # coordinates are written to a hundredth


def drawn(svg):
    """The root of a picture, parsed as XML."""
    return ElementTree.fromstring(svg)


def of_class(root, name, **data):
    """Every element that has this class and these data attributes, as a page would select them."""
    wanted = {f"data-{key.rstrip('_')}": str(value) for key, value in data.items()}
    return [
        item
        for item in root.iter()
        if name in item.get("class", "").split() and all(item.get(key) == value for key, value in wanted.items())
    ]


def only(root, name, **data):
    """The one element of this class and data."""
    (item,) = of_class(root, name, **data)
    return item


def words(item):
    """All text of an element, without what is only there for the layout."""
    return "".join(item.itertext()).replace("\u200b", "")


def in_words(value):
    """The sign's class."""
    return "positive" if value > 0 else "negative" if value < 0 else "zero"


def points(path):
    """The coordinates of a path, one array for each piece."""
    pieces = [piece for piece in path.get("d").split("M") if piece]
    return [np.array([[float(v) for v in point.split()] for point in piece.split("L")]) for piece in pieces]


@pytest.fixture
def network(rng):
    """The chapter's 4-3-3-2, with an entry of W that is exactly 0."""
    started = Network.initialise([4, 3, 3, 2], ["relu", "sigmoid", "linear"], random_state=rng)
    made = started.with_parameters(started.theta + rng.normal(0, 0.2, started.theta.size))
    made.W[0][1, 2] = 0.0
    return made


@pytest.fixture
def traced(network, rng):
    return trace(network, rng.normal(size=4), rng.normal(size=2), "rss")


@pytest.fixture
def every_picture(network, traced):
    """One of each kind, by name."""
    return {
        "neurons": neuron_diagram(network),
        "traced": neuron_diagram(network, trace=traced),
        "gradient": neuron_diagram(network, trace=traced, colour_by="gradient"),
        "matrices": matrix_diagram(network),
        "curve": activation_curve("relu"),
        "curves": activation_curves(),
        "losses": loss_curves(),
        "flow": gradient_flow(traced),
    }


# ---- every picture ----


def test_every_picture_has_a_title_and_a_description_as_its_text_alternative(every_picture):
    for name, svg in every_picture.items():
        root = drawn(svg)
        title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert root.get("role") == "img", name
        assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}", name
        assert len(title.text) > 10, name
        assert len(description.text) > 40, name


def test_ids_are_unique_within_a_picture_and_between_different_pictures(every_picture):
    ids = [item.get("id") for svg in every_picture.values() for item in drawn(svg).iter() if item.get("id")]

    assert len(ids) == len(set(ids)) == 2 * len(every_picture)


def test_every_picture_scales_with_its_page_and_brings_the_same_style_sheet(every_picture):
    for name, svg in every_picture.items():
        root = drawn(svg)
        assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}", name
        assert root.find(f"{SVG}style").text == STYLE_SHEET, name
    assert "max-width: 100%; height: auto" in STYLE_SHEET
    assert STYLE_SHEET.count("@media (prefers-color-scheme: dark)") == 2


def test_no_picture_asks_the_network_for_anything_or_runs_anything(every_picture):
    for name, svg in every_picture.items():
        assert not re.search(r"href|url\(|@import|<script|\son\w+=|style=", svg), name


def test_the_same_input_gives_the_same_bytes(network, traced, every_picture):
    assert neuron_diagram(network) == every_picture["neurons"]
    assert neuron_diagram(network, trace=traced, colour_by="gradient") == every_picture["gradient"]
    assert matrix_diagram(network) == every_picture["matrices"]
    assert gradient_flow(traced) == every_picture["flow"]
    assert activation_curves() == every_picture["curves"]


def test_every_colour_is_known_to_light_and_dark():
    light, dark = STYLE_SHEET.split("@media (prefers-color-scheme: dark)", 1)
    named = set(re.findall(r"--pellucid-(\w+): #", light))

    assert named == set(re.findall(r"--pellucid-(\w+): #", dark)) == {"positive", "negative", "learnt", "quiet"}


# ---- neurons ----


def test_every_weight_is_a_line_with_its_place_and_the_class_of_its_sign(network):
    root = drawn(neuron_diagram(network))

    for l, W in enumerate(network.W, start=1):
        for (i, j), value in np.ndenumerate(W):
            line = only(root, "weight", layer=l, to=i, from_=j)
            assert line.tag == f"{SVG}line"
            assert line.get("class") == f"weight {in_words(value)}"
    assert len(of_class(root, "weight")) == sum(W.size for W in network.W)


def test_a_line_runs_from_the_circle_it_names_to_the_other(network):
    root = drawn(neuron_diagram(network))

    for line in of_class(root, "weight"):
        l = int(line.get("data-layer"))
        start = only(root, "neuron", layer=l - 1, unit=line.get("data-from"))
        end = only(root, "neuron", layer=l, unit=line.get("data-to"))
        r = float(start.get("r"))
        assert (float(line.get("x1")), line.get("y1")) == (float(start.get("cx")) + r, start.get("cy"))
        assert (float(line.get("x2")), line.get("y2")) == (float(end.get("cx")) - r, end.get("cy"))


def test_width_and_opacity_grow_with_the_size_of_the_weight_on_one_scale(network):
    root = drawn(neuron_diagram(network))
    lines = of_class(root, "weight")
    sizes = [
        abs(network.W[int(line.get("data-layer")) - 1][int(line.get("data-to")), int(line.get("data-from"))])
        for line in lines
    ]
    order = np.argsort(sizes)

    for attribute in ("stroke-width", "stroke-opacity"):
        ordered = np.array([float(line.get(attribute)) for line in lines])[order]
        assert (np.diff(ordered) >= 0).all()
        assert ordered[-1] > 2 * ordered[0]
    assert f"widest: |W| = {short(max(sizes))}" in words(root)


def test_by_gradient_the_lines_and_marks_show_dL_dW_and_dL_dc(network, traced):
    root = drawn(neuron_diagram(network, trace=traced, colour_by="gradient"))

    for layer in traced.layers[1:]:
        for (i, j), value in np.ndenumerate(layer.dL_dW):
            assert only(root, "weight", layer=layer.l, to=i, from_=j).get("class") == f"weight {in_words(value)}"
        for i, value in enumerate(layer.dL_dc):
            mark = only(root, "intercept", layer=layer.l, unit=i)
            assert mark.find(f"{SVG}text").text == f"∂c = {short(value)}"
            assert mark.find(f"{SVG}path").get("class") == f"solid {in_words(value)}"


def test_every_intercept_is_a_mark_with_its_value_and_the_input_has_none(network):
    root = drawn(neuron_diagram(network))

    for l, c in enumerate(network.c, start=1):
        for i, value in enumerate(c):
            assert only(root, "intercept", layer=l, unit=i).find(f"{SVG}text").text == f"c = {short(value)}"
    assert not of_class(root, "intercept", layer=0)


def test_the_circles_hold_z_of_the_trace(network, traced):
    root = drawn(neuron_diagram(network, trace=traced))

    for layer in traced.layers:
        for i, z in enumerate(layer.z):
            assert only(root, "value", layer=layer.l, unit=i).text == short(z)
    assert not of_class(drawn(neuron_diagram(network)), "value")


def test_each_layer_is_a_group_with_its_circles_and_its_activation_below(network):
    root = drawn(neuron_diagram(network))

    for l, size in enumerate(network.sizes):
        group = only(root, "layer", layer=l)
        assert len(of_class(group, "neuron", layer=l)) == size
        if l > 0:
            assert words(only(group, "activation")) == network.activations[l - 1].name
    assert {words(item) for item in of_class(root, "symbol")} >= {"x1", "z3(2)", "ŷ2", "z(1) = relu(h(1))"}


def test_circles_of_one_column_do_not_touch(network, traced):
    for svg in (neuron_diagram(network), neuron_diagram(network, trace=traced)):
        for l in range(4):
            circles = of_class(drawn(svg), "neuron", layer=l)
            gaps = np.diff([float(circle.get("cy")) for circle in circles])
            assert (gaps > 2 * float(circles[0].get("r")) + 20).all()


def test_a_large_layer_is_folded_and_says_how_many_are_hidden(rng):
    wide = Network.initialise([8, 64, 64, 1], ["relu", "relu", "linear"], random_state=rng)

    root = drawn(neuron_diagram(wide, most=5))

    for l, size in enumerate(wide.sizes):
        units = [int(circle.get("data-unit")) for circle in of_class(root, "neuron", layer=l)]
        assert units == ([0] if size == 1 else [0, 1, 2, size - 2, size - 1])
    for l, hidden in ((0, 3), (1, 59), (2, 59)):
        folded = only(root, "folded", layer=l)
        assert folded.get("data-hidden") == str(hidden)
        assert words(folded) == f"{hidden} more"
    assert "59 of them not drawn" in root.find(f"{SVG}desc").text
    assert len(of_class(root, "weight", layer=2)) == 25


def test_a_layer_of_exactly_most_is_not_folded(rng):
    root = drawn(neuron_diagram(Network.initialise([8, 9], ["linear"], random_state=rng)))

    assert not of_class(root, "folded", layer=0)
    assert only(root, "folded", layer=1).get("data-hidden") == "1"


def test_a_deep_network_is_folded_in_the_middle_and_draws_no_line_over_the_gap(rng):
    deep = Network.initialise([3] * 41, ["tanh"] * 40, random_state=rng)

    root = drawn(neuron_diagram(deep))

    assert [int(group.get("data-layer")) for group in of_class(root, "layer")] == [*range(6), *range(35, 41)]
    assert only(root, "folded-layers").get("data-hidden") == "29"
    assert not of_class(root, "weight", layer=35)
    assert len(of_class(root, "weight", layer=36)) == 9


def test_a_linear_model_is_one_input_and_one_output_column():
    linear = Network.from_arrays([([[1.0, -2.0, 0.0]], [0.5], "linear")])

    root = drawn(neuron_diagram(linear, feature_names=["a", "b", "c"], output_names=["price"]))

    assert [line.get("class") for line in of_class(root, "weight")] == [  # the strongest last, on top
        "weight zero",
        "weight positive",
        "weight negative",
    ]
    assert [words(name) for name in of_class(root, "name")] == ["a", "b", "c", "price"]


def test_hostile_names_stay_text(network, traced):
    svg = neuron_diagram(network, trace=traced, feature_names=[HOSTILE] * 4, output_names=["]]>", "\x00\x1b\ud800"])

    root = drawn(svg)
    names = of_class(root, "name")
    assert not list(root.iter(f"{SVG}script"))
    assert HOSTILE in words(names[0])
    assert words(names[4]) == "]]>"
    assert "\x00" not in svg
    svg.encode("utf-8")


def test_a_hostile_activation_stays_text_in_every_picture():
    class Named(Activation):
        name = HOSTILE
        formula = slope_formula = HOSTILE
        kinks = (0.0,)

        def value(self, h):
            return np.abs(h)

        def slope(self, h):
            return np.sign(h)

    own = Network.initialise([2, 2, 1], [Named(), "linear"])
    made = trace(own, [1.0, 2.0], 1.0, "rss")

    for svg in (neuron_diagram(own, trace=made), matrix_diagram(own), activation_curve(Named()), gradient_flow(made)):
        assert "<script" not in svg
        assert not list(drawn(svg).iter(f"{SVG}script"))


def test_long_names_are_cut_and_kept_in_full_for_who_points_at_them(network):
    long = "the number of rooms of the household, on average"

    name = of_class(drawn(neuron_diagram(network, feature_names=[long, "b", "c", "d"])), "name")[0]

    assert name.find(f"{SVG}title").text == long
    assert words(name).endswith("the number of rooms of …")


def test_the_names_of_a_row_are_used_and_of_two_classes_the_second():
    logistic = Network.from_arrays([([[1.0, 2.0]], [0.0], "sigmoid")])
    row = Row((), ("age", "sex"), ("P(no)", "P(yes)"), np.array([0.4, 0.6]), ("yes",), ("ill",), (0.0,), (1.0,), "yes")
    made = dataclasses.replace(trace(logistic, [1.0, 2.0], 1.0, "log"), row=row)

    names = [words(name) for name in of_class(drawn(neuron_diagram(logistic, trace=made)), "name")]

    assert names == ["age", "sex", "P(yes)"]


def test_weights_that_are_not_finite_are_drawn_and_do_not_spoil_the_scale():
    broken = Network.from_arrays([([[np.nan, np.inf, 2.0, 1.0]], [np.nan], "linear")])

    root = drawn(neuron_diagram(broken))

    assert "widest: |W| = 2" in words(root)
    widths = [float(only(root, "weight", layer=1, to=0, from_=j).get("stroke-width")) for j in range(4)]
    assert widths[0] < widths[3] < widths[2] == widths[1]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"colour_by": "gradients"}, "The `colour_by` parameter of neuron_diagram must be 'weights' or 'gradient'."),
        ({"colour_by": "gradient"}, "colour_by='gradient' needs a trace with a target"),
        ({"feature_names": ["a"]}, "The `feature_names` parameter of neuron_diagram must be a list of 4 names."),
        ({"output_names": "ab"}, "The `output_names` parameter of neuron_diagram must be a list of 2 names."),
        ({"most": 1}, "The `most` parameter of neuron_diagram must be a whole number >= 2."),
    ],
)
def test_wrong_arguments_are_refused_by_name(network, options, sentence):
    with pytest.raises(ParameterError, match=re.escape(sentence)):
        neuron_diagram(network, **options)


def test_the_trace_of_another_network_is_refused(network):
    other = Network.initialise([2, 1], ["linear"])

    with pytest.raises(ParameterError, match="Give the network that was traced"):
        neuron_diagram(network, trace=trace(other, [1.0, 2.0]))


def test_a_network_of_two_times_64_is_drawn_fast_and_small(rng):
    wide = Network.initialise([8, 64, 64, 1], ["relu", "relu", "linear"], random_state=rng)
    made = trace(wide, rng.normal(size=8), 1.0, "rss")

    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        svg = neuron_diagram(wide, trace=made)
        seconds.append(time.perf_counter() - start)

    assert min(seconds) < 0.05
    assert len(svg) < 100_000


# ---- matrices ----


def test_every_box_has_the_shape_of_its_matrix(network):
    root = drawn(matrix_diagram(network))

    for l, W in enumerate(network.W, start=1):
        d_out, d_in = W.shape
        shapes = [words(item) for item in of_class(only(root, "layer", layer=l), "shape")]
        assert shapes == [f"{d_out} × {d_in}", f"{d_in} × 1", *[f"{d_out} × 1"] * 3]


def test_boxes_are_in_proportion_to_their_shapes_and_bounded(network, rng):
    wide = Network.initialise([8, 64, 1000, 1], ["relu", "relu", "linear"], random_state=rng)

    for drawn_network in (network, wide):
        root = drawn(matrix_diagram(drawn_network))
        for l, W in enumerate(drawn_network.W, start=1):
            boxes = of_class(only(root, "layer", layer=l), "matrix")
            sides = [(float(box.get("height")), float(box.get("width"))) for box in boxes]
            assert all(9 <= side <= 132 for pair in sides for side in pair)
            assert sides[0] == (sides[2][0], sides[1][0])  # W is as high as c and as wide as z before it is high
            if drawn_network is network:
                assert sides[0] == (15 * W.shape[0], 15 * W.shape[1])


def test_boxes_and_their_labels_do_not_overlap(network, rng):
    for sizes in ([4, 3, 3, 2], [8, 64, 64, 1], [3, 1], [100000, 2, 100000]):
        some = Network(sizes, ["tanh"] * (len(sizes) - 1), np.zeros(count_parameters(sizes)))
        for group in of_class(drawn(matrix_diagram(some)), "layer"):
            edges = []
            for box, shape in zip(of_class(group, "matrix"), of_class(group, "shape"), strict=True):
                middle, half = float(shape.get("x")), 3.2 * len(words(shape))
                left = float(box.get("x"))
                edges += [min(left, middle - half), max(left + float(box.get("width")), middle + half)]
            assert (np.diff(edges) > 0).all(), sizes


def test_the_matrix_diagram_names_every_part_in_order(network):
    root = drawn(matrix_diagram(network))
    names = [words(item) for item in of_class(only(root, "layer", layer=3), "symbol")]

    assert names == ["W(3)", "z(2)", "c(3)", "h(3)", "ŷ"]
    assert [words(item) for item in of_class(root, "activation")] == ["relu", "sigmoid", "linear"]


def test_the_matrix_diagram_of_a_deep_network_leaves_out_the_middle(rng):
    root = drawn(matrix_diagram(Network.initialise([2] * 31, ["tanh"] * 30, random_state=rng)))

    assert [int(group.get("data-layer")) for group in of_class(root, "layer")] == [*range(1, 7), *range(25, 31)]
    assert "18 layers more" in words(root)


# ---- curves ----


def to_values(root, path):
    """(h, value) of a curve's points, through the numbers at the axes."""
    ticks_h = [(float(t.get("x")), float(t.get("data-value"))) for t in of_class(root, "tick-h")]
    ticks_z = [(float(t.get("data-y")), float(t.get("data-value"))) for t in of_class(root, "tick-z")]
    (x0, h0), (x1, h1) = ticks_h[0], ticks_h[-1]
    (y0, z0), (y1, z1) = ticks_z[0], ticks_z[-1]
    scale_h, scale_z = (h1 - h0) / (x1 - x0), (z1 - z0) / (y1 - y0)
    pieces = points(path)
    return [(h0 + (p[:, 0] - x0) * scale_h, z0 + (p[:, 1] - y0) * scale_z) for p in pieces], abs(scale_h), abs(scale_z)


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("what", ["value", "slope"])
def test_the_points_of_a_curve_are_the_values_of_the_activation(name, what):
    """Read back through the axes' own numbers, to what a hundredth of a unit of the picture allows."""
    root = drawn(activation_curve(name))

    pieces, scale_h, scale_z = to_values(root, only(root, "value-curve" if what == "value" else "slope"))

    h = np.concatenate([piece[0] for piece in pieces])
    z = np.concatenate([piece[1] for piece in pieces])
    assert (h[0], h[-1]) == pytest.approx((-4, 4), abs=1e-12)
    assert len(h) >= 161
    ends = [(piece[0][0], piece[0][-1]) for piece in pieces]
    kinks = ACTIVATIONS[name].kinks
    assert [end[1] for end in ends[:-1]] == pytest.approx(kinks, abs=2 * HALF * scale_h)
    function = getattr(ACTIVATIONS[name], what)
    beside = np.concatenate(
        [np.clip(p[0], a + 1e-9, b - 1e-9) for p, a, b in zip(pieces, [-5, *kinks], [*kinks, 5], strict=True)]
    )
    steepest = np.abs(np.diff(function(beside)) / np.diff(beside)).max()
    edge = 4 * HALF * scale_z + 2 * HALF * scale_h * max(1.2, steepest)  # places of ticks and points are rounded
    np.testing.assert_allclose(z, function(beside), rtol=0, atol=edge)


def test_kinks_are_marked_where_the_slope_jumps():
    for name in ELEMENTWISE:
        root = drawn(activation_curve(name))
        marks = of_class(root, "kink")
        assert [float(mark.get("data-h")) for mark in marks] == list(ACTIVATIONS[name].kinks)
        for mark in marks:
            zero = next(t for t in of_class(root, "tick-h") if t.get("data-value") == "0")
            assert {circle.get("cx") for circle in mark.iter(f"{SVG}circle")} == {zero.get("x")}
    assert "jumps at h = 0 from 0 to 1; 0 is taken" in words(of_class(drawn(activation_curve("relu")), "kink")[0])


def test_the_legend_of_a_curve_gives_both_formulae():
    for name in ELEMENTWISE:
        text = words(drawn(activation_curve(name)))
        assert f"f(h) = {ACTIVATIONS[name].formula}" in text
        assert f"f′(h) = {ACTIVATIONS[name].slope_formula}" in text


def test_the_grid_holds_every_element_wise_activation_once():
    panels = of_class(drawn(activation_curves()), "panel")

    assert [panel.get("data-activation") for panel in panels] == list(ELEMENTWISE)


@pytest.mark.parametrize("loss", DRAWN, ids=str)
def test_the_points_of_a_losss_curves_are_its_values_and_derivatives(loss):
    """Of the residual; of the last h, for the target 1, where the loss is paired."""
    root = drawn(loss_curves())
    panel = of_class(root, "panel")[DRAWN.index(loss)]
    assert len(of_class(root, "panel")) == len(DRAWN)
    zero, one = np.zeros(1), np.ones(1)
    for name, exact in (("value-curve", loss.value), ("slope", loss.derivative)):
        pieces, scale_h, scale_z = to_values(panel, only(panel, name))
        for at, values in pieces:
            if loss.paired:
                exact = loss.value_from_h if name == "value-curve" else loss.dL_dH
            inside = slice(1, -1)  # the ends may lie on a kink
            expected = [exact(one if loss.paired else zero, np.array([h]))[0] for h in at[inside]]
            steepest = 2 * np.exp(4)  # of any of them
            edge = 4 * HALF * scale_z + 2 * HALF * scale_h * steepest
            np.testing.assert_allclose(values[inside], expected, rtol=0, atol=edge)


def test_softmax_has_no_curve():
    with pytest.raises(ParameterError, match="Each output of softmax depends on every h: it has no curve"):
        activation_curve("softmax")


# ---- the flow of dL_dh ----


@pytest.mark.parametrize(
    ("sizes", "activations", "loss", "y"),
    [
        ([4, 3, 3, 2], ["relu", "sigmoid", "linear"], "rss", [1.0, -2.0]),
        ([3, 1], ["linear"], "rss", [4.0]),
        ([4, 5, 3], ["tanh", "softmax"], "cross_entropy", [1.0]),
        ([2, 40, 1], ["silu", "sigmoid"], "log", [1.0]),
    ],
)
def test_the_norms_of_the_flow_are_those_of_the_trace(rng, sizes, activations, loss, y):
    made = trace(Network.initialise(sizes, activations, random_state=rng), rng.normal(size=sizes[0]), y, loss)

    root = drawn(gradient_flow(made))

    for layer in made.layers[1:]:
        for name in ("dL_dh", "dL_dW", "dL_dc"):
            shown = words(only(root, "norm", layer=layer.l, of=name))
            assert shown == short(np.sqrt((getattr(layer, name) ** 2).sum()))
    assert words(only(root, "norm", layer=0, of="dL_dx")) == short(np.linalg.norm(made.dL_dx))


def test_every_bar_has_the_side_the_colour_and_the_length_of_its_dL_dh(traced):
    root = drawn(gradient_flow(traced))
    rows = [traced.dL_dx[0], *(layer.dL_dh[0] for layer in traced.layers[1:])]
    largest = max(np.abs(row).max() for row in rows)

    for l, row in enumerate(rows):
        middle = float(only(root, "layer", layer=l).find(f"{SVG}text").get("x"))
        for i, value in enumerate(row):
            bar = only(root, "gradient", layer=l, unit=i)
            start, length = float(bar.get("x")), float(bar.get("width"))
            assert bar.get("class") == f"gradient solid {in_words(value)}"
            assert length == pytest.approx(max(50 * abs(value) / largest, 1.0), abs=HALF)
            end = {"positive": start, "negative": start + length, "zero": start + 0.5}[in_words(value)]
            assert end == pytest.approx(middle, abs=2 * HALF)


def test_the_arrows_name_the_five_equations_from_the_loss_to_the_input(traced):
    arrows = [words(arrow) for arrow in of_class(drawn(gradient_flow(traced)), "arrow")]

    assert arrows == [
        "(1) dL_dy_hat· dz_dh(3)",
        "(4) · W(3)(5) · dz_dh(2)",
        "(4) · W(2)(5) · dz_dh(1)",
        "(4) · W(1)",
    ]
    norms = words(only(drawn(gradient_flow(traced)), "norms"))
    assert "(2)‖dL_dW‖" in norms
    assert "(3)‖dL_dc‖" in norms


def test_a_paired_loss_starts_from_y_hat_less_y(rng):
    logistic = Network.initialise([2, 1], ["sigmoid"], random_state=rng)

    arrow = of_class(drawn(gradient_flow(trace(logistic, [1.0, 2.0], 1.0, "log"))), "arrow")[0]

    assert words(arrow) == "(1)ŷ − y"


def test_the_losses_stand_at_the_right_and_a_missing_target_is_said_to_be_missing(network, rng):
    made = trace(network, rng.normal(size=4), [np.nan, 1.0], "rss")

    losses = [words(item) for item in of_class(drawn(gradient_flow(made)), "loss")]

    assert losses == ["L1 = missing", f"L2 = {short(made.losses[1])}"]


def test_the_flow_of_large_and_of_many_layers_is_folded(rng):
    wide = trace(Network.initialise([3, 100, 1], ["tanh", "linear"], random_state=rng), [1.0, 2.0, 3.0], 1.0, "rss")
    deep = trace(Network.initialise([3] * 31, ["tanh"] * 30, random_state=rng), [1.0, 2.0, 3.0], [1.0] * 3, "rss")

    assert len(of_class(drawn(gradient_flow(wide)), "gradient", layer=1)) == 16
    assert "⋮ 84 more" in words(drawn(gradient_flow(wide)))
    assert len(of_class(drawn(gradient_flow(deep)), "layer")) == 10
    assert "21 layers more" in words(drawn(gradient_flow(deep)))


def test_a_saturated_pair_whose_factors_are_not_finite_is_drawn_from_the_exact_form():
    saturated = Network.from_arrays([([[1000.0]], [0.0], "sigmoid")])

    root = drawn(gradient_flow(trace(saturated, [1.0], 0.0, "log")))

    assert words(only(root, "norm", layer=1, of="dL_dh")) == "1"
    assert words(only(root, "loss", target=0)) == "L = 1000"


def test_a_trace_without_a_target_has_no_flow(network):
    with pytest.raises(ParameterError, match="gradient_flow needs a trace with a target"):
        gradient_flow(trace(network, np.ones(4)))
