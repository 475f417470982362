"""Where compiled kernels are kept between runs, and the two decorators of kernels, `jit` and `jit_in_order`.

Numba notices a change in a function's own file, but not in a file that it calls into. So the cache folder is named
by a hash of all kernel sources: a change anywhere compiles anew. Where no folder can be written, kernels are
compiled in each process and that is said once.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

from pellucid.errors import EngineWarning
from pellucid.mathematics import activations  # constants of its blocks are frozen into kernels

# What may be reordered inside element-wise loops and sums. Never "nnan" or "ninf": they assume away the NaN and
# infinities by which a missing target and a diverging run are recognised.
FAST = {"reassoc", "contract", "nsz", "arcp"}


def hash_of_sources() -> str:
    """A name for the present state of every file of this folder, and of those whose constants kernels take."""
    digest = hashlib.sha256()
    for folder in (Path(__file__).parent, Path(activations.__file__).parent):
        for source in sorted(folder.glob("*.py")):
            digest.update(f"{folder.name}/{source.name}".encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path | None:
    """The folder for these sources, created; None where nothing can be written."""
    home = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    try:
        folder = Path(home) if home else Path.home() / ".cache"
        folder = folder / "pellucid" / f"kernels-{hash_of_sources()}"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except (OSError, RuntimeError):  # RuntimeError: there is no home folder
        return None


FOLDER = cache_folder()
if FOLDER is None:
    warnings.warn(
        "No folder can be written for compiled kernels, so they are compiled anew in each process "
        "(some 40 seconds). Set NUMBA_CACHE_DIR to a writable folder to keep them.",
        EngineWarning,
        stacklevel=2,
    )


def nothing_kept() -> bool:
    """Whether no kernel has been compiled and kept yet, so that the first call will take its time."""
    return FOLDER is None or next(FOLDER.rglob("*.nbi"), None) is None


def jit(function: Callable[..., Any]) -> Any:
    """Compile a kernel when it is first called, without the interpreter's lock, and keep the result on disk."""
    return compile_kernel(function, fastmath=FAST)


def jit_in_order(function: Callable[..., Any]) -> Any:
    """The same, with every operation as it is written: for formulae that are arranged so that nothing cancels."""
    return compile_kernel(function, fastmath=False)


def compile_kernel(function: Callable[..., Any], fastmath: Any) -> Any:
    """Numba's decorator with our folder: it reads the folder when it runs, and other libraries' kernels keep theirs.

    Every kernel is inlined into its callers by force: else a process that compiles would call a callee's own copy, and
    one that loads from the folder the copy optimised with its caller, whose sums may be in another order. The same seed
    must give the same bytes in both.
    """
    before = numba.config.CACHE_DIR  # type: ignore[attr-defined]  # made at run time by Numba
    try:
        numba.config.CACHE_DIR = str(FOLDER or "")  # type: ignore[attr-defined]  # likewise
        return numba.njit(
            function, cache=FOLDER is not None, nogil=True, fastmath=fastmath, error_model="numpy", forceinline=True
        )
    finally:
        numba.config.CACHE_DIR = before  # type: ignore[attr-defined]  # likewise
