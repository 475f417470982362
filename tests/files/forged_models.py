"""What attacks are made of: model files with one part replaced and every sum right, and files of other kinds."""

import io
import struct
import zipfile

import numpy as np

from files.forging import put_together, replaced, taken_apart
from files.small_models import file_bytes

HEADER, DESCRIPTION, PAYLOAD = taken_apart(file_bytes("columns of text"))
CLASSES = taken_apart(file_bytes("two classes"))
THREE = taken_apart(file_bytes("three classes"))
BINS = taken_apart(file_bytes("numbers in bins"))
EVERY_KIND = taken_apart(file_bytes("every kind of column"))
RANKS = taken_apart(file_bytes("numbers by rank"))
ROOMS = 1  # a column of numbers in both whose list is too short to stand beside the description
THETA = HEADER["theta_1"]


def with_description(*path_and_value, of=(HEADER, DESCRIPTION, PAYLOAD)):
    """Return a file with another value at a path of its description, all sums right."""
    *path, value = path_and_value
    header, description, payload = of
    return put_together(header, replaced(description, path, value), payload)


def with_header(*path_and_value, payload=PAYLOAD):
    """The same of its header."""
    *path, value = path_and_value
    return put_together(replaced(HEADER, path, value), DESCRIPTION, payload)


def with_text(text):
    """Return a file whose description is this text."""
    return put_together(HEADER, text, PAYLOAD)


def with_theta(place, value):
    """Return a file with one weight replaced, its sum right."""
    payload = bytearray(PAYLOAD)
    payload[8 * place : 8 * place + 8] = struct.pack("<d", value)
    return put_together(HEADER, DESCRIPTION, bytes(payload))


def column(**fields):
    """Return the first column of the encoder with other fields."""
    return with_description("encoder", "columns", 0, {**DESCRIPTION["encoder"]["columns"][0], **fields})


def in_column(kind, **fields):
    """Return a file whose first column of a kind has other fields."""
    columns = EVERY_KIND[1]["encoder"]["columns"]
    i = next(i for i, entry in enumerate(columns) if entry["kind"] == kind)
    return with_description("encoder", "columns", i, {**columns[i], **fields}, of=EVERY_KIND)


def with_arrays(description, numbers, theta):
    """Return a file of this description and these arrays, in float64."""
    payload = np.concatenate([numbers, theta]).tobytes()
    at = 8 * len(numbers)
    header = {
        "__metadata__": HEADER["__metadata__"],
        "numbers": {"dtype": "F64", "shape": [len(numbers)], "data_offsets": [0, at]},
        "theta_1": {"dtype": "F64", "shape": [len(theta)], "data_offsets": [at, len(payload)]},
    }
    return put_together(header, description, payload)


def binned(name, n, n_inputs):
    """Return a model of one column of that name with n bins, for a network of so many inputs."""
    description = replaced(
        BINS[1],
        ["encoder", "columns"],
        [{"kind": "number", "name": name, "edges": {"numbers": [0, n + 1]}, "fill": 0.0, "missing": False}],
    )
    description = replaced(description, ["networks"], [{"sizes": [n_inputs, 1], "activations": ["sigmoid"]}])
    return with_arrays(description, np.arange(n + 1.0), np.zeros(n_inputs + 1))


def layers(n):
    """Return a network of n layers of a neuron, with all their weights."""
    network = {"sizes": [1] * (n + 1), "activations": ["relu"] * (n - 1) + ["linear"]}
    return with_arrays(replaced(DESCRIPTION, ["networks"], [network]), np.zeros(0), np.zeros(2 * n))


class Evil:
    """A pickle of this would run a command when it is read."""

    def __reduce__(self):
        return print, ("code from a model file was run",)


def zipped(names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, b"\0" * 100_000)
    return buffer.getvalue()


def npy():
    buffer = io.BytesIO()
    np.save(buffer, np.array([Evil()], dtype=object), allow_pickle=True)
    return buffer.getvalue()


def code(name):
    return {"object": name, "to": 0.0, "warmup": 0.0}


def wrapped(value, depth):
    for _ in range(depth):
        value = [value]
    return value
