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
    kind : "number", "boolean", "date" or "text"
        Text stands for every category, also where its levels are written as numbers.
    value : float, bool, str or None
        As in the table, a date as ISO 8601 in UTC; None where it is missing.
    note : str
        What the model makes of a missing value, an unseen or rare level, or a column that is left out; "" if there is
        nothing to say.
    features : tuple of ints
        The entries of x that come from this column, the indicator of a missing value last.
    encoded : tuple of floats
        Those entries.
    encoding : dict
        All that it takes to encode another value: `kind` (standard, robust, quantile, piecewise_linear, none; boolean,
        date, one_hot, frequency, left_out) and the fields of the columns of pellucid.tables, in plain values; `first`
        of a date as ISO 8601.
    formula : str
        The same for people.
    operands : tuple of floats
        What the formula was applied to: the number, or the one that stands for it; the parts of a date; the share of a
        level. () of other encodings.
    may_be_missing : bool
        Whether the model takes a missing value.
    sensitivity : tuple of floats
        dprediction/dvalue of each output in its own units; NaN for all but numbers, and where the value is missing.
    """

    name: str
    kind: str
    value: float | bool | str | None
    note: str
    features: tuple[int, ...]
    encoded: tuple[float, ...]
    encoding: dict[str, Any]
    formula: str
    operands: tuple[float, ...] = ()
    may_be_missing: bool = True
    sensitivity: tuple[float, ...] = ()

    @property
    def has_indicator(self) -> bool:
        """Whether the last of `features` is 1 where the value is missing, and 0 elsewhere."""
        return self.encoding.get("missing", False) and self.encoding["kind"] != "one_hot"


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
    exposure : float or None
        By which the rates of the outputs under a log link were multiplied.
    without_target : str
        Why there is only the way forward, where that is known.
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
    exposure: float | None = None
    without_target: str = ""

    @property
    def rates(self) -> list[tuple[str, float, float]]:
        """Name, rate and exposure of each output whose prediction is their product."""
        factors = [transform["factor"] for transform in self.transforms]
        predictions = self.prediction.tolist()
        return (
            [
                (name, prediction / e, e)
                for name, prediction, e in zip(self.output_names, predictions, factors, strict=True)
                if e != 1
            ]
            if self.exposure is not None
            else []
        )
