"""Between a fitted estimator and its model file: a description in plain values, and one array, theta."""

from __future__ import annotations

from numbers import Integral
from os import PathLike
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

import pellucid
from pellucid.engines.loss_and_gradient import check_target_weights
from pellucid.errors import DataError, ModelFileError, ParameterError
from pellucid.estimators.classifier import FeedForwardClassifier
from pellucid.estimators.course import Course, fixed_arguments
from pellucid.estimators.feed_forward import FeedForward
from pellucid.estimators.number_targets import NumberTargets
from pellucid.estimators.parameter_objects import (
    describe_activation,
    describe_object,
    is_object,
    rebuild_object,
)
from pellucid.estimators.parameters import check_parameters
from pellucid.estimators.regressor import FeedForwardRegressor
from pellucid.estimators.saved_targets import describe_targets, rebuild_targets, refuse_other_names
from pellucid.files.model_file import read_model, write_model
from pellucid.mathematics.activations import Activation
from pellucid.mathematics.structure import Network
from pellucid.tables.encoder import TableEncoder
from pellucid.training.history import LOSS

ESTIMATORS = {"regressor": FeedForwardRegressor, "classifier": FeedForwardClassifier}
# Callbacks are code, which no model file holds; where a run was saved on the way is nothing of the model's.
NOT_KEPT = {"callbacks", "checkpoint_dir", "checkpoint_epochs", "checkpoint_seconds"}


def save(model: FeedForward, path: str | PathLike[str]) -> None:
    """Write a fitted estimator to one file without code or data: atomically, so an old file is never lost.

    Its constructor's arguments are kept, but for callbacks, for a random_state that is a generator, for starting
    weights that are arrays ("auto" stands in their place), and for a scorer that is no name ("loss" does).

    Raises
    ------
    ModelFileError
        If it cannot be written, or holds classes that JSON cannot, or an activation of the user's own.
    ParameterError
        If its arguments have been changed since to what no fit accepts.
    """
    network = model.network_
    check_parameters(model)  # they may have been changed since, and `load` would refuse them
    description = {
        "pellucid": pellucid.__version__,
        "task": next(task for task, cls in ESTIMATORS.items() if isinstance(model, cls)),
        "network": {
            "sizes": list(network.sizes),
            "activations": [describe_activation(activation) for activation in network.activations],
        },
        "encoder": model.encoder_.to_dict(),
        "targets": describe_targets(model.targets_),
        "parameters": describe_parameters(model),
        "has_feature_names": hasattr(model, "feature_names_in_"),
        "training": {
            "epochs": model.n_iter_,
            "best_epoch": model.best_epoch_,
            "stopped_by": model.stopped_by_,
            "engine": model.engine_,
        },
    }
    write_model(path, description, {"theta": network.theta})


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
    description, arrays = read_model(path)
    try:
        return rebuild(description, arrays)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError, OverflowError) as error:
        raise ModelFileError(
            f"The model file {str(path)!r} does not describe a model of this version "
            f"({type(error).__name__}: {error}); save the model again with pellucid {pellucid.__version__}."
        ) from error


def rebuild(description: dict[str, Any], arrays: dict[str, np.ndarray]) -> Any:
    """The fitted estimator of a description and its arrays; anything that does not fit raises."""
    known = {"pellucid", "task", "network", "encoder", "targets", "parameters", "has_feature_names", "training"}
    refuse_other_names(description, known)
    refuse_other_names(arrays, {"theta"})
    structure, training = description["network"], description["training"]
    refuse_other_names(structure, {"sizes", "activations"})
    refuse_other_names(training, {"epochs", "best_epoch", "stopped_by", "engine"})

    theta = arrays["theta"]
    if theta.dtype.name not in ("float32", "float64"):
        raise ParameterError(f"theta has the type {theta.dtype}")
    network = Network(structure["sizes"], structure["activations"], theta)
    encoder = TableEncoder.from_dict(description["encoder"])
    targets = rebuild_targets(description["targets"], structure["activations"][-1])
    expected = (encoder.n_features, targets.n_outputs, targets.output_activation)
    found = (network.sizes[0], network.sizes[-1], network.activations[-1])
    if expected != found:
        raise DataError(f"its encoder and targets need {expected}, its network has {found}")
    task = description["task"]
    if (task == "regressor") != isinstance(targets, NumberTargets):
        raise DataError(f"a {task} cannot have these targets")

    model = rebuild_parameters(ESTIMATORS[task], description["parameters"])
    model.network_, model.encoder_, model.targets_ = network, encoder, targets
    model.n_features_in_ = len(encoder.column_names)
    if description["has_feature_names"]:
        model.feature_names_in_ = np.array(encoder.column_names, dtype=object)
    model.n_iter_, model.best_epoch_ = training["epochs"], training["best_epoch"]
    model.stopped_by_, model.engine_ = training["stopped_by"], training["engine"]
    model.n_outputs_ = targets.n_outputs
    model._course = Course(None, None, "", "", model.n_iter_, fixed_arguments(model))
    return model


def describe_parameters(model: FeedForward) -> dict[str, Any]:
    """The constructor's arguments in plain values; what has none is left out."""
    parameters = model.get_params(deep=False)
    if not isinstance(parameters["random_state"], Integral):
        parameters["random_state"] = None
    for name, known in (("starting_weights", "auto"), ("scoring", LOSS)):
        if not isinstance(parameters[name], str):
            parameters[name] = known
    return {name: plain(value) for name, value in parameters.items() if name not in NOT_KEPT}


def plain(value: Any) -> Any:
    """A number, text, truth, sequence or object among the arguments as JSON knows it."""
    if isinstance(value, Activation):
        return describe_activation(value)
    if is_object(value):
        return {name: plain(field) for name, field in describe_object(value).items()}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    if isinstance(value, dict):  # the keys of class_weight need not be text
        return {"dict": [[plain(key), plain(part)] for key, part in value.items()]}
    return value


def rebuild_parameters(cls: type[FeedForward], described: Any) -> Any:
    """An estimator with these arguments, held to the same rules as those that a user gives."""
    refuse_other_names(described, set(cls().get_params()) - NOT_KEPT)
    model = cls(**{name: rebuilt(value) for name, value in described.items()})
    model.hidden_layer_sizes = tuple(model.hidden_layer_sizes)
    check_parameters(model)
    check_random_state(model.random_state)
    if model.target_weights is not None:
        check_target_weights(model.target_weights, len(model.target_weights), cls.__name__)
    return model


def rebuilt(value: Any) -> Any:
    """An argument from plain values, with the objects in it."""
    if isinstance(value, list):
        return [rebuilt(part) for part in value]
    if isinstance(value, dict) and set(value) == {"dict"}:
        return {rebuilt(key): rebuilt(part) for key, part in value["dict"]}
    return rebuild_object(value) if isinstance(value, dict) else value
