"""A folder of checkpoints holds the old state or the new one, whatever fails and whenever."""

import builtins
import errno
import os

import numpy as np
import pytest

from pellucid.errors import ModelFileError, ParameterError, TrainingWarning
from pellucid.files import atomic
from pellucid.files.checkpoint_folder import CheckpointFolder

OLD, NEW = ({"epoch": 1}, {"theta": np.array([1.0, np.inf])}), ({"epoch": 2}, {"theta": np.array([2.0, np.nan])})


class FailingCalls:
    """Every call of the operating system that a save makes, counted; one of them fails."""

    NAMES = ("open", "fsync", "replace", "unlink", "listdir", "close", "stat", "fchmod")

    def __init__(self, monkeypatch, failing=None, error=errno.EIO):
        self.calls, self.failing, self.error = [], failing, error
        for name in self.NAMES:
            monkeypatch.setattr(os, name, self.counted(name, getattr(os, name)))
        monkeypatch.setattr(atomic, "open", self.open_file, raising=False)

    def counted(self, name, call):
        def wrapped(*arguments, **options):
            self.note(name)
            return call(*arguments, **options)

        return wrapped

    def open_file(self, descriptor, mode):
        handle = builtins.open(descriptor, mode, buffering=0)  # noqa: SIM115  # closed by the wrapper
        write = handle.write

        class Counted:
            def __enter__(counted):
                return counted

            def __exit__(counted, *error):
                handle.close()

            def write(counted, chunk):
                self.note("write")
                return write(chunk)

            def flush(counted):
                self.note("flush")

        return Counted()

    def note(self, name):
        self.calls.append(name)
        if len(self.calls) - 1 == self.failing:
            raise OSError(self.error, os.strerror(self.error))


def states(folder):
    found = folder.read()
    assert found is not None
    return found[0]["epoch"]


def filled(path):
    folder = CheckpointFolder(path)
    folder.write({"epoch": 0}, {})
    folder.write(*OLD)
    return folder


def calls_of_a_save(path):
    with pytest.MonkeyPatch.context() as patch:
        folder = filled(path)
        layer = FailingCalls(patch)
        folder.write(*NEW)
    return layer.calls


def test_a_save_makes_the_calls_that_these_tests_let_fail(tmp_path):
    """Open, write, flush, force to the disk, rename, force the folder, remove the oldest: in this order."""
    calls = [name for name in calls_of_a_save(tmp_path) if name not in ("stat", "close", "listdir")]

    assert [name for i, name in enumerate(calls) if name != "write" or calls[i - 1] != "write"] == [
        "open", "write", "flush", "fsync", "replace", "open", "fsync", "unlink"
    ]  # fmt: skip


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_whichever_call_fails_the_folder_holds_the_old_state_or_the_new_one(tmp_path, error):
    """Each call of a save fails once: reading gives one of the two states, and the next save works."""
    ends = set()
    for failing in range(len(calls_of_a_save(tmp_path / "counted"))):
        folder = filled(tmp_path / f"{failing}")
        with pytest.MonkeyPatch.context() as patch:
            FailingCalls(patch, failing, error)
            try:
                folder.write(*NEW)
                failed = False
            except ModelFileError:
                failed = True

        end = states(folder)
        ends.add((failed, end))
        assert end in (1, 2)
        assert failed or end == 2  # nothing fails without a word
        folder.write(*NEW)
        assert states(folder) == 2
    assert {(True, 1), (False, 2)} <= ends  # some failures keep the old state; that of removing an old file harms none


def test_the_last_two_checkpoints_are_kept_and_read_back_equal(tmp_path):
    folder = filled(tmp_path)
    folder.write(*NEW)

    assert sorted(os.listdir(tmp_path)) == ["checkpoint-000002.safetensors", "checkpoint-000003.safetensors"]
    description, arrays = folder.read()
    assert description == NEW[0]
    assert np.array_equal(arrays["theta"], NEW[1]["theta"], equal_nan=True)


@pytest.mark.parametrize("damage", [slice(None, -3), slice(0, 20), slice(0, 0), slice(1, None)], ids=str)
def test_a_half_written_newest_one_is_passed_over_with_a_word(tmp_path, damage):
    """Such as a disk without our order of writing may leave behind: the one before it is taken."""
    folder = filled(tmp_path)
    newest = tmp_path / "checkpoint-000002.safetensors"
    newest.write_bytes(newest.read_bytes()[damage])

    with pytest.warns(TrainingWarning, match=r"checkpoint-000002.*The one before it is taken"):
        assert states(folder) == 0


def test_where_none_can_be_read_the_newest_one_says_why(tmp_path):
    folder = filled(tmp_path)
    for file in tmp_path.iterdir():
        file.write_bytes(b"nonsense, and long enough")

    with pytest.raises(ModelFileError, match=r"The checkpoint '.*checkpoint-000002.safetensors' cannot be read"):
        folder.read()


def test_an_empty_folder_has_no_checkpoint_and_a_used_one_is_not_written_over(tmp_path):
    folder = CheckpointFolder(tmp_path / "new" / "run")
    assert folder.read() is None
    folder.refuse_if_used()
    folder.write(*OLD)

    with pytest.raises(ParameterError, match=r"holds the checkpoints of a run already.*resume=True"):
        folder.refuse_if_used()


def test_a_folder_with_another_use_is_refused_and_untouched(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")

    with pytest.raises(ModelFileError, match=r"'thesis.tex' is in it already; give an empty or a new folder"):
        CheckpointFolder(tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "run").write_text("")

    with pytest.raises(ModelFileError, match="cannot hold checkpoints: File exists"):
        CheckpointFolder(tmp_path / "run")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path, monkeypatch):
    def fail(*arguments, **options):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "mkdir", fail)
    with pytest.raises(ModelFileError, match="cannot hold checkpoints: Read-only file system"):
        CheckpointFolder(tmp_path / "run")


def test_what_a_killed_process_left_half_written_is_removed(tmp_path):
    folder = filled(tmp_path)
    left = tmp_path / ".pellucid-0123456789abcdef.tmp"
    left.write_bytes(b"half")

    folder.tidy()

    assert not left.exists()
    assert states(folder) == 1
