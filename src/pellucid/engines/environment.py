"""What, beside the program and its input, decides the last bit of a result: libraries, processor and threads."""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
from typing import Any

from threadpoolctl import threadpool_info


def describe_environment(engine: str) -> dict[str, str]:
    """Names and values; where all are equal, an engine computes the same bytes.

    Parameters
    ----------
    engine : str
        The name of the engine.

    Examples
    --------
    >>> sorted(describe_environment("reference"))
    ['BLAS', 'engine', 'numpy', 'pellucid', 'processor', 'scipy']
    """
    libraries = ["pellucid", "numpy", "scipy"]
    if engine == "compiled":
        libraries.append("numba")
        importlib.import_module("scipy.linalg.cython_blas")  # its BLAS, too, must be there to be listed
    described = {name: importlib.metadata.version(name) for name in libraries}
    described["engine"] = engine
    described["processor"] = f"{platform.system()} {platform.machine()}"
    if engine == "compiled":  # its kernels are made for the very model
        described["processor"] += f" {importlib.import_module('llvmlite.binding').get_host_cpu_name()}"
    described["BLAS"] = "; ".join(sorted({describe_blas(library) for library in linear_algebra()}))
    return described


def linear_algebra() -> list[dict[str, Any]]:
    """The BLAS of NumPy and SciPy, not of a package that computes nothing here; all of them if none is theirs."""
    found = [library for library in threadpool_info() if library["user_api"] == "blas"]
    theirs = [library for library in found if "numpy" in library["filepath"] or "scipy" in library["filepath"]]
    return theirs or found


def describe_blas(library: dict[str, Any]) -> str:
    """Its name, its version, the processor it has chosen its kernels for, and its threads."""
    processor, n = library.get("architecture", "any processor"), library["num_threads"]
    return f"{library['internal_api']} {library['version']} for {processor}, {n} thread{'' if n == 1 else 's'}"
