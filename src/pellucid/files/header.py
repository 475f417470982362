"""The header of a model file: JSON that is checked in full before anything in it is believed.

    {"__metadata__": {...}, name: {"dtype": "F64", "shape": [2, 3], "data_offsets": [0, 48]}, ...}

This is the header of the safetensors format. Ours holds five texts in its metadata: format, format_version,
pellucid (the description of the model, JSON again), sha256 (of the arrays' bytes) and sha256_header (of the
header without that entry). The sums detect damage; they do not say who wrote the file.
"""

import hashlib
import json
import math
import re
import reprlib
from typing import Any, NamedTuple

import numpy as np

FORMAT = "pellucid model"
FORMAT_VERSION = "1"
LONGEST_HEADER = 1_000_000  # bytes
MOST_ARRAYS = 10_000
MOST_DIMENSIONS = 8
DEEPEST_NESTING = 16
# In the order in which the safetensors library lays arrays out, so that both write the same payload.
DTYPES = {"I64": np.dtype("<i8"), "F64": np.dtype("<f8"), "F32": np.dtype("<f4")}

RESTORE = "restore it from a copy or save the model again"
WRONG_FILE = "give a file that pellucid saved"
_UPGRADE = "install the newest pellucid"
_METADATA_KEYS = {"format", "format_version", "pellucid", "sha256", "sha256_header"}

# A text in quotes, also one that never ends: every quote is passed once, so the scan is linear in the length.
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80


def short(value):
    """Quote what comes from a file, at most 80 characters of it."""
    return _SHORT.repr(value)


class Refusal(Exception):
    """What is wrong with a file and what to do; whoever knows the file's name makes the sentence."""

    def __init__(self, problem, remedy=RESTORE):
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


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
    metadata["sha256_header"] = _sum_of(header)
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
        text = encoded.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal("the header is not UTF-8") from None
    header = _strict_json(text, "the header")
    metadata = header.pop("__metadata__", None)
    if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
        raise Refusal("another program made it", WRONG_FILE)
    _check_version(metadata.get("format_version"))
    if set(metadata) != _METADATA_KEYS or not all(isinstance(value, str) for value in metadata.values()):
        raise Refusal("the header's metadata are not the five texts of a model file")
    claimed = metadata.pop("sha256_header")
    if claimed != _sum_of({"__metadata__": metadata, **header}):
        raise Refusal("the header does not match its checksum")
    entries = _check_entries(header, n_payload)
    return Header(_strict_json(metadata["pellucid"], "the description"), entries, metadata["sha256"])


def _check_version(version):
    if version == FORMAT_VERSION:
        return
    if isinstance(version, str) and re.fullmatch("[1-9][0-9]{0,8}", version):
        raise Refusal(f"a newer pellucid made it (format version {version})", _UPGRADE)
    raise Refusal(f"there is no format version {short(version)}")


def _sum_of(header):
    """Hash the header without its own sum, in one fixed spelling of the JSON."""
    return hashlib.sha256(json.dumps(header, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


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


def _strict_json(text, what):
    """Return the JSON object in the text; refuse what JSON readers understand differently."""
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", _QUOTED.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > DEEPEST_NESTING:
            raise Refusal(f"{what} is nested more than {DEEPEST_NESTING} deep")

    def refuse_duplicates(pairs):
        keys = set()
        for key, _ in pairs:
            if key in keys:
                raise Refusal(f"{what} holds the key {short(key)} twice")
            keys.add(key)
        return dict(pairs)

    def finite(number):
        value = float(number)
        if not math.isfinite(value):
            raise Refusal(f"{what} holds the number {short(number)}, which is not finite")
        return value

    hooks = {"parse_float": finite, "parse_constant": finite, "object_pairs_hook": refuse_duplicates}
    try:
        value = json.loads(text, **hooks)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # half a surrogate pair has no UTF-8
    except (ValueError, RecursionError):
        raise Refusal(f"{what} is not valid JSON") from None
    if not isinstance(value, dict):
        raise Refusal(f"{what} is not a JSON object")
    return value
