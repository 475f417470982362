"""From which size of matrix product do all BLAS threads pay? The constant LARGE_PRODUCT rests on this.

A compiled training step of a network with two square layers (Adam, float32) is timed with one BLAS thread and with
all, for several widths and batch sizes: on a machine that is otherwise idle, and with every core but one kept busy
by a spinning process, as when cross-validation or another user is at work. The two settings take turns.

The recommendation: the smallest product from which all threads gain GAIN_WANTED times or more on the idle machine, at
every larger product measured. No size is large enough to pay on a busy one: there two threads, which wait for each
other at the end of every product, lose in all sizes, and the table shows how much. That is the caller's to prevent, by
n_jobs or a limit of threads, which the engine never raises.

    python benchmarks/thread_threshold.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import scipy.linalg.blas  # noqa: F401  # loads the BLAS that Numba calls, before threads are counted
from threadpoolctl import threadpool_info

from measuring import OtherWork, Times, alternate, print_table, save
from pellucid.engines.choice import choose_engine
from pellucid.engines.compiled import threads
from pellucid.engines.protocol import EpochSums
from pellucid.mathematics.losses import LOSSES
from pellucid.mathematics.objective import Objective, Observations, target_totals
from pellucid.mathematics.structure import Network
from pellucid.mathematics.updates import Adam, Descent

WIDTHS = (64, 128, 256, 512, 1024)
BATCHES = (64, 256, 1024)
REPETITIONS = 7
SECONDS = 0.1  # of one measurement
GAIN_WANTED = 1.35
QUIET = 0.1  # a machine of which others take less is idle enough to measure on
ONE_THREAD, ALL_THREADS = 2**62, 0  # LARGE_PRODUCT that forces either


@contextmanager
def busy_cores(count: int) -> Iterator[None]:
    """So many processes that do nothing but keep a core busy."""
    spinners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        time.sleep(0.3 if count else 0.0)
        yield
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()


def make_epoch(width: int, batch: int, steps: int) -> Any:
    """A function of LARGE_PRODUCT that trains for so many steps and returns microseconds per step."""
    n = batch * steps
    X = np.random.default_rng(0).standard_normal((n, width), dtype=np.float32)
    data = Observations(X, X[:, :1].copy(), np.ones(n, np.float32))
    network = Network.initialise((width, width, width, 1), ["relu", "relu", "linear"], 0, "float32")
    session = choose_engine("compiled").start(
        network, Objective(LOSSES["rss"]), Descent(Adam()), data, target_totals(data.Y, data.w), n, batch
    )
    order, rates = np.random.default_rng(1).permutation(n), np.full(steps, Adam.learning_rate)

    def run(large_product: int) -> float:
        before, threads.LARGE_PRODUCT = threads.LARGE_PRODUCT, large_product
        sums, position = EpochSums.zeros(1, 3), 0
        started = time.perf_counter()
        try:
            while position < n:
                position = session.run_slice(order, position, n, sums, rates)
        finally:
            threads.LARGE_PRODUCT = before
        return (time.perf_counter() - started) / steps * 1e6

    return run


def check_forcing() -> None:
    """One thread must be one in every BLAS of the process, else a setting would be compared with itself."""
    before, threads.LARGE_PRODUCT = threads.LARGE_PRODUCT, ONE_THREAD
    try:
        with threads.blas_threads((1, 1), 1):
            several = [i["filepath"] for i in threadpool_info() if i["user_api"] == "blas" and i["num_threads"] > 1]
    finally:
        threads.LARGE_PRODUCT = before
    if several:
        raise RuntimeError(f"The limit of one thread does not reach {len(several)} BLAS of this process.")


def compare(width: int, batch: int) -> dict[str, Times]:
    """Times of one thread and of all, taking turns."""
    run = make_epoch(width, batch, 4)
    run(ONE_THREAD)
    steps = int(np.clip(SECONDS * 1e6 / run(ONE_THREAD), 3, 2**25 / (batch * width)))  # at most 128 MB of rows
    run = make_epoch(width, batch, steps)
    run(ONE_THREAD)
    return alternate({"one": lambda: run(ONE_THREAD), "all": lambda: run(ALL_THREADS)}, REPETITIONS)


def recommend(results: list[dict[str, Any]]) -> int | None:
    """The smallest product from which on all threads pay, by the rule at the top of this file."""
    found = None
    for product in sorted({r["product"] for r in results}, reverse=True):
        these = [r for r in results if r["product"] == product]
        if any(r["idle"]["gain"] < GAIN_WANTED for r in these):
            break
        found = product
    return found


def main() -> None:
    results: list[dict[str, Any]] = [
        {"width": width, "batch": batch, "product": batch * width * width} for width in WIDTHS for batch in BATCHES
    ]
    results.sort(key=lambda r: (r["product"], r["width"]))
    others = {}
    for state, spinning in (("idle", 0), ("busy", (os.cpu_count() or 1) - 1)):
        watch = OtherWork()
        with busy_cores(spinning):
            for r in results:
                times = compare(r["width"], r["batch"])
                r[state] = {name: t._asdict() for name, t in times.items()}
                r[state]["gain"] = times["one"].median / times["all"].median
        others[state] = watch.share()
    check_forcing()
    print("Microseconds per step (median); gain = one thread's time over that of all; worst = all threads, slowest\n")
    heads = ["width", "batch", "largest product", "idle 1", "idle all", "gain", "busy 1", "busy all", "gain", "worst"]
    rows = []
    for r in results:
        row = [r["width"], r["batch"], f"{r['product']:.2e}"]
        for state in ("idle", "busy"):
            t = r[state]
            row += [f"{t['one']['median']:.4g}", f"{t['all']['median']:.4g}", f"{t['gain']:.2f}"]
        rows.append([*row, f"{r['busy']['all']['greatest']:.4g}"])
    print_table(heads, rows)
    print(f"\nShare of the machine taken by others: {others['idle']} while 'idle', {others['busy']} while 'busy'")
    recommended = recommend(results)
    if (others["idle"] or 0) > QUIET:
        print("Others were at work: 'idle' was not idle, so this run recommends nothing. Repeat it on a quiet machine.")
        recommended = None
    elif recommended is None:
        print("\nNo size at which all threads pay by this rule on this machine.")
    else:
        print(f"\nRecommended LARGE_PRODUCT: {recommended:.2e} = 2^{np.log2(recommended):.1f}")
    print(f"Now in the engine:         {threads.LARGE_PRODUCT:.2e} = 2^{np.log2(threads.LARGE_PRODUCT):.1f}")
    save("thread_threshold", results, unit="microseconds per step", recommended=recommended,
         present=threads.LARGE_PRODUCT,
         share_taken_by_others=others, spinning_processes=(os.cpu_count() or 1) - 1)  # fmt: skip


if __name__ == "__main__":
    main()
