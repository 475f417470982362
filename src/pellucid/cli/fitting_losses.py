"""Whether the losses and transforms that were asked for fit the targets of a table: their kind, and every value."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.cli.input_table import quoted
from pellucid.cli.training_data import TrainingData
from pellucid.errors import DataError, ParameterError
from pellucid.estimators.chosen_loss import NUMBER_LOSSES, block_of, is_auto, is_one
from pellucid.mathematics.losses import Loss


def refuse_unfit_losses(loss: Any, data: TrainingData) -> None:
    """Refuse a loss of another kind of targets, and targets outside the domain of their loss.

    Parameters
    ----------
    loss : str, Loss or list of these
        As an estimator takes it: for all targets, or one for each.
    data : TrainingData

    Raises
    ------
    ParameterError, DataError
        In the words of the command line, with rows and lines of the table.
    """
    named = [loss] if is_one(loss) else loss
    losses = [block_of(one) for one in named if not is_auto(one)]
    if data.task.kind != "regression":
        several = data.task.kind == "classification" and len(np.unique(data.y[data.training])) > 2
        whose = "more than two classes" if several else "labels" if data.task.kind == "multilabel" else "two classes"
        refuse_other_kinds(losses, ("cross_entropy",) if several else ("log",), whose, data.task.targets)
        return
    refuse_other_kinds(losses, NUMBER_LOSSES, "numbers", data.task.targets)
    Y = data.y.reshape(len(data.y), -1)
    each = losses * len(data.task.targets) if len(losses) == 1 else losses
    for target, y, of_target in zip(data.task.targets, Y.T, each, strict=False):  # none where rss is taken anyway
        refuse_outside_domain(target, y, of_target, data)


def refuse_other_kinds(losses: Sequence[Loss], fit: Sequence[str], whose: str, targets: Sequence[str]) -> None:
    """Losses of classes are not for numbers, nor those of numbers for classes."""
    wrong = [loss.name for loss in losses if loss.name not in fit]
    if wrong:
        is_are = "is" if len(targets) == 1 else "are"
        raise ParameterError(
            f"--loss {wrong[0]} is not for {whose}, which {quoted(targets)} {is_are} taken for: give "
            f"{', '.join(fit[:-1]) + ' or ' if len(fit) > 1 else ''}{fit[-1]}, or decide otherwise with --task."
        )


def refuse_outside_domain(target: str, y: np.ndarray, loss: Loss, data: TrainingData) -> None:
    """Refuse values that a loss cannot take, in rows of the table as it was read."""
    in_table = np.full((data.n_rows_read, 1), np.nan)  # so that the loss counts and names rows of the table
    in_table[data.rows, 0] = y

    def refused(Y: np.ndarray) -> DataError | None:
        try:
            loss.check_targets(Y, loss.outputs_per_target)
        except DataError as error:
            return error

    found = refused(in_table)
    if found is not None:
        first = bisect_left(range(len(in_table)), True, key=lambda row: refused(in_table[: row + 1]) is not None)
        raise DataError(
            f"The target '{target}' does not fit its loss, first in {data.place_of(first)}. {found} "
            "Correct these rows, leave the target empty there, or choose another --loss."
        )


def refuse_no_logarithms(transforms: str | Sequence[str], data: TrainingData) -> None:
    """Refuse numbers that are not above 0 where logarithms were asked for, in rows of the table as it was read."""
    Y = data.y.reshape(len(data.y), -1)
    each = [transforms] * Y.shape[1] if is_one(transforms) else transforms
    for target, y, transform in zip(data.task.targets, Y.T, each, strict=True):
        if transform != "log" or data.task.kind != "regression":
            continue
        wrong = np.flatnonzero(y <= 0)
        if len(wrong):
            others = f" (and not above 0 in {len(wrong) - 1:,} others)" if len(wrong) > 1 else ""
            raise DataError(
                f"--target-transform log: the target '{target}' is {y[wrong[0]]:g} in "
                f"{data.place_of(int(data.rows[wrong[0]]))}{others}, which has no logarithm. Correct these rows, leave "
                "the target empty there, or choose quantile, or --loss poisson or tweedie for amounts that may be 0."
            )
