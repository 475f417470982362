"""Dates and times written as text, in the form of ISO 8601."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pellucid.tables.csv_reading import MISSING_NUMBERS
from pellucid.tables.frames import is_text

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# In the order in which Arrow's reader of CSV files tries them, by the same rules for what each takes.
TYPES = (pa.date32(), pa.timestamp("s"), pa.timestamp("s", "UTC"), pa.timestamp("ns"), pa.timestamp("ns", "UTC"))


def is_moment(text):
    """Whether a text is a date or a time in the form of ISO 8601.

    Examples
    --------
    >>> is_moment("2024-05-31"), is_moment("last May")
    (True, False)
    """
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def dates_of_texts(texts):
    """Read an Arrow array of texts as datetime64[us], null and "" as NaT; one without a zone is in UTC.

    Parameters
    ----------
    texts : pyarrow.Array of strings

    Returns
    -------
    dates : array of datetime64[us]
    wrong : int or None
        The place of the first text that is no date; it comes out as NaT.

    Examples
    --------
    >>> dates, wrong = dates_of_texts(pa.array(["2024-05-31T12:00+02:00", None, "soon"]))
    >>> dates, wrong
    (array(['2024-05-31T10:00:00.000000',                        'NaT',
                                  'NaT'], dtype='datetime64[us]'), 2)
    """
    encoded = pc.dictionary_encode(texts)
    levels = encoded.dictionary.to_pylist()
    known = [text == "" or is_moment(text) for text in levels]
    moments = [_microseconds(text) if text and holds else None for text, holds in zip(levels, known, strict=True)]
    table = np.array([*moments, None], dtype="datetime64[us]")  # the last stands for null
    codes = pc.fill_null(encoded.indices, len(levels)).to_numpy()
    odd = ~np.array([*known, True])[codes]
    return table[codes], int(np.argmax(odd)) if odd.any() else None


def spelled_dates(texts):
    """Give the dates of texts that all spell one, as a column of a CSV file is one of dates; None for any other texts.

    Parameters
    ----------
    texts : pyarrow.Array or pyarrow.ChunkedArray of strings
        Null where missing.

    Returns
    -------
    array of date32 or of timestamps, with the zone UTC if all texts have one; or None

    Examples
    --------
    >>> spelled_dates(pa.array(["2024-05-31", None])).type, spelled_dates(pa.array(["2024-05-31", "soon"]))
    (DataType(date32[day]), None)
    """
    first = pc.index(texts.is_valid(), True).as_py()
    if first < 0 or not is_moment(texts[first].as_py()):
        return None
    for kind in TYPES:
        try:
            return pc.cast(texts, kind)
        except pa.ArrowInvalid:
            pass
    return None


def with_spelled_dates(table, names):
    """Give a table with dates in the place of those of the named columns whose texts all spell dates."""
    for name in names:
        column = table.column(name)
        dates = spelled_dates(column) if is_text(column.type) else None
        if dates is not None:
            table = table.set_column(table.schema.get_field_index(name), name, dates)
    return table


def moments_of_texts(column):
    """Read a column of texts as moments, those that count as a missing number as null.

    Returns
    -------
    moments : pyarrow.ChunkedArray
    wrong : int or None
        The place of the first text that is no date.
    """
    texts = pc.if_else(pc.is_in(column, pa.array(MISSING_NUMBERS, column.type)), None, column)
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    dates, wrong = dates_of_texts(texts)
    return pa.chunked_array([pa.array(dates)]), wrong


def with_dates(table, names):
    """Turn the named columns of text into dates, those with a text that is none excepted."""
    for name in set(names) & set(table.column_names):
        if not is_text(table[name].type):
            continue
        moments, wrong = moments_of_texts(table[name])
        if wrong is None:
            table = table.set_column(table.schema.get_field_index(name), name, moments)
    return table


def _microseconds(text):
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return (moment - EPOCH) // MICROSECOND
