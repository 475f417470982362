"""Whatever goes wrong while a model is saved: the old file is whole, nothing else is left, and the message is plain."""

import errno
import os

import pytest

import pellucid
from files.small_models import file_bytes, fitted
from pellucid.errors import ModelFileError
from pellucid.files import atomic

ADVICE = "check the folder, its permissions and the free space"


@pytest.fixture
def path(tmp_path):
    """Return the path of an old model, alone in its folder."""
    path = tmp_path / "model.safetensors"
    path.write_bytes(file_bytes("one number"))
    return path


def refusal_of_saving(path):
    """Save another model over it; return what is said, when the old one has been found to be there and alone."""
    with pytest.raises(ModelFileError) as caught:
        fitted("several numbers").save(path)
    assert path.read_bytes() == file_bytes("one number")
    assert os.listdir(path.parent) == [path.name]
    assert pellucid.load(path).n_outputs_ == 1
    return str(caught.value)


def failing(code):
    def fail(*_arguments, **_options):
        raise OSError(code, os.strerror(code))

    return fail


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT, errno.EMFILE])
def test_a_folder_that_takes_no_new_file(path, monkeypatch, code):
    """Read-only, without permission, without a free inode: the temporary file cannot be made."""
    with monkeypatch.context() as changed:
        changed.setattr(atomic.os, "open", failing(code))
        with pytest.raises(ModelFileError) as caught:
            fitted("several numbers").save(path)

    assert str(caught.value) == f"The model file '{path}' cannot be written: {os.strerror(code)}; {ADVICE}."
    assert path.read_bytes() == file_bytes("one number")
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_disk_that_fails_while_the_bytes_are_forced_to_it_or_named(path, monkeypatch, step, code):
    """Some disks say only at the end that they are full."""
    monkeypatch.setattr(atomic.os, step, failing(code))

    message = refusal_of_saving(path)

    assert message == f"The model file '{path}' cannot be written: {os.strerror(code)}; {ADVICE}."


def test_a_limit_that_is_reached_in_the_middle_of_the_bytes(path):
    """A real one: the system takes 1000 bytes of the file and no more, as a full disk does."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        message = refusal_of_saving(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert message == f"The model file '{path}' cannot be written: {os.strerror(errno.EFBIG)}; {ADVICE}."


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write to any folder")
def test_a_folder_that_is_really_read_only(path):
    os.chmod(path.parent, 0o500)
    try:
        message = refusal_of_saving(path)
    finally:
        os.chmod(path.parent, 0o700)

    assert message == f"The model file '{path}' cannot be written: Permission denied; {ADVICE}."
