"""A loaded model is the estimator that was saved: with its arguments, not only its predictions."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone

import pellucid
from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import DataWarning, ModelFileError, ParameterError
from pellucid.estimators.solver_choice import SCHEDULES
from pellucid.files.model_file import read_model, write_model
from pellucid.files.strict_json import count_values

UNUSUAL = {
    "hidden_layer_sizes": [np.int64(5), 3],
    "activation": ("tanh", "gelu"),
    "solver": "sgd",
    "alpha": np.float64(0.01),
    "l1": 1e-3,
    "batch_size": 16,
    "learning_rate": pellucid.Cosine(to=np.float64(0.25), warmup=np.int64(2)),
    "learning_rate_init": 0.02,
    "weight_decay": np.float32(0.5),
    "clip_norm": 3,
    "dropout": [np.float32(0.25), 0],
    "input_dropout": np.float64(0.125),
    "input_noise": 0.5,
    "max_iter": 4,
    "shuffle": False,
    "random_state": np.int32(7),
    "tol": 0.0,
    "verbose": np.bool_(False),
    "momentum": 0.5,
    "nesterovs_momentum": False,
    "validation_fraction": 0.3,
    "n_iter_no_change": 3,
    "standardise": "inputs",
    "target_weights": np.array([2.0]),
    "engine": "reference",
    "dtype": "float64",
}


@pytest.fixture
def rows():
    generator = np.random.default_rng(0)
    X = generator.normal(size=(50, 3))
    return X, X[:, 0] * X[:, 1]


@pytest.mark.parametrize("settings", [{"max_iter": 3, "random_state": 1}, UNUSUAL], ids=["few", "all"])
def test_a_clone_of_a_loaded_model_trains_to_the_same_bytes(settings, rows, tmp_path):
    X, y = rows
    model = FeedForwardRegressor(**settings).fit(X, y)
    model.save(tmp_path / "m")

    again = pellucid.load(tmp_path / "m")

    for name, value in model.get_params().items():
        found = again.get_params()[name]
        assert found == value if np.ndim(value) == 0 else list(found) == list(value), name
        assert not isinstance(found, np.generic | np.ndarray)
    assert_array_equal(clone(again).fit(X, y).network_.theta, model.network_.theta)


def test_callbacks_and_generators_stay_behind(rows, tmp_path):
    """A model file holds no code; what was random once is random again."""
    X, y = rows
    settings = {"max_iter": 2, "callbacks": [lambda state: False], "random_state": np.random.RandomState(0)}
    FeedForwardRegressor(**settings).fit(X, y).save(tmp_path / "m")

    again = pellucid.load(tmp_path / "m")

    assert again.callbacks is None
    assert again.random_state is None


def test_arguments_that_were_spoilt_after_fitting_are_not_saved(rows, tmp_path):
    model = FeedForwardRegressor(max_iter=2).fit(*rows).set_params(alpha=-1)

    with pytest.raises(ParameterError, match="`alpha` parameter of FeedForwardRegressor must be a number >= 0"):
        model.save(tmp_path / "m")

    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"alpha": -1},
        {"alpha": "0"},
        {"solver": "newton"},
        {"solver": "lbfgs", "clip_norm": 1.0},
        {"dropout": [0.5]},
        {"dropout": 1.0},
        {"learning_rate": {"object": "Cosine", "to": 0.0}},
        {"learning_rate": {"object": "Cosine", "to": 2.0, "warmup": 0.0}},
        {"learning_rate": {"object": "Cosine", "to": 0.0, "warmup": 0.0, "x": 1}},
        {"learning_rate": {"object": "Popen", "args": ["true"]}},
        {"learning_rate": {"object": ["Cosine"], "to": 0.0, "warmup": 0.0}},
        {"learning_rate": {"to": 0.0, "warmup": 0.0}},
        {"learning_rate": ["constant"]},
        {"alpha": {"object": "Cosine", "to": 0.0, "warmup": 0.0}},
        {"hidden_layer_sizes": 5},
        {"hidden_layer_sizes": None},
        {"random_state": "x"},
        {"random_state": -1},
        {"target_weights": ["a"]},
        {"target_weights": 3},
        {"callbacks": []},
        {"unknown": 1},
    ],
    ids=json.dumps,
)
def test_arguments_of_a_forged_file_are_held_to_the_rules(change, rows, tmp_path):
    FeedForwardRegressor(max_iter=2).fit(*rows).save(tmp_path / "m")
    description, arrays = read_model(tmp_path / "m")
    description["parameters"].update(change)
    write_model(tmp_path / "forged", description, arrays)

    with pytest.raises(ModelFileError, match="does not describe a model of this version"):
        pellucid.load(tmp_path / "forged")


@pytest.mark.parametrize("schedule", [cls() for cls in SCHEDULES.values()], ids=str)
def test_every_schedule_is_described_in_plain_values_and_comes_back(schedule, rows, tmp_path):
    FeedForwardRegressor((3,), learning_rate=schedule, max_iter=2, random_state=0).fit(*rows).save(tmp_path / "m")

    described = read_model(tmp_path / "m")[0]["parameters"]["learning_rate"]

    assert described.pop("object") == type(schedule).__name__
    assert described == dataclasses.asdict(schedule)
    assert pellucid.load(tmp_path / "m").learning_rate == schedule


def test_a_schedule_of_the_users_own_trains_and_is_not_saved(rows, tmp_path):
    """It is code, even under a name of ours."""

    class Cosine(pellucid.Cosine):
        pass

    model = FeedForwardRegressor((3,), learning_rate=Cosine(), max_iter=2, random_state=0).fit(*rows)

    with pytest.raises(ModelFileError, match=r"The class Cosine is not one of pellucid's, and a model file holds no"):
        model.save(tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_classes_that_64_bits_cannot_hold_are_refused_before_a_file_is_written(rows, tmp_path):
    X, y = rows
    labels = np.where(y > 0, np.uint64(2**63), np.uint64(1))
    model = FeedForwardClassifier(max_iter=2).fit(X, labels)

    with pytest.raises(ModelFileError) as refusal:
        model.save(tmp_path / "m")

    assert str(refusal.value) == ("The class 9223372036854775808 cannot be saved: it does not fit 64 bits with a sign.")
    assert not (tmp_path / "m").exists()


def test_a_file_with_such_a_class_is_refused_when_read(rows, tmp_path):
    X, y = rows
    FeedForwardClassifier(max_iter=2).fit(X, (y > 0).astype(int)).save(tmp_path / "m")
    description, arrays = read_model(tmp_path / "m")
    description["targets"]["classes"] = [1, 2**63]
    write_model(tmp_path / "forged", description, arrays)

    with pytest.raises(ModelFileError, match="does not describe a model of this version"):
        pellucid.load(tmp_path / "forged")


def test_the_description_says_how_the_model_was_made(rows, tmp_path):
    """One network in a list, the summary of its training, and the versions; a loaded model hands both on."""
    model = FeedForwardRegressor((3,), max_iter=4, random_state=0, engine="reference").fit(*rows)
    model.save(tmp_path / "m")

    description, arrays = read_model(tmp_path / "m")

    best = model.history_.records[model.best_epoch_ - 1]
    assert description["networks"] == [{"sizes": [3, 3, 1], "activations": ["relu", "linear"]}]
    assert description["combination"] == "mean"
    assert set(arrays) == {"theta_1", "numbers"}
    assert description["training"] == {
        "epochs": 4,
        "best_epoch": model.best_epoch_,
        "stopped_by": "max_epochs",
        "engine": "reference",
        "units": "standardised units",
        "training_loss": best.training_loss,
        "validation_loss": best.validation_loss,
    }
    assert set(description["versions"]) == {"pellucid", "python", "numpy", "numba"}
    pellucid.load(tmp_path / "m").save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "m").read_bytes()


def test_a_file_of_several_networks_is_one_of_a_newer_pellucid(rows, tmp_path):
    FeedForwardRegressor((3,), max_iter=2, random_state=0).fit(*rows).save(tmp_path / "m")
    description, arrays = read_model(tmp_path / "m")
    description["networks"] *= 2
    write_model(tmp_path / "newer", description, {**arrays, "theta_2": arrays["theta_1"]})

    with pytest.raises(ModelFileError) as refusal:
        pellucid.load(tmp_path / "newer")

    assert str(refusal.value) == (
        f"The model file '{tmp_path / 'newer'}' cannot be read: a newer pellucid made it (it holds 2 networks); "
        "install the newest pellucid."
    )


def test_a_model_that_no_file_can_hold_is_refused_before_a_file_is_written(tmp_path):
    """More columns than a description may have: it is said before training, and what to do; the model is of use."""
    X = np.random.default_rng(0).normal(size=(20, 5_000))
    limit = r"its description has 35,\d{3} values, where 30,000 are allowed. Give fewer columns .* \(max_categories\)"
    with pytest.warns(DataWarning, match=f"A model of these 5,000 columns can be used, but not saved: {limit}"):
        model = FeedForwardRegressor((), max_iter=1, engine="reference").fit(X, X[:, 0])

    with pytest.raises(ModelFileError, match=f"This FeedForwardRegressor cannot be saved: {limit}"):
        model.save(tmp_path / "m")

    assert not (tmp_path / "m").exists()
    assert np.isfinite(model.predict(X)).all()


def test_a_model_of_as_many_columns_or_levels_as_the_message_says_is_saved_and_loaded(tmp_path):
    """4,000 columns of numbers, and 25,000 levels: without a warning."""
    X = np.random.default_rng(0).normal(size=(20, 4_000))
    towns = pd.DataFrame({f"town {j}": [f"number {i:03}" for i in range(500)] * 2 for j in range(50)})
    settings = {"max_iter": 1, "engine": "reference", "max_categories": 500, "min_frequency": 0.0}
    for table, y in ((X, X[:, 0]), (towns, np.arange(1_000.0))):
        FeedForwardRegressor((), **settings).fit(table, y).save(tmp_path / "m")
        assert pellucid.load(tmp_path / "m").n_features_in_ == table.shape[1]


@pytest.mark.parametrize(("n_columns", "n_levels"), [(1, 0), (3, 0), (0, 2), (0, 7)])
def test_a_column_of_numbers_counts_for_7_values_and_one_of_text_for_8_and_its_levels(n_columns, n_levels):
    """The limits that messages name are computed from these."""
    X = {f"x{j}": np.arange(40.0) for j in range(n_columns)}
    X |= {"town": [f"level, {i % n_levels}" for i in range(40)]} if n_levels else {}
    model = FeedForwardRegressor((), max_iter=1, engine="reference").fit(pd.DataFrame(X), np.arange(40.0))
    columns = json.dumps(model.encoder_.to_dict()["columns"])

    assert count_values(columns) == 7 * n_columns + (8 + n_levels if n_levels else 0)


BINNED = FeedForwardRegressor((), max_iter=1, engine="reference", number_encoding="piecewise_linear")
DEEP = FeedForwardRegressor((1,) * 1_000, max_iter=1, engine="reference")
CLASSIFIER = FeedForwardClassifier((), max_iter=1, engine="reference")
TOO_MUCH = [
    (BINNED, {"n" * 200_000: np.arange(20.0)}, np.arange(20.0), "3200000 signs in all, where 2000000 are allowed"),
    (DEEP, {"x": np.arange(20.0)}, np.arange(20.0), "1001 layers, where 1000 are allowed"),
    (
        CLASSIFIER,
        {"x": np.arange(60.0)},
        [f"class {i // 3}" + "x" * (i // 57 * 60_000) for i in range(60)],
        "take 1200160 signs, where 1000000 are allowed",
    ),
]


@pytest.mark.filterwarnings("ignore::pellucid.errors.TrainingWarning")  # that so deep a network learns nothing
@pytest.mark.parametrize(("model", "columns", "y", "limit"), TOO_MUCH, ids=["names", "layers", "classes"])
def test_what_load_would_refuse_is_not_saved_and_the_limit_is_named(model, columns, y, limit, tmp_path):
    """Limits that keep a small file from costing much hold for both ways."""
    model = clone(model).fit(pd.DataFrame(columns), y)

    with pytest.raises(ModelFileError, match=f"This {type(model).__name__} cannot be saved: .*{limit}"):
        model.save(tmp_path / "m")

    assert not (tmp_path / "m").exists()


def test_an_epsilon_beyond_float32_is_compared_without_a_warning(rows, tmp_path):
    """The fuzzing of files found it: NumPy would have cast it to the type of the network."""
    FeedForwardRegressor((3,), max_iter=2, random_state=0).fit(*rows).set_params(epsilon=1e300).save(tmp_path / "m")

    assert pellucid.load(tmp_path / "m").epsilon == 1e300
