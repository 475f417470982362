"""Does `fit` keep its promise on memory: at most one float32 copy of X and 150 MB above what was there before?

Each case runs in a fresh process: imports, a tiny fit (kernels loaded), then X is made; from there on the peak of
the resident memory during `fit` is compared with the resident memory just before it. Linux only (/proc).

    python benchmarks/fit_memory.py          exit code 1 if the promise is broken
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from measuring import print_table, save

ROWS, COLUMNS = 500_000, 50
ALLOWANCE = 150e6
CASES = ("float64", "float32", "float64 Fortran", "float64 weighted", "float64 no hold-out", "pandas", "classifier")


def status(field: str) -> float:
    """VmRSS (resident now) or VmHWM (its peak so far), in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return float(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/self/status has no {field}")


def forget_peak() -> None:
    """Make the peak start again from what is resident now."""
    Path("/proc/self/clear_refs").write_text("5")


def make_X(case: str) -> np.ndarray:
    """Random numbers written in place: making them must not leave a peak behind."""
    dtype = np.float32 if case == "float32" else np.float64
    X = np.empty((ROWS, COLUMNS), dtype, order="F" if case.endswith("Fortran") else "C")
    generator = np.random.default_rng(0)
    for start in range(0, ROWS, 10_000):
        X[start : start + 10_000] = generator.standard_normal((10_000, COLUMNS), dtype=dtype)
    return X


def measure(case: str) -> None:
    """Print the bytes by which `fit` rises above what was there, and the time it took."""
    from pellucid import FeedForwardClassifier, FeedForwardRegressor

    estimator = FeedForwardClassifier if case == "classifier" else FeedForwardRegressor
    model = estimator(
        hidden_layer_sizes=(32,), max_iter=2, random_state=0, early_stopping=not case.endswith("no hold-out")
    )
    X = make_X(case)
    y = X[:, 0] + X[:, 1]
    weights = np.linspace(0.5, 1.5, ROWS) if case.endswith("weighted") else None
    if case == "classifier":
        y = np.where(y > 0, "yes", "no")
    if case == "pandas":
        import pandas as pd

        X = pd.DataFrame(X, columns=[f"x{j}" for j in range(COLUMNS)], copy=False)
    model.fit(X[:1000], y[:1000], None if weights is None else weights[:1000])
    forget_peak()
    before = status("VmRSS")
    model.fit(X, y, weights)
    print(status("VmHWM") - before)


def main() -> int:
    if len(sys.argv) > 1:
        measure(sys.argv[1])
        return 0
    promise = ROWS * COLUMNS * 4 + ALLOWANCE
    rows, results = [], []
    for case in CASES:
        done = subprocess.run([sys.executable, __file__, case], capture_output=True, text=True)
        if done.returncode != 0:
            reason = done.stderr.strip().splitlines()[-1]
            rows.append([case, "-", "-", "not measured: " + reason])
            results.append({"case": case, "not_measured": reason})
            continue
        rise = float(done.stdout)
        verdict = "kept" if rise <= promise else "BROKEN"
        rows.append([case, f"{rise / 1e6:.0f}", f"{promise / 1e6:.0f}", verdict])
        results.append({"case": case, "bytes": rise, "promise": promise, "verdict": verdict})
    print(f"Peak of fit above what was there before it; X is {ROWS:,} x {COLUMNS}; MB are 10^6 bytes\n")
    print_table(["X", "measured, MB", "promised, MB", "promise"], rows)
    save("fit_memory", results, unit="bytes", rows=ROWS, columns=COLUMNS)
    return int(any(r.get("verdict") == "BROKEN" for r in results))


if __name__ == "__main__":
    sys.exit(main())
