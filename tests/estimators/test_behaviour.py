"""What the estimators promise beyond scikit-learn's checks."""

import copy
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import pellucid
from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import DataError, DataWarning, LossNotFiniteError, ParameterError
from pellucid.tables.target_transforms import Linear

# Full batches in float64 and nothing held out: what is computed depends on the weighted rows alone.
EXACT = {
    "hidden_layer_sizes": (5,),
    "dtype": "float64",
    "batch_size": "full",
    "early_stopping": False,
    "max_iter": 40,
    "learning_rate_init": 0.02,
    "random_state": 3,
}


def make_rows(n=120, n_targets=1, seed=0):
    """A smooth function of three numbers, and y with one column or several."""
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(n, 3)) * [1.0, 20.0, 0.1] + [0, 100, 3]
    signal = np.sin(X[:, 0]) + (X[:, 1] - 100) / 20
    Y = np.stack([signal * 10 + 5, -signal, signal**2][:n_targets], axis=1)
    return X, Y[:, 0] if n_targets == 1 else Y


def outputs(model, X):
    """What a model says in numbers: predictions, or probabilities."""
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)


TASKS = {
    "one number": (FeedForwardRegressor, lambda X, Y: Y[:, 0]),
    "three numbers": (FeedForwardRegressor, lambda X, Y: Y),
    "two classes": (FeedForwardClassifier, lambda X, Y: np.where(Y[:, 0] > 5, "high", "low")),
    "four classes": (FeedForwardClassifier, lambda X, Y: np.digitize(Y[:, 0], [-2, 5, 12])),
    "three labels": (FeedForwardClassifier, lambda X, Y: (np.median(Y, axis=0) < Y).astype(int)),
}


@pytest.fixture(params=TASKS, ids=str)
def task(request):
    """(estimator class, X, y) of every kind of task."""
    cls, target = TASKS[request.param]
    X, Y = make_rows(n_targets=3)
    return cls, X, target(X, Y)


STEPPED = {
    "gd": {"solver": "gd"},
    "sgd": {"solver": "sgd"},
    "adam": {"solver": "adam"},
    "adamw": {"solver": "adamw"},
    "rmsprop": {"solver": "rmsprop"},
    # Ten iterations only: see tests/training/test_rows_and_weights.py for how fast its rounding grows.
    "lbfgs": {"solver": "lbfgs", "learning_rate_init": "auto", "max_iter": 10},
    "clipped, decayed, by cosine": {"clip_norm": 0.1, "weight_decay": 0.2, "learning_rate": pellucid.Cosine(warmup=5)},
}


@pytest.mark.parametrize("solver", STEPPED)
@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_a_weight_of_2_is_the_row_twice_and_of_0_is_no_row(task, solver, engine):
    cls, X, y = task
    weights = np.random.default_rng(1).integers(0, 4, len(X))
    repeated = np.repeat(np.arange(len(X)), weights)

    weighted = cls(**{**EXACT, **STEPPED[solver]}, engine=engine).fit(X, y, sample_weight=weights)
    plain = cls(**{**EXACT, **STEPPED[solver]}, engine=engine).fit(X[repeated], y[repeated])

    assert_allclose(outputs(weighted, X), outputs(plain, X), rtol=1e-10, atol=1e-10)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_model(task):
    cls, X, y = task
    one, same, other = (cls(max_iter=5, random_state=seed).fit(X, y) for seed in (7, 7, 8))

    assert one.network_.theta.tobytes() == same.network_.theta.tobytes()
    assert one.network_.theta.tobytes() != other.network_.theta.tobytes()


def test_the_engines_train_the_same_network(task):
    cls, X, y = task
    settings = {"dtype": "float64", "max_iter": 20, "random_state": 0, "batch_size": 17}
    compiled = cls(**settings, engine="compiled").fit(X, y)
    reference = cls(**settings, engine="reference").fit(X, y)

    assert (compiled.engine_, reference.engine_) == ("compiled", "reference")
    # 20 epochs of 7 steps let rounding errors of 1e-16 grow by the steepness of the loss; far below any use.
    assert_allclose(compiled.network_.theta, reference.network_.theta, rtol=1e-9, atol=1e-10)


def test_a_saved_model_predicts_the_same_bits(task, tmp_path):
    cls, X, y = task
    model = cls(max_iter=5, random_state=0).fit(X, y)

    model.save(tmp_path / "model")
    again = pellucid.load(tmp_path / "model")

    assert type(again) is cls
    assert_array_equal(outputs(again, X), outputs(model, X))
    assert_array_equal(again.predict(X), model.predict(X))
    assert again.predict(X).dtype == model.predict(X).dtype


def test_pickled_and_copied_models_predict_the_same_bits(task):
    cls, X, y = task
    model = cls(max_iter=5, random_state=0).fit(X, y)

    for again in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert_array_equal(outputs(again, X), outputs(model, X))
        again.network_.theta[:] = 0
        assert (again.network_.W[0] == 0).all()  # still views of its own theta


def test_rows_are_predicted_alike_alone_and_together(task):
    """In float64, to 4 units in the last place of the largest output: the order of a sum may differ."""
    cls, X, y = task
    model = cls(max_iter=5, random_state=0).fit(X, y)
    together = outputs(model, X)

    alone = np.concatenate([outputs(model, X[i : i + 1]) for i in range(len(X))])

    assert np.abs(alone - together).max() <= 4 * np.finfo(np.float64).eps * np.abs(together).max()


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "arrow"])
def test_every_kind_of_frame_gives_the_model_of_the_array(frame):
    X, y = make_rows()
    from_array = FeedForwardRegressor(max_iter=3, random_state=0).fit(X, y)
    columns = {f"feature {j}": X[:, j] for j in range(X.shape[1])}

    model = FeedForwardRegressor(max_iter=3, random_state=0).fit(frame(columns), y)

    assert list(model.feature_names_in_) == list(columns)
    assert_array_equal(model.predict(frame(columns)), from_array.predict(X))


def test_columns_of_text_and_missing_values_are_learnt_from():
    """The target depends on the town and on whether the size is known; both are in the frame only."""
    generator = np.random.default_rng(0)
    town = generator.choice(["Bern", "Rome", "Oslo"], 300)
    size = np.where(generator.uniform(size=300) < 0.3, np.nan, generator.uniform(size=300))
    y = np.where(town == "Rome", 5.0, 0.0) + np.where(np.isnan(size), 2.0, size)
    frame = pd.DataFrame({"town": town, "size": size})

    model = FeedForwardRegressor(random_state=0).fit(frame, y)

    assert model.score(frame, y) > 0.99
    with pytest.warns(DataWarning, match="1 row has a value of the column 'town' that was not seen in training"):
        model.predict(pd.DataFrame({"town": ["Paris"], "size": [0.5]}))


def test_a_missing_target_leaves_out_that_target_of_that_row_only():
    """One step of gradient descent is the sum of two: of the first target on all rows, and of the second on its own.

    Whatever stands behind a missing second target, the row has the weight 0 in that second step; the first has it in.
    """
    X, Y = make_rows(n_targets=2)
    X = (X - X.mean(axis=0)) / X.std(axis=0)  # once for all: the steps below see different rows
    present = np.arange(len(X)) % 3 > 0
    some = np.where(present[:, None] | [True, False], Y, np.nan)
    anything = np.where(present[:, None] | [True, False], Y, 1e9)

    def step(Y, **fit):
        weights = fit.pop("target_weights", None)
        settings = {**EXACT, "solver": "gd", "max_iter": 1, "standardise": False, "target_weights": weights}
        moved = FeedForwardRegressor(**settings).fit(X, Y, **fit).network_.theta
        start = FeedForwardRegressor(**{**settings, "learning_rate_init": 1e-300}).fit(X, Y, **fit).network_.theta
        return moved - start

    together = step(some)

    first = step(Y, target_weights=[1, 0])
    second = step(anything, target_weights=[0, 1], sample_weight=present)
    assert_allclose(together, first + second, rtol=1e-10, atol=1e-12 * np.abs(together).max())
    assert np.abs(second).max() > 1e-3 * np.abs(first).max()


def test_the_mean_and_scale_of_a_target_are_of_the_rows_that_have_it():
    X, Y = make_rows(n_targets=2)
    some = Y.copy()
    some[::3, 1] = np.nan

    model = FeedForwardRegressor((8,), early_stopping=False, max_iter=2, random_state=0).fit(X, some)

    assert [t.mean for t in model.targets_.transforms] == pytest.approx(np.nanmean(some, axis=0), rel=1e-13)
    assert [t.scale for t in model.targets_.transforms] == pytest.approx(np.nanstd(some, axis=0), rel=1e-13)


def test_a_row_whose_targets_are_all_missing_is_not_there():
    X, y = make_rows()
    with_missing = y.copy()
    with_missing[[3, 50]] = np.nan
    present = ~np.isnan(with_missing)

    model = FeedForwardRegressor(**EXACT).fit(X, with_missing)
    without = FeedForwardRegressor(**EXACT).fit(X[present], y[present])

    assert_allclose(model.predict(X), without.predict(X), rtol=1e-12)


def test_rows_of_weight_0_do_not_decide_the_classes():
    X, _ = make_rows(40)
    y = np.array(["a", "b"] * 20)
    y[7] = "a class that has no weight"
    weights = np.ones(40)
    weights[7] = 0

    model = FeedForwardClassifier(max_iter=2, random_state=0).fit(X, y, sample_weight=weights)

    assert list(model.classes_) == ["a", "b"]


def test_no_hidden_layer_is_least_squares():
    """Full-batch gradient descent on a linear network ends at the coefficients of scikit-learn's linear model."""
    from sklearn.linear_model import LinearRegression

    X, y = make_rows()
    model = FeedForwardRegressor(
        (), solver="gd", learning_rate_init=0.3, max_iter=2000, early_stopping=False, tol=0.0,
        n_iter_no_change=2000, dtype="float64", random_state=0,
    ).fit(X, y)  # fmt: skip

    assert_allclose(model.predict(X), LinearRegression().fit(X, y).predict(X), rtol=1e-9, atol=1e-9)


def test_no_hidden_layer_is_logistic_regression():
    from sklearn.linear_model import LogisticRegression

    X, Y = make_rows(n_targets=2)
    noisy = Y[:, 0] + np.random.default_rng(1).normal(size=len(X)) * 15
    y = np.digitize(noisy, [-5, 15])
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    alpha = 0.05
    # scikit-learn minimises C sum L + ||W||^2 / 2, we the mean of L + alpha ||W||^2 / 2: C = 1 / (alpha N).
    peer = LogisticRegression(C=1 / (alpha * len(X)), tol=1e-10, max_iter=2000).fit(Z, y)

    model = FeedForwardClassifier(
        (), solver="gd", learning_rate_init=0.5, max_iter=3000, early_stopping=False, tol=0.0,
        n_iter_no_change=3000, alpha=alpha, dtype="float64", random_state=0,
    ).fit(X, y)  # fmt: skip

    assert_allclose(model.predict_proba(X), peer.predict_proba(Z), atol=1e-6)


def test_given_validation_rows_are_watched_and_nothing_is_held_out():
    X, y = make_rows()
    model = FeedForwardRegressor(max_iter=4, dtype="float64", random_state=0).fit(
        X[:80], y[:80], X_val=X[80:], y_val=y[80:]
    )

    last = FeedForwardRegressor(max_iter=4, dtype="float64", random_state=0, early_stopping=False).fit(X[:80], y[:80])
    J = np.mean((last.predict(X[80:]) - y[80:]) ** 2) / last.targets_.transforms[0].scale ** 2

    assert model.history_["validation_loss"][-1] == pytest.approx(J, rel=1e-9)
    assert model.history_.units == "standardised units"
    assert model.history_.rmse()[-1, 0] == pytest.approx(np.sqrt(J) * last.targets_.transforms[0].scale, rel=1e-9)


def test_the_best_weights_by_validation_are_kept():
    X, y = make_rows(60)
    model = FeedForwardRegressor((64,), learning_rate_init=0.05, random_state=0, max_iter=120).fit(X, y)

    losses = model.history_["validation_loss"]
    assert model.best_epoch_ == np.argmin(losses) + 1
    assert model.best_epoch_ < model.n_iter_ == len(model.history_)
    assert model.stopped_by_ == "patience"


# Inputs around 100 silence many units at once, and that is said; it is not what this test is about.
@pytest.mark.filterwarnings("ignore::pellucid.errors.TrainingWarning")
def test_unscaled_data_stay_unscaled_when_asked():
    X, y = make_rows()
    model = FeedForwardRegressor(max_iter=2, standardise=False, random_state=0).fit(X, y)
    inputs_only = FeedForwardRegressor(max_iter=2, standardise="inputs", random_state=0).fit(X, y)

    assert model.targets_.transforms == (Linear(),)
    assert [column.mean for column in model.encoder_.columns] == [0, 0, 0]
    assert [round(column.mean) for column in inputs_only.encoder_.columns] == [0, 100, 3]
    assert inputs_only.targets_.transforms[0].scale == 1.0
    assert model.history_.units == "squares of the targets' own units"


def test_multi_label_probabilities_are_one_for_each_label():
    X, Y = make_rows(n_targets=3)
    labels = (np.median(Y, axis=0) < Y).astype(int)
    model = FeedForwardClassifier(random_state=0).fit(X, pd.DataFrame(labels, columns=["p", "q", "r"]))

    assert model.targets_.names == model.history_.target_names == ("p", "q", "r")
    assert model.predict_proba(X).shape == (120, 3)
    assert_array_equal(model.predict(X), model.predict_proba(X) >= 0.5)
    assert (model.predict(X) == labels).mean() > 0.9


def test_target_weights_say_what_each_target_counts():
    X, Y = make_rows(n_targets=2)
    settings = {**EXACT, "max_iter": 300}
    first = FeedForwardRegressor(**settings, target_weights=[1, 0]).fit(X, Y)
    alone = FeedForwardRegressor(**settings, target_weights=[1000, 0]).fit(X, Y)

    record = first.history_.records[-1]
    assert record.training_loss == pytest.approx(record.training_by_target[0])
    assert alone.history_.records[-1].training_loss == pytest.approx(
        1000 * alone.history_.records[-1].training_by_target[0]
    )


def test_a_callback_sees_each_epoch_and_can_stop():
    seen = []

    def stop_at_3(state):
        seen.append((state.epoch, state.record.training_loss, state.network.theta.size))
        return state.epoch == 3

    X, y = make_rows()
    model = FeedForwardRegressor((4,), callbacks=[stop_at_3], random_state=0).fit(X, y)

    assert [epoch for epoch, _, _ in seen] == [1, 2, 3]
    assert model.stopped_by_ == "callback"
    assert model.network_.theta.size == seen[0][2] == 21


def test_verbose_prints_to_standard_error(capsys):
    X, y = make_rows()
    FeedForwardRegressor(max_iter=2, verbose=True, random_state=0).fit(X, y)

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 2
    assert "epoch 2: training" in said.err


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_a_run_that_diverges_says_where_and_what_to_try_and_stays_usable(engine, tmp_path):
    """The start is better than the one epoch before the end, whose loss is finite and beyond all measure."""
    X, y = make_rows()
    model = FeedForwardRegressor(solver="gd", learning_rate_init=1e4, random_state=0, engine=engine)

    with pytest.raises(LossNotFiniteError) as told:
        model.fit(X, y)

    assert str(told.value) == (
        "The rss loss was no longer a finite number in epoch 2. The first numbers to run away were in layer 2 of 3, "
        "whose h = W z + c left the range of float32. Usually the learning rate is too large: try "
        "learning_rate_init=1000 (it is 10000), or clip_norm=1. Or a target or an input holds a value very far from "
        "the others."
    )
    assert told.value.__notes__ == ["The model keeps its starting weights."]
    assert (model.stopped_by_, model.n_iter_, model.best_epoch_, len(model.history_)) == ("not finite", 1, 0, 1)
    assert np.isfinite(model.history_["validation_loss"]).all()
    assert np.isfinite(model.predict(X)).all()
    model.save(tmp_path / "model.safetensors")
    assert_array_equal(pellucid.load(tmp_path / "model.safetensors").predict(X), model.predict(X))


REMEDIES = [
    (
        FeedForwardRegressor,
        {"clip_norm": 5, "solver": "rmsprop", "learning_rate_init": 1e36},
        "clip_norm=0.5 (it is 5)",
    ),
    (FeedForwardRegressor, {"standardise": False, "solver": "gd", "learning_rate_init": 100}, "try standardise=True."),
    (
        FeedForwardRegressor,
        {"standardise": "inputs", "solver": "gd", "learning_rate_init": 1e4},
        "try standardise=True.",
    ),
    (FeedForwardClassifier, {"standardise": "inputs", "learning_rate_init": 1e36}, "or clip_norm=1. Or a target"),
]


@pytest.mark.parametrize(("cls", "settings", "expected"), REMEDIES, ids=str)
def test_the_remedies_are_those_that_have_not_been_taken(cls, settings, expected):
    X, y = make_rows()

    with pytest.raises(LossNotFiniteError) as told:
        cls(**settings, random_state=0).fit(X, y if cls is FeedForwardRegressor else y > 5)

    assert expected in str(told.value)


REFUSED = [
    ({"alpha": -1}, "The `alpha` parameter of FeedForwardRegressor must be a number >= 0. Got -1 instead."),
    ({"alpha": float("nan")}, "The `alpha` parameter of FeedForwardRegressor must be a number >= 0. Got nan instead."),
    (
        {"max_iter": 1.5},
        "The `max_iter` parameter of FeedForwardRegressor must be a whole number >= 1. Got 1.5 instead.",
    ),
    (
        {"hidden_layer_sizes": 64},
        "The `hidden_layer_sizes` parameter of FeedForwardRegressor must be a sequence of whole numbers >= 1, "
        "or () for no hidden layer. Got 64 instead.",
    ),
    (
        {"activation": ["relu"]},
        "The `activation` parameter of FeedForwardRegressor names 1 activations for 2 hidden layers. "
        "Give one name for all, or a list with one for each.",
    ),
    (
        {"validation_fraction": 1.0},
        "The `validation_fraction` parameter of FeedForwardRegressor must be a number in (0, 1). Got 1.0 instead.",
    ),
    (
        {"target_weights": [1, 2]},
        "The `target_weights` parameter of FeedForwardRegressor must be 1 finite numbers >= 0, one for each target, "
        "not all of them 0. Got [1, 2] instead.",
    ),
    (
        {"engine": "jax"},
        "The `engine` parameter of FeedForwardRegressor must be 'auto', 'compiled' or 'reference'. Got 'jax' instead.",
    ),
]


@pytest.mark.parametrize(("settings", "message"), REFUSED, ids=[str(settings) for settings, _ in REFUSED])
def test_a_wrong_argument_is_refused_in_one_sentence(settings, message):
    X, y = make_rows()

    with pytest.raises(ParameterError) as refusal:
        FeedForwardRegressor(**settings).fit(X, y)

    assert str(refusal.value) == message


def test_classes_have_no_scale():
    X, y = make_rows()
    with pytest.raises(ParameterError, match="must be True, False or 'inputs': classes have no scale"):
        FeedForwardClassifier(standardise="targets").fit(X, y > 5)


def test_validation_needs_both_parts():
    X, y = make_rows()
    with pytest.raises(
        ParameterError, match=r"`X_val` and `y_val` parameters of FeedForwardRegressor\.fit must be given"
    ):
        FeedForwardRegressor().fit(X, y, X_val=X)


def test_unseen_classes_in_validation_are_named():
    X, _ = make_rows(40)
    y = np.array(["a", "b"] * 20)
    with pytest.raises(DataError, match=r"classes that were not seen in training: 'c'\. Leave these rows out, or"):
        FeedForwardClassifier().fit(X, y, X_val=X[:2], y_val=["a", "c"])
