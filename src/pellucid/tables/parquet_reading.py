"""Parquet by Arrow, with the same column types as a CSV file gives."""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pellucid.errors import TableError
from pellucid.tables.csv_reading import refuse_bad_names

PARQUET_MAGIC = b"PAR1"


def read_parquet(data, path):
    """Make a table of the bytes of a Parquet file.

    Dictionaries, dates and times come out as text, as they do from CSV; other types stay as they are.

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
    try:
        source = pq.ParquetFile(pa.BufferReader(data))
        _refuse_columns(source.schema_arrow, path)
        table = source.read()
        table.validate(full=True)
        return _with_plain_text(_refuse_no_rows(table, path))
    except TableError:
        raise
    # A damaged file can trip Arrow anywhere, down to sizes and strings that are not what they say.
    except (pa.ArrowException, OSError, ValueError, TypeError, MemoryError, OverflowError):
        raise TableError(f"The file '{path}' begins like a Parquet file but is damaged: write it again.") from None


def _refuse_columns(schema, path):
    nested = [field for field in schema if pa.types.is_nested(field.type)]
    if nested:
        listed = ", ".join(f"'{field.name}' ({field.type})" for field in nested)
        raise TableError(
            f"The file '{path}' has columns with several values per row: {listed}; write it without them, or "
            "with one column per value."
        )
    refuse_bad_names(schema.names, path)


def _refuse_no_rows(table, path):
    if table.num_rows == 0:
        raise TableError(f"The file '{path}' has a header but no rows: add rows of values.")
    return table


def _with_plain_text(table):
    for i, field in enumerate(table.schema):
        kind = field.type
        if pa.types.is_dictionary(kind):
            plain = pc.cast(table.column(i), kind.value_type)
        elif pa.types.is_date(kind) or pa.types.is_time(kind) or pa.types.is_timestamp(kind):
            plain = table.column(i)
        else:
            continue
        table = table.set_column(i, field.name, pc.cast(plain, pa.string()))
    return table
