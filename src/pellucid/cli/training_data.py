"""A table made ready to train on: what can be learnt from it, what is left out, and how it is split."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from pellucid.cli.column_roles import ColumnRoles
from pellucid.cli.input_table import CsvFormat, quoted
from pellucid.cli.row_numbers import EXPOSURE, WEIGHTS, read_row_numbers
from pellucid.cli.three_parts import Rule, leave_out_unknown_classes, split_in_three
from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.tables.date_texts import with_spelled_dates
from pellucid.tables.inspection import (
    ColumnSummary,
    describe_columns,
    how_to_write,
    identifier_like,
    refuse_unusable,
)
from pellucid.tables.number_spelling import almost_numbers
from pellucid.tables.splitting import duplicates_across
from pellucid.tables.task import Task, decide_task, rows_with_targets, target_values

LineOf = Callable[[int], "int | None"]


@dataclass
class TrainingData:
    """Rows with targets, their features by name, and three parts that share no row.

    Attributes
    ----------
    table : pyarrow.Table
    source : str
    task : Task
    roles : ColumnRoles
    y : array of shape (N,) or (N, n_targets)
    weights, exposure : arrays of shape (N,) or None
        Weights are > 0, and over their mean.
    feature_names : list of str
    summaries : list of ColumnSummary
        Of the file as it was read.
    training, validation, test : int arrays
        Rows of `table`.
    split_by : str
        In words.
    rows : int array
        Where the rows of `table` stand in the file as it was read.
    place_of, line_of : callables
        Such a row of the file in words, with its line; and the line alone, None where there is none.
    n_rows_read, n_without_target, n_without_weight, n_duplicates : int
    n_unknown_class : int
        Rows to validate or to test on that are left out, since their class does not occur in training.
    left_out : dict of str to str
        Columns that are no features, with the reason.
    """

    table: pa.Table
    source: str
    task: Task
    roles: ColumnRoles
    y: np.ndarray
    weights: np.ndarray | None
    exposure: np.ndarray | None
    feature_names: list[str]
    summaries: list[ColumnSummary]
    training: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    split_by: str
    rows: np.ndarray
    place_of: Callable[[int], str]
    line_of: LineOf
    n_rows_read: int
    n_without_target: int
    n_without_weight: int
    n_duplicates: int
    n_unknown_class: int
    left_out: dict[str, str] = field(default_factory=dict)

    def features(self, rows: np.ndarray) -> pa.Table:
        """The feature columns of some rows."""
        return self.table.select(self.feature_names).take(rows)

    def weights_of(self, rows: np.ndarray) -> np.ndarray | None:
        """What some rows count."""
        return None if self.weights is None else self.weights[rows]

    def exposure_of(self, rows: np.ndarray) -> np.ndarray | None:
        """The exposures of some rows."""
        return None if self.exposure is None else self.exposure[rows]

    def targets_of(self, rows: np.ndarray) -> pa.Table:
        """The targets of some rows, with their names."""
        columns = self.y.reshape(len(self.y), -1)[rows].T
        return pa.table({name: pa.array(column) for name, column in zip(self.task.targets, columns, strict=True)})


def prepare(
    table: pa.Table,
    *,
    source: str,
    files: Sequence[Path],
    csv: CsvFormat,
    roles: ColumnRoles,
    wanted: str,
    because: str,
    test_fraction: float,
    seed: int,
    fewest_rows: int,
    missing: str = "median",
) -> TrainingData:
    """Check a table, choose its features, decide the task and split the rows.

    `missing` says what becomes of missing numbers; `because` says who wants the task that is `wanted`.
    `files` are those that the table came from, so that messages can name lines where it is one.

    Raises
    ------
    ParameterError, DataError
        For whatever cannot be learnt from, naming columns and lines.
    """
    if not 0 < test_fraction < 1:
        raise ParameterError(f"--test-fraction must be a number between 0 and 1. Got {test_fraction:g} instead.")
    if not 0 <= seed < 2**32 - 1:
        raise ParameterError(f"--seed must be a whole number from 0 to {2**32 - 2}. Got {seed} instead.")
    targets, left_out = roles.targets, roles.left_out(table.column_names)
    features = [name for name in table.column_names if name not in left_out and name not in targets]

    def line_of(row: int) -> int | None:
        return csv.line_of(files, row)

    table = with_spelled_dates(table, [name for name in features if name not in roles.categorical])
    if features:
        complete = set() if missing == "median" else set(features) - set(roles.categorical)
        refuse_unusable(table, features, source=source, line_of=line_of, complete=complete)
    refuse_infinite_targets(table, targets, line_of)
    refuse_no_features(features, left_out, source, targets)

    rows = rows_with_targets(table, list(targets))
    n_without_target, weights = table.num_rows - len(rows), None
    if roles.weights is not None:
        weights = read_row_numbers(table, roles.weights, WEIGHTS, rows, lambda row: place(row, line_of), csv.decimal)
        rows, weights = rows[weights > 0], weights[weights > 0]  # a row of weight 0 is not there
        weights = weights / weights.max(initial=0.0)  # first, so that no sum overflows; only ratios count
    if len(rows) < fewest_rows:
        counted = "1 row" if len(rows) == 1 else f"{len(rows)} rows"
        with_targets = f" with a value of {quoted(targets)}" if n_without_target else ""
        if len(rows) + n_without_target < table.num_rows:
            with_targets += f"{' and' if with_targets else ' with'} a weight above 0"
        raise DataError(
            f"{source} has {counted}{with_targets}, but at least {fewest_rows} are needed to train, to validate and "
            "to test. Give a table with more rows."
        )
    weights = None if weights is None else weights / weights.mean()
    kept = table if len(rows) == table.num_rows else table.take(rows)

    def place_of(row: int) -> str:
        return place(int(rows[row]), line_of)

    task = decide_task(kept, list(targets), wanted, because, place_of, csv.decimal)
    y = target_values(kept, task)
    rule = Rule(roles.group, roles.time, test_fraction, seed)
    exposure = None
    if roles.exposure is not None:
        exposure = read_row_numbers(kept, roles.exposure, EXPOSURE, np.arange(len(rows)), place_of, csv.decimal)
    classes = y if task.kind == "classification" else None
    training, validation, test = split_in_three(kept, rule, classes, place_of)
    n_split = len(validation) + len(test)
    if classes is not None:
        validation, test = leave_out_unknown_classes(task.targets[0], classes, training, validation, test, rule)
    n_unknown_class = n_split - len(validation) - len(test)
    # Of the rows of training, as the encoder will find them.
    candidates = kept.select([name for name in features if name not in roles.categorical]).take(training)
    for name in identifier_like(candidates, candidates.column_names):
        how = how_to_write(candidates.column(name), csv.decimal)
        left_out[name] = f"an identifier: nearly every row has a value of its own{how}"
    features = [name for name in features if name not in left_out]
    refuse_no_features(features, left_out, source, targets)
    tell_if_missing(source, n_without_target, targets)
    for sentence in almost_numbers(table, table.column_names, csv.decimal).values():
        warnings.warn(sentence, DataWarning, stacklevel=2)
    return TrainingData(
        table=kept,
        source=source,
        task=task,
        roles=roles,
        y=y,
        weights=weights,
        exposure=exposure,
        feature_names=features,
        summaries=describe_columns(table),
        training=training,
        validation=validation,
        test=test,
        split_by=rule.describe(by_class=classes is not None),
        rows=rows,
        place_of=lambda row: place(row, line_of),
        line_of=line_of,
        n_rows_read=table.num_rows,
        n_without_target=n_without_target,
        n_without_weight=table.num_rows - n_without_target - len(rows),
        n_duplicates=duplicates_across(kept.select(features), np.sort(np.concatenate([training, validation])), test),
        n_unknown_class=n_unknown_class,
        left_out=left_out,
    )


def refuse_no_features(features: Sequence[str], left_out: dict[str, str], source: str, targets: Sequence[str]) -> None:
    """A model needs something to predict from."""
    if not features:
        reasons = "; ".join(f"'{name}' is {reason}" for name, reason in left_out.items())
        raise DataError(
            f"{source} has no column to predict from beside {quoted(targets)}"
            f"{f' ({reasons})' if reasons else ''}. Give a table with more columns."
        )


def refuse_infinite_targets(table: pa.Table, targets: Sequence[str], line_of: LineOf) -> None:
    """A target must be finite; missing is another matter."""
    for target in targets:
        column = table.column(target)
        if not pa.types.is_floating(column.type):
            continue
        infinite = np.flatnonzero(np.isinf(column.to_numpy()))
        if len(infinite):
            raise DataError(
                f"The target '{target}' has an infinite value in {place(int(infinite[0]), line_of)}. "
                "Correct it, or leave its field empty: the row is then left out."
            )


def tell_if_missing(source: str, n_missing: int, targets: Sequence[str]) -> None:
    """Say how many rows are left out for want of a target."""
    if n_missing:
        rows, left_out = ("1 row", "is left out") if n_missing == 1 else (f"{n_missing:,} rows", "are left out")
        message = f"{rows} of {source} without a value of {quoted(targets, last='or')} {left_out}."
        warnings.warn(message, DataWarning, stacklevel=3)


def place(row: int, line_of: LineOf) -> str:
    """A row in words, with its line where there is one."""
    line = line_of(row)
    return f"row {row}" if line is None else f"row {row} (line {line})"
