"""Numerical derivatives of J: 4th-order central differences that recognise kinks and their own rounding errors.

    dJ/dtheta_i = (8 (J(+s) - J(-s)) - (J(+2s) - J(-2s))) / (12 s) + O(s^4)      (Fornberg, 1988, table 1)

Only the way forward is used: nothing of back propagation is in these numbers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pellucid.mathematics.batch import losses_of_batch
from pellucid.mathematics.forward import propagate_forward_batch
from pellucid.mathematics.objective import (
    Objective,
    Observations,
    fill_missing,
    penalty,
    target_totals,
    weighted_sums,
)
from pellucid.mathematics.structure import Gradient, Network

EPS = float(np.finfo(np.float64).eps)
STEP = EPS**0.2  # balances s^4 against eps/s
SHRINK = 8.0  # each step an eighth of the one before: where J bends sharply or a kink is near, a smaller one is right
N_STEPS = 4  # the finest, a 500th of the first, still tells a derivative to 1e-7 of J
RESOLUTION = 1e-4  # of the largest of the array: what an entry must be known to, to be compared
ROUNDING = 20 * EPS  # of the size of J over the step: what rounding J four times can do to a difference


class Evaluation(NamedTuple):
    """J at one theta, and what tells how far it can be relied on."""

    J: float
    loss: float  # J without penalties
    sides: list[np.ndarray]  # of each layer with kinks, whether h lies above each of them; then those of the loss
    H: np.ndarray  # of the last layer


class Difference(NamedTuple):
    """One central difference, the size of what it is made of, and how fast J moves to either side."""

    value: float
    size: float  # of the largest J subtracted and of the terms within it: what rounding is a share of
    slope: float  # the largest |J(theta + k s) - J(theta)| / s


class Derivative(NamedTuple):
    """One entry: its numerical derivative, how far that can be off, and whether J is level there.

    J is level if it does not move by one bit, or to both sides alike as at the bottom of a bowl.
    """

    value: float
    uncertainty: float
    level: bool = False


class Counted(NamedTuple):
    """The derivatives of the entries of one array, and how many had to be left out."""

    places: np.ndarray  # flat indices into theta
    values: np.ndarray
    uncertainties: np.ndarray
    level: np.ndarray  # J is level, and no more can be told: of a gradient of exactly 0, and of no other
    n_kinks: int
    n_unresolved: int


class NumericalObjective:
    """J as a function of theta alone, and on which side of its kinks every neuron is."""

    def __init__(self, network: Network, objective: Objective, data: Observations):
        self.network, self.objective, self.data = network, objective, data
        self.totals = target_totals(data.Y, data.w)
        self.filled = fill_missing(data.Y)
        weights = Gradient(np.zeros(network.theta.size), network.sizes)
        for W in weights.W:
            W[...] = 1
        self.is_weight = weights.theta > 0
        self.reach = np.maximum(1.0, largest_inputs(network, data.X))
        self.theta = network.theta.astype(np.float64)
        self.here = self.evaluate(self.theta)
        self.J = self.here.J

    def evaluate(self, theta: np.ndarray) -> Evaluation:
        """J by the way forward alone."""
        network = self.network.with_parameters(theta)
        H, Z = propagate_forward_batch(network, self.data.X)
        losses = losses_of_batch(self.objective.loss, self.filled, H[-1], Z[-1])
        sums = weighted_sums(self.data.Y, self.data.w, losses)
        J = self.objective.total(self.objective.average(sums, self.totals))
        sides = [
            H_l > kink for H_l, f in zip(H[1:], network.activations, strict=True) for kink in f.kinks if H_l is not None
        ]
        sides += [distance > 0 for distance in self.objective.loss.from_kinks(self.filled, Z[-1])]
        return Evaluation(J + penalty(self.objective, network), J, sides, np.asarray(H[-1]))

    def size(self, there: Evaluation) -> float:
        """Of J and of the terms within it: what rounding is a share of, also where the terms cancel to a small J.

        A loss near its least is a difference of terms that move as h does, as exp(h) - 1 and h in a deviance, and moves
        itself with the square of h. So the move of its terms is its own over the move of h.
        """
        move = np.abs(there.H - self.here.H).max(initial=0.0)
        largest_h = max(1.0, np.abs(there.H).max(initial=0.0))
        of_terms = abs(there.loss - self.here.loss) / move * largest_h if move > 0 else 0.0
        return float(abs(there.J) + of_terms)

    def difference(self, i: int, step: float) -> Difference | None:
        """The 4th-order central difference by theta_i; None if a kink lies between the points."""
        if self.objective.l1 > 0 and self.is_weight[i] and abs(self.theta[i]) <= 2 * step:
            return None  # |W| has its kink at 0
        values, sizes = {}, []
        for k in (-2, -1, 1, 2):
            moved = self.theta.copy()
            moved[i] += k * step
            there = self.evaluate(moved)
            if any((now != before).any() for now, before in zip(there.sides, self.here.sides, strict=True)):
                return None
            values[k] = there.J
            sizes.append(self.size(there))
        value = (8 * (values[1] - values[-1]) - (values[2] - values[-2])) / (12 * step)
        return Difference(value, max(sizes), max(abs(J - self.J) for J in values.values()) / step)

    def derivative(self, i: int) -> Derivative | None:
        """The difference of the step whose neighbour agrees best with it; None if every step meets a kink."""
        step = STEP * max(1.0, abs(self.theta[i])) / self.reach[i]
        steps = [step / SHRINK**k for k in range(N_STEPS)]
        found = [(s, difference) for s in steps if (difference := self.difference(i, s)) is not None]
        if not found:
            return None
        if len(found) == 1:
            return Derivative(found[0][1].value, np.inf)  # nothing tells whether this step is small enough
        gaps = [abs(found[k][1].value - found[k + 1][1].value) for k in range(len(found) - 1)]
        best = int(np.argmin(gaps))
        # Of the pair the finer one, known to twice their gap: where a slope bends (ELU at 0) the error falls with the
        # step alone, and an eighth of the step leaves a seventh of the gap.
        s, (value, size, slope) = found[best + 1]
        uncertainty = ROUNDING * size / s + 2 * gaps[best]
        flat = all(difference.value == 0 for _, difference in found)
        return Derivative(value, uncertainty, flat or max(abs(value), uncertainty) <= RESOLUTION * slope)

    def derivatives(self, places: np.ndarray) -> Counted:
        """The derivatives by theta at these places; what cannot be told is left out and counted.

        An entry is unresolved if J, in this precision, does not say its derivative to 1e-4 of the largest of them: the
        figures alone decide this, never the gradient that they are compared with. Where J is level it may still be 0,
        which is marked.
        """
        found = {int(i): self.derivative(int(i)) for i in places}
        known = {i: d for i, d in found.items() if d is not None}
        largest = max((abs(d.value) for d in known.values()), default=0.0)
        resolution = RESOLUTION * largest
        kept = {i: d for i, d in known.items() if d.level or d.uncertainty <= resolution}
        return Counted(
            np.array(list(kept), np.int64),
            np.array([d.value for d in kept.values()]),
            np.array([d.uncertainty for d in kept.values()]),
            np.array([d.level and d.uncertainty > resolution for d in kept.values()], bool),
            n_kinks=len(found) - len(known),
            n_unresolved=len(known) - len(kept),
        )


def largest_inputs(network: Network, X: np.ndarray) -> np.ndarray:
    """For each weight the largest |z| that it multiplies, 1 for intercepts: a step moves h by so much more."""
    Z = propagate_forward_batch(network, X)[1]
    reach = Gradient(np.ones(network.theta.size), network.sizes)
    for W, z in zip(reach.W, Z[:-1], strict=True):
        W[...] = np.abs(z).max(axis=0)
    return reach.theta
