"""Numbers and names as a reader sees them."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence


def as_text(value: float) -> str:
    """Four significant digits, with a separator for thousands in large numbers.

    >>> [as_text(value) for value in (0.123456, 51234.5, float("nan"))]
    ['0.1235', '51,234', '-']
    """
    if not math.isfinite(value):
        return "-" if math.isnan(value) else f"{value:g}"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def brief(value: float) -> str:
    """As few signs as the value needs, for the ticks of an axis, which are round numbers.

    >>> [brief(value) for value in (0.25, 150000.0, 2500000.0, -0.0, 1e-7, -118.4)]
    ['0.25', '150k', '2.5M', '0', '1e-7', '-118.4']
    """
    for unit, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if unit <= abs(value) < 1000 * unit and abs(value) >= 10_000:
            return f"{value / unit:.5g}{sign}"
    text = f"{value:.5g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
    return "0" if float(text) == 0 else text


def exact(value: float) -> str:
    """A value as a table holds it: up to six significant digits, all of a whole number, a separator for thousands.

    >>> [exact(value) for value in (-118.49, 500001.0, 0.000012345678, 39320, 1e20)]
    ['-118.49', '500,001', '1.23457e-05', '39,320', '1e+20']
    """
    if math.isfinite(value) and value == round(value) and abs(value) < 1e15:
        return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.0f}"
    return f"{value:,.0f}" if 1e5 <= abs(value) < 1e15 else f"{value:.6g}"


def percent(share: float) -> str:
    """A share in words of a hundred.

    >>> [percent(share) for share in (0.25, 0.0031, 0.0, float("nan"))]
    ['25%', '0.31%', '0%', '-']
    """
    if math.isnan(share):
        return "-"
    return f"{100 * share:.3g}%" if abs(share) < 0.9995 or abs(share) > 1.0005 else f"{100 * share:.0f}%"


def counted(n: int, noun: str, plural: str = "") -> str:
    """
    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def listed(words: Sequence[str], last: str = "and", most: int = 8) -> str:
    """
    >>> listed(["a", "b", "c"]), listed(["a"]), listed(list("abcdefghij"), most=2)
    ('a, b and c', 'a', 'a, b and 8 more')
    """
    if len(words) > most:
        words = [*words[:most], f"{len(words) - most} more"]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + f" {last} {words[-1]}"


def plain(name: object, most: int = 24) -> str:
    """A name in a figure: without signs that steer lines and directions, and cut where it would not fit.

    >>> plain("a" * 30), plain("one" + chr(10) + "two"), plain("a" + chr(0x202E) + "b")
    ('aaaaaaaaaaaaaaaaaaaaaaa…', 'one two', 'ab')
    """
    text = "".join(" " if sign.isspace() else sign for sign in str(name))
    text = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return text if len(text) <= most else text[: most - 1] + "…"
