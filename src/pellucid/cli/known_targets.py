"""The targets of a table for a model that is fitted: of the kind that it learnt, or refused by column and line."""

from __future__ import annotations

from datetime import date
from typing import Any

from pellucid.cli.model_table import ModelTable
from pellucid.errors import DataError
from pellucid.report.metrics import Question, question_of


def known_targets(table: ModelTable, rows: Any) -> Any:
    """The targets y of some rows, (N,) or (N, n_targets), as `fit` took them.

    Raises
    ------
    DataError
        For text where numbers were learnt, infinite numbers, labels other than 0 and 1, and unknown classes.
    """
    from pellucid.tables.task import Task, target_values

    question = question_of(table.model)
    for target in question.targets:
        refuse_other_values(table, target, rows, question)
    y = target_values(table.rows.take(rows), Task(question.kind, question.targets, ""))
    if question.kind != "classification":
        return y
    import numpy as np

    classes = np.asarray(question.classes)
    return y if y.dtype.kind == classes.dtype.kind else y.astype(classes.dtype)


def refuse_other_values(table: ModelTable, target: str, rows: Any, question: Question) -> None:
    """Refuse the first value of a target that the model cannot have learnt, with its place."""
    import numpy as np

    from pellucid.tables.frames import is_number
    from pellucid.tables.number_spelling import how_to_spell, is_number_text, is_spelt_otherwise

    column = table.rows.column(target)
    values = column.take(rows).to_pylist()
    if question.kind == "regression":
        if not is_number(column.type):  # among texts those are to blame that are no numbers
            wrong = [i for i, v in enumerate(values) if not is_number_text(v, table.csv.decimal)] or [0]
        else:
            wrong = [i for i, v in enumerate(values) if isinstance(v, float) and np.isinf(v)]
        rule = "The model predicts finite numbers"
    elif question.kind == "multilabel":
        wrong = [i for i, v in enumerate(values) if v not in (0, 1)]
        rule = "The model predicts labels of 0 and 1"
    else:
        classes = np.asarray(question.classes).tolist()
        known = set(classes)
        wrong = [i for i, v in enumerate(values) if v not in known]
        shown = ", ".join(map(repr, classes[:5])) + (", ..." if len(classes) > 5 else "")
        rule = f"The model's classes are {shown}"
    if wrong:
        others = "1 other row holds" if len(wrong) == 2 else f"{len(wrong) - 1:,} other rows hold"
        further = f", and {others} such values" if len(wrong) > 1 else ""
        first = values[wrong[0]]
        remedy, decimal = "correct these rows, or leave them out", table.csv.decimal
        if question.kind == "regression" and isinstance(first, str) and is_spelt_otherwise(first, decimal):
            remedy = how_to_spell([first], decimal)
        shown = repr(str(first)) if isinstance(first, date) else repr(first)  # as it is written, not as Python has it
        raise DataError(
            f"The target '{target}' holds {shown} in {table.place_of(int(rows[wrong[0]]))}{further}. {rule}: {remedy}."
        )
