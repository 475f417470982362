"""Rung 6: whole training runs: reproducible, stopped for the right reason, and truthful in their history."""

import subprocess
import sys
import warnings

import numpy as np
import pytest

import cases
from pellucid.engines.choice import choose_engine
from pellucid.engines.loss_and_gradient import loss_and_gradient
from pellucid.errors import TrainingWarning
from pellucid.mathematics.losses import LOSSES
from pellucid.mathematics.objective import Objective, Observations
from pellucid.mathematics.structure import Gradient, Network
from pellucid.mathematics.updates import Adam, Descent, GradientDescent, Momentum, RMSprop
from pellucid.training.history import History
from pellucid.training.lbfgs import LBFGS
from pellucid.training.loop import epoch_order, train
from pellucid.training.plan import Part, Plan
from pellucid.training.run import evaluate, inspected_rows

ENGINES = pytest.mark.parametrize("engine", ["reference", "compiled"])
RSS = Objective(LOSSES["rss"])


def part(X, Y, w=None, rows=None):
    X, Y = np.asarray(X, np.float64), np.asarray(Y, np.float64)
    data = Observations(X, Y, np.ones(len(X)) if w is None else np.asarray(w, np.float64))
    return Part(data, np.arange(len(X)) if rows is None else np.asarray(rows))


def problem(seed=0, N=40):
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(N, 3))
    return X, np.sin(X[:, :1]) + X[:, 1:2] * X[:, 2:]


def make(sizes=(3, 6, 1), hidden="tanh"):
    return Network.initialise(sizes, [hidden] * (len(sizes) - 2) + ["linear"], random_state=1)


def descent(solver):
    return solver if isinstance(solver, Descent | LBFGS) else Descent(solver)


def fit(engine="compiled", network=None, objective=RSS, solver=None, training=None, plan=None, **more):
    return train(
        choose_engine(engine), network or make(), objective, descent(solver or Adam(0.01)),
        training or part(*problem()), plan or Plan(batch_size=8, max_epochs=5, patience=100),
        History(objective.loss.name), **more,
    )  # fmt: skip


# Orders and reproducibility


def test_the_order_of_an_epoch_depends_on_seed_and_epoch_only():
    """Asked for twice, or in any sequence, it is the same; another seed or epoch gives another; it is a permutation."""
    rows = np.arange(100)
    first = epoch_order(rows, True, 5, 3)
    np.random.default_rng(0).random()

    assert (epoch_order(rows, True, 5, 3) == first).all()
    assert sorted(first) == rows.tolist()
    others = [epoch_order(rows, True, seed, epoch) for seed, epoch in ((5, 4), (6, 3), (3, 5))]
    assert not any((other == first).all() for other in others)


def test_without_shuffling_every_epoch_has_the_order_of_the_table():
    """shuffle=False."""
    rows = np.array([7, 3, 5])

    assert all((epoch_order(rows, False, 1, epoch) == rows).all() for epoch in (1, 2))


@ENGINES
def test_the_same_seed_gives_the_same_bytes_and_another_does_not(engine):
    """theta and history of two runs."""
    runs = [fit(engine, plan=Plan(8, 5, seed=seed, patience=100)) for seed in (3, 3, 4)]

    theta = [run.network.theta.tobytes() for run in runs]
    losses = [run.history["training_loss"].tobytes() for run in runs]
    assert theta[0] == theta[1]
    assert losses[0] == losses[1]
    assert theta[0] != theta[2]


PROCESS = """
import numpy as np
from pellucid.engines.choice import choose_engine
from pellucid.mathematics.losses import LOSSES
from pellucid.mathematics.objective import Objective, Observations
from pellucid.mathematics.structure import Network
from pellucid.mathematics.updates import Adam, Descent
from pellucid.training.history import History
from pellucid.training.loop import train
from pellucid.training.plan import Part, Plan
generator = np.random.default_rng(0)
X = generator.normal(size=(40, 3))
Y = np.sin(X[:, :1]) + X[:, 1:2] * X[:, 2:]
network = Network.initialise((3, 6, 1), ["tanh", "linear"], random_state=1)
part = Part(Observations(X, Y, np.ones(40)), np.arange(40))
run = train(choose_engine("%s"), network, Objective(LOSSES["rss"]), Descent(Adam(0.01)), part, Plan(8, 5, patience=100),
            History("rss"))
print(run.network.theta.tobytes().hex())
"""


@ENGINES
def test_a_fresh_process_gives_the_same_bytes(engine):
    """Nothing hidden in the process: not its hash seed, not its memory, not what ran before."""
    printed = subprocess.run(
        [sys.executable, "-c", PROCESS % engine], capture_output=True, text=True, check=True, timeout=300
    ).stdout

    assert printed.strip() == fit(engine).network.theta.tobytes().hex()


@ENGINES
def test_training_leaves_the_network_and_the_data_it_was_given_alone(engine):
    """The result has parameters of its own."""
    network, training = make(), part(*problem())
    before = network.theta.copy(), training.data.X.copy(), training.data.Y.copy()

    result = fit(engine, network, training=training)

    assert (network.theta == before[0]).all()
    assert (before[1] == training.data.X).all()
    assert (before[2] == training.data.Y).all()
    assert not np.shares_memory(result.network.theta, network.theta)


def test_a_batch_size_beyond_the_rows_is_the_full_batch():
    """1000 and 40 of 40 rows: the same bytes."""
    runs = [fit(plan=Plan(size, 3, shuffle=False, patience=100)) for size in (40, 1000)]

    assert runs[0].network.theta.tobytes() == runs[1].network.theta.tobytes()


@ENGINES
def test_only_the_rows_of_the_part_are_trained_on(engine):
    """The others may hold anything."""
    X, Y = problem()
    rows = np.arange(0, 40, 2)
    alone = fit(engine, training=part(X[rows], Y[rows]), plan=Plan(8, 3, shuffle=False, patience=9))
    X[1::2], Y[1::2] = 1e6, np.nan

    among = fit(engine, training=part(X, Y, rows=rows), plan=Plan(8, 3, shuffle=False, patience=9))

    assert among.network.theta.tobytes() == alone.network.theta.tobytes()


# History


@ENGINES
def test_the_training_loss_is_the_running_mean_worked_out_by_hand(engine):
    """y_hat = w x, rows (x, y) = (1, 1), (1, 3), in batches of one, from w = c = 0, learning rate 1/8.

    Row 1: L = (1-0)^2 = 1, g = -2, so w = c = 1/4 after it. Row 2: y_hat = 1/2, L = (3 - 1/2)^2 = 6.25, g = -5, so
    w = c = 1/4 + 5/8 = 7/8. The running mean is (1 + 6.25) / 2 = 3.625. Gradient norms: g in both w and c: sqrt(2) 2
    and sqrt(2) 5, root mean square sqrt((8 + 50) / 2) = sqrt(29); update norms are 1/8 of them.
    """
    network = Network([1, 1], ["linear"], np.zeros(2))

    result = fit(engine, network, solver=GradientDescent(0.125), training=part([[1], [1]], [[1], [3]]),
                 plan=Plan(1, 1, shuffle=False), validation=part([[0]], [[1]]))  # fmt: skip

    record = result.history.records[0]
    assert record.epoch == 1
    assert record.training_loss == 3.625
    assert record.training_by_target == (3.625,)
    assert record.validation_loss == (1 - 7 / 8) ** 2
    assert record.validation_by_target == (record.validation_loss,)
    assert record.learning_rate == 0.125
    assert record.gradient_norms == pytest.approx((np.sqrt(29),), rel=1e-15)
    assert record.update_norms == pytest.approx((np.sqrt(29) / 8,), rel=1e-15)
    assert result.network.theta.tolist() == [7 / 8, 7 / 8]
    assert record.seconds >= 0


@ENGINES
def test_history_is_j_by_target_with_weights_and_missing_targets(engine, rng):
    """A learning rate of 1e-300 keeps theta where it is: then the running mean is J without penalties itself."""
    case = cases.Case(("rss", "tanh"), "silu", 2, "given", "some", (0.5, 0.1), 3, "mean", True)
    made = cases.make_problem(rng, case)
    everything = part(made.data.X, made.data.Y, made.data.w)

    result = fit(engine, made.network, made.objective, GradientDescent(1e-300), everything,
                 Plan(4, 1, patience=9), validation=everything)  # fmt: skip

    J, _ = loss_and_gradient(made.network, **{**made.arguments, "alpha": 0, "l1": 0})
    record = result.history.records[0]
    assert record.training_loss == pytest.approx(J, rel=1e-13)
    assert record.validation_loss == pytest.approx(J, rel=1e-13)
    assert np.array(made.objective.target_weights) @ record.training_by_target == pytest.approx(J, rel=1e-13)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@ENGINES
def test_norms_are_those_of_the_gradient_and_the_step_of_each_layer(engine, dtype):
    """One full batch: the norm of (dJ_dW, dJ_dc) of each layer with penalties, and of the momentum's step."""
    X, Y = problem()
    network = make((3, 5, 4, 1)).with_parameters(make((3, 5, 4, 1)).theta.astype(dtype))
    objective = Objective(LOSSES["rss"], alpha=0.1, l1=0.01)
    data = Observations(X.astype(dtype), Y.astype(dtype), np.ones(40, dtype))

    result = fit(engine, network, objective, Momentum(0.01, 0.9), Part(data, np.arange(40)), Plan(40, 1))

    wide = network.with_parameters(network.theta.astype(np.float64))
    _, gradient = loss_and_gradient(wide, data.X, data.Y, "rss", alpha=0.1, l1=0.01)
    step = Gradient(1.9 * 0.01 * gradient.theta, network.sizes)
    # In float32 the gradient is that of rung 4: (18 L + N) eps = 94 eps. In float64 it is rounding.
    limit = 94 * float(np.finfo(np.float32).eps) if dtype == np.float32 else 1e-12
    record = result.history.records[0]
    for found, views in ((record.gradient_norms, gradient), (record.update_norms, step)):
        norms = [np.sqrt((W**2).sum() + (c**2).sum()) for W, c in zip(views.W, views.c, strict=True)]
        assert found == pytest.approx(norms, rel=limit)


@ENGINES
def test_norms_of_tiny_gradients_in_float32_are_summed_in_float64(engine):
    """ "Sums accumulate in float64": a gradient of 1e-30 has a square below every float32, and a norm all the same."""
    network = Network([1, 1], ["linear"], np.zeros(2, np.float32))
    data = Observations(*(np.array(a, np.float32) for a in ([[1.0]], [[1e-30]], [1.0])))

    result = fit(engine, network, solver=GradientDescent(0.5), training=Part(data, np.arange(1)), plan=Plan(1, 1))

    assert result.history.records[0].gradient_norms[0] == pytest.approx(np.sqrt(2) * 2e-30, rel=1e-6, abs=0)


EXTREME = [
    GradientDescent(0.5), Momentum(0.5), Momentum(0.5, nesterov=False), RMSprop(0.5), Adam(0.5),
    Descent(GradientDescent(0.5), clip_norm=1e-3), Descent(Momentum(0.5), weight_decay=0.5),
]  # fmt: skip


@pytest.mark.parametrize("solver", EXTREME, ids=str)
@pytest.mark.parametrize("size", [1e-25, 1e-19, 1e15, 1e18])
@ENGINES
def test_norms_of_float32_numbers_whose_squares_are_none_are_right_all_the_same(engine, size, solver):
    """Both norms after two steps, as the same run in float64 has them: squares of 1e-19 and of 1e21 are no float32.

    One linear neuron with one input of 1 (or 1000) in each of 5000 places: several chunks of parameters, that
    predict a twentieth of the target. The running mean of squares of Adam and RMSprop leaves float32 as well, which is
    their state and not the norm: they are compared by gradient.
    """
    X = np.full((1, 5000), 1000.0 if size > 1 else 1.0)
    Y = np.array([[size]])
    network = Network([5000, 1], ["linear"], np.full(5001, 0.05 * size / X.sum(), np.float32).astype(float))
    records = []
    for dtype in (np.float64, np.float32):
        data = Observations(X.astype(dtype), Y.astype(dtype), np.ones(1, dtype))
        start = network.with_parameters(network.theta.astype(dtype))
        result = fit(engine, start, solver=solver, training=Part(data, np.arange(1)), plan=Plan(1, 1))
        records.append(result.history.records[0])
    exact, found = records

    assert found.gradient_norms == pytest.approx(exact.gradient_norms, rel=1e-6, abs=0)
    if not isinstance(solver, Adam | RMSprop):
        assert found.update_norms == pytest.approx(exact.update_norms, rel=1e-6, abs=0)


def test_history_knows_its_columns_and_refuses_others():
    """A column is an array over epochs; without validation it is NaN; an unknown name is refused."""
    history = fit().history

    assert history["epoch"].tolist() == [1, 2, 3, 4, 5]
    assert history["gradient_norms"].shape == (5, 2)
    assert np.isnan(history["validation_loss"]).all()
    with pytest.raises(KeyError, match="no column 'loss'"):
        history["loss"]
    assert len(history) == 5
    assert history.to_dict()["records"][4]["epoch"] == 5


def test_rmse_is_the_root_of_the_loss_in_the_targets_own_units():
    """Loss 0.25 in standardised units of 10: an error of 5; and only for rss."""
    history = History("rss", target_scales=(10.0,))
    training = part([[0.0]], [[0.5]])
    train(choose_engine("reference"), Network([1, 1], ["linear"], np.zeros(2)), RSS,
          Descent(GradientDescent(1e-300)), training, Plan(1, 1), history, validation=training)  # fmt: skip

    assert history.rmse().tolist() == [[5.0]]
    assert history.rmse("training").tolist() == [[5.0]]
    with pytest.raises(ValueError, match="belongs to the rss loss"):
        History("log").rmse()


# Diagnostics


def tell(network, training=None, engine="compiled"):
    """The record and the warnings of one epoch that changes nothing."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = fit(engine, network, solver=GradientDescent(1e-30), training=training, plan=Plan(40, 1))
    assert all(issubclass(warning.category, TrainingWarning) for warning in caught)
    return result.history.records[0], [str(warning.message) for warning in caught]


def with_intercepts(network, l, values):
    network.c[l - 1][:] = values
    return network


@ENGINES
def test_dead_relus_are_counted_and_told_of_when_they_are_most(engine):
    """Intercepts of -1e3 kill three of six, which is recorded; a fourth makes it a warning."""
    three = with_intercepts(make(hidden="relu"), 1, [-1e3, -1e3, -1e3, 1, 1, 1])
    four = with_intercepts(make(hidden="relu"), 1, [-1e3, -1e3, -1e3, -1e3, 1, 1])

    record, said = tell(three, engine=engine)
    assert record.dead_units == (3, 0)
    assert said == []
    record, said = tell(four, engine=engine)
    assert record.dead_units == (4, 0)
    assert len(said) == 1
    assert "4 of the 6 relu units of layer 1 are dead in epoch 1" in said[0]


@ENGINES
def test_units_are_looked_at_on_rows_of_the_whole_table_and_not_on_the_first(engine):
    """A table sorted by its input, longer than what is looked at: half of the units speak for its later rows only."""
    x = np.linspace(-1, 1, 2000)[:, None]
    network = Network.from_arrays([(np.ones((4, 1)), [0.5, 0.0, 0.0, -0.5], "relu"), (np.ones((1, 4)), [0], "linear")])

    record, said = tell(network, part(x, x), engine)

    assert record.dead_units == (0, 0)
    assert said == []


def test_the_rows_looked_at_are_decided_by_the_seed():
    """256 different ones of those trained on; all of a short table."""
    rows = np.arange(1000, 3000)

    chosen = inspected_rows(rows, seed=1)

    assert len(set(chosen)) == 256
    assert set(chosen) < set(rows)
    assert (inspected_rows(rows, seed=1) == chosen).all()
    assert not (inspected_rows(rows, seed=2) == chosen).all()
    assert sorted(inspected_rows(rows[:40], seed=1)) == rows[:40].tolist()


@pytest.mark.parametrize(("hidden", "far"), [("sigmoid", 20.0), ("tanh", 10.0)])
@ENGINES
def test_saturated_units_are_counted_and_told_of_when_they_are_most(engine, hidden, far):
    """Intercepts far out on either side; one at the middle is not saturated."""
    network = with_intercepts(make(hidden=hidden), 1, [far, -far, far, -far, far, 0])

    record, said = tell(network, engine=engine)

    assert record.saturated_units == (5, 0)
    assert any(f"5 of the 6 {hidden} units of layer 1 are saturated" in line for line in said)


def test_saturated_outputs_are_no_trouble():
    """A classifier that is sure is meant to be."""
    network = with_intercepts(Network.initialise([3, 4, 1], ["tanh", "sigmoid"]), 2, [30.0])
    X, _ = problem()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = fit(network=network, objective=Objective(LOSSES["log"]), solver=GradientDescent(1e-30),
                     training=part(X, np.ones((40, 1))), plan=Plan(40, 1))  # fmt: skip

    assert result.history.records[0].saturated_units == (0, 0)


def test_each_kind_of_trouble_is_told_once():
    """Dead ReLUs in layer 1 and saturated sigmoids in layer 2: two kinds, so two warnings, in one epoch or three."""
    network = Network.initialise([3, 6, 6, 1], ["relu", "sigmoid", "linear"], random_state=1)
    network.c[0][:4] = -1e3
    network.c[1][:] = 30.0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit(network=network, solver=GradientDescent(1e-30), plan=Plan(40, 3, patience=9))
    said = [str(warning.message) for warning in caught if "units" in str(warning.message)]

    assert len(said) == 2, said
    assert "are dead" in said[0]
    assert "are saturated" in said[1]


@ENGINES
def test_a_sigmoid_network_of_twelve_layers_is_told_that_its_gradient_vanishes(engine):
    """Slopes of at most 1/4, twelve times: the text's own example."""
    deep = make((3, *[6] * 12, 1), hidden="sigmoid")

    _, said = tell(deep, engine=engine)

    assert len(said) == 1
    assert said[0].startswith("The gradient vanishes: in epoch 1 it was ")
    assert "layer 13" in said[0]


@pytest.mark.parametrize("hidden", ["relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("rate", [2, 100])
def test_steps_far_too_large_are_told_of_as_such_and_no_other_remedy_is_named(hidden, rate):
    """Units die or saturate, and gradients vanish, because nothing is left of the weights that training began with."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit("reference", make((3, 16, 16, 1), hidden), solver=Adam(rate), plan=Plan(8, 12, patience=99))
    said = [str(warning.message) for warning in caught]

    assert any("The steps are too large: in epoch 1 one moved the parameters of layer" in line for line in said)
    for line in said:
        assert line.count("Use ") == 1
        assert line.endswith("times the size that weights start with. Use a smaller learning rate.")


def test_a_layer_of_dead_units_is_the_trouble_and_not_the_gradient_that_it_stops():
    """Below it the gradient is 0, but fewer layers would be no remedy."""
    _, said = tell(with_intercepts(make((3, 6, 6, 1), "relu"), 2, -1e3), engine="reference")

    assert said == [
        "6 of the 6 relu units of layer 2 are dead in epoch 1: their slope is near 0 for every row inspected, so they "
        "hardly learn. Use a smaller learning rate, or activation='leaky_relu'."
    ]


@pytest.mark.parametrize(("hidden", "remedy"), [("relu", "Use fewer layers."), ("gelu", "or activation='relu'.")])
def test_a_vanishing_gradient_of_relus_is_not_told_to_use_relu(hidden, remedy):
    network = make((3, 6, 6, 1), hidden)
    network.W[1][...] *= 1e-6

    _, said = tell(network, engine="reference")

    assert len(said) == 1
    assert said[0].startswith("The gradient vanishes")
    assert said[0].endswith(remedy)


@pytest.mark.parametrize("hidden", ["relu", "tanh", "sigmoid", "gelu", "elu"])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_normal_network_is_left_in_peace(hidden, depth):
    """No warning in ten epochs of an ordinary fit."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(network=make((3, *[16] * depth, 1), hidden), plan=Plan(8, 10, patience=99))


def test_an_exploding_gradient_is_told_of():
    """Weights of 30 in ten linear layers: the gradient grows layer by layer on its way down."""
    network = make((3, *[3] * 10, 1), hidden="tanh")
    network.W[-1][...] = 1e-3
    for W in network.W[:-1]:
        W[...] = 40 * np.eye(3)
    X, Y = problem()

    _, said = tell(network, part(X * 1e-20, Y))

    assert any(line.startswith("The gradient explodes: in epoch 1") for line in said)


# Stopping


@ENGINES
def test_the_best_parameters_by_validation_are_given_back(engine):
    """Trained away from the validation rows: the first epoch is the best, and its parameters come back."""
    seen = []
    result = fit(engine, Network([1, 1], ["linear"], np.array([0.0, 0.0])), solver=GradientDescent(0.1),
                 training=part([[1.0]], [[1.0]]), plan=Plan(1, 50, patience=3),
                 validation=part([[1.0]], [[0.0]]), callbacks=[lambda s: seen.append(s.network.theta)])  # fmt: skip

    assert (result.stopped_by, result.best_epoch, len(result.history)) == ("patience", 1, 4)
    assert (result.network.theta == seen[0]).all()
    assert not (result.network.theta == seen[-1]).all()


@ENGINES
def test_without_validation_the_last_parameters_are_given_back(engine):
    """The running mean of an epoch belongs to no one theta, so it chooses none."""
    seen = []
    result = fit(engine, callbacks=[lambda state: seen.append(state.network.theta)])

    assert (result.stopped_by, result.best_epoch) == ("max_epochs", 5)
    assert (result.network.theta == seen[-1]).all()


@ENGINES
def test_stopping_watches_j_without_penalties(engine):
    """A penalty that shrinks W makes the loss worse while J with penalties falls: the first epoch is the best."""
    network = Network([1, 1], ["linear"], np.array([1.0, 0.0]))
    exact = part([[1.0], [-1.0]], [[1.0], [-1.0]])
    objective = Objective(LOSSES["rss"], alpha=1.0)

    result = fit(engine, network, objective, GradientDescent(0.05), exact, Plan(2, 50, patience=2), validation=exact)

    losses = result.history["validation_loss"]
    assert (np.diff(losses) > 0).all()
    assert (result.stopped_by, result.best_epoch, len(losses)) == ("patience", 1, 3)
    w = result.network.theta[0]
    assert losses[0] == pytest.approx((1 - w) ** 2, rel=1e-13)


@ENGINES
def test_a_callback_can_stop_the_run(engine):
    """At epoch 3, by a true result; the history has three epochs; None and False go on."""
    result = fit(engine, callbacks=[lambda state: None, lambda state: state.epoch == 3, lambda state: False])

    assert (result.stopped_by, len(result.history), result.best_epoch) == ("callback", 3, 3)


def test_a_callback_sees_the_epoch_that_has_just_ended_and_its_own_network():
    """Changing the network that it was given changes nothing."""
    states = []

    def look(state):
        state.network.theta[:] = np.nan
        states.append((state.epoch, state.max_epochs, state.record.epoch, len(state.history)))

    result = fit(callbacks=[look])

    assert states == [(epoch, 5, epoch, epoch) for epoch in range(1, 6)]
    assert np.isfinite(result.network.theta).all()


@ENGINES
def test_an_interrupt_keeps_the_best_parameters(engine):
    """Ctrl-C in epoch 3 of a run whose best epoch was the first."""

    def interrupt(state):
        if state.epoch == 3:
            raise KeyboardInterrupt

    result = fit(engine, Network([1, 1], ["linear"], np.zeros(2)), solver=GradientDescent(0.1),
                 training=part([[1.0]], [[1.0]]), plan=Plan(1, 50, patience=9),
                 validation=part([[1.0]], [[0.0]]), callbacks=[interrupt])  # fmt: skip

    assert (result.stopped_by, result.best_epoch, len(result.history)) == ("interrupt", 1, 3)
    assert result.network.theta.tolist() == [0.2, 0.2]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("with_validation", [False, True])
@ENGINES
def test_a_run_that_diverges_stops_with_finite_parameters(engine, with_validation, dtype):
    """A learning rate of 100: stopped by "not finite", with a finite history and the last finite parameters."""
    X, Y = problem()
    data = Observations(X.astype(dtype), Y.astype(dtype), np.ones(40, dtype))
    training = Part(data, np.arange(40))
    network = make().with_parameters(make().theta.astype(dtype))

    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", TrainingWarning)
        result = fit(engine, network, solver=GradientDescent(100.0), training=training,
                     plan=Plan(8, 300, patience=300), validation=training if with_validation else None)  # fmt: skip

    assert result.stopped_by == "not finite"
    assert np.isfinite(result.network.theta).all()
    assert np.isfinite(result.history["training_loss"]).all()
    assert len(result.history) < 300
    assert result.best_epoch <= len(result.history)


@ENGINES
def test_a_run_that_diverges_gives_no_warning_of_numpys(engine):
    """The result says "not finite"; an overflow warning from inside the chapter is no answer."""
    result = fit(engine, make(hidden="relu"), solver=GradientDescent(1e30), plan=Plan(8, 50, patience=99))

    assert result.stopped_by == "not finite"


@ENGINES
def test_a_validation_loss_that_is_nan_is_not_the_best_loss_of_all(engine):
    """The training rows stay finite and the validation row overflows to inf - inf: not finite, and never 0."""
    network = Network.from_arrays([([[1e150], [-1e150]], [0, 0], "linear"), ([[1e150, 1e150]], [0], "linear")])
    training = part([[0.0]], [[1.0]])

    with np.errstate(all="ignore"):
        loss = RSS.total(evaluate(choose_engine(engine), network, RSS, part([[1e20]], [[1.0]])))
    assert not np.isfinite(loss)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", TrainingWarning)
        result = fit(engine, network, solver=GradientDescent(1e-10), training=training, plan=Plan(1, 3),
                     validation=part([[1e20]], [[1.0]]))  # fmt: skip

    assert result.stopped_by == "not finite"


@ENGINES
@pytest.mark.parametrize("solver", [GradientDescent(0.1), Momentum(0.05), RMSprop(0.003), Adam(0.01)])
def test_training_lowers_the_objective(engine, solver):
    """Two hundred epochs of every solver take J of a smooth problem below a third of its start."""
    X, Y = problem()
    start, _ = loss_and_gradient(make(), X, Y, "rss")

    result = fit(engine, solver=solver, plan=Plan(8, 200, patience=200))

    assert loss_and_gradient(result.network, X, Y, "rss")[0] < start / 3
