"""Tables from files: CSV (also packed with gzip) and Parquet, told apart by their content."""

import itertools
import os

import pyarrow as pa
import pyarrow.compute as pc

from pellucid.errors import TableError, wrong_parameter
from pellucid.tables.csv_reading import read_csv
from pellucid.tables.date_texts import with_dates
from pellucid.tables.joint_types import is_number, joint_type
from pellucid.tables.number_spelling import DECIMALS
from pellucid.tables.other_files import BEGINNING, refuse_other_files
from pellucid.tables.parquet_reading import PARQUET_MAGIC, read_parquet
from pellucid.tables.records import iterate_records
from pellucid.tables.text_file import clean_text, read_bytes


def read_table(path, *, encoding="utf-8", separator=",", decimal=".", text_columns=(), date_columns=()):
    r"""Read a table from a CSV or a Parquet file.

    In a number column "", NA, N/A, NaN, nan, null and NULL are missing values; in a text column only the
    empty string is. true and false make a column of booleans. Dates in the
    form of ISO 8601, with or without a time, make a column of dates; times of day stay text. A column without any
    value has the type null. Empty lines are skipped, also in a table of one column (there `""` is a missing
    value).

    Parameters
    ----------
    path : str or path
        What begins with the bytes `PAR1` is read as Parquet, all else as CSV, both also unpacked from gzip.
        Spreadsheets, zip archives, JSON so named and other files named as Parquet are refused.
    encoding : str
        Of a CSV file; a byte-order mark of UTF-8 is skipped.
    separator : str of length 1
        Of a CSV file. In a file named .tsv whose first line has a tab, the default means a tab.
    decimal : "." or ","
        Of the numbers in a CSV file; marks for thousands make them text. Where the comma is the separator too, numbers
        with a decimal comma stand in quotes.
    text_columns : sequence of str
        Columns of a CSV file that are text whatever they hold, such as those that a model knows as text.
    date_columns : sequence of str
        Columns that are dates if all they hold can be read as such, also text and, in a CSV file, 20240531. What
        cannot stays text.

    Returns
    -------
    pyarrow.Table
        At least one row; the column names are distinct and not empty.

    Raises
    ------
    TableError
        For whatever is wrong with the file; the message names the line or the column, and a remedy.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "towns.csv"
    >>> _ = path.write_text("size,town\n3,Bern\nNA,Rome\n")
    >>> read_table(path).to_pydict()
    {'size': [3, None], 'town': ['Bern', 'Rome']}
    """
    check_decimal(decimal)
    data, separator = _load(path, encoding, separator)
    if data.startswith(PARQUET_MAGIC):
        return with_dates(read_parquet(data, path), date_columns)
    table = read_csv(data, path, separator, text_columns, decimal)
    digits = [name for name in date_columns if name in table.column_names and is_number(table[name].type)]
    if digits:
        table = read_csv(data, path, separator, [*text_columns, *digits], decimal)
    return with_dates(table, date_columns)


def read_tables(paths, *, encoding="utf-8", separator=",", decimal=".", text_columns=(), date_columns=()):
    r"""Read several files that have the same columns and put them below one another.

    The first file gives the order of the columns. Where a column is of integers in one file and of other
    numbers in another, it becomes float64; where a file has no value of a column, its rows are missing
    values.

    Parameters
    ----------
    paths : list of str or path
    encoding, separator, decimal, text_columns, date_columns : see `read_table`

    Returns
    -------
    pyarrow.Table

    Raises
    ------
    TableError
        If files differ in their columns or in the kind of a column, or if one cannot be read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> for name, text in {"a.csv": "x,y\n1,2\n", "b.csv": "y,x\n4.5,3\n"}.items():
    ...     _ = (folder / name).write_text(text)
    >>> read_tables([folder / "a.csv", folder / "b.csv"]).to_pydict()
    {'x': [1, 3], 'y': [2.0, 4.5]}
    """
    paths = list(paths)
    if not paths:
        raise wrong_parameter("paths", "read_tables", "a list of at least one file", paths)
    options = {"encoding": encoding, "separator": separator, "decimal": decimal}
    options |= {"text_columns": text_columns, "date_columns": date_columns}
    tables = [read_table(path, **options) for path in paths]
    first = tables[0]
    for path, table in zip(paths[1:], tables[1:], strict=True):
        refuse_other_columns(first.column_names, table.column_names, paths[0], path)
    columns = {name: _join(name, [table[name] for table in tables], paths) for name in first.column_names}
    return pa.table(columns)


def line_of_row(path, row, *, encoding="utf-8", separator=","):
    r"""Line of a CSV file, counted from 1, at which data row `row`, counted from 0, begins.

    Exact with quoted line ends and empty lines. None for a Parquet file and for a row that the file does not
    have.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "t.csv"
    >>> _ = path.write_text('a,b\n1,"two\nlines"\n\n2,x\n')
    >>> line_of_row(path, 1)
    5
    """
    data, separator = _load(path, encoding, separator)
    if data.startswith(PARQUET_MAGIC) or row < 0:
        return None
    record = next(itertools.islice(iterate_records(data, separator), row + 1, None), None)
    return record.line if record else None


def _load(path, encoding, separator):
    """Bytes of the file, clean text unless Parquet, and the separator as a byte."""
    check_separator(separator)
    data = read_bytes(path)
    if data.startswith(PARQUET_MAGIC):
        return data, separator.encode()
    refuse_other_files(data[:BEGINNING], path)
    data = clean_text(data, path, encoding)
    return data, separator_of(data, path, separator)


def separator_of(data, path, separator):
    """The separator as a byte; in a file named .tsv whose first line has a tab, the default means a tab."""
    if separator == "," and os.fspath(path).lower().endswith((".tsv", ".tsv.gz")):
        first = next(iterate_records(data))
        if b"\t" in data[first.start : first.stop]:
            separator = "\t"
    return separator.encode()


def check_separator(separator):
    """Refuse what cannot stand between fields."""
    usable = isinstance(separator, str) and len(separator) == 1 and separator.isascii()
    if not usable or separator in '"\r\n\0':
        rule = "one ASCII character that is neither a quote nor a line end"
        raise wrong_parameter("separator", "read_table", rule, separator)


def check_decimal(decimal):
    """Refuse other signs than the two that numbers are written with."""
    if decimal not in tuple(DECIMALS):
        raise wrong_parameter("decimal", "read_table", "'.' or ','", decimal)


def refuse_other_columns(expected, found, first_path, path):
    """Refuse a file whose columns are not those of the first, in whatever order."""
    missing = [name for name in expected if name not in set(found)]
    extra = [name for name in found if name not in set(expected)]
    if not missing and not extra:
        return
    differences = []
    if missing:
        differences.append("lacks " + ", ".join(map(repr, missing)))
    if extra:
        differences.append("has in addition " + ", ".join(map(repr, extra)))
    raise TableError(
        f"The file '{path}' does not have the columns of '{first_path}': it {' and '.join(differences)}; "
        "give all files the same columns."
    )


def _join(name, parts, paths):
    """Put the parts of one column below one another, in the type that holds them all."""
    joint = joint_type(name, [part.type for part in parts], paths)
    if pa.types.is_null(joint):
        return parts[0] if len(parts) == 1 else pa.chunked_array([pa.nulls(sum(map(len, parts)))])
    return pa.chunked_array([chunk for part in parts for chunk in pc.cast(part, joint).chunks], joint)
