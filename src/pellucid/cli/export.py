"""`pellucid export`: a saved model as an ONNX file, and ONNX Runtime beside it; exit code 1 if they differ."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pellucid.cli.input_table import CsvFormat, Decimal, require_new_file, require_writable
from pellucid.cli.terminal import print_json


def export(
    model: Path,
    out: Path,
    /,
    *,
    check: Annotated[list[Path] | None, Parameter(negative="")] = None,
    encoding: str = "utf-8",
    separator: str = ",",
    decimal: Decimal = ".",
    json: bool = False,
) -> int:
    """Write a model as one ONNX file, from raw columns to predictions, and compare both on a table.

    Parameters
    ----------
    model
        A file that `pellucid train` wrote.
    out
        File to write, .onnx.
    check
        A CSV or Parquet file with the model's columns; may be given several times for files with the same columns. The
        ONNX file is run on its rows, and the largest difference from the model's own predictions is printed. The exit
        code is 1 if one is beyond 1e-10 of the largest prediction.
    encoding
        Of the CSV.
    separator
        Between the fields of the CSV; `tab` for a tab.
    decimal
        Of the numbers in the CSV, a point or a comma. Where the comma separates fields too, they stand in quotes.
    json
        Print one JSON object instead of text.
    """
    import pellucid
    from pellucid.cli.model_table import ModelTable

    require_writable(out, "OUT", (".onnx",))
    require_new_file(out, "OUT", [model, *(check or ())])
    fitted = pellucid.load(model)
    csv = CsvFormat.of_options(encoding, separator, decimal)
    X = ModelTable(check, csv, fitted).features() if check else None
    found = fitted.to_onnx(out, X=X)
    size = out.stat().st_size
    if json:
        print_json({"model": str(model), "out": str(out), "bytes": size, "check": found and found.to_dict()})
    else:
        print(f"{model} written to {out} ({size:,} bytes)")
        if found is not None:
            print(found)
    return 0 if found is None or found.passed else 1
