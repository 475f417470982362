"""How long does it take to encode a million rows of 20 columns, beside reading them from CSV with pyarrow?

15 columns of numbers, two of them with gaps, and 5 of text with 3 to 40 levels. Contestants take turns; the median
counts. Target: encoding, which is learning the encoder and computing X, takes at most 1.5 times reading. The floor is
writing X once: a copy of the matrix.

    python benchmarks/encode_time.py
"""

from __future__ import annotations

import argparse
import io

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from measuring import alternate, print_table, save, seconds_of
from pellucid.tables.columns import as_columns
from pellucid.tables.encoder_fitting import fit_encoder
from pellucid.tables.encoder_options import NUMBER_ENCODINGS, EncoderOptions

ROWS, NUMBERS, LEVELS = 1_000_000, 15, (3, 5, 8, 15, 40)
REPETITIONS = 5


def make_table(n_rows: int) -> pa.Table:
    rng = np.random.default_rng(0)
    columns: dict[str, pa.Array] = {}
    for j in range(NUMBERS):
        gaps = rng.random(n_rows) < 0.05 if j < 2 else None
        columns[f"number {j}"] = pa.array(np.round(rng.normal(10 * j, 1 + j, n_rows), 4), mask=gaps)
    for k in LEVELS:
        levels = pa.array([f"level {i} of {k}" for i in range(k)])
        columns[f"text {k}"] = levels.take(pa.array(rng.integers(0, k, n_rows)))
    return pa.table(columns)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=ROWS)
    arguments = parser.parse_args()
    table = make_table(arguments.rows)
    sink = io.BytesIO()
    arrow_csv.write_csv(table, sink)
    data = sink.getvalue()
    columns = as_columns(table)
    encoder = fit_encoder(columns)
    X, _ = encoder.encode(columns, dtype="float32")
    contestants = {
        "read the CSV with pyarrow": lambda: seconds_of(lambda: arrow_csv.read_csv(pa.BufferReader(data))),
        "encode": lambda: seconds_of(lambda: encoder.encode(columns, dtype="float32")),
        "learn the encoder": lambda: seconds_of(lambda: fit_encoder(columns)),
        "floor: copy X": lambda: seconds_of(X.copy),
    }
    for encoding in NUMBER_ENCODINGS[1:]:
        other = fit_encoder(columns, options=EncoderOptions(encoding))
        contestants[f"encode, {encoding}"] = lambda other=other: seconds_of(
            lambda: other.encode(columns, dtype="float32")
        )
    times = alternate(contestants, REPETITIONS)
    reading = times["read the CSV with pyarrow"].median
    print(f"{arguments.rows:,} rows, {len(data) / 1e6:.0f} MB of CSV, X {X.shape[1]} features")
    rows = [
        [name, f"{1000 * t.median:.0f}", f"{1000 * t.least:.0f}-{1000 * t.greatest:.0f}", f"{t.median / reading:.2f}"]
        for name, t in times.items()
    ]
    print_table(["", "ms", "range", "over reading"], rows)
    save("encode_time", {"rows": arguments.rows, "milliseconds": {k: [1000 * v for v in t] for k, t in times.items()}})


if __name__ == "__main__":
    main()
