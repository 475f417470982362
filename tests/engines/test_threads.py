"""What runs at once in several threads has the bytes of what runs alone."""

import linecache
import multiprocessing
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from pellucid.engines.compiled import threads
from pellucid.engines.compiled import turns as turns_module
from pellucid.engines.compiled.engine import CompiledEngine
from pellucid.engines.compiled.threads import LARGE_PRODUCT, blas_threads
from pellucid.engines.compiled.turns import Turns
from pellucid.mathematics.structure import Network

SMALL, LARGE = (4, 3, 1), (1, LARGE_PRODUCT)
PATIENCE = 30  # seconds: only a failing test waits so long


def limits():
    return {info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"}


@pytest.fixture
def two_threads():
    """Two BLAS threads at the start, whatever the machine and the process had before."""
    with blas_threads(SMALL, 1):
        pass  # SciPy's BLAS is loaded now
    with threadpool_limits(2, user_api="blas"):
        yield


@pytest.fixture
def pool():
    """Threads that go on living, as joblib's do: threadpoolctl remembers the first that set a limit."""
    with ThreadPoolExecutor(3) as pool:
        yield pool


def inside(sizes, event_in, event_out):
    """Enter, say so, and stay until asked to leave; what the limit was meanwhile."""
    with blas_threads(sizes, 1):
        event_in.set()
        assert event_out.wait(PATIENCE)
        return limits()


def limits_inside(sizes):
    with blas_threads(sizes, 1):
        return limits()


def wait_for_one_more(turns, other, n=1):
    """Until n threads wait for their turn, the other among them."""
    while len(turns._waiting) < n:
        assert not other.done()


def test_the_limit_holds_whichever_thread_asks_for_it(two_threads, pool):
    found = [limits_inside(SMALL), pool.submit(limits_inside, SMALL).result(), limits_inside(SMALL)]

    assert found == [{1}] * 3
    assert limits() == {2}


def test_a_thread_that_did_not_set_the_limit_gives_it_back(two_threads, pool):
    """The first to enter leaves first; the other threads go on living."""
    entered, leave = threading.Event(), threading.Event()
    with blas_threads(SMALL, 1):
        other = pool.submit(inside, SMALL, entered, leave)
        assert entered.wait(PATIENCE)
    leave.set()

    assert other.result() == {1}
    assert limits() == {2}


def test_large_work_waits_for_small_work_and_has_all_threads(two_threads, pool):
    """And small work for large: neither sees the other's number of threads."""
    for mine, theirs, number in ((SMALL, LARGE, {2}), (LARGE, SMALL, {1})):
        entered, leave = threading.Event(), threading.Event()
        leave.set()
        with blas_threads(mine, 1):
            other = pool.submit(inside, theirs, entered, leave)
            wait_for_one_more(threads._turns, other)
            assert not entered.is_set()
        assert other.result(PATIENCE) == number


def test_neither_kind_holds_the_other_off(pool):
    """While one waits, newcomers of the kind that runs wait too; a thread that is inside may still enter again."""
    turns, order = Turns(lambda kind: None, lambda: None), []

    def work(kind):
        with turns.taken(kind):
            order.append(kind)

    with turns.taken("small"):
        large = pool.submit(work, "large")
        wait_for_one_more(turns, large)
        small = pool.submit(work, "small")
        wait_for_one_more(turns, small, 2)
        with turns.taken("small"):
            assert order == []
    large.result(PATIENCE), small.result(PATIENCE)

    assert sorted(order) == ["large", "small"]
    assert turns.users == 0


def test_a_thread_does_not_wait_for_itself_and_has_its_own_setting_back(two_threads, pool):
    """Large work in a turn of small work of the same thread, and the other way round, while others wait as ever."""
    for outer, inner, numbers in ((SMALL, LARGE, ({1}, {2})), (LARGE, SMALL, ({2}, {1}))):
        entered, leave = threading.Event(), threading.Event()
        leave.set()
        with blas_threads(outer, 1):
            other = pool.submit(inside, inner, entered, leave)
            wait_for_one_more(threads._turns, other)
            found = [limits()]
            with blas_threads(inner, 1):
                found.append(limits())
                assert not entered.is_set()
            found.append(limits())
            assert not entered.is_set()
        assert found == [numbers[0], numbers[1], numbers[0]]
        assert other.result(PATIENCE) == numbers[1]
    assert limits() == {2}


def interrupt_at(place):
    """A trace function that raises KeyboardInterrupt at this line that is run, counted from 1, of the two modules.

    Python looks for signals at calls and when a loop turns, so not at a `try`, nor between a lock and its block.
    """
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        if frame.f_code.co_filename not in (threads.__file__, turns_module.__file__):
            return None
        line = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
        if event == "line" and line not in ("try:", "with self._lock:"):
            count += 1
            if count == place:
                raise KeyboardInterrupt
        return trace

    return trace


def test_ctrl_c_at_any_line_leaves_nobody_inside_and_the_limit_as_it_was(two_threads, pool):
    """From the first line of a turn, nested in another, to its last: raised at each in turn, until none is left."""
    before, place, interrupted = sys.gettrace(), 0, True
    while interrupted:
        place, interrupted = place + 1, False
        try:
            sys.settrace(interrupt_at(place))
            with blas_threads(LARGE, 1), blas_threads(SMALL, 1):
                pass
        except KeyboardInterrupt:
            interrupted = True
        finally:
            sys.settrace(before)
        assert (threads._turns.users, threads._turns._waiting, limits()) == (0, {}, {2}), place
        assert pool.submit(limits_inside, SMALL).result(PATIENCE) == {1}, place
    assert place > 30


def test_predictions_from_several_threads_at_once_equal_those_of_one(pool):
    """Small and large networks, whose products are divided among other numbers of threads, at the same time."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 600))
    networks = [Network.initialise([600, width, 1], ["relu", "linear"], random_state=0) for width in (8, 100, 700)]
    alone = [CompiledEngine().predict(network, X).tobytes() for network in networks]

    found = list(pool.map(lambda i: CompiledEngine().predict(networks[i % 3], X).tobytes() == alone[i % 3], range(60)))

    assert found == [True] * 60


def report_of_a_fork():
    """What a process finds that is forked while a thread is inside small work: limits, before and in large work."""
    entered, leave = threading.Event(), threading.Event()
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()

    def report():
        before = limits()
        with blas_threads(LARGE, 1):
            theirs.send((before, limits(), threads._turns.users))

    with blas_threads(SMALL, 1):
        pass
    with threadpool_limits(2, user_api="blas"), ThreadPoolExecutor(1) as pool:
        pool.submit(inside, SMALL, entered, leave)
        assert entered.wait(PATIENCE)
        process = context.Process(target=report)
        process.start()
        found = ours.recv() if ours.poll(PATIENCE) else None
        process.kill()
        leave.set()
    return found


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system has no fork")
def test_a_process_forked_while_another_thread_is_inside_begins_anew():
    """It has none of the other threads: nobody would restore their limit, nor let large work in.

    In a process of its own, since JAX forbids to fork one that it is in.
    """
    code = "from engines.test_threads import report_of_a_fork; print(report_of_a_fork())"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "ignore"}
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, timeout=120, text=True)

    assert result.stdout == "({2}, {2}, 1)\n", result.stderr
