"""A file that is not exactly a model of ours is refused in its own sentence."""

import json
import os
import struct

import numpy as np
import pytest
import safetensors.numpy

from files.forging import ARRAYS, DESCRIPTION, GOOD, HEADER, PAYLOAD, changed, described, file_of, signed
from pellucid.errors import ModelFileError
from pellucid.files import model_file
from pellucid.files.header import LONGEST_HEADER
from pellucid.files.model_file import read_model, write_model

RESTORE = "restore it from a copy or save the model again"
WRONG_FILE = "give a file that pellucid saved"

TEXT = json.dumps(signed(HEADER))
NAN_PAYLOAD = PAYLOAD[:-4] + np.float32("nan").tobytes()
A_TEXT_FILE = b"age,income\n1,2\n" * 9
MANY = {"__metadata__": HEADER["__metadata__"], **{str(i): 0 for i in range(1_001)}}

TOO_LONG = f"it claims a header of {LONGEST_HEADER + 1} bytes, where {LONGEST_HEADER} are allowed"
ESCAPE = "the header holds an escape other than those of quotes and backslashes"
HUGE = repr("9" * 37 + "..." + "9" * 38)
METADATA = "the header's metadata are not the five texts of a model file"
FIELDS = "the array 'c' is not described by dtype, shape and data_offsets alone"
TYPE = "the array 'c' is not of type F32, F64 or I64"
COUNTS = "the shape of the array 'c' is not a list of at most 8 counts"
LARGE = "the shape of the array 'c' is larger than any memory"
OFFSETS = "the data_offsets of the array 'c' are not two counts"
PLACE = "the array 'c' does not lie where the one before it ends, or has another size"

FOREIGN = {
    "empty": (b"", "it has 0 bytes, too few for a model"),
    "seven bytes": (GOOD[:7], "it has 7 bytes, too few for a model"),
    "a text file": (A_TEXT_FILE, "it is not a pellucid model file"),
    "a long header": (struct.pack("<Q", LONGEST_HEADER + 1) + b" " * (LONGEST_HEADER + 1), TOO_LONG),
    "no header": (bytes(8), "there is no safetensors header in it"),
    "a space first": (file_of(" " + TEXT), "there is no safetensors header in it"),
    "another program": (safetensors.numpy.save(ARRAYS), "another program made it"),
    "another format": (changed("__metadata__", "format", "pt"), "another program made it"),
    "metadata a list": (file_of('{"__metadata__": []}'), "another program made it"),
}

DAMAGED = {
    "header cut": (GOOD[:100], "it ends before its header does"),
    "payload cut": (GOOD[:-1], "the arrays take 60 bytes, but 59 follow the header"),
    "bytes added": (GOOD + b"\0", "the arrays take 60 bytes, but 61 follow the header"),
    "not ASCII": (file_of('{"ä": 1}'), "the header is not in ASCII"),
    "not JSON": (file_of('{"a": }'), "the header is not valid JSON"),
    "two objects": (file_of(TEXT + "{}"), "the header is not valid JSON"),
    "half a surrogate": (file_of('{"\\ud800": 1}'), ESCAPE),
    "a huge integer": (
        file_of('{"a": ' + "9" * 100 + "}"),
        f"the header holds the number {HUGE}, which does not fit 64 bits",
    ),
    "a name twice": (file_of(TEXT[:-1] + ', "c": 1}'), "the header holds the key 'c' twice"),
    "a field twice": (file_of('{"c": {"dtype": 1, "dtype": 2}}'), "the header holds the key 'dtype' twice"),
    "NaN": (file_of('{"a": NaN}'), "the header holds the number 'NaN', which is not finite"),
    "out of range": (file_of('{"a": -1e999}'), "the header holds the number '-1e999', which is not finite"),
    "deep": (file_of('{"a": ' + "[" * 20_000), "the header is nested more than 16 deep"),
    "many lists": (file_of('{"a": [' + "[]," * 300_000), "the header holds more than 30000 values"),
    "many texts": (file_of('{"a": [' + '""' * 400_000), "the header holds more than 30000 values"),
    "many quotes": (file_of("{" + '"\\' * 400_000), ESCAPE),
    "version zero": (changed("__metadata__", "format_version", "0"), "there is no format version '0'"),
    "version a number": (changed("__metadata__", "format_version", 1), "there is no format version 1"),
    "unknown metadata": (changed("__metadata__", "code", "x"), METADATA),
    "metadata not text": (changed("__metadata__", "pellucid", {}), METADATA),
    "no header sum": (file_of(HEADER), METADATA),
    "description edited": (GOOD.replace(b"0.5", b"0.6"), "the header does not match its checksum"),
    "array renamed": (GOOD.replace(b'"W"', b'"V"'), "the header does not match its checksum"),
    "payload bit": (GOOD[:-1] + bytes([GOOD[-1] ^ 1]), "the arrays do not match their checksum"),
    "1,001 arrays": (file_of(signed(MANY)), "there are 1001 arrays where 1000 are allowed"),
    "array a number": (changed("c", 1), FIELDS),
    "unknown field": (changed("c", "file", "/etc/passwd"), FIELDS),
    "other type": (changed("c", "dtype", "BF16"), TYPE),
    "type a list": (changed("c", "dtype", []), TYPE),
    "shape negative": (changed("c", "shape", [-3]), COUNTS),
    "shape with True": (changed("c", "shape", [True, 3]), COUNTS),
    "shape with 3.0": (changed("c", "shape", [3.0]), COUNTS),
    "nine dimensions": (changed("c", "shape", [1] * 8 + [3]), COUNTS),
    "overflow": (changed("c", "shape", [2**32, 2**32]), LARGE),
    "overflow of an empty array": (changed("c", "shape", [0, 2**63]), LARGE),
    "terabytes": (changed("c", "shape", [2**40]), PLACE),
    "three offsets": (changed("c", "data_offsets", [48, 60, 60]), OFFSETS),
    "a gap": (changed("c", "data_offsets", [49, 61]), PLACE),
    "an overlap": (changed("c", "data_offsets", [44, 56]), PLACE),
    "NaN in an array": (changed("c", "shape", [3], payload=NAN_PAYLOAD), "the array 'c' holds NaN or infinity"),
    "description a list": (described("[]"), "the description is not a JSON object"),
    "description cut": (described("{"), "the description is not valid JSON"),
    "description twice": (described('{"a": 1, "a": 2}'), "the description holds the key 'a' twice"),
    "description infinite": (
        described('{"a": Infinity}'),
        "the description holds the number 'Infinity', which is not finite",
    ),
    "description with half a surrogate": (described('{"a": "\\ud800"}'), "the description holds half a surrogate pair"),
    "description deep": (
        described('{"a":' * 17 + "1" + "}" * 17),
        "the description is nested more than 16 deep",
    ),
}

NEWER = {"newer": (changed("__metadata__", "format_version", "2"), "a newer pellucid made it (format version 2)")}

CASES = [
    pytest.param(data, problem, remedy, id=name)
    for cases, remedy in ((FOREIGN, WRONG_FILE), (DAMAGED, RESTORE), (NEWER, "install the newest pellucid"))
    for name, (data, problem) in cases.items()
]


def test_the_file_that_every_damage_starts_from_is_good(tmp_path):
    """Undamaged, the file loads and is the one that the writer makes, up to the spelling of its JSON."""
    (tmp_path / "m").write_bytes(GOOD)
    write_model(tmp_path / "written", DESCRIPTION, ARRAYS)

    description, arrays = read_model(tmp_path / "m")

    assert description == DESCRIPTION
    assert all(np.array_equal(arrays[name], ARRAYS[name]) for name in ARRAYS)
    written = (tmp_path / "written").read_bytes()
    assert json.loads(written[8 : -len(PAYLOAD)]) == signed(HEADER)


@pytest.mark.parametrize(("data", "problem", "remedy"), CASES)
def test_every_kind_of_damage_is_refused_in_its_own_sentence(tmp_path, data, problem, remedy):
    """The sentence names the file, what is wrong with it and what to do."""
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
    path = tmp_path / "m"
    write_model(path, {}, {"W": np.ones(300_000)})  # longer than any buffer, so that it is read after the header
    parse, size = model_file.header.parse, path.stat().st_size

    def parse_and_change(*arguments):
        os.truncate(path, size + change)
        return parse(*arguments)

    monkeypatch.setattr(model_file.header, "parse", parse_and_change)
    with pytest.raises(ModelFileError) as caught:
        read_model(path)

    assert str(caught.value) == f"The model file '{path}' cannot be read: {problem} while it was read; {RESTORE}."
