"""Losses in machine code: the weighted sums of each target, and dL_dH of the last layer. losses/ line by line.

Every kernel takes H and Z of the last layer (n, D_y), targets Y (n, n_targets) with NaN where missing, weights w (n, 1)
or (n, n_targets) and scales (n_targets,). It adds w_n L_nd to `sums` in float64, and, where `dL` has rows, writes
w_n scale_d dL_nd/dh of a paired loss into it, and w_n scale_d dL_nd/dy_hat of another.
"""

from __future__ import annotations

import math

from pellucid.engines.compiled.activation_kernels import logistic, softplus
from pellucid.engines.compiled.cache import jit, jit_in_order
from pellucid.engines.compiled.problem import CROSS_ENTROPY, HUBER, LOG, LOG_LINK, QUANTILE, RSS_CODE


@jit
def rss(Z, Y, w, scales, j, d, dL, sums):
    """(y - y_hat)^2 and -2 (y - y_hat) of output j, whose target is d."""
    zero = Z.dtype.type(0)
    two = Z.dtype.type(2)
    k = d if w.shape[1] > 1 else 0
    total = 0.0
    for i in range(len(Z)):
        missing = Y[i, d] != Y[i, d]
        residual = zero if missing else Z[i, j] - Y[i, d]
        total += w[i, k] * residual * residual
        if len(dL) > 0:
            dL[i, j] = two * residual * w[i, k] * scales[d]
    sums[d] += total


@jit_in_order
def growth(a, u, scale, exponent, one):
    """The growth scale (exp(a u) - 1) / a, and its limit scale u for a = 0; the exponent is a u + log scale."""
    if a == 0:
        return scale * u
    return (math.exp(exponent) - scale if a * u > one else scale * math.expm1(a * u)) / a


@jit_in_order
def pull(q, residual, one):
    """-q below y, 1 - q above it, 0 on it."""
    zero = one - one
    return -q if residual < zero else (one - q if residual > zero else zero)


@jit_in_order
def log_link(power, h, y, one):
    """The unit deviance of y and exp(h)."""
    two = one + one
    zero = one - one
    a, b = two - power, one - power
    if y > zero:
        log_y = math.log(y)
        u, scale = h - log_y, math.pow(y, a)
        return two * (growth(a, u, scale, a * h, one) - growth(b, u, scale, b * h + log_y, one))
    return two * math.exp(a * h) / a


@jit_in_order
def value_of_entry(code, parameter, h, y_hat, y, one):
    """The loss of one output; the parameter is delta, q, power or smoothing."""
    if code == LOG:
        smooth = (one - parameter) * y + parameter / (one + one)
        return (one - smooth) * softplus(h, one) + smooth * softplus(-h, one)
    if code == LOG_LINK:
        return log_link(parameter, h, y, one)
    residual = y_hat - y
    if code == QUANTILE:
        return pull(parameter, residual, one) * residual
    size = abs(residual)
    if code == HUBER:
        bounded = min(size, parameter)
        return bounded * (size + (size - bounded))
    return size


@jit_in_order
def slope_of_entry(code, parameter, h, y_hat, y, one):
    """dL/dh of a paired loss, dL/dy_hat of another."""
    two = one + one
    if code == LOG:
        smooth = (one - parameter) * y + parameter / two
        return (one - smooth) * logistic(h, one) - smooth * logistic(-h, one)
    if code == LOG_LINK:
        zero = one - one
        pulled = y * math.exp((one - parameter) * h) if y > zero else zero  # exp may be infinite where y is 0
        return two * (math.exp((two - parameter) * h) - pulled)
    residual = y_hat - y
    if code == QUANTILE:
        return pull(parameter, residual, one)
    if code == HUBER:
        return two * max(min(residual, parameter), -parameter)
    zero = one - one
    return one if residual > zero else (-one if residual < zero else residual)  # 0, or a NaN


@jit_in_order
def entry_by_entry(code, parameter, H, Z, Y, w, scales, j, d, dL, sums):
    """Every other loss of output j, whose target is d."""
    one = H.dtype.type(1)
    zero = H.dtype.type(0)
    k = d if w.shape[1] > 1 else 0
    for i in range(len(H)):
        y = Y[i, d]
        missing = y != y
        if not missing:
            sums[d] += w[i, k] * value_of_entry(code, parameter, H[i, j], Z[i, j], y, one)
        if len(dL) > 0:
            slope = zero if missing else slope_of_entry(code, parameter, H[i, j], Z[i, j], y, one)
            dL[i, j] = slope * w[i, k] * scales[d]


@jit_in_order
def cross_entropy(smoothing, H, Y, w, scales, dL, sums):
    """Log sum_j exp(h_j - h_k) for the class k, and P - one_hot(k); neither cancels when P is sure of k."""
    n, K = H.shape
    one = H.dtype.type(1)
    zero = H.dtype.type(0)
    for i in range(n):
        if Y[i, 0] != Y[i, 0]:
            for j in range(len(dL) and K):
                dL[i, j] = zero
            continue
        k = int(Y[i, 0])
        largest = H[i, 0]
        for j in range(1, K):
            largest = max(largest, H[i, j])
        others = zero
        for j in range(K):
            if j != k:
                others += math.exp(H[i, j] - largest)
        own = math.exp(H[i, k] - largest)
        value = math.log1p(others) if own == one else (largest - H[i, k]) + math.log(own + others)
        if smoothing > zero:
            mean = zero
            for j in range(K):
                mean += H[i, j] - H[i, k]
            value -= smoothing * (mean / H.dtype.type(K))
        sums[0] += w[i, 0] * value
        if len(dL) > 0:
            coefficient = w[i, 0] * scales[0]
            for j in range(K):
                dL[i, j] = coefficient * math.exp(H[i, j] - largest) / (own + others)
            dL[i, k] = -coefficient * others / (own + others)
            if smoothing > zero:
                for j in range(K):
                    dL[i, j] -= coefficient * smoothing / H.dtype.type(K)
                dL[i, k] += coefficient * smoothing


@jit
def differentiate_loss(problem, H, Z, Y, w, scales, dL, sums):
    """The loss of every output."""
    if problem.codes[0] == CROSS_ENTROPY:
        cross_entropy(problem.parameters[0], H, Y, w, scales, dL, sums)
        return
    for j in range(Z.shape[1]):
        d = problem.targets[j]
        if problem.codes[j] == RSS_CODE:
            rss(Z, Y, w, scales, j, d, dL, sums)
        else:
            entry_by_entry(problem.codes[j], problem.parameters[j], H, Z, Y, w, scales, j, d, dL, sums)
