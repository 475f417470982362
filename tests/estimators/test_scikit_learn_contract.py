"""Rung 7: both estimators pass all of scikit-learn's own checks."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid import FeedForwardClassifier, FeedForwardRegressor

# Full batch, float64 and nothing held out: here a weight of 2 is the row twice, to rounding.
EXACT = {
    "dtype": "float64",
    "batch_size": "full",
    "early_stopping": False,
    "max_iter": 100,
    "learning_rate_init": 0.01,
    "random_state": 0,
}
# Rounding grows with each iteration: tests/training/test_rows_and_weights.py.
EXACT_LBFGS = EXACT | {"solver": "lbfgs", "learning_rate_init": "auto", "max_iter": 40}

WITH_DEFAULTS = [FeedForwardRegressor(random_state=0), FeedForwardClassifier(random_state=0)]

EXACTLY = [
    FeedForwardRegressor(**EXACT),
    FeedForwardClassifier(**EXACT),
    FeedForwardRegressor(**EXACT, engine="reference"),
    FeedForwardClassifier(**EXACT, engine="reference"),
    FeedForwardRegressor(**EXACT, hidden_layer_sizes=(), solver="sgd"),
    FeedForwardRegressor(**EXACT, solver="rmsprop"),
    FeedForwardClassifier(**EXACT, learning_rate="cosine"),
    FeedForwardRegressor(**EXACT_LBFGS),
    # With a penalty: without, it separates classes so well that a probability is 0, and a check takes its logarithm.
    FeedForwardClassifier(**EXACT_LBFGS, activation="tanh", alpha=0.01),
]


def expected_with_defaults(estimator):
    """Mini-batches and held-out rows differ between a weighted and a repeated table; the mathematics does not."""
    reason = "mini-batches and the hold-out are drawn from rows: repeated rows are drawn apart, weighted ones together"
    return {"check_sample_weight_equivalence_on_dense_data": reason}


@parametrize_with_checks(WITH_DEFAULTS, expected_failed_checks=expected_with_defaults)
def test_estimators_with_defaults_pass_scikit_learn_checks(estimator, check):
    """Only sample-weight equivalence may differ, as for scikit-learn's own networks."""
    check(estimator)


# check_class_weight_classifiers weighs classes by 1000 and 0.0001, which silences half of the units, and we say so.
@pytest.mark.filterwarnings("ignore:.* units of layer 2 are dead:pellucid.errors.TrainingWarning")
@parametrize_with_checks(EXACTLY)
def test_exact_estimators_pass_scikit_learn_checks_without_exception(estimator, check):
    """With full batches in float64 nothing is expected to fail."""
    check(estimator)
