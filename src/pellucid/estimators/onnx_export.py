"""`to_onnx` of fitted models: one file that other programs run, from raw columns to predictions."""

from __future__ import annotations

import json
from os import PathLike
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

import pellucid
from pellucid.errors import ModelFileError
from pellucid.estimators.inputs import read_columns
from pellucid.estimators.number_targets import NumberTargets
from pellucid.estimators.onnx_outputs import Outputs, add_outputs
from pellucid.files import atomic
from pellucid.files.onnx_export.columns import add_features
from pellucid.files.onnx_export.comparison import LIMIT, OnnxCheck, differences, run_in_blocks
from pellucid.files.onnx_export.graph import Graph
from pellucid.files.onnx_export.inputs import Input, Inputs
from pellucid.files.onnx_export.layers import add_layers


class OnnxExport:
    """What a fitted estimator gives to programs without Python."""

    def to_onnx(self: Any, path: str | PathLike[str], *, X: Any = None) -> OnnxCheck | None:
        """Write the fitted model as one ONNX file, from raw columns to predictions in the targets' own units.

        The graph fills, encodes, predicts and scales back as `predict` and `predict_proba` do. It has an input (N, 1)
        for each column, called as the column: float64 for numbers, NaN where missing; string for text, empty where
        missing. A model that was fitted on an array has one input X, float64 (N, D). Outputs, in the shapes that Python
        gives: `prediction`; or `label` and `probabilities`. An output that has the name of a column is numbered. The
        metadata name task, targets, classes and columns.

        A model of rates (fitted with exposure) predicts rates. What Python refuses or warns of (infinite values, unseen
        levels) passes in silence.

        Parameters
        ----------
        path : str or path-like
            An existing file is replaced only when the new one is whole.
        X : array or DataFrame of shape (N, n_features), optional
            Rows on which ONNX Runtime is run beside Python.

        Returns
        -------
        OnnxCheck or None
            With X the largest difference of each output; print it.

        Raises
        ------
        ModelFileError
            For what ONNX cannot hold, by name: activations and losses of your own, classes of other types. If the file
            cannot be written.
        LibraryUnavailable
            Without the extra: pip install 'pellucid[onnx]'.

        Examples
        --------
        >>> import tempfile
        >>> from pellucid import FeedForwardRegressor
        >>> X = np.linspace(-1, 1, 100)[:, None]
        >>> model = FeedForwardRegressor((8,), random_state=0, max_iter=20).fit(X, X[:, 0] ** 2)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     check = model.to_onnx(f"{folder}/square.onnx", X=X)
        >>> check.passed, check.n_rows, check.outputs[0].output
        (True, 100, 'y')
        """
        check_is_fitted(self)
        made, inputs = make_graph(self)
        try:
            atomic.write_bytes(path, [made])
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise ModelFileError(
                f"The ONNX file {str(path)!r} cannot be written: {why}; check the folder, its "
                "permissions and the free space."
            ) from error
        return None if X is None else compare(self, made, inputs, X)


def make_graph(model: Any) -> tuple[bytes, list[Input]]:
    """The file's bytes, and its inputs by column."""
    graph = Graph()
    inputs = Inputs(graph, model.encoder_.columns, as_matrix=not hasattr(model, "feature_names_in_"))
    Y_hat = add_layers(model.network_, add_features(model.encoder_, inputs))
    outputs = add_outputs(model.targets_, Y_hat)
    made = graph.to_bytes(describe(model), metadata_of(model, inputs.listed, outputs), pellucid.__version__)
    return made, inputs.listed


def describe(model: Any) -> str:
    """The model in a sentence, for those who open the file."""
    targets, network = model.targets_, model.network_
    sizes = " - ".join(map(str, network.sizes))
    what = "predicts" if isinstance(targets, NumberTargets) else f"classifies ({targets.kind})"
    return f"A feed-forward network {sizes} in {network.dtype} that {what} {', '.join(targets.names)}."


def metadata_of(model: Any, inputs: list[Input], outputs: Outputs) -> dict[str, str]:
    """What a program cannot see in the graph; lists as JSON."""
    targets = model.targets_
    listed = [entry._asdict() for entry in inputs]
    numbers = isinstance(targets, NumberTargets)
    named = {outputs.numbers: list(targets.output_names)} | ({} if numbers else {outputs.label: list(targets.names)})
    found = {
        "task": "regression" if numbers else targets.kind,
        "targets": json.dumps(list(targets.names), ensure_ascii=False),
        "columns": json.dumps(listed, ensure_ascii=False),
        "outputs": json.dumps(named, ensure_ascii=False),
        "loss": targets.loss.name,
    }
    if not numbers:
        classes = targets.names if targets.kind == "multilabel" else targets.classes.tolist()
        return found | {"classes": json.dumps(list(classes), ensure_ascii=False)}
    counts = targets.log_link_targets if targets.with_exposure else ()
    units = {name: "rate, for an exposure of 1" if d in counts else "own" for d, name in enumerate(targets.names)}
    return found | {"units": json.dumps(units, ensure_ascii=False)}


def compare(model: Any, made: bytes, inputs: list[Input], X: Any) -> OnnxCheck:
    """Run a graph beside its model."""
    targets = model.targets_
    regresses = isinstance(targets, NumberTargets)
    P = model.predict(X) if regresses else model.predict_proba(X)  # first: it refuses wrong columns in its own words
    columns = read_columns(model, X, reset=False)
    *label, numbers = run_in_blocks(made, columns, inputs)
    if regresses:
        expected = P.reshape(columns.n_rows, -1)
        found = differences(targets.output_names, numbers.reshape(expected.shape), expected, together=False)
        return OnnxCheck(columns.n_rows, tuple(found))
    found = tuple(differences(targets.output_names, numbers, P, together=True))
    return OnnxCheck(columns.n_rows, found, other_labels(targets, P, label[0]))


def other_labels(targets: Any, P: np.ndarray, labels: np.ndarray) -> int:
    """Rows with another label than Python's that is not as probable as that, within the limit."""
    if targets.kind == "multilabel":
        return int(((labels != targets.choose(P)) & (np.abs(P - 0.5) > LIMIT)).any(axis=1).sum())
    places = np.searchsorted(targets.classes, labels.astype(targets.classes.dtype))
    return int((P.max(axis=1) - P[np.arange(len(P)), places] > LIMIT).sum())
