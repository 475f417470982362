"""How far is an exported ONNX file, run by ONNX Runtime, from the predictions of Python? On whole tables.

    python benchmarks/onnx_tables.py [FOLDER] [--dtype float64] [--encoding quantile] [--epochs 15]

FOLDER holds CSV files and a datasets.json, a list of {"name", "task", "target"}; without it the tables in examples/ are
taken. A small model of each table is trained on all of its rows, exported and compared on all of them, as by
`pellucid export --check`. Exit code 1 if a difference is beyond the limit.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from measuring import print_table, save
from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.tables.reading import read_tables
from pellucid.tables.task import rows_with_targets

EXAMPLES = Path(__file__).parent.parent / "examples"
TABLES_OF_EXAMPLES = [
    {"name": "energy_efficiency", "task": "regression", "target": ["heating_load", "cooling_load"]},
    {"name": "breast_cancer", "task": "binary", "target": "diagnosis"},
]


def compare(folder: Path, table: dict[str, Any], dtype: str, encoding: str, epochs: int) -> dict[str, Any]:
    """Train, export and compare; the largest differences of one table."""
    targets = table["target"] if isinstance(table["target"], list) else [table["target"]]
    rows = read_tables([str(folder / f"{table['name']}.csv")])
    rows = rows.take(rows_with_targets(rows, targets))
    X = rows.drop_columns(targets)
    y = np.column_stack([rows.column(target).to_numpy() for target in targets])
    cls = FeedForwardRegressor if "regression" in table["task"] else FeedForwardClassifier
    model = cls((32, 32), max_iter=epochs, random_state=0, dtype=dtype, number_encoding=encoding, early_stopping=False)
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as temporary:
        warnings.simplefilter("ignore")  # of training that was not long, and of columns that it left out
        model.fit(X, y[:, 0] if len(targets) == 1 else y)
        started = time.perf_counter()
        check = model.to_onnx(f"{temporary}/{table['name']}.onnx", X=X)
        seconds = time.perf_counter() - started
        size = Path(f"{temporary}/{table['name']}.onnx").stat().st_size
    return {
        "table": table["name"],
        "task": table["task"],
        "rows": check.n_rows,
        "columns": X.num_columns,
        "features": model.encoder_.n_features,
        "bytes": size,
        "largest_relative": max(found.relative for found in check.outputs),
        "largest_absolute": max(found.absolute for found in check.outputs),
        "other_labels": check.other_labels,
        "limit": check.limit,
        "passed": check.passed,
        "seconds_of_export_and_check": round(seconds, 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    parser.add_argument("--encoding", default="auto")
    parser.add_argument("--epochs", type=int, default=15)
    given = parser.parse_args()
    folder = EXAMPLES if given.folder is None else given.folder
    tables = TABLES_OF_EXAMPLES if given.folder is None else json.loads((folder / "datasets.json").read_text())
    found = [compare(folder, table, given.dtype, given.encoding, given.epochs) for table in tables]
    heads = ["table", "task", "rows", "features", "bytes", "largest relative", "largest absolute", "other labels"]
    print_table(
        heads,
        [
            [
                one["table"], one["task"], f"{one['rows']:,}", one["features"], f"{one['bytes']:,}",
                f"{one['largest_relative']:.1e}", f"{one['largest_absolute']:.2g}", one["other_labels"],
            ]
            for one in found
        ],
    )  # fmt: skip
    if given.folder is not None:
        about = {"dtype": given.dtype, "number_encoding": given.encoding, "epochs": given.epochs}
        save(f"onnx_tables_{given.dtype}_{given.encoding}", found, **about)
    return 0 if all(one["passed"] for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
