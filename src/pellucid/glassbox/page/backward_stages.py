"""The stages of the way back: (2) dL_dW, (3) dL_dc, (4) dL_dz and (5) dL_dh, from the last layer to the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from pellucid.glassbox.page.loss_stages import slope_source
from pellucid.glassbox.page.mathml import (
    L_by,
    Number,
    derivative,
    equation,
    identifier,
    identity,
    inline,
    operator,
    row_of,
    shaped,
    slice_of_T,
    symbol,
    words,
)
from pellucid.glassbox.page.stage import Source, Stage, largest, sum_of_products, wholes_of

if TYPE_CHECKING:
    from pellucid.glassbox.page.numbers import Numbers
    from pellucid.glassbox.trace import Trace

MOST_SLICES, WIDEST_SLICE = 4, 8  # of dh_dW that are drawn: beyond, its zeros hide more than they show


def backward_stages(trace: Trace, numbers: Numbers) -> list[Stage]:
    """From dL_dh of the last layer down to dL_dx; none where there is no target."""
    if trace.loss is None:
        return []
    stages = []
    for l in range(len(trace.network.layers), 0, -1):
        stages += [
            weights_stage(trace, numbers, l),
            intercepts_stage(trace, numbers, l),
            carry_stage(trace, numbers, l),
        ]
        if l > 1:
            stages.append(slope_stage(trace, numbers, l - 1))
    return stages


def recorded(l: int) -> Source:
    """The shared gradient dL_dh, made once and reused."""
    return Source(inline(L_by("h", l)), "recorded earlier on the way back, and used again", f"dL_dh{l}")


def sum_over(index: str, *parts: Markup | str) -> Markup:
    """A sum in symbols."""
    sign = Markup("<munder><mo>∑</mo><mi>{}</mi></munder>").format(index)
    return row_of(sign, *parts)


def weights_stage(trace: Trace, numbers: Numbers, l: int) -> Stage:
    """(2) dL_dW = dL_dh · dh_dW: the tensor's slices where they are small, then the product without their zeros."""
    D_before, D = trace.network.sizes[l - 1 : l + 1]
    z, dL_dW, dh_dW = f"z.{l - 1}", L_by("W", l), derivative(symbol("h", l), symbol("W", l))
    shown = []
    if D <= MOST_SLICES and D_before <= WIDEST_SLICE:
        terms = [row_of(numbers.bracketed(f"dL_dh.{l}.{i}"), slice_of_T(z, numbers[z], i, D)) for i in range(D)]
        shown.append(equation(dL_dW, "=", operator("+").join(terms)))
    without_zeros = (numbers.column(f"dL_dh.{l}"), "·", numbers.row(z))
    shown.append(equation(dL_dW if not shown else Markup(""), "=", *without_zeros, "=", numbers.matrix(f"dL_dW.{l}")))
    return Stage(
        name=f"dL_dW{l}",
        lane="backward",
        layer=l,
        chip="∂W",
        title=f"Back: the gradient of the weights of layer {l}",
        reference="(2)",
        equation=equation(
            shaped(dL_dW, D, D_before), "=", shaped(L_by("h", l), 1, D), "·", shaped(dh_dW, D, D, D_before)
        ),
        numbers=shown,
        written=[written_weight(numbers, l)],
        why=Markup(
            "The weight {} enters {} only, where it multiplies {}. So slice {} of {} holds {} in row {} and zeros "
            "elsewhere, and without its zeros the product is a column times a row."
        ).format(
            inline(symbol("W", l, "i", "j")),
            inline(symbol("h", l, "i")),
            inline(symbol("z", l - 1, "j")),
            inline(identifier("i")),
            inline(dh_dW),
            inline(symbol("z", l - 1)),
            inline(identifier("i")),
        ),
        sources=[
            recorded(l),
            Source(inline(symbol("z", l - 1)), "recorded on the way forward", "x" if l == 1 else f"z{l - 1}"),
        ],
        wholes=wholes_of(numbers, (dL_dW, f"dL_dW.{l}")),
    )


def written_weight(numbers: Numbers, l: int) -> Markup:
    """The sum over all h for the weight of the largest gradient: one term is not 0."""
    i, j = largest(numbers[f"dL_dh.{l}"]), largest(numbers[f"z.{l - 1}"])
    pairs = [
        (numbers.entry(f"dL_dh.{l}.{k}"), numbers.entry(f"z.{l - 1}.{j}") if k == i else Number(0.0))
        for k in range(len(numbers[f"dL_dh.{l}"]))
    ]
    slope = derivative(symbol("h", l, "k"), symbol("W", l, i + 1, j + 1))
    return equation(
        *(L_by("W", l, i + 1, j + 1), "=", sum_over("k", L_by("h", l, "k"), "·", slope)),
        *("=", sum_of_products(pairs, i), "=", numbers.result(f"dL_dW.{l}.{i}.{j}")),
    )


def intercepts_stage(trace: Trace, numbers: Numbers, l: int) -> Stage:
    """(3) dL_dc = dL_dh · dh_dc: the same numbers again."""
    D = trace.network.sizes[l]
    dL_dc, dh_dc = L_by("c", l), derivative(symbol("h", l), symbol("c", l))
    return Stage(
        name=f"dL_dc{l}",
        lane="backward",
        layer=l,
        chip="∂c",
        title=f"Back: the gradient of the intercepts of layer {l}",
        reference="(3)",
        equation=equation(shaped(dL_dc, 1, D), "=", shaped(L_by("h", l), 1, D), "·", shaped(dh_dc, D, D)),
        numbers=[equation(numbers.row(f"dL_dc.{l}"), "=", numbers.row(f"dL_dh.{l}"), "·", identity(D))],
        why=Markup("Each intercept is added to its own {} and to nothing else, so {} is the identity.").format(
            inline(symbol("h", l)), inline(dh_dc)
        ),
        sources=[recorded(l)],
        wholes=wholes_of(numbers, (dL_dc, f"dL_dc.{l}")),
    )


def carry_stage(trace: Trace, numbers: Numbers, l: int) -> Stage:
    """(4) dL_dz of the layer below = dL_dh · W; below layer 1 this is dL_dx."""
    D_before, D = trace.network.sizes[l - 1 : l + 1]
    below = f"dL_dz.{l - 1}"
    dL_dz, dh_dz = L_by("z", l - 1), derivative(symbol("h", l), symbol("z", l - 1))
    j = largest(numbers[below])
    pairs = [(numbers.entry(f"dL_dh.{l}.{i}"), numbers.entry(f"W.{l}.{i}.{j}")) for i in range(D)]
    written = equation(
        *(L_by("z", l - 1, j + 1), "=", sum_over("i", L_by("h", l, "i"), "·", symbol("W", l, "i", j + 1))),
        *("=", sum_of_products(pairs), "=", numbers.result(f"{below}.{j}")),
    )
    at_the_bottom = " At the bottom this says how the loss moves with each input." if l == 1 else ""
    return Stage(
        name=f"dL_dz{l - 1}",
        lane="backward",
        layer=l - 1,
        chip="∂z" if l > 1 else "∂x",
        title=f"Back: from layer {l} to " + (f"what layer {l - 1} sent it" if l > 1 else "the input"),
        reference="(4)",
        equation=equation(
            *((shaped(L_by("x"), 1, D_before), "=") if l == 1 else ()),
            *(shaped(dL_dz, 1, D_before), "=", shaped(L_by("h", l), 1, D), "·", shaped(dh_dz, D, D_before)),
            *(words(",   "), dh_dz, "=", symbol("W", l)),
        ),
        numbers=[equation(numbers.row(below), "=", numbers.row(f"dL_dh.{l}"), "·", numbers.matrix(f"W.{l}"))],
        written=[written],
        why=Markup(
            "{} reaches every neuron of layer {}, so its derivative is a sum over them: what each of them passes back, "
            "times the weight of the line between.{}"
        ).format(inline(symbol("z", l - 1, "j")), l, at_the_bottom),
        sources=[recorded(l), Source(inline(symbol("W", l)), f"the weights of layer {l}")],
        wholes=wholes_of(numbers, (symbol("W", l), f"W.{l}"), (dL_dz, below)),
    )


def slope_stage(trace: Trace, numbers: Numbers, l: int) -> Stage:
    """(5) dL_dh of the layer below = dL_dz · dz_dh."""
    D = trace.network.sizes[l]
    dL_dh, dz_dh = L_by("h", l), derivative(symbol("z", l), symbol("h", l))
    silent = int(np.sum(numbers[f"slope.{l}"] == 0))
    are = "slope is" if silent == 1 else "slopes are"
    note = f" For the row's own values {silent} of {D} {are} 0: what comes back there stops." if silent else ""
    return Stage(
        name=f"dL_dh{l}",
        lane="backward",
        layer=l,
        chip="∂h",
        title=f"Back: through the activation of layer {l}",
        reference="(5)",
        equation=equation(shaped(dL_dh, 1, D), "=", shaped(L_by("z", l), 1, D), "·", shaped(dz_dh, D, D)),
        numbers=[
            equation(numbers.row(f"dL_dh.{l}"), "=", numbers.row(f"dL_dz.{l}"), "·", numbers.diagonal(f"slope.{l}"))
        ],
        why=Markup("Each neuron passes back what reached it times its own slope, so {} is diagonal.{}").format(
            inline(dz_dh), note
        ),
        sources=[
            Source(inline(L_by("z", l)), f"what came back from layer {l + 1}", f"dL_dz{l}"),
            slope_source(trace, l),
        ],
        wholes=wholes_of(numbers, (dL_dh, f"dL_dh.{l}")),
    )
