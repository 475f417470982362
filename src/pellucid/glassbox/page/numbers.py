"""Every number of a trace by its name: dL_dW.2.0.1 is layer 2, row 0, column 1.

The names and their nesting are those of the page's script (network.js), which finds any number in the page by them, and
compares its own tree of numbers with this one, entry by entry, when the page is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from pellucid.glassbox.loss_parts import targets_of_outputs
from pellucid.glassbox.page import mathml
from pellucid.glassbox.page.mathml import Number

if TYPE_CHECKING:
    from pellucid.glassbox.step import Step
    from pellucid.glassbox.trace import Trace


class Numbers:
    """The numbers of a trace, and MathML of them that cannot get a name wrong.

    Attributes
    ----------
    tree : dict
        Arrays by name; those of a layer in a list with the layer as index, None where there is none.
    """

    def __init__(self, trace: Trace):
        self.tree = numbers_of(trace)

    def __getitem__(self, key: str) -> np.ndarray:
        at: Any = self.tree
        for part in key.split("."):
            at = at[part] if isinstance(at, dict) else at[int(part)]
        return np.asarray(at, dtype=np.float64)

    def entry(self, key: str) -> Number:
        """One number with its name."""
        return Number(float(self[key]), key)

    def number(self, key: str) -> Markup:
        return mathml.number(self.entry(key))

    def bracketed(self, key: str) -> Markup:
        return mathml.bracketed(self.entry(key))

    def result(self, key: str) -> Markup:
        """The number that a written sum ends in."""
        return Markup('<mrow class="result">{}</mrow>').format(self.number(key))

    def column(self, key: str) -> Markup:
        return mathml.column(key, self[key])

    def row(self, key: str) -> Markup:
        return mathml.row(key, self[key])

    def matrix(self, key: str) -> Markup:
        return mathml.matrix(key, self[key])

    def diagonal(self, key: str) -> Markup:
        return mathml.diagonal(key, self[key])


def numbers_of(trace: Trace) -> dict[str, Any]:
    """The tree; rows (1, D) are given without the 1."""
    layers = trace.layers
    tree: dict[str, Any] = {
        name: [getattr(layer, name) for layer in layers] for name in ("W", "c", "h", "z", "slope", "dL_dW", "dL_dc")
    }
    for name in ("dL_dz", "dL_dh"):
        rows = [getattr(layer, name) for layer in layers]
        tree[name] = [None if row is None else row[0] for row in rows]
    tree["dy_hat_dx"] = trace.dy_hat_dx
    last = layers[-1].activation
    if last is not None and not last.elementwise:
        tree["dz_dh"] = layers[-1].dz_dh
    if trace.loss is not None and trace.y is not None and trace.dL_dy_hat is not None:
        tree |= {
            "losses": trace.losses,
            "y": trace.y,
            "y_row": targets_of_outputs(trace.loss, trace.y, trace.y_hat.size),
        }
        tree["dL_dy_hat"] = trace.dL_dy_hat[0]
    if trace.step is not None:
        tree |= numbers_of_step(trace, trace.step)
    if trace.row is not None:
        tree["prediction"] = trace.row.prediction
    return tree


def numbers_of_step(trace: Trace, step: Step) -> dict[str, Any]:
    """What the solver makes of the gradient; new_W and new_c are theta after the step."""
    network, update = trace.network, step.update
    return {
        "step_W": [None, *update.W],
        "step_c": [None, *update.c],
        "new_W": [None, *(W + move for W, move in zip(network.W, update.W, strict=True))],
        "new_c": [None, *(c + move for c, move in zip(network.c, update.c, strict=True))],
        "J_before": step.J_before,
        "J_after": step.J_after,
    }
