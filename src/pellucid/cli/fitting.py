"""The estimator for a table's task, fitted on its training part, with progress on a terminal."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

from pellucid.cli.training_data import TrainingData
from pellucid.engines.choice import must_compile
from pellucid.errors import ParameterError, TrainingWarning
from pellucid.estimators.classifier import FeedForwardClassifier
from pellucid.estimators.regressor import FeedForwardRegressor
from pellucid.training.progress_bar import ProgressBar


def make_model(settings: Mapping[str, Any], data: TrainingData, class_weight: str | None) -> Any:
    """The estimator of the task that the table has turned out to be."""
    if data.task.kind != "regression":
        return FeedForwardClassifier(**settings, class_weight=class_weight)
    if class_weight is not None:
        raise ParameterError("--class-weight is for classes, and this is a regression: leave it out.")
    return FeedForwardRegressor(**settings)


def fit(model: Any, data: TrainingData, callbacks: Sequence[Any], *, show: bool, resume: bool) -> bool:
    """Fit the model on the training rows and validate it on those for that; whether the run came to its end.

    After Ctrl-C the model is the best so far, or not fitted if no epoch was over.

    Parameters
    ----------
    model : an estimator
    data : TrainingData
    callbacks : sequence of callables
        Called after every epoch.
    show : bool
        Whether a bar is shown, where there is a terminal.
    resume : bool
        Whether it goes on from a checkpoint.
    """
    if must_compile(model.engine):
        print("note: compiling the kernels for this machine, once (some 40 seconds) ...", file=sys.stderr)
    with closing(ProgressBar()) as bar, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Training was interrupted", TrainingWarning)  # the command says more
        if show:
            bar.start(model.max_iter)  # the first epoch may take long
        model.set_params(callbacks=[*callbacks, *([bar] if show else [])])
        try:
            model.fit(
                data.features(data.training),
                data.targets_of(data.training),
                data.weights_of(data.training),
                X_val=data.features(data.validation),
                y_val=data.targets_of(data.validation),
                sample_weight_val=data.weights_of(data.validation),
                exposure=data.exposure_of(data.training),
                exposure_val=data.exposure_of(data.validation),
                resume=resume,
            )
        except KeyboardInterrupt:
            return False
    return model.stopped_by_ != "interrupt"
