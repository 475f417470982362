"""What `check_gradients` gives back: one comparison for each way and array, and the verdict over all."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from pellucid.errors import GradientMismatch

INDEPENDENT = ("differences", "JAX autodiff")  # ways that use nothing of back propagation


@dataclass(frozen=True)
class Comparison:
    """One array (W or c of a layer) by one way, against the specification.

    Attributes
    ----------
    way : str
    layer : int
        1..L.
    parameter : "W" or "c"
    n_compared : int
        Entries compared.
    n_kinks, n_unresolved : int
        Entries left out: a kink of an activation (or of |W|) lies within every step; rounding hides the derivative.
    error : float
        The largest difference over the largest entry of the array, or over a thousandth of the size of its terms where
        they cancel to less (the difference itself where all are 0).
    where : tuple of ints
        The index of that entry.
    passed : bool
    """

    way: str
    layer: int
    parameter: str
    n_compared: int
    n_kinks: int
    n_unresolved: int
    error: float
    where: tuple[int, ...]
    passed: bool


@dataclass(frozen=True)
class GradientReport:
    """The gradient by several ways, compared.

    Attributes
    ----------
    comparisons : tuple of Comparison
    specification : str
        With which way the others are compared: "observations", or "matrix form" for very wide networks.
    n_rows, n_parameters : int
    J : float
        The objective on these rows, penalties included.
    notes : tuple of str
        What was left out, and samples.
    """

    comparisons: tuple[Comparison, ...]
    specification: str
    n_rows: int
    n_parameters: int
    J: float
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every entry compared is within its tolerance, and every array was compared by an independent way."""
        compared = any(c.n_compared for c in self.comparisons)
        return compared and not self.failures and not self.unverified

    @property
    def unverified(self) -> tuple[str, ...]:
        """The arrays that neither differences nor JAX could tell anything of: the other ways share their formulae."""
        arrays = dict.fromkeys((c.layer, c.parameter) for c in self.comparisons)
        told = {(c.layer, c.parameter) for c in self.comparisons if c.way in INDEPENDENT and c.n_compared}
        return tuple(f"{parameter} of layer {layer}" for layer, parameter in arrays if (layer, parameter) not in told)

    @property
    def worst(self) -> float:
        """The largest relative error of all comparisons."""
        return max((c.error for c in self.comparisons if c.n_compared), default=float("nan"))

    @property
    def failures(self) -> tuple[Comparison, ...]:
        """The comparisons that failed, from the last layer down: the first is where a mistake was born."""
        return tuple(sorted((c for c in self.comparisons if not c.passed), key=lambda c: -c.layer))

    def verdict(self) -> str:
        """One sentence; for a failure it names the layer."""
        n = sum(c.n_compared for c in self.comparisons)
        if not n:
            return "NOT CHECKED: there is no entry that could be compared. Give other rows."
        if self.unverified and not self.failures:
            return (
                f"NOT CHECKED: neither differences nor JAX can tell anything of {', '.join(self.unverified)} on these "
                "rows, and ways that share their formulae prove nothing. Give other rows, standardise them, or install "
                "JAX (pip install 'pellucid[jax]')."
            )
        if self.passed:
            return f"Passed: {n:,} comparisons of the gradient, worst relative error {self.worst:.1e}."
        first = self.failures[0]
        ways = ", ".join(dict.fromkeys(c.way for c in self.failures))
        at = f"at {first.parameter}{list(first.where)}" if first.where else ""
        return (
            f"FAILED in layer {first.layer}, {first.parameter}: {ways} against {self.specification} differ by "
            f"{first.error:.1e} of the largest entry {at}. Back propagation runs from the last layer down, so the "
            f"mistake is in layer {first.layer} or in what comes to it from above."
        )

    def raise_if_failed(self) -> None:
        """Raise GradientMismatch with the verdict, unless all passed."""
        if not self.passed:
            raise GradientMismatch(self.verdict())

    def to_dict(self) -> dict[str, Any]:
        """Everything in plain values."""
        return {"passed": self.passed, "worst": self.worst, "verdict": self.verdict()} | asdict(self)

    def __str__(self) -> str:
        from pellucid.glassbox.terminal import report_as_text

        return report_as_text(self)

    __repr__ = __str__
