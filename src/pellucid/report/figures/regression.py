"""Charts of numbers predicted: against the truth, residuals, and how often quantiles cover."""

from __future__ import annotations

from typing import Any

import numpy as np
from markupsafe import Markup

from pellucid.report.column_values import bin_numbers
from pellucid.report.figures.axes import brief_ticks, histogram, points, quiet_grid
from pellucid.report.figures.svg import FIRST, INK, QUIET, SECOND, draw


def predicted_against_true(name: str, y: np.ndarray, y_hat: np.ndarray, label: str) -> Markup:
    """Each point a row; on the line the prediction is right."""

    def paint(figure: Any) -> None:
        ax = figure.subplots()
        points(ax, y_hat, y)
        ends = [min(y.min(), y_hat.min()), max(y.max(), y_hat.max())]
        ax.plot(ends, ends, color=INK, linewidth=1)
        ax.set_xlabel("predicted")
        ax.set_ylabel("true")
        brief_ticks(ax.xaxis)
        brief_ticks(ax.yaxis)
        quiet_grid(ax, "both")

    return draw(name, label, paint, height=270)


def residuals_against_predicted(name: str, y: np.ndarray, y_hat: np.ndarray, label: str) -> Markup:
    """Truth minus prediction; in the band around 0 lie the middle 80 of 100 rows, prediction by prediction."""
    residuals = y - y_hat

    def paint(figure: Any) -> None:
        ax = figure.subplots()
        points(ax, y_hat, residuals)
        ax.axhline(0, color=INK, linewidth=1)
        middle, low, high = moving_quantiles(y_hat, residuals)
        if len(middle) > 1:
            for edge in (low, high):
                ax.plot(middle, edge, color=SECOND, linewidth=1.6)
        ax.set_xlabel("predicted")
        ax.set_ylabel("true − predicted")
        brief_ticks(ax.xaxis)
        brief_ticks(ax.yaxis)
        quiet_grid(ax, "both")

    return draw(name, label, paint, height=270)


def moving_quantiles(x: np.ndarray, values: np.ndarray, most: int = 10, least: int = 20):
    """Of ten (or fewer) groups of equally many rows by x: the median x, and the 10th and 90th percentile."""
    groups = np.array_split(np.argsort(x, kind="stable"), max(1, min(most, len(x) // least)))
    middle = np.array([np.median(x[group]) for group in groups])
    low, high = np.array([np.quantile(values[group], [0.1, 0.9]) for group in groups]).T
    return middle, low, high


def residual_histogram(name: str, y: np.ndarray, y_hat: np.ndarray, label: str) -> Markup:
    """How often each residual; beside it what a normal distribution of the same spread would give."""
    residuals = y - y_hat
    edges, counts = bin_numbers(residuals, 40)

    def paint(figure: Any) -> None:
        ax = figure.subplots()
        histogram(ax, edges, counts)
        ax.axvline(0, color=INK, linewidth=1)
        spread = residuals.std()
        if spread > 0 and len(counts) > 2:
            at = np.linspace(edges[0], edges[-1], 120)
            density = np.exp(-((at - residuals.mean()) ** 2) / (2 * spread**2)) / (spread * np.sqrt(2 * np.pi))
            ax.plot(at, density * len(residuals) * (edges[1] - edges[0]), color=QUIET, linewidth=1.2, linestyle="--")
        ax.set_xlabel("true − predicted")
        ax.set_ylabel("rows")
        brief_ticks(ax.xaxis)
        brief_ticks(ax.yaxis, most=4)
        quiet_grid(ax)

    return draw(name, label, paint, height=270)


def quantile_coverage(name: str, q: tuple[float, ...], shares: np.ndarray, label: str) -> Markup:
    """The share of targets below each quantile, against the share that should be."""

    def paint(figure: Any) -> None:
        ax = figure.subplots()
        ax.plot([0, 1], [0, 1], color=INK, linewidth=1)
        ax.plot(q, shares, "o", color=FIRST, markersize=7)
        ax.set_xlim(0, 1)
        ax.set_ylim(0, 1)
        ax.set_xlabel("quantile predicted")
        ax.set_ylabel("share of targets below it")
        brief_ticks(ax.xaxis)
        brief_ticks(ax.yaxis)
        quiet_grid(ax, "both")

    return draw(name, label, paint, height=270)
