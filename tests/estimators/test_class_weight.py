"""What each class counts: as if its rows stood in the table so many times."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pellucid import FeedForwardClassifier
from pellucid.errors import DataError, ParameterError

EXACT = {
    "hidden_layer_sizes": (4,), "solver": "gd", "max_iter": 20, "dtype": "float64", "early_stopping": False,
    "standardise": False, "random_state": 0,
}  # fmt: skip


def make_rows(n=60):
    generator = np.random.default_rng(0)
    X = generator.normal(size=(n, 3))
    return X, np.array(["a", "b", "c"])[np.digitize(X[:, 0] + 0.3 * generator.normal(size=n), [0.5, 1.2])]


def test_a_weight_of_a_class_is_the_weight_of_its_rows():
    """Rows are repeated with the same encoding: classes change what rows count in J, and no mean or median."""
    X, y = make_rows()
    counts = {"a": 1, "b": 2, "c": 3}
    repeats = np.array([counts[label] for label in y])

    by_class = FeedForwardClassifier(class_weight=counts, **EXACT).fit(X, y)
    by_row = FeedForwardClassifier(**EXACT).fit(X, y, repeats)
    repeated = FeedForwardClassifier(**EXACT).fit(np.repeat(X, repeats, axis=0), np.repeat(y, repeats))

    assert_allclose(by_class.network_.theta, by_row.network_.theta, rtol=1e-10)
    assert_allclose(by_class.network_.theta, repeated.network_.theta, rtol=1e-10)


@pytest.mark.parametrize("weighted", [False, True])
def test_balanced_classes_count_the_same(weighted):
    """n / (K n_k), as scikit-learn has it; of sample weights their sums."""
    X, y = make_rows()
    w = np.random.default_rng(1).uniform(0.5, 2, len(y)) if weighted else np.ones(len(y))

    model = FeedForwardClassifier(class_weight="balanced", **EXACT).fit(X, y, w)

    expected = [w.sum() / (3 * w[y == label].sum()) for label in "abc"]
    assert_allclose(model.targets_.class_weights, [expected], rtol=1e-12)


def test_a_class_that_is_not_named_counts_1():
    X, y = make_rows()

    model = FeedForwardClassifier(class_weight={"c": 5}, **EXACT).fit(X, y)

    assert model.targets_.class_weights.tolist() == [[1.0, 1.0, 5.0]]


def test_labels_have_weights_each_of_its_own():
    """A label's weights leave the others alone: without a hidden layer each learns what it would learn alone."""
    X, _ = make_rows()
    labels = (X[:, :2] > [0.5, 1.0]).astype(int)
    settings = EXACT | {"hidden_layer_sizes": (), "max_iter": 50}
    model = FeedForwardClassifier(class_weight=["balanced", {1: 3.0}], **settings)
    alone = [FeedForwardClassifier(class_weight=weight, **settings) for weight in ("balanced", {1: 3.0})]
    for one in (model, *alone):
        one._start_network = (lambda made: lambda seed: zeros(made(seed)))(one._start_network)

    model.fit(X, labels)
    for d, one in enumerate(alone):
        one.fit(X, labels[:, d])
        assert_allclose(model.network_.W[0][d], one.network_.W[0][0], rtol=1e-10)

    n = labels[:, 0].sum()
    assert_allclose(model.targets_.class_weights, [[60 / (2 * (60 - n)), 60 / (2 * n)], [1, 3]])
    assert model.check_gradients(X, labels).passed


def zeros(network):
    return network.with_parameters(np.zeros_like(network.theta))


def test_validation_and_the_gradient_check_count_classes_as_training_does():
    X, y = make_rows()
    weights = {"a": 1.0, "b": 4.0, "c": 9.0}
    settings = EXACT | {"hidden_layer_sizes": (), "max_iter": 1}
    model = FeedForwardClassifier(class_weight=weights, **settings).fit(X, y, X_val=X, y_val=y)

    c = np.array([weights[label] for label in y])
    losses = -model.predict_log_proba(X)[np.arange(60), np.searchsorted(model.classes_, y)]
    expected = np.sum(c * losses) / c.sum()

    assert model.history_["validation_loss"][-1] == pytest.approx(expected, rel=1e-12)
    assert pytest.approx(expected, rel=1e-12) == model.check_gradients(X, y).J


def test_a_rare_class_is_found_more_often_when_classes_are_balanced():
    generator = np.random.default_rng(3)
    X = generator.normal(size=(600, 2))
    y = (X[:, 0] + generator.normal(size=600) > 2.2).astype(int)
    settings = {"hidden_layer_sizes": (8,), "random_state": 0, "max_iter": 60}

    plain = FeedForwardClassifier(**settings).fit(X, y)
    balanced = FeedForwardClassifier(class_weight="balanced", **settings).fit(X, y)

    assert plain.predict(X)[y == 1].mean() + 0.3 < balanced.predict(X)[y == 1].mean()


@pytest.mark.parametrize(
    ("class_weight", "sentence"),
    [
        ("balance", "must be None, 'balanced', a dict of a number > 0"),
        ({"a": 0.0}, "must be None, 'balanced', a dict of a number > 0"),
        ({"a": float("nan")}, "must be None, 'balanced', a dict of a number > 0"),
        ({"d": 2.0}, "a dict with classes of y as keys, 'a', 'b', 'c'. Got {'d': 2.0} instead. Not among them: 'd'."),
        (["balanced"], "must be no list: there is one target"),
    ],
)
def test_wrong_weights_are_refused(class_weight, sentence):
    X, y = make_rows()

    with pytest.raises(ParameterError) as refusal:
        FeedForwardClassifier(class_weight=class_weight, **EXACT).fit(X, y)

    assert sentence in str(refusal.value)


def test_as_many_weights_as_labels():
    X, _ = make_rows()

    with pytest.raises(ParameterError, match="a list of 2, one for each label"):
        FeedForwardClassifier(class_weight=["balanced"] * 3, **EXACT).fit(X, (X[:, :2] > 0).astype(int))


def test_weights_that_differ_beyond_the_floats_are_refused():
    X, y = make_rows()

    with pytest.raises(DataError, match="times those of classes and exposures, differ by more than 1e\\+30"):
        FeedForwardClassifier(class_weight={"a": 1e-40}, **EXACT).fit(X, y)


def test_a_missing_label_is_left_out_of_its_row_and_of_no_other():
    """Without a hidden layer a label learns from the rows where it is present what it would learn from those alone."""
    X, _ = make_rows()
    labels = (X[:, :2] > [0.5, 1.0]).astype(float)
    labels[:20, 0] = np.nan
    settings = EXACT | {"hidden_layer_sizes": (), "class_weight": "balanced"}
    model, alone = FeedForwardClassifier(**settings), FeedForwardClassifier(**settings)
    for one in (model, alone):
        one._start_network = (lambda made: lambda seed: zeros(made(seed)))(one._start_network)

    model.fit(X, labels)
    alone.fit(X[20:], labels[20:, 0])

    assert_allclose(model.network_.W[0][0], alone.network_.W[0][0], rtol=1e-10)
    assert model.check_gradients(X, labels).passed
    labels[:, 0] = np.nan
    with pytest.raises(DataError, match="The label 'y0' is missing in every row of training"):
        model.fit(X, labels)
