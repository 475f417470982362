"""`pellucid check`: the gradient of a saved model on rows of a table, by every way; exit code 1 if they differ."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pellucid.cli.input_table import CsvFormat, Decimal, require_columns
from pellucid.cli.terminal import print_json, said_if_slow
from pellucid.cli.whole_number import WholeNumber
from pellucid.errors import DataError, ParameterError


def check(
    model: Path,
    table: Annotated[list[Path], Parameter(required=True)],
    /,
    *,
    rows: WholeNumber = 32,
    most_entries: WholeNumber = 200,
    seed: WholeNumber = 0,
    exposure: str | None = None,
    encoding: str = "utf-8",
    separator: str = ",",
    decimal: Decimal = ".",
    json: bool = False,
) -> int:
    """Check the gradient of a model: observation by observation, in matrices, by its engine, by differences, by JAX.

    Parameters
    ----------
    model
        A file that `pellucid train` wrote.
    table
        One CSV or Parquet file, or several with the same columns; it must hold the model's targets.
    rows
        On how many of its rows, chosen by the seed.
    most_entries
        Of each array of weights, so many entries are differentiated numerically: all, or a sample.
    seed
        Of both samples.
    exposure
        Column of the exposures of the rows, for a model that was trained with `--exposure`.
    encoding
        Of the CSV.
    separator
        Between the fields of the CSV; `tab` for a tab.
    decimal
        Of the numbers in the CSV, a point or a comma. Where the comma separates fields too, they stand in quotes.
    json
        Print one JSON object instead of a table.
    """
    import numpy as np

    import pellucid
    from pellucid.cli.known_targets import known_targets
    from pellucid.cli.model_table import ModelTable, refuse_target_among_columns
    from pellucid.cli.row_numbers import exposures_of, require_exposures
    from pellucid.tables.task import rows_with_targets

    for name, value, least in (("--rows", rows, 1), ("--most-entries", most_entries, 1), ("--seed", seed, 0)):
        if value < least:
            raise ParameterError(f"{name} must be a whole number >= {least}. Got {value} instead.")
    fitted = pellucid.load(model)
    refuse_target_among_columns(fitted, model)
    require_exposures(fitted, exposure, model)
    read = ModelTable(table, CsvFormat.of_options(encoding, separator, decimal), fitted)
    targets = list(fitted.targets_.names)
    require_columns(read.rows.column_names, targets, "a target of the model", read.source)
    known = rows_with_targets(read.rows, targets)
    if len(known) == 0:
        raise DataError(f"{read.source} has no row with a value of every target: there is nothing to differentiate.")
    chosen = np.sort(np.random.default_rng(seed).permutation(known)[:rows])
    e = exposures_of(read, exposure, chosen)
    with said_if_slow("at work: kernels are compiled first if need be, and large networks take their time ..."):
        report = fitted.check_gradients(
            read.features(chosen),
            known_targets(read, chosen),
            exposure=e,
            most_entries=most_entries,
            random_state=seed,
        )
    if json:
        print_json({"model": str(model), "rows": chosen.tolist()} | report.to_dict())
    else:
        left_out = read.rows.num_rows - len(known)
        without = f"; {left_out:,} left out, a target is missing" if left_out else ""
        print(f"{model} on {len(chosen):,} of the {read.rows.num_rows:,} rows of {read.source}, seed {seed}{without}\n")
        print(report)
    return 0 if report.passed else 1
