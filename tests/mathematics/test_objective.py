"""Rung 3: weights, missing targets, penalties and mini-batches in J and its gradient, and everything by the oracle."""

import numpy as np
import pytest

import cases
import naive
from pellucid.engines.loss_and_gradient import loss_and_gradient
from pellucid.errors import DataError, ParameterError
from pellucid.glassbox.check import check_gradients
from pellucid.glassbox.trace import trace
from pellucid.mathematics.activations.per_output import PerOutput
from pellucid.mathematics.losses import LOSSES, RSS, Loss, PerTarget, Poisson
from pellucid.mathematics.objective import (
    Objective,
    Observations,
    batch_gradient,
    batch_losses,
    complete,
    penalty,
    target_totals,
)
from pellucid.mathematics.structure import Network

LIMIT = 1e-13
EVERY_METHOD = pytest.mark.parametrize("method", ["observations", "batch", "compiled"])
SOME = pytest.mark.parametrize("case", cases.PAIRWISE[2::5], ids=str)


def evaluate(problem, method, **changes):
    J, gradient = loss_and_gradient(problem.network, **{**problem.arguments, "method": method, **changes})
    return np.append(gradient.theta, J)


def rows_of(problem, rows):
    w = problem.sample_weight
    return {"X": problem.X[rows], "Y": problem.Y[rows], "sample_weight": None if w is None else w[rows]}


# One case for each loss, whatever else it has: what is said of weights and rows is said of every loss.
EACH_LOSS = pytest.mark.parametrize(
    "case", [next(case for case in cases.PAIRWISE if case.head.loss == loss) for loss in cases.LOSSES], ids=str
)


@EVERY_METHOD
@pytest.mark.parametrize("case", cases.PAIRWISE, ids=str)
def test_j_and_gradient_are_those_of_the_plain_loops(case, method, rng, close):
    """tests/naive.py shares no line with the package: J, each target's loss and every gradient, with everything on.

    1e-12: the oracle's own error is 1e-13 (tests/test_naive.py), and rows cancel in the gradient.
    """
    problem = cases.make_problem(rng, case)
    weights = None if problem.sample_weight is None else problem.sample_weight.tolist()
    objective = problem.objective

    J, _, expected = naive.loss_and_gradient(
        cases.to_lists(problem.network), problem.X.tolist(), problem.Y.tolist(), cases.to_naive(case.head.loss),
        weights, objective.target_weights, *case.penalty, case.reduction,
    )  # fmt: skip
    found, gradient = loss_and_gradient(problem.network, **problem.arguments, method=method)

    close(f"3, {method} = plain loops", gradient.theta, cases.from_lists(expected), 1e-12, f"gradient, {case}")
    close(f"3, {method} = plain loops", found, J, 1e-12, f"J, {case}")


@EVERY_METHOD
@SOME
def test_the_order_of_rows_does_not_matter_to_j(case, method, rng, close):
    """Any permutation of the rows, with their weights."""
    problem = cases.make_problem(rng, case)
    order = rng.permutation(len(problem.X))

    close("3, row order", evaluate(problem, method, **rows_of(problem, order)), evaluate(problem, method), LIMIT, case)


@EVERY_METHOD
@EACH_LOSS
def test_a_weight_of_two_is_the_row_twice(case, method, rng, close):
    """In J and in the gradient, for both reductions, missing targets or not."""
    problem = cases.make_problem(rng, case)
    w = rng.integers(1, 4, len(problem.X))
    repeated = np.repeat(np.arange(len(w)), w)

    weighted = evaluate(problem, method, sample_weight=w)
    twice = evaluate(problem, method, X=problem.X[repeated], Y=problem.Y[repeated], sample_weight=None)

    close("3, weight 2 = twice, 0 = left out", weighted, twice, LIMIT, case)


@EVERY_METHOD
@EACH_LOSS
def test_a_weight_of_two_for_one_target_is_another_row_with_that_target_alone(case, method, rng, close):
    """Weights (N, n_targets) of whole numbers: each row as often as its largest weight, its other targets missing."""
    problem = cases.make_problem(rng, case)
    w = rng.integers(0, 4, problem.Y.shape)
    w[0] = 1
    times = w.max(axis=1)
    rows = np.repeat(np.arange(len(w)), times)
    k = np.concatenate([np.arange(n) for n in times])
    Y = np.where(k[:, None] < w[rows], problem.Y[rows], np.nan)

    weighted = evaluate(problem, method, sample_weight=w)
    repeated = evaluate(problem, method, X=problem.X[rows], Y=Y, sample_weight=None)

    close("3, weight 2 = twice, by target", weighted, repeated, LIMIT, case)


@EVERY_METHOD
@EACH_LOSS
def test_a_weight_of_zero_for_one_target_is_that_target_missing(case, method, rng, close):
    """Whatever the target holds; and equal weights for all targets of a row are the row's weight."""
    problem = cases.make_problem(rng, case)
    w = rng.uniform(0.5, 2, problem.Y.shape)
    zero = rng.random(w.shape) < 0.3
    missing, infinite = np.where(zero, np.nan, problem.Y), np.where(zero, np.inf, problem.Y)

    without = evaluate(problem, method, Y=missing, sample_weight=w)
    with_zeros = evaluate(problem, method, Y=infinite, sample_weight=np.where(zero, 0.0, w))
    by_row = evaluate(problem, method, sample_weight=w[:, 0])
    by_target = evaluate(problem, method, sample_weight=np.repeat(w[:, :1], w.shape[1], axis=1))

    close("3, weight 0 = missing, by target", with_zeros, without, LIMIT, case)
    close("3, weights by target = by row", by_target, by_row, LIMIT, case)


@EVERY_METHOD
@EACH_LOSS
def test_a_weight_of_zero_is_no_row(case, method, rng):
    """Bit for bit, and whatever the row holds."""
    problem = cases.make_problem(rng, case)
    w = rng.uniform(0.5, 2, len(problem.X))
    w[[0, 4, 10]] = 0
    problem.X[4] = 1e30

    with_zeros = evaluate(problem, method, sample_weight=w)
    without = evaluate(problem, method, X=problem.X[w > 0], Y=problem.Y[w > 0], sample_weight=w[w > 0])

    assert (with_zeros == without).all()


@EVERY_METHOD
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_row_of_weight_zero_is_removed_before_anything_else_happens(method, value):
    """Even its input may be NaN and its class be unknown: section 2, "removed before anything else"."""
    network = Network.initialise([2, 3], ["softmax"])
    X, Y = np.array([[1.0, 2.0], [value, 1.0], [0.0, 1.0]]), np.array([0.0, 7.0, 2.0])

    J, gradient = loss_and_gradient(network, X, Y, "cross_entropy", method=method, sample_weight=[1.0, 0.0, 2.0])
    J_without, without = loss_and_gradient(
        network, X[::2], Y[::2], "cross_entropy", method=method, sample_weight=[1.0, 2.0]
    )

    assert (J, gradient.theta.tolist()) == (J_without, without.theta.tolist())


@EVERY_METHOD
def test_a_missing_target_has_no_loss_no_gradient_and_no_weight(method, rng, close):
    """Two targets, each with its own rows: J is the sum of two networks' J, each of the rows where its target is."""
    network = cases.make_network(rng, ("rss", "tanh"), "silu", 2, D_y=2)
    X, Y, w = rng.normal(size=(8, 3)), rng.normal(size=(8, 2)), rng.uniform(0.5, 2, 8)
    Y[[0, 3], 0] = np.nan
    Y[[3, 4, 7], 1] = np.nan

    J, gradient = loss_and_gradient(network, X, Y, "rss", sample_weight=w, method=method)

    parts, total = np.zeros(gradient.theta.size), 0.0
    for d in range(2):
        there = ~np.isnan(Y[:, d])
        only = np.zeros(2)
        only[d] = 1
        J_d, gradient_d = loss_and_gradient(
            network, X[there], np.nan_to_num(Y[there]), "rss", sample_weight=w[there], target_weights=only
        )
        parts, total = parts + gradient_d.theta, total + J_d
    close("3, missing targets", gradient.theta, parts, LIMIT, method)
    close("3, missing targets", J, total, LIMIT, method)


FAR = 100.0  # a linear network of ours makes some hundreds of it, of which exp is still a number


@EVERY_METHOD
@pytest.mark.parametrize("head", cases.PLAIN_HEADS, ids=str)
def test_the_value_behind_a_missing_target_cannot_leak(head, method, rng):
    """A row whose targets are all missing changes nothing, bit for bit in the gradient, however large its input."""
    network = cases.make_network(rng, head, "linear", 1)
    X, Y = rng.normal(size=(4, 3)), cases.make_targets(rng, head.loss, 4)
    Y[3] = np.nan

    J, gradient = loss_and_gradient(network, X, Y, head.loss, method=method)
    X[3] = FAR
    J_far, far = loss_and_gradient(network, X, Y, head.loss, method=method)

    assert J_far == J
    assert (gradient.theta == far.theta).all()


@EVERY_METHOD
def test_a_target_that_is_present_nowhere_counts_for_nothing(method, rng):
    """Its S_d is 0: J is that of the others, not NaN."""
    network = cases.make_network(rng, ("rss", "linear"), "tanh", 1, D_y=2)
    X, Y = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
    Y[:, 1] = np.nan

    J, gradient = loss_and_gradient(network, X, Y, "rss", method=method)

    assert pytest.approx(np.mean((Y[:, 0] - network.predict(X)[:, 0]) ** 2), rel=1e-14) == J
    assert np.isfinite(gradient.theta).all()
    assert gradient.c[-1][1] == 0


@pytest.mark.parametrize("method", ["observations", "batch", "compiled"])
def test_j_is_not_finite_where_the_network_overflows(method):
    """inf - inf inside the network makes a NaN loss: J must say so, and not print a perfect 0."""
    network = Network.from_arrays([([[1e150], [-1e150]], [0, 0], "linear"), ([[1e150, 1e150]], [0], "linear")])

    with np.errstate(all="ignore"):
        J, _ = loss_and_gradient(network, [[1e20]], [1.0], "rss", method=method)

    assert not np.isfinite(J)


@pytest.mark.parametrize("method", ["observations", "batch", "compiled"])
def test_a_penalty_that_is_off_adds_nothing_even_to_weights_whose_squares_overflow(method):
    """alpha = l1 = 0: J is the loss, (1 - 0)^2, without a warning; 0 times an overflowed square would be NaN."""
    network = Network.from_arrays([([[1e200]], [0], "linear")])

    assert loss_and_gradient(network, [[0.0]], [1.0], "rss", method=method)[0] == 1.0


def test_the_loss_of_each_target_is_multiplied_by_its_own_lambda(rng, close):
    """J = sum_d lambda_d J_d, and the gradient likewise."""
    network = cases.make_network(rng, ("log", "sigmoid"), "elu", 1)
    X, Y = rng.normal(size=(6, 3)), cases.make_targets(rng, "log", 6)

    def at(*lambdas):
        J, gradient = loss_and_gradient(network, X, Y, "log", target_weights=lambdas)
        return np.append(gradient.theta, J)

    close("3, target weights", at(2, 0.5, 3), 2 * at(1, 0, 0) + 0.5 * at(0, 1, 0) + 3 * at(0, 0, 1), LIMIT, "lambda")


def test_the_sum_is_the_mean_times_the_weight(rng, close):
    """reduction="sum" drops 1/S_d and nothing else; the penalty is divided by nothing in both."""
    network = cases.make_network(rng, ("rss", "linear"), "tanh", 1, D_y=1)
    X, Y, w = rng.normal(size=(6, 3)), rng.normal(size=(6, 1)), rng.uniform(0.5, 2, 6)
    Y[2] = np.nan
    S = w.sum() - w[2]

    def at(reduction, alpha=0.0):
        J, gradient = loss_and_gradient(network, X, Y, "rss", sample_weight=w, alpha=alpha, reduction=reduction)
        return np.append(gradient.theta, J)

    close("3, reductions", at("sum"), S * at("mean"), LIMIT, "sum")
    close("3, reductions", at("sum", 0.5) - at("sum"), at("mean", 0.5) - at("mean"), 1e-12, "penalty")  # differences


@EVERY_METHOD
@pytest.mark.parametrize(("alpha", "l1"), [(0.4, 0.0), (0.0, 0.3), (0.4, 0.3)])
def test_penalties_are_on_weights_and_not_on_intercepts(method, alpha, l1, rng, close):
    """alpha W + l1 sign(W) is all that they add to dJ_dW, sign(0) = 0; dJ_dc keeps its bits."""
    network = cases.make_network(rng, ("rss", "linear"), "tanh", 2)
    network.W[1][0, 0] = 0.0
    X, Y = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))

    J, free = loss_and_gradient(network, X, Y, "rss", method=method)
    J_with, gradient = loss_and_gradient(network, X, Y, "rss", method=method, alpha=alpha, l1=l1)

    total = 0.0
    for W, dW, dW_free, dc, dc_free in zip(network.W, gradient.W, free.W, gradient.c, free.c, strict=True):
        assert (dc == dc_free).all()
        close("3, penalties", dW, dW_free + alpha * W + l1 * np.sign(W), LIMIT, method)
        total += alpha / 2 * (W**2).sum() + l1 * np.abs(W).sum()
    close("3, penalties", J_with, J + total, LIMIT, method)


@pytest.mark.parametrize("batch_size", [1, 3, 4, 11])
@EACH_LOSS
def test_the_mini_batches_of_an_epoch_average_to_the_whole_gradient(case, batch_size, rng, close):
    """The size-weighted mean of the estimates at one theta is the full gradient: N/b times the scales of the whole.

    For the sum, which the sessions do not rescale, it is the plain sum of the batches (penalty once for each).
    """
    problem = cases.make_problem(rng, case)
    objective, network, data = problem.objective, problem.network, problem.data
    scales = objective.scales(problem.totals)
    N = len(data.X)
    order = rng.permutation(N)
    whole = batch_gradient(objective, network, data, scales)[1]

    mean = np.zeros_like(whole)
    for start in range(0, N, batch_size):
        rows = order[start : start + batch_size]
        b = len(rows)
        if case.reduction == "mean":
            mean += b / N * batch_gradient(objective, network, data.take(rows), scales * (N / b))[1]
        else:
            without = Objective(objective.loss, objective.target_weights, 0.0, 0.0, "sum")
            mean += batch_gradient(without, network, data.take(rows), scales)[1]
    if case.reduction == "sum":
        for W, dW in zip(network.W, network.with_parameters(mean).W, strict=True):
            dW += case.penalty[0] * W + case.penalty[1] * np.sign(W)

    close("3, mini-batches unbiased", mean, whole, 1e-12, f"batches of {batch_size}, {case}")


def test_losses_and_totals_are_block_by_block_what_they_are_at_once(rng, close):
    """More rows than BLOCK_ROWS: sums over blocks, in float64, with the weight of present targets only."""
    network = cases.make_network(rng, ("rss", "linear"), "tanh", 1, D_y=2)
    N = 4096 + 77
    data = Observations(rng.normal(size=(N, 3)), rng.normal(size=(N, 2)), rng.uniform(0.5, 2, N))
    data.Y[::3, 0] = np.nan
    objective = Objective(LOSSES["rss"])
    each = data.w[:, None] * (data.Y - network.predict(data.X)) ** 2

    close("3, blocks", batch_losses(objective, network, data), np.nansum(each, axis=0), LIMIT, "losses")
    S = [data.w[np.arange(N) % 3 != 0].sum(), data.w.sum()]
    close("3, blocks", target_totals(data.Y, data.w), S, LIMIT, "S_d")
    sums, gradient = batch_gradient(objective, network, data, objective.scales(np.array(S)))
    J, at_once = loss_and_gradient(network, data.X, data.Y, "rss", sample_weight=data.w, method="observations")
    close("3, blocks", gradient, at_once.theta, 1e-12, "gradient, 4173 rows cancel more than five")
    close("3, blocks", objective.total(sums / S), J, 1e-12, "J")


def test_complete_leaves_no_nan_and_no_weight_at_missing_targets():
    """1 in place of NaN in Y, and 0 in the coefficients; w_n scale_d, or w_nd scale_d, elsewhere."""
    given, scales = np.array([[1.0, np.nan], [2.0, 3.0]]), np.array([10.0, 100.0])
    Y, coefficients = complete(given, np.array([0.5, 2.0]), scales)
    _, by_target = complete(given, np.array([[0.5, 7.0], [2.0, 3.0]]), scales)

    assert Y.tolist() == [[1, 1], [2, 3]]
    assert coefficients.tolist() == [[5, 0], [20, 200]]
    assert by_target.tolist() == [[5, 0], [20, 300]]


def test_the_penalty_is_summed_in_float64():
    """16 million weights of 1 in float32: a float32 sum would stop at 2^24."""
    n = 2**12
    network = Network([n, n], ["linear"], np.ones(n * n + n, np.float32))

    assert penalty(Objective(LOSSES["rss"], alpha=2.0), network) == n * n
    assert penalty(Objective(LOSSES["rss"], l1=1.0), network) == n * n


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"alpha": -1.0}, "`alpha` parameter of loss_and_gradient must be a number >= 0"),
        ({"l1": np.nan}, "`l1`"),
        ({"alpha": "0.1"}, "`alpha`"),
        ({"reduction": "average"}, "'mean' or 'sum'"),
        ({"method": "numba"}, "observations, batch, compiled"),
        ({"sample_weight": [1.0, -1.0]}, "`sample_weight`"),
        ({"sample_weight": [0.0, 0.0]}, "not all of them 0"),
        ({"sample_weight": [1.0, np.nan]}, "`sample_weight`"),
        ({"sample_weight": [[1.0, 2.0], [1.0, 2.0]]}, r"2 finite numbers >= 0, one for each row \(or for each target"),
        ({"sample_weight": [[1.0], [-2.0]]}, "`sample_weight`"),
        ({"sample_weight": [[0.0], [0.0]]}, "not all of them 0"),
        ({"target_weights": [1.0, 1.0]}, "1 finite numbers"),
        ({"X": [[1.0], [2.0]]}, r"shape \(N, 2\)"),
        ({"Y": [1.0, 2.0, 3.0]}, r"shape \(2, 1\)"),
        ({"X": [["a", "b"]]}, "an array of numbers"),
    ],
    ids=str,
)
def test_wrong_arguments_are_refused_in_one_sentence(wrong, message):
    """The parameter is named and the rule stated."""
    network = Network.initialise([2, 1], ["linear"])
    arguments = {"X": [[1.0, 2.0], [3.0, 4.0]], "Y": [1.0, 2.0], "loss": "rss", **wrong}

    with pytest.raises(ParameterError, match=message):
        loss_and_gradient(network, **arguments)


def test_targets_outside_a_domain_are_refused_with_the_rows_that_they_have_in_y():
    """Rows of weight 0 are not there, and yet are counted; so are targets of weight 0."""
    network = Network.from_arrays([(np.ones((2, 1)), [0.0, 0.0], "exponential")])
    Y = np.array([[-1.0, 1.0], [1.0, 1.0], [1.0, -2.0], [1.0, -3.0]])
    for w in ([0, 1, 1, 1], [[0, 1], [1, 1], [0, 1], [1, 1]]):
        with pytest.raises(DataError, match=r"Got -2 \(outside in 2 of 4 rows: 2, 3\)"):
            loss_and_gradient(network, np.ones((4, 1)), Y, "poisson", sample_weight=w)


@EVERY_METHOD
def test_a_loss_for_each_target_takes_one_activation_for_all_outputs(method, rng, close):
    """What it is with an activation named for each: also where one part is paired with it, and the other is not."""
    X, Y, W = rng.normal(size=(7, 3)), rng.gamma(2.0, 1.0, (7, 2)), rng.normal(size=(2, 3))
    for loss, f in [(["rss", "huber"], "linear"), (PerTarget([RSS(), Poisson()], ["exponential"] * 2), "exponential")]:
        one, each = (Network.from_arrays([(W, [0.1, -0.2], last)]) for last in (f, PerOutput([f, f])))
        J, gradient = loss_and_gradient(one, X, Y, loss, method=method)
        J_each, gradient_each = loss_and_gradient(each, X, Y, loss, method="observations")

        # Sums of 7 products of three factors, in one order or another.
        close("2, one activation for all outputs", gradient.theta, gradient_each.theta, 1e-14, f)
        assert J_each == pytest.approx(J, rel=1e-14)
        assert check_gradients(one, X, Y, loss).passed
        of_row, of_row_each = (trace(network, X[0], Y[0], loss).layers[1] for network in (one, each))
        close("2, one activation for all outputs", of_row.dL_dW, of_row_each.dL_dW, 1e-14, f)
    single = Network.from_arrays([(W[:1], [0.1], "linear")])
    assert (
        loss_and_gradient(single, X, Y[:, 0], ["rss"], method=method)[0]
        == (loss_and_gradient(single, X, Y[:, 0], "rss", method=method)[0])
    )


@pytest.mark.parametrize("name", ["X", "Y"])
def test_infinite_numbers_are_refused_with_their_row(name):
    """Not trained on, not replaced."""
    arguments = {"X": np.ones((3, 2)), "Y": np.ones(3)}
    arguments[name][2] = np.inf

    with pytest.raises(DataError, match=f"{name} must hold finite numbers. Row 2 does not"):
        loss_and_gradient(Network.initialise([2, 1], ["linear"]), **arguments, loss="rss")


# What float32 can hold


def small_problem(rng):
    """A float32 network with two targets, and eight rows."""
    network = cases.make_network(rng, ("rss", "linear"), "tanh", 1, D_y=2, dtype="float32")
    return network, rng.normal(size=(8, 3)), rng.normal(size=(8, 2)), rng.uniform(0.5, 2, 8)


@EVERY_METHOD
@pytest.mark.parametrize("size", [1e-320, 1e-50, 1e39, 1e308])
def test_the_size_of_all_weights_together_does_not_matter_to_the_mean(size, method, rng):
    """J divides by S_d: weights that float32 cannot hold, and whose sum no float can, change nothing but rounding."""
    network, X, Y, _ = small_problem(rng)

    J, gradient = loss_and_gradient(network, X, Y, "rss", method=method)
    J_sized, sized = loss_and_gradient(network, X, Y, "rss", method=method, sample_weight=[size] * 8)

    assert J_sized == pytest.approx(J, rel=1e-6)
    assert sized.theta == pytest.approx(gradient.theta, rel=1e-5, abs=1e-6)


@EVERY_METHOD
def test_a_power_of_two_in_the_weights_changes_no_bit_of_the_mean_and_multiplies_the_sum(method, rng):
    """Also in float32, with penalties, which no weight multiplies."""
    network, X, Y, w = small_problem(rng)

    def at(reduction, weights, alpha=0.0):
        J, gradient = loss_and_gradient(
            network, X, Y, "rss", method=method, sample_weight=weights, alpha=alpha, reduction=reduction
        )
        return np.append(gradient.theta, J)

    assert (at("mean", w * 2.0**-200) == at("mean", w)).all()
    assert (at("mean", w * 2.0**200, alpha=0.5) == at("mean", w, alpha=0.5)).all()
    assert (at("sum", w * 2.0**20) == at("sum", w) * 2.0**20).all()


@EVERY_METHOD
def test_a_sum_over_tiny_weights_is_tiny_and_not_nothing(method, rng):
    """J is a float64, whatever the network's dtype."""
    network, X, Y, w = small_problem(rng)

    J, _ = loss_and_gradient(network, X, Y, "rss", method=method, sample_weight=w, reduction="sum")
    J_tiny, _ = loss_and_gradient(network, X, Y, "rss", method=method, sample_weight=w * 1e-60, reduction="sum")

    assert J_tiny == pytest.approx(J * 1e-60, rel=1e-6, abs=0)


TOO_LARGE = [
    ("X", lambda a: {**a, "X": a["X"] * 1e39}, "X holds "),
    ("Y", lambda a: {**a, "Y": a["Y"] * 1e39}, "Y holds "),
    ("a weight beside others", lambda a: {**a, "sample_weight": [1e60] + [1.0] * 7}, "differ by more than float32"),
    ("a sum", lambda a: {**a, "sample_weight": [1e39] * 8, "reduction": "sum"}, "target_weights times sample_weight"),
    ("a target", lambda a: {**a, "target_weights": [1, 1e40]}, "target_weights times sample_weight holds "),
]


@EVERY_METHOD
@pytest.mark.parametrize(("change", "message"), [case[1:] for case in TOO_LARGE], ids=[case[0] for case in TOO_LARGE])
def test_finite_numbers_that_float32_cannot_hold_are_refused_by_name(change, message, method, rng):
    """They would become infinite, or 0, and J a NaN or a perfect 0."""
    network, X, Y, _ = small_problem(rng)

    with pytest.raises(DataError, match=message):
        loss_and_gradient(network, **change({"X": X, "Y": Y, "loss": "rss", "method": method}))


# Sums over rows, and losses of the user's own


@EVERY_METHOD
def test_the_gradient_is_summed_over_rows_in_float64(method):
    """5000 rows of 1 after one of 2^24: a float32 sum would stay where it is, since 2^24 + 1 is not a float32.

    One linear neuron, one row after the other: dJ_dc = sum_n 2 (y_hat_n - y_n), exact in float64, within an eps of
    float32 at the end. The matrix form sums within blocks of 4096 rows in float32, hence the rows' order.
    """
    network = Network([1, 1], ["linear"], np.zeros(2, np.float32))
    y = np.repeat([-(2.0**23), 0.0, -0.5], [1, 4095, 5000])

    _, gradient = loss_and_gradient(network, np.ones((len(y), 1)), y, "rss", method=method, reduction="sum")

    assert gradient.c[0][0] == np.float32(2.0**24 + 5000)


class Ratio(Loss):
    """The squared logarithm of a ratio: 0 is outside the domain."""

    name = "ratio"
    output_activation = "softplus"

    def value(self, Y, Y_hat):
        return np.log(Y / Y_hat) ** 2

    def derivative(self, Y, Y_hat):
        return -2 * np.log(Y / Y_hat) / Y_hat


@pytest.mark.parametrize("method", ["observations", "batch"])
@pytest.mark.filterwarnings("error")
def test_a_missing_target_is_filled_with_a_value_of_every_domain(method, rng, close):
    """1 stands in, also where 0 would be log 0; the rows without a target then count nothing, not NaN."""
    network = cases.make_network(rng, ("rss", "softplus"), "tanh", 1, D_y=1)
    X, Y = rng.normal(size=(9, 3)), rng.uniform(1, 5, (9, 1))
    present = np.arange(9) % 3 > 0

    J, gradient = loss_and_gradient(network, X, np.where(present[:, None], Y, np.nan), Ratio(), method=method)
    J_without, without = loss_and_gradient(network, X[present], Y[present], Ratio(), method=method)

    close("3, missing targets", J, J_without, LIMIT, "a loss of one's own")
    close("3, missing targets", gradient.theta, without.theta, LIMIT, "a loss of one's own")


def test_the_losses_of_a_batch_fill_in_the_same_value(rng):
    """As validation computes them."""
    network = cases.make_network(rng, ("rss", "softplus"), "tanh", 1, D_y=1)
    data = Observations(rng.normal(size=(2, 3)), np.array([[2.0], [np.nan]]), np.ones(2))

    with np.errstate(all="raise"):
        losses = batch_losses(Objective(Ratio()), network, data)

    assert losses == pytest.approx(batch_losses(Objective(Ratio()), network, data.take([0])), rel=1e-14)
