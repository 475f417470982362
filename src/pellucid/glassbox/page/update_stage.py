"""The last stage: theta <- theta + step, and J before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from pellucid.glassbox.page.data import MOST_PARAMETERS, step_of_the_gradient_alone
from pellucid.glassbox.page.mathml import derivative, equation, identifier, inline, row_of, symbol, words
from pellucid.glassbox.page.stage import Source, Stage, largest, wholes_of
from pellucid.mathematics.updates import Adam, Descent, Momentum, RMSprop, Solver

if TYPE_CHECKING:
    from pellucid.glassbox.page.numbers import Numbers
    from pellucid.glassbox.trace import Trace

THETA, ETA, J = identifier("θ"), identifier("η"), identifier("J")
GRADIENT = derivative(J, THETA)


def update_stages(trace: Trace, numbers: Numbers) -> list[Stage]:
    """One stage; none where there is no target."""
    if trace.step is None:
        return []
    solver, L = trace.step.solver, len(trace.network.layers)
    constants = ", ".join(f"{name} = {value}" for name, value in solver.constants.items())
    shown, wholes = [], []
    for l in range(1, L + 1):
        for name, show in (("W", numbers.matrix), ("c", numbers.column)):
            step = show(f"step_{name}.{l}")
            shown.append(equation(symbol(name, l), "←", show(f"{name}.{l}"), "+", step, "=", show(f"new_{name}.{l}")))
        wholes += wholes_of(numbers, (row_of(words("step of "), symbol("W", l)), f"step_W.{l}"))
    named = "Gradient descent" if solver.name == "GradientDescent" else solver.name
    why = f"{named} takes this as its first step, from this row alone"
    why += f" ({constants})." if constants else "."
    if solver.clip_norm is not None:
        why += f" A gradient longer than {solver.clip_norm:g} is first scaled down to this length."
    if solver.weight_decay > 0:
        why += " The last term shrinks the weights and leaves the intercepts alone."
    if not step_of_the_gradient_alone(trace):
        why += " J holds the target weights and the penalties; these numbers belong to the row's own values throughout."
    return [
        Stage(
            name="update",
            lane="update",
            layer=L,
            chip="θ",
            title="The step",
            equation=equation(THETA, "←", THETA, "+", words("step"), words(",   "), *first_step(solver)),
            numbers=shown,
            written=[
                written_step(trace, numbers),
                equation(
                    *(J, words(" before "), "=", numbers.number("J_before"), words(",   ")),
                    *(J, words(" after "), "=", numbers.result("J_after")),
                ),
            ],
            why=why,
            sources=[
                Source(inline(GRADIENT), "all the gradients of the way back, in one vector", "dL_dW1"),
                Source(inline(THETA), "the parameters of all layers, in one vector"),
            ],
            wholes=wholes if trace.network.theta.size <= MOST_PARAMETERS else [],
        )
    ]


def first_step(descent: Descent) -> tuple[Markup | str, ...]:
    """The first step in symbols, with the decay of the weights."""
    decay = ("−", ETA, identifier("λ"), identifier("W")) if descent.weight_decay > 0 else ()
    return (words("step "), "=", "−", *first_step_of_solver(descent.solver), *decay)


def first_step_of_solver(solver: Solver) -> tuple[Markup | str, ...]:
    """What follows the minus sign."""
    ratio = Markup("<mfrac>{}<mrow><msqrt>{}</msqrt><mo>+</mo><mi>ε</mi></mrow></mfrac>")
    if isinstance(solver, Adam):
        hat = Markup("<mover><mi>{}</mi><mo>^</mo></mover>")
        return ETA, ratio.format(hat.format("m"), hat.format("v"))
    if isinstance(solver, RMSprop):
        return ETA, ratio.format(GRADIENT, identifier("v"))
    if isinstance(solver, Momentum) and solver.nesterov:
        return row_of("(", Markup("<mn>1</mn>"), "+", identifier("μ"), ")"), ETA, GRADIENT
    return ETA, GRADIENT


def written_step(trace: Trace, numbers: Numbers) -> Markup:
    """The weight that moves most, before and after."""
    steps = [np.abs(numbers[f"step_W.{l}"]).max() for l in range(1, len(trace.network.layers) + 1)]
    l = 1 + int(np.argmax(steps))
    i, j = divmod(largest(numbers[f"step_W.{l}"]), trace.network.sizes[l - 1])
    at = f"{l}.{i}.{j}"
    return equation(
        *(symbol("W", l, i + 1, j + 1), "←", numbers.bracketed(f"W.{at}"), "+", numbers.bracketed(f"step_W.{at}")),
        *("=", numbers.result(f"new_W.{at}")),
    )
