"""A CSV file larger than memory: its columns in types that are told and not guessed, piece by piece."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Mapping

import pyarrow as pa

from pellucid.tables.csv_reading import (
    Body,
    column_names,
    no_rows,
    refuse_bad_records,
    unreadable,
)
from pellucid.tables.empty_texts import empty_texts_as_missing
from pellucid.tables.reading import separator_of
from pellucid.tables.records import QUOTE, count_newlines, iterate_records, may_end_inside_quotes
from pellucid.tables.table_file import TableFile
from pellucid.tables.text_file import empty
from pellucid.tables.text_pieces import PIECE_BYTES, Piece, text_chunks, text_pieces

TYPES = {"number": pa.float64(), "boolean": pa.string(), "text": pa.string(), "date": pa.string()}


class CsvStream:
    """The rows of a CSV file in the order of the file.

    Parameters
    ----------
    file : TableFile
    encoding : str
    separator, decimal : str
    piece_bytes : int
        How much of the file is in memory at a time.

    Attributes
    ----------
    column_names : list of str
    """

    def __init__(
        self, file: TableFile, encoding: str, separator: str, decimal: str = ".", piece_bytes: int = PIECE_BYTES
    ):
        self.file, self._encoding, self._decimal, self._piece_bytes = file, encoding, decimal, piece_bytes
        beginning = next(text_chunks(file, encoding, piece_bytes), b"")
        if not beginning.strip():
            raise empty(file.path)
        self._separator = separator_of(beginning, file.path, separator)
        self._first_rows: list[int] = []  # of the pieces
        self.column_names: list[str] = []
        next(self._bodies(), None)

    def tables(self, kinds: Mapping[str, str]) -> Iterator[pa.Table]:
        """The columns that are named, "number" (float64) or "text", of all rows.

        A column of numbers in which a piece has anything else comes as text in that piece.

        Raises
        ------
        TableError
            As `read_table` does, once the piece is reached.
        """
        n_rows = 0
        self._first_rows = []
        types = {name: TYPES[kind] for name, kind in kinds.items()}
        for piece in self._bodies():
            self._first_rows.append(n_rows)
            table = self._parse(piece, types)
            n_rows += table.num_rows
            yield table
        if n_rows == 0:
            raise no_rows(self.file.path)

    def line_of_row(self, row: int) -> int | None:
        """The line at which a row begins that has been read; the file is read once more up to there."""
        k = bisect_right(self._first_rows, row) - 1
        piece = next(itertools.islice(self._bodies(), k, None), None)
        if k < 0 or piece is None:
            return None
        records = iterate_records(piece.data, self._separator, piece.line)
        record = next(itertools.islice(records, row - self._first_rows[k], None), None)
        return record.line if record else None

    def _bodies(self) -> Iterator[Piece]:
        """The pieces without the header, whose names are kept."""
        self.column_names = []
        for piece in text_pieces(self.file, self._encoding, self._separator, self._piece_bytes):
            if not self.column_names:
                header = next(iterate_records(piece.data, self._separator, piece.line), None)
                if header is None:
                    continue
                self.column_names = column_names(piece.data, header, self.file.path, self._separator)
                line = piece.line + count_newlines(piece.data, 0, header.stop)
                piece = Piece(piece.data[header.stop :], line)
            if piece.data.strip(b"\r\n"):
                yield piece

    def _parse(self, piece: Piece, types: dict[str, pa.DataType]) -> pa.Table:
        data, line = piece
        names, quoted = self.column_names, QUOTE in data
        refused = (data, self.file.path, self._separator, names, line, self._decimal)
        if quoted and may_end_inside_quotes(data, self._separator):
            refuse_bad_records(*refused)  # Arrow takes an unclosed quote silently
        body = Body(pa.py_buffer(data), names, self._separator, quoted, [], self._decimal)
        try:
            table = body.parse(only=types)
        except pa.ArrowInvalid:
            refuse_bad_records(*refused)
            try:
                table = body.parse(len(data) + 1, dict.fromkeys(types, pa.string()))
            except pa.ArrowInvalid as error:
                raise unreadable(self.file.path, error) from None
        return empty_texts_as_missing(table)
