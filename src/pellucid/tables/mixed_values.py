"""A column whose values are of several kinds, as an object column of pandas can be: refused by its first odd value."""

from collections import Counter
from datetime import date
from numbers import Real

import numpy as np

from pellucid.errors import DataError

NUMBERS, TEXT, TRUTHS, DATES = "numbers", "text", "true and false", "dates"
REMEDIES = {
    NUMBERS: "make it all numbers (pandas.to_numeric(column, errors='coerce') makes others missing)",
    TEXT: "make it all text (column.astype('string') in pandas)",
    TRUTHS: "make it all true and false, or all numbers",
    DATES: "make it all dates (pandas.to_datetime(column, errors='coerce') makes others missing)",
}


def mixed_values(name, dtype, values):
    """Return the error for a column that Arrow takes for none of numbers, text, truth values and dates.

    Parameters
    ----------
    name : str
    dtype : object
        Of the column, for the message.
    values : list

    Examples
    --------
    >>> print(mixed_values("km", "Object", [1.5, None, "n/a", 3, "?"]))
    The column 'km' holds numbers, but 'n/a' in row 2, and 1 other row is no better: make it all numbers \
(pandas.to_numeric(column, errors='coerce') makes others missing), or leave it out.
    """
    kinds = [_kind(value) for value in values]
    usual = next((kind for kind, _ in Counter(filter(None, kinds)).most_common(1)), None)
    odd = [row for row, kind in enumerate(kinds) if kind not in (None, usual)]
    if usual not in REMEDIES or not odd:
        return DataError(
            f"The column '{name}' of the type {dtype} holds values of unusual kinds: make it all numbers or all text, "
            "or leave it out."
        )
    others = {1: "", 2: ", and 1 other row is no better"}
    more = others.get(len(odd), f", and {len(odd) - 1:,} other rows are no better")
    return DataError(
        f"The column '{name}' holds {usual}, but {values[odd[0]]!r} in row {odd[0]}{more}: {REMEDIES[usual]}, or leave "
        "it out."
    )


def _kind(value):
    """What a value is; None where it is missing."""
    if value is None or type(value).__name__ in ("NAType", "NaTType") or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, bool | np.bool_):
        return TRUTHS
    if isinstance(value, str):
        return TEXT
    # Decimals are numbers, though no `Real` ones.
    if isinstance(value, Real) or type(value).__name__ == "Decimal":
        return NUMBERS
    return DATES if isinstance(value, date | np.datetime64) else type(value).__name__
