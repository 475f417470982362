"""One run has a folder of checkpoints for itself, until it ends in whatever way."""

import errno
import os
import signal
import subprocess
import sys
import threading

import pytest

from pellucid.errors import ModelFileError
from pellucid.files import checkpoint_folder, folder_lock
from pellucid.files.checkpoint_folder import CheckpointFolder

fcntl = pytest.importorskip("fcntl", reason="this system has no flock")
IN_USE = "is in use by another process"
PATIENCE = 30  # seconds: only a failing test waits so long

HOLDER = """
import sys
from pellucid.files.checkpoint_folder import CheckpointFolder
with CheckpointFolder(sys.argv[1]).held():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def another_process(tmp_path):
    """One that holds the folder, until its input ends or it is killed."""
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "run")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=surroundings) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_a_folder_that_another_process_holds_is_refused_and_untouched(tmp_path, another_process):
    """What that process writes just now is not tidied away."""
    writing = tmp_path / "run" / ".pellucid-0123456789abcdef.tmp"
    writing.write_bytes(b"half")

    with pytest.raises(ModelFileError, match=IN_USE), CheckpointFolder(tmp_path / "run").held():
        pass
    assert writing.exists()


@pytest.mark.parametrize("end", ["killed", "over"])
def test_the_kernel_gives_the_folder_back_when_its_process_ends(tmp_path, another_process, end):
    if end == "killed":
        another_process.send_signal(signal.SIGKILL)
    else:
        another_process.stdin.close()
    another_process.wait(PATIENCE)

    with CheckpointFolder(tmp_path / "run").held():
        pass


def test_another_thread_is_another_run(tmp_path):
    found = []

    def enter():
        try:
            with CheckpointFolder(tmp_path).held():
                found.append("entered")
        except ModelFileError as error:
            found.append(str(error))

    with CheckpointFolder(tmp_path).held():
        thread = threading.Thread(target=enter)
        thread.start()
        thread.join(PATIENCE)

    assert len(found) == 1
    assert IN_USE in found[0]


def test_it_is_given_back_after_an_error_and_can_be_held_again(tmp_path):
    """Though the error, and its traceback with all that was known there, is still at hand."""
    folder = CheckpointFolder(tmp_path)
    with pytest.raises(KeyboardInterrupt) as kept, folder.held():
        raise KeyboardInterrupt
    with CheckpointFolder(tmp_path).held(), pytest.raises(ModelFileError, match=IN_USE), folder.held():
        pass
    with folder.held():
        assert kept.value is not None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_does_not_keep_the_folder_of_its_parent(tmp_path):
    """It lives on when the block of the parent has ended; and its own leaving does not free the parent's folder."""
    code = f"""
import os, sys
from pellucid.errors import ModelFileError
from pellucid.files.checkpoint_folder import CheckpointFolder
folder = CheckpointFolder({str(tmp_path)!r})
read, write = os.pipe()
with folder.held():
    child = os.fork()
    if child:
        os.close(read)
    else:
        os.close(write)
if not child:
    os.read(read, 1)
    os._exit(0)
with folder.held():
    first = os.fork()
    if not first:
        os._exit(0)
    os.waitpid(first, 0)
    try:
        with folder.held():
            print("not held")
    except ModelFileError:
        print("held")
os.close(write)
os.waitpid(child, 0)
"""
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=PATIENCE)

    assert (done.stdout, done.returncode) == ("held\n", 0), done.stderr


def test_the_lock_is_no_other_use_and_no_checkpoint(tmp_path):
    with CheckpointFolder(tmp_path).held():
        pass

    assert os.listdir(tmp_path) == [folder_lock.LOCK]
    folder = CheckpointFolder(tmp_path)
    folder.refuse_if_used()
    assert folder.read() is None


def test_what_a_killed_process_left_is_removed_by_the_next_that_holds_the_folder(tmp_path):
    left = tmp_path / ".pellucid-0123456789abcdef.tmp"
    left.write_bytes(b"half")

    with CheckpointFolder(tmp_path).held():
        assert not left.exists()


@pytest.mark.parametrize(("number", "refused"), [(errno.ENOLCK, False), (errno.ENOTSUP, False), (errno.EIO, True)])
def test_a_file_system_without_locks_is_used_without(tmp_path, monkeypatch, number, refused):
    """As some of networks are; any other error is one."""

    def fail(*arguments):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", fail)
    if refused:
        with pytest.raises(ModelFileError, match="cannot hold checkpoints"), CheckpointFolder(tmp_path).held():
            pass
    else:
        with CheckpointFolder(tmp_path).held():
            pass


def test_a_system_without_locks_is_used_without(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_lock, "fcntl", None)
    with CheckpointFolder(tmp_path).held(), CheckpointFolder(tmp_path).held():
        assert os.listdir(tmp_path) == []


def test_each_new_folder_on_the_way_is_forced_to_the_disk(tmp_path, monkeypatch):
    """Else the checkpoints of the innermost would be lost with one of them."""
    forced = []
    monkeypatch.setattr(checkpoint_folder, "synchronise_folder", forced.append)
    CheckpointFolder(tmp_path / "a" / "b" / "c")
    assert set(forced) == {tmp_path, tmp_path / "a", tmp_path / "a" / "b"}

    forced.clear()
    CheckpointFolder(tmp_path / "a" / "b" / "c")
    assert forced == []
