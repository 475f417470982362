"""Which engine runs: the one asked for by name, or the fastest that works here."""

from __future__ import annotations

import importlib.util
import sys
import warnings

from pellucid.engines.protocol import Engine
from pellucid.engines.reference import ReferenceEngine
from pellucid.errors import EngineUnavailable, EngineWarning, wrong_parameter
from pellucid.mathematics.losses import Loss
from pellucid.mathematics.structure import Network

ENGINES = ("auto", "compiled", "reference")


def has_numba() -> bool:
    """Whether Numba can be imported; asked before each prediction, so the quick answer comes first."""
    return "numba" in sys.modules or importlib.util.find_spec("numba") is not None


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
    installed = has_numba()
    if name == "reference" or (name == "auto" and not installed):
        return ReferenceEngine()
    if not installed:
        raise EngineUnavailable(
            "The compiled engine needs Numba, which is not installed. "
            "Install it with `pip install numba`, or use engine='reference'."
        )
    from pellucid.engines.compiled.engine import CompiledEngine

    return CompiledEngine()


def engine_that_knows(name: str, network: Network, loss: Loss, owner: str) -> Engine:
    """The engine of that name, or the reference where it has no kernels for an activation or the loss."""
    engine = choose_engine(name, owner)
    if engine.name != "compiled":
        return engine
    from pellucid.engines.compiled.problem import is_known

    return engine if is_known(network, loss) else ReferenceEngine()


def engine_for(name: str, network: Network, loss: Loss, owner: str = "engine_for", stacklevel: int = 3) -> Engine:
    """The same, with a warning where it is the reference that has to run instead."""
    engine = engine_that_knows(name, network, loss, owner)
    if engine.name != choose_engine(name, owner).name:
        warnings.warn(
            "The compiled engine has no kernels for an activation or a loss of your own: "
            "the reference engine runs instead.",
            EngineWarning,
            stacklevel=stacklevel,
        )
    return engine


def must_compile(name: str) -> bool:
    """Whether the engine of that name has to compile its kernels first, which takes some 40 seconds, once."""
    if name == "reference" or not has_numba():
        return False
    from pellucid.engines.compiled.cache import nothing_kept

    return nothing_kept()
