"""Traces and reports as text for a terminal, set by rich."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pellucid.errors import visible
from pellucid.glassbox.column_words import entries_in_words, value_in_words

if TYPE_CHECKING:
    from pellucid.glassbox.batch_trace import BatchTrace
    from pellucid.glassbox.gradient_report import GradientReport
    from pellucid.glassbox.row import Row
    from pellucid.glassbox.trace_record import Trace
    from pellucid.mathematics.losses import Loss

WIDTH = 110
MOST_ROWS, MOST_COLUMNS = 8, 7  # of an array that is shown; the rest is counted
MOST_OUTPUTS = 3  # whose sensitivities are shown, those of the largest predictions


def as_text(*parts: Any) -> str:
    """Rich's rendering as plain text, so that printing it anywhere shows the same."""
    console = Console(file=io.StringIO(), width=WIDTH, color_system=None, highlight=False)
    for part in parts:
        console.print(Text(part) if isinstance(part, str) else part)
    lines = visible(console.file.getvalue()).split("\n")[:-1]  # type: ignore[attr-defined]  # the StringIO above
    return "\n".join(line.rstrip() for line in lines)


def number(value: float) -> str:
    """Five figures."""
    return f"{value + 0.0:.5g}"  # a negative 0 is a 0


def array_as_text(array: np.ndarray | None) -> str:
    """A vector on one line, a matrix row by row; large ones folded with what is left out."""
    if array is None:
        return "-"
    rows = np.atleast_2d(array)
    shown = []
    for row in rows[:MOST_ROWS]:
        cells = [number(value) for value in row[:MOST_COLUMNS]]
        if row.size > MOST_COLUMNS:
            cells.append(f"... {row.size - MOST_COLUMNS} more")
        shown.append("[" + "  ".join(cells) + "]")
    if len(rows) > MOST_ROWS:
        shown.append(f"... {len(rows) - MOST_ROWS} more rows")
    return "\n".join(shown)


def facts(pairs: list[tuple[str, str, Any]]) -> Table:
    """Name, shape and numbers of several arrays."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for _ in range(3):
        table.add_column(no_wrap=False)
    for name, shape, content in pairs:
        table.add_row(Text(name), Text(shape), Text(content if isinstance(content, str) else array_as_text(content)))
    return table


def shape_of(array: np.ndarray | None) -> str:
    return "" if array is None else "x".join(map(str, array.shape))


def named(names: str, layer: Any) -> list[tuple[str, str, Any]]:
    """Arrays of a layer by their names, those that are there."""
    arrays = [(name, getattr(layer, name)) for name in names.split()]
    return [(name, shape_of(array), array) for name, array in arrays if array is not None]


def trace_as_text(trace: Trace) -> str:
    """The way forward, the loss, the way back, the sensitivities and the step, layer by layer."""
    L = len(trace.layers) - 1
    parts: list[Any] = []
    if trace.row is not None:
        parts += row_as_text(trace)
    parts += ["Forward: h = W z + c, z = f(h)", facts([("x", shape_of(trace.x), trace.x)])]
    for layer in trace.layers[1:]:
        assert layer.activation is not None
        parts += [f"layer {layer.l}, {layer.activation.name}", facts(named("W c h z", layer))]
    parts.append(facts([("y_hat", shape_of(trace.y_hat), trace.y_hat)]))
    if trace.loss is None:
        parts.append("\nNo target: there is no loss, and nothing to carry backward.")
    else:
        assert trace.losses is not None
        parts += [
            f"\nLoss: {trace.loss.name}, {trace.loss.formula}{block_as_text(trace.loss, 'dL_dh')}",
            facts([
                ("y", shape_of(trace.y), trace.y),
                ("loss", shape_of(trace.losses), trace.losses),
                ("dL_dy_hat", shape_of(trace.dL_dy_hat), trace.dL_dy_hat),
            ]),
            "\nBackward: dL_dh = dL_dz dz_dh, dL_dW = dL_dh dh_dW, dL_dc = dL_dh dh_dc, dL_dz below = dL_dh W",
        ]  # fmt: skip
        for layer in trace.layers[:0:-1]:
            diagonal = [("dz_dh, diagonal", shape_of(layer.slope), layer.slope)] if layer.activation.elementwise else []  # type: ignore[union-attr]
            full = [] if diagonal else named("dz_dh", layer)
            parts += [f"layer {layer.l}", facts([*diagonal, *full, *named("dL_dz dL_dh dL_dW dL_dc", layer)])]
        parts.append(facts([("dL_dx", shape_of(trace.dL_dx), trace.dL_dx)]))
    parts += ["\nSensitivities", facts([("dy_hat_dx", shape_of(trace.dy_hat_dx), trace.dy_hat_dx)])]
    if trace.step is not None:
        solver = trace.step.solver
        constants = ", ".join(f"{name}={value}" for name, value in solver.constants.items())
        parts.append(f"\nStep of {solver.name}({constants}), from this observation alone")
        for l in range(1, L + 1):
            update = trace.step.update
            parts.append(facts([(f"step of W, layer {l}", shape_of(update.W[l - 1]), update.W[l - 1]),
                                (f"step of c, layer {l}", shape_of(update.c[l - 1]), update.c[l - 1])]))  # fmt: skip
        parts.append(f"J before {number(trace.step.J_before)}, J after {number(trace.step.J_after)}")
        parts.append(f"This gradient equals that of the {trace.checked_against} engine.")
    return as_text(*parts)


def block_as_text(loss: Loss, name: str) -> str:
    """What a paired loss makes with its activation."""
    return f"; with its activation one block, {name} = {loss.paired_formula}" if loss.paired else ""


def row_as_text(trace: Trace) -> list[Any]:
    """The columns of the row as the model sees them, and its answer."""
    row = trace.row
    assert row is not None
    place = [f"row {row.number}" if row.number is not None else "", f"line {row.line}" if row.line else ""]
    title = ", ".join(part for part in (row.source, *place) if part)
    table = Table(box=SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False)
    shown = shown_outputs(row)
    heads = (f"d {row.output_names[d]} / d column" for d in shown)
    inputs = "as the network's input"
    for head in ("column", "value", "formula", inputs, *heads):
        table.add_column(head, justify="left" if head in ("column", "formula", inputs) else "right")
    for column in row.columns:
        value, encoded = value_in_words(column, number), entries_in_words(column, number)
        sensitivity = ["-" if np.isnan(column.sensitivity[d]) else number(column.sensitivity[d]) for d in shown]
        table.add_row(*(Text(str(cell)) for cell in (column.name, value, column.formula, encoded, *sensitivity)))
    notes = [f"{column.name}: {column.note}" for column in row.columns if column.note]
    if len(shown) < len(row.output_names):
        notes.append(f"Sensitivities of {len(shown)} of the {len(row.output_names)} outputs; page and JSON have all.")
    counts = [f"{name} = rate {rate:.6g} · exposure {e:.6g} = {rate * e:.6g}" for name, rate, e in row.rates]
    known = [f"{name} {value}" for name, value in zip(row.target_names, row.target, strict=True) if value is not None]
    return [
        table,
        *notes,
        *counts,
        f"Prediction: {row.answer}",
        *([f"Target: {', '.join(known)}"] if known else []),
        "",
    ]


def shown_outputs(row: Row) -> list[int]:
    """The outputs whose sensitivities fit beside the columns: all of a few; of two probabilities that sum to 1, one."""
    n = len(row.output_names)
    if n == 2 and row.prediction.sum() == 1 and len(row.target_names) == 1:
        return [1]
    if n <= MOST_OUTPUTS:
        return list(range(n))
    return sorted(np.argsort(-row.prediction, kind="stable")[:MOST_OUTPUTS].tolist())


def report_as_text(report: GradientReport) -> str:
    """The table of comparisons, the notes and the verdict."""
    table = Table(
        box=SIMPLE_HEAD,
        title=f"The gradient of {report.n_parameters:,} parameters on {report.n_rows:,} rows, J = {report.J:.6g}; "
        f"each way against: {report.specification}",
        title_justify="left",
        pad_edge=False,
    )
    for head in ("layer", "parameter", "way", "compared", "left out", "worst relative error", "at", "verdict"):
        table.add_column(head, justify="right" if head in ("compared", "worst relative error") else "left")
    for c in sorted(report.comparisons, key=lambda c: (c.layer, c.parameter, c.way)):
        reasons = [f"{n} {reason}" for n, reason in ((c.n_kinks, "at kinks"), (c.n_unresolved, "unresolved")) if n]
        cells = (
            str(c.layer),
            c.parameter,
            c.way,
            f"{c.n_compared:,}",
            ", ".join(reasons),
            f"{c.error:.1e}" if c.n_compared else "",
            str(list(c.where)) if c.where else "",
            "-" if not c.n_compared else "ok" if c.passed else "FAILED",
        )
        table.add_row(*map(Text, cells))
    return as_text(table, *report.notes, report.verdict())


def batch_as_text(trace: BatchTrace) -> str:
    """The matrices of a batch, forward and back."""
    parts: list[Any] = [
        f"{len(trace.X)} observations, one in each row",
        "Forward: H = Z W^T + c, Z = f(H)",
        facts([("X", shape_of(trace.X), trace.X)]),
    ]
    for layer in trace.layers[1:]:
        parts += [f"layer {layer.l}, {layer.activation.name}", facts(named("H Z", layer))]  # type: ignore[union-attr]
    parts += [
        f"\nLoss: {trace.loss.name}, {trace.loss.formula}{block_as_text(trace.loss, 'dL_dH')}",
        facts(named("losses dL_dY_hat dY_hat_dH", trace)),
        "\nBackward: dL_dH = dL_dZ * f'(H), dL_dW = dL_dH^T Z, dL_dc = sum of dL_dH, dL_dZ below = dL_dH W",
    ]
    for layer in trace.layers[:0:-1]:
        parts += [f"layer {layer.l}", facts(named("dL_dZ dL_dH dL_dW dL_dc", layer))]
    parts += ["", facts([("dL_dX", shape_of(trace.dL_dX), trace.dL_dX)])]
    return as_text(*parts)
