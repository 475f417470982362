"""Columns of the kinds that a model has learnt, or refused by their rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pellucid.errors import DataError
from pellucid.tables.categories import LeftOutColumn
from pellucid.tables.csv_reading import FALSE_TEXTS, MISSING_NUMBERS, TRUE_TEXTS
from pellucid.tables.date_texts import moments_of_texts
from pellucid.tables.encoder import TableEncoder, kinds_of
from pellucid.tables.frames import is_number, is_text
from pellucid.tables.number_spelling import DECIMALS, how_to_spell, is_spelt_otherwise, number_in

HELD_NUMBERS = "held numbers in training, but has"
HELD_TRUTHS = "held true and false in training, but has"
TO_TRUTHS = "Write true, false, 1 or 0, or leave it empty."
HELD_DATES = "held dates in training, but has"
TO_DATES = "Write dates in the form of ISO 8601, as 2024-05-31 or 2024-05-31T18:00, or leave it empty."
TO_NUMBERS = "Correct it, or leave it empty: it then counts as missing."
HELD_TEXT = "held text in training, but has"
TO_TEXT = "Give it as text, as in training."


def known_kinds(encoder: TableEncoder) -> dict[str, str]:
    """What each column of an encoder held in training, in their order, but for those that it left out."""
    used = (column for column in encoder.columns if not isinstance(column, LeftOutColumn))
    return {column.name: kinds_of(column)[0] for column in used}


class KnownKinds:
    """Makes columns those that were learnt, block by block; what a block holds decides nothing about the next.

    Numbers come out in float64, dates as moments. Text that spells a number or a date is one; true and false are 1 and
    0 in a column that holds nothing else, in whatever block.

    Parameters
    ----------
    kinds : dict of str to str
        "number", "boolean", "date" or "text".
    decimal : "." or ","
        Of the numbers that are spelt in texts.

    Examples
    --------
    >>> known = KnownKinds({"size": "number"})
    >>> known.convert(pa.table({"size": ["1.5", "NA"]}), row_of=int, place_of=str)["size"].to_pylist()
    [1.5, None]
    >>> known.convert(pa.table({"size": ["1.5", "much"]}), int, "row {}".format)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    pellucid.errors.DataError: The column 'size' held numbers in training, but has 'much' in row 1. Correct it, ...
    """

    def __init__(self, kinds: Mapping[str, str], decimal: str = "."):
        self._kinds, self._decimal = dict(kinds), decimal
        self._booleans: dict[str, tuple[int, str]] = {}  # by column the first row with one, and how it is written
        self._numbers: set[str] = set()  # columns that have held numbers

    def convert(self, table: pa.Table, row_of: Callable[[int], int], place_of: Callable[[int], str]) -> pa.Table:
        """A block of the table with its columns in their kinds.

        Parameters
        ----------
        table : pyarrow.Table
        row_of : callable
            From the row of the block, counted from 0, to that of the whole table.
        place_of : callable
            From that to its words, with its line.

        Raises
        ------
        DataError
            For text where numbers were learnt, numbers where text was, and infinite values: all columns at once, each
            by its first such row.
        """
        problems = []
        for name, kind in self._kinds.items():
            values = table.column(name)
            try:
                if kind == "number":
                    values = self._numbers_of(name, values, row_of)
                elif kind == "boolean":
                    values = truths_of(values, row_of)
                elif kind == "date":
                    values = moments_of(values, row_of)
                elif kind == "text":
                    refuse_numbers(values, row_of)
            except OddValue as odd:
                problems.append((name, odd.sentence(place_of)))
            table = table.set_column(table.schema.get_field_index(name), name, values)
        if len(problems) == 1:
            name, what = problems[0]
            raise DataError(f"The column '{name}' {what}")
        if problems:
            listed = "\n".join(f"  '{name}' {what}" for name, what in problems)
            raise DataError(f"{len(problems)} columns are not as the model needs them:\n{listed}")
        return table

    def _numbers_of(self, name: str, values: pa.ChunkedArray, row_of: Callable[[int], int]) -> pa.ChunkedArray:
        texts = None
        if is_text(values.type):
            texts = pc.if_else(pc.is_in(values, pa.array(MISSING_NUMBERS, values.type)), None, values)
            values = read_numbers(texts, row_of, self._decimal)
        if not is_number(values.type):
            return values  # of a type that the encoder refuses by its name
        present = np.flatnonzero(values.is_valid().to_numpy())
        if pa.types.is_boolean(values.type) and len(present):
            first = int(present[0])
            written = str((values if texts is None else texts)[first].as_py())
            self._booleans.setdefault(name, (row_of(first), written))
        elif len(present):
            self._numbers.add(name)
        if name in self._booleans and name in self._numbers:
            row, written = self._booleans[name]
            raise OddValue(row, f"{HELD_NUMBERS} {written!r}")
        numbers = pc.cast(values, pa.float64(), safe=False)
        infinite = np.flatnonzero(np.isinf(numbers.to_numpy()))
        if len(infinite):
            raise OddValue(row_of(int(infinite[0])), "has an infinite value", len(infinite) - 1)
        return numbers


class OddValue(Exception):
    """A value that the model cannot take: its row in the whole table, what it is, how many more there are at least."""

    def __init__(self, row: int, what: str, more: int = 0, remedy: str = TO_NUMBERS):
        super().__init__(row, what, more, remedy)
        self.row, self.what, self.more, self.remedy = row, what, more, remedy

    def sentence(self, place_of: Callable[[int], str]) -> str:
        """What is wrong and what to do, to stand after the name of the column."""
        others = {0: "", 1: ", and at least 1 other row is no better"}
        more = others.get(self.more, f", and at least {self.more:,} other rows are no better")
        return f"{self.what} in {place_of(self.row)}{more}. {self.remedy}"


def read_numbers(texts: pa.ChunkedArray, row_of: Callable[[int], int], decimal: str = ".") -> pa.ChunkedArray:
    """Texts as the numbers, or as the booleans, that they all are."""
    try:
        if decimal == ".":
            return pc.cast(texts, pa.float64())
        if not pc.any(pc.match_substring(texts, DECIMALS[decimal])).as_py():
            return pc.cast(pc.replace_substring(texts, decimal, "."), pa.float64())
    except pa.ArrowInvalid:
        pass
    either = pa.array(TRUE_TEXTS + FALSE_TEXTS, texts.type)
    if pc.all(pc.is_in(pc.drop_null(texts), either)).as_py():
        return pc.if_else(pc.is_null(texts), None, pc.is_in(texts, pa.array(TRUE_TEXTS, texts.type)))
    listed = texts.to_pylist()
    numbers = [None if text is None else number_in(text, decimal) for text in listed]
    odd = [i for i, text in enumerate(listed) if text is not None and numbers[i] is None]
    if odd:
        first, remedy = listed[odd[0]], TO_NUMBERS
        if is_spelt_otherwise(first, decimal):
            remedy = f"If these are numbers: {how_to_spell([first], decimal)}."
        raise OddValue(row_of(odd[0]), f"{HELD_NUMBERS} {first!r}", len(odd) - 1, remedy)
    return pa.chunked_array([pa.array(numbers, pa.float64())])


def truths_of(values: pa.ChunkedArray, row_of: Callable[[int], int]) -> pa.ChunkedArray:
    """Truth values, their texts, and the numbers 1 and 0, as the numbers 1 and 0."""
    if is_text(values.type):
        values = pc.if_else(pc.is_in(values, pa.array(MISSING_NUMBERS, values.type)), None, values)
        true, false = (
            pa.array([*texts, number], values.type) for texts, number in ((TRUE_TEXTS, "1"), (FALSE_TEXTS, "0"))
        )
    elif is_number(values.type):
        values = pc.cast(values, pa.float64(), safe=False)
        values = pc.if_else(pc.is_nan(values), None, values)
        true, false = pa.array([1.0]), pa.array([0.0])
    else:
        return values  # of a type that the encoder refuses by its name
    holds = pc.is_in(values, true)
    odd = np.flatnonzero(pc.and_(values.is_valid(), pc.invert(pc.or_(holds, pc.is_in(values, false)))).to_numpy())
    if len(odd):
        written = values[odd[0]].as_py()
        shown = repr(written) if isinstance(written, str) else f"{written:g}"
        raise OddValue(row_of(int(odd[0])), f"{HELD_TRUTHS} {shown}", len(odd) - 1, TO_TRUTHS)
    return pc.if_else(pc.is_null(values), None, pc.cast(holds, pa.float64()))


def moments_of(values: pa.ChunkedArray, row_of: Callable[[int], int]) -> pa.ChunkedArray:
    """Texts as the moments that they all are; numbers are refused, and what is neither is left as it is."""
    if is_number(values.type):
        refuse_numbers(values, row_of, HELD_DATES, TO_DATES)
    if not is_text(values.type):
        return values
    moments, wrong = moments_of_texts(values)
    if wrong is not None:
        raise OddValue(row_of(wrong), f"{HELD_DATES} {values[wrong].as_py()!r}", remedy=TO_DATES)
    return moments


def refuse_numbers(
    values: pa.ChunkedArray, row_of: Callable[[int], int], held: str = HELD_TEXT, remedy: str = TO_TEXT
) -> None:
    """Refuse numbers where something else was learnt, unless all are missing."""
    if not is_number(values.type):
        return
    present = np.flatnonzero(~values.is_null(nan_is_null=True).to_numpy())
    if len(present):
        kind = "truth value" if pa.types.is_boolean(values.type) else "number"
        what = f"{held} the {kind} {values[present[0]].as_py()!r}"
        raise OddValue(row_of(int(present[0])), what, len(present) - 1, remedy)
