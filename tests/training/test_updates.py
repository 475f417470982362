"""Rung 6: an update equals its formula, in the chapter, in both engines and in plain loops."""

import numpy as np
import pytest

import cases
import naive
from pellucid.engines.choice import choose_engine
from pellucid.engines.loss_and_gradient import loss_and_gradient
from pellucid.engines.protocol import EpochSums
from pellucid.mathematics.updates import Adam, GradientDescent, Momentum

SOLVERS = {
    "gd": (GradientDescent(0.02), "gd", {"learning_rate": 0.02}),
    "momentum": (Momentum(0.01, 0.8, nesterov=False), "momentum", {"learning_rate": 0.01, "momentum": 0.8}),
    "nesterov": (
        Momentum(0.01, 0.8, nesterov=True), "momentum", {"learning_rate": 0.01, "momentum": 0.8, "nesterov": True},
    ),
    "adam": (
        Adam(0.02, 0.8, 0.95, 1e-4), "adam", {"learning_rate": 0.02, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-4},
    ),
}  # fmt: skip
ENGINES = pytest.mark.parametrize("engine", ["reference", "compiled"])
CASE = cases.Case(("rss", "tanh"), "silu", 2, "given", "some", (0.1, 0.05), 3, "mean", True)


@pytest.mark.parametrize("name", SOLVERS)
def test_two_steps_of_every_solver_are_the_formula_by_hand(name):
    """g = (2, -1), then (1, 3), from a state of zeros; each number written out."""
    steps = {
        "gd": ([-0.04, 0.02], [-0.02, -0.06]),
        # v1 = -0.01 g; v2 = 0.8 v1 - 0.01 g
        "momentum": ([-0.02, 0.01], [-0.026, -0.022]),
        # 0.8 v1 - 0.01 g, with the new velocity
        "nesterov": ([-0.036, 0.018], [-0.0308, -0.0476]),
    }
    solver = SOLVERS[name][0]
    state = solver.init(np.zeros(2))
    first, state = solver.update(np.array([2.0, -1.0]), state)
    second, state = solver.update(np.array([1.0, 3.0]), state)

    if name == "adam":
        # m1 = 0.2 g, over 1 - 0.8: g. v1 = 0.05 g^2, over 1 - 0.95: g^2. The step is -0.02 g / (|g| + 1e-4).
        steps["adam"] = (
            [-0.02 * 2 / 2.0001, 0.02 * 1 / 1.0001],
            # m2 = 0.8 m1 + 0.2 g = (0.52, 0.44), over 1 - 0.64; v2 = 0.95 v1 + 0.05 g^2 = (0.24, 0.4975), over 0.0975
            [
                -0.02 * (0.52 / 0.36) / (np.sqrt(0.24 / 0.0975) + 1e-4),
                -0.02 * (0.44 / 0.36) / (np.sqrt(0.4975 / 0.0975) + 1e-4),
            ],
        )
        assert state.t == 2
    assert first == pytest.approx(steps[name][0], rel=1e-14)
    assert second == pytest.approx(steps[name][1], rel=1e-14)


@pytest.mark.parametrize("name", SOLVERS)
@ENGINES
def test_one_update_of_the_engine_is_theta_plus_the_solvers_step(engine, name, rng, close):
    """A full batch: the gradient of loss_and_gradient, the chapter's update, and nothing else."""
    problem = cases.make_problem(rng, CASE)
    solver, n = SOLVERS[name][0], len(problem.data.X)
    _, gradient = loss_and_gradient(problem.network, **problem.arguments)
    step, state = solver.update(gradient.theta, solver.init(problem.network.theta))

    session = choose_engine(engine).start(
        problem.network, problem.objective, solver, problem.data, problem.totals, n, n
    )  # fmt: skip
    session.run_slice(np.arange(n), 0, n, EpochSums.zeros(3, 3))

    close("6, one update", session.theta - problem.network.theta, step, 1e-12, f"{engine} {name}")
    for found, expected in zip(session.state, state, strict=True):
        close("6, one update", found, expected, 1e-12, f"state, {engine} {name}")


@pytest.mark.parametrize("batch_size", [1, 4, 11])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("name", SOLVERS)
@ENGINES
def test_several_epochs_are_those_of_the_plain_loops(engine, name, reduction, batch_size, rng, close):
    """naive.train with the same orders, weights, missing targets and penalties; a last, smaller batch among them."""
    problem = cases.make_problem(rng, cases.Case(*CASE.__dict__.values()) if reduction == "mean" else SUM)
    solver, naive_name, options = SOLVERS[name]
    objective, n = problem.objective, len(problem.data.X)
    orders = [rng.permutation(n) for _ in range(3)]
    session = choose_engine(engine).start(
        problem.network, objective, solver, problem.data, problem.totals, n, batch_size
    )  # fmt: skip
    for order in orders:
        session.run_slice(order, 0, n, EpochSums.zeros(3, 3))

    if reduction == "sum":
        expected = naive_sum(problem, naive_name, options, batch_size, orders)
    else:
        expected = naive.train(
            cases.to_lists(problem.network), problem.X.tolist(), problem.Y.tolist(), "rss", naive_name, 3, batch_size,
            [order.tolist() for order in orders],
            objective={
                "weights": problem.sample_weight.tolist(), "target_weights": objective.target_weights,
                "alpha": objective.alpha, "l1": objective.l1,
            },
            **options,
        )  # fmt: skip

    close("6, epochs = plain loops", session.theta, cases.from_lists(expected), 1e-12, f"{engine} {name} {batch_size}")


SUM = cases.Case(("rss", "tanh"), "silu", 2, "given", "some", (0.1, 0.05), 3, "sum", True)


def naive_sum(problem, solver, options, batch_size, orders):
    """naive.train for reduction="sum", where a batch is the plain sum of its rows: batch by batch, with its memory."""
    layers, memory, t = cases.to_lists(problem.network), {}, 0
    objective = problem.objective
    for order in orders:
        for start in range(0, len(order), batch_size):
            rows, t = order[start : start + batch_size], t + 1
            gradients = naive.loss_and_gradient(
                layers, problem.X[rows].tolist(), problem.Y[rows].tolist(), "rss",
                problem.sample_weight[rows].tolist(), objective.target_weights, objective.alpha, objective.l1, "sum",
            )[2]  # fmt: skip
            for l, ((W, c, _), (dW, dc)) in enumerate(zip(layers, gradients, strict=True)):
                for i, (row, d_row) in enumerate(zip([*W, c], [*dW, dc], strict=True)):
                    for j, g in enumerate(d_row):
                        d, *memory[l, i, j] = naive.step(
                            solver, g, *memory.get((l, i, j), (0.0, 0.0)), t, **options
                        )  # fmt: skip
                        row[j] += d
    return layers
