"""What is remembered of a number column, one form for each way to encode numbers; and how it is learnt."""

from typing import NamedTuple

import numpy as np

from pellucid.tables.normal_knots import NARROW, SHARES, TINY, distinct_places, normal_knots

N_BINS = 16


def standardised(name, mean, scale):
    """The formula by which something is moved and scaled, to six digits.

    Examples
    --------
    >>> standardised("x", -3.0, 2.0)
    '(x + 3) / 2'
    """
    return f"({name} {'+' if mean < 0 else '-'} {abs(mean):.6g}) / {scale:.6g}"


class StandardNumber(NamedTuple):
    """z = (x - mean) / scale; `fill` stands for a missing x. Without standardising, mean 0 and scale 1."""

    name: str
    mean: float
    scale: float
    fill: float
    missing: bool  # whether values were missing in fitting, so that there is an indicator

    @property
    def n_features(self):
        return 1

    def describe(self):
        """The formula, with the column's own numbers."""
        return "z = x" if (self.mean, self.scale) == (0, 1) else f"z = {standardised('x', self.mean, self.scale)}"


class RobustNumber(NamedTuple):
    """u = (x - median) / scale, z = u / sqrt(1 + (u/3)^2), which never leaves (-3, 3)."""

    name: str
    median: float
    scale: float
    fill: float
    missing: bool

    @property
    def n_features(self):
        return 1

    def describe(self):
        return f"u = {standardised('x', self.median, self.scale)}, z = u / sqrt(1 + (u/3)^2)"


class QuantileNumber(NamedTuple):
    """z by linear interpolation through (knots, values), values the quantiles of the normal distribution."""

    name: str
    knots: tuple[float, ...]
    values: tuple[float, ...]
    fill: float
    missing: bool

    @property
    def n_features(self):
        return 1

    def describe(self):
        knots = "1 knot" if len(self.knots) == 1 else f"{len(self.knots)} knots"
        return f"z = the normal quantile of the rank of x in training, interpolated between {knots}"


class PiecewiseNumber(NamedTuple):
    """e_t = (x - b_(t-1)) / (b_t - b_(t-1)) for each bin t between edges b, clipped to [0, 1] but at the outer ends."""

    name: str
    edges: tuple[float, ...]
    fill: float
    missing: bool

    @property
    def n_features(self):
        return len(self.edges) - 1

    def describe(self):
        bins = "1 bin" if self.n_features == 1 else f"{self.n_features} bins"
        return f"e_t = (x - b_(t-1)) / (b_t - b_(t-1)) in {bins} between quantiles, clipped to [0, 1]"


NumberColumn = StandardNumber | RobustNumber | QuantileNumber | PiecewiseNumber
NUMBER_COLUMNS = {
    "standard": StandardNumber,
    "robust": RobustNumber,
    "quantile": QuantileNumber,
    "piecewise_linear": PiecewiseNumber,
    "none": StandardNumber,
}


def probabilities_of(encoding):
    """The quantiles that an encoding is learnt from; the median, of missing values, first."""
    if encoding == "robust":
        return [0.5, 0.0, 0.25, 0.75, 1.0]
    if encoding == "quantile":
        return [0.5, *SHARES]
    return [0.5, *np.linspace(0, 1, N_BINS + 1)] if encoding == "piecewise_linear" else [0.5]


def learn_number(encoding, name, mean, scale, quantiles, missing):
    """Make the column from its statistics, `quantiles` those of `probabilities_of`.

    Source
    ------
    robust: Holzmueller, Grinsztajn and Steinwart (2024), Better by default, section 3 and appendix (the range takes the
    place of a quartile range of 0). piecewise_linear: Gorishniy, Rubachev and Babenko (2022), On embeddings for
    numerical features in tabular deep learning, equation 1, with edges at quantiles.
    """
    fill, rest = float(quantiles[0]), quantiles[1:]
    if encoding == "robust":
        least, lower, upper, greatest = rest
        widths = (upper - lower, (greatest - least) / 2, 1.0)
        least = max(NARROW * abs(fill), TINY)
        width = next((width for width in widths if width > least), abs(fill))
        return RobustNumber(name, fill, float(width), fill, missing)
    if encoding == "quantile":
        return QuantileNumber(name, *normal_knots(rest), fill, missing)
    if encoding == "piecewise_linear":
        edges = rest[distinct_places(rest)]
        edges = edges if len(edges) > 1 else np.array([edges[0], edges[0] + max(1.0, abs(edges[0]))])
        return PiecewiseNumber(name, tuple(edges.tolist()), fill, missing)
    if encoding == "none":
        return StandardNumber(name, 0.0, 1.0, fill, missing)
    return StandardNumber(name, float(mean), float(scale), fill, missing)
