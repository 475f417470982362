"""A metric, and a comparison of two models by it, in words."""

from __future__ import annotations

from collections.abc import Callable

from pellucid.mathematics.losses import Quantile
from pellucid.report.loss_metrics import covered_by
from pellucid.report.metrics import Question
from pellucid.report.quality import MODEL, Comparison, Measured, Quality
from pellucid.report.wording import as_text, percent


def within(measured: Measured, words: Callable[[float], str] = as_text) -> str:
    """A value with its interval."""
    low, high = measured.interval
    return words(measured.value) + (f" (95% interval {words(low)} to {words(high)})" if low == low else "")


def long_name(metric: str) -> str:
    """Abbreviations written out."""
    for short, name in (("RMSE", "root mean squared error"), ("MAE", "mean absolute error")):
        if metric == short or metric.startswith(f"{short} of "):
            return name + metric.removeprefix(short)
    return metric


def beside(one: Comparison) -> str:
    """How it compares with one baseline."""
    if one.verdict == "no different":
        return f"not clearly different from that of {one.said} ({value_of(one, one.other)})"
    low, high = sorted(abs(end) for end in one.interval)
    return (
        f"{difference(one)} than that of {one.said} ({value_of(one, one.other)}; 95% interval "
        f"{gain_in_words(one, low)} to {gain_in_words(one, high)})"
    )


def value_of(one: Comparison, value: float) -> str:
    """A value of the metric of a comparison."""
    return percent(value) if one.of_accuracies else as_text(value)


def gain_in_words(one: Comparison, gain: float) -> str:
    """A share of the baseline's error, or a difference of accuracies in points of a hundred."""
    return f"{100 * gain:.3g} points" if one.of_accuracies else percent(gain)


def difference(one: Comparison) -> str:
    """How much, and in which direction."""
    words = ("higher", "lower") if one.of_accuracies else ("less", "more")
    return f"{gain_in_words(one, abs(one.gain))} {words[0] if one.gain >= 0 else words[1]}"


def covered(question: Question, d: int, quality: Quality) -> str:
    """How many of the true values lie between the outer quantiles of a target, and how many should; "" without such."""
    loss = question.losses[d] if question.losses else None
    if not isinstance(loss, Quantile) or len(loss.q) < 2:
        return ""
    of = f" of {question.targets[d]}" if len(question.targets) > 1 else ""
    measured = quality.table.get(covered_by(loss) + of, {}).get(MODEL)
    if measured is None:
        return ""
    low, high = loss.q[0], loss.q[-1]
    return (
        f"Between its quantiles {low:g} and {high:g} lie {within(measured, percent)} of the true values{of}, "
        f"where {percent(high - low)} should."
    )
