"""Quantiles of blocks: exact as long as all values are kept, then within the stated error."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from pellucid.tables import quantile_sketch
from pellucid.tables.quantile_sketch import QuantileSketch
from pellucid.tables.statistics import weighted_quantiles

P = np.linspace(0, 1, 41)


@pytest.fixture
def small(monkeypatch):
    """Sizes at which summaries are made in a test: 200 values are kept, summaries have 64."""
    monkeypatch.setattr(quantile_sketch, "MOST_EXACT", 200)
    monkeypatch.setattr(quantile_sketch, "SUMMARY_SIZE", 64)


def sketch_of(values, weights=None, block=100):
    sketch = QuantileSketch()
    for start in range(0, len(values), block):
        part = None if weights is None else weights[start : start + block]
        sketch.add(values[start : start + block], part)
    return sketch


def rank_error(values, weights, p, found):
    """How far p lies outside the share of weight below and at `found`."""
    w = np.ones(len(values)) if weights is None else weights
    below, upto = (np.sum(w[side]) / w.sum() for side in (values < found, values <= found))
    return max(below - p, p - upto, 0)


@pytest.mark.parametrize("weighted", [False, True])
def test_few_values_give_exact_quantiles(weighted, rng):
    """A million values and fewer: to the last bit those of all values at once."""
    values, weights = rng.normal(size=5000), rng.integers(1, 4, 5000).astype(float) if weighted else None

    assert_array_equal(sketch_of(values, weights).quantiles(P), weighted_quantiles(values, P, weights))
    assert sketch_of(values, weights).error == 0


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ordered", [False, True])
def test_many_values_give_quantiles_within_the_stated_error(small, weighted, ordered, rng):
    """For any order of the rows, with heavy weights and ties; the ends are exact; memory stays bounded."""
    values = np.round(rng.standard_t(2, size=12_345), 2)
    values = np.sort(values) if ordered else values
    weights = rng.exponential(size=len(values)) ** 3 if weighted else None
    sketch = sketch_of(values, weights)
    found = sketch.quantiles(P)

    assert 0 < sketch.error == len(sketch._summaries) / 128
    assert max(rank_error(values, weights, p, q) for p, q in zip(P, found, strict=True)) <= sketch.error
    assert (found[0], found[-1]) == (values.min(), values.max())
    assert sum(len(part[0]) for part in sketch._summaries if part is not None) <= 64 * 8


def test_quantiles_of_many_values_are_off_to_both_sides_alike(small, rng):
    """The mean of the errors of many ranks is far below the stated error: nothing is added at each merging."""
    values = rng.normal(size=12_800)
    sketch = sketch_of(values)
    p = np.linspace(0.02, 0.98, 97)
    shares = np.searchsorted(np.sort(values), sketch.quantiles(p)) / len(values)

    assert abs(np.mean(shares - p)) < sketch.error / 8


def test_merged_sketches_know_what_both_have_seen(small, rng):
    """Exact with exact is exact; else within the stated error, wherever the halves were cut."""
    values = rng.normal(size=6000)
    few = sketch_of(values[:80])
    few.merge(sketch_of(values[80:150]))
    assert_array_equal(few.quantiles(P), weighted_quantiles(values[:150], P))
    many = sketch_of(values[:4000])
    many.merge(sketch_of(values[4000:]))

    assert many.n_values == 6000
    errors = [rank_error(values, None, p, q) for p, q in zip(P, many.quantiles(P), strict=True)]
    assert max(errors) <= many.error


def test_no_values_give_zero():
    """A column without any value is filled with 0."""
    sketch = QuantileSketch()
    sketch.add(np.array([]))

    assert_array_equal(sketch.quantiles([0, 0.5, 1]), [0, 0, 0])
