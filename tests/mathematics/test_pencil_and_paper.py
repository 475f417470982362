"""Rung 5: networks of whole numbers, worked out by hand. Every number is exact, by every method."""

import numpy as np
import pytest

from pellucid.engines.choice import choose_engine
from pellucid.engines.loss_and_gradient import loss_and_gradient
from pellucid.mathematics.losses import LOSSES
from pellucid.mathematics.observation import propagate_backward
from pellucid.mathematics.structure import Network

EVERY_METHOD = pytest.mark.parametrize("method", ["observations", "batch", "compiled"])
EVERY_TYPE = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def build(dtype, *layers):
    return Network.from_arrays([(np.array(W, dtype), np.array(c, dtype), name) for W, c, name in layers])


def absolute_value(dtype=np.float64):
    """The text's network: |x| = relu(x) + relu(-x)."""
    return build(dtype, ([[1], [-1]], [0, 0], "relu"), ([[1, 1]], [0], "linear"))


@EVERY_TYPE
@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_the_network_of_the_absolute_value_is_exact(engine, dtype):
    """W1 = (1, -1), W2 = (1 1): |x| to the last bit, 0 and very large and very small numbers too."""
    x = np.array([0.0, 1, -1, 2.5, -0.125, 2.0**-140, -(2.0**-140), 2.0**100, -(2.0**100)])

    found = choose_engine(engine).predict(absolute_value(dtype), x[:, None].astype(dtype))

    assert found[:, 0].tolist() == np.abs(x).tolist()


@EVERY_TYPE
@EVERY_METHOD
def test_the_gradient_of_the_absolute_value_is_the_one_on_paper(method, dtype):
    """x = -3, y = 1: h1 = (-3, 3), z1 = (0, 3), y_hat = 3, L = (1 - 3)^2 = 4, dL_dy_hat = -2 (1 - 3) = 4.

    dL_dW2 = 4 z1 = (0, 12), dL_dc2 = 4; dL_dz1 = 4 (1, 1) = (4, 4); slopes (0, 1), so dL_dh1 = (0, 4);
    dL_dW1 = (0, 4) x = (0, -12), dL_dc1 = (0, 4).
    """
    J, gradient = loss_and_gradient(absolute_value(dtype), [[-3]], [1], "rss", method=method)

    assert J == 4
    assert [W.tolist() for W in gradient.W] == [[[0], [-12]], [[0, 12]]]
    assert [c.tolist() for c in gradient.c] == [[0, 4], [4]]


@EVERY_METHOD
def test_at_zero_relu_has_slope_zero_and_nothing_reaches_the_first_layer(method):
    """x = 0, y = 1: h1 = (0, 0), y_hat = 0, dL_dy_hat = -2; the slope at 0 is 0, so dL_dW1 = dL_dc1 = 0."""
    J, gradient = loss_and_gradient(absolute_value(), [[0]], [1], "rss", method=method)

    assert J == 1
    assert gradient.theta.tolist() == [0, 0, 0, 0, 0, 0, -2]


# Two targets, two hidden layers, two observations and weights, by hand:
#
#   W1 = (1  2; 0 -1; 3 1)  c1 = (0, 1, -2)   relu      x_1 = (1, 2)   y_1 = (3, -5)  w = 1
#   W2 = (1 -1  2; 2 0 -1)  c2 = (1, -1)      linear    x_2 = (2, -1)  y_2 = (1, missing)  w = 3
#   W3 = (1  0; -1 2)       c3 = (0, 3)       linear
#
# Forward, x_1: h1 = (1+4, -2+1, 3+2-2) = (5, -1, 3)      z1 = (5, 0, 3)
#               h2 = (5-0+6+1, 10-3-1) = (12, 6)          z2 = (12, 6)
#               h3 = (12, -12+12+3) = (12, 3)             L = ((3-12)^2, (-5-3)^2) = (81, 64)
# Forward, x_2: h1 = (2-2, 1+1, 6-1-2) = (0, 2, 3)        z1 = (0, 2, 3)
#               h2 = (0-2+6+1, 0-3-1) = (5, -4)           z2 = (5, -4)
#               h3 = (5, -5-8+3) = (5, -10)               L = ((1-5)^2, none) = (16, ·)
#
# As sums (reduction="sum"): J = 1*81 + 1*64 + 3*16 = 193.
#
# Backward, x_1: dL_dy_hat = -2 (3-12, -5-3) = (18, 16)
#   dL_dW3 = (18*12 18*6; 16*12 16*6) = (216 108; 192 96)          dL_dc3 = (18, 16)
#   dL_dh2 = (18*1 - 16*1, 16*2) = (2, 32)
#   dL_dW2 = (2*5 0 2*3; 32*5 0 32*3) = (10 0 6; 160 0 96)         dL_dc2 = (2, 32)
#   dL_dz1 = (2*1 + 32*2, 2*-1, 2*2 - 32) = (66, -2, -28)          slopes (1, 0, 1): dL_dh1 = (66, 0, -28)
#   dL_dW1 = (66 132; 0 0; -28 -56)                                dL_dc1 = (66, 0, -28)
# Backward, x_2, times its weight 3: dL_dy_hat = 3 (-2 (1-5), missing) = (24, 0)
#   dL_dW3 = (24*5 24*-4; 0 0) = (120 -96; 0 0)                    dL_dc3 = (24, 0)
#   dL_dh2 = (24*1 - 0, 0) = (24, 0)
#   dL_dW2 = (0 48 72; 0 0 0)                                      dL_dc2 = (24, 0)
#   dL_dz1 = (24, -24, 48)                                         slopes (0, 1, 1): dL_dh1 = (0, -24, 48)
#   dL_dW1 = (0 0; -48 24; 96 -48)                                 dL_dc1 = (0, -24, 48)
LAYERS = (
    ([[1, 2], [0, -1], [3, 1]], [0, 1, -2], "relu"),
    ([[1, -1, 2], [2, 0, -1]], [1, -1], "linear"),
    ([[1, 0], [-1, 2]], [0, 3], "linear"),
)
X, Y, WEIGHTS = [[1, 2], [2, -1]], [[3, -5], [1, np.nan]], [1, 3]
DW = [
    [[66, 132], [-48, 24], [-28 + 96, -56 - 48]],
    [[10, 48, 6 + 72], [160, 0, 96]],
    [[216 + 120, 108 - 96], [192, 96]],
]
DC = [[66, -24, -28 + 48], [2 + 24, 32], [18 + 24, 16]]


@EVERY_TYPE
@EVERY_METHOD
def test_three_layers_with_weights_and_a_missing_target_are_those_on_paper(method, dtype):
    """The sum J = 193 and all sixteen weights' and seven intercepts' derivatives of the comment above."""
    J, gradient = loss_and_gradient(
        build(dtype, *LAYERS), X, Y, "rss", sample_weight=WEIGHTS, reduction="sum", method=method
    )

    assert J == 193
    assert [W.tolist() for W in gradient.W] == DW
    assert [c.tolist() for c in gradient.c] == DC


@EVERY_METHOD
def test_penalties_on_paper(method):
    """alpha = 2, l1 = 1: J + (2/2) 33 + 19, and dJ_dW + 2 W + sign(W).

    Squares: W1 1+4+0+1+9+1 = 16; W2 1+1+4+4+0+1 = 11; W3 1+0+1+4 = 6; in all 33. Sizes: 8 + 7 + 4 = 19.
    """
    J, gradient = loss_and_gradient(
        build(np.float64, *LAYERS), X, Y, "rss", sample_weight=WEIGHTS, reduction="sum", alpha=2, l1=1, method=method
    )

    assert J == 193 + 33 + 19
    assert gradient.W[0].tolist() == [[66 + 3, 132 + 5], [-48, 24 - 3], [68 + 7, -104 + 3]]
    assert [c.tolist() for c in gradient.c] == DC


@EVERY_METHOD
def test_the_mean_divides_each_target_by_its_own_weight(method):
    """S = (1 + 3, 1): J = (81 + 48) / 4 + 64 / 1 = 96.25, and dJ_dc3 = (42 / 4, 16 / 1)."""
    J, gradient = loss_and_gradient(build(np.float64, *LAYERS), X, Y, "rss", sample_weight=WEIGHTS, method=method)

    assert J == 96.25
    assert gradient.c[2].tolist() == [10.5, 16]


@EVERY_METHOD
def test_a_logistic_model_at_its_middle_on_paper(method):
    """h = 0 for every row, so y_hat = 1/2: dL_dh = 1/2 - y, and dJ_dW is the mean of that times x.

    x = 2, 4, 6, 8 with y = 1, 0, 1, 0: ((-1/2) 2 + (1/2) 4 - (1/2) 6 + (1/2) 8) / 4 = 2 / 4; dJ_dc = 0.
    """
    network = build(np.float64, ([[0]], [0], "sigmoid"))

    J, gradient = loss_and_gradient(network, [[2], [4], [6], [8]], [1, 0, 1, 0], "log", method=method)

    assert pytest.approx(np.log(2), rel=2e-16) == J
    assert gradient.theta.tolist() == [0.5, 0]


@EVERY_METHOD
def test_a_softmax_of_equal_outputs_on_paper(method):
    """Four equal h: p = 1/4 each, so dL_dh = 1/4 but -3/4 for the class; times x = (4, -8)."""
    network = build(np.float64, (np.zeros((4, 2)), [7, 7, 7, 7], "softmax"))

    J, gradient = loss_and_gradient(network, [[4, -8]], [2], "cross_entropy", method=method)

    assert pytest.approx(np.log(4), rel=4e-16) == J
    assert gradient.W[0].tolist() == [[1, -2], [1, -2], [-3, 6], [1, -2]]
    assert gradient.c[0].tolist() == [0.25, 0.25, -0.75, 0.25]


def test_every_intermediate_of_the_first_observation_is_the_one_on_paper():
    """The names of the chapter hold the numbers of the comment: h, z, dL_dy_hat, dL_dh and dL_dz of each layer."""
    network = build(np.float64, *LAYERS)

    made = propagate_backward(network, np.array([1.0, 2.0]), np.array([3.0, -5.0]), LOSSES["rss"])

    assert [h.tolist() for h in made.h[1:]] == [[5, -1, 3], [12, 6], [12, 3]]
    assert [z.tolist() for z in made.z] == [[1, 2], [5, 0, 3], [12, 6], [12, 3]]
    assert made.loss.tolist() == [81, 64]
    assert made.dL_dy_hat.tolist() == [[18, 16]]
    assert {l: row.tolist() for l, row in made.dL_dh.items()} == {3: [[18, 16]], 2: [[2, 32]], 1: [[66, 0, -28]]}
    assert {l: row.tolist() for l, row in made.dL_dz.items()} == {
        2: [[2, 32]],
        1: [[66, -2, -28]],
        0: [[66 - 84, 132 - 28]],
    }
