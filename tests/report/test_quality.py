"""What a report claims of a model: verdicts by intervals of paired resamples, all of it of weighted rows."""

import numpy as np
import pyarrow as pa
import pytest

from pellucid.mathematics.losses import Quantile
from pellucid.report.bootstrap import Interval
from pellucid.report.figures.classification import OneAgainstRest, measure_calibration
from pellucid.report.metrics import Answer, Question, measure
from pellucid.report.mistakes import worst_groups
from pellucid.report.quality import MODEL, Comparison, measure_quality
from pellucid.report.rows import Rows

N = 200
QUESTION = Question("regression", ("y",))


def rows_of(y, weights=None, **columns):
    return Rows(pa.table(columns or {"x": np.zeros(len(y))}), y, np.arange(len(y)), weights)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.01, 0.4, "better"), (-0.01, 0.4, "no different"), (-0.4, 0.01, "no different"), (-0.4, -0.01, "worse")],
)
def test_a_verdict_needs_an_interval_without_0(low, high, verdict):
    """Whatever the gain itself is."""
    for gain in (low, high):
        comparison = Comparison("RMSE", "mean", "the mean", 1.0, 2.0, gain, Interval(low, high))
        assert comparison.verdict == verdict


@pytest.mark.parametrize("weighted", [False, True])
def test_gains_are_of_the_same_resamples(weighted, rng):
    """A baseline with twice the model's errors is twice as wrong in each resample, though both vary."""
    y, errors = rng.normal(size=N), rng.standard_t(3, size=N)
    rows = rows_of(y, rng.exponential(size=N) if weighted else None)
    baselines = {"mean": Answer(y + 2 * errors), "linear model": Answer(y + errors)}

    quality = measure_quality(QUESTION, rows, Answer(y + errors), baselines, 0, without_training=False)

    of_mean, of_linear = quality.comparisons
    assert of_mean.gain == pytest.approx(0.5, abs=1e-12)
    assert of_mean.interval == pytest.approx((0.5, 0.5), abs=1e-12)
    assert of_linear.interval == pytest.approx((0, 0), abs=1e-12)
    assert (of_mean.verdict, of_linear.verdict) == ("better", "no different")
    found = quality.table["RMSE"][MODEL]
    assert found.interval.low < 0.95 * found.value < 1.05 * found.value < found.interval.high


def test_how_often_quantiles_cover_is_of_weighted_rows(rng):
    """A weight of 2 is the row twice."""
    question = Question("regression", ("y",), losses=(Quantile(0.1, 0.5, 0.9),))
    y, outputs = rng.normal(size=N), np.sort(rng.normal(size=(N, 3)), axis=1)
    times = np.where(np.abs(y) < 0.5, 4, 1)
    repeated = np.repeat(np.arange(N), times)

    found = measure(question, y, Answer(outputs[:, 1], outputs=outputs), times.astype(float))
    expected = measure(question, y[repeated], Answer(outputs[repeated, 1], outputs=outputs[repeated]))

    assert found == pytest.approx(expected, rel=1e-12)
    covered = (outputs[:, 0] <= y) & (y <= outputs[:, 2])
    assert found["covered by q0.1 to q0.9"] == pytest.approx(covered[repeated].mean())
    assert abs(covered[repeated].mean() - covered.mean()) > 0.05


def test_calibration_is_of_weighted_rows(rng):
    p = rng.uniform(size=N)
    holds = rng.uniform(size=N) < p
    times = np.where(holds, 3, 1)
    repeated = np.repeat(np.arange(N), times)

    found = measure_calibration(OneAgainstRest("y", holds, p, times.astype(float)))
    expected = measure_calibration(OneAgainstRest("y", holds[repeated], p[repeated]))

    for name in ("probability", "share", "error"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-12, err_msg=name)
    assert found.error > 1.5 * measure_calibration(OneAgainstRest("y", holds, p)).error


def test_the_interval_of_a_group_is_of_weighted_rows(rng):
    """In group a the rows that are wrong weigh nine times as much as those that are right."""
    wrong = rng.uniform(size=N) < 0.5
    town = np.where(np.arange(N) < N // 2, "a", "b")
    weights = np.where(wrong & (town == "a"), 9.0, 1.0)
    errors = np.where(wrong, 1.0, 0.0)
    rows = rows_of(np.zeros(N), weights, town=town)

    groups, overall = worst_groups(QUESTION, rows, errors, ["town"], 0)

    worst = groups[0]
    share = np.average(wrong[town == "a"], weights=weights[town == "a"])
    assert (worst.values, worst.n) == ("a", N // 2)
    assert worst.error == pytest.approx(np.sqrt(share))
    assert np.sqrt(wrong[town == "a"].mean()) < worst.interval.low < worst.error < worst.interval.high
    assert overall == pytest.approx(np.sqrt(np.average(errors, weights=weights)))
