"""Transforms of targets: their knots and moments against others' code, their inverses, slopes and weights."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm
from sklearn.preprocessing import QuantileTransformer

from pellucid.tables.target_transforms import Linear, Logarithm, NormalQuantiles, describe_transform

P = np.arange(129) / 128


def skewed(generator, n):
    return np.exp(generator.normal(size=n))


def fitted(kind, y, w=None):
    w = np.ones(len(y)) if w is None else w
    fit = {"standardise": Linear.standardise, "log": Logarithm.fit, "quantile": NormalQuantiles.fit}[kind]
    return fit(y, w)


KINDS = ("standardise", "log", "quantile")


def test_knots_are_scikit_learns_for_129_rows():
    """There a row is a quantile, and all definitions of quantiles agree."""
    y = skewed(np.random.default_rng(0), 129)
    transform = fitted("quantile", y)
    theirs = QuantileTransformer(n_quantiles=129, output_distribution="normal").fit(y[:, None])

    assert_array_equal(transform.knots, theirs.quantiles_[:, 0])
    inner = np.array(transform.knots[1:-1])
    assert_allclose(transform.forward(inner), theirs.transform(inner[:, None])[:, 0], rtol=1e-12, atol=1e-15)
    assert_allclose([transform.values[0], transform.values[-1]], norm.ppf([1 / 516, 1 - 1 / 516]), rtol=1e-14)


def test_equal_quantiles_are_one_knot_of_their_mean_p():
    """As scikit-learn has it, which takes the middle of the lowest and the highest p of a value."""
    y = np.repeat([0.0, 1.0, 5.0, 7.0], [40, 50, 30, 9])
    transform = fitted("quantile", y)
    theirs = QuantileTransformer(n_quantiles=129, output_distribution="normal").fit(y[:, None])

    assert transform.knots == (0.0, 1.0, 5.0, 7.0)
    inner = np.array([1.0, 5.0])
    assert_allclose(transform.forward(inner), theirs.transform(inner[:, None])[:, 0], rtol=1e-12)
    assert transform.values[0] == pytest.approx(norm.ppf(np.mean(P[:40])))


@pytest.mark.parametrize("n", [1, 2, 7, 100, 1000])
def test_knots_are_numpys_quantiles_and_rise_strictly(n):
    y = skewed(np.random.default_rng(n), n)
    transform = fitted("quantile", y)

    assert_allclose(transform.knots, np.unique(np.quantile(y, P, method="averaged_inverted_cdf")), rtol=1e-14)
    assert (np.diff(transform.knots) > 0).all()
    assert (np.diff(transform.values) > 0).all()
    assert len(transform.knots) == len(transform.values) <= 129


def test_a_log_is_standardised_by_the_moments_of_the_logarithms():
    y, w = skewed(np.random.default_rng(0), 50), np.random.default_rng(1).uniform(0.5, 2, 50)
    transform = fitted("log", y, w)
    mean = np.sum(w * np.log(y)) / np.sum(w)

    assert transform.mean == pytest.approx(mean, rel=1e-13)
    assert transform.scale == pytest.approx(np.sqrt(np.sum(w * (np.log(y) - mean) ** 2) / np.sum(w)), rel=1e-13)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("unit", [1.0, 0.1, 7.7])
def test_a_weight_of_2_is_the_row_twice_in_every_unit(kind, unit):
    generator = np.random.default_rng(3)
    y, w = skewed(generator, 60).round(1) + 0.1, generator.integers(1, 5, 60)
    weighted, repeated = fitted(kind, y, w * unit), fitted(kind, np.repeat(y, w))

    grid = np.linspace(y.min(), y.max(), 50)
    assert_allclose(weighted.forward(grid), repeated.forward(grid), rtol=1e-12, atol=1e-12)
    if kind == "quantile":
        assert weighted == repeated


@pytest.mark.parametrize("kind", KINDS)
def test_inverse_undoes_forward_and_slope_is_its_difference(kind):
    y = skewed(np.random.default_rng(4), 500)
    transform = fitted(kind, y)
    assert_allclose(transform.inverse(transform.forward(y)), y, rtol=1e-12)

    t, step = np.linspace(-2.8, 2.8, 101) + 1e-3, 1e-5
    slope = (transform.inverse(t + step) - transform.inverse(t - step)) / (2 * step)
    if kind == "quantile":  # away from the corners
        away = np.abs(t[:, None] - np.array(transform.values)).min(axis=1) > 2 * step
        t, slope = t[away], slope[away]
    assert_allclose(transform.slope(t), slope, rtol=1e-6)
    assert (transform.slope(t) > 0).all()


def test_beyond_the_knots_both_ways_are_constant():
    transform = NormalQuantiles((0.0, 1.0, 4.0), (-1.0, 0.0, 1.0))

    assert_array_equal(transform.inverse(np.array([-9.0, -1.0, 1.0, 9.0])), [0, 0, 4, 4])
    assert_array_equal(transform.forward(np.array([-9.0, 9.0])), [-1, 1])
    assert_array_equal(transform.slope(np.array([-9.0, -1.0, 0.5, 1.0, 9.0, np.nan])), [0, 1, 3, 0, 0, np.nan])


@pytest.mark.parametrize("kind", KINDS)
def test_a_constant_target_comes_back_and_a_missing_one_stays_missing(kind):
    transform = fitted(kind, np.full(9, 3.7))

    assert_allclose(transform.inverse(transform.forward(np.array([3.7]))), 3.7, rtol=1e-15)
    assert np.isnan(transform.forward(np.array([np.nan]))).all()


def test_a_description_holds_the_kind_and_plain_numbers():
    assert describe_transform(Linear()) == {"kind": "none", "mean": 0.0, "scale": 1.0}
    assert describe_transform(Logarithm(1.0, 2.0)) == {"kind": "log", "mean": 1.0, "scale": 2.0}
    made = {"kind": "quantile", "knots": [0.0, 1.0], "values": [-1.0, 1.0]}
    assert describe_transform(NormalQuantiles((0.0, 1.0), (-1.0, 1.0))) == made
