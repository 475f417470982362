"""Rung 3: the batch is the sum of its observations."""

import numpy as np
import pytest

import cases
from pellucid.mathematics.batch import propagate_backward_batch
from pellucid.mathematics.forward import propagate_forward, propagate_forward_batch
from pellucid.mathematics.losses import LOSSES, get_loss
from pellucid.mathematics.observation import propagate_backward

LIMIT = 1e-13
ROWS = 5


def draw(rng, case):
    network = cases.make_network(rng, case.head, case.hidden, case.depth, case.D_y)
    loss = get_loss(case.head[0])
    X, Y = rng.normal(size=(ROWS, 3)), cases.make_targets(rng, loss, ROWS, case.D_y)
    return network, X, Y, loss, rng.uniform(0.5, 2, Y.shape)


@pytest.mark.parametrize("case", cases.PAIRWISE, ids=str)
def test_a_batch_is_the_sum_over_its_observations(case, rng, close):
    """dL_dW and dL_dc of every layer, summed; H, Z, dL_dH, dL_dZ and the losses, row by row."""
    network, X, Y, loss, coefficients = draw(rng, case)

    batch = propagate_backward_batch(network, X, Y, loss, coefficients)
    each = [propagate_backward(network, x, y, loss, c) for x, y, c in zip(X, Y, coefficients, strict=True)]

    summed, row = "3, batch = sum of observations", "3, batch row = observation"
    for l in range(1, case.depth + 2):
        close(summed, batch.dL_dW[l], sum(one.dL_dW[l] for one in each), LIMIT, f"dL_dW of layer {l}, {case}")
        close(summed, batch.dL_dc[l], sum(one.dL_dc[l] for one in each), LIMIT, f"dL_dc of layer {l}, {case}")
        close(row, batch.H[l], np.stack([one.h[l] for one in each]), LIMIT, f"H of layer {l}, {case}")
        close(row, batch.Z[l], np.stack([one.z[l] for one in each]), LIMIT, f"Z of layer {l}, {case}")
        close(row, batch.dL_dH[l], np.concatenate([one.dL_dh[l] for one in each]), LIMIT, f"dL_dH of {l}, {case}")
        close(row, batch.dL_dZ[l - 1], np.concatenate([one.dL_dz[l - 1] for one in each]), LIMIT, f"dL_dZ, {case}")
    close(row, batch.losses, np.stack([one.loss for one in each]), LIMIT, f"losses, {case}")
    close(summed, batch.theta, sum(one.theta for one in each), LIMIT, f"theta, {case}")


@pytest.mark.parametrize("case", cases.PAIRWISE[::4], ids=str)
def test_the_order_of_rows_does_not_matter(case, rng, close):
    """Reversed rows give the same gradient, to the rounding of the sum."""
    network, X, Y, loss, coefficients = draw(rng, case)

    forward = propagate_backward_batch(network, X, Y, loss, coefficients).theta
    backward = propagate_backward_batch(network, X[::-1], Y[::-1], loss, coefficients[::-1]).theta

    close("3, row order", backward, forward, LIMIT, case)


@pytest.mark.parametrize("case", cases.PAIRWISE[1::4], ids=str)
def test_a_coefficient_of_two_is_the_row_twice_and_of_zero_is_no_row(case, rng, close):
    """Coefficients multiply the gradient of their own row and target and nothing else."""
    network, X, Y, loss, coefficients = draw(rng, case)
    weighted = coefficients.copy()
    weighted[1] *= 2
    weighted[3] = 0
    rows = [0, 1, 1, 2, 4]

    made = propagate_backward_batch(network, X, Y, loss, weighted).theta
    repeated = propagate_backward_batch(network, X[rows], Y[rows], loss, coefficients[rows]).theta

    close("3, weight 2 = twice, 0 = left out", made, repeated, LIMIT, case)


def test_the_factors_of_an_unpaired_loss_are_shown_and_multiply_to_dL_dH(rng):
    """dL_dY_hat ∘ dY_hat_dH = dL_dH, with the coefficients in the first; for a paired loss both are None."""
    case = cases.Case(("rss", "tanh"), "relu", 1, "none", "none", (0, 0), 3, "sum", False)
    network, X, Y, loss, coefficients = draw(rng, case)
    made = propagate_backward_batch(network, X, Y, loss, coefficients)

    assert (made.dL_dY_hat == -2 * (Y - made.Z[2]) * coefficients).all()
    assert (made.dL_dY_hat * made.dY_hat_dH == made.dL_dH[2]).all()

    network = cases.make_network(rng, ("cross_entropy", "softmax"), "relu", 1)
    paired = propagate_backward_batch(network, X, np.zeros((ROWS, 1)), LOSSES["cross_entropy"], np.ones((ROWS, 1)))
    assert paired.dL_dY_hat is None
    assert paired.dY_hat_dH is None


def test_one_row_goes_forward_as_one_observation_does(rng, close):
    """(1, D) in a batch and (D,) alone: the same h and z in every layer."""
    network = cases.make_network(rng, ("cross_entropy", "softmax"), "gelu", 3)
    x = rng.normal(size=3)

    for batch, alone in zip(propagate_forward_batch(network, x[None]), propagate_forward(network, x), strict=True):
        for layer_of_batch, layer in zip(batch[1:], alone[1:], strict=True):
            close("3, batch row = observation", layer_of_batch[0], layer, LIMIT, "forward")
