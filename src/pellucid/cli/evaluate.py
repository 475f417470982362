"""`pellucid evaluate`: how good a saved model is on a table with known targets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pellucid.cli.input_table import CsvFormat, Decimal, require_columns, require_new_file, require_writable
from pellucid.cli.terminal import as_text, print_facts, print_json, print_table
from pellucid.errors import DataError


def evaluate(
    model: Path,
    table: Annotated[list[Path], Parameter(required=True)],
    /,
    *,
    weights: str | None = None,
    exposure: str | None = None,
    report: Path | None = None,
    encoding: str = "utf-8",
    separator: str = ",",
    decimal: Decimal = ".",
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
    weights
        Column of what each row counts in the metrics; 0 leaves it out.
    exposure
        Column of the exposures of the rows, for a model that was trained with `--exposure`.
    report
        Page to write, .html: quality with intervals, charts, what the model uses, the largest mistakes. It holds rows
        of the data.
    encoding
        Of the CSV.
    separator
        Between the fields of the CSV; `tab` for a tab.
    decimal
        Of the numbers in the CSV, a point or a comma. Where the comma separates fields too, they stand in quotes.
    json
        Print one JSON object instead of tables.
    """
    import pellucid
    from pellucid.cli.known_targets import known_targets
    from pellucid.cli.model_table import ModelTable, refuse_target_among_columns
    from pellucid.cli.row_numbers import exposures_of, require_exposures, weights_of
    from pellucid.report.metrics import ask, measure, question_of
    from pellucid.tables.task import rows_with_targets

    if report is not None:
        require_writable(report, "--report", (".html", ".htm"))
        require_new_file(report, "--report", [model, *table])
    fitted = pellucid.load(model)
    refuse_target_among_columns(fitted, model)
    require_exposures(fitted, exposure, model)
    read = ModelTable(table, CsvFormat.of_options(encoding, separator, decimal), fitted)
    question = question_of(fitted)
    require_columns(read.rows.column_names, question.targets, "a target of the model", read.source)
    kept = rows_with_targets(read.rows, list(question.targets))
    if len(kept) == 0:
        raise DataError(f"{read.source} has no row with a value of every target: there is nothing to compare with.")
    left_out = read.rows.num_rows - len(kept)
    w = weights_of(read, weights, kept)
    if w is not None:
        kept, w = kept[w > 0], w[w > 0]
        if len(kept) == 0:
            raise DataError(f"--weights {weights}: every row has the weight 0: there is nothing to compare with.")
    y = known_targets(read, kept)
    e = exposures_of(read, exposure, kept)
    answer = ask(fitted, read.features(kept), e)
    measured = measure(question, y, answer, w)
    if report is not None:
        from pellucid.cli.report_option import report_evaluation

        roles = {name: role for name, role in ((weights, "weight"), (exposure, "exposure")) if name is not None}
        report_evaluation(report, read, model, kept, y, w, e, roles)
    of_weight_0 = read.rows.num_rows - left_out - len(kept)
    if json:
        counts = {"rows": len(kept), "rows_left_out": left_out, "rows_of_weight_0": of_weight_0}
        print_json(
            {"model": str(model), **counts, "weights": weights, "exposure": exposure, "metrics": measured}
            | ({} if report is None else {"report": str(report)})
        )
        return
    facts = {"Model": f"{model}: {question.kind} of {', '.join(question.targets)}"}
    facts["Rows"] = f"{len(kept):,}" + (f"; {left_out:,} left out, a target is missing" if left_out else "")
    facts["Rows"] += f"; {of_weight_0:,} left out, of weight 0" if of_weight_0 else ""
    if weights is not None:
        facts["Weights"] = weights
    print_facts(facts)
    print_table(["metric", "value"], [[name, as_text(value)] for name, value in measured.items()])
    if report is not None:
        print_facts({"Report": f"{report} (it holds rows of the data)"})
