"""The stages between the two ways: the loss of each target, its derivative, and dL_dh of the last layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from pellucid.glassbox.page.mathml import (
    L_by,
    as_formula,
    derivative,
    equation,
    inline,
    row_of,
    shaped,
    symbol,
    words,
)
from pellucid.glassbox.page.stage import Source, Stage, wholes_of

if TYPE_CHECKING:
    from pellucid.glassbox.page.numbers import Numbers
    from pellucid.glassbox.trace import Trace
    from pellucid.mathematics.losses import Loss

MOST_TARGETS = 6  # whose losses are written out
Y_HAT = symbol("y_hat")
ONE = Markup("<mn>1</mn>")
FRACTION = Markup("<mfrac><mrow>{}</mrow><mrow>{}</mrow></mfrac>")


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
    moved = ", moved by its mean and divided by its standard deviation in training" if is_standardised(trace) else ""
    return [
        Source(inline(Y_HAT), "the prediction", f"z{len(trace.network.layers)}"),
        Source(inline(symbol("y")), "the target" + moved),
    ]


def is_standardised(trace: Trace) -> bool:
    """Whether the network predicts targets in other units than the table's."""
    row = trace.row
    return row is not None and (any(row.target_mean) or any(scale != 1 for scale in row.target_scale))


def shown_targets(numbers: Numbers) -> list[int]:
    """The first targets that are present."""
    return [d for d, y in enumerate(numbers["y"]) if not np.isnan(y)][:MOST_TARGETS]


def loss_stage(trace: Trace, loss: Loss, numbers: Numbers) -> Stage:
    """L of each target."""
    missing = int(np.isnan(numbers["y"]).sum())
    why = "The loss says how far the prediction is from the target, for each target by itself."
    if loss.paired:
        why += " It is computed from the last h, which is exact even where ŷ rounds to 0 or 1."
    if missing:
        why += f" {missing} missing target{'s have' if missing > 1 else ' has'} neither loss nor gradient."
    return Stage(
        name="loss",
        lane="loss",
        layer=len(trace.network.layers),
        chip="L",
        title=f"The loss: {loss.name.replace('_', ' ')}",
        equation=equation(symbol("L"), "=", words(as_formula(loss.formula))),
        written=[written_loss(trace, loss, numbers, d) for d in shown_targets(numbers)],
        why=why,
        sources=prediction_and_target(trace),
    )


def written_loss(trace: Trace, loss: Loss, numbers: Numbers, d: int) -> Markup:
    """The formula of one target with its numbers; the value alone for a loss that this page does not know."""
    L = len(trace.network.layers)
    left = symbol("L", None, d + 1) if len(numbers["y"]) > 1 else symbol("L")
    value = numbers.result(f"losses.{d}")
    if loss.name == "cross_entropy":
        k = int(numbers["y"][0])
        return equation(left, "=", "−", words("log "), numbers.bracketed(f"z.{L}.{k}"), "=", value)
    y, y_hat = numbers.bracketed(f"y.{d}"), numbers.bracketed(f"z.{L}.{d}")
    if loss.name == "rss":
        square = Markup("<msup>{}<mn>2</mn></msup>").format(row_of("(", y, "−", y_hat, ")"))
        return equation(left, "=", square, "=", value)
    if loss.name == "log":
        inner = (y, words(" log "), y_hat, "+", "(", ONE, "−", y, ")", words(" log "), "(", ONE, "−", y_hat, ")")
        return equation(left, "=", "−", row_of("(", *inner, ")"), "=", value)
    return equation(left, "=", value)


def derivative_stage(trace: Trace, loss: Loss, numbers: Numbers) -> Stage:
    """The stage dL_dy_hat, in the text's factored form."""
    dL_dy_hat = L_by("y_hat")
    why = (
        "The way back begins: how the loss moves when the prediction moves. Each loss depends on its own output only, "
        "so the Jacobian is diagonal, and its diagonal is written as a row."
    )
    if not np.isfinite(numbers["dL_dy_hat"]).all():
        why += (
            " Here ŷ has rounded to 0 or 1 and this factor is not finite. Its product with the slope is: the next step "
            "computes that directly."
        )
    return Stage(
        name="dL_dy_hat",
        lane="backward",
        layer=len(trace.network.layers),
        chip="∂ŷ",
        title="Back: the derivative of the loss by the prediction",
        equation=equation(shaped(dL_dy_hat, 1, trace.y_hat.size), "=", words(as_formula(loss.derivative_formula))),
        numbers=[equation(dL_dy_hat, "=", numbers.row("dL_dy_hat"))],
        written=[made for d in shown_targets(numbers) if (made := written_derivative(trace, loss, numbers, d))],
        why=why,
        sources=prediction_and_target(trace),
        wholes=wholes_of(numbers, (dL_dy_hat, "dL_dy_hat")),
    )


def written_derivative(trace: Trace, loss: Loss, numbers: Numbers, d: int) -> Markup | None:
    """One entry with its numbers; nothing for a loss that this page does not know."""
    L = len(trace.network.layers)
    k = int(numbers["y"][0]) if loss.name == "cross_entropy" else d
    left = L_by("y_hat", None, k + 1) if trace.y_hat.size > 1 else L_by("y_hat")
    value = numbers.result(f"dL_dy_hat.{k}")
    y_hat = numbers.number(f"z.{L}.{k}")
    if loss.name == "cross_entropy":
        return equation(left, "=", "−", FRACTION.format(ONE, y_hat), "=", value)
    if loss.name == "rss":
        difference = row_of("(", numbers.bracketed(f"y.{d}"), "−", numbers.bracketed(f"z.{L}.{d}"), ")")
        return equation(left, "=", "−", Markup("<mn>2</mn>"), difference, "=", value)
    if loss.name == "log":
        y = numbers.number(f"y.{d}")
        second = FRACTION.format(row_of(ONE, "−", y), row_of(ONE, "−", y_hat))
        return equation(left, "=", "−", FRACTION.format(y, y_hat), "+", second, "=", value)
    return None


def first_backward_stage(trace: Trace, loss: Loss, numbers: Numbers) -> Stage:
    """(1) dL_dh of the last layer: y_hat - y for a paired loss, and the two factors where they are finite."""
    L, D, f = len(trace.network.layers), trace.y_hat.size, trace.network.activations[-1]
    dL_dh, dz_dh = L_by("h", L), derivative(symbol("z", L), symbol("h", L))
    values = numbers.row(f"dL_dh.{L}")
    jacobian = numbers.diagonal(f"slope.{L}") if f.elementwise else numbers.matrix("dz_dh")
    factored = equation(values, "=", numbers.row("dL_dy_hat"), "·", jacobian)
    sources = [Source(inline(L_by("y_hat")), "the derivative of the loss", "dL_dy_hat"), slope_source(trace, L)]
    shown = [factored]
    why = (
        "The chain rule: the derivative by the prediction, times the slope of the last activation. It is recorded "
        "here, and every other gradient is made from it."
    )
    if loss.paired:
        why = (
            f"The two factors of {f.name} and {loss.name.replace('_', ' ')} cancel to ŷ − y, which is exact at any h. "
        )
        shown = [
            equation(dL_dh, "=", Y_HAT, "−", symbol("y")),
            equation(values, "=", numbers.row(f"z.{L}"), "−", numbers.row("y_row")),
        ]
        if np.isfinite(numbers["dL_dy_hat"]).all():
            shown.append(factored)
            why += "The last line shows the factors themselves: their product is the same."
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
        why=why,
        sources=sources,
        wholes=wholes_of(numbers, (dL_dh, f"dL_dh.{L}")),
    )


def slope_source(trace: Trace, l: int) -> Source:
    """The Jacobian dz_dh is made from h of the same layer."""
    f = trace.network.activations[l - 1]
    text = f"the slope of {f.name} at h: {as_formula(f.slope_formula)}"
    return Source(inline(derivative(symbol("z", l), symbol("h", l))), text, f"h{l}")
