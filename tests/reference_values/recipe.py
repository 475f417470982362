"""Reference values of every activation and loss, correctly rounded to float64.

    python tests/reference_values/recipe.py        writes values.json again, byte for byte

Everything comes from the definitions in mpmath. The JSON holds floats as repr writes them, which is exact.
"""

import json
import math
from fractions import Fraction
from pathlib import Path

from mpmath import mp, mpf

# Fifty digits suffice for all but one thing: to decide which way 5e-324 * (0.5 + 2e-324) rounds.
DIGITS = 400

VALUES_FILE = Path(__file__).with_name("values.json")
SIZES = (5e-324, 1e-300, 1e-20, 1e-8, 0.5, 1.0, 2.5, 10.0, 37.0, 750.0, 1e20)
POINTS = (*(-h for h in reversed(SIZES)), 0.0, *SIZES)
# exp(709.782...) is the largest float: beyond it no number can be demanded, and 709.75 stands for 750 and 1e20.
POINTS_OF_EXPONENTIAL = (*(h for h in POINTS if h < 700), 709.75)
TARGETS_AND_PREDICTIONS = (
    (0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0), (2.5, -0.5), (-3.0, 4.0), (1.0, 1.0 + 2.0**-52),
    (0.1, 0.3), (1e-300, 0.0), (1e20, 1.0), (-1e20, 1e20), (5e-324, 0.0), (1e-8, -1e-8), (750.0, 37.0),
)  # fmt: skip
DELTAS = (1e-8, 0.3, 1.0, 1e20)
QUANTILES = (0.1, 0.5, 0.9)
SMOOTHING = 0.1
POWERS = {"poisson": (1.0,), "tweedie": (1.0, 1.3, 1.5, 2.0), "gamma": (2.0,)}
COUNTS_AND_AMOUNTS = (0.0, 1e-300, 0.3, 1.0, 2.5, 750.0, 1e20)
OUTPUT_VECTORS = (
    (0.0, 0.0), (0.5, -0.5), (37.0, 0.0), (750.0, -750.0), (1e20, -1e20), (1.0, 2.0, 3.0), (0.0, 0.0, 0.0),
    (1000.0, 1000.0, 1000.0), (750.0, 0.0, -750.0), (1e20, 1e20, 0.0), (1e-300, -1e-300, 5e-324),
    (-37.0, -10.0, 2.5, 1.0), (1e-8, 0.0, -1e-8, 1e-20),
)  # fmt: skip


def nearest_float(value):
    """Round a 400-digit number once, straight to float64, subnormal or not; zero has no sign."""
    if abs(value) < mpf(2) ** -1076:
        return 0.0
    negative, mantissa, exponent, _ = mpf(value)._mpf_
    return float(Fraction(-int(mantissa) if negative else int(mantissa)) * Fraction(2) ** exponent) + 0.0


def logistic(h):
    """1 / (1 + exp(-h)) from the side on which exp is small."""
    return 1 / (1 + mp.exp(-h)) if h >= 0 else mp.exp(h) / (1 + mp.exp(h))


def normal_cdf(h):
    return mp.erfc(-h / mp.sqrt(2)) / 2


def normal_density(h):
    return mp.exp(-h * h / 2) / mp.sqrt(2 * mp.pi)


def softplus(h):
    return max(h, mpf(0)) + mp.log1p(mp.exp(-abs(h)))


def selu_constants():
    """Alpha and the scale of SELU in the closed form of Klambauer et al. (2017), equation (14)."""
    c1, c2, e = mp.erfc(1 / mp.sqrt(2)), mp.erfc(mp.sqrt(2)), mp.e
    alpha = -mp.sqrt(2 / mp.pi) / (c1 * mp.sqrt(e) - 1)
    square = 2 * c2 * e**2 + mp.pi * c1**2 * e - 2 * (2 + mp.pi) * c1 * mp.sqrt(e) + mp.pi + 2
    return alpha, (1 - c1 * mp.sqrt(e)) * mp.sqrt(2 * mp.pi / square)


def selu(h):
    alpha, scale = selu_constants()
    return scale * (h if h > 0 else alpha * mp.expm1(h))


def selu_slope(h):
    alpha, scale = selu_constants()
    return scale * (1 if h > 0 else alpha * mp.exp(h))


def mish_gate(h):
    return mp.tanh(softplus(h))


# name: (value, slope); the slope at a kink is the project's: ReLU 0, leaky ReLU 0.01, ELU 1, SELU that from the left.
# The 0.01 of leaky ReLU is the float64 number, as in the code.
ACTIVATIONS = {
    "elu": (lambda h: h if h >= 0 else mp.expm1(h), lambda h: mpf(1) if h >= 0 else mp.exp(h)),
    "exponential": (mp.exp, mp.exp),
    "gelu": (lambda h: h * normal_cdf(h), lambda h: normal_cdf(h) + h * normal_density(h)),
    "leaky_relu": (lambda h: h if h > 0 else h * mpf(0.01), lambda h: mpf(1) if h > 0 else mpf(0.01)),
    "linear": (lambda h: h, lambda h: mpf(1)),
    "mish": (
        lambda h: h * mish_gate(h),
        lambda h: mish_gate(h) + h * mp.sech(softplus(h)) ** 2 * logistic(h),
    ),
    "relu": (lambda h: max(h, mpf(0)), lambda h: mpf(1) if h > 0 else mpf(0)),
    "selu": (selu, selu_slope),
    "sigmoid": (logistic, lambda h: logistic(h) * logistic(-h)),
    "silu": (lambda h: h * logistic(h), lambda h: logistic(h) * (1 + h * logistic(-h))),
    "softplus": (softplus, logistic),
    "tanh": (mp.tanh, lambda h: mp.sech(h) ** 2),
}


def activation_records(name):
    value, slope = ACTIVATIONS[name]
    points = POINTS_OF_EXPONENTIAL if name == "exponential" else POINTS
    return [{"h": h, "value": nearest_float(value(mpf(h))), "slope": nearest_float(slope(mpf(h)))} for h in points]


def rss_records():
    """(y - y_hat)^2 and its derivative by y_hat, -2 (y - y_hat)."""
    return residual_records(lambda r: (r * r, 2 * r))


def absolute_records():
    """|y - y_hat|, and the sign of y_hat - y, which is 0 at 0."""
    return residual_records(lambda r: (abs(r), mp.sign(r)))


def residual_records(loss, **numbers):
    """The value and the derivative by y_hat of a loss of r = y_hat - y."""
    records = []
    for y, y_hat in TARGETS_AND_PREDICTIONS:
        value, derivative = (nearest_float(mpf(number)) for number in loss(mpf(y_hat) - mpf(y)))
        records.append({**numbers, "y": y, "y_hat": y_hat, "value": value, "dL_dy_hat": derivative})
    return records


def huber_records():
    """r^2, or 2 delta |r| - delta^2 where |r| is larger than delta."""

    def huber(r, d):
        return (r * r, 2 * r) if abs(r) <= d else (2 * d * abs(r) - d * d, 2 * d * mp.sign(r))

    return [record for d in DELTAS for record in residual_records(lambda r, d=d: huber(r, mpf(d)), delta=d)]


def quantile_records():
    """q (y - y_hat) below y, (1 - q) (y_hat - y) above it, with derivatives -q and 1 - q, and 0 between."""

    def pinball(r, q):
        return max(-q * r, (1 - q) * r), -q if r < 0 else 1 - q if r > 0 else 0

    return [record for q in QUANTILES for record in residual_records(lambda r, q=q: pinball(r, mpf(q)), q=q)]


def deviance(p, y, h):
    """The unit deviance of y and m = exp(h) for the variance m^p, as the literature writes it; and its slope by h."""
    m = mp.exp(h)
    if p == 1:
        return 2 * ((y * mp.log(y / m) if y else 0) - y + m), 2 * (m - y)
    if p == 2:
        return 2 * (y / m - 1 - mp.log(y / m)), 2 * (1 - y / m)
    power = y ** (2 - p) / ((1 - p) * (2 - p)) if y else 0
    return 2 * (power - y * m ** (1 - p) / (1 - p) + m ** (2 - p) / (2 - p)), 2 * (m - y) * m ** (1 - p)


def exponents_of_deviance(p, y, h):
    """The logarithms of its terms that can be large."""
    return ((2 - p) * h, (1 - p) * h, (1 - p) * h + math.log(y)) if y else ((2 - p) * h,)


def deviance_records(name):
    """Where the terms of the deviance, y_hat^(2-p), and for y > 0 y_hat^(1-p) and y times it, are floats."""
    records = []
    for p in POWERS[name]:
        for y in COUNTS_AND_AMOUNTS if p < 2 else COUNTS_AND_AMOUNTS[1:]:
            for h in POINTS:
                if max(exponents_of_deviance(p, y, h)) < 700:
                    value, dL_dh = (nearest_float(number) for number in deviance(mpf(p), mpf(y), mpf(h)))
                    records.append({"power": p, "h": h, "y": y, "value": value, "dL_dh": dL_dh})
    return records


def log_records(smoothing=0.0):
    """softplus(h) - y h and sigmoid(h) - y of the smoothed y, written so that nothing cancels at +-1e20."""
    records = []
    for y in (0.0, 1.0, 0.3):
        for h in POINTS:
            y_, h_ = (1 - mpf(smoothing)) * mpf(y) + mpf(smoothing) / 2, mpf(h)
            value = ((1 - y_) * h_ if h_ > 0 else -y_ * h_) + mp.log1p(mp.exp(-abs(h_)))
            dL_dh = (1 - y_) * logistic(h_) - y_ * logistic(-h_)
            records.append({"h": h, "y": y, "value": nearest_float(value), "dL_dh": nearest_float(dL_dh)})
    return records


def cross_entropy_records(smoothing=0.0):
    """Softmax p; -sum_j y_j log p_j of the smoothed row y of class k; and p - y, at k minus the sum of the others."""
    s, records = mpf(smoothing), []
    for vector in OUTPUT_VECTORS:
        h = [mpf(h_k) for h_k in vector]
        K, top = len(h), h.index(max(h))
        powers = [mp.exp(h_j - h[top]) for h_j in h]
        p = [power / sum(powers) for power in powers]
        log_total = mp.log1p(sum(power for j, power in enumerate(powers) if j != top))
        for k in range(K):
            of_class = [h[top] - h_j + log_total for h_j in h]
            value = (1 - s) * of_class[k] + s / K * sum(of_class)
            plain = [p_j if j != k else -sum(p[:k] + p[k + 1 :]) for j, p_j in enumerate(p)]
            dL_dh = [slope + s * (j == k) - s / K for j, slope in enumerate(plain)]
            records.append(
                {
                    "h": list(vector),
                    "class": k,
                    "softmax": [nearest_float(p_j) for p_j in p],
                    "value": nearest_float(value),
                    "dL_dh": [nearest_float(slope) for slope in dL_dh],
                }
            )
    return records


def make_values():
    """Return {"activations": {name: records}, "losses": {name: records}}."""
    with mp.workdps(DIGITS):
        return {
            "activations": {name: activation_records(name) for name in ACTIVATIONS},
            "losses": {
                "absolute": absolute_records(),
                "cross_entropy": cross_entropy_records(),
                "cross_entropy, smoothed": cross_entropy_records(SMOOTHING),
                "huber": huber_records(),
                "log": log_records(),
                "log, smoothed": log_records(SMOOTHING),
                "quantile": quantile_records(),
                "rss": rss_records(),
                **{name: deviance_records(name) for name in POWERS},
            },
        }


def to_text(values):
    """Return the JSON, one record a line."""
    rooms = []
    for room, groups in values.items():
        lists = []
        for name, records in groups.items():
            lines = ",\n".join("   " + json.dumps(record, allow_nan=False) for record in records)
            lists.append(f'  "{name}": [\n{lines}\n  ]')
        rooms.append(f' "{room}": {{\n' + ",\n".join(lists) + "\n }")
    return "{\n" + ",\n".join(rooms) + "\n}\n"


if __name__ == "__main__":
    assert math.ulp(0.0) == 5e-324
    VALUES_FILE.write_text(to_text(make_values()), encoding="ascii", newline="\n")
