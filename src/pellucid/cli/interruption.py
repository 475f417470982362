"""What Ctrl-C leaves of `pellucid train`: the best model so far, in a file of its own, and the word on how to go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def unfinished_file(model: Path) -> Path:
    """Where the model of a run that was interrupted goes: the file of --model only ever holds that of a whole run."""
    return model.with_name(f"{model.stem}.unfinished{model.suffix}")


def keep_unfinished(fitted: Any, model: Path, checkpoints: Path | None) -> KeyboardInterrupt:
    """Write the best model so far, if there is one; the interrupt to raise, which says where it is and how to go on.

    Parameters
    ----------
    fitted : an estimator whose fit was interrupted
    model : Path
        Of --model.
    checkpoints : Path or None
    """
    if checkpoints is None:
        remedy = "With --checkpoints such a run can be resumed."
    else:
        remedy = "The same command with --resume goes on."
    if getattr(fitted, "n_iter_", 0) == 0:
        return KeyboardInterrupt(f"Interrupted before an epoch was over: there is no model yet. {remedy}")
    file = unfinished_file(model)
    fitted.save(file)
    return KeyboardInterrupt(
        f"Interrupted after epoch {fitted.n_iter_}. The best model so far, of epoch {fitted.best_epoch_}, was written "
        f"to {file}. {remedy}"
    )
