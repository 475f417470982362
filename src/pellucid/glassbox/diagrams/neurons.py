"""The neuron diagram: layers as columns of circles, weights as lines, intercepts as marks.

The page that steps through a trace finds everything by its attributes: `circle.neuron[data-layer][data-unit]`,
`text.value[data-layer][data-unit]`, `line.weight[data-layer][data-to][data-from]` and
`.intercept[data-layer][data-unit]`, in one `g.layer[data-layer]` for each layer. Units count from 0; layer 0 is the
input; a line belongs to the layer whose W it is an entry of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.errors import ParameterError, wrong_parameter
from pellucid.glassbox.diagrams.folding import Folded, check_most, fold, name_of_structure
from pellucid.glassbox.diagrams.legend import Entry, diamond, dots_mark, draw_legend, line_mark
from pellucid.glassbox.diagrams.neuron_columns import Drawing, draw_column, place_columns
from pellucid.glassbox.diagrams.svg import picture, short
from pellucid.mathematics.structure import Network

if TYPE_CHECKING:
    from pellucid.glassbox.trace import Trace

COLOURS = ("weights", "gradient")
MOST_COLUMNS = 12  # of a deeper network the first and last six layers are drawn


def neuron_diagram(
    network: Network,
    *,
    trace: Trace | None = None,
    colour_by: str = "weights",
    feature_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    most: int = 8,
) -> str:
    """Draw a network as columns of circles; each weight is a line, wide and strong where it is far from 0.

    Parameters
    ----------
    network : Network
    trace : Trace, optional
        Its z stand in the circles, and its row names the inputs and outputs.
    colour_by : "weights" or "gradient"
        What lines and intercept marks show: W and c, or dL_dW and dL_dc of the trace.
    feature_names, output_names : sequences of str, optional
        One for each input, one for each output.
    most : int
        Of a larger layer only so many neurons are drawn, the first and the last.

    Returns
    -------
    str
        A complete <svg>.

    Raises
    ------
    ParameterError
        If the gradient is asked for without a trace that has one, if the trace is of a network of other sizes, or
        if there are not as many names as neurons.

    Examples
    --------
    >>> network = Network.from_arrays([([[1.0], [-1.0]], [0, 0], "relu"), ([[1.0, 1.0]], [0], "linear")])
    >>> drawn = neuron_diagram(network, feature_names=["a < b"])
    >>> drawn.count('class="neuron"'), drawn.count('class="weight negative"'), "a &lt; b" in drawn
    (4, 1, True)
    """
    check_arguments(network, trace, colour_by)
    most = check_most(most, "neuron_diagram")
    row = None if trace is None else trace.row
    if row is not None:
        feature_names = row.feature_names if feature_names is None else feature_names
        output_names = names_of_outputs(row, network.sizes[-1]) if output_names is None else output_names
    check_names(feature_names, network.sizes[0], "feature_names")
    check_names(output_names, network.sizes[-1], "output_names")

    layers = fold(len(network.sizes), MOST_COLUMNS)
    folds = {l: fold(network.sizes[l], most) for l in layers.shown}
    matrices, vectors = shown_parameters(network, trace, colour_by)
    drawing = Drawing(
        network=network,
        trace=trace,
        matrices=matrices,
        vectors=vectors,
        largest=largest_shown(matrices, layers, folds),
        of="dL_dW" if colour_by == "gradient" else "W",
        intercept="dL_dc" if colour_by == "gradient" else "c",
        feature_names=None if feature_names is None else tuple(map(str, feature_names)),
        output_names=None if output_names is None else tuple(map(str, output_names)),
    )
    columns, width, height = place_columns(drawing, layers, folds)
    parts = [draw_column(drawing, column) for column in columns]
    entries = legend_entries(drawing, layers, folds)
    left = columns[0].left
    legend, legend_height = draw_legend(entries, left, height, max(width - left, 220.0))
    title = "Neuron diagram of a network " + name_of_structure(network.sizes)
    return picture(
        "neurons",
        title,
        describe(drawing, layers, folds),
        max(width, 240.0),
        height + legend_height + 8,
        *parts,
        legend,
    )


def check_arguments(network: Network, trace: Trace | None, colour_by: str) -> None:
    """The trace is of this network's sizes, and has a gradient where one is to be shown."""
    if colour_by not in COLOURS:
        raise wrong_parameter("colour_by", "neuron_diagram", "'weights' or 'gradient'", colour_by)
    if trace is not None and trace.network.sizes != network.sizes:
        raise ParameterError(
            f"The trace is of a network of sizes {trace.network.sizes}, the network has sizes {network.sizes}. "
            "Give the network that was traced."
        )
    if colour_by == "gradient" and (trace is None or trace.loss is None):
        raise ParameterError(
            "colour_by='gradient' needs a trace with a target: its gradient is what is drawn. "
            "Make one with trace(network, x, y, loss)."
        )


def check_names(names: Sequence[str] | None, n: int, parameter: str) -> None:
    """One for each."""
    if names is not None and (isinstance(names, str) or len(names) != n):
        raise wrong_parameter(parameter, "neuron_diagram", f"a list of {n} name{'s' if n > 1 else ''}", names)


def names_of_outputs(row: Any, n_outputs: int) -> Sequence[str] | None:
    """The row's names; of two classes the second, whose probability is the only output."""
    if len(row.output_names) == 2 and n_outputs == 1:
        return row.output_names[1:]
    return row.output_names if len(row.output_names) == n_outputs else None


def shown_parameters(
    network: Network, trace: Trace | None, colour_by: str
) -> tuple[list[np.ndarray | None], list[np.ndarray | None]]:
    """What lines and intercept marks show, indexed by layer."""
    if colour_by == "gradient" and trace is not None:
        return [layer.dL_dW for layer in trace.layers], [layer.dL_dc for layer in trace.layers]
    as_arrays = ([np.asarray(a, np.float64) for a in arrays] for arrays in (network.W, network.c))
    W, c = as_arrays
    return [None, *W], [None, *c]


def largest_shown(matrices: list[np.ndarray | None], layers: Folded, folds: dict[int, Folded]) -> float:
    """The largest finite entry of all that are drawn: one scale for the whole picture."""
    largest = 0.0
    for l in layers.shown:
        if l > 0 and l - 1 in folds:
            matrix = matrices[l]
            assert matrix is not None
            drawn = np.abs(matrix[np.ix_(folds[l].shown, folds[l - 1].shown)])
            largest = max(largest, float(np.max(drawn, initial=0.0, where=np.isfinite(drawn))))
    return largest


def legend_entries(drawing: Drawing, layers: Folded, folds: dict[int, Folded]) -> list[Entry]:
    """Signs, the scale of the widths, intercepts."""
    entries = [
        Entry(line_mark("positive"), f"{drawing.of} > 0"),
        Entry(line_mark("negative"), f"{drawing.of} < 0"),
        Entry(line_mark("quiet", 4.0), f"widest: |{drawing.of}| = {short(drawing.largest)}"),
        Entry(diamond("solid quiet"), f"intercept {drawing.intercept}"),
    ]
    if any(folds[l].hidden for l in layers.shown) or layers.hidden:
        entries.append(Entry(dots_mark(), "left out, with their lines"))
    return entries


def describe(drawing: Drawing, layers: Folded, folds: dict[int, Folded]) -> str:
    """The picture in words."""
    sizes, activations = drawing.network.sizes, drawing.network.activations
    parts = [f"{sizes[0]} input{'s' if sizes[0] > 1 else ''}"]
    for l in layers.shown[1:]:
        hidden = f", {folds[l].hidden} of them not drawn" if folds[l].hidden else ""
        neurons = f"{sizes[l]} neuron{'s' if sizes[l] > 1 else ''}{hidden}"
        parts.append(f"layer {l}: {neurons}, {activations[l - 1].name}")
    if layers.hidden:
        parts.append(f"{layers.hidden} layers in the middle not drawn")
    what = f"Lines show {drawing.of}, blue where positive, orange where negative, wider where larger"
    if drawing.trace is not None:
        y_hat = ", ".join(short(value) for value in drawing.trace.y_hat[:8])
        what += f". The circles hold the z of one observation; the prediction is {y_hat}"
        what += ", …" if drawing.trace.y_hat.size > 8 else ""
    return f"{'; '.join(parts)}. {what}."
