"""The whole method in plain loops over lists of floats: an oracle that shares no line with the package.

A layer is (W, c, activation): W a list of rows, c a list, activation a name, or a list with one for each output.
A loss is a name, a tuple of a name and its numbers, ("huber", 0.3), or a list with one of these for each target.
A missing target is NaN. For cross-entropy Y has one column, the number of the class.
"""

import math

from naive_activations import ACTIVATIONS as ACTIVATIONS
from naive_activations import activate
from naive_activations import sigmoid as sigmoid
from naive_losses import loss_of_one


def forward(layers, x, masks=None):
    """Return the h of every layer and the z of every layer, the input first: z[l] = f(h[l-1]), times its mask."""
    h, z = [], [list(x)]
    for l, (W, c, name) in enumerate(layers):
        z[l] = [m * z_j for m, z_j in zip(masks[l], z[l], strict=True)] if masks else z[l]
        h.append([sum(w * z_j for w, z_j in zip(row, z[-1], strict=True)) + c_i
                  for row, c_i in zip(W, c, strict=True)])  # fmt: skip
        z.append(activate(h[-1], name))
    return h, z


def predict(layers, x):
    return forward(layers, x)[1][-1]


def shares(Y, weights, reduction):
    """w_nd / S_d, or w_nd for the sum, for every row and target; 0 where the target is missing."""
    w = [w_n if isinstance(w_n, list) else [w_n] * len(Y[0]) for w_n in weights or [1.0] * len(Y)]
    present = [[0.0 if math.isnan(y_d) else w_nd for y_d, w_nd in zip(y, w_n, strict=True)]
               for y, w_n in zip(Y, w, strict=True)]  # fmt: skip
    S = [sum(column) if reduction == "mean" else 1.0 for column in zip(*present, strict=True)]
    return [[w_nd / S_d if w_nd else 0.0 for w_nd, S_d in zip(row, S, strict=True)] for row in present]


def loss_and_gradient(layers, X, Y, loss, weights=None, target_weights=None, alpha=0.0, l1=0.0,
                      reduction="mean", rows=None, masks=None):  # fmt: skip
    """Return J, the losses per target and [(dL_dW, dL_dc), ...]; `rows`: only this mini-batch; masks[n][l] of a row."""
    losses, lambdas = [0.0] * len(Y[0]), target_weights or [1.0] * len(Y[0])
    gradients = [([[alpha * w + l1 * ((w > 0) - (w < 0)) for w in row] for row in W], [0.0] * len(c))
                 for W, c, _ in layers]  # fmt: skip
    share, rows = shares(Y, weights, reduction), range(len(Y)) if rows is None else rows
    for n in rows:
        if not any(share[n]):
            continue
        h, z = forward(layers, X[n], masks and masks[n])
        each, jacobian = loss_of_one(loss, layers[-1][2], h[-1], z[-1], Y[n])
        s = [len(Y) / len(rows) * share_d for share_d in share[n]]
        losses = [total + s_d * L for total, s_d, L in zip(losses, s, each, strict=True)]
        dL_dh = [sum(lambdas[d] * s[d] * jacobian[d][k] for d in range(len(s))) for k in range(len(h[-1]))]
        for l in reversed(range(len(layers))):
            dW, dc = gradients[l]
            for i, dL_dh_i in enumerate(dL_dh):
                dc[i] += dL_dh_i
                for j, z_j in enumerate(z[l]):
                    dW[i][j] += dL_dh_i * z_j
            if l > 0:
                W, slope = layers[l][0], ACTIVATIONS[layers[l - 1][2]][1]
                m = masks[n][l] if masks else [1.0] * len(W[0])
                dL_dh = [m[j] * sum(dL_dh[i] * W[i][j] for i in range(len(W))) * slope(h[l - 1][j])
                         for j in range(len(W[0]))]  # fmt: skip
    every_w = [w for W, _, _ in layers for row in W for w in row]
    penalty = alpha / 2 * sum(w * w for w in every_w) + l1 * sum(abs(w) for w in every_w)
    return sum(a * b for a, b in zip(lambdas, losses, strict=True)) + penalty, losses, gradients


def step(solver, g, m, v, t, learning_rate, momentum=0.9, nesterov=False, beta_1=0.9, beta_2=0.999,
         epsilon=1e-8):  # fmt: skip
    """Return the step of one parameter at update t = 1, 2, ... and its memory: velocity or moments m, v."""
    if solver == "gd":
        return -learning_rate * g, m, v
    if solver == "momentum":
        m = momentum * m - learning_rate * g
        return (momentum * m - learning_rate * g if nesterov else m), m, v
    assert solver == "adam", solver
    m, v = beta_1 * m + (1 - beta_1) * g, beta_2 * v + (1 - beta_2) * g * g
    return -learning_rate * (m / (1 - beta_1**t)) / (math.sqrt(v / (1 - beta_2**t)) + epsilon), m, v


def train(layers, X, Y, loss, solver, n_epochs, batch_size, orders, objective=None, **solver_options):
    """Return the layers after n_epochs; `objective`: keywords of loss_and_gradient. No row of weight 0."""
    layers, memory, t = [([list(row) for row in W], list(c), name) for W, c, name in layers], {}, 0
    for order in orders[:n_epochs]:
        for start in range(0, len(order), batch_size):
            batch, t = order[start : start + batch_size], t + 1
            gradients = loss_and_gradient(layers, X, Y, loss, rows=batch, **(objective or {}))[2]
            for l, ((W, c, _), (dW, dc)) in enumerate(zip(layers, gradients, strict=True)):
                for i, (row, d_row) in enumerate(zip([*W, c], [*dW, dc], strict=True)):
                    for j, g in enumerate(d_row):
                        d, *memory[l, i, j] = step(solver, g, *memory.get((l, i, j), (0.0, 0.0)), t,
                                                   **solver_options)  # fmt: skip
                        row[j] += d
    return layers
