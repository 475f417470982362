"""The loops around a block: a slice of an epoch, the losses and the gradient of many rows, predictions."""

from __future__ import annotations

from pellucid.engines.compiled.block_kernels import (
    add_penalty,
    backward_block,
    copy_rows,
    forward_block,
    gather,
    loss_of_block,
    rows_of,
)
from pellucid.engines.compiled.cache import jit
from pellucid.engines.compiled.dropout_kernels import disturb
from pellucid.engines.compiled.update_kernels import clip, update


@jit
def run_slice(
    layout, problem, penalties, settings, disturbance, steps_before, rates, data, order, position, stop, batch_size,
    mean_scales, sum_scales, theta, moments, buffers, losses, gradient_squares, update_squares,
):  # fmt: skip
    """Train on order[position:stop]; returns the position reached and the number of steps made.

    The k-th batch has the learning rate rates[k]; one of b rows the scales mean_scales / b + sum_scales (one of the two
    is 0). It is worked off in blocks of the buffers' size; one of several blocks is added up in float64 before the
    parameters move.
    """
    capacity = len(buffers.w)
    scales = mean_scales.copy()
    n_steps = 0
    while position < stop:
        batch_start = position - position % batch_size
        batch_stop = min(batch_start + batch_size, len(order))
        n = min(capacity, batch_stop - position)
        rows_in_batch = batch_stop - batch_start
        for d in range(len(scales)):
            scales[d] = mean_scales[d] / theta.dtype.type(rows_in_batch) + sum_scales[d]
        gather(data, order, position, n, layout, buffers)
        disturb(layout, disturbance, steps_before + n_steps, position - batch_start, n, buffers)
        forward_block(layout, theta, buffers, n)
        backward_block(layout, theta, problem, scales, buffers, n, losses)
        if rows_in_batch > capacity:
            first, last = position == batch_start, position + n == batch_stop
            add_blocks(buffers.accumulated, buffers.gradient, first, last)
        position += n
        if position == batch_stop:
            add_penalty(layout, theta, penalties[0], penalties[1], buffers.gradient)
            if settings.clip_norm > 0:
                clip(layout, settings.clip_norm, buffers.gradient, gradient_squares)
            rate = rates[batch_start // batch_size]
            update(layout, settings, rate, theta, buffers.gradient, moments, gradient_squares, update_squares)
            n_steps += 1
    return position, n_steps


@jit
def add_blocks(accumulated, gradient, first, last):
    """Add a block's gradient to the batch's, in float64; the last block's call hands the sum back."""
    for i in range(len(gradient)):
        accumulated[i] = (0.0 if first else accumulated[i]) + gradient[i]
        if last:
            gradient[i] = accumulated[i]


@jit
def sum_losses(layout, problem, data, order, theta, buffers, scales, losses):
    """Add w_n L_nd of the rows order[:] to losses."""
    capacity = len(buffers.w)
    nothing = buffers.Y[:0]
    for position in range(0, len(order), capacity):
        n = min(capacity, len(order) - position)
        gather(data, order, position, n, layout, buffers)
        forward_block(layout, theta, buffers, n)
        loss_of_block(layout, problem, scales, buffers, n, nothing, losses)


@jit
def sum_gradient(layout, problem, penalties, data, order, start, stop, theta, buffers, scales, losses):
    """Add the losses and the gradient of the rows order[start:stop]; at the end of order it is in buffers.gradient.

    `start` is a multiple of the buffers' capacity. The penalties are then in it too.
    """
    capacity = len(buffers.w)
    for position in range(start, stop, capacity):
        n = min(capacity, stop - position)
        gather(data, order, position, n, layout, buffers)
        forward_block(layout, theta, buffers, n)
        backward_block(layout, theta, problem, scales, buffers, n, losses)
        add_blocks(buffers.accumulated, buffers.gradient, position == 0, position + n == len(order))
    if stop == len(order):
        add_penalty(layout, theta, penalties[0], penalties[1], buffers.gradient)


@jit
def propagate(layout, theta, X, buffers):
    """Put X (n, D_x) through the network; H of every layer is then in buffers.H."""
    copy_rows(X, 0, rows_of(buffers.Z, layout, 0, len(X)), 0, len(X))
    forward_block(layout, theta, buffers, len(X))


@jit
def predict(layout, theta, X, buffers, Y_hat):
    """Y_hat (N, D_y), in blocks that always have the buffers' full number of rows.

    BLAS chooses its order of summation by the shape of a product: with one shape, in float64, a row's prediction is
    the same bits alone and among others.
    """
    capacity = len(buffers.w)
    L = len(layout.codes)
    Z_0 = rows_of(buffers.Z, layout, 0, capacity)
    Z_0[:] = 0
    for start in range(0, len(X), capacity):
        n = min(capacity, len(X) - start)
        copy_rows(X, start, Z_0, 0, n)
        forward_block(layout, theta, buffers, capacity)
        copy_rows(rows_of(buffers.Z, layout, L, capacity), 0, Y_hat, start, n)
