"""What a fitted estimator keeps so that training can go on: where the run stood, and what must not have changed."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import numpy as np

from pellucid.errors import DataError, ParameterError
from pellucid.mathematics.activations import Activation
from pellucid.training.plan import Part
from pellucid.training.progress import Progress

# What the network, its encodings, or the solver's state are made by. All else may change from call to call; but for
# L-BFGS, whose gradients are those of one J.
FIXED = (
    "hidden_layer_sizes", "activation", "starting_weights", "loss", "output_activation", "solver", "random_state",
    "standardise", "target_transform", "clip_predictions", "dtype", "class_weight", "number_encoding", "missing",
    "categorical_features", "max_categories", "min_frequency",
)  # fmt: skip
FIXED_FOR_LBFGS = ("alpha", "l1", "target_weights")


class Course(NamedTuple):
    """A course of training, over one or several calls.

    Attributes
    ----------
    seed : int or None
        Of every order and mask; None, to be drawn, for a model that was loaded from a file.
    progress : Progress or None
        None for a model that was loaded, whose file holds none.
    data : str
        The fingerprint of the rows of the last call; "" where nothing asked for it, since it takes a pass over them.
    watched : str
        What stopping looked at in that call, and on which rows.
    horizon : int
        The epochs that the schedule was made for.
    fixed : dict
        The arguments in FIXED, as they were at first.
    """

    seed: int | None
    progress: Progress | None
    data: str
    watched: str
    horizon: int
    fixed: dict[str, Any]


def fixed_arguments(estimator: Any) -> dict[str, Any]:
    """The arguments that must stay as they are."""
    arguments = estimator.get_params(deep=False)
    names = FIXED + FIXED_FOR_LBFGS if estimator.solver == "lbfgs" else FIXED
    return {name: arguments[name] for name in names if name in arguments}


def refuse_changes(course: Course, estimator: Any) -> None:
    """Refuse to go on with another network, encoding or solver."""
    for name, now in fixed_arguments(estimator).items():
        earlier = course.fixed.get(name, now)
        if not are_equal(earlier, now):
            raise ParameterError(
                f"The `{name}` parameter of {type(estimator).__name__} was {earlier!r} when training began and is "
                f"{now!r} now: the network cannot be trained on like that. Set it back, or begin anew on a clone."
            )


def are_equal(a: Any, b: Any) -> bool:
    """Whether two arguments are the same: numbers, texts, arrays, objects, and lists of these."""
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(map(are_equal, a, b))
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.array_equal(a, b)
    if isinstance(a, np.random.RandomState | np.random.Generator):
        return type(a) is type(b)  # it has been drawn from since; the seed of the course stays the first one
    if isinstance(a, Activation) and isinstance(b, Activation):
        return a is b or (type(a) is type(b) and a.__dict__ == b.__dict__)
    return a is b or bool(a == b)


def refuse_horizon(schedule: Any, owner: str, epochs: int, horizon: int, wanted: int) -> None:
    """Refuse to go on, towards the wanted number of epochs, under a schedule that was made for another number."""
    if schedule.has_horizon and wanted != horizon:
        raise ParameterError(
            f"The `learning_rate` parameter of {owner} is a schedule that was made for {horizon} epochs, "
            f"{epochs} of which have been made: over {wanted} all its rates would have been others. Leave max_iter as "
            "it was and go on by partial_fit, fit them at once, or use a schedule without an end."
        )


def refuse_other_rows(course: Course, data: str, owner: str, solver: str, *, holds_out: bool) -> None:
    """Refuse new rows where going on with them is not going on."""
    if course.progress is not None and solver == "lbfgs" and course.progress.moment.state is None:
        raise ParameterError(
            f"The `warm_start` parameter of {owner} was False when lbfgs began, so that its gradients have not been "
            "kept, and it cannot go on from them. Set warm_start=True before the first fit."
        )
    if data == course.data:
        return
    if solver == "lbfgs":
        raise ParameterError(
            f"The `solver` parameter of {owner} is 'lbfgs', whose memory of gradients belongs to the rows of the first "
            "call, and these are others. Use another solver, or warm_start=False to begin anew."
        )
    if holds_out:
        raise DataError(
            "These rows are not known to be those of the call before, so that some of those held out to validate on "
            "may have been trained on: the validation would mean nothing. Give X_val and y_val, set "
            "early_stopping=False, or let all calls have the same rows and warm_start=True."
        )


def fingerprint(part: Part | None) -> str:
    """A number for rows as the network sees them: equal rows, weights and order, equal fingerprint (SHA-256)."""
    total = hashlib.sha256()
    for array in () if part is None else (*part.data, part.rows):
        total.update(f"{array.dtype}{array.shape}".encode())
        total.update(np.ascontiguousarray(array).view(np.uint8).data if array.size else b"")
    return total.hexdigest()
