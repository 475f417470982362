"""Rung 7: both estimators pass all of scikit-learn's own checks."""

import numpy as np
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

# Each engine, each kind of solver and weighted classes once, as a regressor or as a classifier; the others in the long
# form.
EXACTLY = [
    FeedForwardRegressor(**EXACT),
    FeedForwardClassifier(**EXACT_REFERENCE),
    FeedForwardClassifier(**EXACT, class_weight="balanced"),
    FeedForwardRegressor(**EXACT_LBFGS),
]
EXACTLY_TOO = [
    FeedForwardClassifier(**EXACT),
    FeedForwardRegressor(**EXACT_REFERENCE),
    FeedForwardRegressor(**EXACT, hidden_layer_sizes=(), solver="sgd"),
    FeedForwardRegressor(**EXACT, solver="rmsprop"),
    FeedForwardClassifier(**EXACT, learning_rate="cosine"),
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


@pytest.mark.verify
@parametrize_with_checks(EXACTLY_TOO)
def test_more_exact_estimators_pass_scikit_learn_checks_without_exception(estimator, check):
    """Neither with other solvers, schedules and widths."""
    check(estimator)


QUICK = EXACT_REFERENCE | {"hidden_layer_sizes": (8,), "max_iter": 10, "learning_rate_init": 0.1}


class SeveralTargets:
    """Learns two targets wherever a check gives one, as numbers in an array; several are learnt as they are."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(X, self.two_for_one(y), sample_weight)

    def partial_fit(self, X, y, **classes):  # which are given where there is one target
        return super().partial_fit(X, y if classes else self.two_for_one(y), **classes)

    def score(self, X, y):
        return super().score(X, self.two_for_one(y) if self.n_outputs_ == 2 else y)

    def two_for_one(self, y):
        is_one = isinstance(y, np.ndarray) and y.ndim == 1 and y.dtype.kind in "iuf"
        return np.column_stack(self.two(y)) if is_one else y


class TwoTargets(SeveralTargets, FeedForwardRegressor):
    def two(self, y):
        return y, y**2


class TwoLabels(SeveralTargets, FeedForwardClassifier):
    def two(self, y):
        return (y % 2 == 0).astype(int), (y > 0).astype(int)


class Weighted(FeedForwardRegressor):
    """Gives each row a weight of its own wherever a check gives none."""

    def fit(self, X, y, sample_weight=None):
        if sample_weight is None and y is not None:
            sample_weight = np.linspace(0.5, 2, len(np.asarray(y)))
        return super().fit(X, y, sample_weight)


SHAPE = (
    "check_regressor_data_not_an_array", "check_classifier_data_not_an_array", "check_supervised_y_2d",
    "check_estimator_sparse_array", "check_estimator_sparse_matrix",
)  # fmt: skip
CLASSES = (
    "check_classifiers_one_label", "check_classifiers_classes", "check_classifiers_regression_target",
    "check_class_weight_classifiers", "check_supervised_y_no_nan",
)  # fmt: skip
EQUIVALENCE = tuple(f"check_sample_weight_equivalence_on_{kind}_data" for kind in ("dense", "sparse"))

# Each with the checks that ask for something else: for the shape of the one y that was given, for its classes, or for
# rows without weights.
OTHER_TASKS = [(TwoTargets(**QUICK), SHAPE), (TwoLabels(**QUICK), SHAPE + CLASSES), (Weighted(**QUICK), EQUIVALENCE)]


@pytest.mark.parametrize(
    ("estimator", "check"),
    [
        pytest.param(estimator, check, id=f"{type(estimator).__name__}-{check.func.__name__}-{place}")
        for one, others in OTHER_TASKS
        for place, (estimator, check) in enumerate(estimator_checks_generator(one))
        if check.func.__name__ not in others
    ],
)
def test_several_targets_labels_and_weights_pass_the_checks_of_one_target(estimator, check):
    """All checks of how estimators behave, on models of two targets, of two labels, and of weighted rows."""
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
