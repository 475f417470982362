"""Sensitivities dY_hat_dX in machine code: sensitivity.py over flat buffers, one backward pass for each output."""

from __future__ import annotations

import numpy as np

from pellucid.engines.compiled.activation_kernels import multiply_by_slope
from pellucid.engines.compiled.block_kernels import (
    entries_of,
    forward_block,
    multiply_by_output_slope,
    rows_of,
    weights_of,
)
from pellucid.engines.compiled.cache import jit
from pellucid.engines.compiled.layout import SOFTMAX


@jit
def start_at_output(layout, buffers, n, d):
    """Row d of dz_dh of the last layer for each observation, into dL of that layer."""
    L = len(layout.codes)
    code = layout.codes[L - 1]
    Z = rows_of(buffers.Z, layout, L, n)
    dL = rows_of(buffers.dL, layout, L, n)
    one = Z.dtype.type(1)
    zero = Z.dtype.type(0)
    for i in range(n):
        others = zero  # 1 - z_d, exact where z_d has rounded to 1
        for j in range(Z.shape[1]):
            others += zero if j == d else Z[i, j]
        for j in range(Z.shape[1]):
            if code == SOFTMAX:
                dL[i, j] = Z[i, d] * (others if j == d else -Z[i, j])
            else:
                dL[i, j] = one if j == d else zero
    if code != SOFTMAX:
        multiply_by_output_slope(code, layout.output_codes, layout, buffers, n)


@jit
def sensitivities(layout, theta, X, buffers, dY_hat_dX):
    """Fill dY_hat_dX (N, D_y, D_x), block by block, in blocks that always have the buffers' full number of rows."""
    capacity = len(buffers.w)
    L = len(layout.codes)
    Z_0 = rows_of(buffers.Z, layout, 0, capacity)
    Z_0[:, :] = 0
    for start in range(0, len(X), capacity):
        n = min(capacity, len(X) - start)
        Z_0[:n] = X[start : start + n]
        forward_block(layout, theta, buffers, capacity)
        for d in range(layout.sizes[L]):
            start_at_output(layout, buffers, capacity, d)
            for l in range(L, 0, -1):
                below = rows_of(buffers.dL, layout, l - 1, capacity)
                np.dot(rows_of(buffers.dL, layout, l, capacity), weights_of(theta, layout, l), below)
                if l > 1:
                    h = entries_of(buffers.H, layout, l - 1, capacity)
                    multiply_by_slope(layout.codes[l - 2], h, entries_of(buffers.dL, layout, l - 1, capacity))
            dY_hat_dX[start : start + n, d] = rows_of(buffers.dL, layout, 0, capacity)[:n]
