"""Who comes from scikit-learn's MLP finds its names, and is told ours where they differ."""

import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.neural_network import MLPClassifier, MLPRegressor

import pellucid
from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import ParameterError

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "from-scikit-learn.md"
PAIRS = [(FeedForwardRegressor, MLPRegressor), (FeedForwardClassifier, MLPClassifier)]
PLAIN = {"engine": "reference", "dtype": "float64", "standardise": False, "random_state": 0, "max_iter": 4}
NAMES = ("coefs_", "intercepts_", "n_layers_", "out_activation_", "loss_curve_", "best_loss_", "validation_scores_")


@pytest.fixture
def rows(rng):
    X = rng.normal(size=(60, 3))
    return X, X[:, 0] - X[:, 1] * X[:, 2]


def in_scikit_learn(model, mlp, X, y):
    """Scikit-learn's network with the parameters of ours."""
    mlp.set_params(hidden_layer_sizes=model.hidden_layer_sizes, activation="tanh", max_iter=1)
    mlp.partial_fit(X, y, **({"classes": model.classes_} if isinstance(mlp, MLPClassifier) else {}))
    assert [W.shape for W in mlp.coefs_] == [W.shape for W in model.coefs_]
    assert (mlp.n_layers_, mlp.out_activation_) == (model.n_layers_, model.out_activation_)
    mlp.coefs_, mlp.intercepts_ = model.coefs_, model.intercepts_
    return mlp


def test_scikit_learns_regressor_predicts_the_same_with_our_coefs(rows):
    X, y = rows
    model = FeedForwardRegressor((4, 3), "tanh", **PLAIN).fit(X, y)

    theirs = in_scikit_learn(model, MLPRegressor(), X, y)

    assert_allclose(theirs.predict(X), model.predict(X), rtol=1e-12)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel"])
def test_scikit_learns_classifier_predicts_the_same_with_our_coefs(kind, rows):
    X, y = rows
    labels = np.stack([y > 0, y > 1], axis=1).astype(int)
    y = {"binary": labels[:, 0], "multiclass": labels.sum(axis=1), "multilabel": labels}[kind]
    model = FeedForwardClassifier((4, 3), "tanh", **PLAIN).fit(X, y)

    theirs = in_scikit_learn(model, MLPClassifier(), X, y)

    assert_allclose(theirs.predict_proba(X), model.predict_proba(X), rtol=1e-12)


def test_an_output_that_scikit_learn_does_not_know_has_our_name(rows):
    X, y = rows
    model = FeedForwardRegressor((3,), loss="poisson", **PLAIN).fit(X, y**2)

    assert model.out_activation_ == "exponential"


def test_coefs_cannot_be_written(rows):
    """They are views of the network; a copy would take the change and do nothing."""
    model = FeedForwardRegressor((3,), **PLAIN).fit(*rows)

    for array in (*model.coefs_, *model.intercepts_):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@pytest.mark.parametrize("early_stopping", [True, False])
def test_the_best_loss_is_that_of_the_rows_that_were_watched(early_stopping, rows):
    model = FeedForwardRegressor((3,), early_stopping=early_stopping, **PLAIN).fit(*rows)
    watched = "validation_loss" if early_stopping else "training_loss"

    assert model.loss_curve_ == [record.training_loss for record in model.history_]
    assert model.n_iter_ == len(model.loss_curve_)
    assert model.best_loss_ == min(getattr(record, watched) for record in model.history_)


def test_there_are_no_validation_scores_where_none_were_computed(rows):
    model = FeedForwardRegressor((3,), **PLAIN).fit(*rows)

    assert not hasattr(model, "best_validation_score_")
    with pytest.raises(AttributeError) as refusal:
        _ = model.validation_scores_
    assert str(refusal.value) == (
        "This FeedForwardRegressor has no validation_scores_: no score was watched. "
        "J of the validation rows is history_['validation_loss']; less is better."
    )


@pytest.mark.parametrize("name", NAMES)
def test_an_unfitted_model_has_none_of_them(name):
    model = FeedForwardRegressor()

    assert not hasattr(model, name)
    with pytest.raises(NotFittedError):
        getattr(model, name)


def test_a_model_from_a_file_has_parameters_and_no_history(rows, tmp_path):
    model = FeedForwardRegressor((3,), **PLAIN).fit(*rows)
    model.save(tmp_path / "m")
    loaded = pellucid.load(tmp_path / "m")

    for ours, theirs in zip(loaded.coefs_, model.coefs_, strict=True):
        assert_array_equal(ours, theirs)
    for name in ("loss_curve_", "best_loss_", "validation_scores_"):
        with pytest.raises(AttributeError) as refusal:
            getattr(loaded, name)
        assert str(refusal.value) == (
            f"This FeedForwardRegressor has no {name}: it was loaded from a model file, which holds no history."
        )


@pytest.mark.parametrize(
    ("cls", "name", "rest"),
    [
        (FeedForwardRegressor, "alhpa", "Did you mean `alpha`?"),
        (FeedForwardClassifier, "clas_weight", "Did you mean `class_weight`?"),
        (FeedForwardClassifier, "max_fun", "L-BFGS is limited by its iterations here: use max_iter."),
        (
            FeedForwardRegressor,
            "power_t",
            "Give the power to the schedule: learning_rate=pellucid.InverseScaling(power=0.5).",
        ),
    ],
)
def test_an_unknown_argument_is_refused_with_the_nearest_known_one(cls, name, rest):
    with pytest.raises(ParameterError) as refusal:
        cls(**{name: 1})

    assert str(refusal.value) == f"{cls.__name__} has no parameter `{name}`. {rest}"


def test_an_argument_like_no_other_is_refused_with_all_that_there_are():
    with pytest.raises(TypeError, match=r"^FeedForwardRegressor has no parameter `xyz`\. It has: hidden_layer_sizes, "):
        FeedForwardRegressor(xyz=1)


@pytest.mark.parametrize("cls", [FeedForwardRegressor, FeedForwardClassifier])
def test_arguments_by_position_end_with_the_activation(cls):
    with pytest.raises(ParameterError) as refusal:
        cls((100,), "relu", "adam")

    assert str(refusal.value) == (
        f"{cls.__name__} takes only hidden_layer_sizes and activation by position. Got 3 arguments: name the others."
    )


@pytest.mark.parametrize("cls", [FeedForwardRegressor, FeedForwardClassifier])
def test_the_signature_still_names_every_argument(cls):
    """For help(), editors and scikit-learn."""
    names = list(inspect.signature(cls).parameters)

    assert sorted(names) == sorted(cls().get_params())
    assert names[:2] == ["hidden_layer_sizes", "activation"]


def test_a_subclass_may_take_what_it_likes():
    class Mine(FeedForwardRegressor):
        def __init__(self, **others):
            super().__init__()
            self.mine = others["mine"]

    assert Mine(mine=3).mine == 3


@pytest.mark.parametrize(
    ("settings", "ours"),
    [
        ({"activation": "logistic"}, "sigmoid"),
        ({"activation": ["relu", "identity"]}, "linear"),
        ({"loss": "squared_error"}, "rss"),
        ({"output_activation": "identity"}, "linear"),
    ],
)
def test_a_value_by_scikit_learns_name_is_refused_with_ours(settings, ours, rows):
    name, value = next(iter(settings.items()))

    with pytest.raises(ParameterError, match=f"^The `{name}` parameter of FeedForwardRegressor must be ") as refusal:
        FeedForwardRegressor(**settings).fit(*rows)

    assert str(refusal.value).endswith(f"Got {value!r} instead. That is scikit-learn's name: use '{ours}'.")


def arguments(cls):
    return {name: parameter.default for name, parameter in inspect.signature(cls).parameters.items()}


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_the_guide_names_every_argument(ours, theirs):
    """Those that only one of the two has, and those that both have."""
    named = set(re.findall(r"`([a-z_0-9]+)", GUIDE.read_text()))

    assert (set(arguments(ours)) | set(arguments(theirs))) - named == set()


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_the_guide_names_every_default_that_differs(ours, theirs):
    """What stands before its table are the arguments whose default is the same; all others have a row."""
    text = GUIDE.read_text()
    same = re.findall(r"`([a-z_0-9]+)", text[text.index("## The arguments") : text.index("| argument |")])
    mine, yours = arguments(ours), arguments(theirs)
    rows = re.findall(r"^\| (`[^|]*) \|", text, re.M)
    listed = set(re.findall(r"`([a-z_0-9]+)`", " ".join(rows)))

    assert [name for name in same if mine[name] != yours[name]] == []
    assert {name for name in mine if name in yours and mine[name] != yours[name]} - listed == set()
