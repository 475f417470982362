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
    records = []
    for y, y_hat in TARGETS_AND_PREDICTIONS:
        error = mpf(y) - mpf(y_hat)
        value, derivative = nearest_float(error**2), nearest_float(-2 * error)
        records.append({"y": y, "y_hat": y_hat, "value": value, "dL_dy_hat": derivative})
    return records


def log_records():
    """softplus(h) - y h and sigmoid(h) - y, written so that nothing cancels at +-1e20."""
    records = []
    for y in (0.0, 1.0, 0.3):
        for h in POINTS:
            y_, h_ = mpf(y), mpf(h)
            value = ((1 - y_) * h_ if h_ > 0 else -y_ * h_) + mp.log1p(mp.exp(-abs(h_)))
            dL_dh = (1 - y_) * logistic(h_) - y_ * logistic(-h_)
            records.append({"h": h, "y": y, "value": nearest_float(value), "dL_dh": nearest_float(dL_dh)})
    return records


def cross_entropy_records():
    """Softmax p; -log p_k of class k; and p minus 1 at k, which is minus the sum of the others."""
    records = []
    for vector in OUTPUT_VECTORS:
        h = [mpf(h_k) for h_k in vector]
        top = h.index(max(h))
        powers = [mp.exp(h_j - h[top]) for h_j in h]
        p = [power / sum(powers) for power in powers]
        others = sum(power for j, power in enumerate(powers) if j != top)
        for k in range(len(h)):
            value = h[top] - h[k] + mp.log1p(others)
            dL_dh = [p_j if j != k else -sum(p[:k] + p[k + 1 :]) for j, p_j in enumerate(p)]
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
            "losses": {"cross_entropy": cross_entropy_records(), "log": log_records(), "rss": rss_records()},
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
