"""What `--report` writes: the page of `pellucid train` and of `pellucid evaluate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.cli.command_line import as_typed
from pellucid.cli.input_table import name_of
from pellucid.cli.terminal import said_if_slow
from pellucid.errors import ParameterError

if TYPE_CHECKING:
    import numpy as np

    from pellucid.cli.model_table import ModelTable
    from pellucid.cli.training_data import TrainingData
    from pellucid.report.about import About
    from pellucid.report.metrics import Answer
    from pellucid.report.rows import Rows

SLOW = "at work on the report: bootstrap, importances, the check of the gradient (some 20 seconds) ..."


def write_report(
    path: Path, fitted: Any, rows: Rows, baselines: Mapping[str, Answer], about: About, without_training: bool = False
) -> None:
    """Make the page and write it, with the traces beside it.

    Raises
    ------
    ParameterError
        If it cannot be written there.
    """
    from pellucid.report.page import make_report

    with said_if_slow(SLOW):
        made = make_report(fitted, rows, baselines, about, path.stem, without_training=without_training)
    try:
        made.write(path)
    except OSError as error:
        raise ParameterError(
            f"The report cannot be written to {error.filename or path}: {error.strerror or error}. Choose another "
            "place for it with --report."
        ) from None


def report_training(
    path: Path, fitted: Any, data: TrainingData, baselines: Mapping[str, Answer], files: Sequence[Path],
    tables: Sequence[Path],
) -> None:  # fmt: skip
    """The page of a model that has just been trained, on its test rows. `files` is all that the command names."""
    import numpy as np

    from pellucid.report.about import About
    from pellucid.report.rows import Rows
    from pellucid.report.settings import hash_files
    from pellucid.report.wording import counted, listed, percent

    groups = None
    if data.roles.group is not None:
        values = data.table.column(data.roles.group).take(data.test).to_pylist()
        groups = np.unique([repr(value) for value in values], return_inverse=True)[1]
    rows = Rows(
        table=data.features(data.test),
        y=data.y[data.test],
        numbers=data.rows[data.test],
        weights=data.weights_of(data.test),
        exposure=data.exposure_of(data.test),
        groups=groups,
        line_of=data.line_of,
    )
    source = name_of([file.relative_to(file.parent) for file in tables])
    facts = [
        ("Read", f"{counted(data.n_rows_read, 'row')} of {source}"),
        ("Split", f"{len(data.training):,} to train on, {len(data.validation):,} to validate on, {rows.n:,} to test on "
                  f"({data.split_by})"),
        ("Duplicates", f"{data.n_duplicates:,} of the test rows have the same features as a row of training"),
    ]  # fmt: skip
    left_out = [
        f"{counted(n, 'row')} {why}"
        for n, why in (
            (data.n_without_target, "without a target"),
            (data.n_without_weight, "of weight 0"),
            (data.n_unknown_class, "of a class that does not occur in training"),
        )
        if n
    ]
    facts += [("Left out", listed(left_out))] if left_out else []
    warnings = []
    if data.n_duplicates > 0.01 * rows.n:
        warnings.append(
            f"{percent(data.n_duplicates / rows.n)} of the test rows have the same features as a row of training: on "
            "these it may have learnt by heart."
        )
    roles = {summary.name: data.roles.role_of(summary.name, data.left_out) for summary in data.summaries}
    roles |= {name: reason for name, reason in data.left_out.items() if roles.get(name) == "-"}
    about = About(
        title=f"{listed(data.task.targets, most=3)} of {source}",
        source=source,
        table=data.table,
        described=f"the {counted(data.table.num_rows, 'row')} of {source} that have a target",
        roles=roles,
        facts=facts,
        held_out=f"They were held out ({data.split_by}), and the model never saw them.",
        command=as_typed(files),
        files=hash_files(tables),
        warnings=warnings,
    )
    write_report(path, fitted, rows, baselines, about)


def report_evaluation(
    path: Path, read: ModelTable, model: Path, kept: Any, y: Any, weights: np.ndarray | None,
    exposure: np.ndarray | None, roles: Mapping[str, str],
) -> None:  # fmt: skip
    """The page of a saved model on the rows of a table, those at `kept`."""
    from pellucid.report.about import About
    from pellucid.report.metrics import question_of
    from pellucid.report.quality import baselines_of
    from pellucid.report.rows import Rows
    from pellucid.report.settings import hash_files
    from pellucid.report.wording import counted, listed

    fitted = read.model
    rows = Rows(read.features(kept), y, kept, weights, exposure, line_of=read.line_of)
    question = question_of(fitted)
    source = name_of([file.relative_to(file.parent) for file in read.paths])
    used = dict.fromkeys(read.rows.column_names, "not used") | dict.fromkeys(fitted.encoder_.column_names, "feature")
    used |= dict.fromkeys(question.targets, "target") | dict(roles)
    left_out = read.rows.num_rows - rows.n
    facts = [("Read", f"{counted(read.rows.num_rows, 'row')} of {source}")]
    facts += [("Left out", f"{counted(left_out, 'row')} without a target or of weight 0")] if left_out else []
    about = About(
        title=f"{listed(question.targets, most=3)} of {source}, by {model.name}",
        source=source,
        table=read.rows,
        described=f"the {counted(read.rows.num_rows, 'row')} of {source}",
        roles=used,
        facts=facts,
        held_out="Whether the model was trained on some of these rows is not known: if so, it looks better than it is.",
        command=as_typed([path, model, *read.paths]),
        files=hash_files([model, *read.paths]),
    )
    write_report(path, fitted, rows, baselines_of(fitted, question, rows, None), about, without_training=True)
