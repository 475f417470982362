"""Going on is not stopping: warm_start and partial_fit give the bytes of one fit, or say why they cannot."""

import pickle
import warnings
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

import pellucid
from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import DataError, DataWarning, ParameterError, TrainingWarning
from pellucid.training import run as run_module

GENERATOR = np.random.default_rng(3)
X = GENERATOR.normal(size=(120, 3))
Y = np.column_stack([np.sin(X[:, 0]), X[:, 1] * X[:, 2]])
WEIGHTS = GENERATOR.uniform(0, 2, 120)
CLASSES = np.array(["no", "perhaps", "yes"])[np.digitize(X[:, 0], [-0.5, 0.5])]
LABELS = (Y > 0).astype(int)
COUNTS = GENERATOR.poisson(np.exp(X[:, 0]))
SHARED = {"hidden_layer_sizes": (5,), "random_state": 4, "engine": "reference", "early_stopping": False,
          "n_iter_no_change": 100}  # fmt: skip

TASKS = {
    "a number": (FeedForwardRegressor, Y[:, 0], {}),
    "two numbers": (FeedForwardRegressor, Y, {"loss": ["rss", pellucid.Huber(1.0)]}),
    "counts": (FeedForwardRegressor, COUNTS, {"loss": "poisson"}),
    "two classes": (FeedForwardClassifier, CLASSES == "yes", {}),
    "classes": (FeedForwardClassifier, CLASSES, {"class_weight": "balanced"}),
    "labels": (FeedForwardClassifier, LABELS, {}),
}
SETTINGS = {
    "adam": {},
    "full batch": {"solver": "gd", "learning_rate_init": 0.05},
    "sgd, plateau": {"solver": "sgd", "learning_rate": "plateau", "clip_norm": 1.0},
    "rmsprop, float64": {"solver": "rmsprop", "dtype": "float64", "learning_rate": "invscaling"},
    "dropout, noise, penalties": {"dropout": 0.2, "input_noise": 0.1, "alpha": 0.01, "l1": 0.001},
    "adamw, step": {"solver": "adamw", "learning_rate": pellucid.StepDecay(every=3)},
    "lbfgs": {"solver": "lbfgs"},
}


def state_of(model):
    """All that was learnt, but for the seconds."""
    records = [{**asdict(record), "seconds": 0} for record in model.history_]
    return model.network_.theta.tobytes(), records, model.n_iter_, model.best_epoch_, model.encoder_.to_dict()


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["", "weighted"])
@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("task", TASKS)
def test_ten_and_ten_epochs_and_twenty_calls_of_partial_fit_are_twenty_epochs(task, setting, weights):
    """The same bytes of weights and history for every task, solver and schedule."""
    cls, y, own = TASKS[task]
    arguments = {**SHARED, **own, **SETTINGS[setting]}
    twenty = state_of(cls(max_iter=20, **arguments).fit(X, y, weights))

    warm = cls(max_iter=10, warm_start=True, **arguments).fit(X, y, weights)
    assert warm.n_iter_ == 10
    assert state_of(warm.fit(X, y, weights)) == twenty

    if arguments.get("solver") != "lbfgs":
        by_epoch = cls(max_iter=20, **arguments)
        for _ in range(20):
            by_epoch.partial_fit(X, y, sample_weight=weights)
        assert state_of(by_epoch) == twenty


def test_a_cosine_over_max_iter_epochs_is_the_same_in_calls_of_partial_fit():
    twenty = FeedForwardRegressor(max_iter=20, learning_rate="cosine", **SHARED).fit(X, Y)
    by_epoch = FeedForwardRegressor(max_iter=20, learning_rate="cosine", **SHARED)
    for _ in range(20):
        by_epoch.partial_fit(X, Y)

    assert state_of(by_epoch) == state_of(twenty)


def test_validation_goes_on_too_with_the_best_weights_of_all_calls():
    """With rows to validate on, 10 + 10 epochs keep the best of 20, and the patience that was there."""
    arguments = {**SHARED, "early_stopping": True, "learning_rate_init": 0.2, "activation": "tanh"}
    held = {"X_val": X[:40], "y_val": Y[:40]}
    twenty = FeedForwardRegressor(max_iter=20, **arguments).fit(X[40:], Y[40:], **held)
    assert 0 < twenty.best_epoch_ < 20  # else it would show nothing

    warm = FeedForwardRegressor(max_iter=10, warm_start=True, **arguments)
    by_epoch = FeedForwardRegressor(max_iter=20, **arguments)
    for _ in range(2):
        warm.fit(X[40:], Y[40:], **held)
    for _ in range(20):
        by_epoch.partial_fit(X[40:], Y[40:], **held)

    assert state_of(warm) == state_of(twenty)
    assert state_of(by_epoch) == state_of(twenty)


def test_rows_held_out_stay_held_out_when_the_rows_are_the_same():
    """early_stopping's own split is a function of the seed: going on with the same rows validates on the same."""
    arguments = {**SHARED, "early_stopping": True}
    twenty = FeedForwardRegressor(max_iter=20, **arguments).fit(X, Y)
    warm = FeedForwardRegressor(max_iter=10, warm_start=True, **arguments).fit(X, Y).fit(X, Y)

    assert state_of(warm) == state_of(twenty)
    with pytest.raises(DataError, match=r"some of those held out .* may have been trained on.*Give X_val and y_val"):
        warm.fit(X[::-1], Y[::-1])
    assert state_of(warm) == state_of(twenty)


def test_patience_over_several_calls_asks_to_stop():
    """`stopped_by_` says "patience" once n_iter_no_change epochs have passed without improvement, in whichever call."""
    model = FeedForwardRegressor(**{**SHARED, "n_iter_no_change": 3, "learning_rate_init": 0.3, "activation": "tanh"})
    held = {"X_val": X[:40], "y_val": Y[:40]}
    reasons = [model.partial_fit(X[40:], Y[40:], **held).stopped_by_ for _ in range(60)]

    losses = model.history_["validation_loss"]
    first = reasons.index("patience")
    best = int(np.argmin(losses[: first + 1]))
    assert first - best == 3
    assert set(reasons[:first]) == {"max_epochs"}
    assert model.best_epoch_ == 1 + int(np.argmin(losses))


def test_new_rows_are_learnt_in_the_scales_of_the_first_which_is_said_once():
    """A second table, shifted by 5: the encoder stays, one warning says so, and the error on it falls."""
    model = FeedForwardRegressor(**{**SHARED, "learning_rate_init": 0.01})
    for _ in range(5):
        model.partial_fit(X, Y[:, 0])
    first = model.encoder_.to_dict()
    shifted, y = X + 5, Y[:, 0] + 5
    before = np.mean((model.predict(shifted) - y) ** 2)

    with pytest.warns(DataWarning, match="stay those of the first call"):
        model.partial_fit(shifted, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(20):
            model.partial_fit(shifted, y)

    assert model.encoder_.to_dict() == first
    assert np.mean((model.predict(shifted) - y) ** 2) < before / 4
    assert (model.n_iter_, len(model.history_)) == (26, 26)


def test_classes_that_come_later_are_named_in_the_first_call():
    model = FeedForwardClassifier(**SHARED)
    some = CLASSES != "perhaps"
    model.partial_fit(X[some], CLASSES[some], classes=["yes", "no", "perhaps"])
    with pytest.warns(DataWarning):
        model.partial_fit(X, CLASSES)

    assert model.classes_.tolist() == ["no", "perhaps", "yes"]
    assert model.predict_proba(X).shape == (120, 3)
    with pytest.raises(ParameterError, match=r"must name the classes of the first call, \['no', 'perhaps', 'yes'\]"):
        model.partial_fit(X, CLASSES, classes=["no", "yes"])
    with pytest.raises(DataError, match=r"not seen in training: 'maybe'.* name all classes in the first call"):
        model.partial_fit(X, np.where(CLASSES == "yes", "maybe", CLASSES))
    of_objects = FeedForwardClassifier(**SHARED).partial_fit(X, CLASSES.astype(object))
    with pytest.raises(DataError, match=r"y holds labels like \d, and training had 'no'\. Give them in the same type"):
        of_objects.partial_fit(X, (CLASSES == "yes") + 1)


def test_a_pickle_goes_on_like_the_model_itself():
    whole = FeedForwardRegressor(max_iter=10, warm_start=True, **SHARED).fit(X, Y)
    again = pickle.loads(pickle.dumps(whole))

    assert state_of(again.fit(X, Y)) == state_of(whole.fit(X, Y))


def test_a_loaded_model_goes_on_from_its_weights_and_says_what_it_has_lost(tmp_path):
    """A model file holds no solver state: the first epoch after it is that of a new solver from these weights."""
    model = FeedForwardRegressor(max_iter=10, **SHARED).fit(X, Y)
    model.save(tmp_path / "model")
    loaded = pellucid.load(tmp_path / "model")
    before = loaded.network_.theta.copy()

    with pytest.warns(TrainingWarning, match="holds no state of the solver and no history"):
        loaded.partial_fit(X, Y)

    assert (loaded.n_iter_, len(loaded.history_)) == (1, 1)
    steps = -(-120 // 32)
    assert 0 < np.abs(loaded.network_.theta - before).max() <= steps * 0.001 * 1.01  # Adam's first steps are the rate


def test_what_may_change_between_calls_changes_what_follows():
    """The rate, penalties, callbacks and the like; the network and its encodings may not."""
    model = FeedForwardRegressor(max_iter=3, warm_start=True, **SHARED).fit(X, Y)
    model.set_params(learning_rate_init=1e-4, alpha=0.1, batch_size=20)
    model.fit(X, Y)
    assert model.history_["learning_rate"].tolist() == [0.001] * 3 + [0.0001] * 3


REFUSED = {
    "another network": ({"hidden_layer_sizes": (6,)}, r"`hidden_layer_sizes` .* was \(5,\) when training began"),
    "another activation": ({"activation": "tanh"}, r"`activation` .* was 'relu' when training began and is 'tanh'"),
    "another solver": ({"solver": "sgd"}, "`solver` .* was 'adam'"),
    "another seed": ({"random_state": 5}, "`random_state` .* was 4"),
    "another loss": ({"loss": pellucid.Huber(2.0)}, "`loss` .* was 'auto'"),
    "another precision": ({"dtype": "float64"}, "`dtype` .* was 'float32'"),
    "a cosine": (
        {"learning_rate": "cosine"},
        "made for 3 epochs, 3 of which .* over 6",
    ),
    "one cycle": ({"learning_rate": pellucid.OneCycle()}, "is a schedule that was made for 3 epochs"),
    "two ways": ({"checkpoint_dir": "somewhere"}, "`warm_start` and `checkpoint_dir`.*two ways to go on"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_go_on_is_refused_with_the_reason_and_the_model_stays(what):
    changed, message = REFUSED[what]
    model = FeedForwardRegressor(max_iter=3, warm_start=True, **SHARED).fit(X, Y)
    before = state_of(model)

    with pytest.raises(ParameterError, match=message):
        model.set_params(**changed).fit(X, Y)
    assert state_of(model) == before


def test_other_columns_are_refused():
    model = FeedForwardRegressor(**SHARED).partial_fit(X, Y)
    with pytest.raises(ValueError, match="X has 2 features, but FeedForwardRegressor is expecting 3"):
        model.partial_fit(X[:, :2], Y)


def test_unknown_values_in_a_stream_are_told_of_once():
    """The first call that has some says so, and no later one."""
    frame = pd.DataFrame({"a": X[:, 0], "town": np.where(X[:, 1] > 0, "Oslo", "Bergen")})
    model = FeedForwardRegressor(**SHARED).partial_fit(frame, Y)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        model.partial_fit(frame.assign(town=["Paris"] + ["Oslo"] * 119), Y)
    assert sum("'Paris'" in str(warning.message) for warning in told) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.partial_fit(frame.assign(town=["Rome"] + ["Oslo"] * 119), Y)


def test_lbfgs_goes_on_with_the_same_rows_only_and_knows_no_partial_fit():
    model = FeedForwardRegressor(max_iter=3, warm_start=True, solver="lbfgs", **SHARED).fit(X, Y)
    with pytest.raises(ParameterError, match="memory of gradients belongs to the rows of the first call"):
        model.fit(X[::-1], Y[::-1])
    assert not hasattr(model, "partial_fit")
    with pytest.raises(AttributeError, match="no attribute 'partial_fit'") as refused:
        model.partial_fit(X, Y)
    assert "Use another solver, or fit with warm_start=True" in str(refused.value.__cause__)


def test_lbfgs_goes_on_only_from_a_fit_that_kept_its_gradients():
    model = FeedForwardRegressor(max_iter=3, solver="lbfgs", **SHARED).fit(X, Y)
    with pytest.raises(ParameterError, match=r"`warm_start` .* was False when lbfgs began"):
        model.set_params(warm_start=True).fit(X, Y)


def test_partial_fit_writes_no_checkpoints_and_says_so(tmp_path):
    with pytest.raises(ParameterError, match=r"must be None for partial_fit.*pickle it"):
        FeedForwardRegressor(checkpoint_dir=tmp_path, **SHARED).partial_fit(X, Y)


def test_frames_are_matched_by_their_names():
    """Later calls may have their columns and targets in another order; other ones are refused."""
    X_frame, Y_frame = pd.DataFrame(X, columns=["a", "b", "c"]), pd.DataFrame(Y, columns=["s", "p"])
    model, again = FeedForwardRegressor(**SHARED), FeedForwardRegressor(**SHARED)
    for _ in range(2):
        model.partial_fit(X_frame, Y_frame)
    again.partial_fit(X_frame, Y_frame).partial_fit(X_frame[["c", "a", "b"]], Y_frame[["p", "s"]])

    assert state_of(again) == state_of(model)
    with pytest.raises(DataError, match=r"X lacks the column 'c' and has the column 'd', which the first call has not"):
        model.partial_fit(X_frame.rename(columns={"c": "d"}), Y_frame)
    with pytest.raises(DataError, match=r"y lacks the column 'p' and has the column 'q', which the first call has not"):
        model.partial_fit(X_frame, Y_frame.rename(columns={"p": "q"}))


def test_lbfgs_is_not_asked_to_go_on_under_another_J():
    """Its gradients are those of one J: a penalty that has changed is refused."""
    model = FeedForwardRegressor(max_iter=3, warm_start=True, solver="lbfgs", **SHARED).fit(X, Y)
    for changed in ({"alpha": 1.0}, {"l1": 0.1}, {"target_weights": [1.0, 2.0]}):
        again = pickle.loads(pickle.dumps(model)).set_params(**changed)
        with pytest.raises(ParameterError, match=f"`{next(iter(changed))}` .* when training began"):
            again.fit(X, Y)


def test_lbfgs_that_is_told_the_same_and_asks_for_something_else_is_stopped():
    """As another version of SciPy might: the replay would be of another run."""
    model = FeedForwardRegressor(max_iter=3, warm_start=True, solver="lbfgs", **SHARED).fit(X, Y)
    told = model._course.progress.moment.state.told
    told[1] = told[1]._replace(square=told[1].square * (1 + 1e-15))

    with pytest.raises(DataError, match="told the same, SciPy asks for other parameters"):
        model.fit(X, Y)


def test_other_validation_rows_begin_the_best_weights_anew_which_is_said():
    """Losses on different rows are not compared: the best epoch is one of the later calls."""
    model = FeedForwardRegressor(**SHARED)
    for _ in range(3):
        model.partial_fit(X[40:], Y[40:], X_val=X[:20], y_val=model_of(Y[:20]))
    with pytest.warns(DataWarning, match="the best weights and the patience begin anew"):
        model.partial_fit(X[40:], Y[40:], X_val=X[20:40], y_val=Y[20:40] + 3)
    assert model.best_epoch_ == 4


def model_of(Y):
    """Targets near 0, whose loss is small from the start."""
    return Y * 0.01


def test_a_history_of_epochs_with_and_without_validation_is_a_table_and_a_picture(tmp_path):
    """`fit` holds rows out, `partial_fit` does not: NaN stands where nothing was validated."""
    model = FeedForwardRegressor(**{**SHARED, "early_stopping": True, "max_iter": 3}).fit(X, Y)
    with pytest.warns(DataWarning):
        model.partial_fit(X, Y)

    assert model.history_["validation_by_target"].shape == (4, 2)
    assert np.isnan(model.history_["validation_by_target"])[:, 0].tolist() == [False, False, False, True]
    assert np.isnan(model.history_.rmse()[3]).all()
    assert np.isnan(model.history_.to_table()["validation_loss"][3])
    model.plot_history(tmp_path / "curves.svg")
    assert (tmp_path / "curves.svg").stat().st_size > 1000


def test_a_loaded_model_keeps_its_network_and_the_order_of_its_targets(tmp_path):
    """What may not change between calls may not change after loading either."""
    frame, targets = pd.DataFrame(X, columns=["a", "b", "c"]), pd.DataFrame(Y * [1, 1000], columns=["s", "p"])
    FeedForwardRegressor(max_iter=3, **SHARED).fit(frame, targets).save(tmp_path / "model")
    model, again = pellucid.load(tmp_path / "model"), pellucid.load(tmp_path / "model")
    with pytest.raises(ParameterError, match=r"`hidden_layer_sizes` .* was \(5,\)"):
        pellucid.load(tmp_path / "model").set_params(hidden_layer_sizes=(50,), warm_start=True).fit(frame, targets)

    with pytest.warns(TrainingWarning, match="holds no state"):
        model.partial_fit(frame, targets)
    with pytest.warns(TrainingWarning, match="holds no state"):
        again.partial_fit(frame[["c", "b", "a"]], targets[["p", "s"]])
    assert state_of(again) == state_of(model)


def test_an_exposure_is_in_all_calls_or_in_none():
    """Rates and counts are not the same target."""
    exposure = GENERATOR.uniform(1, 10, 120)
    with_it = FeedForwardRegressor(loss="poisson", **SHARED).partial_fit(X, COUNTS, exposure=exposure)
    without = FeedForwardRegressor(loss="poisson", **SHARED).partial_fit(X, COUNTS)

    with pytest.raises(ParameterError, match="had an exposure, and this one has none"):
        with_it.partial_fit(X, COUNTS)
    with pytest.raises(ParameterError, match="had no exposure, and this one has one"):
        without.partial_fit(X, COUNTS, exposure=exposure)


def test_a_cosine_may_not_get_another_end_between_calls():
    model = FeedForwardRegressor(max_iter=20, learning_rate="cosine", **SHARED)
    for _ in range(5):
        model.partial_fit(X, Y)
    with pytest.raises(ParameterError, match=r"made for 20 epochs, 5 of which .*: over 1000"):
        model.set_params(max_iter=1000).partial_fit(X, Y)


class Interrupted:
    """A loss that is interrupted by Ctrl-C while it is being evaluated for the n-th time."""

    def __init__(self, monkeypatch, n):
        self.left, evaluate = n, run_module.evaluate

        def counted(*arguments):
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
            return evaluate(*arguments)

        monkeypatch.setattr(run_module, "evaluate", counted)


def test_what_ends_before_there_is_a_new_model_leaves_the_old_one_whole(monkeypatch):
    """Ctrl-C in the first epoch, and an error: network, encoder and history are those of the fit before."""
    model = FeedForwardRegressor(**{**SHARED, "early_stopping": True, "max_iter": 5}).fit(X, Y)
    before, predicted = state_of(model), model.predict(X)

    with monkeypatch.context() as patch:
        Interrupted(patch, 1)
        with pytest.raises(KeyboardInterrupt):
            model.fit(X * 100 + 7, Y * 50)
    assert state_of(model) == before
    model.set_params(callbacks=[lambda state: 1 / 0 if state.epoch == 1 else None])
    with pytest.raises(DataError):
        model.fit(X * 100 + 7, np.full_like(Y, np.nan))
    assert (model.predict(X) == predicted).all()
    assert state_of(model) == before


def test_ctrl_c_ends_a_loop_of_partial_fit(monkeypatch):
    """It comes through, and the model is that of the calls before."""
    model = FeedForwardRegressor(**SHARED)
    held = {"X_val": X[:40], "y_val": Y[:40]}
    for _ in range(3):
        model.partial_fit(X[40:], Y[40:], **held)
    before = state_of(model)
    Interrupted(monkeypatch, 3)

    def train_on():
        for _ in range(10):
            model.partial_fit(X[40:], Y[40:], **held)

    with pytest.raises(KeyboardInterrupt):
        train_on()
    assert model.n_iter_ == 5
    assert state_of(model)[1][:3] == before[1]
