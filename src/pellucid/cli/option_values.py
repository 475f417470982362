"""What stands after an option, read: 64,64 and relu,tanh for layers, and losses, as rss or huber:1.5."""

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
    if not given or given == ["auto"]:
        return "auto"
    losses = [read_loss(text) for text in given]
    return losses[0] if len(losses) == 1 else losses


def read_loss(text: str) -> Any:
    """One loss, or a refusal that names all there are."""
    from pellucid.mathematics.losses import LOSSES

    name, _, numbers = text.partition(":")
    if name not in LOSSES:
        raise ParameterError(
            f"--loss must be one of {', '.join(LOSSES)}, some with numbers, as huber:1.5. Got {text!r} instead."
        )
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
    """The task that the losses ask for, where none was named; log, for numbers and classes, leaves it to others."""
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


def read_activations(text: str, n_hidden: int) -> str | list[str]:
    """`relu` for all hidden layers, or `relu,tanh` as one for each."""
    from pellucid.mathematics.activations import HIDDEN

    names = [name.strip() for name in text.split(",")]
    unknown = [name for name in names if name not in HIDDEN]
    if unknown:
        raise ParameterError(
            f"--activation must be one of {', '.join(HIDDEN)}, or one for each hidden layer, as relu,tanh. "
            f"Got {unknown[0]!r} instead."
        )
    return names[0] if len(names) == 1 else one_for_each(names, "--activation", n_hidden)


def read_dropout(given: list[str] | None, n_hidden: int) -> float | list[float]:
    """`0.1` for all hidden layers, or one for each, as `0.1,0.2` or given several times."""
    texts = [text for option in given or ["0"] for text in option.split(",")]
    try:
        rates = [float(text) for text in texts]
    except ValueError:
        rates = [-1.0]
    if not all(0 <= rate < 1 for rate in rates):
        raise ParameterError(
            "--dropout must be a number from 0 to below 1, or one for each hidden layer, as 0.1,0.2. "
            f"Got {','.join(texts)} instead."
        )
    return rates[0] if len(rates) == 1 else one_for_each(rates, "--dropout", n_hidden)


def one_for_each(values: list[Any], option: str, n_hidden: int) -> list[Any]:
    """As many as there are hidden layers, or a refusal."""
    if len(values) != n_hidden:
        layers = "1 hidden layer" if n_hidden == 1 else f"{n_hidden} hidden layers"
        raise ParameterError(f"{option} has {len(values)} values for {layers}. Give one for all, or one for each.")
    return values


def read_output_activations(given: list[str] | None) -> Any:
    """The activation of the outputs for all targets, or a list with one for each; "auto" where none is given."""
    from pellucid.mathematics.activations import ACTIVATIONS

    unknown = [name for name in given or () if name not in ACTIVATIONS and given != ["auto"]]
    if unknown:
        known = ", ".join(ACTIVATIONS)
        raise ParameterError(f"--output-activation must be one of {known}. Got {unknown[0]!r} instead.")
    return "auto" if not given else given[0] if len(given) == 1 else given


def read_transforms(given: list[str] | None) -> Any:
    """The transform of all targets, or a list with one for each; "auto" where none is given."""
    from pellucid.estimators.chosen_transforms import TRANSFORMS

    unknown = [name for name in given or () if name not in TRANSFORMS]
    if unknown:
        raise ParameterError(f"--target-transform must be one of {', '.join(TRANSFORMS)}. Got {unknown[0]!r} instead.")
    return "auto" if not given else given[0] if len(given) == 1 else given


def refuse_other_number(option: str, values: list[str] | None, targets: list[str]) -> None:
    """One for all targets, or one for each."""
    if values and len(values) not in (1, len(targets)):
        counted = "1 target" if len(targets) == 1 else f"{len(targets)} targets"
        raise ParameterError(
            f"{option} is given {len(values)} times for {counted}. Give it once for all, or once for each --target."
        )


def read_scoring(name: str) -> str:
    """`loss` or a scorer of scikit-learn."""
    from sklearn.metrics import get_scorer_names

    if name != "loss" and name not in get_scorer_names():
        raise ParameterError(
            f"--scoring must be loss, or one of scikit-learn's scorers: {', '.join(get_scorer_names())}. "
            f"Got {name!r} instead."
        )
    return name
