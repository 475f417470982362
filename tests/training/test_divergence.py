"""A run that runs away: the layer in which it began, step by step, and the parameters that are kept."""

from dataclasses import dataclass

import numpy as np
import pytest

from pellucid.engines.choice import choose_engine
from pellucid.engines.protocol import EpochSums
from pellucid.mathematics.losses import LOSSES
from pellucid.mathematics.objective import Objective, Observations, target_totals
from pellucid.mathematics.schedules import Schedule
from pellucid.mathematics.structure import Network
from pellucid.mathematics.updates import Adam, Descent, GradientDescent, Momentum, RMSprop
from pellucid.training.divergence import Runaway, find_in_forward
from pellucid.training.history import History
from pellucid.training.lbfgs import LBFGS
from pellucid.training.loop import epoch_order, train
from pellucid.training.plan import Part, Plan
from pellucid.training.progress import copy_state

ENGINES = pytest.mark.parametrize("engine", ["reference", "compiled"])
# Of gradients that vanish or explode and units that die, which is what happens here.
IGNORE_TROUBLE = pytest.mark.filterwarnings("ignore::pellucid.errors.TrainingWarning")
RSS = Objective(LOSSES["rss"])


def part(X, Y, dtype=np.float64):
    X, Y = np.asarray(X, dtype), np.asarray(Y, dtype)
    return Part(Observations(X, Y, np.ones(len(X), dtype)), np.arange(len(X)))


def linear(*layers):
    return Network.from_arrays([(np.array(W, float), np.array(c, float), "linear") for W, c in layers])


def run(engine, network, training, solver, plan=None, **more):
    descent = solver if isinstance(solver, LBFGS) else Descent(solver)
    plan = plan or Plan(1, 3, shuffle=False)
    return train(choose_engine(engine), network, RSS, descent, training, plan, History("rss"), **more)


# What runs away in the first step, one row, all by pencil: (network, x, y, rate, expected).
SMALL = ([[1.0]], [0.0])
BY_PENCIL = {
    "h of the second of three layers: 1e200 · 1e200": (
        linear(([[1e200]], [0]), ([[1e200]], [0]), SMALL), 1.0, 1.0, 1.0, (2, "h"),
    ),
    "h of the first: 1e200 · 1e200": (linear(([[1e200]], [0]), SMALL), 1e200, 1.0, 1.0, (1, "h")),
    "the loss: 1e200 squared": (linear(SMALL, ([[1e200]], [0])), 1.0, 1.0, 1.0, (2, "loss")),
    "the squared gradient by c of layer 2, 2e150 · 1e150: on the way back it is before layer 1, not before 3": (
        linear(([[0.0]], [1]), SMALL, ([[1e150]], [0])), 1.0, 0.0, 1.0, (2, "gradient"),
    ),
    "the step of layer 2, 1e300 · 2e10; layer 1 has a gradient of 0": (
        linear(([[0.0]], [0]), ([[0.0]], [0])), 1.0, 1e10, 1e300, (2, "step"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_PENCIL)
@ENGINES
def test_the_layer_is_the_first_in_the_order_of_the_step(engine, name):
    network, x, y, rate, expected = BY_PENCIL[name]

    result = run(engine, network, part([[x]], [[y]]), GradientDescent(rate))

    assert (result.stopped_by, result.runaway) == ("not finite", Runaway(*expected))
    assert len(result.history) == result.best_epoch == 0
    assert result.network.theta.tolist() == network.theta.tolist()


def test_h_and_z_are_looked_at_layer_by_layer_over_all_rows():
    """Layer 2 overflows for an early row, and layer 1 for one beyond the first block: layer 1 is named."""
    network, X = linear(([[1e100]], [0]), ([[1e150]], [0])), np.ones((5000, 1))
    assert find_in_forward(network, X) is None

    X[3] = 1e100
    assert find_in_forward(network, X) == Runaway(2, "h")

    X[4999] = 1e300
    assert find_in_forward(network, X) == Runaway(1, "h")


@ENGINES
def test_a_step_in_the_middle_of_an_epoch_is_found_though_it_spreads_to_all_layers(engine):
    """The fourth of ten rows has x = 1e300 in an epoch of one slice: h of layer 1 is the first, and soon all is NaN."""
    X, Y = np.ones((10, 1)), np.ones((10, 1))
    X[3] = 1e300
    network = linear(([[1e10]], [0]), ([[1e-10]], [0]))

    result = run(engine, network, part(X, Y), GradientDescent(1e-25))

    assert result.runaway == Runaway(1, "h")


@dataclass(frozen=True)
class Growing(Schedule):
    """A rate that grows with every epoch: it learns, and then it runs away."""

    factor: float = 2.0

    def shares(self, progress, n_rows, max_epochs, state):
        return self.factor**progress


@IGNORE_TROUBLE
@pytest.mark.parametrize("make", [GradientDescent, Momentum, RMSprop, Adam])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@ENGINES
def test_the_failing_epoch_is_made_again_from_its_own_start(engine, dtype, make):
    """An oracle that never goes back: one session from the first step of the run to the one that fails."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(30, 3))
    training = part(X, np.sin(X[:, :1]) + 10, dtype)
    hidden = ["leaky_relu"] * 2  # no unit dies: all go on growing
    network = Network.initialise([3, 5, 4, 1], [*hidden, "linear"], random_state=1, dtype=np.dtype(dtype).name)
    solver, plan = make(1e-4), Plan(7, 400, seed=5, patience=1000, schedule=Growing(16.0))

    result = run(engine, network, training, solver, plan)

    epoch, expected = first_failure(engine, network, training, Descent(solver), plan)
    assert result.stopped_by == "not finite"
    assert len(result.history) == epoch - 1 > 0
    assert result.runaway == expected


def first_failure(engine, network, training, descent, plan):
    """The epoch and the layer, from a single pass of steps of one batch each."""
    totals, N, L = target_totals(training.data.Y, training.data.w), len(training.rows), len(network.W)
    session = choose_engine(engine).start(network, RSS, descent, training.data, totals, N, plan.batch_size)
    n_steps = -(-N // plan.batch_size)
    for epoch in range(1, plan.max_epochs + 1):
        rates = plan.schedule.rates(descent.learning_rate, epoch, n_steps, N, plan.max_epochs, plan.schedule.start())
        order = epoch_order(training.rows, True, plan.seed, epoch)
        for start in range(0, N, plan.batch_size):
            before, sums = session.theta.copy(), EpochSums.zeros(1, L)
            rows = order[start : start + plan.batch_size]
            with np.errstate(all="ignore"):
                session.run_slice(order, start, start + len(rows), sums, rates)
            if np.isfinite([*sums.losses, *sums.update_squares, *session.theta]).all():
                continue
            z = training.data.X[rows]
            for l, layer in enumerate(network.with_parameters(before).layers, start=1):
                with np.errstate(all="ignore"):
                    h = z @ layer.W.T + layer.c
                    z = layer.activation.value(h)
                if not np.isfinite(h).all():
                    return epoch, Runaway(l, "h")
            if not np.isfinite(sums.losses).all():
                return epoch, Runaway(L, "loss")
            bad = np.flatnonzero(~np.isfinite(sums.gradient_squares))
            if len(bad):
                return epoch, Runaway(int(bad[-1]) + 1, "gradient")
            moved = network.with_parameters(session.theta)
            return epoch, Runaway(
                next(
                    l
                    for l, (W, c) in enumerate(zip(moved.W, moved.c, strict=True), start=1)
                    if not (np.isfinite(W).all() and np.isfinite(c).all() and np.isfinite(sums.update_squares[l - 1]))
                ),
                "step",
            )
    raise AssertionError("the run never failed: the test shows nothing")


@pytest.mark.parametrize("solver", [GradientDescent(0.1), Momentum(0.01), RMSprop(0.01), Adam(0.01)], ids=str)
@ENGINES
def test_a_session_restored_goes_on_with_the_same_bits(engine, solver, rng):
    X = rng.normal(size=(20, 3))
    training = part(X, X[:, :1])
    network = Network.initialise([3, 4, 1], ["tanh", "linear"], random_state=1)
    session = choose_engine(engine).start(
        network, RSS, Descent(solver), training.data, target_totals(training.data.Y, training.data.w), 20, 6
    )

    def make_epoch():
        session.run_slice(rng.permutation(20), 0, 20, EpochSums.zeros(1, 2), np.full(4, 0.01))

    make_epoch()
    theta, state = session.theta.copy(), copy_state(session.state)
    order = rng.permutation(20)
    ends = []
    for _ in range(2):
        session.run_slice(order, 0, 20, EpochSums.zeros(1, 2), np.full(4, 0.01))
        ends.append((session.theta.tobytes(), [np.asarray(part).tobytes() for part in session.state]))
        make_epoch()
        session.restore(theta, state, 0)

    assert ends[0] == ends[1]


@pytest.mark.parametrize("solver", [GradientDescent(1e-10), LBFGS()], ids=["gd", "lbfgs"])
@ENGINES
def test_validation_rows_that_run_away_are_searched_too(engine, solver):
    """x = 1e20 on the way through 1e150 and 1e150; the training row x = 0 sees nothing of it."""
    network = linear(([[1e150]], [0]), ([[1e150]], [0]), SMALL)
    # For L-BFGS a row that is fitted exactly: the start is the answer, and the validation rows are looked at once.
    y = 1.0 if isinstance(solver, GradientDescent) else 0.0

    with np.errstate(all="ignore"):
        result = run(engine, network, part([[0.0]], [[y]]), solver, validation=part([[1e20]], [[1.0]]))

    assert (result.stopped_by, result.runaway) == ("not finite", Runaway(2, "h"))


@ENGINES
def test_l_bfgs_names_the_layer_of_a_start_that_is_not_finite(engine):
    network = linear(([[1e200]], [0]), ([[1e200]], [0]), SMALL)

    result = run(engine, network, part([[1.0]], [[1.0]]), LBFGS())

    assert (result.stopped_by, result.runaway, len(result.history)) == ("not finite", Runaway(2, "h"), 0)


@IGNORE_TROUBLE
@pytest.mark.parametrize("with_validation", [False, True])
@ENGINES
def test_the_best_parameters_so_far_are_kept_whatever_came_after(engine, with_validation):
    """The rate grows epoch by epoch: first it learns, then it runs away."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(40, 3))
    training, validation = part(X, X[:, :1]), part(X[::2] + 0.1, X[::2, :1])
    network = Network.initialise([3, 6, 1], ["relu", "linear"], random_state=1)
    seen = [network.theta]

    result = run(
        engine, network, training, GradientDescent(1e-3),
        Plan(40, 500, patience=500, schedule=Growing()),
        validation=validation if with_validation else None,
        callbacks=[lambda state: seen.append(state.network.theta)],
    )  # fmt: skip

    watched = result.history["validation_loss" if with_validation else "training_loss"]
    assert result.stopped_by == "not finite"
    assert 3 < np.argmin(watched) + 1 < len(watched) - 1
    assert result.best_epoch == 1 + np.argmin(watched)
    assert (result.network.theta == seen[result.best_epoch]).all()
    assert watched.min() < watched[0] / 3
    assert np.isfinite(watched).all()


@ENGINES
def test_where_every_epoch_was_worse_the_starting_weights_are_kept(engine):
    """y = 2 x from a start of 1, by gradient descent whose every step is far too long."""
    network = linear(([[1.0]], [0.0]))
    training = part([[1.0]], [[2.0]])

    result = run(
        engine, network, training, GradientDescent(1e3), validation=training, plan=Plan(1, 1000, patience=1000)
    )

    assert result.stopped_by == "not finite"
    assert len(result.history) > 10
    assert result.best_epoch == 0
    assert result.network.theta.tolist() == [1.0, 0.0]


@ENGINES
def test_a_run_that_does_not_run_away_names_no_layer(engine):
    assert run(engine, linear(SMALL), part([[1.0]], [[2.0]]), GradientDescent(0.1)).runaway is None
