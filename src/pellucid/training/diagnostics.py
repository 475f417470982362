"""Signs of ill health in a network that trains: dead and saturated units, vanishing and exploding gradients."""

from __future__ import annotations

from collections.abc import Collection, Sequence

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


def describe_trouble(network: Network, records: Sequence[EpochRecord], told: Collection[str] = ()) -> dict[str, str]:
    """One line for each kind of trouble that the last of these epochs shows, with what to try; usually none.

    Kinds in `told` are left out, and cost nothing: earlier epochs are looked at only where there is a line to write.
    """
    record, hidden = records[-1], network.activations[:-1]
    # L-BFGS has no learning rate that could be smaller.
    smaller_rate = "" if record.learning_rate is None else "a smaller learning rate, or "

    def advice(otherwise: str) -> str:
        return (describe_large_step(network, records) if smaller_rate else None) or otherwise

    lines, blocked = {}, False
    for kind, counts in (("dead", record.dead_units), ("saturated", record.saturated_units)):
        for l, (count, activation) in enumerate(zip(counts[:-1], hidden, strict=True), start=1):
            blocked |= count == network.sizes[l]
            if count > network.sizes[l] / 2 and f"{kind} {l}" not in told:
                other = "activation='leaky_relu'" if kind == "dead" else "standardised inputs, or activation='relu'"
                lines[f"{kind} {l}"] = (
                    f"{count} of the {network.sizes[l]} {activation.name} units of layer {l} are {kind} in epoch "
                    f"{record.epoch}: their slope is near 0 for every row inspected, so they hardly learn. "
                    + advice(f"Use {smaller_rate}{other}.")
                )
    if hidden:
        first, last = (record.gradient_norms[l] / np.sqrt(network.W[l].size) for l in (0, -1))
        sizes = (
            f"in epoch {record.epoch} it was {first:.1e} for the weights of layer 1 and {last:.1e} for those of layer "
            f"{len(network.W)}."
        )
        # A layer without slopes lets nothing through: that is told of above.
        if first < VANISHING * last and not blocked and "vanishing" not in told:
            relu = "" if all(activation.name == "relu" for activation in hidden) else ", or activation='relu'"
            lines["vanishing"] = f"The gradient vanishes: {sizes} " + advice(f"Use fewer layers{relu}.")
        if first > EXPLODING * last and "exploding" not in told:
            lines["exploding"] = f"The gradient explodes: {sizes} Use {smaller_rate}fewer layers."
    return lines


def describe_large_step(network: Network, records: Sequence[EpochRecord]) -> str | None:
    """The first epoch and layer whose steps were longer than its weights start out, with the remedy; None for none.

    Weights start with a variance of at most 2 / D_{l-1} (He et al., 2015), so the norm of W^(l) is about sqrt(2 D_l).
    One step of that length leaves nothing of the start: units land anywhere, most of them where slopes are 0.
    """
    starts = np.sqrt([2 * W.shape[0] for W in network.W])
    for record in records:
        shares = np.array(record.update_norms) / starts
        if shares.max() > 1:
            l = int(np.argmax(shares)) + 1
            return (
                f"The steps are too large: in epoch {record.epoch} one moved the parameters of layer {l} by "
                f"{shares.max():.3g} times the size that weights start with. Use a smaller learning rate."
            )
    return None
