"""`pellucid predict`: predictions of a saved model for the rows of a table."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from pellucid.cli.input_table import CsvFormat, Decimal, require_new_file, require_writable
from pellucid.cli.prediction_columns import prediction_names
from pellucid.cli.prediction_files import writer_to
from pellucid.cli.terminal import print_json, reading_shown
from pellucid.errors import ParameterError, visible

if TYPE_CHECKING:
    from pellucid.cli.model_stream import ModelStream


def predict(
    model: Path,
    table: Annotated[list[Path], Parameter(required=True)],
    /,
    *,
    out: Path | None = None,
    key: Annotated[list[str] | None, Parameter(negative="")] = None,
    probabilities: bool = False,
    exposure: str | None = None,
    encoding: str = "utf-8",
    separator: str = ",",
    decimal: Decimal = ".",
    json: bool = False,
) -> None:
    """Predict the targets of every row of a table, which may be larger than memory.

    Parameters
    ----------
    model
        A file that `pellucid train` wrote.
    table
        One CSV or Parquet file, or several with the same columns. It is read in blocks, and what is wrong with a row is
        said when its block is reached.
    out
        File to write, .csv or .parquet, which is there only when it is whole; standard output (CSV) without it.
    key
        Column to repeat beside the predictions, as it is written in a CSV; may be given several times.
    probabilities
        Also write the probability of each class or label.
    exposure
        Column of the exposures of the rows, for a model that was trained with `--exposure`;
        without it rates are predicted, for an exposure of 1.
    encoding
        Of the CSV.
    separator
        Between the fields of the CSV; `tab` for a tab.
    decimal
        Of the numbers in the CSV, a point or a comma. Where the comma separates fields too, they stand in quotes.
    json
        Print one JSON object for each row; with --out one object of what was written and of the notes.
        A prediction beyond the range of numbers, inf in a CSV, is null in JSON, which has no such number.
    """
    import pellucid
    from pellucid.cli.model_stream import ModelStream
    from pellucid.cli.row_numbers import with_exposure

    if out is not None:
        require_writable(out, "--out", (".csv", ".parquet"))
        require_new_file(out, "--out", [model, *table])
    fitted = pellucid.load(model)
    if with_exposure(fitted) and exposure is None:
        note = "note: the model was trained with exposures: under a log link it predicts rates, for an exposure of 1."
        print(note, file=sys.stderr)
    if probabilities and not hasattr(fitted, "predict_proba"):
        raise ParameterError(f"{model} is a regressor and has no probabilities. Leave out --probabilities.")
    csv = CsvFormat.of_options(encoding, separator, decimal)
    stream = ModelStream(table, csv, fitted, key or (), exposure)
    taken = [name for name in key or () if name in prediction_names(fitted, probabilities)]
    if taken:
        raise ParameterError(
            f"--key names the column '{taken[0]}', which is also the name of a column of predictions. Rename it."
        )
    if out is None or out.suffix.lower() != ".parquet":
        refuse_bytes(stream, key or ())
    n_rows, columns = write_predictions(stream, probabilities, out, json)
    for sentence in stream.sentences(infinite_are="null" if out is None and json else "inf"):
        print(visible(f"note: {sentence}"), file=sys.stderr)
    if out is not None and json:
        notes = asdict(stream.notes)
        notes["unseen"] = {name: seen._asdict() for name, seen in stream.notes.unseen.items()}
        print_json({"model": str(model), "rows": n_rows, "out": str(out), "columns": columns, "notes": notes})
    elif out is not None:
        print(f"{n_rows:,} predictions written to {out}")


def refuse_bytes(stream: ModelStream, keys: Sequence[str]) -> None:
    """Bytes are no text: neither a CSV nor JSON can repeat them."""
    import pyarrow as pa

    of_bytes = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view)
    for name in keys:
        kind = stream.stream.written_type(name)
        if any(holds(kind) for holds in of_bytes):
            raise ParameterError(
                f"--key names the column '{name}' of {stream.source}, which has the type {kind}: bytes are repeated in "
                "Parquet alone. Write to a file with --out that ends in .parquet, or name another column."
            )


def write_predictions(
    stream: ModelStream, probabilities: bool, out: Path | None, lines_of_json: bool
) -> tuple[int, list[str]]:
    """Predict and write block by block; the number of rows and the names of the columns."""
    import pyarrow as pa

    n_rows, columns = 0, []
    try:
        with reading_shown(stream.stream), writer_to(out, lines_of_json) as writer:
            for block in stream.predictions(probabilities):
                predicted = pa.table(block.repeated | block.predicted)
                writer.write(predicted)
                n_rows, columns = block.first_row + predicted.num_rows, predicted.column_names
    except KeyboardInterrupt:
        if out is None and n_rows:
            raise KeyboardInterrupt(f"Interrupted after {n_rows:,} rows.") from None
        raise
    return n_rows, columns
