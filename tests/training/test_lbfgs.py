"""L-BFGS: the minimum itself where there is a closed form, and the bookkeeping of every other run."""

import numpy as np
import pytest
from scipy.optimize import minimize

from pellucid.engines.choice import choose_engine
from pellucid.engines.loss_and_gradient import loss_and_gradient
from pellucid.errors import ParameterError, TrainingWarning
from pellucid.mathematics.activations import Activation
from pellucid.mathematics.dropout import Dropout
from pellucid.mathematics.losses import LOSSES
from pellucid.mathematics.objective import Objective, Observations, penalty
from pellucid.mathematics.structure import Gradient, Network
from pellucid.training.history import History
from pellucid.training.lbfgs import LBFGS
from pellucid.training.loop import train
from pellucid.training.plan import Part, Plan

ENGINES = pytest.mark.parametrize("engine", ["reference", "compiled"])
RSS = Objective(LOSSES["rss"])


def problem(N=60):
    generator = np.random.default_rng(0)
    X = generator.normal(size=(N, 3))
    return X, np.sin(X[:, :1]) + X[:, 1:2] * X[:, 2:]


def make(sizes=(3, 6, 1)):
    return Network.initialise(sizes, ["tanh"] * (len(sizes) - 2) + ["linear"], random_state=1)


def part(X, Y, rows=None, dtype=np.float64):
    data = Observations(X.astype(dtype), Y.astype(dtype), np.ones(len(X), dtype))
    return Part(data, np.arange(len(X)) if rows is None else rows)


def fit(engine="compiled", network=None, objective=RSS, training=None, epochs=12, patience=100, tol=0.0, **more):
    network = make() if network is None else network
    return train(
        choose_engine(engine), network, objective, LBFGS(), training or part(*problem()),
        Plan(1, epochs, patience=patience, min_change=tol), History(objective.loss.name), **more,
    )  # fmt: skip


@ENGINES
def test_a_linear_model_is_the_least_squares_solution(engine, close):
    X, Y = problem()

    result = fit(engine, make((3, 1)), training=part(X, Y), epochs=200)

    A = np.hstack([X, np.ones((len(X), 1))])
    exact = np.linalg.lstsq(A, Y, rcond=None)[0][:, 0]
    assert result.stopped_by == "converged"
    close("6, L-BFGS = closed form", result.network.theta, exact, 1e-6, f"{engine}, least squares")


@ENGINES
def test_a_penalty_gives_the_ridge_solution(engine, close):
    """J = mean (y - y_hat)^2 + (alpha/2) ||W||^2: the normal equations have N alpha / 2 on the weights' diagonal."""
    X, Y = problem()

    result = fit(engine, make((3, 1)), Objective(LOSSES["rss"], alpha=0.3), part(X, Y), epochs=200)

    A = np.hstack([X, np.ones((len(X), 1))])
    ridge = np.linalg.solve(A.T @ A + np.diag([0.15 * len(X)] * 3 + [0]), A.T @ Y)[:, 0]
    close("6, L-BFGS = closed form", result.network.theta, ridge, 1e-6, f"{engine}, ridge")


@ENGINES
def test_an_epoch_is_an_iteration_and_the_history_is_true(engine, close):
    """Losses, gradient and moves of every epoch, from the parameters that the callbacks saw."""
    X, Y = problem()
    objective = Objective(LOSSES["rss"], alpha=0.1)
    network, seen = make(), [make().theta]

    result = fit(engine, network, objective, part(X, Y), callbacks=[lambda s: seen.append(s.network.theta)])

    history = result.history
    assert (result.stopped_by, len(history), result.best_epoch) == ("max_epochs", 12, 12)
    assert history.training == "end of epoch"
    assert np.isnan(history["learning_rate"].astype(float)).all()
    totals = []
    for before, theta, record in zip(seen[:-1], seen[1:], history, strict=True):
        at = network.with_parameters(theta)
        J, gradient = loss_and_gradient(at, X, Y, "rss", alpha=0.1)
        totals.append(J)
        close("6, L-BFGS history", record.training_loss, J - penalty(objective, at), 1e-12, "loss")
        for found, vector in ((record.gradient_norms, gradient.theta), (record.update_norms, theta - before)):
            views = Gradient(vector, network.sizes)
            norms = [np.sqrt((W**2).sum() + (c**2).sum()) for W, c in zip(views.W, views.c, strict=True)]
            close("6, L-BFGS history", found, norms, 1e-12, "norms")
    assert (np.diff(totals) < 0).all(), "an iteration did not lower J with its penalty"


def test_it_is_scipys_own_path(close):
    """The same J, written down anew in NumPy and given to SciPy: the same parameters after five iterations."""
    X, Y = problem()
    network = make()

    def J(theta):
        value, gradient = loss_and_gradient(network.with_parameters(theta), X, Y, "rss", method="batch")
        return value, gradient.theta

    options = {"maxiter": 5, "ftol": 0, "gtol": 0}
    expected = minimize(J, network.theta, jac=True, method="L-BFGS-B", options=options).x
    close("6, L-BFGS = SciPy's", fit("reference", epochs=5).network.theta, expected, 1e-9, "theta")


@ENGINES
def test_the_rows_of_the_part_are_trained_on_and_no_others(engine, close):
    X, Y = problem()
    rows = np.arange(0, 60, 2)
    alone = fit(engine, training=part(X[rows], Y[rows]))
    X[1::2], Y[1::2] = 1e6, np.nan

    among = fit(engine, training=part(X, Y, rows))

    close("6, L-BFGS, rows of a part", among.network.theta, alone.network.theta, 1e-12, engine)


@ENGINES
def test_the_same_run_gives_the_same_bytes_and_leaves_the_network_alone(engine):
    network = make()
    before = network.theta.copy()

    runs = [fit(engine, network) for _ in range(2)]

    assert runs[0].network.theta.tobytes() == runs[1].network.theta.tobytes()
    assert (network.theta == before).all()


@ENGINES
def test_float32_networks_stay_float32_and_come_near_the_minimum(engine):
    X, Y = problem()
    start = make((3, 1))
    single = start.with_parameters(start.theta.astype(np.float32))

    result = fit(engine, single, training=part(X, Y, dtype=np.float32), epochs=100)

    exact = fit(engine, start, training=part(X, Y), epochs=100)
    assert result.network.theta.dtype == np.float32
    assert result.network.theta == pytest.approx(exact.network.theta, abs=1e-4)


@ENGINES
def test_validation_patience_and_the_best_parameters_are_those_of_every_run(engine):
    """It trains on y = 1 and validates on y = the prediction of the start: the first epoch is the best."""
    X, Y = problem()
    start = make()
    validation = part(X, start.predict(X))
    seen = []

    result = fit(engine, start, training=part(X, Y), epochs=50, patience=4, validation=validation,
                 callbacks=[lambda s: seen.append(s.network.theta)])  # fmt: skip

    losses = result.history["validation_loss"]
    assert result.stopped_by == "patience"
    assert result.best_epoch == 1 + np.argmin(losses)
    assert (result.network.theta == seen[result.best_epoch - 1]).all()


def test_a_callback_stops_it_and_an_interrupt_keeps_what_there_is():
    def interrupt(state):
        if state.epoch == 3:
            raise KeyboardInterrupt

    stopped = fit(callbacks=[lambda state: state.epoch == 4])
    interrupted = fit(callbacks=[interrupt])

    assert (stopped.stopped_by, len(stopped.history)) == ("callback", 4)
    assert (interrupted.stopped_by, len(interrupted.history)) == ("interrupt", 3)
    assert np.isfinite(interrupted.network.theta).all()


@ENGINES
def test_a_start_that_is_the_minimum_gets_its_one_record(engine):
    """theta = 0 for y = 0: no iteration is made."""
    X, _ = problem()

    result = fit(engine, Network([3, 1], ["linear"], np.zeros(4)), training=part(X, np.zeros((60, 1))))

    assert (result.stopped_by, len(result.history), result.best_epoch) == ("converged", 1, 1)
    assert result.history.records[0].update_norms == (0.0,)


@ENGINES
def test_a_start_that_is_not_finite_is_told(engine):
    X, Y = problem()
    start = make((3, 1))

    result = fit(engine, start.with_parameters(np.full(4, 1e200)), training=part(X, Y))

    assert (result.stopped_by, len(result.history)) == ("not finite", 0)


class Exponential(Activation):
    name = "exp"

    def value(self, h):
        return np.exp(h)

    def slope(self, h):
        return np.exp(h)


def test_a_trial_that_overflows_is_taken_back_and_the_run_goes_on():
    """y_hat = exp(w x + c) with x = 1000: the first trial, a move of length 1, is exp(1000). Exact: w x + c = 3."""
    X, Y = np.full((4, 1), 1000.0), np.full((4, 1), np.exp(3.0))
    start = Network([1, 1], [Exponential()], np.zeros(2))
    engine, trials = choose_engine("reference"), []
    gradient = engine.gradient

    def watched(*arguments):
        made = gradient(*arguments)
        trials.append(np.isfinite(made[0]).all())
        return made

    engine.gradient = watched
    result = train(engine, start, RSS, LBFGS(), part(X, Y), Plan(4, 100, patience=100), History("rss"))

    assert not all(trials), "no trial overflowed: the test shows nothing"
    assert result.network.theta @ [1000, 1] == pytest.approx(3, rel=1e-6)


def test_a_search_that_cannot_go_on_is_not_called_converged():
    """x = 1e20 in float32: the minimum is so near to the start that no trial hits it, and the slope is 2e20."""
    X, Y = np.full((4, 1), 1e20), np.ones((4, 1))
    start = Network([1, 1], ["linear"], np.array([2e-20, 0.0], np.float32))

    result = fit("reference", start, training=part(X, Y, dtype=np.float32))

    assert result.stopped_by == "line search"


def test_the_advice_for_dead_units_names_no_learning_rate():
    """Three of four ReLUs have an intercept far below 0."""
    X, Y = problem()
    network = Network.initialise([3, 4, 1], ["relu", "linear"], random_state=0)
    network.c[0][:3] = -100

    with pytest.warns(TrainingWarning, match=r"so they hardly learn\. Use activation='leaky_relu'\.$"):
        fit("reference", network, training=part(X, Y), epochs=1)


def test_a_plan_with_dropout_is_refused():
    """A line search needs one J; a plan that disturbs its steps is not silently obeyed in part."""
    plan = Plan(1, 12, dropout=Dropout((0.5, 0.0)))

    with pytest.raises(ParameterError, match="`dropout` parameter of Plan must be None for L-BFGS"):
        train(choose_engine("reference"), make(), RSS, LBFGS(), part(*problem()), plan, History("rss"))
