"""Whether a description and arrays can be where a run stood: what a file says is believed only after this.

A file may be damaged in a way that its checksum does not show, or made by someone else. Kernels trust the lengths of
their arrays, so nothing may pass that they cannot take.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

import numpy as np

from pellucid.mathematics.rules import is_number, is_whole
from pellucid.mathematics.structure import Network
from pellucid.training.progress_parts import Arrays
from pellucid.training.run import FINAL

FLOAT, WHOLE = np.dtype(np.float64), np.dtype(np.int64)
LARGEST = 2**53  # of a count; far less than what an int64 holds, far more than a run makes
MAY_LACK = ("validation_loss", "validation_by_target", "validation_score", "learning_rate")

Kind = tuple[tuple[int, ...], np.dtype]


class Wrong(Exception):
    """What is wrong, as a clause."""


class Task(NamedTuple):
    """What a run is of, which its progress must fit.

    `state` is one of its solver's states, None for L-BFGS; `n_rows` and `batch_size` are of its training rows.
    """

    network: Network
    state: Any
    n_targets: int
    n_rows: int
    batch_size: int
    max_epochs: int


def check_progress(description: Any, arrays: Arrays, task: Task) -> None:
    """Check what `take_apart` gave and a file kept, before it is put together.

    Raises
    ------
    Wrong
        If it cannot be of this task.
    """
    names = {"moment", "unfinished", "schedule", "stopper", "told", "seconds", "stopped_by"}
    description = fields_of(description, names, "the progress")
    n = n_epochs(arrays, task.max_epochs)
    kinds = kinds_of_history(arrays, task, n) | check_moment(description["moment"], "moment", arrays, task)
    kinds |= check_stopper(description["stopper"], task, n)
    kinds |= check_unfinished(description["unfinished"], arrays, task)
    check_schedule(description["schedule"])
    check_end(description, n)
    check_arrays(arrays, kinds)
    check_history(arrays)


def n_epochs(arrays: Arrays, most: int) -> int:
    """Of how many the history is: 1, 2, ... in this order."""
    epochs = arrays.get("history.epoch", np.zeros(0, np.int64))
    if epochs.ndim != 1 or len(epochs) > most or not np.array_equal(epochs, np.arange(1, len(epochs) + 1)):
        refuse(f"its epochs are not 1, 2, ... up to {most} at most")
    return len(epochs)


def kinds_of_history(arrays: Arrays, task: Task, n: int) -> dict[str, Kind]:
    """Shapes and dtypes of the columns that n epochs have, those that may lack where they are."""
    if n == 0:
        return {}
    by_target, by_layer = ((n, task.n_targets), FLOAT), ((n, len(task.network.W)), FLOAT)
    units = ((n, len(task.network.W)), WHOLE)
    columns: dict[str, Kind] = {
        "epoch": ((n,), WHOLE), "training_loss": ((n,), FLOAT), "training_by_target": by_target,
        "validation_loss": ((n,), FLOAT), "validation_by_target": by_target, "validation_score": ((n,), FLOAT),
        "learning_rate": ((n,), FLOAT), "dead_units": units, "saturated_units": units, "gradient_norms": by_layer,
        "update_norms": by_layer, "seconds": ((n,), FLOAT),
    }  # fmt: skip
    there = {name: kind for name, kind in columns.items() if name not in MAY_LACK or f"history.{name}" in arrays}
    masks = {f"given.{name}": ((n,), WHOLE) for name in MAY_LACK if name in there and f"given.{name}" in arrays}
    return {f"history.{name}": kind for name, kind in there.items()} | masks


def check_moment(value: Any, name: str, arrays: Arrays, task: Task) -> dict[str, Kind]:
    """Check the counts of a moment; the shapes and dtypes of its arrays."""
    moment = fields_of(value, {"n_steps", "counts"}, name)
    check_count(moment["n_steps"], f"n_steps of {name}")
    theta = task.network.theta
    kinds: dict[str, Kind] = {f"{name}.theta": (theta.shape, theta.dtype)}
    if task.state is None:
        fields_of(moment["counts"], set(), f"counts of {name}")
        J = arrays.get(f"{name}.told.J", np.zeros(0))
        m = len(J) if J.ndim else 0
        sizes = {"losses": (task.n_targets,), "J": (), "gradient": theta.shape, "square": ()}
        told = {f"{name}.told.{part}": ((m, *size) if m else (0,), FLOAT) for part, size in sizes.items()}
        return kinds | {f"{name}.origin": (theta.shape, FLOAT)} | told
    parts = task.state._asdict()
    counted = {part for part, one in parts.items() if not isinstance(one, np.ndarray)}
    for part, count in fields_of(moment["counts"], counted, f"counts of {name}").items():
        check_count(count, f"{part} of {name}")
    return kinds | {f"{name}.{part}": (parts[part].shape, parts[part].dtype) for part in parts if part not in counted}


def check_stopper(value: Any, task: Task, n: int) -> dict[str, Kind]:
    """Check what stopping remembers; the shape and dtype of the best parameters, if there are any."""
    names = {"patience", "min_change", "best_loss", "best_epoch", "mark", "waited"}
    stopper = fields_of(value, names, "the stopper")
    for name in ("patience", "waited", "best_epoch"):
        check_count(stopper[name], f"{name} of the stopper", n if name == "best_epoch" else LARGEST)
    if not is_number(stopper["min_change"]):
        refuse("min_change of the stopper is no number")
    check_losses(stopper, ("best_loss", "mark"))
    return {"best_theta": (task.network.theta.shape, task.network.theta.dtype)} if stopper["best_epoch"] else {}


def check_unfinished(value: Any, arrays: Arrays, task: Task) -> dict[str, Kind]:
    """Check how far an epoch has come; the shapes and dtypes of its sums and its moment."""
    if value is None:
        return {}
    unfinished = fields_of(value, {"position", "n_steps", "now"}, "the unfinished epoch")
    check_count(unfinished["n_steps"], "n_steps of the unfinished epoch")
    position = unfinished["position"]
    if not is_whole(position) or not 0 < position < task.n_rows or position % task.batch_size or task.state is None:
        refuse("it stands at no place between two batches")
    by_layer = ((len(task.network.W),), FLOAT)
    kinds = check_moment(unfinished["now"], "now", arrays, task)
    sums = {"losses": ((task.n_targets,), FLOAT), "gradient_squares": by_layer, "update_squares": by_layer}
    return kinds | {f"sums.{name}": kind for name, kind in sums.items()}


def check_schedule(value: Any) -> None:
    schedule = fields_of(value, {"best", "waited", "cuts"}, "the schedule")
    check_losses(schedule, ("best",))
    for name in ("waited", "cuts"):
        check_count(schedule[name], f"{name} of the schedule")


def check_end(description: Mapping[str, Any], n: int) -> None:
    """Check how the run ended, and what it has told and taken."""
    told, seconds, reason = description["told"], description["seconds"], description["stopped_by"]
    if not isinstance(told, list) or not all(isinstance(kind, str) for kind in told):
        refuse("what it has told is no list of texts")
    if not is_number(seconds) or seconds < 0:
        refuse("its seconds are no number >= 0")
    if reason is not None and (reason not in FINAL or n == 0):
        refuse("it ended for no reason that there is")


def check_arrays(arrays: Arrays, kinds: Mapping[str, Kind]) -> None:
    """Check that there are these arrays and no others, and the parameters are finite."""
    if set(arrays) != set(kinds):
        refuse(f"it has not the arrays of such a run: {', '.join(sorted(set(arrays) ^ set(kinds)))}")
    for name, (shape, dtype) in kinds.items():
        if arrays[name].shape != shape or arrays[name].dtype != dtype:
            refuse(f"{name} has not the shape {shape} and the dtype {dtype}")
    for name in ("moment.theta", "best_theta"):
        if name in kinds and not np.isfinite(arrays[name]).all():
            refuse(f"{name} is not finite")


def check_history(arrays: Arrays) -> None:
    """Check the entries of columns that can be told without the run."""
    for name, array in arrays.items():
        if array.dtype == WHOLE and (array < 0).any():
            refuse(f"{name} counts below 0")
        if name.startswith("given.") and set(array.tolist()) != {0, 1}:
            refuse(f"{name} is not of 0 and 1")
    seconds = arrays.get("history.seconds", np.zeros(0))
    if not (np.isfinite(seconds) & (seconds >= 0)).all():
        refuse("history.seconds are no numbers >= 0")


def fields_of(value: Any, names: set[str], what: str) -> Mapping[str, Any]:
    """The value, if it has these names and no others."""
    if not isinstance(value, dict) or set(value) != names:
        refuse(f"{what} has not the names {', '.join(sorted(names)) or 'none'}")
    return value


def check_count(value: Any, what: str, most: int = LARGEST) -> None:
    if not is_whole(value) or not 0 <= value <= most:
        refuse(f"{what} is no whole number from 0 to {most}")


def check_losses(values: Mapping[str, Any], names: tuple[str, ...]) -> None:
    """Check losses that are None before the first epoch."""
    for name in names:
        if values[name] is not None and not is_number(values[name]):
            refuse(f"{name} is no number")


def refuse(clause: str) -> NoReturn:
    raise Wrong(clause)
