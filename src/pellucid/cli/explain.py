"""`pellucid explain`: one row of a table through a saved model, every derivative of it, as text, JSON or a page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from pellucid.cli.input_table import CsvFormat, Decimal, name_of, quoted, require_new_file, require_writable
from pellucid.cli.terminal import said_if_slow
from pellucid.cli.whole_number import WholeNumber
from pellucid.errors import ParameterError


def explain(
    model: Path,
    table: Annotated[list[Path], Parameter(required=True)],
    /,
    *,
    row: WholeNumber,
    out: Path | None = None,
    exposure: str | None = None,
    encoding: str = "utf-8",
    separator: str = ",",
    decimal: Decimal = ".",
    json: bool = False,
) -> None:
    """Show one row on its way through a model, forward and back: every neuron, every derivative, and their check.

    Parameters
    ----------
    model
        A file that `pellucid train` wrote.
    table
        One CSV or Parquet file, or several with the same columns.
    row
        The row, counted from 0 below the header.
    out
        Write one HTML page here, to step through; it holds this row of the data. Without it the trace is printed.
    exposure
        Column of the exposures of the rows, for a model that was trained with `--exposure`.
    encoding
        Of the CSV.
    separator
        Between the fields of the CSV; `tab` for a tab.
    decimal
        Of the numbers in the CSV, a point or a comma. Where the comma separates fields too, they stand in quotes.
    json
        Print one JSON object instead of text.
    """
    import pellucid
    from pellucid.cli.model_table import ModelTable
    from pellucid.cli.row_numbers import exposures_of
    from pellucid.files import atomic
    from pellucid.glassbox.page.data import why_not_again
    from pellucid.glassbox.plain import to_json

    if out is not None:
        require_writable(out, "--out", (".html", ".htm"))
        require_new_file(out, "--out", [model, *table])
    fitted = pellucid.load(model)
    read = ModelTable(table, CsvFormat.of_options(encoding, separator, decimal), fitted)
    if not 0 <= row < read.rows.num_rows:
        raise ParameterError(
            f"--row must be a row of {read.source}, from 0 to {read.rows.num_rows - 1}. Got {row} instead."
        )
    e = exposures_of(read, exposure, [row])
    y, without = target_of_row(read, row, e)
    with said_if_slow("at work: kernels that this machine has not kept yet are compiled first (some 40 seconds) ..."):
        trace = fitted.trace(read.features([row]), y, exposure=e)
    assert trace.row is not None
    file = name_of([path.relative_to(path.parent) for path in table])  # a page that is passed on tells no folder
    traced = replace(trace.row, number=row, line=read.line_of(row), source=file, without_target=without)
    trace = replace(trace, row=traced)
    if json:
        print(to_json(trace.to_dict() | {"note": without}))
    elif without:
        print(f"{without}\n")
    if out is None and not json:
        print(trace)
    if out is not None:
        atomic.write_bytes(out, [trace.to_html().encode()])
        if not json:
            print(f"{read.place_of(row)} of {read.source}: {traced.answer}")
            print(f"Page  {out} (it holds this row of the data)")
            if why_not_again(trace):
                print(why_not_again(trace))


def target_of_row(read: Any, row: int, exposure: Any = None) -> tuple[Any, str]:
    """The target of one row as `trace` takes it, or None and the reason."""
    import numpy as np

    from pellucid.cli.known_targets import known_targets
    from pellucid.cli.model_table import needed_names
    from pellucid.cli.row_numbers import with_exposure
    from pellucid.report.metrics import question_of

    if exposure is None and with_exposure(read.model):
        return None, (
            "The model was trained with exposures, and without that of the row its target is no rate (--exposure names "
            "their column): only the way forward is shown."
        )
    names = list(read.model.targets_.names)
    both = [name for name in names if name in needed_names(read.model)]
    if both:
        return None, f"The model has a feature that is called {quoted(both)} too: only the way forward is shown."
    absent = [name for name in names if name not in read.rows.column_names]
    if absent:
        return None, f"{read.source} has no column {quoted(absent)}: only the way forward is shown."
    missing = [name for name in names if read.rows.column(name).slice(row, 1).null_count]
    question = question_of(read.model)
    numbers = question.kind == "regression"  # of which any may be missing; labels belong together
    if len(missing) == len(names) or (missing and not numbers):
        return None, f"{read.place_of(row)} has no value of {quoted(missing)}: only the way forward is shown."
    if question.kind == "classification":
        value, classes = read.rows.column(names[0])[row].as_py(), np.asarray(question.classes).tolist()
        if value not in classes:
            return None, (
                f"{read.place_of(row)} has the {names[0]} {value!r}, which was not seen in training: only the way "
                "forward is shown."
            )
    return known_targets(read, np.array([row]))[0], ""
