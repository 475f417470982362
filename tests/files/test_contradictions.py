"""A model file whose parts contradict each other is refused, and so is the saving of such a model."""

import numpy as np
import pytest
from sklearn.base import clone

import pellucid
from files.contradictions import CONTRADICTIONS
from files.small_models import ALL_KINDS, ENCODED, NUMBERS, ONE, SMALL, TWO
from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import ModelFileError
from pellucid.mathematics.activations import ACTIVATIONS


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_file_that_contradicts_itself_is_refused_by_the_two_things_that_do(name, tmp_path):
    data, one, other = CONTRADICTIONS[name]
    (tmp_path / "m").write_bytes(data)

    with pytest.raises(ModelFileError, match="it does not describe a model of this version") as refused:
        pellucid.load(tmp_path / "m")

    assert one in str(refused.value)
    assert other in str(refused.value)


CHANGES = [
    {"hidden_layer_sizes": (7, 7)}, {"activation": "tanh"}, {"dtype": "float64"}, {"loss": "absolute"},
    {"loss": ["rss"]}, {"output_activation": "softplus"}, {"number_encoding": "robust"}, {"missing": "refuse"},
    {"standardise": False}, {"target_transform": "none"}, {"clip_predictions": True}, {"categorical_features": [0]},
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_arguments_that_were_changed_after_fitting_are_not_saved_until_it_is_fitted_again(change, tmp_path):
    """The file would say of the model what it is not; the sentence says what to do, and both ways work."""
    y = ONE - ONE.min()
    model = FeedForwardRegressor(**SMALL).fit(NUMBERS, y)
    before = {name: model.get_params()[name] for name in change}
    model.set_params(**change)

    with pytest.raises(ModelFileError, match=r"cannot be saved: .* Set its arguments to what they were in fit, or fit"):
        model.save(tmp_path / "m")

    assert not (tmp_path / "m").exists()
    model.set_params(**before).save(tmp_path / "set back")
    if "categorical_features" not in change:  # these numbers are no categories
        clone(model).set_params(**change).fit(NUMBERS, y).save(tmp_path / "fitted again")
        assert all(pellucid.load(tmp_path / "fitted again").get_params()[name] is not None for name in change)


def test_arguments_that_leave_no_trace_in_a_model_may_be_changed_before_saving(tmp_path):
    changed = {"max_iter": 7, "alpha": 0.5, "random_state": 3, "warm_start": True, "solver": "sgd"}
    FeedForwardRegressor(**SMALL).fit(NUMBERS, ONE).set_params(**changed).save(tmp_path / "m")

    assert changed.items() <= pellucid.load(tmp_path / "m").get_params().items()


EVERY_WAY = {
    "numpy's numbers": {"hidden_layer_sizes": [np.int64(3), np.int32(2)]},
    "activations of layers": {"hidden_layer_sizes": (3, 2), "activation": ["tanh", ACTIVATIONS["relu"]]},
    "no layer, a list of none": {"hidden_layer_sizes": (), "activation": []},
    "objects for all": {"loss": pellucid.Huber(0.5), "output_activation": "linear"},
    "losses of each": {"loss": ["rss", pellucid.Quantile(0.1, 0.9)]},
    "outputs of each": {"output_activation": ["linear", "softplus"]},
    "transforms of each": {"target_transform": ["none", "quantile"], "loss": ["rss", "absolute"]},
    "auto, not standardised": {"standardise": False},
    "counts": {"loss": ["rss", "poisson"], "standardise": "inputs"},
    "truths of NumPy": {"clip_predictions": np.True_, "standardise": np.bool_(True)},
    "weights of targets": {"target_weights": np.array([1.0, 2.0])},
    "double": {"dtype": "float64", "missing": "refuse", "number_encoding": "robust"},
}


@pytest.mark.parametrize("way", EVERY_WAY)
def test_what_a_user_may_give_is_saved_and_loaded(way, tmp_path):
    """By `fit`, by `partial_fit` and after going on: what `fit` makes of the arguments agrees with them."""
    for fit in ("fit", "partial_fit"):
        model = FeedForwardRegressor(**SMALL | {"warm_start": True} | EVERY_WAY[way])
        getattr(model, fit)(NUMBERS, TWO)
        getattr(model, fit)(NUMBERS, TWO)
        model.save(tmp_path / "m")
        assert pellucid.load(tmp_path / "m").predict(NUMBERS).tobytes() == model.predict(NUMBERS).tobytes()


@pytest.mark.parametrize("weight", [None, "balanced", {0: 2.0}, {1: 2, 0: 0.5}, [None, "balanced"], [{1: 3.0}, None]])
def test_class_weights_of_labels_and_classes_are_saved_and_loaded(weight, tmp_path):
    labels = (NUMBERS > 0).astype(int)
    for y in (labels, labels[:, 0]) if not isinstance(weight, list) else (labels,):
        model = FeedForwardClassifier(**SMALL, class_weight=weight).fit(NUMBERS, y)
        model.save(tmp_path / "m")
        found = pellucid.load(tmp_path / "m").targets_.class_weights
        assert np.array_equal(found, model.targets_.class_weights) if weight is not None else found is None


@pytest.mark.filterwarnings("ignore:The column 'owner' is left out:pellucid.errors.DataWarning")
@pytest.mark.parametrize("chosen", [["street", "code"], [6, 7], [False] * 6 + [True, True, False]], ids=str)
def test_categories_by_name_position_and_truth_are_saved_and_loaded(chosen, tmp_path):
    model = FeedForwardRegressor(**SMALL, **ENCODED | {"categorical_features": chosen}).fit(ALL_KINDS, ONE)
    model.save(tmp_path / "m")

    assert pellucid.load(tmp_path / "m").encoder_ == model.encoder_


def test_an_array_with_categories_of_numbers_is_saved_and_loaded_without_names(tmp_path):
    """A column of categories needs no names, if it holds numbers."""
    X = np.clip(np.round(NUMBERS), -1, 1)
    model = FeedForwardRegressor(**SMALL, categorical_features=[1]).fit(X, ONE)
    model.save(tmp_path / "m")
    again = pellucid.load(tmp_path / "m")

    assert not hasattr(again, "feature_names_in_")
    assert again.predict(X).tobytes() == model.predict(X).tobytes()
