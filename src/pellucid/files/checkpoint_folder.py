"""A folder of checkpoints: the last two states of one run, each in a file of its own, numbered.

A new checkpoint is a new file, which is whole before it has its name (atomic.py); only then is the one before the last
removed. So at every moment the folder holds a readable state, and the one before it should a disk lose the newest.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from pellucid.errors import ModelFileError, ParameterError, TrainingWarning
from pellucid.files.atomic import synchronise_folder
from pellucid.files.folder_lock import LOCK, locked
from pellucid.files.model_file import read_model, write_model

NAME = re.compile(r"checkpoint-(\d{6,})\.safetensors")
LEFT_BEHIND = re.compile(r"\.pellucid-[0-9a-f]+\.tmp")  # by a process that was killed while it wrote
KEPT = 2
WHAT = "checkpoint"


class CheckpointFolder:
    """The checkpoints of one run.

    Parameters
    ----------
    path : str or path-like
        A folder of its own; made if it does not exist.

    Raises
    ------
    ModelFileError
        If it is no folder, cannot be made or read, or holds anything else.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     folder = CheckpointFolder(parent + "/run")
    ...     for epoch in range(3):
    ...         folder.write({"epoch": epoch}, {})
    ...     sorted(os.listdir(folder.path)), folder.read()
    (['checkpoint-000002.safetensors', 'checkpoint-000003.safetensors'], ({'epoch': 2}, {}))
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = Path(path)
        try:
            if not self.path.is_dir():
                new = [folder for folder in (self.path, *self.path.parents) if not folder.exists()]
                self.path.mkdir(parents=True)
                for folder in new:
                    synchronise_folder(folder.resolve().parent)
            self.refuse_other_files()
        except OSError as error:
            raise ModelFileError(
                f"The folder {str(self.path)!r} cannot hold checkpoints: {error.strerror or error}; give another one."
            ) from error

    def refuse_other_files(self) -> None:
        """Refuse a folder that has another use, where removing old checkpoints is not ours to do."""
        others = [name for name in os.listdir(self.path) if not (is_of_a_checkpoint(name) or name == LOCK)]
        if others:
            raise ModelFileError(
                f"The folder {str(self.path)!r} cannot hold checkpoints: {sorted(others)[0]!r} is in it already; "
                "give an empty or a new folder."
            )

    def numbers(self) -> list[int]:
        """Those of the checkpoints there, the oldest first."""
        matches = map(NAME.fullmatch, os.listdir(self.path))
        return sorted(int(match[1]) for match in matches if match)

    def refuse_if_used(self) -> None:
        """Refuse a folder with checkpoints: a new run would remove those of another."""
        if self.numbers():
            raise ParameterError(
                f"The folder {str(self.path)!r} holds the checkpoints of a run already. Go on with it by "
                "fit(..., resume=True), give another checkpoint_dir, or delete the folder if that run is not needed."
            )

    def write(self, description: dict[str, Any], arrays: dict[str, Any]) -> None:
        """Add a checkpoint, then remove all but the last two.

        Raises
        ------
        ModelFileError
            If it cannot be written; those that were there still are.
        """
        try:
            numbers = self.numbers()
        except OSError as error:
            raise ModelFileError(f"The folder {str(self.path)!r} cannot be read: {error.strerror or error}.") from error
        number = 1 + max(numbers, default=0)
        write_model(self.file(number), description, arrays, what=WHAT, finite=False)
        for old in [*numbers, number][:-KEPT]:
            self.remove(self.file(old))

    def read(self) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The newest checkpoint that can be read, None if there is none at all; says if it is not the last one.

        Raises
        ------
        ModelFileError
            If there are checkpoints and none can be read.
        """
        failed = None
        for number in reversed(self.numbers()):
            try:
                found = read_model(self.file(number), what=WHAT, finite=False)
            except ModelFileError as error:
                failed = failed or error
                continue
            if failed is not None:
                warnings.warn(f"{failed} The one before it is taken.", TrainingWarning, stacklevel=2)
            return found
        if failed is not None:
            raise failed
        return None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within this block no other run has the folder; what one that was killed left half written is removed.

        Raises
        ------
        ModelFileError
            If another run has it, or it cannot be written to.
        """
        with ExitStack() as stack:
            try:
                stack.enter_context(locked(self.path))
                self.tidy()
            except OSError as error:
                raise ModelFileError(
                    f"The folder {str(self.path)!r} cannot hold checkpoints: {error.strerror or error}."
                ) from error
            yield

    def tidy(self) -> None:
        """Remove what a process left behind that was killed while it wrote; for one that holds the folder."""
        for name in filter(LEFT_BEHIND.fullmatch, os.listdir(self.path)):
            self.remove(self.path / name)

    def file(self, number: int) -> Path:
        return self.path / f"checkpoint-{number:06d}.safetensors"

    def remove(self, path: Path) -> None:
        """Remove a file; one that stays does no harm, since only the last two are looked at."""
        try:
            path.unlink()
        except OSError:
            return


def is_of_a_checkpoint(name: str) -> bool:
    """Whether a file of this name is a checkpoint, or one that was half written."""
    return bool(NAME.fullmatch(name) or LEFT_BEHIND.fullmatch(name))
