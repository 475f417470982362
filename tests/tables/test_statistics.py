"""Weighted mean, scale and median: a weight of 2 is the row twice."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from pellucid.tables.statistics import Moments, weighted_median, weighted_quantiles

values = st.floats(-1e6, 1e6, allow_subnormal=False).map(lambda x: round(x, 3))
weighted_rows = st.lists(st.tuples(values, st.integers(1, 4)), min_size=1, max_size=30)


def moments_of(V, weights=None, block=7):
    moments = Moments(V.shape[1])
    for start in range(0, len(V), block):
        part = None if weights is None else weights[start : start + block]
        moments.add(V[start : start + block], part)
    return moments


@settings(max_examples=300, derandomize=True)
@given(weighted_rows)
def test_weight_two_is_the_row_twice(rows):
    """Median, mean and spread of weighted rows are those of repeated rows; the median to the last bit."""
    v, w = (np.array(part) for part in zip(*rows, strict=True))
    repeated = np.repeat(v, w)
    weighted, plain = moments_of(v[:, None], w.astype(float)), moments_of(repeated[:, None])

    assert weighted_median(v, w.astype(float)) == weighted_median(repeated) == np.median(repeated)
    assert_allclose(weighted.mean, plain.mean, rtol=1e-12, atol=1e-9)
    # Relative to the largest value: the spread of nearly equal values is known to no more than that.
    assert_allclose(np.sqrt(weighted.squares), np.sqrt(plain.squares), rtol=1e-9, atol=1e-9 * abs(v).max())


@settings(max_examples=200, derandomize=True)
@given(weighted_rows, st.sampled_from([0.1, 1 / 3, 7.7]))
def test_the_unit_of_the_weights_does_not_matter(rows, unit):
    """Weights of 0.1 share out the same halves as weights of 1, although 0.1 + 0.2 is not 0.3."""
    v, w = (np.array(part) for part in zip(*rows, strict=True))

    assert weighted_median(v, w * unit) == weighted_median(v, w * 1.0)


@settings(max_examples=200, derandomize=True)
@given(
    weighted_rows,
    st.lists(st.fractions(0, 1, max_denominator=12).map(float), min_size=1, max_size=5),
    st.sampled_from([1.0, 0.1, 7.7]),
)
def test_quantiles_of_weighted_rows_are_those_of_repeated_rows(rows, probabilities, unit):
    """To the last bit, in every unit of the weights; for every row twice they stay. NumPy defines them alike."""
    v, w = (np.array(part) for part in zip(*rows, strict=True))
    repeated = np.repeat(v, w)
    expected = exact_quantiles(repeated, [Fraction(p).limit_denominator(12) for p in probabilities])

    assert weighted_quantiles(v, probabilities, w * unit).tolist() == expected
    assert weighted_quantiles(repeated, probabilities).tolist() == expected
    assert weighted_quantiles(np.repeat(repeated, 2), probabilities).tolist() == expected
    by_numpy = np.quantile(repeated, [0.25, 0.5, 0.75], method="averaged_inverted_cdf")
    assert_allclose(weighted_quantiles(v, [0.25, 0.5, 0.75], w * unit), by_numpy, rtol=1e-15, atol=1e-9)


def exact_quantiles(values, probabilities):
    """By the definition, in fractions: the smallest value with the share p at or below, averaged where it is just p."""
    ordered, n = sorted(values.tolist()), len(values)
    found = []
    for p in probabilities:
        lower = max(math.ceil(p * n) - 1, 0)
        upper = min(math.floor(p * n), n - 1)
        one, other = ordered[lower], ordered[upper]
        found.append(one if one == other else 0.5 * one + 0.5 * other)
    return found


def test_moments_survive_a_large_offset():
    """Around 1e9 the sum of squares minus the square of the sum would have no correct digit left."""
    generator = np.random.default_rng(0)
    v = 1e9 + generator.normal(size=1000)
    exact = [Fraction(x) for x in v]
    mean = sum(exact) / len(exact)
    variance = sum((x - mean) ** 2 for x in exact) / len(exact)
    moments = moments_of(v[:, None])

    assert_allclose(moments.mean, float(mean), rtol=1e-15)
    assert_allclose(moments.scale(), math.sqrt(variance), rtol=1e-9)


def test_missing_values_have_no_part():
    """Each column has its own count; a column without a value has mean 0 and scale 1."""
    V = np.array([[1.0, np.nan, np.nan], [3.0, 5.0, np.nan]])
    moments = moments_of(V, np.array([1.0, 2.0]), block=1)

    assert_allclose(moments.mean, [7 / 3, 5, 0])
    assert_allclose(moments.scale(), [math.sqrt(8 / 9), 1, 1])


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e15 / 3, -1e-9])
def test_a_constant_column_has_scale_one(constant):
    """Rounding in the mean is not mistaken for spread."""
    assert moments_of(np.full((1001, 1), constant)).scale() == 1


def test_the_median_of_nothing_and_of_giants():
    """No values give 0; two values near the largest float do not overflow."""
    assert weighted_median(np.array([])) == 0
    assert weighted_median(np.array([1.6e308, 1.7e308])) == pytest.approx(1.65e308)
