"""An argument as a text: the same in every process, and another for everything that computes something else."""

from __future__ import annotations

import functools
import hashlib
import re
import sys
import types
from dataclasses import fields, is_dataclass
from numbers import Number
from typing import Any

import numpy as np

# Functions and classes of these are known by their names: their versions are told apart elsewhere, or decide nothing.
KNOWN = sys.stdlib_module_names | {"pellucid", "numpy", "scipy", "sklearn"}
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")


class NoText(Exception):
    """A value that looks different in every process, or the same whatever it computes."""


def text_of(value: Any, above: tuple[int, ...] = ()) -> str:
    """Describe a value, whatever it is made of.

    A function is its name and its code, with what it encloses and its defaults; an object its class, with the code of
    its methods, and its attributes. What a function looks up by a global name is not followed.

    Parameters
    ----------
    value : object
    above : tuple of int
        The identities of what this value is a part of, so that a cycle has an end.

    Raises
    ------
    NoText
        If that cannot be done.

    Examples
    --------
    >>> text_of([0.1, "relu", None]), text_of(len)
    ("[0.1, 'relu', None]", 'builtins.len')
    >>> text_of(lambda h: h + 1) == text_of(lambda h: h + 2)
    False
    """
    if value is None or (isinstance(value, str | bytes | Number) and not isinstance(value, np.generic)):
        return repr(value)
    if isinstance(value, np.generic):
        return repr(value.item())
    if isinstance(value, np.random.RandomState | np.random.Generator):
        return name_of(type(value))  # its state is drawn from; what it gave is the seed of the run
    if id(value) in above:
        return f"what is {len(above) - above.index(id(value))} above"
    if len(above) > 100:
        raise NoText("it is nested too deep")
    return text_of_parts(value, (*above, id(value)))


def text_of_parts(value: Any, above: tuple[int, ...]) -> str:
    """Describe what has parts, or a name."""

    def text(part: Any) -> str:
        return text_of(part, above)

    if isinstance(value, np.ndarray):
        content = text(value.tolist()).encode() if value.dtype.hasobject else np.ascontiguousarray(value).tobytes()
        return f"an array {value.shape} of {value.dtype}, {digest(content)}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(text, value))}]"
    if isinstance(value, set | frozenset):
        return f"{{{', '.join(sorted(map(text, value)))}}}"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{text(key)}: {text(part)}' for key, part in value.items())}}}"
    if isinstance(value, functools.partial):
        return f"partial({text(value.func)}, {text(value.args)}, {text(value.keywords)})"
    if isinstance(value, types.MethodType):
        return f"{text(value.__func__)} of {text(value.__self__)}"
    if isinstance(value, types.FunctionType | type):
        name = name_of(value)
        return name if is_known(value) else f"{name}, {digest(text(content_of(value)).encode())}"
    if isinstance(value, types.CodeType):
        names = (value.co_names, value.co_varnames[: value.co_argcount + value.co_kwonlyargcount], value.co_flags)
        return f"code {digest(value.co_code + value.co_exceptiontable)} {names} {text(value.co_consts)}"
    if isinstance(value, types.ModuleType):
        return value.__name__
    if isinstance(value, types.MethodDescriptorType) or is_known(value) or is_function_of_module(value):
        return name_of(value)
    return text_of_object(value, text)


def text_of_object(value: Any, text: Any) -> str:
    """Describe an object by its class and its attributes."""
    cls = type(value)
    if is_dataclass(value):
        attributes = {field.name: getattr(value, field.name) for field in fields(value)}
    elif hasattr(value, "__array__"):  # a column of a frame, say
        return f"{name_of(cls)} with {text(np.asarray(value))}"
    else:
        attributes = attributes_of(value)
    if attributes is None:
        shown = repr(value)
        if cls.__repr__ is object.__repr__ or ADDRESS.search(shown):
            raise NoText(f"nothing tells one {name_of(cls)} from another in every process")
        return f"{name_of(cls)} {shown}"
    listed = ", ".join(f"{name}={text(part)}" for name, part in attributes.items())
    return f"{cls.__qualname__ if is_known(cls) else text(cls)}({listed})"


def attributes_of(value: Any) -> dict[str, Any] | None:
    """Those of its dictionary and its slots; None where it can have none, or keeps what it is made of to itself."""
    names = [name for cls in type(value).__mro__ for name in slots_of(cls)]
    if not hasattr(value, "__dict__") and not any("__slots__" in vars(cls) for cls in type(value).__mro__):
        return None
    slots = {name: getattr(value, name) for name in names if hasattr(value, name)}
    return slots | getattr(value, "__dict__", {})


def slots_of(cls: type) -> tuple[str, ...]:
    """The attributes that a class has a place for, instead of a dictionary."""
    slots = vars(cls).get("__slots__", ())
    return tuple(name for name in ((slots,) if isinstance(slots, str) else slots) if not name.startswith("__"))


def content_of(value: types.FunctionType | type) -> list[Any]:
    """What a function or a class of the user's own does, beside its name."""
    if isinstance(value, type):
        parts = {name: unwrapped(part) for name, part in sorted(vars(value).items())}
        told = (types.FunctionType, str, Number, tuple, type(None))
        own = {name: part for name, part in parts.items() if isinstance(part, told) and name != "__doc__"}
        return [own, *(base for base in value.__bases__ if base is not object)]
    enclosed = []
    for cell in value.__closure__ or ():
        try:
            enclosed.append(cell.cell_contents)
        except ValueError:  # nothing in it yet
            enclosed.append("nothing")
    return [value.__code__, value.__defaults__, value.__kwdefaults__, enclosed, getattr(value, "__wrapped__", None)]


def unwrapped(part: Any) -> Any:
    """The function in a method of a class, a static one or a property."""
    return getattr(part, "__func__", getattr(part, "fget", part))


def is_function_of_module(value: Any) -> bool:
    """Whether it is compiled, and no method of an object."""
    return isinstance(value, types.BuiltinFunctionType) and isinstance(value.__self__, types.ModuleType | None)


def is_known(value: Any) -> bool:
    """Whether its name says all: it is what a module of a known library has under that name."""
    module = getattr(value, "__module__", None)
    if not isinstance(module, str) or module.partition(".")[0] not in KNOWN:
        return False
    found: Any = sys.modules.get(module)
    for name in getattr(value, "__qualname__", "").split("."):
        found = getattr(found, name, None)
    return found is value


def name_of(value: Any) -> str:
    """Of a class or a function, with that of its module."""
    module = getattr(value, "__module__", None)
    return value.__qualname__ if module is None else f"{module}.{value.__qualname__}"


def digest(value: bytes) -> str:
    """A short name for many bytes."""
    return hashlib.sha256(value).hexdigest()[:16]
