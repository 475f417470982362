"""A batch in matrices, in the text's columns and as tensor products: the same numbers, proved from observations."""

import numpy as np
import pytest

import cases
import pellucid
from pellucid.errors import DataError, GradientMismatch, ParameterError
from pellucid.glassbox import batch_trace
from pellucid.mathematics.structure import Network

HEADS = cases.PLAIN_HEADS


def traced(rng, head=("rss", "linear"), depth=2, N=7):
    network = cases.make_network(rng, head, "silu", depth)
    X, Y = rng.normal(size=(N, 3)), cases.make_targets(rng, head[0], N)
    return network, X, Y, pellucid.trace_batch(network, X, Y, head[0])


@pytest.mark.parametrize("head", HEADS, ids=str)
@pytest.mark.parametrize("depth", [0, 2])
def test_each_row_is_the_trace_of_its_observation_and_the_sums_are_theirs(head, depth, rng, close):
    """Row n of H, Z, dL_dH and dL_dZ belongs to observation n; dL_dW and dL_dc are sums over observations."""
    network, X, Y, made = traced(rng, head, depth)
    singles = [pellucid.trace(network, x, y, head[0]) for x, y in zip(X, Y, strict=True)]

    for l, layer in enumerate(made.layers[1:], start=1):
        for upper, lower in (("H", "h"), ("Z", "z"), ("dL_dH", "dL_dh")):
            rows = np.array([np.ravel(getattr(single.layers[l], lower)) for single in singles])
            close("glass box: batch = observations", getattr(layer, upper), rows, 1e-13, f"{upper} of layer {l}")
        for name in ("dL_dW", "dL_dc"):
            total = sum(getattr(single.layers[l], name) for single in singles)
            close("glass box: batch = observations", getattr(layer, name), total, 1e-13, f"{name} of layer {l}")
    close("glass box: batch = observations", made.dL_dX, np.array([s.dL_dx[0] for s in singles]), 1e-13, "dL_dX")
    assert made.prove() < 1e-13


def test_tensor_products_give_the_gradient_of_the_weights(rng, close):
    """dL_dH · dH_dW over neurons and observations, in the text's columns (D, N)."""
    _, _, _, made = traced(rng)

    for layer in made.layers[1:]:
        assert layer.in_columns("H").shape == layer.H.shape[::-1]
        close("glass box: tensor product", layer.tensor_product(), layer.dL_dW, 1e-13, f"layer {layer.l}")


def test_a_missing_target_counts_for_nothing(rng):
    network, X, Y, _ = traced(rng)
    Y[2, 1] = np.nan
    made = pellucid.trace_batch(network, X, Y, "rss")

    assert np.isnan(made.losses[2, 1])
    assert made.layers[-1].dL_dH[2, 1] == 0
    assert made.prove() < 1e-13


def test_the_proof_can_fail(rng, monkeypatch):
    """A matrix form that is a millionth off is not proved."""
    own = batch_trace.propagate_backward_batch

    def wrong(*arguments):
        made = own(*arguments)
        made.dL_dW[1] = made.dL_dW[1] * (1 + 1e-6)
        return made

    monkeypatch.setattr(batch_trace, "propagate_backward_batch", wrong)
    with pytest.raises(GradientMismatch, match="differs from the sum over observations"):
        traced(rng)[3].prove()


def test_what_cannot_be_shown_is_refused(rng):
    """A tensor of gigabytes, a name without observations, weights that are not numbers."""
    network, X, Y, made = traced(rng)
    wide = pellucid.trace_batch(
        Network.initialise([50, 200, 1], ["relu", "linear"]), np.ones((40, 50)), Y[[0] * 40, :1], "rss"
    )
    with pytest.raises(ParameterError, match=r"would take 640 MB.*dL_dH\.T @ Z_before"):
        _ = wide.layers[1].dH_dW
    with pytest.raises(ParameterError, match="Layer 1 has no 'W' with observations"):
        made.layers[1].in_columns("W")
    network.theta[0] = np.inf
    with pytest.raises(DataError, match="W of layer 1 holds inf"):
        pellucid.trace_batch(network, X, Y, "rss")


def test_it_prints_every_matrix(rng):
    text = str(traced(rng)[3])

    for name in ("X", "H", "Z", "losses", "dL_dY_hat", "dY_hat_dH", "dL_dH", "dL_dW", "dL_dc", "dL_dZ", "dL_dX"):
        assert f"\n{name} " in text
