"""The section on the data: each column in a line, and the distribution of each target."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from markupsafe import Markup

from pellucid.report.about import About
from pellucid.report.column_values import as_levels, as_numbers, count_levels, is_ordered, words_for
from pellucid.report.figures.distributions import small_distribution, target_distribution
from pellucid.report.wording import percent
from pellucid.tables.inspection import describe_columns

MOST_COLUMNS, MOST_TARGETS = 60, 6
MOST_DRAWN = 200_000  # rows that a distribution is made of


class ColumnLine(NamedTuple):
    """A line of the table of columns."""

    name: str
    role: str
    kind: str
    n_missing: int
    missing: str
    n_distinct: int
    values: str
    chart: Markup


class DataSection(NamedTuple):
    """`n_sampled` rows made the distributions; 0 where all did."""

    lines: list[ColumnLine]
    n_more: int
    targets: list[tuple[str, Markup]]
    n_sampled: int


def describe_data(about: About, random_state: int) -> DataSection:
    """Targets first, then the columns in their order."""
    table, n_sampled = about.table, 0
    drawn = table
    if table.num_rows > MOST_DRAWN:
        n_sampled = MOST_DRAWN
        places = np.random.default_rng(random_state).choice(table.num_rows, MOST_DRAWN, replace=False)
        drawn = table.take(np.sort(places))
    names = [name for name, role in about.roles.items() if role == "target"]
    summaries = sorted(describe_columns(table), key=lambda summary: summary.name not in names)
    lines = []
    for j, summary in enumerate(summaries[:MOST_COLUMNS]):
        column = drawn.column(summary.name)
        lines.append(
            ColumnLine(
                summary.name,
                about.roles.get(summary.name, "feature"),
                summary.kind,
                summary.n_missing,
                percent(summary.n_missing / table.num_rows) if summary.n_missing else "",
                summary.n_distinct,
                in_words(column),
                small_distribution(f"column-{j}", column, f"distribution of {summary.name}"),
            )
        )
    targets = [
        (name, target_distribution(f"target-{d}", drawn.column(name), f"distribution of the target {name}"))
        for d, name in enumerate(names[:MOST_TARGETS])
    ]
    return DataSection(lines, len(summaries) - len(lines), targets, n_sampled)


def in_words(column: pa.ChunkedArray) -> str:
    """The range and the median of numbers; the most frequent levels with their shares."""
    if len(column) == 0:
        return ""
    if is_ordered(column):
        numbers, words = as_numbers(column), words_for(column)
        known = numbers[np.isfinite(numbers)]
        if len(known) == 0:
            return "no values"
        return f"{words(known.min())} to {words(known.max())}, median {words(float(np.median(known)))}"
    counts = count_levels(as_levels(column))
    shown = [f"{level if len(level) <= 40 else level[:39] + '…'} {percent(n / len(column))}" for level, n in counts[:3]]
    return ", ".join(shown) + (f", and {len(counts) - 3:,} more" if len(counts) > 3 else "")
