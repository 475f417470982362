"""Traces as plain values: dicts, lists, numbers and text, ready for JSON."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.glassbox.loss_parts import describe_loss, name_of_activation

if TYPE_CHECKING:
    from pellucid.glassbox.trace_record import LayerTrace, Trace

OF_A_LAYER = ("W", "c", "h", "z", "slope", "dL_dz", "dL_dh", "dL_dW", "dL_dc")


def trace_to_dict(trace: Trace) -> dict[str, Any]:
    """Every number of a trace by its name. Left out are the tensors dh_dW and Jacobians that are diagonal."""
    step = trace.step
    return {
        "sizes": list(trace.network.sizes),
        "activations": [name_of_activation(f) for f in trace.network.activations],
        "loss": None if trace.loss is None else trace.loss.name,
        "paired": trace.loss is not None and trace.loss.paired,
        "loss_description": None if trace.loss is None else plain(describe_loss(trace.loss)),
        "target_of_output": None if trace.loss is None else plain(trace.loss.target_of_output(trace.y_hat.size)),
        "x": plain(trace.x),
        "y": plain(trace.y),
        "y_hat": plain(trace.y_hat),
        "losses": plain(trace.losses),
        "dL_dy_hat": plain(trace.dL_dy_hat),
        "layers": [layer_to_dict(layer) for layer in trace.layers],
        "dL_dx": plain(trace.dL_dx),
        "dy_hat_dx": plain(trace.dy_hat_dx),
        "step": None
        if step is None
        else {
            "solver": step.solver.name,
            "parameters": step.solver.constants,
            "J_before": step.J_before,
            "J_after": step.J_after,
            "W": [plain(W) for W in step.update.W],
            "c": [plain(c) for c in step.update.c],
        },
        "row": None if trace.row is None else plain(asdict(trace.row)),
        "checked_against": trace.checked_against,
    }


def layer_to_dict(layer: LayerTrace) -> dict[str, Any]:
    """One layer: names as on the record, and the activation's."""
    arrays = {name: plain(getattr(layer, name)) for name in OF_A_LAYER if getattr(layer, name) is not None}
    activation = {} if layer.activation is None else {"activation": name_of_activation(layer.activation)}
    full = {}
    if layer.activation is not None and not layer.activation.elementwise:
        full = {"dz_dh": plain(layer.dz_dh)}
    return {"l": layer.l} | activation | arrays | full


def plain(value: Any) -> Any:
    """Arrays as lists, NumPy's numbers as Python's, tuples as lists, throughout."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def to_json(value: Any) -> str:
    """JSON text with NaN and infinities as null, and every float to its last bit."""
    return json.dumps(without_infinities(value), allow_nan=False, ensure_ascii=False)


def without_infinities(value: Any) -> Any:
    """None in place of NaN and infinities, throughout."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: without_infinities(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_infinities(item) for item in value]
    return value
