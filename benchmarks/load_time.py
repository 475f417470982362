"""How long does `pellucid.load` take, and how long, and in how much memory, does it refuse a bad file?

Loading: models of several sizes, beside the floor, the safetensors library's load of the same file, which looks at no
description. Refusing: every file of `tests/files/attacks.py`, and good files of several sizes with one bit of the
arrays flipped, which takes a pass over them. Times are medians; processor time leaves out what others took meanwhile.

    python benchmarks/load_time.py          exit code 1 if a promise is broken
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pyarrow as pa
import safetensors.numpy

import pellucid
from measuring import Times, alternate, print_table, save, seconds_of
from pellucid import FeedForwardRegressor
from pellucid.errors import ModelFileError

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from files.attacks import ATTACKS  # after the path

LOADING, REFUSING, TIMES_THE_SIZE, ALLOWANCE = 0.020, 0.050, 3, 6e6
LARGEST_PROMISED = 20e6  # bytes of a file whose arrays are read before it is refused
REPETITIONS = 15


def levels(n_columns: int) -> dict[str, list[str]]:
    return {f"text {j}": [f"level number {i % 100}" for i in range(200)] for j in range(n_columns)}


def numbers(n_columns: int) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    return {f"number {j}": generator.normal(size=200) for j in range(n_columns)}


# Columns of the table, and whether the promise of 20 ms is for such a model.
TABLES = {
    "8 numbers": (numbers(8), True),
    "50 numbers, 5 texts of 100 levels": (numbers(50) | levels(5), True),
    "2,000 numbers": (numbers(2000), False),
    "100 texts of 100 levels": (levels(100), False),
    "both": (numbers(2000) | levels(100), False),
}


def main() -> int:
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        loading = [measure_loading(name, Path(folder, "model")) for name in TABLES]
        refusing = [measure_refusal(name, data, Path(folder, "attack")) for name, data in ATTACKS.items()]
        for width in (64, 512, 1024, 2048):
            name, data = flipped(width, Path(folder, "model"))
            refusing.append(measure_refusal(name, data, Path(folder, "attack")))
    columns = ["model", "file, kB", "header, kB", "load, ms", "least", "library, ms"]
    keys = ("model", "file_kB", "header_kB", "load_ms", "least_ms", "library_ms")
    print_table(columns, [[row[key] for key in keys] for row in loading])
    slowest = sorted(refusing, key=lambda row: -row["processor_ms"])[:12]
    print()
    print_table(
        ["refused, the slowest", "file, kB", "processor, ms", "memory, kB", "verdict"],
        [[row[k] for k in ("file", "file_kB", "processor_ms", "memory_kB", "verdict")] for row in slowest],
    )
    save("load_time", {"loading": loading, "refusing": refusing}, promises={
        "loading_ms": 1e3 * LOADING, "refusing_ms": 1e3 * REFUSING,
        "memory": f"{TIMES_THE_SIZE} times the file and {ALLOWANCE / 1e6:g} MB for the JSON of its header",
    })  # fmt: skip
    return 1 if any(row["verdict"] == "broken" for row in loading + refusing) else 0


def measure_loading(name: str, path: Path) -> dict:
    """Load a model of the table many times, in turn with the library."""
    table, promised = TABLES[name]
    FeedForwardRegressor((64, 64), max_iter=1, engine="reference").fit(pa.table(table), np.arange(200.0)).save(path)
    times = alternate(
        {
            "load": lambda: seconds_of(lambda: pellucid.load(path)),
            "library": lambda: seconds_of(lambda: safetensors.numpy.load_file(path)),
        },
        REPETITIONS,
    )
    ours: Times = times["load"]
    verdict = ("kept" if ours.median <= LOADING else "broken") if promised else "none made"
    data = path.read_bytes()
    return {
        "model": name,
        "file_kB": round(len(data) / 1e3, 1),
        "header_kB": round(int.from_bytes(data[:8], "little") / 1e3, 1),
        "load_ms": round(1e3 * ours.median, 2),
        "least_ms": round(1e3 * ours.least, 2),
        "library_ms": round(1e3 * times["library"].median, 3),
        "verdict": verdict,
    }


def measure_refusal(name: str, data: bytes, path: Path) -> dict:
    """Time and memory until a bad file is refused."""
    path.write_bytes(data)
    wall, processor = [], []
    for _ in range(5):
        started, used = time.perf_counter(), time.process_time()
        refuse(path)
        wall.append(time.perf_counter() - started)
        processor.append(time.process_time() - used)
    tracemalloc.start()
    refuse(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    seconds = statistics.median(processor)
    kept = peak <= TIMES_THE_SIZE * len(data) + ALLOWANCE and (seconds <= REFUSING or len(data) > LARGEST_PROMISED)
    return {
        "file": name,
        "file_kB": round(len(data) / 1e3, 1),
        "wall_ms": round(1e3 * statistics.median(wall), 2),
        "processor_ms": round(1e3 * seconds, 2),
        "memory_kB": round(peak / 1e3),
        "verdict": "kept" if kept else "broken",
    }


def refuse(path: Path) -> None:
    try:
        pellucid.load(path)
    except ModelFileError:
        return
    raise AssertionError(f"{path} was loaded")


def flipped(width: int, path: Path) -> tuple[str, bytes]:
    """A good model of two layers of this width, whose last bit is wrong."""
    model = FeedForwardRegressor((width, width), max_iter=1, engine="reference")
    model.fit(np.arange(200.0)[:, None], np.arange(200.0)).save(path)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    return f"damage: a bit of the arrays, {len(data) / 1e6:.1f} MB", bytes(data)


if __name__ == "__main__":
    sys.exit(main())
