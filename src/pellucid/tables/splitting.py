"""Rows for training and rows for testing: at random, by class, by group or by time."""

import numbers
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pellucid.errors import DataError, ParameterError, wrong_parameter
from pellucid.tables.date_texts import is_moment


def split_rows(n_rows, test_fraction, seed, *, stratify=None, groups=None, times=None, weights=None):
    """Split the rows 0 .. n_rows - 1 into a part to train on and a part to test with.

    Parameters
    ----------
    n_rows : int
    test_fraction : float between 0 and 1
        The test part has this share of the rows, rounded, as nearly as the rules below allow; each part has
        at least one row.
    seed : int >= 0
        The same seed gives the same split.
    stratify : array of n_rows labels, optional
        Each class keeps its share in both parts up to rounding, and at least one row in training: a class of
        one row is never in the test part.
    groups : array of n_rows labels, optional
        The rows of a group stay together; whole groups, in random order, make the test part.
    times : array of n_rows numbers, dates or ISO 8601 texts, optional
        The last rows in time are the test part; rows of the same time stay together. The seed has no part in
        it.
    weights : array of n_rows numbers > 0, optional
        How many rows each counts as, where groups or times are given: the share is then of their sum.

    Returns
    -------
    train_rows, test_rows : sorted int64 arrays

    Raises
    ------
    ParameterError
        For a wrong fraction or seed, more than one of stratify, groups and times, or weights without the last two.
    DataError
        If one part would be empty.

    Notes
    -----
    scikit-learn's splitters are not used: they refuse rare classes and count groups instead of their rows.

    Examples
    --------
    >>> train_rows, test_rows = split_rows(5, 0.4, 0, times=[1, 5, 2, 4, 3])
    >>> train_rows, test_rows
    (array([0, 2, 4]), array([1, 3]))
    """
    _check(n_rows, test_fraction, seed, (stratify, groups, times))
    if weights is not None and groups is None and times is None:
        raise ParameterError("The `weights` parameter of split_rows needs `groups` or `times`: else rows are counted.")
    n_test = min(max(round(n_rows * test_fraction), 1), n_rows - 1)
    counted = np.ones(n_rows) if weights is None else np.asarray(weights, dtype=np.float64)
    wanted = counted.sum() * test_fraction
    generator = np.random.default_rng(seed)
    if stratify is not None:
        test_rows = _stratified(_codes(stratify, n_rows, "stratify"), n_test, generator)
    elif groups is not None:
        test_rows = _whole_groups(_codes(groups, n_rows, "groups"), counted, wanted, generator)
    elif times is not None:
        test_rows = _last_in_time(times, counted, n_test if weights is None else wanted)
    else:
        test_rows = generator.permutation(n_rows)[:n_test]
    in_test = np.zeros(n_rows, dtype=bool)
    in_test[test_rows] = True
    return np.flatnonzero(~in_test).astype(np.int64), np.flatnonzero(in_test).astype(np.int64)


def _check(n_rows, test_fraction, seed, rules):
    if not isinstance(test_fraction, numbers.Real) or not 0 < float(test_fraction) < 1:
        raise wrong_parameter("test_fraction", "split_rows", "a number between 0 and 1", test_fraction)
    if not isinstance(seed, numbers.Integral) or isinstance(seed, bool) or seed < 0:
        raise wrong_parameter("seed", "split_rows", "an integer >= 0", seed)
    if sum(rule is not None for rule in rules) > 1:
        raise ParameterError(
            "Only one of the `stratify`, `groups` and `times` parameters of split_rows can be given: choose one."
        )
    if n_rows < 2:
        raise DataError(
            f"A table of {n_rows} rows cannot be split into a training and a test part: give at least 2 rows."
            if n_rows != 1
            else "A table of 1 row cannot be split into a training and a test part: give at least 2 rows."
        )


def as_arrow(values, n_rows, name):
    """Values of one kind, one for each row, as an Arrow array."""
    if not isinstance(values, pa.Array | pa.ChunkedArray):
        try:
            values = pa.array(np.asarray(values), from_pandas=True)
        except (pa.ArrowException, ValueError, TypeError, OverflowError):
            raise DataError(
                f"The values of `{name}` are of several kinds: make them all numbers or all text."
            ) from None
    if len(values) != n_rows:
        raise DataError(f"There are {len(values)} values of `{name}` for {n_rows} rows: give one for each row.")
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _codes(values, n_rows, name):
    """Number the distinct labels in the order in which they appear; missing labels are one label."""
    return _numbered(as_arrow(values, n_rows, name))


def _numbered(array):
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_floating(array.type):
        # Adding zero makes -0.0 and 0.0 one value, which they are.
        array = pc.add(pc.if_else(pc.is_nan(array), pa.scalar(None, array.type), array), pa.scalar(0.0, array.type))
    encoded = pc.dictionary_encode(array, null_encoding="encode")
    return encoded.indices.to_numpy().astype(np.int64)


def _stratified(codes, n_test, generator):
    sizes = np.bincount(codes)
    if sizes.max() == 1:
        raise DataError(
            "Every class has a single row, so that none can be held out: give at least 2 rows of some class."
        )
    taken = _shares(sizes, n_test, generator)
    order = generator.permutation(len(codes))
    order = order[np.argsort(codes[order], kind="stable")]
    rank = np.arange(len(codes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return order[rank < np.repeat(taken, sizes)]


def _shares(sizes, n_test, generator):
    """Share out the test rows by the largest remainders; every class keeps at least one row for training."""
    room = sizes - 1
    wanted = np.where(room > 0, sizes * (n_test / sizes.sum()), 0.0)
    taken = np.minimum(np.floor(wanted).astype(np.int64), room)
    luck = generator.permutation(len(sizes))
    while (left := n_test - taken.sum()) > 0 and (taken < room).any():
        # One row each to those that lack most; with many rare classes it takes several rounds.
        lack = np.where(taken < room, wanted - taken, -np.inf)
        for k in np.lexsort((luck, -lack))[: min(left, int((taken < room).sum()))]:
            taken[k] += 1
    return taken


def _whole_groups(codes, counted, wanted, generator):
    sizes = np.bincount(codes, counted)
    if len(sizes) < 2:
        raise DataError(
            "All rows are of one group, which cannot be in two parts: split by another column, or at random."
        )
    order = generator.permutation(len(sizes))
    n_rows = np.cumsum(sizes[order])[:-1]
    n_groups = int(np.argmin(np.abs(n_rows - wanted))) + 1
    return np.flatnonzero(np.isin(codes, order[:n_groups]))


def _last_in_time(times, counted, wanted):
    times = _comparable(as_arrow(times, len(counted), "times"))
    _, codes = np.unique(times, return_inverse=True)
    sizes = np.bincount(codes, counted)
    if len(sizes) < 2:
        raise DataError("All rows have the same time, so that none is later: give rows of different times.")
    n_before = np.cumsum(sizes)[:-1]
    first_test = int(np.argmin(np.abs(n_before - (counted.sum() - wanted)))) + 1
    return np.flatnonzero(codes >= first_test)


def _comparable(times):
    """Return times as a NumPy array that sorts in time; texts are read as ISO 8601."""
    if pa.types.is_floating(times.type):
        times = pc.if_else(pc.is_nan(times), pa.scalar(None, times.type), times)
    if pa.types.is_dictionary(times.type):
        times = times.dictionary_decode()
    if times.null_count:
        row = int(np.argmax(times.is_null().to_numpy(zero_copy_only=False)))
        raise DataError(f"The time of row {row} is missing: fill it in, or leave the row out.")
    if not (pa.types.is_string(times.type) or pa.types.is_large_string(times.type)):
        return times.to_numpy(zero_copy_only=False)
    encoded = pc.dictionary_encode(times)
    moments = [_moment(text) for text in encoded.dictionary.to_pylist()]
    try:
        ranks = {moment: rank for rank, moment in enumerate(sorted(set(moments)))}
    except TypeError:
        raise DataError(
            "Some times have a time zone and others have none: write all of them in the same way."
        ) from None
    return np.array([ranks[moment] for moment in moments])[encoded.indices.to_numpy()]


def _moment(text):
    if not is_moment(text):
        raise DataError(
            f"The time {text!r} is not in the form of ISO 8601: write times like 2024-05-31 or 2024-05-31T18:00."
        )
    return datetime.fromisoformat(text)


def duplicates_across(table, train_rows, test_rows):
    """Count the test rows that are equal in all columns to some training row; missing equals missing.

    The count is exact: rows are numbered, not hashed, so different rows are never taken for equal.

    Parameters
    ----------
    table : pyarrow.Table
    train_rows, test_rows : int arrays

    Returns
    -------
    int

    Examples
    --------
    >>> table = pa.table({"a": [1, 1, 2, None, None], "b": ["x", "x", "x", "y", "y"]})
    >>> duplicates_across(table, [0, 3], [1, 2, 4])
    2
    """
    numbered = np.zeros(table.num_rows, dtype=np.int64)
    for column in table.columns:
        codes = _numbered(column)
        pairs = numbered * (codes.max(initial=0) + 1) + codes  # at most n_rows squared, so no overflow
        numbered = np.unique(pairs, return_inverse=True)[1]
    return int(np.isin(numbered[np.asarray(test_rows)], numbered[np.asarray(train_rows)]).sum())
