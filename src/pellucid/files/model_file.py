"""The model file: a description in JSON and named arrays, in the safetensors format.

    8 bytes    length of the header, little-endian
    header     JSON, padded with spaces (header.py)
    payload    the arrays one after the other, little-endian, C order, without gaps

The safetensors library opens these files too. It is not used here: it (0.8.0) corrupts arrays that are not
contiguous and accepts a name twice.
"""

import hashlib
import os
import stat
from contextlib import contextmanager

import numpy as np

from pellucid.errors import ModelFileError
from pellucid.files import atomic, header
from pellucid.files.header import DTYPES, LONGEST_HEADER, WRONG_FILE, Entry
from pellucid.files.strict_json import RESTORE, Refusal, short


def write_model(path, description, arrays, *, what="model file", finite=True):
    """Write a description and named arrays to one file; an old file stays until the new one is whole.

    The same description and arrays give the same bytes: no time, no host, arrays in the order of
    their types (int64, float64, float32) and then of their names.

    Parameters
    ----------
    path : str or path-like
    description : dict
        What JSON gives back equal: dicts with text keys, lists (not tuples), text, finite numbers, True,
        False, None.
    arrays : dict of str to array
        float32, float64 or int64, of any memory layout.
    what : str
        What messages call the file.
    finite : bool
        Whether arrays that hold NaN or infinity are refused.

    Raises
    ------
    ModelFileError
        In one sentence the file, what is wrong and what to do.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_model(folder + "/model", {"loss": "rss"}, {"W_1": np.ones((2, 3)), "c_1": np.zeros(2)})
    ...     description, arrays = read_model(folder + "/model")
    >>> description, arrays["W_1"].shape
    ({'loss': 'rss'}, (2, 3))
    """
    start = f"The {what} {_in_quotes(path, what)} cannot be written"
    try:
        atomic.write_bytes(path, _encode(description, arrays, finite))
    except Refusal as refusal:
        raise ModelFileError(f"{start}: {refusal.problem}; change it and save again.") from None
    except (OSError, ValueError) as error:
        why = f"{_reason(error)}; check the folder, its permissions and the free space"
        raise ModelFileError(f"{start}: {why}.") from error


class OpenModel:
    """A model file that is open: its header has been checked, and accounts for every byte of the file.

    Attributes
    ----------
    description : dict
    entries : list of Entry
        Name, type and shape of every array, in the order of the file.
    """

    def __init__(self, handle, finite):
        self._handle, self._finite = handle, finite
        self.description, self.entries, self._sha256 = _read_header(handle)

    def read_arrays(self):
        """Return all arrays by their names: writable, in C order, of the machine's byte order.

        Raises
        ------
        Refusal
        """
        arrays = {entry.name: np.empty(entry.shape, entry.dtype) for entry in self.entries}
        for array in arrays.values():
            _fill(_bytes_of(array), self._handle)
        if self._handle.read(1):
            raise Refusal("it grew while it was read", RESTORE)
        if _sha256(_bytes_of(array) for array in arrays.values()) != self._sha256:
            raise Refusal("the arrays do not match their checksum", RESTORE)
        for name, array in arrays.items() if self._finite else ():
            _check_finite(name, array)
        # Native byte order for the engines; nothing is copied where it is little-endian already.
        return {name: a.astype(a.dtype.newbyteorder("="), copy=False) for name, a in arrays.items()}


@contextmanager
def opened_model(path, *, what="model file", finite=True):
    """Open what `write_model` wrote, or refuse it: everything is checked before it is believed.

    The file is opened once and its size asked of that handle, so what was checked is what is read. Arrays get memory
    only from `read_arrays`, so within the block the description can be held against them before.

    Parameters
    ----------
    path : str or path-like
    what, finite
        As they were for `write_model`.

    Yields
    ------
    OpenModel

    Raises
    ------
    ModelFileError
        In one sentence the file, what is wrong and what to do; also for a Refusal from within the block.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_model(folder + "/model", {"loss": "rss"}, {"W_1": np.ones((2, 3))})
    ...     with opened_model(folder + "/model") as model:
    ...         print(model.description, model.entries[0].shape)
    {'loss': 'rss'} (2, 3)
    """
    start = f"The {what} {_in_quotes(path, what)} cannot be read"
    try:
        handle = open(path, "rb", opener=_open_without_waiting)  # noqa: SIM115  # closed below
    except (OSError, ValueError) as error:
        raise _unreadable(start, error) from error
    with handle:
        try:
            yield OpenModel(handle, finite)
        except Refusal as refusal:
            raise ModelFileError(f"{start}: {refusal.problem}; {refusal.remedy}.") from None
        except MemoryError:
            raise ModelFileError(f"{start}: it is larger than the free memory; {WRONG_FILE}.") from None
        except OSError as error:
            raise _unreadable(start, error) from error


def read_model(path, *, what="model file", finite=True):
    """Read all that `write_model` wrote, or refuse it; see `opened_model`.

    Returns
    -------
    description : dict
    arrays : dict of str to array

    Raises
    ------
    ModelFileError
    """
    with opened_model(path, what=what, finite=finite) as model:
        return model.description, model.read_arrays()


def _encode(description, arrays, finite):
    """Return the chunks of the file."""
    if not isinstance(description, dict):
        raise Refusal("the description is not a dict")
    contents = []
    for name, array in arrays.items():
        if not isinstance(name, str):
            raise Refusal(f"the name {short(name)} of an array is not text")
        array = np.asarray(array)
        dtype = array.dtype.newbyteorder("<")
        if dtype not in DTYPES.values():
            raise Refusal(f"the array {short(name)} is {array.dtype}, not float32, float64 or int64")
        # order="C" makes the copy that transposed and strided arrays need; np.ascontiguousarray would turn
        # a single number into a list of one.
        array = np.asarray(array, dtype=dtype, order="C")
        if finite:
            _check_finite(name, array)
        contents.append((Entry(name, dtype, array.shape, array.nbytes), _bytes_of(array)))
    types = list(DTYPES.values())
    contents.sort(key=lambda content: (types.index(content[0].dtype), content[0].name))

    payload = [view for _, view in contents]
    encoded = header.compose(description, [entry for entry, _ in contents], _sha256(payload))
    return [len(encoded).to_bytes(8, "little"), encoded, *payload]


def _read_header(handle):
    """Read the header from an open file, whose size it must account for."""
    status = os.fstat(handle.fileno())
    if not stat.S_ISREG(status.st_mode):
        raise Refusal("it is not a regular file", WRONG_FILE)
    if status.st_size < 8:
        raise Refusal(f"it has {status.st_size} bytes, too few for a model", WRONG_FILE)
    n_header = int.from_bytes(_fill(bytearray(8), handle), "little")
    if n_header > max(LONGEST_HEADER, status.st_size):  # the first bytes of a text are a number without any meaning
        raise Refusal("it is not a pellucid model file", WRONG_FILE)
    if n_header > LONGEST_HEADER:
        raise Refusal(f"it claims a header of {n_header} bytes, where {LONGEST_HEADER} are allowed", WRONG_FILE)
    n_payload = status.st_size - 8 - n_header
    if n_payload < 0:
        raise Refusal("it ends before its header does", RESTORE)
    return header.parse(_fill(bytearray(n_header), handle), n_payload)


def _fill(buffer, handle):
    """Fill the buffer from the file; its size was checked, so an early end means that someone cut it."""
    if handle.readinto(buffer) != len(buffer):
        raise Refusal("it became shorter while it was read", RESTORE)
    return buffer


def _bytes_of(array):
    """View a C-ordered array as bytes, whatever its shape, also where that is empty."""
    return array.reshape(-1).view(np.uint8)


def _sha256(chunks):
    total = hashlib.sha256()
    for chunk in chunks:
        total.update(chunk)
    return total.hexdigest()


def _check_finite(name, array):
    if not np.isfinite(array).all():
        raise Refusal(f"the array {short(name)} holds NaN or infinity")


def _in_quotes(path, what):
    """Return the path as text in quotes; refuse a number, which `open` would take for an open file."""
    try:
        return repr(os.fsdecode(path))
    except TypeError:
        raise ModelFileError(f"The {what} {path!r} is not a path; give a text or a Path.") from None


def _unreadable(start, error):
    return ModelFileError(f"{start}: {_reason(error)}; check the path and its permissions.")


def _reason(error):
    """Return what the operating system says, without its number and without the path."""
    return getattr(error, "strerror", None) or str(error)


def _open_without_waiting(path, flags):
    """Open as `open` does, but a named pipe at which nobody writes does not block for ever."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
