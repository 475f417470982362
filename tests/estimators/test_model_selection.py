"""Searches, cross-validation and inspection give what a loop gives that is written by hand."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  # the search is not found without
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, r2_score
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    StratifiedKFold,
    cross_val_predict,
    cross_validate,
)

from estimators.small_nets import classifier, regressor


@pytest.fixture
def X(rng):
    return rng.normal(size=(80, 3))


@pytest.fixture
def y(X, rng):
    return 2 * X[:, 0] - 0.5 * X[:, 1] ** 2 + 0.3 * rng.normal(size=80)


def test_a_grid_search_finds_what_a_loop_finds(X, y):
    grid = {"alpha": [0.0, 0.3, 3.0], "hidden_layer_sizes": [(), (6,)]}

    found = GridSearchCV(regressor(), grid, cv=KFold(3)).fit(X, y)

    means = []
    for candidate in found.cv_results_["params"]:
        scores = [
            r2_score(y[test], regressor(**candidate).fit(X[train], y[train]).predict(X[test]))
            for train, test in KFold(3).split(X)
        ]
        means.append(np.mean(scores))
    assert_allclose(found.cv_results_["mean_test_score"], means, rtol=1e-12)
    assert found.best_params_ == found.cv_results_["params"][int(np.argmax(means))]
    assert_array_equal(found.predict(X), regressor(**found.best_params_).fit(X, y).predict(X))


def test_a_halving_search_gives_more_epochs_to_fewer(X, y):
    """Epochs are what the rounds spend; the winner of the last is fitted with as many as it had there."""
    grid = {"alpha": [0.0, 0.1, 1.0, 10.0]}

    found = HalvingGridSearchCV(
        regressor(max_iter=1), grid, resource="max_iter", min_resources=2, max_resources=8, factor=2, cv=KFold(3),
        random_state=0,
    ).fit(X, y)  # fmt: skip

    assert (found.n_resources_, found.n_candidates_) == ([2, 4, 8], [4, 2, 1])
    assert found.best_estimator_.n_iter_ == 8
    expected = regressor(max_iter=8, alpha=found.best_params_["alpha"]).fit(X, y)
    assert_array_equal(found.predict(X), expected.predict(X))


def test_cross_validation_by_several_metrics_is_a_loop(X, y):
    labels, folds = np.digitize(y, [-1, 1]), StratifiedKFold(3)

    found = cross_validate(classifier(), X, labels, cv=folds, scoring=["accuracy", "neg_log_loss"])

    for i, (train, test) in enumerate(folds.split(X, labels)):
        P = classifier().fit(X[train], labels[train]).predict_proba(X[test])
        assert found["test_accuracy"][i] == accuracy_score(labels[test], P.argmax(axis=1))
        assert found["test_neg_log_loss"][i] == pytest.approx(-log_loss(labels[test], P), rel=1e-12)


def test_cross_validated_predictions_of_several_targets_are_those_of_the_other_folds(X, y):
    Y = np.column_stack([y, X[:, 2] ** 2])

    found = cross_val_predict(regressor(), X, Y, cv=KFold(4))

    for train, test in KFold(4).split(X):
        assert_array_equal(found[test], regressor().fit(X[train], Y[train]).predict(X[test]))


def test_permutation_importance_is_what_shuffling_a_column_costs(X, y):
    """Scikit-learn draws one seed, and shuffles each column, again and again, by a generator of that seed."""
    model = regressor((8,), max_iter=60).fit(X, y)

    found = permutation_importance(model, X, y, n_repeats=3, random_state=7, scoring="neg_mean_absolute_error")

    seed = np.random.RandomState(7).randint(np.iinfo(np.int32).max + 1)
    base = mean_absolute_error(y, model.predict(X))
    for j in range(3):
        generator, shuffled, order = np.random.RandomState(seed), X.copy(), np.arange(80)
        for repeat in range(3):
            generator.shuffle(order)
            shuffled[:, j] = shuffled[order, j]
            assert found.importances[j, repeat] == pytest.approx(mean_absolute_error(y, model.predict(shuffled)) - base)
    assert found.importances_mean.argmax() == 0
    assert found.importances_mean[0] > 2 * found.importances_mean[1:].max()


@pytest.mark.parametrize("kind", ["numbers", "classes"])
def test_partial_dependence_is_the_mean_prediction_with_one_column_held(kind, X, y):
    model = regressor().fit(X, y) if kind == "numbers" else classifier().fit(X, (y > 0) * 1)

    found = partial_dependence(model, X, [1], grid_resolution=4, kind="both")

    for i, value in enumerate(found["grid_values"][0]):
        held = X.copy()
        held[:, 1] = value
        predictions = model.predict(held) if kind == "numbers" else model.predict_proba(held)[:, 1]
        assert_allclose(found["individual"][0, :, i], predictions, rtol=1e-14)
        assert found["average"][0, i] == pytest.approx(predictions.mean(), rel=1e-12)
