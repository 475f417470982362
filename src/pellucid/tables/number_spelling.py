"""How texts spell numbers: with a decimal point or a decimal comma, and with marks for thousands."""

import re

import pyarrow.compute as pc

from pellucid.tables.frames import is_text

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


def almost_numbers(table, feature_names, decimal="."):
    """Name the text columns that seem to hold numbers: {name: what they hold, and what to do}.

    At most 15 in 100 values are no numbers in any spelling, as when a missing value is written "?". The spelling of the
    others may be another one: with a decimal comma, or with marks for thousands.

    Examples
    --------
    >>> import pyarrow as pa
    >>> for sentence in almost_numbers(pa.table({"a": ["1", "2.5", "?", *"345678"], "b": ["1,5"] * 9}), "ab").values():
    ...     print(sentence.replace(". ", "." + chr(10)))
    The column 'a' is read as text, since 1 of its 9 values is no number ('?').
    If it holds numbers, leave these fields empty.
    The column 'b' is read as text, since 9 of its 9 values are no plain numbers ('1,5').
    If it holds numbers: with a decimal comma add `--decimal ,`, with one for thousands write them without it.
    """
    found = {}
    for name in feature_names:
        if not is_text(table[name].type):
            continue
        counts = pc.value_counts(pc.drop_null(table[name])).to_pylist()
        texts = {entry["values"]: entry["counts"] for entry in counts}
        odd = {text: count for text, count in texts.items() if not is_number_text(text, decimal)}
        otherwise = {text: count for text, count in odd.items() if is_spelt_otherwise(text, decimal)}
        n, n_odd, n_otherwise = (sum(some.values()) for some in (texts, odd, otherwise))
        if not odd or n_odd - n_otherwise > 0.15 * n:
            continue
        shown, n_shown, plain = (otherwise, n_otherwise, "plain ") if otherwise else (odd, n_odd, "")
        listed = ", ".join(map(repr, list(shown)[:3])) + (", ..." if len(shown) > 3 else "")
        are = f"is no {plain}number" if n_shown == 1 else f"are no {plain}numbers"
        remedy = f": {how_to_spell(otherwise, decimal)}" if otherwise else ", leave these fields empty"
        if n_odd > n_otherwise > 0:
            remedy += ", and leave what is no number empty"
        found[name] = (
            f"The column '{name}' is read as text, since {n_shown:,} of its {n:,} values {are} ({listed}). If it holds "
            f"numbers{remedy}."
        )
    return found


def spelt_otherwise(column, decimal="."):
    """The first texts, if all are numbers in this spelling or in another, which some are; else none.

    Examples
    --------
    >>> import pyarrow as pa
    >>> spelt_otherwise(pa.chunked_array([["1,5", "2"]])), spelt_otherwise(pa.chunked_array([["1,5", "a"]]))
    (['1,5'], [])
    """
    first = pc.drop_null(column)[:100].to_pylist()
    otherwise = [text for text in first if is_spelt_otherwise(text, decimal)]
    n_plain = sum(is_number_text(text, decimal) for text in first)
    return otherwise if len(otherwise) + n_plain == len(first) else []
