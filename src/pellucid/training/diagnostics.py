"""Signs of ill health in a network that trains: dead and saturated units, vanishing and exploding gradients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.mathematics.structure import Network
from pellucid.training.history import EpochRecord

INSPECTED_ROWS = 256  # enough that a unit silent on all of them is silent on nearly all rows; costs about one step

LARGEST_SLOPE = {"sigmoid": 0.25, "tanh": 1.0}
SATURATED_BELOW = 0.01  # of the largest slope: |h| > 6 for a sigmoid, > 3 for tanh

VANISHING = 1e-4  # root mean square of dJ_dW in the first layer over that in the last
EXPLODING = 1e4


def count_dead_units(network: Network, H: Sequence[np.ndarray]) -> tuple[int, ...]:
    """For each layer, its ReLUs with h <= 0 on every row of H: they give 0, have slope 0 and cannot learn."""
    return tuple(
        int(np.sum(~(H_l > 0).any(axis=0))) if activation.name == "relu" else 0
        for activation, H_l in zip(network.activations, H, strict=True)
    )


def count_saturated_units(network: Network, H: Sequence[np.ndarray]) -> tuple[int, ...]:
    """For each hidden layer, its sigmoids (tanhs) whose slope is below 1 % of the largest on every row of H.

    The last layer is left out: a classifier's outputs are meant to saturate when they are sure.
    """
    counts = [0] * len(H)
    for l, (activation, H_l) in enumerate(zip(network.activations[:-1], H[:-1], strict=True)):
        if activation.name in LARGEST_SLOPE:
            bound = SATURATED_BELOW * LARGEST_SLOPE[activation.name]
            counts[l] = int(np.sum((activation.slope(H_l) < bound).all(axis=0)))
    return tuple(counts)


def describe_trouble(network: Network, record: EpochRecord) -> dict[str, str]:
    """One line for each kind of trouble that this epoch shows, with what to try; usually none."""
    lines = {}
    # L-BFGS has no learning rate that could be smaller.
    smaller_rate = "" if record.learning_rate is None else "a smaller learning rate, or "
    hidden = network.activations[:-1]
    if len(hidden) > 0:
        n_weights = [W.size for W in network.W]
        root_mean_squares = np.array(record.gradient_norms) / np.sqrt(n_weights)
        first, last = root_mean_squares[0], root_mean_squares[-1]
        if last > 0 and first < VANISHING * last:
            lines["vanishing"] = (
                f"The gradient vanishes: in epoch {record.epoch} it was {first:.1e} for the weights of layer 1 and "
                f"{last:.1e} for those of layer {len(n_weights)}. Use fewer layers, or activation='relu'."
            )
        if first > EXPLODING * last:
            lines["exploding"] = (
                f"The gradient explodes: in epoch {record.epoch} it was {first:.1e} for the weights of layer 1 and "
                f"{last:.1e} for those of layer {len(n_weights)}. Use {smaller_rate}fewer layers."
            )
    for kind, counts in (("dead", record.dead_units), ("saturated", record.saturated_units)):
        for l, (count, activation) in enumerate(zip(counts[:-1], hidden, strict=True), start=1):
            if count > network.sizes[l] / 2:
                lines[f"{kind} {l}"] = (
                    f"{count} of the {network.sizes[l]} {activation.name} units of layer {l} are {kind} in epoch "
                    f"{record.epoch}: their slope is near 0 for every row inspected, so they hardly learn. "
                    f"Use {smaller_rate}"
                    + ("activation='leaky_relu'." if kind == "dead" else "standardised inputs, or activation='relu'.")
                )
    return lines
