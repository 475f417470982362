"""Fits and predictions side by side, in threads or in processes, have the bytes of those one after another."""

import multiprocessing
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from operator import methodcaller

import numpy as np
import pytest
from joblib import Parallel, delayed, parallel_config
from sklearn.base import clone
from sklearn.ensemble import BaggingRegressor

from estimators.small_nets import regressor
from pellucid import FeedForwardClassifier, FeedForwardRegressor

BACKENDS = ["threading", "loky"]


def make_rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 5))
    return X, np.abs(X[:, 0]) + X[:, 1] * X[:, 2]


@pytest.fixture(scope="module")
def rows():
    return make_rows()


def models(engine):
    """Four of different seeds and widths; the widest has products that BLAS would divide among its threads."""
    sizes = [(8,), (16, 16), (8,), (160, 160)]
    return [
        FeedForwardRegressor(size, engine=engine, max_iter=3, random_state=seed, batch_size=100)
        for seed, size in enumerate(sizes)
    ]


def thetas(fitted):
    return [model.network_.theta.tobytes() for model in fitted]


@pytest.fixture(scope="module")
def alone(rows):
    """Fitted one after another; the compiled engine's kernels are kept for the processes that follow."""
    return {engine: thetas([model.fit(*rows) for model in models(engine)]) for engine in ("compiled", "reference")}


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_fits_under_joblib_are_those_of_a_loop(backend, engine, rows, alone):
    with parallel_config(backend=backend, n_jobs=2):
        found = Parallel()(delayed(methodcaller("fit", *rows))(model) for model in models(engine))

    assert thetas(found) == alone[engine]


def fit_in_processes(start, engine):
    """The same fits in two processes."""
    with multiprocessing.get_context(start).Pool(2) as pool:
        found = pool.map_async(methodcaller("fit", *make_rows()), models(engine), chunksize=2)
        return thetas(found.get(timeout=300))


def test_fits_in_spawned_processes_are_those_of_a_loop(alone):
    """As loky's, which has the compiled engine in its test."""
    assert fit_in_processes("spawn", "reference") == alone["reference"]


FORK = """
import pickle, sys
from estimators.test_parallel import fit_in_processes, make_rows, models
models("compiled")[0].fit(*make_rows())
sys.stdout.buffer.write(pickle.dumps(fit_in_processes("fork", "compiled")))
"""


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system has no fork")
def test_fits_in_forked_processes_are_those_of_a_loop(alone):
    """A fork has the compiled kernels of its parent, and none of its threads. JAX forbids one in this process."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "ignore"}
    result = subprocess.run([sys.executable, "-c", FORK], env=environment, capture_output=True, timeout=300, check=True)

    assert pickle.loads(result.stdout) == alone["compiled"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_ensemble_is_the_same_with_any_number_of_jobs(backend, rows):
    serial = BaggingRegressor(regressor(), n_estimators=4, random_state=0).fit(*rows)

    with parallel_config(backend=backend):
        found = BaggingRegressor(regressor(), n_estimators=4, random_state=0, n_jobs=2).fit(*rows)

    assert thetas(found.estimators_) == thetas(serial.estimators_)


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_one_model_predicts_in_several_threads_at_once(engine, rows):
    """And shows its sensitivities: nothing of the model changes on the way."""
    X, y = rows
    model = FeedForwardClassifier((16, 16), engine=engine, max_iter=2, random_state=0).fit(X, y > 1)
    parts = [X[i : i + 50] for i in range(0, 400, 50)] * 4
    expected = [(model.predict_proba(part).tobytes(), model.sensitivities(part).tobytes()) for part in parts]

    with ThreadPoolExecutor(4) as pool:
        P = pool.map(lambda part: model.predict_proba(part).tobytes(), parts)
        S = pool.map(lambda part: model.sensitivities(part).tobytes(), parts)

    assert list(zip(P, S, strict=True)) == expected


def test_small_and_large_networks_do_not_disturb_one_another(rows):
    """Products of the large ones are divided among all threads of BLAS, those of the small ones are not."""
    X, y = rows
    large = FeedForwardRegressor((300, 300), max_iter=3, random_state=0, batch_size=256)
    model = FeedForwardRegressor((160, 160), max_iter=2, random_state=0).fit(X, y)
    expected = model.predict(X).tobytes()

    with ThreadPoolExecutor(4) as pool:
        fits = [pool.submit(other.fit, X, y) for other in [*models("compiled"), clone(large)]]
        found = [pool.submit(model.predict, X) for _ in range(40)]
        assert [prediction.result().tobytes() for prediction in found] == [expected] * 40
        by_hand = thetas(other.fit(X, y) for other in [*models("compiled"), large])
        assert thetas(fit.result() for fit in fits) == by_hand
