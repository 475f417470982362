"""Targets that are transformed: predictions, sensitivities and files are in their own units, J in the network's."""

import pickle

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm
from sklearn.base import clone
from sklearn.metrics import mean_absolute_error

import pellucid
from pellucid import FeedForwardClassifier, FeedForwardRegressor, Quantile
from pellucid.errors import DataError, ModelFileError, ParameterError
from pellucid.files.model_file import read_model, write_model
from pellucid.glassbox.page.assembly import trace_page
from pellucid.tables.columns import as_columns
from pellucid.tables.target_transforms import Linear, NormalQuantiles

SETTINGS = {
    "hidden_layer_sizes": (5,), "activation": "tanh", "max_iter": 8, "random_state": 0, "engine": "reference",
    "dtype": "float64", "learning_rate_init": 0.05,
}  # fmt: skip
KINDS = ("standardise", "log", "quantile", "none")


@pytest.fixture
def rows():
    """129 rows, so that a quantile is a row, and a skewed target above 0."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(129, 3))
    return X, np.exp(X[:, 0] + 0.5 * X[:, 1] + 0.3 * generator.normal(size=129))


def fit(rows, **settings):
    return FeedForwardRegressor(**{**SETTINGS, **settings}).fit(*rows)


def y_hat_of(model, X):
    """The outputs of the network itself."""
    encoded, _ = model.encoder_.encode(as_columns(X), dtype="float64")
    return model.network_.predict(encoded)


def transformed(kind, y):
    """What the network learns, by hand."""
    if kind == "quantile":
        p = np.clip(np.arange(129) / 128, 1 / 516, 1 - 1 / 516)
        return norm.ppf(p)[np.argsort(np.argsort(y))]
    y = {"log": np.log(y)}.get(kind, y)
    return y if kind == "none" else (y - y.mean()) / y.std()


# J, and what the history says of it


@pytest.mark.parametrize("loss", ["rss", "absolute"])
@pytest.mark.parametrize("kind", KINDS)
def test_J_is_of_the_transformed_target(kind, loss, rows):
    model = FeedForwardRegressor(**{**SETTINGS, "target_transform": kind, "loss": loss, "solver": "gd"})
    model.fit(*rows, X_val=rows[0], y_val=rows[1])
    residual = transformed(kind, rows[1]) - y_hat_of(model, rows[0])[:, 0]
    J = np.mean(np.abs(residual) if loss == "absolute" else residual**2)

    assert model.history_["validation_loss"][model.best_epoch_ - 1] == pytest.approx(J, rel=1e-11)
    assert model.check_gradients(rows[0][:20], rows[1][:20]).passed


@pytest.mark.parametrize(
    ("settings", "words", "has_rmse"),
    [
        ({"target_transform": "standardise", "standardise": False}, "standardised units", True),
        ({"target_transform": "none"}, "squares of the targets' own units", True),
        ({"target_transform": "auto"}, "standardised units", True),
        ({"target_transform": "log"}, "transformed units", False),
        ({"target_transform": "quantile", "loss": "huber"}, "transformed units", False),
    ],
)
def test_the_history_says_the_units_and_gives_an_rmse_only_where_J_tells_it(settings, words, has_rmse, rows):
    history = fit(rows, **settings).history_

    assert history.units == words
    assert (history.target_scales is not None) == has_rmse
    if not has_rmse:
        assert history.rmse_at(1) == {}
        with pytest.raises(ValueError, match=r"as they are or standardised; .* in transformed units"):
            history.rmse()


def test_each_target_has_a_transform_of_its_own(rows):
    X, y = rows
    Y = np.column_stack([y, y, 10 * y])
    model = FeedForwardRegressor(**SETTINGS, target_transform=["log", "quantile", "auto"]).fit(X, Y)

    assert [transform.kind for transform in model.targets_.transforms] == ["log", "quantile", "standardise"]
    assert model.history_.units == "y0: transformed units; y1: transformed units; y2: standardised units"
    assert list(model.history_.rmse_at(8)) == ["y2"]
    assert_array_equal(np.isnan(model.history_.rmse()).all(axis=0), [True, True, False])
    assert [len(ax.child_axes) for ax in model.plot_history().axes[:4]] == [0, 0, 0, 1]  # a second axis for its RMSE


# Predictions


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_are_the_outputs_transformed_back(kind, rows):
    X, y = rows
    model = fit(rows, target_transform=kind, early_stopping=False)
    y_hat = y_hat_of(model, X)[:, 0]
    order = np.argsort(transformed(kind, y))
    expected = np.interp(y_hat, transformed(kind, y)[order], y[order])
    if kind != "quantile":
        moved = y_hat * (1 if kind == "none" else np.log(y).std() if kind == "log" else y.std())
        moved += 0 if kind == "none" else np.log(y).mean() if kind == "log" else y.mean()
        expected = np.exp(moved) if kind == "log" else moved

    assert_allclose(model.predict(X), expected, rtol=1e-12)


def test_a_monotone_map_keeps_quantiles(rows):
    """What is learnt of a target without inputs are its own quantiles, in order, under any transform."""
    X, _ = rows
    y = np.exp(np.random.default_rng(1).normal(size=129))
    loss, settings = Quantile(0.1, 0.5, 0.9), {"max_iter": 100, "tol": 0.0, "n_iter_no_change": 100, "dtype": "float32"}
    settings |= {"hidden_layer_sizes": (), "early_stopping": False, "learning_rate": "cosine"}
    for kind in ("log", "quantile"):
        low, middle, high = fit((0 * X, y), loss=loss, target_transform=kind, **settings).predict(0 * X[:1])[0]
        assert_allclose([low, middle, high], np.quantile(y, [0.1, 0.5, 0.9]), rtol=0.1)


def test_predictions_are_clipped_to_the_targets_seen_only_where_asked(rows):
    X, y = rows
    used = np.arange(129) < 60
    settings = {"early_stopping": False, "max_iter": 60}
    far = 30 * X
    for kind in ("auto", "log", "none"):
        free = fit((X[used], y[used]), target_transform=kind, **settings)
        clipped = fit((X[used], y[used]), target_transform=kind, clip_predictions=True, **settings)

        assert free.targets_.limits is None
        assert clipped.targets_.limits == ((y[used].min(), y[used].max()),)
        assert_array_equal(clipped.network_.theta, free.network_.theta)
        assert_array_equal(clipped.predict(far), np.clip(free.predict(far), y[used].min(), y[used].max()))
        assert (clipped.predict(far) != free.predict(far)).any()


def test_limits_are_of_the_rows_in_use_and_of_rates_with_exposure(rows):
    X, y = rows
    w = np.where(y > np.median(y), 0.0, 1.0)
    model = FeedForwardRegressor(**SETTINGS, clip_predictions=True, early_stopping=False).fit(X, y, w)
    assert model.targets_.limits == ((y.min(), y[w > 0].max()),)

    e = np.linspace(0.5, 4, 129)
    counts = np.round(e * y)
    model = FeedForwardRegressor(**SETTINGS, clip_predictions=True, early_stopping=False, loss="poisson")
    model.fit(X, counts, exposure=e)
    assert model.targets_.limits == (((counts / e).min(), (counts / e).max()),)
    assert_allclose(model.predict(30 * X, exposure=e), e * model.predict(30 * X), rtol=1e-15)


# The glass box


@pytest.mark.parametrize("loss", ["rss", Quantile(0.2, 0.8)], ids=["rss", "quantiles"])
@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_sensitivities_are_the_differences_of_predict(kind, clip, loss, rows, close):
    """In original units, through the transform back; 0 where a prediction is clipped or beyond the knots."""
    X, y = rows
    model = fit((X[:40], y[:40]), target_transform=kind, clip_predictions=clip, loss=loss, early_stopping=False)
    if clip or kind == "quantile":
        X = 3 * X  # some of it beyond what was seen
    found = model.sensitivities(X).reshape(len(X), -1, 3)
    steps = (-2, -1, 0, 1, 2)
    for j in range(3):
        moved = {k: X + k * 1e-4 * np.eye(3)[j] for k in steps}
        predicted = {k: model.predict(moved[k]).reshape(len(X), -1) for k in steps}
        differences = (8 * (predicted[1] - predicted[-1]) - (predicted[2] - predicted[-2])) / 12e-4
        smooth = np.ones(len(X), dtype=bool)
        pieces = {k: piece_of(model, y_hat_of(model, moved[k])) for k in steps}
        for k in steps:  # a corner between the steps is no derivative
            smooth &= (pieces[k] == pieces[0]).all(axis=1)
        assert smooth.mean() > 0.8
        close("transformed targets: sensitivities", found[smooth][:, :, j], differences[smooth], 1e-7, f"{kind} {j}")
    if clip:
        assert (found == 0).all(axis=2).any()


def piece_of(model, Y_hat):
    """On which straight or smooth piece of the way back an output is, and in which order outputs are."""
    transform, limits = model.targets_.transforms[0], model.targets_.limits
    pieces = np.zeros(Y_hat.shape, dtype=int)
    if isinstance(transform, NormalQuantiles):
        pieces = np.searchsorted(transform.values, Y_hat, side="right")
    if limits is not None:
        prediction = transform.inverse(Y_hat)
        pieces = pieces + 1000 * (prediction > limits[0][1]) + 2000 * (prediction < limits[0][0])
    return np.column_stack([pieces, np.argsort(Y_hat, axis=1)])


@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_trace_ends_in_the_prediction_and_shows_its_last_step(kind, clip, rows):
    X, y = rows
    model = fit(rows, target_transform=kind, clip_predictions=clip)
    made = model.trace(X[3], y[3])
    (transform,) = made.row.transforms
    page = trace_page(made)

    assert_allclose(made.row.prediction, model.predict(X[3:4]), rtol=1e-13)
    assert_allclose([column.sensitivity[0] for column in made.row.columns], model.sensitivities(X[3:4])[0], rtol=1e-13)
    assert (transform["kind"], transform["limits"]) == (kind, model.targets_.limits[0] if clip else None)
    assert made.to_dict()["row"]["transforms"][0]["kind"] == kind
    assert ("<mi>exp</mi>" in page) == (kind == "log")
    assert ("<mi>Q</mi>" in page) == (kind == "quantile")
    assert ("<mi>min</mi>" in page) == clip
    in_units = {"log": "the transformed", "quantile": "the transformed", "standardise": "the standardised"}.get(kind)
    assert in_units is None or f"in units of {in_units} target" in page


def test_a_trace_with_exposure_and_one_of_quantiles_that_cross_end_in_the_prediction(rows):
    """Their sensitivities are those of the prediction too: of the count, and of the quantile in that place."""
    X, y = rows
    e = np.linspace(0.5, 4, 129)
    counts = FeedForwardRegressor(**SETTINGS, loss="poisson").fit(X, np.round(e * y), exposure=e)
    row = counts.trace(X[7], np.round(e * y)[7], exposure=e[7:8]).row
    assert_allclose(row.prediction, counts.predict(X[7:8], exposure=e[7:8]), rtol=1e-13)
    assert_allclose([column.sensitivity[0] for column in row.columns], e[7] * counts.sensitivities(X[7:8])[0])

    crossed = fit(rows, loss=Quantile(0.4, 0.6), max_iter=1, early_stopping=False)
    Y_hat = y_hat_of(crossed, X)
    n = int(np.argmax(Y_hat[:, 0] - Y_hat[:, 1]))
    assert Y_hat[n, 0] > Y_hat[n, 1]
    assert_allclose(crossed.trace(X[n]).row.prediction, crossed.predict(X[n : n + 1])[0], rtol=1e-13)


# Weights, copies and going on


@pytest.mark.parametrize("kind", KINDS)
def test_a_weight_of_2_is_the_row_twice(kind, rows):
    X, y = rows
    w = np.random.default_rng(2).integers(0, 3, 129)
    settings = {**SETTINGS, "target_transform": kind, "clip_predictions": True, "early_stopping": False, "solver": "gd"}
    weighted = FeedForwardRegressor(**settings).fit(X, y, w)
    repeated = FeedForwardRegressor(**settings).fit(np.repeat(X, w, axis=0), np.repeat(y, w))

    assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-9)
    if kind == "quantile":
        assert weighted.targets_.transforms == repeated.targets_.transforms


@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("kind", [*KINDS, ["log", "quantile"]], ids=str)
def test_files_pickles_and_clones_give_the_same_bits(kind, clip, rows, tmp_path):
    X, y = rows
    Y = y if isinstance(kind, str) else np.column_stack([y, y])
    model = fit((X, Y), target_transform=kind, clip_predictions=clip)
    model.save(tmp_path / "m")
    again, unpickled = pellucid.load(tmp_path / "m"), pickle.loads(pickle.dumps(model))

    for copy in (again, unpickled):
        assert copy.targets_ == model.targets_
        assert_array_equal(copy.predict(5 * X), model.predict(5 * X))
        assert_array_equal(copy.sensitivities(X), model.sensitivities(X))
    assert_array_equal(clone(again).fit(X, Y).network_.theta, model.network_.theta)


def test_training_goes_on_with_the_first_calls_transform(rows):
    X, y = rows
    settings = {**SETTINGS, "target_transform": "quantile", "early_stopping": False}
    whole = FeedForwardRegressor(**settings).fit(X, y)
    halves = FeedForwardRegressor(**settings, warm_start=True).set_params(max_iter=4).fit(X, y)
    first = halves.targets_
    halves.fit(X, y)
    steps = FeedForwardRegressor(**settings)
    for _ in range(8):
        steps.partial_fit(X, y)

    assert halves.targets_ is first
    for model in (halves, steps):
        assert_array_equal(model.network_.theta, whole.network_.theta)
    with pytest.raises(ParameterError, match="`target_transform` parameter"):
        halves.set_params(target_transform="log").fit(X, y)


def test_a_checkpoint_is_not_resumed_with_another_transform(rows, tmp_path):
    settings = {**SETTINGS, "target_transform": "log", "checkpoint_dir": tmp_path / "c"}
    model = FeedForwardRegressor(**settings).fit(*rows)
    again = FeedForwardRegressor(**settings).fit(*rows, resume=True)

    assert_array_equal(again.predict(rows[0]), model.predict(rows[0]))
    for change, words in (
        ({"target_transform": "quantile"}, "target_transform was 'log' and is 'quantile'"),
        ({"clip_predictions": True}, "clip_predictions was False and is True"),
    ):
        with pytest.raises(ParameterError, match=f"{words}.*encodings are others"):
            FeedForwardRegressor(**{**settings, **change}).fit(*rows, resume=True)


# Refusals


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"target_transform": "log", "loss": "poisson"},
            "must be 'auto' or 'none' for the poisson loss. Got 'log' instead. It is one of the target's own numbers: "
            "leave this 'auto', or take loss='rss' or 'absolute'.",
        ),
        ({"target_transform": "quantile", "loss": "tweedie"}, "for the tweedie loss. Got 'quantile'"),
        ({"target_transform": "standardise", "loss": "gamma"}, "for the gamma loss. Got 'standardise'"),
        ({"target_transform": "log", "loss": "log"}, "for the log loss. Got 'log'"),
        (
            {"target_transform": "log", "output_activation": "softplus"},
            "must be 'auto' or 'none' for the output activation softplus. Got 'log' instead. Its outputs are not every "
            "number: leave output_activation='auto', or this 'auto'.",
        ),
        ({"target_transform": ["log", "log"]}, "one for all targets, or a list of 1, one for each. Got ['log', 'log']"),
        (
            {"target_transform": "exp"},
            "must be one of 'auto', 'standardise', 'log', 'quantile', 'none', or a list of these, one for each target. "
            "Got 'exp' instead.",
        ),
        ({"target_transform": None}, "one for each target. Got None instead."),
        ({"target_transform": []}, "one for each target. Got [] instead."),
        ({"target_transform": ["log", 1]}, "one for each target. Got ['log', 1] instead."),
        ({"clip_predictions": "yes"}, "`clip_predictions` parameter of FeedForwardRegressor must be True or False."),
    ],
)
def test_what_a_loss_cannot_have_is_refused(settings, sentence, rows):
    with pytest.raises(ParameterError) as refusal:
        fit(rows, **settings)
    assert sentence in str(refusal.value)


def test_a_refusal_names_the_one_target_of_several(rows):
    X, y = rows
    with pytest.raises(ParameterError, match="for the poisson loss of target 1"):
        fit((X, np.column_stack([y, y])), loss=["rss", "poisson"], target_transform="log")
    model = fit((X, np.column_stack([y, y])), loss=["rss", "poisson"], target_transform=["log", "auto"])
    assert [transform.kind for transform in model.targets_.transforms] == ["log", "mean"]


@pytest.mark.parametrize("settings", [{"target_transform": "log"}, {"clip_predictions": True}])
def test_classes_have_no_transform(settings, rows):
    with pytest.raises(ParameterError, match="It is for numbers: classes have neither a scale nor a range"):
        FeedForwardClassifier(**settings).fit(rows[0], rows[1] > 1)


def test_what_has_no_logarithm_is_refused_by_target_and_row(rows):
    X, y = rows
    y = y.copy()
    y[[17, 90]] = 0.0, -2.0
    sentence = (
        "The target 'y' has 2 values that are not above 0, which has no logarithm: the first is 0 in row 17. Correct "
        "these rows, leave them out, or take another target_transform, as 'quantile', or loss='poisson' or 'tweedie' "
        "for amounts that may be 0."
    )
    for early_stopping in (False, True):
        with pytest.raises(DataError) as refusal:
            fit((X, y), target_transform="log", early_stopping=early_stopping)
        assert "in row 17." in str(refusal.value) or "in row 90." in str(refusal.value)
    with pytest.raises(DataError) as refusal:
        fit((X, y), target_transform="log", early_stopping=False)
    assert str(refusal.value) == sentence
    FeedForwardRegressor(**SETTINGS, target_transform="log").fit(X, y, sample_weight=(y > 0).astype(float))

    model = fit(rows, target_transform="log")
    for call in (
        lambda: FeedForwardRegressor(**SETTINGS, target_transform="log").fit(*rows, X_val=X, y_val=y),
        lambda: model.trace(X[0], -1.0),
        lambda: model.check_gradients(X, y),
    ):
        with pytest.raises(DataError, match="no logarithm"):
            call()


FORGERIES = {
    "an unknown kind": {"kind": "exp", "mean": 0.0, "scale": 1.0},
    "a field too many": {"kind": "log", "mean": 0.0, "scale": 1.0, "base": 10},
    "a field too few": {"kind": "log", "mean": 0.0},
    "a scale of 0": {"kind": "log", "mean": 0.0, "scale": 0.0},
    "a mean that is no number": {"kind": "standardise", "mean": "0", "scale": 1.0},
    "a true scale": {"kind": "standardise", "mean": 0.0, "scale": True},
    "a moved none": {"kind": "none", "mean": 0.0, "scale": 2.0},
    "the mean, for rss": {"kind": "mean", "mean": 0.0, "scale": 2.0},
    "knots that fall": {"kind": "quantile", "knots": [1.0, 0.0], "values": [-1.0, 1.0]},
    "equal values": {"kind": "quantile", "knots": [0.0, 1.0], "values": [1.0, 1.0]},
    "more knots than values": {"kind": "quantile", "knots": [0.0, 1.0], "values": [1.0]},
    "no knots": {"kind": "quantile", "knots": [], "values": []},
    "knots too far apart": {"kind": "quantile", "knots": [-1.7e308, 1.7e308], "values": [-1.0, 1.0]},
    "knots that are no list": {"kind": "quantile", "knots": 1.0, "values": 2.0},
    "no description": None,
}


@pytest.mark.parametrize("forged", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_transform_is_refused(forged, rows, tmp_path):
    fit(rows, max_iter=1).save(tmp_path / "m")
    description, arrays = read_model(tmp_path / "m")
    description["targets"]["transforms"] = [forged]
    write_model(tmp_path / "m", description, arrays)

    with pytest.raises(ModelFileError):
        pellucid.load(tmp_path / "m")


@pytest.mark.parametrize("limits", [[], [[1.0]], [[2.0, 1.0]], [["a", "b"]], [[0.0, 1.0], [0.0, 1.0]], 3])
def test_forged_limits_are_refused(limits, rows, tmp_path):
    fit(rows, max_iter=1, clip_predictions=True).save(tmp_path / "m")
    description, arrays = read_model(tmp_path / "m")
    description["targets"]["limits"] = limits
    write_model(tmp_path / "m", description, arrays)

    with pytest.raises(ModelFileError):
        pellucid.load(tmp_path / "m")


def test_a_target_too_far_spread_for_knots_is_refused(rows):
    X, y = rows
    y = y.copy()
    y[[3, 4]] = 1.7e308, -1.7e308
    with pytest.raises(DataError, match="too far for its mean and spread to be computed"):
        fit((X, y), target_transform="quantile", early_stopping=False)


def test_a_lazy_frame_and_a_metric_have_their_own_refusals(rows):
    X, y = rows
    lazy = pl.LazyFrame({"y": y})
    for given in ((X, lazy), (pl.LazyFrame(X), y)):
        with pytest.raises(DataError, match=r"[Xy] is a LazyFrame, which holds no rows until it is computed: give it"):
            fit(given)
    with pytest.raises(DataError, match=r"as y\.collect\(\) does"):
        FeedForwardClassifier().fit(X, lazy)
    with pytest.raises(ParameterError) as refusal:
        fit(rows, scoring=mean_absolute_error)
    assert str(refusal.value) == (
        "The `scoring` parameter of FeedForwardRegressor must be a callable(estimator, X, y). Got "
        "'mean_absolute_error' instead. It is a metric of y_true and y_pred: give "
        "sklearn.metrics.make_scorer(mean_absolute_error), with greater_is_better=False if it is an error."
    )


def test_none_and_auto_follow_standardise(rows):
    assert fit(rows, target_transform="none").targets_.transforms == (Linear(),)
    assert fit(rows, standardise="inputs").targets_.transforms == (Linear(),)
    assert fit(rows, standardise="inputs", target_transform="standardise").targets_.transforms[0].kind == "standardise"
    assert fit(rows, loss="poisson", target_transform="none").targets_.transforms == (Linear(),)
