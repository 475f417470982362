"""What the columns of a table are used as; every other column is a feature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from pellucid.cli.input_table import quoted, require_columns
from pellucid.errors import DataError, ParameterError
from pellucid.tables.pandas_index import INDEX_OF_PANDAS, unnamed_index

if TYPE_CHECKING:
    import pyarrow as pa


class ColumnRoles(NamedTuple):
    """Columns that are named for another purpose than to predict from.

    Attributes
    ----------
    targets, ignored : sequences of str
    group, time : str or None
        By which rows are split.
    weights, exposure : str or None
        What each row counts, and for how long or how many its target was taken.
    categorical : sequence of str
        Features that are categories whatever they hold.
    """

    targets: Sequence[str]
    ignored: Sequence[str] = ()
    group: str | None = None
    time: str | None = None
    weights: str | None = None
    exposure: str | None = None
    categorical: Sequence[str] = ()

    def require(self, table: pa.Table, source: str) -> None:
        """Refuse columns that the table does not have."""
        require_columns(table.column_names, self.targets, "--target", source)
        require_columns(table.column_names, self.ignored, "--ignore", source)
        require_columns(table.column_names, self.categorical, "--categorical", source)
        for name, option in (
            (self.group, "--group"),
            (self.time, "--time"),
            (self.weights, "--weights"),
            (self.exposure, "--exposure"),
        ):
            require_columns(table.column_names, [] if name is None else [name], option, source)

    def left_out(self, names: Sequence[str]) -> dict[str, str]:
        """The columns of these that are neither features nor targets, with the reason.

        Raises
        ------
        ParameterError
            For a column that is named for two purposes.
        """
        left_out: dict[str, str] = {}
        for name, reason in (
            (self.group, "what the rows are grouped by"),
            (self.time, "what the rows are ordered by"),
            (self.weights, "what each row counts"),
            (self.exposure, "the exposure of each row"),
        ):
            if name in left_out:
                raise ParameterError(f"The column '{name}' is {left_out[name]} and {reason}. It can only be one.")
            if name is not None:
                left_out[name] = reason
        left_out = dict.fromkeys(self.ignored, "ignored as asked") | left_out
        index = [name for name in unnamed_index(names) if name not in self.targets]
        left_out = dict.fromkeys(index, INDEX_OF_PANDAS) | left_out
        both = [name for name in self.targets if name in left_out]
        if both:
            raise ParameterError(f"The column {quoted(both)} is a target and {left_out[both[0]]}. It can only be one.")
        others = left_out | dict.fromkeys(self.targets, "a target")
        for name in self.categorical:
            if name in others:
                raise ParameterError(f"The column '{name}' is {others[name]}, so it cannot be --categorical.")
        return left_out

    def role_of(self, name: str, left_out: dict[str, str]) -> str:
        """What a column is used as, in one word."""
        of = {self.weights: "weight", self.exposure: "exposure"} | dict.fromkeys(self.targets, "target")
        return of.get(name, "-" if name in left_out else "feature")


def refuse_repeated(targets: Sequence[str]) -> None:
    """Each target once."""
    twice = sorted({name for name in targets if targets.count(name) > 1})
    if twice:
        raise DataError(f"--target names {quoted(twice)} more than once. Name each target once.")
