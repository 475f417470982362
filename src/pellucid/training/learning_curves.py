"""The learning curves of a run as a figure of matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.training.history import END_OF_EPOCH, LOSS, History

TRAINING, VALIDATION, BEST = "#0072b2", "#d55e00", "#707070"  # told apart with colour blindness (Okabe and Ito, 2008)
MOST_TARGETS = 6

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_learning_curves(history: History, best_epoch: int) -> Figure:
    """Draw the losses over the epochs: in total, and one panel for each of up to six targets.

    A score that was watched has a panel of its own. Squared losses have the root mean squared error, in the target's
    own units, on a second axis.

    Parameters
    ----------
    history : History
    best_epoch : int
        Marked: the epoch whose parameters were kept.
    """
    from matplotlib.figure import Figure  # here: it takes a third of a second, and only pictures need it

    panels = list_panels(history)
    with_score = history.scoring != LOSS
    n_panels = len(panels) + with_score
    size = (7.2, 4.2) if n_panels == 1 else (11.0, 2 + 2.7 * -(-n_panels // 3))
    figure = Figure(figsize=size, layout="constrained")
    columns = min(n_panels, 3)
    axes = figure.subplots(-(-n_panels // columns), columns, squeeze=False).ravel()
    for ax, (title, training, validation), scale in zip(axes, panels, list_scales(history, len(panels)), strict=False):
        draw_panel(ax, title, history, training, validation, best_epoch)
        if scale is not None:
            add_own_units(ax, scale)
    if with_score:
        draw_score(axes[len(panels)], history, best_epoch)
    for ax in axes[n_panels:]:
        ax.set_visible(False)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure


def list_panels(history: History) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """(title, training, validation) of the total and, where there are several targets, of the first six."""
    several = len(history.target_names) > 1
    title = "all targets" if several else ", ".join(history.target_names)
    panels = [(title, history["training_loss"], history["validation_loss"])]
    if several:
        training = history["training_by_target"]
        validation = history["validation_by_target"]
        for d, name in enumerate(history.target_names[:MOST_TARGETS]):
            of_target = validation[:, d] if validation.ndim == 2 else np.full(len(history), np.nan)
            panels.append((name, training[:, d], of_target))
    return panels


def list_scales(history: History, n_panels: int) -> list[float | None]:
    """What a unit of each panel's target is in the target's own; None for a sum of targets, and where none says it."""
    if history.target_scales is None:
        return [None] * n_panels
    scales = [None if np.isnan(scale) else scale for scale in history.target_scales]
    return scales if n_panels == 1 else [None, *scales[: n_panels - 1]]


def add_own_units(ax: Any, scale: float) -> None:
    """A second axis: RMSE = scale sqrt(J). The root of a margin below 0 is mirrored, so that it has a place."""

    def rmse(J: np.ndarray) -> np.ndarray:
        return scale * np.sign(J) * np.sqrt(np.abs(J))

    def loss(error: np.ndarray) -> np.ndarray:
        return np.sign(error) * (error / scale) ** 2

    axis = ax.secondary_yaxis("right", functions=(rmse, loss))
    axis.set_ylabel("RMSE (own units)", fontsize=9)


def draw_panel(
    ax: Any, title: str, history: History, training: np.ndarray, validation: np.ndarray, best_epoch: int
) -> None:
    """One pair of curves, on a logarithmic scale where the loss allows it."""
    epochs = history["epoch"]
    of_training = history.training if history.training == END_OF_EPOCH else f"{history.training} of each epoch"
    ax.plot(epochs, training, color=TRAINING, lw=1.6, label=f"training ({of_training})")
    if not np.isnan(validation).all():
        ax.plot(epochs, validation, color=VALIDATION, lw=1.6, label="validation (end of each epoch)")
        mark_kept(ax, best_epoch)
    values = np.concatenate([training, validation])
    if np.nanmin(values) > 0 and np.nanmax(values) > 20 * np.nanmin(values):
        ax.set_yscale("log")
    label_panel(ax, title, f"{history.loss} loss ({history.units})")


def draw_score(ax: Any, history: History, best_epoch: int) -> None:
    """The score on the validation rows, which was watched: greater is better."""
    ax.plot(history["epoch"], history["validation_score"], color=VALIDATION, lw=1.6)
    mark_kept(ax, best_epoch)
    label_panel(ax, f"validation {history.scoring}", "score (greater is better)")


def mark_kept(ax: Any, best_epoch: int) -> None:
    ax.axvline(best_epoch, color=BEST, lw=1, ls=":", label=f"kept: epoch {best_epoch}")


def label_panel(ax: Any, title: str, measured: str) -> None:
    """What is drawn, over epochs."""
    ax.set_title(title, fontsize=10)
    ax.set_xlabel("epoch")
    ax.set_ylabel(measured, fontsize=9)
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
