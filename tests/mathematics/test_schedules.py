"""Schedules against their closed forms and against scikit-learn's own rates."""

import warnings

import numpy as np
import pytest
from sklearn.neural_network import MLPRegressor

import pellucid
from pellucid.errors import ParameterError
from pellucid.mathematics.schedules import (
    Adaptive,
    Constant,
    Cosine,
    ExponentialDecay,
    InverseScaling,
    OneCycle,
    ReduceOnPlateau,
    Schedule,
    StepDecay,
)

ALL = (Constant, StepDecay, ExponentialDecay, Cosine, OneCycle, InverseScaling, ReduceOnPlateau, Adaptive)


def whole_run(schedule, base=0.1, n_steps=4, n_rows=100, max_epochs=10):
    """The rates of every step of a run, in one array."""
    state = schedule.start()
    return np.concatenate(
        [schedule.rates(base, epoch, n_steps, n_rows, max_epochs, state) for epoch in range(1, max_epochs + 1)]
    )


@pytest.mark.parametrize("cls", ALL)
def test_every_schedule_gives_one_positive_rate_for_each_step_and_never_more_than_the_base(cls):
    rates = whole_run(cls())

    assert rates.shape == (40,)
    assert rates.dtype == np.float64
    assert (rates > 0).all()
    assert (rates <= 0.1).all()


@pytest.mark.parametrize("cls", ALL)
def test_the_rates_of_an_epoch_do_not_depend_on_what_was_asked_before(cls):
    """A run that goes on from epoch 6 has the rates that it would have had."""
    schedule = cls()

    late = schedule.rates(0.1, 6, 4, 100, 10, schedule.start())

    assert (late == whole_run(schedule)[20:24]).all()


def test_constant_is_the_base():
    assert (whole_run(Constant(), base=0.3) == 0.3).all()


def test_step_decay_multiplies_by_the_factor_after_every_so_many_epochs():
    """Every 3 epochs by a half: 3 epochs each of 1, 1/2, 1/4, and one of 1/8."""
    rates = whole_run(StepDecay(every=3, factor=0.5), base=1.0)

    assert rates.tolist() == [1.0] * 12 + [0.5] * 12 + [0.25] * 12 + [0.125] * 4


def test_exponential_decay_loses_the_same_share_in_every_step():
    """The quotient of neighbours is the fourth root of the factor, and an epoch's first rates differ by the factor."""
    rates = whole_run(ExponentialDecay(factor=0.9))

    assert rates[1:] / rates[:-1] == pytest.approx(0.9**0.25, rel=1e-14)
    assert rates[::4] == pytest.approx(0.1 * 0.9 ** np.arange(10), rel=1e-14)


def test_cosine_goes_from_the_base_over_its_half_to_its_share():
    """Base at the start, the mean of base and end in the middle of the run, the end just beyond the last step."""
    rates = whole_run(Cosine(to=0.2), base=1.0)

    assert rates[0] == 1.0
    assert rates[20] == pytest.approx(0.6, rel=1e-14)
    assert (np.diff(rates) < 0).all()
    assert rates[-1] == pytest.approx(0.2 + 0.8 * (1 + np.cos(np.pi * 39 / 40)) / 2, rel=1e-14)


def test_one_cycle_rises_falls_and_fades_in_straight_lines():
    """Corners at 0, 40 % and 80 % of the run; the second differences vanish everywhere else."""
    rates = whole_run(OneCycle(first=0.1, last=0.01, tail=0.2), base=1.0)

    assert rates[[0, 16, 32]] == pytest.approx([0.1, 1.0, 0.1], rel=1e-14)
    assert rates[-1] == pytest.approx(0.1 - 0.09 * 7 / 8, rel=1e-13)
    bends = np.flatnonzero(np.abs(np.diff(rates, 2)) > 1e-12) + 1
    assert bends.tolist() == [16, 32]


@pytest.mark.parametrize("schedule", [Cosine(to=0.2), OneCycle(last=0.2)], ids=str)
def test_beyond_the_run_that_they_are_made_for_schedules_stay_at_their_end(schedule):
    """A cosine that went on would rise again."""
    rates = [schedule.rates(1.0, epoch, 4, 100, 10, schedule.start()) for epoch in (11, 15, 30)]

    assert np.ravel(rates) == pytest.approx(0.2, rel=1e-14)


@pytest.mark.parametrize("cls", ALL)
def test_a_warm_up_grows_linearly_and_ends_at_the_schedules_own_rates(cls):
    """Of two epochs, eight steps: an eighth, two eighths ... of what it would be, then all of it."""
    plain, warm = whole_run(cls()), whole_run(cls(warmup=2))

    assert warm[:8] == pytest.approx(plain[:8] * np.arange(1, 9) / 8, rel=1e-14)
    assert (warm[8:] == plain[8:]).all()


@pytest.mark.parametrize("power", [0.5, 0.25])
def test_inverse_scaling_has_the_rates_of_scikit_learn(power):
    """The rate with which it goes into each epoch: base in the first, then base / (rows seen + 1)^power."""
    X, y = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60.0)
    model = MLPRegressor(
        hidden_layer_sizes=(4,), solver="sgd", learning_rate="invscaling", power_t=power, learning_rate_init=1e-3,
        batch_size=16,
    )  # fmt: skip
    schedule = InverseScaling(power)

    assert schedule.rates(1e-3, 1, 4, 60, 9, schedule.start())[0] == 1e-3
    for epoch in range(1, 9):
        model.partial_fit(X, y)
        following = schedule.rates(1e-3, epoch + 1, 4, 60, 9, schedule.start())
        assert following == pytest.approx([model._optimizer.learning_rate] * 4, rel=1e-14)


def test_adaptive_cuts_the_rate_in_the_epochs_in_which_scikit_learn_does(monkeypatch):
    """Its rate after each epoch, from its own losses: tol and patience as its code has them, n_iter_no_change + 1."""
    from sklearn.neural_network import _stochastic_optimizers as theirs

    X = np.random.default_rng(0).normal(size=(60, 3))
    y = X[:, 0]
    seen = []
    ends = theirs.SGDOptimizer.iteration_ends
    monkeypatch.setattr(
        theirs.SGDOptimizer, "iteration_ends", lambda self, t: (seen.append(self.learning_rate), ends(self, t))[1]
    )
    model = MLPRegressor(
        hidden_layer_sizes=(4,), solver="sgd", learning_rate="adaptive", learning_rate_init=0.1, tol=1e-3,
        n_iter_no_change=2, batch_size=16, max_iter=60, random_state=0,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, y)
    schedule = Adaptive(tol=1e-3, patience=3)
    state, mine = schedule.start(), []
    for epoch, loss in enumerate(model.loss_curve_, start=1):
        mine.append(schedule.rates(0.1, epoch, 4, 60, 60, state)[0])
        state = schedule.observe(state, loss)

    assert seen[0] == 0.1
    assert seen[-1] < 0.1 / 20, "too few cuts to compare"
    assert mine == pytest.approx(seen, rel=1e-13)


def test_a_plateau_is_so_many_epochs_in_a_row_without_an_improvement_of_tol():
    """patience=2, tol=0.1, losses by hand: 0.95 is no improvement on 1.0 but the new best, 0.84 is one."""
    schedule = ReduceOnPlateau(factor=0.5, patience=2, tol=0.1)
    state, cuts = schedule.start(), []
    for loss in (1.0, 0.95, 0.84, 0.84, 0.9, 0.5, 0.5, 0.45, 0.44, 0.43):
        state = schedule.observe(state, loss)
        cuts.append(state.cuts)

    assert cuts == [0, 0, 0, 0, 1, 1, 1, 2, 2, 3]


def test_only_those_that_watch_the_loss_remember_it():
    for cls in ALL:
        schedule = cls()
        watches = schedule.observe(schedule.start(), 1.0) != schedule.start()
        assert watches == issubclass(cls, ReduceOnPlateau)


BAD = [
    (lambda: StepDecay(every=0), "The `every` parameter of StepDecay must be a whole number >= 1. Got 0 instead."),
    (lambda: StepDecay(factor=2), "The `factor` parameter of StepDecay must be a number in (0, 1]. Got 2 instead."),
    (
        lambda: ExponentialDecay(0),
        "The `factor` parameter of ExponentialDecay must be a number in (0, 1]. Got 0 instead.",
    ),
    (lambda: Cosine(to=1), "The `to` parameter of Cosine must be a number in [0, 1). Got 1 instead."),
    (lambda: Cosine(to="0"), "The `to` parameter of Cosine must be a number in [0, 1). Got '0' instead."),
    (lambda: OneCycle(first=0), "The `first` parameter of OneCycle must be a number in (0, 1]. Got 0 instead."),
    (lambda: OneCycle(last=True), "The `last` parameter of OneCycle must be a number in (0, 1]. Got True instead."),
    (lambda: OneCycle(tail=1.0), "The `tail` parameter of OneCycle must be a number in [0, 1). Got 1.0 instead."),
    (lambda: InverseScaling(-1), "The `power` parameter of InverseScaling must be a number >= 0. Got -1 instead."),
    (
        lambda: ReduceOnPlateau(factor=1),
        "The `factor` parameter of ReduceOnPlateau must be a number in (0, 1). Got 1 instead.",
    ),
    (
        lambda: ReduceOnPlateau(patience=1.5),
        "The `patience` parameter of ReduceOnPlateau must be a whole number >= 1. Got 1.5 instead.",
    ),
    (lambda: Adaptive(tol=-1), "The `tol` parameter of Adaptive must be a number >= 0. Got -1 instead."),
    (
        lambda: Constant(warmup=float("nan")),
        "The `warmup` parameter of Constant must be a number >= 0. Got nan instead.",
    ),
]


@pytest.mark.parametrize(("make", "message"), BAD, ids=[message.split(". Got")[0][:60] for _, message in BAD])
def test_wrong_parameters_are_refused_when_the_schedule_is_made(make, message):
    with pytest.raises(ParameterError) as refusal:
        make()

    assert str(refusal.value) == message


def test_every_schedule_is_a_public_name():
    assert all(getattr(pellucid, cls.__name__) is cls for cls in ALL)
    ours = {cls for cls in Schedule.__subclasses__() if cls.__module__.startswith("pellucid.")}
    assert ours <= {*ALL}
