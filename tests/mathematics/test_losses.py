"""Rung 1: losses against values of 400-digit arithmetic, in the chapter and in machine code."""

import json
import math

import jax
import numpy as np
import pytest

import cases
from naive import sigmoid
from pellucid.engines.compiled.loss_kernels import differentiate_loss
from pellucid.engines.compiled.problem import make_problem
from pellucid.engines.loss_and_gradient import loss_and_gradient
from pellucid.errors import DataError, ParameterError
from pellucid.mathematics.activations import ACTIVATIONS
from pellucid.mathematics.activations.per_output import PerOutput
from pellucid.mathematics.losses import (
    LOSSES,
    RSS,
    Absolute,
    CrossEntropy,
    Gamma,
    Huber,
    Log,
    LogLink,
    PerTarget,
    Poisson,
    Quantile,
    Tweedie,
    check_network,
    check_pair,
    get_loss,
)
from pellucid.mathematics.structure import Network
from reference_values import recipe

RECORDS = json.loads(recipe.VALUES_FILE.read_text(encoding="ascii"))["losses"]
EPS32 = float(np.finfo(np.float32).eps)

# Log loss: two products and a sum of numbers of one sign, each rounded, on an exponential to 1 ulp; RSS: a difference,
# exact or rounded once, and its square, which doubles that. Cross-entropy: a sum of up to four terms more. Residuals
# no more than RSS. Where a formula is ill-conditioned, in ulps of the terms that cancel (below).
FEW = 8


def loss_of(name, record, number=float):
    """The loss of a record; `number` rounds its parameter to the type in use."""
    match name:
        case "huber":
            return Huber(float(number(record["delta"])))
        case "quantile":
            return Quantile(float(number(record["q"])))
        case "tweedie":
            return Tweedie(float(number(record["power"])))
        case "log, smoothed":
            return Log(float(number(recipe.SMOOTHING)))
        case "cross_entropy, smoothed":
            return CrossEntropy(float(number(recipe.SMOOTHING)))
        case _:
            return get_loss(name)


def arrays(record):
    """Y, and H or, of losses that are not paired, Y_hat, of one record: (1, ·) each."""
    if "class" in record:
        return np.array([[float(record["class"])]]), np.array([record["h"]])
    return np.array([[record["y"]]]), np.array([[record["h"] if "h" in record else record["y_hat"]]])


def from_chapter(loss, Y, H):
    if loss.paired:
        return loss.value_from_h(Y, H), loss.dL_dH(Y, H)
    return loss.value(Y, H), loss.derivative(Y, H)


def from_kernel(loss, Y, H):
    """The kernel's loss and dL_dH (of losses that are not paired dL_dY_hat), H itself being Y_hat there."""
    sums, dL, ones = np.zeros(Y.shape[1]), np.full_like(H, np.nan), np.ones((1, 1), H.dtype)
    last = loss.last_activation if isinstance(loss, PerTarget) else loss.output_activation
    problem = make_problem(Network.initialise([1, H.shape[1]], [last], dtype=H.dtype.name), loss)
    differentiate_loss(problem, H, H, Y, ones, np.ones(Y.shape[1], H.dtype), dL, sums)
    return sums[None, :], dL


WAYS = {"chapter": from_chapter, "compiled": from_kernel}
EVERY_WAY = pytest.mark.parametrize("way", WAYS)


def sizes(loss, record, value, slopes):
    """In what rounding is measured, for the value and each slope: themselves, or the terms whose difference they are.

    Derived at the functions below: each is the sum of the terms' own errors, in eps.
    """
    if isinstance(loss, LogLink):
        of_value, *of_slopes = terms_of_deviance(loss.power, record["y"], record["h"])
    elif isinstance(loss, Log):
        of_value, *of_slopes = terms_of_label(loss.label_smoothing, record["y"], record["h"])
    elif isinstance(loss, CrossEntropy) and loss.label_smoothing:
        of_value, *of_slopes = terms_of_smoothed_classes(loss.label_smoothing, record)
    else:
        of_value, *of_slopes = [0.0] * (1 + len(slopes))
    return [max(abs(a), b) for a, b in zip((value, *slopes), (of_value, *of_slopes), strict=True)]


def terms_of_label(s, y, h):
    """Value and dL_dh of the log loss are (1-y) a + y b, a and b of h and exact to an ulp, and y, where it is smoothed,
    is rounded: an error of eps y is one of y |a - b|, with a - b = h for the value and s(h) + s(-h) = 1 for the slope.

    In the slope the two terms have opposite signs. For y between 0 and 1 it has a zero, near which no formula keeps its
    relative precision in rounded s and y.
    """
    smooth = (1 - s) * y + s / 2
    of_slope = (1 - smooth) * sigmoid(h) + smooth * sigmoid(-h)
    softplus = max(h, 0.0) + math.log1p(math.exp(-abs(h)))
    of_value = (1 - smooth) * softplus + smooth * (softplus - h)
    return (of_value + smooth * abs(h), of_slope + smooth) if s else (of_value, of_slope)


def terms_of_smoothed_classes(s, record):
    """L = L_k - s mean_j (h_j - h_k), and dL_dh_j = p_j - ((1-s) [j = k] + s/K): the sizes of what is subtracted."""
    h, k = record["h"], record["class"]
    K, distances = len(h), [abs(h_j - h[k]) for h_j in h]
    of_value = max(distances) + math.log(K) + s * sum(distances) / K
    return of_value, *(p_j + s + (1 - s) * (j == k) for j, p_j in enumerate(record["softmax"]))


def terms_of_deviance(p, y, h):
    """L = 2 y^a (g_a(u) - g_b(u)), u = h - log y, a = 2 - p and b = 1 - p, both exact; dL_dh = 2 (e^(ah) - y e^(bh)).

    u is off by eps (|log y| + |u|), which reaches the difference through its derivative e^(au) - e^(bu); each g is off
    by itself and by the rounding of its exponent, |u| e^(au), or, where it is more than 1 and y^a e^(au) is one
    exponential, |log y| + |u| times that, as the difference is then at least 1 - 1/e of it; an exponential by itself
    and by its exponent's, |ah| e^(ah). The two g agree to second order at u = 0, where y_hat is y, the two
    exponentials to the first.
    """
    a, b = 2 - p, 1 - p
    if y == 0:
        return 2 * (1 + abs(a * h)) * math.exp(a * h) / a, 2 * (1 + abs(a * h)) * math.exp(a * h)
    u = h - math.log(y)

    def scaled_exponential(c):
        return math.exp(c * u + a * math.log(y))

    def scaled_growth(c):
        if not c:
            return y**a * u
        return (y**a * math.expm1(c * u) if c * u < 1 else scaled_exponential(c) - y**a) / c

    shift = abs(scaled_exponential(a) - scaled_exponential(b)) * (abs(math.log(y)) + abs(u))
    each = sum(abs(scaled_growth(c)) + abs(u) * scaled_exponential(c) for c in (a, b))
    of_slope = sum(factor * (1 + abs(c * h)) * math.exp(c * h) for factor, c in ((1, a), (y, b)))
    return 2 * (shift + each), 2 * of_slope


@EVERY_WAY
@pytest.mark.parametrize("name", RECORDS)
def test_every_loss_is_the_reference_to_a_few_ulp(name, way, record_error):
    """Value and derivative (for paired losses by h) at every reference point, without warning, overflow or NaN."""
    for record in RECORDS[name]:
        loss, (Y, H) = loss_of(name, record), arrays(record)
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            value, slope = WAYS[way](loss, Y, H)
        target = record["value"], *np.atleast_1d(record["dL_dh" if loss.paired else "dL_dy_hat"]).tolist()
        found = value.item(), *slope[0].tolist()
        for a, t, size in zip(found, target, sizes(loss, record, target[0], target[1:]), strict=True):
            record_error(f"1, losses in ulp ({way})", abs(a - t) / math.ulp(size), FEW, f"{name} {record}")


def fits_in_float32(name, record):
    """Whether y is a float32, and so is exp of every exponent of a deviance of y > 0, which ends at 88."""
    if name not in recipe.POWERS:
        return True
    p, y, h = record["power"], record["y"], record["h"]
    return y == 0 or (y > 1e-37 and max(recipe.exponents_of_deviance(p, y, h)) < 80)


@EVERY_WAY
@pytest.mark.parametrize("name", RECORDS)
def test_float32_losses_are_float64_rounded_to_a_few_eps(name, way, record_error):
    """At numbers that float32 holds exactly; where the true value is beyond float32 (RSS of 1e20) it is infinite."""
    largest, smallest = float(np.finfo(np.float32).max), float(np.finfo(np.float32).smallest_subnormal)
    for record in filter(lambda record: fits_in_float32(name, record), RECORDS[name]):
        loss = loss_of(name, record, np.float32)
        Y, H = (array.astype(np.float32) for array in arrays(record))
        rounded = {**record, "y": Y.item(), "h": H[0].tolist() if "class" in record else H.item()}
        exact = [np.ravel(array).tolist() for array in from_chapter(loss, Y.astype(np.float64), H.astype(np.float64))]
        target = exact[0] + exact[1]
        beyond = max(map(abs, target)) > largest
        with np.errstate(over="ignore" if beyond else "raise", divide="raise", invalid="raise"):
            found = [number for array in WAYS[way](loss, Y, H) for number in np.ravel(array).tolist()]
        for a, t, size in zip(found, target, sizes(loss, rounded, target[0], target[1:]), strict=True):
            if abs(t) > largest:
                assert a == math.copysign(math.inf, t)
            else:
                # One entry's rounding is eps of that entry; steps of subnormals below.
                error = abs(a - t) / max(size * EPS32, smallest)
                record_error(f"1, float32 losses in eps ({way})", error, FEW, f"{name} {record}")


@EVERY_WAY
@pytest.mark.parametrize("h", [37.0, 750.0, 1e20])
def test_the_log_loss_of_a_sure_and_right_prediction_is_tiny_and_not_zero_before_it_underflows(h, way):
    """exp(-37) survives beside 1; exp(-750) is below every float, and the loss is 0, never NaN."""
    value, slope = WAYS[way](Log(), np.array([[1.0]]), np.array([[h]]))

    assert value.item() == pytest.approx(math.exp(-h), rel=1e-15, abs=0)
    assert slope.item() == pytest.approx(-math.exp(-h), rel=1e-15, abs=0)


PAIRED = [loss for loss in cases.LOSSES if loss.paired and not isinstance(loss, PerTarget)]


@pytest.mark.parametrize("loss", PAIRED, ids=repr)
def test_the_textbook_form_is_the_paired_form_where_it_is_finite(loss, rng, close):
    """value(y, f(h)) is value_from_h(y, h) within |h| < 5, where 1 - y_hat still keeps 14 digits (1e-13)."""
    H = rng.uniform(-2.5, 2.5, (20, 4))
    Y = cases.make_targets(rng, loss, 20, 4)
    Y_hat = ACTIVATIONS[loss.output_activation].value(H)

    close("1, textbook form = paired form", loss.value(Y, Y_hat), loss.value_from_h(Y, H), 1e-13, loss)


@pytest.mark.parametrize("h", [37.0, 750.0, -750.0])
def test_the_textbook_form_fails_where_the_chapter_says_so(h):
    """The product of the two factors is infinite or NaN from h = 37 on, for the wrong label: why losses are paired."""
    y, H = np.array([0.0 if h > 0 else 1.0]), np.array([h])
    y_hat = ACTIVATIONS["sigmoid"].value(H)
    with np.errstate(divide="ignore", invalid="ignore"):
        factored = LOSSES["log"].derivative(y, y_hat) * ACTIVATIONS["sigmoid"].slope(H)

    assert not np.isfinite(factored).any()
    assert LOSSES["log"].dL_dH(y, H) == np.sign(h)


# What losses are to one another


@EVERY_WAY
def test_losses_that_are_another_at_some_number_are_it(way, rng, close):
    """Huber is RSS for a large delta; a quantile of 1/2 is half of Absolute; Tweedie ends in Poisson and Gamma."""
    Y, H = rng.gamma(2.0, 1.0, (1, 5)), rng.normal(size=(1, 5))
    same = [
        (Huber(1e3), RSS(), 1), (Quantile(0.5), Absolute(), 0.5), (Tweedie(1), Poisson(), 1), (Tweedie(2), Gamma(), 1),
        (Log(0.0), Log(), 1),
    ]  # fmt: skip
    for loss, other, factor in same:
        y = np.minimum(Y, 1) if isinstance(loss, Log) else Y
        for found, expected in zip(WAYS[way](loss, y, H), WAYS[way](other, y, H), strict=True):
            close("1, losses that are another", found, factor * expected, 1e-15, loss)


@pytest.mark.parametrize("p", [1 + 1e-9, 1.25, 1.75, 2 - 1e-9])
def test_a_deviance_is_twice_the_integral_of_the_residual_over_the_variance(p, rng):
    """L = 2 int_y_hat^y (y - t) / t^p dt (Jorgensen, 1987), by quadrature; without jump at p = 1 and 2."""
    from scipy.integrate import quad

    for y, h in zip(rng.gamma(2.0, 1.0, 5), rng.normal(size=5), strict=True):
        expected = 2 * quad(lambda t, y=y: (y - t) / t**p, math.exp(h), y, epsabs=0, epsrel=1e-12)[0]
        found = Tweedie(p).value_from_h(np.array([y]), np.array([h]))
        # Near the limits expm1(b u) / b divides two numbers of 1e-9, and keeps its digits.
        assert found.item() == pytest.approx(expected, rel=1e-11)


def test_smoothing_is_the_loss_of_the_smoothed_label(rng, close):
    """Log(s) at y is Log() at (1-s) y + s/2; cross-entropy is the mean of those of all classes, weighted so."""
    H, s, k = rng.normal(size=(6, 4)), 0.2, np.array([[0.0], [1.0], [2.0], [3.0], [0.0], [2.0]])
    Y = rng.choice([0.0, 1.0, 0.3], H.shape)
    of_class = np.hstack([CrossEntropy().value_from_h(np.full((6, 1), float(j)), H) for j in range(4)])
    shares = (1 - s) * (np.arange(4) == k) + s / 4

    smoothed = Log().value_from_h(0.8 * Y + 0.1, H)
    close("1, losses that are another", Log(s).value_from_h(Y, H), smoothed, 1e-15, "log, smoothed")
    found = CrossEntropy(s).value_from_h(k, H)[:, 0]
    close("1, losses that are another", found, (shares * of_class).sum(axis=1), 1e-15, "classes, smoothed")


def test_the_loss_of_several_quantiles_is_the_sum_of_their_own(rng, close):
    """Outputs stand target by target, quantile by quantile: (0, .1), (0, .5), (0, .9), (1, .1), ..."""
    Y, Y_hat = rng.normal(size=(7, 2)), rng.normal(size=(7, 6))
    loss = Quantile(0.9, 0.1, 0.5)

    each = [Quantile(q).value(Y, Y_hat[:, k::3]) for k, q in enumerate((0.1, 0.5, 0.9))]
    slopes = [Quantile(q).derivative(Y, Y_hat[:, k::3]) for k, q in enumerate((0.1, 0.5, 0.9))]

    close("1, losses that are another", loss.value(Y, Y_hat), sum(each), 1e-15, "three quantiles")
    assert (loss.derivative(Y, Y_hat) == np.stack(slopes, axis=2).reshape(7, 6)).all()


def test_the_best_constant_is_the_mean_the_median_the_quantile_or_the_rate(rng):
    """Where the sum of derivatives changes its sign: RSS and deviances at the mean, Absolute at the median, ..."""
    y = rng.gamma(2.0, 1.0, (101, 1))

    def slope(loss, constant):
        Y_hat = np.full_like(y, constant)
        return float(np.sum(loss.dL_dH(y, np.log(Y_hat)) if loss.paired else loss.derivative(y, Y_hat)))

    best = {
        RSS(): y.mean(), Poisson(): y.mean(), Gamma(): y.mean(), Tweedie(1.3): y.mean(), Absolute(): np.median(y),
        Quantile(0.25): np.quantile(y, 0.25), Quantile(0.9): np.quantile(y, 0.9), Huber(1e3): y.mean(),
        Huber(1e-6): np.median(y),
    }  # fmt: skip
    for loss, constant in best.items():
        assert slope(loss, constant - 1e-4) < 0 < slope(loss, constant + 1e-4), loss
    labels = (y > 1).astype(float)
    rate = math.log(labels.mean() / (1 - labels.mean()))
    assert abs(np.sum(Log().dL_dH(labels, np.full_like(y, rate)))) < 1e-12


def test_a_rate_counts_with_its_exposure(rng, close):
    """L(y, e y_hat) = e^(2-p) L(y/e, y_hat): a count of 6 in 3 years is a rate of 2, three times."""
    for loss in (Poisson(), Gamma(), Tweedie(1.3)):
        y, h, e = rng.gamma(2.0, 1.0, (20, 1)), rng.normal(size=(20, 1)), rng.uniform(0.1, 5, (20, 1))
        of_rate = loss.exposure_weight(e) * loss.value_from_h(y / e, h)
        close("1, losses that are another", of_rate, loss.value_from_h(y, h + np.log(e)), 1e-13, loss)


@EVERY_WAY
def test_at_a_kink_the_derivative_is_that_of_the_convention(way):
    """0 for Absolute and Quantile where y_hat is y; Huber's is continuous at delta."""
    y = np.array([[1.5]])
    for loss in (Absolute(), Quantile(0.9), Quantile(0.1, 0.5)):
        assert (WAYS[way](loss, y, np.full((1, loss.outputs_per_target), 1.5))[1] == 0).all()
    for sign in (1, -1):
        value, slope = WAYS[way](Huber(0.5), y, y + sign * 0.5)
        assert (value.item(), slope.item()) == (0.25, sign * 1.0)


@pytest.mark.parametrize("loss", [Poisson(), Tweedie(1.3), Tweedie(1)])
@EVERY_WAY
def test_no_count_at_all_has_the_loss_of_the_limit(loss, way):
    """y = 0: 2 y_hat^(2-p) / (2-p), finite and without log 0."""
    value, slope = WAYS[way](loss, np.array([[0.0]]), np.array([[0.5]]))
    a = 2 - loss.power

    assert value.item() == pytest.approx(2 * math.exp(a * 0.5) / a, rel=1e-15)
    assert slope.item() == pytest.approx(2 * math.exp(a * 0.5), rel=1e-15)


@EVERY_WAY
def test_a_deviance_is_finite_wherever_it_is_a_number(way):
    """No count at all has no exp((1-p) h), which is infinite there; and exp(h - log y) overflows before exp(h) does."""
    float32, float64 = np.float32, np.float64
    for loss, y, h, dtype in [
        (Tweedie(1.5), 0.0, -200.0, float32), (Tweedie(1.99), 0.0, -750.0, float64),
        (Poisson(), 1e-300, 100.0, float64), (Poisson(), 1e-3, 88.0, float32), (Tweedie(1.2), 1e-300, 300.0, float64),
    ]:  # fmt: skip
        a, b = 2 - loss.power, 1 - loss.power
        # Beside exp(a h) of 1e-47 to 1e104 the other terms are below 1e-30 of it, or y is 0 and they are not there.
        target = 2 * math.exp(a * h) / a, 2 * math.exp(a * h) - 2 * (y and y * math.exp(b * h))
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            found = WAYS[way](loss, np.array([[y]], dtype), np.array([[h]], dtype))
        # A rounded exponent a h is off by half an ulp of up to 300, and so is the exponential in relative terms.
        rounding = 300 * float(np.finfo(dtype).eps)
        smallest = 4 * float(
            np.finfo(dtype).smallest_subnormal
        )  # a rounded exp(-100), which is divided by a = 1/2, twice
        assert [number.item() for number in found] == pytest.approx(target, rel=rounding, abs=smallest)


def test_jax_finds_dL_dh_in_the_deviance():
    """Also where the form that is not taken would be infinite, at y = 0, at y_hat = y and at the change of forms."""
    with jax.enable_x64(True):
        for loss in (Poisson(), Tweedie(1.5), Tweedie(1.99), Gamma()):
            pairs = [(0.0, -750.0), (0.0, 0.5), (1e-300, 100.0), (1.0, 0.0), (1.0, 1.0), (1.0, 2.0), (2.5, -1e3)]
            y, h = np.array(
                [(y, h) for y, h in pairs if not ((y == 0 and loss.power == 2) or (h == -1e3 and loss.power > 1))]
            ).T  # without what is outside the domain, or beyond float64
            gradient = jax.jit(jax.grad(lambda h, loss=loss, y=y: loss.value_from_h(jax.numpy.asarray(y), h).sum()))
            # Factors of exponentials whose exponents, up to log 1e-300 = -691 and 750, are rounded.
            assert np.asarray(gradient(h)) == pytest.approx(loss.dL_dH(y, h), rel=750 * 2.3e-16, abs=1e-15), loss


# What is refused


@pytest.mark.parametrize(
    ("loss", "activation"),
    [
        ("log", "linear"),
        ("log", "softmax"),
        ("cross_entropy", "sigmoid"),
        ("cross_entropy", "linear"),
        ("rss", "softmax"),
        ("absolute", "softmax"),
        ("huber", "softmax"),
        ("quantile", "softmax"),
        ("poisson", "linear"),
        ("gamma", "softplus"),
        ("tweedie", "sigmoid"),
    ],
)
def test_a_loss_refuses_by_name_an_output_activation_that_it_cannot_take(loss, activation):
    """Both names stand in the message, and what to take instead."""
    with pytest.raises(
        ParameterError, match=f"The {loss} loss cannot take the output activation {activation}: it needs"
    ):
        check_pair(LOSSES[loss], ACTIVATIONS[activation])


@pytest.mark.parametrize("wrong", ["RSS", "mse", "", None, 2, [], ["rss", "mse"], RSS])
def test_an_unknown_loss_is_refused_and_never_replaced(wrong):
    """The message lists what there is."""
    with pytest.raises(ParameterError, match="must be one of rss, absolute, huber, quantile, poisson, "):
        get_loss(wrong)


@pytest.mark.parametrize(
    ("loss", "target", "rule"),
    [
        ("log", 1.5, "between 0 and 1"),
        ("log", -1e-9, "between 0 and 1"),
        ("cross_entropy", 3.0, "whole numbers from 0 to 2"),
        ("cross_entropy", -1.0, "whole numbers from 0 to 2"),
        ("cross_entropy", 0.5, "whole numbers from 0 to 2"),
        ("poisson", -1.0, "numbers >= 0"),
        ("tweedie", -0.1, "numbers >= 0"),
        ("gamma", 0.0, "numbers > 0"),
        ("gamma", -2.0, "numbers > 0"),
        (Tweedie(2), 0.0, "numbers > 0"),
    ],
    ids=str,
)
def test_targets_outside_the_domain_are_refused_with_their_row(loss, target, rule):
    """The row is named; NaN, which means missing, is taken. So too where each of several targets has its own loss."""
    block = get_loss(loss)
    Y = np.array([[1.0], [np.nan], [target]])
    with pytest.raises(DataError, match=rf"The {block.name} loss needs targets that are {rule}.*in 1 of 3 rows: 2\)"):
        block.check_targets(Y, 3)
    if not isinstance(block, CrossEntropy):
        several = PerTarget([RSS(), block])
        with pytest.raises(DataError, match=rf"The {block.name} loss needs targets that are {rule}.*rows: 2\)"):
            several.check_targets(np.hstack([-Y, Y]), 2)


WRONG_NUMBERS = [
    (lambda: Huber(-1), "The `delta` parameter of Huber must be a number > 0. Got -1 instead"),
    (lambda: Huber(0), "The `delta` parameter of Huber must be a number > 0. Got 0 instead"),
    (lambda: Huber(math.inf), "`delta`"),
    (lambda: Huber("1"), "`delta`"),
    (lambda: Huber(True), "`delta`"),
    (lambda: Quantile(), "The `q` parameter of Quantile must be one or several different numbers in (0, 1)"),
    (lambda: Quantile(0), "different numbers in (0, 1)"),
    (lambda: Quantile(1.0), "different numbers in (0, 1)"),
    (lambda: Quantile(0.5, 0.5), "different numbers in (0, 1)"),
    (lambda: Quantile(0.5, "0.9"), "different numbers in (0, 1)"),
    (lambda: Quantile("0.5"), "different numbers in (0, 1)"),
    (lambda: Quantile(np.array(0.5)), "different numbers in (0, 1). Got (array(0.5),) instead"),
    (lambda: Quantile([]), "different numbers in (0, 1)"),
    (lambda: Tweedie(3), "The `power` parameter of Tweedie must be a number in [1, 2]. Got 3 instead"),
    (lambda: Tweedie(0.9), "a number in [1, 2]"),
    (lambda: Tweedie(math.nan), "a number in [1, 2]"),
    (lambda: Log(1.0), "The `label_smoothing` parameter of Log must be a number in [0, 1). Got 1.0 instead"),
    (lambda: Log(-0.1), "`label_smoothing`"),
    (lambda: CrossEntropy(1.0), "The `label_smoothing` parameter of CrossEntropy must be a number in [0, 1)"),
    (lambda: PerTarget([RSS(), CrossEntropy()]), "The cross_entropy loss cannot be one of several"),
    (lambda: get_loss(["rss", "cross_entropy"]), "The cross_entropy loss cannot be one of several"),
    (lambda: PerTarget([RSS(), PerTarget([RSS()])]), "The loss of one target cannot be a list of losses"),
    (
        lambda: get_loss(["rss", ["rss"]]),
        "Got PerTarget([RSS()], ['linear']): name the losses of all targets in one list",
    ),
    (lambda: PerTarget([RSS(), Log()], ["linear"]), "2 losses need as many activations. Got 1"),
    (lambda: PerTarget([RSS(), Log()], ["linear", "linear"]), "The log loss cannot take the output activation linear"),
    (lambda: PerTarget([RSS()], ["softmax"]), "The rss loss cannot take the output activation softmax"),
    (lambda: PerTarget([Poisson()], ["softplus"]), "The poisson loss cannot take the output activation softplus"),
]


@pytest.mark.parametrize(("make", "message"), WRONG_NUMBERS, ids=[message for _, message in WRONG_NUMBERS])
def test_a_wrong_number_of_a_loss_is_refused_when_it_is_made(make, message):
    """The parameter is named and the rule stated, before any work starts."""
    with pytest.raises(ParameterError) as refusal:
        make()
    assert message in str(refusal.value)


def test_a_loss_for_each_target_takes_the_activations_of_its_own_outputs_alone():
    """As many outputs as its parts have, each with the activation of its part."""
    loss = PerTarget([RSS(), Quantile(0.1, 0.9)], ["sigmoid", "linear"])

    check_network(loss, Network.initialise([1, 3], [PerOutput(["sigmoid", "linear", "linear"])]))
    for other in (PerOutput(["sigmoid", "linear"]), PerOutput(["linear"] * 3), ACTIVATIONS["linear"]):
        with pytest.raises(ParameterError, match="it needs sigmoid, linear, linear"):
            check_pair(loss, other)
    same = PerTarget([RSS(), Poisson()], ["exponential", "exponential"])
    for one_for_all in (PerOutput(["exponential"] * 2), ACTIVATIONS["exponential"]):
        check_network(same, Network.initialise([1, 2], [one_for_all]))
    with pytest.raises(ParameterError, match="cannot take the output activation linear: it needs exponential, exp"):
        check_pair(same, ACTIVATIONS["linear"])


@pytest.mark.parametrize(
    ("loss", "n_outputs", "message"),
    [
        (Quantile(0.1, 0.5, 0.9), 2, "The quantile loss needs 3 outputs for each target, and the network has 2: "),
        (
            PerTarget([RSS(), Huber()]),
            3,
            "The losses of 2 targets, rss, huber, need 2 outputs, and the network has 3: ",
        ),
    ],
)
def test_outputs_that_are_not_those_of_whole_targets_are_refused(loss, n_outputs, message):
    """Before Y is looked at, whose shape could not be right."""
    with pytest.raises(ParameterError, match=message):
        check_network(loss, Network.initialise([1, n_outputs], ["linear"]))


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (Huber(1e300), "The `delta` parameter of Huber must be a number > 0 that float32 can hold. Got 1e+300 instead"),
        (Huber(1e-46), "The `delta` parameter of Huber must be a number > 0 that float32 can hold. Got 1e-46 instead"),
        (Quantile(0.5, 1 - 1e-12), "numbers in (0, 1) that float32 can tell from 0 and 1. Got (0.5, 0.99"),
        (Quantile(1e-46), "numbers in (0, 1) that float32 can tell from 0 and 1. Got (1e-46,)"),
        (PerTarget([RSS(), Tweedie(2 - 1e-9)], ["exponential"] * 2), "2, or a number that float32 can tell from it"),
    ],
    ids=str,
)
def test_numbers_that_the_networks_dtype_cannot_hold_are_refused(loss, message):
    """They would be 0, 1, 2 or infinite there; in float64 they are taken."""
    activation = "exponential" if isinstance(loss, PerTarget) else "linear"
    networks = [Network.initialise([1, 2], [activation], dtype=dtype) for dtype in ("float32", "float64")]

    with pytest.raises(ParameterError) as refusal:
        check_network(loss, networks[0])
    assert message in str(refusal.value)
    check_network(loss, networks[1])


def test_a_positive_target_that_float32_rounds_to_0_is_refused_where_0_is():
    """By number, and not as a gamma loss of log 0; a count may be 0."""
    network = Network.initialise([1, 2], ["exponential"], dtype="float32")
    for loss in ("gamma", Tweedie(2), PerTarget([Poisson(), Gamma()])):
        with pytest.raises(DataError, match=r"Y holds 1e-46, which float32 rounds to 0, and the .* needs numbers > 0"):
            loss_and_gradient(network, [[1.0]], [[1.0, 1e-46]], loss)
    assert np.isfinite(loss_and_gradient(network, [[1.0]], [[1e-46, 1.0]], PerTarget([Poisson(), Gamma()]))[0])


def test_losses_are_values():
    """Equal numbers make equal losses, in lists too; quantiles are put in order, and may come as one list."""
    assert Huber(1) == Huber(1.0) != Huber(2)
    assert Quantile(0.9, 0.1) == Quantile([0.1, 0.9]) == Quantile(np.array([0.9, 0.1])) != Quantile(0.1)
    assert Tweedie(1) != Poisson()
    assert PerTarget([Huber(1), Log(0.1)]) == PerTarget([Huber(1.0), Log(0.1)]) != PerTarget([Huber(1), Log()])
    assert hash(PerTarget([Huber(1)])) == hash(PerTarget([Huber(1.0)]))
    assert get_loss(["rss", Huber(2)]) == PerTarget([RSS(), Huber(2)])
    assert all(type(get_loss(name)) is type(LOSSES[name]) for name in LOSSES)
