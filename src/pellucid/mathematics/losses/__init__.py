"""Losses L(y, y_hat): domain, value, derivative and the activation each is paired with; names are their defaults.

Missing targets (NaN) are the objective's concern: what comes here is complete.
"""

from __future__ import annotations

from typing import Any

from pellucid.errors import wrong_parameter
from pellucid.mathematics.losses.classes import CrossEntropy, Log
from pellucid.mathematics.losses.counts import Gamma, LogLink, Poisson, Tweedie
from pellucid.mathematics.losses.loss import Loss, check_network, check_pair, refuse_targets
from pellucid.mathematics.losses.own import check_own_loss_object
from pellucid.mathematics.losses.per_target import PerTarget
from pellucid.mathematics.losses.residuals import RSS, Absolute, Huber, Quantile

__all__ = [
    "LOSSES",
    "RSS",
    "Absolute",
    "CrossEntropy",
    "Gamma",
    "Huber",
    "Log",
    "LogLink",
    "Loss",
    "PerTarget",
    "Poisson",
    "Quantile",
    "Tweedie",
    "check_network",
    "check_own_loss_object",
    "check_pair",
    "get_loss",
    "is_own",
    "refuse_targets",
]

LOSSES: dict[str, Loss] = {
    loss.name: loss
    for loss in (
        RSS(), Absolute(), Huber(), Quantile(0.5), Poisson(), Gamma(), Tweedie(), Log(), CrossEntropy(),
    )
}  # fmt: skip


def get_loss(loss: Any, owner: str = "loss_and_gradient") -> Loss:
    """The loss of that name, or of each target from a list; an unknown one is refused, never replaced."""
    if isinstance(loss, Loss):
        for part in loss.losses if isinstance(loss, PerTarget) else (loss,):
            if is_own(part):
                check_own_loss_object(part)
        return loss
    if isinstance(loss, list | tuple) and loss:
        return PerTarget([get_loss(one, owner) for one in loss])
    if not isinstance(loss, str) or loss not in LOSSES:
        rule = "one of " + ", ".join(LOSSES) + ", a Loss, or a list of these, one for each target"
        raise wrong_parameter("loss", owner, rule, loss)
    return LOSSES[loss]


def is_own(loss: Loss) -> bool:
    """Whether it, or one of its parts, is of a class of the user's own, even under a known name."""
    if isinstance(loss, PerTarget):
        return type(loss) is not PerTarget or any(map(is_own, loss.losses))
    known = LOSSES.get(loss.name)
    return known is None or type(known) is not type(loss)
