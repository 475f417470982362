"""The lines of Python that make a model and its report again: whole, so that they run as they stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass
from inspect import signature
from math import isfinite
from typing import Any

import numpy as np

import pellucid
from pellucid.mathematics.activations import Activation, is_ours
from pellucid.report.rows import Rows
from pellucid.report.settings import NOT_SHOWN

LINE = 100  # signs; a longer call has a line for each argument


class NoCode(Exception):
    """A value that is an object of the user's."""


def in_python(model: Any, rows: Rows, training: Rows | None, title: str = "", random_state: int = 0) -> str:
    """The constructor with what differs from its defaults, `fit`, and `report` with the arguments that it was given."""
    name = type(model).__name__
    arguments, own = arguments_of(model)
    to_fit = {} if training is None else given({"sample_weight": training.weights, "exposure": training.exposure})
    passed = {} if training is None else {"X_train": "X", "y_train": "y"} | {f"{of}_train": of for of in to_fit}
    of_rows = given({"sample_weight": rows.weights, "exposure": rows.exposure, "groups": rows.groups})
    passed |= {of: f"{of}_test" for of in of_rows}
    passed |= {"title": as_code(title)} if title else {}
    passed |= {"random_state": as_code(random_state)} if random_state else {}
    if getattr(model.targets_, "with_exposure", False):
        to_fit["exposure"] = "exposure"
    lines = ["import pellucid\n"]
    lines += ["import numpy as np\n"] if any("np." in code for code in arguments.values()) else []
    if own:
        listed = ", ".join(own)
        lines.append(f"\n# {listed}: {'an object' if len(own) == 1 else 'objects'} of your own, as given to {name}\n")
    lines += ["\nmodel = ", call(f"pellucid.{name}", (), arguments), "\n", call("model.fit", ("X", "y"), to_fit), "\n"]
    return "".join([*lines, call("pellucid.report", ("model", "X_test", "y_test", '"report.html"'), passed)])


def given(values: Mapping[str, Any]) -> dict[str, str]:
    """Those that are not None, each as a variable with its name."""
    return {name: name for name, value in values.items() if value is not None}


def arguments_of(model: Any) -> tuple[dict[str, str], list[str]]:
    """The arguments of the constructor that differ from their defaults, as code, and those that no code can say.

    Such a one is a variable with the name of the argument.
    """
    defaults = {name: parameter.default for name, parameter in signature(type(model)).parameters.items()}
    arguments, own = {}, []
    for name, value in sorted(model.get_params(deep=False).items()):
        if name in NOT_SHOWN or repr(value) == repr(defaults[name]):
            continue
        try:
            arguments[name] = as_code(value)
        except NoCode:
            arguments[name] = name
            own.append(name)
    return arguments, own


def as_code(value: Any) -> str:
    """An expression of Python with that value.

    Raises
    ------
    NoCode
        For objects of the user's own.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if type(value) in (type(None), bool, int, str, bytes):
        return repr(value)
    if isinstance(value, float):
        return repr(value) if isfinite(value) else f'float("{value}")'
    if isinstance(value, np.ndarray):
        return f"np.array({as_code(value.tolist())}, dtype={str(value.dtype)!r})"
    if type(value) is list:
        return f"[{', '.join(map(as_code, value))}]"
    if type(value) is tuple:
        return f"({', '.join(map(as_code, value))}{',' if len(value) == 1 else ''})"
    if type(value) is dict:
        return f"{{{', '.join(f'{as_code(key)}: {as_code(of)}' for key, of in value.items())}}}"
    if isinstance(value, Activation) and is_ours(value):
        return repr(value.name)
    name = type(value).__name__
    if is_dataclass(value) and name in pellucid.__all__ and getattr(pellucid, name) is type(value):
        if isinstance(value, pellucid.Quantile):  # which takes its numbers one by one
            return f"pellucid.{name}({', '.join(map(as_code, value.q))})"
        return (
            f"pellucid.{name}({', '.join(f'{one.name}={as_code(getattr(value, one.name))}' for one in fields(value))})"
        )
    raise NoCode


def call(function: str, positional: Collection[str], named: Mapping[str, str]) -> str:
    """A call, in one line where that is short."""
    arguments = [*positional, *(f"{name}={code}" for name, code in named.items())]
    line = f"{function}({', '.join(arguments)})"
    return line if len(line) <= LINE else f"{function}(\n{''.join(f'    {one},{chr(10)}' for one in arguments)})"
