"""What ONNX Runtime makes of a graph beside what Python predicts: the largest difference of each output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pellucid.errors import LibraryUnavailable
from pellucid.files.onnx_export.inputs import Input, feed
from pellucid.tables.columns import Columns

ROWS = 16_384  # fed to the runtime at once
# Of the largest entry of an output. Both ways compute in float64 and differ by the order of their sums: some 1e-16, and
# up to 1e-12 where inputs are large numbers as they are, which cancel.
LIMIT = 1e-10


class OutputDifference(NamedTuple):
    """How far one output is from Python's at most: in its own units, and over its largest entry."""

    output: str
    absolute: float
    relative: float


@dataclass(frozen=True)
class OnnxCheck:
    """ONNX Runtime against Python, over the rows of a table.

    Attributes
    ----------
    n_rows : int
    outputs : tuple of OutputDifference
        `absolute` in the output's own units, `relative` over its largest entry; of labels there is the number below.
    other_labels : int
        Rows with another label than Python's, though its probability is not as large within the limit.
    limit : float
        Of each relative difference.
    """

    n_rows: int
    outputs: tuple[OutputDifference, ...]
    other_labels: int = 0
    limit: float = LIMIT

    @property
    def passed(self) -> bool:
        return self.other_labels == 0 and all(found.relative <= self.limit for found in self.outputs)

    def to_dict(self) -> dict[str, Any]:
        """In plain values."""
        outputs = [found._asdict() for found in self.outputs]
        labels = {"other_labels": self.other_labels}
        return {"rows": self.n_rows, "outputs": outputs} | labels | {"limit": self.limit, "passed": self.passed}

    def __str__(self) -> str:
        width = max(len(found.output) for found in self.outputs)
        lines = [f"ONNX Runtime against Python, {self.n_rows:,} rows: the largest difference"]
        lines += [
            f"  {name:<{width}}  {absolute:.2g} ({relative:.2g} of the largest)"
            for name, absolute, relative in self.outputs
        ]
        if self.other_labels:
            lines.append(f"  other labels in {self.other_labels:,} rows")
        verdict = "within" if self.passed else "BEYOND"
        return "\n".join([*lines, f"{verdict} the limit, {self.limit:g} of the largest"])


def differences(
    names: Sequence[str], found: np.ndarray, expected: np.ndarray, together: bool
) -> list[OutputDifference]:
    """Column by column; `together` where all of them have one unit, and so one largest entry."""
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    with np.errstate(invalid="ignore"):
        gaps = np.where(same, 0.0, np.abs(found - expected))
    absolute = np.nan_to_num(gaps, nan=np.inf, posinf=np.inf).max(axis=0)
    largest = np.where(np.isfinite(expected), np.abs(expected), 0.0).max(axis=0)
    if together:
        largest = np.full_like(largest, largest.max())
    relative = np.divide(absolute, largest, out=np.where(absolute > 0, np.inf, 0.0), where=largest > 0)
    return [OutputDifference(*row) for row in zip(names, absolute.tolist(), relative.tolist(), strict=True)]


def run_in_blocks(graph: bytes, columns: Columns, inputs: Sequence[Input]) -> list[np.ndarray]:
    """Every output of the graph for all rows of a table.

    Raises
    ------
    LibraryUnavailable
        Without onnxruntime.
    """
    try:
        import onnxruntime
    except ImportError:
        raise LibraryUnavailable(
            "Checking an ONNX file needs the library onnxruntime, which is not installed. "
            "Install it with `pip install 'pellucid[onnx]'`."
        ) from None
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    blocks = [session.run(None, feed(columns, inputs, rows)) for rows in block_slices(columns.n_rows)]
    return [np.concatenate(parts) for parts in zip(*blocks, strict=True)]


def block_slices(n_rows: int) -> Iterator[slice]:
    for start in range(0, n_rows, ROWS):
        yield slice(start, min(start + ROWS, n_rows))
