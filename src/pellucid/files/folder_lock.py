"""A folder that one run has for itself, until it ends or its process dies.

The kernel holds the lock (flock) and gives it back with the last descriptor of the file, whatever becomes of the
process. The file itself stays: to remove it would let two others lock two files of that name.
"""

from __future__ import annotations

import errno
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pellucid.errors import ModelFileError

try:
    import fcntl
except ImportError:  # Windows has no flock: nothing is locked there
    fcntl: Any = None

LOCK = ".pellucid-lock"
CANNOT_LOCK = {errno.EINVAL, errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}  # a file system that has none
_held: weakref.WeakSet[Any] = weakref.WeakSet()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Within this block no other has the folder: no other process, and no other thread of this one.

    Raises
    ------
    ModelFileError
        If another has it.
    OSError
        If no file can be made in it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as path, locked(Path(path)):
    ...     os.listdir(path)
    ['.pellucid-lock']
    """
    if fcntl is None:
        yield
        return
    with open(folder / LOCK, "ab", buffering=0) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                raise ModelFileError(
                    f"The folder {str(folder)!r} is in use by another process, or by another fit in this one. Wait for "
                    "its end, or give another folder."
                ) from None
            if error.errno not in CANNOT_LOCK:
                raise
        _held.add(handle)
        try:
            yield
        finally:
            if not handle.closed:  # a process that has just been forked may have the descriptor still
                with suppress(OSError):
                    fcntl.flock(handle, fcntl.LOCK_UN)


def _leave_locks_to_the_parent() -> None:
    """A forked process has the descriptors too, and would keep the folders locked when its parent is dead."""
    for handle in list(_held):
        handle.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_locks_to_the_parent)
