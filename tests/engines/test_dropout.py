"""The compiled engine draws the reference's masks, whatever the cut, and trains as it does."""

import math
from dataclasses import replace

import numpy as np
import pytest

import cases
from pellucid.engines.compiled.engine import CompiledEngine, rows_per_slice
from pellucid.engines.protocol import EpochSums
from pellucid.engines.reference import ReferenceEngine
from pellucid.mathematics.dropout import Dropout
from pellucid.mathematics.objective import BLOCK_ROWS, Observations, batch_gradient
from pellucid.mathematics.updates import Adam, Descent, GradientDescent, Momentum, RMSprop

LIMIT = 1e-12
COMPILED, REFERENCE = CompiledEngine(), ReferenceEngine()
SOLVERS = {
    "gd": Descent(GradientDescent(0.01)),
    "momentum": Descent(Momentum(0.002, 0.9, nesterov=False)),
    "nesterov": Descent(Momentum(0.002, 0.9, nesterov=True)),
    "rmsprop": Descent(RMSprop(0.002, epsilon=1e-3)),  # the usual epsilon would magnify gradients that are rounding
    "adam": Descent(Adam(0.01, epsilon=1e-3)),
    "adam, clipped and decayed": Descent(Adam(0.01, epsilon=1e-3), weight_decay=0.2, clip_norm=0.1),
}
# Means: a sum of losses has gradients as large as the table, with which runs magnify rounding.
MEANS = [replace(case, reduction="mean") for case in cases.TAME]
CASE = cases.Case(("rss", "linear"), "tanh", 2, "given", "some", (0.1, 0.1), 3, "mean", True)


def start(engine, problem, batch_size, dropout, descent=SOLVERS["gd"], dtype=np.float64):
    network = problem.network.with_parameters(problem.network.theta.astype(dtype))
    data = Observations(*(array.astype(dtype) for array in problem.data))
    return engine.start(network, problem.objective, descent, data, problem.totals, len(data.X), batch_size, dropout)


def go_on(session, problem, orders, batch_size, rate=0.01, cut=None, poison=False):
    """Some epochs; `cut` rows at a time, with NaN in all scratch buffers in between."""
    sums = EpochSums.zeros(len(problem.totals), len(problem.network.W))
    for order in orders:
        rates = rate * np.linspace(1.0, 0.5, math.ceil(len(order) / batch_size))
        position = 0
        while position < len(order):
            stop = len(order) if cut is None else min(position + cut, len(order))
            position = session.run_slice(order, position, stop, sums, rates)
            for name, buffer in session.buffers._asdict().items() if poison else ():
                if name != "accumulated":
                    buffer.fill(np.nan)
    return sums


def dropout_for(case, sigma=0.2, seed=2**64 - 3):
    return Dropout((0.2, *(0.5, 0.0, 0.4, 0.3)[: case.depth]), sigma, seed)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("step", [0, 1, 10**9])
def test_the_masks_of_both_engines_are_the_same_bits(step, dtype, rng, close):
    """What the kernels leave in their buffers after a step is what the chapter draws, in the last block of a batch."""
    for n in (11, BLOCK_ROWS + 5):
        problem = cases.make_problem(rng, CASE, N=n)
        dropout = Dropout((0.2, 0.5, 0.75), 0.3, seed=2**64 - 3)
        session = start(COMPILED, problem, n, dropout, dtype=dtype)
        session.n_steps = step
        order = rng.permutation(n)

        go_on(session, problem, [order], n)

        first = 0 if n == 11 else BLOCK_ROWS
        rows, columns = n - first, session.layout.column_at
        masks = dropout.masks(problem.network.sizes, step, first, rows, dtype)
        for l, mask in enumerate(masks):
            drawn = session.buffers.M[rows * columns[l] : rows * (columns[l] + mask.shape[1])]
            assert drawn.tobytes() == mask.tobytes()
        X = dropout.add_noise(problem.data.X[order[first:]].astype(dtype), step, first) * masks[0]
        # A logarithm, a root and a cosine in float64, each within an ulp or two, then rounded to the type.
        close("dropout, noise of both engines", session.buffers.Z[: X.size], X.ravel(), 8 * np.finfo(dtype).eps, dtype)
        assert session.n_steps == step + 1


@pytest.mark.parametrize("batch_size", [1, 4, 11])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("case", MEANS[::20], ids=str)
def test_training_runs_with_dropout_agree(case, solver, batch_size, rng, close):
    """Four epochs, masks in some layers and noise: theta, the state, the losses, the norms and the number of steps.

    The limit is that of runs without: masks are equal, and the noise differs by less than the rounding of X itself.
    """
    problem = cases.make_problem(rng, case)
    descent, dropout = SOLVERS[solver], dropout_for(case)
    orders = [rng.permutation(len(problem.data.X)) for _ in range(4)]
    compiled, reference = (start(engine, problem, batch_size, dropout, descent) for engine in (COMPILED, REFERENCE))

    # A tenth of the usual rate: steps from single rows magnify rounding.
    found, expected = (go_on(session, problem, orders, batch_size, 0.001) for session in (compiled, reference))

    rung, where = "4, training runs with dropout", f"{solver}, {case}"
    close(rung, compiled.theta, reference.theta, LIMIT, f"theta, {where}")
    for a, b in zip(compiled.state, reference.state, strict=True):
        close(rung, a, b, LIMIT, f"state, {where}")
    for name in ("losses", "gradient_squares", "update_squares"):
        close(rung, getattr(found, name), getattr(expected, name), LIMIT, f"{name}, {where}")
    assert compiled.n_steps == reference.n_steps == found.n_steps == 4 * math.ceil(len(orders[0]) / batch_size)


@pytest.mark.parametrize("engine", [COMPILED, REFERENCE], ids=lambda engine: engine.name)
def test_one_step_is_made_from_the_gradient_given_the_masks_of_its_number(engine, rng, close):
    """theta - rate · gradient of steps 0, 1 and 2, each by the chapter with the masks of that number."""
    problem = cases.make_problem(rng, CASE)
    dropout, n = dropout_for(CASE), len(problem.data.X)
    session = start(engine, problem, n, dropout)
    scales = problem.objective.scales(problem.totals)
    for step in range(3):
        network = problem.network.with_parameters(session.theta.copy())
        _, gradient = batch_gradient(problem.objective, network, problem.data, scales, dropout, step)

        go_on(session, problem, [np.arange(n)], n, rate=0.1)

        close("dropout, one step", session.theta, network.theta - 0.1 * gradient, 1e-14, f"step {step}, {engine.name}")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("batch_size", [3, 11])
def test_slices_cut_anywhere_give_the_same_bits(dtype, batch_size, rng):
    problem = cases.make_problem(rng, CASE)
    orders = [rng.permutation(11) for _ in range(3)]
    arguments = (problem, batch_size, dropout_for(CASE), SOLVERS["adam"], dtype)
    whole = start(COMPILED, *arguments)
    sums = go_on(whole, problem, orders, batch_size)

    for cut in (1, 2, 5):
        pieces = start(COMPILED, *arguments)
        cut_sums = go_on(pieces, problem, orders, batch_size, cut=cut, poison=True)
        assert pieces.theta.tobytes() == whole.theta.tobytes()
        assert cut_sums.losses.tobytes() == sums.losses.tobytes()


@pytest.mark.parametrize("batch_size", [BLOCK_ROWS + 904, 3 * BLOCK_ROWS])
def test_batches_of_several_blocks_agree_and_may_be_cut(batch_size, rng, close):
    problem = cases.make_problem(rng, CASE, N=2 * BLOCK_ROWS + 500)
    orders = [rng.permutation(len(problem.X)) for _ in range(2)]
    dropout = dropout_for(CASE)
    reference, whole, pieces = (
        start(engine, problem, batch_size, dropout, SOLVERS["nesterov"]) for engine in (REFERENCE, COMPILED, COMPILED)
    )

    sums, whole_sums = (go_on(session, problem, orders, batch_size) for session in (reference, whole))
    go_on(pieces, problem, orders, batch_size, cut=100, poison=True)

    close("dropout, blocks", whole.theta, reference.theta, LIMIT, f"theta, batches of {batch_size}")
    close("dropout, blocks", whole_sums.losses, sums.losses, LIMIT, f"losses, batches of {batch_size}")
    assert pieces.theta.tobytes() == whole.theta.tobytes()


@pytest.mark.parametrize("engine", [COMPILED, REFERENCE], ids=lambda engine: engine.name)
def test_a_run_taken_up_again_draws_the_masks_of_a_run_that_was_never_left(engine, rng):
    """Gradient descent has no state but theta; the number of steps made is all that must be carried."""
    problem = cases.make_problem(rng, CASE)
    orders, dropout = [rng.permutation(11) for _ in range(6)], dropout_for(CASE)
    whole, first, second, wrong = (start(engine, problem, 4, dropout) for _ in range(4))
    go_on(whole, problem, orders, 4)
    go_on(first, problem, orders[:3], 4)

    for session, n_steps in ((second, first.n_steps), (wrong, 0)):
        session.theta[:] = first.theta
        session.n_steps = n_steps
        go_on(session, problem, orders[3:], 4)

    assert first.n_steps == 9
    assert second.theta.tobytes() == whole.theta.tobytes()
    assert wrong.theta.tobytes() != whole.theta.tobytes()


@pytest.mark.parametrize("engine", [COMPILED, REFERENCE], ids=lambda engine: engine.name)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rates_of_0_give_the_bytes_of_no_dropout(engine, dtype, rng):
    problem = cases.make_problem(rng, CASE)
    orders = [rng.permutation(11) for _ in range(3)]
    none, zero, some = (
        start(engine, problem, 4, dropout, SOLVERS["adam"], dtype)
        for dropout in (None, Dropout((0.0, 0.0, 0.0)), Dropout((0.0, 0.1, 0.0)))
    )

    for session in (none, zero, some):
        go_on(session, problem, orders, 4)

    assert zero.theta.tobytes() == none.theta.tobytes()
    assert some.theta.tobytes() != none.theta.tobytes()


def test_a_session_without_masks_has_no_buffer_for_them_and_one_with_noise_shorter_slices(rng):
    problem = cases.make_problem(rng, CASE)

    assert start(COMPILED, problem, 4, None).buffers.M.size == 0
    assert start(COMPILED, problem, 4, Dropout((0.0, 0.0, 0.0), 0.5)).buffers.M.size == 0
    assert start(COMPILED, problem, 4, Dropout((0.0, 0.5, 0.0))).buffers.M.size > 0
    assert rows_per_slice(problem.network, 4, noisy=True) < rows_per_slice(problem.network, 4)


def test_dropout_is_nowhere_but_in_the_steps(rng):
    """The losses, the gradient and the predictions of an engine have no dropout to be given."""
    problem = cases.make_problem(rng, CASE)
    session = start(COMPILED, problem, 11, dropout_for(CASE))
    before = COMPILED.losses(problem.network, problem.objective, problem.data)

    sums = go_on(session, problem, [np.arange(11)], 11)

    assert (COMPILED.losses(problem.network, problem.objective, problem.data) == before).all()
    assert (sums.losses != before).any()  # the epoch's are those given the masks
