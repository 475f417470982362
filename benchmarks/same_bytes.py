"""Fits the same models in fresh processes, folders and hash seeds, and counts the different bytes that come out: one.

    python benchmarks/same_bytes.py [--fits 20] [--engine compiled]

Every process fits a regressor with a validation score, a classifier of texts with dropout, and L-BFGS, and saves them;
its mark is that of the three files. Exit code 1 if two processes differ.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

FITS = """
import hashlib, sys, tempfile, warnings
from pathlib import Path
import numpy as np, pandas as pd
from pellucid import FeedForwardClassifier, FeedForwardRegressor

engine = sys.argv[1]
warnings.simplefilter("ignore")
generator = np.random.default_rng(0)
X = pd.DataFrame(generator.normal(size=(600, 2)), columns=["a", "c"])
X["b"] = generator.choice(["x", "y", "z"], 600)
X.loc[::7, "c"] = np.nan
y = np.sin(X["a"]) + (X["b"] == "y")
shared = {"random_state": 0, "engine": engine, "hidden_layer_sizes": (16, 8), "max_iter": 30}
models = [
    FeedForwardRegressor(scoring="r2", **shared).fit(X, y),
    FeedForwardClassifier(dropout=0.2, class_weight="balanced", **shared).fit(X, X["b"] + "!"),
    FeedForwardRegressor(solver="lbfgs", **shared).fit(X, y),
]
total = hashlib.sha256()
with tempfile.TemporaryDirectory() as folder:
    for model in models:
        model.save(Path(folder, "model"))
        total.update(Path(folder, "model").read_bytes())
        total.update(model.predict(X).astype(str).astype("S").tobytes())
print(total.hexdigest())
"""


def mark_of_a_fresh_process(engine: str, hash_seed: str, folder: str) -> str:
    """What a new Python makes of it, started in that folder."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", FITS, engine], cwd=folder, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout.strip()


def main() -> int:
    """Fit, compare, and print how many different marks there are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fits", type=int, default=20)
    parser.add_argument("--engine", choices=["compiled", "reference"], default="compiled")
    chosen = parser.parse_args()
    marks = set()
    with tempfile.TemporaryDirectory() as scratch:
        for i in range(chosen.fits):
            folder = Path(scratch, f"folder {i}" * (1 + i % 3))
            folder.mkdir()
            marks.add(mark_of_a_fresh_process(chosen.engine, str(i), str(folder)))
    first = hashlib.sha256(min(marks).encode()).hexdigest()[:12]
    print(f"{chosen.fits} processes by the {chosen.engine} engine: {len(marks)} different mark(s), {first}")
    return int(len(marks) > 1)


if __name__ == "__main__":
    sys.exit(main())
