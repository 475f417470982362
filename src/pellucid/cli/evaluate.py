"""`pellucid evaluate`: how good a saved model is on a table with known targets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pellucid.cli.input_table import require_columns
from pellucid.cli.terminal import as_text, print_facts, print_json, print_table
from pellucid.errors import DataError, ParameterError


def evaluate(
    model: Path,
    table: Annotated[list[Path], Parameter(required=True)],
    /,
    *,
    encoding: str = "utf-8",
    separator: str = ",",
    json: bool = False,
) -> None:
    """Print the metrics of a model on the rows of a table.

    Parameters
    ----------
    model
        A file that `pellucid train` wrote.
    table
        One CSV or Parquet file, or several with the same columns; it must hold the model's targets. On rows that the
        model was trained on, the metrics are better than they will be on new ones.
    encoding
        Of the CSV.
    separator
        Between the fields of the CSV; `tab` for a tab.
    json
        Print one JSON object instead of tables.
    """
    import pellucid
    from pellucid.cli.known_targets import known_targets, question_of, with_exposure
    from pellucid.cli.model_table import ModelTable
    from pellucid.report.metrics import ask, measure
    from pellucid.tables.task import rows_with_targets

    fitted = pellucid.load(model)
    if with_exposure(fitted):
        raise ParameterError(
            f"{model} was fitted with exposures and predicts rates, which the targets of a table are not. Score it "
            "in Python, where predict(X, exposure=...) has their units."
        )
    read = ModelTable(table, encoding, separator, fitted)
    question = question_of(fitted)
    require_columns(read.rows, question.targets, "a target of the model", read.source)
    kept = rows_with_targets(read.rows, list(question.targets))
    if len(kept) == 0:
        raise DataError(f"{read.source} has no row with a value of every target: there is nothing to compare with.")
    left_out = read.rows.num_rows - len(kept)
    measured = measure(question, known_targets(read, kept), ask(fitted, read.features().take(kept)))
    if json:
        print_json({"model": str(model), "rows": len(kept), "rows_left_out": left_out, "metrics": measured})
        return
    facts = {"Model": f"{model}: {question.kind} of {', '.join(question.targets)}"}
    facts["Rows"] = f"{len(kept):,}" + (f"; {left_out:,} left out, a target is missing" if left_out else "")
    print_facts(facts)
    print_table(["metric", "value"], [[name, as_text(value)] for name, value in measured.items()])
