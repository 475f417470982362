"""The history of a run: one record an epoch, and which numbers they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from pellucid.training.history_table import flat_columns

RUNNING_MEAN, END_OF_EPOCH = "running mean", "end of epoch"
LOSS = "loss"  # what stopping watches unless it watches a score
DISTURBED_MEAN = "running mean under dropout or noise"


@dataclass(frozen=True)
class EpochRecord:
    """One epoch. Losses are J without penalties; `..._by_target` are its summands before the target weights.

    Attributes
    ----------
    epoch : int
        1 for the first.
    training_loss : float
        The running mean over the epoch: each row under the parameters of its own step, while theta moves. It
        is not J of any one theta; the validation loss is. With dropout or noise on the inputs each step's J is that
        given its masks and its noise, mostly a greater one. Of L-BFGS it is J at the end of the epoch.
    validation_loss : float or None
        J of the parameters at the end of the epoch, on the validation rows, never with dropout or noise.
    validation_score : float or None
        Of the same parameters by the scorer that stopping watches, greater is better; None where it watches a loss.
    learning_rate : float or None
        Of the epoch's last step; None for L-BFGS, which searches for the length of each step.
    dead_units, saturated_units : tuples of L ints
        For each layer, units that never left the flat part of their activation on the rows inspected.
    gradient_norms, update_norms : tuples of L floats
        For each layer, the root mean square over the epoch's steps of the norm of dJ_dtheta, before any clipping, and
        of the step as made. Of L-BFGS the gradient at the end of the epoch and the whole move.
    seconds : float
        Since the start of the run.
    """

    epoch: int
    training_loss: float
    training_by_target: tuple[float, ...]
    validation_loss: float | None
    validation_by_target: tuple[float, ...] | None
    validation_score: float | None = field(default=None, kw_only=True)
    learning_rate: float | None
    dead_units: tuple[int, ...]
    saturated_units: tuple[int, ...]
    gradient_norms: tuple[float, ...]
    update_norms: tuple[float, ...]
    seconds: float


@dataclass
class History:
    """All epochs of a run; a column by its name: `history["validation_loss"]`.

    Attributes
    ----------
    loss : str
        The name of the loss.
    target_names : tuple of str
    units : str
        The units of the losses: "standardised units" where the targets were standardised, "transformed units" where
        they were transformed in another way.
    target_scales : tuple of floats or None
        What one unit of the loss of each target is in the target's own units; NaN where that loss is not rss, and where
        no number says it: under a transform that is not linear. None where that is so of all.
    training : str
        What the training losses are: RUNNING_MEAN, DISTURBED_MEAN, or END_OF_EPOCH for L-BFGS.
    scoring : str
        What stopping and schedules watched: "loss", or the name of a scorer.
    """

    loss: str
    target_names: tuple[str, ...] = ("y",)
    units: str = "the target's own units"
    target_scales: tuple[float, ...] | None = None
    training: str = RUNNING_MEAN
    scoring: str = LOSS
    records: list[EpochRecord] = field(default_factory=list)

    def append(self, record: EpochRecord) -> None:
        self.records.append(record)

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[EpochRecord]:
        return iter(self.records)

    def __getitem__(self, column: str) -> np.ndarray:
        """One column as an array, (epochs,) or (epochs, targets or layers); NaN in epochs without validation."""
        if column not in EpochRecord.__dataclass_fields__:
            raise KeyError(f"The history has no column {column!r}. It has: {', '.join(self.columns)}.")
        values = [getattr(record, column) for record in self.records]
        shape = next((np.shape(value) for value in values if value is not None), ())
        return np.array([np.full(shape, np.nan) if value is None else value for value in values])

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns."""
        return tuple(EpochRecord.__dataclass_fields__)

    def rmse(self, part: str = "validation") -> np.ndarray:
        """Root mean squared error of each target in its own units, (epochs, targets), for the rss loss.

        NaN for a target with another loss, or learnt as its logarithm or by its quantiles: there J does not tell it.

        Parameters
        ----------
        part : "training" or "validation"
        """
        if self.target_scales is None:
            raise ValueError(
                "A root mean squared error in the target's own units belongs to the rss loss of targets as they are or "
                f"standardised; this history is of {self.loss} in {self.units}."
            )
        return np.sqrt(self[f"{part}_by_target"]) * np.array(self.target_scales)

    def rmse_at(self, epoch: int) -> dict[str, float]:
        """The same after one epoch, by target: on the validation rows if there are any, else the running mean.

        Without those for which it is NaN.
        """
        if self.target_scales is None:
            return {}
        record = self.records[epoch - 1]
        losses = record.training_by_target if record.validation_by_target is None else record.validation_by_target
        errors = np.sqrt(losses) * np.array(self.target_scales)
        own = zip(self.target_names, errors.tolist(), self.target_scales, strict=True)
        return {name: error for name, error, scale in own if np.isfinite(scale)}

    def to_table(self) -> dict[str, np.ndarray]:
        """Flat columns by their names, (epochs,) each: what pandas, polars and pyarrow make a table of."""
        return flat_columns(self)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, ready for JSON."""
        return asdict(self)

    def __repr__(self) -> str:
        if not self.records:
            return "History of 0 epochs"
        last = self.records[-1]
        validation = "" if last.validation_loss is None else f", validation {last.validation_loss:.6g}"
        score = "" if last.validation_score is None else f"; validation {self.scoring} {last.validation_score:.6g}"
        losses = f"training {last.training_loss:.6g}{validation} ({self.loss}, {self.units})"
        return f"History of {len(self)} epochs: {losses}{score}"
