"""Forward and backward through one block of rows in machine code: forward.py and batch.py over flat buffers.

A block has at most as many rows as its buffers. The rows of layer l stand in Z[n * column_at[l] :] as an (n, D_l)
matrix, so every matrix product is one BLAS call from buffer to buffer, and nothing is allocated.
"""

from __future__ import annotations

import numpy as np

from pellucid.engines.compiled.activation_kernels import activate, multiply_by_slope
from pellucid.engines.compiled.cache import jit
from pellucid.engines.compiled.layout import PER_OUTPUT
from pellucid.engines.compiled.loss_kernels import differentiate_loss
from pellucid.engines.compiled.views import matrix_view

# A loop over so few columns costs more to begin than to run: a narrow matrix is worked off column by column.
NARROW = 8


@jit
def rows_of(buffer, layout, l, n):
    """The (n, D_l) matrix of layer l in a flat buffer: a view."""
    return matrix_view(buffer, n * layout.column_at[l], n, layout.sizes[l])


@jit
def entries_of(buffer, layout, l, n):
    """The entries of that matrix, row by row: a flat view."""
    at = n * layout.column_at[l]
    return buffer[at : at + n * layout.sizes[l]]


@jit
def weights_of(theta, layout, l):
    """W of layer l (1..L): a view."""
    return matrix_view(theta, layout.W_at[l - 1], layout.sizes[l], layout.sizes[l - 1])


@jit
def intercepts_of(theta, layout, l):
    """The vector c of layer l (1..L): a view."""
    return theta[layout.c_at[l - 1] : layout.c_at[l - 1] + layout.sizes[l]]


@jit
def gather(data, order, position, n, layout, buffers):
    """Copy n rows, order[position:position+n], into the buffers: X as Z of layer 0, Y and w."""
    X = rows_of(buffers.Z, layout, 0, n)
    for i in range(n):
        row = order[position + i]
        for j in range(X.shape[1]):
            X[i, j] = data.X[row, j]
        for d in range(data.Y.shape[1]):
            buffers.Y[i, d] = data.Y[row, d]
        for k in range(data.w.shape[1]):
            buffers.w[i, k] = data.w[row, k]


@jit
def copy_rows(A, first, B, to, n):
    """B[to : to + n] = A[first : first + n]; written with slices it takes Numba seconds to compile."""
    for i in range(n):
        for j in range(B.shape[1]):
            B[to + i, j] = A[first + i, j]


@jit
def add_to_rows(H, c):
    """H + 1 c^T, in place."""
    n, D = H.shape
    if D < NARROW:
        for j in range(D):
            c_j = c[j]
            for i in range(n):
                H[i, j] += c_j
        return
    for i in range(n):
        for j in range(D):
            H[i, j] += c[j]


@jit
def sum_rows(dL_dH, dL_dc):
    """The sum of dL_dH over observations into dL_dc."""
    n, D = dL_dH.shape
    if D < NARROW:
        for j in range(D):
            total = dL_dH.dtype.type(0)
            for i in range(n):
                total += dL_dH[i, j]
            dL_dc[j] = total
        return
    dL_dc[:] = 0
    for i in range(n):
        for j in range(D):
            dL_dc[j] += dL_dH[i, j]


@jit
def activate_layer(layout, buffers, l, n):
    """Z = f(H) of layer l for n rows; of a last layer with an f_d for each output d, column by column.

    For both there is one call of `activate` only, as of `multiply_by_slope` below: each call is one more copy of all
    activations to compile, in every kernel around it.
    """
    code, at, D = layout.codes[l - 1], n * layout.column_at[l], layout.sizes[l]
    by_output = code == PER_OUTPUT
    h, z = entries_of(buffers.H, layout, l, n), entries_of(buffers.Z, layout, l, n)
    for d in range(D if by_output else 1):
        if by_output:
            code, h, z = layout.output_codes[d], buffers.column[0, :n], buffers.column[1, :n]
            for i in range(n):
                h[i] = buffers.H[at + i * D + d]
        activate(code, h, z, n)
        if by_output:
            for i in range(n):
                buffers.Z[at + i * D + d] = z[i]


@jit
def multiply_layer_by_slope(code, output_codes, layout, buffers, l, n):
    """dL_dH = dL_dZ f'(H) of layer l, in place, for the f of a code, or one f_d for each output d."""
    at, D = n * layout.column_at[l], layout.sizes[l]
    by_output = code == PER_OUTPUT
    h, dL = entries_of(buffers.H, layout, l, n), entries_of(buffers.dL, layout, l, n)
    for d in range(D if by_output else 1):
        if by_output:
            code, h, dL = output_codes[d], buffers.column[0, :n], buffers.column[1, :n]
            for i in range(n):
                h[i], dL[i] = buffers.H[at + i * D + d], buffers.dL[at + i * D + d]
        multiply_by_slope(code, h, dL)
        if by_output:
            for i in range(n):
                buffers.dL[at + i * D + d] = dL[i]


@jit
def multiply_by_mask(layout, M, l, n, A):
    """M ∘ A for the n rows of layer l in the buffer A, in place; without masks M is empty.

    By index: two views, even where they are not made, would cost the smallest network a twentieth of its step.
    """
    if len(M) > 0:
        at = n * layout.column_at[l]
        for i in range(at, at + n * layout.sizes[l]):
            A[i] *= M[i]


@jit
def forward_block(layout, theta, buffers, n):
    """H = Z W^T + c and Z = f(H), layer by layer, for the n rows in the buffers."""
    for l in range(1, len(layout.sizes)):
        multiply_by_mask(layout, buffers.M, l - 1, n, buffers.Z)
        H = rows_of(buffers.H, layout, l, n)
        np.dot(rows_of(buffers.Z, layout, l - 1, n), weights_of(theta, layout, l).T, H)
        add_to_rows(H, intercepts_of(theta, layout, l))
        activate_layer(layout, buffers, l, n)


@jit
def loss_of_block(layout, problem, scales, buffers, n, dL, sums):
    """Add this block's losses to the sums; write dL_dY_hat (dL_dH of a paired loss) into dL, unless dL has no rows."""
    L = len(layout.codes)
    H, Z = rows_of(buffers.H, layout, L, n), rows_of(buffers.Z, layout, L, n)
    differentiate_loss(problem, H, Z, buffers.Y[:n], buffers.w[:n], scales, dL, sums)


@jit
def backward_block(layout, theta, problem, scales, buffers, n, sums):
    """The gradient of this block's sum of w_n scale_d L_nd into buffers.gradient, without penalties."""
    L = len(layout.codes)
    loss_of_block(layout, problem, scales, buffers, n, rows_of(buffers.dL, layout, L, n), sums)  # (1)
    for l in range(L, 0, -1):
        code = layout.codes[l - 1] if l < L else problem.common_slope
        multiply_layer_by_slope(code, problem.slopes, layout, buffers, l, n)  # (1), (5)
        dL_dH = rows_of(buffers.dL, layout, l, n)
        np.dot(dL_dH.T, rows_of(buffers.Z, layout, l - 1, n), weights_of(buffers.gradient, layout, l))  # (2)
        sum_rows(dL_dH, intercepts_of(buffers.gradient, layout, l))  # (3)
        if l > 1:
            np.dot(dL_dH, weights_of(theta, layout, l), rows_of(buffers.dL, layout, l - 1, n))  # (4)
            multiply_by_mask(layout, buffers.M, l - 1, n, buffers.dL)  # (4m)


@jit
def add_penalty(layout, theta, alpha, l1, gradient):
    """Add alpha W + l1 sign(W) to the gradient of the weights; intercepts are free."""
    if alpha == 0 and l1 == 0:
        return
    for l in range(len(layout.codes)):
        for i in range(layout.W_at[l], layout.c_at[l]):
            gradient[i] += alpha * theta[i] + l1 * np.sign(theta[i])
