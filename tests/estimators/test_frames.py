"""pandas, polars and Arrow, in any of their types, are the same table: the same bytes come out."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from pellucid import FeedForwardClassifier, FeedForwardRegressor

SMALL = {"hidden_layer_sizes": (4,), "engine": "reference", "max_iter": 3, "random_state": 0}
NAMES = ["a", "b", "c"]

FRAMES = {
    "pandas": lambda X: pd.DataFrame(X, columns=NAMES),
    "polars": lambda X: pl.DataFrame(X, schema=NAMES, orient="row"),
    "arrow": lambda X: pa.table(dict(zip(NAMES, X.T, strict=True))),
}
SERIES = {
    "pandas": lambda v: pd.Series(v, index=range(100, 100 + len(v))),
    "nullable": lambda v: pd.Series(v).convert_dtypes(),
    "pandas of arrow": lambda v: pd.Series(v).convert_dtypes(dtype_backend="pyarrow"),
    "polars": lambda v: pl.Series("y", v),
    "arrow": pa.array,
    "chunks": lambda v: pa.chunked_array([v[:20], v[20:]]),
    "polars frame": lambda v: pl.DataFrame({"y": v}),
    "arrow table": lambda v: pa.table({"y": v}),
    "list": list,
}
ONE_DIMENSIONAL = [name for name in SERIES if name not in ("polars frame", "arrow table")]


@pytest.fixture
def X(rng):
    return rng.normal(size=(60, 3))


@pytest.fixture
def y(rng):
    return rng.normal(size=60)


def theta(model, *data, **more):
    return model.fit(*data, **more).network_.theta.tobytes()


def regressor(**settings):
    return FeedForwardRegressor(**SMALL, **settings)


def classifier():
    return FeedForwardClassifier(**SMALL)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("frame_val", FRAMES)
def test_training_and_validation_may_come_from_two_libraries(frame, frame_val, X, y):
    expected = regressor().fit(X[:40], y[:40], X_val=X[40:], y_val=y[40:])

    found = regressor().fit(FRAMES[frame](X[:40]), y[:40], X_val=FRAMES[frame_val](X[40:]), y_val=y[40:])

    assert found.history_["validation_loss"].tolist() == expected.history_["validation_loss"].tolist()
    assert found.predict(FRAMES[frame_val](X)).tobytes() == expected.predict(X).tobytes()


@pytest.mark.parametrize("series", SERIES)
def test_targets_of_any_library_are_learnt_and_scored(series, X, y):
    model = regressor()

    expected = theta(model, X, y, X_val=X, y_val=y), model.score(X, y)
    given = SERIES[series](y)

    assert (theta(model, X, given, X_val=X, y_val=given), model.score(X, given)) == expected


@pytest.mark.parametrize("series", ONE_DIMENSIONAL)
def test_weights_and_exposures_of_any_library_count(series, X, y):
    """Their index, where they have one, is nobody's concern: rows go by their places."""
    weights = np.arange(60) % 3 + 1.0
    given = SERIES[series](weights)

    expected = theta(regressor(loss="poisson"), X, y**2, weights, exposure=weights + 0)
    assert theta(regressor(loss="poisson"), X, y**2, given, exposure=given) == expected
    assert regressor().fit(X, y).score(X, y, given) == regressor().fit(X, y).score(X, y, weights)


@pytest.mark.parametrize("series", [*ONE_DIMENSIONAL, "arrow table"])  # others: scikit-learn's word on a column
@pytest.mark.parametrize("labels", ["text", "truth", "whole"])
def test_classes_of_any_library_are_learnt_and_scored(series, labels, X, y):
    values = {"text": np.where(y > 0, "yes", "no"), "truth": y > 0, "whole": (y > 0) * 3}[labels]
    expected, found = classifier(), classifier()

    assert theta(found, X, SERIES[series](values)) == theta(expected, X, values)
    assert found.predict(X).tolist() == expected.predict(X).tolist()
    assert found.score(X, SERIES[series](values)) == expected.score(X, values)


@pytest.mark.parametrize(
    "categories",
    [
        lambda v: pd.Series(v).astype("category"),
        lambda v: pl.Series(v).cast(pl.Categorical),
        lambda v: pl.Series(v).cast(pl.Enum(["no", "yes"])),
        lambda v: pa.array(v).dictionary_encode(),
    ],
    ids=["pandas", "polars", "enum", "arrow"],
)
def test_categories_are_classes(categories, X, y):
    values = np.where(y > 0, "yes", "no")

    assert theta(classifier(), X, categories(values)) == theta(classifier(), X, values)


@pytest.mark.parametrize("estimator", [regressor, classifier])
@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame,
        lambda Y: pd.DataFrame(Y).convert_dtypes(),
        lambda Y: pl.DataFrame(Y).with_columns(pl.all().fill_nan(None)),
        lambda Y: pa.table({name: pa.array(Y[name], from_pandas=True) for name in Y}),
    ],
    ids=["pandas", "nullable", "polars", "arrow"],
)
def test_a_missing_target_of_several_is_missing_in_every_library(frame, estimator, X, y):
    """NaN, NA and null, in numbers and in labels."""
    Y = np.stack([y > 0, X[:, 0] > 0], axis=1).astype(float)
    Y[[3, 7], [0, 1]] = np.nan

    found = theta(estimator(), X, frame({"u": Y[:, 0], "v": Y[:, 1]}))

    assert found == theta(estimator(), X, Y)


def test_whole_numbers_that_may_be_missing_are_labels(X, y):
    labels = np.stack([y > 0, X[:, 0] > 0], axis=1) * 1

    assert theta(classifier(), X, pd.DataFrame(labels).astype("Int64")) == theta(classifier(), X, labels)


COLUMNS = {"n": [1, 2, 3, 4] * 15, "b": [True, False] * 30, "t": ["u", "v", "w"] * 20}


@pytest.mark.parametrize(
    "frame",
    [
        lambda: pd.DataFrame(COLUMNS).astype({"n": "Int64", "b": "boolean", "t": "category"}),
        lambda: pd.DataFrame(COLUMNS).astype({"n": "int8", "t": "string"}),
        lambda: pd.DataFrame(COLUMNS).astype({"n": "float32", "t": object}),
        lambda: pd.DataFrame(COLUMNS).convert_dtypes(dtype_backend="pyarrow"),
        lambda: pl.DataFrame(COLUMNS, schema_overrides={"t": pl.Categorical}),
        lambda: pl.DataFrame(COLUMNS, schema_overrides={"n": pl.UInt8, "t": pl.Enum(["u", "v", "w"])}),
        lambda: pa.table(COLUMNS),
    ],
    ids=["nullable", "string", "object", "pandas of arrow", "polars", "enum", "arrow"],
)
def test_a_column_is_its_values_and_not_its_type(frame, y):
    assert theta(regressor(), frame(), y) == theta(regressor(), pd.DataFrame(COLUMNS), y)


@pytest.mark.parametrize("kind", [pa.Table.from_pandas, lambda frame: pl.from_arrow(pa.Table.from_pandas(frame))])
def test_an_index_that_arrow_keeps_as_a_column_is_no_feature(kind):
    frame = pd.DataFrame({"size": np.arange(30.0) % 7, "town": ["Bern", "Rome"] * 15}).sample(frac=1, random_state=0)
    y = frame["size"] * 2
    with_index, without = kind(frame), kind(frame.reset_index(drop=True))
    assert column_names(with_index) == ["size", "town", "__index_level_0__"]

    model = FeedForwardRegressor((2,), max_iter=2, random_state=0, engine="reference")
    model.fit(with_index, y, X_val=with_index, y_val=y)
    assert list(model.feature_names_in_) == ["size", "town"]
    assert model.n_features_in_ == 2
    np.testing.assert_array_equal(model.predict(with_index), model.predict(without))
    np.testing.assert_array_equal(model.predict(with_index), model.predict(frame))
    model.partial_fit(with_index, y, X_val=with_index, y_val=y)


def column_names(frame):
    return list(frame.column_names if isinstance(frame, pa.Table) else frame.columns)
