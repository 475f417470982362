"""Parquet by Arrow, with the same column types as a CSV file gives."""

import contextlib

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pellucid.errors import TableError
from pellucid.tables.category_texts import as_categories, categories_as_text, written_categories
from pellucid.tables.csv_reading import no_rows, refuse_bad_names
from pellucid.tables.empty_texts import empty_texts_as_missing

PARQUET_MAGIC = b"PAR1"


def read_parquet(data, path):
    """Make a table of the bytes of a Parquet file.

    Dictionaries and times of day come out as text, as they do from CSV (of numbers in the text that a DataFrame of
    such categories is known by), halves and decimals as numbers that Arrow can compute with; other types stay. An empty
    text is a missing value, as in CSV.

    Parameters
    ----------
    data : bytes
    path : str or path
        For messages.

    Returns
    -------
    pyarrow.Table

    Examples
    --------
    >>> read_parquet(b"PAR1 and no more", "t.pq")
    Traceback (most recent call last):
    ...
    pellucid.errors.TableError: The file 't.pq' begins like a Parquet file but is damaged: write it again.
    """
    with refusing_damage(path):
        source = pq.ParquetFile(pa.BufferReader(data))
        refuse_columns(source.schema_arrow, path)
        table = source.read()
        table.validate(full=True)
        if table.num_rows == 0:
            raise no_rows(path)
        return with_plain_types(table, written_categories(source.metadata.metadata))


@contextlib.contextmanager
def refusing_damage(path):
    """Within this block, whatever Arrow stumbles over in a Parquet file becomes a TableError."""
    try:
        yield
    except TableError:
        raise
    # A damaged file can trip Arrow anywhere, down to sizes and strings that are not what they say.
    except (pa.ArrowException, OSError, ValueError, TypeError, MemoryError, OverflowError):
        raise TableError(f"The file '{path}' begins like a Parquet file but is damaged: write it again.") from None


def refuse_columns(schema, path):
    """Refuse columns of lists and structures, and names that are empty or occur twice."""
    nested = [field for field in schema if pa.types.is_nested(field.type)]
    if nested:
        listed = ", ".join(f"'{field.name}' ({field.type})" for field in nested)
        raise TableError(
            f"The file '{path}' has columns with several values per row: {listed}; write it without them, or "
            "with one column per value."
        )
    refuse_bad_names(schema.names, path)


def with_plain_types(table, categories):
    """Give dictionaries and times as text, halves and decimals as numbers that Arrow can compute with, "" as missing.

    Parameters
    ----------
    table : pyarrow.Table
    categories : dict of str to pyarrow.DataType
        The columns that were dictionaries of other values than text, of which Arrow gives the plain values.
    """
    for i, field in enumerate(table.schema):
        plain = table.column(i)
        if field.name in categories:
            plain = as_categories(plain, categories[field.name])
        of_dictionary = pa.types.is_dictionary(plain.type)
        if of_dictionary:
            plain = categories_as_text(plain)
            plain = pc.cast(plain, plain.type.value_type)
        wanted = _plain_type(plain.type, of_dictionary)
        if wanted != field.type:
            table = table.set_column(i, field.name, pc.cast(plain, wanted))
    return empty_texts_as_missing(table)


def with_written_types(table):
    """Give each column in the type that the file has: dictionaries as their values, and only string views as text.

    Decimals keep every digit, and halves and times of day are as they are: nothing is computed with these columns.
    """
    for i, field in enumerate(table.schema):
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        kind = pa.large_string() if pa.types.is_string_view(kind) else kind
        if kind != field.type:
            table = table.set_column(i, field.name, pc.cast(table.column(i), kind))
    return table


def _plain_type(kind, of_dictionary):
    """The type in which a column is worked with: many of Arrow's functions know neither halves nor string views."""
    if of_dictionary or pa.types.is_time(kind):
        return pa.string()
    if pa.types.is_string_view(kind):
        return pa.large_string()
    if pa.types.is_float16(kind):
        return pa.float32()
    return pa.float64() if pa.types.is_decimal(kind) else kind
