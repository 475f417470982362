"""What the target columns ask for: numbers or classes, and which rows can be learnt from."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pellucid.errors import DataError
from pellucid.tables.frames import is_number, is_text
from pellucid.tables.number_spelling import how_to_spell, is_number_text, is_spelt_otherwise

FEW_VALUES = 10  # whole numbers with at most so many different values are taken for classes


class Task(NamedTuple):
    """What is to be learnt.

    Attributes
    ----------
    kind : str
        "regression", "classification" or "multilabel".
    targets : tuple of str
    reason : str
        Why this kind, in words for the user.
    """

    kind: str
    targets: tuple[str, ...]
    reason: str


def decide_task(
    table: pa.Table,
    targets: list[str],
    wanted: str = "auto",
    because: str = "as asked for",
    place_of: Callable[[int], str] = "row {}".format,
    decimal: str = ".",
) -> Task:
    """Decide between regression and classification by the values of the targets, or as wanted.

    Text, booleans, 0/1 and whole numbers with at most 10 different values are classes, other numbers are regression.
    Several targets are either all numbers, or all labels that hold or not (multi-label).

    Parameters
    ----------
    table : pyarrow.Table
        Rows without missing targets.
    targets : list of str
    wanted : "auto", "regression" or "classification"
    because : str
        The reason to state where a kind is wanted.
    place_of : callable
        A row of the table in words.
    decimal : "." or ","
        Of the numbers that are spelt in texts.

    Raises
    ------
    DataError
        For a constant target, text where numbers are wanted, too many classes, or a mixture.

    Examples
    --------
    >>> table = pa.table({"price": [1.5, 2.5, 4.0, 5.5], "kind": ["a", "b", "a", "b"]})
    >>> decide_task(table, ["price"]).kind, decide_task(table, ["kind"]).kind
    ('regression', 'classification')
    """
    for target in targets:
        refuse_other_types(table, target)
        refuse_constant(table, target)
    kinds = {target: wanted if wanted != "auto" else natural_kind(table.column(target)) for target in targets}
    if len(set(kinds.values())) > 1:
        listed = ", ".join(f"'{target}' ({kind})" for target, kind in kinds.items())
        raise DataError(
            f"The targets ask for different tasks: {listed}. Train one model for each kind, or choose one with --task."
        )
    chosen = next(iter(kinds.values()))
    values = [pc.count_distinct(table.column(target)).as_py() for target in targets]
    if chosen == "regression":
        for target in targets:
            if not is_number(table.column(target).type):
                odd = odd_among_numbers(table.column(target), place_of, decimal)
                raise DataError(
                    f"The target '{target}' holds text, which regression cannot predict. "
                    f"{odd or 'Use --task classification, or another target.'}"
                )
        what = "numbers with " + " and ".join(f"{n:,}" for n in values) + " different values"
        return Task("regression", tuple(targets), what if wanted == "auto" else because)
    if len(targets) > 1:
        for target in targets:
            refuse_other_than_labels(table, target)
        return Task("multilabel", tuple(targets), f"{len(targets)} columns of 0 and 1")
    refuse_fractions(table, targets[0])
    if values[0] > table.num_rows / 2:
        refuse_many_classes(
            table, targets[0], values[0], odd_among_numbers(table.column(targets[0]), place_of, decimal)
        )
    return Task("classification", tuple(targets), f"{values[0]} classes" if wanted == "auto" else because)


def natural_kind(column: pa.ChunkedArray) -> str:
    """Numbers are regression, unless they are few whole ones; everything else is classes."""
    if not is_number(column.type) or pa.types.is_boolean(column.type):
        return "classification"
    return "classification" if is_whole(column) and pc.count_distinct(column).as_py() <= FEW_VALUES else "regression"


def is_whole(column: pa.ChunkedArray) -> bool:
    """Whether a column holds whole numbers, which floats above 2^53 are not, but roundings; booleans are."""
    if not pa.types.is_floating(column.type):
        return True
    return pc.all(pc.and_(pc.equal(column, pc.floor(column)), pc.less_equal(pc.abs(column), 2.0**53))).as_py()


def refuse_other_types(table: pa.Table, target: str) -> None:
    """A target holds numbers, booleans or text."""
    kind = table.column(target).type
    if not (is_number(kind) or is_text(kind)):
        raise DataError(
            f"The target '{target}' has the type {kind}, which cannot be predicted: numbers, booleans or text can. "
            "Write it as one of these."
        )


def refuse_constant(table: pa.Table, target: str) -> None:
    """A target with one value needs no model."""
    column = table.column(target)
    if pc.count_distinct(column).as_py() < 2:
        raise DataError(
            f"The target '{target}' has the same value ({column[0].as_py()!r}) in all {table.num_rows:,} rows: "
            "there is nothing to learn. Choose another target."
        )


def refuse_other_than_labels(table: pa.Table, target: str) -> None:
    """Of several targets for classification each must hold or not."""
    column = table.column(target)
    values = set(pc.unique(column).to_pylist())
    if not values <= {0, 1}:
        other = sorted(repr(value) for value in values - {0, 1})[0]
        raise DataError(
            f"With several targets each must be a label of 0 and 1, but '{target}' also holds {other}. "
            "Train one model for each such target."
        )


def refuse_fractions(table: pa.Table, target: str) -> None:
    """Numbers with fractions are measured, not classes; so are numbers beyond all counting."""
    column = table.column(target)
    if is_number(column.type) and not is_whole(column):
        raise DataError(
            f"The target '{target}' holds numbers with fractions, or above 2^53, which are no classes. "
            "Use --task regression, or write the classes as text."
        )


def refuse_many_classes(table: pa.Table, target: str, n_classes: int, odd: str) -> None:
    """Classes can only be learnt from several rows each; `odd` says what keeps the target from being numbers."""
    remedy = (
        "Use another target." if is_text(table.column(target).type) else "Use --task regression, or another target."
    )
    raise DataError(
        f"The target '{target}' has {n_classes:,} classes in {table.num_rows:,} rows, fewer than 2 rows for each. "
        f"{odd or remedy}"
    )


def odd_among_numbers(column: pa.ChunkedArray, place_of: Callable[[int], str], decimal: str = ".") -> str:
    """Which text keeps a target from being numbers, and what to do; empty if it does not seem to hold numbers.

    Examples
    --------
    >>> print(odd_among_numbers(pa.chunked_array([["1.5", "?", "3"]]), "row {}".format))
    If it holds numbers, '?' in row 1 is none. Correct it, or leave its field empty: the row is then left out.
    """
    texts = column.to_pylist() if is_text(column.type) else []
    odd = [i for i, text in enumerate(texts) if text is not None and not is_number_text(text, decimal)]
    otherwise = [texts[i] for i in odd if is_spelt_otherwise(texts[i], decimal)]
    if not odd or len(odd) - len(otherwise) > len(texts) / 2:
        return ""
    first = otherwise[0] if otherwise else texts[odd[0]]
    remedy = "Correct it, or leave its field empty: the row is then left out."
    if otherwise:
        spelling = how_to_spell(otherwise, decimal)
        remedy = f"{spelling[0].upper()}{spelling[1:]}."
    others = {1: "", 2: ", nor is 1 other value"}.get(len(odd), f", nor are {len(odd) - 1:,} other values")
    plain = "no plain number" if otherwise else "none"
    return f"If it holds numbers, {first!r} in {place_of(texts.index(first))} is {plain}{others}. {remedy}"


def target_values(table: pa.Table, task: Task) -> np.ndarray:
    """The targets as y for an estimator: (N,) or (N, targets); labels keep their own type."""
    columns = []
    for target in task.targets:
        column = table.column(target)
        if is_text(column.type):
            columns.append(np.array(column.to_pylist(), dtype=np.str_))
        elif task.kind == "regression":
            columns.append(column.cast(pa.float64()).to_numpy())
        else:
            columns.append(column.to_numpy())
    if task.kind == "multilabel":
        return np.stack([column.astype(np.int64) for column in columns], axis=1)
    return columns[0] if len(columns) == 1 else np.stack(columns, axis=1)


def rows_with_targets(table: pa.Table, targets: list[str]) -> np.ndarray:
    """Rows in which no target is missing, as an int64 index array."""
    present = np.ones(table.num_rows, dtype=bool)
    for target in targets:
        column = table.column(target)
        present &= ~column.is_null(nan_is_null=True).to_numpy()
    return np.flatnonzero(present)
