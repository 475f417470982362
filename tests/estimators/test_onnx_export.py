"""Fitted models as ONNX files: what ONNX Runtime makes of raw columns is what Python predicts."""

import json
import os

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pyarrow as pa
import pytest
from onnx.reference import ReferenceEvaluator
from sklearn.exceptions import NotFittedError

import pellucid
from pellucid import (
    RSS,
    Absolute,
    FeedForwardClassifier,
    FeedForwardRegressor,
    Gamma,
    Huber,
    Log,
    Loss,
    Poisson,
    Quantile,
    Tweedie,
)
from pellucid.errors import DataWarning, ModelFileError
from pellucid.estimators.inputs import read_columns
from pellucid.estimators.onnx_export import make_graph
from pellucid.files.onnx_export.comparison import LIMIT
from pellucid.files.onnx_export.inputs import feed
from pellucid.mathematics.activations import HIDDEN
from pellucid.mathematics.losses import LOSSES

N = 80
SETTINGS = {"hidden_layer_sizes": (6, 4), "max_iter": 3, "random_state": 0, "engine": "reference"}


@pytest.fixture
def table(rng):
    """Numbers, text, truth and dates, some of each missing, under names that an output or a node could have."""
    when = np.datetime64("1969-12-01", "us") + rng.integers(0, 10**14, N)
    return pd.DataFrame(
        {
            "prediction": rng.normal(size=N),
            "label": rng.integers(0, 5, N),
            "W_1": np.where(rng.random(N) < 0.2, np.nan, rng.normal(size=N)),
            "town of birth": np.where(rng.random(N) < 0.2, None, rng.choice(["Zürich", "Bern", 'the "Old"', " "], N)),
            "ünïcode 🦉": rng.choice(["a", "b"], N),
            "": rng.random(N) < 0.5,
            "probabilities": pd.array(np.where(rng.random(N) < 0.2, None, rng.random(N) < 0.5), "boolean"),
            "Gemm\n": np.where(rng.random(N) < 0.2, np.datetime64("NaT"), when),
        }
    )


@pytest.fixture
def numbers(rng):
    X = rng.normal(size=(N, 4))
    X[rng.random(N) < 0.2, 1] = np.nan
    return X


def run(path, feeds):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return dict(zip([output.name for output in session.get_outputs()], session.run(None, feeds), strict=True))


def positive(X):
    return np.exp(X[:, 0] / 2) + 0.1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", HIDDEN)
def test_every_activation_exports_in_both_types(activation, dtype, numbers, tmp_path):
    model = FeedForwardRegressor(activation=activation, dtype=dtype, **SETTINGS).fit(numbers, numbers[:, 0])

    check = model.to_onnx(tmp_path / "m.onnx", X=numbers)
    assert check.passed, check
    assert (check.limit, check.n_rows, check.other_labels) == (LIMIT, N, 0)


LOSSES_OF_NUMBERS = {
    "rss": RSS(), "absolute": Absolute(), "huber": Huber(0.7), "quantile": Quantile(0.9),
    "quantiles": Quantile(0.1, 0.5, 0.9), "poisson": Poisson(), "gamma": Gamma(), "tweedie": Tweedie(1.3),
    "log": Log(), "label smoothing": Log(0.1),
}  # fmt: skip


def test_the_losses_that_are_tried_are_all():
    assert {loss.name for loss in LOSSES_OF_NUMBERS.values()} | {"cross_entropy"} == set(LOSSES)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LOSSES_OF_NUMBERS)
def test_every_loss_of_numbers_exports_with_predictions_in_their_own_units(name, dtype, numbers, tmp_path):
    y = positive(numbers)
    y = y / (1 + y) if isinstance(LOSSES_OF_NUMBERS[name], Log) else 1000 * y
    model = FeedForwardRegressor(loss=LOSSES_OF_NUMBERS[name], dtype=dtype, **SETTINGS).fit(numbers, y)

    check = model.to_onnx(tmp_path / "m.onnx", X=numbers)
    assert check.passed, check
    found = run(tmp_path / "m.onnx", {"X": numbers})["prediction"]
    assert found.shape == model.predict(numbers).shape
    assert found.dtype == np.float64
    assert np.allclose(found, model.predict(numbers), rtol=1e-9)


@pytest.mark.parametrize("standardise", [True, False, "inputs", "targets"])
def test_targets_are_scaled_back_however_they_were_scaled(standardise, numbers, tmp_path):
    y = np.column_stack([numbers[:, 0] * 1e4 + 7, numbers[:, 2]])
    with np.errstate(all="ignore"):
        model = FeedForwardRegressor(standardise=standardise, learning_rate_init=1e-6, **SETTINGS).fit(numbers, y)

    check = model.to_onnx(tmp_path / "m.onnx", X=numbers)
    assert check.passed
    assert [found.output for found in check.outputs] == ["y0", "y1"]


@pytest.mark.parametrize("clip", [False, True], ids=["unclipped", "clipped"])
@pytest.mark.parametrize("transform", ["standardise", "log", "quantile", "none", ["log", "quantile"]], ids=str)
def test_targets_are_transformed_back_and_clipped(transform, clip, numbers, tmp_path):
    """On rows far from those of training too, where clipping, and the ends of a quantile transform, come in."""
    y = np.column_stack([1000 * positive(numbers), positive(numbers[:, ::-1])])
    model = FeedForwardRegressor(target_transform=transform, clip_predictions=clip, **SETTINGS).fit(numbers, y)
    far = np.vstack([numbers, 50 * numbers])

    check = model.to_onnx(tmp_path / "m.onnx", X=far)
    assert check.passed, check
    assert not clip or (model.predict(far).max(axis=0) == y.max(axis=0)).any()


def test_quantiles_of_a_transformed_target_are_in_order(numbers, tmp_path):
    model = FeedForwardRegressor(loss=Quantile(0.2, 0.8), target_transform="quantile", **SETTINGS)

    assert model.fit(numbers, positive(numbers)).to_onnx(tmp_path / "m.onnx", X=numbers).passed
    assert (np.diff(run(tmp_path / "m.onnx", {"X": numbers})["prediction"], axis=1) >= 0).all()


def test_a_loss_for_each_target_exports_with_its_own_activation_and_quantiles_in_order(numbers, tmp_path):
    """The quantiles of a hardly trained network cross: both ways put them in order."""
    y = np.column_stack([numbers[:, 0], positive(numbers), numbers[:, 2] > 0])
    model = FeedForwardRegressor(loss=[Quantile(0.1, 0.5, 0.9), "poisson", "log"], **SETTINGS).fit(numbers, y)
    outputs = model.targets_.in_own_units(model._predict_outputs(numbers))[:, :3]
    assert (np.diff(outputs, axis=1) < 0).any()

    check = model.to_onnx(tmp_path / "m.onnx", X=numbers)
    assert check.passed, check
    found = run(tmp_path / "m.onnx", {"X": numbers})["prediction"]
    assert (np.diff(found[:, :3], axis=1) >= 0).all()
    metadata = {entry.key: entry.value for entry in onnx.load(tmp_path / "m.onnx").metadata_props}
    assert json.loads(metadata["outputs"]) == {"prediction": ["y0_q0.1", "y0_q0.5", "y0_q0.9", "y1", "y2"]}


@pytest.mark.parametrize("activation", ["relu", "softplus", "tanh", "sigmoid", "exponential"])
def test_outputs_with_an_activation_of_their_own_export(activation, numbers, tmp_path):
    y = numbers[:, 0]
    y = {"tanh": np.tanh(y), "sigmoid": 1 / (1 + np.exp(-y))}.get(activation, np.abs(y))
    model = FeedForwardRegressor(loss="absolute", output_activation=activation, standardise="inputs", **SETTINGS)

    assert model.fit(numbers, y).to_onnx(tmp_path / "m.onnx", X=numbers).passed


def test_a_model_of_rates_predicts_rates_and_says_so(numbers, tmp_path):
    exposure = np.linspace(0.5, 3, N)
    model = FeedForwardRegressor(loss="poisson", **SETTINGS)
    model.fit(numbers, np.round(positive(numbers) * exposure), exposure=exposure)

    assert model.to_onnx(tmp_path / "m.onnx", X=numbers).passed
    made = onnx.load(tmp_path / "m.onnx")
    assert made.graph.output[0].doc_string.endswith("those of y for an exposure of 1")
    assert {e.key: e.value for e in made.metadata_props}["units"] == '{"y": "rate, for an exposure of 1"}'


CLASSES = {
    "two texts": np.array(["no", "yés"]), "three texts": np.array(["a", "b c", "d"]),
    "objects": np.array(["no", "yes"], dtype=object), "whole numbers": np.array([-5, 0, 2**40]),
    "two whole numbers": np.array([0, 1]), "booleans": np.array([False, True]), "floats": np.array([1.0, 2.0, 4.0]),
    "small unsigned": np.array([1, 255], dtype=np.uint8),
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CLASSES)
def test_classes_of_every_type_come_out_as_labels_of_their_type(name, dtype, numbers, rng, tmp_path):
    y = CLASSES[name][rng.permutation(np.arange(N) % len(CLASSES[name]))]
    model = FeedForwardClassifier(dtype=dtype, **SETTINGS).fit(numbers, y)

    check = model.to_onnx(tmp_path / "m.onnx", X=numbers)
    assert check.passed, check
    found = run(tmp_path / "m.onnx", {"X": numbers})
    assert found["label"].tolist() == model.predict(numbers).tolist()
    assert np.allclose(found["probabilities"].sum(axis=1), 1, rtol=1e-14)
    metadata = {entry.key: entry.value for entry in onnx.load(tmp_path / "m.onnx").metadata_props}
    assert json.loads(metadata["classes"]) == model.classes_.tolist()
    assert metadata["task"] == ("binary" if len(CLASSES[name]) == 2 else "multiclass")


@pytest.mark.parametrize("labels", [1, 2, 5])
def test_labels_that_each_hold_or_not_come_out_as_0_and_1_with_a_probability_each(labels, numbers, rng, tmp_path):
    names = [f"label {d}" for d in range(labels)] if labels > 1 else ["only one"]
    y = pd.DataFrame(rng.integers(0, 2, (N, labels)), columns=names)
    if labels == 1:
        y = y.assign(other=1 - y["only one"])
    model = FeedForwardClassifier(**SETTINGS).fit(numbers, y)

    assert model.to_onnx(tmp_path / "m.onnx", X=numbers).passed
    found = run(tmp_path / "m.onnx", {"X": numbers})
    assert found["label"].dtype == np.int64
    assert np.array_equal(found["label"], model.predict(numbers))
    metadata = {entry.key: entry.value for entry in onnx.load(tmp_path / "m.onnx").metadata_props}
    assert json.loads(metadata["classes"]) == list(y.columns)
    assert metadata["task"] == "multilabel"


@pytest.mark.parametrize("encoding", ["standard", "robust", "quantile", "piecewise_linear", "none"])
def test_raw_columns_of_every_kind_go_in_under_their_own_names(encoding, table, tmp_path):
    """Also where an output, a weight or an operator would be called so; what a name cannot be is numbered."""
    y = table["prediction"].to_numpy() * 100
    model = FeedForwardRegressor(number_encoding=encoding, **SETTINGS).fit(table, y)

    check = model.to_onnx(tmp_path / "m.onnx", X=table)
    assert check.passed, check
    made = onnx.load(tmp_path / "m.onnx")
    assert [entry.name for entry in made.graph.input] == [name or "unnamed" for name in table.columns]
    assert [entry.name for entry in made.graph.output] == ["prediction (2)"]
    columns = json.loads({entry.key: entry.value for entry in made.metadata_props}["columns"])
    assert [entry["column"] for entry in columns] == list(table.columns)
    assert [entry["kind"] for entry in columns] == [
        "number", "number", "number", "text", "text", "boolean", "number", "date",
    ]  # fmt: skip


@pytest.mark.parametrize("most", [3, 2], ids=["rare levels", "by frequency"])
def test_numbers_and_texts_that_are_categories_export(most, rng, tmp_path):
    """Of an array by position, of a frame by name: with levels too rare for a feature, or too many for any."""
    codes = np.concatenate([np.arange(25), rng.integers(0, 4, 75)]) * 10.0
    X = np.column_stack([rng.normal(size=100), codes])
    frame = pd.DataFrame({"x": X[:, 0], "code": [f"c{code:g}" for code in codes], "kind": pd.Categorical(codes % 3)})
    settings = SETTINGS | {"max_categories": most, "activation": "tanh", "early_stopping": False}
    unseen = np.array([[0.5, 7.0], [0.1, np.nan]])

    model = FeedForwardRegressor(categorical_features=[1], **settings).fit(X, X[:, 0])
    with pytest.warns(DataWarning):
        assert model.to_onnx(tmp_path / "m.onnx", X=np.vstack([X, unseen])).passed
    model = FeedForwardRegressor(categorical_features=["code"], **settings).fit(frame, X[:, 0])
    assert model.to_onnx(tmp_path / "m.onnx", X=frame).passed
    kinds = {type(column).__name__ for column in model.encoder_.columns}
    assert kinds == {"StandardNumber", "OneHotColumn"} | ({"FrequencyColumn"} if most == 2 else set())


def test_values_that_training_did_not_see_are_taken_as_python_takes_them(table, tmp_path):
    """Unseen levels, and missing values in columns that had none."""
    model = FeedForwardClassifier(**SETTINGS).fit(table, table["label"] > 2)
    new = table.iloc[:12].copy()
    new.loc[:3, ["town of birth", "ünïcode 🦉"]] = "never seen"
    new.loc[4:6, "ünïcode 🦉"] = None
    new["label"] = new["label"].astype(float)
    new.loc[7:9, "label"] = np.nan
    new[""] = pd.array([None, *new[""].to_numpy()[1:]], "boolean")

    with pytest.warns(DataWarning):
        check = model.to_onnx(tmp_path / "m.onnx", X=new)
    assert check.passed, check


@pytest.mark.parametrize("encoding", ["robust", "quantile", "piecewise_linear"])
def test_the_graph_means_the_same_by_the_standards_own_evaluator(encoding, table, tmp_path):
    """So it depends on nothing that only ONNX Runtime does."""
    settings = SETTINGS | {"activation": ["gelu", "mish"], "number_encoding": encoding}
    model = FeedForwardClassifier(**settings).fit(table, table["label"])
    made, inputs = make_graph(model)
    feeds = feed(read_columns(model, table, reset=False), inputs, slice(0, N))

    label, P = ReferenceEvaluator(onnx.load_from_string(made)).run(None, feeds)
    assert label.tolist() == model.predict(table).tolist()
    assert np.abs(P - model.predict_proba(table)).max() < 1e-14


def test_polars_and_arrow_tables_are_fed_alike(table, tmp_path):
    import polars

    table = table.rename(columns={"": "sold"})  # polars gives a column without a name another one
    model = FeedForwardRegressor(**SETTINGS).fit(table, table["prediction"])
    arrow = pa.Table.from_pandas(table)

    for frame in (arrow, polars.from_arrow(arrow)):
        assert model.to_onnx(tmp_path / "m.onnx", X=frame).passed


@pytest.mark.parametrize("rows", [1, 2, 40_000])
def test_any_number_of_rows_goes_through(rows, numbers, tmp_path):
    model = FeedForwardRegressor(**SETTINGS).fit(numbers, numbers[:, 0])
    X = np.resize(numbers, (rows, 4))

    assert model.to_onnx(tmp_path / "m.onnx", X=X).passed
    assert len(run(tmp_path / "m.onnx", {"X": X})["prediction"]) == rows


def test_a_linear_model_and_a_saved_one_export_to_the_same_bytes_each_time(numbers, tmp_path):
    model = FeedForwardRegressor(**SETTINGS | {"hidden_layer_sizes": ()}).fit(numbers, numbers[:, 0])
    assert model.to_onnx(tmp_path / "first.onnx") is None
    model.save(tmp_path / "m.safetensors")
    pellucid.load(tmp_path / "m.safetensors").to_onnx(tmp_path / "second.onnx")

    assert (tmp_path / "first.onnx").read_bytes() == (tmp_path / "second.onnx").read_bytes()


def test_the_file_holds_all_weights_and_none_of_the_data(numbers, tmp_path):
    """One file, whose constants are the network's parameters to the bit."""
    model = FeedForwardRegressor(**SETTINGS).fit(numbers, numbers[:, 0])
    model.to_onnx(tmp_path / "m.onnx", X=numbers)

    assert os.listdir(tmp_path) == ["m.onnx"]
    constants = {c.name: onnx.numpy_helper.to_array(c) for c in onnx.load(tmp_path / "m.onnx").graph.initializer}
    for l, layer in enumerate(model.network_.layers, start=1):
        assert np.array_equal(constants[f"W_{l}"], layer.W)
        assert np.array_equal(constants[f"c_{l}"], layer.c)
    assert max(array.size for array in constants.values()) == model.network_.W[0].size


def test_a_wrong_graph_does_not_pass_its_check(numbers, tmp_path, monkeypatch):
    """Negative control: with another weight, and with classes in another order, the check says so."""
    regressor = FeedForwardRegressor(**SETTINGS).fit(numbers, numbers[:, 0])
    classifier = FeedForwardClassifier(**SETTINGS).fit(numbers, np.arange(N) % 3)
    real = pellucid.estimators.onnx_export.make_graph

    def changed(model):
        graph, inputs = real(model)
        made = onnx.load_from_string(graph)
        constant = next(c for c in made.graph.initializer if c.name in ("W_2" if model is regressor else "classes"))
        values = onnx.numpy_helper.to_array(constant)
        constant.CopyFrom(
            onnx.numpy_helper.from_array(values * 1.001 if model is regressor else values[::-1].copy(), constant.name)
        )
        return made.SerializeToString(), inputs

    monkeypatch.setattr("pellucid.estimators.onnx_export.make_graph", changed)
    assert not regressor.to_onnx(tmp_path / "m.onnx", X=numbers).passed
    check = classifier.to_onnx(tmp_path / "m.onnx", X=numbers)
    assert not check.passed
    assert check.other_labels > 0


def test_what_is_not_ours_is_refused_by_name_and_leaves_the_old_file(numbers, tmp_path):
    class Square(Loss):
        name = "my square"

        def value(self, Y, Y_hat):
            return (Y - Y_hat) ** 2

        def derivative(self, Y, Y_hat):
            return 2 * (Y_hat - Y)

    (tmp_path / "m.onnx").write_text("the old file")
    model = FeedForwardRegressor(loss=Square(), **SETTINGS).fit(numbers, numbers[:, 0])

    with pytest.raises(ModelFileError) as caught:
        model.to_onnx(tmp_path / "m.onnx")
    assert str(caught.value) == (
        "The loss my square of your own cannot be exported to ONNX: what its outputs mean is code, and the graph holds "
        "none. Use one of pellucid's, or keep the model in Python."
    )
    assert (tmp_path / "m.onnx").read_text() == "the old file"


@pytest.mark.parametrize(
    ("classes", "found"),
    [([2**63, 3], "9223372036854775808, too large for int64"), ([b"a", b"b"], "of the type bytes")],
)
def test_classes_that_onnx_has_no_type_for_are_refused(classes, found, numbers, tmp_path):
    dtype = np.uint64 if classes[0] == 2**63 else None
    model = FeedForwardClassifier(**SETTINGS).fit(numbers, np.arange(N) % 2)
    object.__setattr__(model.targets_, "classes", np.array(sorted(classes), dtype=dtype))

    with pytest.raises(ModelFileError, match=f"Got one {found}. Convert them and train again.$"):
        model.to_onnx(tmp_path / "m.onnx")


def test_a_file_that_cannot_be_written_and_a_model_that_was_not_fitted_are_refused(numbers, tmp_path):
    with pytest.raises(NotFittedError):
        FeedForwardRegressor().to_onnx(tmp_path / "m.onnx")
    model = FeedForwardRegressor(**SETTINGS).fit(numbers, numbers[:, 0])
    with pytest.raises(ModelFileError, match=r"^The ONNX file '.*none/m.onnx' cannot be written: No such file or dir"):
        model.to_onnx(tmp_path / "none" / "m.onnx")
