"""What scikit-learn builds from estimators is what its parts give by hand: composition, ensembles, several targets."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    VotingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from estimators.small_nets import classifier, regressor


@pytest.fixture
def X(rng):
    return rng.normal(size=(80, 3))


@pytest.fixture
def y(X, rng):
    return X[:, 0] - 0.5 * X[:, 1] ** 2 + 0.3 * rng.normal(size=80)


@pytest.fixture
def classes(y):
    return np.digitize(y, [-0.7, 0.4])


@pytest.fixture
def weights(X, y, rng):
    """They matter to these networks: a test that compares with a weighted fit tells whether weights arrived."""
    weights = rng.integers(1, 4, 80).astype(float)
    assert not np.allclose(regressor().fit(X, y, weights).predict(X), regressor().fit(X, y).predict(X), rtol=1e-3)
    return weights


def test_a_clone_learns_the_same_and_holds_the_same_arguments(X, y):
    model = regressor(alpha=0.01).fit(X, y)
    copied = clone(model)

    assert not hasattr(copied, "network_")
    assert copied.get_params() == model.get_params()
    assert_array_equal(copied.fit(X, y).predict(X), model.predict(X))
    assert_array_equal(copied.set_params(alpha=0.5).fit(X, y).predict(X), regressor(alpha=0.5).fit(X, y).predict(X))


def test_a_pipeline_is_its_steps_in_a_row(X, y, weights):
    scaled = StandardScaler().fit_transform(X)

    found = make_pipeline(StandardScaler(), regressor()).fit(X, y, feedforwardregressor__sample_weight=weights)

    assert_array_equal(found.predict(X), regressor().fit(scaled, y, weights).predict(scaled))


def test_a_transformed_target_is_learnt_transformed(X, y):
    found = TransformedTargetRegressor(regressor(), func=np.arcsinh, inverse_func=np.sinh).fit(X, y)

    assert_array_equal(found.predict(X), np.sinh(regressor().fit(X, np.arcsinh(y)).predict(X)))


def test_a_vote_is_the_mean(X, y, weights):
    models = [("a", regressor()), ("b", regressor((3,), activation="tanh"))]

    found = VotingRegressor(models, weights=[1, 3]).fit(X, y, sample_weight=weights)

    by_hand = [model.fit(X, y, weights).predict(X) for _, model in models]
    assert_allclose(found.predict(X), (by_hand[0] + 3 * by_hand[1]) / 4, rtol=1e-14)


def test_a_stack_learns_from_the_probabilities_of_its_models(X, classes):
    fitted = [("a", classifier().fit(X, classes)), ("b", classifier((3,)).fit(X, classes))]

    found = StackingClassifier(fitted, final_estimator=LogisticRegression(), cv="prefit").fit(X, classes)

    P = np.hstack([model.predict_proba(X) for _, model in fitted])
    assert_array_equal(found.predict_proba(X), LogisticRegression().fit(P, classes).predict_proba(P))


@pytest.mark.parametrize(("ensemble", "model"), [(BaggingRegressor, regressor), (BaggingClassifier, classifier)])
def test_a_bag_is_the_mean_of_models_of_the_rows_it_drew(ensemble, model, X, y, classes, weights):
    """Rows of greater weight are drawn more often; a row that was drawn twice has the weight 2, which is the same."""
    target = y if model is regressor else classes
    found = ensemble(model(), n_estimators=4, max_features=2, random_state=0).fit(X, target, sample_weight=weights)

    by_hand = []
    parts = zip(found.estimators_, found.estimators_samples_, found.estimators_features_, strict=True)
    for member, rows, columns in parts:
        counts = np.bincount(rows, minlength=80)
        alone = model(random_state=member.random_state).fit(X[:, columns], target, counts)
        by_hand.append((alone.predict if model is regressor else alone.predict_proba)(X[:, columns]))

    predicted = found.predict(X) if model is regressor else found.predict_proba(X)
    assert_allclose(predicted, np.mean(by_hand, axis=0), rtol=1e-12)
    assert len({member.random_state for member in found.estimators_}) == 4


def test_boosting_weighs_up_the_rows_that_were_wrong(X, classes, weights):
    """SAMME: each round's weights, and each member's say, from the error of the last."""
    found = AdaBoostClassifier(classifier(), n_estimators=3, random_state=0).fit(X, classes, weights)

    w = weights / weights.sum()
    for member, say in zip(found.estimators_, found.estimator_weights_, strict=False):
        alone = classifier(random_state=member.random_state).fit(X, classes, w)
        wrong = alone.predict(X) != classes
        error = np.average(wrong, weights=w)
        assert_allclose(alone.predict_proba(X), member.predict_proba(X), rtol=1e-9)  # w is summed in another order
        assert say == pytest.approx(np.log((1 - error) / error) + np.log(3 - 1), rel=1e-12)
        w = w * np.exp(say * wrong)
        w /= w.sum()
    assert len(found.estimators_) == 3


def test_boosted_numbers_are_the_weighted_median_of_the_members(X, y, weights):
    found = AdaBoostRegressor(regressor(), n_estimators=5, random_state=0).fit(X, y, weights)

    by_hand = np.array([member.predict(X) for member in found.estimators_])
    order = np.argsort(by_hand, axis=0)
    shares = np.cumsum(found.estimator_weights_[: len(by_hand)][order], axis=0)
    median = order[(shares >= shares[-1] / 2).argmax(axis=0), np.arange(80)]
    assert len(by_hand) > 1
    assert_array_equal(found.predict(X), by_hand[median, np.arange(80)])


def test_a_model_for_each_target(X, y, weights):
    Y = np.column_stack([y, X[:, 2] ** 2])
    labels = (Y > 0.5).astype(int)

    numbers = MultiOutputRegressor(regressor()).fit(X, Y, sample_weight=weights)
    classes = MultiOutputClassifier(classifier()).fit(X, labels, sample_weight=weights)

    for d in range(2):
        assert_array_equal(numbers.predict(X)[:, d], regressor().fit(X, Y[:, d], weights).predict(X))
        assert_array_equal(classes.predict_proba(X)[d], classifier().fit(X, labels[:, d], weights).predict_proba(X))


def test_a_chain_gives_each_label_to_the_next(X, y):
    labels = np.column_stack([y > 0, X[:, 2] > 0.3]).astype(int)

    found = ClassifierChain(classifier(), random_state=0).fit(X, labels).predict_proba(X)

    first = classifier().fit(X, labels[:, 0])
    second = classifier().fit(np.column_stack([X, labels[:, 0]]), labels[:, 1])
    assert_array_equal(found[:, 0], first.predict_proba(X)[:, 1])
    with_first = np.column_stack([X, first.predict(X)])
    assert_array_equal(found[:, 1], second.predict_proba(with_first)[:, 1])


def test_one_against_the_rest_asks_each_class(X, classes):
    found = OneVsRestClassifier(classifier()).fit(X, classes)

    P = np.column_stack([classifier().fit(X, (classes == k) * 1).predict_proba(X)[:, 1] for k in range(3)])
    assert_allclose(found.predict_proba(X), P / P.sum(axis=1, keepdims=True), rtol=1e-14)
    assert_array_equal(found.predict(X), P.argmax(axis=1))


def test_calibrated_probabilities_are_the_isotonic_regression_on_ours(X, y):
    model, labels = classifier().fit(X[:40], (y > 0)[:40] * 1), (y > 0) * 1

    found = CalibratedClassifierCV(FrozenEstimator(model), method="isotonic", cv=2, ensemble=False)
    found.fit(X[40:], labels[40:])

    curve = IsotonicRegression(out_of_bounds="clip", y_min=0, y_max=1)
    curve.fit(model.predict_proba(X[40:])[:, 1], labels[40:])
    P = curve.predict(model.predict_proba(X)[:, 1])
    assert_allclose(found.predict_proba(X), np.column_stack([1 - P, P]), rtol=1e-12)


def test_calibration_mends_probabilities_that_are_too_sure(rng):
    """Labels are wrong in a third of the rows, and a long fit of few of them believes them all."""
    X = rng.normal(size=(600, 2))
    labels = np.where(rng.random(600) < 1 / 3, X[:, 0] < 0, X[:, 0] > 0) * 1
    sure = classifier((32,), solver="lbfgs", learning_rate_init="auto", max_iter=60).fit(X[:60], labels[:60])

    calibrated = CalibratedClassifierCV(FrozenEstimator(sure), cv=2, ensemble=False).fit(X[60:300], labels[60:300])

    test = X[300:], labels[300:]
    P = calibrated.predict_proba(test[0])
    assert_allclose(P.sum(axis=1), 1, rtol=1e-12)
    assert log_loss(test[1], P) < 0.75 < 1 < log_loss(test[1], sure.predict_proba(test[0]))
