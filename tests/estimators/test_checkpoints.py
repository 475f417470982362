"""A fit that was interrupted and resumed is the fit that was not, or it is refused and says what differs."""

import os
import pickle
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

import pellucid
from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import ModelFileError, ParameterError, TrainingWarning
from pellucid.estimators import checkpointing

ROOT = Path(__file__).parents[2]
GENERATOR = np.random.default_rng(5)
X = GENERATOR.normal(size=(90, 3))
Y = np.column_stack([np.sin(X[:, 0]), X[:, 1] * X[:, 2]])
CLASSES = np.where(X[:, 0] > 0, "high", "low")
SHARED = {"hidden_layer_sizes": (5,), "engine": "reference", "max_iter": 12, "n_iter_no_change": 50}


class Crash(Exception):
    """What a callback raises in the middle of a run."""


def crash(state):
    if state.epoch == 5:
        raise Crash


def interrupt(state):
    if state.epoch == 5:
        raise KeyboardInterrupt


def interrupted(cls, folder, y=Y, **arguments):
    """Five epochs of a run with checkpoints every second one, and then a crash."""
    model = cls(checkpoint_dir=folder, checkpoint_epochs=2, callbacks=[crash], **{**SHARED, **arguments})
    with pytest.raises(Crash):
        model.fit(X, y)
    return model


def bytes_of(model, path):
    """The model file: weights, encodings, targets, arguments, and how training went."""
    model.save(path)
    return path.read_bytes()


RUNS = {
    "defaults, no seed": (FeedForwardRegressor, Y, {}),
    "dropout, cosine": (FeedForwardRegressor, Y, {"random_state": 3, "dropout": 0.2, "learning_rate": "cosine"}),
    "a score": (FeedForwardRegressor, Y[:, 0], {"random_state": 3, "scoring": "r2"}),
    "classes, balanced": (FeedForwardClassifier, CLASSES, {"random_state": 3, "class_weight": "balanced"}),
    "lbfgs": (FeedForwardRegressor, Y, {"random_state": 3, "solver": "lbfgs"}),
    "quantiles, a huber, sgd": (FeedForwardRegressor, Y, {"random_state": 3, "solver": "sgd",
                                "loss": [pellucid.Quantile(0.1, 0.9), "huber"], "learning_rate": "plateau"}),
    "no validation": (FeedForwardRegressor, Y, {"random_state": 3, "early_stopping": False}),
}  # fmt: skip


@pytest.mark.parametrize("what", RUNS)
def test_a_run_that_crashed_is_resumed_to_the_file_of_one_that_did_not(what, tmp_path):
    """The model file, byte for byte; without a random_state the seed is that of the run."""
    cls, y, arguments = RUNS[what]
    begun = interrupted(cls, tmp_path / "run", y, **arguments)
    assert (begun.n_iter_, begun.stopped_by_) == (5, "error")  # the exception has not lost the model

    resumed = cls(checkpoint_dir=tmp_path / "run", **{**SHARED, **arguments}).fit(X, y, resume=True)

    seed = {"random_state": 3} if "random_state" in arguments else {"random_state": SameSeed(begun._course.seed)}
    whole = cls(**{**SHARED, **arguments, **seed}).fit(X, y)
    assert resumed.n_iter_ == whole.n_iter_ > 5
    assert resumed.network_.theta.tobytes() == whole.network_.theta.tobytes()
    assert bytes_of(resumed, tmp_path / "resumed") == bytes_of(whole, tmp_path / "whole")


class SameSeed(np.random.RandomState):
    """A generator that gives this seed to whoever draws one."""

    def __init__(self, seed):
        super().__init__(0)
        self.seed_given = seed

    def randint(self, *arguments):
        return self.seed_given


def test_ctrl_c_keeps_the_best_weights_and_says_how_to_go_on(tmp_path):
    """Within the fifth epoch: the model is that of the epochs before, and a new process can go on."""
    model = FeedForwardRegressor(checkpoint_dir=tmp_path / "run", callbacks=[interrupt], random_state=3, **SHARED)
    with pytest.warns(TrainingWarning, match=r"interrupted in epoch 6; .* of epoch \d.*resume=True.*goes on"):
        model.fit(X, Y)
    assert (model.stopped_by_, model.n_iter_) == ("interrupt", 5)
    assert model.best_epoch_ == 1 + int(np.argmin(model.history_["validation_loss"]))

    again = FeedForwardRegressor(checkpoint_dir=tmp_path / "run", random_state=3, **SHARED).fit(X, Y, resume=True)
    whole = FeedForwardRegressor(random_state=3, **SHARED).fit(X, Y)
    assert bytes_of(again, tmp_path / "again") == bytes_of(whole, tmp_path / "whole")


def test_resume_begins_where_there_is_nothing_and_repeats_what_is_finished(tmp_path):
    """So that one line of a program serves the first start and every other."""
    arguments = {"checkpoint_dir": tmp_path / "run", "random_state": 3, **SHARED}
    called = []
    first = FeedForwardRegressor(callbacks=[lambda state: called.append(state.epoch)], **arguments)
    first.fit(X, Y, resume=True)
    again = FeedForwardRegressor(callbacks=[lambda state: called.append(state.epoch)], **arguments)
    again.fit(X, Y, resume=True)

    assert called == list(range(1, 13))
    assert bytes_of(again, tmp_path / "again") == bytes_of(first, tmp_path / "first")
    assert again.stopped_by_ == "max_epochs"


CHANGES = {
    "a penalty": ({"alpha": 0.1}, "alpha was 0.0 and is 0.1"),
    "the epochs": ({"max_iter": 13}, "max_iter was 12 and is 13"),
    "the network": ({"hidden_layer_sizes": (6,)}, r"hidden_layer_sizes was \[5\] and is \[6\]; the starting weights"),
    "a loss object": ({"loss": pellucid.Huber(2.0)}, r"loss was 'auto' and is Huber\(delta=2.0\)"),
    "the seed": ({"random_state": 4}, "random_state was 3 and is 4"),
    "a schedule": ({"learning_rate": pellucid.StepDecay(every=7)}, r"is StepDecay\(warmup=0.0, every=7"),
    "several at once": ({"alpha": 0.1, "solver": "sgd"}, "alpha was 0.0 and is 0.1; solver was 'adam' and is 'sgd'"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_other_settings_are_refused_by_name(what, tmp_path):
    changed, message = CHANGES[what]
    interrupted(FeedForwardRegressor, tmp_path / "run", random_state=3)

    arguments = {**SHARED, "random_state": 3, "checkpoint_dir": tmp_path / "run", **changed}
    with pytest.raises(ParameterError, match=f"cannot be resumed to the same end: .*{message}"):
        FeedForwardRegressor(**arguments).fit(X, Y, resume=True)


def test_other_rows_weights_and_validation_rows_are_refused(tmp_path):
    interrupted(FeedForwardRegressor, tmp_path / "run", random_state=3)
    model = FeedForwardRegressor(checkpoint_dir=tmp_path / "run", random_state=3, **SHARED)
    one = Y.copy()
    one[np.flatnonzero(one[:, 0])[0], 0] += 1e-3

    for rows, message in {
        "a target": ((X, one), "the training rows are others"),
        "the order": ((X[::-1], Y[::-1]), "the training rows are others"),
        "weights": ((X, Y, np.arange(1.0, 91.0)), "the training rows are others"),
        "validation": ((X, Y, None, X[:20], Y[:20]), "the training rows are others; the validation rows are others"),
        "names": ((X * 2, Y), "the encodings are others"),
    }.values():
        with pytest.raises(ParameterError, match=message):
            model.fit(*rows, resume=True)


@pytest.mark.parametrize(
    ("part", "name", "value", "message"),
    [
        ("environment", "numpy", "1.0.0", "numpy was 1.0.0 and is"),
        ("environment", "pellucid", "0.0.1", "pellucid was 0.0.1 and is"),
        ("environment", "engine", "compiled", "engine was compiled and is reference"),
        ("environment", "BLAS", "openblas 0.3 for Haswell, 64 threads", "64 threads and is"),
        ("environment", "numba", "0.60", "numba was 0.60 and is nothing"),
        ("environment", "processor", "Linux x86_64 skylake", "processor was Linux x86_64 skylake and is"),
        ("environment", "scikit-learn", "1.0", "scikit-learn was 1.0 and is nothing"),
    ],
)
def test_another_version_engine_processor_or_number_of_threads_is_refused(tmp_path, part, name, value, message):
    """As the run of another machine or installation would be: what decides its bytes is in the checkpoint."""
    model = interrupted(FeedForwardRegressor, tmp_path / "run", random_state=3)
    folder = pellucid.files.checkpoint_folder.CheckpointFolder(tmp_path / "run")
    description, arrays = folder.read()
    description[part][name] = value
    folder.write(description, arrays)

    with pytest.raises(ParameterError, match=message):
        model.set_params(callbacks=None).fit(X, Y, resume=True)


def test_with_a_score_the_version_of_scikit_learn_counts(tmp_path, monkeypatch):
    """Its scorers decide where the run stops; without one it computes nothing of it."""
    arguments = {"random_state": 3, "scoring": "r2"}
    model = interrupted(FeedForwardRegressor, tmp_path / "run", Y[:, 0], **arguments)
    monkeypatch.setattr("sklearn.__version__", "99.0")

    with pytest.raises(ParameterError, match=r"scikit-learn was .* and is 99.0"):
        model.set_params(callbacks=None).fit(X, Y[:, 0], resume=True)


def test_the_version_is_that_of_the_source_that_runs(tmp_path, monkeypatch):
    """Whatever is installed under its name."""
    monkeypatch.setattr("pellucid.__version__", "99.0")
    interrupted(FeedForwardRegressor, tmp_path / "run", random_state=3)

    description, _ = pellucid.files.checkpoint_folder.CheckpointFolder(tmp_path / "run").read()
    assert description["environment"]["pellucid"] == "99.0"


REFUSED = {
    "no folder": ({"checkpoint_dir": None}, ParameterError, r"`checkpoint_dir` .* must be a folder with resume=True"),
    "not a path": ({"checkpoint_dir": 3}, ParameterError, r"`checkpoint_dir` .* must be None or the path of a folder"),
    "not seconds": ({"checkpoint_seconds": 0}, ParameterError, r"`checkpoint_seconds` .* must be None or a number > 0"),
    "not epochs": ({"checkpoint_epochs": 1.5}, ParameterError, r"`checkpoint_epochs` .* whole number >= 1"),
    "epochs of nothing": (
        {"checkpoint_dir": None, "checkpoint_epochs": 3},
        ParameterError,
        r"`checkpoint_epochs` .* must be None without checkpoint_dir",
    ),
    "a class of callbacks": ({"callbacks": [pellucid.ProgressBar]}, ParameterError, r"`callbacks` .*\(not classes\)"),
    "no time": ({"max_time": -1}, ParameterError, r"`max_time` .* must be None or a number > 0"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_arguments_that_make_no_sense_are_refused_before_any_work(what, tmp_path):
    changed, error, message = REFUSED[what]
    with pytest.raises(error, match=message):
        FeedForwardRegressor(**{**SHARED, "checkpoint_dir": tmp_path / "run", **changed}).fit(X, Y, resume=True)
    assert os.listdir(tmp_path) == []


def test_resume_is_yes_or_no():
    with pytest.raises(ParameterError, match=r"`resume` parameter of FeedForwardRegressor.fit must be True or False"):
        FeedForwardRegressor(**SHARED).fit(X, Y, resume="yes")


def test_a_run_does_not_write_over_another(tmp_path):
    model = interrupted(FeedForwardRegressor, tmp_path / "run", random_state=3)
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}

    with pytest.raises(ParameterError, match="holds the checkpoints of a run already"):
        model.fit(X, Y)
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no flock")
def test_two_runs_cannot_have_one_folder_at_a_time(tmp_path):
    """The program was started again while it runs, say; the first goes on, and the second may resume after it."""
    arguments = {"checkpoint_dir": tmp_path / "run", "random_state": 3, **SHARED}
    refused = []

    def start_again(state):
        if state.epoch == 3:
            for resume in (False, True):
                with pytest.raises(ModelFileError, match="is in use by another process") as error:
                    FeedForwardRegressor(**arguments).fit(X, Y, resume=resume)
                refused.append(error)

    first = FeedForwardRegressor(callbacks=[start_again], **arguments).fit(X, Y)
    assert len(refused) == 2
    again = FeedForwardRegressor(**arguments).fit(X, Y, resume=True)
    assert bytes_of(again, tmp_path / "again") == bytes_of(first, tmp_path / "first")


def test_a_folder_is_free_after_whatever_ended_the_fit(tmp_path):
    """Though the error is still at hand, and a callback has kept what it was called with."""
    kept = []

    def keep(state):
        kept.append(state)
        if len(kept) < 3:
            raise Crash

    arguments = {"checkpoint_dir": tmp_path / "run", "checkpoint_epochs": 1, "random_state": 3, **SHARED}
    model = FeedForwardRegressor(callbacks=[keep], **arguments)
    with pytest.raises(Crash) as first:
        model.fit(X, Y)
    with pytest.raises(ParameterError) as second:
        clone(model).set_params(alpha=1.0).fit(X, Y, resume=True)
    with pytest.raises(Crash) as third:
        model.fit(X, Y, resume=True)
    copy = pickle.loads(pickle.dumps(model.set_params(callbacks=None)))
    assert copy.fit(X, Y, resume=True).n_iter_ == model.fit(X, Y, resume=True).n_iter_ == 12
    assert all((kept, first, second, third))


def test_a_model_file_in_the_folder_is_no_checkpoint(tmp_path):
    """It has the same format, and another content."""
    (tmp_path / "run").mkdir()
    FeedForwardRegressor(**SHARED).fit(X, Y).save(tmp_path / "run" / "checkpoint-000001.safetensors")

    with pytest.raises(ModelFileError, match="is no checkpoint of this version; give another folder"):
        FeedForwardRegressor(checkpoint_dir=tmp_path / "run", **SHARED).fit(X, Y, resume=True)


def test_rows_that_were_held_out_are_read_once(tmp_path, monkeypatch):
    """They lie in the same table as those to train on; a pass over it takes seconds where it is large."""
    read = []
    fingerprint = checkpointing.fingerprint
    monkeypatch.setattr(checkpointing, "fingerprint", lambda part: read.append(part) or fingerprint(part))
    FeedForwardRegressor(checkpoint_dir=tmp_path / "run", **SHARED).fit(X, Y)
    assert len(read) == 1

    FeedForwardRegressor(checkpoint_dir=tmp_path / "other", **SHARED).fit(X[20:], Y[20:], X_val=X[:20], y_val=Y[:20])
    assert len(read) == 3


def test_another_share_held_out_is_refused(tmp_path):
    interrupted(FeedForwardRegressor, tmp_path / "run", random_state=3)
    folder = pellucid.files.checkpoint_folder.CheckpointFolder(tmp_path / "run")
    description, arrays = folder.read()
    description["data"]["validation rows"] = "other places"
    folder.write(description, arrays)

    with pytest.raises(ParameterError, match="the validation rows are others"):
        FeedForwardRegressor(checkpoint_dir=tmp_path / "run", random_state=3, **SHARED).fit(X, Y, resume=True)


CRAFTED = {
    "parameters": (lambda d, a: a.update({"moment.theta": a["moment.theta"][:1]}), "moment.theta has not the shape"),
    "a place": (lambda d, a: d["progress"].update(unfinished={"position": -32}), "the unfinished epoch has not"),
    "the seed": (lambda d, a: d.update(seed=-1), "its seed is no whole number"),
    "settings": (lambda d, a: d.update(settings=[]), "its settings are not names and texts"),
    "an environment": (lambda d, a: d["environment"].update(numpy=None), "its environment are not names and texts"),
    "progress": (lambda d, a: d.update(progress=None), "the progress has not the names"),
}


@pytest.mark.parametrize("what", CRAFTED)
def test_what_no_run_can_have_left_is_refused_before_it_is_believed(what, tmp_path):
    """A file may be whole and have another content than any of ours: test_progress_check.py has the parts."""
    model = interrupted(FeedForwardRegressor, tmp_path / "run", random_state=3)
    folder = pellucid.files.checkpoint_folder.CheckpointFolder(tmp_path / "run")
    description, arrays = folder.read()
    change, clause = CRAFTED[what]
    change(description, arrays)
    folder.write(description, arrays)

    with pytest.raises(ModelFileError, match=f"does not describe a run of this version: {clause}"):
        model.set_params(callbacks=None).fit(X, Y, resume=True)


def test_a_target_that_is_missing_in_all_validation_rows_is_so_after_resuming(tmp_path):
    """Its loss is NaN, and that of the other target is what it was."""
    validation = {"X_val": X[:20], "y_val": np.column_stack([Y[:20, 0], np.full(20, np.nan)])}
    model = FeedForwardRegressor(checkpoint_dir=tmp_path / "run", callbacks=[crash], random_state=3, **SHARED)
    with pytest.raises(Crash):
        model.fit(X, Y, **validation)

    resumed = model.set_params(callbacks=None).fit(X, Y, resume=True, **validation)
    whole = FeedForwardRegressor(random_state=3, **SHARED).fit(X, Y, **validation)
    assert np.array_equal(
        resumed.history_["validation_by_target"], whole.history_["validation_by_target"], equal_nan=True
    )


def test_a_checkpoint_is_no_model_file(tmp_path):
    interrupted(FeedForwardRegressor, tmp_path / "run", random_state=3)
    newest = max((tmp_path / "run").iterdir())

    with pytest.raises(ModelFileError, match=re.escape(str(newest))):
        pellucid.load(newest)


def test_with_max_time_a_resumed_run_says_which_promise_it_does_not_keep(tmp_path):
    interrupted(FeedForwardRegressor, tmp_path / "run", random_state=3)
    arguments = {**SHARED, "checkpoint_dir": tmp_path / "run", "random_state": 3, "max_time": 3600}

    with pytest.warns(TrainingWarning, match="it need not end in the same bytes"):
        model = FeedForwardRegressor(**arguments).fit(X, Y, resume=True)
    assert model.n_iter_ == 12


@pytest.mark.skipif(not hasattr(os, "fork") or not hasattr(signal, "SIGKILL"), reason="needs fork and SIGKILL")
def test_twenty_kills_half_of_them_in_a_save_lose_nothing():
    """`benchmarks/kill_and_resume.py`: every checkpoint can be read, every resumed run ends in the same bytes."""
    command = [
        sys.executable,
        str(ROOT / "benchmarks" / "kill_and_resume.py"),
        "--kills",
        "20",
        "--engine",
        "reference",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)

    assert done.returncode == 0, done.stdout + done.stderr
    found = re.match(r"20 kills, (\d+) of them in a save, (\d+) runs .*: 0 unreadable checkpoints, 0 runs", done.stdout)
    assert found, done.stdout
    assert int(found[1]) >= 5  # else the saves were not hit, and nothing was shown
    assert int(found[2]) >= 1


def test_fresh_processes_in_other_folders_with_other_hash_seeds_fit_the_same_bytes():
    """`benchmarks/same_bytes.py` with three processes; it makes twenty."""
    command = [sys.executable, str(ROOT / "benchmarks" / "same_bytes.py"), "--fits", "3", "--engine", "reference"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("3 processes by the reference engine: 1 different mark(s)")
