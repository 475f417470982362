"""From a file to the bytes of a clean UTF-8 text: opening, unpacking, decoding, refusing."""

import codecs
import contextlib
import gzip
import zlib
from pathlib import Path

from pellucid.errors import TableError, wrong_parameter
from pellucid.tables.records import count_newlines

GZIP_MAGIC = b"\x1f\x8b"
UTF8_MARK = codecs.BOM_UTF8


def read_bytes(path):
    """Return the bytes of a file, unpacked if they are gzip's; every failure is a TableError.

    Examples
    --------
    >>> read_bytes("no such file.csv")
    Traceback (most recent call last):
    ...
    pellucid.errors.TableError: The file 'no such file.csv' does not exist: check the path.
    """
    with refusing_unreadable(path):
        data = Path(path).read_bytes()
    if not data.startswith(GZIP_MAGIC):
        return data
    with refusing_damaged_gzip(path):
        return gzip.decompress(data)


@contextlib.contextmanager
def refusing_unreadable(path):
    """Within this block, what the system says of a file becomes a TableError."""
    try:
        yield
    except TableError:
        raise
    except FileNotFoundError:
        raise TableError(f"The file '{path}' does not exist: check the path.") from None
    except IsADirectoryError:
        raise TableError(f"'{path}' is a folder: name the table files inside it.") from None
    except PermissionError:
        # Windows answers a folder with this one.
        if Path(path).is_dir():
            raise TableError(f"'{path}' is a folder: name the table files inside it.") from None
        raise TableError(f"The file '{path}' may not be read by you: change its permissions.") from None
    except (OSError, ValueError) as error:
        raise TableError(f"The file '{path}' cannot be read ({error}): check the path.") from None


@contextlib.contextmanager
def refusing_damaged_gzip(path):
    """Within this block, what the unpacker says becomes a TableError."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        reason = str(error).rstrip(".")
        raise TableError(
            f"The file '{path}' begins like a gzip file but cannot be unpacked ({reason}): compress it again."
        ) from None


def clean_text(data, path, encoding):
    """Return `data` as UTF-8 without a byte-order mark; refuse empty and binary files.

    UTF-8 itself is not checked here, because Arrow does so in parallel; see `refuse_bad_utf8`.

    Examples
    --------
    >>> clean_text("Zürich".encode("latin-1"), "towns.csv", "latin-1").decode()
    'Zürich'
    """
    if not is_utf8(encoding):
        data = _transcode(data, path, encoding)
    data = data.removeprefix(UTF8_MARK)
    if not data.strip():
        raise empty(path)
    refuse_zero_bytes(data, path)
    return data


def empty(path):
    """A file without even a header."""
    return TableError(f"The file '{path}' is empty: it needs a header line and rows of values.")


def refuse_zero_bytes(data, path, line=1):
    """Raise a TableError that names the first line with a zero byte, in a text that begins at `line`."""
    zero = data.find(b"\0")
    if zero >= 0:
        line += count_newlines(data, 0, zero)
        raise TableError(
            f"The file '{path}' is not a text file, for line {line} holds a zero byte: give a CSV or Parquet "
            "file, or name its encoding if it has another (`--encoding utf-16`)."
        )


def is_utf8(encoding):
    """Whether `encoding` is a name of UTF-8; an unknown name raises ParameterError."""
    try:
        return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")
    except (LookupError, TypeError, ValueError):
        raise unknown_encoding(encoding) from None


def unknown_encoding(encoding):
    rule = "the name of a text encoding such as 'utf-8' or 'latin-1'"
    return wrong_parameter("encoding", "read_table", rule, encoding)


def _transcode(data, path, encoding):
    try:
        return data.decode(encoding).encode("utf-8")
    except UnicodeError as error:
        raise wrong_encoding(error, path, encoding) from None
    except LookupError:
        raise unknown_encoding(encoding) from None


def wrong_encoding(error, path, encoding, line=1):
    """Say which byte is not of the encoding, in a text that begins at `line`."""
    where = ""
    if isinstance(error, UnicodeDecodeError):
        text = error.object[: error.start].decode(encoding, "replace").encode("utf-8", "replace")
        line += count_newlines(text, 0, len(text))
        where = f"line {line} has the byte 0x{error.object[error.start]:02x}; "
    return TableError(
        f"The file '{path}' is not in the encoding {encoding!r}: {where}name the right one with the encoding "
        "option (`--encoding`)."
    )


def refuse_bad_utf8(data, path, line=1):
    """Raise a TableError that names the first line and byte that are not UTF-8; else do nothing.

    `line` is that at which the text begins.
    """
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line += count_newlines(data, 0, error.start)
        raise TableError(
            f"The file '{path}' is not UTF-8: line {line} has the byte 0x{data[error.start]:02x}; name its "
            "encoding with the encoding option (`--encoding latin-1` on the command line)."
        ) from None
