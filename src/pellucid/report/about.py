"""What a report has to be told beside model and rows: where they came from, and how to do it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa

from pellucid.report.settings import HashedFile


class About(NamedTuple):
    """The story of the rows.

    Attributes
    ----------
    title : str
    source : str
        The table in a word, or "".
    table : pyarrow.Table
        What the section on the data describes: features, targets and all other columns.
    described : str
        Which rows these are, in words.
    roles : mapping of str to str
        What a column is used as; "feature" where it is not named.
    facts : sequence of (str, str)
        Of the rows: how many, how they were split.
    held_out : str
        One sentence: whether the model has seen the rows that it is judged on.
    command : str
        The command line or the lines of Python that make this again.
    files : sequence of HashedFile
    warnings : sequence of str
    """

    title: str
    source: str
    table: pa.Table
    described: str
    roles: Mapping[str, str]
    facts: Sequence[tuple[str, str]]
    held_out: str
    command: str
    files: Sequence[HashedFile] = ()
    warnings: Sequence[str] = ()
