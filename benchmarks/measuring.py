"""What the benchmarks share: alternating measurements, a description of the machine, tables and result files."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("pellucid", "numpy", "scipy", "numba", "scikit-learn", "torch")

# OpenBLAS and OpenMP threads spin for a while after their last product; without a pause one contestant's idle
# threads would take a core from the next.
PAUSE = 0.15


class Times(NamedTuple):
    """Median, least and greatest of some repetitions."""

    median: float
    least: float
    greatest: float


def alternate(contestants: dict[str, Callable[[], float]], repetitions: int) -> dict[str, Times]:
    """Run A B C A B C ... so that a slow minute of the machine meets all alike; each call returns its own measure."""
    measured: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(repetitions):
        for name, run in contestants.items():
            time.sleep(PAUSE)
            measured[name].append(run())
    return {name: Times(statistics.median(v), min(v), max(v)) for name, v in measured.items()}


def seconds_of(run: Callable[[], Any]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def package_versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def machine() -> dict[str, Any]:
    """Where and with what the numbers were measured, and how far others disturbed it."""
    return {
        "date": date.today().isoformat(),
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": package_versions(),
        "share_taken_by_others": WHOLE_RUN.share(),
    }


class OtherWork:
    """How much of the machine others took since this was made: what a reader must know before trusting a number."""

    def __init__(self) -> None:
        self.started, self.machine, self.own = time.monotonic(), machine_seconds(), own_seconds()

    def share(self) -> float | None:
        """Processor time of others, as a share of all cores; None where the system does not tell."""
        if self.machine is None:
            return None
        others = machine_seconds() - self.machine - (own_seconds() - self.own)
        return round(max(0.0, others) / ((os.cpu_count() or 1) * (time.monotonic() - self.started)), 3)


def machine_seconds() -> float | None:
    """Processor time used on all cores since the machine started, with what its host took away."""
    try:
        ticks = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    except OSError:
        return None
    idle, waiting = ticks[3:5]
    return (sum(ticks) - idle - waiting) / os.sysconf("SC_CLK_TCK")


def own_seconds() -> float:
    """Processor time of this process and of its children that have ended."""
    return sum(os.times()[:4])


WHOLE_RUN = OtherWork()


def print_table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Columns as wide as their longest cell: the first to the left, the others to the right."""
    cells = [list(heads), *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[j]) for row in cells) for j in range(len(heads))]
    for i, row in enumerate(cells):
        aligned = [row[0].ljust(widths[0])] + [cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)]
        print("  ".join(aligned))
        if i == 0:
            print("  ".join("-" * w for w in widths))


def save(name: str, results: Any, **about: Any) -> None:
    """Write results/NAME.json: the numbers, what they are, the machine and the versions."""
    RESULTS.mkdir(exist_ok=True)
    content = {"benchmark": name, **about, "machine": machine(), "results": results}
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(content, indent=1) + "\n")
    print(f"\nWritten to {path.parent.parent.name}/{path.parent.name}/{path.name}")
