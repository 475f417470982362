"""A table of one or several files that may be larger than memory, in blocks of rows."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa

from pellucid.errors import TableError, wrong_parameter
from pellucid.tables.csv_stream import CsvStream
from pellucid.tables.joint_types import joint_type
from pellucid.tables.known_kinds import KnownKinds
from pellucid.tables.parquet_stream import ParquetStream
from pellucid.tables.reading import check_decimal, check_separator, refuse_other_columns
from pellucid.tables.row_blocks import BLOCK_ROWS
from pellucid.tables.table_file import TableFile
from pellucid.tables.text_pieces import PIECE_BYTES


class Block(NamedTuple):
    """Some rows of a table: the number (from 0) of the first in the whole table, and their columns.

    Those of `rows` are of the kinds that were asked for, those of `written` as the files have them.
    """

    first_row: int
    rows: pa.Table
    written: pa.Table


class TableStream:
    r"""The rows of one or several CSV or Parquet files in their order, in bounded memory.

    What `read_tables` reads, with two differences that a stream asks for: the kinds of the columns are told, so that
    they do not depend on what a block happens to hold, and what is wrong is refused when its block is reached.

    Parameters
    ----------
    paths : list of str or path
        CSV (also packed with gzip) and Parquet, told apart by their content, with the same columns in any order.
    encoding, separator, decimal : str
        Of the CSV files.
    block_rows : int
        Rows of a block at most.
    piece_bytes : int
        How much of a CSV file is in memory at a time.

    Attributes
    ----------
    column_names : list of str
        Of the first file.
    size : int
        Bytes of all files.

    Raises
    ------
    TableError
        For a file that cannot be read, and for files that differ in their columns.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "towns.csv"
    >>> _ = path.write_text("size,town,code\n3,Bern,007\nNA,Rome,\n2,Oslo,12\n")
    >>> stream = TableStream([path], block_rows=2)
    >>> for first_row, rows, written in stream.blocks({"size": "number"}, as_written=["code", "size"]):
    ...     print(first_row, rows.to_pydict(), written.to_pydict())
    0 {'size': [3.0, None]} {'code': ['007', None], 'size': ['3', 'NA']}
    2 {'size': [2.0]} {'code': ['12'], 'size': ['2']}
    >>> stream.place_of(2)
    'row 2 (line 4)'
    """

    def __init__(
        self,
        paths: Sequence[str | os.PathLike[str]],
        *,
        encoding: str = "utf-8",
        separator: str = ",",
        decimal: str = ".",
        block_rows: int = BLOCK_ROWS,
        piece_bytes: int = PIECE_BYTES,
    ):
        if not paths:
            raise wrong_parameter("paths", "TableStream", "a list of at least one file", paths)
        check_separator(separator)
        check_decimal(decimal)
        self._decimal = decimal
        self._files = [TableFile(path) for path in paths]
        self._streams = [
            ParquetStream(file) if file.is_parquet else CsvStream(file, encoding, separator, decimal, piece_bytes)
            for file in self._files
        ]
        self._block_rows = block_rows
        self._first_rows: list[int] = []  # of the files that have been begun
        self.column_names = self._streams[0].column_names
        for file, stream in zip(self._files[1:], self._streams[1:], strict=True):
            refuse_other_columns(self.column_names, stream.column_names, self._files[0].path, file.path)
        self.size = sum(file.size for file in self._files)

    @property
    def position(self) -> int:
        """Bytes read so far, of `size`."""
        begun = self._files[: len(self._first_rows)]
        return sum(file.size for file in begun[:-1]) + (begun[-1].position if begun else 0)

    def blocks(self, kinds: Mapping[str, str], as_written: Sequence[str] = ()) -> Iterator[Block]:
        """The named columns of all rows, from the first.

        Parameters
        ----------
        kinds : dict of str to str
            "number": float64, from numbers, or from true and false; "boolean", "date" or "text".
        as_written : sequence of str
            Columns to give as text as a CSV file has it, and in the type that a Parquet file has (of categories in
            that of their values, of several files in one that holds all); the same may stand
            in `kinds` too.

        Raises
        ------
        DataError
            For a value of another kind, with its row and line; columns at once, rows up to the end of their block.
        TableError
            For whatever else is wrong with a file.
        """
        known = KnownKinds(kinds, self._decimal)
        types = pa.schema([(name, self.written_type(name)) for name in as_written])
        self._first_rows, n_rows = [], 0
        for stream in self._streams:
            self._first_rows.append(n_rows)
            for plain, written in self._tables(stream, kinds, as_written):
                for start in range(0, plain.num_rows, self._block_rows):
                    part = plain.slice(start, self._block_rows)
                    rows = known.convert(part, row_of=n_rows.__add__, place_of=self.place_of)
                    yield Block(n_rows, rows, in_types(written.slice(start, self._block_rows), types, stream.file.path))
                    n_rows += part.num_rows

    def place_of(self, row: int) -> str:
        """A row that has been reached, in words, with its line and, of several files, with the name of its own."""
        k = bisect_right(self._first_rows, row) - 1
        stream, local = self._streams[k], row - self._first_rows[k]
        line = stream.line_of_row(local) if isinstance(stream, CsvStream) else None
        if len(self._streams) == 1:
            return f"row {row}" if line is None else f"row {row} (line {line})"
        return f"row {row} ({f'row {local}' if line is None else f'line {line}'} of '{stream.file.path}')"

    def written_type(self, name: str) -> pa.DataType:
        """The type in which a column is given as it is written: one that all files can give."""
        if any(isinstance(stream, CsvStream) for stream in self._streams):
            return pa.string()
        types = [stream.written_types[name] for stream in self._streams if isinstance(stream, ParquetStream)]
        return joint_type(name, types, [file.path for file in self._files])

    def _tables(
        self, stream: CsvStream | ParquetStream, kinds: Mapping[str, str], as_written: Sequence[str]
    ) -> Iterator[tuple[pa.Table, pa.Table]]:
        """Some rows at a time: the columns to convert, and those as they are written."""
        if isinstance(stream, ParquetStream):
            yield from stream.tables(list(kinds), as_written, self._block_rows)
            return
        for table in stream.tables({**kinds, **dict.fromkeys(as_written, "text")}):
            yield table.select(list(kinds)), table.select(list(as_written))


def in_types(written: pa.Table, types: pa.Schema, path: str | os.PathLike[str]) -> pa.Table:
    """Columns of one file in the types of all files."""
    for i, field in enumerate(types):
        try:
            written = written.set_column(i, field, written.column(i).cast(field.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise TableError(
                f"The column '{field.name}' has the type {written.column(i).type} in '{path}', which cannot be written "
                f"as {field.type}, as the other files need it: write it in the same type in all files."
            ) from None
    return written
