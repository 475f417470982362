"""The empty text is a missing value, wherever a table comes from: a CSV file and ONNX have no other for text."""

import pyarrow as pa
import pyarrow.compute as pc


def empty_as_missing(column):
    """Give null in the place of every "", in an array of texts or of categories of texts; others as they are.

    Parameters
    ----------
    column : pyarrow.Array or pyarrow.ChunkedArray

    Examples
    --------
    >>> empty_as_missing(pa.array(["Bern", "", None])).to_pylist()
    ['Bern', None, None]
    >>> empty_as_missing(pa.array(["Bern", ""]).dictionary_encode()).null_count
    1
    """
    if _has_text(column.type):
        return _without(column, pa.scalar("", column.type))
    if not (pa.types.is_dictionary(column.type) and _has_text(column.type.value_type)):
        return column
    if isinstance(column, pa.ChunkedArray):
        return pa.chunked_array([empty_as_missing(chunk) for chunk in column.chunks], column.type)
    place = pc.index(column.dictionary, pa.scalar("", column.type.value_type))
    if place.as_py() < 0:
        return column
    indices = _without(column.indices, place.cast(column.indices.type))
    return pa.DictionaryArray.from_arrays(indices, column.dictionary, ordered=column.type.ordered)


def empty_texts_as_missing(table):
    """The same of all columns of a table."""
    for i, column in enumerate(table.columns):
        filled = empty_as_missing(column)
        if filled is not column:
            table = table.set_column(i, table.column_names[i], filled)
    return table


def _has_text(kind):
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _without(values, empty):
    is_empty = pc.equal(values, empty)
    return pc.if_else(is_empty, pa.scalar(None, values.type), values) if pc.any(is_empty).as_py() else values
