"""Model files made by hand, without the writer: right in every sum, wrong where a test wants it."""

import copy
import hashlib
import json
import struct

import numpy as np

DESCRIPTION = {"alpha": 0.5}
ARRAYS = {"W": np.arange(6.0).reshape(2, 3), "c": np.ones(3, dtype=np.float32)}
PAYLOAD = ARRAYS["W"].tobytes() + ARRAYS["c"].tobytes()
HEADER = {
    "__metadata__": {
        "format": "pellucid model",
        "format_version": "1",
        "pellucid": json.dumps(DESCRIPTION),
        "sha256": hashlib.sha256(PAYLOAD).hexdigest(),
    },
    "W": {"dtype": "F64", "shape": [2, 3], "data_offsets": [0, 48]},
    "c": {"dtype": "F32", "shape": [3], "data_offsets": [48, 60]},
}


def signed(header):
    """Add the sum that an attacker, too, can compute: nothing may rest on it but the finding of damage."""
    metadata = dict(header["__metadata__"])
    header = {**header, "__metadata__": metadata}
    beside = {**header, "__metadata__": {key: value for key, value in metadata.items() if key != "pellucid"}}
    text = json.dumps(beside, sort_keys=True, separators=(",", ":")).encode()
    description = metadata.get("pellucid")
    text += description.encode("ascii", "backslashreplace") if isinstance(description, str) else b""
    metadata["sha256_header"] = hashlib.sha256(text).hexdigest()
    return header


def file_of(header, payload=PAYLOAD):
    """Return the bytes of a file; `header` is a dict or the finished text or bytes."""
    if isinstance(header, dict):
        header = json.dumps(header)
    if isinstance(header, str):
        header = header.encode()
    return struct.pack("<Q", len(header)) + header + payload


def changed(*path_and_value, payload=PAYLOAD):
    """Return a file whose header has another value at a path of keys, with all sums right."""
    *path, last, value = path_and_value
    header = copy.deepcopy(HEADER)
    header["__metadata__"]["sha256"] = hashlib.sha256(payload).hexdigest()
    node = header
    for key in path:
        node = node[key]
    node[last] = value
    return file_of(signed(header), payload)


def described(text):
    return changed("__metadata__", "pellucid", text)


GOOD = file_of(signed(HEADER))


def taken_apart(data):
    """Return the header, the description in it and the payload of a good file."""
    n_header = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + n_header])
    return header, json.loads(header["__metadata__"]["pellucid"]), data[8 + n_header :]


def put_together(header, description, payload):
    """Return a file of these with all sums right; the description may also be a finished text."""
    metadata = dict(header["__metadata__"])
    header = {**header, "__metadata__": metadata}
    metadata.pop("sha256_header", None)
    metadata["pellucid"] = description if isinstance(description, str) else json.dumps(description)
    metadata["sha256"] = hashlib.sha256(payload).hexdigest()
    return file_of(signed(header), payload)


def replaced(value, path, new):
    """Return a copy of a nested value with another part at a path of keys and positions."""
    if not path:
        return new
    changed_value = copy.copy(value)
    changed_value[path[0]] = replaced(value[path[0]], path[1:], new) if len(path) > 1 else new
    return changed_value
