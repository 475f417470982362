"""Rung 7: both estimators pass all of scikit-learn's own checks."""

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

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
EXACT_LBFGS = EXACT | {"solver": "lbfgs", "learning_rate_init": "auto", "max_iter": 40, "hidden_layer_sizes": (16,)}
# NumPy takes longer; what is checked does not depend on the number of units.
EXACT_REFERENCE = EXACT | {"engine": "reference", "hidden_layer_sizes": (16,)}

WITH_DEFAULTS = [FeedForwardRegressor(random_state=0), FeedForwardClassifier(random_state=0)]

EXACTLY = [
    FeedForwardRegressor(**EXACT),
    FeedForwardClassifier(**EXACT),
    FeedForwardRegressor(**EXACT_REFERENCE),
    FeedForwardClassifier(**EXACT_REFERENCE),
    FeedForwardRegressor(**EXACT, hidden_layer_sizes=(), solver="sgd"),
    FeedForwardRegressor(**EXACT, solver="rmsprop"),
    FeedForwardClassifier(**EXACT, learning_rate="cosine"),
    FeedForwardClassifier(**EXACT, class_weight="balanced"),
    FeedForwardRegressor(**EXACT_LBFGS),
    # With a penalty: without, it separates classes so well that a probability is 0, and a check takes its logarithm.
    FeedForwardClassifier(**EXACT_LBFGS, activation="tanh", alpha=0.01),
]


def expected_with_defaults(estimator):
    """Mini-batches and held-out rows differ between a weighted and a repeated table; the mathematics does not."""
    reason = "mini-batches and the hold-out are drawn from rows: repeated rows are drawn apart, weighted ones together"
    return {f"check_sample_weight_equivalence_on_{kind}_data": reason for kind in ("dense", "sparse")}


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


@pytest.mark.parametrize(
    ("estimator", "names"),
    [
        (FeedForwardRegressor(), {"check_regressor_multioutput"}),
        (
            FeedForwardClassifier(),
            {f"check_classifiers_multilabel_output_format_{verb}" for verb in ("predict", "predict_proba")},
        ),
        (FeedForwardRegressor(), {"check_estimator_sparse_matrix", "check_estimator_sparse_array"}),
    ],
)
def test_several_targets_labels_and_sparse_tables_are_among_the_checks(estimator, names):
    """They are run for those only whose tags say that they can: each instance above goes through them."""
    run = {check.func.__name__ for _, check in estimator_checks_generator(estimator)}

    assert names <= run
