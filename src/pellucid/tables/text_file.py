"""From a file to the bytes of a clean UTF-8 text: opening, unpacking, decoding, refusing."""

import codecs
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
    try:
        data = Path(path).read_bytes()
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
    return _unpack(data, path) if data.startswith(GZIP_MAGIC) else data


def _unpack(data, path):
    try:
        return gzip.decompress(data)
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
        raise TableError(f"The file '{path}' is empty: it needs a header line and rows of values.")
    zero = data.find(b"\0")
    if zero >= 0:
        line = count_newlines(data, 0, zero) + 1
        raise TableError(
            f"The file '{path}' is not a text file, for line {line} holds a zero byte: give a CSV or Parquet "
            "file, or name its encoding if it has another (`--encoding utf-16`)."
        )
    return data


def is_utf8(encoding):
    """Whether `encoding` is a name of UTF-8; an unknown name raises ParameterError."""
    try:
        return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")
    except (LookupError, TypeError, ValueError):
        raise _unknown_encoding(encoding) from None


def _unknown_encoding(encoding):
    rule = "the name of a text encoding such as 'utf-8' or 'latin-1'"
    return wrong_parameter("encoding", "read_table", rule, encoding)


def _transcode(data, path, encoding):
    try:
        return data.decode(encoding).encode("utf-8")
    except UnicodeDecodeError as error:
        text = data[: error.start].decode(encoding, "replace").encode("utf-8", "replace")
        line = count_newlines(text, 0, len(text)) + 1
        raise TableError(
            f"The file '{path}' is not in the encoding {encoding!r}: line {line} has the byte "
            f"0x{data[error.start]:02x}; name the right one with the encoding option (`--encoding`)."
        ) from None
    except UnicodeError:
        raise TableError(
            f"The file '{path}' is not in the encoding {encoding!r}: name the right one with the encoding "
            "option (`--encoding`)."
        ) from None
    except LookupError:
        raise _unknown_encoding(encoding) from None


def refuse_bad_utf8(data, path):
    """Raise a TableError that names the first line and byte that are not UTF-8; else do nothing."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = count_newlines(data, 0, error.start) + 1
        raise TableError(
            f"The file '{path}' is not UTF-8: line {line} has the byte 0x{data[error.start]:02x}; name its "
            "encoding with the encoding option (`--encoding latin-1` on the command line)."
        ) from None
