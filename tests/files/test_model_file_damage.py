"""A file that is not exactly a model of ours is refused in one sentence, and by no other exception."""

import copy
import hashlib
import json
import os
import struct

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import ModelFileError
from pellucid.files import model_file
from pellucid.files.model_file import read_model, write_model

RESTORE = "restore it from a copy or save the model again"
WRONG_FILE = "give a file that pellucid saved"
SHA = "header"  # stands for the right sum of a header that was changed on purpose

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
    header = copy.deepcopy(header)
    text = json.dumps(header, sort_keys=True, separators=(",", ":"))
    header["__metadata__"]["sha256_header"] = hashlib.sha256(text.encode()).hexdigest()
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
TEXT = json.dumps(signed(HEADER))
NAN_PAYLOAD = PAYLOAD[:-4] + np.float32("nan").tobytes()

DAMAGE = {
    "empty": (b"", "it has 0 bytes, too few for a model", WRONG_FILE),
    "seven bytes": (GOOD[:7], "it has 7 bytes, too few for a model", WRONG_FILE),
    "header cut": (GOOD[:100], "it ends before its header does", RESTORE),
    "payload cut": (GOOD[:-1], "the arrays take 60 bytes, but 59 follow the header", RESTORE),
    "bytes added": (GOOD + b"\0", "the arrays take 60 bytes, but 61 follow the header", RESTORE),
    "a text file": (b"age,income\n1,2\n" * 9, "it claims a header of 7956005016371390305 bytes, where 1000000 are allowed",
                    WRONG_FILE),
    "a long header": (struct.pack("<Q", 1_000_001) + b" " * 1_000_001, "it claims a header of 1000001 bytes, where"
                      " 1000000 are allowed", WRONG_FILE),
    "no header": (bytes(8), "there is no safetensors header in it", WRONG_FILE),
    "a space first": (file_of(" " + TEXT), "there is no safetensors header in it", WRONG_FILE),
    "not UTF-8": (file_of(b'{"\xff": 1}'), "the header is not UTF-8", RESTORE),
    "not JSON": (file_of('{"a": }'), "the header is not valid JSON", RESTORE),
    "two objects": (file_of(TEXT + "{}"), "the header is not valid JSON", RESTORE),
    "half a surrogate": (file_of('{"\\ud800": 1}'), "the header is not valid JSON", RESTORE),
    "a huge integer": (file_of('{"a": ' + "9" * 5000 + "}"), "the header is not valid JSON", RESTORE),
    "a name twice": (file_of(TEXT[:-1] + ', "c": 1}'), "the header holds the key 'c' twice", RESTORE),
    "a field twice": (file_of('{"c": {"dtype": "F32", "dtype": "F64"}}'), "the header holds the key 'dtype' twice",
                      RESTORE),
    "NaN": (file_of('{"a": NaN}'), "the header holds the number 'NaN', which is not finite", RESTORE),
    "a number out of range": (file_of('{"a": -1e999}'), "the header holds the number '-1e999', which is not finite",
                              RESTORE),
    "deep": (file_of('{"a": ' + "[" * 400_000), "the header is nested more than 16 deep", RESTORE),
    "many quotes": (file_of("{" + '"\\' * 400_000), "the header is not valid JSON", RESTORE),
    "another program": (safetensors.numpy.save(ARRAYS), "another program made it", WRONG_FILE),
    "another format": (changed("__metadata__", "format", "pt"), "another program made it", WRONG_FILE),
    "metadata a list": (file_of('{"__metadata__": []}'), "another program made it", WRONG_FILE),
    "newer": (changed("__metadata__", "format_version", "2"), "a newer pellucid made it (format version '2')",
              "install the newest pellucid"),
    "version zero": (changed("__metadata__", "format_version", "0"), "there is no format version '0'", RESTORE),
    "version a number": (changed("__metadata__", "format_version", 1), "there is no format version 1", RESTORE),
    "unknown metadata": (changed("__metadata__", "code", "x"),
                         "the header's metadata are not the five texts of a model file", RESTORE),
    "metadata not text": (changed("__metadata__", "pellucid", {}),
                          "the header's metadata are not the five texts of a model file", RESTORE),
    "no header sum": (file_of(HEADER), "the header's metadata are not the five texts of a model file", RESTORE),
    "description edited": (GOOD.replace(b"0.5", b"0.6"), "the header does not match its checksum", RESTORE),
    "array renamed": (GOOD.replace(b'"W"', b'"V"'), "the header does not match its checksum", RESTORE),
    "payload bit": (GOOD[:-1] + bytes([GOOD[-1] ^ 1]), "the arrays do not match their checksum", RESTORE),
    "10,001 arrays": (file_of(signed({"__metadata__": HEADER["__metadata__"], **{f"{i}": 0 for i in range(10_001)}})),
                      "there are 10001 arrays where 10000 are allowed", RESTORE),
    "array a number": (changed("c", 1), "the array 'c' is not described by dtype, shape and data_offsets alone", RESTORE),
    "unknown field": (changed("c", "file", "/etc/passwd"),
                      "the array 'c' is not described by dtype, shape and data_offsets alone", RESTORE),
    "other type": (changed("c", "dtype", "BF16"), "the array 'c' is not of type F32, F64 or I64", RESTORE),
    "type a list": (changed("c", "dtype", []), "the array 'c' is not of type F32, F64 or I64", RESTORE),
    "negative": (changed("c", "shape", [-3]), "the shape of the array 'c' is not a list of at most 8 counts", RESTORE),
    "True": (changed("c", "shape", [True, 3]), "the shape of the array 'c' is not a list of at most 8 counts", RESTORE),
    "3.0": (changed("c", "shape", [3.0]), "the shape of the array 'c' is not a list of at most 8 counts", RESTORE),
    "nine": (changed("c", "shape", [1] * 8 + [3]), "the shape of the array 'c' is not a list of at most 8 counts", RESTORE),
    "overflow": (changed("c", "shape", [2**32, 2**32]), "the shape of the array 'c' is larger than any memory", RESTORE),
    "overflow, empty": (changed("c", "shape", [0, 2**63]), "the shape of the array 'c' is larger than any memory", RESTORE),
    "terabytes": (changed("c", "shape", [2**40]), "the array 'c' does not lie where the one before it ends, or has another"
                  " size", RESTORE),
    "three offsets": (changed("c", "data_offsets", [48, 60, 60]), "the data_offsets of the array 'c' are not two counts",
                      RESTORE),
    "a gap": (changed("c", "data_offsets", [49, 61]), "the array 'c' does not lie where the one before it ends, or has"
              " another size", RESTORE),
    "an overlap": (changed("c", "data_offsets", [44, 56]), "the array 'c' does not lie where the one before it ends, or has"
                   " another size", RESTORE),
    "NaN in an array": (changed("c", "shape", [3], payload=NAN_PAYLOAD), "the array 'c' holds NaN or infinity", RESTORE),
    "description no object": (described("[]"), "the description is not a JSON object", RESTORE),
    "description not JSON": (described("{"), "the description is not valid JSON", RESTORE),
    "description twice": (described('{"a": 1, "a": 2}'), "the description holds the key 'a' twice", RESTORE),
    "description infinite": (described('{"a": Infinity}'), "the description holds the number 'Infinity', which is not"
                             " finite", RESTORE),
    "description deep": (described('{"a":' * 17 + "1" + "}" * 17), "the description is nested more than 16 deep", RESTORE),
}  # fmt: skip


def test_the_file_that_every_damage_starts_from_is_good(tmp_path):
    """Undamaged, the file loads and is the one that the writer makes, up to the spelling of its JSON."""
    (tmp_path / "m").write_bytes(GOOD)
    write_model(tmp_path / "written", DESCRIPTION, ARRAYS)

    description, arrays = read_model(tmp_path / "m")

    assert description == DESCRIPTION
    assert all(np.array_equal(arrays[name], ARRAYS[name]) for name in ARRAYS)
    written = (tmp_path / "written").read_bytes()
    assert json.loads(written[8 : -len(PAYLOAD)]) == signed(HEADER)


@pytest.mark.parametrize("name", DAMAGE)
def test_every_kind_of_damage_is_refused_in_its_own_sentence(tmp_path, name):
    """The sentence names the file, what is wrong with it and what to do."""
    data, problem, remedy = DAMAGE[name]
    (tmp_path / "m").write_bytes(data)

    with pytest.raises(ModelFileError) as caught:
        read_model(tmp_path / "m")

    assert str(caught.value) == f"The model file '{tmp_path / 'm'}' cannot be read: {problem}; {remedy}."


def test_a_long_text_from_the_file_is_cut_in_the_message(tmp_path):
    """A name of half a million letters does not flood the terminal."""
    header = {"__metadata__": HEADER["__metadata__"], "x" * 500_000: 1}
    (tmp_path / "m").write_bytes(file_of(signed(header)))

    with pytest.raises(ModelFileError) as caught:
        read_model(tmp_path / "m")

    assert len(str(caught.value)) < 300 + len(str(tmp_path))


def test_a_missing_file_a_folder_and_a_device_are_refused(tmp_path):
    """What is not a regular file is refused without waiting for it."""
    os.mkfifo(tmp_path / "pipe")
    advice = "check the path and its permissions"
    for path, reason in (
        (tmp_path / "none", f"No such file or directory; {advice}"),
        (tmp_path, f"Is a directory; {advice}"),
        ("a\0b", f"embedded null byte; {advice}"),
        (tmp_path / "pipe", f"it is not a regular file; {WRONG_FILE}"),
        ("/dev/zero", f"it is not a regular file; {WRONG_FILE}"),
    ):
        with pytest.raises(ModelFileError) as caught:
            read_model(path)
        assert str(caught.value) == f"The model file {str(path)!r} cannot be read: {reason}."


def test_a_number_is_not_taken_for_an_open_file():
    """`open(0)` would read standard input; the reader refuses what is not a path."""
    with pytest.raises(ModelFileError) as caught:
        read_model(0)

    assert str(caught.value) == "The model file 0 is not a path; give a text or a Path."


def test_a_file_without_permission_is_refused(tmp_path, monkeypatch):
    """The operating system's refusal becomes the sentence (injected: root may read everything)."""

    def refuse(_path, _flags):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(model_file, "_open_without_waiting", refuse)
    with pytest.raises(ModelFileError) as caught:
        read_model(tmp_path / "m")

    assert str(caught.value) == (
        f"The model file '{tmp_path / 'm'}' cannot be read: Permission denied; check the path and its permissions."
    )


@pytest.mark.parametrize(("change", "problem"), [(-4, "it became shorter"), (4, "it grew")])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch, change, problem):
    """The size is asked once; if the bytes do not agree with it any more, nothing is returned."""
    (tmp_path / "m").write_bytes(GOOD)
    parse = model_file.header.parse

    def parse_and_change(*arguments):
        os.truncate(tmp_path / "m", len(GOOD) + change)
        return parse(*arguments)

    monkeypatch.setattr(model_file.header, "parse", parse_and_change)
    # A small buffer, so that the payload is really read after the change.
    monkeypatch.setattr(model_file, "open", lambda *a, **k: open(*a, buffering=1, **k), raising=False)
    with pytest.warns(RuntimeWarning, match="line buffering"), pytest.raises(ModelFileError) as caught:
        read_model(tmp_path / "m")

    assert (
        str(caught.value)
        == f"The model file '{tmp_path / 'm'}' cannot be read: {problem} while it was read; {RESTORE}."
    )


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz") / "m"


def refused_or_equal(path, data):
    """Read the bytes: a ModelFileError, or exactly the arrays and description of the good file."""
    path.write_bytes(data)
    try:
        description, arrays = read_model(path)
    except ModelFileError:
        return
    assert description == DESCRIPTION
    assert list(arrays) == list(ARRAYS)
    for name, array in arrays.items():
        assert (array.dtype, array.shape) == (ARRAYS[name].dtype, ARRAYS[name].shape)
        assert array.tobytes() == ARRAYS[name].tobytes()
    assert set(safetensors.numpy.load(data)) == set(arrays)


fuzzed = settings(max_examples=300, derandomize=True, deadline=None, database=None)


@fuzzed
@given(st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(file_of), st.text().map(file_of)))
def test_random_bytes_raise_nothing_but_the_model_file_error(path, data):
    """Noise, also behind a right header length, is refused."""
    refused_or_equal(path, data)


@fuzzed
@given(st.integers(0, len(GOOD)), st.integers(0, 12), st.binary(max_size=12))
def test_bytes_replaced_anywhere_are_noticed(path, start, n_removed, inserted):
    """Cutting, inserting and overwriting at any place: refused, or nothing was changed that counts."""
    refused_or_equal(path, GOOD[:start] + inserted + GOOD[start + n_removed :])


def test_every_single_flipped_bit_is_noticed(path):
    """All bits of the file, one after the other: none can change what is loaded."""
    for place in range(len(GOOD)):
        for bit in range(8):
            refused_or_equal(path, GOOD[:place] + bytes([GOOD[place] ^ 1 << bit]) + GOOD[place + 1 :])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
places = st.sampled_from(
    [("c",), ("W", "shape"), ("c", "shape"), ("c", "data_offsets"), ("c", "dtype"), ("c", "other"), ("new",),
     ("__metadata__",), ("__metadata__", "format_version"), ("__metadata__", "sha256"), ("__metadata__", "format")]
)  # fmt: skip
counts = st.lists(st.integers(-1, 2**70) | st.integers(0, 64), max_size=4)


@fuzzed
@given(places, json_values | counts)
def test_a_header_forged_with_right_sums_raises_nothing_but_the_model_file_error(path, place, value):
    """An attacker can make the sums right; then the reader refuses, or loads what the library loads."""
    header = copy.deepcopy(HEADER)
    node = header
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value
    data = file_of(signed(header) if isinstance(header["__metadata__"], dict) else header)
    path.write_bytes(data)
    try:
        _, arrays = read_model(path)
    except ModelFileError:
        return
    theirs = safetensors.numpy.load(data)
    assert set(theirs) == set(arrays)
    assert all(array.tobytes() == theirs[name].tobytes() for name, array in arrays.items())
    assert all(array.shape == theirs[name].shape for name, array in arrays.items())


@fuzzed
@given(json_values)
def test_any_description_is_refused_or_loaded(path, description):
    """A description of any shape behind right sums is refused or comes back; no other exception."""
    path.write_bytes(described(json.dumps(description)))
    try:
        loaded, _ = read_model(path)
    except ModelFileError:
        return
    assert loaded == description
