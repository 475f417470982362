"""A sparse X has the same bytes for a result as the dense array, or is refused for its size."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from numpy.testing import assert_array_equal
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import DataError
from pellucid.estimators import inputs

FORMATS = ("csr", "csc", "coo", "lil", "dok", "bsr", "dia")
SMALL = {"hidden_layer_sizes": (4,), "engine": "reference", "max_iter": 3, "random_state": 0}


@pytest.fixture
def X(rng):
    """Mostly 0, with an empty column, an empty row, a constant column and missing values that are stored."""
    X = rng.normal(size=(60, 6)) * (rng.random((60, 6)) < 0.3)
    X[:, 1], X[5], X[:, 2] = 0, 0, 3
    X[:, 4] = rng.normal(-3, 1, 60)  # its median, which missing values are given, is not 0
    X[[3, 8], 4] = np.nan
    return X


@pytest.fixture
def y(rng):
    return rng.normal(size=60)


def bytes_of(model, X):
    return model.network_.theta.tobytes(), model.predict(X).tobytes()


@pytest.mark.parametrize("as_array", [True, False], ids=["array", "matrix"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_bytes_of_the_dense_array(name, as_array, X, y):
    sparse = getattr(sp, f"{name}_{'array' if as_array else 'matrix'}")(X)
    weights = np.arange(60) % 3

    expected = bytes_of(FeedForwardRegressor(**SMALL).fit(X, y, weights), X)

    assert bytes_of(FeedForwardRegressor(**SMALL).fit(sparse, y, weights), sparse) == expected


@pytest.mark.parametrize("dtype", [np.float32, np.int64, bool])
def test_other_numbers_do_too(dtype, X, y):
    X = np.nan_to_num(X).astype(dtype)

    assert bytes_of(FeedForwardRegressor(**SMALL).fit(sp.csr_array(X), y), sp.csr_array(X)) == bytes_of(
        FeedForwardRegressor(**SMALL).fit(X, y), X
    )


def test_entries_that_are_stored_twice_are_added(X, y):
    """As SciPy says of its coordinates."""
    twice = sp.coo_array(([1.0, 2.0, 5.0], ([0, 0, 7], [3, 3, 0])), shape=X.shape)
    model = FeedForwardRegressor(**SMALL)

    assert bytes_of(model.fit(twice, y), twice) == bytes_of(model.fit(twice.toarray(), y), twice.toarray())


def test_blocks_of_rows_join_without_a_seam(X, y, monkeypatch):
    monkeypatch.setattr("pellucid.tables.row_blocks.BLOCK_ROWS", 7)
    sparse, model = sp.csr_array(X), FeedForwardRegressor(**SMALL)

    assert bytes_of(model.fit(sparse, y), sparse) == bytes_of(model.fit(X, y), X)


def test_every_method_takes_it(X, y):
    """Validation rows, scores and the glass box."""
    sparse, labels = sp.csc_array(X), (y > 0).astype(int)
    dense_model = FeedForwardClassifier(**SMALL).fit(X, labels, X_val=X, y_val=labels)
    model = FeedForwardClassifier(**SMALL).fit(sparse, labels, X_val=sparse, y_val=labels)

    assert_array_equal(model.history_["validation_loss"], dense_model.history_["validation_loss"])
    assert_array_equal(model.predict_proba(sparse), dense_model.predict_proba(X))
    assert model.score(sparse, labels) == dense_model.score(X, labels)
    assert_array_equal(model.sensitivities(sparse), dense_model.sensitivities(X))
    assert_array_equal(model.trace(sparse[[3]], labels[3]).y_hat, dense_model.trace(X[3], labels[3]).y_hat)
    assert model.check_gradients(sparse, labels).passed


def test_a_sparse_x_of_a_model_of_a_frame_is_matched_by_position(X, y):
    frame = pd.DataFrame(X, columns=list("abcdef"))
    model = FeedForwardRegressor(**SMALL).fit(frame, y)

    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        found = model.predict(sp.csr_array(X))

    assert_array_equal(found, model.predict(frame))


def test_a_frame_with_sparse_columns_is_a_frame(X, y):
    X = np.nan_to_num(X)
    frame = pd.DataFrame({"a": pd.arrays.SparseArray(X[:, 0]), "b": X[:, 3]})
    dense = frame.astype(float)

    model = FeedForwardRegressor(**SMALL).fit(frame, y)

    assert bytes_of(model, frame) == bytes_of(FeedForwardRegressor(**SMALL).fit(dense, y), dense)


def test_the_sparse_output_of_a_pipeline_is_taken(y):
    towns = pd.DataFrame({"town": np.array(["Bern", "Rome", "Oslo"])[np.arange(60) % 3]})
    found = [
        make_pipeline(
            make_column_transformer((OneHotEncoder(sparse_output=sparse), ["town"]), sparse_threshold=1.0),
            FeedForwardRegressor(**SMALL),
        ).fit(towns, y)
        for sparse in (True, False)
    ]

    assert found[0].predict(towns).tobytes() == found[1].predict(towns).tobytes()


def test_an_infinite_value_is_refused_as_in_an_array(X, y):
    X[2, 3] = np.inf

    with pytest.raises(ValueError, match="Input X contains infinity"):
        FeedForwardRegressor(**SMALL).fit(sp.csr_array(X), y)


def test_what_would_be_too_large_when_dense_is_refused_before_any_work(y):
    """Of 10^5 by 10^5 only the shape is looked at."""
    large = sp.csr_array((100_000, 100_000))

    with pytest.raises(DataError) as refusal:
        FeedForwardRegressor(**SMALL).fit(large, np.zeros(100_000))

    assert str(refusal.value) == (
        "The sparse X of 100000 rows and 100000 columns would take 74.5 GiB as the dense matrix that a network "
        "computes with; 4 GiB is the most. Take fewer columns (scikit-learn's TruncatedSVD, or a selection of "
        "features) or fewer rows. If there is memory for it, give X.toarray()."
    )


def test_the_limit_is_a_number_of_bytes_and_holds_for_predictions_too(X, y, monkeypatch):
    """60 rows of 6 numbers, each of 8 bytes: 2880; the dense array has no limit."""
    model = FeedForwardRegressor(**SMALL).fit(X, y)
    monkeypatch.setattr(inputs, "MOST_DENSE_BYTES", 2880)
    expected = model.predict(sp.csr_array(X))
    monkeypatch.setattr(inputs, "MOST_DENSE_BYTES", 2879)

    with pytest.raises(DataError, match="The sparse X of 60 rows and 6 columns would take"):
        model.predict(sp.csr_array(X))
    assert_array_equal(model.predict(X), expected)
