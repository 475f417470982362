"""What each constructor argument may be: one table of rules, checked before any work starts."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, NamedTuple

from pellucid.engines.choice import ENGINES
from pellucid.errors import ParameterError, wrong_parameter
from pellucid.mathematics.activations import ELEMENTWISE
from pellucid.mathematics.updates import Adam, GradientDescent, Momentum, Solver

SOLVERS = ("adam", "sgd", "gd")

DOCUMENTATION = """
    Parameters
    ----------
    hidden_layer_sizes : sequence of ints, default (64, 64)
        Units of each hidden layer. () is the linear or logistic model.
    activation : str or list of str, default "relu"
        For all hidden layers, or one for each: linear, relu, leaky_relu, elu, sigmoid, tanh, softplus, gelu, silu.
    solver : {"adam", "sgd", "gd"}, default "adam"
        "sgd" has momentum; "gd" is the text's gradient descent on all rows at once.
    alpha, l1 : float, default 0
        Penalties (alpha/2) ||W||^2 and l1 |W| on the weights, divided by nothing (scikit-learn divides its alpha by
        the number of rows).
    batch_size : int, "auto" or "full", default "auto"
        Rows of a mini-batch. "auto" makes about 30 steps an epoch, within 32 to 256 rows.
    learning_rate_init : float or "auto", default "auto"
        "auto" is 0.001 for adam, 0.01 for sgd and 0.1 for gd.
    max_iter : int, default 400
        Epochs at most.
    shuffle : bool, default True
        Whether each epoch takes the rows in a new order.
    random_state : int, RandomState or None
        Decides the starting weights, the rows held out and every order: the same int gives the same model.
    tol : float, default 1e-4
        In the units of the loss: a smaller improvement does not begin the patience anew.
    verbose : bool, default False
        Print the losses to standard error.
    momentum, nesterovs_momentum : float in [0, 1), default 0.9, and bool, default True
        Of "sgd".
    early_stopping : bool, default True
        Hold out `validation_fraction` of the rows (unless X_val is given), stop when the objective J on them has not
        improved by tol for n_iter_no_change epochs, and keep the best weights. Without it and without X_val, the
        running mean of the training loss is watched instead, and the last weights are kept.
    validation_fraction : float in (0, 1), default 0.15
    beta_1, beta_2, epsilon : floats, default 0.9, 0.999, 1e-8
        Of "adam".
    n_iter_no_change : int, default 20
        Epochs of patience.
    standardise : bool, "inputs" or "targets", default True
        Subtract the mean and divide by the standard deviation: of inputs, and of targets where the loss scales (rss).
    target_weights : sequence of floats, optional
        What each target counts in J; 1 unless given.
    engine : {"auto", "compiled", "reference"}, default "auto"
    dtype : {"float32", "float64"}, default "float32"
        In which the network computes; statistics and sums are in float64 always.
    callbacks : sequence of callables, optional
        Each is called with a TrainingState after every epoch; a true result stops the run.

    Attributes
    ----------
    network_ : Network
        With the best weights by validation (or the last ones).
    history_ : History
        A record of every epoch; `history_.units` says in which units its losses are.
    n_iter_, best_epoch_ : int
        Epochs made, and the epoch of the weights in network_.
    stopped_by_ : str
        "max_epochs", "patience", "callback", "interrupt" or "not finite".
    encoder_ : TableEncoder
        From columns to the network's inputs.
    engine_ : str
    n_features_in_ : int
    feature_names_in_ : array of str, where X had column names
    n_outputs_ : int
"""


class Rule(NamedTuple):
    """A sentence, and the test that it states."""

    text: str
    holds: Callable[[Any], bool]


def is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def whole_from(least: int) -> Rule:
    return Rule(f"a whole number >= {least}", lambda value: is_whole(value) and value >= least)


def number_from(least: float) -> Rule:
    return Rule(f"a number >= {least:g}", lambda value: is_number(value) and value >= least)


def between(low: float, high: float, closed: str) -> Rule:
    left, right = ("[" if closed == "left" else "("), ")"

    def holds(value: Any) -> bool:
        return is_number(value) and (low <= value if closed == "left" else low < value) and value < high

    return Rule(f"a number in {left}{low:g}, {high:g}{right}", holds)


def one_of(*names: str) -> Rule:
    listed = ", ".join(map(repr, names[:-1])) + f" or {names[-1]!r}"
    return Rule(listed, lambda value: isinstance(value, str) and value in names)


YES_OR_NO = Rule("True or False", lambda value: isinstance(value, bool) or type(value).__name__ == "bool")
POSITIVE = Rule("a number > 0", lambda value: is_number(value) and value > 0)

RULES: dict[str, Rule] = {
    "hidden_layer_sizes": Rule(
        "a sequence of whole numbers >= 1, or () for no hidden layer",
        lambda value: isinstance(value, tuple | list) and all(is_whole(size) and size >= 1 for size in value),
    ),
    "activation": Rule(
        "one of " + ", ".join(ELEMENTWISE) + ", or a list of these, one for each hidden layer",
        lambda value: (
            value in ELEMENTWISE
            if isinstance(value, str)
            else isinstance(value, tuple | list) and all(isinstance(f, str) and f in ELEMENTWISE for f in value)
        ),
    ),
    "solver": one_of(*SOLVERS),
    "alpha": number_from(0),
    "l1": number_from(0),
    "batch_size": Rule(
        "'auto', 'full' or a whole number >= 1",
        lambda value: value in ("auto", "full") if isinstance(value, str) else is_whole(value) and value >= 1,
    ),
    "learning_rate_init": Rule(
        "'auto' or a number > 0",
        lambda value: value == "auto" if isinstance(value, str) else is_number(value) and value > 0,
    ),
    "max_iter": whole_from(1),
    "shuffle": YES_OR_NO,
    "tol": number_from(0),
    "momentum": between(0, 1, "left"),
    "nesterovs_momentum": YES_OR_NO,
    "early_stopping": YES_OR_NO,
    "validation_fraction": between(0, 1, "none"),
    "beta_1": between(0, 1, "left"),
    "beta_2": between(0, 1, "left"),
    "epsilon": POSITIVE,
    "n_iter_no_change": whole_from(1),
    "standardise": Rule(
        "True, False, 'inputs' or 'targets'",
        lambda value: YES_OR_NO.holds(value) or (isinstance(value, str) and value in ("inputs", "targets")),
    ),
    "engine": one_of(*ENGINES),
    "dtype": one_of("float32", "float64"),
    "verbose": Rule("True, False or a whole number >= 0", lambda value: YES_OR_NO.holds(value) or is_whole(value)),
    "callbacks": Rule(
        "None or a sequence of callables that take a TrainingState",
        lambda value: value is None or (isinstance(value, tuple | list) and all(map(callable, value))),
    ),
}


def check_parameters(estimator: Any) -> None:
    """Refuse the first argument that breaks its rule, in scikit-learn's sentence; then wrong combinations."""
    owner = type(estimator).__name__
    parameters = estimator.get_params(deep=False)
    for name, rule in RULES.items():
        if name in parameters and not rule.holds(parameters[name]):
            raise wrong_parameter(name, owner, rule.text, parameters[name])
    activation, sizes = estimator.activation, estimator.hidden_layer_sizes
    if not isinstance(activation, str) and len(activation) != len(sizes):
        raise ParameterError(
            f"The `activation` parameter of {owner} names {len(activation)} activations for {len(sizes)} hidden "
            "layers. Give one name for all, or a list with one for each."
        )
    if estimator.standardise == "targets" and not estimator.scales_targets:
        raise ParameterError(
            f"The `standardise` parameter of {owner} must be True, False or 'inputs': classes have no scale. "
            "Got 'targets' instead."
        )
    if estimator.solver == "gd" and is_whole(estimator.batch_size):
        raise ParameterError(
            f"The solver 'gd' of {owner} is full-batch gradient descent and takes no `batch_size` of "
            f"{estimator.batch_size}. Use solver='sgd' for mini-batches, or batch_size='auto'."
        )


def make_solver(estimator: Any) -> Solver:
    """The solver of that name with the estimator's constants."""
    rate = estimator.learning_rate_init
    if estimator.solver == "gd":
        return GradientDescent(0.1 if rate == "auto" else float(rate))
    if estimator.solver == "sgd":
        rate = 0.01 if rate == "auto" else float(rate)
        return Momentum(rate, float(estimator.momentum), bool(estimator.nesterovs_momentum))
    rate = 0.001 if rate == "auto" else float(rate)
    return Adam(rate, float(estimator.beta_1), float(estimator.beta_2), float(estimator.epsilon))


def resolve_batch_size(estimator: Any, n_rows: int) -> int:
    """Rows of a batch: all for gd and "full"; "auto" grows with the table, so that an epoch has about 30 steps."""
    if estimator.solver == "gd" or estimator.batch_size == "full":
        return n_rows
    if estimator.batch_size == "auto":
        return int(min(max(32, 2 ** round(math.log2(max(n_rows / 30, 1)))), 256, n_rows))
    return int(min(estimator.batch_size, n_rows))
