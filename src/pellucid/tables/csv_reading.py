"""CSV by Arrow's parallel reader, and an exact second look where it refuses."""

from typing import NamedTuple

import pyarrow as pa
import pyarrow.csv as arrow_csv

from pellucid.errors import TableError
from pellucid.tables.empty_texts import empty_texts_as_missing
from pellucid.tables.records import QUOTE, iterate_records, may_end_inside_quotes, split_fields
from pellucid.tables.text_file import refuse_bad_utf8

MISSING_NUMBERS = ["", "NA", "N/A", "NaN", "nan", "null", "NULL"]
TRUE_TEXTS = ["true", "True", "TRUE"]
FALSE_TEXTS = ["false", "False", "FALSE"]
OTHER_SEPARATORS = {";": "';'", "\t": "a tab", ",": "','"}
LARGEST_BLOCK = 2**31 - 1  # Arrow counts the bytes of a block in 32 bits


def read_csv(data, path, separator, text_columns=(), decimal="."):
    r"""Make a table of a CSV text whose first record names the columns.

    Parameters
    ----------
    data : bytes
        UTF-8 without a byte-order mark or zero bytes; see `clean_text`.
    path : str or path
        For messages.
    separator : bytes of length 1
    text_columns : sequence of str
        Columns that are text whatever they hold.
    decimal : "." or ","
        Of the numbers. The comma may be the separator too: numbers with one then stand in quotes.

    Returns
    -------
    pyarrow.Table

    Examples
    --------
    >>> table = read_csv(b"size,town\n3,Bern\nNA,\n", "towns.csv", b",")
    >>> table.to_pydict()
    {'size': [3, None], 'town': ['Bern', None]}
    """
    header = next(iterate_records(data, separator))
    names = column_names(data, header, path, separator)
    quoted = QUOTE in data
    if quoted and may_end_inside_quotes(data, separator):
        refuse_bad_records(data, path, separator, names, decimal=decimal)  # Arrow takes an unclosed quote silently
    texts = [name for name in names if name in set(text_columns)]
    body = Body(pa.py_buffer(data).slice(header.stop), names, separator, quoted, texts, decimal)
    if body.buffer.size == 0:
        raise no_rows(path)
    try:
        table = body.parse_with_times_as_text()
    except pa.ArrowInvalid:
        refuse_bad_utf8(data, path)
        refuse_bad_records(data, path, separator, names, decimal=decimal)
        table = _parse_whole(body, path)
    if any(pa.types.is_binary(field.type) for field in table.schema):
        refuse_bad_utf8(data, path)  # text that is not UTF-8 comes out as binary, without an error
    if table.num_rows == 0:
        raise no_rows(path)
    return empty_texts_as_missing(table)


def column_names(data, header, path, separator):
    """Names in the header record; refuse unclosed, empty and duplicate ones and a wrong separator."""
    if header.unclosed:
        raise _unclosed(path, header.unclosed)
    try:
        names = [field.decode("utf-8") for field in split_fields(data, header, separator)]
    except UnicodeDecodeError:
        refuse_bad_utf8(data, path)
        raise
    if len(names) == 1:
        _refuse_other_separator(names[0], path, separator.decode())
    refuse_bad_names(names, path)
    return names


def _refuse_other_separator(name, path, separator):
    for other, spelling in OTHER_SEPARATORS.items():
        if other in name and other != separator:
            option = "$'\\t'" if other == "\t" else f"'{other}'"
            raise TableError(
                f"The header of '{path}' is a single column that contains {spelling}: name the separator "
                f"(`--separator {option}`)."
            )


def refuse_bad_names(names, path):
    """Refuse empty and duplicate column names, naming them.

    Examples
    --------
    >>> refuse_bad_names(["a", " "], "t.csv")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    pellucid.errors.TableError: The header of 't.csv' has no name for column 2: name every column (...).
    """
    empty = [str(i) for i, name in enumerate(names, start=1) if not name.strip()]
    if empty:
        columns = "column " + empty[0] if len(empty) == 1 else "columns " + ", ".join(empty)
        raise TableError(
            f"The header of '{path}' has no name for {columns}: name every column (for a table from pandas "
            "write it with `index=False`)."
        )
    twice = list(dict.fromkeys(name for name in names if names.count(name) > 1)) if _repeats(names) else []
    if twice:
        listed = ", ".join(map(repr, twice))
        raise TableError(f"The header of '{path}' names {listed} more than once: give every column its own name.")


def _repeats(names):
    # `names.count` for every name is quadratic, which thousands of columns would feel.
    return len(set(names)) < len(names)


def refuse_bad_records(data, path, separator, names, line=1, decimal="."):
    """Raise for the first unclosed quote or record of the wrong length, with its line; else do nothing.

    `line` is that at which the text begins.
    """
    first, n_bad = None, 0
    for record in iterate_records(data, separator, line):
        if record.n_fields != len(names) or record.unclosed:
            first, n_bad = first or record, n_bad + 1
    if first is None:
        return
    if first.unclosed:
        raise _unclosed(path, first.unclosed)
    fields = "1 field" if first.n_fields == 1 else f"{first.n_fields} fields"
    columns = "1 column" if len(names) == 1 else f"{len(names)} columns"
    further = {1: "", 2: " (1 further line is as bad)"}.get(n_bad, f" ({n_bad - 1} further lines are as bad)")
    remedy = "correct the line, or put quotes around values that contain the separator"
    if separator.decode() == decimal:
        remedy = (
            "a comma separates fields and decimals alike: name the separator (`--separator ';'`), or put quotes "
            "around numbers with a comma"
        )
    raise TableError(f"Line {first.line} of '{path}' has {fields}, but the header has {columns}{further}: {remedy}.")


def _unclosed(path, line):
    return TableError(f"A quote that opens in line {line} of '{path}' is never closed: close or remove it.")


def no_rows(path):
    """A file that ends with its header."""
    return TableError(f"The file '{path}' has a header but no rows: add rows of values.")


class Body(NamedTuple):
    """What Arrow parses: the records below the header."""

    buffer: pa.Buffer
    names: list
    separator: bytes
    quoted: bool  # without any quote in the file Arrow may look for records in parallel
    texts: list  # the columns that are text whatever they hold
    decimal: str = "."

    def parse(self, block_size=None, only=None):
        """Run Arrow; `only` limits it to these columns, of these types."""
        return arrow_csv.read_csv(
            pa.BufferReader(self.buffer),
            read_options=arrow_csv.ReadOptions(column_names=self.names, block_size=block_size),
            parse_options=arrow_csv.ParseOptions(delimiter=self.separator.decode(), newlines_in_values=self.quoted),
            convert_options=arrow_csv.ConvertOptions(
                null_values=MISSING_NUMBERS,
                strings_can_be_null=False,
                decimal_point=self.decimal,
                true_values=TRUE_TEXTS,
                false_values=FALSE_TEXTS,
                include_columns=None if only is None else list(only),
                column_types=dict.fromkeys(self.texts, pa.string()) if only is None else only,
            ),
        )

    def parse_with_times_as_text(self, block_size=None):
        """Run Arrow, and again for the columns that it took for times of day."""
        table = self.parse(block_size)
        times = [field.name for field in table.schema if pa.types.is_time(field.type)]
        if times:
            texts = self.parse(block_size, dict.fromkeys(times, pa.string()))
            for name in times:
                table = table.set_column(table.schema.get_field_index(name), name, texts[name])
        return table


def _parse_whole(body, path):
    """Parse the body as one block: the way for records longer than Arrow's usual block."""
    try:
        return body.parse_with_times_as_text(min(body.buffer.size + 1, LARGEST_BLOCK))
    except pa.ArrowInvalid as error:
        raise unreadable(path, error) from None


def unreadable(path, error):
    """What Arrow refuses although every record has the fields of the header."""
    return TableError(f"The file '{path}' cannot be read as CSV ({error}): correct the file.")
