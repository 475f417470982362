"""Without a hidden layer a loss gives the linear model of its name: the coefficients of scikit-learn's, to 1e-5."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import (
    GammaRegressor,
    HuberRegressor,
    LogisticRegression,
    PoissonRegressor,
    QuantileRegressor,
    TweedieRegressor,
)

from pellucid import ExponentialDecay, FeedForwardClassifier, FeedForwardRegressor, Huber, Quantile, Tweedie

LIMIT = 1e-5
WHOLE = {
    "hidden_layer_sizes": (), "early_stopping": False, "standardise": False, "dtype": "float64", "tol": 0,
    "random_state": 0,
}  # fmt: skip
LBFGS = WHOLE | {"solver": "lbfgs", "max_iter": 2000}
# L-BFGS stops at a kink of a loss that is made of straight pieces; Adam with a rate that falls to nothing, 1.5e-8 of
# the first in the end, goes on along it.
DESCENT = WHOLE | {
    "solver": "adam", "batch_size": "full", "learning_rate": ExponentialDecay(0.998), "learning_rate_init": 0.1,
    "max_iter": 9000, "n_iter_no_change": 9000,
}  # fmt: skip


def make_rows(n=201):
    generator = np.random.default_rng(0)
    X = generator.normal(size=(n, 3))
    eta = X @ [0.5, -0.3, 0.2] + 0.3
    return X, eta, generator


def coefficients(model, d=0):
    return np.append(model.network_.W[0][d], model.network_.c[0][d])


def of(other):
    return np.append(np.ravel(other.coef_), other.intercept_)


def test_least_squares_is_its_closed_form(record_error):
    X, eta, generator = make_rows()
    y = eta + generator.normal(size=len(eta))

    model = FeedForwardRegressor(**LBFGS).fit(X, y)

    closed = np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), y)[0]
    record_error("6, linear models", np.abs(coefficients(model) - closed).max(), LIMIT, "rss")


def test_ridge_is_its_closed_form(record_error):
    """J = mean of squares + (alpha/2) ||W||^2, the intercept free: (X'X/N + alpha/2) W = X'y/N on centred columns."""
    X, eta, generator = make_rows()
    y, alpha = eta + generator.normal(size=len(eta)), 0.7

    model = FeedForwardRegressor(alpha=alpha, **LBFGS).fit(X, y)

    A, b = X - X.mean(axis=0), y - y.mean()
    W = np.linalg.solve(A.T @ A / len(A) + alpha / 2 * np.eye(3), A.T @ b / len(A))
    closed = np.append(W, y.mean() - X.mean(axis=0) @ W)
    record_error("6, linear models", np.abs(coefficients(model) - closed).max(), LIMIT, "rss with alpha")


EXACT = {"alpha": 0, "tol": 1e-12, "max_iter": 10000}
COUNTS = {
    "poisson": ("poisson", PoissonRegressor(**EXACT), lambda g, eta: g.poisson(np.exp(eta))),
    "gamma": ("gamma", GammaRegressor(**EXACT), lambda g, eta: g.gamma(2, np.exp(eta) / 2)),
    "tweedie": (
        Tweedie(1.5),
        TweedieRegressor(power=1.5, link="log", **EXACT),
        lambda g, eta: g.poisson(np.exp(eta)) * g.gamma(2, 1, len(eta)),
    ),
}


@pytest.mark.parametrize("standardise", [False, True])
@pytest.mark.parametrize("name", COUNTS)
def test_a_log_link_is_scikit_learns_generalised_linear_model(name, standardise, record_error):
    """Also on standardised inputs and targets over their mean, whose predictions are the same."""
    loss, other, draw = COUNTS[name]
    X, eta, generator = make_rows()
    y, w = draw(generator, eta).astype(float), generator.uniform(0.5, 2, len(eta))

    model = FeedForwardRegressor(loss=loss, **(LBFGS | {"standardise": standardise})).fit(X, y, w)
    other.fit(X, y, sample_weight=w)

    if not standardise:
        record_error("6, linear models", np.abs(coefficients(model) - of(other)).max(), LIMIT, name)
    assert_allclose(model.predict(X), other.predict(X), rtol=LIMIT)


def test_huber_is_scikit_learns_at_the_scale_that_it_finds(record_error):
    """HuberRegressor learns a scale too; given it, its coefficients minimise our loss with delta = epsilon scale."""
    X, eta, generator = make_rows()
    y = eta + generator.standard_t(3, size=len(eta))
    other = HuberRegressor(epsilon=1.35, alpha=0, max_iter=10000, tol=1e-10).fit(X, y)

    model = FeedForwardRegressor(loss=Huber(1.35 * other.scale_), **LBFGS).fit(X, y)

    record_error("6, linear models", np.abs(coefficients(model) - of(other)).max(), LIMIT, "huber")


def test_quantiles_are_those_of_linear_programming(record_error):
    """Three at once, each the vertex that QuantileRegressor finds alone."""
    X, eta, generator = make_rows()
    y = eta + (1 + 0.5 * np.abs(X[:, 0])) * generator.normal(size=len(eta))
    q = (0.1, 0.5, 0.9)

    model = FeedForwardRegressor(loss=Quantile(*q), **DESCENT).fit(X, y)

    for d, quantile in enumerate(q):
        other = QuantileRegressor(quantile=quantile, alpha=0, solver="highs").fit(X, y)
        record_error("6, linear models", np.abs(coefficients(model, d) - of(other)).max(), LIMIT, f"quantile {q}")


def test_the_absolute_loss_is_the_median(record_error):
    X, eta, generator = make_rows()
    y = eta + generator.standard_t(3, size=len(eta))

    model = FeedForwardRegressor(loss="absolute", **DESCENT).fit(X, y)

    other = QuantileRegressor(quantile=0.5, alpha=0, solver="highs").fit(X, y)
    record_error("6, linear models", np.abs(coefficients(model) - of(other)).max(), LIMIT, "absolute")


def test_classes_with_weights_are_scikit_learns_logistic_regression(record_error):
    """J = sum w L / S + (alpha/2) ||W||^2 is its C = 1 / (alpha S): weights of classes and rows included."""
    X, eta, generator = make_rows()
    y, w = (eta + generator.logistic(size=len(eta)) > 0).astype(int), generator.uniform(0.5, 2, len(eta))
    classes, alpha = {0: 1.0, 1: 3.0}, 0.1
    total = np.sum(w * np.where(y == 1, 3.0, 1.0))

    model = FeedForwardClassifier(class_weight=classes, alpha=alpha, **LBFGS).fit(X, y, w)

    other = LogisticRegression(C=1 / (alpha * total), class_weight=classes, tol=1e-12, max_iter=10000)
    other.fit(X, y, sample_weight=w)
    record_error("6, linear models", np.abs(coefficients(model) - of(other)).max(), LIMIT, "log")
