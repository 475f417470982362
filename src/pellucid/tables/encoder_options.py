"""What can be chosen about the encoding of a table."""

from typing import NamedTuple

from pellucid.tables.number_columns import NUMBER_COLUMNS

NUMBER_ENCODINGS = tuple(NUMBER_COLUMNS)
MISSING = ("median", "refuse")


class EncoderOptions(NamedTuple):
    """How columns become features.

    Attributes
    ----------
    number_encoding : str
        "standard", "robust", "quantile", "piecewise_linear" or "none".
    missing : str
        What becomes of missing numbers: the "median" stands in and an indicator tells, or "refuse".
    max_categories : int
        Levels of a category with a feature each, at most; the less frequent ones share one. A category of more than
        ten times as many levels is told by the frequency of its level alone.
    min_frequency : float
        The least share of the rows with a value, by weight, for a level to have a feature of its own.
    categorical : tuple of str
        Columns that are categories whatever they hold; none of them is left out as an identifier.
    """

    number_encoding: str = "standard"
    missing: str = "median"
    max_categories: int = 100
    min_frequency: float = 0.001
    categorical: tuple[str, ...] = ()
