"""The command line that is being run, so that a report can say how to do it again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path

_said: ContextVar[tuple[str, ...]] = ContextVar("command_line", default=())


def remember(arguments: Sequence[str]) -> None:
    """Keep the arguments of the command that begins."""
    _said.set(tuple(arguments))


def as_typed(paths: Sequence[Path]) -> str:
    """The command as it would be typed beside its files: a page that is passed on tells no folder.

    >>> remember(["evaluate", "models/m.safetensors", "my table.csv"])
    >>> as_typed([Path("models/m.safetensors"), Path("my table.csv")])
    "pellucid evaluate m.safetensors 'my table.csv'"
    """
    names = {str(path): path.name for path in paths}
    words = []
    for word in _said.get():
        option, equals, value = word.partition("=")
        if option.startswith("-") and equals:
            word = option + equals + names.get(str(Path(value)), value)
        elif word and not word.startswith("-"):
            word = names.get(str(Path(word)), word)
        words.append(word)
    return shlex.join(["pellucid", *words])
