"""The inputs of the page: a fitted model's columns, or x_1, x_2, ... of a bare network, and how far they may move."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pellucid.glassbox.row import ColumnValue

if TYPE_CHECKING:
    from pellucid.glassbox.trace import Trace

DEVIATIONS = 4.0  # how far from the middle of training a slider reaches, in standard deviations
AT_LEAST = 3.0  # and of a bare network's x, from 0: as far as standardised numbers mostly go
MIDDLE = (1 / 6, 5 / 6)  # the quantiles that a standard deviation of normal numbers reaches from their mean
MILLISECONDS = len("2026-11-26T18:30:00.000")  # what a field of a browser takes of a time
AS_IT_IS = {"kind": "none", "mean": 0.0, "scale": 1.0, "fill": 0.0, "missing": False}


class InputLine(NamedTuple):
    """One line of the table of inputs.

    Attributes
    ----------
    column : ColumnValue
    control : "slider", "truth", "levels", "date", "datetime-local" or ""
        How it is changed; "" if it cannot be.
    least, most : float
        The ends of the slider.
    held : float or str
        What the field holds: the value, or what stands in its place.
    unseen : bool
        Whether the row's own text is none of the levels.
    """

    column: ColumnValue
    control: str
    least: float = 0.0
    most: float = 0.0
    held: float | str = 0.0
    unseen: bool = False


def columns_of(trace: Trace) -> tuple[ColumnValue, ...]:
    """The row's columns; for a bare network each entry of x as a column that is encoded as itself."""
    if trace.row is not None:
        return trace.row.columns
    return tuple(
        ColumnValue(
            name=f"x_{j + 1}",
            kind="number",
            value=float(x_j),
            note="",
            features=(j,),
            encoded=(float(x_j),),
            encoding=AS_IT_IS,
            formula="",
            operands=(float(x_j),),
            may_be_missing=False,
            sensitivity=tuple(trace.dy_hat_dx[:, j].tolist()),
        )
        for j, x_j in enumerate(trace.x)
    )


def input_lines(trace: Trace) -> list[InputLine]:
    """The columns with the controls that change them."""
    return [input_line(column) for column in columns_of(trace)]


def input_line(column: ColumnValue) -> InputLine:
    """The control holds the row's own value, and a slider reaches some way to either side of it."""
    kind, value = column.encoding["kind"], column.value
    if kind == "left_out":
        return InputLine(column, "")
    if kind == "boolean":
        return InputLine(column, "truth")
    if kind == "date":
        date = column.encoding["first"] if value is None else str(value)
        has_time = "T" in date or any(part["part"] == "hour" for part in column.encoding["parts"])
        if not has_time:
            return InputLine(column, "date", held=date)
        return InputLine(column, "datetime-local", held=(date if "T" in date else f"{date}T00:00")[:MILLISECONDS])
    if kind in ("one_hot", "frequency"):
        levels = (*column.encoding["levels"], *column.encoding.get("rare", ()))
        return InputLine(column, "levels", unseen=value is not None and value not in levels)
    held = column.operands[0]
    if kind == "none":  # nothing is known of its spread
        reach = max(AT_LEAST, 2 * abs(held))
        return InputLine(column, "slider", -reach, reach, held)
    least, most = reach_of(column.encoding)
    beyond = 0.1 * (most - least)
    least, most = min(least, held - beyond), max(most, held + beyond)
    digits = 2 - math.floor(math.log10(most - least))  # ends that can be read
    return InputLine(column, "slider", round(least, digits), round(most, digits), held)


def reach_of(encoding: dict[str, Any]) -> tuple[float, float]:
    """How far a slider goes by itself: four standard deviations, or a little beyond the values of training."""
    ends = encoding.get("knots") or encoding.get("edges")
    if ends is None:
        middle = encoding["median" if encoding["kind"] == "robust" else "mean"]
        return middle - DEVIATIONS * spread_of(encoding), middle + DEVIATIONS * spread_of(encoding)
    beyond = 0.1 * (ends[-1] - ends[0]) or spread_of(encoding)
    return ends[0] - beyond, ends[-1] + beyond


def spread_of(encoding: dict[str, Any]) -> float:
    """The standard deviation of training, or what is known instead of it.

    Of robust numbers the scale; of numbers with knots or edges, which are quantiles, half the width of the middle two
    thirds; of all others 1.
    """
    ends = encoding.get("knots") or encoding.get("edges")
    if ends is None:
        return encoding.get("scale", 1.0)
    low, high = np.quantile(ends, MIDDLE)
    return float(high - low) / 2 or 1.0
