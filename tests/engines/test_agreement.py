"""Rung 4: the compiled engine is the reference, and both are jax.grad of J written down once more."""

import math
from dataclasses import replace
from functools import lru_cache, partial
from itertools import combinations, pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.special import xlogy

import cases
from pellucid.engines.compiled.engine import CompiledEngine
from pellucid.engines.loss_and_gradient import loss_and_gradient
from pellucid.engines.protocol import EpochSums
from pellucid.engines.reference import ReferenceEngine
from pellucid.glassbox.rounding import sizes_of_terms
from pellucid.mathematics.activations import HIDDEN
from pellucid.mathematics.activations.per_output import PerOutput
from pellucid.mathematics.batch import propagate_backward_batch
from pellucid.mathematics.losses import (
    LOSSES,
    RSS,
    Absolute,
    CrossEntropy,
    Huber,
    Log,
    PerTarget,
    Quantile,
)
from pellucid.mathematics.objective import BLOCK_ROWS, Objective, Observations, target_totals
from pellucid.mathematics.structure import Network
from pellucid.mathematics.updates import Adam, Descent, GradientDescent, Momentum, RMSprop

LIMIT = 1e-12
EPS32 = float(np.finfo(np.float32).eps)
COMPILED, REFERENCE = CompiledEngine(), ReferenceEngine()


# The activations and losses for JAX, from its own library and not from the chapter.
def jax_activation(name, h):
    return {
        "linear": lambda: h,
        "relu": lambda: jax.nn.relu(h),
        "leaky_relu": lambda: jax.nn.leaky_relu(h, 0.01),
        "elu": lambda: jax.nn.elu(h),
        "sigmoid": lambda: jax.nn.sigmoid(h),
        "tanh": lambda: jnp.tanh(h),
        "softplus": lambda: jax.nn.softplus(h),
        "gelu": lambda: jax.nn.gelu(h, approximate=False),
        "silu": lambda: jax.nn.silu(h),
        "selu": lambda: jax.nn.selu(h),
        "mish": lambda: jax.nn.mish(h),
        "exponential": lambda: jnp.exp(h),
    }[name]()


def jax_outputs(theta, sizes, activations, X):
    """h and y_hat of the last layer: of softmax h alone."""
    z, at = X, 0
    for d_in, d_out, f in zip(sizes[:-1], sizes[1:], activations, strict=True):
        W = theta[at : at + d_in * d_out].reshape(d_out, d_in)
        h = z @ W.T + theta[at + d_in * d_out : at + d_in * d_out + d_out]
        at += d_out * (d_in + 1)
        if isinstance(f, PerOutput):
            z = jnp.stack([jax_activation(g.name, h[:, d]) for d, g in enumerate(f.activations)], axis=1)
        else:
            z = h if f.name == "softmax" else jax_activation(f.name, h)
    return h, z


def jax_losses(loss, y, h, y_hat):
    """The losses of one target (N,) from their definitions, y (N,), h and y_hat (N, outputs of the target)."""
    r = y_hat[:, 0] - y
    match loss:
        case CrossEntropy(smoothing):
            log_p = jax.nn.log_softmax(h)
            row = (1 - smoothing) * jax.nn.one_hot(y.astype(int), h.shape[1]) + smoothing / h.shape[1]
            return -jnp.sum(row * log_p, axis=1)
        case Log(smoothing):
            y = (1 - smoothing) * y + smoothing / 2
            return -(y * jax.nn.log_sigmoid(h[:, 0]) + (1 - y) * jax.nn.log_sigmoid(-h[:, 0]))
        case RSS():
            return r**2
        case Absolute():
            return jnp.abs(r)
        case Huber(delta):
            return jnp.where(jnp.abs(r) <= delta, r**2, 2 * delta * jnp.abs(r) - delta**2)
        case Quantile():
            below = y[:, None] - y_hat
            return jnp.sum(jnp.maximum(jnp.array(loss.q) * below, (jnp.array(loss.q) - 1) * below), axis=1)
    p, m = loss.power, jnp.exp(h[:, 0])
    if p == 1:
        return 2 * (xlogy(y, y) - y * h[:, 0] - y + m)
    if p == 2:
        return 2 * (y / m - 1 - jnp.log(y) + h[:, 0])
    return 2 * (y ** (2 - p) / ((1 - p) * (2 - p)) - y * m ** (1 - p) / (1 - p) + m ** (2 - p) / (2 - p))


def jax_objective(theta, X, Y, w, lambdas, alpha, l1, *, sizes, activations, loss, reduction):
    """J from its definition in DESIGN.md, section 2, for jax.grad to differentiate; w (N, n_targets)."""
    h, y_hat = jax_outputs(theta, sizes, activations, X)
    parts = loss.losses if isinstance(loss, PerTarget) else [loss] * Y.shape[1]
    owners = loss.target_of_output(sizes[-1])
    present = ~jnp.isnan(Y)
    filled = jnp.where(present, Y, 1.0)
    losses = jnp.stack(
        [jax_losses(part, filled[:, d], h[:, owners == d], y_hat[:, owners == d]) for d, part in enumerate(parts)],
        axis=1,
    )
    S = (w * present).sum(axis=0) if reduction == "mean" else jnp.ones(Y.shape[1])
    coefficients = w * present * jnp.where(S > 0, lambdas / jnp.where(S > 0, S, 1.0), 0.0)
    penalty, at = 0.0, 0
    for d_in, d_out in pairwise(sizes):
        W = theta[at : at + d_in * d_out]
        penalty += alpha / 2 * jnp.sum(W**2) + l1 * jnp.sum(jnp.abs(W))
        at += d_out * (d_in + 1)
    return jnp.sum(coefficients * losses) + penalty


@lru_cache(maxsize=16)
def jax_gradient_of(sizes, activations, loss, reduction):
    """jax.grad of J, compiled once for all rows, weights and penalties."""
    structure = {"sizes": sizes, "activations": activations, "loss": loss, "reduction": reduction}
    return jax.jit(jax.value_and_grad(partial(jax_objective, **structure)))


def jax_gradient(problem):
    """J and its gradient by JAX, on the rows as a user gives them: those of weight 0 are in it, and count nothing."""
    network, objective, Y = problem.network, problem.objective, problem.Y
    w = np.ones(len(Y)) if problem.sample_weight is None else problem.sample_weight
    w = np.broadcast_to(w[:, None] if w.ndim == 1 else w, Y.shape)
    lambdas = np.ones(Y.shape[1]) if objective.target_weights is None else np.array(objective.target_weights)
    gradient = jax_gradient_of(network.sizes, tuple(network.activations), objective.loss, objective.reduction)
    arguments = (network.theta, problem.X, Y, w, lambdas, objective.alpha, objective.l1)
    J, dJ_dtheta = gradient(*map(jnp.asarray, arguments))
    return float(J), np.asarray(dJ_dtheta)


def cancellation(network, objective, data):
    """By how much the terms of the gradient are larger than its largest entry, array by array: ill-conditioned sums.

    Rounding is relative to the terms. An array whose terms cancel to less than a thousandth (float64) or to less than
    themselves (float32, whose limit is derived for sums that do not cancel) is held to the limit times this.
    """
    gradient = network.with_parameters(REFERENCE.gradient(network, objective, data, objective.scales(
        target_totals(data.Y, data.w)))[1])  # fmt: skip
    sizes = network.with_parameters(sizes_of_terms(network, objective, data))
    return {
        name: float(size.max() / np.abs(array).max()) if array.any() else 1.0
        for (name, size), (_, array) in zip(cases.arrays_of(sizes), cases.arrays_of(gradient), strict=True)
    }


def lost_by_jax(network, X):
    """How much of the last slope JAX loses: it makes tanh's as 1 - tanh^2, whose rounding is that of the 1."""
    if network.activations[-1].name != "tanh":
        return 0.0
    return 8 * float(np.finfo(float).eps / network.activations[-1].slope(REFERENCE.propagate(network, X)[-1]).min())


def check_agreement(case, rng, close):
    problem = cases.make_problem(rng, case)
    network, objective, data, totals = problem.network, problem.objective, problem.data, problem.totals
    scales = objective.scales(totals)

    sums, gradient = REFERENCE.gradient(network, objective, data, scales)
    compiled_sums, compiled_gradient = COMPILED.gradient(network, objective, data, scales)
    J, by_batch = loss_and_gradient(network, **problem.arguments, method="batch")
    compiled_J, by_kernels = loss_and_gradient(network, **problem.arguments, method="compiled")

    worse = cancellation(network, objective, data)
    rung = "4, compiled = reference (float64)"
    for (name, expected), (_, found) in zip(
        cases.arrays_of(network.with_parameters(gradient)),
        cases.arrays_of(network.with_parameters(compiled_gradient)), strict=True,
    ):  # fmt: skip
        close(rung, found, expected, LIMIT * max(1, worse[name] / 1000), f"{name}, {case}")
    close(rung, compiled_sums, sums, LIMIT, f"loss sums, {case}")
    close(rung, COMPILED.losses(network, objective, data), sums, LIMIT, f"losses, {case}")
    close(rung, REFERENCE.losses(network, objective, data), sums, LIMIT, f"losses, {case}")
    rows = np.array([3, 1, 1, 0])
    some = REFERENCE.losses(network, objective, data, rows)
    close(rung, COMPILED.losses(network, objective, data, rows), some, LIMIT, f"losses of rows, {case}")
    close(rung, compiled_J, J, LIMIT, f"J, {case}")
    close(rung, COMPILED.predict(network, data.X), REFERENCE.predict(network, data.X), LIMIT, f"predictions, {case}")
    close(rung, REFERENCE.predict(network, data.X), network.predict(data.X), LIMIT, f"Network.predict, {case}")
    for H, expected in zip(COMPILED.propagate(network, data.X), REFERENCE.propagate(network, data.X), strict=True):
        close(rung, H, expected, LIMIT, f"H, {case}")
    assert (by_batch.theta == gradient).all()
    assert (by_kernels.theta == compiled_gradient).all()

    with jax.enable_x64(True):
        jax_J, by_jax = jax_gradient(problem)
    close("4, J and gradient = jax.grad", J, jax_J, LIMIT, f"J, {case}")
    for (name, found), (_, expected) in zip(
        cases.arrays_of(network.with_parameters(gradient)),
        cases.arrays_of(network.with_parameters(by_jax)), strict=True,
    ):  # fmt: skip
        limit = LIMIT * max(1, worse[name] / 1000) + lost_by_jax(network, data.X)
        close("4, J and gradient = jax.grad", found, expected, limit, f"{name}, {case}")

    check_float32(problem, gradient, sums, close, min(worse.values()))


def float32_limit(problem):
    """A stated multiple of eps, of the largest entry of the array: (18 L + N) eps.

    Forward, each of the L layers' product, intercept and activation round D + 3 <= 9 times; backward as often; the sum
    over N rows N times more. In the worst case these errors add.
    """
    return (18 * len(problem.network.W) + len(problem.data.X)) * EPS32


def check_float32(problem, gradient, sums, close, cancelled):
    network, objective = problem.network, problem.objective
    single = network.with_parameters(network.theta.astype(np.float32))
    data = Observations(*(array.astype(np.float32) for array in problem.data))
    scales = objective.scales(problem.totals)
    limit = float32_limit(problem)
    for engine in (COMPILED, REFERENCE):
        single_sums, single_gradient = engine.gradient(single, objective, data, scales)
        rung = f"4, {engine.name} in float32 = float64"
        assert single_gradient.dtype == np.float32
        assert single_sums.dtype == np.float64
        close(rung, single_gradient, gradient, limit * max(1, cancelled), f"gradient, {problem.case}")
        close(rung, single_sums, sums, limit, f"loss sums, {problem.case}")
        # float32 networks predict in float64, so only their parameters are rounded, and here they were exact.
        exact = engine.predict(network, problem.data.X)
        close("4, compiled = reference (float64)", engine.predict(single, data.X), exact, LIMIT, f"{problem.case}")


@pytest.mark.parametrize("case", cases.PAIRWISE, ids=str)
def test_the_engines_and_jax_agree_on_pairs_of_choices(case, rng, close):
    """Any two that a formula joins: loss, outputs, activation, depth, weights, missing, penalty, D_y, sum, lambda."""
    check_agreement(case, rng, close)


@pytest.mark.verify
@pytest.mark.parametrize("case", cases.EVERY_PAIR, ids=str)
def test_the_engines_and_jax_agree_on_every_pair_of_choices(case, rng, close):
    """Each loss and each output activation beside each hidden activation too."""
    check_agreement(case, rng, close)


@pytest.mark.verify
@pytest.mark.parametrize("depth", cases.DEPTHS)
@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("head", cases.PLAIN_HEADS, ids=str)
def test_the_engines_and_jax_agree_on_the_whole_product(head, hidden, depth, rng, close):
    """Every loss (RSS with every output), activation, depth, weights and penalty: 14 580 cases, the rest in turn."""
    if depth == 0 and hidden != HIDDEN[0]:
        return  # without hidden layers there is only one network, tested under the first name
    for case in cases.whole_product(head=head, hidden=hidden, depth=depth):
        check_agreement(case, rng, close)


@pytest.mark.parametrize(
    ("drawn", "apart"), [(cases.PAIRWISE, cases.APART), (cases.EVERY_PAIR, ())], ids=["short", "whole"]
)
def test_the_covering_sets_meet_every_pair_of_values(drawn, apart):
    """Counted anew: no two values of two factors that are not apart are missing from the set."""
    rows = [
        {**vars(case), "loss": case.head.loss, "output": cases.ITS_OWN if case.head.loss.paired else case.head.output}
        for case in drawn
    ]
    needed = [pair for pair in combinations(cases.FACTORS, 2) if pair not in apart]
    for first, second in needed:
        met = {(row[first], row[second]) for row in rows}
        n_pairs = len(cases.FACTORS[first]) * len(cases.FACTORS[second])
        assert len(met) == (len(cases.HEADS) if {first, second} == {"loss", "output"} else n_pairs), (first, second)
    # No set can be smaller than the pairs of the two factors with most of them.
    assert len(drawn) < 1.5 * max(
        len(cases.HEADS) if pair == ("loss", "output") else math.prod(len(cases.FACTORS[name]) for name in pair)
        for pair in needed
    )


def test_every_loss_is_among_the_cases():
    """A class of losses that is added to the chapter is a case, or this says so."""
    assert {type(loss) for loss in LOSSES.values()} | {PerTarget} == {type(loss) for loss in cases.LOSSES}


@pytest.mark.parametrize(
    ("head", "hidden"),
    # Each output activation beside itself, and each loss with a hidden activation, in turn.
    [(cases.Head(RSS(), hidden), hidden) for hidden in HIDDEN]
    + [(head, HIDDEN[i % len(HIDDEN)]) for i, head in enumerate(cases.PLAIN_HEADS)],
    ids=str,
)
def test_the_chapter_runs_on_jax_arrays_under_jit(head, hidden, rng, close):
    """batch.py is written for arrays of any namespace: traced by JAX it gives NumPy's numbers."""
    loss = head.loss
    network = cases.make_network(rng, head, hidden, 2)
    X, Y = rng.normal(size=(5, 3)), cases.make_targets(rng, loss, 5)
    coefficients = rng.uniform(0.5, 2, Y.shape)

    expected = propagate_backward_batch(network, X, Y, loss, coefficients)
    with jax.enable_x64(True):

        def run(theta):
            made = propagate_backward_batch(
                network.with_parameters(theta), jnp.asarray(X), jnp.asarray(Y), loss, jnp.asarray(coefficients)
            )
            return made.theta, made.losses

        theta, losses = jax.jit(run)(jnp.asarray(network.theta))

    close("4, the chapter under jit = NumPy", np.asarray(theta), expected.theta, LIMIT, f"{head} {hidden}")
    close("4, the chapter under jit = NumPy", np.asarray(losses), expected.losses, LIMIT, f"{head} {hidden}")


# Sessions

SOLVERS = {
    "gd": Descent(GradientDescent(0.01)),
    "momentum": Descent(Momentum(0.002, 0.9, nesterov=False)),
    "nesterov": Descent(Momentum(0.002, 0.9, nesterov=True)),
    "rmsprop": Descent(RMSprop(0.002, epsilon=1e-3)),
    "adam": Descent(Adam(0.01)),
}
# Each alone, clipped (now and then, and always), decayed, and both.
STEPS = {
    f"{name}, {named}": replace(descent, weight_decay=weight_decay, clip_norm=clip_norm)
    for name, descent in (SOLVERS | {"adam": Descent(Adam(0.01, epsilon=1e-3))}).items()
    for named, weight_decay, clip_norm in (
        ("alone", 0.0, None), ("clipped", 0.0, 1.0), ("decayed", 0.2, None), ("clipped and decayed", 0.2, 0.1)
    )
}  # fmt: skip


def run_epochs(engine, problem, solver, batch_size, orders, cut=None, poison=False, dtype=np.float64):
    """theta, the state and the sums after some epochs; `cut` gives the next stop from a position."""
    network = problem.network.with_parameters(problem.network.theta.astype(dtype))
    data = Observations(*(array.astype(dtype) for array in problem.data))
    session = engine.start(network, problem.objective, solver, data, problem.totals, len(data.X), batch_size)
    sums = EpochSums.zeros(len(problem.totals), len(network.W))
    rates = solver.learning_rate * np.linspace(1.0, 0.5, math.ceil(len(data.X) / batch_size))  # one for each step
    for order in orders:
        position = 0
        while position < len(order):
            stop = len(order) if cut is None else min(cut(position), len(order))
            reached = session.run_slice(order, position, stop, sums, rates)
            assert stop <= reached <= len(order)
            position = reached
            if poison:
                for name, buffer in session.buffers._asdict().items():
                    if name != "accumulated":
                        buffer.fill(np.nan)
    return session, sums


def orders_for(rng, n, epochs=4):
    return [rng.permutation(n) for _ in range(epochs)]


@pytest.mark.parametrize("batch_size", [1, 4, 11])
@pytest.mark.parametrize("solver", STEPS)
@pytest.mark.parametrize("case", cases.TAME[::20], ids=str)
def test_training_runs_agree(case, solver, batch_size, rng, close):
    """Four epochs on both engines, each step at its own rate: theta, the state, the running losses and the norms.

    Adam and RMSprop have epsilon = 1e-3 here: with 1e-8, m / sqrt(v) of a gradient that cancels to rounding is rounding
    too.
    """
    problem = cases.make_problem(rng, case)
    block = STEPS.get(solver) or STEPS[f"{solver}, alone"]
    orders = orders_for(rng, len(problem.data.X))

    reference, sums = run_epochs(REFERENCE, problem, block, batch_size, orders)
    compiled, compiled_sums = run_epochs(COMPILED, problem, block, batch_size, orders)

    rung, limit = "4, training runs", LIMIT
    close(rung, compiled.theta, reference.theta, limit, f"theta, {solver}, {case}")
    for found, expected in zip(compiled.state, reference.state, strict=True):
        close(rung, found, expected, limit, f"state, {solver}, {case}")
    close(rung, compiled_sums.losses, sums.losses, limit, f"losses, {solver}, {case}")
    close(rung, compiled_sums.gradient_squares, sums.gradient_squares, limit, f"gradient squares, {solver}, {case}")
    close(rung, compiled_sums.update_squares, sums.update_squares, limit, f"update squares, {solver}, {case}")
    assert compiled_sums.n_steps == sums.n_steps == 4 * math.ceil(len(orders[0]) / batch_size)


@pytest.mark.parametrize("solver", SOLVERS)
def test_training_runs_agree_in_float32(solver, rng, close):
    """One epoch of eleven rows in float32, against the reference in float64: within the multiple of eps of a gradient.

    A step moves theta by a hundredth of its size, so the error of theta stays below that of the gradients.
    """
    problem = cases.make_problem(rng, cases.PAIRWISE[0])
    block = STEPS.get(solver) or STEPS[f"{solver}, alone"]
    orders = orders_for(rng, len(problem.data.X), epochs=1)

    exact, sums = run_epochs(REFERENCE, problem, block, 4, orders)
    for engine in (COMPILED, REFERENCE):
        single, single_sums = run_epochs(engine, problem, block, 4, orders, dtype=np.float32)
        assert single.theta.dtype == np.float32
        rung, limit = f"4, {engine.name} in float32 = float64", float32_limit(problem)
        close(rung, single.theta, exact.theta, limit, f"theta after an epoch, {solver}")
        close(rung, single_sums.losses, sums.losses, limit, f"running losses, {solver}")
        close(rung, single_sums.gradient_squares, sums.gradient_squares, 2 * limit, f"squares, {solver}")


@pytest.mark.parametrize("solver", [*SOLVERS, "adam, clipped and decayed"])
@pytest.mark.parametrize("batch_size", [1, 3, 4, 11])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_slices_cut_anywhere_give_the_same_bits(dtype, batch_size, solver, rng):
    """Slices of 1, of 2, ... rows and at random, with NaN in all scratch buffers between the calls."""
    problem = cases.make_problem(rng, cases.PAIRWISE[7])
    orders = orders_for(rng, len(problem.data.X))
    solver = SOLVERS.get(solver) or STEPS[solver]
    whole, sums = run_epochs(COMPILED, problem, solver, batch_size, orders, dtype=dtype)

    cuts = [lambda p, k=k: p + k for k in (1, 2, 5, 7)] + [lambda p: p + int(rng.integers(1, 12))]
    for cut in cuts:
        cut_up, cut_sums = run_epochs(COMPILED, problem, solver, batch_size, orders, cut=cut, poison=True, dtype=dtype)
        assert cut_up.theta.tobytes() == whole.theta.tobytes()
        assert cut_sums.n_steps == sums.n_steps
        assert cut_sums.losses.tobytes() == sums.losses.tobytes()


@pytest.mark.parametrize("batch_size", [BLOCK_ROWS, BLOCK_ROWS + 904, 3 * BLOCK_ROWS])
def test_batches_of_several_blocks_agree_and_may_be_cut(batch_size, rng, close):
    """More rows than BLOCK_ROWS in a batch: as the reference, and the same bits however the slices fall."""
    case = cases.Case(("rss", "linear"), "tanh", 1, "given", "some", (0.1, 0.1), 3, "mean", True)
    problem = cases.make_problem(rng, case, N=2 * BLOCK_ROWS + 500)
    orders = orders_for(rng, len(problem.X), epochs=2)
    solver = SOLVERS["nesterov"]

    reference, sums = run_epochs(REFERENCE, problem, solver, batch_size, orders)
    whole, whole_sums = run_epochs(COMPILED, problem, solver, batch_size, orders)
    pieces, pieces_sums = run_epochs(COMPILED, problem, solver, batch_size, orders, cut=lambda p: p + 100, poison=True)

    close("4, blocks", whole.theta, reference.theta, LIMIT, f"theta, batches of {batch_size}")
    close("4, blocks", whole_sums.losses, sums.losses, LIMIT, f"losses, batches of {batch_size}")
    assert pieces.theta.tobytes() == whole.theta.tobytes()
    assert pieces_sums.n_steps == whole_sums.n_steps == sums.n_steps
    scales = problem.objective.scales(problem.totals)
    found = COMPILED.gradient(problem.network, problem.objective, problem.data, scales)
    expected = REFERENCE.gradient(problem.network, problem.objective, problem.data, scales)
    for a, b in zip(found, expected, strict=True):
        close("4, blocks", a, b, LIMIT, "gradient and sums of more than two blocks")
    rows = orders[0]
    losses = COMPILED.losses(problem.network, problem.objective, problem.data, rows)
    close("4, blocks", losses, expected[0], LIMIT, "losses of all rows in another order")


def test_a_batch_cut_between_its_blocks_needs_nothing_but_the_accumulated_gradient(rng):
    """The buffers of rows are scratch: with NaN in them between blocks nothing changes (above); this one must stay."""
    case = cases.Case(("rss", "linear"), "tanh", 1, "none", "none", (0.0, 0.0), 1, "mean", False)
    problem = cases.make_problem(rng, case, N=BLOCK_ROWS + 10)
    solver = Descent(GradientDescent(0.1))
    n = len(problem.X)
    session = COMPILED.start(problem.network, problem.objective, solver, problem.data, problem.totals, n, n)
    sums = EpochSums.zeros(1, 2)

    reached = session.run_slice(np.arange(n), 0, 1, sums, np.array([0.1]))

    assert reached == BLOCK_ROWS
    assert sums.n_steps == 0
    assert (session.theta == problem.network.theta).all()
    session.buffers.accumulated.fill(np.nan)
    session.run_slice(np.arange(n), reached, n, sums, np.array([0.1]))
    assert np.isnan(session.theta).all()


def test_new_buffers_hold_nothing_but_nan():
    """So a kernel that reads what it did not write shows it in every test of this file."""
    problem = cases.make_problem(np.random.default_rng(0), cases.PAIRWISE[0])
    session = COMPILED.start(
        problem.network, problem.objective, SOLVERS["gd"], problem.data, problem.totals, len(problem.data.X), 4
    )

    assert all(np.isnan(buffer).all() for buffer in session.buffers)


# Arrays of any kind


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def strided(array):
    wide = np.full((2 * array.shape[0], *(2 * n for n in array.shape[1:])), np.nan, array.dtype)
    view = wide[tuple(slice(None, None, 2) for _ in array.shape)]
    view[...] = array
    return view


KINDS = {
    "read-only": read_only,
    "strided": strided,
    "Fortran": lambda array: np.asfortranarray(array),
    "reversed": lambda array: array[::-1].copy()[::-1],
    "big-endian": lambda array: array.astype(array.dtype.newbyteorder(">")),
    "the other float": lambda array: array.astype(np.float32),
}


@pytest.mark.parametrize("kind", KINDS)
def test_data_and_parameters_may_be_arrays_of_any_kind(kind, rng):
    """Read-only, strided, Fortran, reversed and byte-swapped arrays give the bits of plain ones."""
    change = KINDS[kind]
    problem = cases.make_problem(rng, cases.PAIRWISE[3])
    network, objective = problem.network, problem.objective
    scales = objective.scales(problem.totals)
    data = Observations(*(change(array) for array in problem.data))
    theta = network.theta if kind in ("big-endian", "the other float") else change(network.theta)
    unusual = Network(network.sizes, network.activations, theta)
    rows = np.array([4, 2, 2])

    expected = COMPILED.gradient(network, objective, problem.data, scales)
    found = COMPILED.gradient(unusual, objective, data, scales)

    assert all((a == b).all() for a, b in zip(found, expected, strict=True))
    assert (COMPILED.predict(unusual, data.X) == COMPILED.predict(network, problem.data.X)).all()
    losses = COMPILED.losses(unusual, objective, data, read_only(rows))
    assert (losses == COMPILED.losses(network, objective, problem.data, rows)).all()
    for a, b in zip(COMPILED.propagate(unusual, data.X), COMPILED.propagate(network, problem.data.X), strict=True):
        assert (a == b).all()
    before = theta.copy()
    session = COMPILED.start(unusual, objective, SOLVERS["adam"], data, problem.totals, len(data.X), 4)
    plain = COMPILED.start(network, objective, SOLVERS["adam"], problem.data, problem.totals, len(data.X), 4)
    for one in (session, plain):
        sums = EpochSums.zeros(data.Y.shape[1], len(network.W))
        one.run_slice(np.arange(len(data.X)), 0, len(data.X), sums, read_only(np.full(len(data.X), 0.01)))
    assert (session.theta == plain.theta).all()
    assert (theta == before).all(), "training changed the parameters it was given"


@pytest.mark.parametrize("kind", ["read-only", "strided", "32 bits"])
def test_the_order_of_rows_may_be_an_array_of_any_kind_without_compiling_anew(kind, rng):
    """Copied at the boundary like all else: another kind of index array must not cost twenty seconds of compiling."""
    from pellucid.engines.compiled import slice_kernels

    problem = cases.make_problem(rng, cases.PAIRWISE[3])
    n = len(problem.data.X)
    arguments = (problem.network, problem.objective, SOLVERS["gd"], problem.data, problem.totals, n, 4)
    plain, other = COMPILED.start(*arguments), COMPILED.start(*arguments)
    order = rng.permutation(n)
    changes = {"read-only": read_only, "strided": strided_integers, "32 bits": lambda a: a.astype(np.int32)}
    shape, rates = (problem.data.Y.shape[1], len(problem.network.W)), np.full(n, 0.01)
    plain.run_slice(order, 0, n, EpochSums.zeros(*shape), rates)
    compiled = len(slice_kernels.run_slice.signatures)

    other.run_slice(changes[kind](order), 0, n, EpochSums.zeros(*shape), rates)

    assert (other.theta == plain.theta).all()
    assert len(slice_kernels.run_slice.signatures) == compiled


def strided_integers(order):
    wide = np.full(2 * len(order), -1)
    wide[::2] = order
    return wide[::2]


# Predictions


@pytest.mark.parametrize("engine", [COMPILED, REFERENCE], ids=lambda engine: engine.name)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_row_is_predicted_the_same_alone_and_among_others(engine, dtype, rng):
    """Bit for bit: one row, 63, 64, 65 and 1000 rows, in any order."""
    network = cases.make_network(rng, ("cross_entropy", "softmax"), "gelu", 3, dtype=dtype)
    X = rng.normal(size=(1000, 3)).astype(dtype)

    together = engine.predict(network, X)

    assert together.dtype == np.float64
    for n in (1, 63, 64, 65):
        assert (engine.predict(network, X[:n]) == together[:n]).all()
    assert all((engine.predict(network, X[i : i + 1]) == together[i]).all() for i in range(0, 1000, 97))
    assert (engine.predict(network, X[::-1]) == together[::-1]).all()
    assert engine.predict(network, X[:0]).shape == (0, 4)


# What the engine does not know


def test_a_loss_of_the_users_own_runs_on_the_reference_and_says_so(rng):
    """Section 3: not a KeyError, and above all not another loss under the same name."""
    from pellucid.errors import EngineWarning

    class Own(RSS):
        """Inherits everything, its name too, but the two formulae."""

        def value(self, Y, Y_hat):
            return abs(Y - Y_hat)

        def derivative(self, Y, Y_hat):
            return -np.sign(Y - Y_hat)

    network = cases.make_network(rng, ("rss", "linear"), "tanh", 1)
    X, Y = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    several = PerTarget([RSS(), Own(), Absolute()])
    in_a_list = network.with_parameters(network.theta)
    in_a_list.activations = (*network.activations[:-1], several.last_activation)

    for net, loss in ((network, Own()), (in_a_list, several)):
        expected, _ = loss_and_gradient(net, X, Y, loss, method="batch")
        with pytest.warns(EngineWarning):
            J, _ = loss_and_gradient(net, X, Y, loss, method="compiled")

        assert pytest.approx(expected, rel=1e-12) == J


def test_losses_of_no_rows_are_zero():
    """An empty selection has no loss on either engine."""
    problem = cases.make_problem(np.random.default_rng(0), cases.PAIRWISE[0])
    for engine in (COMPILED, REFERENCE):
        none = engine.losses(problem.network, problem.objective, problem.data, np.array([], np.int64))
        assert (none == 0).all()


def test_every_activation_and_loss_of_the_chapter_has_its_kernel():
    """Adding a block to the chapter alone is noticed here."""
    from pellucid.engines.compiled.layout import ACTIVATION_CODES
    from pellucid.engines.compiled.problem import LOSS_CODES
    from pellucid.mathematics.activations import ACTIVATIONS

    assert set(ACTIVATION_CODES) == set(ACTIVATIONS)
    assert set(LOSS_CODES) == {type(loss) for loss in LOSSES.values()}
    assert len(set(ACTIVATION_CODES.values())) == len(ACTIVATIONS)


def test_s_d_is_taken_of_the_rows_trained_on(rng):
    """target_totals of a selection is that selection's weight, so a session on a part of the table divides by it."""
    problem = cases.make_problem(
        rng, cases.Case(("rss", "linear"), "tanh", 1, "given", "some", (0, 0), 3, "mean", False)
    )
    rows = np.array([0, 2, 5, 6])
    part = problem.data.take(rows)
    totals = target_totals(part.Y, part.w)
    solver = Descent(GradientDescent(0.1))
    objective = Objective(LOSSES["rss"])

    for engine in (COMPILED, REFERENCE):
        session = engine.start(problem.network, objective, solver, problem.data, totals, 4, 4)
        session.run_slice(rows, 0, 4, EpochSums.zeros(3, 2), np.array([0.1]))
        _, gradient = engine.gradient(problem.network, objective, part, objective.scales(totals))
        expected = problem.network.theta - 0.1 * gradient
        assert session.theta == pytest.approx(expected, rel=1e-13, abs=1e-14)
