"""A bar on standard error that shows the epochs while training runs, where standard error is a terminal."""

from __future__ import annotations

import sys
from typing import Any

from pellucid.training.callbacks import Callback, PrintEpochs, TrainingState, describe_epoch


class ProgressBar:
    """A callback: a bar of epochs with the losses of the last one, by rich; it vanishes when the run ends.

    Where standard error is no terminal (a file, a pipe, a notebook) it shows nothing. An estimator with `verbose=True`
    shows it too, and prints lines where there is no terminal.

    Examples
    --------
    >>> from pellucid import FeedForwardRegressor, ProgressBar
    >>> X, y = [[0.0], [1.0], [2.0]] * 5, [0.0, 1.0, 2.0] * 5
    >>> model = FeedForwardRegressor((2,), max_iter=3, callbacks=[ProgressBar()]).fit(X, y)
    """

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None

    def __call__(self, state: TrainingState) -> None:
        """Show the epoch that has just ended."""
        self.start(state.max_epochs)
        if self._bar is not None:
            self._bar.update(
                self._task, completed=state.epoch, total=state.max_epochs, description=describe_epoch(state)
            )

    def start(self, max_epochs: int) -> None:
        """Show the bar, unless it is shown: also before the first epoch has ended, which may take long."""
        if self._bar is not None or not sys.stderr.isatty():
            return
        from rich.console import Console  # here: most runs are not watched, and need no rich
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (BarColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("first epoch", total=max_epochs)
        self._bar.start()

    def close(self) -> None:
        """Take the bar away; `fit` does so when the run ends. The next epoch shows a new one."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = self._task = None


def progress_of_a_run() -> Callback:
    """What `verbose=True` shows: the bar on a terminal, lines elsewhere."""
    return ProgressBar() if sys.stderr.isatty() else PrintEpochs()
