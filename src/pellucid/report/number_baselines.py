"""Baselines of numbers: for each loss the constant and the linear model that a network has to beat by this loss.

A mean says nothing of a model that was asked for the 90% quantile, nor a straight line of one whose predictions are
above 0: each baseline minimises what the network minimises, or comes close to it at the price of least squares.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Ridge, TweedieRegressor

from pellucid.mathematics.losses import Absolute, LogLink, Loss, Quantile
from pellucid.report.loss_metrics import main_metric
from pellucid.report.metrics import unit_of
from pellucid.tables.statistics import weighted_quantiles


def constant_and_linear(
    loss: Loss,
    X: np.ndarray,
    y: np.ndarray,
    X_test: np.ndarray,
    weights: np.ndarray | None = None,
    exposure: np.ndarray | None = None,
    exposure_test: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Fit both on the rows of training (N,) and predict the rows of the test: (N_test, outputs of the loss) each.

    Under a log link with exposures they are of rates y / exposure, each of the weight that the loss gives it, times the
    exposures of the test.
    """
    unit = unit_of(y)  # sums and squares of the numbers themselves may leave the range of floats
    y = y / unit
    scale = np.full((len(X_test), 1), unit)
    if isinstance(loss, LogLink):
        if exposure is not None and exposure_test is not None:
            of_rates = np.asarray(loss.exposure_weight(exposure))
            weights = of_rates if weights is None else weights * of_rates
            y, scale = y / exposure, unit * exposure_test[:, None]
        constant, linear = under_log_link(loss, X, y, X_test, weights)
    else:
        constant, linear = by_least_squares(quantiles_of(loss), X, y, X_test, weights)
    with np.errstate(over="ignore"):  # an infinite prediction is measured as such
        return np.broadcast_to(constant, (len(X_test), len(constant))) * scale, linear * scale


def by_least_squares(
    q: tuple[float, ...], X: np.ndarray, y: np.ndarray, X_test: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """The mean and a linear model; or quantiles, and the linear model moved by those of its residuals.

    Quantile regression proper is a linear programme, which takes minutes on some 10,000 rows.
    """
    # A trace of ridge keeps one-hot columns, which are linearly dependent, from growing without bound.
    model = Ridge(alpha=1e-3).fit(X, y, sample_weight=weights)
    line = model.predict(X_test)[:, None]
    if not q:
        return np.array([np.average(y, weights=weights)]), line
    return weighted_quantiles(y, q, weights), line + weighted_quantiles(y - model.predict(X), q, weights)


def under_log_link(
    loss: LogLink, X: np.ndarray, y: np.ndarray, X_test: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """The mean, which minimises every such deviance, and exp of a linear model by the same deviance."""
    mean = np.average(y, weights=weights)
    if not mean > 0 or (y < 0).any() or (loss.power >= 2 and (y == 0).any()):  # no deviance has a minimum here
        return by_least_squares((), X, y, X_test, weights)
    model = TweedieRegressor(power=loss.power, link="log", alpha=1e-4, solver="newton-cholesky", max_iter=200)
    with warnings.catch_warnings(), np.errstate(over="ignore"):
        warnings.simplefilter("ignore", ConvergenceWarning)  # a baseline may stop a little early
        model.fit(X, y / mean, sample_weight=weights)
        return np.array([mean]), model.predict(X_test)[:, None] * mean


def quantiles_of(loss: Loss) -> tuple[float, ...]:
    """Those that minimise the loss; () of one that another number minimises."""
    if isinstance(loss, Absolute):
        return (0.5,)
    return loss.q if isinstance(loss, Quantile) else ()


def central_of(loss: Loss, outputs: np.ndarray) -> np.ndarray:
    """One prediction (N,) of a target's outputs: of several quantiles the one nearest to 1/2."""
    q = np.array(quantiles_of(loss) or (0.5,))
    return outputs[:, np.argmin(np.abs(q - 0.5))]


def name_of_constant(losses: Sequence[Loss]) -> str:
    """What the constants of the targets are called together.

    >>> name_of_constant([Absolute()]), name_of_constant([Quantile(0.1, 0.9)]), name_of_constant([Quantile(0.9)] * 2)
    ('median', 'quantiles', 'quantile')
    """
    names = {
        "mean" if not q else "median" if q == (0.5,) else "quantile" if len(q) == 1 else "quantiles"
        for q in map(quantiles_of, losses)
    }
    return names.pop() if len(names) == 1 else "constant"


def linear_in_words(losses: Sequence[Loss]) -> str:
    """By what the linear models of the targets were fitted."""
    ways = {
        f"a log link and the {main_metric(loss)}" if isinstance(loss, LogLink)
        else "least squares" if not quantiles_of(loss)
        else "least squares, moved by the " + ("median" if quantiles_of(loss) == (0.5,) else "quantiles") + " of its "
        "residuals in training"
        for loss in losses
    }  # fmt: skip
    return ", or ".join(sorted(ways))
