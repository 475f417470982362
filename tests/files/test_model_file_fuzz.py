"""Whatever the bytes, the reader loads a model or raises ModelFileError, and no other exception."""

import copy
import json

import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from files.forging import ARRAYS, DESCRIPTION, GOOD, HEADER, described, file_of, signed
from pellucid.errors import ModelFileError
from pellucid.files.model_file import read_model


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


fuzzed = settings(max_examples=150, derandomize=True, deadline=None, database=None)


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


def test_a_flipped_bit_in_any_byte_is_noticed(path):
    """One bit of every byte of the file, one after the other: none can change what is loaded."""
    for place in range(len(GOOD)):
        refused_or_equal(path, GOOD[:place] + bytes([GOOD[place] ^ 1 << place % 8]) + GOOD[place + 1 :])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
places = st.sampled_from(
    [("c",), ("W", "shape"), ("c", "shape"), ("c", "data_offsets"), ("c", "dtype"), ("c", "other"), ("new",),
     ("__metadata__",), *(("__metadata__", key) for key in ("format", "format_version", "sha256"))]
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
