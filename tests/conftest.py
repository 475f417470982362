"""What the whole ladder of tests shares: one generator of random numbers, and the record of the worst errors."""

from __future__ import annotations

import math
import os
import zlib

import numpy as np
import pytest

# JAX is an oracle here, for arrays of some rows: compiling for speed takes longer than all that it would save.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_use_fusion_emitters=false")  # a quarter of the time of compiling

DEFAULT_SEED = 20261124


def pytest_addoption(parser):
    parser.addoption(
        "--seed",
        type=int,
        default=int(os.environ.get("PELLUCID_SEED", DEFAULT_SEED)),
        help=f"seed of every random number in the tests (PELLUCID_SEED; default {DEFAULT_SEED})",
    )


def pytest_report_header(config):
    return f"seed of the tests: {config.getoption('--seed')} (--seed or PELLUCID_SEED)"


@pytest.fixture
def rng(request):
    """The only source of randomness: its seed and the test's own name, so that tests do not depend on one another."""
    seed = request.config.getoption("--seed")
    print(f"random numbers of this test: --seed={seed}")  # shown where the test fails
    return np.random.default_rng((seed, zlib.crc32(request.node.nodeid.encode())))


def relative_error(actual, expected):
    """The largest difference over the largest entry of the expected array; infinite for NaN or a wrong shape."""
    actual, expected = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    if actual.shape != expected.shape or not np.isfinite(actual).all():
        return math.inf
    difference = float(np.max(np.abs(actual - expected), initial=0.0))
    if difference == 0:
        return 0.0
    largest = float(np.max(np.abs(expected), initial=0.0))
    return difference / largest if largest > 0 else math.inf


@pytest.fixture
def record_error(request):
    """`record_error(rung, value, limit, where)` notes an error for the summary, then demands that it is in the limit.

    The worst of each rung travels with the test's report, so that it arrives from the processes of pytest-xdist too.
    """
    worst = {}

    def record(rung, value, limit, where):
        value, limit = float(value), float(limit)
        ratio = value / limit if limit else (0.0 if value == 0 else math.inf)
        if rung not in worst:
            worst[rung] = ["worst_error", [rung, -1.0, value, limit, str(where)]]
            request.node.user_properties.append(worst[rung])
        if ratio > worst[rung][1][1]:
            worst[rung][1][1:] = [ratio, value, limit, str(where)]
        assert value <= limit, f"rung {rung}: error {value:.3g} is beyond the limit {limit:.3g}, at {where}"

    return record


@pytest.fixture
def close(record_error):
    """`close(rung, actual, expected, limit, where)`: the error relative to the largest entry is within the limit."""

    def check(rung, actual, expected, limit, where):
        record_error(rung, relative_error(actual, expected), limit, where)

    return check


def pytest_terminal_summary(terminalreporter):
    worst, counts = {}, {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) != "call":
                continue
            for name, content in report.user_properties:
                if name == "worst_error":
                    rung, ratio = content[0], content[1]
                    counts[rung] = counts.get(rung, 0) + 1
                    if rung not in worst or ratio > worst[rung][0]:
                        worst[rung] = content[1:]
    if worst:
        terminalreporter.section("the ladder: worst errors seen")
    for rung, (_, value, limit, where) in sorted(worst.items()):
        line = f"rung {rung}: worst error {value:.2g} (limit {limit:.2g}) in {counts[rung]} tests, at {where}"
        terminalreporter.write_line(line)
