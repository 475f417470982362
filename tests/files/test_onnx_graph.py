"""What every ONNX file of ours has: names of its own, versions, weights inside, and nothing that is not used."""

import builtins

import numpy as np
import onnx
import onnxruntime
import pytest

from pellucid.errors import LibraryUnavailable, ModelFileError
from pellucid.files.onnx_export import graph as graph_module
from pellucid.files.onnx_export.comparison import OnnxCheck, OutputDifference, differences, run_in_blocks
from pellucid.files.onnx_export.graph import FLOAT64, IR_VERSION, ML_OPSET, OPSET, Graph


def a_line():
    """A graph for 2 x + 1, beside a node that nothing uses."""
    graph = Graph()
    x = graph.input("x", FLOAT64, ["N", 1], "any number")
    _ = x * 17
    graph.output(2 * x + 1, "prediction", ["N", 1], "a line")
    return graph


def test_a_graph_states_versions_and_metadata_and_passes_the_checker():
    model = onnx.load_from_string(a_line().to_bytes("a line", {"task": "regression"}, "0.1.2"))

    onnx.checker.check_model(model, full_check=True)
    assert (model.producer_name, model.producer_version) == ("pellucid", "0.1.2")
    assert model.ir_version == IR_VERSION
    assert {opset.domain: opset.version for opset in model.opset_import} == {"": OPSET, "ai.onnx.ml": ML_OPSET}
    assert {entry.key: entry.value for entry in model.metadata_props} == {"task": "regression"}


def test_what_no_output_uses_is_left_out():
    model = onnx.load_from_string(a_line().to_bytes("a line", {}))

    assert [node.op_type for node in model.graph.node] == ["Mul", "Add", "Identity"]
    assert [onnx.numpy_helper.to_array(constant).item() for constant in model.graph.initializer] == [2, 1]


def test_the_same_graph_gives_the_same_bytes_without_external_data():
    first, second = a_line().to_bytes("a line", {"a": "1", "b": "2"}), a_line().to_bytes("a line", {"a": "1", "b": "2"})

    assert first == second
    for constant in onnx.load_from_string(first).graph.initializer:
        assert constant.data_location == onnx.TensorProto.DEFAULT
        assert not constant.external_data


def test_names_that_are_taken_are_numbered():
    graph = Graph()

    assert [graph.name(wanted) for wanted in ("Mul", "Mul", "Mul (2)", "Mul", "", "")] == [
        "Mul", "Mul (2)", "Mul (2) (2)", "Mul (3)", "unnamed", "unnamed (2)",
    ]  # fmt: skip


def test_arithmetic_of_values_is_that_of_arrays(rng):
    X = rng.normal(size=(5, 3))
    graph = Graph()
    x = graph.input("x", FLOAT64, ["N", 3])
    graph.output((1 - x) / 3 + 2 / (x * x + 1) - -x, "y", ["N", 3])
    (found,) = onnxruntime.InferenceSession(graph.to_bytes("", {})).run(None, {"x": X})

    assert np.array_equal(found, (1 - X) / 3 + 2 / (X * X + 1) - -X)


def test_weights_that_no_file_holds_are_refused(monkeypatch):
    monkeypatch.setattr(graph_module, "MOST_BYTES", 15)

    with pytest.raises(ModelFileError, match=r"^The model's 1.49e-08 GiB of weights do not fit one ONNX file"):
        a_line().to_bytes("", {})


@pytest.mark.parametrize("library", ["onnx", "onnxruntime"])
def test_without_the_extra_the_message_says_how_to_install_it(library, monkeypatch):
    real = builtins.__import__

    def refuse(name, *arguments, **others):
        if name == library:
            raise ImportError(name)
        return real(name, *arguments, **others)

    monkeypatch.setattr(builtins, "__import__", refuse)
    call = Graph if library == "onnx" else lambda: run_in_blocks(b"", None, [])
    with pytest.raises(LibraryUnavailable) as caught:
        call()
    doing = "Exporting to ONNX" if library == "onnx" else "Checking an ONNX file"
    assert str(caught.value) == (
        f"{doing} needs the library {library}, which is not installed. Install it with `pip install 'pellucid[onnx]'`."
    )


def test_differences_are_relative_to_the_largest_entry_of_their_output():
    expected = np.array([[1.0, 1000.0, 0.0], [-4.0, 10.0, 0.0]])
    found = expected + np.array([[0.0, 1.0, 0.0], [0.02, 0.0, 0.0]])

    assert differences(["a", "b", "c"], found, expected, together=False) == [
        OutputDifference("a", pytest.approx(0.02), pytest.approx(0.005)),
        OutputDifference("b", 1.0, 0.001),
        OutputDifference("c", 0.0, 0.0),
    ]
    assert differences(["a", "b", "c"], found, expected, together=True)[0].relative == pytest.approx(2e-5)


def test_numbers_that_are_not_finite_must_be_so_in_both():
    expected = np.array([[np.inf, np.nan, 1.0]])

    assert [d.absolute for d in differences("abc", expected.copy(), expected, together=False)] == [0, 0, 0]
    assert [d.absolute for d in differences("abc", np.array([[1.0, 1.0, np.nan]]), expected, together=False)] == [
        np.inf
    ] * 3


@pytest.mark.parametrize(("relative", "labels", "passed"), [(1e-12, 0, True), (1e-8, 0, False), (0.0, 1, False)])
def test_a_check_fails_for_a_difference_beyond_the_limit_and_for_another_label(relative, labels, passed):
    check = OnnxCheck(3, (OutputDifference("y", 1.0, relative),), labels, 1e-10)

    assert check.passed is passed
    assert check.to_dict()["passed"] is passed
    assert ("within the limit" in str(check)) is passed
    assert ("BEYOND the limit" in str(check)) is not passed
    assert ("other labels in 1 rows" in str(check)) is (labels > 0)
