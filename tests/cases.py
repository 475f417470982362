"""Networks, data and covering sets of cases for the ladder of tests."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any, NamedTuple

import numpy as np

from pellucid.mathematics import losses
from pellucid.mathematics.activations import ELEMENTWISE, HIDDEN
from pellucid.mathematics.losses import (
    RSS,
    Absolute,
    CrossEntropy,
    Gamma,
    Huber,
    Log,
    LogLink,
    Loss,
    PerTarget,
    Poisson,
    Quantile,
    Tweedie,
    get_loss,
)
from pellucid.mathematics.objective import Objective, Observations, target_totals
from pellucid.mathematics.structure import Network

# Every loss at its default, found here, so a new block is tested as soon as it exists; other numbers; mixed lists.
LOSSES = (
    *losses.LOSSES.values(),
    Huber(0.3), Quantile(0.1, 0.5, 0.9), Tweedie(1.3), Log(0.1), CrossEntropy(0.1),
    PerTarget([RSS(), Poisson(), Quantile(0.1, 0.9)], ["sigmoid", "exponential", "linear"]),
    PerTarget([Log(0.1), Absolute(), Gamma()]),
)  # fmt: skip
N_CLASSES = 4


class Head(NamedTuple):
    """A loss, and the activation of the last layer: a name, or the PerOutput of a loss for each target."""

    loss: Loss
    output: Any

    def __str__(self):
        output = self.output if isinstance(self.output, str) else self.output.name.replace(", ", "+")
        return f"{self.loss!r}-{output}".replace(" ", "")


ITS_OWN = "its own"  # the one output activation of a paired loss


def takes(loss, output):
    """Whether the loss goes with this value of the factor "output"."""
    return loss.paired == (output == ITS_OWN)


def head_of(loss, output):
    """The head of two values of the factors "loss" and "output"."""
    if output == ITS_OWN:
        output = loss.last_activation if isinstance(loss, PerTarget) else loss.output_activation
    return Head(loss, output)


# Every loss with every output activation that it takes.
OUTPUTS = (*ELEMENTWISE, ITS_OWN)
HEADS = tuple(head_of(loss, output) for loss in LOSSES for output in OUTPUTS if takes(loss, output))
# Each loss with its own output activation, and RSS with each: what is enough where nothing is weighted.
PLAIN_HEADS = tuple(head for head in HEADS if head.loss == RSS() or head.loss.paired or head.output == "linear")
DEPTHS = (0, 1, 2, 3, 4)
WIDTHS = (4, 5, 3, 6)  # of the hidden layers, all different, so that a transposed matrix shows

FACTORS = {
    "loss": LOSSES,
    "output": OUTPUTS,
    "hidden": HIDDEN,
    "depth": DEPTHS,
    "weights": ("none", "given", "zero", "by target"),
    "missing": ("none", "some", "a whole column"),
    "penalty": ((0.0, 0.0), (0.3, 0.0), (0.2, 0.1)),
    "D_y": (1, 3),
    "reduction": ("mean", "sum"),
    "target_weights": (False, True),
}


@dataclass(frozen=True)
class Case:
    """One combination of everything that changes the objective."""

    head: Head
    hidden: str
    depth: int
    weights: str
    missing: str
    penalty: tuple[float, float]
    D_y: int
    reduction: str
    target_weights: bool

    def __str__(self):
        return (
            f"{self.head}-{self.hidden}-{self.depth}-D_y{self.D_y}-weights:{self.weights}-missing:{self.missing}-"
            f"alpha{self.penalty[0]}-l1:{self.penalty[1]}-{self.reduction}-lambda:{self.target_weights}"
        )


def can_meet(one, other):
    """Whether two (factor, value) can stand in one case: a loss meets only the output activations that it takes."""
    both = dict((one, other))
    return not {"loss", "output"} <= both.keys() or takes(both["loss"], both["output"])


# Pairs of factors that no formula joins: a hidden layer knows of the loss and of the outputs only dL_dZ. They make two
# thirds of the whole covering set, and need not meet in the short one.
APART = (("loss", "hidden"), ("output", "hidden"))


def all_pairs(factors, apart=()):
    """A short list of rows in which any two values that can meet, of any two factors that are not apart, do.

    Greedy and deterministic: each new row starts from the first pair not yet met and takes, factor by factor, the value
    that meets most of those that are left (the least used one among equals).
    """
    names = list(factors)

    def named(item):
        return names[item[0]], factors[names[item[0]]][item[1]]

    left = {
        ((i, a), (j, b))
        for i, j in combinations(range(len(names)), 2)
        if (names[i], names[j]) not in apart
        for a, b in product(range(len(factors[names[i]])), range(len(factors[names[j]])))
        if can_meet(named((i, a)), named((j, b)))
    }
    order = sorted(left)
    used = {}
    rows = []
    for first in order:
        if first not in left:
            continue
        row = dict(first)
        for i in sorted(set(range(len(names))) - set(row), key=lambda i: -len(factors[names[i]])):
            gains = []
            for a in range(len(factors[names[i]])):
                if not all(can_meet(named((i, a)), named(item)) for item in row.items()):
                    continue
                new = sum(tuple(sorted(((i, a), other))) in left for other in row.items())
                gains.append((-new, used.get((i, a), 0), a))
            row[i] = min(gains)[2]
        for pair in combinations(sorted(row.items()), 2):
            left.discard(pair)
        for item in row.items():
            used[item] = used.get(item, 0) + 1
        rows.append({names[i]: factors[names[i]][a] for i, a in row.items()})
    return rows


def make_cases(rows):
    """Rows of all factors as cases."""
    return [Case(head_of(row.pop("loss"), row.pop("output")), **row) for row in rows]


PAIRWISE = make_cases(all_pairs(FACTORS, APART))  # what `make test` runs
# For training runs: behind exponential outputs a few large steps from random weights leave the range of floats.
TAME = [case for case in PAIRWISE if "exponential" not in str(case.head)]
EVERY_PAIR = make_cases(all_pairs(FACTORS))  # in `make verify`


IN_TURN = ("missing", "D_y", "reduction", "target_weights")


def whole_product(head, **fixed):
    """Every combination for one head, with the given factors held fast: of hidden, depth, weights and penalty.

    The 36 combinations of the other factors follow in turn, from a place of the head's own: all of them would be half a
    million cases, and what they change, rows and scales, knows neither activation nor depth.
    """
    free = {name: ([fixed[name]] if name in fixed else values) for name, values in FACTORS.items()}
    del free["loss"], free["output"]
    others = list(product(*(free.pop(name) for name in IN_TURN)))
    start = zlib.crc32(f"{head} {fixed}".encode())
    for i, row in enumerate(product(*free.values())):
        # 7 has no divisor in common with their number, so that all are met.
        other = others[(start + 7 * i) % len(others)]
        yield Case(head, **dict(zip(free, row, strict=True)), **dict(zip(IN_TURN, other, strict=True)))


def n_outputs(loss, D_y):
    """The outputs of a network for D_y targets; classes and a loss for each target have their own number."""
    if isinstance(loss, CrossEntropy):
        return N_CLASSES
    if isinstance(loss, PerTarget):
        return sum(part.outputs_per_target for part in loss.losses)
    return D_y * loss.outputs_per_target


def make_network(rng, head, hidden, depth, D_y=3, D_x=3, dtype="float64"):
    """A network with intercepts that are not 0, for D_y targets. A head may also be a pair of names."""
    sizes = [D_x, *WIDTHS[:depth], n_outputs(get_loss(head[0]), D_y)]
    network = Network.initialise(sizes, [hidden] * depth + [head[1]], random_state=rng, dtype="float64")
    theta = network.theta + rng.uniform(-0.3, 0.3, network.theta.shape)
    return network.with_parameters(theta.astype(dtype))


def make_targets(rng, loss, N, D_y=3):
    """Targets in the loss's domain: numbers, counts and amounts with 0 among them, labels from 0 to 1, classes."""
    match get_loss(loss):
        case PerTarget() as several:
            return np.concatenate([make_targets(rng, part, N, 1) for part in several.losses], axis=1)
        case CrossEntropy():
            return rng.integers(0, N_CLASSES, size=(N, 1)).astype(np.float64)
        case Log():
            return rng.choice([0.0, 1.0, 0.3], size=(N, D_y))
        case Poisson():
            return rng.poisson(1.5, size=(N, D_y)).astype(np.float64)
        case LogLink() as amounts:
            nothing = rng.random((N, D_y)) < 0.3 if amounts.power < 2 else False
            return np.where(nothing, 0.0, rng.gamma(2.0, 1.0, size=(N, D_y)))
        case _:
            return rng.normal(size=(N, D_y))


@dataclass
class Problem:
    """A case made concrete. `sample_weight` may hold zeros; `data` has those rows, and those targets, left out."""

    case: Case
    network: Network
    X: np.ndarray
    Y: np.ndarray
    sample_weight: np.ndarray | None
    objective: Objective

    @property
    def data(self):
        w = np.ones(len(self.X)) if self.sample_weight is None else self.sample_weight
        if w.ndim == 1:
            return Observations(self.X[w > 0], self.Y[w > 0], w[w > 0])
        kept = (w > 0).any(axis=1)
        return Observations(self.X[kept], np.where(w > 0, self.Y, np.nan)[kept], np.where(w > 0, w, 1.0)[kept])

    @property
    def totals(self):
        return target_totals(self.data.Y, self.data.w)

    @property
    def arguments(self):
        """For `loss_and_gradient`, after the network."""
        return {
            "X": self.X,
            "Y": self.Y,
            "loss": self.objective.loss,
            "sample_weight": self.sample_weight,
            "target_weights": self.objective.target_weights,
            "alpha": self.objective.alpha,
            "l1": self.objective.l1,
            "reduction": self.objective.reduction,
        }


def make_problem(rng, case, N=11):
    """All numbers are exact in float32, so that both types get the same problem."""

    def in_float32(array):
        return array.astype(np.float32).astype(np.float64)

    loss = get_loss(case.head[0])
    network = make_network(rng, case.head, case.hidden, case.depth, case.D_y)
    network = network.with_parameters(in_float32(network.theta))
    X, Y = in_float32(rng.normal(size=(N, 3))), in_float32(make_targets(rng, loss, N, case.D_y))
    n_targets = Y.shape[1]
    if case.missing != "none":
        Y[rng.integers(0, N, 3), rng.integers(0, n_targets, 3)] = np.nan
        Y[0, 0] = np.nan
    if case.missing == "a whole column" and n_targets > 1:
        Y[:, 1] = np.nan
    w = None if case.weights == "none" else in_float32(rng.uniform(0.5, 2.0, N))
    if case.weights == "by target":
        w = in_float32(rng.uniform(0.5, 2.0, Y.shape))
        w[2, 0] = w[1] = 0
    if case.weights == "zero":
        w[[1, N - 1]] = 0
    lambdas = tuple(float(v) for v in in_float32(rng.uniform(0.5, 2, n_targets))) if case.target_weights else None
    objective = Objective(loss, lambdas, *case.penalty, case.reduction)
    return Problem(case, network, X, Y, w, objective)


def arrays_of(gradient):
    """(name, array) of every W and c of a gradient or network, for comparing array by array."""
    for l, (W, c) in enumerate(zip(gradient.W, gradient.c, strict=True), start=1):
        yield f"W{l}", W
        yield f"c{l}", c


def to_lists(network):
    """The network as tests/naive.py takes it."""
    names = [getattr(f, "activations", None) or f.name for f in network.activations]
    names = [name if isinstance(name, str) else [f.name for f in name] for name in names]
    return [(W.tolist(), c.tolist(), name) for W, c, name in zip(network.W, network.c, names, strict=True)]


def to_naive(loss):
    """The loss as tests/naive.py takes it: its name and its numbers, or a list of these."""
    match get_loss(loss):
        case PerTarget() as several:
            return [to_naive(part) for part in several.losses]
        case Huber(delta):
            return "huber", delta
        case Quantile() as quantiles:
            return "quantile", *quantiles.q
        case Tweedie(power):
            return "tweedie", power
        case Log(smoothing) | CrossEntropy(smoothing) as labels:
            return labels.name, smoothing
        case other:
            return (other.name,)


def from_lists(gradients):
    """Flat vector of naive's [(dL_dW, dL_dc), ...]."""
    return np.concatenate([np.concatenate([np.ravel(dW), np.ravel(dc)]) for dW, dc, *_ in gradients])
