"""`model.encode`: rows as the network sees them, on which the mathematics alone gives the model's own numbers."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

import pellucid
from estimators.every_column import NUMBER_ENCODINGS, fitted_on_every_kind, table_of_every_kind
from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import DataError, DataWarning
from pellucid.tables.encoder import TableEncoder

ROWS = slice(0, 12)


@pytest.fixture(scope="module")
def table():
    return table_of_every_kind()


@pytest.mark.parametrize("number_encoding", NUMBER_ENCODINGS)
def test_network_on_encoded_rows_predicts_what_the_model_predicts(table, number_encoding):
    model = fitted_on_every_kind(table, number_encoding, standardise="inputs")
    X = model.encode(table)

    assert X.dtype == np.float64
    assert X.shape == (len(table), len(model.encoder_.feature_names))
    np.testing.assert_allclose(model.network_.predict(X)[:, 0], model.predict(table), rtol=1e-12)


@pytest.mark.parametrize("number_encoding", NUMBER_ENCODINGS)
def test_loss_and_gradient_trace_and_check_on_encoded_rows_are_the_models_own(table, number_encoding):
    y = pd.DataFrame({"price": table["size"] * 2, "rent": table["size"] + 1.0}).to_numpy(copy=True)
    y[2, 0] = np.nan
    model = fitted_on_every_kind(table, number_encoding, y=y, alpha=0.01)
    X, Y = model.encode(table[ROWS], y[ROWS])

    assert Y.shape == (12, 2)
    assert np.isnan(Y[2, 0])
    report = model.check_gradients(table[ROWS], y[ROWS], most_entries=5)
    own = pellucid.check_gradients(model.network_, X, Y, loss="rss", alpha=0.01, most_entries=5, engine="reference")
    J, _ = pellucid.loss_and_gradient(model.network_, X, Y, loss="rss", alpha=0.01)
    assert report.passed
    assert own.passed
    assert report.J == own.J == pytest.approx(J, rel=1e-13)

    made = model.trace(table.iloc[[1]], y[1])
    alone = pellucid.trace(model.network_, X[1], Y[1], loss="rss")
    _, gradient = pellucid.loss_and_gradient(model.network_, X[1:2], Y[1:2], loss="rss")
    for l in (1, 2):
        np.testing.assert_array_equal(made.layers[l].dL_dW, alone.layers[l].dL_dW)
        np.testing.assert_allclose(made.layers[l].dL_dW, gradient.W[l - 1], rtol=1e-12, atol=1e-15)


def test_classes_are_encoded_as_the_network_learns_them(table):
    table = table.drop(columns="order")
    labels = np.array(["c", "a", "b"])[np.arange(len(table)) % 3]
    model = FeedForwardClassifier((3,), max_iter=2, random_state=0, engine="reference", early_stopping=False)
    model.fit(table, labels)
    X, Y = model.encode(table[ROWS], labels[ROWS])

    np.testing.assert_array_equal(Y[:3, 0], [2, 0, 1])
    J, _ = pellucid.loss_and_gradient(model.network_, X, Y, loss=model.targets_.loss)
    chosen = model.predict_proba(table[ROWS])[np.arange(12), Y[:, 0].astype(int)]
    np.testing.assert_allclose(J, -np.log(chosen).mean(), rtol=1e-6)


def test_rates_are_what_counts_with_exposure_are_encoded_as(rng):
    X = rng.normal(size=(40, 2))
    e = rng.uniform(0.5, 2, 40)
    counts = rng.poisson(3 * e).astype(float)
    model = FeedForwardRegressor((3,), loss="poisson", max_iter=2, engine="reference", early_stopping=False)
    model.fit(X, counts, exposure=e)
    _, Y = model.encode(X, counts, exposure=e)

    np.testing.assert_allclose(Y[:, 0] * counts.sum() / e.sum(), counts / e, rtol=1e-6)
    with pytest.raises(DataError, match="give y too"):
        model.encode(X, exposure=e)


def test_encoding_warns_as_predict_does_and_an_unfitted_model_encodes_nothing(table):
    model = fitted_on_every_kind(table)
    with pytest.warns(DataWarning, match="'town' that was not seen in training"):
        model.encode(table[:1].assign(town="Paris"))
    with pytest.raises(NotFittedError):
        FeedForwardRegressor().encode(table)


@pytest.mark.parametrize("scoring", ["r2", lambda model, X, y: model.score(X, y)], ids=["by name", "own"])
def test_validation_rows_are_encoded_once_for_a_scorer_by_name(table, monkeypatch, scoring):
    """A function of the user's own may write into its X, so that its rows are encoded each time."""
    table, price = table.drop(columns="order"), table["size"] * 2.0
    calls, encode = [], TableEncoder.encode

    def counted(self, columns, **rest):
        calls.append(columns.n_rows)
        return encode(self, columns, **rest)

    monkeypatch.setattr(TableEncoder, "encode", counted)
    model = FeedForwardRegressor((3,), max_iter=6, random_state=0, scoring=scoring, engine="reference")
    model.fit(table[:200], price[:200], X_val=table[200:], y_val=price[200:])

    assert calls.count(40) == (2 if scoring == "r2" else 1 + 6)  # the first for the loss of the epochs
    score = model.score(table[200:], price[200:])
    assert max(entry.validation_score for entry in model.history_) == pytest.approx(score, rel=1e-5)
