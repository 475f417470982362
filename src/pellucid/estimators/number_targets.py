"""Targets that are numbers: as users have them, in their own units, and as the network learns them, scaled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.errors import DataError
from pellucid.estimators.chosen_loss import tell_out_of_reach
from pellucid.estimators.target_values import EVERY_ROW, as_array, read_numbers, target_names
from pellucid.mathematics.activations import Activation
from pellucid.mathematics.losses import LogLink, Loss, PerTarget, Quantile


@dataclass(frozen=True)
class NumberTargets:
    """One or several numbers, scaled as their loss allows: (y - mean) / scale for each target.

    Attributes
    ----------
    names : tuple of str
    flat : bool
        Whether y came as (N,), so that predictions do too.
    mean, scale : tuples of floats
        Mean and deviation where a shift means nothing to the loss; 0 and the mean of y under a log link; 0 and 1 where
        the target is learnt as it is. The scale of a constant target is 1.
    loss : Loss
    output_activation : Activation
        Of the last layer.
    with_exposure : bool
        Whether counts were given with exposures, so that outputs under a log link are rates.
    """

    names: tuple[str, ...]
    flat: bool
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    loss: Loss
    output_activation: Activation
    with_exposure: bool = False

    @property
    def losses(self) -> tuple[Loss, ...]:
        """The loss of each target."""
        return self.loss.losses if isinstance(self.loss, PerTarget) else (self.loss,) * len(self.names)

    @property
    def n_outputs(self) -> int:
        return sum(loss.outputs_per_target for loss in self.losses)

    @property
    def target_of_output(self) -> np.ndarray:
        """The target to which each output belongs, (n_outputs,)."""
        return self.loss.target_of_output(self.n_outputs)

    @property
    def output_names(self) -> tuple[str, ...]:
        """The target, with its quantile where there are several."""
        names = []
        for name, loss in zip(self.names, self.losses, strict=True):
            several = isinstance(loss, Quantile) and len(loss.q) > 1
            names += [f"{name}_q{q:g}" for q in loss.q] if several else [name]  # type: ignore[attr-defined]  # a Quantile
        return tuple(names)

    @classmethod
    def fit(
        cls,
        y: Any,
        rows: np.ndarray,
        weights: np.ndarray,
        loss: Loss,
        output_activation: Activation,
        units: tuple[str, ...],
        exposure: np.ndarray | None = None,
    ) -> NumberTargets:
        """Learn mean and scale from the given rows of y; weights are aligned with the rows.

        Parameters
        ----------
        units : tuple of "deviation", "mean" or "none"
            Of each target.
        exposure : array of shape (N,), optional
            Of all rows: the mean under a log link is then that of the rates, the sum of y over the sum of exposures.
        """
        Y = read_numbers(y, rows)
        names = target_names(y, Y.shape[1])
        flat = np.asarray(as_array(y)).ndim == 1
        mean, scale = np.zeros(Y.shape[1]), np.ones(Y.shape[1])
        for d, unit in enumerate(units):
            column = Y[rows, d]
            present = ~np.isnan(column)
            if not present.any():
                raise DataError(f"The target {names[d]!r} is missing in every row of training: leave it out.")
            part, activation = part_of(loss, output_activation, d)
            if not part.paired:  # a paired loss has a domain, outside of which it refuses
                tell_out_of_reach(column[present], names[d], activation)
            if unit == "deviation":
                mean[d], scale[d] = mean_and_scale(column[present], weights[present])
            elif unit == "mean":
                e = np.ones(len(column)) if exposure is None else exposure[rows]
                scale[d] = rate_of(column[present], e[present], weights[present])
            if not np.isfinite([mean[d], scale[d]]).all():
                least, greatest = column[present].min(), column[present].max()
                raise DataError(
                    f"The target {names[d]!r} goes from {least:.3g} to {greatest:.3g}, too far for its mean and spread "
                    "to be computed: correct it, or divide it by a constant."
                )
        scales = tuple(mean.tolist()), tuple(scale.tolist())
        return cls(names, flat, *scales, loss, output_activation, exposure is not None)

    def encode(self, y: Any, rows: Any = EVERY_ROW, exposure: np.ndarray | None = None) -> np.ndarray:
        Y = read_numbers(y, rows)
        if Y.shape[1] != len(self.names):
            raise DataError(f"y has {Y.shape[1]} targets, but the model was fitted with {len(self.names)}.")
        in_use = np.full_like(Y, np.nan)  # so that the rows which a loss refuses have their own numbers
        in_use[rows] = Y[rows]
        self.loss.check_targets(in_use, self.n_outputs)
        Y = Y[rows]
        if exposure is not None:
            Y = Y.copy()  # what was read may be the user's own array
            for d in self.log_link_targets:
                Y[:, d] /= exposure[rows]
        with np.errstate(over="ignore"):  # `cast_targets` refuses it by name
            return (Y - self.mean) / self.scale

    def weigh(self, Y: np.ndarray, w: np.ndarray, exposure: np.ndarray | None = None) -> np.ndarray:
        if exposure is None:
            return w
        if not isinstance(self.loss, PerTarget):
            return w * self.losses[0].exposure_weight(exposure)  # type: ignore[attr-defined]  # `read_exposure` has checked it
        by_target = np.repeat(w[:, None], len(self.names), axis=1)
        for d in self.log_link_targets:
            by_target[:, d] *= self.losses[d].exposure_weight(exposure)  # type: ignore[attr-defined]  # a LogLink
        return by_target

    @property
    def log_link_targets(self) -> tuple[int, ...]:
        """The numbers of the targets that exposure concerns."""
        return tuple(d for d, loss in enumerate(self.losses) if isinstance(loss, LogLink))

    @property
    def ordered(self) -> tuple[tuple[int, ...], ...]:
        """The outputs of each target with several quantiles, which predictions put in order."""
        outputs = [np.flatnonzero(self.target_of_output == d).tolist() for d in range(len(self.names))]
        return tuple(tuple(places) for places in outputs if len(places) > 1)

    def in_own_units(self, Y_hat: np.ndarray, exposure: np.ndarray | None = None) -> np.ndarray:
        """Every output in its target's own units, (N, n_outputs), as it is."""
        of = self.target_of_output
        outputs = Y_hat * np.array(self.scale)[of] + np.array(self.mean)[of]
        if exposure is not None:
            outputs[:, np.isin(of, self.log_link_targets)] *= exposure[:, None]
        return outputs

    def restore(self, Y_hat: np.ndarray, exposure: np.ndarray | None = None) -> np.ndarray:
        """Predictions in the targets' own units, quantiles of a target in order; (N,) for one output if y was."""
        outputs = self.in_own_units(Y_hat, exposure)
        for places in map(list, self.ordered):
            outputs[:, places] = np.sort(outputs[:, places], axis=1)
        return outputs[:, 0] if self.flat and self.n_outputs == 1 else outputs

    def central(self, predictions: np.ndarray) -> np.ndarray:
        """One prediction for each target, in the shape of y: of several quantiles the one nearest to 1/2."""
        if self.n_outputs == len(self.names):
            return predictions
        chosen, start = [], 0
        for loss in self.losses:
            q = loss.q if isinstance(loss, Quantile) else (0.5,)
            chosen.append(start + int(np.argmin(np.abs(np.array(q) - 0.5))))
            start += loss.outputs_per_target
        return predictions[:, chosen[0]] if self.flat else predictions[:, chosen]


def part_of(loss: Loss, output_activation: Activation, d: int) -> tuple[Loss, Activation]:
    """The loss and the output activation of target d."""
    return (loss.losses[d], loss.activations[d]) if isinstance(loss, PerTarget) else (loss, output_activation)


def rate_of(column: np.ndarray, exposure: np.ndarray, weights: np.ndarray) -> float:
    """The sum of y over the sum of exposures, the scale of a target under a log link; 1 where all are 0."""
    size = exponent(column)
    rate = np.ldexp(np.average(np.ldexp(column, -size), weights=weights) / np.average(exposure, weights=weights), size)
    return float(rate) if rate > 0 else 1.0


def mean_and_scale(column: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of numbers without NaN; a scale of 1 for numbers that are equal within rounding.

    Numbers are summed, and deviations squared, in units of a power of two near the largest, which changes no bit of
    ordinary ones: squares of 1e200 are infinite, and those of 1e-170 are 0.
    """
    size = exponent(column)
    mean = np.ldexp(np.average(np.ldexp(column, -size), weights=weights), size)
    with np.errstate(over="ignore"):  # numbers at both ends of float64: the caller refuses what is not finite
        deviations = column - mean
    if not np.isfinite(deviations).all():
        return float(mean), np.inf
    size = exponent(deviations)
    squares = np.ldexp(deviations, -size) ** 2
    scale = np.ldexp(np.sqrt(np.average(squares, weights=weights)), size)
    constant = scale <= 10 * np.finfo(np.float64).eps * abs(mean)
    return float(mean), 1.0 if constant else float(scale)


def exponent(values: np.ndarray) -> int:
    """That of the power of two next above the largest value; at most 1000, so that its negative can be taken."""
    return min(int(np.frexp(np.abs(values).max(initial=0.0))[1]), 1000)
