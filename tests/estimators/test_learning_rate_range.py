"""The learning rate range test: its rates, its losses, its suggestion, and that it touches nothing."""

import numpy as np
import pytest
from sklearn.base import clone

from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import ParameterError
from pellucid.estimators.learning_rate_range import LearningRateRange, smooth, summarise


def rows(n=300):
    generator = np.random.default_rng(0)
    X = generator.normal(size=(n, 3))
    return X, np.sin(X[:, 0]) + X[:, 1] * X[:, 2]


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_its_losses_are_those_of_plain_gradient_descent_at_growing_rates(engine):
    """No hidden layer, full batch: theta <- theta - rate dJ_dtheta by hand, from the starting weights of fit."""
    X, y = rows(60)
    model = FeedForwardRegressor(
        (), solver="gd", early_stopping=False, dtype="float64", random_state=0, engine=engine, max_iter=1
    )  # fmt: skip
    found = model.find_learning_rate(X, y, lowest=1e-4, highest=0.1, n_steps=30)

    start = clone(model).set_params(learning_rate_init=1e-300).fit(X, y)
    A = np.hstack([(X - X.mean(axis=0)) / X.std(axis=0), np.ones((60, 1))])
    target, theta = (y - y.mean()) / y.std(), start.network_.theta.copy()
    losses = []
    for rate in found.rates:
        theta -= rate * 2 / 60 * A.T @ (A @ theta - target)
        losses.append(np.mean((A @ theta - target) ** 2))
    assert found.rates == pytest.approx(1e-4 * 1000 ** (np.arange(30) / 29), rel=1e-12)
    assert found.losses == pytest.approx(losses, rel=1e-10)


@pytest.mark.parametrize("solver", ["adam", "adamw", "sgd", "gd", "rmsprop"])
@pytest.mark.parametrize("cls", [FeedForwardRegressor, FeedForwardClassifier])
def test_it_suggests_a_rate_that_lowers_j_and_stops_soon_after_j_has_grown(cls, solver):
    X, y = rows()
    target = y if cls is FeedForwardRegressor else y > 0
    model = cls((16,), solver=solver, random_state=0)

    found = model.find_learning_rate(X, target, highest=1e3)

    least = int(np.argmin(found.smoothed))
    assert found.rates[0] < found.suggestion <= found.rates[least]
    assert len(found.rates) == len(found.losses) == len(found.smoothed) < 200
    assert (found.smoothed[:-1] <= 4 * np.minimum.accumulate(found.smoothed[:-1])).all()
    trained = clone(model).set_params(learning_rate_init=found.suggestion, max_iter=30).fit(X, target)
    assert trained.history_["training_loss"][-1] < 0.9 * found.losses[0]


def test_the_suggestion_is_the_steepest_descent_before_the_least_loss():
    """A logistic fall around 1e-3, then a leap up and a steeper fall, which counts for nothing."""
    rates = np.geomspace(1e-6, 1, 121)
    losses = 1 - 0.9 / (1 + np.exp(-3 * (np.log10(rates) + 3)))
    leap = losses.copy()
    leap[90:100], leap[100:] = 1.5, 0.9

    plain, leapt = (summarise(rates, each, "rss", "units") for each in (losses, leap))

    assert plain.suggestion == leapt.suggestion
    # The running mean lags by some ten steps, which here is half a decade.
    assert 1e-3 < plain.suggestion < 10**-2.4


def test_where_j_never_falls_nothing_is_suggested():
    found = summarise(np.geomspace(1e-6, 1, 30), np.linspace(1, 2, 30), "rss", "units")

    assert found.suggestion is None
    assert "no rate at which J falls" in repr(found)
    assert (
        FeedForwardRegressor(random_state=0).find_learning_rate(*rows(40), lowest=1e-30, highest=1e-20).suggestion
        is None
    )


def test_few_steps_up_to_a_rate_that_runs_away_are_a_range_all_the_same():
    """Twenty steps, the last of them too large."""
    found = FeedForwardRegressor(batch_size=1, random_state=0).find_learning_rate(*rows(40), n_steps=20)

    assert 2 <= len(found.rates) < 20


def test_the_smoothed_curve_of_a_constant_is_the_constant():
    assert smooth([2.0] * 50) == pytest.approx([2.0] * 50, rel=1e-13)


def test_it_fits_nothing_and_changes_nothing_of_the_model():
    X, y = rows()
    model = FeedForwardRegressor((8,), random_state=np.random.RandomState(3))
    before = dict(model.__dict__), model.random_state.get_state()[1].tolist()

    model.find_learning_rate(X, y)
    assert (dict(model.__dict__), model.random_state.get_state()[1].tolist()) == before

    fitted = FeedForwardRegressor((8,), random_state=0, max_iter=3).fit(X, y)
    theta, attributes = fitted.network_.theta.copy(), set(fitted.__dict__)
    fitted.find_learning_rate(X[:, :2], y)
    assert (fitted.network_.theta == theta).all()
    assert set(fitted.__dict__) == attributes
    assert fitted.n_features_in_ == 3


def test_the_same_seed_gives_the_same_bytes():
    X, y = rows()
    one, same = (FeedForwardRegressor((8,), random_state=1).find_learning_rate(X, y) for _ in range(2))

    assert one.losses.tobytes() == same.losses.tobytes()


@pytest.mark.parametrize("ending", [".svg", ".png"])
def test_it_is_drawn_to_a_file_or_on_axes(tmp_path, ending):
    from matplotlib.figure import Figure

    found = summarise(np.geomspace(1e-6, 1, 30), np.linspace(2, 1, 30), "rss", "standardised units")
    ax = Figure().subplots()

    found.plot(tmp_path / f"range{ending}")
    found.plot(ax)

    assert (tmp_path / f"range{ending}").stat().st_size > 1000
    assert ax.get_xscale() == "log"
    assert ax.get_ylabel() == "rss loss (standardised units)"
    assert len(ax.lines) == 3


REFUSED = [
    ({}, {"lowest": 0}, "The `lowest` parameter of find_learning_rate must be a number > 0. Got 0 instead."),
    ({}, {"highest": "1"}, "The `highest` parameter of find_learning_rate must be a number > 0. Got '1' instead."),
    (
        {},
        {"highest": 1e-7},
        "The `highest` parameter of find_learning_rate must be above `lowest`, 1e-06. Got 1e-07 instead.",
    ),
    (
        {},
        {"n_steps": 5},
        "The `n_steps` parameter of find_learning_rate must be a whole number >= 20. Got 5 instead.",
    ),
    (
        {"solver": "gd"},
        {"lowest": 1e6, "highest": 1e9},
        "The `lowest` parameter of find_learning_rate must be so low that J does not run away within 20 steps. "
        "Got 1000000.0 instead.",
    ),
    (
        {"solver": "gd"},
        {"lowest": 1e6, "highest": 1e9, "n_steps": 60},
        "The `lowest` parameter of find_learning_rate must be so low that J does not run away within 6 steps. "
        "Got 1000000.0 instead.",
    ),
    (
        {"solver": "lbfgs"},
        {},
        "The `solver` parameter of FeedForwardRegressor must be another one for find_learning_rate. "
        "Got 'lbfgs' instead. L-BFGS has no learning rate: it searches for the length of each step.",
    ),
    ({"alpha": -1}, {}, "The `alpha` parameter of FeedForwardRegressor must be a number >= 0. Got -1 instead."),
]


@pytest.mark.parametrize(("settings", "options", "message"), REFUSED, ids=[str(case[:2]) for case in REFUSED])
def test_what_it_refuses(settings, options, message):
    with pytest.raises(ParameterError) as refusal:
        FeedForwardRegressor(**settings).find_learning_rate(*rows(40), **options)

    assert str(refusal.value) == message


def test_a_picture_has_one_of_two_formats(tmp_path):
    one = np.ones(1)
    with pytest.raises(ParameterError, match=r"A picture ends in \.svg or \.png"):
        LearningRateRange(one, one, one, None, "rss", "units").plot(tmp_path / "range.jpg")


def test_a_picture_goes_to_a_path_or_on_axes_and_the_path_is_named_where_it_cannot(tmp_path):
    found = LearningRateRange(*[np.geomspace(0.1, 1, 3)] * 3, None, "rss", "units")
    with pytest.raises(ParameterError, match="The `where` parameter of plot must be axes of matplotlib or the path"):
        found.plot(None)
    with pytest.raises(FileNotFoundError) as refusal:
        found.plot(tmp_path / "nowhere" / "range.png")
    assert refusal.value.filename.endswith("range.png")
