"""The last step of a fitted model: from y_hat to the prediction in the target's own units, with its formula."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from pellucid.glassbox.page.mathml import bracketed, equation, identifier, number, operator, row_of, symbol, words

if TYPE_CHECKING:
    from pellucid.glassbox.page.numbers import Numbers
    from pellucid.glassbox.row import Row
    from pellucid.glassbox.trace import Trace

MOST_OUTPUTS = 8  # predictions that are converted to their own units in full
LEARNT_AS = {
    "mean": "divided by its mean",
    "standardise": "(y − mean) / deviation",
    "log": "(log y − mean) / deviation",
    "quantile": "Q⁻¹(y), which takes its distribution to the normal one",
}


def kinds_of(row: Row | None) -> set[str]:
    """In which ways the targets of a fitted model are transformed."""
    return set() if row is None else {transform["kind"] for transform in row.transforms} - {"none"}


def learnt_as(row: Row | None) -> str:
    """How the network's y was made of the table's, as the end of a sentence; "" where it is the same."""
    kinds = kinds_of(row)
    if not kinds:
        return ""
    if kinds == {"standardise"}:
        return ", moved by its mean and divided by its standard deviation in training"
    listed = ", or ".join(words for kind, words in LEARNT_AS.items() if kind in kinds)
    return f", in the units in which the network learns it: {listed}"


def units_of_loss(row: Row | None) -> str:
    """In what the loss is measured, as the end of a sentence; "" for a target in its own units."""
    kinds = kinds_of(row)
    return (
        ""
        if not kinds
        else f", in units of the {'transformed' if kinds & {'log', 'quantile'} else 'standardised'} target"
    )


def in_own_units(trace: Trace, numbers: Numbers) -> list[Markup]:
    """The predictions of a fitted model in the target's own units, where they differ from y_hat."""
    row, D_y, L = trace.row, trace.y_hat.size, len(trace.network.layers)
    if row is None or len(row.transforms) != D_y:
        return []
    in_own = [made_back(transform, numbers.bracketed(f"z.{L}.{i}")) for i, transform in enumerate(row.transforms)]
    made = []
    for outputs in row.ordered:
        parts = operator(",").join(in_own[i] for i in outputs)
        results = operator(",").join(numbers.result(f"prediction.{i}") for i in outputs)
        made.append(equation(words("in order: "), "(", parts, ")", "→", "(", results, ")"))
    alone = sorted(set(range(D_y)).difference(*row.ordered))[:MOST_OUTPUTS]
    for i in alone:
        if not is_identity(row.transforms[i]):
            name = words(f"{row.output_names[i]} ")
            made.append(equation(name, "=", in_own[i], "=", numbers.result(f"prediction.{i}")))
    for i in sorted({*alone, *(i for outputs in row.ordered for i in outputs)})[:MOST_OUTPUTS]:
        if row.transforms[i]["kind"] == "quantile":
            made.append(piece_of_quantiles(row.transforms[i], float(trace.y_hat[i])))
    return made


def is_identity(transform: dict[str, Any]) -> bool:
    return transform["kind"] == "none" and transform["limits"] is None and transform["factor"] == 1


def made_back(transform: dict[str, Any], y_hat: Markup) -> Markup:
    """The formula of one prediction: the transform back, the limits, and the exposure."""
    if transform["kind"] == "quantile":
        made = row_of(identifier("Q"), "(", y_hat, ")")
    else:
        made = row_of(y_hat, "·", number(transform["scale"]), "+", bracketed(transform["mean"]))
        if transform["kind"] == "log":
            made = row_of(identifier("exp"), "(", made, ")")
    if transform["limits"] is not None:
        low, high = map(number, transform["limits"])
        made = row_of(identifier("min"), "(", identifier("max"), "(", made, ",", low, ")", ",", high, ")")
    if transform["factor"] != 1:
        made = row_of("(", made, ")", "·", number(transform["factor"]), words(" (exposure)"))
    return made


def piece_of_quantiles(transform: dict[str, Any], y_hat: float) -> Markup:
    """Q at the row's own y_hat: the line between the two knots around it, or the knot at an end."""
    knots, values = transform["knots"], transform["values"]
    i = bisect_right(values, y_hat)
    Q = row_of(identifier("Q"), "(", symbol("y_hat"), ")")
    if i in (0, len(values)):
        end, sign = (0, "<") if i == 0 else (-1, "≥")
        made = equation(Q, "=", number(knots[end]), words("  for "), symbol("y_hat"), sign, number(values[end]))
    else:
        rise = row_of(number(knots[i]), "−", bracketed(knots[i - 1]))
        run = row_of(number(values[i]), "−", bracketed(values[i - 1]))
        made = equation(
            *(Q, "=", number(knots[i - 1]), "+", "(", symbol("y_hat"), "−", bracketed(values[i - 1]), ")", "·"),
            *("(", rise, ")", "/", "(", run, ")"),
            words(f",  between the knots {i} and {i + 1} of {len(knots)}"),
        )
    return Markup('<div class="own-only">{}</div>').format(made)
