"""Where predictions go, block by block: standard output as CSV or JSON lines, a CSV file, or a Parquet file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from pellucid.cli.terminal import as_json
from pellucid.errors import ParameterError

if TYPE_CHECKING:
    import pyarrow as pa


class Writer(Protocol):
    """Takes tables of the same columns one after the other."""

    def write(self, table: pa.Table) -> None:
        """Write the next rows."""
        ...


@contextmanager
def writer_to(out: Path | None, as_lines_of_json: bool = False) -> Iterator[Writer]:
    """Write to a file, which takes the place of an old one once all is written, or to standard output.

    Raises
    ------
    ParameterError
        If the file cannot be written.
    """
    from pellucid.files import atomic

    if out is None:
        yield JsonLines(StandardOutput()) if as_lines_of_json else Csv(StandardOutput())
        return
    try:
        with atomic.replacing(out) as handle:
            writer = Parquet(handle) if out.suffix.lower() == ".parquet" else Csv(handle)
            try:
                yield writer
            except BaseException:
                with suppress(Exception):  # the reason for the failure is what the user must see
                    writer.close()
                raise
            writer.close()
    except OSError as error:
        raise ParameterError(f"{out} cannot be written: {error.strerror or error}. Choose another place.") from None


class Csv:
    """CSV with a header, texts in quotes."""

    def __init__(self, handle: Any):
        self._handle = handle
        self._writer: Any = None

    def write(self, table: pa.Table) -> None:
        """Write the next rows, below the header if they are the first."""
        import pyarrow.csv

        if self._writer is None:
            self._writer = pyarrow.csv.CSVWriter(self._handle, table.schema)
        self._writer.write(table)

    def close(self) -> None:
        """Write what is left."""
        if self._writer is not None:
            self._writer.close()


class Parquet:
    """Parquet with a row group for each block."""

    def __init__(self, handle: IO[bytes]):
        self._handle = handle
        self._writer: Any = None

    def write(self, table: pa.Table) -> None:
        """Write the next row group."""
        import pyarrow.parquet

        if self._writer is None:
            self._writer = pyarrow.parquet.ParquetWriter(self._handle, table.schema)
        self._writer.write_table(table)

    def close(self) -> None:
        """Write what is known of all rows, without which none could be read."""
        if self._writer is None:
            return
        try:
            self._writer.close()
        finally:
            self._writer.is_open = False  # else it would try again when it goes, and complain


class JsonLines:
    """One JSON object for each row."""

    def __init__(self, handle: StandardOutput):
        self._handle = handle

    def write(self, table: pa.Table) -> None:
        """Write the next rows."""
        self._handle.write("".join(f"{as_json(row)}\n" for row in table.to_pylist()).encode())


class StandardOutput:
    """Standard output as a file of bytes that Arrow may write to, whatever stands in its place."""

    closed = False

    def write(self, data: Any) -> int:
        """Write text in UTF-8, whatever the encoding of the terminal or of the place: it is as in a file."""
        text = bytes(data)
        if hasattr(sys.stdout, "buffer"):
            sys.stdout.flush()  # what was printed before comes before
            sys.stdout.buffer.write(text)
            sys.stdout.buffer.flush()  # on a terminal the notes come after
        else:
            sys.stdout.write(text.decode())
        return len(text)

    def flush(self) -> None:
        """Pass on what is buffered."""
        sys.stdout.flush()
