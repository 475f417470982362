"""Numbers that a table holds of its rows beside features and targets: what each counts, and its exposure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pellucid.cli.input_table import require_columns
from pellucid.errors import DataError, ParameterError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from pellucid.cli.model_table import ModelTable


class RowNumber(NamedTuple):
    """Which numbers a column may hold, and in which words others are refused."""

    option: str
    rule: str
    fits: Callable[[float], bool]


WEIGHTS = RowNumber("--weights", "A weight is a finite number >= 0", lambda w: 0 <= w < float("inf"))
EXPOSURE = RowNumber("--exposure", "An exposure is a number > 0 (from 1e-100 to 1e100)", lambda e: 1e-100 <= e <= 1e100)

LOG_LINKS = ("poisson", "gamma", "tweedie")


def read_row_numbers(
    table: pa.Table,
    column: str,
    number: RowNumber,
    rows: Any,
    place_of: Callable[[int], str],
    decimal: str = ".",
) -> np.ndarray:
    """The numbers of the given rows, float64.

    Parameters
    ----------
    table : pyarrow.Table
    column : str
    number : RowNumber
    rows : int array
    place_of : callable
        A row of the table in words.
    decimal : "." or ","
        Of numbers in a column that another row made one of text.

    Raises
    ------
    DataError
        For a missing value, a text or another number, by the first row of such.
    """
    import numpy as np

    values = table.column(column).take(rows).to_pylist()
    read = [as_number(value, decimal) for value in values]
    wrong = [i for i, value in enumerate(read) if value is None or not number.fits(value)]
    if wrong:
        first = values[wrong[0]]
        shown = repr(first) if isinstance(first, str) else first
        found = "is empty" if first is None or first != first else f"holds {shown}"
        others = "1 other row is no better" if len(wrong) == 2 else f"{len(wrong) - 1:,} other rows are no better"
        raise DataError(
            f"{number.option}: the column '{column}' {found} in {place_of(int(rows[wrong[0]]))}"
            f"{f', and {others}' if len(wrong) > 1 else ''}. {number.rule}: correct these rows, or leave them out."
        )
    return np.array(read, np.float64)


def as_number(value: Any, decimal: str = ".") -> float | None:
    """A number as it is, or as it is written in a column that another row made one of text."""
    from decimal import Decimal

    from pellucid.tables.number_spelling import number_in

    if isinstance(value, str):
        return number_in(value, decimal)
    return float(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None


def refuse_exposure_without_log_link(exposure: str | None, losses: Sequence[str] | None) -> None:
    """Exposures multiply exp(h), which other losses do not have."""
    if exposure is not None and not {loss.partition(":")[0] for loss in losses or ()} & set(LOG_LINKS):
        raise ParameterError(
            f"--exposure is for counts and amounts, whose --loss is one of {', '.join(LOG_LINKS)}. Give such a loss, "
            "or leave --exposure out."
        )


def weights_of(read: ModelTable, column: str | None, rows: Any) -> np.ndarray | None:
    """What the given rows of a table for a model count, over the largest; None without a column."""
    if column is None:
        return None
    require_columns(read.rows.column_names, [column], "--weights", read.source)
    weights = read_row_numbers(read.rows, column, WEIGHTS, rows, read.place_of, read.csv.decimal)
    return weights / (weights.max(initial=0.0) or 1.0)  # only ratios count, and no sum shall overflow


def exposures_of(read: ModelTable, column: str | None, rows: Any) -> np.ndarray | None:
    """The exposures of the given rows for a model that was fitted with exposures; None without a column.

    Raises
    ------
    ParameterError
        For a model that was fitted without: it predicts counts, and no rates.
    """
    if column is None:
        return None
    refuse_exposure_of_other_models(read.model)
    require_columns(read.rows.column_names, [column], "--exposure", read.source)
    return read_row_numbers(read.rows, column, EXPOSURE, rows, read.place_of, read.csv.decimal)


def refuse_exposure_of_other_models(fitted: Any) -> None:
    """A model that was trained without exposures has no rates to multiply."""
    if not with_exposure(fitted):
        raise ParameterError(
            "--exposure is for models that were trained with --exposure, and this one was not: it predicts the target "
            "itself, and no rate. Leave --exposure out, or train with it."
        )


def with_exposure(fitted: Any) -> bool:
    """Whether it learnt rates, from targets and their exposures."""
    return getattr(fitted.targets_, "with_exposure", False)


def require_exposures(fitted: Any, column: str | None, model: Any) -> None:
    """Targets of a model of rates cannot be compared with anything but rates times exposures."""
    if column is None and with_exposure(fitted):
        raise ParameterError(
            f"{model} was trained with exposures and predicts rates, which the targets of a table are not. Name the "
            "column of their exposures with --exposure."
        )
