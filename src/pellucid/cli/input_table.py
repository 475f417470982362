"""Tables as the verbs read them: files, then the columns that a verb needs, or a refusal that names them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from pellucid.errors import ParameterError

if TYPE_CHECKING:
    import pyarrow as pa


Decimal = Literal[".", ","]


class CsvFormat(NamedTuple):
    """How a CSV is written, which a Parquet file says itself."""

    encoding: str
    separator: str
    decimal: Decimal

    @classmethod
    def of_options(cls, encoding: str, separator: str, decimal: Decimal) -> CsvFormat:
        """A tab can hardly be typed, so `tab` and a backslash with t mean one."""
        return cls(encoding, "\t" if separator in ("tab", "\\t") else separator, decimal)

    def line_of(self, paths: Sequence[Path], row: int) -> int | None:
        """The line of a row in its file; None where there are several files, or one that has no lines."""
        from pellucid.tables.reading import line_of_row

        if len(paths) > 1:
            return None
        return line_of_row(str(paths[0]), row, encoding=self.encoding, separator=self.separator)


def read(
    paths: Sequence[Path], csv: CsvFormat, text_columns: Sequence[str] = (), date_columns: Sequence[str] = ()
) -> pa.Table:
    """One table from one or several files."""
    from pellucid.tables.reading import read_tables

    return read_tables(
        [str(path) for path in paths], text_columns=text_columns, date_columns=date_columns, **csv._asdict()
    )


def name_of(paths: Sequence[Path]) -> str:
    """The files in a message."""
    return str(paths[0]) if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"


def require_columns(columns: Sequence[str], names: Sequence[str], option: str, source: str) -> None:
    """Refuse columns that the table does not have, all at once, naming those it has."""
    unknown = [name for name in names if name not in columns]
    if unknown:
        shown = ", ".join(columns[:30]) + (", ..." if len(columns) > 30 else "")
        raise ParameterError(
            f"{source} has no column {quoted(unknown)} ({option}). Its columns are: {shown}. "
            "Check the spelling; upper and lower case count."
        )


def quoted(names: Sequence[str], last: str = "and") -> str:
    """'a', 'b' and 'c'."""
    listed = [f"'{name}'" for name in names]
    return listed[0] if len(listed) == 1 else ", ".join(listed[:-1]) + f" {last} {listed[-1]}"


def require_writable(path: Path, option: str, endings: Sequence[str] = ()) -> None:
    """Refuse an output before any work is done for it: an ending, a folder as a file, a folder that takes no files."""
    if endings and path.suffix.lower() not in endings:
        raise ParameterError(f"{option} must end in {' or '.join(endings)}. Got {str(path)!r} instead.")
    if path.is_dir():
        raise ParameterError(f"{option} names the folder {str(path)!r}. Give the name of a file in it.")
    if not path.parent.is_dir():
        raise ParameterError(f"{option} lies in {str(path.parent)!r}, which is not a folder. Create it first.")
    try:
        tempfile.TemporaryFile(dir=path.parent).close()  # asking for permissions tells less: root has them all
    except OSError as error:
        raise ParameterError(
            f"{option} lies in {str(path.parent)!r}, where no file can be written ({error.strerror}). Choose another "
            "folder."
        ) from None


def require_new_file(path: Path, option: str, read: Sequence[Path]) -> None:
    """Refuse to write over a file that this very command reads."""
    for other in read:
        if path.resolve() == other.resolve():
            raise ParameterError(
                f"{option} names {str(path)!r}, which this command reads: it would be lost. Choose another name."
            )
