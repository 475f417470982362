"""At every moment the old file or the new one is there, whole, and nothing else is left in the folder."""

import errno
import os
import stat

import pytest

from pellucid.files import atomic

OLD, NEW = b"old bytes", b"new bytes, longer"


@pytest.fixture
def path(tmp_path):
    """Return the path of an old file, alone in its folder."""
    path = tmp_path / "model.safetensors"
    path.write_bytes(OLD)
    return path


def fail(*_arguments, **_options):
    raise OSError(errno.EIO, "Input/output error")


def test_the_chunks_are_written_one_after_the_other(path):
    """The new file holds the chunks joined, and the folder holds nothing but the file."""
    atomic.write_bytes(path, [b"new ", memoryview(b"bytes"), b"", b", longer"])

    assert path.read_bytes() == NEW
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("step", ["fsync", "replace", "fchmod"])
def test_a_failing_step_leaves_the_old_file_and_no_temporary_one(path, monkeypatch, step):
    """Whichever call of the operating system fails, the old bytes stay and the folder is clean."""
    monkeypatch.setattr(os, step, fail)

    with pytest.raises(OSError, match="Input/output error"):
        atomic.write_bytes(path, [NEW])

    assert path.read_bytes() == OLD
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_in_the_middle_of_the_bytes_leaves_the_old_file(path, failure):
    """A full disk or Ctrl-C after half of the chunks: the old bytes stay and the folder is clean."""

    def chunks():
        yield NEW[:5]
        raise failure

    with pytest.raises(type(failure)):
        atomic.write_bytes(path, chunks())

    assert path.read_bytes() == OLD
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full, a disk that is always full")
def test_a_disk_that_is_really_full_leaves_the_old_file(path, monkeypatch):
    """The write to a full device fails when the buffer is flushed; the old bytes stay."""
    open_descriptor = os.open
    monkeypatch.setattr(
        atomic.os,
        "open",
        lambda name, *rest: open_descriptor("/dev/full", os.O_WRONLY) if name.endswith(".tmp") else fail(),
    )

    with pytest.raises(OSError, match="No space left on device"):
        atomic.write_bytes(path, [NEW])

    assert path.read_bytes() == OLD
    assert os.listdir(path.parent) == [path.name]


def test_the_bytes_reach_the_disk_before_the_name_and_the_folder_after_it(path, monkeypatch):
    """The order is: synchronise the file, replace, synchronise the folder."""
    calls, fsync, replace = [], os.fsync, os.replace

    def recording_fsync(descriptor):
        calls.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def recording_replace(source, target):
        assert os.path.dirname(source) == os.path.dirname(target)
        calls.append("replace")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", recording_fsync)
    monkeypatch.setattr(os, "replace", recording_replace)

    atomic.write_bytes(path, [NEW])

    assert calls == ["file", "replace", "folder"]


@pytest.mark.parametrize("code", [errno.EINVAL, errno.EIO])
def test_a_folder_that_does_not_synchronise_leaves_the_new_file_whole(path, monkeypatch, code):
    """EINVAL says that the file system cannot do it and is passed over; a disk error is raised."""
    fsync = os.fsync

    def only_files(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(code, "no")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", only_files)

    if code == errno.EINVAL:
        atomic.write_bytes(path, [NEW])
    else:
        with pytest.raises(OSError, match="no"):
            atomic.write_bytes(path, [NEW])

    assert path.read_bytes() == NEW
    assert os.listdir(path.parent) == [path.name]


def test_a_taken_temporary_name_is_never_overwritten(path, monkeypatch):
    """The temporary file is created exclusively: what is already there under its name stays."""
    monkeypatch.setattr(atomic.secrets, "token_hex", lambda n_bytes: "taken")
    other = path.parent / ".pellucid-taken.tmp"
    other.write_bytes(b"not ours")

    with pytest.raises(FileExistsError):
        atomic.write_bytes(path, [NEW])

    assert (path.read_bytes(), other.read_bytes()) == (OLD, b"not ours")


def test_a_new_file_obeys_the_umask_and_a_replaced_one_keeps_its_permissions(tmp_path):
    """Under umask 027 a new file has 640; a file that was 600 stays 600."""
    umask = os.umask(0o027)
    try:
        atomic.write_bytes(tmp_path / "new", [NEW])
        atomic.write_bytes(tmp_path / "private", [OLD])
        os.chmod(tmp_path / "private", 0o600)
        atomic.write_bytes(tmp_path / "private", [NEW])
    finally:
        os.umask(umask)

    assert stat.S_IMODE(os.stat(tmp_path / "new").st_mode) == 0o640
    assert stat.S_IMODE(os.stat(tmp_path / "private").st_mode) == 0o600


def test_a_symbolic_link_stays_a_link(path):
    """Writing through a link replaces the file it points to."""
    link = path.parent / "link"
    link.symlink_to(path.name)

    atomic.write_bytes(link, [NEW])

    assert link.is_symlink()
    assert path.read_bytes() == NEW


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_regular_file_is_not_replaced(tmp_path):
    """A pipe stands for a device, such as /dev/null: root could replace that for the whole machine."""
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(OSError, match="Not a regular file"):
        atomic.write_bytes(tmp_path / "pipe", [b"bytes"])
    assert stat.S_ISFIFO(os.stat(tmp_path / "pipe").st_mode)
