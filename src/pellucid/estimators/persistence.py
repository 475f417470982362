"""Between a fitted estimator and its model file: a description in plain values, and the arrays of its networks.

description  networks (a list), how they are combined, encoder, targets, the constructor's arguments, how it was made
arrays       theta_1, theta_2, ... of the networks; `numbers`, the long lists of the description (number_lists.py)
"""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np

import pellucid
from pellucid.errors import DataError, ModelFileError, ParameterError, visible
from pellucid.estimators.classifier import FeedForwardClassifier
from pellucid.estimators.course import Course, fixed_arguments
from pellucid.estimators.described_fields import ANYTHING, TRUTH, fields_of, one_of_texts, refuse_other_names
from pellucid.estimators.feed_forward import FeedForward
from pellucid.estimators.number_targets import NumberTargets
from pellucid.estimators.parameters import check_parameters
from pellucid.estimators.regressor import FeedForwardRegressor
from pellucid.estimators.saved_agreement import Contradiction, refuse_contradictions, refuse_no_names
from pellucid.estimators.saved_networks import COMBINATIONS, THETA, check_networks, describe_network, rebuild_network
from pellucid.estimators.saved_parameters import describe_parameters, rebuild_parameters
from pellucid.estimators.saved_size import REMEDY, excess
from pellucid.estimators.saved_targets import describe_targets, rebuild_targets
from pellucid.estimators.saved_training import check_versions, describe_training, describe_versions, rebuild_training
from pellucid.files.collection import collection_put_off
from pellucid.files.model_file import opened_model, write_model
from pellucid.files.number_lists import NAME, put_back, refuse_many, take_out
from pellucid.files.strict_json import Refusal
from pellucid.tables.description import columns_from_dict, count_features
from pellucid.tables.encoder import TableEncoder

ESTIMATORS = {"regressor": FeedForwardRegressor, "classifier": FeedForwardClassifier}
LONGEST_REASON = 400  # signs
FIELDS = {
    "versions": ANYTHING,
    "task": one_of_texts(tuple(ESTIMATORS)),
    "networks": ANYTHING,
    "combination": one_of_texts(COMBINATIONS),
    "encoder": ANYTHING,
    "targets": ANYTHING,
    "parameters": ANYTHING,
    "has_feature_names": TRUTH,
    "training": ANYTHING,
}


def save(model: FeedForward, path: str | PathLike[str]) -> None:
    """Write a fitted estimator to one file without code or data: atomically, so an old file is never lost.

    Its constructor's arguments are kept, but for callbacks, for a random_state that is a generator, for starting
    weights that are arrays ("auto" stands in their place), and for a scorer that is no name ("loss" does).

    Raises
    ------
    ModelFileError
        If it cannot be written, or holds what no file can: an activation of the user's own, classes that JSON has no
        values for, more columns or levels than a description may have. Or if its arguments have been changed since
        to others than those of its network, encoder and targets: the file would say of itself what it is not.
    ParameterError
        If its arguments have been changed since to what no fit accepts.
    """
    check_parameters(model)  # they may have been changed since, and `load` would refuse them
    description = {
        "versions": describe_versions(),
        "task": next(task for task, cls in ESTIMATORS.items() if isinstance(model, cls)),
        "networks": [describe_network(model.network_)],
        "combination": COMBINATIONS[0],
        "encoder": model.encoder_.to_dict(),
        "targets": describe_targets(model.targets_),
        "parameters": describe_parameters(model),
        "has_feature_names": hasattr(model, "feature_names_in_"),
        "training": describe_training(model),
    }
    numbers: list[float] = []
    taken = take_out(description, numbers)
    try:
        refuse_many(len(numbers))
        rebuild(description, model.network_.theta)  # nothing is written that could not be read
    except Contradiction as error:
        raise ModelFileError(
            f"This {type(model).__name__} cannot be saved: {beginning(error)}. Set its arguments to what they were in "
            "fit, or fit again."
        ) from None
    except (DataError, ParameterError, Refusal) as error:
        raise ModelFileError(f"This {type(model).__name__} cannot be saved: {beginning(error)}.") from None
    if (problem := excess(taken)) is not None:
        raise ModelFileError(f"This {type(model).__name__} cannot be saved: {problem}. {REMEDY}")
    write_model(path, taken, {THETA: model.network_.theta, NAME: np.array(numbers, dtype=np.float64)})


def load(path: str | PathLike[str]) -> FeedForwardRegressor | FeedForwardClassifier:
    """Read the estimator that `model.save` wrote; it predicts the same bits, and a clone of it trains as one of that.

    Only descriptions and numbers are read, never code. Its history, its callbacks and its training data are not in the
    file.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    FeedForwardRegressor or FeedForwardClassifier

    Raises
    ------
    ModelFileError
        If the file is missing, damaged, of another kind or made by a newer pellucid.

    Examples
    --------
    >>> import tempfile
    >>> X, y = [[0.0], [1.0], [2.0]] * 5, [0.0, 1.0, 2.0] * 5
    >>> model = FeedForwardRegressor((4,), max_iter=5, random_state=0).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save(f"{folder}/line.safetensors")
    ...     again = load(f"{folder}/line.safetensors")
    >>> bool((again.predict([[0.5]]) == model.predict([[0.5]])).all())
    True
    """
    with collection_put_off(), opened_model(path) as file:
        try:
            fields_of(file.description, FIELDS, "it")
            check_networks(file.description["networks"], file.entries)
            kinds = {entry.name: (entry.dtype, len(entry.shape)) for entry in file.entries}
            refuse_other_names(kinds, {THETA, NAME}, "its list of arrays")
            if kinds[NAME] != (np.float64, 1):
                raise DataError(f"its array {NAME} must be a list of the type F64")
            arrays = file.read_arrays()
            return rebuild(put_back(file.description, arrays[NAME]), arrays[THETA])
        except (DataError, ParameterError) as error:
            raise Refusal(
                f"it does not describe a model of this version: {beginning(error)}",
                f"save the model again with pellucid {pellucid.__version__}",
            ) from None


def rebuild(description: dict[str, Any], theta: np.ndarray) -> Any:
    """The fitted estimator of a description, whose networks have been checked, and of its parameters.

    Raises
    ------
    DataError, ParameterError
        If anything does not fit; nothing else is raised, whatever the description.
    """
    network = rebuild_network(description["networks"][0], theta)
    columns, encoding, missing = columns_from_dict(description["encoder"])
    targets = rebuild_targets(description["targets"], network.sizes[-1], description["networks"][0]["activations"][-1])
    expected = (count_features(columns), targets.n_outputs, targets.output_activation)
    found = (network.sizes[0], network.sizes[-1], network.activations[-1])
    if expected != found:
        raise DataError(f"its encoder and targets need {shown(expected)}, its network has {shown(found)}")
    task = description["task"]
    if (task == "regressor") != isinstance(targets, NumberTargets):
        raise DataError(f"a {task} cannot have these targets")
    check_versions(description["versions"])

    model = rebuild_parameters(ESTIMATORS[task], description["parameters"])
    if not description["has_feature_names"]:
        refuse_no_names(columns)
    refuse_contradictions(model, network, columns, (encoding, missing), targets)
    rebuild_training(model, description["training"])
    # Last, when nothing can be refused any more: it names every feature.
    encoder = TableEncoder(columns, encoding, missing)
    model.network_, model.encoder_, model.targets_ = network, encoder, targets
    model.n_features_in_ = len(encoder.column_names)
    if description["has_feature_names"]:
        model.feature_names_in_ = np.array(encoder.column_names, dtype=object)
    model.n_outputs_ = targets.n_outputs
    model._course = Course(None, None, "", "", model.n_iter_, fixed_arguments(model))
    return model


def shown(ends: tuple[int, int, Any]) -> str:
    """Inputs, outputs and the last activation, as a message names them."""
    return f"{ends[0]} inputs, {ends[1]} outputs and {ends[2].name}"


def beginning(error: Exception) -> str:
    """What is wrong, as far as a line has place for it: the file may have names of any length in it."""
    text = " ".join(str(error)[: LONGEST_REASON + 1].split())
    return visible(text if len(text) <= LONGEST_REASON else text[:LONGEST_REASON] + " ...").rstrip(".")
