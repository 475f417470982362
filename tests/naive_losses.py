"""The losses in plain loops, for tests/naive.py: each from its definition, one target at a time.

A loss is its name, a tuple of the name and its numbers, or a list with one of these for each target.
"""

import math

from naive_activations import ACTIVATIONS, sigmoid


def as_tuple(loss):
    return (loss,) if isinstance(loss, str) else loss


def of_residual(name, number, r):
    """The loss of one residual r = y_hat - y, and its derivative by y_hat; 0 at a kink."""
    sign = (r > 0) - (r < 0)
    if name == "rss":
        return r * r, 2 * r
    if name == "absolute":
        return abs(r), sign
    if name == "huber":
        return (r * r, 2 * r) if abs(r) <= number else (2 * number * abs(r) - number**2, 2 * number * sign)
    assert name == "quantile", name
    slope = -number if r < 0 else 1 - number if r > 0 else 0.0
    return slope * r, slope


def of_count(p, h, y):
    """The unit deviance with variance y_hat^p, y_hat = exp(h), and its derivative by h."""
    y_hat = math.exp(h)
    if p == 1:
        return 2 * ((y * math.log(y / y_hat) if y > 0 else 0.0) - y + y_hat), 2 * (y_hat - y)
    if p == 2:
        return 2 * (y / y_hat - 1 - math.log(y / y_hat)), 2 * (1 - y / y_hat)
    value = y ** (2 - p) / ((1 - p) * (2 - p)) - y * y_hat ** (1 - p) / (1 - p) + y_hat ** (2 - p) / (2 - p)
    return 2 * value, 2 * (y_hat - y) * y_hat ** (1 - p)


def of_label(smoothing, h, y):
    """softplus(h) - y h and sigmoid(h) - y of the smoothed y, without the cancellation at large |h|."""
    y = (1 - smoothing) * y + smoothing / 2
    value = ((1 - y) * h if h > 0 else -y * h) + math.log1p(math.exp(-abs(h)))
    return value, (1 - y) * sigmoid(h) - y * sigmoid(-h)


def of_class(smoothing, h, y_hat, k):
    """-sum_j y_j log p_j of the smoothed one-hot row of class k, and p - y."""
    top = h.index(max(h))
    log_total = math.log1p(sum(math.exp(h_j - h[top]) for j, h_j in enumerate(h) if j != top))
    log_p = [(h_j - h[top]) - log_total for h_j in h]
    row = [smoothing / len(h) + (1 - smoothing) * (j == k) for j in range(len(h))]
    if smoothing:
        slopes = [p_j - y_j for p_j, y_j in zip(y_hat, row, strict=True)]
    else:  # p_k - 1 as minus the sum of the others
        slopes = [p if j != k else -sum(q for i, q in enumerate(y_hat) if i != k) for j, p in enumerate(y_hat)]
    return -sum(y_j * l_j for y_j, l_j in zip(row, log_p, strict=True) if y_j), slopes


def of_target(loss, names, h, y_hat, y):
    """The loss of one target and its row dL_dh, from the outputs that predict it and their activations."""
    name, *numbers = loss
    if name == "cross_entropy":
        return of_class(numbers[0] if numbers else 0.0, h, y_hat, int(y))
    value, slopes = 0.0, []
    for k, (f, h_k, y_hat_k) in enumerate(zip(names, h, y_hat, strict=True)):
        if name == "log":
            assert f == "sigmoid"
            part, slope = of_label(numbers[0] if numbers else 0.0, h_k, y)
        elif name in ("poisson", "gamma", "tweedie"):
            assert f == "exponential"
            part, slope = of_count({"poisson": 1, "gamma": 2}.get(name) or numbers[0], h_k, y)
        else:
            part, slope = of_residual(name, numbers[k] if numbers[1:] else (numbers or [None])[0], y_hat_k - y)
            slope *= ACTIVATIONS[f][1](h_k)
        value += part
        slopes.append(slope)
    return value, slopes


def loss_of_one(loss, name, h, y_hat, y):
    """Return for one observation, per target, the loss, and per target the row dL_dh of all outputs."""
    parts = [as_tuple(part) for part in (loss if isinstance(loss, list) else [loss] * len(y))]
    names = [name] * len(h) if isinstance(name, str) else name
    losses, rows, at = [], [], 0
    for part, y_d in zip(parts, y, strict=True):
        n = len(h) if part[0] == "cross_entropy" else len(part) - 1 if part[0] == "quantile" else 1
        own = slice(at, at + n)
        value, slopes = 0.0, [0.0] * n
        if not math.isnan(y_d):
            value, slopes = of_target(part, names[own], h[own], y_hat[own], y_d)
        losses.append(value)
        rows.append([0.0] * at + slopes + [0.0] * (len(h) - at - n))
        at += n
    assert at == len(h)
    return losses, rows
