"""What an encoder is made from: one pass over the rows, in blocks, from memory or as they stream by."""

from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from pellucid.errors import DataError
from pellucid.tables.booleans import BooleanLearner
from pellucid.tables.category_fitting import CategoryLearner
from pellucid.tables.columns import as_columns
from pellucid.tables.dates import DateLearner
from pellucid.tables.encoder import TableEncoder
from pellucid.tables.encoder_options import EncoderOptions
from pellucid.tables.in_threads import in_threads
from pellucid.tables.numbers import GROUP, NumbersLearner
from pellucid.tables.row_blocks import BLOCK_ROWS, row_blocks
from pellucid.tables.text_fitting import StreamedTextLearner, text_learner

NO_ROWS = "There are no rows to learn from: give a table with at least one row."
OTHER_COLUMNS = "The pieces of the table differ in their columns: give each the same ones, in one order."


def fit_encoder(columns, *, rows=None, weights=None, options=EncoderOptions()):  # noqa: B008  # immutable
    """Learn from the given rows, in blocks; statistics are in float64.

    Parameters
    ----------
    columns : Columns
    rows : int array, optional
        All rows unless given.
    weights : array aligned with `rows`, optional
        Greater than 0; a weight of 2 means the row twice.
    options : EncoderOptions

    Returns
    -------
    TableEncoder

    Raises
    ------
    DataError
        If there are no rows or no features, or for an infinite, too large or refused missing value, naming the column.

    Examples
    --------
    >>> table = pa.table({"size": [1.0, 3.0, None], "town": ["Rome", "Bern", "Rome"]})
    >>> fit_encoder(as_columns(table)).feature_names
    ('size', 'size is missing', 'town=Bern', 'town=Rome')
    """
    rows = None if rows is None else np.asarray(rows, dtype=np.intp)
    weights = None if weights is None else np.asarray(weights, dtype=np.float64)
    n_rows = columns.n_rows if rows is None else len(rows)
    if n_rows == 0:
        raise DataError(NO_ROWS)

    def learn(learner):
        for start, selection in row_blocks(rows, columns.n_rows, 1):
            stop = min(start + BLOCK_ROWS, n_rows)
            learner.add(columns, selection, None if weights is None else weights[start:stop])
        return learner.learn()

    # Learner by learner, so that the values of a few columns are held at a time: those of one learner in each thread.
    learners = _learners(columns, options, partial(text_learner, columns=columns, options=options))
    apply = in_threads if n_rows > BLOCK_ROWS else map
    return _encoder(columns.names, apply(learn, learners), options)


def fit_encoder_to_stream(blocks, *, options=EncoderOptions()):  # noqa: B008  # immutable
    """Learn from a table that comes in pieces, all of the same columns: the same encoder, to the bit, as in memory.

    Parameters
    ----------
    blocks : iterable of pairs (pyarrow.Table, weights)
        Of any number of rows each; the weights of all rows, > 0, or None for all pieces.
    options : EncoderOptions

    Returns
    -------
    TableEncoder

    Raises
    ------
    DataError
        As `fit_encoder`, and for pieces of different columns.

    Examples
    --------
    >>> blocks = [(pa.table({"size": [1.0]}), None), (pa.table({"size": [3.0, 5.0]}), None)]
    >>> fit_encoder_to_stream(blocks).columns[0].mean
    3.0
    """
    learners, kinds = [], {}
    for table, weights in _in_fixed_blocks(blocks):
        columns = as_columns(table)
        if not learners:
            kinds, learners = columns.kinds, _learners(columns, options, partial(StreamedTextLearner, options=options))
        if columns.kinds != kinds:
            raise DataError(OTHER_COLUMNS)
        for learner in learners:
            learner.add(columns, slice(0, columns.n_rows), weights)
    if not learners:
        raise DataError(NO_ROWS)
    return _encoder(tuple(kinds), (learner.learn() for learner in learners), options)


def _learners(columns, options, of_text):
    """Learners of all columns; a few number columns share one. `of_text(name)` makes that of a column of text."""
    chosen = set(options.categorical)
    numbers = [name for name in columns.names_of("number") if name not in chosen]
    groups = [tuple(numbers[first : first + GROUP]) for first in range(0, len(numbers), GROUP)]
    may_miss = options.missing == "median"
    learners: list[Any] = [NumbersLearner(names, options.number_encoding, may_miss) for names in groups]
    for name in columns.names:
        kind = columns.kinds[name]
        if name in chosen:
            of = "number" if kind in ("number", "boolean") else "text"
            learners.append(CategoryLearner(name, of, options, chosen=True))
        elif kind == "text":
            learners.append(of_text(name))
        elif kind != "number":
            learners.append(BooleanLearner(name) if kind == "boolean" else DateLearner(name))
    return learners


def _encoder(names, learnt_columns, options):
    learnt = {column.name: column for columns in learnt_columns for column in columns}
    encoder = TableEncoder(tuple(learnt[name] for name in names), options.number_encoding, options.missing)
    if encoder.n_features == 0:
        raise DataError(
            "No column can be learnt from: each names its rows, or holds one date throughout. Give a table with more "
            "columns, or name those to use all the same as categorical."
        )
    return encoder


def _in_fixed_blocks(blocks):
    """Yield (table, weights) in blocks of the very rows that `row_blocks` makes of the whole table."""
    held, n_held = [], 0
    for table, weights in blocks:
        start = 0
        while start < table.num_rows:
            stop = min(table.num_rows, start + BLOCK_ROWS - n_held)
            held.append((table.slice(start, stop - start), None if weights is None else weights[start:stop]))
            n_held, start = n_held + stop - start, stop
            if n_held == BLOCK_ROWS:
                yield _joined(held)
                held, n_held = [], 0
    if held:
        yield _joined(held)


def _joined(held):
    tables, weights = zip(*held, strict=True)
    if any(
        table.schema.types != tables[0].schema.types or table.schema.names != tables[0].schema.names for table in tables
    ):
        raise DataError(OTHER_COLUMNS)
    return pa.concat_tables(tables), None if weights[0] is None else np.concatenate(weights)
