"""How good a model is on rows held out: every metric with its interval, beside baselines on the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from pellucid.report.baselines import answer_of_baselines
from pellucid.report.bootstrap import Interval, interval, n_resamples, resample
from pellucid.report.metrics import Answer, Question, measure
from pellucid.report.rows import Rows
from pellucid.report.weighted_metrics import metrics_of
from pellucid.tables.columns import as_columns

MODEL = "this model"


class Measured(NamedTuple):
    """One metric of one answer."""

    value: float
    interval: Interval


class Comparison(NamedTuple):
    """How much less (or more) of the main metric the model has than a baseline, on the same resamples.

    Attributes
    ----------
    metric, baseline : str
    model, other : float
    gain : float
        1 - model / other: 0.25 where a quarter of the baseline's error is gone.
    interval : Interval
        Of the gain.
    """

    metric: str
    baseline: str
    model: float
    other: float
    gain: float
    interval: Interval

    @property
    def verdict(self) -> str:
        """One of "better", "worse" and "no different", by whether the interval of the gain excludes 0."""
        return "better" if self.interval.low > 0 else "worse" if self.interval.high < 0 else "no different"


class Quality(NamedTuple):
    """All metrics of all answers.

    Attributes
    ----------
    answers : dict of str to Answer
        By name, that of the model first.
    table : dict of str to dict of str to Measured
        By metric, then by answer.
    comparisons : tuple of Comparison
    n_resamples : int
    without_training : bool
        The baselines then know nothing but the rows held out themselves.
    """

    answers: dict[str, Answer]
    table: dict[str, dict[str, Measured]]
    comparisons: tuple[Comparison, ...]
    n_resamples: int
    without_training: bool


def measure_quality(
    question: Question, rows: Rows, answer: Answer, baselines: Mapping[str, Answer], random_state: int,
    without_training: bool,
) -> Quality:  # fmt: skip
    """Measure the model and the baselines, and compare them resample by resample."""
    answers = {MODEL: answer, **baselines}
    points = {name: measure(question, rows.y, given, rows.weights) for name, given in answers.items()}
    drawn = {
        name: resample(metrics_of(question, rows.y, given), rows.n, random_state, rows.weights, rows.groups)
        for name, given in answers.items()
    }
    table = {
        metric: {
            name: Measured(points[name][metric], interval(drawn[name].get(metric, np.array([]))))
            for name in answers
            if metric in points[name]
        }
        for metric in points[MODEL]
    }
    comparisons = []
    for metric in main_metrics(question):
        for name in baselines:
            if metric in drawn[name] and metric in drawn[MODEL]:
                one, other = points[MODEL][metric], points[name][metric]
                with np.errstate(divide="ignore", invalid="ignore"):  # a baseline without any error
                    gains = 1 - drawn[MODEL][metric] / drawn[name][metric]
                    gain = float(1 - np.float64(one) / other)
                comparisons.append(Comparison(metric, name, one, other, gain, interval(gains)))
    return Quality(answers, table, tuple(comparisons), n_resamples(rows.n), without_training)


def main_metrics(question: Question) -> list[str]:
    """What baselines are compared by, less is better: the RMSE of each target, or the log loss."""
    if question.kind == "regression":
        several = len(question.targets) > 1
        return [f"RMSE of {target}" if several else "RMSE" for target in question.targets]
    return ["log loss"] if question.kind == "classification" else ["log loss, mean of labels"]


def baselines_of(model: Any, question: Question, rows: Rows, training: Rows | None) -> dict[str, Answer]:
    """The linear model and the mean (or the majority), learnt from the rows of training.

    Without these it is the mean, or the frequencies, of the very rows that are reported on: that baseline knows more
    than any model could, so that beating it counts.
    """
    if training is None:
        nothing = np.zeros((rows.n, 1))
        answers = answer_of_baselines(question, nothing, rows.y, nothing, rows.weights, rows.exposure, rows.exposure)
        return {f"{name} of these rows": answers[name] for name in answers if name != "linear model"}
    X, X_test = (model.encoder_.encode(as_columns(part.table), dtype="float64")[0] for part in (training, rows))
    answers = answer_of_baselines(question, X, training.y, X_test, training.weights, training.exposure, rows.exposure)
    return {name: answers[name] for name in ("linear model", *answers)}
