"""Make the golden files of a release: models of every kind, and what they predict. They must load for ever.

    PYTHONPATH=src python tests/files/make_golden.py        writes to tests/files/golden/VERSION, which must not exist

Each model is a file NAME.safetensors, and its predictions for the rows of `ROWS` lie in predictions.json, in float64,
each with as many digits as bring it back. The files of a release are never made again: a later version that could not
read them, or predicts otherwise, has broken a promise.

To add a kind: a line in CASES of small_models.py (tasks, losses, activations, targets), or in ENCODINGS below (what an
encoder can do).
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parents[1]))
import pellucid  # after the path
from files.small_models import CASES, NUMBERS, ONE, SMALL, TABLE, fitted
from pellucid import FeedForwardRegressor

GOLDEN = Path(__file__).parent / "golden"
LARGEST = 20_000  # bytes of one file
ROWS = 12  # those of the table that are predicted; the first have missing values and every town

# Name and the arguments of the constructor, all on the same table.
ENCODINGS = {
    "inputs as they are": {"standardise": False},
    "numbers as they are": {"number_encoding": "none"},
    "inputs standardised": {"standardise": "inputs"},
    "targets standardised": {"standardise": "targets"},
}

ACTIVATIONS = ("leaky_relu", "elu", "selu", "sigmoid", "tanh", "softplus", "gelu", "silu", "mish", "linear")


def models():
    """Name, fitted model and the table that it knows, of every kind."""
    for name, (_, X, _, _) in CASES.items():
        yield name, fitted(name), X
    for name, arguments in ENCODINGS.items():
        yield name, FeedForwardRegressor(**SMALL, **arguments).fit(TABLE, ONE), TABLE
    for name in ACTIVATIONS:
        yield f"activation {name}", FeedForwardRegressor(**SMALL, activation=name).fit(NUMBERS, ONE), NUMBERS


def first_rows(X):
    """The rows that are predicted, as plain lists by column."""
    table = X if isinstance(X, pa.Table) else pa.table({f"x{j}": X[:, j] for j in range(X.shape[1])})
    return {name: list(map(plain, table.column(name).to_pylist()[:ROWS])) for name in table.column_names}


def plain(value):
    """A value as JSON has it; dates are spelled out."""
    return value.isoformat() if isinstance(value, datetime) else value


def predictions(model, rows):
    """Every number that a model gives for these rows: predictions, and probabilities of a classifier."""
    columns = {name: pa.array(values) for name, values in rows.items()}
    X = pa.table(columns) if hasattr(model, "feature_names_in_") else np.column_stack(list(rows.values()))
    found = {"predict": model.predict(X).tolist()}
    if hasattr(model, "predict_proba"):
        found["predict_proba"] = model.predict_proba(X).tolist()
    return found


def main() -> None:
    folder = GOLDEN / pellucid.__version__
    folder.mkdir(parents=True)
    recorded = {}
    for name, model, X in models():
        path = folder / f"{name.replace(' ', '_')}.safetensors"
        model.save(path)
        if path.stat().st_size > LARGEST:
            raise SystemExit(f"{path} has {path.stat().st_size} bytes, more than {LARGEST}: make its model smaller.")
        rows = first_rows(X)
        recorded[path.stem] = {"rows": rows, **predictions(model, rows)}
    text = json.dumps(recorded, ensure_ascii=False)
    (folder / "predictions.json").write_text(text.replace('}, "', '},\n"') + "\n", encoding="utf-8")
    print(f"{len(recorded)} models in {folder}")


if __name__ == "__main__":
    main()
