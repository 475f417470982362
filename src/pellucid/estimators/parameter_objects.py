"""Objects among a constructor's arguments, as the model file holds them: {"object": class, field: value, ...}.

Only the classes of a closed table are written or rebuilt: a file names no code.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from pellucid.errors import DataError, ModelFileError
from pellucid.estimators.solver_choice import SCHEDULES

CLASSES: dict[str, type] = {cls.__name__: cls for cls in SCHEDULES.values()}


def is_object(value: Any) -> bool:
    """Whether an argument is one of the user's objects, and not a plain value."""
    return is_dataclass(value) and not isinstance(value, type)


def describe_object(value: Any) -> dict[str, Any]:
    """The object in plain values.

    Raises
    ------
    ModelFileError
        For a class of the user's own, even under a known name: it is code, which no model file holds.
    """
    name = type(value).__name__
    if CLASSES.get(name) is not type(value):
        raise ModelFileError(
            f"The class {name} is not one of pellucid's, and a model file holds no code. "
            f"Before saving, replace it by one of {', '.join(CLASSES)}, or by a name."
        )
    return {"object": name} | {field.name: getattr(value, field.name) for field in fields(value)}


def rebuild_object(described: dict[str, Any]) -> Any:
    """The object of that description, held to the same rules as one that a user makes."""
    values = dict(described)
    name = values.pop("object", None)
    cls = CLASSES.get(name) if isinstance(name, str) else None
    if cls is None:
        raise DataError(f"{name!r} is no class that a model file may name")
    if set(values) != {field.name for field in fields(cls)}:
        raise DataError(f"a {name} has the fields {', '.join(field.name for field in fields(cls))}")
    return cls(**values)
