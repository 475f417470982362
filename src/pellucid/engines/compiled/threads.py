"""One BLAS thread for small work, all that the caller allows for large matrix products.

A second thread only pays when a product is large: the two must meet at the end of each one, and when the other core is
busy that meeting was seen to take 40 times the product itself. The limit is the process's, so it is counted: the first
to ask sets it, the last to leave restores what was there, and a caller's own limit (joblib's, say) is never raised.

OpenBLAS (0.3.30, 0.3.31) lets only the main thread change the count: work in another thread runs with what it finds.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

from threadpoolctl import ThreadpoolController

# Multiplications in the largest product of a step from which all threads are used. benchmarks/thread_threshold.py, two
# cores: from here on all threads gain at least 1.39 times on an idle machine (below, 0.96 to 1.43), and lose 2 to 4
# times while another process keeps a core busy, as every library that uses all threads does there.
LARGE_PRODUCT = 256 * 256 * 256

_lock = threading.Lock()
_users = 0
_controller: ThreadpoolController | None = None
_limiter = None


def largest_product(sizes: Sequence[int], rows: int) -> int:
    """Multiplications in the largest matrix product of a block of so many rows."""
    return max(rows * d_in * d_out for d_in, d_out in pairwise(sizes))


@contextmanager
def blas_threads(sizes: Sequence[int], rows: int) -> Iterator[None]:
    """Within this block, one BLAS thread, unless the work is large."""
    if largest_product(sizes, rows) >= LARGE_PRODUCT:
        yield
        return
    enter()
    try:
        yield
    finally:
        leave()


def enter() -> None:
    """Set one thread, if nobody has yet."""
    global _users, _controller, _limiter
    with _lock:
        if _users == 0:
            if _controller is None:
                # Numba multiplies with SciPy's BLAS: it must be there before the libraries are listed.
                importlib.import_module("scipy.linalg.cython_blas")
                _controller = ThreadpoolController().select(user_api="blas")
            _limiter = _controller.limit(limits=1)
        _users += 1


def leave() -> None:
    """Restore the number of threads, if nobody else needs one."""
    global _users
    with _lock:
        _users -= 1
        if _users == 0 and _limiter is not None:
            _limiter.restore_original_limits()
