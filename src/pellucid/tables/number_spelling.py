"""How texts spell numbers: with a decimal point or a decimal comma, and with marks for thousands."""

import re

DECIMALS = {".": ",", ",": "."}  # each with the other
THOUSANDS = re.compile(r"[+-]?\d{1,3}([.,'’ \u00a0\u202f]\d{3})+([.,]\d+)?")


def number_in(text, decimal="."):
    """The number that a text spells as CSV files write it, or None.

    Examples
    --------
    >>> number_in("-2.5e3"), number_in("12,5"), number_in("12,5", decimal=","), number_in("1.234,5", decimal=",")
    (-2500.0, None, 12.5, None)
    """
    # Python's own numbers may have underscores, which no other program reads.
    if not isinstance(text, str) or "_" in text or DECIMALS[decimal] in text:
        return None
    try:
        return float(text.replace(decimal, "."))
    except ValueError:
        return None


def is_number_text(value, decimal="."):
    """Whether a text is a number as CSV files write it."""
    return number_in(value, decimal) is not None


def is_spelt_otherwise(text, decimal="."):
    """Whether a text that is no number with this decimal sign is one with the other, or one with marks for thousands.

    Examples
    --------
    >>> [is_spelt_otherwise(text) for text in ("12,5", "1,234", "1.234,5", "1 234", "12.5", "73,210 km")]
    [True, True, True, True, False, False]
    """
    if is_number_text(text, decimal):
        return False
    return is_number_text(text, DECIMALS[decimal]) or THOUSANDS.fullmatch(text.strip()) is not None


def how_to_spell(texts, decimal="."):
    """What to do about numbers that are spelt otherwise. What "1,234" means is not ours to guess.

    Examples
    --------
    >>> how_to_spell(["12,5", "1,234"])
    'with a decimal comma add `--decimal ,`, with one for thousands write them without it'
    >>> how_to_spell(["1,234.5"])
    'write them without marks for thousands, as 1234.5, or as 1234,5 with `--decimal ,`'
    """
    if not all(is_number_text(text, DECIMALS[decimal]) for text in texts):
        comma = ", or as 1234,5 with `--decimal ,`" if decimal == "." else ""
        return f"write them without marks for thousands, as 1234{decimal}5{comma}"
    sign, do = ("comma", "add") if decimal == "." else ("point", "leave out")
    return f"with a decimal {sign} {do} `--decimal ,`, with one for thousands write them without it"
