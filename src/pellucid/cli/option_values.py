"""What stands after an option, read: sizes as 64,64, and losses by name or with numbers, as huber:1.5."""

from __future__ import annotations

from typing import Any

from pellucid.errors import ParameterError

MOST_UNITS = 10**8  # of a layer: beyond, the number of weights of two layers leaves the integers

# What the numbers after the colon are of. Losses without numbers are given by their name alone.
WITH_NUMBERS = {
    "huber": "its delta, a number > 0",
    "quantile": "quantiles between 0 and 1",
    "tweedie": "its power from 1 to 2",
    "log": "the share of label smoothing, from 0 to below 1",
    "cross_entropy": "the share of label smoothing, from 0 to below 1",
}


def read_losses(given: list[str] | None) -> Any:
    """The loss for all targets, or a list with one for each; "auto" where none is given."""
    if not given:
        return "auto"
    losses = [read_loss(text) for text in given]
    return losses[0] if len(losses) == 1 else losses


def read_loss(text: str) -> Any:
    """One loss; an unknown name is left to the estimator, which refuses it."""
    from pellucid.mathematics.losses import LOSSES

    name, _, numbers = text.partition(":")
    if not numbers and ":" not in text:
        return name
    if name not in WITH_NUMBERS:
        listed = ", ".join(WITH_NUMBERS)
        raise ParameterError(f"--loss {text}: only {listed} take numbers after a colon. Give {name or 'a name'} alone.")
    try:
        values = [float(number) for number in numbers.split(",")]
    except ValueError:
        raise ParameterError(
            f"--loss {text}: after the colon stand numbers, here {WITH_NUMBERS[name]}, as {name}:0.1."
        ) from None
    if len(values) > 1 and name != "quantile":
        raise ParameterError(f"--loss {text}: {name} takes one number, {WITH_NUMBERS[name]}.")
    try:
        return type(LOSSES[name])(*values)
    except ParameterError:
        raise ParameterError(f"--loss {text}: {name} takes {WITH_NUMBERS[name]}.") from None


def task_of_loss(given: list[str] | None, task: str) -> str:
    """The task that the losses ask for, where none was named; log, for numbers and for classes, leaves it to the others."""
    names = {text.partition(":")[0] for text in given or ()} - {"log", "auto"}
    if task != "auto" or not names:
        return task
    return "classification" if names == {"cross_entropy"} else "regression"


def read_sizes(hidden: str) -> tuple[int, ...]:
    """`64,64` as (64, 64); `0` as no hidden layer."""
    try:
        sizes = tuple(int(size) for size in hidden.split(","))
    except ValueError:
        sizes = (-1,)
    if sizes == (0,):
        return ()
    if min(sizes) < 1 or max(sizes) > MOST_UNITS:
        raise ParameterError(
            f"--hidden must be whole numbers from 1 to {MOST_UNITS:,} as 64,64, or 0 for no hidden layer. "
            f"Got {hidden!r}."
        )
    return sizes
