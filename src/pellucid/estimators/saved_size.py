"""How much of a table a model file can describe: said when a wide table is fitted, and when its model is saved."""

from __future__ import annotations

import json
from typing import Any

from pellucid.files.header import LONGEST_HEADER
from pellucid.files.number_lists import take_out
from pellucid.files.strict_json import MOST_VALUES, count_values
from pellucid.tables.encoder import TableEncoder

REMEDY = (
    "Give fewer columns (a selection of features, or scikit-learn's TruncatedSVD) or fewer levels (max_categories) "
    "and fit again; some 4,000 columns of numbers or 25,000 levels of text are the most. pickle has no such limit, but "
    "is for one version."
)


def excess(described: Any) -> str | None:
    """By what a description, with its long lists taken out, is beyond what a file may have; None if it is not."""
    text = json.dumps(described)
    n_values = count_values(text)
    if n_values > MOST_VALUES:
        return f"its description has {n_values:,} values, where {MOST_VALUES:,} are allowed"
    n_bytes = len(json.dumps(text))  # in the header it is a text
    if n_bytes > LONGEST_HEADER:
        return f"its description has {n_bytes:,} bytes, where {LONGEST_HEADER:,} are allowed"
    return None


def said_of_size(encoder: TableEncoder) -> list[str]:
    """A sentence if the columns alone are more than a model file can describe: better heard before training."""
    problem = excess(take_out(encoder.to_dict(), []))
    if problem is None:
        return []
    return [f"A model of these {len(encoder.columns):,} columns can be used, but not saved: {problem}. {REMEDY}"]
