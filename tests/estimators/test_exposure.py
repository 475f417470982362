"""Exposure: a count over twice the time is learnt as one over the time, and predicted as twice the rate."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import GammaRegressor, PoissonRegressor, TweedieRegressor

from pellucid import FeedForwardClassifier, FeedForwardRegressor, Tweedie, load
from pellucid.errors import ParameterError

LINEAR = {
    "hidden_layer_sizes": (), "solver": "lbfgs", "early_stopping": False, "standardise": False, "dtype": "float64",
    "max_iter": 2000, "tol": 0, "random_state": 0,
}  # fmt: skip
# Where the gradient is g, J is g^2 / (2 H) above its minimum. A line search sees no more once that is below the
# rounding of J, eps J: with J near 1 and a Hessian H of J from 1.5 to 10, g is then at most sqrt(20 eps) = 7e-8.
FLAT = 1e-7
LEAST_CURVATURE = 1.5  # the least eigenvalue of H at the three minima below: 1.54, 1.66 and 1.69
SHORT = {"hidden_layer_sizes": (4,), "max_iter": 5, "random_state": 0}


def make_rows(n=300):
    generator = np.random.default_rng(0)
    X = generator.normal(size=(n, 3))
    e = generator.uniform(0.2, 4, n)
    return X, generator.poisson(e * np.exp(X @ [0.5, -0.3, 0.2] + 0.3)).astype(float), e


MODELS = {
    "poisson": ("poisson", 1.0, PoissonRegressor(alpha=0, tol=1e-12, max_iter=10000)),
    "tweedie": (Tweedie(1.4), 1.4, TweedieRegressor(power=1.4, alpha=0, link="log", tol=1e-12, max_iter=10000)),
    "gamma": ("gamma", 2.0, GammaRegressor(alpha=0, tol=1e-12, max_iter=10000)),
}


@pytest.mark.parametrize("name", MODELS)
def test_the_linear_model_with_exposure_is_scikit_learns_on_rates(name):
    """Its documentation's own way: y / e with the weight e^(2-p) is the likelihood with the offset log e."""
    loss, power, other = MODELS[name]
    X, y, e = make_rows()
    y = y + (power == 2)

    model = FeedForwardRegressor(loss=loss, **LINEAR).fit(X, y, exposure=e)
    other.fit(X, y / e, sample_weight=e ** (2 - power))

    apart = 2 * FLAT / LEAST_CURVATURE  # each is g / H from the minimum
    assert_allclose(model.network_.W[0][0], other.coef_, rtol=0, atol=apart)
    assert_allclose(model.network_.c[0][0], other.intercept_, rtol=0, atol=apart)
    assert_allclose(model.predict(X, exposure=e), e * model.predict(X), rtol=1e-14)


def test_poisson_with_exposure_is_the_maximum_of_the_likelihood_with_an_offset():
    """d/dbeta of sum_n y_n eta_n - exp(eta_n), eta = log e + X beta, is 0: expected and observed counts agree."""
    X, y, e = make_rows()

    mu = FeedForwardRegressor(loss="poisson", **LINEAR).fit(X, y, exposure=e).predict(X, exposure=e)

    atol = FLAT * e.sum() / 2  # the gradient of J is twice these sums, divided by the sum of exposures
    assert_allclose(mu.sum(), y.sum(), rtol=0, atol=atol)
    assert_allclose(X.T @ (mu - y), 0, atol=atol)


def test_the_same_count_in_other_units_of_exposure_gives_the_same_model():
    """To the bit in units of a power of two; also with a hidden layer, and with exposures to validate on."""
    X, y, e = make_rows()
    rows = {"X_val": X[:50], "y_val": y[:50]}

    hours = FeedForwardRegressor(loss="poisson", **SHORT).fit(X, y, exposure=e, exposure_val=e[:50], **rows)
    minutes = FeedForwardRegressor(loss="poisson", **SHORT).fit(X, y, exposure=64 * e, exposure_val=64 * e[:50], **rows)

    assert_array_equal(minutes.predict(X, exposure=64 * e), hours.predict(X, exposure=e))
    assert_array_equal(minutes.history_["validation_loss"], hours.history_["validation_loss"])


def test_exposure_concerns_only_the_counts_among_several_targets():
    X, y, e = make_rows()
    Y = np.column_stack([X[:, 0], y])
    model = FeedForwardRegressor(loss=["rss", "poisson"], **SHORT).fit(X, Y, exposure=e)

    with_exposure, rates = model.predict(X, exposure=e), model.predict(X)

    assert_allclose(with_exposure[:, 0], rates[:, 0])
    assert_allclose(with_exposure[:, 1], e * rates[:, 1])
    assert model.check_gradients(X[:30], Y[:30], exposure=e[:30]).passed
    assert_allclose(model.trace(X[0], Y[0], exposure=e[:1]).row.prediction, with_exposure[0])


@pytest.mark.parametrize(
    ("exposure", "found"),
    [
        (np.zeros(300), r"numbers > 0 .* Got 0 in row 0"),
        (np.where(np.arange(300) == 7, -1.0, 1.0), r"numbers > 0 .* Got -1 in row 7"),
        (np.where(np.arange(300) == 7, np.nan, 1.0), r"numbers > 0 .* Got nan in row 7"),
        (np.ones(299), r"300 numbers, one for each row. Got an array of shape \(299,\)"),
        (1.0, r"300 numbers, one for each row. Got an array of shape \(\)"),
        ("long", "300 numbers, one for each row"),
        (np.geomspace(1e-20, 1e20, 300), r"must not differ by more than 1e\+30"),
    ],
)
def test_what_is_no_exposure_is_refused(exposure, found):
    X, y, _ = make_rows()

    with pytest.raises(ParameterError, match=found):
        FeedForwardRegressor(loss="poisson", **SHORT).fit(X, y, exposure=exposure)


def test_exposures_of_rows_of_weight_0_may_be_anything():
    X, y, e = make_rows()
    e[3], w = np.nan, np.ones(300)
    w[3] = 0
    left_out = np.arange(300) != 3

    model = FeedForwardRegressor(loss="poisson", **LINEAR).fit(X, y, w, exposure=e)

    without = FeedForwardRegressor(loss="poisson", **LINEAR).fit(X[left_out], y[left_out], exposure=e[left_out])
    assert_allclose(model.network_.theta, without.network_.theta, rtol=1e-10)


def test_counts_are_never_compared_with_rates():
    """Fit, validate, score and check: with exposure everywhere, or nowhere."""
    X, y, e = make_rows()
    rates, counts = (FeedForwardRegressor(loss="poisson", **SHORT) for _ in range(2))
    rates.fit(X, y, exposure=e)
    counts.fit(X, y)

    for given in ({"exposure": e}, {"exposure_val": e}):
        with pytest.raises(ParameterError, match=r"`exposure_val` parameters of .* must be given together"):
            FeedForwardRegressor(loss="poisson", **SHORT).fit(X, y, X_val=X, y_val=y, **given)
    for ask in (rates.score, rates.check_gradients, lambda X, y: rates.trace(X[0], y[0])):
        with pytest.raises(ParameterError, match=r"must be given, as in fit\. .* counts would be compared with rates"):
            ask(X, y)
    for ask in (counts.score, counts.check_gradients):
        with pytest.raises(ParameterError, match="was fitted without exposure: it predicts counts, and no rates"):
            ask(X, y, exposure=e)
    ss = np.sum((y - y.mean()) ** 2)
    assert rates.score(X, y, exposure=e) == pytest.approx(1 - np.sum((y - e * rates.predict(X)) ** 2) / ss)


@pytest.mark.parametrize("writable", [True, False])
def test_targets_are_left_as_they_are(writable):
    """A check of every row reads y itself, and not a copy of some rows."""
    X, y, e = make_rows()
    model = FeedForwardRegressor(loss="poisson", engine="reference", **SHORT).fit(X, y, exposure=e)
    few = y[:5].copy()
    few.flags.writeable = writable

    assert model.check_gradients(X[:5], few, exposure=e[:5]).passed
    assert_array_equal(few, y[:5])


def test_one_extreme_exposure_for_all_does_not_silence_another_target():
    X, y, _ = make_rows()
    Y = np.column_stack([X[:, 0], y])

    model = FeedForwardRegressor(loss=["rss", "poisson"], **SHORT).fit(X, Y, exposure=np.full(300, 1e50))

    assert np.isfinite(model.history_["validation_by_target"]).all()


def test_a_saved_model_of_rates_stays_one(tmp_path):
    X, y, e = make_rows()
    FeedForwardRegressor(loss="poisson", **SHORT).fit(X, y, exposure=e).save(tmp_path / "rates")

    with pytest.raises(ParameterError, match="was fitted with exposure"):
        load(tmp_path / "rates").score(X, y)


def test_exposure_is_refused_where_it_means_nothing():
    X, y, e = make_rows()

    with pytest.raises(ParameterError, match=r"must be None for the rss loss.*use loss='poisson'"):
        FeedForwardRegressor(**SHORT).fit(X, y, exposure=e)
    with pytest.raises(ParameterError, match="must be None for the log loss"):
        FeedForwardClassifier(**SHORT).fit(X, y > 1, exposure=e)
    with pytest.raises(ParameterError, match="must be None for the rss loss"):
        FeedForwardRegressor(**SHORT).fit(X, y).predict(X, exposure=e)
