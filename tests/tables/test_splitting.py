"""Rows for training and for testing: the rules of each kind of split."""

import datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from pellucid.errors import DataError, ParameterError
from pellucid.tables.splitting import duplicates_across, split_rows

fractions = st.floats(0.01, 0.99)
seeds = st.integers(0, 2**32)
labels = st.lists(st.sampled_from(["a", "b", "c", None, "e"]), min_size=2, max_size=60)
held = settings(max_examples=300, derandomize=True, deadline=None)


def refusal(*args, error=DataError, **options):
    with pytest.raises(error) as caught:
        split_rows(*args, **options)
    return str(caught.value)


def assert_is_a_split(parts, n_rows):
    train_rows, test_rows = parts
    assert train_rows.dtype == test_rows.dtype == np.int64
    assert min(len(train_rows), len(test_rows)) > 0
    for rows in parts:
        assert (np.diff(rows) > 0).all()
    assert_array_equal(np.sort(np.concatenate(parts)), np.arange(n_rows))


@held
@given(st.integers(2, 200), fractions, seeds)
def test_a_random_split_has_the_size_asked_for(n_rows, fraction, seed):
    """Every row in one part, at least one row in each, the same again for the same seed."""
    parts = split_rows(n_rows, fraction, seed)

    assert_is_a_split(parts, n_rows)
    assert len(parts[1]) == min(max(round(n_rows * fraction), 1), n_rows - 1)
    assert_array_equal(split_rows(n_rows, fraction, seed)[1], parts[1])


def test_another_seed_gives_another_split():
    """The seed is not ignored, with or without classes or groups."""
    for options in ({}, {"stratify": np.arange(100) % 3}, {"groups": np.arange(100) // 4}):
        assert not np.array_equal(split_rows(100, 0.3, 0, **options)[1], split_rows(100, 0.3, 1, **options)[1])


@held
@given(labels, fractions, seeds)
def test_classes_keep_their_shares(classes, fraction, seed):
    """A class of one row trains, every class is in training, shares are kept as far as that allows."""
    names, codes, sizes = np.unique(
        ["none" if name is None else name for name in classes], return_inverse=True, return_counts=True
    )
    n_rows = len(classes)
    if sizes.max() == 1:
        assert refusal(n_rows, fraction, seed, stratify=classes) == (
            "Every class has a single row, so that none can be held out: give at least 2 rows of some class."
        )
        return
    train_rows, test_rows = parts = split_rows(n_rows, fraction, seed, stratify=classes)
    n_test = min(max(round(n_rows * fraction), 1), n_rows - 1)
    tested = np.bincount(codes[test_rows], minlength=len(names))

    assert_is_a_split(parts, n_rows)
    assert (np.bincount(codes[train_rows], minlength=len(names)) >= 1).all()
    assert (tested[sizes == 1] == 0).all()
    assert len(test_rows) == min(n_test, n_rows - len(names))
    wanted = sizes * n_test / n_rows
    assert (tested >= np.minimum(np.floor(wanted), sizes - 1)).all()
    # Only a class of one row leaves more to the others than the next integer.
    if (wanted <= sizes - 1).all():
        assert (tested <= np.ceil(wanted)).all()


def test_shares_by_hand():
    """70, 20 and 10 rows of 100 give 14, 4 and 2 of the 20 test rows."""
    classes = np.repeat(["a", "b", "c"], [70, 20, 10])
    _, test_rows = split_rows(100, 0.2, 0, stratify=classes)

    assert [int((classes[test_rows] == name).sum()) for name in "abc"] == [14, 4, 2]


@held
@given(labels, fractions, seeds)
def test_no_group_is_in_both_parts(groups, fraction, seed):
    """Missing labels are one group; a single group cannot be split."""
    n_rows = len(groups)
    if len(set(groups)) == 1:
        assert refusal(n_rows, fraction, seed, groups=groups) == (
            "All rows are of one group, which cannot be in two parts: split by another column, or at random."
        )
        return
    train_rows, test_rows = parts = split_rows(n_rows, fraction, seed, groups=groups)

    assert_is_a_split(parts, n_rows)
    assert not {groups[i] for i in train_rows} & {groups[i] for i in test_rows}


def test_groups_are_counted_by_their_rows():
    """Of 50 groups of 1 row and 50 of 9 the test part has half of the rows, give or take half a group."""
    groups = np.concatenate([np.arange(50), np.repeat(np.arange(50, 100), 9)])
    for seed in range(20):
        assert abs(len(split_rows(500, 0.5, seed, groups=groups)[1]) - 250) <= 4.5


@held
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(1, 4)), min_size=2, max_size=60), fractions, seeds)
def test_weights_of_groups_are_so_many_rows(rows, fraction, seed):
    """The groups that are held out are those of the table in which each row stands as often as its weight says."""
    groups, weights = map(np.array, zip(*rows, strict=True))
    if len(set(groups)) == 1:
        return
    weighted = split_rows(len(rows), fraction, seed, groups=groups, weights=weights)[1]
    repeated = np.repeat(groups, weights)

    assert set(groups[weighted]) == set(repeated[split_rows(len(repeated), fraction, seed, groups=repeated)[1]])


def test_weights_of_times_move_the_boundary():
    """Of the weight 10 the last quarter is nearest to the last row, whose weight is 3."""
    train_rows, test_rows = split_rows(4, 0.25, 0, times=[1, 2, 3, 4], weights=[4, 2, 1, 3])

    assert (train_rows.tolist(), test_rows.tolist()) == ([0, 1, 2], [3])
    assert split_rows(4, 0.4, 0, times=[1, 2, 3, 4], weights=[4, 2, 1, 3])[1].tolist() == [2, 3]


@held
@given(st.lists(st.integers(0, 12), min_size=2, max_size=60), fractions, seeds)
def test_the_last_rows_in_time_are_the_test_part(times, fraction, seed):
    """Every test row is later than every training row, and no other boundary is nearer to the fraction."""
    n_rows = len(times)
    if len(set(times)) == 1:
        assert refusal(n_rows, fraction, seed, times=times) == (
            "All rows have the same time, so that none is later: give rows of different times."
        )
        return
    train_rows, test_rows = parts = split_rows(n_rows, fraction, seed, times=times)
    moments = np.array(times)
    n_test = min(max(round(n_rows * fraction), 1), n_rows - 1)

    assert_is_a_split(parts, n_rows)
    assert moments[train_rows].max() < moments[test_rows].min()
    possible = [int((moments >= moment).sum()) for moment in set(times) if moment > min(times)]
    assert abs(len(test_rows) - n_test) == min(abs(size - n_test) for size in possible)


@pytest.mark.parametrize(
    "times",
    [
        ["2024-10-01", "2023-12-31", "2024-10-01T00:00:01", "2024-09-30"],
        np.array(["2024-10-01", "2023-12-31", "2024-10-02", "2024-09-30"], dtype="datetime64[D]"),
        [datetime.datetime(*day) for day in [(2024, 10, 1), (2023, 12, 31), (2024, 10, 2), (2024, 9, 30)]],
        pa.chunked_array([["2024-10-01T12:00+02:00", "2023-12-31T00:00Z"], ["2024-10-01T11:00Z", "2024-10-01T09:00Z"]]),
        pa.array([2.5, 1.0, 3.0, 2.0]),
    ],
    ids=["text", "numpy", "datetime", "zones", "numbers"],
)
def test_times_may_be_texts_dates_or_numbers(times):
    """Row 2 is the last and row 0 the last but one, whatever the form."""
    assert split_rows(4, 0.25, 0, times=times)[1].tolist() == [2]
    assert split_rows(4, 0.5, 0, times=times)[1].tolist() == [0, 2]


def test_times_that_cannot_be_ordered_are_refused():
    """A gap, an unknown form, and zones for some only."""
    assert refusal(2, 0.5, 0, times=[1.0, None]) == ("The time of row 1 is missing: fill it in, or leave the row out.")
    assert refusal(2, 0.5, 0, times=["01.02.2024", "02.01.2024"]) == (
        "The time '01.02.2024' is not in the form of ISO 8601: write times like 2024-05-31 or 2024-05-31T18:00."
    )
    assert refusal(2, 0.5, 0, times=["2024-01-01", "2024-01-01T00:00Z"]) == (
        "Some times have a time zone and others have none: write all of them in the same way."
    )


def test_wrong_arguments_are_refused():
    """By the parameter's name."""
    assert refusal(9, 1.0, 0, error=ParameterError) == (
        "The `test_fraction` parameter of split_rows must be a number between 0 and 1. Got 1.0 instead."
    )
    assert refusal(9, 0.5, -1, error=ParameterError) == (
        "The `seed` parameter of split_rows must be an integer >= 0. Got -1 instead."
    )
    assert refusal(2, 0.5, 0, stratify=[0, 1], times=[0, 1], error=ParameterError) == (
        "Only one of the `stratify`, `groups` and `times` parameters of split_rows can be given: choose one."
    )
    assert refusal(2, 0.5, 0, weights=[1, 2], error=ParameterError) == (
        "The `weights` parameter of split_rows needs `groups` or `times`: else rows are counted."
    )
    assert refusal(1, 0.5, 0) == (
        "A table of 1 row cannot be split into a training and a test part: give at least 2 rows."
    )
    assert refusal(3, 0.5, 0, groups=[1, 2]) == ("There are 2 values of `groups` for 3 rows: give one for each row.")


def test_duplicates_are_counted_in_the_test_part():
    """Missing equals missing, NaN is missing, -0.0 is 0.0, and text is compared letter by letter."""
    nan = float("nan")
    table = pa.table(
        {
            "x": [0.0, nan, 1.0, -0.0, None, 1.0, 1.0],
            "t": ["a", None, "b", "a", None, "B", "b"],
        }
    )

    assert duplicates_across(table, [0, 1, 2], [3, 4, 5, 6]) == 3
    assert duplicates_across(table.select([]).append_column("t", table["t"]), [0, 1, 2], [5]) == 0


@held
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([0, 1, None]), st.booleans()), min_size=2))
def test_duplicates_are_exactly_the_equal_rows(rows):
    """The count is that of plain comparison, with categories as well."""
    first, second, third = zip(*rows, strict=True)
    table = pa.table({"t": pa.array(first).dictionary_encode(), "x": pa.array(second, pa.int8()), "b": third})
    half = len(rows) // 2

    expected = sum(row in rows[:half] for row in rows[half:])
    assert duplicates_across(table, np.arange(half), np.arange(half, len(rows))) == expected
