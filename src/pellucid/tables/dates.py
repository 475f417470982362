"""Columns of dates as features: year, month, day of the week, hour and elapsed days, each standardised."""

from typing import NamedTuple

import numpy as np

from pellucid.errors import DataError
from pellucid.tables.number_columns import standardised
from pellucid.tables.quantile_sketch import QuantileSketch
from pellucid.tables.statistics import Moments

MICROSECONDS_OF_A_DAY = 86_400_000_000
THURSDAY = 3  # days from a Monday to 1970-01-01


class DatePart(NamedTuple):
    """One feature of a date: z = (part - mean) / scale; `fill` stands for the part of a missing date."""

    part: str
    mean: float
    scale: float
    fill: float


class DateColumn(NamedTuple):
    """What is remembered of a column of dates.

    Parts that were the same in all rows of fitting, as the hours of dates without a time, are none of its features.
    """

    name: str
    first: int  # microseconds from 1970-01-01 UTC to the earliest date of fitting
    parts: tuple[DatePart, ...]
    missing: bool

    @property
    def n_features(self):
        return len(self.parts) + self.missing

    def describe(self):
        if not self.parts:
            return "no part of it differed in training"
        parts = ", ".join(standardised(part.part.replace("_", " "), part.mean, part.scale) for part in self.parts)
        first = np.datetime_as_string(np.datetime64(self.first, "us"), unit="auto")
        return f"z = {parts}" + (f"; days elapsed since {first}" if self.parts[-1].part == "elapsed_days" else "")

    def feature_names(self):
        names = tuple(f"{part.part.replace('_', ' ')} of {self.name}" for part in self.parts)
        return (*names, *([f"{self.name} is missing"] if self.missing else []))


def _whole(dates, unit):
    return dates.astype(f"datetime64[{unit}]").astype(np.int64)


PARTS = {
    "year": lambda dates, first: _whole(dates, "Y") + 1970,
    "month": lambda dates, first: _whole(dates, "M") % 12 + 1,
    "day_of_week": lambda dates, first: (_whole(dates, "D") + THURSDAY) % 7 + 1,
    "hour": lambda dates, first: _whole(dates, "us") % MICROSECONDS_OF_A_DAY / 3_600_000_000,
    "elapsed_days": lambda dates, first: (_whole(dates, "us") - first) / MICROSECONDS_OF_A_DAY,
}


def date_parts(dates, first, parts=tuple(PARTS)):
    """Return the parts (rows, parts) of dates: year, month 1..12, day of week 1..7 (Monday is 1), hour, elapsed days.

    Hours and days have fractions; elapsed days are counted from `first`, in microseconds since 1970. NaN for NaT.

    Examples
    --------
    >>> date_parts(np.array(["2026-11-26T18:30"], dtype="datetime64[us]"), 0, ("year", "month", "day_of_week", "hour"))
    array([[2026. ,   11. ,    4. ,   18.5]])
    """
    missing = np.isnat(dates)
    known = np.where(missing, np.datetime64(0, "us"), dates)
    V = np.empty((len(dates), len(parts)))
    for j, part in enumerate(parts):
        V[:, j] = PARTS[part](known, first)
    V[missing] = np.nan
    return V


class DateLearner:
    """Gathers what a column of dates is encoded by."""

    def __init__(self, name):
        self.name, self._missing = name, False
        self._earliest = np.datetime64("NaT")
        self._moments = Moments(len(PARTS))
        self._sketches = [QuantileSketch() for _ in PARTS]

    def add(self, columns, selection, weights):
        dates = columns.dates(self.name, selection)
        missing = np.isnat(dates)
        self._missing |= bool(missing.any())
        if missing.all():
            return
        self._earliest = np.fmin(self._earliest, dates[~missing].min())
        V = date_parts(dates, 0)  # elapsed days count from 1970 here, for the earliest date may come last
        self._moments.add(V, weights)
        for j, sketch in enumerate(self._sketches):
            sketch.add(V[~missing, j], None if weights is None else weights[~missing])

    def learn(self):
        first = 0 if np.isnat(self._earliest) else int(self._earliest.astype(np.int64))
        mean, scale = self._moments.mean, self._moments.scale()
        parts = []
        for j, part in enumerate(PARTS):
            fill, least, greatest = self._sketches[j].quantiles([0.5, 0, 1])
            since = first / MICROSECONDS_OF_A_DAY if part == "elapsed_days" else 0.0
            if least < greatest:
                parts.append(DatePart(part, float(mean[j] - since), float(scale[j]), float(fill - since)))
        return [DateColumn(self.name, first, tuple(parts), self._missing)]


class DateEncoder:
    """The features of one column of dates, from feature number `first` on."""

    def __init__(self, column, first):
        self.column, self._first = column, first
        self._names = tuple(part.part for part in column.parts)
        fields = np.array([part[1:] for part in column.parts], dtype=np.float64).reshape(-1, 3)
        self._mean, self._scale, self._fill = fields.T

    def encode(self, columns, selection, X, notes):
        """Write the features of some rows into X, which is zero so far."""
        dates, k = columns.dates(self.column.name, selection), len(self._names)
        missing = np.isnat(dates)
        V = date_parts(dates, self.column.first, self._names)
        Z = (np.where(missing[:, None], self._fill, V) - self._mean) / self._scale
        if np.abs(Z).max(initial=0.0) > np.finfo(X.dtype).max:
            raise DataError(f"The dates of the column '{self.column.name}' are too far from those of training.")
        X[:, self._first : self._first + k] = Z
        if self.column.missing:
            X[:, self._first + k] = missing
            if missing.any():
                notes.add("filled_as_trained", self.column.name, missing.sum())
        elif missing.any():
            notes.add("filled", self.column.name, missing.sum())
