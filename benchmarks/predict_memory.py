"""Does `pellucid predict` take the same memory for any number of rows?

Tables of 20 columns (16 of numbers, 4 of text) are written piece by piece, and a small model predicts each of them in a
fresh process, to a file. What is measured is the largest resident memory of that process; beside it stand the table's
size and, for the smaller tables, the memory of a process that reads the whole table and predicts it at once.

    python benchmarks/predict_memory.py          exit code 1 if the largest takes 64 MB more than a tenth of it

A table of fewer rows fills none of the buffers, and takes less.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from measuring import print_table, save

ROWS = (100_000, 400_000, 1_600_000, 4_000_000)
WHOLE = 400_000  # rows up to which the whole table is read at once for comparison
PIECE = 100_000
ALLOWANCE = 64e6
AT_ONCE = """
import sys
import pellucid
from pellucid.tables.reading import read_table
model = pellucid.load(sys.argv[1])
print(model.predict(read_table(sys.argv[2]).select(list(model.feature_names_in_))).sum())
"""


def piece(start: int) -> pa.Table:
    """Rows from `start` on, always the same."""
    generator = np.random.default_rng(start)
    columns = {f"x{j}": generator.normal(size=PIECE).round(4) for j in range(16)}
    levels = np.array([f"level {k}" for k in range(12)])
    columns |= {f"t{j}": levels[generator.integers(0, 12, PIECE)] for j in range(4)}
    return pa.table(columns)


def write(path: Path, rows: int) -> None:
    """A table of so many rows, as CSV or as Parquet with one row group for each piece."""
    schema = piece(0).schema
    make = arrow_csv.CSVWriter if path.suffix == ".csv" else pq.ParquetWriter
    with make(path, schema) as writer:
        for start in range(0, rows, PIECE):
            writer.write_table(piece(start))


def peak_of(command: list[str]) -> tuple[float, float]:
    """The largest resident memory of a process, in bytes, and the seconds it took."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)  # it is known; nobody shall wait for it again
    if process.returncode != 0:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return usage.ru_maxrss * 1024.0, time.perf_counter() - started


def main() -> int:
    from pellucid import FeedForwardRegressor

    rows, results = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        X, model = piece(0).slice(0, 2000), folder / "model.safetensors"
        FeedForwardRegressor((32,), max_iter=2, random_state=0).fit(X, X["x0"].to_numpy()).save(model)
        for n in ROWS:
            for ending in ("csv", "parquet"):
                table = folder / f"t.{ending}"
                write(table, n)
                size = table.stat().st_size
                out = str(folder / f"p.{ending}")
                peak, seconds = peak_of(
                    [sys.executable, "-m", "pellucid", "predict", str(model), str(table), "--out", out]
                )
                whole = peak_of([sys.executable, "-c", AT_ONCE, str(model), str(table)])[0] if n <= WHOLE else None
                table.unlink()
                results.append(
                    {"table": ending, "rows": n, "bytes": size, "peak": peak, "peak_at_once": whole, "seconds": seconds}
                )
                mb = ["-" if value is None else f"{value / 1e6:,.0f}" for value in (size, peak, whole)]
                rows.append([ending, f"{n:,}", *mb, f"{seconds:.1f}"])
    print("Largest resident memory of `pellucid predict`; MB are 10^6 bytes\n")
    print_table(["table", "rows", "size, MB", "peak, MB", "read at once, MB", "seconds"], rows)
    rises = {}
    for ending in ("csv", "parquet"):
        peaks = [result["peak"] for result in results if result["table"] == ending]
        rises[ending] = peaks[-1] - peaks[1]
    verdict = "kept" if max(rises.values()) <= ALLOWANCE else "BROKEN"
    print(f"\nFrom {ROWS[1]:,} rows to {ROWS[-1]:,}: {', '.join(f'{k} {v / 1e6:+.0f} MB' for k, v in rises.items())}")
    save("predict_memory", results, unit="bytes", columns=20, rise=rises, allowance=ALLOWANCE, verdict=verdict)
    return int(verdict == "BROKEN")


if __name__ == "__main__":
    sys.exit(main())
