"""`pellucid evaluate`: how good a saved model is on a table with known targets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from pellucid.cli.input_table import name_of, read, require_columns, select_features
from pellucid.cli.terminal import as_text, print_facts, print_json, print_table
from pellucid.errors import DataError


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
        One CSV or Parquet file, or several with the same columns; it must hold the model's targets.
    encoding
        Of the CSV.
    separator
        Between the fields of the CSV; `tab` for a tab.
    json
        Print one JSON object instead of tables.
    """
    import pellucid
    from pellucid.report.metrics import ask, measure
    from pellucid.tables.task import Task, rows_with_targets, target_values

    fitted = pellucid.load(model)
    source = name_of(table)
    rows = read(table, encoding, separator)
    question = question_of(fitted)
    require_columns(rows, question.targets, "a target of the model", source)
    kept = rows_with_targets(rows, list(question.targets))
    if len(kept) == 0:
        raise DataError(f"{source} has no row with a value of every target: there is nothing to compare with.")
    left_out = rows.num_rows - len(kept)
    rows = rows.take(kept)
    y = same_type(target_values(rows, Task(question.kind, question.targets, "")), question)
    measured = measure(question, y, ask(fitted, select_features(rows, fitted, source)))
    if json:
        print_json({"model": str(model), "rows": rows.num_rows, "rows_left_out": left_out, "metrics": measured})
        return
    facts = {"Model": f"{model}: {question.kind} of {', '.join(question.targets)}"}
    facts["Rows"] = f"{rows.num_rows:,}" + (f"; {left_out:,} left out, a target is missing" if left_out else "")
    print_facts(facts)
    print_table(["metric", "value"], [[name, as_text(value)] for name, value in measured.items()])


def question_of(fitted: Any) -> Any:
    """What a fitted model answers."""
    from pellucid.report.metrics import Question

    targets = fitted.targets_
    if not hasattr(fitted, "predict_proba"):
        return Question("regression", targets.names)
    kind = "multilabel" if targets.kind == "multilabel" else "classification"
    return Question(kind, targets.names, targets.classes)


def same_type(y: Any, question: Any) -> Any:
    """Labels as the model knows them: a column of 0 and 1 may come as text, and the other way round."""
    import numpy as np

    if question.kind != "classification" or y.dtype.kind == np.asarray(question.classes).dtype.kind:
        return y
    wanted = np.asarray(question.classes).dtype
    if wanted.kind == "U" or y.dtype.kind == "U":
        raise DataError(
            f"The target '{question.targets[0]}' holds {'text' if y.dtype.kind == 'U' else 'numbers'}, but the model's "
            f"classes are {'text' if wanted.kind == 'U' else 'numbers'}. Use the same values as in training."
        )
    return y.astype(wanted) if np.all(y.astype(wanted) == y) else y
