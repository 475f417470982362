"""Every activation has its entry, and ONNX Runtime gives the values of the chapter, at any h."""

import numpy as np
import onnxruntime
import pytest

from pellucid.errors import ModelFileError
from pellucid.files.onnx_export.activations import ENTRIES, add_activation, erfc_polynomial
from pellucid.files.onnx_export.graph import Graph
from pellucid.files.onnx_export.layers import add_layers
from pellucid.mathematics.activations import ACTIVATIONS, Activation
from pellucid.mathematics.activations.per_output import PerOutput
from pellucid.mathematics.structure import Network

EXTREMES = [0.0, -0.0, 1e-300, -1e-300, 1e-20, -1e-20, 1e-5, -1e-5, 1.0, -1.0, 37.0, -37.0, 80.0, -80.0]
FAR = [750.0, -750.0, 1e20, -1e20]
FEW_ROUNDINGS = 3e-15


def by_onnx(activation, h):
    graph = Graph()
    value = graph.input("h", h.dtype, ["N", h.shape[1]])
    graph.output(add_activation(activation, value), "z", ["N", h.shape[1]])
    session = onnxruntime.InferenceSession(graph.to_bytes("", {}), providers=["CPUExecutionProvider"])
    return session.run(None, {"h": h})[0]


def test_every_activation_has_its_entry():
    assert set(ENTRIES) == set(ACTIVATIONS)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_are_those_of_the_chapter(name, rng, record_error):
    """Relative to 1 + |z|, so near 0 in the units of h; at the ends of the range too."""
    far = [] if name == "exponential" else FAR
    h = np.concatenate([np.linspace(-12, 12, 997), 30 * rng.normal(size=300), EXTREMES, far])
    h = h[: len(h) // 3 * 3].reshape(-1, 3)

    expected, found = ACTIVATIONS[name].value(h), by_onnx(ACTIVATIONS[name], h)
    gap = np.abs(found - expected) / (1 + np.abs(expected))
    record_error("onnx: activations", gap.max(), FEW_ROUNDINGS, f"{name}, h = {h.ravel()[gap.argmax()]}")


@pytest.mark.parametrize("name", ["elu", "selu", "softplus", "gelu", "mish", "silu"])
def test_small_values_keep_their_digits_in_float64(name, close):
    """Left of 0, where exp(h) would be lost beside 1: relative to each value itself."""
    h = -np.concatenate([np.geomspace(1e-12, 1, 50), np.linspace(1, 25, 50)])[:, None]

    expected = ACTIVATIONS[name].value(h)
    close("onnx: activations, small", by_onnx(ACTIVATIONS[name], h) / expected, np.ones_like(h), 1e-13, name)


def test_the_polynomial_of_erfc_loses_no_digits():
    """Its coefficients stay small, so none of its sums is a difference of large numbers."""
    coefficients = np.abs(erfc_polynomial())

    assert coefficients.max() < 1
    assert coefficients[-1] < 1e-6


def test_outputs_may_have_an_activation_each(rng):
    h = rng.normal(size=(20, 3))
    activation = PerOutput(["linear", "exponential", "relu"])

    assert np.allclose(by_onnx(activation, h), activation.value(h), rtol=1e-15, atol=0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("hidden", [(), (5,), (4, 3, 2)], ids=str)
def test_layers_give_what_the_network_predicts(hidden, dtype, rng, close):
    """With no hidden layer, one and three; of one row and of many."""
    sizes = [3, *hidden, 2]
    network = Network.initialise(sizes, [*["tanh"] * len(hidden), "sigmoid"], random_state=1, dtype=dtype)
    X = rng.normal(size=(40, 3))
    graph = Graph()
    graph.output(add_layers(network, graph.input("X", np.dtype("float64"), ["N", 3])), "Y_hat", ["N", 2])
    session = onnxruntime.InferenceSession(graph.to_bytes("", {}), providers=["CPUExecutionProvider"])
    wide = Network(network.sizes, network.activations, network.theta.astype(np.float64))
    for rows in (X, X[:1], X[:0]):
        found = session.run(None, {"X": rows})[0]
        close("onnx: layers", found, wide.predict(rows), FEW_ROUNDINGS, f"{sizes} in {dtype}")


def test_an_activation_of_your_own_is_refused_by_its_name():
    class Sine(Activation):
        name = "sine"

    class Impostor(Activation):
        name = "relu"

    for own in (Sine(), Impostor(), PerOutput(["linear", Sine()])):
        with pytest.raises(ModelFileError, match=r"^The activation (sine|relu) of your own cannot be exported to ONNX"):
            by_onnx(own, np.zeros((1, 2)))
