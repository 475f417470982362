"""What is written comes back bit for bit, and the safetensors library agrees about every byte."""

import hashlib
import json

import numpy as np
import pytest
import safetensors.numpy

import pellucid
from files.small_models import CASES, file_bytes
from pellucid.errors import ModelFileError
from pellucid.files import atomic
from pellucid.files.header import LONGEST_HEADER
from pellucid.files.model_file import read_model, write_model

GOLDEN = "f9d6f43f3ba5ed4859aeafcda1cd1a566ed5dd49bba13d539bf3cfeb70bec89a"
NOT_EQUAL = "the description would not come back equal (it may hold tuples or keys that are not text)"
TOO_LONG = f"the header has {LONGEST_HEADER + 256} bytes where {LONGEST_HEADER} are allowed"
OTHER_ESCAPE = "the header holds an escape other than those of quotes and backslashes"
RNG = np.random.default_rng(20)
BASE = RNG.standard_normal((6, 8))
DESCRIPTION = {"sizes": [4, 3], "name": "Größe <b>", "alpha": 1e-4, "deep": {"a": [True, None, -1]}}

ARRAYS = {
    "float64": BASE,
    "float32": BASE.astype(np.float32),
    "int64": np.array([-(2**63), 0, 2**63 - 1]),
    "Fortran order": np.asfortranarray(BASE),
    "transposed": BASE.T,
    "strided": BASE[::2, 1::3],
    "reversed": BASE[::-1, ::-1],
    "broadcast": np.broadcast_to(np.float32(1.5), (3, 4)),
    "big-endian": BASE.astype(">f8"),
    "read-only": np.frombuffer(BASE.tobytes()),
    "one number": np.array(-0.0),
    "empty": np.empty((0, 3), dtype=np.float32),
    "empty inside": np.empty((2, 0, 5)),
    "subnormal": np.array([5e-324, -5e-324, 1.7976931348623157e308]),
    "odd length": np.ones(3, dtype=np.float32),
}


def assert_bits_equal(actual, expected):
    """Same type, shape and bits: -0.0 is not 0.0 here."""
    expected = expected.astype(expected.dtype.newbyteorder("="))
    assert (actual.dtype, actual.shape) == (expected.dtype, expected.shape)
    assert actual.tobytes() == expected.tobytes()


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_of_any_layout_comes_back_bit_for_bit(tmp_path, name):
    """Type, shape and every bit survive, whatever the order of the array in memory."""
    write_model(tmp_path / "m", {}, {name: ARRAYS[name]})

    _, arrays = read_model(tmp_path / "m")

    assert_bits_equal(arrays[name], ARRAYS[name])


def test_description_and_arrays_come_back_together_and_are_the_callers_own(tmp_path):
    """All arrays at once, writable and in C order; the description equal, text in any language."""
    write_model(tmp_path / "m", DESCRIPTION, ARRAYS)

    description, arrays = read_model(tmp_path / "m")

    assert description == DESCRIPTION
    assert set(arrays) == set(ARRAYS)
    for name, array in arrays.items():
        assert_bits_equal(array, ARRAYS[name])
        assert array.flags.writeable
        assert array.flags.c_contiguous


def test_a_model_without_arrays_is_a_file_too(tmp_path):
    """No arrays and an empty description make a file that can be read."""
    write_model(tmp_path / "m", {}, {})

    assert read_model(str(tmp_path / "m")) == ({}, {})


def test_the_same_model_gives_the_same_bytes(tmp_path):
    """Neither the order of the dictionaries nor the layout of the arrays changes a byte of the file."""
    write_model(tmp_path / "a", {"x": 1, "y": [2]}, {"W": BASE, "c": BASE[0]})
    write_model(tmp_path / "b", {"y": [2], "x": 1}, {"c": BASE[0].copy(), "W": np.asfortranarray(BASE)})

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_bytes_of_a_small_model_are_these(tmp_path):
    """The format is fixed: a file written today must be written the same by every later version."""
    write_model(tmp_path / "m", {"loss": "rss"}, {"c": np.array([1.0]), "W": np.array([[2.0]], dtype=np.float32)})

    data = (tmp_path / "m").read_bytes()

    assert int.from_bytes(data[:8], "little") % 8 == 0
    assert data[-12:] == np.float64(1.0).tobytes() + np.float32(2.0).tobytes()
    header = json.loads(data[8:-12])
    assert list(header) == ["__metadata__", "c", "W"]
    assert header["c"] == {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}
    assert header["W"] == {"dtype": "F32", "shape": [1, 1], "data_offsets": [8, 12]}
    metadata = header["__metadata__"]
    assert metadata["sha256"] == hashlib.sha256(data[-12:]).hexdigest()
    assert (metadata["format"], metadata["format_version"]) == ("pellucid model", "1")
    assert metadata["pellucid"] == '{"loss": "rss"}'
    assert hashlib.sha256(data).hexdigest() == GOLDEN


def test_the_safetensors_library_reads_what_we_write(tmp_path):
    """The library's reader finds the same names, types, shapes and bits."""
    write_model(tmp_path / "m", DESCRIPTION, ARRAYS)

    theirs = safetensors.numpy.load_file(tmp_path / "m")

    assert set(theirs) == set(ARRAYS)
    for name, array in theirs.items():
        assert_bits_equal(array, ARRAYS[name])


def test_we_read_what_the_safetensors_library_writes_with_our_metadata(tmp_path):
    """The library writes our arrays and metadata in a layout of its own choice; the reader takes it."""
    arrays = {name: np.ascontiguousarray(ARRAYS[name]) for name in ("float64", "float32", "int64", "odd length")}
    write_model(tmp_path / "ours", DESCRIPTION, arrays)
    with safetensors.safe_open(tmp_path / "ours", framework="numpy") as handle:
        metadata = handle.metadata()

    (tmp_path / "theirs").write_bytes(safetensors.numpy.save(arrays, metadata=metadata))

    description, read = read_model(tmp_path / "theirs")
    assert description == DESCRIPTION
    assert set(read) == set(arrays)
    for name, array in read.items():
        assert_bits_equal(array, arrays[name])


@pytest.mark.parametrize(
    ("description", "arrays", "problem"),
    [
        ([], {}, "the description is not a dict"),
        ({"a": float("nan")}, {}, "the description holds something other than what JSON can hold"),
        ({"a": object}, {}, "the description holds something other than what JSON can hold"),
        ({"a": (1, 2)}, {}, NOT_EQUAL),
        ({1: 2}, {}, NOT_EQUAL),
        ({"a": [[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]}, {}, "the description is nested more than 16 deep"),
        ({"a": "x" * LONGEST_HEADER}, {}, TOO_LONG),
        ({"a": "\ud800"}, {}, "the description holds half a surrogate pair"),
        ({}, {"W": np.array([1.0, np.nan])}, "the array 'W' holds NaN or infinity"),
        ({}, {"W": np.array([np.inf], dtype=np.float32)}, "the array 'W' holds NaN or infinity"),
        ({}, {"W": np.zeros(2, dtype=np.int32)}, "the array 'W' is int32, not float32, float64 or int64"),
        ({}, {"W": np.array([{}])}, "the array 'W' is object, not float32, float64 or int64"),
        ({}, {"W": np.zeros([1] * 9)}, "the shape of the array 'W' is not a list of at most 8 counts"),
        ({}, {"__metadata__": np.zeros(2)}, "no array can have the name '__metadata__'"),
        ({"a": 2**64}, {}, "the description holds the number '18446744073709551616', which does not fit 64 bits"),
        ({"a": [0] * 30_000}, {}, "the description holds more than 30000 values"),
        ({}, {"\ud800": np.zeros(2)}, OTHER_ESCAPE),
        ({}, {"Größe": np.zeros(2)}, OTHER_ESCAPE),
        ({}, {0: np.zeros(2)}, "the name 0 of an array is not text"),
    ],
)  # fmt: skip
def test_what_could_not_be_read_back_is_not_written(tmp_path, description, arrays, problem):
    """The writer refuses what the reader would refuse, in a sentence, and the old file stays."""
    path = tmp_path / "m"
    path.write_bytes(b"old")

    with pytest.raises(ModelFileError) as caught:
        write_model(path, description, arrays)

    assert str(caught.value) == f"The model file '{path}' cannot be written: {problem}; change it and save again."
    assert path.read_bytes() == b"old"


def test_a_failure_of_the_disk_is_told_in_one_sentence(tmp_path, monkeypatch):
    """A full disk is a ModelFileError with the reason and a remedy; the old file stays and nothing else."""
    write_model(tmp_path / "m", {"old": True}, {"W": BASE})

    def fail(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", fail)
    with pytest.raises(ModelFileError) as caught:
        write_model(tmp_path / "m", {"old": False}, {"W": BASE})

    assert str(caught.value) == (
        f"The model file '{tmp_path / 'm'}' cannot be written: No space left on device; "
        "check the folder, its permissions and the free space."
    )
    assert read_model(tmp_path / "m")[0] == {"old": True}
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_folder_that_does_not_exist_is_told_in_one_sentence(tmp_path):
    """Saving into a missing folder names the file and says what to check."""
    with pytest.raises(ModelFileError) as caught:
        write_model(tmp_path / "missing" / "m", {}, {})

    assert str(caught.value) == (
        f"The model file '{tmp_path / 'missing' / 'm'}' cannot be written: No such file or directory; "
        "check the folder, its permissions and the free space."
    )


@pytest.mark.parametrize("name", CASES)
def test_the_library_and_we_read_every_model_alike(name, tmp_path):
    """Ours by the library: the same arrays. The library's copy, in its own order and spelling, by us: the same."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.write_bytes(file_bytes(name))
    with safetensors.safe_open(ours, framework="numpy") as handle:
        metadata = handle.metadata()
        arrays = {key: handle.get_tensor(key) for key in handle.keys()}  # noqa: SIM118  # it is no dict
    theirs.write_bytes(safetensors.numpy.save(arrays, metadata=metadata))

    description, read = read_model(ours)

    assert set(read) == set(arrays)
    for key, array in arrays.items():
        assert_bits_equal(read[key], array)
    assert read_model(theirs)[0] == description
    assert pellucid.load(theirs).network_.theta.tobytes() == arrays["theta_1"].tobytes()
