"""The inputs of the page: a fitted model's columns, or x_1, x_2, ... of a bare network, and how far they may move."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from pellucid.glassbox.row import ColumnValue

if TYPE_CHECKING:
    from pellucid.glassbox.trace import Trace

DEVIATIONS = 4.0  # how far from the mean of training a slider reaches
AT_LEAST = 3.0  # and of a bare network's x, from 0: as far as standardised numbers mostly go


class InputLine(NamedTuple):
    """One line of the table of inputs.

    Attributes
    ----------
    column : ColumnValue
    least, most : float
        The ends of the slider.
    held : float
        What the number field holds: the value, or the median in its place.
    unseen : bool
        Whether the row's own text is none of the levels.
    """

    column: ColumnValue
    least: float
    most: float
    held: float
    unseen: bool


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
            sensitivity=tuple(trace.dy_hat_dx[:, j].tolist()),
        )
        for j, x_j in enumerate(trace.x)
    )


def input_lines(trace: Trace) -> list[InputLine]:
    """The columns with the reach of their sliders."""
    return [input_line(column) for column in columns_of(trace)]


def input_line(column: ColumnValue) -> InputLine:
    """The slider holds the row's own value, and some way to either side of it."""
    if column.kind != "number":
        unseen = column.value is not None and column.value not in column.levels
        return InputLine(column, 0.0, 0.0, 0.0, unseen)
    held = column.fill if column.value is None else float(column.value)
    if (column.mean, column.scale) == (0.0, 1.0):  # not standardised: nothing is known of its spread
        reach = max(AT_LEAST, 2 * abs(held))
        return InputLine(column, -reach, reach, held, False)
    least, most = column.mean - DEVIATIONS * column.scale, column.mean + DEVIATIONS * column.scale
    beyond = 0.1 * (most - least)
    least, most = min(least, held - beyond), max(most, held + beyond)
    digits = 2 - math.floor(math.log10(most - least))  # ends that can be read
    return InputLine(column, round(least, digits), round(most, digits), held, False)
