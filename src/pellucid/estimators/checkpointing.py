"""Checkpoints of a fit: written while it runs, and taken up by another that is the same in everything that counts."""

from __future__ import annotations

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
from pellucid.estimators.solver_choice import make_solver
from pellucid.files.checkpoint_folder import CheckpointFolder
from pellucid.training.lbfgs import LBFGS
from pellucid.training.progress import Progress
from pellucid.training.progress_parts import put_together, take_apart
from pellucid.training.saving import Saver

# They change what is said or kept, not what is computed. When a run ends, callbacks and max_time may change: callbacks
# that decide by their TrainingState decide alike after a resume, and max_time has no part in the promise.
FREE = ("callbacks", "verbose", "checkpoint_dir", "checkpoint_epochs", "checkpoint_seconds", "max_time", "warm_start")
NAMES = {"seed", "settings", "data", "environment", "progress"}


class Saved(NamedTuple):
    """A checkpoint as it was read."""

    folder: CheckpointFolder
    description: dict[str, Any]
    arrays: dict[str, np.ndarray]

    @property
    def seed(self) -> int:
        return self.description["seed"]


def open_folder(estimator: Any, resume: bool) -> CheckpointFolder | None:
    """The folder of checkpoint_dir; None where none is asked for.

    Raises
    ------
    ParameterError
        For resume without a folder, for a folder in use without resume, and for an argument that no checkpoint can
        describe.
    ModelFileError
        For a folder that is none, or cannot be used.
    """
    owner = type(estimator).__name__
    if not isinstance(resume, bool):
        raise wrong_parameter("resume", f"{owner}.fit", "True or False", resume)
    if estimator.checkpoint_dir is None:
        if resume:
            raise wrong_parameter("checkpoint_dir", owner, "a folder with resume=True", None)
        return None
    describe_settings(estimator)  # refuses what no checkpoint can describe, before the folder is made
    folder = CheckpointFolder(estimator.checkpoint_dir)
    if not resume:
        folder.refuse_if_used()
    folder.tidy()
    return folder


def read_saved(folder: CheckpointFolder | None) -> Saved | None:
    """The newest checkpoint of a folder; None where there is none yet."""
    found = None if folder is None else folder.read()
    if folder is None or found is None:
        return None
    description, arrays = found
    if set(description) != NAMES or not isinstance(description["seed"], int):
        raise ModelFileError(
            f"The folder {str(folder.path)!r} holds a file of pellucid that is no checkpoint of this version; "
            "give another folder."
        )
    return Saved(folder, description, arrays)


def describe_run(estimator: Any, problem: Problem) -> dict[str, Any]:
    """All that has to be the same for the same bytes: seed, arguments, rows, starting weights, environment."""
    versions = {"pellucid": pellucid.__version__}  # of the source that runs, which is not always what is installed
    if not watches_loss(estimator):
        versions["scikit-learn"] = sklearn.__version__
    return {
        "seed": problem.seed,
        "settings": describe_settings(estimator),
        "data": {
            "training rows": fingerprint(problem.training),
            "validation rows": fingerprint(problem.validation),
            "encodings": digest(text_of([estimator.encoder_.to_dict(), estimator.targets_]).encode()),
            "starting weights": text_of(problem.network.theta),
        },
        "environment": describe_environment(problem.engine.name) | versions,
    }


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
    solver = make_solver(estimator)
    state = None if isinstance(solver, LBFGS) else solver.init(problem.network.theta)
    try:
        return put_together(saved.description["progress"], saved.arrays, state)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelFileError(
            f"A checkpoint in {str(saved.folder.path)!r} does not describe a run of this version "
            f"({type(error).__name__}: {error}); begin anew in another folder."
        ) from error


def make_saver(folder: CheckpointFolder, estimator: Any, run: dict[str, Any]) -> Saver:
    """What writes the run's progress to the folder, as often as the estimator says."""

    def write(progress: Progress) -> None:
        description, arrays = take_apart(progress)
        folder.write({**run, "progress": description}, arrays)

    return Saver(write, estimator.checkpoint_epochs, estimator.checkpoint_seconds)
