"""Losses in machine code: the weighted sums of each target, and dL_dH of the last layer. losses.py line by line.

Every kernel takes H and Z of the last layer (n, D_y), targets Y (n, n_targets) with NaN where missing, weights w (n,)
and scales (n_targets,). It adds w_n L_nd to `sums` in float64, and, where `dL` has rows, writes
w_n scale_d dL_nd/dh into it.
"""

from __future__ import annotations

import math

from pellucid.engines.compiled.activation_kernels import logistic, multiply_by_slope, softplus
from pellucid.engines.compiled.cache import jit, jit_in_order
from pellucid.engines.compiled.layout import CROSS_ENTROPY, LINEAR, LOG, RSS


@jit
def rss(H, Z, Y, w, scales, code, dL, sums):
    """(y - y_hat)^2, and -2 (y - y_hat) f'(h) for the output activation of that code."""
    n, D = Z.shape
    zero = Z.dtype.type(0)
    two = Z.dtype.type(2)
    for d in range(D):
        total = 0.0
        for i in range(n):
            missing = Y[i, d] != Y[i, d]
            residual = zero if missing else Z[i, d] - Y[i, d]
            total += w[i] * residual * residual
            if len(dL) > 0:
                dL[i, d] = two * residual * w[i] * scales[d]
        sums[d] += total
    if len(dL) > 0 and code != LINEAR:
        multiply_by_slope(code, H.reshape(-1), dL.reshape(-1))


@jit_in_order
def log(H, Y, w, scales, dL, sums):
    """(1 - y) softplus(h) + y softplus(-h), and (1 - y) s(h) - y s(-h), which is y_hat - y."""
    n, D = H.shape
    one = H.dtype.type(1)
    zero = H.dtype.type(0)
    for i in range(n):
        for d in range(D):
            h, y = H[i, d], Y[i, d]
            missing = y != y
            if not missing:
                sums[d] += w[i] * ((one - y) * softplus(h, one) + y * softplus(-h, one))
            if len(dL) > 0:
                slope = zero if missing else (one - y) * logistic(h, one) - y * logistic(-h, one)
                dL[i, d] = slope * w[i] * scales[d]


@jit_in_order
def cross_entropy(H, Y, w, scales, dL, sums):
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
        if own == one:
            sums[0] += w[i] * math.log1p(others)
        else:
            sums[0] += w[i] * ((largest - H[i, k]) + math.log(own + others))
        if len(dL) > 0:
            coefficient = w[i] * scales[0]
            for j in range(K):
                dL[i, j] = coefficient * math.exp(H[i, j] - largest) / (own + others)
            dL[i, k] = -coefficient * others / (own + others)


@jit
def differentiate_loss(loss, H, Z, Y, w, scales, code, dL, sums):
    """The loss of that code."""
    if loss == RSS:
        rss(H, Z, Y, w, scales, code, dL, sums)
    elif loss == LOG:
        log(H, Y, w, scales, dL, sums)
    elif loss == CROSS_ENTROPY:
        cross_entropy(H, Y, w, scales, dL, sums)
