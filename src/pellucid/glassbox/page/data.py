"""What the page's script is given: the numbers of the trace, and the rules to compute them again, as inlined JSON."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from pellucid.glassbox.loss_parts import describe_loss, is_own_activation, name_of_activation, parts_of
from pellucid.glassbox.page.inputs import columns_of, spread_of
from pellucid.glassbox.page.numbers import Numbers
from pellucid.glassbox.page.stage import names_of
from pellucid.mathematics.losses import is_own
from pellucid.mathematics.updates import Adam, GradientDescent, Momentum, RMSprop

if TYPE_CHECKING:
    from pellucid.glassbox.row import Row
    from pellucid.glassbox.trace import Trace

MOST_PARAMETERS = 20_000  # up to here the page holds the matrices and computes again: some 2 MB, a few milliseconds
MATRICES = ("W", "c", "dL_dW", "dL_dc", "step_W", "step_c", "new_W", "new_c", "dy_hat_dx", "dz_dh")
SOLVERS = {GradientDescent: "gd", Momentum: "sgd", Adam: "adam", RMSprop: "rmsprop"}

# Within <script> only "</script" and "<!--" end or change the text: every <, > and & is written as an escape.
ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}


def why_not_again(trace: Trace) -> str:
    """Why the page does not compute by itself; "" where it does."""
    n_parameters = trace.network.theta.size
    if n_parameters > MOST_PARAMETERS:
        return (
            f"This network has {n_parameters:,} parameters. Only for networks of up to {MOST_PARAMETERS:,} does the "
            "page hold the whole matrices and compute again: here the inputs cannot be changed."
        )
    unknown = [f.name for f in trace.network.activations if is_own_activation(f)]
    if trace.loss is not None and is_own(trace.loss):
        parts = parts_of(trace.loss, trace.network.activations[-1], trace.y_hat.size)
        unknown += dict.fromkeys(part.loss.name for part in parts if is_own(part.loss))
    if unknown:
        return (
            f"The page's script knows the activations and losses that come with pellucid, but not "
            f"{', '.join(unknown)}. It does not compute again: its numbers are those that were recorded, and here the "
            "inputs cannot be changed."
        )
    return ""


def step_of_the_gradient_alone(trace: Trace) -> bool:
    """Whether the step is the solver's first one from dL_dtheta itself: no penalties and no target weights in it."""
    step = trace.step
    if step is None or type(step.solver.solver) not in SOLVERS or trace.total_loss is None:
        return False
    for layer, dJ_dW, dJ_dc in zip(trace.layers[1:], step.gradient.W, step.gradient.c, strict=True):
        for mine, theirs in ((layer.dL_dW, dJ_dW), (layer.dL_dc, dJ_dc)):
            if mine is None or not np.allclose(mine, theirs, rtol=1e-12, atol=1e-300):
                return False
    return math.isclose(step.J_before, trace.total_loss, rel_tol=1e-12)


def page_data(trace: Trace, numbers: Numbers) -> dict[str, Any]:
    """Everything for the script, in plain values. Matrices are left out where the page does not compute."""
    computes = not why_not_again(trace)
    tree = {name: values for name, values in numbers.tree.items() if computes or name not in MATRICES}
    solver = None
    if trace.step is not None and step_of_the_gradient_alone(trace):
        solver = {"name": SOLVERS[type(trace.step.solver.solver)]} | trace.step.solver.constants
    return plain(
        {
            "sizes": trace.network.sizes,
            "activations": [name_of_activation(f) for f in trace.network.activations],
            "loss": None if trace.loss is None else describe_loss(trace.loss),
            "target_of_output": None if trace.loss is None else trace.loss.target_of_output(trace.y_hat.size),
            "computes": computes,
            "solver": solver,
            "numbers": tree,
            "names": asdict(names_of(trace)),
            "columns": [
                asdict(column) | {"has_indicator": column.has_indicator, "spread": spread_of(column.encoding)}
                for column in columns_of(trace)
            ],
            "row": None if trace.row is None else row_data(trace.row),
        }
    )


def row_data(row: Row) -> dict[str, Any]:
    """How y_hat becomes the prediction."""
    return {
        "output_names": row.output_names,
        "transforms": row.transforms,
        "ordered": row.ordered,
    }


def plain(value: Any) -> Any:
    """Arrays as lists; NaN and infinities, which JSON does not have, as the text that Number() of JavaScript reads."""
    if isinstance(value, dict):
        return {str(name): plain(entry) for name, entry in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def inlined_json(value: Any) -> Markup:
    """JSON that may stand inside a <script> element, whatever text it holds; floats survive exactly."""
    return Markup(json.dumps(value, allow_nan=False, separators=(",", ":")).translate(ESCAPES))
