"""With scikit-learn's metadata routing, weights, validation rows and exposures arrive where they are asked for."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.ensemble import BaggingRegressor
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import KFold, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from estimators.small_nets import classifier, regressor


@pytest.fixture(autouse=True)
def routing():
    with config_context(enable_metadata_routing=True):
        yield


@pytest.fixture
def X(rng):
    return rng.normal(size=(90, 3)) * [1, 10, 100] + 5


@pytest.fixture
def y(X, rng):
    return X[:, 0] + X[:, 1] / 10 + 0.3 * rng.normal(size=90)


@pytest.fixture
def weights(X, y, rng):
    """They matter to these networks: a test that compares with a weighted fit tells whether weights arrived."""
    weights = rng.integers(1, 4, 90).astype(float)
    assert not np.allclose(regressor().fit(X, y, weights).predict(X), regressor().fit(X, y).predict(X), rtol=1e-3)
    return weights


def scaler():
    return StandardScaler().set_fit_request(sample_weight=False)


def test_a_pipeline_transforms_the_validation_rows_too(X, y, weights):
    """`transform_input` names what goes through the steps before: here early stopping sees scaled columns."""
    settings = {"early_stopping": True, "max_iter": 12, "standardise": False}
    net = regressor(**settings).set_fit_request(
        sample_weight=True, X_val=True, y_val=True, sample_weight_val=True
    )  # fmt: skip
    train, val = slice(0, 60), slice(60, 90)

    found = Pipeline([("scale", scaler()), ("net", net)], transform_input=["X_val"]).fit(
        X[train], y[train], sample_weight=weights[train], X_val=X[val], y_val=y[val], sample_weight_val=weights[val]
    )

    scale = StandardScaler().fit(X[train])
    by_hand = regressor(**settings).fit(
        scale.transform(X[train]), y[train], weights[train], scale.transform(X[val]), y[val], weights[val]
    )
    unscaled = regressor(**settings).fit(scale.transform(X[train]), y[train], X_val=X[val], y_val=y[val])
    assert_array_equal(found[-1].history_["validation_loss"], by_hand.history_["validation_loss"])
    assert found[-1].history_["validation_loss"][-1] < 0.5 * unscaled.history_["validation_loss"][-1]
    assert_array_equal(found.predict(X), by_hand.predict(scale.transform(X)))


def test_cross_validation_weighs_fits_and_scores(X, y, weights):
    net = regressor().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)

    found = cross_validate(net, X, y, cv=KFold(3), params={"sample_weight": weights})["test_score"]

    by_hand = [
        regressor().fit(X[train], y[train], weights[train]).score(X[test], y[test], weights[test])
        for train, test in KFold(3).split(X)
    ]
    assert_allclose(found, by_hand, rtol=1e-14)
    assert not np.allclose(found, cross_validate(regressor(), X, y, cv=KFold(3))["test_score"], rtol=1e-6)


def test_exposures_reach_fit_predict_and_score(X, y, weights):
    counts, exposure = np.round(np.exp(y - y.max()) * 20), weights
    net = regressor(loss="poisson").set_fit_request(exposure=True)
    net.set_predict_request(exposure=True).set_score_request(exposure=True)

    found = make_pipeline(scaler(), net).fit(X, counts, exposure=exposure)

    scaled = StandardScaler().fit_transform(X)
    by_hand = regressor(loss="poisson").fit(scaled, counts, exposure=exposure)
    assert_array_equal(found.predict(X, exposure=exposure), by_hand.predict(scaled, exposure))
    assert found.score(X, counts, exposure=exposure) == by_hand.score(scaled, counts, exposure=exposure)


def test_cross_validated_rates_are_scored_with_their_exposures(X, y, weights):
    counts = np.round(np.exp(y - y.max()) * 20)
    net = regressor(loss="poisson").set_fit_request(exposure=True).set_score_request(exposure=True)

    found = cross_validate(net, X, counts, cv=KFold(3), params={"exposure": weights})["test_score"]

    by_hand = [
        regressor(loss="poisson")
        .fit(X[train], counts[train], exposure=weights[train])
        .score(X[test], counts[test], exposure=weights[test])
        for train, test in KFold(3).split(X)
    ]
    assert_allclose(found, by_hand, rtol=1e-14)


def test_a_classifier_asks_for_weights_alike(X, y, weights):
    labels = (y > np.median(y)) * 1
    net = classifier().set_fit_request(sample_weight=True).set_score_request(sample_weight=False)

    found = cross_validate(net, X, labels, cv=KFold(3), params={"sample_weight": weights})["test_score"]

    by_hand = [
        classifier().fit(X[train], labels[train], weights[train]).score(X[test], labels[test])
        for train, test in KFold(3).split(X)
    ]
    assert_allclose(found, by_hand, rtol=1e-14)


def test_what_nobody_asked_for_is_refused(X, y, weights):
    """Never dropped without a word."""
    with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
        cross_validate(regressor(), X, y, params={"sample_weight": weights})


def test_a_bag_of_networks_that_take_no_weights_draws_rows(X, y):
    """Then each member learns from a table of the drawn rows: in full batches the same as weights that count them."""
    full = {"batch_size": "full", "max_iter": 20}
    bags = [
        BaggingRegressor(regressor(**full).set_fit_request(sample_weight=asks), n_estimators=3, random_state=0)
        for asks in (True, False)
    ]

    weighted, drawn = (bag.fit(X, y).predict(X) for bag in bags)

    assert_allclose(weighted, drawn, rtol=1e-9)
    assert mean_absolute_error(y, weighted) < mean_absolute_error(y, np.full(90, y.mean()))
