"""Python's search for reference cycles, put off while a description is read.

A description becomes tens of thousands of small objects that all live on: looking through them again and again took
a third of the time that loading a model of 2,000 columns takes (64 ms with it, 41 without; `benchmarks/load_time.py`).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_put_off() -> Iterator[None]:
    """Within it no cycles are searched for, in any thread; afterwards they are again, if they were before.

    Examples
    --------
    >>> with collection_put_off():
    ...     gc.isenabled()
    False
    >>> gc.isenabled()
    True
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
