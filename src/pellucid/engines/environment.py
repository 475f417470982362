"""What, beside the program and its input, decides the last bit of a result: libraries, processor and threads."""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import platform
from typing import Any

from numpy.lib.introspect import opt_func_info
from threadpoolctl import threadpool_info

from pellucid.engines.compiled.threads import callers_threads


def describe_environment(engine: str) -> dict[str, str]:
    """Names and values; where all are equal, an engine computes the same bytes.

    Parameters
    ----------
    engine : str
        The name of the engine.

    Examples
    --------
    >>> sorted(describe_environment("reference"))
    ['BLAS', 'engine', 'numpy', 'processor', 'scipy']
    """
    libraries = ["numpy", "scipy"]
    processor = f"{platform.system()} {platform.machine()}, NumPy's functions for {digest(opt_func_info())}"
    if engine == "compiled":
        libraries += ["numba", "llvmlite"]
        processor += f", kernels for {describe_target()}"
        importlib.import_module("scipy.linalg.cython_blas")  # its BLAS, too, must be there to be listed
    described = {name: importlib.metadata.version(name) for name in libraries}
    with callers_threads():  # another thread may have set the process to one just now
        blas = sorted({describe_blas(library) for library in linear_algebra()})
    return described | {
        "engine": engine,
        "processor": processor,
        "BLAS": "; ".join(blas),
    }


def describe_target() -> str:
    """The processor that Numba compiles for: this one, or what its settings say."""
    codegen = importlib.import_module("numba.core.registry").cpu_target.target_context.codegen()
    _, processor, features = codegen.magic_tuple()  # by which Numba tells its own files of other processors apart
    return f"{processor} with {digest(features)}"


def digest(value: Any) -> str:
    """A short name for a long list of features."""
    return hashlib.sha256(repr(value).encode()).hexdigest()[:8]


def linear_algebra() -> list[dict[str, Any]]:
    """The BLAS of NumPy and SciPy, not of a package that computes nothing here; all of them if none is theirs."""
    found = [library for library in threadpool_info() if library["user_api"] == "blas"]
    theirs = [library for library in found if "numpy" in library["filepath"] or "scipy" in library["filepath"]]
    return theirs or found


def describe_blas(library: dict[str, Any]) -> str:
    """Its name, its version, the processor it has chosen its kernels for, and its threads."""
    processor, n = library.get("architecture", "any processor"), library["num_threads"]
    return f"{library['internal_api']} {library['version']} for {processor}, {n} thread{'' if n == 1 else 's'}"
