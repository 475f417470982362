"""Ctrl-C ends `pellucid train` with 130 and a word on what there is; resumed, it writes the file of a whole run."""

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress

import pandas as pd
import pytest

import pellucid
from pellucid.cli.main import in_options, run

TRAIN = ["train", "t.csv", "--target", "y", "--engine", "reference", "--hidden", "8", "--max-epochs", "300"]
TRAIN += ["--patience", "300", "--batch-size", "1"]
QUICK = [*TRAIN[: TRAIN.index("--max-epochs")], "--max-epochs", "2", "--json"]
SAVED = ["--checkpoints", "run"]
RESUME = "The same command with --resume goes on."
ROW = pd.DataFrame({"a": [3.0]})
# Not by preexec_fn, which would fork this process, and that is refused once JAX is in it.
HEARING = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from pellucid.cli.main import main; main(sys.argv[1:])"
)
POLL = 0.01  # seconds between two looks at what a process has done so far


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of its own with a small table, as the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(table(60))
    return tmp_path


def table(n_rows):
    return "a,y\n" + "".join(f"{i % 17},{i % 17 * 1.5 + i % 5}\n" for i in range(n_rows))


def start(*arguments):
    """The command in a process that hears Ctrl-C, as one in a terminal does; those in the background may not."""
    return subprocess.Popen(
        [sys.executable, "-c", HEARING, *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def interrupt(process, is_time):
    """Ctrl-C as soon as it is time; what the process then says and leaves."""
    while not is_time():
        assert process.poll() is None, process.communicate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(POLL)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def after_some_epochs(folder):
    history = folder / "history.jsonl"
    return lambda: history.exists() and history.read_bytes().count(b"\n") >= 3


def test_a_run_that_was_interrupted_and_resumed_writes_the_file_of_one_that_was_not(folder):
    (folder / "model.safetensors").write_bytes(b"an older model")
    mine = [*TRAIN, *SAVED, "--history", "history.jsonl"]

    code, out, err = interrupt(start(*mine), after_some_epochs(folder))

    said = re.fullmatch(
        r"pellucid: Interrupted after epoch (\d+)\. The best model so far, of epoch (\d+), was written to "
        rf"model\.unfinished\.safetensors\. {re.escape(RESUME)}\n",
        err,
    )
    assert code == 130
    assert said, err
    assert 3 <= int(said[1]) < 300
    assert int(said[2]) <= int(said[1])
    assert "test rows, never trained on" not in out
    assert {path.name for path in folder.iterdir()} == {
        "t.csv", "history.jsonl", "run", "model.safetensors", "model.unfinished.safetensors",
    }  # fmt: skip
    assert (folder / "model.safetensors").read_bytes() == b"an older model"
    assert pellucid.load("model.unfinished.safetensors").predict(ROW).shape == (1,)

    resumed = start(*mine, "--resume").communicate()
    assert run([*TRAIN, "--model", "whole.safetensors"]) == 0

    assert (folder / "model.safetensors").read_bytes() == (folder / "whole.safetensors").read_bytes(), resumed


def test_without_checkpoints_the_best_model_so_far_is_kept_too(folder):
    code, _, err = interrupt(start(*TRAIN, "--history", "history.jsonl"), after_some_epochs(folder))

    assert code == 130
    assert err.endswith("to model.unfinished.safetensors. With --checkpoints such a run can be resumed.\n")
    assert pellucid.load("model.unfinished.safetensors").predict(ROW).shape == (1,)
    assert not (folder / "model.safetensors").exists()


def test_in_the_first_epoch_there_is_no_model_and_the_command_says_so(folder):
    """Its steps are so many that it takes seconds; the first checkpoint is written before them."""
    (folder / "t.csv").write_text(table(30_000))

    code, _, err = interrupt(start(*TRAIN, *SAVED), lambda: any((folder / "run").glob("checkpoint-*")))

    assert code == 130
    assert err == f"pellucid: Interrupted before an epoch was over: there is no model yet. {RESUME}\n"
    assert {path.name for path in folder.iterdir()} == {"t.csv", "run"}


def test_ctrl_c_while_the_model_is_tested_leaves_the_whole_model(folder, monkeypatch, capsys):
    def pressed(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("pellucid.cli.training_result.test", pressed)

    code = run(QUICK)

    assert code == 130
    assert capsys.readouterr().err == (
        "pellucid: Interrupted after training. The model was written to model.safetensors, no curves.\n"
    )
    assert pellucid.load("model.safetensors").predict(ROW).shape == (1,)


def test_ctrl_c_in_any_command_ends_with_130_and_a_message(folder, monkeypatch, capsys):
    def pressed(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("pellucid.cli.train.read", pressed)

    code = run(TRAIN)

    assert (code, capsys.readouterr().err) == (130, "pellucid: Interrupted. Nothing was written.\n")


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A folder with the checkpoints of a run of two epochs, which the tests only read."""
    return tmp_path_factory.mktemp("begun") / "run"


END = "Make these the same, or begin anew with other --checkpoints.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--resume"], r"--resume goes on from a folder of checkpoints: name it with --checkpoints\.\n"),
        (["--checkpoints", "RUN"], r"The folder 'RUN' holds the checkpoints of a run already\. Go on with it by "
         r"--resume, give other --checkpoints, or delete the folder if that run is not needed\.\n"),
        (["--checkpoints", "."], r"The folder '\.' cannot hold checkpoints: 'model\.safetensors' is in it already; "
         r"give an empty or a new folder\.\n"),
        (["--checkpoints", "t.csv", "--resume"], r"The folder 't\.csv' cannot hold checkpoints: [^\n]*\n"),
        (["--checkpoints", "RUN", "--resume", "--seed", "1"], r"The run in 'RUN' cannot be resumed to the same end: "
         rf"--seed was 0 and is 1; the training rows are others; [^\n]*{END}"),
        (["--checkpoints", "RUN", "--resume", "--alpha", "0.5", "--solver", "sgd"], r"The run in 'RUN' cannot "
         rf"be resumed to the same end: --alpha was 0\.0 and is 0\.5; --solver was 'adam' and is 'sgd'\. {END}"),
    ],
    ids=["no folder", "in use", "other files", "a file", "another seed", "other options"],
)  # fmt: skip
def test_what_cannot_be_resumed_is_refused_in_one_message_and_nothing_is_touched(
    arguments, message, begun, folder, capsys
):
    if not begun.exists():
        assert run([*QUICK, "--checkpoints", str(begun)]) == 0
        capsys.readouterr()
    (folder / "model.safetensors").write_bytes(b"an older model")
    before = {path: path.read_bytes() for part in (folder, begun) for path in part.iterdir() if path.is_file()}

    code = run([*QUICK, *(str(begun) if word == "RUN" else word for word in arguments)])

    said = capsys.readouterr().err.replace(str(begun), "RUN")
    assert code == 2
    assert re.fullmatch(f"pellucid: {message}", said), said
    assert {path: path.read_bytes() for part in (folder, begun) for path in part.iterdir() if path.is_file()} == before


def test_a_difference_in_the_environment_is_no_option():
    assert in_options("the same end: numpy was 1 and is 2; max_iter was 3 and is 4.") == (
        "the same end: numpy was 1 and is 2; --max-epochs was 3 and is 4."
    )
