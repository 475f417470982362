"""Small fitted models of every task, and the bytes of their files: what damage, attacks and fuzzing start from."""

import datetime
import functools
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pyarrow as pa

import pellucid
from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import DataWarning

SMALL = {"hidden_layer_sizes": (3,), "max_iter": 2, "random_state": 0, "engine": "reference"}
RNG = np.random.default_rng(3)
N = 40
NUMBERS = RNG.normal(size=(N, 2))
COUNTS = RNG.poisson(2.0, size=N).astype(float)
TABLE = pa.table(
    {
        "size": np.where(np.arange(N) % 7 == 0, np.nan, NUMBERS[:, 0]),
        "town": [("Bern", "Zürich", None, "Rome")[i % 4] for i in range(N)],
    }
)
# Every kind of column: with and without gaps, levels that are rare, a category of many levels, one of numbers.
ALL_KINDS = pa.table(
    {
        "size": TABLE.column("size"),
        "rooms": RNG.integers(1, 5, N),
        "lift": pa.array(RNG.random(N) < 0.5, mask=np.arange(N) % 9 == 4),
        "new": RNG.random(N) < 0.2,
        "built": pa.array(
            [datetime.datetime(1999 + i % 20, 1 + i % 12, 1 + i % 28, i % 24) for i in range(N)],
            mask=np.arange(N) % 11 == 5,
        ),
        "town": [("Bern", "Zürich", None, "Rome", "Bern", "Oslo")[i % 6] for i in range(N)],
        "street": [f"street {i % 25}" for i in range(N)],
        "code": RNG.integers(1, 4, N),
        "owner": [f"person {i}" for i in range(N)],
    }
)
ENCODED = {"max_categories": 2, "min_frequency": 0.25, "categorical_features": ["street", "code"]}
ONE, TWO = NUMBERS[:, 0] - NUMBERS[:, 1], np.column_stack([NUMBERS[:, 0], COUNTS])
LABELS = (NUMBERS > 0).astype(int)

# Name, estimator, X, y, and what `fit` is given beside.
CASES = {
    "one number": (FeedForwardRegressor(**SMALL), NUMBERS, ONE, {}),
    "columns of text": (FeedForwardRegressor(**SMALL, dtype="float64"), TABLE, ONE, {}),
    "no hidden layer": (FeedForwardRegressor(**SMALL | {"hidden_layer_sizes": ()}), NUMBERS, ONE, {}),
    "several numbers": (FeedForwardRegressor(**SMALL), NUMBERS, TWO, {}),
    "absolute": (FeedForwardRegressor(**SMALL, loss="absolute"), NUMBERS, ONE, {}),
    "huber": (FeedForwardRegressor(**SMALL, loss=pellucid.Huber(0.5)), NUMBERS, ONE, {}),
    "quantiles": (FeedForwardRegressor(**SMALL, loss=pellucid.Quantile(0.1, 0.5, 0.9)), NUMBERS, TWO, {}),
    "poisson": (FeedForwardRegressor(**SMALL, loss="poisson"), NUMBERS, COUNTS, {"exposure": COUNTS + 1}),
    "gamma": (FeedForwardRegressor(**SMALL, loss="gamma"), NUMBERS, COUNTS + 1, {}),
    "tweedie": (FeedForwardRegressor(**SMALL, loss=pellucid.Tweedie(1.2)), NUMBERS, COUNTS, {}),
    "a loss for each": (FeedForwardRegressor(**SMALL, loss=["rss", "poisson"]), NUMBERS, TWO, {}),
    "two classes": (FeedForwardClassifier(**SMALL), TABLE, np.where(ONE > 0, "yes", "no"), {}),
    "three classes": (
        FeedForwardClassifier(**SMALL, class_weight={0: 2.0, 2: 0.5}, learning_rate=pellucid.Cosine()),
        NUMBERS,
        np.arange(N) % 3,
        {},
    ),
    "smoothed classes": (
        FeedForwardClassifier(**SMALL, loss=pellucid.CrossEntropy(0.1)),
        NUMBERS,
        np.arange(N) % 3 * 1.0,
        {},
    ),
    "labels": (FeedForwardClassifier(**SMALL, class_weight="balanced"), NUMBERS, LABELS, {}),
    "every kind of column": (FeedForwardRegressor(**SMALL, **ENCODED), ALL_KINDS, ONE, {}),
    "robust numbers": (FeedForwardRegressor(**SMALL, **ENCODED, number_encoding="robust"), ALL_KINDS, ONE, {}),
    "numbers by rank": (FeedForwardRegressor(**SMALL, **ENCODED, number_encoding="quantile"), ALL_KINDS, ONE, {}),
    "numbers in bins": (
        FeedForwardClassifier(**SMALL, **ENCODED, number_encoding="piecewise_linear"),
        ALL_KINDS,
        np.where(ONE > 0, "yes", "no"),
        {},
    ),
    "no missing numbers": (FeedForwardRegressor(**SMALL, missing="refuse"), NUMBERS, ONE, {}),
    "log targets": (FeedForwardRegressor(**SMALL, target_transform="log"), NUMBERS, COUNTS + 1, {}),
    "targets by rank": (
        FeedForwardRegressor(**SMALL, target_transform=["quantile", "none"], clip_predictions=True),
        NUMBERS,
        TWO,
        {},
    ),
    "truths": (FeedForwardClassifier(**SMALL, solver="lbfgs"), NUMBERS, ONE > 0, {}),
}


@functools.cache
def fitted(name):
    """Return the model of that name."""
    model, X, y, given = CASES[name]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The column 'owner' is left out", DataWarning)
        return model.fit(X, y, **given)


@functools.cache
def file_bytes(name):
    """Return what `save` writes for it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "m")
        fitted(name).save(path)
        return path.read_bytes()
