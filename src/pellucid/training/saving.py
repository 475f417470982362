"""When a run is written down: every so many epochs or seconds, and when it ends, however it ends."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

from pellucid.errors import ModelFileError, TrainingWarning
from pellucid.training.progress import Progress


class Saver:
    """Hands a run's progress to `write` when that is due.

    The first time, before any training, an error of `write` is raised: nothing is lost yet. Later it is a warning, and
    the run goes on: it is worth more than its copy.

    Parameters
    ----------
    write : callable
        Takes a Progress; raises ModelFileError where it cannot be written.
    epochs : int, optional
        Write at the end of every so many epochs.
    seconds : float, optional
        Write when so many have passed since the last time, within an epoch too.
    """

    def __init__(self, write: Callable[[Progress], None], epochs: int | None = None, seconds: float | None = None):
        self.write, self.epochs, self.seconds = write, epochs, seconds
        self.last_time = 0.0
        self.failed = False

    def start(self, progress: Progress) -> None:
        """Write where the run begins: what cannot be written is refused before any work."""
        self.write(progress)
        self.last_time = time.perf_counter()

    def is_time(self) -> bool:
        """Whether the seconds have passed."""
        return self.seconds is not None and time.perf_counter() - self.last_time >= self.seconds

    def end_epoch(self, progress: Progress) -> None:
        """Write at the end of an epoch, if it is due."""
        if self.is_time() or (self.epochs is not None and progress.epoch % self.epochs == 0):
            self.save(progress)

    def save(self, progress: Progress) -> None:
        """Write now; of several failures in a row the first is told."""
        try:
            self.write(progress)
            self.failed = False
        except ModelFileError as error:
            if not self.failed:
                self.failed = True
                warnings.warn(f"Training goes on, but without a new checkpoint: {error}", TrainingWarning, stacklevel=2)
        self.last_time = time.perf_counter()
