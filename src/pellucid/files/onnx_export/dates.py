"""Columns of dates as features, by whole numbers from microseconds since 1970: exact for every date that int64 holds.

Year and month follow from the number of days in years that begin in March, so that a leap day is the last of its year,
in eras of 400 years, after which the calendar repeats (Howard Hinnant, chrono-compatible low-level date algorithms,
civil_from_days).
"""

from __future__ import annotations

import numpy as np

from pellucid.files.onnx_export.graph import BOOL, FLOAT64, Value
from pellucid.tables.dates import MICROSECONDS_OF_A_DAY, THURSDAY, DateColumn

NAT = np.iinfo(np.int64).min  # NumPy's missing date
DAYS_OF_ERA = 146_097  # 400 years
MARCH_OF_YEAR_0 = 719_468  # days from there to 1970-01-01


def add_date(x: Value, column: DateColumn) -> list[Value]:
    """Features of dates x (N, 1): the parts that differed in training, standardised, and one for missing dates."""
    missing = x.op("Equal", NAT, dtype=BOOL)
    known = missing.where(0, x)
    found = parts_of(known, column.first)
    features = []
    for part, mean, scale, fill in column.parts:
        value = missing.where(fill, found[part])
        features.append((value - mean) / scale)
    return [*features, missing.cast(FLOAT64)] if column.missing else features


def parts_of(x: Value, first: int) -> dict[str, Value]:
    """Every part of dates in microseconds since 1970, float64."""
    of_day = x.op("Mod", MICROSECONDS_OF_A_DAY)  # with the sign of the divisor: never negative
    days = (x - of_day) / MICROSECONDS_OF_A_DAY
    year, month = year_and_month(days)
    return {
        "year": year.cast(FLOAT64),
        "month": month.cast(FLOAT64),
        "day_of_week": ((days + THURSDAY).op("Mod", 7) + 1).cast(FLOAT64),
        "hour": of_day.cast(FLOAT64) / (MICROSECONDS_OF_A_DAY / 24),
        "elapsed_days": (x - first).cast(FLOAT64) / MICROSECONDS_OF_A_DAY,
    }


def year_and_month(days: Value) -> tuple[Value, Value]:
    """Both of the Gregorian calendar, from days since 1970-01-01; all quotients of whole numbers >= 0."""
    days = days + MARCH_OF_YEAR_0
    day = days.op("Mod", DAYS_OF_ERA)  # 0..146096 of the era
    era = (days - day) / DAYS_OF_ERA
    year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365  # 0..399
    day = day - (year * 365 + year / 4 - year / 100)  # 0..365 of the year
    month = (day * 5 + 2) / 153  # 0 is March
    in_new_year = month.op("Greater", 9, dtype=BOOL)
    month = in_new_year.where(month - 9, month + 3)
    return era * 400 + year + in_new_year.where(1, month * 0), month
