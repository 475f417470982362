"""A row as it stands in its table: what each column held, how it became x, and what y_hat means there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class ColumnValue:
    """One column of the row.

    Attributes
    ----------
    name : str
    kind : "number" or "text"
    value : float, str or None
        As in the table; None where it is missing.
    note : str
        What the model makes of a missing value or an unseen level; "" if there is nothing to say.
    features : tuple of ints
        The entries of x that come from this column.
    encoded : tuple of floats
        Those entries.
    mean, scale, fill : float
        Of a number: z = (value - mean) / scale, `fill` for a missing value.
    levels : tuple of str
        Of text: the level of each of `features`; "" is the one for missing text.
    indicator : int or None
        The entry of x that is 1 where a number is missing.
    sensitivity : tuple of floats
        dprediction/dvalue of each output in its own units; NaN for text and where the value is missing.
    """

    name: str
    kind: str
    value: float | str | None
    note: str
    features: tuple[int, ...]
    encoded: tuple[float, ...]
    mean: float = 0.0
    scale: float = 1.0
    fill: float = 0.0
    levels: tuple[str, ...] = ()
    indicator: int | None = None
    sensitivity: tuple[float, ...] = ()


@dataclass(frozen=True)
class Row:
    """The row of a fitted model's trace.

    Attributes
    ----------
    columns : tuple of ColumnValue
    feature_names : tuple of str
        Of the entries of x.
    output_names : tuple of str
        Of the entries of `prediction`: targets, classes or labels.
    prediction : array of shape (n_outputs,)
        In the targets' own units; probabilities for classes (two for a binary classifier).
    target : tuple
        What the table holds, one for each target; None where missing.
    target_names : tuple of str
    transforms : tuple of dicts
        Of each output of numbers, how y_hat becomes the prediction: the transform's `kind` with its mean and scale, or
        its knots and values (see pellucid.tables.target_transforms), `limits`, to which the prediction is clipped, or
        None, and `factor`, the exposure of a count, else 1. () for classes.
    answer : str
        The prediction in words: the class, the labels, or the numbers.
    number, line : int or None
        The row's number from 0 and its line in the file, where it came from a file.
    source : str
    ordered : tuple of tuples of ints
        The outputs of each target that are put in order afterwards: several quantiles, which may have crossed.
    """

    columns: tuple[ColumnValue, ...]
    feature_names: tuple[str, ...]
    output_names: tuple[str, ...]
    prediction: np.ndarray
    target: tuple[object, ...]
    target_names: tuple[str, ...]
    transforms: tuple[dict[str, Any], ...]
    answer: str
    number: int | None = None
    line: int | None = None
    source: str = ""
    ordered: tuple[tuple[int, ...], ...] = ()
