"""Results as tables on standard output, and a word on standard error where something takes long."""

from __future__ import annotations

import json
import math
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from pellucid.errors import visible
from pellucid.report.wording import as_text as as_text


class Progressing(Protocol):
    """Bytes of a table, and how many of them have been read."""

    @property
    def size(self) -> int:
        """All of them."""
        ...

    @property
    def position(self) -> int:
        """Read so far."""
        ...


def print_json(result: Any) -> None:
    """For machines: one JSON object; a number that is not finite becomes null."""
    print(as_json(result, indent=2))


def as_json(result: Any, indent: int | None = None) -> str:
    """JSON without any control character, which a terminal would obey."""
    text = json.dumps(without_nan(result), indent=indent, ensure_ascii=False, default=str)
    return text.translate({sign: f"\\u{sign:04x}" for sign in range(127, 160)})


def without_nan(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): without_nan(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(entry) for entry in value]
    return value


def print_facts(facts: Mapping[str, str]) -> None:
    """A name and what is known of it, line by line, aligned."""
    width = max(map(len, facts))
    for name, text in facts.items():
        for i, line in enumerate(text.splitlines()):
            print(visible(f"{name if i == 0 else '':<{width}}  {line}"))


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "", words: int = 1) -> None:
    """A table by rich; in a file or a pipe as wide as it needs, so that no column is cut.

    The first columns, of words, stand to the left, the others, of numbers, to the right.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for i, name in enumerate(header):
        table.add_column(Text(visible(name)), justify="left" if i < words else "right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    console = Console() if sys.stdout.isatty() else Console(width=160, no_color=True)
    console.print(table)


@contextmanager
def said_if_slow(what: str, seconds: float = 2.0) -> Iterator[None]:
    """Say once, on standard error, what takes long, if it does; kernels are compiled without any other sign of life."""
    timer = threading.Timer(seconds, print, (f"note: {what}",), {"file": sys.stderr, "flush": True})
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def reading_shown(of: Progressing) -> Iterator[None]:
    """A bar on standard error, where that is a terminal, of how much of a table has been read."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as bar:
        task = bar.add_task("", total=of.size)
        stop = threading.Event()

        def follow() -> None:
            while not stop.wait(0.1):
                bar.update(task, completed=of.position)

        follower = threading.Thread(target=follow, daemon=True)
        follower.start()
        try:
            yield
        finally:
            stop.set()
            follower.join()
