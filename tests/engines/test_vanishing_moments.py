"""What a unit that no row reaches leaves in a solver's state ends at 0, never in subnormal numbers, which are slow."""

from dataclasses import replace

import numpy as np
import pytest

import cases
from pellucid.engines.compiled.engine import CompiledEngine
from pellucid.engines.protocol import EpochSums
from pellucid.mathematics.objective import Observations
from pellucid.mathematics.updates import Adam, Descent, Momentum, RMSprop

TINY = float(np.finfo(np.float32).tiny)
SOLVERS = {
    "momentum": Momentum(0.01, 0.9, nesterov=False),
    "nesterov": Momentum(0.01, 0.9, nesterov=True),
    "rmsprop": RMSprop(0.01),
    "adam": Adam(0.01),
}
CASE = cases.Case(("rss", "linear"), "relu", 1, "ones", "none", (0.0, 0.0), 3, "mean", True)


@pytest.mark.parametrize("solver", SOLVERS)
def test_moments_without_gradient_end_at_zero(solver, rng):
    problem = cases.make_problem(rng, CASE)
    network = problem.network.with_parameters(problem.network.theta.astype(np.float32))
    network.c[0][:] = -1e6  # no row reaches a hidden unit, so all but the last intercepts have the gradient 0
    data = Observations(*(array.astype(np.float32) for array in problem.data))
    n = len(data.X)
    session = CompiledEngine().start(
        network, replace(problem.objective, alpha=0.0, l1=0.0), Descent(SOLVERS[solver]), data, problem.totals, n, n
    )
    first, second = session.moments.first, session.moments.second
    first[:] = rng.choice([-1, 1], len(first)) * 40 * TINY if solver != "rmsprop" else 40 * TINY
    second[:] = TINY  # a step shrinks it by a thousandth, below the normal numbers
    last_intercepts = len(network.c[-1])

    sums = EpochSums.zeros(len(problem.totals), len(network.W))
    for _ in range(100):
        session.run_slice(np.arange(n), 0, n, sums, np.array([0.01]))
        for moment in (first, second):
            assert not np.any((moment != 0) & (np.abs(moment) < TINY))

    for moment in (first, second):
        np.testing.assert_array_equal(moment[:-last_intercepts], 0)
    assert np.all(first[-last_intercepts:] != 0)


def test_a_moment_that_is_not_a_number_stays_one(rng):
    problem = cases.make_problem(rng, CASE)
    n = len(problem.data.X)
    session = CompiledEngine().start(
        problem.network, problem.objective, Descent(Adam()), problem.data, problem.totals, n, n
    )
    session.moments.first[0] = np.nan
    session.run_slice(np.arange(n), 0, n, EpochSums.zeros(len(problem.totals), len(problem.network.W)), np.array([0.1]))
    assert np.isnan(session.moments.first[0])
