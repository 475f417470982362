"""The kernels' cache is never stale, an unwritable one is said once, and BLAS threads are given back."""

import ast
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from threadpoolctl import ThreadpoolController, threadpool_info, threadpool_limits

from pellucid.engines.compiled import cache
from pellucid.engines.compiled.engine import CompiledEngine
from pellucid.engines.compiled.threads import LARGE_PRODUCT, blas_threads
from pellucid.mathematics.structure import Network

KERNEL_FOLDER = Path(cache.__file__).parent
ACTIVATIONS_FOLDER = Path(cache.activations.__file__).parent
SMALL = (4, 3, 1)


def hash_of(folder, monkeypatch):
    monkeypatch.setattr(cache, "__file__", str(folder / "cache.py"))
    return cache.hash_of_sources()


@pytest.mark.parametrize("source", sorted(path.name for path in KERNEL_FOLDER.glob("*.py")))
def test_the_cache_folder_changes_with_every_kernel_source(source, tmp_path, monkeypatch):
    """One more byte in any file of the folder gives another name; none gives the same."""
    copy = tmp_path / "compiled"
    shutil.copytree(KERNEL_FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    unchanged = cache.hash_of_sources()
    assert hash_of(copy, monkeypatch) == unchanged

    with open(copy / source, "a", encoding="utf-8") as file:
        file.write("#\n")

    assert hash_of(copy, monkeypatch) != unchanged
    assert unchanged in str(cache.FOLDER)


def test_the_cache_folder_changes_when_a_kernel_source_is_added_or_renamed(tmp_path, monkeypatch):
    """Names count as well as contents."""
    copy = tmp_path / "compiled"
    shutil.copytree(KERNEL_FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    before = hash_of(copy, monkeypatch)

    (copy / "new_kernels.py").write_text("")
    added = hash_of(copy, monkeypatch)
    (copy / "new_kernels.py").rename(copy / "other_kernels.py")

    assert len({before, added, hash_of(copy, monkeypatch)}) == 3


def test_no_kernel_takes_a_number_from_a_file_that_the_hash_does_not_see():
    """A constant imported from another room is frozen into machine code, and a change of it would not be noticed.

    Either it stands in this folder, or the hash has to include it.
    """
    outside = []
    for source in sorted(KERNEL_FOLDER.glob("*_kernels.py")):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("pellucid.") and not hash_sees(node.module):
                outside += [f"{source.name}: {alias.name} of {node.module}" for alias in node.names]

    assert outside == []


def hash_sees(module):
    """Whether the file of that module stands in one of the folders that are hashed."""
    return Path(find_spec(module).origin).parent in (KERNEL_FOLDER, ACTIVATIONS_FOLDER)


@pytest.mark.parametrize("source", sorted(path.name for path in ACTIVATIONS_FOLDER.glob("*.py")))
def test_the_cache_folder_changes_with_every_file_of_the_activations(source, tmp_path, monkeypatch):
    """LEAKY_SLOPE and the like are frozen into kernels, in whichever file of the package they stand."""
    copy = tmp_path / "activations"
    shutil.copytree(ACTIVATIONS_FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    unchanged = cache.hash_of_sources()
    monkeypatch.setattr(cache.activations, "__file__", str(copy / "__init__.py"))
    assert cache.hash_of_sources() == unchanged

    with open(copy / source, "a", encoding="utf-8") as file:
        file.write("#\n")

    assert cache.hash_of_sources() != unchanged


COMPUTE = """
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from pellucid.engines.compiled.activation_kernels import activate
    from pellucid.engines.compiled import activation_kernels, block_kernels, loss_kernels, update_kernels
    import numpy as np
    z = np.full(2, np.nan)
    activate(1, np.array([-1.0, 2.0]), z, 1)
assert z.tolist() == [0.0, 2.0], z
from pellucid.errors import EngineWarning
print(len([w for w in caught if issubclass(w.category, EngineWarning)]), [str(w.message) for w in caught])
"""


def run_python(code, **environment):
    kept = {name: value for name, value in os.environ.items() if name not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")}
    result = subprocess.run(
        [sys.executable, "-c", code], env={**kept, **environment}, capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.mark.parametrize("variable", ["NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "HOME"])
def test_without_a_writable_folder_the_kernels_compute_and_it_is_said_once(variable, tmp_path):
    """Below a regular file nothing can be made, not even by root."""
    blocker = tmp_path / "file"
    blocker.write_text("")

    said = run_python(COMPUTE, **{variable: str(blocker / "folder")})

    assert said.startswith("1 ["), said
    assert "Set NUMBA_CACHE_DIR to a writable folder" in said


def test_a_writable_folder_receives_the_kernels_and_nothing_is_said(tmp_path):
    """Below NUMBA_CACHE_DIR, in a folder named by the hash."""
    said = run_python(COMPUTE, NUMBA_CACHE_DIR=str(tmp_path))

    assert said == "0 []"
    folder = tmp_path / "pellucid" / f"kernels-{cache.hash_of_sources()}"
    assert any(file.name.startswith("activation_kernels.activate") for file in folder.rglob("*.nbi"))


def test_other_libraries_keep_their_own_cache_folder():
    """Importing the kernels leaves Numba's setting as it was."""
    code = "import numba; before = numba.config.CACHE_DIR\nfrom pellucid.engines.compiled import slice_kernels\n"

    assert run_python(code + "print(numba.config.CACHE_DIR == before)") == "True"


# BLAS threads


def limits():
    return {info["filepath"]: info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"}


@pytest.fixture
def two_threads():
    """Two BLAS threads at the start, whatever the machine and the process had before."""
    CompiledEngine().predict(Network.initialise(SMALL, ["relu", "linear"]), [[0.0] * 4])  # SciPy's BLAS is loaded now
    with threadpool_limits(2, user_api="blas"):
        assert set(limits().values()) == {2}
        yield


def test_small_work_runs_with_one_thread_and_gives_the_others_back(two_threads):
    """Inside 1, afterwards 2; also after an error."""
    with blas_threads(SMALL, 10):
        assert set(limits().values()) == {1}
    assert set(limits().values()) == {2}

    with pytest.raises(RuntimeError), blas_threads(SMALL, 10):
        raise RuntimeError
    assert set(limits().values()) == {2}


def test_the_first_call_of_a_process_limits_the_library_that_numba_multiplies_with():
    """Numba calls SciPy's BLAS, which is only loaded with the first kernel: it must be limited too."""
    code = """
from threadpoolctl import threadpool_info, threadpool_limits
import numpy as np
from pellucid.engines.compiled.engine import CompiledEngine
from pellucid.engines.compiled.threads import blas_threads
from pellucid.mathematics.structure import Network
CompiledEngine().predict(Network.initialise((4, 3, 1), ["relu", "linear"]), np.zeros((3, 4)))
with threadpool_limits(2, user_api="blas"), blas_threads((4, 3, 1), 10):
    print(sorted({info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"}))
"""
    assert run_python(code, OPENBLAS_NUM_THREADS="2") == "[1]"


def test_large_products_keep_all_threads(two_threads):
    """From LARGE_PRODUCT multiplications in the largest product on."""
    with blas_threads((1, LARGE_PRODUCT), 1):
        assert set(limits().values()) == {2}
    with blas_threads((1, LARGE_PRODUCT - 1), 1):
        assert set(limits().values()) == {1}


def test_nested_limits_are_given_back_by_the_last_to_leave(two_threads):
    """Within one thread."""
    with blas_threads(SMALL, 10):
        with blas_threads(SMALL, 10):
            assert set(limits().values()) == {1}
        assert set(limits().values()) == {1}
    assert set(limits().values()) == {2}


def test_overlapping_limits_are_given_back_by_the_last_to_leave(two_threads):
    """The one that entered first leaves first: one thread until the second has left, and no earlier restoring."""
    first, second = blas_threads(SMALL, 10), blas_threads(SMALL, 10)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert set(limits().values()) == {1}
    second.__exit__(None, None, None)

    assert set(limits().values()) == {2}


def test_a_callers_own_limit_is_never_raised():
    """n_jobs of joblib sets one thread: inside and afterwards it stays one."""
    with ThreadpoolController().limit(limits=1, user_api="blas"):
        with blas_threads(SMALL, 10):
            assert set(limits().values()) == {1}
        assert set(limits().values()) == {1}


TRAIN = """
import hashlib
import numpy as np
from pellucid import FeedForwardRegressor
X = np.random.default_rng(0).normal(size=(300, 5))
model = FeedForwardRegressor((24, 24), random_state=0, max_iter=8).fit(X, np.abs(X[:, 0]) + X[:, 1])
print(hashlib.sha256(model.network_.theta.tobytes()).hexdigest())
"""


@pytest.mark.verify  # two processes compile everything: minutes
def test_the_process_that_compiles_and_the_one_that_loads_give_the_same_bytes(tmp_path):
    """float32 and Adam: the kernels' sums have one order, whether they were compiled here or kept from before."""
    compiled, loaded = (run_python(TRAIN, NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(2))

    assert len(compiled.strip()) == 64
    assert compiled == loaded
