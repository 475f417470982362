"""The generator counts as it says and its numbers look like chance; a gradient given masks is the derivative of J."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import cases
import naive
import plain_dropout
from pellucid.mathematics.batch import losses_of_batch, propagate_backward_batch
from pellucid.mathematics.dropout import GAMMA, NOISE, Dropout, mix, random_words, uniform
from pellucid.mathematics.forward import propagate_forward, propagate_forward_batch
from pellucid.mathematics.losses import LOSSES
from pellucid.mathematics.objective import BLOCK_ROWS, Objective, Observations, batch_gradient, target_totals
from pellucid.mathematics.observation import make_dz_masked_dz, propagate_backward
from pellucid.mathematics.structure import Network

ROWS = 5
SIGMAS = 5  # a statistic this far from what it estimates has a chance of 6e-7; the seeds below are fixed

# The generator


@pytest.mark.parametrize(
    ("state", "published"),
    [
        # The first outputs of the reference implementation in C (Vigna, prng.di.unimi.it/splitmix64.c).
        (0, [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]),
        (1234567, [6457827717110365317, 3203168211198807973, 9817491932198370423]),
    ],
)
def test_the_numbers_are_those_of_SplitMix64(state, published):
    counts = np.arange(1, len(published) + 1, dtype=np.uint64)
    plain = plain_dropout.SplitMix64(state)

    assert mix(np.uint64(state) + counts * GAMMA).tolist() == published
    assert [plain.next() for _ in published] == published


@pytest.mark.parametrize(
    ("seed", "step", "layer", "shape"),
    [(0, 0, 0, (2, 3)), (1, 2, 3, (4, 5)), (2**64 - 1, 10**12, NOISE, (3, 1)), (2**63, 1, 0, (1, 4))],
)
def test_the_words_are_those_of_the_plain_loops(seed, step, layer, shape):
    expected = plain_dropout.words(seed, step, layer, *shape)

    assert random_words(seed, step, layer, 0, *shape).tolist() == expected
    assert random_words(seed, step, layer, 1, shape[0] - 1, shape[1]).tolist() == expected[1:]
    assert uniform(np.array(expected, np.uint64)).tolist() == [list(map(plain_dropout.uniform, w)) for w in expected]


def test_a_uniform_number_reaches_0_and_never_1():
    extremes = np.array([0, 2**11 - 1, 2**11, 2**64 - 1], np.uint64)

    assert uniform(extremes).tolist() == [0, 0, 2.0**-53, 1 - 2.0**-53]


@pytest.mark.parametrize("seed", [0, 1, 20261124])
def test_the_uniform_numbers_fill_their_interval_evenly(seed):
    """Chi-square over 256 bins of the highest and of the lowest bits that are used, and each bit half of the time."""
    words = random_words(seed, 0, 1, 0, 1000, 64).ravel()
    n = len(words)

    for bits in (words >> np.uint64(56), words >> np.uint64(11) & np.uint64(255)):
        counts = np.bincount(bits.astype(np.int64), minlength=256)
        assert 1e-4 < stats.chisquare(counts).pvalue < 1 - 1e-4
    ones = [(words >> np.uint64(bit) & np.uint64(1)).mean() for bit in range(64)]
    assert np.abs(np.array(ones) - 0.5).max() < SIGMAS * 0.5 / np.sqrt(n)


NEIGHBOURS = {
    "steps": [(5, step, 1) for step in range(40)],
    "layers": [(5, 0, layer) for layer in [*range(39), NOISE]],
    "seeds": [(seed, 0, 1) for seed in range(40)],
    "a step's and a layer's": [(5, 1, 2), (5, 2, 1)],
    "a seed's and a step's": [(1, 2, 3), (2, 1, 3)],
}


@pytest.mark.parametrize("which", NEIGHBOURS)
def test_the_numbers_of_neighbouring_steps_layers_and_seeds_are_not_correlated(which):
    u = np.array([uniform(random_words(*key, 0, 100, 50)).ravel() for key in NEIGHBOURS[which]])

    R = np.corrcoef(u)[~np.eye(len(u), dtype=bool)]

    assert np.abs(R).max() < SIGMAS / np.sqrt(u.shape[1])


def test_the_numbers_of_neighbouring_rows_and_units_are_not_correlated():
    u = uniform(random_words(3, 7, 1, 0, 2000, 30))

    between_units, between_rows = np.corrcoef(u.T), np.corrcoef(uniform(random_words(3, 7, 1, 0, 30, 2000)))
    for R in (between_units, between_rows):
        assert np.abs(R[~np.eye(30, dtype=bool)]).max() < SIGMAS / np.sqrt(2000)
    flat = u.ravel()
    for lag in (1, 2, 29, 30, 31, 60):
        assert abs(np.corrcoef(flat[:-lag], flat[lag:])[0, 1]) < SIGMAS / np.sqrt(len(flat))


# Masks and noise


@pytest.mark.parametrize("p", [0.1, 0.5, 0.75])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_mask_drops_the_share_p_and_scales_what_it_keeps(p, dtype):
    sizes, n = (3, 20, 1), 2000

    x_mask, z_mask = Dropout((0.0, p), seed=1).masks(sizes, 4, 0, n, dtype)

    assert x_mask is None
    assert z_mask.dtype == dtype
    assert set(np.unique(z_mask)) == {0, dtype(1 / (1 - p))}
    error = np.sqrt(p * (1 - p))
    assert abs((z_mask == 0).mean() - p) < SIGMAS * error / np.sqrt(z_mask.size)
    assert np.abs((z_mask == 0).mean(axis=0) - p).max() < SIGMAS * error / np.sqrt(n)  # and every unit


def test_masks_are_those_of_the_plain_loops():
    dropout, sizes = Dropout((0.3, 0.0, 0.6), seed=77), (4, 3, 5, 2)

    masks = dropout.masks(sizes, 9, 0, ROWS, np.float64)

    for l, mask in enumerate(masks):
        expected = plain_dropout.mask(dropout.rates[l], 77, 9, l, ROWS, sizes[l])
        assert (np.ones((ROWS, sizes[l])) if mask is None else mask).tolist() == expected


def test_what_a_row_draws_does_not_depend_on_where_a_block_begins(rng):
    dropout, sizes = Dropout((0.3, 0.6), 0.5, seed=77), (3, 5, 1)
    X = rng.normal(size=(9, 3))
    whole, noisy = dropout.masks(sizes, 2, 0, 9, np.float32), dropout.add_noise(X, 2, 0)

    for start, stop in pairwise((0, 1, 4, 9)):
        part = dropout.masks(sizes, 2, start, stop - start, np.float32)
        assert all((a == b[start:stop]).all() for a, b in zip(part, whole, strict=True))
        assert (dropout.add_noise(X[start:stop], 2, start) == noisy[start:stop]).all()


@pytest.mark.parametrize("D_x", [1, 2, 5])
def test_noise_is_that_of_the_plain_loops(D_x, rng, close):
    X = rng.normal(size=(ROWS, D_x))

    noise = Dropout((0.0,), 0.25, seed=8).add_noise(X, 3, 0) - X

    close("dropout, plain loops", noise, 0.25 * np.array(plain_dropout.normal(8, 3, ROWS, D_x)), 1e-14, f"{D_x} inputs")


def test_noise_is_normal_and_independent():
    """Kolmogorov and Smirnov's distance; the standard deviation; no correlation between columns, pairs included."""
    e = Dropout((0.0,), 2.0, seed=4).add_noise(np.zeros((4000, 9)), 0, 0) / 2

    assert stats.kstest(e.ravel(), "norm").pvalue > 1e-4
    assert abs(e.std() - 1) < SIGMAS / np.sqrt(2 * e.size)
    assert np.abs(np.corrcoef(e.T)[~np.eye(9, dtype=bool)]).max() < SIGMAS / np.sqrt(len(e))
    assert np.abs(np.corrcoef(e.T**2)[~np.eye(9, dtype=bool)]).max() < SIGMAS / np.sqrt(len(e))


def test_without_noise_the_rows_are_not_even_copied(rng):
    X = rng.normal(size=(ROWS, 3))

    assert Dropout((0.5,)).add_noise(X, 0, 0) is X


# What they do to a network


def test_the_mean_of_masked_predictions_of_a_linear_model_is_its_prediction(rng):
    """Inverted dropout: E[z~] = z in every layer, so nothing is left to correct when predicting."""
    network = Network((4, 5, 2), ["linear", "linear"], rng.normal(size=5 * 5 + 6 * 2))
    x, n = rng.normal(size=4), 40_000
    dropout = Dropout((0.3, 0.5), seed=11)

    masks = dropout.masks(network.sizes, 0, 0, n, np.float64)
    Y_hat = propagate_forward_batch(network, np.tile(x, (n, 1)), masks)[1][-1]

    error = Y_hat.std(axis=0) / np.sqrt(n)
    assert (np.abs(Y_hat.mean(axis=0) - network.predict(x[None])[0]) < SIGMAS * error).all()
    assert (error > 0).all()


@pytest.mark.parametrize(("p", "sigma"), [(0.4, 0.0), (0.0, 0.7), (0.2, 0.3)])
def test_the_mean_gradient_of_a_linear_model_is_that_of_a_penalty(p, sigma, rng):
    """E J = J + sum_j w_j^2 (p a_j + sigma^2) / (1 - p), a_j the mean of x_j^2 (Bishop, 1995; Wager et al., 2013).

    x~ = m (x + sigma e) has the mean x and the variance E[m^2] (x^2 + sigma^2) - x^2 with E[m^2] = 1 / (1 - p).
    """
    network = Network((3, 1), ["linear"], rng.normal(size=4))
    data = Observations(rng.normal(size=(40, 3)), rng.normal(size=(40, 1)), np.ones(40))
    objective, dropout = Objective(LOSSES["rss"]), Dropout((p,), sigma, seed=3)
    scales = objective.scales(target_totals(data.Y, data.w))

    steps = np.array([batch_gradient(objective, network, data, scales, dropout, step)[1] for step in range(3000)])

    _, undisturbed = batch_gradient(objective, network, data, scales)
    penalty = 2 * network.W[0][0] * (p * (data.X**2).mean(axis=0) + sigma**2) / (1 - p)
    error = steps.std(axis=0) / np.sqrt(len(steps))
    assert (np.abs(steps.mean(axis=0) - undisturbed - [*penalty, 0]) < SIGMAS * error).all()
    assert (np.abs(penalty) > 3 * SIGMAS * error[:3]).any()  # and it is large enough to be seen


def draw(rng, case, p=0.4):
    network = cases.make_network(rng, case.head, case.hidden, case.depth, case.D_y)
    X, Y = rng.normal(size=(ROWS, 3)), cases.make_targets(rng, case.head.loss, ROWS, case.D_y)
    dropout = Dropout((p,) * len(network.W), seed=int(rng.integers(2**63)))
    masks = dropout.masks(network.sizes, 0, 0, ROWS, np.float64)
    return network, X, Y, case.head.loss, rng.uniform(0.5, 2, Y.shape), masks


@pytest.mark.parametrize("case", cases.PAIRWISE[::3], ids=str)
def test_given_masks_a_batch_is_the_sum_over_its_observations(case, rng, close):
    network, X, Y, loss, coefficients, masks = draw(rng, case)

    batch = propagate_backward_batch(network, X, Y, loss, coefficients, masks)
    each = [
        propagate_backward(network, X[n], Y[n], loss, coefficients[n], [mask[n] for mask in masks]) for n in range(ROWS)
    ]

    close("3, batch = sum of observations", batch.theta, sum(one.theta for one in each), 1e-13, f"masked, {case}")
    for l in range(case.depth + 1):
        rung = "3, batch row = observation"
        close(rung, batch.Z[l], np.stack([one.z[l] for one in each]), 1e-13, f"masked Z, {case}")
        close(rung, batch.dL_dZ[l], np.concatenate([one.dL_dz[l] for one in each]), 1e-13, f"masked dL_dZ, {case}")
        assert (batch.dL_dZ[l][masks[l] == 0] == 0).all()


@pytest.mark.parametrize("case", cases.PAIRWISE[1::3], ids=str)
def test_given_masks_the_gradient_is_that_of_the_plain_loops(case, rng, close):
    network, X, Y, loss, _, masks = draw(rng, case)
    by_row = [[mask[n].tolist() for mask in masks] for n in range(ROWS)]

    made = propagate_backward_batch(network, X, Y, loss, np.ones(Y.shape), masks)
    J, _, gradients = naive.loss_and_gradient(
        cases.to_lists(network), X.tolist(), Y.tolist(), cases.to_naive(loss), reduction="sum", masks=by_row
    )

    close("dropout, plain loops", made.theta, cases.from_lists(gradients), 1e-12, str(case))
    close("dropout, plain loops", made.losses.sum(), J, 1e-12, str(case))


@pytest.mark.parametrize("case", cases.PAIRWISE[2::3], ids=str)
def test_given_masks_the_gradient_is_jax_autodiff_of_the_masked_forward_pass(case, rng, close):
    """And the chapter with masks runs under jit."""
    network, X, Y, loss, coefficients, masks = draw(rng, case)
    made = propagate_backward_batch(network, X, Y, loss, coefficients, masks)
    with jax.enable_x64(True):
        m = [jnp.asarray(mask) for mask in masks]

        def J(theta, x):
            H, Z = propagate_forward_batch(network.with_parameters(theta), x, m)
            return jnp.sum(jnp.asarray(coefficients) * losses_of_batch(loss, jnp.asarray(Y), H[-1], Z[-1]))

        def by_hand(theta, x):
            moved = network.with_parameters(theta)
            return propagate_backward_batch(moved, x, jnp.asarray(Y), loss, jnp.asarray(coefficients), m).theta

        theta, x = jnp.asarray(network.theta), jnp.asarray(X)
        by_theta, by_X = jax.jit(jax.grad(J, argnums=(0, 1)))(theta, x)
        traced = jax.jit(by_hand)(theta, x)

    # JAX makes the slope of tanh as 1 - tanh^2, whose rounding is that of the 1: of the last layer that is all lost.
    slopes = network.layers[-1].activation.slope(made.H[-1]) if network.activations[-1].name == "tanh" else np.ones(1)
    rung, limit = "4, J and gradient = jax.grad", 1e-12 + 8 * np.finfo(float).eps / slopes.min()
    close(rung, made.theta, np.asarray(by_theta), limit, f"masked, {case}")
    close(rung, made.dL_dZ[0], np.asarray(by_X), limit, f"masked dL_dX, {case}")
    close("4, the chapter under jit = NumPy", np.asarray(traced), made.theta, 1e-12, f"masked, {case}")


@pytest.mark.parametrize("case", cases.PAIRWISE[::20], ids=str)
def test_masks_of_ones_and_no_masks_are_the_same_bits(case, rng):
    network, X, Y, loss, coefficients, masks = draw(rng, case)
    plain = propagate_backward_batch(network, X, Y, loss, coefficients)

    for same in ([np.ones_like(mask) for mask in masks], [None] * len(masks)):
        made = propagate_backward_batch(network, X, Y, loss, coefficients, same)
        assert made.theta.tobytes() == plain.theta.tobytes()
        assert made.dL_dZ[0].tobytes() == plain.dL_dZ[0].tobytes()


def test_the_jacobian_of_a_mask_is_its_diagonal():
    assert make_dz_masked_dz(np.array([2.0, 0.0])).tolist() == [[2, 0], [0, 0]]


def test_only_what_a_mask_drops_is_lost(rng):
    """The last layer is never masked, and a dropped input cannot be felt."""
    network = cases.make_network(rng, ("rss", "linear"), "tanh", 1)
    x, masks = rng.normal(size=3), [np.array([0.0, 2, 2]), None]
    moved = x + np.array([1.0, 0, 0])

    assert (propagate_forward(network, x, masks)[1][-1] == propagate_forward(network, moved, masks)[1][-1]).all()


def test_blocks_of_a_large_batch_have_masks_of_their_own(rng, close):
    """Rows beyond BLOCK_ROWS: as one block with the masks of the whole batch."""
    n = BLOCK_ROWS + 7
    network = cases.make_network(rng, ("rss", "linear"), "tanh", 1)
    data = Observations(rng.normal(size=(n, 3)), cases.make_targets(rng, "rss", n), np.ones(n))
    dropout, objective = Dropout((0.2, 0.5), 0.1, seed=6), Objective(LOSSES["rss"])
    scales = objective.scales(target_totals(data.Y, data.w))

    sums, gradient = batch_gradient(objective, network, data, scales, dropout, 5)

    masks = dropout.masks(network.sizes, 5, 0, n, np.float64)
    X = dropout.add_noise(data.X, 5, 0)
    whole = propagate_backward_batch(network, X, data.Y, objective.loss, np.tile(scales, (n, 1)), masks)
    close("dropout, blocks", gradient, whole.theta, 1e-12, "gradient")
    close("dropout, blocks", sums, whole.losses.sum(axis=0), 1e-12, "sums")
