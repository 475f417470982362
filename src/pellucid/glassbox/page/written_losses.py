"""The losses of single targets, their derivatives and dL_dh, written out in symbols and with a trace's numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from pellucid.glassbox.loss_parts import Part
from pellucid.glassbox.page.loss_formulas import (
    FRACTION,
    ONE,
    Pair,
    call,
    derivative_formula,
    derivative_of_quantile,
    paired_formula,
    value_formula,
    value_of_quantile,
)
from pellucid.glassbox.page.mathml import L_by, as_formula, derivative, equation, operator, row_of, symbol, words
from pellucid.glassbox.page.numbers import Numbers
from pellucid.glassbox.page.stage import MOST_TERMS
from pellucid.mathematics.losses import CrossEntropy, Log, Quantile

SYMBOLS = Pair(symbol("y"), symbol("y_hat"))
Q_K = symbol("q", None, "k")
QUANTILE = (Q_K, row_of("(", ONE, "−", Q_K, ")"), Pair(symbol("y"), symbol("y_hat", None, "k")))
SUM = Markup("<munder><mo>∑</mo><mi>k</mi></munder>")
LINES = Markup('<mtable class="lines">{}</mtable>')
LINE = Markup("<mtr><mtd>{}</mtd><mtd>{}</mtd></mtr>")


def symbols_of_loss(part: Part) -> Markup:
    """The loss of one target as a formula; in its own words where this page does not know it."""
    if type(part.loss) is Quantile and len(part.outputs) > 1:
        return row_of(SUM, value_of_quantile(*QUANTILE), numbers_of_quantiles(part.loss))
    known = value_formula(part.loss, SYMBOLS)
    return words(as_formula(part.loss.formula)) if known is None else known


def numbers_of_quantiles(loss: Quantile) -> Markup:
    """What q_1, q_2, ... are."""
    return words(",   q = " + ", ".join(loss.q_texts))


def symbols_of_derivative(part: Part) -> Markup:
    """Its derivative by an output."""
    if type(part.loss) is Quantile and len(part.outputs) > 1:
        return row_of(derivative_of_quantile(*QUANTILE), numbers_of_quantiles(part.loss))
    known = derivative_formula(part.loss, SYMBOLS)
    return words(as_formula(part.loss.derivative_formula)) if known is None else known


def symbols_of_paired(part: Part, l: int) -> Markup:
    """dL_dh of the last layer: the one block of a paired loss, the product of two factors of another."""
    if not part.loss.paired:
        slope = derivative(symbol("y_hat"), symbol("h", l))
        return row_of(symbols_of_derivative(part), "·", slope)
    known = paired_formula(part.loss, SYMBOLS)
    return words(as_formula(part.loss.paired_formula or "dL/dh, from h")) if known is None else known


@dataclass(frozen=True)
class Writer:
    """What writes a target's formulae with the numbers of one trace.

    Attributes
    ----------
    numbers : Numbers
    L : int
        The number of the last layer.
    """

    numbers: Numbers
    L: int

    @property
    def n_targets(self) -> int:
        return self.numbers["y"].size

    def left(self, name: str, i: int, n: int, l: int | None = None) -> Markup:
        """L, or a derivative of it, with its index where there are several."""
        index = (i + 1,) if n > 1 else ()
        return symbol("L", None, *index) if name == "L" else L_by(name, l, *index)

    def pair(self, part: Part, i: int) -> Pair:
        """An output and its target; a smoothed label stands in its place."""
        smoothed = isinstance(part.loss, Log) and part.loss.label_smoothing > 0
        key = f"y_row.{i}" if smoothed else f"y.{part.d}"
        y_hat = self.numbers.bracketed(f"z.{self.L}.{i}")
        return Pair(self.numbers.bracketed(key), y_hat, bool(self.numbers[key] == 0))

    def loss(self, part: Part) -> Markup:
        """The loss of one target; its value alone for a loss that this page does not know."""
        left, value = self.left("L", part.d, self.n_targets), self.numbers.result(f"losses.{part.d}")
        if type(part.loss) is CrossEntropy:
            return equation(left, "=", self.cross_entropy(part, part.loss), "=", value)
        terms = [value_formula(part.loss, self.pair(part, i), k) for k, i in enumerate(part.outputs)]
        known = [term for term in terms if term is not None]
        if not known:
            return equation(left, "=", value)
        if len(known) == 1:
            return equation(left, "=", known[0], "=", value)
        return equation(in_lines(left, known, value))

    def cross_entropy(self, part: Part, loss: CrossEntropy) -> Markup:
        """-log y_hat_k, or the sum over all classes where labels are smoothed."""
        z, n = f"z.{self.L}", self.numbers
        if not loss.label_smoothing:
            return row_of("−", call("log", n.number(f"{z}.{self.place(part)}")))
        terms = [row_of(n.bracketed(f"y_row.{j}"), call("log", n.number(f"{z}.{j}"))) for j in part.outputs]
        return row_of("−", "(", operator("+").join(shortened(terms)), ")")

    def place(self, part: Part) -> int:
        """The class of the observation."""
        return int(self.numbers["y"][part.d])

    def derivatives(self, part: Part) -> list[Markup]:
        """dL_dy_hat of each output of a target; of the class alone where the others have none."""
        outputs: Sequence[int] = part.outputs
        if type(part.loss) is CrossEntropy and not part.loss.label_smoothing:
            outputs = (self.place(part),)
        made = []
        for k, i in enumerate(outputs):
            if type(part.loss) is CrossEntropy:
                above = self.numbers.number(f"y_row.{i}") if part.loss.label_smoothing else ONE
                right = row_of("−", FRACTION.format(above, self.numbers.number(f"z.{self.L}.{i}")))
            else:
                right = derivative_formula(part.loss, self.pair(part, i), k)
            if right is not None:
                left = self.left("y_hat", i, self.numbers["dL_dy_hat"].size)
                made.append(equation(left, "=", right, "=", self.numbers.result(f"dL_dy_hat.{i}")))
        return made

    def paired(self, part: Part) -> list[Markup]:
        """dL_dh of each output of a target, from its own pair of loss and activation."""
        made, n = [], self.numbers
        for i in part.outputs:
            if part.loss.paired:
                right = paired_formula(part.loss, self.pair(part, i))
            elif np.isfinite(n["dL_dy_hat"][i]):
                right = row_of(n.bracketed(f"dL_dy_hat.{i}"), n.bracketed(f"slope.{self.L}.{i}"))
            else:
                right = None
            left = self.left("h", i, n["dL_dy_hat"].size, self.L)
            parts = () if right is None else ("=", right)
            made.append(equation(left, *parts, "=", n.result(f"dL_dh.{self.L}.{i}")))
        return made


def shortened(terms: list[Markup]) -> list[Markup]:
    """The first terms and the last of a long sum."""
    return terms if len(terms) <= MOST_TERMS else [*terms[: MOST_TERMS - 2], operator("⋯"), terms[-1]]


def in_lines(left: Markup, terms: list[Markup], value: Markup) -> Markup:
    """A sum with a line for each of its terms."""
    signs = [row_of(left, "="), *[operator("+")] * (len(shortened(terms)) - 1), operator("=")]
    lines = [LINE.format(*line) for line in zip(signs, [*shortened(terms), value], strict=True)]
    return LINES.format(Markup("").join(lines))
