"""Whole numbers on the command line: 12, not 1.5, which would silently become another row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter


def read_whole_number(type_: Any, tokens: Sequence[Any]) -> int:
    """The number that the text is, in digits alone."""
    text = tokens[0].value
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise ValueError(f"it must be a whole number, not {text!r}.")
    return int(text)


WholeNumber = Annotated[int, Parameter(converter=read_whole_number)]
