"""With what a model was made: the arguments of its constructor, versions, and files by their hashes."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple

import pellucid
from pellucid.errors import shortened

PACKAGES = ("numpy", "scipy", "scikit-learn", "numba", "pyarrow", "narwhals", "matplotlib", "jax")
NOT_SHOWN = ("callbacks", "verbose")  # objects of the user's, and what was printed


class Setting(NamedTuple):
    """One argument of the constructor."""

    name: str
    value: str
    default: str

    @property
    def changed(self) -> bool:
        return self.value != self.default


class HashedFile(NamedTuple):
    """A file by its name, without its folder: a page that is passed on tells none."""

    name: str
    size: int
    sha256: str


def settings_of(model: Any) -> list[Setting]:
    """Every argument, those that differ from the default first."""
    defaults = {name: parameter.default for name, parameter in signature(type(model)).parameters.items()}
    found = [
        Setting(name, shortened(value), shortened(defaults[name]))
        for name, value in model.get_params(deep=False).items()
        if name not in NOT_SHOWN
    ]
    return sorted(found, key=lambda setting: (not setting.changed, setting.name))


def versions() -> list[tuple[str, str]]:
    """pellucid, Python, what computes, and on what kind of machine."""
    found = [("pellucid", pellucid.__version__), ("Python", platform.python_version())]
    for package in PACKAGES:
        try:
            found.append((package, version(package)))
        except PackageNotFoundError:  # as JAX may be
            continue
    return [*found, ("machine", f"{platform.system()} on {platform.machine()}")]


def hash_files(paths: Sequence[str | Path]) -> list[HashedFile]:
    """SHA-256 of each file, read in pieces."""
    found = []
    for path in map(Path, paths):
        with path.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
        found.append(HashedFile(path.name, path.stat().st_size, digest))
    return found
