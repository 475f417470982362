"""Rung 1: losses against values of 400-digit arithmetic, in the chapter and in machine code."""

import json
import math

import numpy as np
import pytest

from naive import sigmoid
from pellucid.engines.compiled.layout import ACTIVATION_CODES, LOSS_CODES
from pellucid.engines.compiled.loss_kernels import differentiate_loss
from pellucid.errors import DataError, ParameterError
from pellucid.mathematics.activations import ACTIVATIONS
from pellucid.mathematics.losses import LOSSES, check_pair, get_loss
from reference_values import recipe

RECORDS = json.loads(recipe.VALUES_FILE.read_text(encoding="ascii"))["losses"]
EPS32 = float(np.finfo(np.float32).eps)

# Log loss: two products and a sum of numbers of one sign, each rounded, on an exponential to 1 ulp; RSS: a difference,
# exact or rounded once, and its square, which doubles that. Cross-entropy: a sum of up to four terms more.
FEW = 8


def in_ulps(actual, expected):
    return abs(float(actual) - expected) / math.ulp(expected)


def arrays(name, record):
    """Y, H and Y_hat of one record, (1, ·) each."""
    if name == "rss":
        return np.array([[record["y"]]]), np.array([[record["y_hat"]]])
    if name == "log":
        return np.array([[record["y"]]]), np.array([[record["h"]]])
    return np.array([[float(record["class"])]]), np.array([record["h"]])


def expected(name, record):
    slope = record["dL_dy_hat"] if name == "rss" else record["dL_dh"]
    return record["value"], np.atleast_1d(slope)


def from_chapter(name, Y, H):
    loss = LOSSES[name]
    if loss.paired:
        return loss.value_from_h(Y, H), loss.dL_dH(Y, H)
    return loss.value(Y, H), loss.derivative(Y, H)


def from_kernel(name, Y, H):
    sums, dL = np.zeros(Y.shape[1]), np.full_like(H, np.nan)
    one = np.ones(1, H.dtype)
    code = ACTIVATION_CODES[LOSSES[name].output_activation]
    differentiate_loss(LOSS_CODES[name], H, H, Y, one, np.ones(Y.shape[1], H.dtype), code, dL, sums)
    return sums[None, :], dL


WAYS = {"chapter": from_chapter, "compiled": from_kernel}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_the_reference_to_a_few_ulp(name, way, record_error):
    """Value and derivative (for paired losses by h) at every reference point, without warning, overflow or NaN."""
    for record in RECORDS[name]:
        Y, H = arrays(name, record)
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            value, slope = WAYS[way](name, Y, H)
        target, slopes = expected(name, record)
        where = f"{name} {record}"
        record_error(f"1, losses in ulp ({way})", in_ulps(value.item(), target), FEW, where)
        for actual, number in zip(slope[0], slopes, strict=True):
            record_error(f"1, losses in ulp ({way})", in_ulps(actual, number), FEW * condition(name, record), where)


def condition(name, record):
    """How much dL_dh of the log loss amplifies: its two terms over their difference. 1 for labels 0 and 1.

    For y between them s(h) - y has a zero, near which no formula keeps its relative precision in rounded s and y.
    """
    if name != "log" or record["dL_dh"] == 0:
        return 1.0
    return ((1 - record["y"]) * sigmoid(record["h"]) + record["y"] * sigmoid(-record["h"])) / abs(record["dL_dh"])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", LOSSES)
def test_float32_losses_are_float64_rounded_to_a_few_eps(name, way, record_error):
    """At numbers that float32 holds exactly; where the true value is beyond float32 (RSS of 1e20) it is infinite."""
    largest, smallest = float(np.finfo(np.float32).max), float(np.finfo(np.float32).smallest_subnormal)
    for record in RECORDS[name]:
        Y, H = (array.astype(np.float32) for array in arrays(name, record))
        targets = from_chapter(name, Y.astype(np.float64), H.astype(np.float64))
        with np.errstate(over="ignore" if name == "rss" else "raise", divide="raise", invalid="raise"):
            found = WAYS[way](name, Y, H)
        for actual, target in zip(found, targets, strict=True):
            for a, t in zip(actual.ravel().astype(float), target.ravel(), strict=True):
                if abs(t) > largest:
                    assert a == math.copysign(math.inf, t)
                else:
                    # One entry's rounding is eps of that entry; steps of subnormals below.
                    error = abs(a - t) / max(abs(t) * EPS32, smallest)
                    record_error(
                        f"1, float32 losses in eps ({way})", error, FEW * condition(name, record), f"{name} {record}"
                    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("h", [37.0, 750.0, 1e20])
def test_the_log_loss_of_a_sure_and_right_prediction_is_tiny_and_not_zero_before_it_underflows(h, way):
    """exp(-37) survives beside 1; exp(-750) is below every float, and the loss is 0, never NaN."""
    value, slope = WAYS[way]("log", np.array([[1.0]]), np.array([[h]]))

    assert value.item() == pytest.approx(math.exp(-h), rel=1e-15, abs=0)
    assert slope.item() == pytest.approx(-math.exp(-h), rel=1e-15, abs=0)


@pytest.mark.parametrize("name", [name for name, loss in LOSSES.items() if loss.paired])
def test_the_textbook_form_is_the_paired_form_where_it_is_finite(name, rng, close):
    """value(y, f(h)) is value_from_h(y, h) within |h| < 5, where 1 - y_hat still keeps 14 digits (1e-13)."""
    loss = LOSSES[name]
    H = rng.uniform(-2.5, 2.5, (20, 3))
    Y = rng.integers(0, 3, (20, 1)).astype(float) if name == "cross_entropy" else rng.choice([0.0, 1.0, 0.3], (20, 3))
    Y_hat = ACTIVATIONS[loss.output_activation].value(H)

    close("1, textbook form = paired form", loss.value(Y, Y_hat), loss.value_from_h(Y, H), 1e-13, name)


@pytest.mark.parametrize("h", [37.0, 750.0, -750.0])
def test_the_textbook_form_fails_where_the_chapter_says_so(h):
    """The product of the two factors is infinite or NaN from h = 37 on, for the wrong label: why losses are paired."""
    y, H = np.array([0.0 if h > 0 else 1.0]), np.array([h])
    y_hat = ACTIVATIONS["sigmoid"].value(H)
    with np.errstate(divide="ignore", invalid="ignore"):
        factored = LOSSES["log"].derivative(y, y_hat) * ACTIVATIONS["sigmoid"].slope(H)

    assert not np.isfinite(factored).any()
    assert LOSSES["log"].dL_dH(y, H) == np.sign(h)


@pytest.mark.parametrize(
    ("loss", "activation"),
    [
        ("log", "linear"),
        ("log", "softmax"),
        ("cross_entropy", "sigmoid"),
        ("cross_entropy", "linear"),
        ("rss", "softmax"),
    ],
)
def test_a_loss_refuses_by_name_an_output_activation_that_it_cannot_take(loss, activation):
    """Both names stand in the message, and what to take instead."""
    with pytest.raises(
        ParameterError, match=f"The {loss} loss cannot take the output activation {activation}: it needs"
    ):
        check_pair(LOSSES[loss], ACTIVATIONS[activation])


@pytest.mark.parametrize("wrong", ["RSS", "mse", "", None, 2])
def test_an_unknown_loss_is_refused_and_never_replaced(wrong):
    """The message lists what there is."""
    with pytest.raises(ParameterError, match="must be one of rss, log, cross_entropy"):
        get_loss(wrong)


@pytest.mark.parametrize(
    ("loss", "targets"), [("log", [1.5]), ("log", [-1e-9]), ("cross_entropy", [3.0]), ("cross_entropy", [-1.0]),
                          ("cross_entropy", [0.5])],
)  # fmt: skip
def test_targets_outside_the_domain_are_refused_with_their_row(loss, targets):
    """The row is named; NaN, which means missing, is taken."""
    with pytest.raises(DataError, match=r"in 1 of 3 rows: 2\)"):
        LOSSES[loss].check_targets(np.array([[0.0], [np.nan], targets]), 3)
