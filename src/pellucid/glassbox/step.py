"""One update from one observation: what each parameter would move by, and J before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pellucid.engines.reference import ReferenceEngine
from pellucid.errors import wrong_parameter
from pellucid.mathematics.objective import Objective, Observations, penalty, target_totals
from pellucid.mathematics.structure import Gradient, Network
from pellucid.mathematics.updates import Adam, Descent, GradientDescent, Momentum, RMSprop, Solver

SOLVERS: dict[str, Descent] = {
    "gd": Descent(GradientDescent()),
    "sgd": Descent(Momentum()),
    "adam": Descent(Adam()),
    "adamw": Descent(Adam(), weight_decay=0.01),
    "rmsprop": Descent(RMSprop()),
}


@dataclass(frozen=True)
class Step:
    """What a solver in its first step makes of the gradient of J of this one observation.

    Attributes
    ----------
    solver : Descent
        With what it clips by, and the decay of its weights.
    gradient, update : Gradient
        dJ_dtheta, with the penalties, and theta's move; each with its views W and c.
    J_before, J_after : float
        The objective of this observation alone: sum_d lambda_d L_d plus the penalties.
    """

    solver: Descent
    gradient: Gradient
    update: Gradient
    J_before: float
    J_after: float


def make_step(
    network: Network, x: np.ndarray, y: np.ndarray, objective: Objective, solver: str | Solver | Descent
) -> Step:
    """The first step of a solver that has seen nothing else."""
    chosen = get_solver(solver)
    data = Observations(x[None, :], y[None, :], np.ones(1))
    totals = target_totals(data.Y, data.w)
    engine = ReferenceEngine()

    def J(at: Network) -> float:
        losses = objective.average(engine.losses(at, objective, data), totals)
        return objective.total(losses) + penalty(objective, at)

    _, gradient = engine.gradient(network, objective, data, objective.scales(totals))
    update, _ = chosen.step(network, gradient, chosen.init(network.theta), chosen.learning_rate)
    with np.errstate(over="ignore", invalid="ignore"):  # a step that is much too long shows in J_after
        after = J(network.with_parameters(network.theta + update))
    for array in (gradient, update):
        array.setflags(write=False)
    return Step(chosen, Gradient(gradient, network.sizes), Gradient(update, network.sizes), J(network), after)


def get_solver(solver: str | Solver | Descent) -> Descent:
    """The solver of that name with its usual constants, or the one given."""
    if isinstance(solver, Descent):
        return solver
    if isinstance(solver, Solver):
        return Descent(solver)
    if not isinstance(solver, str) or solver not in SOLVERS:
        raise wrong_parameter("solver", "trace", "one of " + ", ".join(SOLVERS) + ", or a solver", solver)
    return SOLVERS[solver]
