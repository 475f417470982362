"""Dates to features: the parts against Python's own calendar."""

import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pellucid.errors import DataError
from pellucid.tables.columns import as_columns
from pellucid.tables.dates import PARTS, date_parts
from pellucid.tables.encoder_fitting import fit_encoder

EPOCH = datetime.datetime(1970, 1, 1)


def table(*dates):
    return pa.table({"d": pa.array(dates, pa.timestamp("us")), "x": np.arange(len(dates)) * 1.0})


def random_dates(rng, n=200):
    """Of the years 1600 to 2400, to the microsecond."""
    return [EPOCH + datetime.timedelta(days=int(d), microseconds=int(us)) for d, us in zip(
        rng.integers(-135_000, 157_000, n), rng.integers(0, 86_400_000_000, n), strict=True
    )]  # fmt: skip


def test_parts_are_those_of_the_calendar(rng):
    """Year, month, day of the week, hour and days, before 1970 too."""
    dates = random_dates(rng)
    V = date_parts(np.array(dates, dtype="datetime64[us]"), 86_400_000_000)

    assert tuple(PARTS) == ("year", "month", "day_of_week", "hour", "elapsed_days")
    for date, row in zip(dates, V.tolist(), strict=True):
        midnight = date.replace(hour=0, minute=0, second=0, microsecond=0)
        hours = (date - midnight) / datetime.timedelta(hours=1)
        days = (date - EPOCH) / datetime.timedelta(days=1) - 1
        assert row[:3] == [date.year, date.month, date.isoweekday()]
        assert_allclose(row[3:], [hours, days], rtol=1e-12, atol=1e-12)


def test_features_are_the_standardised_parts(rng):
    """Elapsed days count from the earliest date of training, wherever it stands."""
    dates = random_dates(rng)
    encoder = fit_encoder(as_columns(table(*dates)))
    X, _ = encoder.encode(as_columns(table(*dates)), dtype="float64")
    V = date_parts(
        np.array(dates, dtype="datetime64[us]"), int((min(dates) - EPOCH) / datetime.timedelta(microseconds=1))
    )

    assert encoder.feature_names == (
        "x", "year of d", "month of d", "day of week of d", "hour of d", "elapsed days of d",
    )  # fmt: skip
    assert_allclose(X[:, 1:], (V - V.mean(axis=0)) / V.std(axis=0), rtol=1e-9, atol=1e-9)
    assert V[:, 4].min() == 0


def test_parts_that_never_change_are_no_features():
    """Days of one month have neither hours, nor months, nor years to tell."""
    encoder = fit_encoder(as_columns(table(*(datetime.datetime(2024, 5, day) for day in (1, 9, 17)))))

    assert encoder.feature_names == ("x", "day of week of d", "elapsed days of d")


def test_missing_dates_are_the_median_with_an_indicator():
    dates = [datetime.datetime(2024, 5, 1), None, datetime.datetime(2024, 5, 9), datetime.datetime(2024, 5, 17)]
    encoder = fit_encoder(as_columns(table(*dates)))
    X, notes = encoder.encode(as_columns(table(*dates)), dtype="float64")

    assert encoder.feature_names[-1] == "d is missing"
    assert_array_equal(X[:, -1], [0, 1, 0, 0])
    assert_array_equal(X[1, 1:3], X[2, 1:3])
    assert notes.filled_as_trained == {"d": 1}
    without = fit_encoder(as_columns(table(dates[0], dates[2])))
    assert without.encode(as_columns(table(*dates)), dtype="float64")[1].filled == {"d": 1}


def test_dates_among_other_kinds_are_refused():
    """Numbers where dates were; text that spells none, with the row; text that does is read."""
    encoder = fit_encoder(as_columns(table(datetime.datetime(2024, 5, 1), datetime.datetime(2024, 5, 2))))
    with pytest.raises(DataError) as caught:
        encoder.encode(as_columns(pa.table({"d": [None, "1.5.2024"], "x": [0.0, 1.0]})), dtype="float64")

    assert str(caught.value) == (
        "The column 'd' held dates in training but holds '1.5.2024' in row 1 now: write dates in the form of ISO 8601, "
        "as 2024-05-31 or 2024-05-31T18:00."
    )
    with pytest.raises(DataError, match=r"held dates in training but holds numbers now \(for example 5 in row 0\)"):
        encoder.encode(as_columns(pa.table({"d": [5], "x": [0.0]})), dtype="float64")
    texts = pa.table({"d": ["2024-05-02", "2024-05-01T00:00Z", "2024-05-02T03:00+03:00", None], "x": [0.0] * 4})
    X, notes = encoder.encode(as_columns(texts), dtype="float64")
    assert_array_equal(X[:3, 1], [1, -1, 1])
    assert notes.filled == {"d": 1}


@pytest.mark.parametrize("frame", [pd.DataFrame, pa.table])
def test_dates_of_no_calendar_are_refused_by_their_row(frame):
    """They would come out as other dates."""
    far = np.array(["2024-01-01", "300000-01-01"], dtype="datetime64[s]")
    with pytest.raises(DataError, match="a date of the year 300000 in row 1: dates go from year 1 to 9999"):
        fit_encoder(as_columns(frame({"d": far})))


def test_a_table_of_one_date_alone_teaches_nothing():
    """No feature is left: that is an error, not a network without inputs."""
    with pytest.raises(DataError, match="No column can be learnt from"):
        fit_encoder(as_columns(table(EPOCH, EPOCH).select(["d"])))
