"""Kills training with SIGKILL at random instants, half of them while a checkpoint is written, and resumes it.

    python benchmarks/kill_and_resume.py [--kills 300] [--engine compiled]

A run is killed, resumed in a new process and killed again, until it comes to its end. Counted are the kills that hit
a save, those after which the newest checkpoint could not be read, and the runs whose weights, solver state or history
differ in any byte from those of a run that was never interrupted. Exit code 1 if there is any.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.files.checkpoint_folder import LEFT_BEHIND, CheckpointFolder
from pellucid.training.progress_parts import take_apart

SAVED_EVERY = 0.01  # seconds, so that many saves are there to be hit
LONGEST_LIFE = 0.4  # seconds of a process before it is killed, drawn evenly
GIVEN_UP = 120.0  # seconds after which a process that does not end is a failure


def make_runs(engine: str) -> list[tuple[object, np.ndarray, np.ndarray]]:
    """Estimators of several solvers with dropout, schedules and validation, and their rows."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(3000, 5))
    y = np.sin(X[:, 0]) + X[:, 1] * X[:, 2]
    shared = {"random_state": 1, "engine": engine, "n_iter_no_change": 1000, "batch_size": 64}
    return [
        (FeedForwardRegressor((16,), max_iter=25, dropout=0.1, **shared), X, y),
        (FeedForwardClassifier((12,), max_iter=25, solver="sgd", learning_rate="plateau", **shared), X, y > 0),
        (FeedForwardRegressor((8,), max_iter=25, solver="lbfgs", random_state=1, engine=engine), X, y),
    ]  # fmt: skip


def mark_of(model: object) -> str:
    """A number for all that a run leaves, but for its seconds."""
    description, arrays = take_apart(model._course.progress)
    arrays.pop("history.seconds")
    total = hashlib.sha256(repr({**description, "seconds": 0}).encode())
    for name in sorted(arrays):
        total.update(name.encode() + arrays[name].tobytes())
    total.update(model.network_.theta.tobytes())
    return total.hexdigest()


def in_a_child(model: object, X: np.ndarray, y: np.ndarray, answer: Path) -> int:
    """Fork a process that resumes the run and writes its mark to `answer`; its number."""
    child = os.fork()
    if child:
        return child
    try:
        warnings.simplefilter("ignore")
        model.fit(X, y, resume=True)
        answer.write_text(mark_of(model))
    finally:
        os._exit(0)


def is_writing(folder: Path) -> bool:
    """Whether a checkpoint is being written just now."""
    return folder.is_dir() and any(LEFT_BEHIND.fullmatch(name) for name in os.listdir(folder))


def wait_for_the_end(child: int) -> None:
    """Let the process come to its end."""
    deadline = time.monotonic() + GIVEN_UP
    while os.waitpid(child, os.WNOHANG)[0] == 0:
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            raise RuntimeError("A process did not come to its end.")
        time.sleep(0.001)


def kill_some_time(child: int, folder: Path, draw: random.Random, aims: bool) -> tuple[bool, bool]:
    """Kill the process after a random time, in the next save if it aims; whether it was killed, and in a save."""
    until = time.monotonic() + draw.uniform(0, LONGEST_LIFE)
    while time.monotonic() < until or (aims and not is_writing(folder)):
        if os.waitpid(child, os.WNOHANG)[0]:
            return False, False
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True, is_writing(folder)


def trouble_with(folder: Path) -> str | None:
    """What keeps the newest checkpoint from being read, also where the one before it could be taken."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the one before it is taken with a warning
        try:
            if folder.is_dir():
                CheckpointFolder(folder).read()
        except Exception as error:
            return str(error)
    return None


def main() -> int:
    """Kill, resume, compare, and print what was counted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--engine", choices=["compiled", "reference"], default="compiled")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    draw = random.Random(chosen.seed)
    warnings.simplefilter("ignore")

    runs = make_runs(chosen.engine)
    for model, X, y in runs:  # also compiles what the forked processes then find in memory
        model.set_params(warm_start=True).fit(X, y)  # so that L-BFGS, too, keeps what the mark is made of
    marks = [mark_of(model) for model, _, _ in runs]

    kills = in_save = resumed_to_the_end = unreadable = different = 0
    with tempfile.TemporaryDirectory() as scratch:
        while kills < chosen.kills:
            i = resumed_to_the_end % len(runs)
            model, X, y = runs[i]
            folder, answer = Path(scratch, f"run{resumed_to_the_end}"), Path(scratch, "mark")
            model.set_params(warm_start=False, checkpoint_dir=folder, checkpoint_seconds=SAVED_EVERY)
            killed = True
            while killed and kills < chosen.kills:
                killed, hit = kill_some_time(in_a_child(model, X, y, answer), folder, draw, aims=kills % 2 == 1)
                kills, in_save = kills + killed, in_save + hit
                trouble = trouble_with(folder)
                if trouble is not None:
                    unreadable += 1
                    print(f"after kill {kills}: {trouble}", file=sys.stderr)
            if killed:
                wait_for_the_end(in_a_child(model, X, y, answer))
            resumed_to_the_end += 1
            different += not answer.exists() or answer.read_text() != marks[i]
            answer.unlink(missing_ok=True)
    print(
        f"{kills} kills, {in_save} of them in a save, {resumed_to_the_end} runs resumed to their end by the "
        f"{chosen.engine} engine: {unreadable} unreadable checkpoints, {different} runs that differ in a byte"
    )
    return int(unreadable + different > 0)


if __name__ == "__main__":
    sys.exit(main())
