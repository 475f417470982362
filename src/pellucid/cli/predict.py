"""`pellucid predict`: predictions of a saved model for the rows of a table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from pellucid.cli.input_table import require_columns, require_new_file, require_writable
from pellucid.errors import ParameterError

if TYPE_CHECKING:
    import pyarrow as pa


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
) -> None:
    """Predict the targets of every row of a table.

    Parameters
    ----------
    model
        A file that `pellucid train` wrote.
    table
        One CSV or Parquet file, or several with the same columns.
    out
        File to write, .csv or .parquet; standard output (CSV) without it.
    key
        Column to repeat beside the predictions; may be given several times.
    probabilities
        Also write the probability of each class or label.
    exposure
        Column of the exposures of the rows, for a model that was trained with `--exposure`;
        without it rates are predicted, for an exposure of 1.
    encoding
        Of the CSV.
    separator
        Between the fields of the CSV; `tab` for a tab.
    """
    import numpy as np
    import pyarrow as pa

    import pellucid
    from pellucid.cli.model_table import ModelTable
    from pellucid.cli.row_numbers import exposures_of, with_exposure

    if out is not None:
        require_writable(out, "--out", (".csv", ".parquet"))
        require_new_file(out, "--out", [model, *table])
    fitted = pellucid.load(model)
    if with_exposure(fitted) and exposure is None:
        note = "note: the model was trained with exposures: under a log link it predicts rates, for an exposure of 1."
        print(note, file=sys.stderr)
    if probabilities and not hasattr(fitted, "predict_proba"):
        raise ParameterError(f"{model} is a regressor and has no probabilities. Leave out --probabilities.")
    read = ModelTable(table, encoding, separator, fitted)
    require_columns(read.rows, key or (), "--key", read.source)
    columns = {name: read.rows.column(name) for name in key or ()}
    e = exposures_of(read, exposure, np.arange(read.rows.num_rows))
    predicted = prediction_columns(fitted, read.features(), probabilities, e)
    taken = [name for name in columns if name in predicted]
    if taken:
        raise ParameterError(
            f"--key names the column '{taken[0]}', which is also the name of a column of predictions. Rename it."
        )
    write(pa.table(columns | predicted), out)
    if out is not None:
        print(f"{read.rows.num_rows:,} predictions written to {out}")


def prediction_columns(fitted: Any, features: pa.Table, probabilities: bool, exposure: Any = None) -> dict[str, Any]:
    """`predicted_TARGET` (with `_q0.1`) for each output, and `probability_of_CLASS` (or label) where asked for."""
    if not hasattr(fitted, "predict_proba"):
        y_hat = fitted.predict(features, exposure)
        columns = zip(fitted.targets_.output_names, y_hat.reshape(len(y_hat), -1).T, strict=True)
        return {f"predicted_{name}": column for name, column in columns}
    names = fitted.targets_.names
    P = fitted.predict_proba(features)
    y_hat = fitted.targets_.choose(P)
    columns = {f"predicted_{name}": column for name, column in zip(names, y_hat.reshape(len(y_hat), -1).T, strict=True)}
    if probabilities:
        of = names if fitted.targets_.kind == "multilabel" else fitted.classes_.tolist()
        columns |= {f"probability_of_{name}": column for name, column in zip(of, P.T, strict=True)}
    return columns


def write(predictions: pa.Table, out: Path | None) -> None:
    """CSV to standard output, or a whole CSV or Parquet file in place of an old one."""
    import io

    import pyarrow.csv
    import pyarrow.parquet

    from pellucid.files import atomic

    buffer = io.BytesIO()
    if out is not None and out.suffix.lower() == ".parquet":
        pyarrow.parquet.write_table(predictions, buffer)
    else:
        pyarrow.csv.write_csv(predictions, buffer)
    if out is None:
        sys.stdout.write(buffer.getvalue().decode())
        return
    try:
        atomic.write_bytes(out, [buffer.getvalue()])
    except OSError as error:
        raise ParameterError(f"{out} cannot be written: {error.strerror}. Choose another place.") from None
