"""Which engine runs: the one asked for by name, or the fastest that works here."""

from __future__ import annotations

import importlib.util

from pellucid.engines.protocol import Engine
from pellucid.engines.reference import ReferenceEngine
from pellucid.errors import EngineUnavailable, wrong_parameter

ENGINES = ("auto", "compiled", "reference")


def choose_engine(name: str, owner: str = "choose_engine") -> Engine:
    """The engine of that name; "auto" takes compiled where Numba is installed, else reference.

    Raises
    ------
    ParameterError
        If there is no engine of that name.
    EngineUnavailable
        If it was asked for by name and its library is not installed.

    Examples
    --------
    >>> choose_engine("reference").name
    'reference'
    """
    if name not in ENGINES:
        raise wrong_parameter("engine", owner, "one of " + ", ".join(ENGINES), name)
    installed = importlib.util.find_spec("numba") is not None
    if name == "reference" or (name == "auto" and not installed):
        return ReferenceEngine()
    if not installed:
        raise EngineUnavailable(
            "The compiled engine needs Numba, which is not installed. "
            "Install it with `pip install numba`, or use engine='reference'."
        )
    from pellucid.engines.compiled.engine import CompiledEngine

    return CompiledEngine()
