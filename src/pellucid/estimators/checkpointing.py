"""Checkpoints of a fit: written while it runs, and taken up by another that is the same in everything that counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import sklearn

import pellucid
from pellucid.engines.environment import describe_environment
from pellucid.errors import ModelFileError, ParameterError, wrong_parameter
from pellucid.estimators.argument_texts import NoText, digest, text_of
from pellucid.estimators.course import fingerprint
from pellucid.estimators.preparation import Problem
from pellucid.estimators.scoring import watches_loss
from pellucid.estimators.solver_choice import make_solver, resolve_batch_size
from pellucid.files.checkpoint_folder import CheckpointFolder
from pellucid.mathematics.rules import is_whole
from pellucid.training.lbfgs import LBFGS
from pellucid.training.plan import Part
from pellucid.training.progress import Progress
from pellucid.training.progress_check import Task, Wrong, check_progress
from pellucid.training.progress_parts import put_together, take_apart
from pellucid.training.saving import Saver

# They change what is said or kept, not what is computed. When a run ends, callbacks and max_time may change: callbacks
# that decide by their TrainingState decide alike after a resume, and max_time has no part in the promise.
FREE = ("callbacks", "verbose", "checkpoint_dir", "checkpoint_epochs", "checkpoint_seconds", "max_time", "warm_start")
LARGEST_SEED = 2**31
NAMES = {"seed", "settings", "data", "environment", "progress"}


class Saved(NamedTuple):
    """A checkpoint as it was read."""

    folder: CheckpointFolder
    description: dict[str, Any]
    arrays: dict[str, np.ndarray]

    @property
    def seed(self) -> int:
        return self.description["seed"]

    def refusal(self, clause: str) -> ModelFileError:
        """What to raise where it cannot be what it should be."""
        return ModelFileError(
            f"A checkpoint in {str(self.folder.path)!r} does not describe a run of this version: {clause}. "
            "Begin anew in another folder."
        )


@contextmanager
def opened_folder(estimator: Any, resume: bool) -> Iterator[CheckpointFolder | None]:
    """The folder of checkpoint_dir, which no other run has within this block; None where none is asked for.

    Raises
    ------
    ParameterError
        For resume without a folder, for a folder in use without resume, and for an argument that no checkpoint can
        describe.
    ModelFileError
        For a folder that is none, cannot be used, or is in use by another run.
    """
    owner = type(estimator).__name__
    if not isinstance(resume, bool):
        raise wrong_parameter("resume", f"{owner}.fit", "True or False", resume)
    if estimator.checkpoint_dir is None:
        if resume:
            raise wrong_parameter("checkpoint_dir", owner, "a folder with resume=True", None)
        yield None
        return
    describe_settings(estimator)  # refuses what no checkpoint can describe, before the folder is made
    folder = CheckpointFolder(estimator.checkpoint_dir)
    with folder.held():
        if not resume:
            folder.refuse_if_used()
        yield folder


def read_saved(folder: CheckpointFolder | None) -> Saved | None:
    """The newest checkpoint of a folder; None where there is none yet."""
    found = None if folder is None else folder.read()
    if folder is None or found is None:
        return None
    description, arrays = found
    if set(description) != NAMES:
        raise ModelFileError(
            f"The folder {str(folder.path)!r} holds a file of pellucid that is no checkpoint of this version; "
            "give another folder."
        )
    saved = Saved(folder, description, arrays)
    if not is_whole(saved.seed) or not 0 <= saved.seed < LARGEST_SEED:
        raise saved.refusal(f"its seed is no whole number from 0 to {LARGEST_SEED}")
    for part in ("settings", "data", "environment"):
        texts = description[part]
        if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
            raise saved.refusal(f"its {part} are not names and texts")
    return saved


def describe_run(estimator: Any, problem: Problem) -> dict[str, Any]:
    """All that has to be the same for the same bytes: seed, arguments, rows, starting weights, environment."""
    training, validation = problem.training, problem.validation
    versions = {"pellucid": pellucid.__version__}  # of the source that runs, which is not always what is installed
    if not watches_loss(estimator):
        versions["scikit-learn"] = sklearn.__version__
    return {
        "seed": problem.seed,
        "settings": describe_settings(estimator),
        "data": {
            "training rows": fingerprint(training),
            "validation rows": fingerprint_beside(training, validation),
            "encodings": digest(text_of([estimator.encoder_.to_dict(), estimator.targets_]).encode()),
            "starting weights": text_of(problem.network.theta),
        },
        "environment": describe_environment(problem.engine.name) | versions,
    }


def fingerprint_beside(training: Part, validation: Part | None) -> str:
    """That of the validation rows; where they were held out, of their places, since the data have theirs already."""
    if validation is not None and validation.data is training.data:
        return text_of(validation.rows)
    return fingerprint(validation)


def describe_settings(estimator: Any) -> dict[str, str]:
    """The arguments that count, as texts.

    Raises
    ------
    ParameterError
        For one that nothing tells from others in another process: whether it is the same could not be known.
    """
    described = {}
    for name, value in estimator.get_params(deep=False).items():
        if name in FREE:
            continue
        try:
            described[name] = text_of(value)
        except NoText as error:
            rule = "one that another process can tell from others, with checkpoint_dir"
            remedy = f"In it {error}. Give a function, or an object with attributes."
            raise wrong_parameter(name, type(estimator).__name__, rule, value, remedy) from None
    return described


def refuse_differences(saved: Saved, now: dict[str, Any]) -> None:
    """Refuse to take up a run that is not the same, and name everything in which it differs."""
    differences = []
    for part in ("settings", "environment"):
        then = saved.description[part]
        for name in sorted(set(then) | set(now[part])):
            a, b = then.get(name, "nothing"), now[part].get(name, "nothing")
            if a != b:
                differences.append(f"{name} was {a} and is {b}")
    then = saved.description["data"]
    differences += [f"the {name} are others" for name in now["data"] if then.get(name) != now["data"][name]]
    if differences:
        raise ParameterError(
            f"The run in {str(saved.folder.path)!r} cannot be resumed to the same end: "
            f"{'; '.join(differences)}. Make these the same, or begin anew in another checkpoint_dir."
        )


def rebuild_progress(saved: Saved, estimator: Any, problem: Problem) -> Progress:
    """Where the saved run stood."""
    solver, training = make_solver(estimator), problem.training
    state = None if isinstance(solver, LBFGS) else solver.init(problem.network.theta)
    n_rows, n_targets = len(training.rows), training.data.Y.shape[1]
    batch_size = resolve_batch_size(estimator, n_rows)
    described = saved.description["progress"]
    try:
        task = Task(problem.network, state, n_targets, n_rows, batch_size, int(estimator.max_iter))
        check_progress(described, saved.arrays, task)
    except Wrong as error:
        raise saved.refusal(str(error)) from None
    return put_together(described, saved.arrays, state)


def make_saver(folder: CheckpointFolder, estimator: Any, run: dict[str, Any]) -> Saver:
    """What writes the run's progress to the folder, as often as the estimator says."""

    def write(progress: Progress) -> None:
        description, arrays = take_apart(progress)
        folder.write({**run, "progress": description}, arrays)

    return Saver(write, estimator.checkpoint_epochs, estimator.checkpoint_seconds)
