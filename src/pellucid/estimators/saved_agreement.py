"""Whether the parts of a model agree: what its arguments ask for is what its network, encoder and targets are.

`fit` makes the parts from the arguments by the functions that are called here again. Without this, a file (or an
estimator whose arguments were changed after `fit`) would predict one thing and say another of itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.engines.loss_and_gradient import check_target_weights
from pellucid.errors import DataError
from pellucid.estimators.chosen_layers import hidden_layers
from pellucid.estimators.chosen_loss import class_loss, is_one, number_loss
from pellucid.estimators.chosen_transforms import kinds_of
from pellucid.estimators.class_targets import ClassTargets
from pellucid.estimators.class_weight import BALANCED, make_class_weights
from pellucid.estimators.encoding_choice import categorical_columns, number_encoding_of
from pellucid.estimators.number_targets import NumberTargets
from pellucid.files.strict_json import short
from pellucid.mathematics.activations import Activation
from pellucid.mathematics.losses import PerTarget
from pellucid.mathematics.structure import Network
from pellucid.tables.categories import FrequencyColumn, OneHotColumn
from pellucid.tables.matrix_columns import names_by_position
from pellucid.tables.number_columns import NumberColumn


class Contradiction(DataError):
    """The arguments of an estimator and one of its fitted parts do not agree."""


def refuse_contradictions(
    estimator: Any, network: Network, columns: tuple, rules: tuple[str, str], targets: NumberTargets | ClassTargets
) -> None:
    """Hold the arguments against the network, the columns and rules of the encoder, and the targets.

    Parameters
    ----------
    estimator : with arguments that have been checked
    rules : pair of str
        The encoder's number_encoding and missing.

    Raises
    ------
    Contradiction
        Naming the argument and the part.
    ParameterError
        For an argument that `fit` would have refused for these columns or targets.
    """
    sizes, activations = hidden_layers(estimator)
    agree("hidden_layer_sizes", sizes, "its network has", network.sizes[1:-1])
    agree("activation", names_of(activations), "its network has", names_of(network.activations[:-1]))
    agree("dtype", estimator.dtype, "its network is of", network.dtype.name)
    agree("number_encoding", number_encoding_of(estimator), "its encoder has", rules[0])
    agree("missing", estimator.missing, "its encoder has", rules[1])
    check_categories(estimator, columns)
    check_loss(estimator, targets)
    if isinstance(targets, NumberTargets):
        kinds = kinds_of(estimator, targets.loss, targets.output_activation, len(targets.names))
        found = tuple(transform.kind for transform in targets.transforms)
        agree("target_transform", kinds, "the transforms of its targets are", found)
        if bool(estimator.clip_predictions) != (targets.limits is not None):
            limits = "no limits" if targets.limits is None else "limits"
            raise Contradiction(
                f"its argument clip_predictions is {estimator.clip_predictions}, but its targets have {limits}"
            )
    else:
        check_class_weight(estimator, targets)
    n_targets = targets.loss.n_targets(targets.n_outputs)
    check_target_weights(estimator.target_weights, n_targets, type(estimator).__name__)


def agree(argument: str, asked: Any, part: str, found: Any) -> None:
    """Refuse what differs."""
    if asked != found:
        raise Contradiction(f"its argument {argument} asks for {short(asked)}, but {part} {short(found)}")


def names_of(activations: tuple[Activation, ...]) -> tuple[str, ...]:
    return tuple(activation.name for activation in activations)


def check_categories(estimator: Any, columns: tuple) -> None:
    """Columns that were named are categories, numbers are only where they were named, and none has too many levels."""
    names = tuple(column.name for column in columns)
    chosen = set(categorical_columns(estimator.categorical_features, names, type(estimator).__name__))
    for column in columns:
        is_category = isinstance(column, OneHotColumn | FrequencyColumn)
        if column.name in chosen and not is_category:
            raise Contradiction(
                f"its argument categorical_features names the column {short(column.name)}, which is no category of "
                "its encoder"
            )
        if is_category and column.of == "number" and column.name not in chosen:
            raise Contradiction(
                f"its argument categorical_features does not name the column {short(column.name)}, whose numbers are "
                "categories of its encoder"
            )
        if isinstance(column, OneHotColumn) and len(column.levels) > estimator.max_categories:
            raise Contradiction(
                f"its argument max_categories asks for {estimator.max_categories}, but the column "
                f"{short(column.name)} of its encoder has {len(column.levels)}"
            )


def check_loss(estimator: Any, targets: NumberTargets | ClassTargets) -> None:
    """The loss, with its numbers, and the output activation, of all targets or of each."""
    each = not (is_one(estimator.loss) and is_one(estimator.output_activation))
    if each != isinstance(targets.loss, PerTarget):  # first, since what has many targets has one loss for all
        of = {True: "for each target", False: "for all targets"}
        raise Contradiction(
            f"its arguments loss and output_activation are given {of[each]}, but the loss of its targets is one "
            f"{of[not each]}"
        )
    n_targets = len(targets.names)
    if isinstance(targets, NumberTargets):
        loss, activation = number_loss(estimator, n_targets)
    else:
        loss, activation = class_loss(estimator, targets.kind, n_targets)
    agree("loss", loss, "its targets have", targets.loss)
    if activation != targets.output_activation:
        raise Contradiction(
            f"its argument output_activation asks for {short(activation.name)}, but its targets and its network have "
            f"{short(targets.output_activation.name)}"
        )


def check_class_weight(estimator: Any, targets: ClassTargets) -> None:
    """The numbers that were given; "balanced" ones came from the rows, which are not there."""
    choice, found = estimator.class_weight, targets.class_weights
    n = len(targets.names)
    no_rows = np.empty((0, n))
    expected = make_class_weights(
        choice, targets.kind, targets.classes, targets.names, no_rows, no_rows[:, 0], type(estimator).__name__
    )
    if expected is None and found is None:
        return
    if expected is None or found is None:
        weights = "no class weights" if found is None else "class weights"
        raise Contradiction(f"its argument class_weight is {short(choice)}, but its targets have {weights}")
    is_given = [part != BALANCED for part in (choice if isinstance(choice, list | tuple) else [choice] * n)]
    if not np.array_equal(expected[is_given], found[is_given]):
        raise Contradiction(f"its argument class_weight is {short(choice)}, but its targets have other class weights")


def refuse_no_names(columns: tuple) -> None:
    """Refuse columns that no `fit` on an array can have made: other than numbers, or of other names.

    Raises
    ------
    Contradiction
    """
    for column in columns:
        numbers = isinstance(column, NumberColumn) or (
            isinstance(column, OneHotColumn | FrequencyColumn) and column.of == "number"
        )
        if not numbers:
            raise Contradiction(
                f"its field has_feature_names is false, but the column {short(column.name)} of its encoder holds what "
                "only a table with names has"
            )
    for column, name in zip(columns, names_by_position(len(columns)), strict=True):
        if column.name != name:
            raise Contradiction(
                f"its field has_feature_names is false, but a column of its encoder is called {short(column.name)}, "
                f"not {name}"
            )
