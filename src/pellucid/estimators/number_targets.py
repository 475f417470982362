"""Targets that are numbers: as users have them, in their own units, and as the network learns them, transformed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.errors import DataError
from pellucid.estimators.chosen_loss import tell_out_of_reach
from pellucid.estimators.target_values import EVERY_ROW, as_array, distinct_name, read_numbers, target_names
from pellucid.mathematics.activations import Activation
from pellucid.mathematics.losses import LogLink, Loss, PerTarget, Quantile
from pellucid.tables.target_transforms import Linear, Logarithm, NormalQuantiles, Transform


@dataclass(frozen=True)
class NumberTargets:
    """One or several numbers, each transformed to what the network learns: see `pellucid.tables.target_transforms`.

    Attributes
    ----------
    names : tuple of str
    flat : bool
        Whether y came as (N,), so that predictions do too.
    transforms : tuple of Linear, Logarithm or NormalQuantiles
        Of each target: their `kind` says which it is.
    loss : Loss
    output_activation : Activation
        Of the last layer.
    with_exposure : bool
        Whether counts were given with exposures, so that outputs under a log link are rates.
    limits : tuple of pairs of floats, or None
        The least and the greatest value of each target (of its rates, with exposure) in training, if predictions are
        clipped to these.
    """

    names: tuple[str, ...]
    flat: bool
    transforms: tuple[Transform, ...]
    loss: Loss
    output_activation: Activation
    with_exposure: bool = False
    limits: tuple[tuple[float, float], ...] | None = None

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
        """The target, with its quantile where there are several; no two are the same."""
        names: list[str] = []
        for name, loss in zip(self.names, self.losses, strict=True):
            if isinstance(loss, Quantile) and len(loss.q) > 1:
                for text in loss.q_texts:  # a target may have the name of another's quantile, and keeps it
                    names.append(distinct_name(f"{name}_q{text}", {*names, *self.names}))
            else:
                names.append(distinct_name(name, names))
        return tuple(names)

    @classmethod
    def fit(
        cls,
        y: Any,
        rows: np.ndarray,
        weights: np.ndarray,
        loss: Loss,
        output_activation: Activation,
        kinds: tuple[str, ...],
        exposure: np.ndarray | None = None,
        *,
        clip: bool = False,
    ) -> NumberTargets:
        """Learn the transforms from the given rows of y; weights are aligned with the rows.

        Parameters
        ----------
        kinds : tuple of "none", "mean", "standardise", "log" or "quantile"
            Of each target.
        exposure : array of shape (N,), optional
            Of all rows: the mean under a log link is then that of the rates, the sum of y over the sum of exposures.
        clip : bool
            Whether predictions are to be clipped to the range of each target in these rows.
        """
        Y = read_numbers(y, rows)
        names = target_names(y, Y.shape[1])
        flat = np.asarray(as_array(y)).ndim == 1
        transforms, limits = [], []
        for d, kind in enumerate(kinds):
            part, activation = part_of(loss, output_activation, d)
            column, e = Y[rows, d], np.ones(len(weights))
            if exposure is not None and isinstance(part, LogLink):
                e = exposure[rows]
            present = ~np.isnan(column)
            if not present.any():
                raise DataError(f"The target {names[d]!r} is missing in every row of training: leave it out.")
            if not part.paired:  # a paired loss has a domain, outside of which it refuses
                tell_out_of_reach(column[present], names[d], activation)
            if kind == "log":
                refuse_no_logarithm(Y[:, d], rows, names[d])
            transforms.append(fit_transform(kind, names[d], column[present], weights[present], e[present]))
            rates = column[present] / e[present]
            limits.append((float(rates.min()), float(rates.max())))
        return cls(
            names,
            flat,
            tuple(transforms),
            loss,
            output_activation,
            exposure is not None,
            tuple(limits) if clip else None,
        )

    def encode(self, y: Any, rows: Any = EVERY_ROW, exposure: np.ndarray | None = None) -> np.ndarray:
        Y = read_numbers(y, rows)
        if Y.shape[1] != len(self.names):
            raise DataError(f"y has {Y.shape[1]} targets, but the model was fitted with {len(self.names)}.")
        in_use = np.full_like(Y, np.nan)  # so that the rows which a loss refuses have their own numbers
        in_use[rows] = Y[rows]
        self.loss.check_targets(in_use, self.n_outputs)
        for d, transform in enumerate(self.transforms):
            if transform.kind == "log":
                refuse_no_logarithm(Y[:, d], rows, self.names[d])
        Y = Y[rows].copy()  # what was read may be the user's own array
        if exposure is not None:
            for d in self.log_link_targets:
                Y[:, d] /= exposure[rows]
        with np.errstate(over="ignore"):  # `cast_targets` refuses it by name
            for d, transform in enumerate(self.transforms):
                Y[:, d] = transform.forward(Y[:, d])
        return Y

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

    def in_order(self, Y_hat: np.ndarray) -> np.ndarray:
        """Which output stands in each place of the prediction, (N, n_outputs): quantiles that cross change places."""
        chosen = np.tile(np.arange(self.n_outputs), (len(Y_hat), 1))
        for places in map(np.array, self.ordered):
            chosen[:, places] = places[np.argsort(Y_hat[:, places], axis=1, kind="stable")]
        return chosen

    def in_own_units(self, Y_hat: np.ndarray, exposure: np.ndarray | None = None) -> np.ndarray:
        """Every output in its target's own units, (N, n_outputs), as it is: transformed back, and clipped if it is."""
        outputs = np.empty(Y_hat.shape)
        for i, d in enumerate(self.target_of_output):
            outputs[:, i] = self.transforms[d].inverse(Y_hat[:, i])
            if self.limits is not None:
                outputs[:, i] = np.clip(outputs[:, i], *self.limits[d])
        return self.times_exposure(outputs, exposure)

    def slopes(self, Y_hat: np.ndarray, exposure: np.ndarray | None = None) -> np.ndarray:
        """dprediction/dy_hat of every output, (N, n_outputs): of the transform back, and 0 where it is clipped."""
        slopes = np.empty(Y_hat.shape)
        for i, d in enumerate(self.target_of_output):
            slopes[:, i] = self.transforms[d].slope(Y_hat[:, i])
            if self.limits is not None:
                low, high = self.limits[d]
                prediction = self.transforms[d].inverse(Y_hat[:, i])
                slopes[(prediction < low) | (prediction > high), i] = 0
        return self.times_exposure(slopes, exposure)

    def times_exposure(self, outputs: np.ndarray, exposure: np.ndarray | None) -> np.ndarray:
        """Rates times exposures, in place."""
        if exposure is not None:
            outputs[:, np.isin(self.target_of_output, self.log_link_targets)] *= exposure[:, None]
        return outputs

    def restore(self, Y_hat: np.ndarray, exposure: np.ndarray | None = None) -> np.ndarray:
        """Predictions in the targets' own units, quantiles of a target in order; (N,) for one output if y was."""
        outputs = np.take_along_axis(self.in_own_units(Y_hat, exposure), self.in_order(Y_hat), axis=1)
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


def fit_transform(kind: str, name: str, y: np.ndarray, weights: np.ndarray, exposure: np.ndarray) -> Transform:
    """The transform of that kind for the values of one target, or a refusal where its numbers are not finite."""
    if kind == "log":
        return Logarithm.fit(y, weights)
    with np.errstate(over="ignore"):
        spans = kind != "quantile" or np.isfinite(y.max() - y.min())
    if kind == "quantile" and spans:
        return NormalQuantiles.fit(y, weights)
    fitted = Linear()
    if kind == "standardise":
        fitted = Linear.standardise(y, weights)
    elif kind == "mean":
        fitted = Linear.over_mean(y, weights, exposure)
    if not spans or not np.isfinite([fitted.mean, fitted.scale]).all():
        raise DataError(
            f"The target {name!r} goes from {y.min():.3g} to {y.max():.3g}, too far for its mean and spread to be "
            "computed: correct it, or divide it by a constant."
        )
    return fitted


def refuse_no_logarithm(y: np.ndarray, rows: Any, name: str) -> None:
    """Refuse values that are not above 0, in the given rows, for a target whose logarithm is learnt."""
    places = np.arange(len(y))[rows]
    wrong = places[y[places] <= 0]
    if len(wrong):
        counted = "a value that is" if len(wrong) == 1 else f"{len(wrong):,} values that are"
        raise DataError(
            f"The target {name!r} has {counted} not above 0, which has no logarithm: the first is {y[wrong[0]]:g} in "
            f"row {wrong[0]}. Correct these rows, leave them out, or take another target_transform, as 'quantile', or "
            "loss='poisson' or 'tweedie' for amounts that may be 0."
        )
