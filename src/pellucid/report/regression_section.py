"""The section on numbers predicted, target by target."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from pellucid.mathematics.losses import Quantile
from pellucid.report.figures.regression import (
    predicted_against_true,
    quantile_coverage,
    residual_histogram,
    residuals_against_predicted,
)
from pellucid.report.metrics import Answer, Question, blocks_of
from pellucid.report.rows import Rows

MOST_TARGETS = 6
MOST_POINTS = 1500


class TargetCharts(NamedTuple):
    """One target: its charts, and for quantiles how often the truth lies below each."""

    name: str
    charts: list[tuple[str, Markup]]
    coverage: list[tuple[float, float]]


class RegressionSection(NamedTuple):
    """`n_points` rows are drawn as points, of all."""

    targets: list[TargetCharts]
    n_more: int
    n_points: int


def describe_regression(question: Question, rows: Rows, answer: Answer, random_state: int) -> RegressionSection:
    """Predicted against true, residuals, and the coverage of quantiles."""
    Y, Y_hat = rows.y.reshape(rows.n, -1), answer.y_hat.reshape(rows.n, -1)
    drawn = rows._replace(numbers=np.arange(rows.n)).sample(MOST_POINTS, random_state).numbers
    blocks = blocks_of(question, answer, Y_hat)
    targets = []
    for d, name in enumerate(question.targets[:MOST_TARGETS]):
        y, y_hat = Y[:, d], Y_hat[:, d]
        charts, coverage = [], []
        if np.isfinite(y_hat).all():
            charts = [
                ("Predicted against true", predicted_against_true(
                    f"predicted-{d}", y[drawn], y_hat[drawn], f"{name}: true values against predictions")),
                ("Residuals against predictions", residuals_against_predicted(
                    f"residuals-{d}", y[drawn], y_hat[drawn], f"{name}: residuals against predictions")),
                ("Residuals", residual_histogram(f"spread-{d}", y, y_hat, f"{name}: histogram of the residuals")),
            ]  # fmt: skip
        loss = question.losses[d] if question.losses else None
        if isinstance(loss, Quantile) and blocks[d].shape[1] == len(loss.q):
            below = np.average(y[:, None] <= blocks[d], axis=0, weights=rows.weights)
            coverage = list(zip(loss.q, below.tolist(), strict=True))
            charts.append(("Coverage of the quantiles", quantile_coverage(
                f"coverage-{d}", loss.q, below, f"{name}: share of the truth below each quantile")))  # fmt: skip
        targets.append(TargetCharts(name, charts, coverage))
    return RegressionSection(targets, len(question.targets) - len(targets), len(drawn))
