"""A table as a saved model needs it, in blocks: for tables that are larger than memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pellucid.cli.input_table import CsvFormat, name_of, quoted, require_columns
from pellucid.cli.model_table import in_order_of_training, needed_names, refuse_lacking_columns
from pellucid.cli.row_numbers import EXPOSURE, read_row_numbers, refuse_exposure_of_other_models
from pellucid.errors import DataError

BLOCK_VALUES = 2**23  # features of a block, 64 MiB in float64: a model of many features takes fewer rows at a time


class ModelBlock(NamedTuple):
    """Some rows: the number of the first, the columns to repeat, and the predictions."""

    first_row: int
    repeated: dict[str, Any]
    predicted: dict[str, Any]


class ModelStream:
    """Predictions of a model for the rows of a table, block by block, and the notes on all of them.

    Parameters
    ----------
    paths, csv
        Of the table.
    fitted : estimator
    repeated : sequence of str
        Columns to repeat beside the predictions, as they are written, also where they are features.
    exposure : str, optional
        Column of the exposures.

    Raises
    ------
    DataError, ParameterError
        For columns that the table lacks, all at once.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        csv: CsvFormat,
        fitted: Any,
        repeated: Sequence[str] = (),
        exposure: str | None = None,
    ):
        from pellucid.tables.known_kinds import known_kinds
        from pellucid.tables.notes import Notes
        from pellucid.tables.pandas_index import unnamed_index
        from pellucid.tables.row_blocks import BLOCK_ROWS
        from pellucid.tables.stream import TableStream

        self.fitted, self.source = fitted, name_of(paths)
        self._repeated, self._exposure = tuple(dict.fromkeys(repeated)), exposure
        needed = needed_names(fitted)
        rows = max(1, min(BLOCK_ROWS, BLOCK_VALUES // max(fitted.encoder_.n_features, len(needed), 1)))
        self.stream = TableStream([str(path) for path in paths], block_rows=rows, **csv._asdict())
        self._decimal = csv.decimal
        names = self.stream.column_names
        require_columns(names, self._repeated, "--key", self.source)
        if exposure is not None:
            refuse_exposure_of_other_models(fitted)
            require_columns(names, [exposure], "--exposure", self.source)
        refuse_lacking_columns(names, needed, self.source)
        self._kinds = known_kinds(fitted.encoder_)
        exposures = () if exposure is None else (exposure,)
        self._as_written = tuple(dict.fromkeys((*self._repeated, *exposures)))
        expected = {*self._kinds, *self._as_written, *fitted.targets_.names, *fitted.encoder_.column_names}
        self.n_infinite = 0  # rows
        expected |= set(unnamed_index(names))
        self.notes = Notes(extra=tuple(name for name in names if name not in expected))

    def predictions(self, probabilities: bool) -> Iterator[ModelBlock]:
        """All blocks, in the order of the rows.

        Raises
        ------
        DataError
            For values that the model cannot take, with their rows and lines.
        """
        from pellucid.cli.prediction_columns import prediction_columns

        for first_row, rows, written in self.stream.blocks(self._kinds, self._as_written):
            e = self._exposures(first_row, written)
            try:
                predicted, notes = prediction_columns(
                    self.fitted, in_order_of_training(rows, self.fitted), probabilities, e
                )
            except DataError as error:
                if first_row == 0:
                    raise
                raise DataError(f"{error} (Rows are counted from row {first_row:,} of {self.source}.)") from None
            self.notes.merge(notes)
            self.n_infinite += infinite_rows(predicted)
            yield ModelBlock(first_row, {name: written.column(name) for name in self._repeated}, predicted)

    def _exposures(self, first_row: int, rows: Any) -> Any:
        import numpy as np

        if self._exposure is None:
            return None
        every = np.arange(rows.num_rows)
        return read_row_numbers(
            rows, self._exposure, EXPOSURE, every, lambda row: self.stream.place_of(first_row + row), self._decimal
        )

    def sentences(self, infinite_are: str = "inf") -> list[str]:
        """What there is to say of all blocks that have been read; predictions that are infinite are written so."""
        said = []
        if self.notes.extra:
            n = len(self.notes.extra)
            shown = quoted(self.notes.extra[:10]) + (f" and {n - 10} more" if n > 10 else "")
            columns, are, them = ("column", "is", "it") if n == 1 else (f"{n} columns", "are", "them")
            said.append(f"The {columns} {shown} of {self.source} {are} none of the model's: it left {them} aside.")
        said += self.notes.warnings()
        if self.n_infinite:
            rows = "1 row has a prediction" if self.n_infinite == 1 else f"{self.n_infinite:,} rows have predictions"
            said.append(f"{rows} beyond the range of numbers, written as {infinite_are}.")
        return said


def infinite_rows(predicted: Mapping[str, Any]) -> int:
    """How many rows have an infinite number among their predictions."""
    import numpy as np

    numbers = [np.isinf(values) for values in predicted.values() if values.dtype.kind == "f"]
    return int(np.any(numbers, axis=0).sum()) if numbers else 0
