"""One update from one observation: what each parameter would move by, and J before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pellucid.engines.reference import ReferenceEngine
from pellucid.errors import wrong_parameter
from pellucid.mathematics.objective import Objective, Observations, penalty, target_totals
from pellucid.mathematics.structure import Gradient, Network
from pellucid.mathematics.updates import Adam, GradientDescent, Momentum, Solver

SOLVERS: dict[str, Solver] = {"gd": GradientDescent(), "sgd": Momentum(), "adam": Adam()}


@dataclass(frozen=True)
class Step:
    """What a solver in its first step makes of the gradient of J of this one observation.

    Attributes
    ----------
    solver : Solver
    gradient, update : Gradient
        dJ_dtheta, with the penalties, and theta's move; each with its views W and c.
    J_before, J_after : float
        The objective of this observation alone: sum_d lambda_d L_d plus the penalties.
    """

    solver: Solver
    gradient: Gradient
    update: Gradient
    J_before: float
    J_after: float


def make_step(network: Network, x: np.ndarray, y: np.ndarray, objective: Objective, solver: str | Solver) -> Step:
    """The first step of a solver that has seen nothing else."""
    chosen = get_solver(solver)
    data = Observations(x[None, :], y[None, :], np.ones(1))
    totals = target_totals(data.Y, data.w)
    engine = ReferenceEngine()

    def J(at: Network) -> float:
        losses = objective.average(engine.losses(at, objective, data), totals)
        return objective.total(losses) + penalty(objective, at)

    _, gradient = engine.gradient(network, objective, data, objective.scales(totals))
    update, _ = chosen.update(gradient, chosen.init(network.theta))  # type: ignore[arg-type]  # its own state
    with np.errstate(over="ignore", invalid="ignore"):  # a step that is much too long shows in J_after
        after = J(network.with_parameters(network.theta + update))
    for array in (gradient, update):
        array.setflags(write=False)
    return Step(chosen, Gradient(gradient, network.sizes), Gradient(update, network.sizes), J(network), after)


def get_solver(solver: str | Solver) -> Solver:
    """The solver of that name with its usual constants, or the one given."""
    if isinstance(solver, Solver):
        return solver
    if not isinstance(solver, str) or solver not in SOLVERS:
        raise wrong_parameter("solver", "trace", "one of " + ", ".join(SOLVERS) + ", or a solver", solver)
    return SOLVERS[solver]
