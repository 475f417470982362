"""Targets as users have them, and as the network learns them: numbers standardised, classes counted."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import assert_all_finite, check_array

from pellucid.errors import DataError
from pellucid.mathematics.losses import LOSSES, Loss

EVERY_ROW = slice(None)


class Targets(Protocol):
    """The rule between a user's y and the network's Y."""

    names: tuple[str, ...]
    loss: Loss
    n_outputs: int

    def encode(self, y: Any, rows: Any = EVERY_ROW) -> np.ndarray:
        """Y (N, n_targets) of the given rows of y, float64, NaN where missing."""
        ...


@dataclass(frozen=True)
class NumberTargets:
    """One or several numbers, standardised: (y - mean) / scale for each target.

    Attributes
    ----------
    names : tuple of str
    flat : bool
        Whether y came as (N,), so that predictions do too.
    mean, scale : tuples of floats
        0 and 1 where targets are not standardised, and a scale of 1 for a constant target.
    """

    names: tuple[str, ...]
    flat: bool
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    loss = LOSSES["rss"]

    @property
    def n_outputs(self) -> int:
        return len(self.names)

    @classmethod
    def fit(cls, y: Any, rows: np.ndarray, weights: np.ndarray, standardise: bool) -> NumberTargets:
        """Learn mean and scale from the given rows of y; weights are aligned with the rows."""
        Y = read_numbers(y)
        names = target_names(y, Y.shape[1])
        flat = np.asarray(as_array(y)).ndim == 1
        mean, scale = np.zeros(Y.shape[1]), np.ones(Y.shape[1])
        for d in range(Y.shape[1] if standardise else 0):
            column = Y[rows, d]
            present = ~np.isnan(column)
            if not present.any():
                raise DataError(f"The target {names[d]!r} is missing in every row of training: leave it out.")
            mean[d] = np.average(column[present], weights=weights[present])
            spread = float(np.sqrt(np.average((column[present] - mean[d]) ** 2, weights=weights[present])))
            constant = spread <= 10 * np.finfo(np.float64).eps * abs(mean[d])  # equal within rounding
            scale[d] = 1.0 if constant else spread
        return cls(names, flat, tuple(mean.tolist()), tuple(scale.tolist()))

    def encode(self, y: Any, rows: Any = EVERY_ROW) -> np.ndarray:
        Y = read_numbers(y)[rows]
        if Y.shape[1] != self.n_outputs:
            raise DataError(f"y has {Y.shape[1]} targets, but the model was fitted with {self.n_outputs}.")
        return (Y - self.mean) / self.scale

    def restore(self, Y_hat: np.ndarray) -> np.ndarray:
        """Predictions in the targets' own units, (N,) if y was."""
        y_hat = Y_hat * self.scale + self.mean
        return y_hat[:, 0] if self.flat else y_hat


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
    """

    kind: str
    classes: np.ndarray
    names: tuple[str, ...]

    @property
    def loss(self) -> Loss:
        return LOSSES["cross_entropy" if self.kind == "multiclass" else "log"]

    @property
    def n_outputs(self) -> int:
        return {"binary": 1, "multiclass": len(self.classes), "multilabel": len(self.names)}[self.kind]

    @classmethod
    def fit(cls, y: Any, rows: np.ndarray) -> ClassTargets:
        """Find the classes among the given rows of y."""
        labels = read_labels(y)
        if labels.ndim == 2:
            return cls("multilabel", np.arange(labels.shape[1]), target_names(y, labels.shape[1]))
        classes = np.unique(labels[rows])
        if len(classes) < 2:
            raise DataError(
                f"A classifier needs rows of at least 2 classes. Got 1 class, {classes[0]!r}: "
                "add rows of another class."
            )
        return cls("binary" if len(classes) == 2 else "multiclass", classes, target_names(y, 1))

    def encode(self, y: Any, rows: Any = EVERY_ROW) -> np.ndarray:
        labels = read_labels(y)[rows]
        if (labels.ndim == 2) != (self.kind == "multilabel"):
            raise DataError(f"y has {labels.ndim} dimensions, which does not fit a {self.kind} classifier.")
        if self.kind == "multilabel":
            if labels.shape[1] != len(self.names):
                raise DataError(f"y has {labels.shape[1]} labels, but the model was fitted with {len(self.names)}.")
            return labels.astype(np.float64)
        places = np.searchsorted(self.classes, labels)
        places = np.minimum(places, len(self.classes) - 1)
        unknown = self.classes[places] != labels
        if unknown.any():
            listed = ", ".join(repr(label) for label in np.unique(labels[unknown])[:5].tolist())
            raise DataError(f"y has classes that were not seen in training: {listed}. Leave these rows out.")
        return places.astype(np.float64)[:, None]

    def probabilities(self, Y_hat: np.ndarray) -> np.ndarray:
        """(N, K) with rows that sum to 1; for multilabel (N, labels), each a probability of its own."""
        return np.column_stack([1 - Y_hat[:, 0], Y_hat[:, 0]]) if self.kind == "binary" else Y_hat

    def choose(self, probabilities: np.ndarray) -> np.ndarray:
        """The most probable class, or every label of at least 1/2."""
        if self.kind == "multilabel":
            return (probabilities >= 0.5).astype(np.int64)
        return self.classes[np.argmax(probabilities, axis=1)]


def as_array(y: Any) -> Any:
    """The columns of an Arrow table side by side, (N,) if there is one; anything else as it is."""
    if not isinstance(y, pa.Table):
        return y
    columns = [column.to_numpy() for column in y.columns]
    return columns[0] if len(columns) == 1 else np.stack(columns, axis=1)


def read_numbers(y: Any) -> np.ndarray:
    """The targets y as (N, n_targets) in float64; NaN marks a missing one, infinite ones are refused."""
    Y = check_array(
        as_array(y),
        ensure_2d=False,
        dtype=np.float64,  # type: ignore[arg-type]  # scikit-learn has no types: its default is taken for the type
        ensure_all_finite="allow-nan",  # type: ignore[arg-type]  # likewise
        input_name="y",
        ensure_min_samples=0,
    )
    return Y[:, None] if Y.ndim == 1 else Y


def read_labels(y: Any) -> np.ndarray:
    """The labels y as (N,), or as 0/1 in (N, labels)."""
    labels = np.asarray(as_array(y))
    assert_all_finite(labels, input_name="y")
    check_classification_targets(labels)
    kind = type_of_target(labels, input_name="y")
    if kind in ("binary", "multiclass"):
        if labels.ndim == 2:
            warnings.warn(
                "A column-vector y was passed when a 1d array was expected: y.ravel() is used.",
                DataConversionWarning,
                stacklevel=2,
            )
        return labels.ravel()
    if kind != "multilabel-indicator":
        raise DataError(
            f"y is {kind}: only one column of classes, or several columns of 0 and 1 (labels), can be learnt. "
            "Train one classifier for each column."
        )
    return labels


def target_names(y: Any, n_targets: int) -> tuple[str, ...]:
    """The names that a DataFrame or Series carries; y, or y0, y1, ... for arrays."""
    columns = y.column_names if isinstance(y, pa.Table) else getattr(y, "columns", None)
    if columns is not None:
        return tuple(str(name) for name in columns)
    if n_targets == 1:
        return (str(getattr(y, "name", None) or "y"),)
    return tuple(f"y{d}" for d in range(n_targets))
