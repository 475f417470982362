"""Where the records of a CSV text begin and how many fields they have.

This is the slow second path: it names lines that the fast reader (Arrow) cannot name. It splits exactly as
Arrow does: a quote opens a quoted field only at the start of a field, two quotes inside stand for one, text
after the closing quote belongs to the field, CR, LF and CRLF end a record, and empty lines are skipped.

Python's own `csv` module is not used: it refuses fields of more than 131,072 characters unless a setting of
the whole process is changed, and it reports neither byte positions nor where an unclosed quote opens.
"""

import functools
import re
from typing import NamedTuple

QUOTE = b'"'
NEWLINE = re.compile(rb"\r\n|\r|\n")
# Possessive, because giving back half of a doubled quote would close the field at the wrong place.
QUOTED = re.compile(rb'"[^"]*+(?:""[^"]*+)*+"')


class Record(NamedTuple):
    """One record: its line (from 1), its bytes [start, stop), its number of fields, what is wrong with it."""

    line: int
    start: int
    stop: int
    n_fields: int
    unclosed: int | None = None  # the line at which a quote opens that never closes


def count_newlines(data, start, stop):
    r"""Count line ends in data[start:stop]; CRLF is one.

    Examples
    --------
    >>> count_newlines(b"a\r\nb\nc\rd", 0, 8)
    3
    """
    pairs = data.count(b"\r\n", start, stop)
    return data.count(b"\n", start, stop) + data.count(b"\r", start, stop) - pairs


def field_end(data, start, separator):
    """Position just after the field that starts at `start`, or None if its quote never closes."""
    if data.startswith(QUOTE, start):
        quoted = QUOTED.match(data, start)
        if quoted is None:
            return None
        start = quoted.end()
    return _unquoted(separator).match(data, start).end()


@functools.cache
def _unquoted(separator):
    return re.compile(b"[^" + re.escape(separator) + rb"\r\n]*+")


def iterate_records(data, separator=b",", line=1):
    r"""Yield a `Record` for every line of a CSV text that is not empty; the first one is the header.

    A record with an unclosed quote is the last one and reaches to the end of the text.

    Parameters
    ----------
    data : bytes
    separator : bytes of length 1
    line : int
        That at which the text begins, if it is a part of a file.

    Examples
    --------
    >>> for record in iterate_records(b'a,b\n\n1,"x\ny"\n2\n'):
    ...     print(record.line, record.n_fields)
    1 2
    3 2
    5 1
    """
    position = 0
    while position < len(data):
        newline = NEWLINE.search(data, position)
        end, after = newline.span() if newline else (len(data), len(data))
        if end == position:
            position, line = after, line + 1
            continue
        if data.find(QUOTE, position, end) < 0:
            record = Record(line, position, end, data.count(separator, position, end) + 1)
        else:
            record = _quoted_record(data, position, line, separator)
        yield record
        line += count_newlines(data, position, record.stop) + 1
        newline = NEWLINE.match(data, record.stop)
        position = newline.end() if newline else len(data)


def _quoted_record(data, start, line, separator):
    """Walk field by field through the record at `start`, which has a quote in its first line."""
    position, n_fields = start, 1
    while True:
        end = field_end(data, position, separator)
        if end is None:
            opens = line + count_newlines(data, start, position)
            return Record(line, start, len(data), n_fields, opens)
        if data[end : end + 1] != separator:
            return Record(line, start, end, n_fields)
        position, n_fields = end + 1, n_fields + 1


def split_fields(data, record, separator=b","):
    """List the fields of one record, unquoted, as bytes.

    Examples
    --------
    >>> data = b'a,"b, ""c",d'
    >>> split_fields(data, next(iterate_records(data)))
    [b'a', b'b, "c', b'd']
    """
    fields, position = [], record.start
    for _ in range(record.n_fields):
        end = field_end(data, position, separator)
        end = record.stop if end is None else end
        fields.append(_unquote(data[position:end]))
        position = end + 1
    return fields


def _unquote(field):
    quoted = QUOTED.match(field)
    if quoted is None:
        return field
    return quoted.group()[1:-1].replace(b'""', QUOTE) + field[quoted.end() :]


def may_end_inside_quotes(data, separator=b",", stop=None):
    r"""Whether the text, up to `stop`, may end inside a quoted field; False is certain and costs next to nothing.

    Inside an open field all quotes come in adjacent pairs. Going backwards, the first run of an odd number of
    quotes therefore opens the field, so it follows a separator or a line end, or there is no open field.

    Examples
    --------
    >>> may_end_inside_quotes(b'a,b\n1,"x'), may_end_inside_quotes(b'a,b\n1,"x"')
    (True, False)
    """
    end = len(data) if stop is None else stop
    while (last := data.rfind(QUOTE, 0, end)) >= 0:
        first = last
        while first > 0 and data.startswith(QUOTE, first - 1):
            first -= 1
        if (last - first) % 2 == 0:
            return first == 0 or data[first - 1 : first] in (separator, b"\r", b"\n")
        end = first
    return False
