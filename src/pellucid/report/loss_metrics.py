"""The loss of a target as a metric: in the target's own units, of any predictions, by scikit-learn."""

from __future__ import annotations

import numpy as np
from sklearn import metrics

from pellucid.mathematics.losses import Absolute, Huber, Log, LogLink, Loss, Quantile


def measure_loss(loss: Loss, y: np.ndarray, outputs: np.ndarray, weights: np.ndarray | None = None) -> dict[str, float]:
    """What a loss says of predictions, by names; nothing for rss, whose root stands there anyway.

    Parameters
    ----------
    loss : Loss
        Absolute, huber and the median: the mean absolute error. Quantiles: the pinball loss of each; of several also
        their mean, and which share of the targets lies between the lowest and the highest. Poisson, gamma and Tweedie:
        the mean deviance. Log: the mean log loss of shares. A loss that cannot be taken of these numbers, as a
        deviance of predictions below 0, is left out.
    y : array of shape (N,)
    outputs : array of shape (N, n_outputs) or (N, 1)
        One prediction stands for all quantiles.
    weights : array of shape (N,), optional
        What each row counts in every mean.

    Examples
    --------
    >>> measure_loss(Quantile(0.1, 0.9), np.array([1.0, 4.0]), np.array([[0.0, 2.0], [1.0, 3.0]]))
    {'pinball loss q0.1': 0.2, 'pinball loss q0.9': 0.5, 'mean pinball loss': 0.35, 'covered by q0.1 to q0.9': 0.5}
    """
    y_hat = outputs[:, 0]
    if isinstance(loss, Absolute | Huber) or (isinstance(loss, Quantile) and loss.q == (0.5,)):
        return {"MAE": float(metrics.mean_absolute_error(y, y_hat, sample_weight=weights))}
    if isinstance(loss, Quantile):
        return measure_quantiles(loss, y, outputs, weights)
    if isinstance(loss, LogLink):
        fits = (y_hat > 0).all() and (y >= 0).all() and (loss.power < 2 or (y > 0).all())
        deviance = metrics.mean_tweedie_deviance
        mean = deviance(y, y_hat, sample_weight=weights, power=loss.power) if fits else None  # type: ignore[arg-type]  # no types: taken from a default
        return {} if mean is None else {main_metric(loss): float(mean)}
    if isinstance(loss, Log):  # scikit-learn's log loss has no shares between 0 and 1
        fits = ((y_hat > 0) & (y_hat < 1) & (y >= 0) & (y <= 1)).all()
        return {"log loss": float(np.average(Log().value(y, y_hat), weights=weights))} if fits else {}
    return {}


def measure_quantiles(
    loss: Quantile, y: np.ndarray, outputs: np.ndarray, weights: np.ndarray | None = None
) -> dict[str, float]:
    """The pinball loss of each quantile, and how often targets lie between the outer two."""
    q, texts = loss.q, loss.q_texts
    columns = outputs.T if outputs.shape[1] == len(q) else [outputs[:, 0]] * len(q)
    measured = {
        f"pinball loss q{text}": float(metrics.mean_pinball_loss(y, y_hat, sample_weight=weights, alpha=alpha))
        for text, alpha, y_hat in zip(texts, q, columns, strict=True)
    }
    if len(q) > 1:
        measured["mean pinball loss"] = float(np.mean(list(measured.values())))
    if len(q) > 1 and outputs.shape[1] == len(q):
        covered = (outputs[:, 0] <= y) & (y <= outputs[:, -1])
        measured[covered_by(loss)] = float(np.average(covered, weights=weights))
    return measured


def main_metric(loss: Loss) -> str:
    """What models of a loss are compared by: the metric that it minimises. Of rss, and of a user's own, the RMSE.

    >>> [main_metric(loss) for loss in (Huber(), Quantile(0.9), Quantile(0.1, 0.9), Log())]
    ['MAE', 'pinball loss q0.9', 'mean pinball loss', 'log loss']
    """
    if isinstance(loss, Absolute | Huber) or (isinstance(loss, Quantile) and loss.q == (0.5,)):
        return "MAE"
    if isinstance(loss, Quantile):
        several = len(loss.q) > 1
        return "mean pinball loss" if several else f"pinball loss q{loss.q_texts[0]}"
    if isinstance(loss, LogLink):
        name = {"tweedie": f"Tweedie deviance (power {loss.power:g})", "poisson": "Poisson deviance"}
        return name.get(loss.name, "gamma deviance")
    return "log loss" if isinstance(loss, Log) else "RMSE"


def covered_by(loss: Quantile) -> str:
    """The name of the share of targets between the outer quantiles."""
    return f"covered by q{loss.q_texts[0]} to q{loss.q_texts[-1]}"
