"""What early stopping watches on the validation rows beside the loss: a scorer of scikit-learn, greater is better."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from copy import copy
from inspect import signature
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.utils import _safe_indexing

from pellucid.errors import DataWarning, ParameterError, wrong_parameter
from pellucid.estimators.target_values import as_array
from pellucid.mathematics.rules import Rule, is_number
from pellucid.mathematics.structure import Network
from pellucid.training.history import LOSS, History

SCORING_RULE = Rule(
    "'loss', a name that sklearn.metrics.get_scorer_names() lists, or a callable(estimator, X, y)",
    lambda value: value == LOSS or value in get_scorer_names() if isinstance(value, str) else callable(value),
)


class ValidationScore:
    """The score of an epoch's network on the validation rows.

    Parameters
    ----------
    estimator : an estimator that knows its columns and targets
        Each call makes a fitted copy of it, with the network of the epoch.
    X, y, sample_weight
        The rows to score on, as the user gave them.
    """

    def __init__(self, estimator: Any, X: Any, y: Any, sample_weight: Any):
        self.estimator, self.X, self.y = estimator, X, as_array(y)  # no scorer knows an Arrow table of targets
        named = isinstance(estimator.scoring, str)
        self.scorer: Callable[..., Any] = get_scorer(estimator.scoring) if named else estimator.scoring
        self.name = name_of(estimator.scoring)
        self.kept_rows = None
        self.weights = {}
        if sample_weight is not None and takes_weights(self.scorer):
            self.weights = {"sample_weight": sample_weight}
        elif sample_weight is not None:
            warnings.warn(
                f"The scorer {self.name} takes no sample_weight: every validation row counts the same in it.",
                DataWarning,
                stacklevel=3,
            )

    def __call__(self, network: Network, epoch: int, history: History) -> float:
        """The score after an epoch.

        Raises
        ------
        ParameterError
            If a scorer of scikit-learn cannot score this estimator, or any gives no finite number. What a scorer of the
            user's own raises comes through.
        """
        try:
            score = self.scorer(self.fitted(network, epoch, history), self.X, self.y, **self.weights)
        except (ValueError, TypeError, AttributeError) as error:
            if not isinstance(self.estimator.scoring, str):
                error.add_note(f"Raised by the scorer {self.name} after epoch {epoch}.")
                raise
            raise ParameterError(
                f"The scorer {self.name!r} cannot score this {type(self.estimator).__name__} on its validation rows: "
                f"{str(error).rstrip('.')}. Choose another `scoring`."
            ) from error
        number = score.item() if isinstance(score, np.ndarray | np.generic) and score.ndim == 0 else score
        if not is_number(number):
            owner = type(self.estimator).__name__
            rule = "a scorer that gives a finite number"
            remedy = f"{self.name} gave it after epoch {epoch}. Choose another one, or 'loss'."
            raise wrong_parameter("scoring", owner, rule, number, remedy)
        return float(number)

    def fitted(self, network: Network, epoch: int, history: History) -> Any:
        """The estimator as if the run had ended with this epoch."""
        model = copy(self.estimator)
        model.network_, model.history_ = network, history
        model.n_iter_ = model.best_epoch_ = epoch
        model.n_outputs_ = model.targets_.n_outputs
        if self.kept_rows is None and isinstance(self.estimator.scoring, str):  # a function may write into its X
            self.kept_rows = self.X, model._encoded(self.X)[0]  # the same in every epoch
        model._kept_rows = self.kept_rows
        return model


def check_scoring(estimator: Any, *, validates: bool, exposure: Any) -> None:
    """Refuse a metric that is no scorer, and one that has no rows to look at, or would compare counts with rates.

    Raises
    ------
    ParameterError
    """
    if watches_loss(estimator):
        return
    owner, shown = type(estimator).__name__, name_of(estimator.scoring)
    if takes_predictions(estimator.scoring):
        remedy = (
            f"It is a metric of y_true and y_pred: give sklearn.metrics.make_scorer({shown}), with "
            "greater_is_better=False if it is an error."
        )
        raise wrong_parameter("scoring", owner, "a callable(estimator, X, y)", shown, remedy)
    if not validates:
        remedy = "A scorer needs rows to validate on: give X_val and y_val, or set early_stopping=True."
        raise wrong_parameter("scoring", owner, "'loss' without validation rows", shown, remedy)
    if exposure is not None:
        remedy = "A scorer would compare the counts of y with the rates that predict gives."
        raise wrong_parameter("scoring", owner, "'loss' with exposure", shown, remedy)


def watches_loss(estimator: Any) -> bool:
    return isinstance(estimator.scoring, str) and estimator.scoring == LOSS


def name_of(scoring: Any) -> str:
    """The name, or that of the function."""
    if isinstance(scoring, str):
        return scoring
    function = getattr(scoring, "_score_func", scoring)  # of what make_scorer has made
    return getattr(function, "__name__", type(scoring).__name__)


def takes_weights(scorer: Callable[..., Any]) -> bool:
    """Whether the scorer, or the metric in it, has an argument of this name."""
    try:
        return "sample_weight" in signature(getattr(scorer, "_score_func", scorer)).parameters
    except ValueError:  # built in, without a signature
        return False


def takes_predictions(scoring: Any) -> bool:
    """Whether it is a metric, a function of y_true and y_pred, as scikit-learn names them."""
    if isinstance(scoring, str):
        return False
    try:
        return next(iter(signature(scoring).parameters), "") == "y_true"
    except (TypeError, ValueError):  # built in, without a signature
        return False


def take_rows(values: Any, places: np.ndarray, n_rows: int) -> Any:
    """The rows at these places, in what they came in; the very object where these are all."""
    if values is None or len(places) == n_rows:
        return values
    if isinstance(values, pa.Table | pa.Array | pa.ChunkedArray):
        return values.take(pa.array(places))
    return _safe_indexing(values, places)
