"""A run's progress in plain values and arrays, and back: what a checkpoint holds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from pellucid.engines.protocol import EpochSums
from pellucid.mathematics.schedules import ScheduleState
from pellucid.training.history import EpochRecord
from pellucid.training.lbfgs import Evaluations, Told
from pellucid.training.progress import Moment, Progress, Unfinished
from pellucid.training.stopping import Stopper

Arrays = dict[str, np.ndarray]
SUMS = ("losses", "gradient_squares", "update_squares")
WHOLE = ("epoch", "dead_units", "saturated_units")  # columns of the history that count


def take_apart(progress: Progress) -> tuple[dict[str, Any], Arrays]:
    """Everything as what JSON gives back equal, and arrays; a loss of infinity, before the first epoch, is None."""
    arrays: Arrays = columns_of(progress.records)
    stopper, unfinished = progress.stopper, progress.unfinished
    if stopper.best_theta is not None:
        arrays["best_theta"] = stopper.best_theta
    description = {
        "moment": take_moment_apart(progress.moment, "moment", arrays),
        "unfinished": None,
        "schedule": {name: finite_or_none(value) for name, value in progress.schedule._asdict().items()},
        "stopper": {
            "patience": stopper.patience,
            "min_change": stopper.min_change,
            "best_loss": finite_or_none(stopper.best_loss),
            "best_epoch": stopper.best_epoch,
            "mark": finite_or_none(stopper.mark),
            "waited": stopper.waited,
        },
        "told": sorted(progress.told),
        "seconds": progress.seconds,
        "stopped_by": progress.stopped_by,
    }
    if unfinished is not None:
        sums = unfinished.sums
        for name in SUMS:
            arrays[f"sums.{name}"] = getattr(sums, name)
        now = take_moment_apart(unfinished.now, "now", arrays)
        description["unfinished"] = {"position": unfinished.position, "n_steps": sums.n_steps, "now": now}
    return description, arrays


def put_together(description: Mapping[str, Any], arrays: Arrays, state: Any) -> Progress:
    """The progress of that description.

    Parameters
    ----------
    description, arrays
        From `take_apart`; of a file, held to what they must be by `check_progress` first.
    state : NamedTuple
        A state of the run's solver, whose class is taken; None for L-BFGS.
    """
    records = records_of(arrays)
    stopper, unfinished = description["stopper"], description["unfinished"]
    within = None
    if unfinished is not None:
        losses, gradients, updates = (arrays[f"sums.{name}"] for name in SUMS)
        sums = EpochSums(losses, gradients, updates, unfinished["n_steps"])
        within = Unfinished(unfinished["position"], sums, put_moment_together(unfinished["now"], "now", arrays, state))
    return Progress(
        epoch=len(records),
        moment=put_moment_together(description["moment"], "moment", arrays, state),
        schedule=ScheduleState(**with_infinity(description["schedule"])),
        stopper=Stopper(**with_infinity(stopper), best_theta=arrays.get("best_theta")),
        epochs=records,
        told=frozenset(description["told"]),
        seconds=description["seconds"],
        unfinished=within,
        stopped_by=description["stopped_by"],
    )


def take_moment_apart(moment: Moment, name: str, arrays: Arrays) -> dict[str, Any]:
    """Its counts; its arrays go to `arrays` under names that begin with `name`."""
    arrays[f"{name}.theta"] = moment.theta
    state = moment.state
    if isinstance(state, Evaluations):
        told = state.told[: state.n]
        arrays[f"{name}.origin"] = state.origin
        for part in Told._fields:
            arrays[f"{name}.told.{part}"] = np.array([getattr(one, part) for one in told], np.float64)
        return {"n_steps": moment.n_steps, "counts": {}}
    parts = {} if state is None else state._asdict()
    counts = {part: value for part, value in parts.items() if not isinstance(value, np.ndarray)}
    arrays.update({f"{name}.{part}": value for part, value in parts.items() if part not in counts})
    return {"n_steps": moment.n_steps, "counts": counts}


def put_moment_together(description: Mapping[str, Any], name: str, arrays: Arrays, state: Any) -> Moment:
    """A moment from its counts and the arrays of that name."""
    if state is None:
        columns = [arrays[f"{name}.told.{part}"] for part in Told._fields]
        told = [Told(losses, float(J), gradient, float(s)) for losses, J, gradient, s in zip(*columns, strict=True)]
        found: Any = Evaluations(arrays[f"{name}.origin"], told, len(told))
    else:
        counts = description["counts"]
        found = type(state)(*(counts[part] if part in counts else arrays[f"{name}.{part}"] for part in state._fields))
    return Moment(arrays[f"{name}.theta"], found, description["n_steps"])


def columns_of(records: Sequence[EpochRecord]) -> Arrays:
    """The history as arrays, a column each.

    A column of None alone is left out. Where some are None, `given` has 0 for these and 1 for all others: a loss may be
    NaN, that of a target which is missing in all validation rows.
    """
    columns = {}
    for name in (field.name for field in fields(EpochRecord)):
        values = [getattr(record, name) for record in records]
        given = [value is not None for value in values]
        if any(given):
            nothing = np.full(np.shape(values[given.index(True)]), np.nan)
            filled = [nothing if value is None else value for value in values]
            columns[f"history.{name}"] = np.array(filled, np.int64 if name in WHOLE else np.float64)
        if any(given) and not all(given):
            columns[f"given.{name}"] = np.array(given, np.int64)
    return columns


def records_of(arrays: Arrays) -> list[EpochRecord]:
    """The records of these columns."""
    n = len(arrays.get("history.epoch", ()))
    names = [field.name for field in fields(EpochRecord)]
    rows = zip(*(values_of(arrays, name, n) for name in names), strict=True)
    return [EpochRecord(**dict(zip(names, row, strict=True))) for row in rows]


def values_of(arrays: Arrays, name: str, n: int) -> list[Any]:
    """A column as n records hold it: numbers, or tuples of them, or None."""
    if f"history.{name}" not in arrays:
        return [None] * n
    rows = arrays[f"history.{name}"].tolist()
    values = [tuple(row) if isinstance(row, list) else row for row in rows]
    given = arrays.get(f"given.{name}", np.ones(n)).tolist()
    return [value if is_given else None for value, is_given in zip(values, given, strict=True)]


def finite_or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def with_infinity(values: Mapping[str, Any]) -> dict[str, Any]:
    """None, which stands for a loss before the first epoch, as infinity again."""
    return {name: math.inf if value is None else value for name, value in values.items()}
