"""One BLAS thread for small work, all that the caller allows for large matrix products.

A second thread only pays when a product is large: the two must meet at the end of each one, and when the other core is
busy that meeting was seen to take 40 times the product itself.

The number is the process's, and a product's last bits depend on it: on how many threads it is divided among. So that a
fit or a prediction has the same bytes whatever other threads do, small work and large work take turns: small work side
by side, with one thread, then large work side by side, with the caller's own limit (joblib's, say), which is never
raised. A slice of training takes at most 50 ms; a prediction keeps its turn until it is done.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

import threadpoolctl
from threadpoolctl import ThreadpoolController

from pellucid.engines.compiled.turns import Turns

# Multiplications in the largest product of a step from which all threads are used. benchmarks/thread_threshold.py, two
# cores: from here on all threads gain at least 1.39 times on an idle machine (below, 0.96 to 1.43), and lose 2 to 4
# times while another process keeps a core busy, as every library that uses all threads does there.
LARGE_PRODUCT = 256 * 256 * 256

_controller: ThreadpoolController | None = None
_limiter = None


def largest_product(sizes: Sequence[int], rows: int) -> int:
    """Multiplications in the largest matrix product of a block of so many rows."""
    return max(rows * d_in * d_out for d_in, d_out in pairwise(sizes))


@contextmanager
def blas_threads(sizes: Sequence[int], rows: int) -> Iterator[None]:
    """Within this block, one BLAS thread, unless the work is large."""
    with _turns.taken("large" if largest_product(sizes, rows) >= LARGE_PRODUCT else "small"):
        yield


@contextmanager
def callers_threads() -> Iterator[None]:
    """Within this block, the caller's own number of BLAS threads, whatever other threads do."""
    with _turns.taken("large"):
        yield


def _begin(kind: str) -> None:
    """Set one thread for small work."""
    global _controller, _limiter
    if kind == "large":
        return
    if _controller is None:
        # Numba multiplies with SciPy's BLAS: it must be there before the libraries are listed.
        importlib.import_module("scipy.linalg.cython_blas")
        _controller = ThreadpoolController().select(user_api="blas")
    _let_any_thread_set_the_limit()
    _limiter = _controller.limit(limits=None)  # remembers the number before anything is changed, whatever then happens
    _controller.limit(limits=1)


def _end() -> None:
    """Restore the number of threads."""
    global _limiter
    if _limiter is not None:
        _let_any_thread_set_the_limit()
        _limiter.restore_original_limits()
        _let_any_thread_set_the_limit()
        _limiter = None


def _let_any_thread_set_the_limit() -> None:
    """From 3.8 on threadpoolctl ignores, without a word, every thread but the first that set a limit.

    Here the last to leave restores what the first to enter has set, and they may be two threads.
    """
    clear = getattr(threadpoolctl.OpenBLASController, "clear_controlling_thread", None)  # type: ignore[attr-defined]  # not in its list of names
    if clear is not None:
        clear(force=True)


def _begin_anew_after_fork() -> None:
    """A forked process has none of the other threads that were inside, and nobody else would restore their limit."""
    global _turns
    _turns = Turns(_begin, _end)
    _end()


_turns = Turns(_begin, _end)
if hasattr(os, "register_at_fork"):  # there is no fork on Windows
    os.register_at_fork(after_in_child=_begin_anew_after_fork)
