"""The activations in plain loops, for tests/naive.py: the name of one, or a list of names with one for each output."""

import math


def sigmoid(h):
    return 1 / (1 + math.exp(-h)) if h >= 0 else math.exp(h) / (1 + math.exp(h))


def normal_cdf(h):
    return math.erfc(-h / math.sqrt(2)) / 2


def mish_gate(h):
    return math.tanh(max(h, 0.0) + math.log1p(math.exp(-abs(h))))


# name: (value, slope). tanh' = 4 s(2h) s(-2h) loses no digits to 1 - tanh^2.
ACTIVATIONS = {
    "relu": (lambda h: max(h, 0.0), lambda h: 1.0 if h > 0 else 0.0),
    "sigmoid": (sigmoid, lambda h: sigmoid(h) * sigmoid(-h)),
    "linear": (lambda h: h, lambda h: 1.0),
    "tanh": (math.tanh, lambda h: 4 * sigmoid(2 * h) * sigmoid(-2 * h)),
    "leaky_relu": (lambda h: h if h > 0 else 0.01 * h, lambda h: 1.0 if h > 0 else 0.01),
    "elu": (lambda h: h if h >= 0 else math.expm1(h), lambda h: 1.0 if h >= 0 else math.exp(h)),
    "softplus": (lambda h: max(h, 0.0) + math.log1p(math.exp(-abs(h))), sigmoid),
    "gelu": (
        lambda h: h * normal_cdf(h),
        lambda h: normal_cdf(h) + h * math.exp(-h * h / 2) / math.sqrt(2 * math.pi),
    ),
    "silu": (lambda h: h * sigmoid(h), lambda h: sigmoid(h) * (1 + h * sigmoid(-h))),
    "selu": (
        lambda h: 1.0507009873554805 * (h if h > 0 else 1.6732632423543772 * math.expm1(h)),
        lambda h: 1.0507009873554805 * (1.0 if h > 0 else 1.6732632423543772 * math.exp(h)),
    ),
    "mish": (lambda h: h * mish_gate(h), lambda h: mish_gate(h) + h * (1 - mish_gate(h) ** 2) * sigmoid(h)),
    "exponential": (math.exp, math.exp),
}


def activate(h, name):
    if name == "softmax":
        top = max(h)
        total = sum(math.exp(h_k - top) for h_k in h)
        return [math.exp(h_k - top) / total for h_k in h]
    names = [name] * len(h) if isinstance(name, str) else name
    return [ACTIVATIONS[f][0](h_k) for f, h_k in zip(names, h, strict=True)]
