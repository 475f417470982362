"""Rung 6: an update equals its formula, in the chapter, in both engines and in plain loops."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cases
import naive
from pellucid.engines.choice import choose_engine
from pellucid.engines.loss_and_gradient import loss_and_gradient
from pellucid.engines.protocol import EpochSums
from pellucid.mathematics.structure import Network
from pellucid.mathematics.updates import Adam, Descent, GradientDescent, Momentum, RMSprop
from plain_steps import take_step

SOLVERS = {
    "gd": GradientDescent(0.02),
    "momentum": Momentum(0.01, 0.8, nesterov=False),
    "nesterov": Momentum(0.01, 0.8, nesterov=True),
    "rmsprop": RMSprop(0.02, 0.9, 1e-4),
    "adam": Adam(0.02, 0.8, 0.95, 1e-4),
}
# The norms of the problems' gradients lie between 0.3 and 30: the first is never clipped, the second mostly.
CLIPS = (None, 1e3, 0.5)
DECAYS = (0.0, 0.3)
ENGINES = pytest.mark.parametrize("engine", ["reference", "compiled"])
CASE = cases.Case(("rss", "tanh"), "silu", 2, "given", "some", (0.1, 0.05), 3, "mean", True)
SUM = cases.Case(("rss", "tanh"), "silu", 2, "given", "some", (0.1, 0.05), 3, "sum", True)


def root(v):
    return np.sqrt(v) + 1e-4


@pytest.mark.parametrize("name", SOLVERS)
def test_two_steps_of_every_solver_are_the_formula_by_hand(name):
    """g = (2, -1), then (1, 3), from a state of zeros, at rates 0.01 and 0.02; each number written out."""
    steps = {
        "gd": ([-0.02, 0.01], [-0.02, -0.06]),
        # v1 = -0.01 g; v2 = 0.8 v1 - 0.02 g
        "momentum": ([-0.02, 0.01], [-0.036, -0.052]),
        # 0.8 v1 - 0.01 g, with the new velocity; 0.8 v2 - 0.02 g
        "nesterov": ([-0.036, 0.018], [-0.0488, -0.1016]),
        # v1 = 0.1 g^2 = (0.4, 0.1); v2 = 0.9 v1 + 0.1 g^2 = (0.46, 0.99)
        "rmsprop": ([-0.02 / root(0.4), 0.01 / root(0.1)], [-0.02 / root(0.46), -0.06 / root(0.99)]),
        # m1 = 0.2 g, over 1 - 0.8: g. v1 = 0.05 g^2, over 1 - 0.95: g^2.
        # m2 = 0.8 m1 + 0.2 g = (0.52, 0.44), over 1 - 0.64; v2 = 0.95 v1 + 0.05 g^2 = (0.24, 0.4975), over 0.0975
        "adam": (
            [-0.01 * 2 / root(4.0), 0.01 * 1 / root(1.0)],
            [-0.02 * (0.52 / 0.36) / root(0.24 / 0.0975), -0.02 * (0.44 / 0.36) / root(0.4975 / 0.0975)],
        ),
    }
    solver = SOLVERS[name]
    first, state = solver.update(np.array([2.0, -1.0]), solver.init(np.zeros(2)), 0.01)
    second, state = solver.update(np.array([1.0, 3.0]), state, 0.02)

    assert first == pytest.approx(steps[name][0], rel=1e-14)
    assert second == pytest.approx(steps[name][1], rel=1e-14)


def test_clipping_scales_a_longer_gradient_to_the_norm_and_leaves_a_shorter_one():
    """(3, 4) has the norm 5: of norm 1 it is (0.6, 0.8); with 10 it stays, bit by bit, as does one of zeros."""
    network = Network([1, 1], ["linear"], np.zeros(2))
    gradient = np.array([3.0, 4.0])

    def step(clip_norm, gradient=gradient):
        return Descent(GradientDescent(), clip_norm=clip_norm).step(network, gradient, (), 1.0)[0]

    assert step(1.0) == pytest.approx([-0.6, -0.8], rel=1e-15)
    assert step(10.0).tolist() == [-3.0, -4.0]
    assert step(1.0, np.zeros(2)).tolist() == [0.0, 0.0]
    huge = np.array([3e30, 4e30], np.float32)  # their squares are infinite in float32
    assert step(1.0, huge) == pytest.approx([-0.6, -0.8], rel=1e-6)


def test_decay_takes_its_share_of_the_weights_and_nothing_of_the_intercepts():
    """W = 2, c = 3, g = 0: the step of W is -0.1 0.5 2, that of c nothing."""
    network = Network([1, 1], ["linear"], np.array([2.0, 3.0]))

    step, _ = Descent(GradientDescent(), weight_decay=0.5).step(network, np.zeros(2), (), 0.1)

    assert step.tolist() == [-0.1, 0.0]


def test_adam_with_decay_is_adamw_and_not_a_penalty():
    """As Loshchilov and Hutter have it: the moments see the gradient alone, and a penalty would go into them."""
    network = Network([1, 1], ["linear"], np.array([2.0, 3.0]))
    g, alpha = np.array([0.1, -0.1]), 0.5
    descent = Descent(Adam(), weight_decay=alpha)

    step, state = descent.step(network, g, descent.init(g), 0.01)

    alone, plain_state = Adam().update(g, Adam().init(g), 0.01)
    assert descent.name == "AdamW"
    assert step == pytest.approx(alone - [0.01 * 0.5 * 2, 0], rel=1e-14)
    assert all(np.array_equal(a, b) for a, b in zip(state, plain_state, strict=True))


@pytest.mark.parametrize("clip_norm", CLIPS)
@pytest.mark.parametrize("weight_decay", DECAYS)
@pytest.mark.parametrize("name", SOLVERS)
@ENGINES
def test_one_update_of_the_engine_is_theta_plus_the_step(engine, name, weight_decay, clip_norm, rng, close):
    """A full batch: the gradient of loss_and_gradient, the chapter's step, and nothing else.

    The gradient's norm is that before clipping, the step's holds clipping and decay.
    """
    problem = cases.make_problem(rng, CASE)
    descent, n = Descent(SOLVERS[name], weight_decay, clip_norm), len(problem.data.X)
    _, gradient = loss_and_gradient(problem.network, **problem.arguments)
    step, state = descent.step(problem.network, gradient.theta, descent.init(problem.network.theta), 0.013)

    session = choose_engine(engine).start(
        problem.network, problem.objective, descent, problem.data, problem.totals, n, n
    )  # fmt: skip
    sums = EpochSums.zeros(3, 3)
    session.run_slice(np.arange(n), 0, n, sums, np.array([0.013]))

    where = f"{engine} {name} clip {clip_norm} decay {weight_decay}"
    close("6, one update", session.theta - problem.network.theta, step, 1e-12, where)
    for found, expected in zip(session.state, state, strict=True):
        close("6, one update", found, expected, 1e-12, f"state, {where}")
    close("6, one update", sums.gradient_squares.sum(), (gradient.theta**2).sum(), 1e-12, f"gradient's norm, {where}")
    close("6, one update", sums.update_squares.sum(), (step**2).sum(), 1e-12, f"step's norm, {where}")


@pytest.mark.parametrize("clip_norm", CLIPS)
@pytest.mark.parametrize("weight_decay", DECAYS)
@pytest.mark.parametrize("name", SOLVERS)
def test_the_step_traced_by_jax_is_that_of_numpy(name, weight_decay, clip_norm, rng, close):
    """Ten steps under jit, with theta, the gradient, the state and the rate traced; the count of Adam too."""
    network, descent = (
        cases.make_network(rng, ("rss", "linear"), "tanh", 2),
        Descent(SOLVERS[name], weight_decay, clip_norm),
    )
    n = network.theta.size
    gradients, rates = rng.normal(size=(10, n)), rng.uniform(0.001, 0.02, 10)
    theta, state = network.theta, descent.init(network.theta)
    with jax.enable_x64(True):

        @jax.jit
        def traced_step(theta, gradient, state, rate):
            return descent.step(network.with_parameters(theta), gradient, state, rate)

        traced, traced_state = jnp.asarray(theta), descent.init(jnp.asarray(theta))
        for gradient, rate in zip(gradients, rates, strict=True):
            step, state = descent.step(network.with_parameters(theta), gradient, state, rate)
            made, traced_state = traced_step(traced, jnp.asarray(gradient), traced_state, rate)
            theta, traced = theta + step, traced + made

    where = f"{name} clip {clip_norm} decay {weight_decay}"
    close("6, the step under jit = NumPy", np.asarray(traced) - network.theta, theta - network.theta, 1e-12, where)
    assert type(traced_state) is type(state)
    for found, expected in zip(traced_state, state, strict=True):
        close("6, the step under jit = NumPy", np.asarray(found), expected, 1e-12, f"state, {where}")


@pytest.mark.parametrize("batch_size", [1, 4, 11])
@pytest.mark.parametrize("case", [CASE, SUM], ids=["mean", "sum"])
@pytest.mark.parametrize(("weight_decay", "clip_norm"), [(0.0, None), (0.3, 0.5)], ids=["plain", "clipped and decayed"])
@pytest.mark.parametrize("name", SOLVERS)
@ENGINES
def test_several_epochs_are_those_of_the_plain_loops(
    engine, name, weight_decay, clip_norm, case, batch_size, rng, close
):
    """naive's gradients of each batch, plain_steps' updates: weights, missing targets, penalties, a smaller last batch.

    Every step has a rate of its own.
    """
    problem = cases.make_problem(rng, case)
    n, descent = len(problem.data.X), Descent(SOLVERS[name], weight_decay, clip_norm)
    orders = [rng.permutation(n) for _ in range(3)]
    n_steps = -(-n // batch_size)
    rates = rng.uniform(0.001, 0.02, (3, n_steps))
    session = choose_engine(engine).start(
        problem.network, problem.objective, descent, problem.data, problem.totals, n, batch_size
    )  # fmt: skip
    for order, of_epoch in zip(orders, rates, strict=True):
        session.run_slice(order, 0, n, EpochSums.zeros(3, 3), of_epoch)

    expected = plain_epochs(problem, descent, batch_size, orders, rates)

    close("6, epochs = plain loops", session.theta, cases.from_lists(expected), 1e-12, f"{engine} {name} {batch_size}")


def plain_epochs(problem, descent, batch_size, orders, rates):
    """The layers after some epochs, in plain loops. For reduction="sum" a batch is the plain sum of its rows."""
    layers, memory, t = cases.to_lists(problem.network), {}, 0
    objective = problem.objective
    for order, of_epoch in zip(orders, rates, strict=True):
        for start, rate in zip(range(0, len(order), batch_size), of_epoch, strict=True):
            rows, t = order[start : start + batch_size], t + 1
            batch = rows if objective.reduction == "sum" else np.arange(len(order))
            gradients = naive.loss_and_gradient(
                layers, problem.X[batch].tolist(), problem.Y[batch].tolist(), "rss",
                problem.sample_weight[batch].tolist(), objective.target_weights, objective.alpha, objective.l1,
                objective.reduction, rows=None if objective.reduction == "sum" else rows.tolist(),
            )[2]  # fmt: skip
            take_step(layers, gradients, memory, t, float(rate), descent)
    return layers
