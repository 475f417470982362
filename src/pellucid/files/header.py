"""The header of a model file: JSON that is checked in full before anything in it is believed.

    {"__metadata__": {...}, name: {"dtype": "F64", "shape": [2, 3], "data_offsets": [0, 48]}, ...}

This is the header of the safetensors format. Ours holds five texts in its metadata: format, format_version,
pellucid (the description of the model, JSON again), sha256 (of the arrays' bytes) and sha256_header (of the
header without that entry: in one fixed spelling what stands beside the description, then the description as it is).
The sums detect damage; they do not say who wrote the file.

All of it is ASCII, and the header has no escapes but those of quotes and backslashes: the description has those of
other signs.
"""

import hashlib
import json
import math
import re
from typing import Any, NamedTuple

import numpy as np

from pellucid.files.strict_json import Refusal, parse_object, short

FORMAT = "pellucid model"
FORMAT_VERSION = "1"
# 2,000 columns of numbers and 100 columns of 100 levels take 0.53 MB together; to refuse a header of this length takes
# less than 50 ms (benchmarks/load_time.py).
LONGEST_HEADER = 1_000_000  # bytes
MOST_ARRAYS = 1_000
MOST_DIMENSIONS = 8
# In the order in which the safetensors library lays arrays out, so that both write the same payload.
DTYPES = {"I64": np.dtype("<i8"), "F64": np.dtype("<f8"), "F32": np.dtype("<f4")}

WRONG_FILE = "give a file that pellucid saved"
UPGRADE = "install the newest pellucid"
_METADATA_KEYS = {"format", "format_version", "pellucid", "sha256", "sha256_header"}


class Entry(NamedTuple):
    """One array of the file: what its bytes, `n_bytes` of them, mean."""

    name: str
    dtype: np.dtype
    shape: tuple[int, ...]
    n_bytes: int


class Header(NamedTuple):
    """What a header says, checked."""

    description: dict[str, Any]
    entries: list[Entry]
    sha256: str


def compose(description, entries, sha256):
    """Return the header's bytes, padded with spaces to a multiple of 8; refuse what `parse` would refuse."""
    codes = {dtype: code for code, dtype in DTYPES.items()}
    offsets = [0]
    header: dict[str, Any] = {"__metadata__": {}}
    for entry in entries:
        offsets.append(offsets[-1] + entry.n_bytes)
        fields = {"dtype": codes[entry.dtype], "shape": list(entry.shape), "data_offsets": offsets[-2:]}
        if header.setdefault(entry.name, fields) is not fields:
            raise Refusal(f"no array can have the name {short(entry.name)}")
    try:
        text = json.dumps(description, allow_nan=False, sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        raise Refusal("the description holds something other than what JSON can hold") from None
    metadata = {"format": FORMAT, "format_version": FORMAT_VERSION, "pellucid": text, "sha256": sha256}
    header["__metadata__"] = metadata
    metadata["sha256_header"] = sum_of(header)
    encoded = json.dumps(header, separators=(",", ":")).encode("ascii")
    encoded += b" " * (-len(encoded) % 8)
    if parse(encoded, offsets[-1]).description != description:
        raise Refusal("the description would not come back equal (it may hold tuples or keys that are not text)")
    return encoded


def parse(encoded, n_payload):
    """Check a header in full and return what it says.

    Parameters
    ----------
    encoded : bytes
    n_payload : int
        Bytes that follow the header in the file; the arrays must fill them exactly.

    Raises
    ------
    Refusal
    """
    if len(encoded) > LONGEST_HEADER:
        raise Refusal(f"the header has {len(encoded)} bytes where {LONGEST_HEADER} are allowed", WRONG_FILE)
    if encoded[:1] != b"{":
        raise Refusal("there is no safetensors header in it", WRONG_FILE)
    try:
        text = encoded.decode("ascii")
    except UnicodeDecodeError:
        raise Refusal("the header is not in ASCII") from None
    del encoded
    # Other escapes would allow a description of signs that take two or four bytes each.
    if text.replace(r"\\", "").replace(r"\"", "").count("\\"):
        raise Refusal("the header holds an escape other than those of quotes and backslashes")
    header = parse_object(text, "the header")
    del text
    metadata = header.pop("__metadata__", None)
    if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
        raise Refusal("another program made it", WRONG_FILE)
    _check_version(metadata.get("format_version"))
    if set(metadata) != _METADATA_KEYS or not all(isinstance(value, str) for value in metadata.values()):
        raise Refusal("the header's metadata are not the five texts of a model file")
    claimed = metadata.pop("sha256_header")
    if claimed != sum_of({"__metadata__": metadata, **header}):
        raise Refusal("the header does not match its checksum")
    entries = _check_entries(header, n_payload)
    return Header(parse_object(metadata["pellucid"], "the description"), entries, metadata["sha256"])


def _check_version(version):
    if version == FORMAT_VERSION:
        return
    if isinstance(version, str) and re.fullmatch("[1-9][0-9]{0,8}", version):
        raise Refusal(f"a newer pellucid made it (format version {version})", UPGRADE)
    raise Refusal(f"there is no format version {short(version)}")


def sum_of(header):
    """Hash a header without its own sum; the order of its entries, and how its JSON is spelt, do not matter."""
    metadata = dict(header["__metadata__"])
    description = metadata.pop("pellucid")
    total = hashlib.sha256()
    beside = {**header, "__metadata__": metadata}
    total.update(json.dumps(beside, sort_keys=True, separators=(",", ":")).encode("ascii"))
    total.update(description.encode("ascii", "backslashreplace"))
    return total.hexdigest()


def _check_entries(header, n_payload):
    """Return the arrays' entries, which must follow one another and fill the payload."""
    if len(header) > MOST_ARRAYS:
        raise Refusal(f"there are {len(header)} arrays where {MOST_ARRAYS} are allowed")
    entries, position = [], 0
    for name, fields in header.items():
        if not isinstance(fields, dict) or set(fields) != {"dtype", "shape", "data_offsets"}:
            raise Refusal(f"the array {short(name)} is not described by dtype, shape and data_offsets alone")
        code, shape, offsets = fields["dtype"], fields["shape"], fields["data_offsets"]
        if not isinstance(code, str) or code not in DTYPES:
            raise Refusal(f"the array {short(name)} is not of type F32, F64 or I64")
        if not _are_counts(shape) or len(shape) > MOST_DIMENSIONS:
            raise Refusal(f"the shape of the array {short(name)} is not a list of at most {MOST_DIMENSIONS} counts")
        if not _are_counts(offsets) or len(offsets) != 2:
            raise Refusal(f"the data_offsets of the array {short(name)} are not two counts")
        # NumPy multiplies the dimensions other than 0 even where one is 0, and must not overflow.
        if math.prod(max(n, 1) for n in shape) * DTYPES[code].itemsize >= 2**62:
            raise Refusal(f"the shape of the array {short(name)} is larger than any memory")
        n_bytes = math.prod(shape) * DTYPES[code].itemsize
        if offsets != [position, position + n_bytes]:
            raise Refusal(f"the array {short(name)} does not lie where the one before it ends, or has another size")
        position += n_bytes
        entries.append(Entry(name, DTYPES[code], tuple(shape), n_bytes))
    if position != n_payload:
        raise Refusal(f"the arrays take {position} bytes, but {n_payload} follow the header")
    return entries


def _are_counts(values):
    # The type itself, since True and False are instances of int.
    return isinstance(values, list) and all(type(n) is int and n >= 0 for n in values)
