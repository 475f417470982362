"""Predictions for a part of a table, whose notes are gathered over all parts and said once."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.tables.notes import Notes


def answer_of_block(model: Any, X: Any, exposure: np.ndarray | None = None) -> tuple[np.ndarray, Notes]:
    """What `predict` of a regressor or `predict_proba` of a classifier gives, without its warnings, and the notes.

    Examples
    --------
    >>> from pellucid import FeedForwardRegressor
    >>> X, y = [[0.0], [1.0], [2.0]] * 5, [0.0, 1.0, 2.0] * 5
    >>> model = FeedForwardRegressor((4,), max_iter=5, random_state=0).fit(X, y)
    >>> answer, notes = answer_of_block(model, [[float("nan")]])
    >>> notes.filled
    {'x0': 1}
    """
    outputs, notes = model._outputs_and_notes(X)
    if hasattr(model, "predict_proba"):
        return model.targets_.probabilities(outputs), notes
    return model._in_own_units(outputs, exposure), notes
