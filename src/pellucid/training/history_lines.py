"""The history of a run in a file, one JSON object a line and epoch, written while the run goes on."""

from __future__ import annotations

import json
import os
import warnings
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from pellucid.errors import DataError, TrainingWarning, wrong_parameter
from pellucid.training.callbacks import TrainingState
from pellucid.training.history import EpochRecord, History

BEGINNING = b'{"epoch": '  # of each line; what begins otherwise was not written by us


class HistoryLines:
    r"""A callback: each epoch becomes a line of a file at once, {"epoch": 1, "training_loss": 0.9, ...}.

    A line has the names and numbers of `history_.to_table()`, null for NaN. The file always holds one run: at its first
    epoch, the lines of this and later epochs that an earlier run has left are replaced, and a last line that was only
    half written is mended. So a run that was killed and is resumed leaves the file of a run that was not.

    Parameters
    ----------
    path : str or path-like
        A new file, or the history of an earlier run.

    Raises
    ------
    ParameterError
        If the file has no folder to lie in.
    DataError
        If the file holds something else. It is left as it is.
    OSError
        If it cannot be read or written.

    Examples
    --------
    >>> import json, pathlib, tempfile
    >>> from pellucid import FeedForwardRegressor, HistoryLines
    >>> X, y = [[0.0], [1.0], [2.0]] * 5, [0.0, 1.0, 2.0] * 5
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "history.jsonl")
    ...     model = FeedForwardRegressor((2,), max_iter=3, callbacks=[HistoryLines(path)]).fit(X, y)
    ...     [json.loads(line)["epoch"] for line in path.read_text().splitlines()]
    [1, 2, 3]
    """

    def __init__(self, path: str | os.PathLike[str]):
        if not isinstance(path, str | os.PathLike):
            raise wrong_parameter("path", "HistoryLines", "the path of a file", path)
        if not Path(path).parent.is_dir():
            raise wrong_parameter("path", "HistoryLines", "the path of a file in a folder that exists", path)
        self.path = path
        self._history: History | None = None  # of the run whose lines are being written
        self._written = 0
        self._failed = False
        read_lines(self.path)  # refused before any epoch

    def __call__(self, state: TrainingState) -> None:
        """Write the line of the epoch that has just ended; of a run that is new here, those of all its epochs."""
        if self._failed:
            return
        try:
            self._write(state.history)
        except OSError as error:  # a full disk, say: the run is worth more than its lines
            self._failed = True
            warnings.warn(
                f"Training goes on, but its history is no longer written to {os.fspath(self.path)!r}: "
                f"{error.strerror or error}. model.history_ has all of it.",
                TrainingWarning,
                stacklevel=2,
            )

    def _write(self, history: History) -> None:
        """Write the lines that are not in the file yet."""
        if history is not self._history:
            self._forget_from(history.records[0].epoch)
            self._history, self._written = history, 0
        with open(self.path, "ab") as file:
            file.write(b"".join(line_of(history, record) for record in history.records[self._written :]))
        self._written = len(history)

    def close(self) -> None:
        """Forget the run: the next epoch belongs to another one."""
        self._history, self._written, self._failed = None, 0, False

    def _forget_from(self, epoch: int) -> None:
        """Cut the file before the line of this epoch, and before a half line."""
        kept = takewhile(lambda line: json.loads(line)["epoch"] < epoch, read_lines(self.path))
        n_bytes = sum(map(len, kept))
        with open(self.path, "ab") as file:
            file.truncate(n_bytes)


def line_of(history: History, record: EpochRecord) -> bytes:
    """One epoch as a line of JSON, null for NaN."""
    row = {name: values[0].item() for name, values in replace(history, records=[record]).to_table().items()}
    plain = {name: None if value != value else value for name, value in row.items()}
    return (json.dumps(plain, ensure_ascii=False) + "\n").encode()


def read_lines(path: str | os.PathLike[str]) -> list[bytes]:
    """The whole lines of the history in a file, none where there is no file; a half line at its end is left out.

    Raises
    ------
    DataError
        If anything in it was not written as a history.
    """
    lines: list[bytes] = []
    if not os.path.exists(path):
        return lines
    if not os.path.isfile(path):
        raise DataError(f"{os.fspath(path)!r} is no regular file: give the path of a new one.")
    with open(path, "rb") as file:
        for number, line in enumerate(file, start=1):
            if is_half_a_line(line):
                break  # only the last one has no end
            if not is_epoch(line):
                raise foreign(path, number)
            lines.append(line)
    return lines


def is_half_a_line(line: bytes) -> bool:
    """Whether it is the beginning of a line of ours, as a process leaves it that is killed while it writes."""
    return not line.endswith(b"\n") and (BEGINNING.startswith(line) or line.startswith(BEGINNING))


def is_epoch(line: bytes) -> bool:
    """Whether it is a line of ours."""
    try:
        row = json.loads(line)
    except ValueError:
        return False
    return line.startswith(BEGINNING) and isinstance(row["epoch"], int) and "training_loss" in row


def foreign(path: str | os.PathLike[str], number: int) -> DataError:
    return DataError(
        f"The file {os.fspath(path)!r} is no history of a run (see its line {number}), and is left as it is. "
        "Give the path of a new file, or of the history of another run."
    )
