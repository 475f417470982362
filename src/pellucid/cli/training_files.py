"""The files that `pellucid train` writes: each can be written, has a name of its own, and is none that is read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from pellucid.cli.input_table import require_new_file, require_writable
from pellucid.errors import ParameterError


def require_folder_to_resume(checkpoints: Path | None, resume: bool) -> None:
    """Refuse, before a table is read, to resume without a folder, or to begin anew in one that is in use.

    Raises
    ------
    ParameterError, ModelFileError
    """
    if checkpoints is None:
        if resume:
            raise ParameterError("--resume goes on from a folder of checkpoints: name it with --checkpoints.")
        return
    from pellucid.files.checkpoint_folder import CheckpointFolder

    folder = CheckpointFolder(checkpoints)
    if not resume:
        folder.refuse_if_used()


def choose_files(
    model: Path, curves: Path | None, history: Path | None, report: Path | None, read: Sequence[Path]
) -> dict[str, Path]:
    """The files by their options, without the dashes; the curves lie beside the model unless they have a place.

    Parameters
    ----------
    model, curves, history, report : as given
    read : the files that the command reads

    Raises
    ------
    ParameterError
    """
    require_writable(model, "--model")  # before a name is made from it
    files = {"model": model, "curves": model.with_suffix(".svg") if curves is None else curves}
    if history is not None:
        files["history"] = history
        require_writable(history, "--history")
    if report is not None:
        files["report"] = report
        require_writable(report, "--report", (".html", ".htm"))
    require_writable(files["curves"], "--curves", (".svg", ".png"))
    for name, path in files.items():
        require_new_file(path, f"--{name}", read)
    for (name, path), (other, again) in combinations(files.items(), 2):
        if path.resolve() == again.resolve():
            raise ParameterError(f"--{name} and --{other} both name {str(path)!r}. Give them different names.")
    return files
