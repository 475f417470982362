"""Independent parts of the work on a table, in as many threads as Arrow has: NumPy and Arrow leave the GIL."""

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa


def in_threads(function, parts):
    """Yield function(part) of each part, in their order; the first part that fails, in that order, raises its error.

    How many threads there are is `pyarrow.cpu_count()`, which `pyarrow.set_cpu_count` and OMP_NUM_THREADS set. A single
    part needs none.

    Examples
    --------
    >>> list(in_threads(abs, [-1, 2, -3]))
    [1, 2, 3]
    """
    parts = list(parts)
    if min(len(parts), pa.cpu_count()) <= 1:
        yield from map(function, parts)
        return
    with ThreadPoolExecutor(min(len(parts), pa.cpu_count())) as threads:
        yield from threads.map(function, parts)
