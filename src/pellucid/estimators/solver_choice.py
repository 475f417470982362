"""From a constructor's arguments to the solver, the schedule of its learning rate and its batches."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pellucid.errors import wrong_parameter
from pellucid.estimators.dropout_choice import rates_of_hidden_layers
from pellucid.mathematics.rules import is_whole
from pellucid.mathematics.schedules import (
    Adaptive,
    Constant,
    Cosine,
    ExponentialDecay,
    InverseScaling,
    OneCycle,
    ReduceOnPlateau,
    Schedule,
    StepDecay,
)
from pellucid.mathematics.updates import Adam, Descent, GradientDescent, Momentum, RMSprop
from pellucid.training.lbfgs import LBFGS

BASE_RATES = {"adam": 0.001, "adamw": 0.001, "sgd": 0.01, "gd": 0.1, "rmsprop": 0.001}
SOLVERS = (*BASE_RATES, "lbfgs")
SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "step": StepDecay,
    "exponential": ExponentialDecay,
    "cosine": Cosine,
    "one_cycle": OneCycle,
    "invscaling": InverseScaling,
    "adaptive": Adaptive,
    "plateau": ReduceOnPlateau,
}
ADAMW_DECAY = 0.01  # PyTorch's default

NOT_OF_LBFGS = {
    "batch_size": ("'auto' or 'full'", "It takes all rows at once."),
    "learning_rate_init": ("'auto'", "It searches for the length of each step."),
    "learning_rate": ("'constant'", "It searches for the length of each step."),
    "weight_decay": ("None or 0", "It needs the gradient of J itself: give a penalty by alpha."),
    "clip_norm": ("None", "It needs the gradient of J itself."),
    "dropout": ("0", "It needs one J, and every mask makes another."),
    "input_dropout": ("0", "It needs one J, and every mask makes another."),
    "input_noise": ("0", "It needs one J, and noise makes another in every step."),
}


def check_solver_choice(estimator: Any) -> None:
    """Refuse what the chosen solver cannot take."""
    owner, solver = type(estimator).__name__, estimator.solver
    if solver == "gd" and is_whole(estimator.batch_size):
        remedy = "It is full-batch gradient descent: use solver='sgd' for mini-batches."
        raise wrong_parameter("batch_size", owner, "'auto' or 'full' with solver='gd'", estimator.batch_size, remedy)
    if solver == "lbfgs":
        taken = {
            "batch_size": isinstance(estimator.batch_size, str),
            "learning_rate_init": estimator.learning_rate_init == "auto",
            "learning_rate": is_constant(estimator.learning_rate),
            "weight_decay": not estimator.weight_decay,
            "clip_norm": estimator.clip_norm is None,
            "dropout": not any(rates_of_hidden_layers(estimator)),
            "input_dropout": estimator.input_dropout == 0,
            "input_noise": estimator.input_noise == 0,
        }
        for name, (rule, reason) in NOT_OF_LBFGS.items():
            if not taken[name]:
                remedy = f"{reason} Or use another solver."
                raise wrong_parameter(name, owner, f"{rule} with solver='lbfgs'", getattr(estimator, name), remedy)
        return
    least = float(np.finfo(estimator.dtype).tiny)  # a greater epsilon than float32 has is compared in float64
    if estimator.epsilon < least:  # it would round to 0, and a step from gradients that are all 0 be 0 / 0
        raise wrong_parameter("epsilon", owner, f">= {least:.3g} in {estimator.dtype}", estimator.epsilon)
    if decay_of(estimator) * base_rate(estimator) >= 1:
        rule = f"below 1 / learning rate, which is {1 / base_rate(estimator):g}"
        remedy = "A step would take away the whole of every weight."
        raise wrong_parameter("weight_decay", owner, rule, estimator.weight_decay, remedy)


def is_schedule(value: Any) -> bool:
    """Whether it is a schedule that has rates: the class that all have in common has none."""
    return isinstance(value, Schedule) and type(value) is not Schedule


def is_constant(learning_rate: Any) -> bool:
    """Whether it is the schedule that does nothing, by name or as an object."""
    return learning_rate == "constant" or learning_rate == Constant()


def base_rate(estimator: Any) -> float:
    """The learning rate that was given, or the solver's usual one."""
    rate = estimator.learning_rate_init
    return BASE_RATES.get(estimator.solver, GradientDescent.learning_rate) if isinstance(rate, str) else float(rate)


def decay_of(estimator: Any) -> float:
    """The decay that was given, or 0.01 for adamw and none for the others."""
    if estimator.weight_decay is None:
        return ADAMW_DECAY if estimator.solver == "adamw" else 0.0
    return float(estimator.weight_decay)


def make_solver(estimator: Any) -> Descent | LBFGS:
    """The solver of that name with the estimator's constants."""
    return LBFGS() if estimator.solver == "lbfgs" else make_descent(estimator)


def make_descent(estimator: Any) -> Descent:
    """The step of every solver but lbfgs, for which it is that of gradient descent: a trace shows its direction."""
    rate, epsilon = base_rate(estimator), float(estimator.epsilon)
    if estimator.solver in ("gd", "lbfgs"):
        solver = GradientDescent(rate)
    elif estimator.solver == "sgd":
        solver = Momentum(rate, float(estimator.momentum), bool(estimator.nesterovs_momentum))
    elif estimator.solver == "rmsprop":
        solver = RMSprop(rate, epsilon=epsilon)
    else:
        solver = Adam(rate, float(estimator.beta_1), float(estimator.beta_2), epsilon)
    clip_norm = None if estimator.clip_norm is None else float(estimator.clip_norm)
    return Descent(solver, decay_of(estimator), clip_norm)


def make_schedule(estimator: Any) -> Schedule:
    """The schedule that was given, or that of its name; those that watch the loss take the estimator's tol."""
    chosen = estimator.learning_rate
    if isinstance(chosen, Schedule):
        return chosen
    cls = SCHEDULES[chosen]
    return cls(tol=float(estimator.tol)) if issubclass(cls, ReduceOnPlateau) else cls()


def resolve_batch_size(estimator: Any, n_rows: int) -> int:
    """Rows of a batch: all for gd, lbfgs and "full"; "auto" grows with the table: about 30 steps an epoch."""
    if estimator.solver in ("gd", "lbfgs") or estimator.batch_size == "full":
        return n_rows
    if estimator.batch_size == "auto":
        return int(min(max(32, 2 ** round(math.log2(max(n_rows / 30, 1)))), 256, n_rows))
    return int(min(estimator.batch_size, n_rows))
