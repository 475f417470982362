"""A CSV file of any size as pieces of clean UTF-8 text, each of whole records, in bounded memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import NamedTuple

from pellucid.errors import TableError
from pellucid.tables.records import NEWLINE, QUOTE, count_newlines, iterate_records, may_end_inside_quotes
from pellucid.tables.table_file import TableFile
from pellucid.tables.text_file import (
    UTF8_MARK,
    is_utf8,
    refuse_bad_utf8,
    refuse_zero_bytes,
    unknown_encoding,
    wrong_encoding,
)

PIECE_BYTES = 2**23
LONGEST_RECORD = 2**26  # bytes: a quote that never closes would otherwise take the rest of the file into memory


class Piece(NamedTuple):
    """Records of a CSV file, and the line (from 1) at which they begin."""

    data: bytes
    line: int


def text_chunks(file: TableFile, encoding: str, size: int) -> Iterator[bytes]:
    """The file as UTF-8 without a byte-order mark, in chunks that end anywhere."""
    if is_utf8(encoding):
        chunks = file.chunks(size)
    else:
        chunks = transcoded(file, encoding, size)
    for i, chunk in enumerate(chunks):
        yield chunk.removeprefix(UTF8_MARK) if i == 0 else chunk


def transcoded(file: TableFile, encoding: str, size: int) -> Iterator[bytes]:
    """The same of a file in another encoding, decoded chunk by chunk."""
    line = 1
    try:
        b"a".decode(encoding)  # which knows names that are no encodings of text
    except UnicodeError:
        pass
    except LookupError:
        raise unknown_encoding(encoding) from None
    decoder = codecs.getincrementaldecoder(encoding)()
    for chunk in file.chunks(size):
        try:
            text = decoder.decode(chunk).encode("utf-8")
        except UnicodeError as error:
            raise wrong_encoding(error, file.path, encoding, line) from None
        line += count_newlines(text, 0, len(text))
        yield text
    try:
        yield decoder.decode(b"", final=True).encode("utf-8")
    except UnicodeError as error:
        raise wrong_encoding(error, file.path, encoding, line) from None


def text_pieces(file: TableFile, encoding: str, separator: bytes, size: int = PIECE_BYTES) -> Iterator[Piece]:
    """The file in pieces of whole records, of about `size` bytes.

    Only the last piece may end inside of quotes. Bytes that are not UTF-8 and zero bytes are refused by their line.

    Raises
    ------
    TableError
        Also for a record that is longer than any memory should hold.
    """
    pending, line = b"", 1
    for chunk in text_chunks(file, encoding, size):
        pending += chunk
        end = last_record_end(pending, separator)
        if end:
            yield checked(Piece(pending[:end], line), file)
            line += count_newlines(pending, 0, end)
            pending = pending[end:]
        elif len(pending) > LONGEST_RECORD:
            raise TableError(
                f"The record of '{file.path}' that begins in line {line} is longer than {LONGEST_RECORD >> 20} MiB: a "
                "quote may open there that is never closed; close or remove it."
            )
    if pending:
        yield checked(Piece(pending, line), file)


def checked(piece: Piece, file: TableFile) -> Piece:
    """The piece, if it is text."""
    refuse_zero_bytes(piece.data, file.path, piece.line)
    refuse_bad_utf8(piece.data, file.path, piece.line)
    return piece


def last_record_end(data: bytes, separator: bytes) -> int:
    r"""Where the last whole record ends, its line end included; 0 if there is none, or none that is sure.

    A line end is taken from behind at which certainly no quote is open; where there is none, all records are walked.

    Examples
    --------
    >>> [last_record_end(data, b",") for data in (b"a,b\r\n1,2\r\n3", b'a,b\n1,"x\ny', b"a,b\r")]
    [10, 4, 0]
    """
    end = last_line_end(data, len(data) - data.endswith(b"\r"))  # a line feed may follow in the next chunk
    if QUOTE not in data:
        return end
    while end and may_end_inside_quotes(data, separator, end):
        before = end - 2 if data[end - 2 : end] == b"\r\n" else end - 1
        end = last_line_end(data, before)
    return end or walked_record_end(data, separator)


def last_line_end(data: bytes, stop: int) -> int:
    """The position after the last line end of data[:stop]; 0 if there is none."""
    return max(data.rfind(b"\n", 0, stop), data.rfind(b"\r", 0, stop)) + 1


def walked_record_end(data: bytes, separator: bytes) -> int:
    """The same by walking through all records: slow, and always sure."""
    end = 0
    for record in iterate_records(data, separator):
        newline = NEWLINE.match(data, record.stop)
        if record.unclosed or newline is None or (newline.end() == len(data) and data.endswith(b"\r")):
            break
        end = newline.end()
    return end
