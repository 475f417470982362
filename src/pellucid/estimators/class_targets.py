"""Targets that are classes or labels: as users have them, and as the network learns them, counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.errors import DataError, wrong_parameter
from pellucid.estimators.target_values import EVERY_ROW, distinct_name, label_array, read_labels, target_names
from pellucid.mathematics.activations import Activation
from pellucid.mathematics.losses import Loss


@dataclass(frozen=True)
class ClassTargets:
    """One of K classes, or several labels that each hold or not.

    Attributes
    ----------
    kind : str
        "binary" (one output, log loss), "multiclass" (K outputs, cross-entropy) or "multilabel" (an output and a
        log loss for each label).
    classes : array of shape (K,)
        Sorted; for multilabel the numbers of the labels.
    names : tuple of str
        Of the targets: one, or one for each label.
    loss : Loss
    output_activation : Activation
        Of the last layer.
    class_weights : array of shape (1, K) or (labels, 2), optional
        What each class counts; for multilabel the 0 and the 1 of each label.
    """

    kind: str
    classes: np.ndarray
    names: tuple[str, ...]
    loss: Loss
    output_activation: Activation
    class_weights: np.ndarray | None = None

    @property
    def n_outputs(self) -> int:
        return {"binary": 1, "multiclass": len(self.classes), "multilabel": len(self.names)}[self.kind]

    @property
    def output_names(self) -> tuple[str, ...]:
        """P of each class, or of each label; no two are the same."""
        names: list[str] = []
        for value in self.names if self.kind == "multilabel" else self.classes:
            names.append(distinct_name(f"P({value})", names))
        return tuple(names)

    def encode(self, y: Any, rows: Any = EVERY_ROW, exposure: np.ndarray | None = None) -> np.ndarray:
        labels = read_labels(y, rows)
        if (labels.ndim == 2) != (self.kind == "multilabel"):
            raise DataError(f"y has {labels.ndim} dimensions, which does not fit a {self.kind} classifier.")
        if self.kind == "multilabel":
            if labels.shape[1] != len(self.names):
                raise DataError(f"y has {labels.shape[1]} labels, but the model was fitted with {len(self.names)}.")
            return labels.astype(np.float64)
        try:
            places = np.searchsorted(self.classes, labels)
        except TypeError:  # text and numbers have no order
            found, known = labels[:1].tolist()[0], self.classes[0]
            raise DataError(
                f"y holds labels like {found!r}, and training had {known!r}. Give them in the same type."
            ) from None
        places = np.minimum(places, len(self.classes) - 1)
        unknown = self.classes[places] != labels
        if unknown.any():
            listed = ", ".join(repr(label) for label in np.unique(labels[unknown])[:5].tolist())
            found = np.arange(len(label_array(y)))[rows][unknown]
            which = f"It is row {found[0]}." if len(found) == 1 else f"They are the rows {shown(found)}."
            raise DataError(
                f"y has classes that were not seen in training: {listed}. Leave these rows out, or "
                f"begin anew with them (in a stream: name all classes in the first call of partial_fit). {which}"
            )
        return places.astype(np.float64)[:, None]

    def weigh(self, Y: np.ndarray, w: np.ndarray, exposure: np.ndarray | None = None) -> np.ndarray:
        if self.class_weights is None:
            return w
        factors = self.class_weights[np.arange(Y.shape[1]), np.nan_to_num(Y).astype(np.int64)]  # NaN counts nothing
        return w[:, None] * factors if self.kind == "multilabel" else w * factors[:, 0]

    def probabilities(self, Y_hat: np.ndarray) -> np.ndarray:
        """(N, K) with rows that sum to 1; for multilabel (N, labels), each a probability of its own."""
        return np.column_stack([1 - Y_hat[:, 0], Y_hat[:, 0]]) if self.kind == "binary" else Y_hat

    def choose(self, probabilities: np.ndarray) -> np.ndarray:
        """The most probable class, or every label of at least 1/2."""
        if self.kind == "multilabel":
            return (probabilities >= 0.5).astype(np.int64)
        return self.classes[np.argmax(probabilities, axis=1)]


def find_classes(y: Any, rows: np.ndarray, known: Any = None) -> tuple[str, np.ndarray, tuple[str, ...]]:
    """The kind, the classes and the names of the targets, from the given rows of y, and the classes known beside."""
    labels = read_labels(y, rows)
    if labels.ndim == 2:
        if known is not None and not np.array_equal(known, np.arange(labels.shape[1])):
            remedy = "Each label is 0 or 1: leave classes out."
            raise wrong_parameter("classes", "partial_fit", "None where y has several columns", known, remedy)
        names = target_names(y, labels.shape[1])
        for d, name in enumerate(names):
            if np.all(labels[:, d] != labels[:, d]):
                raise DataError(f"The label {name!r} is missing in every row of training: leave it out.")
        return "multilabel", np.arange(labels.shape[1]), names
    classes = np.unique(labels)
    if known is not None:
        absent = classes[~np.isin(classes, read_labels(known))]
        if len(absent):
            rule = "all classes that y may have, those of these rows among them"
            raise wrong_parameter("classes", "partial_fit", rule, known, f"Not among them: {absent[0]!r}.")
        classes = np.unique(read_labels(known))
    if len(classes) < 2:
        raise DataError(
            f"A classifier needs rows of at least 2 classes. Got 1 class, {classes[0]!r}: add rows of another class."
        )
    return "binary" if len(classes) == 2 else "multiclass", classes, target_names(y, 1)


def shown(rows: np.ndarray) -> str:
    """The first five of them."""
    return ", ".join(map(str, rows[:5])) + (", ..." if len(rows) > 5 else "")
