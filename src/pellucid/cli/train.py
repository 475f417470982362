"""`pellucid train`: from a table to a model file, its learning curves and an honest test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from pellucid.cli.column_roles import ColumnRoles, refuse_repeated
from pellucid.cli.input_table import CsvFormat, Decimal, name_of, read
from pellucid.cli.interruption import keep_unfinished
from pellucid.cli.option_values import (
    read_activations,
    read_dropout,
    read_losses,
    read_output_activations,
    read_scoring,
    read_sizes,
    read_transforms,
    refuse_other_number,
    task_of_loss,
)
from pellucid.cli.row_numbers import refuse_exposure_without_log_link
from pellucid.cli.terminal import print_json
from pellucid.cli.training_files import choose_files, require_folder_to_resume
from pellucid.cli.whole_number import WholeNumber
from pellucid.errors import ParameterError

FEWEST_ROWS = 10  # to train on, to validate on and to test on
Schedules = Literal["constant", "step", "exponential", "cosine", "one_cycle", "invscaling", "adaptive", "plateau"]


def train(
    table: Annotated[list[Path], Parameter(required=True)],
    /,
    *,
    target: Annotated[list[str], Parameter(required=True)],
    model: Path = Path("model.safetensors"),
    curves: Path | None = None,
    history: Path | None = None,
    report: Path | None = None,
    task: Literal["auto", "regression", "classification"] = "auto",
    ignore: list[str] | None = None,
    group: str | None = None,
    time: str | None = None,
    weights: str | None = None,
    exposure: str | None = None,
    test_fraction: float = 0.2,
    loss: list[str] | None = None,
    output_activation: list[str] | None = None,
    target_transform: list[str] | None = None,
    clip_predictions: Annotated[bool, Parameter(negative="")] = False,
    class_weight: Literal["balanced"] | None = None,
    hidden: str = "64,64",
    activation: str = "relu",
    solver: Literal["adam", "adamw", "sgd", "gd", "rmsprop", "lbfgs"] = "adam",
    learning_rate: float | None = None,
    schedule: Schedules = "constant",
    weight_decay: float | None = None,
    clip_norm: float | None = None,
    dropout: list[str] | None = None,
    input_dropout: float = 0.0,
    input_noise: float = 0.0,
    batch_size: WholeNumber | None = None,
    max_epochs: WholeNumber = 400,
    patience: WholeNumber = 20,
    scoring: str = "loss",
    number_encoding: Literal["standard", "robust", "quantile", "piecewise_linear", "none"] = "standard",
    missing: Literal["median", "refuse"] = "median",
    categorical: list[str] | None = None,
    max_categories: WholeNumber = 100,
    min_frequency: float = 0.001,
    alpha: float = 0.0,
    l1: float = 0.0,
    seed: WholeNumber = 0,
    engine: Literal["auto", "compiled", "reference"] = "auto",
    dtype: Literal["float32", "float64"] = "float32",
    max_time: float | None = None,
    checkpoints: Path | None = None,
    checkpoint_epochs: WholeNumber | None = None,
    resume: Annotated[bool, Parameter(negative="")] = False,
    encoding: str = "utf-8",
    separator: str = ",",
    decimal: Decimal = ".",
    json: bool = False,
) -> None:
    """Train a network on a table, test it on rows held out, and save it.

    Parameters
    ----------
    table
        One CSV or Parquet file, or several with the same columns.
    target
        Column to predict; may be given several times.
    model
        File to write the model to.
    curves
        Picture of the learning curves, .svg or .png; beside the model unless given.
    history
        File to write the losses of each epoch to while training runs, one JSON object a line.
    report
        Page to write, .html: quality with intervals, charts, what the model uses, the largest mistakes. It holds rows
        of the data.
    task
        Regression or classification; decided by the values of the target unless given.
    ignore
        Column to leave out; may be given several times.
    group
        Column whose equal values stay on one side of every split; not a feature.
    time
        Column by which to split: the last rows are the test; not a feature.
    weights
        Column of what each row counts: 2 is the row twice, 0 leaves it out; not a feature.
    exposure
        For poisson, gamma and tweedie: column of for how long, or for how many, each count was taken; not a feature.
    test_fraction
        Share of the rows that is held out for the test and never trained on.
    loss
        What is minimised: rss, absolute, huber, quantile, poisson, gamma, tweedie, log or cross_entropy, or with its
        numbers, as huber:1.5 or quantile:0.1,0.5,0.9; given once for all targets, or once for each.
    output_activation
        Of the last layer, where another than the loss's own is wanted, as softplus for rss of numbers above 0; given
        once for all targets, or once for each.
    target_transform
        How a number is learnt: auto (standardised, where the loss allows), standardise, log (of numbers above 0),
        quantile (through its distribution, to the normal one) or none; given once for all targets, or once for each.
        Predictions are in the target's own units always.
    clip_predictions
        Clip predictions to the range of the target in the rows trained on.
    class_weight
        `balanced` lets all classes count the same.
    hidden
        Units of the hidden layers, as 64,64; 0 for none (a linear model).
    activation
        Of all hidden layers, or one for each, as relu,tanh.
    solver
        Adam, Adam with weight decay, stochastic gradient descent with momentum, the text's gradient descent, RMSprop,
        or L-BFGS for small tables and networks.
    learning_rate
        The solver's own unless given: 0.001 for adam, adamw and rmsprop, 0.01 for sgd, 0.1 for gd.
    schedule
        How the learning rate changes from epoch to epoch.
    weight_decay
        What each step takes from the weights, times the learning rate; 0.01 for adamw unless given, 0 for the others.
    clip_norm
        A gradient of a larger norm is scaled down to this one.
    dropout
        Probability with which a training step leaves out a unit of a hidden layer; one for all hidden layers, or one
        for each, as 0.1,0.2.
    input_dropout
        The same for the inputs of the network.
    input_noise
        Standard deviation of the noise that a training step adds to the standardised inputs.
    batch_size
        Rows of a mini-batch; chosen by the number of rows unless given.
    max_epochs
        Epochs at most.
    patience
        Epochs without improvement on the validation rows before training stops.
    scoring
        What has to improve: the loss, or a scorer of scikit-learn, as r2 or neg_mean_absolute_error.
    number_encoding
        How numbers become inputs: (x - mean) / standard deviation; robust, with outliers clipped smoothly; quantile, to
        a normal distribution by rank; piecewise_linear, in bins between quantiles; or none.
    missing
        What becomes of missing numbers: the median stands in and an input tells, or they are refused.
    categorical
        Column of numbers or text that is a category; may be given several times.
    max_categories
        Levels of a category with an input each, at most; all others share one.
    min_frequency
        The least share of the rows for a level to have an input of its own.
    alpha
        Strength of the penalty on squared weights.
    l1
        Strength of the penalty on absolute weights.
    seed
        Decides the splits, the starting weights and the order of rows.
    engine
        What computes.
    dtype
        In which it computes.
    max_time
        Seconds of training after which it ends.
    checkpoints
        Folder to save the run to every 30 seconds and when it ends, so that it can be resumed.
    checkpoint_epochs
        Save it at the end of every so many epochs too.
    resume
        Go on from the newest checkpoint, with the same table and options, to the same model as without interruption.
    encoding
        Of the CSV.
    separator
        Between the fields of the CSV; `tab` for a tab.
    decimal
        Of the numbers in the CSV, a point or a comma. Where the comma separates fields too, they stand in quotes.
    json
        Print one JSON object instead of tables.
    """
    hidden_layer_sizes = read_sizes(hidden)
    files = choose_files(model, curves, history, report, table)
    require_folder_to_resume(checkpoints, resume)
    if group is not None and time is not None:
        raise ParameterError("--group and --time are two ways to split. Give one of them.")
    refuse_repeated(target)
    refuse_other_number("--loss", loss, target)
    refuse_other_number("--output-activation", output_activation, target)
    refuse_other_number("--target-transform", target_transform, target)
    refuse_exposure_without_log_link(exposure, loss)

    from pellucid.cli.fitting import fit, make_model
    from pellucid.cli.fitting_losses import refuse_no_logarithms, refuse_unfit_losses
    from pellucid.cli.training_data import prepare
    from pellucid.cli.training_result import describe, print_result, test
    from pellucid.estimators.parameters import check_parameters
    from pellucid.estimators.regressor import FeedForwardRegressor
    from pellucid.training.history_lines import HistoryLines

    settings: dict[str, Any] = {
        "loss": read_losses(loss),
        "output_activation": read_output_activations(output_activation),
        "target_transform": read_transforms(target_transform),
        "clip_predictions": clip_predictions,
        "hidden_layer_sizes": hidden_layer_sizes,
        "activation": read_activations(activation, len(hidden_layer_sizes)),
        "solver": solver,
        "learning_rate": schedule,
        "weight_decay": weight_decay,
        "clip_norm": clip_norm,
        "dropout": read_dropout(dropout, len(hidden_layer_sizes)),
        "input_dropout": input_dropout,
        "input_noise": input_noise,
        "learning_rate_init": "auto" if learning_rate is None else learning_rate,
        "batch_size": "auto" if batch_size is None else batch_size,
        "max_iter": max_epochs,
        "n_iter_no_change": patience,
        "scoring": read_scoring(scoring),
        "number_encoding": number_encoding,
        "missing": missing,
        "categorical_features": categorical or "from_dtype",
        "max_categories": max_categories,
        "min_frequency": min_frequency,
        "alpha": alpha,
        "l1": l1,
        "random_state": seed,
        "engine": engine,
        "dtype": dtype,
        "max_time": max_time,
        "checkpoint_dir": checkpoints,
        "checkpoint_epochs": checkpoint_epochs,
    }
    check_parameters(FeedForwardRegressor(**settings))  # before a large table is read
    lines = [] if history is None else [HistoryLines(history)]
    wanted = task_of_loss(loss, task)

    csv = CsvFormat.of_options(encoding, separator, decimal)
    rows = read(table, csv)
    source = name_of(table)
    roles = ColumnRoles(target, ignore or (), group, time, weights, exposure, categorical or ())
    roles.require(rows, source)
    data = prepare(
        rows,
        source=source,
        files=table,
        csv=csv,
        roles=roles,
        wanted=wanted,
        because="as asked for" if task != "auto" else "as the loss asks",
        test_fraction=test_fraction,
        seed=seed,
        fewest_rows=FEWEST_ROWS,
        missing=missing,
    )
    refuse_unfit_losses(settings["loss"], data)
    refuse_no_logarithms(settings["target_transform"], data)
    if not json:
        describe(data)
    fitted = make_model(settings, data, class_weight)
    if not fit(fitted, data, lines, show=not json, resume=resume):
        raise keep_unfinished(fitted, model, checkpoints)
    fitted.save(model)
    try:
        result, baselines = test(data, fitted)
        draw_curves(fitted, files)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"Interrupted after training. The model was written to {model}, no curves.") from None
    if report is not None:
        from pellucid.cli.report_option import report_training

        report_training(report, fitted, data, baselines, [*files.values(), *table], table)
    result["files"] = {name: str(path) for name, path in files.items()}
    if json:
        print_json(result)
    else:
        print_result(result)


def draw_curves(fitted: Any, files: Mapping[str, Path]) -> None:
    """Write the picture of the learning curves, after the model."""
    try:
        fitted.plot_history(files["curves"])
    except OSError as error:
        raise ParameterError(
            f"The model was written to {files['model']}, but the curves cannot be written to {files['curves']}: "
            f"{error.strerror}. Choose another place for them with --curves."
        ) from None
