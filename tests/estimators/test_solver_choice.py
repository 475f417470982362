"""From the estimators' arguments to solver and schedule: what is made, what it does, and what is refused."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from pellucid import Cosine, FeedForwardClassifier, FeedForwardRegressor, ReduceOnPlateau, StepDecay
from pellucid.errors import ParameterError
from pellucid.estimators.solver_choice import SCHEDULES, SOLVERS, make_descent, make_schedule, make_solver
from pellucid.mathematics.schedules import Adaptive, Constant, Schedule
from pellucid.mathematics.updates import Adam, Descent, GradientDescent, Momentum, RMSprop
from pellucid.training.lbfgs import LBFGS


def rows(n=120):
    generator = np.random.default_rng(0)
    X = generator.normal(size=(n, 3))
    return X, np.sin(X[:, 0]) + X[:, 1] * X[:, 2]


MADE = [
    ({}, Descent(Adam(0.001, 0.9, 0.999, 1e-8))),
    ({"solver": "adamw"}, Descent(Adam(0.001), weight_decay=0.01)),
    ({"solver": "adamw", "weight_decay": 0}, Descent(Adam(0.001))),
    ({"solver": "adam", "weight_decay": 0.1}, Descent(Adam(0.001), weight_decay=0.1)),
    ({"solver": "sgd", "momentum": 0.5, "clip_norm": 2}, Descent(Momentum(0.01, 0.5), clip_norm=2.0)),
    ({"solver": "gd", "learning_rate_init": 0.3}, Descent(GradientDescent(0.3))),
    ({"solver": "rmsprop", "epsilon": 1e-6}, Descent(RMSprop(0.001, 0.9, 1e-6))),
    ({"solver": "lbfgs"}, LBFGS()),
]


@pytest.mark.parametrize(("settings", "expected"), MADE, ids=[str(settings) for settings, _ in MADE])
def test_the_solver_that_is_made(settings, expected):
    assert make_solver(FeedForwardRegressor(**settings)) == expected


def test_the_schedule_that_is_made():
    """By name with its usual numbers, those that watch the loss with the estimator's tol; an object is taken itself."""
    for name, cls in SCHEDULES.items():
        assert type(make_schedule(FeedForwardRegressor(learning_rate=name))) is cls
    assert make_schedule(FeedForwardRegressor(learning_rate="adaptive", tol=0.5)) == Adaptive(tol=0.5)
    own = Cosine(to=0.1, warmup=3)
    assert make_schedule(FeedForwardRegressor(learning_rate=own, tol=0.5)) is own


@pytest.mark.parametrize("solver", [*SOLVERS])
@pytest.mark.parametrize("cls", [FeedForwardRegressor, FeedForwardClassifier])
def test_every_solver_learns(cls, solver):
    X, y = rows()
    target = y if cls is FeedForwardRegressor else y > 0

    model = cls((16,), solver=solver, max_iter=150, random_state=0).fit(X, target)

    assert model.score(X, target) > (0.3 if cls is FeedForwardRegressor else 0.8)


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_the_history_holds_the_rate_of_each_epochs_last_step(name, engine):
    X, y = rows()
    model = FeedForwardRegressor(
        (8,), learning_rate=name, batch_size=32, max_iter=12, early_stopping=False, engine=engine, random_state=0
    ).fit(X, y)
    schedule = make_schedule(model)
    state, expected = schedule.start(), []
    for epoch, loss in enumerate(model.history_["training_loss"], start=1):
        expected.append(schedule.rates(0.001, epoch, 4, 120, 12, state)[-1])
        state = schedule.observe(state, loss)

    assert model.history_["learning_rate"].tolist() == expected


def test_a_plateau_of_the_validation_loss_cuts_the_rate():
    """Of the validation loss and not of the training loss, which goes on falling."""
    X, y = rows()
    plateau = ReduceOnPlateau(factor=0.1, patience=3)
    model = FeedForwardRegressor((8,), learning_rate=plateau, learning_rate_init=0.01, max_iter=60,
                                n_iter_no_change=60, random_state=0)  # fmt: skip
    model.fit(X, y, X_val=X, y_val=np.random.default_rng(1).normal(size=len(y)))

    losses, rates = model.history_["validation_loss"], model.history_["learning_rate"]
    state = plateau.start()
    for loss, rate in zip(losses, rates, strict=True):
        assert rate == pytest.approx(0.01 * 0.1**state.cuts, rel=1e-14)
        state = plateau.observe(state, loss)
    assert state.cuts > 1


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_the_engines_train_the_same_network_with_everything_on(engine):
    X, y = rows()
    settings = {"dtype": "float64", "max_iter": 15, "random_state": 0, "batch_size": 17, "clip_norm": 0.5,
                "weight_decay": 0.1, "learning_rate": Cosine(warmup=3), "solver": "rmsprop"}  # fmt: skip

    trained = FeedForwardRegressor(**settings, engine=engine).fit(X, y)

    again = FeedForwardRegressor(**settings, engine="compiled").fit(X, y)
    assert_allclose(trained.network_.theta, again.network_.theta, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_same_seed_gives_the_same_bytes(solver):
    X, y = rows()
    one, same = (FeedForwardRegressor((8,), solver=solver, max_iter=6, random_state=4).fit(X, y) for _ in range(2))

    assert one.network_.theta.tobytes() == same.network_.theta.tobytes()


# Against the closed form and scikit-learn's own solvers, without hidden layers.

EXACT = {"hidden_layer_sizes": (), "solver": "lbfgs", "dtype": "float64", "early_stopping": False, "random_state": 0,
         "tol": 1e-15, "max_iter": 2000, "n_iter_no_change": 2000}  # fmt: skip


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_lbfgs_reaches_the_least_squares_solution(engine, close):
    """The diabetes table, whose columns are close to one another: predictions in the target's own units."""
    X, y = load_diabetes(return_X_y=True)

    model = FeedForwardRegressor(**EXACT, engine=engine).fit(X, y)

    A = np.hstack([X, np.ones((len(X), 1))])
    exact = A @ np.linalg.lstsq(A, y, rcond=None)[0]
    assert model.stopped_by_ in ("converged", "line search")
    close("6, L-BFGS = closed form", model.predict(X), exact, 1e-6, f"diabetes, {engine}")


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_lbfgs_reaches_the_logistic_regression_of_scikit_learn(engine, close):
    """Its J is C sum L + ||w||^2 / 2; divided by C N it is ours with alpha = 1 / (C N)."""
    X, y = load_breast_cancer(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    theirs = LogisticRegression(C=0.5, tol=1e-14, max_iter=20_000, solver="newton-cholesky").fit(X, y)

    model = FeedForwardClassifier(**EXACT, alpha=1 / (0.5 * len(X)), engine=engine).fit(X, y)

    close("6, L-BFGS = closed form", model.network_.W[0], theirs.coef_, 1e-6, f"breast cancer, {engine}")
    close("6, L-BFGS = closed form", model.network_.c[0], theirs.intercept_, 1e-6, f"breast cancer, {engine}")


# scikit-learn's contract for arguments that are objects.


def test_a_schedule_survives_clone_set_params_and_a_grid_search():
    X, y = rows()
    model = FeedForwardRegressor((4,), learning_rate=StepDecay(every=2, factor=0.5), max_iter=3, random_state=0)

    again = clone(model)
    assert again.learning_rate == model.learning_rate
    assert again.set_params(learning_rate="cosine").get_params()["learning_rate"] == "cosine"
    grid = {"learning_rate": ["constant", Cosine(), StepDecay(every=1, factor=0.1)]}
    searched = GridSearchCV(model, grid, cv=2).fit(X, y)
    assert len(searched.cv_results_["params"]) == 3


REFUSED = [
    (
        {"solver": "newton"},
        "The `solver` parameter of FeedForwardRegressor must be 'adam', 'adamw', 'sgd', 'gd', 'rmsprop' or 'lbfgs'. "
        "Got 'newton' instead.",
    ),
    (
        {"learning_rate": "linear"},
        "The `learning_rate` parameter of FeedForwardRegressor must be one of constant, step, exponential, cosine, "
        "one_cycle, invscaling, adaptive, plateau, or a schedule. Got 'linear' instead.",
    ),
    (
        {"learning_rate": 0.1},
        "The `learning_rate` parameter of FeedForwardRegressor must be one of constant, step, exponential, cosine, "
        "one_cycle, invscaling, adaptive, plateau, or a schedule. Got 0.1 instead.",
    ),
    (
        {"learning_rate": Schedule()},
        "The `learning_rate` parameter of FeedForwardRegressor must be one of constant, step, exponential, cosine, "
        "one_cycle, invscaling, adaptive, plateau, or a schedule. Got Schedule(warmup=0.0) instead.",
    ),
    (
        {"epsilon": 1e-40},
        "The `epsilon` parameter of FeedForwardRegressor must be >= 1.18e-38 in float32. Got 1e-40 instead.",
    ),
    (
        {"learning_rate_init": 0},
        "The `learning_rate_init` parameter of FeedForwardRegressor must be 'auto' or a number > 0. Got 0 instead.",
    ),
    (
        {"weight_decay": -0.1},
        "The `weight_decay` parameter of FeedForwardRegressor must be None or a number >= 0. Got -0.1 instead.",
    ),
    (
        {"weight_decay": True},
        "The `weight_decay` parameter of FeedForwardRegressor must be None or a number >= 0. Got True instead.",
    ),
    (
        {"weight_decay": 20, "learning_rate_init": 0.1},
        "The `weight_decay` parameter of FeedForwardRegressor must be below 1 / learning rate, which is 10. "
        "Got 20 instead. A step would take away the whole of every weight.",
    ),
    (
        {"clip_norm": 0},
        "The `clip_norm` parameter of FeedForwardRegressor must be None or a number > 0. Got 0 instead.",
    ),
    (
        {"clip_norm": float("inf")},
        "The `clip_norm` parameter of FeedForwardRegressor must be None or a number > 0. Got inf instead.",
    ),
    (
        {"solver": "gd", "batch_size": 10},
        "The `batch_size` parameter of FeedForwardRegressor must be 'auto' or 'full' with solver='gd'. Got 10 instead. "
        "It is full-batch gradient descent: use solver='sgd' for mini-batches.",
    ),
    (
        {"solver": "lbfgs", "batch_size": 10},
        "The `batch_size` parameter of FeedForwardRegressor must be 'auto' or 'full' with solver='lbfgs'. "
        "Got 10 instead. It takes all rows at once. Or use another solver.",
    ),
    (
        {"solver": "lbfgs", "learning_rate_init": 0.1},
        "The `learning_rate_init` parameter of FeedForwardRegressor must be 'auto' with solver='lbfgs'. "
        "Got 0.1 instead. It searches for the length of each step. Or use another solver.",
    ),
    (
        {"solver": "lbfgs", "learning_rate": "cosine"},
        "The `learning_rate` parameter of FeedForwardRegressor must be 'constant' with solver='lbfgs'. "
        "Got 'cosine' instead. It searches for the length of each step. Or use another solver.",
    ),
    (
        {"solver": "lbfgs", "learning_rate": Constant(warmup=1)},
        "The `learning_rate` parameter of FeedForwardRegressor must be 'constant' with solver='lbfgs'. "
        "Got Constant(warmup=1) instead. It searches for the length of each step. Or use another solver.",
    ),
    (
        {"solver": "lbfgs", "weight_decay": 0.1},
        "The `weight_decay` parameter of FeedForwardRegressor must be None or 0 with solver='lbfgs'. "
        "Got 0.1 instead. It needs the gradient of J itself: give a penalty by alpha. Or use another solver.",
    ),
    (
        {"solver": "lbfgs", "clip_norm": 1.0},
        "The `clip_norm` parameter of FeedForwardRegressor must be None with solver='lbfgs'. "
        "Got 1.0 instead. It needs the gradient of J itself. Or use another solver.",
    ),
]


@pytest.mark.parametrize(("settings", "message"), REFUSED, ids=[str(settings) for settings, _ in REFUSED])
def test_a_wrong_choice_is_refused_in_one_sentence(settings, message):
    X, y = rows(40)

    with pytest.raises(ParameterError) as refusal:
        FeedForwardRegressor(**settings).fit(X, y)

    assert str(refusal.value) == message


def test_a_trace_of_a_model_of_lbfgs_shows_the_step_of_gradient_descent():
    X, y = rows(40)
    model = FeedForwardRegressor((3,), solver="lbfgs", max_iter=5, random_state=0).fit(X, y)

    assert model.trace(X[0], y[0]).step.solver == make_descent(model) == Descent(GradientDescent(0.1))
