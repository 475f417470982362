"""`check_gradients`: the gradient of a network on given rows by five independent ways, compared array by array."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.engines.choice import choose_engine
from pellucid.engines.loss_and_gradient import check_data, check_penalties, check_reduction, check_target_weights
from pellucid.errors import DataError, wrong_parameter
from pellucid.glassbox.gradient_report import Comparison, GradientReport
from pellucid.glassbox.gradient_ways import (
    by_engine,
    by_jax,
    by_observations,
    has_jax,
    has_own_blocks,
    is_known_to,
)
from pellucid.glassbox.numerical import NumericalObjective
from pellucid.glassbox.rounding import ROUNDING, rows_off_kinks, sizes_of_terms
from pellucid.glassbox.trace import in_float64, largest_tensor
from pellucid.glassbox.trace_record import LARGEST_TENSOR
from pellucid.mathematics.losses import Loss, check_network, get_loss
from pellucid.mathematics.objective import Objective, Observations, batch_gradient, target_totals
from pellucid.mathematics.structure import Gradient, Network

EXACT = 1e-10  # of the largest entry of the array: ways that differ in rounding only
NUMERICAL = 1e-7  # likewise, for differences; their own uncertainty is added
CANCELLED = 1e-3  # of the sizes of its terms: an array that is smaller is measured by them
TELLING = 1e-4  # of the largest entry: if rounding is more, agreement within it tells nothing
SAMPLE_STREAM = 2  # the generator of the sample is seeded by (seed, this)


def check_gradients(
    network: Network,
    X: Any,
    Y: Any,
    loss: str | Loss,
    *,
    sample_weight: Any = None,
    target_weights: Any = None,
    alpha: float = 0.0,
    l1: float = 0.0,
    reduction: str = "mean",
    engine: str = "auto",
    most_entries: int = 500,
    random_state: int = 0,
) -> GradientReport:
    """Compute the gradient of J on these rows in every way there is, and compare them array by array.

    Observation by observation with every Jacobian (the specification, with which the others are compared); the matrix
    form; the engine that trains; 4th-order central differences of J; and JAX's automatic differentiation of J, where
    JAX is installed. All in float64.

    Parameters
    ----------
    network : Network
    X, Y, loss, sample_weight, target_weights, alpha, l1, reduction : as for loss_and_gradient
    engine : "auto", "compiled" or "reference"
    most_entries : int
        Of each array W or c, so many entries are differentiated numerically: all, or a seeded sample.
    random_state : int
        Of that sample.

    Returns
    -------
    GradientReport
        Print it; `passed` and `worst` sum it up.

    Raises
    ------
    ParameterError, DataError
        As loss_and_gradient, and for weights that are not finite.

    Examples
    --------
    >>> network = Network.initialise([3, 4, 2], ["tanh", "linear"], random_state=0)
    >>> X, Y = np.linspace(-1, 1, 15).reshape(5, 3), np.ones((5, 2))
    >>> report = check_gradients(network, X, Y, "rss", engine="reference")
    >>> report.passed, report.worst < 1e-7
    (True, True)
    """
    owner = "check_gradients"
    network = in_float64(network, owner)
    block = get_loss(loss, owner)
    check_network(block, network)
    check_reduction(reduction, owner)
    check_penalties(alpha, l1, owner)
    for name, value, least in (("most_entries", most_entries, 1), ("random_state", random_state, 0)):
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
            raise wrong_parameter(name, owner, f"a whole number >= {least}", value)
    data = check_data(network, block, X, Y, sample_weight, owner)
    if np.isnan(data.Y).all():
        raise DataError(
            "Every target in Y is missing: there is no loss, and nothing to differentiate. Give other rows."
        )
    lambdas = check_target_weights(target_weights, data.Y.shape[1], owner)
    objective = Objective(block, lambdas, float(alpha), float(l1), reduction)
    return compare_all_ways(network, objective, data, engine, int(most_entries), int(random_state))


def compare_all_ways(
    network: Network, objective: Objective, data: Observations, engine: str, most_entries: int, seed: int
) -> GradientReport:
    """The report for data and an objective that are checked already."""
    notes: list[str] = []
    n_missing = int(np.isnan(data.Y).sum())
    if n_missing:
        notes.append(f"{n_missing:,} of the {data.Y.size:,} targets are missing: they have no loss and no gradient.")
    n_rows, off = len(data.X), rows_off_kinks(network, objective.loss, data)
    if len(off) < n_rows:
        notes.append(
            f"{n_rows - len(off):,} of {n_rows:,} rows left out: an h or a residual is on a kink there, or so near "
            "that rounding puts it on either side, and the slope is a matter of chance."
        )
        data = data.take(off)
    if len(off) == 0 or np.isnan(data.Y).all():
        return GradientReport((), "observations", len(off), network.theta.size, float("nan"), tuple(notes))
    matrix_form = batch_gradient(objective, network, data, objective.scales(target_totals(data.Y, data.w)))[1]
    if largest_tensor(network) <= LARGEST_TENSOR:
        specification, name = by_observations(network, objective, data), "observations"
        ways = {"matrix form": (matrix_form, specification)}
    else:
        specification, name, ways = matrix_form, "matrix form", {}
        notes.append(
            "Observation by observation left out: its largest tensor dh_dW would take "
            f"{largest_tensor(network) / 1e6:,.0f} MB for each row. The others are compared with the matrix form."
        )
    runs = choose_engine(engine, "check_gradients")
    if is_known_to(runs, network, objective.loss):
        ways[f"{runs.name} engine"] = (by_engine(runs, network, objective, data), specification)
    else:
        notes.append(f"The {runs.name} engine has no kernels for an activation or a loss of your own: left out.")
    if has_jax():
        try:
            ways["JAX autodiff"] = (by_jax(network, objective, data), specification)
        except TypeError as error:  # JAXTypeError is one
            if not has_own_blocks(network, objective.loss):
                raise
            notes.append(
                f"JAX cannot follow an activation or a loss of your own ({type(error).__name__}): left out. Take "
                "functions from the array's own namespace: h.__array_namespace__().sin(h), not numpy.sin(h)."
            )
    else:
        notes.append("JAX is not installed: its automatic differentiation is left out (pip install 'pellucid[jax]').")

    sizes = sizes_of_terms(network, objective, data)
    comparisons = [
        compare(way, gradient, expected, sizes, array)
        for way, (gradient, expected) in ways.items()
        for array in arrays_of(network)
    ]
    numerical = NumericalObjective(network, objective, data)
    generator = np.random.default_rng((seed, SAMPLE_STREAM))
    for array in arrays_of(network):
        comparisons.append(compare_numerically(numerical, specification, sizes, array, most_entries, generator))
        if array.size > most_entries:
            notes.append(
                f"Differences of {array.label}: a sample of {most_entries} of its {array.size:,} entries, seed {seed}."
            )
    return GradientReport(tuple(comparisons), name, len(data.X), network.theta.size, numerical.J, tuple(notes))


class ParameterArray:
    """W or c of one layer: where it lies in theta."""

    def __init__(self, network: Network, l: int, parameter: str):
        numbered = Gradient(np.arange(network.theta.size), network.sizes)
        places = (numbered.W if parameter == "W" else numbered.c)[l - 1]
        self.l, self.parameter = l, parameter
        self.places, self.shape, self.size = places.reshape(-1), places.shape, places.size
        self.label = f"{parameter} of layer {l}"

    def where(self, k: int) -> tuple[int, ...]:
        """The index of its k-th entry."""
        return tuple(int(i) for i in np.unravel_index(k, self.shape))


def arrays_of(network: Network) -> list[ParameterArray]:
    """W and c of every layer."""
    return [ParameterArray(network, l, name) for l in range(1, len(network.layers) + 1) for name in ("W", "c")]


def compare(
    way: str,
    gradient: np.ndarray,
    specification: np.ndarray,
    sizes: np.ndarray,
    array: ParameterArray,
) -> Comparison:
    """One array of one way against the specification."""
    found, expected = gradient[array.places], specification[array.places]
    size = sizes[array.places].max(initial=0.0)
    largest, rounding = np.abs(expected).max(initial=0.0), ROUNDING * size
    difference = np.abs(found - expected).max(initial=0.0)
    if TELLING * largest < rounding < largest and EXACT * largest < difference <= rounding:
        none = np.empty(0)
        return judge(way, array, none, none, none, none, size, n_unresolved=array.size)
    allowed = EXACT * largest + rounding
    return judge(way, array, np.arange(array.size), found, expected, np.full(array.size, allowed), size)


def compare_numerically(
    numerical: NumericalObjective,
    specification: np.ndarray,
    sizes: np.ndarray,
    array: ParameterArray,
    most_entries: int,
    generator: np.random.Generator,
) -> Comparison:
    """One array of the specification against differences, at all entries or a sample."""
    chosen = np.arange(array.size)
    if array.size > most_entries:
        chosen = np.sort(generator.choice(array.size, most_entries, replace=False))
    counted = numerical.derivatives(array.places[chosen])
    told = ~counted.level | (specification[counted.places] == 0)
    places, expected = counted.places[told], specification[counted.places[told]]
    size = sizes[array.places].max(initial=0.0)
    allowed = NUMERICAL * np.abs(specification[array.places]).max(initial=0.0) + counted.uncertainties[told]
    allowed += ROUNDING * size
    entries = places - array.places[0] if array.size else chosen
    left_out = counted.n_kinks, counted.n_unresolved + int(np.sum(~told))
    return judge("differences", array, entries, counted.values[told], expected, allowed, size, *left_out)


def judge(
    way: str,
    array: ParameterArray,
    entries: np.ndarray,
    found: np.ndarray,
    expected: np.ndarray,
    allowed: np.ndarray,
    size: float,
    n_kinks: int = 0,
    n_unresolved: int = 0,
) -> Comparison:
    """The worst entry, in units of the largest of the array, and whether every entry is within what is allowed.

    Where terms cancel to less than a thousandth of their size, that is the unit: what is left of them is rounding.
    """
    difference = np.abs(found - expected)
    largest = max(float(np.abs(expected).max(initial=0.0)), CANCELLED * float(size))
    worst = int(np.argmax(np.where(np.isnan(difference), np.inf, difference))) if len(entries) else None
    if worst is None:
        error, where = 0.0, ()
    else:
        raw = float(difference[worst])
        error = raw if largest == 0 else raw / largest
        where = array.where(int(entries[worst]))
    passed = bool((difference <= allowed).all())  # a NaN is not within anything
    return Comparison(way, array.l, array.parameter, len(entries), n_kinks, n_unresolved, error, where, passed)
