"""The history in a file: a line an epoch at once, the same file whether a run was interrupted or not, and only ours."""

import json
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from pellucid import FeedForwardRegressor, HistoryLines
from pellucid.errors import DataError, ParameterError, TrainingWarning
from pellucid.training.callbacks import TrainingState
from pellucid.training.history import EpochRecord, History

LAYERS = {"dead_units": (0, 1), "saturated_units": (0, 0), "gradient_norms": (1.5, 0.1), "update_norms": (0.1, 0.2)}


def make_history(epochs, name="größe"):
    """Records of the given epochs, whose numbers are functions of the epoch."""
    history = History("rss", (name,))
    for e in epochs:
        history.append(EpochRecord(e, 1 / e, (1 / e,), 2 / e, (2 / e,), 0.1, **LAYERS, seconds=float(e)))
    return history


def run(path, epochs, start=1, callback=None):
    """Epochs start, start + 1, ... of a run whose history begins with `epochs`, each shown to the callback."""
    history, whole = make_history(range(1, start)), make_history(epochs)
    callback = callback or HistoryLines(path)
    for record in whole.records[start - 1 :]:
        history.append(record)
        callback(TrainingState(record.epoch, 9, history, lambda: None))
    callback.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "history.jsonl"


def test_each_epoch_is_a_line_at_once_with_the_numbers_of_the_table(path):
    X = np.random.default_rng(0).normal(size=(40, 2))
    seen = []

    def look(state):
        seen.append(len(path.read_bytes().splitlines()))

    settings = {"engine": "reference", "max_iter": 4, "scoring": "r2", "random_state": 0}
    model = FeedForwardRegressor((3,), callbacks=[HistoryLines(path), look], **settings).fit(X, X[:, 0])

    assert seen == [1, 2, 3, 4]
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for i, row in enumerate(rows):
        assert row == {name: values[i].item() for name, values in model.history_.to_table().items()}
    assert pd.read_json(path, lines=True).columns.tolist() == list(model.history_.to_table())


def test_what_is_not_a_number_is_null(path):
    history = make_history([1])
    history.records[0] = replace(history.records[0], learning_rate=None)
    HistoryLines(path)(TrainingState(1, 1, history, lambda: None))

    row = json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert (row["learning_rate"], row["validation_score"]) == (None, None)


@pytest.mark.parametrize("resumed_from", [1, 2, 4, 6])
@pytest.mark.parametrize("killed_after", [3, 5])
@pytest.mark.parametrize("cut", [0, 1, 9, 30], ids=lambda cut: f"{cut} bytes lost")
def test_a_run_that_was_killed_and_resumed_leaves_the_file_of_one_that_was_not(path, resumed_from, killed_after, cut):
    """From an earlier epoch than the last line, from the next, from a later one; with its last line cut anywhere."""
    whole = path.with_name("whole.jsonl")
    run(whole, range(1, 8))
    run(path, range(1, killed_after + 1))
    path.write_bytes(path.read_bytes()[: path.stat().st_size - cut])

    run(path, range(1, 8), start=resumed_from)

    assert path.read_bytes() == whole.read_bytes()


def test_a_run_whose_history_begins_later_goes_on_behind_the_lines_before(path):
    """Epochs 4 to 6 replace lines 4 and 5 of the file, and keep 1 to 3."""
    run(path, range(1, 6))
    callback, history = HistoryLines(path), History("rss")
    for record in make_history([4, 5, 6]):
        history.append(record)
        callback(TrainingState(record.epoch, 9, history, lambda: None))

    assert [json.loads(line)["epoch"] for line in path.read_text().splitlines()] == [1, 2, 3, 4, 5, 6]


def test_a_second_fit_with_the_same_callback_replaces_the_first(path):
    callback = HistoryLines(path)
    run(path, range(1, 6), callback=callback)
    run(path, range(1, 3), callback=callback)

    assert len(path.read_bytes().splitlines()) == 2


def test_a_callback_keeps_nothing_of_a_run_that_has_ended(path):
    """A fitted model would be pickled with its history twice."""
    callback = HistoryLines(path)
    run(path, range(1, 4), callback=callback)

    assert vars(callback) == vars(HistoryLines(path))


KILLED = """
import numpy as np, os, signal, sys
from pellucid import FeedForwardRegressor, HistoryLines

def kill(state):
    if state.epoch == 3:
        os.kill(os.getpid(), signal.SIGKILL)

X = np.random.default_rng(0).normal(size=(40, 2))
FeedForwardRegressor((3,), engine="reference", callbacks=[HistoryLines(sys.argv[1]), kill]).fit(X, X[:, 0])
"""


def test_a_killed_process_leaves_the_lines_of_its_epochs(path):
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)

    assert done.returncode == -signal.SIGKILL
    assert [json.loads(line)["epoch"] for line in path.read_text().splitlines()] == [1, 2, 3]


def test_a_clone_writes_to_the_same_file(path):
    model = clone(FeedForwardRegressor(callbacks=[HistoryLines(path)]))

    assert model.callbacks[0].path == path


FOREIGN = [
    ("text", b"hello\n", 1),
    ("half a line of text", b"hello", 1),
    ("a table", b"epoch,loss\n1,2\n", 1),
    ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), 1),
    ("an object of others", b'{"step": 1}\n', 1),
    ("epochs of others", b'{"epoch": 1, "loss": 0.5}\n', 1),
    ("an epoch that is none", b'{"epoch": "1", "training_loss": 0.5}\n', 1),
    ("ours, then not", b'{"epoch": 1, "training_loss": 0.5}\nnotes\n', 2),
    ("ours, then half a line that is not", b'{"epoch": 1, "training_loss": 0.5}\nnotes', 2),
    ("half a line within", b'{"epoch": 1, "trai\n{"epoch": 2, "training_loss": 0.5}\n', 1),
    ("an empty line within", b'{"epoch": 1, "training_loss": 0.5}\n\n', 2),
    ("bytes that are no text", b'{"epoch": 1, "training_loss": "\xff"}\n', 1),
]


@pytest.mark.parametrize(("name", "content", "line"), FOREIGN, ids=[case[0] for case in FOREIGN])
def test_a_file_that_is_no_history_is_refused_and_left_as_it_is(name, content, line, path):
    """When it is named, and also if it has become one since."""
    late = HistoryLines(path)
    path.write_bytes(content)

    for write in (lambda: HistoryLines(path), lambda: run(path, range(1, 3), callback=late)):
        with pytest.raises(DataError) as refusal:
            write()
        assert str(refusal.value) == (
            f"The file {str(path)!r} is no history of a run (see its line {line}), and is left as it is. "
            "Give the path of a new file, or of the history of another run."
        )
        assert path.read_bytes() == content


def test_an_empty_file_is_a_history_without_epochs(path):
    path.touch()
    run(path, range(1, 3))

    assert len(path.read_bytes().splitlines()) == 2


def test_a_path_without_a_folder_or_no_path_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="must be the path of a file in a folder that exists"):
        HistoryLines(tmp_path / "nowhere" / "history.jsonl")
    with pytest.raises(ParameterError, match=r"must be the path of a file\. Got 3 instead\."):
        HistoryLines(3)
    with pytest.raises(DataError, match="is no regular file"):
        HistoryLines(tmp_path)


def test_a_full_disk_ends_the_lines_and_not_the_run(tmp_path, monkeypatch):
    """Said once; the model is that of all epochs, and the lines before are still there."""
    lines = HistoryLines(tmp_path / "history.jsonl")
    write, written = lines._write, []

    def full(history):
        if len(history) == 3:
            raise OSError(28, "No space left on device")
        written.append(len(history))
        write(history)

    monkeypatch.setattr(lines, "_write", full)
    model = FeedForwardRegressor((2,), max_iter=6, engine="reference", random_state=0, callbacks=[lines])
    with pytest.warns(
        TrainingWarning, match=r"no longer written to '.*history.jsonl': No space left on device"
    ) as told:
        model.fit([[0.0], [1.0], [2.0]] * 5, [0.0, 1.0, 2.0] * 5)

    assert (model.n_iter_, written, len(told)) == (6, [1, 2], 1)
    assert len((tmp_path / "history.jsonl").read_text().splitlines()) == 2


def test_a_device_is_no_history():
    """/dev/full would be read for ever."""
    with pytest.raises(DataError, match="is no regular file"):
        HistoryLines("/dev/null")
