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
ROUNDING = 20 * EPS  # of J over the step: what rounding J four times can do to a difference


class Derivative(NamedTuple):
    """One entry: its numerical derivative, how far that can be off, and whether J did not move by one bit."""

    value: float
    uncertainty: float
    flat: bool = False


class Counted(NamedTuple):
    """The derivatives of the entries of one array, and how many had to be left out."""

    places: np.ndarray  # flat indices into theta
    values: np.ndarray
    uncertainties: np.ndarray
    flat: np.ndarray  # J did not move by one bit: that tells of a gradient of exactly 0, and of no other
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
        self.J, self.sides = self.evaluate(self.theta)

    def evaluate(self, theta: np.ndarray) -> tuple[float, list[np.ndarray]]:
        """J, and for each layer with kinks whether h lies above each of them."""
        network = self.network.with_parameters(theta)
        H, Z = propagate_forward_batch(network, self.data.X)
        losses = losses_of_batch(self.objective.loss, self.filled, H[-1], Z[-1])
        sums = weighted_sums(self.data.Y, self.data.w, losses)
        J = self.objective.total(self.objective.average(sums, self.totals)) + penalty(self.objective, network)
        sides = [
            H_l > kink for H_l, f in zip(H[1:], network.activations, strict=True) for kink in f.kinks if H_l is not None
        ]
        return J, sides + [distance > 0 for distance in self.objective.loss.from_kinks(self.filled, Z[-1])]

    def difference(self, i: int, step: float) -> float | None:
        """The 4th-order central difference by theta_i; None if a kink lies between the points."""
        if self.objective.l1 > 0 and self.is_weight[i] and abs(self.theta[i]) <= 2 * step:
            return None  # |W| has its kink at 0
        values = {}
        for k in (-2, -1, 1, 2):
            moved = self.theta.copy()
            moved[i] += k * step
            values[k], sides = self.evaluate(moved)
            if any((now != before).any() for now, before in zip(sides, self.sides, strict=True)):
                return None
        return (8 * (values[1] - values[-1]) - (values[2] - values[-2])) / (12 * step)

    def derivative(self, i: int) -> Derivative | None:
        """The difference of the step whose neighbour agrees best with it; None if every step meets a kink."""
        step = STEP * max(1.0, abs(self.theta[i])) / self.reach[i]
        steps = [step / SHRINK**k for k in range(N_STEPS)]
        found = [(s, value) for s in steps if (value := self.difference(i, s)) is not None]
        if not found:
            return None
        if len(found) == 1:
            return Derivative(found[0][1], np.inf)  # nothing tells whether this step is small enough
        gaps = [abs(found[k][1] - found[k + 1][1]) for k in range(len(found) - 1)]
        best = int(np.argmin(gaps))
        # Of the pair the finer one, known to twice their gap: where a slope bends (ELU at 0) the error falls with the
        # step alone, and an eighth of the step leaves a seventh of the gap.
        s, value = found[best + 1]
        flat = all(value == 0 for _, value in found)
        return Derivative(value, ROUNDING * abs(self.J) / s + 2 * gaps[best], flat)

    def derivatives(self, places: np.ndarray) -> Counted:
        """The derivatives by theta at these places; what cannot be told is left out and counted.

        An entry is unresolved if J, in this precision, does not say its derivative to 1e-4 of the largest of them: the
        figures alone decide this, never the gradient that they are compared with. Where J does not move at all it may
        still be 0, which is marked.
        """
        found = {int(i): self.derivative(int(i)) for i in places}
        known = {i: d for i, d in found.items() if d is not None}
        largest = max((abs(d.value) for d in known.values()), default=0.0)
        resolution = RESOLUTION * largest
        kept = {i: d for i, d in known.items() if d.flat or d.uncertainty <= resolution}
        return Counted(
            np.array(list(kept), np.int64),
            np.array([d.value for d in kept.values()]),
            np.array([d.uncertainty for d in kept.values()]),
            np.array([d.flat and d.uncertainty > resolution for d in kept.values()], bool),
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
