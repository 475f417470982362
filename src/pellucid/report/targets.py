"""The targets of the rows of a report, held to what the model learnt before anything is counted by them."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import DataError
from pellucid.estimators.target_values import is_missing, label_array, read_numbers, refuse_other_than_labels


def read_targets(model: Any, y: Any, in_use: np.ndarray, name: str = "y") -> np.ndarray:
    """Numbers (N, n_targets), or labels as they are, in as many columns as the model has targets.

    Raises
    ------
    DataError
        For another number of targets.
    """
    names = model.targets_.names
    targets = label_array(y) if hasattr(model, "predict_proba") else read_numbers(y, in_use)
    columns = targets[:, None] if targets.ndim == 1 else targets
    if columns.shape[1:] != (len(names),):
        given = "1 column" if columns.shape[1:] == (1,) else f"{' x '.join(map(str, columns.shape[1:]))} columns"
        fitted = "1 target" if len(names) == 1 else f"{len(names)} targets"
        listed = ", ".join(map(repr, names[:5])) + (", ..." if len(names) > 5 else "")
        raise DataError(
            f"{name} has {given}, but the model was fitted with {fitted}: {listed}. Give {name} one column for each of "
            "them, in this order."
        )
    return columns


def rows_with_targets(columns: np.ndarray) -> np.ndarray:
    """Which rows have a value of every target, (N,)."""
    if columns.dtype.kind != "O":
        return (columns == columns).all(axis=1)
    return ~np.array([any(map(is_missing, row)) for row in columns], dtype=bool)


def as_model_learnt(
    model: Any, columns: np.ndarray, places: np.ndarray, exposure: np.ndarray | None, name: str = "y"
) -> np.ndarray:
    """The targets of the rows at these places: numbers in the shape of y in fit, the model's classes, or labels 0, 1.

    Raises
    ------
    DataError
        For unknown classes, labels other than 0 and 1, and numbers that the model's loss or transform refuses.
    """
    if not hasattr(model, "predict_proba"):
        try:
            model.targets_.encode(columns, places, exposure)
        except DataError as error:
            raise DataError(str(error) if name == "y" else f"{error} (These are rows of {name}.)") from None
        return columns[places, 0] if model.targets_.flat else columns[places]
    if model.targets_.kind == "multilabel":
        labels = columns[places].astype(object)
        refuse_other_than_labels(labels, places)
        return labels.astype(np.int64)
    return known_classes(model.classes_, columns[:, 0], places, name)


def known_classes(classes: np.ndarray, labels: np.ndarray, places: np.ndarray, name: str) -> np.ndarray:
    """The classes that equal these labels. A cast would cut texts and numbers, and so make known ones of others."""
    class_of = {label: k for k, label in enumerate(classes.tolist())}
    given = labels[places].tolist()
    found = np.array([class_of.get(label, -1) for label in given])
    unknown = np.flatnonzero(found < 0)
    if len(unknown):
        others = list(dict.fromkeys(given[i] for i in unknown.tolist()))
        rows = ", ".join(map(str, places[unknown[:5]])) + (", ..." if len(unknown) > 5 else "")
        raise DataError(
            f"{name} has classes that the model does not know: {shown(others)}, in {len(unknown):,} "
            f"{'row' if len(unknown) == 1 else 'rows'} ({rows}). Its classes are {shown(classes.tolist())}: write them "
            "as training had them, leave these rows out, or train again with them."
        )
    return classes[found]


def shown(labels: list[Any]) -> str:
    """The first five of them."""
    return ", ".join(map(repr, labels[:5])) + (", ..." if len(labels) > 5 else "")
