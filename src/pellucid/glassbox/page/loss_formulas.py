"""Each loss, its derivative and its dL_dh as MathML of y and y_hat: of their symbols, or of their numbers.

The script of the page writes other numbers into the same MathML when inputs are changed, so it holds for any y_hat;
y stays, and may decide what is written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from markupsafe import Markup

from pellucid.glassbox.page.mathml import identifier, row_of, words
from pellucid.mathematics.losses import RSS, Absolute, Gamma, Huber, Log, LogLink, Loss, Poisson, Quantile, Tweedie

FRACTION = Markup("<mfrac><mrow>{}</mrow><mrow>{}</mrow></mfrac>")
POWER = Markup("<msup>{}<mrow>{}</mrow></msup>")
CASES = Markup('<mtable class="cases">{}</mtable>')
CASE = Markup("<mtr><mtd>{}</mtd><mtd>{}</mtd></mtr>")


class Pair(NamedTuple):
    """A target and the output that it is compared with; `is_zero` says that y is the number 0."""

    y: Markup
    y_hat: Markup
    is_zero: bool = False


def constant(value: float) -> Markup:
    """A number that belongs to the formula."""
    return Markup("<mn>{}</mn>").format(f"{value:g}".replace("-", "−"))


def cases(*lines: tuple[Markup, Markup]) -> Markup:
    """A value for each condition."""
    return CASES.format(Markup("").join(CASE.format(value, condition) for value, condition in lines))


def call(name: str, *parts: Markup | str) -> Markup:
    """A function of something."""
    return row_of(identifier(name), "(", *parts, ")")


ONE, TWO = constant(1), constant(2)


# ---- the values ----


def value_of_rss(loss: RSS, pair: Pair) -> Markup:
    return POWER.format(row_of("(", pair.y, "−", pair.y_hat, ")"), TWO)


def value_of_absolute(loss: Absolute, pair: Pair) -> Markup:
    return row_of("|", pair.y, "−", pair.y_hat, "|")


def value_of_huber(loss: Huber, pair: Pair) -> Markup:
    size, delta = value_of_absolute(Absolute(), pair), constant(loss.delta)
    line = row_of(TWO, "·", delta, size, "−", POWER.format(delta, TWO))
    return cases(
        (value_of_rss(RSS(), pair), row_of(words("if "), size, "≤", delta)),
        (line, words("otherwise")),
    )


def value_of_quantile(q: Markup, rest: Markup, pair: Pair) -> Markup:
    below = row_of(q, "(", pair.y, "−", pair.y_hat, ")")
    above = row_of(rest, "(", pair.y_hat, "−", pair.y, ")")
    return call("max", below, ",", above)


def value_of_poisson(loss: LogLink, pair: Pair) -> Markup:
    if pair.is_zero:  # y log y is 0 there
        return row_of(TWO, pair.y_hat)
    quotient = FRACTION.format(pair.y, pair.y_hat)
    return row_of(TWO, "(", pair.y, call("log", quotient), "−", pair.y, "+", pair.y_hat, ")")


def value_of_gamma(loss: LogLink, pair: Pair) -> Markup:
    quotient = FRACTION.format(pair.y, pair.y_hat)
    return row_of(TWO, "(", quotient, "−", ONE, "−", call("log", quotient), ")")


def value_of_tweedie(loss: Tweedie, pair: Pair) -> Markup:
    p = loss.power
    if p in (1, 2):
        return (value_of_poisson if p == 1 else value_of_gamma)(loss, pair)
    a, b = constant(2 - p), constant(1 - p)
    last = FRACTION.format(POWER.format(pair.y_hat, a), a)
    if pair.is_zero:
        return row_of(TWO, "·", last)
    first = FRACTION.format(POWER.format(pair.y, a), row_of("(", b, ")", "·", a))
    middle = FRACTION.format(row_of(pair.y, POWER.format(pair.y_hat, b)), b)
    return row_of(TWO, "(", first, "−", middle, "+", last, ")")


def value_of_log(loss: Log, pair: Pair) -> Markup:
    yes = row_of(pair.y, call("log", pair.y_hat))
    no = row_of("(", ONE, "−", pair.y, ")", call("log", ONE, "−", pair.y_hat))
    return row_of("−", "(", yes, "+", no, ")")


# ---- the derivatives by y_hat ----


def derivative_of_rss(loss: RSS, pair: Pair) -> Markup:
    return row_of("−", TWO, "(", pair.y, "−", pair.y_hat, ")")


def derivative_of_absolute(loss: Absolute, pair: Pair) -> Markup:
    return call("sign", pair.y_hat, "−", pair.y)


def derivative_of_huber(loss: Huber, pair: Pair) -> Markup:
    delta = constant(loss.delta)
    bounded = call("min", pair.y_hat, "−", pair.y, ",", delta)
    return row_of(TWO, call("max", row_of("−", delta), ",", bounded))


def derivative_of_quantile(q: Markup, rest: Markup, pair: Pair) -> Markup:
    return cases(
        (row_of("−", q), row_of(words("if "), pair.y, ">", pair.y_hat)),
        (rest, row_of(words("if "), pair.y, "<", pair.y_hat)),
    )


def derivative_of_poisson(loss: LogLink, pair: Pair) -> Markup:
    return row_of(TWO, "(", ONE, "−", FRACTION.format(pair.y, pair.y_hat), ")")


def derivative_of_power(loss: LogLink, pair: Pair) -> Markup:
    above = row_of(TWO, "(", pair.y_hat, "−", pair.y, ")")
    return FRACTION.format(above, POWER.format(pair.y_hat, constant(loss.power)))


def derivative_of_log(loss: Log, pair: Pair) -> Markup:
    no = FRACTION.format(row_of(ONE, "−", pair.y), row_of(ONE, "−", pair.y_hat))
    return row_of("−", FRACTION.format(pair.y, pair.y_hat), "+", no)


# ---- dL_dh of the paired ones ----


def paired_log(loss: Loss, pair: Pair) -> Markup:
    return row_of(pair.y_hat, "−", pair.y)


def paired_poisson(loss: LogLink, pair: Pair) -> Markup:
    return row_of(TWO, "(", pair.y_hat, "−", pair.y, ")")


def paired_tweedie(loss: Tweedie, pair: Pair) -> Markup:
    return row_of(paired_poisson(loss, pair), POWER.format(pair.y_hat, constant(1 - loss.power)))


Formula = Callable[..., Markup]

# Of one output and its target: value, derivative, and dL_dh where the loss is paired.
FORMULAE: dict[type[Loss], tuple[Formula, Formula, Formula | None]] = {
    RSS: (value_of_rss, derivative_of_rss, None),
    Absolute: (value_of_absolute, derivative_of_absolute, None),
    Huber: (value_of_huber, derivative_of_huber, None),
    Poisson: (value_of_poisson, derivative_of_poisson, paired_poisson),
    Gamma: (value_of_gamma, derivative_of_power, derivative_of_poisson),
    Tweedie: (value_of_tweedie, derivative_of_power, paired_tweedie),
    Log: (value_of_log, derivative_of_log, paired_log),
}


def value_formula(loss: Loss, pair: Pair, k: int = 0) -> Markup | None:
    """What output k of a target adds to its loss; nothing for a loss that this file does not know."""
    if type(loss) is Quantile:
        return value_of_quantile(constant(loss.q[k]), constant(1 - loss.q[k]), pair)
    return FORMULAE[type(loss)][0](loss, pair) if type(loss) in FORMULAE else None


def derivative_formula(loss: Loss, pair: Pair, k: int = 0) -> Markup | None:
    """Its derivative by that output."""
    if type(loss) is Quantile:
        return derivative_of_quantile(constant(loss.q[k]), constant(1 - loss.q[k]), pair)
    return FORMULAE[type(loss)][1](loss, pair) if type(loss) in FORMULAE else None


def paired_formula(loss: Loss, pair: Pair) -> Markup | None:
    """dL_dh of a paired loss."""
    known = FORMULAE.get(type(loss))
    return known[2](loss, pair) if known and known[2] else None
