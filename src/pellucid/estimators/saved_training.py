"""What a model file says of how the model was made: a summary of its training, and the versions that made it."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

import pellucid
from pellucid.engines.choice import ENGINES
from pellucid.errors import DataError
from pellucid.estimators.described_fields import (
    COUNT,
    NUMBER_OR_NOTHING,
    TEXT,
    VERSION,
    fields_of,
    one_of_texts,
    or_nothing,
)
from pellucid.training.run import REASONS

SUMMARY = {
    "epochs": COUNT,
    "best_epoch": COUNT,
    "stopped_by": one_of_texts(REASONS),
    "engine": one_of_texts(ENGINES[1:]),
    "units": TEXT,
    "training_loss": NUMBER_OR_NOTHING,
    "validation_loss": NUMBER_OR_NOTHING,
}
VERSIONS = {"pellucid": VERSION, "python": VERSION, "numpy": VERSION, "numba": or_nothing(VERSION)}


def describe_training(model: Any) -> dict[str, Any]:
    """Epochs, why it ended, the engine, and J of the best epoch in these units, as in the history.

    Of a model from a file its own summary, since it has no history.
    """
    if not hasattr(model, "history_"):
        return dict(model._summary)
    best = next((record for record in model.history_ if record.epoch == model.best_epoch_), None)
    return {
        "epochs": model.n_iter_,
        "best_epoch": model.best_epoch_,
        "stopped_by": model.stopped_by_,
        "engine": model.engine_,
        "units": model.history_.units,
        "training_loss": finite(best and best.training_loss),
        "validation_loss": finite(best and best.validation_loss),
    }


def finite(loss: float | None) -> float | None:
    """The loss as JSON can hold it."""
    return float(loss) if loss is not None and np.isfinite(loss) else None


def rebuild_training(model: Any, described: Any) -> None:
    """Give the model what its summary says."""
    summary = fields_of(described, SUMMARY, "its training")
    if summary["best_epoch"] > summary["epochs"]:
        raise DataError("the best epoch of its training is after the last")
    model.n_iter_, model.best_epoch_ = summary["epochs"], summary["best_epoch"]
    model.stopped_by_, model.engine_ = summary["stopped_by"], summary["engine"]
    model._summary = summary


def describe_versions() -> dict[str, str | None]:
    """The versions that decide how numbers are computed."""
    try:
        numba = version("numba")
    except PackageNotFoundError:
        numba = None
    return {
        "pellucid": pellucid.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba,
    }


def check_versions(described: Any) -> None:
    """Look at their form only: that others made a file is no reason to refuse it."""
    fields_of(described, VERSIONS, "its versions")
