"""Charts of classes predicted: ROC, precision against recall, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup
from sklearn.metrics import precision_recall_curve, roc_curve

from pellucid.report.figures.axes import brief_ticks, quiet_grid
from pellucid.report.figures.svg import DASHES, FIRST, INK, QUIET, SERIES, draw
from pellucid.report.wording import plain

BINS = 10  # of the probabilities, equally wide
FEW = 10  # rows in a bin: of less a share says little
MOST_POINTS = 150  # of a curve


class OneAgainstRest(NamedTuple):
    """One class or label: whether each row has it, and with what probability the model says so."""

    name: str
    holds: np.ndarray
    p: np.ndarray
    weights: np.ndarray | None = None


def legend_below(figure: Any, ax: Any, n: int) -> None:
    """The names of the curves, where there are several."""
    if n > 1:
        figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2 if n > 1 else 1)


def thinned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most 150 points of a curve, spread evenly over its length."""
    if len(x) <= MOST_POINTS:
        return x, y
    length = np.append(0.0, np.cumsum(np.hypot(np.diff(x), np.diff(y))))
    places = np.searchsorted(length, np.linspace(0, length[-1], MOST_POINTS)).clip(0, len(x) - 1)
    places = np.unique(places)
    return x[places], y[places]


def roc_curves(name: str, of: Sequence[OneAgainstRest], label: str) -> Markup:
    """The share of rows with the class that are found, against that of the others that are taken for it."""

    def paint(figure: Any) -> None:
        ax = figure.subplots()
        ax.plot([0, 1], [0, 1], color=QUIET, linewidth=1)
        for i, one in enumerate(of):
            false, true, _ = roc_curve(one.holds, one.p, sample_weight=one.weights)
            ax.plot(*thinned(false, true), color=SERIES[i], linestyle=DASHES[i], label=plain(one.name, 18))
        finish_square(figure, ax, "false positive rate", "true positive rate", len(of))

    return draw(name, label, paint, height=280 + (9 * (len(of) + 1) if len(of) > 1 else 0))


def precision_recall_curves(name: str, of: Sequence[OneAgainstRest], label: str) -> Markup:
    """How many of those taken for the class have it, against how many of those that have it are found."""

    def paint(figure: Any) -> None:
        ax = figure.subplots()
        for i, one in enumerate(of):
            precision, recall, _ = precision_recall_curve(one.holds, one.p, sample_weight=one.weights)
            ax.plot(*thinned(recall, precision), color=SERIES[i], linestyle=DASHES[i], label=plain(one.name, 18))
            if len(of) == 1:
                ax.axhline(np.average(one.holds, weights=one.weights), color=QUIET, linewidth=1)
        finish_square(figure, ax, "recall", "precision", len(of))

    return draw(name, label, paint, height=280 + (9 * (len(of) + 1) if len(of) > 1 else 0))


def finish_square(figure: Any, ax: Any, across: str, up: str, n: int) -> None:
    """Both axes from 0 to 1."""
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.02)
    ax.set_xlabel(across)
    ax.set_ylabel(up)
    brief_ticks(ax.xaxis)
    brief_ticks(ax.yaxis)
    quiet_grid(ax, "both")
    legend_below(figure, ax, n)


class Calibration(NamedTuple):
    """Bins of the probability that have rows: its mean, the share that holds, the number of rows; and the error.

    `error` is the mean over rows of |share - mean probability| of their bin (Naeini et al., 2015); `chance` is what it
    would be on average if every probability were right: the share of n rows is then off by sqrt(2 p (1 - p) / (pi n)),
    where rows of unequal weights count as n = (sum of w)^2 / (sum of w^2) (Kish, 1965).
    """

    probability: np.ndarray
    share: np.ndarray
    counts: np.ndarray
    edges: np.ndarray
    error: float
    chance: float


def measure_calibration(one: OneAgainstRest) -> Calibration:
    """By bins of equal width."""
    edges = np.linspace(0, 1, BINS + 1)
    places = np.clip(np.digitize(one.p, edges[1:-1]), 0, BINS - 1)
    w = np.ones(len(one.p)) if one.weights is None else one.weights
    counts = np.bincount(places, minlength=BINS)
    weight = np.bincount(places, w, minlength=BINS)
    there = weight > 0
    probability = np.bincount(places, w * one.p, minlength=BINS)[there] / weight[there]
    share = np.bincount(places, w * one.holds, minlength=BINS)[there] / weight[there]
    error = float(np.sum(weight[there] * np.abs(share - probability)) / weight.sum())
    n = weight[there] ** 2 / np.bincount(places, w * w, minlength=BINS)[there]
    by_chance = np.sqrt(2 * probability * (1 - probability) / (np.pi * n))
    chance = float(np.sum(weight[there] * by_chance) / weight.sum())
    return Calibration(probability, share, counts, edges, error, chance)


def reliability(name: str, calibration: Calibration, label: str) -> Markup:
    """How often it is so among the rows that get about this probability; below, how many these are."""
    probability, share, counts, edges, *_ = calibration

    def paint(figure: Any) -> None:
        ax, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        ax.plot([0, 1], [0, 1], color=INK, linewidth=1)
        there = counts[counts > 0] >= FEW
        ax.plot(probability[there], share[there], "o-", color=FIRST, markersize=5)
        ax.plot(probability[~there], share[~there], "o", color=FIRST, markersize=5, markerfacecolor="none")
        ax.set_ylim(-0.02, 1.02)
        ax.set_ylabel("share that is so")
        brief_ticks(ax.yaxis)
        quiet_grid(ax, "both")
        below.bar(edges[:-1], counts, np.diff(edges) * 0.92, align="edge", color=FIRST, alpha=0.75, linewidth=0)
        below.set_xlim(0, 1)
        below.set_xlabel("predicted probability")
        below.set_ylabel("rows")
        brief_ticks(below.xaxis)
        brief_ticks(below.yaxis, most=2)
        quiet_grid(below)

    return draw(name, label, paint, height=300)
