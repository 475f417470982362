"""A loss of the user's own: what is asked of the object before any work is done with it."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import ParameterError, shortened
from pellucid.mathematics.activations import ACTIVATIONS
from pellucid.mathematics.losses.loss import Loss
from pellucid.mathematics.rules import is_number, is_whole

UNITS = ("deviation", "mean", "none")


def check_own_loss_object(loss: Loss) -> None:
    """Hold the attributes of a loss to their rules, and its methods to being there and giving arrays.

    They are tried at y = 1, where every loss must be defined. Shapes, and whether the derivative is that of the value,
    can be told only where there are data.

    Raises
    ------
    ParameterError
        With the attribute or the method, and what it must be.
    """
    if not isinstance(loss.name, str) or not loss.name:
        refuse("`name`", type(loss).__name__, "a text that is not empty", loss.name)
    if not isinstance(loss.paired, bool):
        refuse("`paired`", loss.name, "True or False", loss.paired)
    if not isinstance(loss.unit, str) or loss.unit not in UNITS:
        refuse("`unit`", loss.name, "'deviation', 'mean' or 'none'", loss.unit)
    if not isinstance(loss.output_activation, str) or loss.output_activation not in ACTIVATIONS:
        refuse("`output_activation`", loss.name, "one of " + ", ".join(ACTIVATIONS), loss.output_activation)
    if not is_whole(loss.outputs_per_target) or loss.outputs_per_target < 1:
        refuse("`outputs_per_target`", loss.name, "a whole number >= 1", loss.outputs_per_target)
    if not isinstance(loss.kinks, tuple | list) or not all(map(is_number, loss.kinks)):
        refuse("`kinks`", loss.name, "a tuple of finite numbers", loss.kinks)
    check_methods(loss)


def check_methods(loss: Loss) -> None:
    """Those that its kind of loss needs are its own, and give arrays."""
    from_h = ("value_from_h", "dL_dH") if loss.paired else ()
    for method in ("value", "derivative", *from_h):
        if getattr(getattr(loss, method), "__func__", None) is getattr(Loss, method):
            kind = "a paired loss" if loss.paired else "a loss"
            raise ParameterError(
                f"The {loss.name} loss must define `{method}`: {kind} of your own has "
                f"{', '.join(('value', 'derivative', *from_h))}. Its class {type(loss).__name__} does not."
            )
    n_outputs = 2 * int(loss.outputs_per_target)
    Y, outputs = np.ones((3, loss.n_targets(n_outputs))), np.full((3, n_outputs), 0.5)
    for method in ("value", "derivative", *from_h):
        with np.errstate(all="ignore"):  # 0.5 need not be a prediction that it can have
            made = getattr(loss, method)(Y, outputs)
        if not isinstance(made, np.ndarray | np.generic):
            kind = "h" if method in from_h else "y_hat"
            refuse(f"`{method}`", loss.name, f"an array, made of the arrays y and {kind}", made)


def refuse(what: str, name: str, rule: str, found: Any) -> None:
    """The one sentence in which an attribute or a result of a loss is refused."""
    raise ParameterError(f"The {what} of the {name} loss must be {rule}. Got {shortened(found)} instead.")
