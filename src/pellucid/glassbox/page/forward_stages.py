"""The stages of the way forward: x, then h = W z + c and z = f(h) of each layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from pellucid.glassbox.column_words import encodings_in_words
from pellucid.glassbox.loss_parts import activation_in_words, different_activations, name_of_activation
from pellucid.glassbox.page.mathml import (
    as_formula,
    equation,
    inline,
    shaped,
    symbol,
    words,
)
from pellucid.glassbox.page.own_units import in_own_units
from pellucid.glassbox.page.stage import Source, Stage, parameters_of, sum_of_products, wholes_of

if TYPE_CHECKING:
    from pellucid.glassbox.page.numbers import Numbers
    from pellucid.glassbox.trace import Trace
    from pellucid.mathematics.activations import Activation

MOST_OUTPUTS = 8  # that are listed


def forward_stages(trace: Trace, numbers: Numbers) -> list[Stage]:
    """One stage for the input, then two for each layer."""
    stages = [input_stage(trace, numbers)]
    for l in range(1, len(trace.layers)):
        stages += [linear_stage(trace, numbers, l), activation_stage(trace, numbers, l)]
    return stages


def input_stage(trace: Trace, numbers: Numbers) -> Stage:
    """What the network receives."""
    D_x, why = trace.x.size, "The network receives the numbers of one observation."
    if trace.row is not None:
        said = encodings_in_words(trace.row.columns)
        why = f"The columns of the row become numbers: {said}. The table of inputs, below, shows each of them."
    source = "given to the trace" if trace.row is None else "one row of the table, encoded as in training"
    return Stage(
        name="x",
        lane="forward",
        layer=0,
        chip="x",
        title="The input",
        equation=equation(shaped(symbol("z", 0), D_x, 1), "=", shaped(symbol("x"), D_x, 1)),
        numbers=[equation(symbol("z", 0), "=", numbers.column("z.0"))],
        why=why,
        sources=[Source(inline(symbol("x")), source)],
        wholes=wholes_of(numbers, (symbol("x"), "z.0")),
    )


def linear_stage(trace: Trace, numbers: Numbers, l: int) -> Stage:
    """The stage h = W z + c."""
    D_before, D = trace.network.sizes[l - 1 : l + 1]
    W, z, c, h = f"W.{l}", f"z.{l - 1}", f"c.{l}", f"h.{l}"
    terms = [(numbers.entry(f"{W}.0.{j}"), numbers.entry(f"{z}.{j}")) for j in range(D_before)]
    neurons = f"Each of the {D} neurons" if D > 1 else "The one neuron"
    sender = "the input" if l == 1 else f"layer {l - 1}"
    z_source = ("the input", "x") if l == 1 else (f"what layer {l - 1} made of its h", f"z{l - 1}")
    return Stage(
        name=f"h{l}",
        lane="forward",
        layer=l,
        chip="h",
        title=f"Layer {l}: the linear map",
        equation=equation(
            *(shaped(symbol("h", l), D, 1), "=", shaped(symbol("W", l), D, D_before)),
            *(shaped(symbol("z", l - 1), D_before, 1), "+", shaped(symbol("c", l), D, 1)),
        ),
        numbers=[
            equation(numbers.column(h), "=", numbers.matrix(W), numbers.column(z), "+", numbers.column(c)),
        ],
        written=[
            equation(
                *(symbol("h", l, 1), "=", sum_of_products(terms), "+", numbers.bracketed(f"{c}.0")),
                *("=", numbers.result(f"{h}.0")),
            )
        ],
        why=f"{neurons} of layer {l} weighs what comes from {sender}, and adds its intercept.",
        sources=[Source(inline(symbol("z", l - 1)), *z_source), parameters_of(l)],
        wholes=wholes_of(numbers, (symbol("W", l), W), (symbol("z", l - 1), z)),
    )


def activation_stage(trace: Trace, numbers: Numbers, l: int) -> Stage:
    """The stage z = f(h); for the last layer this is the prediction."""
    D, f = trace.network.sizes[l], trace.network.activations[l - 1]
    h, z = symbol("h", l), symbol("z", l)
    last = l == len(trace.network.layers)
    name = words(f"{activation_in_words(f)} ")
    shown = [equation(numbers.column(f"z.{l}"), "=", name, "(", numbers.column(f"h.{l}"), ")")]
    if not f.elementwise:
        acts = "It acts on all outputs together: they are positive and sum to 1"
    elif activation_in_words(f) == "f_d":
        acts = "It bends what the linear map made, each output with its own activation"
    elif activation_in_words(f) == "linear":
        acts = "This layer stays linear: what the linear map made is passed on"
    else:
        acts = "It bends what the linear map made, for each neuron by itself"
    return Stage(
        name=f"z{l}",
        lane="forward",
        layer=l,
        chip="ŷ" if last else "z",
        title=f"Layer {l}: the activation" + (", which gives the prediction" if last else ""),
        equation=equation(
            *((symbol("y_hat"), "=") if last else ()),
            *(
                shaped(z, D, 1),
                "=",
                name,
                "(",
                shaped(h, D, 1),
                ")",
                words(f",   {mappings(f)}"),
            ),
        ),
        numbers=shown + (in_own_units(trace, numbers) if last else []),
        why=Markup("{}. Its slope at this {}, {}, will be needed on the way back.").format(
            acts, inline(h), as_formula(f.slope_formula)
        ),
        sources=[Source(inline(h), "the linear map of this layer", f"h{l}")],
        wholes=wholes_of(numbers, (z, f"z.{l}")),
    )


def mappings(activation: Activation) -> str:
    """relu: h ↦ max(h, 0); where the outputs have different ones, each that there is with its outputs."""
    if activation_in_words(activation) != "f_d":
        (f,) = different_activations((activation,))
        return f"{f.name}: h ↦ {as_formula(f.formula)}"
    names = name_of_activation(activation)
    said = []
    for f in different_activations((activation,)):
        outputs = [f"f_{d}" for d, name in enumerate(names, start=1) if name == f.name]
        listed = ", ".join(outputs[:MOST_OUTPUTS]) + (", …" if len(outputs) > MOST_OUTPUTS else "")
        said.append(f"{listed} = {f.name}: h ↦ {as_formula(f.formula)}")
    return ";   ".join(said)
