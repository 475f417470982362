"""The rows of a table in three parts, to train, to validate and to test; or why that cannot be done, in options."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from pellucid.errors import DataError, DataWarning
from pellucid.tables.date_texts import is_moment
from pellucid.tables.splitting import split_rows

VALIDATION_FRACTION = 0.15  # of the rows that are not held out for the test


class Rule(NamedTuple):
    """By what rows are split: at random (and by class), by whole groups, or by time.

    Attributes
    ----------
    group, time : str or None
        A column; not both.
    test_fraction : float
    seed : int
    """

    group: str | None
    time: str | None
    test_fraction: float
    seed: int

    @property
    def unit(self) -> str:
        """What stays whole."""
        return "group" if self.group is not None else "different time" if self.time is not None else "row"

    @property
    def option(self) -> str:
        """What to blame when there are too few units."""
        return f"--group {self.group}" if self.group is not None else f"--time {self.time}"

    def describe(self, by_class: bool) -> str:
        """How rows are chosen, in words."""
        if self.group is not None:
            return f"whole groups of '{self.group}', seed {self.seed}"
        if self.time is not None:
            return f"the last rows by '{self.time}'"
        return f"at random{', the same share of each class' if by_class else ''}, seed {self.seed}"


def split_in_three(
    table: pa.Table, rule: Rule, classes: np.ndarray | None, place_of: Callable[[int], str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows to train on, to validate on and to test on, the last two chosen by the same rule.

    Parameters
    ----------
    table : pyarrow.Table
    rule : Rule
    classes : array of shape (N,), optional
        Keeps its shares in all parts if rows are chosen at random.
    place_of : callable
        A row of the table in words.

    Raises
    ------
    DataError
        If one part would be empty, or a time is none.
    """
    values = units = None
    if rule.group is not None:
        values = np.array(table.column(rule.group).to_pylist(), dtype=object)
    elif rule.time is not None:
        refuse_bad_times(table.column(rule.time), rule.time, place_of)
        values = np.array(table.column(rule.time).to_pylist(), dtype=object)
    if values is not None:
        units = np.unique([repr(value) for value in values], return_inverse=True)[1]
        refuse_few_units(rule, len(np.unique(units)))

    everything = np.arange(table.num_rows)
    try:
        rest, test = split_rows(table.num_rows, rule.test_fraction, rule.seed, **by(rule, values, classes, everything))
    except DataError as error:
        raise DataError(f"{rule.option}: {error}" if units is not None else str(error)) from None
    refuse_small_rest(rule, everything if units is None else units, classes if units is None else None, rest)
    training, validation = split_rows(len(rest), VALIDATION_FRACTION, rule.seed + 1, **by(rule, values, classes, rest))
    return rest[training], rest[validation], test


def by(rule: Rule, values: np.ndarray | None, classes: np.ndarray | None, rows: np.ndarray) -> dict[str, Any]:
    """The rule as `split_rows` takes it."""
    if values is not None:
        return {"groups" if rule.group is not None else "times": values[rows]}
    return {} if classes is None else {"stratify": classes[rows]}


def refuse_bad_times(column: pa.ChunkedArray, name: str, place_of: Callable[[int], str]) -> None:
    """Refuse the first missing time, and the first text that is none."""
    for row, value in enumerate(column.to_pylist()):
        if value is None or value != value:
            raise DataError(f"--time {name}: the time is missing in {place_of(row)}. Fill it in, or leave the row out.")
        if isinstance(value, str) and not is_moment(value):
            raise DataError(
                f"--time {name}: {value!r} in {place_of(row)} is not in the form of ISO 8601. "
                "Write times like 2024-05-31 or 2024-05-31T18:00."
            )


def refuse_few_units(rule: Rule, n: int) -> None:
    """Three parts need three groups, or three times."""
    if n < 3:
        raise DataError(
            f"{rule.option}: the column has {n} {rule.unit}{'' if n == 1 else 's'}, but training, validation and test "
            f"need one each. Choose a column with at least 3, or leave out {rule.option.split()[0]}."
        )


def refuse_small_rest(rule: Rule, units: np.ndarray, classes: np.ndarray | None, rest: np.ndarray) -> None:
    """What the test leaves must be enough to train and to validate."""
    left = len(np.unique(units[rest]))
    if left < 2:
        raise DataError(
            f"--test-fraction {rule.test_fraction:g} leaves 1 {rule.unit} of {len(np.unique(units))} to train and to "
            "validate on, but 2 are needed. Choose a smaller fraction."
        )
    if classes is not None and len(np.unique(classes[rest])) == len(rest):
        raise DataError(
            f"--test-fraction {rule.test_fraction:g} leaves 1 row of each class to train and to validate on, but at "
            "least one class needs 2. Choose a smaller fraction, or give more rows."
        )


def leave_out_unknown_classes(
    target: str, y: np.ndarray, training: np.ndarray, validation: np.ndarray, test: np.ndarray, rule: Rule
) -> tuple[np.ndarray, np.ndarray]:
    """Rows to validate and to test on whose class occurs in training, for no model can know another; the rest said.

    Raises
    ------
    DataError
        If nothing is left of a part, or if training has one class only.
    """
    known = np.unique(y[training])
    if len(known) < 2:
        raise DataError(
            f"{rule.option}: the rows to train on are all of the class {known[0].item()!r} of '{target}', but at least "
            f"2 classes are needed. Split by another column, or leave out {rule.option.split()[0]}."
        )
    kept = [rows[np.isin(y[rows], known)] for rows in (validation, test)]
    unknown = np.unique(y[~np.isin(y, known)])
    if len(unknown) == 0:
        return validation, test
    listed = ", ".join(repr(value) for value in unknown[:5].tolist()) + (", ..." if len(unknown) > 5 else "")
    for part, rows in zip(("validate", "test"), kept, strict=True):
        if len(rows) == 0:
            raise DataError(
                f"{rule.option}: no row to {part} on has a class of '{target}' that occurs in the rows to train on; "
                f"only there are {listed}. Split by another column, or leave out {rule.option.split()[0]}."
            )
    n = len(validation) + len(test) - sum(map(len, kept))
    rows, have, are = ("1 row", "has", "is") if n == 1 else (f"{n:,} rows", "have", "are")
    warnings.warn(
        f"{rows} to validate or to test on {have} a class of '{target}' that does not occur in training ({listed}) "
        f"and {are} left out: no model can know it.",
        DataWarning,
        stacklevel=3,
    )
    return kept[0], kept[1]
