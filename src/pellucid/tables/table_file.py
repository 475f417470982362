"""One file of a table that is read in passes: opened, unpacked while it is read, told apart by its content."""

from __future__ import annotations

import gzip
import os
import shutil
import stat
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from pellucid.tables.other_files import BEGINNING, refuse_other_files
from pellucid.tables.parquet_reading import PARQUET_MAGIC
from pellucid.tables.text_file import GZIP_MAGIC, refusing_damaged_gzip, refusing_unreadable


class TableFile:
    """A file that can be read again from its beginning, however large it is.

    What cannot be read twice (a pipe), or not from its end as Parquet is (a packed file), is copied to a temporary file
    on the disk, which goes when the object goes.

    Attributes
    ----------
    path : str or path
    is_parquet : bool
    size : int
        Bytes to read, for the progress.
    position : int
        Bytes read so far in this pass, packed as they are.

    Raises
    ------
    TableError
        If it does not exist, is a folder, may not be read, or is neither CSV nor Parquet.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = path
        self.position = 0
        self._copy: IO[bytes] | None = None
        with refusing_unreadable(path):
            again = stat.S_ISREG(os.stat(path).st_mode)
            with open(path, "rb") as handle:
                if not again:
                    self._keep(copied(handle))
        with self.opened() as handle:
            packed = handle.read(2) == GZIP_MAGIC
        self._packed = packed
        with self.unpacked() as handle, self._refusing_damage():
            beginning = handle.read(BEGINNING)
            self.is_parquet = beginning.startswith(PARQUET_MAGIC)
            if self.is_parquet and packed:
                handle.seek(0)
                self._keep(copied(handle))
                self._packed = False
        if not self.is_parquet:
            refuse_other_files(beginning, path)
        with self.opened() as handle:
            self.size = handle.seek(0, os.SEEK_END)

    def _keep(self, copy: IO[bytes]) -> None:
        self._copy = copy
        weakref.finalize(self, copy.close)

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """The file as it is, from its beginning."""
        if self._copy is not None:
            self._copy.seek(0)
            yield self._copy
            return
        with refusing_unreadable(self.path):
            handle = open(self.path, "rb")  # noqa: SIM115  # closed below; what the block raises is not the file's
        with handle:
            yield handle

    @contextmanager
    def unpacked(self) -> Iterator[IO[bytes]]:
        """The same, of a packed file what it holds."""
        with self.opened() as handle:
            yield gzip.GzipFile(fileobj=handle) if self._packed else handle  # type: ignore[misc]  # it reads as a file

    def chunks(self, size: int) -> Iterator[bytes]:
        """All bytes of a CSV file, so many at a time."""
        with self.opened() as handle:
            source = gzip.GzipFile(fileobj=handle) if self._packed else handle
            while True:
                with self._refusing_damage():
                    chunk = source.read(size)
                self.position = handle.tell()
                if not chunk:
                    return
                yield chunk

    def _refusing_damage(self):
        return refusing_damaged_gzip(self.path) if self._packed else refusing_unreadable(self.path)


def copied(handle: IO[bytes]) -> IO[bytes]:
    """The rest of a file in a temporary one without a name."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115  # it goes with the object that holds it
    shutil.copyfileobj(handle, copy, 2**20)
    return copy
