"""What each constructor argument may be: one table of rules, checked before any work starts."""

from __future__ import annotations

from os import PathLike
from typing import Any

from pellucid.engines.choice import ENGINES
from pellucid.errors import ParameterError, wrong_parameter
from pellucid.estimators.chosen_loss import LOSS_RULE, OUTPUT_RULE
from pellucid.estimators.chosen_transforms import TRANSFORM_RULE
from pellucid.estimators.class_weight import CLASS_WEIGHT_RULE
from pellucid.estimators.dropout_choice import check_dropout, is_rate
from pellucid.estimators.encoding_choice import CATEGORICAL_RULE, is_categorical_choice
from pellucid.estimators.holding_out import SPLIT_RULE
from pellucid.estimators.scikit_learn_names import remedy_for
from pellucid.estimators.scoring import SCORING_RULE
from pellucid.estimators.solver_choice import SCHEDULES, SOLVERS, check_solver_choice, is_schedule
from pellucid.mathematics.activations import HIDDEN, Activation, is_ours
from pellucid.mathematics.activations.own import check_own_activation
from pellucid.mathematics.rules import (
    POSITIVE,
    YES_OR_NO,
    Rule,
    between,
    check,
    is_number,
    is_whole,
    number_from,
    one_of,
    or_none,
    whole_from,
)
from pellucid.mathematics.starting_weights import STARTING_WEIGHTS
from pellucid.tables.encoder_options import MISSING, NUMBER_ENCODINGS


def is_hidden(activation: Any) -> bool:
    """Whether a hidden layer may have it: by its name, or one of the user's own."""
    if isinstance(activation, str):
        return activation in HIDDEN
    return isinstance(activation, Activation) and activation.elementwise


RULES: dict[str, Rule] = {
    "hidden_layer_sizes": Rule(
        "a sequence of whole numbers >= 1, or () for no hidden layer",
        lambda value: isinstance(value, tuple | list) and all(is_whole(size) and size >= 1 for size in value),
    ),
    "activation": Rule(
        "one of " + ", ".join(HIDDEN) + ", an Activation, or a list of these, one for each hidden layer",
        lambda value: is_hidden(value) or (isinstance(value, tuple | list) and all(map(is_hidden, value))),
    ),
    "starting_weights": Rule(
        "one of " + ", ".join(map(repr, STARTING_WEIGHTS)) + ", or a list of pairs (W, c), one for each layer",
        lambda value: value in STARTING_WEIGHTS if isinstance(value, str) else isinstance(value, tuple | list),
    ),
    "loss": LOSS_RULE,
    "output_activation": OUTPUT_RULE,
    "class_weight": CLASS_WEIGHT_RULE,
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
    "learning_rate": Rule(
        "one of " + ", ".join(SCHEDULES) + ", or a schedule",
        lambda value: value in SCHEDULES if isinstance(value, str) else is_schedule(value),
    ),
    "weight_decay": or_none(number_from(0)),
    "clip_norm": or_none(POSITIVE),
    "dropout": Rule(
        "a number in [0, 1), or a list of these, one for each hidden layer",
        lambda value: all(map(is_rate, value)) if isinstance(value, tuple | list) else is_rate(value),
    ),
    "input_dropout": between(0, 1, "left"),
    "input_noise": number_from(0),
    "max_iter": whole_from(1),
    "shuffle": YES_OR_NO,
    "tol": number_from(0),
    "momentum": between(0, 1, "left"),
    "nesterovs_momentum": YES_OR_NO,
    "early_stopping": YES_OR_NO,
    "validation_fraction": between(0, 1, "none"),
    "validation_split": SPLIT_RULE,
    "scoring": SCORING_RULE,
    "beta_1": between(0, 1, "left"),
    "beta_2": between(0, 1, "left"),
    "epsilon": POSITIVE,
    "n_iter_no_change": whole_from(1),
    "standardise": Rule(
        "True, False, 'inputs' or 'targets'",
        lambda value: YES_OR_NO.holds(value) or (isinstance(value, str) and value in ("inputs", "targets")),
    ),
    "number_encoding": one_of("auto", *NUMBER_ENCODINGS),
    "missing": one_of(*MISSING),
    "categorical_features": Rule(CATEGORICAL_RULE, is_categorical_choice),
    "max_categories": whole_from(2),
    "min_frequency": between(0, 1, "left"),
    "target_transform": TRANSFORM_RULE,
    "clip_predictions": YES_OR_NO,
    "engine": one_of(*ENGINES),
    "dtype": one_of("float32", "float64"),
    "verbose": Rule("True, False or a whole number >= 0", lambda value: YES_OR_NO.holds(value) or is_whole(value)),
    "callbacks": Rule(
        "None or a sequence of callables (not classes) that take a TrainingState",
        lambda value: value is None or (isinstance(value, tuple | list) and all(map(is_callback, value))),
    ),
    "warm_start": YES_OR_NO,
    "max_time": or_none(POSITIVE),
    "checkpoint_dir": Rule("None or the path of a folder", lambda value: value is None or is_path(value)),
    "checkpoint_epochs": or_none(whole_from(1)),
    "checkpoint_seconds": or_none(POSITIVE),
}


def is_callback(value: Any) -> bool:
    """Whether it can be called with a state; a class, as ProgressBar without its brackets, only makes one that can."""
    return callable(value) and not isinstance(value, type)


def is_path(value: Any) -> bool:
    """Whether it names a file or folder, as text or as an object."""
    return isinstance(value, str | PathLike) and len(str(value)) > 0


def check_parameters(estimator: Any) -> None:
    """Refuse the first argument that breaks its rule, in scikit-learn's sentence; then wrong combinations."""
    owner = type(estimator).__name__
    check(owner, RULES, estimator.get_params(deep=False), remedy_for)
    activation, sizes = estimator.activation, estimator.hidden_layer_sizes
    several = isinstance(activation, tuple | list)
    if several and len(activation) != len(sizes):
        raise ParameterError(
            f"The `activation` parameter of {owner} names {len(activation)} activations for {len(sizes)} hidden "
            "layers. Give one name for all, or a list with one for each."
        )
    if estimator.standardise == "targets" and not estimator.scales_targets:
        raise ParameterError(
            f"The `standardise` parameter of {owner} must be True, False or 'inputs': classes have no scale. "
            "Got 'targets' instead."
        )
    if not estimator.scales_targets:
        for name, default in (("target_transform", "auto"), ("clip_predictions", False)):
            if getattr(estimator, name) != default:
                remedy = "It is for numbers: classes have neither a scale nor a range."
                raise wrong_parameter(name, owner, repr(default), getattr(estimator, name), remedy)
    if estimator.checkpoint_epochs is not None and estimator.checkpoint_dir is None:
        remedy, epochs = "Name a folder for checkpoints with it.", estimator.checkpoint_epochs
        raise wrong_parameter("checkpoint_epochs", owner, "None without checkpoint_dir", epochs, remedy)
    if estimator.warm_start and estimator.checkpoint_dir is not None:
        raise ParameterError(
            f"The `warm_start` and `checkpoint_dir` parameters of {owner} are two ways to go on, from a model in "
            "memory and from a folder. Give one of them."
        )
    check_dropout(estimator)
    check_solver_choice(estimator)
    for chosen in (activation, estimator.output_activation):
        for own in chosen if isinstance(chosen, tuple | list) else [chosen]:
            if isinstance(own, Activation) and not is_ours(own):
                check_own_activation(own)
