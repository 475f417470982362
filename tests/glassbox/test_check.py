"""The check passes where all is right, and a mistake planted anywhere fails it and is named by its layer."""

import json

import numpy as np
import pytest

import cases
import pellucid
from pellucid.engines.compiled.engine import CompiledEngine
from pellucid.errors import DataError, GradientMismatch, ParameterError
from pellucid.glassbox import check, gradient_ways
from pellucid.mathematics import batch, observation
from pellucid.mathematics.activations import ACTIVATIONS, ReLU, logistic, namespace
from pellucid.mathematics.activations.per_output import PerOutput
from pellucid.mathematics.losses import RSS, Absolute, Huber, Log, Loss, Quantile
from pellucid.mathematics.structure import Network


@pytest.mark.parametrize("case", cases.PAIRWISE[::2], ids=str)
def test_every_way_agrees_for_every_loss_activation_depth_weight_and_penalty(case, rng, record_error):
    """Half of the covering set: its ways are those that rungs 2 to 4 hold to one another on the whole of it."""
    check_every_way(case, rng, record_error)


@pytest.mark.verify
@pytest.mark.parametrize("case", cases.EVERY_PAIR, ids=str)
def test_every_way_agrees_for_every_pair_of_choices(case, rng, record_error):
    check_every_way(case, rng, record_error)


def check_every_way(case, rng, record_error):
    problem = cases.make_problem(rng, case)
    report = pellucid.check_gradients(problem.network, **problem.arguments, most_entries=6)

    assert report.passed, str(report)
    exact = max(c.error for c in report.comparisons if c.way != "differences")
    record_error("glass box: exact ways of check_gradients", exact, 1e-10, case)


def small_problem(rng, hidden="relu", D_y=3, N=20):
    network = cases.make_network(rng, ("rss", "linear"), hidden, 2, D_y)
    return network, rng.normal(size=(N, 3)), rng.normal(size=(N, D_y))


def wrong_sign(monkeypatch):
    monkeypatch.setattr(observation, "make_dh_dz", lambda W: -W)
    return 1, "W"


def missing_factor_two(monkeypatch):
    monkeypatch.setattr(RSS, "derivative", lambda self, Y, Y_hat: -(Y - Y_hat))
    return 3, "W"


def relu_for_its_slope(monkeypatch):
    monkeypatch.setattr(ReLU, "slope", ReLU.value)
    return 2, "W"


def every_row_filled(monkeypatch):
    def filled(z_before, n_neurons):
        return np.broadcast_to(z_before, (n_neurons, n_neurons, z_before.size)).copy()

    monkeypatch.setattr(observation, "make_dh_dW", filled)
    return 3, "W"


def a_factor_of_the_number_of_outputs(monkeypatch):
    own = CompiledEngine.gradient

    def times_D_y(self, network, objective, data, scales):
        losses, gradient = own(self, network, objective, data, scales)
        return losses, gradient * network.sizes[-1]

    monkeypatch.setattr(CompiledEngine, "gradient", times_D_y)
    return 3, "W"


def intercepts_not_summed(monkeypatch):
    own = check.batch_gradient

    def first_row_only(objective, network, data, scales):
        sums, theta = own(objective, network, data, scales)
        theta = theta.copy()
        theta[-network.sizes[-1] :] /= len(data.X)
        return sums, theta

    monkeypatch.setattr(check, "batch_gradient", first_row_only)
    return 3, "c"


PLANTED = [
    wrong_sign,
    missing_factor_two,
    relu_for_its_slope,
    every_row_filled,
    a_factor_of_the_number_of_outputs,
    intercepts_not_summed,
]


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_mistake_fails_and_its_layer_is_named(plant, rng, monkeypatch):
    """Back propagation runs down from the last layer, so the topmost layer that fails is where the mistake is."""
    network, X, Y = small_problem(rng)
    assert pellucid.check_gradients(network, X, Y, "rss").passed
    layer, parameter = plant(monkeypatch)
    report = pellucid.check_gradients(network, X, Y, "rss")

    assert not report.passed
    # dL_dh of a layer is made with the W above it: a wrong dh_dz shows one layer below its own, slopes in theirs.
    assert report.failures[0].layer == (2 if plant is wrong_sign else layer)
    assert report.verdict().startswith(f"FAILED in layer {report.failures[0].layer}, {parameter}")
    assert "FAILED" in str(report)
    with pytest.raises(GradientMismatch, match="FAILED in layer"):
        report.raise_if_failed()


def test_rows_on_a_kink_or_within_rounding_of_one_are_left_out_and_counted():
    """0.1 + 0.2 + 0.7 - 0.7 - 0.3 is 0 or 5e-17 by the order of summation: the slope of a relu there is chance."""
    network = Network.from_arrays([(np.ones((1, 5)), [0.0], "relu"), ([[1.0]], [0.0], "linear")])
    X = np.array([[0.1, 0.2, 0.7, -0.7, -0.3], [1.0, 2, 3, 4, 5], [0.5, 0, 0, 0, 0], [0, 0, 0, 0, 0]])
    report = pellucid.check_gradients(network, X, np.ones(4), "rss")

    assert (report.passed, report.n_rows) == (True, 3)  # in the row of zeros h is no sum: it is 0 in any order
    assert any(note.startswith("1 of 4 rows left out: an h or a residual is on a kink") for note in report.notes)


# Two residuals y_hat - y, of which the first is on a kink: x = 1 and 2 through y_hat = x.
AT_KINKS = {
    "absolute": (Absolute(), [1.0, 1.5]),
    "a quantile": (Quantile(0.9), [1.0, 1.5]),
    "huber above": (Huber(0.25), [0.75, 1.5]),
    "huber below": (Huber(0.25), [1.25, 1.9]),
    "one rounding away": (Absolute(), [1.0 + 2**-52, 1.5]),
}


@pytest.mark.parametrize("name", AT_KINKS)
def test_a_row_whose_residual_is_on_a_kink_of_the_loss_is_left_out_and_counted(name):
    """The derivative is a convention there (Absolute, quantiles), or its slope jumps (Huber)."""
    loss, Y = AT_KINKS[name]
    network = Network.from_arrays([([[1.0]], [0.0], "linear")])
    report = pellucid.check_gradients(network, [[1.0], [2.0]], Y, loss)

    assert (report.passed, report.n_rows) == (True, 1), str(report)
    assert any(note.startswith("1 of 2 rows left out: an h or a residual is on a kink") for note in report.notes)


def test_of_several_losses_and_several_quantiles_each_residual_counts():
    """One of the outputs of one of the targets at its kink: the row is left out; the others' kinks are elsewhere."""
    network = Network.from_arrays([([[1.0], [1.0], [0.5]], [0.0, 0.0, 0.0], ["linear"] * 3)])
    loss = [RSS(), Quantile(0.2, 0.9)]
    report = pellucid.check_gradients(network, [[1.0], [2.0], [3.0]], [[1.0, 0.5], [2.0, 1.5], [0.0, 3.0]], loss)

    assert (report.passed, report.n_rows) == (True, 1), str(report)


def test_a_kink_of_the_loss_between_the_points_of_a_difference_is_left_out_and_counted():
    """The residual is 1e-9, the smallest step 1e-6 and more: differences are not to be had, and that is said."""
    network = Network.from_arrays([([[1.0]], [0.0], "linear")])
    report = pellucid.check_gradients(network, [[1.0]], [1.0 - 1e-9], "absolute")

    assert not report.failures
    assert all((c.n_compared, c.n_kinks) == (0, 1) for c in report.comparisons if c.way == "differences")


def test_where_every_row_lies_on_a_kink_nothing_is_checked_and_that_is_said():
    network = Network.from_arrays([(np.ones((1, 5)), [0.0], "relu"), ([[1.0]], [0.0], "linear")])
    report = pellucid.check_gradients(network, [[0.1, 0.2, 0.7, -0.7, -0.3]] * 4, np.ones(4), "rss")

    assert not report.passed
    assert report.verdict().startswith("NOT CHECKED")


def test_a_kink_between_the_points_of_a_difference_is_left_out_and_counted():
    """h = 1e-9 is off the kink, but the smallest step, 1e-5, is not."""
    network = Network.from_arrays([([[1.0]], [0.0], "relu"), ([[1.0]], [0.0], "linear")])
    report = pellucid.check_gradients(network, [[1e-9]], [1.0], "rss")
    (c,) = [c for c in report.comparisons if (c.way, c.layer, c.parameter) == ("differences", 1, "c")]

    assert (c.n_compared, c.n_kinks) == (0, 1)
    assert "1 at kinks" in str(report)


@pytest.mark.parametrize("seed", range(6))
def test_a_network_that_fits_its_data_exactly_passes(seed):
    """Y is its own prediction: J and the gradient are rounding alone, and no two ways need agree on rounding."""
    generator = np.random.default_rng(seed)
    network = Network.initialise([8, 16, 1], ["tanh", "linear"], seed)
    X = generator.normal(size=(12, 8))
    report = pellucid.check_gradients(network, X, network.predict(X), "rss", most_entries=3)

    assert report.passed, str(report)
    for x in X:
        pellucid.trace(network, x, network.predict(x[None])[0], "rss", engine="compiled")


@pytest.mark.parametrize("activation", ["tanh", "silu"])
@pytest.mark.parametrize(("loss", "y"), [("rss", 0.0), ("poisson", 1.0), ("gamma", 1.0)])
def test_a_network_of_zeros_that_fits_its_data_exactly_passes_without_jax(activation, loss, y, monkeypatch):
    """J is 0 and every h is 0: what is rounded then are the values of J beside theta, and the terms within them."""
    monkeypatch.setattr(check, "has_jax", lambda: False)
    network = Network.initialise([2, 3, 2, 1], [activation] * 2 + ["linear" if y == 0 else "exponential"], 3)
    X = np.random.default_rng(0).normal(size=(4, 2))
    network.W[0][...] = 0
    report = pellucid.check_gradients(network, X, np.full(4, y), loss, engine="reference")

    assert report.J == 0
    assert report.passed, str(report)


def test_at_the_bottom_of_a_bowl_a_gradient_of_0_in_the_place_of_a_small_one_fails(monkeypatch):
    """What rounding may do there is a share of how J moves, and no licence: J says -2e-9."""
    monkeypatch.setattr(check, "has_jax", lambda: False)
    monkeypatch.setattr(check, "by_observations", lambda network, *_: np.zeros_like(network.theta))
    network = Network.from_arrays([([[0.0]], [0.0], "exponential")])
    report = pellucid.check_gradients(network, [[1.0]], [1 + 1e-9], "poisson", engine="reference")

    assert {(c.way, c.parameter) for c in report.failures} >= {("differences", "W"), ("differences", "c")}


@pytest.mark.parametrize("seed", range(6))
def test_a_wrong_slope_whose_gradient_is_below_the_rounding_of_j_is_not_passed_by_differences(seed, monkeypatch):
    """Inputs of thousands saturate a sigmoid of one's own with its slope negated: what cannot be told is not told."""

    class Negated(type(ACTIVATIONS["sigmoid"])):
        name = "mine"

        def slope(self, h):
            return -super().slope(h)

    monkeypatch.setattr(check, "has_jax", lambda: False)
    generator = np.random.default_rng(seed)
    network = Network.initialise([5, 6, 1], [Negated(), "linear"], seed)
    X, Y = 1000 * generator.normal(size=(20, 5)), generator.normal(size=20)
    report = pellucid.check_gradients(network, X, Y, "rss", engine="reference")

    assert not report.passed, str(report)
    assert report.verdict().startswith(("NOT CHECKED", "FAILED in layer 1"))


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize(
    ("depth", "width"),
    [(6, 64), (20, 16), pytest.param(12, 64, marks=pytest.mark.verify), pytest.param(20, 64, marks=pytest.mark.verify)],
)
def test_a_factor_on_the_first_of_many_layers_fails_and_is_measured_as_it_is(activation, depth, width, monkeypatch):
    """What rounding may do does not grow with width and depth until it forgives a wrong gradient."""
    monkeypatch.setattr(check, "has_jax", lambda: False)  # JAX compiles so deep a network for seconds
    generator = np.random.default_rng(0)
    network = Network.initialise([10, *[width] * depth, 1], [activation] * depth + ["linear"], 0)
    X, Y = generator.normal(size=(8, 10)), generator.normal(size=8)
    honest = check.by_engine

    assert pellucid.check_gradients(network, X, Y, "rss", most_entries=3, engine="reference").passed
    for factor in (1 + 1e-6, 1.01, 2.0, -1.0):

        def scaled(*arguments, factor=factor):
            gradient = honest(*arguments).copy()
            gradient[: network.W[0].size] *= factor
            return gradient

        monkeypatch.setattr(check, "by_engine", scaled)
        report = pellucid.check_gradients(network, X, Y, "rss", most_entries=1, engine="reference")
        (wrong,) = report.failures
        assert (wrong.way, wrong.layer, wrong.parameter) == ("reference engine", 1, "W")
        assert wrong.error == pytest.approx(abs(factor - 1), rel=1e-3)


TIES = {
    "an untrained softmax": ([3, 3], ["softmax"], "cross_entropy"),
    "an untrained logistic model": ([3, 2], ["sigmoid"], "log"),
    "softplus at 0": ([3, 5, 1], ["softplus", "linear"], "rss"),
    "elu at 0": ([3, 5, 1], ["elu", "linear"], "rss"),
    "selu at 0": ([3, 5, 1], ["selu", "linear"], "rss"),
    "mish at 0": ([3, 5, 1], ["mish", "linear"], "rss"),
    "sigmoid at 0": ([3, 5, 1], ["sigmoid", "linear"], "rss"),
    "silu at 0": ([3, 5, 1], ["silu", "linear"], "rss"),
    "exponential at 0": ([3, 5, 1], ["tanh", "exponential"], "rss"),
    "softmax above dead units": ([3, 5, 3], ["relu", "softmax"], "cross_entropy"),
    "log loss above dead units": ([3, 5, 2], ["relu", "sigmoid"], "log"),
}


@pytest.mark.parametrize("name", TIES)
def test_a_right_gradient_passes_where_h_is_0_and_outputs_tie(name):
    """There maximum, abs and minimum have several derivatives; the forward formulae take the one of the limit."""
    sizes, activations, loss = TIES[name]
    network = Network.initialise(sizes, activations, 0)
    if "dead" in name:
        network.c[0][:] = -100
    if "untrained" in name:
        network.theta[:] = 0
    generator = np.random.default_rng(0)
    X = np.zeros((1, 3)) if "at 0" in name else generator.normal(size=(20, 3))
    Y = {
        "rss": np.full((len(X), 1), 2.0),  # which none of them predicts: at J = 0 differences tell nothing but rounding
        "log": generator.integers(0, 2, (len(X), sizes[-1])),
        "cross_entropy": np.arange(len(X))[:, None] % 3,
    }[loss]
    report = pellucid.check_gradients(network, X, Y, loss)
    assert report.passed, str(report)


def test_differences_know_their_own_error_near_the_bend_of_elu(monkeypatch):
    """Its second derivative jumps at 0: the error of a difference falls with the step alone."""
    monkeypatch.setattr(check, "has_jax", lambda: False)
    network = Network.initialise([3, 5, 1], ["elu", "linear"], 0)
    report = pellucid.check_gradients(network, 1e-7 * np.ones((2, 3)), [1.0, 1.0], "rss")
    assert not report.failures, str(report)


def test_a_neuron_without_weights_leaves_no_row_out():
    """Its h is 0 exactly, whatever the order of summation, and the slope is that of the convention."""
    network = Network.initialise([3, 5, 1], ["relu", "linear"], 0)
    network.W[0][2] = 0
    generator = np.random.default_rng(0)
    report = pellucid.check_gradients(network, generator.normal(size=(20, 3)), generator.normal(size=20), "rss")
    assert report.passed, str(report)
    assert report.n_rows == 20


@pytest.mark.parametrize("seed", range(8))
def test_large_inputs_do_not_make_the_steps_of_differences_too_coarse(seed, monkeypatch):
    """A step of theta moves h by as much more as z is large."""
    monkeypatch.setattr(check, "has_jax", lambda: False)
    generator = np.random.default_rng(seed)
    network = Network.initialise([3, 6, 1], ["gelu", "linear"], seed)
    network.theta[:] *= 1e-3
    report = pellucid.check_gradients(network, 1e5 * generator.normal(size=(9, 3)), generator.normal(size=9), "rss")
    assert not report.failures, str(report)


WRONG = {
    "reduction": "foo",
    "alpha": -1.0,
    "l1": float("inf"),
    "random_state": -1,
    "most_entries": True,
    "sample_weight": [-1.0],
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_argument_is_refused_and_not_blamed_on_back_propagation(name):
    network = Network.initialise([1, 1], ["linear"], 0)
    with pytest.raises(ParameterError) as refusal:
        pellucid.check_gradients(network, [[1.0]], [1.0], "rss", **{name: WRONG[name]})
    assert str(refusal.value).startswith(f"The `{name}` parameter of check_gradients must be ")


@pytest.mark.parametrize("verb", ["trace", "trace_batch", "check_gradients"])
def test_a_fitted_model_in_the_place_of_a_network_is_refused_with_its_own_method(verb):
    model = pellucid.FeedForwardRegressor((2,), max_iter=1, random_state=0).fit([[0.0], [1.0]] * 5, [0.0, 1.0] * 5)
    arguments = ([0.0], [0.0]) if verb == "trace" else ([[0.0]], [0.0])
    with pytest.raises(ParameterError) as refusal:
        getattr(pellucid, verb)(model, *arguments, "rss")
    assert str(refusal.value).startswith(f"The `network` parameter of {verb} must be a Network.")


def test_the_kink_of_the_l1_penalty_is_left_out_too():
    """|W| has no derivative at 0."""
    network = Network.from_arrays([([[0.0, 1.0]], [0.0], "linear")])
    report = pellucid.check_gradients(network, [[1.0, 2.0], [0.5, -1.0]], [1.0, 2.0], "rss", l1=0.1)
    (W,) = [c for c in report.comparisons if (c.way, c.parameter) == ("differences", "W")]

    assert (W.n_compared, W.n_kinks, report.passed) == (1, 1, True)


def test_of_large_arrays_a_seeded_sample_is_compared_and_that_is_said():
    network = Network.initialise([10, 30, 1], ["tanh", "linear"])
    X, Y = np.linspace(-1, 1, 50).reshape(5, 10), np.linspace(0, 1, 5)
    one, two = (pellucid.check_gradients(network, X, Y, "rss", most_entries=20, random_state=3) for _ in range(2))

    assert "Differences of W of layer 1: a sample of 20 of its 300 entries, seed 3." in one.notes
    assert one.to_dict() == two.to_dict()


def test_without_jax_the_rest_is_compared_and_that_is_said(rng, monkeypatch):
    monkeypatch.setattr(check, "has_jax", lambda: False)
    network, X, Y = small_problem(rng)
    report = pellucid.check_gradients(network, X, Y, "rss", engine="reference")

    assert {c.way for c in report.comparisons} == {"matrix form", "reference engine", "differences"}
    assert any("JAX is not installed" in note for note in report.notes)


def test_a_network_too_wide_for_its_tensors_is_checked_without_them():
    """1000 neurons over 40: 320 MB a row. The matrix form stands for the specification, and the report says so."""
    network = Network.initialise([40, 1000, 1], ["relu", "linear"])
    X = np.random.default_rng(0).normal(size=(3, 40))
    report = pellucid.check_gradients(network, X, [1.0, 2.0, 3.0], "rss", most_entries=3)

    assert (report.passed, report.specification) == (True, "matrix form")
    assert any("320 MB for each row" in note for note in report.notes)


def test_a_loss_of_ones_own_is_checked_and_a_wrong_derivative_found(rng):
    """Only the way forward is trusted: a derivative that does not belong to the value fails."""

    class Quartic(RSS):
        name = "quartic"

        def value(self, Y, Y_hat):
            return (Y - Y_hat) ** 4

        def derivative(self, Y, Y_hat):
            return -4 * (Y - Y_hat) ** 3

    class Wrong(Quartic):
        def derivative(self, Y, Y_hat):
            return 4 * (Y - Y_hat) ** 3

    class LogCosh(Loss):
        name = "log_cosh"

        def value(self, Y, Y_hat):
            xp = namespace(Y_hat)
            size = xp.abs(Y - Y_hat)
            return size + xp.log1p(xp.exp(-2 * size)) - np.log(2)

        def derivative(self, Y, Y_hat):
            return namespace(Y_hat).tanh(Y_hat - Y)

    network, X, Y = small_problem(rng, "tanh")
    good, bad = (pellucid.check_gradients(network, X, Y, loss(), engine="compiled") for loss in (Quartic, Wrong))
    several = network.with_parameters(network.theta)
    several.activations = (*network.activations[:-1], PerOutput(["linear"] * 3))
    parts = pellucid.check_gradients(several, X, Y, [LogCosh(), RSS(), LogCosh()], engine="reference")
    wrong_part = pellucid.check_gradients(several, X, Y, [RSS(), Wrong(), LogCosh()], engine="reference")

    assert pellucid.check_gradients(network, X, Y, LogCosh(), engine="reference").passed
    assert parts.passed, str(parts)
    assert not wrong_part.passed
    assert (wrong_part.failures[0].layer, wrong_part.failures[0].parameter) == (3, "W")

    assert good.passed
    assert not bad.passed
    assert any("no kernels for an activation or a loss of your own" in note for note in good.notes)


def test_a_loss_that_is_not_defined_at_0_is_checked_and_traced_with_missing_targets(rng):
    """1 stands in for the missing ones: nothing becomes NaN, no warning is given."""

    class LogRatio(RSS):
        name = "log ratio"

        def value(self, Y, Y_hat):
            xp = namespace(Y_hat)
            return (xp.log(Y) - xp.log(Y_hat)) ** 2

        def derivative(self, Y, Y_hat):
            xp = namespace(Y_hat)
            return -2 * (xp.log(Y) - xp.log(Y_hat)) / Y_hat

    network = cases.make_network(rng, ("rss", "softplus"), "tanh", 1, D_y=2)
    X, Y = rng.normal(size=(6, 3)), rng.uniform(1, 5, (6, 2))
    Y[0, 0] = Y[3, 1] = np.nan

    assert pellucid.check_gradients(network, X, Y, LogRatio(), engine="reference").passed
    assert np.isfinite(pellucid.trace(network, X[0], Y[0], LogRatio(), engine="reference").dL_dx).all()
    assert pellucid.trace_batch(network, X, Y, LogRatio()).prove() < 1e-12


def test_a_report_is_plain_values_too(rng):
    report = pellucid.check_gradients(*small_problem(rng), "rss")
    again = json.loads(json.dumps(report.to_dict()))

    assert again["passed"] is True
    assert again["worst"] == report.worst == max(c["error"] for c in again["comparisons"])


def test_missing_targets_are_counted(rng):
    """They have no loss and no gradient; the report says how many there are."""
    network, X, Y = small_problem(rng)
    Y[[0, 3], [1, 2]] = np.nan
    report = pellucid.check_gradients(network, X, Y, "rss", most_entries=5)

    assert report.passed
    assert "2 of the 60 targets are missing: they have no loss and no gradient." in report.notes


def test_what_cannot_be_checked_is_refused(rng):
    network, X, Y = small_problem(rng)
    with pytest.raises(ParameterError, match="`most_entries` parameter of check_gradients must be a whole number >= 1"):
        pellucid.check_gradients(network, X, Y, "rss", most_entries=0)
    with pytest.raises(DataError, match="Every target in Y is missing"):
        pellucid.check_gradients(network, X, Y * np.nan, "rss")
    network.theta[0] = np.nan
    with pytest.raises(DataError, match="W of layer 1 holds nan"):
        pellucid.check_gradients(network, X, Y, "rss")


def test_nothing_of_the_way_back_is_in_the_differences_or_in_jax(rng, monkeypatch):
    """They stay right when every backward function is broken."""
    network, X, Y = small_problem(rng, "tanh")
    objective, data = problem_of(X, Y)
    expected = gradient_ways.by_observations(network, objective, data)
    for module in (batch, observation, gradient_ways):
        for name in ("propagate_backward_batch", "propagate_backward", "combine_observations"):
            monkeypatch.setattr(module, name, None, raising=False)
    monkeypatch.setattr(type(ACTIVATIONS["tanh"]), "slope", None)
    monkeypatch.setattr(RSS, "derivative", None)
    places = np.arange(network.theta.size)
    numerical = check.NumericalObjective(network, objective, data).derivatives(places)

    np.testing.assert_allclose(gradient_ways.by_jax(network, objective, data), expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(numerical.values, expected[numerical.places], rtol=0, atol=1e-9)
    assert len(numerical.places) == len(places)


def problem_of(X, Y):
    from pellucid.mathematics.objective import Objective, Observations

    return Objective(RSS()), Observations(X, Y, np.ones(len(X)))


def sign_of_the_log_loss(monkeypatch):
    """Both fractions of its derivative negative."""
    monkeypatch.setattr(Log, "dL_dH", lambda self, Y, H: -(Y * logistic(-H) + (1 - Y) * logistic(H)))
    return "log"


def prediction_transposed(monkeypatch):
    """Indices (i, d) for (d, i): unnoticed by shapes where N is D_y."""
    monkeypatch.setattr(RSS, "derivative", lambda self, Y, Y_hat: -2 * (Y - Y_hat.T))
    return "rss"


def activation_of_the_layer_itself(monkeypatch):
    """A superscript of the wrong layer: z^(l) for z^(l-1) in dL_dW, unnoticed by shapes where widths are equal."""
    own = observation.propagate_backward

    def wrong(network, x, y, loss, coefficients=None):
        made = own(network, x, y, loss, coefficients)
        made.dL_dW[2] = np.outer(made.dL_dh[2], made.z[2])
        return made

    monkeypatch.setattr(observation, "propagate_backward", wrong)
    return "rss"


@pytest.mark.parametrize(
    "plant",
    [sign_of_the_log_loss, prediction_transposed, activation_of_the_layer_itself],
    ids=lambda plant: plant.__name__,
)
def test_the_slips_of_the_way_back_that_texts_print_are_found(plant, rng, monkeypatch):
    """Those that shapes do not betray: 3 rows, 3 neurons in every layer, 3 targets."""
    loss = plant(monkeypatch)
    output = "sigmoid" if loss == "log" else "linear"
    network = Network.initialise([3, 3, 3, 3], ["tanh", "tanh", output], rng)
    X, Y = rng.normal(size=(3, 3)), rng.integers(0, 2, size=(3, 3)).astype(float)
    report = pellucid.check_gradients(network, X, Y, loss)

    assert not report.passed
    assert report.failures[0].layer == (2 if plant is activation_of_the_layer_itself else 3)
