"""The oracle is checked against itself in 50 digits, and against networks worked out by hand."""

import math
import random

import mpmath
import pytest
from mpmath import mp, mpf

import naive

NAN = math.nan

VALUES = {
    "relu": lambda h: h if h > 0 else mpf(0),
    "sigmoid": lambda h: 1 / (1 + mp.exp(-h)),
    "linear": lambda h: h,
    "tanh": mp.tanh,
    "leaky_relu": lambda h: h if h > 0 else h * mpf(0.01),
    "elu": lambda h: h if h >= 0 else mp.exp(h) - 1,
    "softplus": lambda h: mp.log(1 + mp.exp(h)),
    "gelu": lambda h: h * (1 + mp.erf(h / mp.sqrt(2))) / 2,
    "silu": lambda h: h / (1 + mp.exp(-h)),
    "selu": lambda h: mpf(1.0507009873554805) * (h if h > 0 else mpf(1.6732632423543772) * (mp.exp(h) - 1)),
    "mish": lambda h: h * mp.tanh(mp.log(1 + mp.exp(h))),
    "exponential": mp.exp,
}


def deviance(p, y, m):
    """The unit deviance of mean m and variance m^p by its integral, 2 int_m^y (y - t) / t^p dt."""
    if p == 1:
        return 2 * ((y * mp.log(y / m) if y else 0) - y + m)
    if p == 2:
        return 2 * (y / m - 1 - mp.log(y / m))

    def antiderivative(t):
        return y * t ** (1 - p) / (1 - p) - t ** (2 - p) / (2 - p)

    return 2 * ((antiderivative(y) if y else 0) - antiderivative(m))


def loss_in_50_digits(loss, y, y_hat):
    """The loss of one target from its definition, of the outputs that predict it."""
    name, *numbers = (loss,) if isinstance(loss, str) else loss
    first = mpf(numbers[0]) if numbers else mpf(0)
    if name == "cross_entropy":
        row = [first / len(y_hat) + (1 - first) * (j == y) for j in range(len(y_hat))]
        return -sum(y_j * mp.log(p_j) for y_j, p_j in zip(row, y_hat, strict=True))
    if name == "log":
        y = (1 - first) * y + first / 2
        return -(y * mp.log(y_hat[0]) + (1 - y) * mp.log(1 - y_hat[0]))
    if name in ("poisson", "gamma", "tweedie"):
        return deviance({"poisson": 1, "gamma": 2}.get(name, first), y, y_hat[0])
    if name == "quantile":
        return sum(max(q * (y - m), (q - 1) * (y - m)) for q, m in zip(map(mpf, numbers), y_hat, strict=True))
    r = abs(y - y_hat[0])
    if name == "huber":
        return r**2 if r <= first else 2 * first * r - first**2
    return {"rss": r**2, "absolute": r}[name]


def outputs_of(loss):
    return len(loss) - 1 if loss[0] == "quantile" else 1


def objective_in_50_digits(layers, X, Y, loss, weights, target_weights, alpha, l1, reduction):
    """J from the definitions as the text writes them: no paired form, no care about rounding."""
    outputs = []
    for x in X:
        z = mp.matrix(x)
        for W, c, name in layers:
            h = mp.matrix(W) * z + mp.matrix(c)
            if name == "softmax":
                total = sum(mp.exp(h_k) for h_k in h)
                z = mp.matrix([mp.exp(h_k) / total for h_k in h])
            else:
                names = [name] * len(h) if isinstance(name, str) else name
                z = mp.matrix([VALUES[f](h_k) for f, h_k in zip(names, h, strict=True)])
        outputs.append(z)
    J, at = mpf(0), 0
    for d, target_weight in enumerate(target_weights):
        of_target = loss[d] if isinstance(loss, list) else loss
        n_own = 3 if "cross_entropy" in (loss, loss[0]) else outputs_of(of_target)
        present = [n for n in range(len(X)) if not math.isnan(Y[n][d])]
        divisor = sum(weight_of(weights[n], d) for n in present) if reduction == "mean" else mpf(1)
        for row in present:
            value = loss_in_50_digits(of_target, mpf(Y[row][d]), list(outputs[row])[at : at + n_own])
            J += target_weight * weight_of(weights[row], d) * value / divisor
        at += n_own
    flat = [w for W, _, _ in layers for row in W for w in row]
    return J + mpf(alpha) / 2 * sum(w * w for w in flat) + mpf(l1) * sum(abs(w) for w in flat)


def weight_of(weight, d):
    return mpf(weight[d] if isinstance(weight, list) else weight)


def random_network(random, sizes, activations):
    """Layers of Python floats drawn from (-1, 1)."""
    return [
        ([[random.uniform(-1, 1) for _ in range(n_in)] for _ in range(n_out)],
         [random.uniform(-1, 1) for _ in range(n_out)], name)
        for n_in, n_out, name in zip(sizes[:-1], sizes[1:], activations, strict=True)
    ]  # fmt: skip


def relative_difference(a, b):
    return abs(a - b) / max(abs(a), abs(b), mpf(1e-3))


def targets_for(random, loss, n_rows, n_targets):
    if "cross_entropy" in (loss, loss[0]):
        return [[float(random.randrange(3))] for _ in range(n_rows - 1)] + [[NAN]]
    Y = [[random.uniform(0, 1) for _ in range(n_targets)] for _ in range(n_rows)]
    Y[1][0] = NAN
    return Y


CASES = [
    ("rss", (name, name), reduction) for name in VALUES for reduction in ("mean", "sum")
] + [
    ("log", ("tanh", "sigmoid"), "mean"),
    ("log", ("sigmoid",), "sum"),
    ("cross_entropy", ("gelu", "softmax"), "mean"),
    ("cross_entropy", ("silu", "elu", "softmax"), "sum"),
    ("absolute", ("tanh", "linear"), "mean"),
    (("huber", 0.5), ("tanh", "sigmoid"), "mean"),
    (("huber", 2.0), ("linear",), "sum"),
    (("quantile", 0.9), ("tanh", "softplus"), "sum"),
    (("quantile", 0.1, 0.5, 0.8), ("gelu", "linear"), "mean"),
    ("poisson", ("tanh", "exponential"), "mean"),
    ("gamma", ("exponential",), "sum"),
    (("tweedie", 1.3), ("silu", "exponential"), "mean"),
    (("log", 0.2), ("tanh", "sigmoid"), "mean"),
    (("cross_entropy", 0.2), ("tanh", "softmax"), "sum"),
    (["rss", ("quantile", 0.1, 0.9)], ("tanh", ["sigmoid", "linear", "linear"]), "mean"),
    (["poisson", ("log", 0.1)], (["exponential", "sigmoid"],), "sum"),
]  # fmt: skip


@pytest.mark.parametrize(("loss", "activations", "reduction"), CASES, ids=str)
def test_every_gradient_is_the_central_difference_of_j_in_50_digits(loss, activations, reduction):
    """Nudge any weight or intercept in 50-digit arithmetic: J moves by what the oracle's gradient says."""
    draw = random.Random(repr((loss, activations)))
    classes = "cross_entropy" in (loss, loss[0])
    n_targets = 1 if classes else 2
    parts = loss if isinstance(loss, list) else [loss] * n_targets
    sizes = [3, *[4] * (len(activations) - 1), 3 if classes else sum(map(outputs_of, parts))]
    layers = random_network(draw, sizes, activations)
    X = [[draw.uniform(-2, 2) for _ in range(3)] for _ in range(4)]
    Y = targets_for(draw, loss, 4, n_targets)
    weights, target_weights = [1.0, 2.0, 0.0, 0.5], [1.5, 0.25][:n_targets]
    if isinstance(loss, list):
        weights = [[1.0, 0.5], [2.0, 1.0], [0.0, 3.0], [0.5, 0.0]]
    arguments = (X, Y, loss, weights, target_weights, 0.3, 0.1, reduction)

    J, losses, gradients = naive.loss_and_gradient(layers, *arguments)

    with mpmath.workdps(50):
        assert relative_difference(J, objective_in_50_digits(layers, *arguments)) < 1e-13
        without_penalty = objective_in_50_digits(layers, *arguments[:5], 0.0, 0.0, reduction)
        weighted = sum(a * b for a, b in zip(target_weights, losses, strict=True))
        assert relative_difference(weighted, without_penalty) < 1e-13
        for (W, c, _), (dW, dc) in zip(layers, gradients, strict=True):
            for row, d_row in zip([*W, c], [*dW, dc], strict=True):
                for j, value in enumerate(list(row)):
                    sides = []
                    for nudge in (mpf(10) ** -15, -(mpf(10) ** -15)):
                        row[j] = mpf(value) + nudge
                        sides.append(objective_in_50_digits(layers, *arguments))
                    row[j] = value
                    slope = (sides[0] - sides[1]) / (2 * mpf(10) ** -15)
                    assert relative_difference(d_row[j], slope) < 1e-12


@pytest.mark.parametrize("x", [0.0, 1.0, -1.0, 2.5, -0.1, 5e-324, -1e300])
def test_the_network_of_the_absolute_value_is_exact(x):
    """W1 = (1, -1), W2 = (1 1), ReLU: relu(x) + relu(-x) is |x|, to the last bit."""
    layers = [([[1.0], [-1.0]], [0.0, 0.0], "relu"), ([[1.0, 1.0]], [0.0], "linear")]

    assert naive.predict(layers, [x]) == [abs(x)]


def test_a_network_of_integers_has_the_gradient_found_on_paper():
    """|x| at x = -3 and y = 1: loss 4, dL_dy_hat = 4, and only the second hidden neuron is awake."""
    layers = [([[1.0], [-1.0]], [0.0, 0.0], "relu"), ([[1.0, 1.0]], [0.0], "linear")]

    J, losses, gradients = naive.loss_and_gradient(layers, [[-3.0]], [[1.0]], "rss")

    assert (J, losses) == (4.0, [4.0])
    assert gradients == [([[0.0], [-12.0]], [0.0, 4.0]), ([[0.0, 12.0]], [4.0])]


@pytest.mark.parametrize(("name", "slope"), [("relu", 0.0), ("leaky_relu", 0.01), ("elu", 1.0)])
def test_the_slope_at_a_kink_is_the_stated_one(name, slope):
    """At h = 0 ReLU has slope 0, leaky ReLU 0.01 and ELU 1."""
    assert naive.ACTIVATIONS[name][1](0.0) == slope


@pytest.mark.parametrize("h", [37.0, 750.0, 1e20])
def test_paired_losses_are_exact_at_any_h(h):
    """The log loss of a hopeless prediction is |h| itself and its gradient exactly 1 or -1."""
    for sign, y in ((1.0, 0.0), (-1.0, 1.0)):
        _, losses, gradients = naive.loss_and_gradient(
            [([[sign]], [0.0], "sigmoid")], [[h]], [[y]], "log"
        )  # fmt: skip
        assert losses == [h]
        assert gradients[0][1] == [sign]


def test_a_row_of_weight_zero_counts_for_nothing():
    """A row of weight 0 leaves J and gradient as they are without it, even if it holds NaN."""
    layers = [([[0.5, -1.0]], [0.25], "tanh")]
    X, Y = [[1.0, 2.0], [NAN, 1.0], [3.0, -1.0]], [[1.0], [2.0], [0.5]]

    with_it = naive.loss_and_gradient(layers, X, Y, "rss", weights=[2.0, 0.0, 1.0])

    assert with_it == naive.loss_and_gradient(layers, X[::2], Y[::2], "rss", weights=[2.0, 1.0])


def test_mini_batches_of_equal_size_average_to_the_whole_gradient():
    """The estimates of an epoch's mini-batches average to the gradient of J, missing targets or not."""
    draw = random.Random(1)
    layers = random_network(draw, [2, 3, 2], ["tanh", "linear"])
    X = [[draw.uniform(-1, 1) for _ in range(2)] for _ in range(6)]
    Y = targets_for(draw, "rss", 6, 2)
    options = {"weights": [1.0, 2.0, 3.0, 0.5, 1.0, 1.0], "alpha": 0.1}

    whole = naive.loss_and_gradient(layers, X, Y, "rss", **options)[2]
    parts = [naive.loss_and_gradient(layers, X, Y, "rss", **options, rows=rows)[2] for rows in ([4, 1], [0, 5], [3, 2])]

    for l, (_, dc) in enumerate(whole):
        for i, slope in enumerate(dc):
            assert sum(part[l][1][i] for part in parts) / 3 == pytest.approx(slope, rel=1e-13)


def test_one_update_of_every_solver_is_its_formula():
    """y_hat = w x with w = 1, x = 1, y = 0: g = 2, so each first step can be written down."""
    layer, order = [([[1.0]], [0.0], "linear")], [[0]]

    def weight(solver, n_epochs=1, **options):
        layers = naive.train(layer, [[1.0]], [[0.0]], "rss", solver, n_epochs, 1, order * n_epochs, **options)
        return layers[0][0][0][0]

    assert weight("gd", learning_rate=0.25) == 0.5
    assert weight("momentum", learning_rate=0.25, momentum=0.5, nesterov=False) == 0.5
    assert weight("momentum", learning_rate=0.25, momentum=0.5, nesterov=True) == 0.25
    # After the first step w + c = 0 (w = 1/2, c = -1/2), so g = 0 and only the velocity is left, halved.
    assert weight("momentum", 2, learning_rate=0.25, momentum=0.5, nesterov=False) == 0.25
    adam = weight("adam", learning_rate=0.25, beta_1=0.9, beta_2=0.999, epsilon=0.0)
    assert adam == pytest.approx(0.75, rel=1e-15)
    assert layer == [([[1.0]], [0.0], "linear")]


def test_training_walks_the_rows_in_the_given_order():
    """Batches of two over five rows: three updates an epoch, the last from the row that is left."""
    layer = [([[0.0]], [0.0], "linear")]
    X, Y, order = [[1.0], [2.0], [0.0], [1.0], [3.0]], [[1.0], [0.0], [2.0], [1.0], [4.0]], [4, 0, 3, 2, 1]

    trained = naive.train(layer, X, Y, "rss", "gd", 1, 2, [order], learning_rate=0.01)

    by_hand = layer
    for rows in ([4, 0], [3, 2], [1]):
        dW, dc = naive.loss_and_gradient(by_hand, X, Y, "rss", rows=rows)[2][0]
        W, c, name = by_hand[0]
        by_hand = [([[W[0][0] - 0.01 * dW[0][0]]], [c[0] - 0.01 * dc[0]], name)]
    assert trained == by_hand
