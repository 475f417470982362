"""Sensitivities: the product of Jacobians, the batch form and the kernels are one, and they are the derivative."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cases
from pellucid.engines.compiled.engine import CompiledEngine
from pellucid.engines.reference import ReferenceEngine
from pellucid.mathematics.activations import ELEMENTWISE, HIDDEN
from pellucid.mathematics.forward import propagate_forward
from pellucid.mathematics.sensitivity import sensitivities_of_batch, sensitivity_of_observation
from pellucid.mathematics.structure import Network

OUTPUTS = (*ELEMENTWISE, "softmax", ["sigmoid", "exponential", "linear"])  # of the last layer
HEADS = [("cross_entropy" if output == "softmax" else "rss", output) for output in OUTPUTS]
CASES = [(head, hidden, depth) for head in HEADS for hidden, depth in (("tanh", 0), ("gelu", 1), ("relu", 3))]
CASES += [(("rss", "linear"), hidden, 2) for hidden in HIDDEN]


@pytest.mark.parametrize(("head", "hidden", "depth"), CASES, ids=str)
def test_every_way_gives_the_derivative_of_the_prediction(head, hidden, depth, rng, close):
    """Against jax.jacrev of the way forward in float64, for 70 rows: more than one block of the kernels."""
    network = cases.make_network(rng, head, hidden, depth)
    X = rng.normal(size=(70, 3))
    with jax.enable_x64(True):
        rows = jax.jit(jax.vmap(jax.jacrev(lambda x: propagate_forward(network, x)[1][-1])))(jnp.asarray(X))
        expected = np.asarray(rows)

    singles = np.array([sensitivity_of_observation(network, x) for x in X])
    close("4, sensitivities = jax.jacrev", singles, expected, 1e-12, "one observation")
    close("4, sensitivities = jax.jacrev", sensitivities_of_batch(network, X), expected, 1e-12, "batch")
    for engine in (ReferenceEngine(), CompiledEngine()):
        close("4, sensitivities = jax.jacrev", engine.sensitivities(network, X), expected, 1e-12, engine.name)


@pytest.mark.parametrize("engine", [ReferenceEngine(), CompiledEngine()], ids=lambda engine: engine.name)
def test_a_float32_network_gives_float64_sensitivities_row_by_row(engine, rng):
    """As predictions: a row's numbers do not depend on the rows beside it (compiled), nor on the network's type."""
    network = cases.make_network(rng, ("rss", "linear"), "tanh", 2, dtype="float32")
    X = rng.normal(size=(9, 3))
    together = engine.sensitivities(network, X)
    wide = engine.sensitivities(network.with_parameters(network.theta.astype(np.float64)), X)

    np.testing.assert_array_equal(together, wide)
    assert together.dtype == np.float64
    if engine.name == "compiled":
        alone = np.concatenate([engine.sensitivities(network, x[None]) for x in X])
        np.testing.assert_array_equal(alone, together)


@pytest.mark.parametrize("a", [1.0, 20.0, 36.0, 40.0, 300.0])
def test_softmax_is_exact_where_a_class_is_certain(a, record_error):
    """dy_1/dx_1 against 50 digits: 1 - y_1 is the sum of the other y, which no rounding of y_1 to 1 loses."""
    import mpmath

    network = Network.from_arrays([([[1.0, 0], [0, 1], [-1, -1]], [0.0, 0, 0], "softmax")])
    with mpmath.workdps(50):
        z = [mpmath.exp(h) for h in (a, 0, -a)]
        P = [z_k / sum(z) for z_k in z]
        expected = float(P[0] * (P[1] + P[2]) + P[0] * P[2])
    x = np.array([a, 0.0])
    found = {
        "observation": sensitivity_of_observation(network, x)[0, 0],
        "batch": sensitivities_of_batch(network, x[None])[0, 0, 0],
        "compiled": CompiledEngine().sensitivities(network, x[None])[0, 0, 0],
    }
    for way, value in found.items():
        record_error("1, sensitivity of softmax", abs(value - expected) / expected, 1e-14, f"{way}, {a}")
