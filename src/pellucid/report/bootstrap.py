"""Intervals by the bootstrap: how a metric would vary if other rows of the same kind had been held out.

Rows are drawn with replacement, as many as there are, or whole groups where rows belong together; the interval goes
from the 2.5th to the 97.5th percentile of the metric over the resamples (Efron and Tibshirani, An Introduction to the
Bootstrap, 1993, chapter 13). It tells nothing of the chance in training.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from pellucid.report.weighted_metrics import Metric

RESAMPLES = 1000  # percentiles at 2.5 then rest on 25 values at either end
LEAST_RESAMPLES = 200
MOST_DRAWN = 5e7  # rows in all resamples together: some seconds
BLOCK = 4e6  # entries of W at a time: 32 MB
LEVEL = 0.95


class Interval(NamedTuple):
    """From where to where; NaN where no resample had a value."""

    low: float
    high: float


def n_resamples(n_rows: int) -> int:
    """Fewer where there are very many rows: their intervals are narrow anyway."""
    return int(np.clip(MOST_DRAWN // n_rows, LEAST_RESAMPLES, RESAMPLES))


def draw_weights(
    n_rows: int, n: int, random_state: int, weights: np.ndarray | None = None, groups: np.ndarray | None = None
) -> Iterator[np.ndarray]:
    """W in blocks (B, N) of resamples: how often each row was drawn, times its weight.

    Parameters
    ----------
    n_rows, n : int
        Rows, and resamples in all.
    random_state : int
    weights : array of shape (n_rows,), optional
    groups : array of shape (n_rows,), optional
        Rows with the same label are drawn together.
    """
    generator = np.random.default_rng(random_state)
    unit_of_row = np.arange(n_rows) if groups is None else np.unique(groups, return_inverse=True)[1].ravel()
    n_units = int(unit_of_row.max()) + 1
    size = max(1, int(BLOCK // n_rows))
    for start in range(0, n, size):
        W = np.empty((min(size, n - start), n_rows))
        for line in W:
            line[...] = np.bincount(generator.integers(n_units, size=n_units), minlength=n_units)[unit_of_row]
        yield W if weights is None else W * weights


def resample(
    metrics: Mapping[str, Metric],
    n_rows: int,
    random_state: int,
    weights: np.ndarray | None = None,
    groups: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Every metric of every resample, (n_resamples,) by name; all metrics of one resample are of the same rows."""
    blocks = [
        {name: metric(W) for name, metric in metrics.items()}
        for W in draw_weights(n_rows, n_resamples(n_rows), random_state, weights, groups)
    ]
    return {name: np.concatenate([block[name] for block in blocks]) for name in metrics}


def interval(values: np.ndarray) -> Interval:
    """The percentiles of the values that are numbers.

    >>> interval(np.arange(801.0)).high
    780.0
    """
    known = values[~np.isnan(values)]
    if len(known) == 0 or np.isinf(known).any():
        return Interval(float("nan"), float("nan"))
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high))
