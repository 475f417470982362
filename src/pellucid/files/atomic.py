"""Writing a file so that at every moment either the old one or the new one is there, whole."""

import contextlib
import errno
import os
import secrets
import stat

# Some file systems cannot synchronise a folder and say so with one of these; the write is not in doubt.
_FOLDER_CANNOT_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES, errno.EPERM}


def write_bytes(path, chunks):
    """Replace the file at `path` by the chunks, one after the other, all or nothing; see `replacing`.

    Parameters
    ----------
    path : str or path-like
    chunks : iterable of bytes-like objects

    Raises
    ------
    OSError

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_bytes(pathlib.Path(folder, "greeting"), [b"hello ", b"there"])
    ...     pathlib.Path(folder, "greeting").read_bytes()
    b'hello there'
    """
    with replacing(path) as handle:
        for chunk in chunks:
            handle.write(chunk)


@contextlib.contextmanager
def replacing(path):
    """Yield a file to write to, which takes the place of the one at `path` if the block ends well.

    The bytes go to a new file in the same folder, are forced to the disk, and take the name in one step; then
    the folder is forced to the disk too. If anything fails before that step the temporary file is removed and
    the old file is untouched. Only a disk error while the folder itself is written comes after it: then the
    new file is in place, whole, but might not survive a power cut, and the error says so by being raised.

    Parameters
    ----------
    path : str or path-like
        A symbolic link is followed: the file it points to is replaced, the link stays.

    Yields
    ------
    binary file

    Raises
    ------
    OSError
        The folder does not exist or cannot be written, the disk is full, the path is a device, and so on.

    Notes
    -----
    A new file has the permissions that `open` would give it (the umask applies); a replaced one keeps its.

    Source: Pillai et al., "All file systems are not created equal", OSDI 2014.
    """
    path = os.path.realpath(os.fspath(path))
    if os.path.exists(path) and not os.path.isfile(path):  # a device, which root could replace for the whole machine
        raise OSError(errno.EINVAL, "Not a regular file", path)
    folder = os.path.dirname(path)
    temporary = os.path.join(folder, f".pellucid-{secrets.token_hex(8)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    permissions = _permissions(path)
    try:
        descriptor = os.open(temporary, flags, 0o666 if permissions is None else permissions)
    except OSError as error:
        error.filename = path  # the caller knows nothing of the temporary file
        raise
    try:
        with open(descriptor, "wb") as handle:
            if permissions is not None and hasattr(os, "fchmod"):
                os.fchmod(descriptor, permissions)
            yield handle
            handle.flush()
            os.fsync(descriptor)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):  # the reason for the failure is what the caller must see
            os.unlink(temporary)
        raise
    synchronise_folder(folder)


def _permissions(path):
    """Return the permission bits of the file that will be replaced; None if there is none."""
    try:
        return stat.S_IMODE(os.stat(path).st_mode) & 0o777
    except FileNotFoundError:
        return None


def synchronise_folder(folder):
    """Force the new name to the disk, where folders can be opened (not on Windows)."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        # A folder may be writable and not readable; then nothing can be synchronised, and nothing is lost.
        if error.errno in _FOLDER_CANNOT_SYNC:
            return
        raise
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _FOLDER_CANNOT_SYNC:
            raise
    finally:
        os.close(descriptor)
