"""MathML: symbols with their layers, numbers that know their names, and matrices of them.

Every number that the page's script computes again carries its name (`data-key`, such as dL_dW.2.0.1: layer 2, row 0,
column 1) and its full value (`data-value`); the text that is read is rounded to four digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup

DIGITS = 4
MOST_ROWS, MOST_COLUMNS = 8, 8  # of a matrix within an equation; what is larger is folded with dots
HEAD = 5  # the first entries that stay when it is folded, beside the last
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

# Halves away from zero, as toPrecision of JavaScript rounds them: the page's script must write the same text.
ROUNDING = Context(prec=DIGITS, rounding=ROUND_HALF_UP)


class Number(NamedTuple):
    """One entry: its value, and its name where the page's script knows it."""

    value: float
    key: str = ""


Cell = Callable[[int, int], Number]


def short(value: float) -> str:
    """A number to four digits, whole ones to six: 0.1235, −12.3, 4.5·10⁻⁷, ∞. The same rule as `short` in numbers.js.

    Examples
    --------
    >>> [short(v) for v in (0.0, -0.125, 1 / 3, 452600.0, 1234567.0, 1e-9, float("nan"))]
    ['0', '−0.125', '0.3333', '452600', '1.235·10⁶', '10⁻⁹', 'NaN']
    """
    if math.isnan(value):
        return "NaN"
    sign = "−" if value < 0 else ""
    if math.isinf(value):
        return sign + "∞"
    size = abs(value)
    if size == 0:
        return "0"
    if 1000 <= size < 1e6 or (size < 1e6 and size == int(size)):
        return sign + str(Decimal(size).quantize(Decimal(1), ROUND_HALF_UP))
    rounded = ROUNDING.create_decimal(Decimal(size))
    exponent = rounded.adjusted()
    if -4 <= exponent < 6:
        text = f"{rounded:f}"
        return sign + (text.rstrip("0").rstrip(".") if "." in text else text)
    mantissa = f"{rounded.scaleb(-exponent):f}".rstrip("0").rstrip(".")
    power = "10" + str(exponent).translate(SUPERSCRIPTS)
    return sign + (power if mantissa == "1" else f"{mantissa}·{power}")


def number(entry: Number | float) -> Markup:
    """<mn> with the rounded number, its name and its full value."""
    entry = entry if isinstance(entry, Number) else Number(float(entry))
    if not entry.key:
        return Markup("<mn>{}</mn>").format(short(entry.value))
    return Markup('<mn data-key="{}" data-value="{!r}">{}</mn>').format(
        entry.key, float(entry.value), short(entry.value)
    )


def bracketed(entry: Number | float) -> Markup:
    """A number as a factor or a summand: in brackets, as the page's script may make it negative at any time."""
    return Markup("<mrow><mo>(</mo>{}<mo>)</mo></mrow>").format(number(entry))


def identifier(name: str) -> Markup:
    """One letter or word."""
    return Markup("<mi>{}</mi>").format(name)


def operator(sign: str) -> Markup:
    """An operator, equality or relation."""
    return Markup("<mo>{}</mo>").format(sign)


def words(text: str) -> Markup:
    """Plain words within an equation; the blanks at their ends are kept."""
    inner = text.strip(" ")
    before, after = text.split(inner, 1) if inner else (text, "")
    return Markup("<mtext>{}</mtext>").format("\u00a0" * len(before) + inner + "\u00a0" * len(after))


def as_formula(text: str) -> str:
    """A formula of a loss or an activation, which is written in ASCII, with its own signs.

    Examples
    --------
    >>> as_formula("-2 (y - y_hat)"), as_formula("(y - y_hat)^2")
    ('−2 (y − ŷ)', '(y − ŷ)²')
    """
    return text.replace("y_hat", "ŷ").replace("-", "−").replace("^2", "²").replace("^T", "ᵀ")


def symbol(name: str, l: int | None = None, *index: int | str) -> Markup:
    """A letter with its layer above, in brackets, and its indices, from 1 as in the text, below."""
    base = Markup("<mover><mi>y</mi><mo>^</mo></mover>") if name == "y_hat" else identifier(name)
    above = Markup("") if l is None else Markup("<mrow><mo>(</mo><mn>{}</mn><mo>)</mo></mrow>").format(l)
    below = Markup("<mrow>{}</mrow>").format(
        Markup("<mo>,</mo>").join(
            Markup("<mn>{}</mn>" if isinstance(i, int) else "<mi>{}</mi>").format(i) for i in index
        )
    )
    if index and l is not None:
        return Markup("<msubsup>{}{}{}</msubsup>").format(base, below, above)
    if index:
        return Markup("<msub>{}{}</msub>").format(base, below)
    return base if l is None else Markup("<msup>{}{}</msup>").format(base, above)


def derivative(of: Markup, by: Markup) -> Markup:
    """A fraction of two differentials."""
    return Markup("<mfrac><mrow><mi>∂</mi>{}</mrow><mrow><mi>∂</mi>{}</mrow></mfrac>").format(of, by)


def L_by(name: str, l: int | None = None, *index: int | str) -> Markup:
    """dL_d<name> as a fraction."""
    return derivative(identifier("L"), symbol(name, l, *index))


def shaped(content: Markup, *shape: int) -> Markup:
    """Something with its shape written under it."""
    return Markup('<munder>{}<mtext class="shape">{}</mtext></munder>').format(
        Markup("<mrow>{}</mrow>").format(content), " × ".join(map(str, shape))
    )


def row_of(*parts: Any) -> Markup:
    """Several pieces side by side; plain strings are operators."""
    made = [part if isinstance(part, Markup) else operator(part) for part in parts]
    return Markup("<mrow>{}</mrow>").format(Markup("").join(made))


def equation(*parts: Any, label: str = "") -> Markup:
    """One displayed equation."""
    attribute = Markup(' aria-label="{}"').format(label) if label else Markup("")
    return Markup('<math display="block"{}>{}</math>').format(attribute, row_of(*parts))


def inline(*parts: Any) -> Markup:
    """Mathematics within a sentence."""
    return Markup("<math>{}</math>").format(row_of(*parts))


def kept(n: int, most: int) -> list[int | None]:
    """The indices that are shown of n; None stands for the dots."""
    return list(range(n)) if n <= most else [*range(HEAD), None, n - 1]


def is_folded(shape: Sequence[int]) -> bool:
    """Whether a matrix of this shape is shown with dots."""
    return shape[0] > MOST_ROWS or (len(shape) > 1 and shape[1] > MOST_COLUMNS)


def table(n_rows: int, n_columns: int, cell: Cell, *, largest: float | None = None, quiet: bool = False) -> Markup:
    """A matrix in brackets, its cells coloured by sign and size; folded with dots where it is large.

    Parameters
    ----------
    n_rows, n_columns : int
    cell : function of row and column
    largest : float, optional
        What counts as the deepest colour; the largest entry shown unless given.
    quiet : bool
        Without colours: for patterns of zeros and ones.
    """
    rows, columns = kept(n_rows, MOST_ROWS), kept(n_columns, MOST_COLUMNS)
    entries = {(i, j): cell(i, j) for i in rows if i is not None for j in columns if j is not None}
    if largest is None:
        finite = [abs(entry.value) for entry in entries.values() if math.isfinite(entry.value)]
        largest = max(finite, default=0.0)
    lines = []
    for i in rows:
        cells = []
        for j in columns:
            if i is None or j is None:
                dots = "⋱" if i is None and j is None else "⋮" if i is None else "⋯"
                cells.append(Markup("<mtd><mo>{}</mo></mtd>").format(dots))
            else:
                colour = Markup("") if quiet else heat(entries[i, j].value, largest)
                cells.append(Markup("<mtd{}>{}</mtd>").format(colour, number(entries[i, j])))
        lines.append(Markup("<mtr>{}</mtr>").format(Markup("").join(cells)))
    return Markup('<mtable class="matrix">{}</mtable>').format(Markup("").join(lines))


def heat(value: float, largest: float) -> Markup:
    """The attributes that colour a cell: the sign, and the size from 0 to 1."""
    if not math.isfinite(value) or value == 0 or largest == 0:
        return Markup("")
    return Markup(' class="{}" style="--heat:{:.2f}"').format(
        "up" if value > 0 else "down", min(abs(value) / largest, 1.0)
    )


def matrix(key: str, values: np.ndarray) -> Markup:
    """A matrix whose entry i, j is called key.i.j."""
    return table(values.shape[0], values.shape[1], lambda i, j: Number(float(values[i, j]), f"{key}.{i}.{j}"))


def column(key: str, values: np.ndarray) -> Markup:
    """A vector as a column; its entry i is called key.i."""
    flat = np.reshape(values, -1)
    return table(flat.size, 1, lambda i, _: Number(float(flat[i]), f"{key}.{i}"))


def row(key: str, values: np.ndarray) -> Markup:
    """A vector as a row: in numerator layout, a derivative of a scalar by a column."""
    flat = np.reshape(values, -1)
    return table(1, flat.size, lambda _, j: Number(float(flat[j]), f"{key}.{j}"))


def diagonal(key: str, values: np.ndarray) -> Markup:
    """A diagonal matrix; its entry i, i is called key.i."""
    flat = np.reshape(values, -1)
    return table(flat.size, flat.size, lambda i, j: Number(float(flat[i]), f"{key}.{i}") if i == j else Number(0.0))


def slice_of_T(key: str, values: np.ndarray, i: int, n_rows: int) -> Markup:
    """Slice i of dh_dW: z in row i, zeros elsewhere."""
    flat = np.reshape(values, -1)
    return table(n_rows, flat.size, lambda k, j: Number(float(flat[j]), f"{key}.{j}") if k == i else Number(0.0))


def identity(n: int) -> Markup:
    """dh_dc."""
    return table(n, n, lambda i, j: Number(float(i == j)), quiet=True)
