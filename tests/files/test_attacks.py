"""Each known way to attack whoever loads a model is refused, cheaply, and in a sentence of one line."""

import os
import tracemalloc

import pytest

import pellucid
from files.attacks import ATTACKS
from files.forged_models import DESCRIPTION, HEADER, THETA
from files.forging import put_together, replaced
from files.small_models import CASES, file_bytes, fitted
from pellucid.errors import ModelFileError
from pellucid.files import model_file

# Beside 3 times the file: objects of the JSON of a header, which has a limit of its own.
ALLOWANCE = 6e6


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_with_nothing_but_the_model_file_error(attack, tmp_path, capfd):
    """Nothing is run or printed, the sentence is short and steers no terminal, and memory is bounded by the size."""
    data = ATTACKS[attack]
    path = tmp_path / "m"
    path.write_bytes(data)

    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError) as caught:
            pellucid.load(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    message = str(caught.value)
    assert peak <= 3 * len(data) + ALLOWANCE
    assert message.startswith(f"The model file '{path}' cannot be read: ")
    assert message.isprintable()
    assert len(message) < 700 + len(str(path))
    assert capfd.readouterr() == ("", "")


def test_the_files_that_attacks_start_from_load(tmp_path):
    """Undamaged they are models, so that each attack is refused for what it changes."""
    for name in CASES:
        (tmp_path / "m").write_bytes(file_bytes(name))
        assert type(pellucid.load(tmp_path / "m")) is type(fitted(name))


def test_links_lead_to_a_file_and_not_further(tmp_path):
    """A link to a model is read as the model; a link to a device, a folder or itself is refused."""
    (tmp_path / "m").write_bytes(file_bytes("one number"))
    for name, target in {"model": "m", "device": "/dev/zero", "folder": ".", "loop": "loop", "nothing": "none"}.items():
        (tmp_path / name).symlink_to(target)
    os.link(tmp_path / "m", tmp_path / "hard")

    assert pellucid.load(tmp_path / "model").n_iter_ == pellucid.load(tmp_path / "hard").n_iter_
    for name in ("device", "folder", "loop", "nothing"):
        with pytest.raises(ModelFileError):
            pellucid.load(tmp_path / name)


def test_saving_over_one_of_two_hard_links_leaves_the_other(tmp_path):
    """The name is replaced, not the bytes behind it: a link that others laid changes no other file."""
    (tmp_path / "other").write_bytes(b"other")
    os.link(tmp_path / "other", tmp_path / "m")

    fitted("one number").save(tmp_path / "m")

    assert (tmp_path / "other").read_bytes() == b"other"
    assert (tmp_path / "m").read_bytes() == file_bytes("one number")


def test_a_pipe_that_nobody_writes_to_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(ModelFileError, match="it is not a regular file"):
        pellucid.load(tmp_path / "pipe")


def test_a_file_replaced_between_check_and_use_is_read_as_it_was_opened(tmp_path, monkeypatch):
    """One open file: what takes its name after the check is never looked at."""
    path = tmp_path / "m"
    path.write_bytes(file_bytes("one number"))
    (tmp_path / "evil").write_bytes(file_bytes("several numbers"))
    parse = model_file.header.parse

    def parse_and_replace(*arguments):
        os.replace(tmp_path / "evil", path)
        return parse(*arguments)

    monkeypatch.setattr(model_file.header, "parse", parse_and_replace)

    assert pellucid.load(path).n_outputs_ == 1


def test_arrays_get_no_memory_before_the_architecture_has_been_held_against_them(tmp_path, monkeypatch):
    """A gigabyte that is not there (a hole), under a header that accounts for it, is refused by that header."""
    n = 2**27
    header = replaced(HEADER, ["theta_1"], {**THETA, "shape": [n], "data_offsets": [0, 8 * n]})
    header = replaced(header, ["numbers", "data_offsets"], [0, 0])
    data = put_together(header, DESCRIPTION, b"")
    path = tmp_path / "m"
    path.write_bytes(data)
    os.truncate(path, len(data) + 8 * n)
    monkeypatch.setattr(model_file.np, "empty", lambda *_: pytest.fail("memory was asked for"))

    with pytest.raises(ModelFileError, match="a network of the sizes"):
        pellucid.load(path)
