"""The history of a run as a table: a row an epoch, one flat column for each number of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pellucid.training.history import History

BY_TARGET = {"training_by_target": "training_loss", "validation_by_target": "validation_loss"}
BY_LAYER = {
    "dead_units": "dead_units",
    "saturated_units": "saturated_units",
    "gradient_norms": "gradient_norm",
    "update_norms": "update_norm",
}


def flat_columns(history: History) -> dict[str, np.ndarray]:
    """The columns of a history by their names, (epochs,) each.

    A number of each target has a column for each, `training_loss[heating_load]`, and one of each layer counts the
    layers from 1, `gradient_norm[1]`. What an epoch does not have (a validation loss, a score, the learning rate of
    L-BFGS) is NaN.

    Examples
    --------
    >>> from pellucid import FeedForwardRegressor
    >>> X, y = [[0.0], [1.0], [2.0]] * 5, [0.0, 1.0, 2.0] * 5
    >>> table = FeedForwardRegressor((2,), max_iter=3).fit(X, y).history_.to_table()
    >>> list(table)[:5]
    ['epoch', 'training_loss', 'training_loss[y]', 'validation_loss', 'validation_loss[y]']
    >>> table["epoch"]
    array([1, 2, 3])
    """
    columns = {}
    for name in history.columns:
        values = history[name]
        if name in BY_TARGET:
            # Without validation there is no value for any target: one NaN an epoch.
            values = values if values.ndim == 2 else np.repeat(values[:, None], len(history.target_names), axis=1)
            labels = [f"{BY_TARGET[name]}[{target}]" for target in told_apart(history.target_names)]
            columns |= dict(zip(labels, values.T.copy(), strict=True))
        elif name in BY_LAYER:
            layers = values.T.copy() if values.ndim == 2 else ()
            columns |= {f"{BY_LAYER[name]}[{l}]": layer for l, layer in enumerate(layers, start=1)}
        else:
            columns[name] = values
    return columns


def told_apart(names: Sequence[str]) -> list[str]:
    """The names, those that occur more than once with their place: no column may stand for two."""
    return [name if names.count(name) == 1 else f"{name} ({i})" for i, name in enumerate(names, start=1)]
