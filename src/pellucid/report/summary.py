"""The top of the page: what a stranger wants to know first, in cards and in plain sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pellucid.glassbox.gradient_report import GradientReport
from pellucid.report.about import About
from pellucid.report.classification_section import ClassificationSection
from pellucid.report.comparison_words import beside, covered, difference, long_name, value_of, within
from pellucid.report.metrics import Question
from pellucid.report.mistakes_section import MistakesSection
from pellucid.report.quality import MODEL, Comparison, Quality, main_metrics
from pellucid.report.regression_section import RegressionSection
from pellucid.report.rows import Rows
from pellucid.report.wording import as_text, counted, listed, percent

FEW_ROWS = 100
ILL_CALIBRATED = 0.05  # probabilities that are wrong by a twentieth on average, and by more than chance makes them
MOST_SENTENCES = 4  # of targets one by one
SHARES = ("accuracy", "balanced accuracy", "rows with all labels right", "covered by")  # metrics in hundredths


class Card(NamedTuple):
    """One number with what it is."""

    label: str
    value: str
    note: str
    mood: str = ""  # "good", "bad" or nothing


class Summary(NamedTuple):
    """Cards, sentences, and what to be careful about."""

    cards: list[Card]
    sentences: list[str]
    warnings: list[str]


def summarise(
    model: Any,
    question: Question,
    rows: Rows,
    about: About,
    quality: Quality,
    section: RegressionSection | ClassificationSection,
    mistakes: MistakesSection,
    check: GradientReport,
) -> Summary:
    """Put the findings of all sections in a few words."""
    return Summary(
        cards=[*quality_cards(question, quality), *comparison_cards(quality), check_card(check)],
        sentences=[
            what_it_is(question, rows, about),
            *how_good(question, quality),
            *against_what(quality),
            *where_worst(mistakes),
            f"The gradient that trained it was checked on {counted(check.n_rows, 'row')}. {check.verdict()}",
        ],
        warnings=what_to_mind(model, question, rows, about, quality, section, check),
    )


def what_it_is(question: Question, rows: Rows, about: About) -> str:
    """Task, targets, rows."""
    kind = {"regression": "regression", "classification": "classification", "multilabel": "multi-label classification"}
    targets = listed(question.targets)
    classes = ""
    if question.kind == "classification":
        classes = f", one of {listed([str(label) for label in question.classes], most=7)}"
    return (
        f"This is a {kind[question.kind]} of {targets}{classes}, judged on {counted(rows.n, 'row')}"
        f"{f' of {about.source}' if about.source else ''}. {about.held_out}"
    )


def how_good(question: Question, quality: Quality) -> list[str]:
    """Errors of each target, or how often it is right."""

    def of(metric: str, words: Callable[[float], str] = as_text) -> str:
        return within(quality.table[metric][MODEL], words)

    if question.kind == "regression":
        several = len(question.targets) > 1
        points = {metric: answers[MODEL].value for metric, answers in quality.table.items() if MODEL in answers}
        sentences = []
        for d, name in enumerate(question.targets[:MOST_SENTENCES]):
            suffix = f" of {name}" if several else ""
            r2 = quality.table[f"R2{suffix}"][MODEL].value
            explained = f", {percent(max(r2, 0))} of the variance accounted for" if r2 == r2 else ""
            error, fit = of(f"RMSE{suffix}"), of(f"R2{suffix}")
            said = f"he root mean squared error{suffix} is {error}, and R² is {fit}{explained}."
            main = main_metrics(question, points)[d]
            if not main.startswith("RMSE"):
                said = f"he {long_name(main)}, by which it was trained, is {of(main)}; t{said}"
            sentences.append(f"T{said}")
            sentences += [coverage for coverage in [covered(question, d, quality)] if coverage]
        return sentences
    if question.kind == "multilabel":
        return [
            f"On average over the labels it is right in {of('accuracy, mean of labels', percent)} of the rows; all "
            f"labels are right in {of('rows with all labels right', percent)} of them."
        ]
    recalls = of("balanced accuracy", percent)
    weighed = "" if question.class_weights is None else f", and with all classes counting alike in {recalls}"
    ranking = f"; the area under its ROC curve is {of('ROC AUC')}" if "ROC AUC" in quality.table else ""
    return [
        f"It is right in {of('accuracy', percent)} of the rows{weighed}{ranking}. The log loss of its probabilities is "
        f"{of('log loss')} nats."
    ]


def against_what(quality: Quality) -> list[str]:
    """The main metric beside the baselines: a sentence for each target."""
    sentences = []
    for metric in list(dict.fromkeys(one.metric for one in quality.comparisons))[:MOST_SENTENCES]:
        known = [one for one in quality.comparisons if one.metric == metric and one.gain == one.gain]
        if known:
            sentences.append(f"Its {long_name(metric)} is {listed([beside(one) for one in known])}.")
    return sentences


def where_worst(mistakes: MistakesSection) -> list[str]:
    """The group of rows with the largest error, if it is clearly larger than that of all."""
    groups = [group for group in mistakes.groups if group.interval.low > mistakes.overall]
    if not groups:
        return ["No larger group of rows was found on which it is clearly worse than on all."]
    group = groups[0]
    return [
        f"It is worst where {group.column} is {group.values} ({counted(group.n, 'row')}): there the "
        f"{mistakes.group_error} is "
        f"{as_text(group.error)}, against {as_text(mistakes.overall)} on all rows."
    ]


def quality_cards(question: Question, quality: Quality) -> list[Card]:
    """The metrics to look at first."""
    if question.kind == "regression":
        several = len(question.targets) > 1
        metrics = [f"R2 of {name}" for name in question.targets[:2]] if several else metrics_of_one(question, quality)
    elif question.kind == "multilabel":
        metrics = ["accuracy, mean of labels", "rows with all labels right"]
    else:
        others = ["ROC AUC" if "ROC AUC" in quality.table else "balanced accuracy"]
        metrics = ["accuracy", *others] if question.class_weights is None else ["balanced accuracy", "accuracy"]
    cards = []
    for metric in metrics:
        measured = quality.table[metric][MODEL]
        low, high = measured.interval
        words = percent if metric.startswith(SHARES) else as_text
        note = f"95% interval {words(low)} to {words(high)}" if low == low else "no interval"
        cards.append(Card(metric.replace("R2", "R²"), words(measured.value), note))
    return cards


def metrics_of_one(question: Question, quality: Quality) -> list[str]:
    """R² with the RMSE; or what another loss minimised, with the coverage of several quantiles or else R²."""
    measured = {metric: answers[MODEL].value for metric, answers in quality.table.items() if MODEL in answers}
    main, *_ = main_metrics(question, measured)
    if main == "RMSE":
        return ["R2", "RMSE"]
    return [main, *([metric for metric in measured if metric.startswith("covered by")] or ["R2"])]


def comparison_cards(quality: Quality) -> list[Card]:
    """Against the strongest baseline of each target, at most two."""
    cards = []
    for metric in dict.fromkeys(one.metric for one in quality.comparisons):
        others = [one for one in quality.comparisons if one.metric == metric]
        best = min(others, key=lambda one: -one.other if one.of_accuracies else one.other)
        cards.append(comparison_card(best))
    return [card for card in cards if card][:2]


def comparison_card(one: Comparison) -> Card | None:
    """How much better than that baseline."""
    if one.gain != one.gain:
        return None
    mood = {"better": "good", "worse": "bad"}.get(one.verdict, "")
    return Card(f"{one.metric} against the {one.baseline}", difference(one), one.verdict, mood)


def check_card(check: GradientReport) -> Card:
    """Passed, failed or not checked."""
    if check.passed:
        return Card("gradient check", "passed", f"worst relative error {check.worst:.1e}", "good")
    return Card("gradient check", "failed" if check.failures else "not checked", "see below", "bad")


def what_to_mind(
    model: Any,
    question: Question,
    rows: Rows,
    about: About,
    quality: Quality,
    section: RegressionSection | ClassificationSection,
    check: GradientReport,
) -> list[str]:
    """What would make a careful reader trust the numbers less."""
    found: list[str] = list(about.warnings)
    for one in quality.comparisons:
        if one.verdict != "better":
            how = "worse" if one.verdict == "worse" else "not clearly better"
            found.append(
                f"By {one.metric} it is {how} than {one.said}: {value_of(one, one.model)} against "
                f"{value_of(one, one.other)}."
            )
    if question.class_weights is not None:
        found.append(
            "It was trained with class weights: they shift its probabilities, which are those of a table whose classes "
            "weigh so, and not how often a class occurs here. Log loss and calibration on these rows suffer by design; "
            "it is compared by balanced accuracy, with baselines of the same class weights."
        )
    if rows.n < FEW_ROWS:
        found.append(f"Only {counted(rows.n, 'row')} to judge by: the intervals themselves are uncertain.")
    if rows.groups is not None and len(set(rows.groups.tolist())) < 20:
        found.append(
            f"The rows belong to {counted(len(set(rows.groups.tolist())), 'group')} only: the intervals are uncertain."
        )
    if quality.without_training:
        found.append(
            "No training rows were given, so there is no linear model to compare with, and the baseline is of the rows "
            "that are judged themselves."
        )
    if getattr(model, "stopped_by_", "") == "max_epochs":
        found.append(
            f"Training ended at the limit of {counted(model.n_iter_, 'epoch')} and not for want of improvement: more "
            "epochs might make it better."
        )
    if isinstance(section, ClassificationSection):
        for name, calibration, _ in section.calibrations:
            if calibration.error > max(ILL_CALIBRATED, 2 * calibration.chance):
                off = as_text(calibration.error)
                found.append(f"The probabilities of {name} are off by {off} on average: see calibration.")
    if not check.passed:
        found.append(f"The gradient check: {check.verdict()}")
    return found
