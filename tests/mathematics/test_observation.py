"""Rung 2: one observation. Every gradient entry is a finite difference, and every Jacobian is what its name says."""

import numpy as np
import pytest

import cases
from naive import sigmoid
from pellucid.mathematics.activations import ACTIVATIONS, ELEMENTWISE, HIDDEN
from pellucid.mathematics.forward import propagate_forward
from pellucid.mathematics.losses import LOSSES, RSS, CrossEntropy
from pellucid.mathematics.observation import (
    loss_of_observation,
    make_dh_dc,
    make_dh_dW,
    make_dh_dz,
    make_dz_dh,
    propagate_backward,
)
from pellucid.mathematics.structure import Network

# Fourth-order central difference with step t: truncation t^4 f5/30 (fifth derivative) and rounding 1.5 eps |f| / t.
# With t = 5e-4 that is 2e-15 f5 + 3e-13 |f|. Only observations in which the largest entry of every gradient array is
# at least |f| / 500 are taken: then rounding is 2e-10 of it, and the limit of the design, 1e-9, leaves room for f5.
STEP = 5e-4
SMALLEST_GRADIENT = 1 / 500
LIMIT = 1e-9
KINKED = {name for name, block in ACTIVATIONS.items() if block.kinks} | {"elu"}  # the second derivative of ELU jumps


class KinkCrossed(Exception):
    """Two points of one stencil lie on different sides of a kink."""


def central_difference(f):
    """The derivative at 0 of f, a function of an offset; exactly 0 where f is constant."""
    return (8 * (f(STEP) - f(-STEP)) - (f(2 * STEP) - f(-2 * STEP))) / (12 * STEP)


def sides(network, h):
    """On which side of its kink every h stands, for the activations that have one."""
    return [h_l > 0 for f, h_l in zip(network.activations, h[1:], strict=True) if f.name in KINKED]


def difference(function, point):
    """The derivative of the scalar function(point) -> (value, sides) by every entry of the point."""
    home = function(point)[1]

    def at(i, offset):
        moved = point.copy()
        moved[i] += offset
        value, there = function(moved)
        if not all((a == b).all() for a, b in zip(there, home, strict=True)):
            raise KinkCrossed
        return value

    return np.array([central_difference(lambda offset, i=i: at(i, offset)) for i in range(point.size)])


def differentiate_numerically(network, x, y, loss, masks=None):
    """dL_dtheta, as a network, and dL_dx."""

    def value_at(theta, x):
        h, z = propagate_forward(network.with_parameters(theta), x, masks)
        residuals = [distance > 0 for distance in loss.from_kinks(y, z[-1])]
        return loss_of_observation(loss, y, h[-1], z[-1])[0].sum(), sides(network, h) + residuals

    by_theta = difference(lambda theta: value_at(theta, x), network.theta)
    return network.with_parameters(by_theta), difference(lambda x: value_at(network.theta, x), x)


def draw_observation(rng, head, hidden, depth, masked=False):
    """A network, an observation and its numerical derivatives, with every array's gradient felt and no kink crossed.

    With masks they come last: of every layer but the last, dropping two fifths.
    The choice looks only at the numerical derivatives, never at the ones that are tested.
    """
    loss = head.loss
    for _ in range(300):
        network = cases.make_network(rng, head, hidden, depth)
        if hidden == "sigmoid":  # its slope is 1/4 at most: four such layers would leave no gradient to measure
            network = network.with_parameters(3 * network.theta)
        x, y = rng.uniform(-1.5, 1.5, 3), cases.make_targets(rng, loss, 1)[0]
        masks = [rng.choice([0, 5 / 3], D, p=[0.4, 0.6]) for D in network.sizes[:-1]] if masked else None
        h, z = propagate_forward(network, x, masks)
        if max(np.abs(h_l).max() for h_l in h[1:]) > (2 if masked else 3):  # masks enlarge what a step moves, by 5/3
            continue  # far out the fifth derivative grows with the powers of h, and the slopes of tanh vanish
        try:
            numerical, by_x = differentiate_numerically(network, x, y, loss, masks)
        except KinkCrossed:
            continue
        value = loss_of_observation(loss, y, h[-1], z[-1])[0].sum()
        if all(np.abs(array).max() > SMALLEST_GRADIENT * value for array in (*numerical.W, *numerical.c, by_x)):
            return network, x, y, numerical, by_x, masks
    raise AssertionError("no observation with a gradient that can be measured in 300 draws")


# The covering set, and RSS behind every activation at every depth.
STRUCTURES = dict.fromkeys(
    [(case.head, case.hidden, case.depth) for case in cases.PAIRWISE]
    + [(cases.Head(RSS(), "linear"), hidden, depth) for hidden in HIDDEN for depth in cases.DEPTHS]
)


@pytest.mark.parametrize(("head", "hidden", "depth"), STRUCTURES, ids=str)
def test_every_gradient_entry_is_the_finite_difference_of_the_loss(head, hidden, depth, rng, close):
    """dL_dW and dL_dc of every layer, and dL_dz of the input, for every activation, loss and depth: to 1e-9."""
    check_observation(rng, close, head, hidden, depth)


@pytest.mark.verify
@pytest.mark.parametrize("depth", cases.DEPTHS)
@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("head", cases.HEADS, ids=str)
def test_every_gradient_entry_is_the_finite_difference_over_the_whole_product(head, hidden, depth, rng, close):
    """Every loss with every output activation, every hidden one and every depth."""
    if depth == 0 and hidden != HIDDEN[0]:
        return  # without hidden layers there is only one network, tested under the first name
    check_observation(rng, close, head, hidden, depth)


@pytest.mark.parametrize("depth", cases.DEPTHS)
@pytest.mark.parametrize("head", cases.PLAIN_HEADS, ids=str)
def test_given_masks_every_gradient_entry_is_the_finite_difference_of_the_loss(head, depth, rng, close):
    """The same with some inputs and units of every hidden layer dropped, to 1e-9 as well."""
    check_observation(rng, close, head, "tanh" if depth % 2 else "gelu", depth, masked=True)


def check_observation(rng, close, head, hidden, depth, masked=False):
    network, x, y, numerical, by_x, masks = draw_observation(rng, head, hidden, depth, masked)

    made = propagate_backward(network, x, y, head.loss, masks=masks)

    where = f"{head}, {hidden}, depth {depth}, {'masked' if masked else 'no masks'}"
    for l in range(1, depth + 2):
        close("2, finite differences", made.dL_dW[l], numerical.W[l - 1], LIMIT, f"dL_dW of layer {l}, {where}")
        close("2, finite differences", made.dL_dc[l], numerical.c[l - 1], LIMIT, f"dL_dc of layer {l}, {where}")
    close("2, finite differences", made.dL_dz[0][0], by_x, LIMIT, f"dL_dz of the input, {where}")


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_slope_is_the_finite_difference_of_its_value(name, close):
    """f'(h) on a grid from -6 to 6, a tenth away from 0, where every value is still curved."""
    h = np.concatenate([np.linspace(-6, -0.1, 60), np.linspace(0.1, 6, 60)])
    block = ACTIVATIONS[name]

    numerical = central_difference(lambda offset: block.value(h + offset))

    close("2, slopes", block.slope(h), numerical, LIMIT, name)


@pytest.mark.parametrize("loss", cases.LOSSES, ids=repr)
def test_every_loss_derivative_is_the_finite_difference_of_its_value(loss, rng, close):
    """dL_dy_hat of the formula as written, at y_hat from 0.2 to 0.8, where log and 1/y_hat are smooth enough.

    The fifth derivative of log y_hat at 0.2 is 24 / 0.2^5 = 7.5e4: truncation 2.5e-9 / 5 of the first, 1 / 0.2, at
    STEP = 1e-3. A quarter of the step divides that by 256, and leaves a rounding of 1e-12.
    """
    n = cases.n_outputs(loss, 3)
    for _ in range(100):
        Y, Y_hat = cases.make_targets(rng, loss, 3), rng.uniform(0.2, 0.8, (3, n))
        if all(np.abs(distance).min() > 2 * STEP for distance in loss.from_kinks(Y, Y_hat)):
            break

    def at(d, offset):
        return loss.value(Y, Y_hat + offset / 4 * np.eye(n)[d]).sum(axis=1)

    numerical = np.stack([4 * central_difference(lambda offset, d=d: at(d, offset)) for d in range(n)], axis=1)

    close("2, loss derivatives", loss.derivative(Y, Y_hat), numerical, LIMIT, loss)


def hand_made(head):
    network = cases.make_network(np.random.default_rng(3), head, "tanh", 2)
    return network, np.array([0.5, -1.0, 2.0]), cases.make_targets(np.random.default_rng(4), head.loss, 1)[0]


@pytest.mark.parametrize("head", cases.HEADS, ids=str)
def test_every_jacobian_has_the_shape_that_its_name_promises(head):
    """dL_dy_hat (1, D_y), dz_dh (D_l, D_l), dh_dW (D_l, D_l, D_{l-1}), dh_dc (D_l, D_l), dL_dh (1, D_l), dL_dW as W."""
    network, x, y = hand_made(head)
    made = propagate_backward(network, x, y, head.loss)

    D = network.sizes
    assert made.dL_dy_hat.shape == (1, D[-1])
    assert made.loss.shape == y.shape == (head.loss.n_targets(D[-1]),)
    assert made.h[0] is None
    assert [z.shape for z in made.z] == [(D_l,) for D_l in D]
    assert made.dL_dz[0].shape == (1, D[0])
    for l, layer in enumerate(network.layers, start=1):
        assert made.dL_dh[l].shape == (1, D[l])
        assert made.dL_dW[l].shape == layer.W.shape == (D[l], D[l - 1])
        assert made.dL_dc[l].shape == layer.c.shape == (D[l],)
        assert make_dz_dh(layer.activation, made.h[l]).shape == (D[l], D[l])
        assert make_dh_dW(made.z[l - 1], D[l]).shape == (D[l], D[l], D[l - 1])
        assert make_dh_dc(D[l]).shape == (D[l], D[l])
        assert make_dh_dz(layer.W).shape == (D[l], D[l - 1])
    assert made.theta.shape == network.theta.shape


def test_dh_dW_has_z_in_row_i_of_slice_i_and_zeros_elsewhere():
    """The text's tensor; a circulating implementation fills every row."""
    z = np.array([2.0, -3.0, 5.0])

    T = make_dh_dW(z, 2)

    assert T.tolist() == [[[2, -3, 5], [0, 0, 0]], [[0, 0, 0], [2, -3, 5]]]


def test_dh_dc_is_the_identity_and_dh_dz_is_W_itself():
    """Each intercept enters its own h only; dh_dz is not a copy and not transposed."""
    W = np.arange(6.0).reshape(2, 3)

    assert (make_dh_dc(3) == np.eye(3)).all()
    assert make_dh_dz(W) is W


@pytest.mark.parametrize("name", [*ELEMENTWISE, "softmax"])
def test_dz_dh_is_diagonal_for_elementwise_activations_and_full_for_softmax(name, close):
    """And in both cases the finite difference of z by every h."""
    h = np.array([0.5, -1.25, 2.0])
    block = ACTIVATIONS[name]

    columns = [central_difference(lambda t, e=e: block.value(h + t * e)) for e in np.eye(3)]
    numerical = np.stack(columns, axis=1)
    dz_dh = make_dz_dh(block, h)

    close("2, slopes", dz_dh, numerical, LIMIT, f"dz_dh of {name}")
    off_diagonal = dz_dh[~np.eye(3, dtype=bool)]
    assert (off_diagonal == 0).all() if block.elementwise else (off_diagonal < 0).all()


@pytest.mark.parametrize("head", [head for head in cases.HEADS if head.loss.paired], ids=str)
def test_the_factored_form_is_the_paired_form_where_it_is_finite(head, rng, close):
    """dL_dy_hat · dz_dh = dL_dh at |h| < 5 to 1e-12: beside 1 - y_hat = 0.007 the ulp of 1 is 3e-14 of it."""
    loss, block = head.loss, ACTIVATIONS.get(head.output, head.output)
    n = cases.n_outputs(loss, 3)
    for _ in range(20):
        h = rng.uniform(-2.5, 2.5, n) if isinstance(loss, CrossEntropy) else rng.uniform(-5, 5, n)
        y = cases.make_targets(rng, loss, 1)[0]
        _, dL_dy_hat = loss_of_observation(loss, y, h, block.value(h))

        factored = dL_dy_hat @ make_dz_dh(block, h)

        close("2, factored = paired", factored[0], loss.dL_dH(y, h), 1e-12, f"{head} at h = {h}")


def test_the_full_jacobian_of_softmax_times_the_derivative_of_cross_entropy_is_p_minus_y():
    """With h = log(1, 2, 5) p = (1, 2, 5)/8, so for class 1: (1/8, 2/8 - 1, 5/8)."""
    h = np.log([1.0, 2.0, 5.0])
    loss, softmax = LOSSES["cross_entropy"], ACTIVATIONS["softmax"]

    product = loss.derivative(np.array([1.0]), softmax.value(h))[None, :] @ softmax.jacobian(h)

    assert product[0] == pytest.approx([0.125, -0.75, 0.625], rel=1e-15)


@pytest.mark.parametrize("h", [37.0, -37.0, 750.0, -750.0])
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_the_gradient_of_a_paired_loss_is_right_at_any_h(h, y):
    """A sigmoid with log loss and a softmax of (h, 0), which is the same model: y_hat - y to the last bits."""
    expected = h * (sigmoid(h) if y == 0 else -sigmoid(-h))  # dL_dW = dL_dh x, with x = h and W = 1
    one = Network([1, 1], ["sigmoid"], np.array([1.0, 0.0]))
    two = Network([1, 2], ["softmax"], np.array([1.0, 0.0, 0.0, 0.0]))

    by_log = propagate_backward(one, np.array([h]), np.array([y]), LOSSES["log"])
    by_softmax = propagate_backward(two, np.array([h]), np.array([1 - y]), LOSSES["cross_entropy"])

    assert by_log.dL_dW[1].item() == pytest.approx(expected, rel=1e-14, abs=0)
    assert by_softmax.dL_dW[1].ravel() == pytest.approx([expected, -expected], rel=1e-14, abs=0)
    assert by_log.loss == pytest.approx(by_softmax.loss, rel=1e-14, abs=0)


def test_coefficients_weigh_targets_in_the_gradient_but_not_in_the_loss_reported():
    """The differentiated number is sum_d coefficient_d L_d: 2, 0 and 1 give dL_dh (2 g_1, 0, g_3)."""
    network, x, y = hand_made(cases.Head(RSS(), "linear"))

    plain = propagate_backward(network, x, y, LOSSES["rss"])
    weighted = propagate_backward(network, x, y, LOSSES["rss"], np.array([2.0, 0.0, 1.0]))

    assert (weighted.dL_dh[3] == plain.dL_dh[3] * [2, 0, 1]).all()
    assert (weighted.loss == plain.loss).all()
    assert (weighted.dL_dy_hat == plain.dL_dy_hat).all()
