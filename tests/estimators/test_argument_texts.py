"""An argument has one text in every process, and another as soon as it computes something else."""

import dataclasses
import functools
import os
import re
import subprocess
import sys
import threading

import numpy as np
import pytest
from sklearn.metrics import get_scorer, make_scorer, mean_pinball_loss, r2_score

import pellucid
from pellucid import FeedForwardRegressor
from pellucid.errors import ParameterError
from pellucid.estimators.argument_texts import NoText, text_of

GENERATOR = np.random.default_rng(5)
X = GENERATOR.normal(size=(60, 2))
Y = np.sin(X[:, 0])
SHARED = {"hidden_layer_sizes": (3,), "engine": "reference", "max_iter": 6, "random_state": 3}


def error_of(estimator, X, y, sign=-1):
    return sign * float(np.abs(estimator.predict(X) - y).mean())


class Weighted:
    """A scorer with an attribute."""

    def __init__(self, weight):
        self.weight = weight

    def __call__(self, estimator, X, y):
        return self.weight * error_of(estimator, X, y)

    score = __call__


class Slotted:
    __slots__ = ("weight",)

    def __init__(self, weight):
        self.weight = weight


@dataclasses.dataclass(frozen=True)
class Holder:
    part: object


def enclosing(weight):
    return lambda estimator, X, y: weight * error_of(estimator, X, y)


def with_default(value):
    def scorer(estimator, X, y, weight=value):
        return weight

    return scorer


def itself():
    def scorer(n):
        return scorer(n - 1)

    return scorer


def wrapping(value):
    @functools.wraps(r2_score)
    def scorer(estimator, X, y):
        return value

    return scorer


def class_with(constant):
    class Own(pellucid.Huber):
        def value(self, y, y_hat):
            return constant * (y - y_hat) ** 2

    return Own()


# In each row the second is another one than the first, and differs from it in this alone.
PAIRS = {
    "the body of a lambda": (lambda e, X, y: -1.0, lambda e, X, y: 1.0),
    "a name looked up": (lambda e, X, y: np.mean(y), lambda e, X, y: np.max(y)),
    "a lambda within": (lambda: [lambda: 1], lambda: [lambda: 2]),
    "an enclosed value": (enclosing(1.0), enclosing(2.0)),
    "a default": (with_default(1.0), with_default(2.0)),
    "an argument of a partial": (functools.partial(error_of, sign=-1), functools.partial(error_of, sign=1)),
    "a function of a partial": (functools.partial(error_of), functools.partial(r2_score)),
    "the object of a method": (Weighted(1).score, Weighted(2).score),
    "an attribute": (Weighted(1), Weighted(2)),
    "a slot": (Slotted(1), Slotted(2)),
    "a field": (Holder(lambda: 1), Holder(lambda: 2)),
    "an array in a field": (Holder(np.arange(5000.0)), Holder(np.arange(5000.0) * (np.arange(5000) != 2500))),
    "texts in an array": (np.array(["a", "b"], object), np.array(["a", "c"], object)),
    "what make_scorer is told": (make_scorer(mean_pinball_loss, alpha=0.1), make_scorer(mean_pinball_loss, alpha=0.2)),
    "the sign of make_scorer": (make_scorer(r2_score), make_scorer(r2_score, greater_is_better=False)),
    "the function of make_scorer": (make_scorer(error_of), make_scorer(r2_score)),
    "a library's function": (np.mean, np.median),
    "a function behind a library's name": (wrapping(1), wrapping(2)),
    "a function with a cache": (functools.lru_cache(lambda: 1), functools.lru_cache(lambda: 2)),
    "the method of a class": (class_with(1.0), class_with(2.0)),
    "a parameter": (pellucid.Huber(1.0), pellucid.Huber(2.0)),
    "a zero's sign": (lambda: 0.0, lambda: -0.0),
}  # fmt: skip


@pytest.mark.parametrize("what", PAIRS)
def test_what_computes_something_else_has_another_text(what):
    one, other = PAIRS[what]
    assert text_of(one) != text_of(other)


MAKERS = [
    functools.partial(enclosing, 1.0),
    functools.partial(with_default, 1.0),
    itself,
    functools.partial(class_with, 1.0),
    lambda: Weighted(1).score,
    lambda: Slotted(1),
    lambda: Holder({"a": [1.0, None, {3, "x"}]}),
    lambda: make_scorer(mean_pinball_loss, alpha=0.1),
    lambda: get_scorer("r2"),
]


@pytest.mark.parametrize("make", MAKERS)
def test_two_of_the_same_have_the_same_text(make):
    assert text_of(make()) == text_of(make())


def test_a_function_that_has_been_called_often_keeps_its_text():
    """Its instructions are specialised meanwhile."""

    def total(values):
        found = 0.0
        for value in values:
            found = found + value
        return found

    before = text_of(total)
    for _ in range(200):
        total([1.0, 2.0, 3.0])
    assert text_of(total) == before


def test_other_processes_give_the_same_texts():
    """With other addresses and another seed of hashes."""
    code = (
        "from estimators.test_argument_texts import MAKERS, PAIRS, text_of\n"
        "print([text_of(one) for pair in PAIRS.values() for one in pair] + [text_of(make()) for make in MAKERS])"
    )
    found = set()
    for seed in ("1", "2"):
        surroundings = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, env=surroundings, capture_output=True, timeout=120, text=True, check=True)
        found.add(done.stdout)

    assert len(found) == 1
    assert not re.search("0x[0-9a-f]{6}", found.pop())


def test_what_contains_itself_has_an_end():
    values = [1.0]
    values.append(values)

    assert text_of(values) == "[1.0, what is 1 above]"


@pytest.mark.parametrize("value", [object(), threading.Lock(), iter([1]), [].append, Holder(object())])
def test_what_looks_different_in_every_process_has_no_text(value):
    with pytest.raises(NoText, match=r"nothing tells one .* from another"):
        text_of(value)


def test_no_checkpoints_with_an_argument_that_has_none(tmp_path):
    """Said at the start, with its name; without checkpoints it is what it is."""
    scorer = functools.partial(lambda lock, estimator, X, y: 1.0, threading.Lock())
    model = FeedForwardRegressor(scoring=scorer, checkpoint_dir=tmp_path / "run", **SHARED)

    with pytest.raises(ParameterError, match=r"`scoring` parameter of FeedForwardRegressor must .*nothing tells one"):
        model.fit(X, Y)
    assert os.listdir(tmp_path) == []
    assert model.set_params(checkpoint_dir=None).fit(X, Y).n_iter_ == 6


@pytest.mark.parametrize(
    ("one", "other"),
    [(enclosing(1.0), enclosing(-1.0)), (Weighted(1).score, Weighted(-1).score)],
)
def test_another_scorer_of_the_same_name_is_no_way_to_go_on(one, other, tmp_path):
    arguments = {"checkpoint_dir": tmp_path / "run", "checkpoint_epochs": 1, **SHARED}
    FeedForwardRegressor(scoring=one, **arguments).fit(X, Y)

    with pytest.raises(ParameterError, match="cannot be resumed to the same end: scoring was"):
        FeedForwardRegressor(scoring=other, **arguments).fit(X, Y, resume=True)
    FeedForwardRegressor(scoring=one, **arguments).fit(X, Y, resume=True)


def test_how_arrays_are_printed_changes_nothing(tmp_path):
    """Neither a setting of printing nor a target beyond the digits printed is passed over."""
    arguments = {"checkpoint_dir": tmp_path / "run", "checkpoint_epochs": 1, **SHARED}
    targets = np.column_stack([Y, X[:, 1]])
    FeedForwardRegressor(**arguments).fit(X, targets)

    with np.printoptions(precision=2):
        FeedForwardRegressor(**arguments).fit(X, targets, resume=True)
    with pytest.raises(ParameterError, match="the encodings are others"):
        FeedForwardRegressor(**arguments).fit(X, targets * (1 + 1e-11), resume=True)
