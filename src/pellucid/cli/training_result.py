"""What `pellucid train` says: the data as understood, the network, and the test beside two baselines."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.cli.terminal import as_text, print_facts, print_table
from pellucid.cli.training_data import TrainingData
from pellucid.report.baselines import answer_of_baselines
from pellucid.report.metrics import Answer, ask, measure, question_of
from pellucid.tables.columns import as_columns

MOST_COLUMNS_SHOWN = 40


def describe(data: TrainingData) -> None:
    """Print the table as it was understood, before training starts."""
    targets_first = sorted(data.summaries, key=lambda column: column.name not in data.task.targets)
    shown = targets_first[:MOST_COLUMNS_SHOWN]
    rows = [
        [
            column.name,
            data.roles.role_of(column.name, data.left_out),
            column.kind,
            f"{column.n_missing:,}",
            f"{column.n_distinct:,}",
            column.example,
        ]
        for column in shown
    ]
    title = f"{data.source}: {data.n_rows_read:,} rows, {len(data.summaries)} columns"
    print_table(["column", "used as", "kind", "missing", "different", "values"], rows, title=title)
    if len(shown) < len(data.summaries):
        print(f"... and {len(data.summaries) - len(shown)} more columns\n")
    facts = {
        "Task": f"{data.task.kind} of {', '.join(data.task.targets)} ({data.task.reason}; --task decides otherwise)",
        "Rows": f"{len(data.training):,} to train on, {len(data.validation):,} to validate on, "
        f"{len(data.test):,} to test on ({data.split_by})",
    }
    if data.n_without_target:
        facts["Rows"] += f"; {data.n_without_target:,} left out, a target is missing"
    if data.n_without_weight:
        facts["Rows"] += f"; {data.n_without_weight:,} left out, of weight 0"
    if data.n_unknown_class:
        facts["Rows"] += f"; {data.n_unknown_class:,} left out, the class does not occur in training"
    facts["Duplicates"] = f"{data.n_duplicates:,} of the test rows have the same features as a row of training"
    left_out = "\n".join(f"{name}: {reason}" for name, reason in data.left_out.items())
    if left_out:
        facts["Left out"] = left_out
    print_facts(facts)


def test(data: TrainingData, fitted: Any) -> tuple[dict[str, Any], dict[str, Answer]]:
    """Measure the model and both baselines on the rows held out.

    Returns
    -------
    dict
        Everything that is printed, in plain values.
    dict of str to Answer
        What the baselines say of the rows held out.
    """
    question = question_of(fitted)
    y = data.y
    features = data.features(data.test)
    fitted_on = np.sort(np.concatenate([data.training, data.validation]))
    X, _ = fitted.encoder_.encode(as_columns(data.features(fitted_on)), dtype="float64")
    X_test, _ = fitted.encoder_.encode(as_columns(features), dtype="float64")
    weights, exposure = data.weights_of(data.test), data.exposure_of(data.test)
    answers = {"pellucid": ask(fitted, features, exposure)}
    baselines = answer_of_baselines(
        question, X, y[fitted_on], X_test, data.weights_of(fitted_on), data.exposure_of(fitted_on), exposure
    )
    baselines = {name: baselines[name] for name in ("linear model", *baselines)}
    answers |= baselines
    seconds, kept = fitted.history_.records[-1].seconds, fitted.history_.records[fitted.best_epoch_ - 1]
    result = {
        "task": data.task.kind,
        "targets": list(data.task.targets),
        "weights": data.roles.weights,
        "exposure": data.roles.exposure,
        "rows": {
            "read": data.n_rows_read,
            "without target": data.n_without_target,
            "of weight 0": data.n_without_weight,
            "of an unknown class": data.n_unknown_class,
            "training": len(data.training),
            "validation": len(data.validation),
            "test": len(data.test),
            "duplicates across": data.n_duplicates,
        },
        "network": {
            "sizes": list(fitted.network_.sizes),
            "activations": [activation.name for activation in fitted.network_.activations],
            "parameters": int(fitted.network_.theta.size),
            "dtype": fitted.network_.dtype.name,
        },
        "training": {
            "engine": fitted.engine_,
            "epochs": fitted.n_iter_,
            "best epoch": fitted.best_epoch_,
            "stopped by": fitted.stopped_by_,
            "loss": fitted.history_.loss,
            "units": fitted.history_.units,
            "training loss": fitted.history_.records[-1].training_loss,
            "best validation loss": kept.validation_loss,
            "best validation RMSE": fitted.history_.rmse_at(fitted.best_epoch_),
            "scoring": fitted.history_.scoring,
            "best validation score": kept.validation_score,
            "seconds": seconds,
            "rows per second": fitted.n_iter_ * len(data.training) / seconds,
        },
        "test": {name: measure(question, y[data.test], answer, weights) for name, answer in answers.items()},
    }
    return result, baselines


def print_result(result: dict[str, Any]) -> None:
    """Print the network, how training went, the test beside the baselines, and the files."""
    network, training = result["network"], result["training"]
    layers = " -> ".join(
        [f"{network['sizes'][0]} inputs"]
        + [f"{size} {name}" for size, name in zip(network["sizes"][1:], network["activations"], strict=True)]
    )
    errors = training["best validation RMSE"]
    listed = [f"{as_text(error)}{f' {name}' if len(errors) > 1 else ''}" for name, error in errors.items()]
    own = "its own units" if len(errors) == 1 else "the targets' own units"
    score = training["best validation score"]
    scored = "" if score is None else f"\n{training['scoring']} of validation, which was watched: {as_text(score)}"
    own_units = f"\nRMSE of validation in {own}: {', '.join(listed)}" if errors else ""
    facts = {
        "Network": f"{layers}; {network['parameters']:,} parameters in {network['dtype']}",
        "Training": f"{training['epochs']:,} epochs in {training['seconds']:.2f} seconds by the {training['engine']} "
        f"engine, {training['rows per second']:,.0f} rows per second\n"
        f"stopped by {training['stopped by']}; kept epoch {training['best epoch']}, with a validation loss of "
        f"{training['best validation loss']:.4g} ({training['loss']}, {training['units']}){own_units}{scored}",
    }
    print_facts(facts)
    answers = list(result["test"])
    metrics = list(dict.fromkeys(name for measured in result["test"].values() for name in measured))
    rows = [
        [name, *(as_text(result["test"][answer].get(name, float("nan"))) for answer in answers)] for name in metrics
    ]
    weighted = "" if result["weights"] is None else f", weighted by '{result['weights']}'"
    title = f"\nOn the {result['rows']['test']:,} test rows, never trained on{weighted}"
    print_table(["metric", *answers], rows, title=title)
    print_facts({name.capitalize(): path for name, path in result["files"].items()})
