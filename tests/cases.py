"""Networks, data and covering sets of cases for the ladder of tests."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from pellucid.mathematics.activations import ELEMENTWISE, HIDDEN
from pellucid.mathematics.losses import LOSSES
from pellucid.mathematics.objective import Objective, Observations, target_totals
from pellucid.mathematics.structure import Network

# Every loss with every output activation that it takes: found here, so a new block is tested as soon as it exists.
HEADS = tuple(
    (loss.name, name)
    for loss in LOSSES.values()
    for name in (ELEMENTWISE if not loss.paired else (loss.output_activation,))
)
DEPTHS = (0, 1, 2, 3, 4)
WIDTHS = (4, 5, 3, 6)  # of the hidden layers, all different, so that a transposed matrix shows

FACTORS = {
    "head": HEADS,
    "hidden": HIDDEN,
    "depth": DEPTHS,
    "weights": ("none", "given", "zero"),
    "missing": ("none", "some", "a whole column"),
    "penalty": ((0.0, 0.0), (0.3, 0.0), (0.2, 0.1)),
    "D_y": (1, 3),
    "reduction": ("mean", "sum"),
    "target_weights": (False, True),
}


@dataclass(frozen=True)
class Case:
    """One combination of everything that changes the objective."""

    head: tuple[str, str]
    hidden: str
    depth: int
    weights: str
    missing: str
    penalty: tuple[float, float]
    D_y: int
    reduction: str
    target_weights: bool

    def __str__(self):
        loss, output = self.head
        return (
            f"{loss}-{output}-{self.hidden}-{self.depth}-D_y{self.D_y}-weights:{self.weights}-missing:{self.missing}-"
            f"alpha{self.penalty[0]}-l1:{self.penalty[1]}-{self.reduction}-lambda:{self.target_weights}"
        )


def all_pairs(factors):
    """A short list of rows in which any two values of any two factors meet: greedy, deterministic, no library.

    Each new row starts from the first pair not yet met and takes, factor by factor, the value that meets most of
    those that are left (the least used one among equals).
    """
    names = list(factors)
    left = {
        ((i, a), (j, b))
        for i, j in combinations(range(len(names)), 2)
        for a, b in product(range(len(factors[names[i]])), range(len(factors[names[j]])))
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
                new = sum(tuple(sorted(((i, a), other))) in left for other in row.items())
                gains.append((-new, used.get((i, a), 0), a))
            row[i] = min(gains)[2]
        for pair in combinations(sorted(row.items()), 2):
            left.discard(pair)
        for item in row.items():
            used[item] = used.get(item, 0) + 1
        rows.append({names[i]: factors[names[i]][a] for i, a in row.items()})
    return rows


PAIRWISE = [Case(**row) for row in all_pairs(FACTORS)]


def whole_product(**fixed):
    """Every combination, with the given factors held fast."""
    free = {name: ([fixed[name]] if name in fixed else values) for name, values in FACTORS.items()}
    for row in product(*free.values()):
        yield Case(**dict(zip(free, row, strict=True)))


def make_network(rng, head, hidden, depth, D_y=3, D_x=3, dtype="float64"):
    """A network with intercepts that are not 0; cross-entropy has 4 outputs whatever D_y, its number of targets."""
    loss, output = head
    D_out = 4 if loss == "cross_entropy" else D_y
    network = Network.initialise(
        [D_x, *WIDTHS[:depth], D_out], [hidden] * depth + [output], random_state=rng, dtype="float64"
    )
    theta = network.theta + rng.uniform(-0.3, 0.3, network.theta.shape)
    return network.with_parameters(theta.astype(dtype))


def make_targets(rng, head, N, D_y=3):
    """Targets in the loss's domain: any number, a label in [0, 1] (0 and 1 among them), the number of a class."""
    loss = head[0]
    if loss == "rss":
        return rng.normal(size=(N, D_y))
    if loss == "log":
        return rng.choice([0.0, 1.0, 0.3], size=(N, D_y))
    if loss == "cross_entropy":
        return rng.integers(0, 4, size=(N, 1)).astype(np.float64)
    raise NotImplementedError(f"No targets for the loss {loss}: add its domain here.")


@dataclass
class Problem:
    """A case made concrete. `sample_weight` may hold zeros; `data` has those rows left out."""

    case: Case
    network: Network
    X: np.ndarray
    Y: np.ndarray
    sample_weight: np.ndarray | None
    objective: Objective

    @property
    def data(self):
        w = np.ones(len(self.X)) if self.sample_weight is None else self.sample_weight
        return Observations(self.X[w > 0], self.Y[w > 0], w[w > 0])

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

    network = make_network(rng, case.head, case.hidden, case.depth, case.D_y)
    network = network.with_parameters(in_float32(network.theta))
    X, Y = in_float32(rng.normal(size=(N, 3))), in_float32(make_targets(rng, case.head, N, case.D_y))
    n_targets = Y.shape[1]
    if case.missing != "none":
        Y[rng.integers(0, N, 3), rng.integers(0, n_targets, 3)] = np.nan
        Y[0, 0] = np.nan
    if case.missing == "a whole column" and n_targets > 1:
        Y[:, 1] = np.nan
    w = None if case.weights == "none" else in_float32(rng.uniform(0.5, 2.0, N))
    if case.weights == "zero":
        w[[1, N - 1]] = 0
    lambdas = tuple(float(v) for v in in_float32(rng.uniform(0.5, 2, n_targets))) if case.target_weights else None
    objective = Objective(LOSSES[case.head[0]], lambdas, *case.penalty, case.reduction)
    return Problem(case, network, X, Y, w, objective)


def arrays_of(gradient):
    """(name, array) of every W and c of a gradient or network, for comparing array by array."""
    for l, (W, c) in enumerate(zip(gradient.W, gradient.c, strict=True), start=1):
        yield f"W{l}", W
        yield f"c{l}", c


def to_lists(network):
    """The network as tests/naive.py takes it."""
    return [(W.tolist(), c.tolist(), f.name) for W, c, f in zip(network.W, network.c, network.activations, strict=True)]


def from_lists(gradients):
    """Flat vector of naive's [(dL_dW, dL_dc), ...]."""
    return np.concatenate([np.concatenate([np.ravel(dW), np.ravel(dc)]) for dW, dc, *_ in gradients])
