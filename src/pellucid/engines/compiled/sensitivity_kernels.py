"""Sensitivities dY_hat_dX in machine code: sensitivity.py over flat buffers, one backward pass for each output."""

from __future__ import annotations

import numpy as np

from pellucid.engines.compiled.block_kernels import (
    copy_rows,
    forward_block,
    multiply_layer_by_slope,
    rows_of,
    weights_of,
)
from pellucid.engines.compiled.cache import jit
from pellucid.engines.compiled.layout import LINEAR, SOFTMAX


@jit
def start_at_output(layout, buffers, n, d):
    """Into dL of the last layer: row d of dz_dh of a softmax; else row d of the identity, for f' to multiply."""
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


@jit
def sensitivities(layout, theta, X, buffers, dY_hat_dX):
    """Fill dY_hat_dX (N, D_y, D_x), block by block, in blocks that always have the buffers' full number of rows."""
    capacity = len(buffers.w)
    L = len(layout.codes)
    Z_0 = rows_of(buffers.Z, layout, 0, capacity)
    Z_0[:] = 0
    for start in range(0, len(X), capacity):
        n = min(capacity, len(X) - start)
        copy_rows(X, start, Z_0, 0, n)
        forward_block(layout, theta, buffers, capacity)
        for d in range(layout.sizes[L]):
            start_at_output(layout, buffers, capacity, d)
            for l in range(L, 0, -1):
                code = layout.codes[l - 1]
                slope = LINEAR if code == SOFTMAX else code  # softmax's Jacobian stands in dL already
                multiply_layer_by_slope(slope, layout.output_codes, layout, buffers, l, capacity)
                below = rows_of(buffers.dL, layout, l - 1, capacity)
                np.dot(rows_of(buffers.dL, layout, l, capacity), weights_of(theta, layout, l), below)
            dL_dX = rows_of(buffers.dL, layout, 0, capacity)
            for i in range(n):
                for j in range(dL_dX.shape[1]):
                    dY_hat_dX[start + i, d, j] = dL_dX[i, j]
