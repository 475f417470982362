"""The stages between the two ways: the loss of each target, its derivative, and dL_dh of the last layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from pellucid.glassbox.loss_parts import Part, different_activations, groups_of, loss_in_words, parts_of
from pellucid.glassbox.page.mathml import (
    L_by,
    as_formula,
    derivative,
    equation,
    inline,
    operator,
    shaped,
    symbol,
)
from pellucid.glassbox.page.own_units import learnt_as
from pellucid.glassbox.page.stage import Source, Stage, wholes_of
from pellucid.glassbox.page.written_losses import Writer, symbols_of_derivative, symbols_of_loss, symbols_of_paired
from pellucid.mathematics.losses import CrossEntropy, Log, LogLink, Loss, Quantile

if TYPE_CHECKING:
    from pellucid.glassbox.page.numbers import Numbers
    from pellucid.glassbox.trace import Trace

MOST_TARGETS = 6  # whose losses are written out
MOST_OUTPUTS = 12  # whose derivatives are
Y_HAT = symbol("y_hat")


def loss_stages(trace: Trace, numbers: Numbers) -> list[Stage]:
    """Three stages; none where there is no target."""
    if trace.loss is None:
        return []
    return [
        loss_stage(trace, trace.loss, numbers),
        derivative_stage(trace, trace.loss, numbers),
        first_backward_stage(trace, trace.loss, numbers),
    ]


def prediction_and_target(trace: Trace) -> list[Source]:
    """Where y_hat and y come from; y is in the network's units."""
    return [
        Source(inline(Y_HAT), "the prediction", f"z{len(trace.network.layers)}"),
        Source(inline(symbol("y")), "the target" + learnt_as(trace.row)),
    ]


def all_parts(trace: Trace, loss: Loss) -> list[Part]:
    """The loss of each target."""
    return parts_of(loss, trace.network.activations[-1], trace.y_hat.size)


def shown_parts(trace: Trace, loss: Loss, numbers: Numbers) -> list[Part]:
    """Of the first targets that are present."""
    return [part for part in all_parts(trace, loss) if not np.isnan(numbers["y"][part.d])][:MOST_TARGETS]


def by_target(trace: Trace, loss: Loss, name: str, right: Callable[[Part], Markup]) -> Markup:
    """A formula for each different loss: L = ..., or, with a loss for each target, those of which L_1 = ..."""
    groups = groups_of(all_parts(trace, loss))
    l = len(trace.network.layers) if name == "h" else None
    made = []
    for group in groups[:MOST_TARGETS]:
        numbers = [part.d for part in group] if name == "L" else [i for part in group for i in part.outputs]
        index = [(n + 1,) for n in numbers[:MOST_TARGETS]] if len(groups) > 1 else [()]
        left = [symbol("L", None, *i) if name == "L" else L_by(name, l, *i) for i in index]
        made.append(equation(operator(",").join(left), "=", right(group[0])))
    return Markup("").join(made)


def which_outputs(trace: Trace, loss: Loss) -> str:
    """Which loss each target has, and which output is which quantile."""
    parts = all_parts(trace, loss)
    said = ""
    if len(groups_of(parts)) > 1:
        listed = (f"{loss_in_words(part.loss)} for target {part.d + 1}" for part in parts[:MOST_TARGETS])
        said += f" Each target has a loss of its own: {', '.join(listed)}{', …' if len(parts) > MOST_TARGETS else ''}."
    quantiles = [part for part in parts if isinstance(part.loss, Quantile)][:MOST_TARGETS]
    for part in quantiles:
        assert isinstance(part.loss, Quantile)
        pairs = zip(part.outputs, part.loss.q_texts, strict=True)
        named = ", ".join(f"output {i + 1} is for the quantile {q}" for i, q in pairs)
        said += f" Of target {part.d + 1}, {named}." if len(parts) > 1 else f" {named.capitalize()}."
    return said


def limits_in_words(parts: list[Part]) -> str:
    """To what y_hat rounds where a paired loss would have no value."""
    labels = any(isinstance(part.loss, Log | CrossEntropy) for part in parts)
    amounts = any(isinstance(part.loss, LogLink) for part in parts)
    return "0, 1 or ∞" if labels and amounts else "0 or 1" if labels else "0 or ∞" if amounts else ""


def loss_stage(trace: Trace, loss: Loss, numbers: Numbers) -> Stage:
    """L of each target."""
    missing = int(np.isnan(numbers["y"]).sum())
    parts = all_parts(trace, loss)
    why = "The loss says how far the prediction is from the target, for each target by itself."
    why += which_outputs(trace, loss)
    limits = limits_in_words(parts)
    if limits:
        why += f" It is computed from the last h, which is exact even where ŷ rounds to {limits}."
    if any(getattr(part.loss, "label_smoothing", 0) for part in parts):
        why += " Labels are smoothed before: y below is what smoothing makes of the label."
    if missing:
        why += f" {missing} missing target{'s have' if missing > 1 else ' has'} neither loss nor gradient."
    writer = Writer(numbers, len(trace.network.layers))
    return Stage(
        name="loss",
        lane="loss",
        layer=len(trace.network.layers),
        chip="L",
        title=f"The loss{'es' if len(groups_of(parts)) > 1 else ''}: {loss_in_words(loss)}",
        equation=by_target(trace, loss, "L", symbols_of_loss),
        written=[writer.loss(part) for part in shown_parts(trace, loss, numbers)],
        why=why,
        sources=prediction_and_target(trace),
    )


def derivative_stage(trace: Trace, loss: Loss, numbers: Numbers) -> Stage:
    """The stage dL_dy_hat, in the text's factored form."""
    dL_dy_hat, parts = L_by("y_hat"), all_parts(trace, loss)
    why = "The way back begins: how the loss moves when the prediction moves. "
    if all(len(part.outputs) == 1 for part in parts):
        why += "Each loss depends on its own output only, so the Jacobian is diagonal; its diagonal is a row."
    else:
        why += "Each output enters the loss of one target only, so there is one derivative for each, written as a row."
    if not np.isfinite(numbers["dL_dy_hat"]).all():
        why += (
            f" Here ŷ has rounded to {limits_in_words(parts) or 'such a value'} and this factor is not finite. "
            "Its product with the slope is: the next step computes that directly."
        )
    writer = Writer(numbers, len(trace.network.layers))
    written = [made for part in shown_parts(trace, loss, numbers) for made in writer.derivatives(part)]
    several = len(groups_of(parts)) > 1
    formulae = by_target(trace, loss, "y_hat", symbols_of_derivative)
    whole = shaped(dL_dy_hat, 1, trace.y_hat.size)
    return Stage(
        name="dL_dy_hat",
        lane="backward",
        layer=len(trace.network.layers),
        chip="∂ŷ",
        title="Back: the derivative of the loss by the prediction",
        equation=formulae if several else equation(whole, "=", symbols_of_derivative(parts[0])),
        numbers=[equation(dL_dy_hat, "=", numbers.row("dL_dy_hat"))],
        written=written[:MOST_OUTPUTS],
        why=why,
        sources=prediction_and_target(trace),
        wholes=wholes_of(numbers, (dL_dy_hat, "dL_dy_hat")),
    )


def first_backward_stage(trace: Trace, loss: Loss, numbers: Numbers) -> Stage:
    """(1) dL_dh of the last layer: the one block of a paired loss, and the two factors where they are finite."""
    L, D, f = len(trace.network.layers), trace.y_hat.size, trace.network.activations[-1]
    dL_dh, dz_dh = L_by("h", L), derivative(symbol("z", L), symbol("h", L))
    values = numbers.row(f"dL_dh.{L}")
    jacobian = numbers.diagonal(f"slope.{L}") if f.elementwise else numbers.matrix("dz_dh")
    factored = equation(values, "=", numbers.row("dL_dy_hat"), "·", jacobian)
    sources = [Source(inline(L_by("y_hat")), "the derivative of the loss", "dL_dy_hat"), slope_source(trace, L)]
    shown, written = [factored], []
    why = (
        "The chain rule: the derivative by the prediction, times the slope of the last activation. It is recorded "
        "here, and every other gradient is made from it."
    )
    if loss.paired:
        parts = all_parts(trace, loss)
        why = pairs_in_words(parts)
        shown = [by_target(trace, loss, "h", lambda part: symbols_of_paired(part, L))]
        if all(type(part.loss) in (Log, CrossEntropy) for part in parts):  # not those that a user makes of them
            shown.append(equation(values, "=", numbers.row(f"z.{L}"), "−", numbers.row("y_row")))
        else:
            writer = Writer(numbers, L)
            written = [made for part in shown_parts(trace, loss, numbers) for made in writer.paired(part)]
        if np.isfinite(numbers["dL_dy_hat"]).all():
            shown.append(factored)
            why += "The last line of matrices shows the factors themselves: their product is the same."
        else:
            why += "The factors themselves are not finite here: ∞ · 0 has no value in floating point."
        if np.isnan(numbers["y"]).any():
            why += " A missing target has no gradient."
        sources = [*prediction_and_target(trace), *sources]
    return Stage(
        name=f"dL_dh{L}",
        lane="backward",
        layer=L,
        chip="∂h",
        title=f"Back: through the activation of layer {L}",
        reference="(1)",
        equation=equation(shaped(dL_dh, 1, D), "=", shaped(L_by("y_hat"), 1, D), "·", shaped(dz_dh, D, D)),
        numbers=shown,
        written=written[:MOST_OUTPUTS],
        why=why,
        sources=sources,
        wholes=wholes_of(numbers, (dL_dh, f"dL_dh.{L}")),
    )


def pairs_in_words(parts: list[Part]) -> str:
    """Which losses cancel with the slope of their activation, and to what."""
    said = []
    for group in groups_of([part for part in parts if part.loss.paired])[:MOST_TARGETS]:
        loss, f = group[0].loss, group[0].activation
        block = as_formula(loss.paired_formula) or "one expression"
        said.append(
            f"The two factors of {f.name} and {loss_in_words(loss)} cancel to {block}, which is exact at any h. "
        )
    if not all(part.loss.paired for part in parts):
        said.append("Where a target's loss is no such pair, its derivative is multiplied by the slope. ")
    return "".join(said)


def slope_source(trace: Trace, l: int) -> Source:
    """The Jacobian dz_dh is made from h of the same layer."""
    f = trace.network.activations[l - 1]
    slopes = (f"{one.name} at h: {as_formula(one.slope_formula)}" for one in different_activations((f,)))
    text = "the slope of " + "; of ".join(slopes)
    return Source(inline(derivative(symbol("z", l), symbol("h", l))), text, f"h{l}")
