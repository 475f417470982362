"""A table as a saved model needs it: its columns, of the kinds that it knows, with lines in every refusal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.cli.input_table import name_of, named_separator, quoted
from pellucid.errors import DataError, TableError

if TYPE_CHECKING:
    import pyarrow as pa

LineOf = Callable[[int], "int | None"]


class ModelTable:
    """Rows read for a model. Columns that it knows as text are text, also where they hold nothing but digits."""

    def __init__(self, paths: Sequence[Path], encoding: str, separator: str, model: Any):
        from pellucid.tables.encoder import is_text_column
        from pellucid.tables.reading import read_tables

        self.model, self.source = model, name_of(paths)
        self.paths, self.encoding, self.separator = paths, encoding, named_separator(separator)
        text = [column.name for column in model.encoder_.columns if is_text_column(column)]
        if getattr(model.targets_, "classes", None) is not None and model.targets_.classes.dtype.kind == "U":
            text += model.targets_.names
        self.rows = read_tables(
            [str(path) for path in paths], encoding=encoding, separator=self.separator, text_columns=text
        )

    def line_of(self, row: int) -> int | None:
        """The line of a row in its file; None where there are several files, or one that has no lines."""
        from pellucid.tables.reading import line_of_row

        if len(self.paths) > 1:
            return None
        return line_of_row(str(self.paths[0]), row, encoding=self.encoding, separator=self.separator)

    def place_of(self, row: int) -> str:
        """A row in words, with its line where there is one."""
        line = self.line_of(row)
        return f"row {row}" if line is None else f"row {row} (line {line})"

    def features(self, rows: Any = None) -> pa.Table:
        """The model's columns, in its order, for the given rows or all; wrong values are refused by their place.

        Only the rows asked for are looked at: a slip elsewhere in the table is no reason not to show a good row.
        """
        names = [str(name) for name in getattr(self.model, "feature_names_in_", self.model.encoder_.column_names)]
        from pellucid.tables.categories import LeftOutColumn

        left_out = {column.name for column in self.model.encoder_.columns if isinstance(column, LeftOutColumn)}
        missing = [name for name in names if name not in self.rows.column_names and name not in left_out]
        if missing:
            raise TableError(
                f"{self.source} lacks {'the column' if len(missing) == 1 else f'{len(missing)} columns'} "
                f"{quoted(missing)} that the model needs. Add or rename {'it' if len(missing) == 1 else 'them'}."
            )
        import numpy as np
        import pyarrow as pa

        chosen = np.arange(self.rows.num_rows) if rows is None else np.asarray(rows)
        table = self.rows.select([name for name in names if name in self.rows.column_names])
        for name in names:
            if name not in table.column_names:  # left out in training, so nothing is asked of it
                table = table.append_column(name, pa.nulls(table.num_rows, pa.string()))
        table = table.select(names) if rows is None else table.select(names).take(chosen)
        return self.with_known_kinds(table, chosen)

    def with_known_kinds(self, table: pa.Table, rows: Any) -> pa.Table:
        """Numbers where the model knows numbers, and finite ones; text among them is refused, unless it is a number."""
        import numpy as np
        import pyarrow as pa

        from pellucid.tables.csv_reading import MISSING_NUMBERS
        from pellucid.tables.frames import is_number
        from pellucid.tables.inspection import is_number_text
        from pellucid.tables.number_columns import NumberColumn

        for column in self.model.encoder_.columns:
            if not isinstance(column, NumberColumn):
                continue
            values = table.column(column.name)
            if not is_number(values.type):
                texts = [None if text in MISSING_NUMBERS else text for text in values.to_pylist()]
                odd = next((i for i, text in enumerate(texts) if text is not None and not is_number_text(text)), None)
                if odd is not None:
                    raise DataError(
                        f"The column '{column.name}' held numbers in training, but has {texts[odd]!r} in "
                        f"{self.place_of(int(rows[odd]))}. Correct it, or leave it empty: it then counts as missing."
                    )
                values = pa.chunked_array([pa.array([None if t is None else float(t) for t in texts], pa.float64())])
                table = table.set_column(table.schema.get_field_index(column.name), column.name, values)
            if pa.types.is_floating(values.type):
                infinite = np.flatnonzero(np.isinf(values.to_numpy()))
                if len(infinite):
                    raise DataError(
                        f"The column '{column.name}' has an infinite value in {self.place_of(int(rows[infinite[0]]))}. "
                        "Correct it, or leave it empty: it then counts as missing."
                    )
        return table
