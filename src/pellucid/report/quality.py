"""How good a model is on rows held out: every metric with its interval, beside baselines on the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from pellucid.mathematics.losses import LogLink
from pellucid.report.baselines import answer_of_baselines
from pellucid.report.bootstrap import Interval, interval, n_resamples, resample
from pellucid.report.loss_metrics import main_metric
from pellucid.report.metrics import Answer, Question, measure
from pellucid.report.rows import Rows
from pellucid.report.weighted_metrics import metrics_of
from pellucid.tables.columns import as_columns

MODEL, OF_THESE_ROWS = "this model", " of these rows"


class Measured(NamedTuple):
    """One metric of one answer."""

    value: float
    interval: Interval


class Comparison(NamedTuple):
    """How much better the model is than a baseline by the main metric, on the same resamples.

    Attributes
    ----------
    metric, baseline : str
    said : str
        What the baseline does, in words.
    model, other : float
    gain : float
        Of errors 1 - model / other, 0.25 where a quarter of the baseline's is gone; of accuracies the difference.
    interval : Interval
        Of the gain.
    """

    metric: str
    baseline: str
    said: str
    model: float
    other: float
    gain: float
    interval: Interval

    @property
    def of_accuracies(self) -> bool:
        """Whether greater is better, and gains are points of a hundred."""
        return is_accuracy(self.metric)

    @property
    def verdict(self) -> str:
        """One of "better", "worse" and "no different", by whether the interval of the gain excludes 0."""
        return "better" if self.interval.low > 0 else "worse" if self.interval.high < 0 else "no different"


def why_without(metric: str, answer: str) -> str:
    """Why an answer has no such number, which that of the model has."""
    if "deviance" in metric:
        return f"{metric}: some predictions of the {answer} are not above 0, and have no deviance."
    if "log loss" in metric:
        return f"{metric}: some predictions of the {answer} are not between 0 and 1, and have no log loss."
    if metric.startswith("covered"):
        return f"{metric}: the {answer} has no quantiles."
    return f"{metric}: it cannot be told of the {answer}, some of whose predictions are infinite."


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

    @property
    def reasons(self) -> list[str]:
        """Why a place in the table is empty, metric by metric."""
        return [
            why_without(metric, name) for metric, of in self.table.items() for name in self.answers if name not in of
        ]


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
    for metric in main_metrics(question, points[MODEL]):
        for name in baselines:
            if metric in drawn[name] and metric in drawn[MODEL]:
                one, other = points[MODEL][metric], points[name][metric]
                gain = gain_of(metric, np.array([one]), np.array([other])).item()
                gains = gain_of(metric, drawn[MODEL][metric], drawn[name][metric])
                said = in_words(name, question, rows)
                comparisons.append(Comparison(metric, name, said, one, other, gain, interval(gains)))
    return Quality(answers, table, tuple(comparisons), n_resamples(rows.n), without_training)


def main_metrics(question: Question, measured: Mapping[str, float]) -> list[str]:
    """What baselines are compared by: of each target what its loss minimises, or the log loss.

    Class weights make the probabilities those of another table, so that their log loss is worse by design: what they
    are there for is the balanced accuracy. A loss that does not exist for these numbers leaves the RMSE.
    """
    several = len(question.targets) > 1
    if question.kind == "regression":
        found = []
        for d, target in enumerate(question.targets):
            of = f" of {target}" if several else ""
            of_loss = (main_metric(question.losses[d]) if question.losses else "RMSE") + of
            found.append(of_loss if of_loss in measured else f"RMSE{of}")
        return found
    if question.class_weights is not None:
        of_labels = [f"balanced accuracy of {target}" for target in question.targets]
        return of_labels if question.kind == "multilabel" else ["balanced accuracy"]
    return ["log loss"] if question.kind == "classification" else ["log loss, mean of labels"]


def is_accuracy(metric: str) -> bool:
    """Of the metrics that are compared: greater is better."""
    return metric.startswith("balanced accuracy")


def gain_of(metric: str, model: np.ndarray, other: np.ndarray) -> np.ndarray:
    """See Comparison."""
    with np.errstate(divide="ignore", invalid="ignore"):  # a baseline without any error
        return model - other if is_accuracy(metric) else 1 - model / other


CONSTANTS = {
    "majority": "always giving the frequencies of the classes",
    "constant": "always predicting the best constant of each target",
}


def in_words(baseline: str, question: Question, rows: Rows) -> str:
    """What a baseline does, in words that stand after "than that of".

    >>> in_words("median of these rows", Question("regression", ("y",)), Rows(None, np.ones(1), np.arange(1)))
    'always predicting the median of these very rows'
    """
    name = baseline.removesuffix(OF_THESE_ROWS)
    if name == "linear model":
        return "a linear model"
    said = CONSTANTS.get(name, f"always predicting the {name}")
    if name == "majority" and question.class_weights is not None:
        said = "always giving the frequencies of the weighted classes"
    if rows.exposure is not None and all(isinstance(loss, LogLink) for loss in question.losses):
        said = f"always predicting the {name} rate times the exposure"
    if name == baseline:
        return said
    return f"{said} {'in' if name == 'majority' else 'of'} these very rows"


def baselines_of(model: Any, question: Question, rows: Rows, training: Rows | None) -> dict[str, Answer]:
    """The linear model and the mean (or the majority), learnt from the rows of training.

    Without these it is the mean, or the frequencies, of the very rows that are reported on: that baseline knows more
    than any model could, so that beating it counts.
    """
    if training is None:
        nothing = np.zeros((rows.n, 1))
        answers = answer_of_baselines(question, nothing, rows.y, nothing, rows.weights, rows.exposure, rows.exposure)
        return {f"{name}{OF_THESE_ROWS}": answers[name] for name in answers if name != "linear model"}
    X, X_test = (model.encoder_.encode(as_columns(part.table), dtype="float64")[0] for part in (training, rows))
    answers = answer_of_baselines(question, X, training.y, X_test, training.weights, training.exposure, rows.exposure)
    return {name: answers[name] for name in ("linear model", *answers)}
