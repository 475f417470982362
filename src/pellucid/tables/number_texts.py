"""Numbers that are names of categories, as text."""

import numpy as np
import pyarrow as pa

LARGEST_EXACT = 2.0**53


def number_texts(values):
    """Write numbers as an Arrow array of strings, null for NaN: whole ones without a point, others as Python does.

    Examples
    --------
    >>> number_texts(np.array([3.0, 0.5, np.nan, 3.0])).to_pylist()
    ['3', '0.5', None, '3']
    """
    distinct, places = np.unique(values, return_inverse=True)
    texts = [None if value != value else _text(value) for value in distinct.tolist()]
    return pa.array(texts, pa.string()).take(pa.array(places))


def _text(value):
    return str(int(value)) if value == np.floor(value) and abs(value) <= LARGEST_EXACT else repr(value)
