"""The row of a fitted model's trace: what its columns held, how they became x, and what y_hat means."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.estimators.number_targets import NumberTargets
from pellucid.estimators.sensitivities import column_sensitivities
from pellucid.estimators.traced_columns import traced_column
from pellucid.glassbox.row import Row
from pellucid.tables.columns_base import Columns
from pellucid.tables.target_transforms import describe_transform


def traced_row(
    model: Any, columns: Columns, x: np.ndarray, y_hat: np.ndarray, y: Any, exposure: np.ndarray | None = None
) -> Row:
    """Describe the one row of `columns`, which was encoded as x (1, D_x) and predicted as y_hat (1, D_y)."""
    encoder, targets = model.encoder_, model.targets_
    names, by_column = column_sensitivities(model, columns, x, exposure)
    nothing = np.full(by_column.shape[1], np.nan)  # for all but numbers
    sensitivity = {name: by_column[0, :, j] for j, name in enumerate(names)}
    values = tuple(
        traced_column(column, columns, encoder, x[0], tuple(sensitivity.get(column.name, nothing).tolist()))
        for column in encoder.columns
    )
    numbers = isinstance(targets, NumberTargets)
    return Row(
        columns=values,
        feature_names=encoder.feature_names,
        output_names=targets.output_names,
        prediction=prediction_of(targets, y_hat, exposure)[0],
        target=target_of(y, len(targets.names)),
        target_names=targets.names,
        transforms=transforms_of_outputs(targets, exposure) if numbers else (),
        answer=answer_of(targets, y_hat, exposure),
        ordered=targets.ordered if numbers else (),
        exposure=None if exposure is None else float(exposure[0]),
    )


def transforms_of_outputs(targets: NumberTargets, exposure: np.ndarray | None) -> tuple[dict[str, Any], ...]:
    """How each output becomes a prediction: its target's transform, limits, and the exposure under a log link."""
    counts = targets.log_link_targets if exposure is not None else ()
    return tuple(
        describe_transform(targets.transforms[d])
        | {
            "limits": None if targets.limits is None else targets.limits[d],
            "factor": float(exposure[0]) if exposure is not None and d in counts else 1.0,
        }
        for d in targets.target_of_output.tolist()
    )


def prediction_of(targets: Any, y_hat: np.ndarray, exposure: np.ndarray | None = None) -> np.ndarray:
    """The prediction in the targets' own units, or as probabilities: (1, n_outputs)."""
    if isinstance(targets, NumberTargets):
        return targets.restore(y_hat, exposure).reshape(1, -1)
    return targets.probabilities(y_hat)


def answer_of(targets: Any, y_hat: np.ndarray, exposure: np.ndarray | None = None) -> str:
    """The prediction in words."""
    if isinstance(targets, NumberTargets):
        restored = prediction_of(targets, y_hat, exposure)[0].tolist()
        return ", ".join(f"{name} {value:.6g}" for name, value in zip(targets.output_names, restored, strict=True))
    prediction = prediction_of(targets, y_hat)
    chosen = targets.choose(prediction)[0]
    if targets.kind == "multilabel":
        held = [name for name, holds in zip(targets.names, chosen, strict=True) if holds]
        return ", ".join(held) if held else "none of the labels"
    return f"{targets.names[0]} {chosen}, with probability {prediction.max():.4g}"


def target_of(y: Any, n_targets: int) -> tuple[object, ...]:
    """What the table holds of each target, as plain values; None where missing or unknown."""
    if y is None:
        return (None,) * n_targets
    values = np.asarray(y, dtype=object).reshape(-1).tolist()
    return tuple(None if value is None or value != value else value for value in values)
