"""A table as a saved model needs it: its columns, of the kinds that it knows, with lines in every refusal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.cli.input_table import CsvFormat, name_of, quoted, read
from pellucid.errors import ParameterError, TableError

if TYPE_CHECKING:
    import pyarrow as pa


class ModelTable:
    """Rows read for a model. Columns that it knows as text or dates are, also where they hold nothing but digits."""

    def __init__(self, paths: Sequence[Path], csv: CsvFormat, model: Any):
        from pellucid.tables.known_kinds import known_kinds

        self.model, self.source = model, name_of(paths)
        self.paths, self.csv = paths, csv
        kinds = known_kinds(model.encoder_)
        text, dates = ([name for name, kind in kinds.items() if kind == wanted] for wanted in ("text", "date"))
        if getattr(model.targets_, "classes", None) is not None and model.targets_.classes.dtype.kind == "U":
            text += model.targets_.names
        self.rows = read(paths, csv, text, dates)

    def line_of(self, row: int) -> int | None:
        """The line of a row in its file; None where there are several files, or one that has no lines."""
        return self.csv.line_of(self.paths, row)

    def place_of(self, row: int) -> str:
        """A row in words, with its line where there is one."""
        line = self.line_of(row)
        return f"row {row}" if line is None else f"row {row} (line {line})"

    def features(self, rows: Any = None) -> pa.Table:
        """The model's columns, in its order, for the given rows or all; wrong values are refused by their place.

        Only the rows asked for are looked at: a slip elsewhere in the table is no reason not to show a good row.
        """
        refuse_lacking_columns(self.rows.column_names, needed_names(self.model), self.source)
        import numpy as np

        from pellucid.tables.known_kinds import KnownKinds, known_kinds

        chosen = np.arange(self.rows.num_rows) if rows is None else np.asarray(rows)
        table = in_order_of_training(self.rows, self.model)
        table = table if rows is None else table.take(chosen)
        known = KnownKinds(known_kinds(self.model.encoder_), self.csv.decimal)
        return known.convert(table, row_of=lambda i: int(chosen[i]), place_of=self.place_of)


def needed_names(fitted: Any) -> list[str]:
    """The columns that a model needs, in its order: those that it left out in training are none of them."""
    from pellucid.tables.known_kinds import known_kinds

    return list(known_kinds(fitted.encoder_))


def refuse_target_among_columns(fitted: Any, model: object) -> None:
    """Refuse a model, fitted in Python, with a column and a target of one name: a table has one column of that name."""
    columns = set(needed_names(fitted))
    both = [name for name in fitted.targets_.names if name in columns]
    if both:
        raise ParameterError(
            f"{model} has a feature and a target with the same name, {quoted(both)}, and a table cannot hold both. "
            "Rename one of them and train again, or give X and y to the model in Python."
        )


def in_order_of_training(table: pa.Table, fitted: Any) -> pa.Table:
    """The model's columns in its order, without values where training left one out and the table lacks it."""
    import pyarrow as pa

    names = [str(name) for name in getattr(fitted, "feature_names_in_", fitted.encoder_.column_names)]
    known = set(table.column_names)
    nothing = pa.nulls(table.num_rows, pa.string())
    return pa.table({name: table.column(name) if name in known else nothing for name in names})


def refuse_lacking_columns(columns: Sequence[str], needed: Sequence[str], source: str) -> None:
    """Refuse a table without the columns that a model needs, naming all of them."""
    missing = [name for name in needed if name not in columns]
    if missing:
        raise TableError(
            f"{source} lacks {'the column' if len(missing) == 1 else f'{len(missing)} columns'} "
            f"{quoted(missing)} that the model needs. Add or rename {'it' if len(missing) == 1 else 'them'}."
        )
