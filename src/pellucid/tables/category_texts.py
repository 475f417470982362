"""Categories are text: those whose values are numbers, truth values or dates are known by the `str` of each."""

import base64

import pyarrow as pa
import pyarrow.compute as pc

from pellucid.tables.frames import is_text


def categories_as_text(column):
    """Give a dictionary array, or a chunked one, whose values are no text the `str` of its values; others as they are.

    Examples
    --------
    >>> categories_as_text(pa.array([7, None, 12]).dictionary_encode()).to_pylist()
    ['7', None, '12']
    """
    if not pa.types.is_dictionary(column.type) or is_text(column.type.value_type):
        return column
    if isinstance(column, pa.ChunkedArray):
        of_text = pa.dictionary(column.type.index_type, pa.string())
        return pa.chunked_array([categories_as_text(chunk) for chunk in column.chunks], of_text)
    texts = [None if value is None else str(value) for value in column.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(column.indices, pa.array(texts, pa.string()))


def written_categories(metadata):
    """The columns of a Parquet file that were written as categories of anything but text: {name: type of the values}.

    Arrow gives back categories of text alone, and of all others the plain values; what they were stands in the schema
    that it has kept beside them.

    Parameters
    ----------
    metadata : dict of bytes to bytes, or None
        Of the file.
    """
    kept = (metadata or {}).get(b"ARROW:schema")
    if kept is None:
        return {}
    schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(kept)))
    return {
        field.name: field.type.value_type
        for field in schema
        if pa.types.is_dictionary(field.type) and not is_text(field.type.value_type)
    }


def as_categories(column, value_type):
    """Plain values of a Parquet file as the categories that they were written as, in text."""
    return categories_as_text(pc.dictionary_encode(pc.cast(column, value_type)))
