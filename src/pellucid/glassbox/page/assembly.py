"""`trace_page`: one trace as one self-contained HTML file, in which a reader goes forward and back step by step.

The file asks for nothing: style, script, data and pictures are in it, and its content security policy lets no other
script run than its own, named by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pellucid.glassbox.column_words import entries_in_words, value_in_words
from pellucid.glassbox.diagrams.curves import activation_curve
from pellucid.glassbox.diagrams.flow import gradient_flow
from pellucid.glassbox.diagrams.matrices import matrix_diagram
from pellucid.glassbox.diagrams.neurons import neuron_diagram
from pellucid.glassbox.loss_parts import different_activations, loss_in_words
from pellucid.glassbox.page.backward_stages import backward_stages
from pellucid.glassbox.page.data import inlined_json, page_data, why_not_again
from pellucid.glassbox.page.forward_stages import forward_stages
from pellucid.glassbox.page.inputs import input_lines
from pellucid.glassbox.page.loss_stages import loss_stages
from pellucid.glassbox.page.mathml import short
from pellucid.glassbox.page.numbers import Numbers
from pellucid.glassbox.page.own_units import units_of_loss
from pellucid.glassbox.page.stage import Stage, names_of
from pellucid.glassbox.page.update_stage import update_stages

if TYPE_CHECKING:
    from pellucid.glassbox.trace import Trace

TEMPLATES = Path(__file__).parent / "templates"
SCRIPTS = (  # in one module, one after the other; start.js runs them
    "numbers.js",
    "activations.js",
    "losses.js",
    "network.js",
    "columns.js",
    "dates.js",
    "table.js",
    "diagram.js",
    "stepper.js",
    "sums.js",
    "pointing.js",
    "wholes.js",
    "inputs.js",
    "start.js",
)
MOST_DRAWN = 6  # neurons of a layer in the diagram


def trace_page(trace: Trace, title: str = "") -> str:
    """One HTML page: the diagram, every equation with this trace's numbers, and the inputs to change.

    Parameters
    ----------
    trace : Trace
        Of a network or of a fitted model's row; without a target the page has the way forward only.
    title : str
        Made of the row's source and number unless given.

    Returns
    -------
    str
        Complete HTML, to be written as UTF-8.

    Examples
    --------
    >>> from pellucid.glassbox.trace import trace
    >>> from pellucid.mathematics.structure import Network
    >>> network = Network.from_arrays([([[1.0], [-1.0]], [0, 0], "relu"), ([[1.0, 1.0]], [0], "linear")])
    >>> page = trace_page(trace(network, [-3.0], 1.0, "rss"))
    >>> page.count('<article class="stage"'), page.startswith("<!DOCTYPE html>")
    (16, True)
    """
    numbers = Numbers(trace)
    stages = all_stages(trace, numbers)
    names = names_of(trace)
    script = page_script()
    pictures = {
        "diagram": neuron_diagram(
            trace.network, trace=trace, feature_names=names.inputs, output_names=names.outputs, most=MOST_DRAWN
        ),
        "matrices": matrix_diagram(trace.network),
        "curves": activation_pictures(trace),
        "flow": "" if trace.loss is None else gradient_flow(trace),
    }
    return environment().get_template("page.html").render(
        title=title or default_title(trace),
        subtitle=subtitle(trace),
        trace=trace,
        row=trace.row,
        names=names,
        stages=stages,
        units_of_loss=units_of_loss(trace.row),
        loss_name="" if trace.loss is None else loss_in_words(trace.loss),
        columns=map_columns(trace, stages),
        outputs=output_lines(trace),
        lines=input_lines(trace),
        why_not=why_not_again(trace),
        pictures={name: Markup(svg) for name, svg in pictures.items()},
        style=Markup(colours() + (TEMPLATES / "page.css").read_text(encoding="utf-8")),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        data=inlined_json(page_data(trace, numbers)),
    )  # fmt: skip


def activation_pictures(trace: Trace) -> str:
    """The curve and the slope of each activation of the network, once."""
    return "".join(activation_curve(f) for f in different_activations(trace.network.activations) if f.elementwise)


def colours() -> str:
    """The variables of the house's colours, light and dark, for this page and for others."""
    return (TEMPLATES / "colours.css").read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """Templates in which every text is escaped that is not Markup."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["short"] = lambda value: short(float(value))
    made.filters["as_formula"] = lambda text: text.replace(" - ", " − ").replace("^2", "²")  # not the - of a date
    made.filters["value"] = lambda column: value_in_words(column, short)
    made.filters["entries"] = lambda column: entries_in_words(column, short, between="\n")
    return made


@cache
def page_script() -> Markup:
    """All of the script, as it stands between its tags: its hash is that of this text."""
    return Markup("\n" + "\n".join((TEMPLATES / name).read_text(encoding="utf-8") for name in SCRIPTS))


def all_stages(trace: Trace, numbers: Numbers) -> list[Stage]:
    """The way forward, the loss, the way back, the step."""
    return [
        *forward_stages(trace, numbers),
        *loss_stages(trace, numbers),
        *backward_stages(trace, numbers),
        *update_stages(trace, numbers),
    ]


def default_title(trace: Trace) -> str:
    """Row 17 of a table; the sizes of a bare network."""
    row = trace.row
    if row is None:
        return "One observation through a network " + "-".join(map(str, trace.network.sizes))
    if row.number is None:
        return f"One row of {row.source}" if row.source else "One row, through the model"
    return f"Row {row.number}" + (f" of {row.source}" if row.source else "")


def subtitle(trace: Trace) -> str:
    """Where the row stands, and the network that it goes through."""
    network = trace.network
    layers = " → ".join(f"{size} {f.name}" for size, f in zip(network.sizes[1:], network.activations, strict=True))
    n_parameters = f"{network.theta.size:,} parameters"
    line = f"line {trace.row.line} of the file; " if trace.row is not None and trace.row.line is not None else ""
    counted = "row counted from 0; " if trace.row is not None and trace.row.number is not None else ""
    return f"{counted}{line}network: {network.sizes[0]} inputs → {layers}; {n_parameters}"


def map_columns(trace: Trace, stages: list[Stage]) -> list[tuple[str, list[Stage], list[Stage]]]:
    """The map of the page: for each layer, and the loss, its stages forward and its stages back."""
    columns: list[tuple[str, list[Stage], list[Stage]]] = []
    for l in range(len(trace.layers)):
        of_layer = [stage for stage in stages if stage.layer == l and stage.name not in ("loss", "dL_dy_hat", "update")]
        forward = [stage for stage in of_layer if stage.lane == "forward"]
        backward = [stage for stage in of_layer if stage.lane == "backward"]
        if l == 0:
            backward += [stage for stage in stages if stage.name == "update"]
        columns.append(("input" if l == 0 else f"layer {l}", forward, backward))
    if trace.loss is not None:
        columns.append(
            (
                "loss",
                [stage for stage in stages if stage.name == "loss"],
                [stage for stage in stages if stage.name == "dL_dy_hat"],
            )
        )
    return columns


def output_lines(trace: Trace) -> list[tuple[str, float, str]]:
    """Each output: its name, the prediction, and the target beside it where there is one for each."""
    row = trace.row
    if row is None:
        names, values, targets = names_of(trace).outputs, trace.y_hat, trace.y
    else:
        known = not row.without_target  # else a target is not missing where it is not shown
        names, values, targets = row.output_names, row.prediction, row.target if known else None
    shown = [""] * len(values)
    if targets is not None and len(targets) == len(values):
        shown = [as_text(target) for target in targets]
    return [(str(name), float(value), target) for name, value, target in zip(names, values, shown, strict=True)]


def as_text(target: object) -> str:
    """A target as the table holds it; nothing where it is missing."""
    if target is None:
        return "missing"
    if isinstance(target, float | int | np.number) and not isinstance(target, bool):
        return "missing" if np.isnan(float(target)) else short(float(target))
    return str(target)
