"""Rung 6: a run taken up where it stood ends in the bytes of one that never stopped, wherever it stood."""

import json
import warnings
from dataclasses import asdict

import numpy as np
import pytest

from pellucid.engines import reference
from pellucid.engines.choice import choose_engine
from pellucid.engines.compiled import engine as compiled
from pellucid.errors import ModelFileError, TrainingWarning
from pellucid.mathematics.dropout import Dropout
from pellucid.mathematics.losses import LOSSES
from pellucid.mathematics.objective import Objective, Observations
from pellucid.mathematics.schedules import Constant, ReduceOnPlateau
from pellucid.mathematics.structure import Network
from pellucid.mathematics.updates import Adam, Descent, GradientDescent, Momentum, RMSprop
from pellucid.training import run as run_module
from pellucid.training.history import History
from pellucid.training.lbfgs import LBFGS
from pellucid.training.loop import train
from pellucid.training.plan import Part, Plan
from pellucid.training.progress_check import Task, check_progress
from pellucid.training.progress_parts import put_together, take_apart
from pellucid.training.saving import Saver

ENGINES = pytest.mark.parametrize("engine", ["reference", "compiled"])
SOLVERS = [Descent(GradientDescent(0.1)), Descent(Momentum(0.01), weight_decay=0.1), Descent(RMSprop(0.01)),
           Descent(Adam(0.01), clip_norm=1.0), LBFGS()]  # fmt: skip
OBJECTIVE = Objective(LOSSES["rss"], (1.0, 0.5), 0.01, 0.001)


@pytest.fixture(autouse=True)
def short_slices(monkeypatch):
    """A slice is one batch of 8 rows, so that a run can be saved within an epoch of 30."""
    monkeypatch.setattr(reference, "BLOCK_ROWS", 8)
    monkeypatch.setattr(compiled, "rows_per_slice", lambda *sizes, **more: 8)


def make_part(rng, n):
    X = rng.normal(size=(n, 3))
    Y = np.column_stack([np.sin(X[:, 0]), X[:, 1] * X[:, 2]])
    return Part(Observations(X, Y, rng.uniform(0.5, 2, n)), np.arange(n))


def make_network():
    return Network.initialise([3, 5, 2], ["tanh", "linear"], random_state=1)


class Every:
    """Keeps the progress of a run at every place where it can be saved, as JSON and arrays hold it."""

    def __init__(self):
        self.written = []
        self.saver = Saver(self.write, epochs=1, seconds=1e-9)

    def write(self, progress):
        description, arrays = take_apart(progress)
        self.written.append((json.dumps(description), {name: array.copy() for name, array in arrays.items()}))

    def progress(self, i, solver):
        description, arrays = self.written[i]
        state = None if isinstance(solver, LBFGS) else solver.init(make_network().theta)
        task = Task(make_network(), state, 2, 30, 40 if isinstance(solver, LBFGS) else 8, 100)
        check_progress(json.loads(description), arrays, task)  # what a run writes is what it believes
        return put_together(json.loads(description), arrays, state)


def go(engine, solver, training, validation, plan, **more):
    history = History("rss", ("a", "b"))
    return train(
        choose_engine(engine), make_network(), OBJECTIVE, solver, training, plan, history, validation, **more
    )  # fmt: skip


def record_of(result):
    """All that a run gives back and leaves for another, but for its seconds."""
    description, arrays = take_apart(result.progress)
    arrays.pop("history.seconds", None)
    return {
        "theta": result.network.theta.tobytes(),
        "history": [{**asdict(record), "seconds": 0} for record in result.history],
        "best": result.best_epoch,
        "stopped": result.stopped_by,
        "left": {**description, "seconds": 0},
        "arrays": {name: array.tobytes() for name, array in arrays.items()},
    }


def plan_of(solver, **more):
    return Plan(40 if isinstance(solver, LBFGS) else 8, 5, patience=100, seed=7, can_continue=True, **more)


@pytest.mark.parametrize("disturbed", [False, True], ids=["plain", "dropout, plateau"])
@pytest.mark.parametrize("validates", [False, True], ids=["", "validation"])
@pytest.mark.parametrize("solver", SOLVERS, ids=lambda solver: type(getattr(solver, "solver", solver)).__name__)
@ENGINES
def test_from_every_place_where_it_can_be_saved_a_run_ends_in_the_same_bytes(engine, solver, validates, disturbed, rng):
    """Within an epoch and between two, with masks, noise, a schedule that watches, and validation."""
    more = {}
    if disturbed and isinstance(solver, LBFGS):
        pytest.skip("L-BFGS takes neither")
    if disturbed:
        more = {"dropout": Dropout((0.1, 0.3), 0.1, seed=3), "schedule": ReduceOnPlateau(patience=1)}
    training, validation = make_part(rng, 30), make_part(rng, 10) if validates else None
    plan, every = plan_of(solver, **more), Every()
    whole = record_of(go(engine, solver, training, validation, plan))

    saved = record_of(go(engine, solver, training, validation, plan, saver=every.saver))

    assert saved == whole
    places = [every.progress(i, solver) for i in range(len(every.written))]
    within = [place for place in places if place.unfinished is not None]
    assert len(within) == (0 if isinstance(solver, LBFGS) else 15)  # after 3 of the 4 batches of 5 epochs
    assert len({place.epoch for place in places}) == 6
    for place in places:
        assert record_of(go(engine, solver, training, validation, plan, progress=place)) == whole


@ENGINES
def test_ten_and_ten_epochs_are_twenty(engine, rng):
    """A run that was over by its epochs goes on with more of them."""
    training, solver = make_part(rng, 30), Descent(Adam(0.01))
    twenty = record_of(go(engine, solver, training, None, Plan(8, 20, patience=100)))

    ten = go(engine, solver, training, None, Plan(8, 10, patience=100))
    more = go(engine, solver, training, None, Plan(8, 20, patience=100), progress=open_again(ten.progress))

    assert (record_of(more), len(ten.history)) == (twenty, 10)


def open_again(progress):
    assert progress.stopped_by == "max_epochs"
    return progress.__class__(**{**progress.__dict__, "stopped_by": None})


@ENGINES
def test_an_interrupt_in_the_middle_of_a_slice_leaves_the_run_at_its_last_whole_epoch(engine, rng, monkeypatch):
    """Ctrl-C in the third epoch: that of the second is kept and saved, and from there the run ends as it would have."""
    training, solver, plan, every = make_part(rng, 30), Descent(Adam(0.01)), plan_of(None), Every()
    every.saver.seconds = None
    whole = record_of(go(engine, solver, training, None, plan))
    calls = []

    def interrupted(self, *arguments):
        calls.append(None)
        if len(calls) == 4 * 2 + 2 + (engine == "compiled"):  # which is called once more, for no rows, to be loaded
            original(self, *arguments)
            raise KeyboardInterrupt
        return original(self, *arguments)

    cls = {"reference": reference.ReferenceSession, "compiled": compiled.CompiledSession}[engine]
    original = cls.run_slice
    with monkeypatch.context() as patch:
        patch.setattr(cls, "run_slice", interrupted)
        stopped = go(engine, solver, training, None, plan, saver=every.saver)

    assert (stopped.stopped_by, len(stopped.history), stopped.best_epoch) == ("interrupt", 2, 2)
    assert record_of(go(engine, solver, training, None, plan, progress=every.progress(-1, solver))) == whole


def test_what_a_callback_raises_is_given_back_beside_the_model(rng):
    """The epoch after which it was raised is whole, saved, and the run goes on from it to the same end."""
    training, solver, plan, every = make_part(rng, 30), Descent(Adam(0.01)), plan_of(None), Every()

    def fail(state):
        if state.epoch == 3:
            raise RuntimeError("no more disk for pictures")

    result = go("reference", solver, training, None, plan, callbacks=[fail], saver=every.saver)

    assert (result.stopped_by, str(result.error), len(result.history)) == ("error", "no more disk for pictures", 3)
    again = go("reference", solver, training, None, plan, progress=every.progress(-1, solver))
    assert record_of(again) == record_of(go("reference", solver, training, None, plan))


def test_a_finished_run_is_not_run_again(rng):
    """Its result is made from what was saved: no callback is called, and the bytes are the same."""
    training, solver, every = make_part(rng, 30), Descent(Adam(0.01)), Every()
    whole = go("reference", solver, training, None, plan_of(None), saver=every.saver)
    called = []

    again = go("reference", solver, training, None, plan_of(None), progress=every.progress(-1, solver),
               callbacks=[called.append])  # fmt: skip

    assert (record_of(again), called) == (record_of(whole), [])


@ENGINES
def test_a_run_that_runs_away_after_it_was_taken_up_says_the_same_as_the_whole_one(engine, rng):
    """The failing epoch is made once more from its beginning, also where the run was taken up within it."""
    training, solver, every = make_part(rng, 30), Descent(GradientDescent(80.0)), Every()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TrainingWarning)
        whole = go(engine, solver, training, None, Plan(8, 50, patience=100), saver=every.saver)
        assert whole.stopped_by == "not finite"
        for i in range(len(every.written)):
            again = go(engine, solver, training, None, Plan(8, 50, patience=100), progress=every.progress(i, solver))
            assert (again.runaway, record_of(again)) == (whole.runaway, record_of(whole))


class Clock:
    """Seconds that pass by one whenever somebody looks."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self):
        self.now += 1.0
        return self.now


def test_when_its_time_is_over_a_run_ends_between_two_batches_with_the_last_whole_epoch(rng, monkeypatch):
    """The first epoch is made whole, however short the time; an unfinished one is dropped."""
    training, solver = make_part(rng, 30), Descent(Adam(0.01))
    whole = go("reference", solver, training, None, Plan(8, 20, patience=100))
    for max_time, epochs in ((1e-3, 1), (10.0, 2)):
        monkeypatch.setattr(run_module, "time", Clock())
        result = go("reference", solver, training, None, Plan(8, 20, patience=100, max_time=max_time))
        assert (result.stopped_by, len(result.history)) == ("max_time", epochs)
        assert result.history.records[-1].training_loss == whole.history.records[epochs - 1].training_loss


def test_a_checkpoint_that_cannot_be_written_stops_a_run_before_it_begins_and_not_later(rng):
    """At the start nothing is lost yet; later the run is worth more than its copy."""
    training, solver, plan = make_part(rng, 30), Descent(Adam(0.01)), plan_of(None)
    written = []

    def full(progress):
        written.append(progress.epoch)
        if len(written) > n_good:
            raise ModelFileError("the disk is full")

    n_good = 0
    with pytest.raises(ModelFileError, match="the disk is full"):
        go("reference", solver, training, None, plan, saver=Saver(full, epochs=1))
    assert written == [0]

    written.clear()
    n_good = 1
    with pytest.warns(TrainingWarning, match="Training goes on, but without a new checkpoint: the disk is full"):
        result = go("reference", solver, training, None, plan, saver=Saver(full, epochs=1))
    assert record_of(result) == record_of(go("reference", solver, training, None, plan))
    assert written == [0, 1, 2, 3, 4, 5, 5]


def test_savers_write_every_so_many_epochs_or_seconds(rng, monkeypatch):
    """Every second epoch, or whenever 20 looks at the clock have passed; and at the beginning and the end."""
    training, solver, plan, every = make_part(rng, 30), Descent(Adam(0.01)), plan_of(None), Every()
    every.saver = Saver(every.write, epochs=2)
    go("reference", solver, training, None, plan, saver=every.saver)
    assert [every.progress(i, solver).epoch for i in range(len(every.written))] == [0, 2, 4, 5]

    every = Every()
    every.saver = Saver(every.write, seconds=11.0)
    monkeypatch.setattr("pellucid.training.saving.time", Clock())
    go("reference", solver, training, None, plan, saver=every.saver)
    places = [every.progress(i, solver) for i in range(len(every.written))]
    assert [(place.epoch, place.unfinished and place.unfinished.position) for place in places] == [
        (0, None), (2, 24), (5, None)
    ]  # fmt: skip


def test_a_constant_schedule_has_no_end_and_a_cosine_one():
    from pellucid.mathematics.schedules import Cosine, OneCycle

    assert [cls.has_horizon for cls in (Constant, ReduceOnPlateau, Cosine, OneCycle)] == [False, False, True, True]


class Closed:
    """A callback with something to close, which fails."""

    def __call__(self, state):
        return False

    def close(self):
        raise OSError("the disk of the log is full")


def leave(state):
    if state.epoch == 3:
        raise SystemExit(3)


def test_neither_a_close_that_fails_nor_an_exit_loses_the_model(rng):
    """Both come back beside the model; the first after all epochs, whose end is saved as that."""
    training, solver, every = make_part(rng, 30), Descent(Adam(0.01)), Every()
    whole = go("reference", solver, training, None, plan_of(None))

    closed = go("reference", solver, training, None, plan_of(None), callbacks=[Closed()], saver=every.saver)
    assert str(closed.error) == "the disk of the log is full"
    assert record_of(closed) == record_of(whole)
    assert every.progress(-1, solver).stopped_by == "max_epochs"

    left = go("reference", solver, training, None, plan_of(None), callbacks=[leave])
    assert (type(left.error), left.stopped_by, len(left.history)) == (SystemExit, "error", 3)


@pytest.mark.parametrize("raised", [KeyboardInterrupt(), TrainingWarning("a warning made an error")], ids=repr)
def test_what_is_raised_in_the_last_save_does_not_lose_the_model(rng, raised):
    """A second Ctrl-C, or a disk that is full where warnings are errors."""
    training, solver = make_part(rng, 30), Descent(Adam(0.01))
    whole = go("reference", solver, training, None, plan_of(None))

    def write(progress):
        if progress.stopped_by is not None:
            raise raised

    result = go("reference", solver, training, None, plan_of(None), saver=Saver(write))
    assert result.network.theta.tobytes() == whole.network.theta.tobytes()
    assert (result.stopped_by, result.error) == (
        ("interrupt", None) if isinstance(raised, KeyboardInterrupt) else ("max_epochs", raised)
    )
