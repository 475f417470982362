"""Callbacks: any `callable(state)`, called after every epoch; a true result asks to stop."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TextIO

from pellucid.errors import visible
from pellucid.mathematics.structure import Network
from pellucid.training.history import EpochRecord, History


@dataclass(frozen=True)
class TrainingState:
    """What a callback sees after an epoch.

    Attributes
    ----------
    epoch, max_epochs : int
    network : Network
        With its own copy of the present parameters, made when it is asked for.
    history : History
    """

    epoch: int
    max_epochs: int
    history: History
    make_network: Callable[[], Network]

    @property
    def network(self) -> Network:
        return self.make_network()

    @property
    def record(self) -> EpochRecord:
        """The epoch that has just ended."""
        return self.history.records[-1]


Callback = Callable[[TrainingState], "bool | None"]


@contextmanager
def closed_at_the_end(callbacks: Sequence[Callback]) -> Iterator[None]:
    """Call `close` of every callback that has it when the run has ended, in whatever way."""
    with ExitStack() as stack:
        for callback in callbacks:
            close = getattr(callback, "close", None)
            if callable(close):
                stack.callback(close)
        yield


class PrintEpochs:
    """Print one line for an epoch: the first ten, then fewer and fewer, so that long runs stay readable."""

    def __init__(self, file: TextIO | None = None):
        self.file = file

    def __call__(self, state: TrainingState) -> None:
        step = 10 ** (len(str(state.epoch)) - 1)
        if state.epoch % step == 0 or state.epoch == state.max_epochs:
            print(describe_epoch(state), file=self.file or sys.stderr)


def describe_epoch(state: TrainingState) -> str:
    """One line: the epoch and its losses."""
    record = state.record
    line = f"epoch {record.epoch}: training {record.training_loss:.5g} ({state.history.training})"
    if record.validation_loss is not None:
        line += f", validation {record.validation_loss:.5g}"
    line += f", {state.history.loss} in {state.history.units}{describe_rmse(state.history, len(state.history))}"
    if record.validation_score is not None:
        line += f"; validation {state.history.scoring} {record.validation_score:.5g}"
    return visible(line)  # names come from the user's table


def describe_rmse(history: History, epoch: int) -> str:
    """The root mean squared errors of the first three targets after an epoch, in their own units; else ""."""
    errors = history.rmse_at(epoch)
    if not errors:
        return ""
    part = "training" if history.records[epoch - 1].validation_loss is None else "validation"
    listed = [f"{error:.5g}{f' {name}' if len(errors) > 1 else ''}" for name, error in errors.items()]
    return f"; {part} RMSE {', '.join(listed[:3])}{', ...' if len(listed) > 3 else ''}"
