"""A pickled model predicts the same bytes; one of another version says so."""

import copy
import io
import pickle
import warnings

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal

import pellucid
from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import VersionWarning

SMALL = {"hidden_layer_sizes": (4,), "engine": "reference", "max_iter": 3, "random_state": 0}


def through_joblib(model):
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    return joblib.load(file)


WAYS = [lambda model: pickle.loads(pickle.dumps(model)), through_joblib, copy.deepcopy, copy.copy]


@pytest.fixture
def fitted(rng):
    X = rng.normal(size=(50, 3))
    return FeedForwardRegressor(**SMALL, loss="huber").fit(X, X[:, 0]), X


@pytest.mark.parametrize("way", WAYS, ids=["pickle", "joblib", "deepcopy", "copy"])
def test_the_copy_is_the_model(way, fitted):
    """Its predictions, history and names, and what a new fit of it learns."""
    model, X = fitted

    again = way(model)

    assert again.predict(X).tobytes() == model.predict(X).tobytes()
    assert again.loss_curve_ == model.loss_curve_
    assert vars(again).keys() == vars(model).keys()
    assert again.fit(X, X[:, 0]).network_.theta.tobytes() == model.network_.theta.tobytes()


@pytest.mark.parametrize("way", WAYS[:3], ids=["pickle", "joblib", "deepcopy"])
def test_the_copy_shares_nothing(way, fitted):
    model, X = fitted
    before = model.predict(X)

    way(model).network_.theta[:] = 0

    assert_array_equal(model.predict(X), before)


def test_an_unfitted_model_and_a_classifier_with_text_come_back(rng):
    X = rng.normal(size=(50, 3))
    unfitted = pickle.loads(pickle.dumps(FeedForwardClassifier(**SMALL)))
    model = unfitted.fit(X, np.where(X[:, 0] > 0, "yes", "no"))

    assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))


def test_a_pickle_of_another_version_says_so(fitted, monkeypatch):
    model, X = fitted
    monkeypatch.setattr(pellucid, "__version__", "0.0.9")
    pickled = pickle.dumps(model)
    monkeypatch.undo()

    with pytest.warns(VersionWarning) as said:
        again = pickle.loads(pickled)

    assert [str(warning.message) for warning in said] == [
        f"This FeedForwardRegressor was pickled by pellucid 0.0.9 and is read by pellucid {pellucid.__version__}: it "
        "may fail, or predict other numbers. A pickle is for one version; model.save(path) writes a file that later "
        "versions read, with pellucid.load(path)."
    ]
    assert_array_equal(again.predict(X), model.predict(X))


def test_a_pickle_that_names_no_version_says_so():
    with pytest.warns(VersionWarning, match="was pickled by a version of pellucid that did not say which and is"):
        FeedForwardRegressor().__setstate__({"alpha": 1.0})


def test_what_was_read_is_pickled_by_this_version(fitted, monkeypatch):
    """Pickled again it belongs to this version, and nothing is said."""
    monkeypatch.setattr(pellucid, "__version__", "0.0.9")
    pickled = pickle.dumps(fitted[0])
    monkeypatch.undo()
    with pytest.warns(VersionWarning):
        again = pickle.loads(pickled)

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        pickle.loads(pickle.dumps(again))

    assert said == []
