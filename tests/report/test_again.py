"""The lines of "How to do it again" run as they stand, and make the same model and the same report."""

from inspect import signature

import numpy as np
import pytest

import pellucid
from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.report.again import as_code, in_python
from pellucid.report.rows import read_rows

QUICK = {"engine": "reference", "random_state": 0, "max_iter": 2}


class Called:
    """What the lines call `report` with, in place of a page."""

    def __init__(self, monkeypatch):
        monkeypatch.setattr(pellucid, "report", self, raising=False)

    def __call__(self, model, X, y, path, **others):
        signature(REPORT).bind(model, X, y, path, **others)
        self.model, self.others = model, others


REPORT = pellucid.report


def test_the_lines_make_the_same_model_again(rng, monkeypatch):
    """With long lists, objects and weights: the parameters are the same to the last bit."""
    X, y, w, groups = rng.normal(size=(60, 2)), rng.normal(size=60), rng.uniform(1, 2, 60), np.arange(60)
    q = tuple(np.linspace(0.01, 0.99, 41).tolist())
    model = FeedForwardRegressor(
        [2], "tanh", loss=pellucid.Quantile(q), learning_rate=pellucid.StepDecay(every=1, factor=0.3), **QUICK
    ).fit(X, y, w)
    rows, _ = read_rows(model, X, y, w, groups=groups)
    training, _ = read_rows(model, X, y, w)

    lines = in_python(model, rows, training, 'it\'s "mine"', 3)

    assert "..." not in lines
    called = Called(monkeypatch)
    variables = {"X": X, "y": y, "sample_weight": w, "X_test": X, "y_test": y}
    exec(compile(lines, "again", "exec"), variables | {"sample_weight_test": w, "groups_test": groups})
    np.testing.assert_array_equal(called.model.network_.theta, model.network_.theta)
    assert called.others["title"] == 'it\'s "mine"'
    assert called.others["random_state"] == 3
    for name, variable in {"sample_weight": w, "sample_weight_train": w, "groups": groups, "X_train": X}.items():
        assert called.others[name] is variable


def test_exposures_are_in_the_lines(rng, monkeypatch):
    X, e = rng.normal(size=(60, 2)), rng.uniform(1, 5, 60)
    y = rng.poisson(e).astype(float)
    model = FeedForwardRegressor((2,), loss="poisson", **QUICK).fit(X, y, exposure=e)

    lines = in_python(model, read_rows(model, X, y, exposure=e)[0], None)

    called = Called(monkeypatch)
    exec(compile(lines, "again", "exec"), {"X": X, "y": y, "exposure": e, "X_test": X, "y_test": y, "exposure_test": e})
    np.testing.assert_array_equal(called.model.network_.theta, model.network_.theta)
    assert list(called.others) == ["exposure"]


def test_what_no_code_can_say_is_a_variable_and_named(rng):
    X = rng.normal(size=(60, 2))
    model = FeedForwardClassifier((2,), scoring=lambda model, X, y: 1.0, **QUICK).fit(X, X[:, 0] > 0)

    lines = in_python(model, read_rows(model, X, X[:, 0] > 0)[0], None)

    compile(lines, "again", "exec")
    assert "# scoring: an object of your own, as given to FeedForwardClassifier" in lines
    assert "scoring=scoring" in lines
    assert lines.endswith('model.fit(X, y)\npellucid.report(model, X_test, y_test, "report.html")')


@pytest.mark.parametrize(
    "value",
    [None, True, 3, 0.1, float("inf"), "it's", (1,), [1, (2, 3)], {"a": [0.5]}, np.float32(0.5), pellucid.Huber(0.7)],
    ids=str,
)
def test_code_is_the_value(value):
    assert eval(as_code(value), {"pellucid": pellucid}) == value


def test_code_of_an_array_is_all_of_it():
    values = np.arange(3000, dtype=np.int32)

    found = eval(as_code(values), {"np": np})

    assert found.dtype == values.dtype
    np.testing.assert_array_equal(found, values)
