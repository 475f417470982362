"""One step of every solver in plain loops over lists, with clipping and decay: the oracle of the updates."""

import math


def step_of_one(descent, g, memory, t, rate):
    """The solver's step of one parameter at update t = 1, 2, ..., and its memory: a list of two numbers."""
    a, b = memory
    solver = descent.solver
    kind = type(solver).__name__
    if kind == "GradientDescent":
        return -rate * g, [a, b]
    if kind == "Momentum":
        a = solver.momentum * a - rate * g
        return (solver.momentum * a - rate * g if solver.nesterov else a), [a, b]
    if kind == "RMSprop":
        a = solver.rho * a + (1 - solver.rho) * g**2
        return -rate * g / (math.sqrt(a) + solver.epsilon), [a, b]
    assert kind == "Adam", kind
    a, b = solver.beta_1 * a + (1 - solver.beta_1) * g, solver.beta_2 * b + (1 - solver.beta_2) * g**2
    corrected = a / (1 - solver.beta_1**t), b / (1 - solver.beta_2**t)
    return -rate * corrected[0] / (math.sqrt(corrected[1]) + solver.epsilon), [a, b]


def take_step(layers, gradients, memory, t, rate, descent):
    """Change the layers [(W, c, name), ...] in place; `memory` is a dict that belongs to the run."""
    every = [g for dW, dc in gradients for row in [*dW, dc] for g in row]
    norm = math.sqrt(math.fsum(g * g for g in every))
    factor = 1.0 if descent.clip_norm is None or norm <= descent.clip_norm else descent.clip_norm / norm
    for l, ((W, c, _), (dW, dc)) in enumerate(zip(layers, gradients, strict=True)):
        for i, (row, d_row) in enumerate(zip([*W, c], [*dW, dc], strict=True)):
            for j, g in enumerate(d_row):
                step, memory[l, i, j] = step_of_one(descent, factor * g, memory.get((l, i, j), [0.0, 0.0]), t, rate)
                if i < len(W):
                    step -= rate * descent.weight_decay * row[j]
                row[j] += step
