"""Files that are neither CSV nor Parquet, told by their first bytes and by what their names promise."""

import codecs
import os

from pellucid.errors import TableError

BEGINNING = 256  # bytes that are looked at
PARQUET_NAMES = (".parquet", ".pq")
SPREADSHEET_NAMES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
JSON_NAMES = (".json", ".jsonl", ".ndjson")
ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06")  # of zip; a CSV may begin with its letters
OLD_SPREADSHEET = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refuse_other_files(beginning, path):
    """Raise a TableError for what would be taken for a CSV, and is none; else do nothing.

    Parameters
    ----------
    beginning : bytes
        The first bytes of a file that does not begin as Parquet does, unpacked if they are gzip's.
    path : str or path

    Examples
    --------
    >>> refuse_other_files(b"PKID,name", "t.csv")
    >>> refuse_other_files(b"a,b", "t.parquet")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    pellucid.errors.TableError: The file 't.parquet' is named as Parquet but does not begin as Parquet files do: ...
    """
    name = os.fsdecode(path).lower().removesuffix(".gz")
    if name.endswith(SPREADSHEET_NAMES) or beginning.startswith(OLD_SPREADSHEET):
        raise TableError(
            f"The file '{path}' is a spreadsheet, or named as one, and is not read: save it as CSV (UTF-8), in a file "
            "named .csv."
        )
    if beginning.startswith(ARCHIVES):
        raise TableError(
            f"The file '{path}' is a zip archive, as spreadsheets (.xlsx) are too: unpack it, or save the spreadsheet "
            "as CSV."
        )
    if name.endswith(PARQUET_NAMES):
        raise TableError(
            f"The file '{path}' is named as Parquet but does not begin as Parquet files do: write it again, or name it "
            ".csv if it is a CSV."
        )
    if name.endswith(JSON_NAMES) and beginning.removeprefix(codecs.BOM_UTF8).lstrip().startswith((b"{", b"[")):
        raise TableError(
            f"The file '{path}' holds JSON, which is not read: write it as CSV or Parquet, with pandas for example by "
            "`read_json` and `to_csv(..., index=False)`."
        )
