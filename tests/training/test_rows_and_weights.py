"""Weights are repeated rows for every solver and loss; the mini-batches of an epoch average to the full gradient."""

import numpy as np
import pytest

import cases
from pellucid.engines.choice import choose_engine
from pellucid.engines.protocol import EpochSums
from pellucid.mathematics.losses import RSS
from pellucid.mathematics.objective import Objective, Observations, batch_gradient, target_totals
from pellucid.mathematics.updates import Adam, Descent, GradientDescent, Momentum, RMSprop
from pellucid.training.history import History
from pellucid.training.lbfgs import LBFGS
from pellucid.training.loop import train
from pellucid.training.plan import Part, Plan

ENGINES = pytest.mark.parametrize("engine", ["reference", "compiled"])
# Each loss once, with the first output activation that it takes: found here, so that a new one is tested at once.
HEADS = pytest.mark.parametrize("head", {head.loss: head for head in reversed(cases.HEADS)}.values(), ids=str)
SOLVERS = {
    "gd": Descent(GradientDescent(0.05)),
    "momentum": Descent(Momentum(0.01, nesterov=False)),
    "nesterov": Descent(Momentum(0.01)),
    "rmsprop": Descent(RMSprop(0.01)),
    "adam": Descent(Adam(0.01)),
    "adamw, clipped": Descent(Adam(0.01), weight_decay=0.1, clip_norm=0.1),
    "lbfgs": LBFGS(),
}
EPOCHS = {"lbfgs": 10}  # 30 for the others


def make_rows(rng, head, N=25, D_y=3):
    """Rows with some targets missing, and weights 1, 2 or 3."""
    X, Y = rng.normal(size=(N, 3)), cases.make_targets(rng, head.loss, N, D_y)
    Y[rng.integers(0, N, 4), rng.integers(0, Y.shape[1], 4)] = np.nan
    return X, Y, rng.integers(1, 4, N)


def path(engine, network, objective, solver, X, Y, w, epochs):
    """theta after each epoch of full batches, (epochs, size of theta)."""
    seen = []
    rows = np.arange(len(X))
    train(
        choose_engine(engine), network, objective, solver, Part(Observations(X, Y, w.astype(np.float64)), rows),
        Plan(len(X), epochs, patience=epochs + 1, min_change=0), History(objective.loss.name),
        callbacks=[lambda state: seen.append(state.network.theta)],
    )  # fmt: skip
    return np.array(seen)


def weighted_and_repeated(engine, network, objective, solver, rows, epochs):
    X, Y, w = rows
    times = np.repeat(np.arange(len(X)), w)
    weighted = path(engine, network, objective, solver, X, Y, w, epochs)
    repeated = path(engine, network, objective, solver, X[times], Y[times], np.ones(len(times)), epochs)
    return weighted, repeated


@pytest.mark.filterwarnings("ignore::pellucid.errors.TrainingWarning")
@HEADS
@pytest.mark.parametrize("solver", SOLVERS)
@ENGINES
def test_a_weight_is_so_many_rows(engine, solver, head, rng, close):
    """The parameters after thirty epochs, with penalties, target weights and missing targets."""
    network = cases.make_network(rng, head, "tanh", 2)
    rows = make_rows(rng, head)
    objective = Objective(head.loss, tuple(rng.uniform(0.5, 2, rows[1].shape[1])), alpha=0.01, l1=0.001)

    weighted, repeated = weighted_and_repeated(
        engine, network, objective, SOLVERS[solver], rows, EPOCHS.get(solver, 30)
    )

    assert np.abs(weighted[-1] - network.theta).max() > 0.01, "nothing was learnt: the test shows nothing"
    close("6, weights = repetition", weighted[-1], repeated[-1], 1e-10, f"{engine}, {solver}, {head}")


@ENGINES
def test_l_bfgs_drifts_apart_no_faster_than_its_own_path_magnifies_a_change_of_the_start(engine, rng):
    """Why L-BFGS keeps 1e-10 for ten iterations and not for sixty.

    Weighted and repeated rows give J and its gradient with other rounding, some eps in each iteration. What becomes of
    that is up to the iteration itself: a path in a valley that is not convex magnifies any change, here about tenfold
    in eight iterations. The magnification M_k is measured with a change of the start by 1e-12; the difference between
    the two runs stays within 100 eps M_k, so no line search and no order of summation could make it much smaller.
    """
    head = cases.Head(RSS(), "linear")
    network = cases.make_network(rng, head, "tanh", 1, D_y=1)
    X, Y, w = make_rows(rng, head, N=60, D_y=1)
    objective, change = Objective(RSS()), 1e-12

    weighted, repeated = weighted_and_repeated(engine, network, objective, LBFGS(), (X, Y, w), 60)
    moved = network.with_parameters(network.theta * (1 + change * rng.choice([-1, 1], network.theta.shape)))
    nearby = path(engine, moved, objective, LBFGS(), X, Y, w, 60)

    sizes = np.abs(repeated).max(axis=1)
    magnified = np.abs(nearby - weighted).max(axis=1) / sizes / change
    apart = np.abs(repeated - weighted).max(axis=1) / sizes
    limit = 100 * np.finfo(float).eps * np.maximum.accumulate(np.maximum(magnified, 1))
    assert magnified[-1] > 100, "the path magnifies nothing: the test shows nothing"
    assert (apart <= limit).all(), f"beyond its limit by the factor {(apart / limit).max():.3g}"


@HEADS
@pytest.mark.parametrize("batch_size", [1, 4, 7, 25])
@ENGINES
def test_the_mini_batches_of_an_epoch_average_to_the_full_gradient(engine, batch_size, head, rng, close):
    """As the session itself makes them: from theta one step of gradient descent for each batch, each row counted once.

    A batch divides by its size times the mean weight of all rows, whatever weights and missing targets it has itself.
    """
    network = cases.make_network(rng, head, "tanh", 2)
    X, Y, w = make_rows(rng, head)
    data = Observations(X, Y, w.astype(np.float64))
    objective, totals = Objective(head.loss, alpha=0.1, l1=0.05), target_totals(data.Y, data.w)
    whole = batch_gradient(objective, network, data, objective.scales(totals))[1]
    session = choose_engine(engine).start(
        network, objective, Descent(GradientDescent(1.0)), data, totals, len(X), batch_size
    )

    order, mean = rng.permutation(len(X)), np.zeros_like(whole)
    rates = np.ones(-(-len(X) // batch_size))
    for start in range(0, len(X), batch_size):
        stop = min(start + batch_size, len(X))
        session.restore(network.theta, session.state, 0)
        session.run_slice(order, start, stop, EpochSums.zeros(len(totals), 3), rates)
        mean += (stop - start) / len(X) * (network.theta - session.theta)

    close("6, mini-batches unbiased", mean, whole, 1e-12, f"{engine}, batches of {batch_size}, {head}")
