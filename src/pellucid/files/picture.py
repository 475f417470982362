"""A figure of matplotlib to a file: whole or not at all, and the same bytes for the same picture."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from pellucid.errors import ParameterError
from pellucid.files import atomic

FORMATS = (".svg", ".png")


def require_format(path: str | Path) -> str:
    """The ending of the path, which decides the format.

    Raises
    ------
    ParameterError
        If the ending is neither .svg nor .png.
    """
    ending = Path(path).suffix.lower()
    if ending not in FORMATS:
        raise ParameterError(f"A picture ends in .svg or .png. Got {str(path)!r} instead.")
    return ending


def write_picture(figure: Any, path: str | Path) -> None:
    """Write the figure as SVG or PNG."""
    ending = require_format(path)
    buffer = io.BytesIO()
    figure.savefig(buffer, format=ending[1:], dpi=150, metadata={"Date": None} if ending == ".svg" else None)
    atomic.write_bytes(path, [buffer.getvalue()])
