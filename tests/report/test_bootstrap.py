"""Intervals are those of the bootstrap: against a closed form, against SciPy, and with rows that belong together."""

import numpy as np
import pytest
from scipy import stats

from pellucid.report.bootstrap import draw_weights, interval, n_resamples, resample
from pellucid.report.weighted_metrics import mean, root_mean_square


def interval_of(metric, n, **others):
    return interval(resample({"m": metric}, n, 0, **others)["m"])


def test_the_interval_of_a_mean_is_that_of_the_normal_distribution(rng):
    """mean +- 1.96 s / sqrt(n), to a twentieth of its width: its ends are uncertain by 1/sqrt(1000) of it, and less."""
    values = rng.normal(5, 2, 400)
    half = 1.96 * values.std() / np.sqrt(len(values))

    found = interval_of(mean(values), 400)

    assert found == pytest.approx((values.mean() - half, values.mean() + half), abs=0.1 * 2 * half)


def test_the_interval_of_a_root_mean_square_is_the_one_of_scipy(rng):
    y, y_hat = rng.normal(size=(2, 150))
    errors = y - y_hat
    theirs = stats.bootstrap(
        (errors,), lambda e, axis: np.sqrt(np.mean(e**2, axis=axis)), method="percentile", n_resamples=4000, rng=1
    ).confidence_interval

    found = interval_of(root_mean_square(y, y_hat), 150)

    assert found == pytest.approx(theirs, abs=0.1 * (theirs.high - theirs.low))


def test_the_interval_holds_the_truth_as_often_as_it_says(rng):
    """Of 300 tables of 200 rows, 95 in 100, within four standard deviations of that share."""
    held = 0
    for _ in range(300):
        values = rng.exponential(1.0, 200)
        drawn = np.concatenate([mean(values)(W) for W in draw_weights(200, 300, 0)])
        low, high = interval(drawn)
        held += low <= 1 <= high

    assert held / 300 == pytest.approx(0.94, abs=4 * np.sqrt(0.95 * 0.05 / 300))


def test_groups_are_drawn_whole_and_widen_the_interval(rng):
    """Ten equal rows a group tell no more than one: the interval is sqrt(10) times as wide."""
    of_groups = rng.normal(size=60)
    groups = np.repeat(np.arange(60), 10)
    values = of_groups[groups]

    for W in draw_weights(600, 20, 0, groups=groups):
        assert (W.reshape(-1, 60, 10) == W.reshape(-1, 60, 10)[:, :, :1]).all()
        assert (W.sum(axis=1) == 600).all()
    alone, together = interval_of(mean(values), 600), interval_of(mean(values), 600, groups=groups)
    assert (together.high - together.low) / (alone.high - alone.low) == pytest.approx(np.sqrt(10), rel=0.15)


def test_weights_multiply_how_often_rows_are_drawn_and_the_seed_decides_all():
    w = np.array([1.0, 2.0, 4.0])

    drawn, weighed = (np.concatenate(list(draw_weights(3, 50, 7, weights))) for weights in (None, w))

    np.testing.assert_array_equal(weighed, drawn * w)
    assert (drawn.sum(axis=1) == 3).all()
    np.testing.assert_array_equal(drawn, np.concatenate(list(draw_weights(3, 50, 7))))


def test_very_many_rows_have_fewer_resamples_and_no_number_no_interval():
    assert (n_resamples(1000), n_resamples(100_000), n_resamples(10**7)) == (1000, 500, 200)
    assert np.isnan(interval(np.array([]))).all()
    assert np.isnan(interval(np.array([1.0, np.inf]))).all()
