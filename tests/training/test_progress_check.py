"""What a checkpoint says is either what a run could have left there, or it is refused: nothing else is raised."""

import copy
import json
import math

import numpy as np
import pytest

from pellucid.engines import reference
from pellucid.engines.choice import choose_engine
from pellucid.mathematics.losses import LOSSES
from pellucid.mathematics.objective import Objective, Observations
from pellucid.mathematics.rules import is_number
from pellucid.mathematics.structure import Network
from pellucid.mathematics.updates import Adam, Descent, Momentum
from pellucid.training.history import EpochRecord, History
from pellucid.training.lbfgs import LBFGS
from pellucid.training.loop import train
from pellucid.training.plan import Part, Plan
from pellucid.training.progress_check import Task, Wrong, check_progress
from pellucid.training.progress_parts import columns_of, put_together, records_of, take_apart
from pellucid.training.saving import Saver

NETWORK = Network.initialise([3, 4, 2], ["tanh", "linear"], random_state=1)
SOLVERS = {"adam": Descent(Adam(0.01)), "momentum": Descent(Momentum(0.01)), "lbfgs": LBFGS()}
NASTY = [None, True, -1, 0, 0.5, 7, 2**60, 10**400, "x", "", [], ["x", 1], {}, {"x": 1}, [[]], -1e300]


def task_of(solver):
    state = None if isinstance(solver, LBFGS) else solver.init(NETWORK.theta)
    return Task(NETWORK, state, 2, 30, 8, 4)


@pytest.fixture(params=SOLVERS, scope="module")
def saved(request):
    """The task of a run, and the description and arrays of a checkpoint: within an epoch, where there can be one."""
    solver, written = SOLVERS[request.param], []
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 3))
    part = Part(Observations(X, X[:, :2] * X[:, 1:], np.ones(30)), np.arange(30))
    plan = Plan(30 if isinstance(solver, LBFGS) else 8, 4, can_continue=True)
    saver = Saver(lambda progress: written.append(take_apart(progress)), epochs=1, seconds=1e-9)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference, "BLOCK_ROWS", 8)  # a slice is a batch
        train(
            choose_engine("reference"), NETWORK, Objective(LOSSES["rss"], (1.0, 1.0)), solver, part, plan,
            History("rss"), part, saver=saver,
        )  # fmt: skip
    within = [one for one in written if one[0]["unfinished"] is not None]
    description, arrays = (within or written)[-1]
    return task_of(solver), json.loads(json.dumps(description)), arrays


def verdict(description, arrays, task):
    """Wrong, or what is put together is what was there."""
    try:
        check_progress(description, arrays, task)
    except Wrong:
        return "refused"
    again, again_arrays = take_apart(put_together(description, arrays, task.state))
    assert json.loads(json.dumps(again)) == description
    assert {name: array.tobytes() for name, array in again_arrays.items()} == {
        name: array.tobytes() for name, array in arrays.items()
    }
    return "taken"


def places_in(value, path=()):
    """The paths of everything in a description."""
    yield path
    for name, part in value.items() if isinstance(value, dict) else ():
        yield from places_in(part, (*path, name))


def changed(description, path, value):
    """The description with another value at the place."""
    if not path:
        return value
    other = copy.deepcopy(description)
    part = other
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    return other


def test_what_a_run_writes_is_taken(saved):
    task, description, arrays = saved
    assert verdict(description, arrays, task) == "taken"


def test_whatever_stands_at_any_place_of_the_description_it_is_refused_or_taken_as_it_is(saved):
    """Each place has each of the values, is left out, and has a neighbour it does not know."""
    task, description, arrays = saved
    found = {"refused": 0, "taken": 0}
    for path in places_in(description):
        for value in NASTY:
            found[verdict(changed(description, path, value), arrays, task)] += 1
        if path:
            without = changed(description, path, None)
            part = without
            for name in path[:-1]:
                part = part[name]
            del part[path[-1]]
            assert verdict(without, arrays, task) == "refused"
            part[path[-1]], part["unknown"] = None, 1
            assert verdict(without, arrays, task) == "refused"
    assert found["refused"] > found["taken"] > 0


def test_whatever_an_array_is_instead_it_is_refused(saved):
    """Left out, under another name, longer, shorter, of another rank or dtype: kernels trust all of these."""
    task, description, arrays = saved
    for name, array in arrays.items():
        others = [array[:-1], np.concatenate([array, array[-1:]]), array[None], array.ravel()[:0], array.reshape(-1, 1),
                  array.astype(np.float32), array.astype(np.int64), array.astype(np.float64) + 0.5]  # fmt: skip
        for other in others:
            if other.dtype != array.dtype or other.shape != array.shape:
                assert verdict(description, arrays | {name: other}, task) == "refused", name
        rest = {key: value for key, value in arrays.items() if key != name}
        assert verdict(description, rest | {f"{name}.x": array}, task) == "refused"
        optional = name in ("history.validation_loss", "history.validation_by_target", "history.learning_rate")
        assert verdict(description, rest, task) == ("taken" if optional else "refused")


WRONG = {
    "another network": (lambda d, a: a.update({"moment.theta": a["moment.theta"][:1]}), "moment.theta has not the sha"),
    "no number": (lambda d, a: a["best_theta"].fill(np.nan), "best_theta is not finite"),
    "epochs that are none": (lambda d, a: a["history.epoch"].fill(99), "its epochs are not 1, 2, ... up to 4"),
    "more epochs than the run": (
        lambda d, a: a.update({"history.epoch": np.arange(1, 6)}), "its epochs are not 1, 2, ... up to 4 at most"),
    "units below 0": (lambda d, a: a["history.dead_units"].fill(-1), "history.dead_units counts below 0"),
    "time that runs back": (lambda d, a: a["history.seconds"].fill(-1), "history.seconds are no numbers >= 0"),
    "a place before the rows": (lambda d, a: d["unfinished"].update(position=-8), "between two batches"),
    "a place within a batch": (lambda d, a: d["unfinished"].update(position=9), "between two batches"),
    "a place after the rows": (lambda d, a: d["unfinished"].update(position=32), "between two batches"),
    "sums of no target": (lambda d, a: a.update({"sums.losses": np.zeros(0)}), "sums.losses has not the shape"),
    "a best epoch to come": (lambda d, a: d["stopper"].update(best_epoch=77), "best_epoch of the stopper"),
    "steps below 0": (lambda d, a: d["moment"].update(n_steps=-5), "n_steps of moment is no whole number"),
    "a step of the solver below 0": (lambda d, a: d["moment"]["counts"].update(t=-1), "t of moment is no whole"),
    "a reason of its own": (lambda d, a: d.update(stopped_by="<b>"), "it ended for no reason that there is"),
    "a text that is none": (lambda d, a: d.update(told=[1]), "what it has told is no list of texts"),
    "an infinite time": (lambda d, a: d.update(seconds=math.inf), "its seconds are no number >= 0"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize("saved", ["adam"], indirect=True)
def test_what_is_wrong_is_said(saved, what):
    task, description, arrays = copy.deepcopy(saved)
    change, clause = WRONG[what]
    change(description, arrays)

    with pytest.raises(Wrong, match=clause):
        check_progress(description, arrays, task)


def record(epoch, **more):
    values = {"epoch": epoch, "training_loss": 1.0, "training_by_target": (1.0, 2.0), "validation_loss": 1.0,
              "validation_by_target": (4.26, 1.0), "learning_rate": 0.1, "dead_units": (0,), "saturated_units": (1,),
              "gradient_norms": (1.0,), "update_norms": (1.0,), "seconds": 0.5}  # fmt: skip
    return EpochRecord(**(values | more))


def test_a_loss_that_is_not_a_number_is_no_loss_that_is_not_there():
    """The second is None: no rows to validate on. The first is of a target that is missing in all of them."""
    nothing = {"validation_loss": None, "validation_by_target": None}
    for records in (
        [record(1, validation_by_target=(4.26, math.nan)), record(2)],
        [record(1, **nothing), record(2, validation_by_target=(4.26, math.nan))],
        [record(1, **nothing), record(2, **nothing)],
    ):
        columns = columns_of(records)
        assert repr(records_of(columns)) == repr(records)  # NaN is not equal to itself
        assert {name for name in columns if name.startswith("given.")} in (
            set(),
            {"given.validation_loss", "given.validation_by_target"},
        )


def test_a_number_beyond_all_others_is_refused_as_one():
    assert not is_number(10**400)
    assert is_number(10**300)
