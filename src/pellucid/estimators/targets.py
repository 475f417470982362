"""Targets as users have them, and as the network learns them: numbers standardised, classes counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from pellucid.errors import DataError
from pellucid.estimators.target_values import EVERY_ROW, as_array, read_labels, read_numbers, target_names
from pellucid.mathematics.losses import LOSSES, Loss


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
        Y = read_numbers(y, rows)
        names = target_names(y, Y.shape[1])
        flat = np.asarray(as_array(y)).ndim == 1
        mean, scale = np.zeros(Y.shape[1]), np.ones(Y.shape[1])
        for d in range(Y.shape[1] if standardise else 0):
            column = Y[rows, d]
            present = ~np.isnan(column)
            if not present.any():
                raise DataError(f"The target {names[d]!r} is missing in every row of training: leave it out.")
            mean[d], scale[d] = mean_and_scale(column[present], weights[present])
            if not np.isfinite([mean[d], scale[d]]).all():
                least, greatest = column[present].min(), column[present].max()
                raise DataError(
                    f"The target {names[d]!r} goes from {least:.3g} to {greatest:.3g}, too far for its mean and spread "
                    "to be computed: correct it, or divide it by a constant."
                )
        return cls(names, flat, tuple(mean.tolist()), tuple(scale.tolist()))

    def encode(self, y: Any, rows: Any = EVERY_ROW) -> np.ndarray:
        Y = read_numbers(y, rows)[rows]
        if Y.shape[1] != self.n_outputs:
            raise DataError(f"y has {Y.shape[1]} targets, but the model was fitted with {self.n_outputs}.")
        with np.errstate(over="ignore"):  # `cast_targets` refuses it by name
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
        labels = read_labels(y, rows)
        if labels.ndim == 2:
            return cls("multilabel", np.arange(labels.shape[1]), target_names(y, labels.shape[1]))
        classes = np.unique(labels)
        if len(classes) < 2:
            raise DataError(
                f"A classifier needs rows of at least 2 classes. Got 1 class, {classes[0]!r}: "
                "add rows of another class."
            )
        return cls("binary" if len(classes) == 2 else "multiclass", classes, target_names(y, 1))

    def encode(self, y: Any, rows: Any = EVERY_ROW) -> np.ndarray:
        labels = read_labels(y, rows)
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


def mean_and_scale(column: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of numbers without NaN; a scale of 1 for numbers that are equal within rounding.

    Numbers are summed, and deviations squared, in units of a power of two near the largest, which changes no bit of
    ordinary ones: squares of 1e200 are infinite, and those of 1e-170 are 0.
    """
    size = exponent(column)
    mean = np.ldexp(np.average(np.ldexp(column, -size), weights=weights), size)
    with np.errstate(over="ignore"):  # numbers at both ends of float64: the caller refuses what is not finite
        deviations = column - mean
    if not np.isfinite(deviations).all():
        return float(mean), np.inf
    size = exponent(deviations)
    squares = np.ldexp(deviations, -size) ** 2
    scale = np.ldexp(np.sqrt(np.average(squares, weights=weights)), size)
    constant = scale <= 10 * np.finfo(np.float64).eps * abs(mean)
    return float(mean), 1.0 if constant else float(scale)


def exponent(values: np.ndarray) -> int:
    """That of the power of two next above the largest value; at most 1000, so that its negative can be taken."""
    return min(int(np.frexp(np.abs(values).max(initial=0.0))[1]), 1000)


def cast_targets(Y: np.ndarray, targets: Targets, dtype: str) -> np.ndarray:
    """Encoded targets in the network's dtype, or a refusal of what has no finite loss there."""
    largest = float(np.finfo(dtype).max)
    bound = np.sqrt(largest) if targets.loss.scales else largest  # a loss that scales takes squares
    too_large = np.abs(Y) > bound
    if too_large.any():
        row, d = np.argwhere(too_large)[0]
        raise DataError(
            f"The target {targets.names[d]!r} comes to {Y[row, d]:.3g} as the network learns it, whose square {dtype} "
            "cannot hold: correct it, divide it by a constant, or leave standardise=True."
        )
    return Y.astype(dtype)
