"""What decides the last bit of a result is described as it is, and where it differs the description does."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from threadpoolctl import threadpool_limits

from pellucid.engines import environment
from pellucid.engines.compiled import threads
from pellucid.engines.compiled.threads import blas_threads
from pellucid.engines.environment import describe_environment

SMALL = (4, 3, 1)
PATIENCE = 30  # seconds: only a failing test waits so long


def in_another_process(**variables):
    """The description of the compiled engine there."""
    code = "from pellucid.engines.environment import describe_environment as d; print(d('compiled')['processor'])"
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | variables
    return subprocess.run(
        [sys.executable, "-c", code], env=surroundings, capture_output=True, timeout=120, text=True, check=True
    ).stdout


def test_the_processor_is_the_one_that_kernels_are_compiled_for():
    """Numba's settings may name another than the machine has; the same ones are described the same twice."""
    here = describe_environment("compiled")["processor"] + "\n"

    assert in_another_process() == here
    found = [in_another_process(NUMBA_CPU_NAME="generic"), in_another_process(NUMBA_CPU_FEATURES="")]
    assert "kernels for generic" in found[0]
    assert len({here, *found}) == 3


def test_numpys_choice_of_functions_is_part_of_the_processor(monkeypatch):
    """Its tanh has other last bits for other processors."""
    before = describe_environment("reference")["processor"]
    monkeypatch.setattr(environment, "opt_func_info", lambda: {"tanh": {"dd": {"current": "another"}}})

    assert describe_environment("reference")["processor"] != before


def test_the_versions_of_what_compiles_are_in_it():
    """LLVM is in llvmlite, which may change while Numba does not."""
    described = describe_environment("compiled")

    assert set(described) - set(describe_environment("reference")) == {"numba", "llvmlite"}


def test_the_number_of_threads_is_the_callers_while_another_thread_does_small_work():
    """It has the process at one for that time: the description waits until it has left."""
    entered, leave = threading.Event(), threading.Event()

    def work():
        with blas_threads(SMALL, 1):
            entered.set()
            assert leave.wait(PATIENCE)

    with blas_threads(SMALL, 1):
        pass  # SciPy's BLAS is loaded now
    with threadpool_limits(2, user_api="blas"), ThreadPoolExecutor(2) as pool:
        alone = describe_environment("reference")["BLAS"]
        other = pool.submit(work)
        assert entered.wait(PATIENCE)
        described = pool.submit(describe_environment, "reference")
        while not ("large" in threads._turns._waiting.values() or described.done()):
            assert not other.done()
        leave.set()
        assert described.result(PATIENCE)["BLAS"] == alone
    assert "2 threads" in alone


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_the_description_is_of_names_and_texts(engine):
    """A checkpoint holds it as it is, and a refusal prints it."""
    assert all(isinstance(text, str) for item in describe_environment(engine).items() for text in item)
