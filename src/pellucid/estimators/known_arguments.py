"""An argument that a constructor does not know is refused by the estimator's name, with the nearest one it knows."""

from __future__ import annotations

from difflib import get_close_matches
from inspect import Parameter, signature
from typing import Any

from sklearn.base import BaseEstimator

from pellucid.errors import ParameterError
from pellucid.estimators.scikit_learn_names import ARGUMENTS


class KnownArguments(BaseEstimator):
    """Looks at the arguments before the constructor does, whose own refusal would not say whose it is."""

    def __new__(cls, *given: Any, **named: Any):
        if given or named:
            refuse_unknown(cls, len(given), named)
        return super().__new__(cls)


def refuse_unknown(cls: type, n_given: int, named: dict[str, Any]) -> None:
    """Refuse more arguments by position than there are, and the first name that is no argument of the constructor.

    Raises
    ------
    ParameterError
        Which is a TypeError, as Python's own refusal.
    """
    parameters = list(signature(cls.__init__).parameters.values())[1:]
    if any(parameter.kind in (Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL) for parameter in parameters):
        return  # a subclass of the user's own takes what it likes
    by_position = [p.name for p in parameters if p.kind is not Parameter.KEYWORD_ONLY]
    if n_given > len(by_position):
        raise ParameterError(
            f"{cls.__name__} takes only {' and '.join(by_position)} by position. "
            f"Got {n_given} arguments: name the others."
        )
    known = [parameter.name for parameter in parameters]
    unknown = next((name for name in named if name not in known), None)
    if unknown is None:
        return
    near = get_close_matches(unknown, known, n=1, cutoff=0.75)
    hint = ARGUMENTS.get(unknown) or (f"Did you mean `{near[0]}`?" if near else f"It has: {', '.join(known)}.")
    raise ParameterError(f"{cls.__name__} has no parameter `{unknown}`. {hint}")
