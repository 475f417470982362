"""What scikit-learn's MLPRegressor and MLPClassifier call the things of a fitted model, for those who come from there.

All are views of `network_` and `history_`: nothing is kept twice.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

# Names of scikit-learn's values and arguments, and what they are called here.
ACTIVATIONS = {"identity": "linear", "logistic": "sigmoid"}
VALUES = {
    "activation": ACTIVATIONS,
    "output_activation": ACTIVATIONS,
    "loss": {"squared_error": "rss", "log_loss": "log", "absolute_error": "absolute"},
}
ARGUMENTS = {
    "power_t": "Give the power to the schedule: learning_rate=pellucid.InverseScaling(power=0.5).",
    "max_fun": "L-BFGS is limited by its iterations here: use max_iter.",
}


def remedy_for(name: str, value: Any) -> str:
    """What to write instead of a value that only scikit-learn knows; "" for any other.

    >>> remedy_for("activation", "logistic")
    "That is scikit-learn's name: use 'sigmoid'."
    """
    ours = VALUES.get(name, {})
    parts = value if isinstance(value, tuple | list) else [value]
    theirs = next((part for part in parts if isinstance(part, str) and part in ours), None)
    return "" if theirs is None else f"That is scikit-learn's name: use {ours[theirs]!r}."


class ScikitLearnNames:
    """The attributes of scikit-learn's MLP, computed when they are asked for."""

    @property
    def coefs_(self: Any) -> list[np.ndarray]:
        """W^(l) of each layer, transposed: (D_{l-1}, D_l), as read-only views."""
        check_is_fitted(self)
        return [read_only(W.T) for W in self.network_.W]

    @property
    def intercepts_(self: Any) -> list[np.ndarray]:
        """c^(l) of each layer, (D_l,), as read-only views."""
        check_is_fitted(self)
        return [read_only(c) for c in self.network_.c]

    @property
    def n_layers_(self: Any) -> int:
        """The number of layers, the inputs counted as one."""
        check_is_fitted(self)
        return len(self.network_.sizes)

    @property
    def out_activation_(self: Any) -> str:
        """The activation of the last layer, by scikit-learn's name where it has one."""
        check_is_fitted(self)
        ours = self.network_.activations[-1].name
        return next((theirs for theirs, name in ACTIVATIONS.items() if name == ours), ours)

    @property
    def loss_curve_(self) -> list[float]:
        """J of the training rows in each epoch, without penalties: history_["training_loss"]."""
        return column(self, "loss_curve_", "training_loss")

    @property
    def best_loss_(self) -> float:
        """The least J of an epoch: of the validation rows where there are some, else of the training rows."""
        validated = column(self, "best_loss_", "validation_loss")
        losses = column(self, "best_loss_", "training_loss") if np.isnan(validated).any() else validated
        return min(losses)

    @property
    def validation_scores_(self: Any) -> list[float]:
        """The score of the validation rows in each epoch, where stopping watched one; else there is no such attribute.

        What scikit-learn keeps here is an accuracy or an R^2. Without `scoring` nothing of the kind is computed:
        history_["validation_loss"] is J, and less is better.
        """
        history = history_of(self, "validation_scores_")
        if "validation_score" not in history.columns or np.isnan(history["validation_score"]).any():
            raise AttributeError(
                f"This {type(self).__name__} has no validation_scores_: no score was watched. "
                "J of the validation rows is history_['validation_loss']; less is better."
            )
        return history["validation_score"].tolist()

    @property
    def best_validation_score_(self) -> float:
        """The greatest of `validation_scores_`."""
        return max(self.validation_scores_)


def column(model: Any, attribute: str, name: str) -> list[float]:
    """One column of the history."""
    return history_of(model, attribute)[name].tolist()


def history_of(model: Any, attribute: str) -> Any:
    """The history of a model that was fitted here.

    Raises
    ------
    NotFittedError
    AttributeError
        For a model from a file, which holds none.
    """
    check_is_fitted(model)
    if not hasattr(model, "history_"):
        raise AttributeError(
            f"This {type(model).__name__} has no {attribute}: it was loaded from a model file, which holds no history."
        )
    return model.history_


def read_only(array: np.ndarray) -> np.ndarray:
    """A view that cannot be written: the network's parameters change by fitting, or with `with_parameters`."""
    view = array.view()
    view.flags.writeable = False
    return view
