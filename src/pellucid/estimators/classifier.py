"""FeedForwardClassifier: one of several classes, or any of several labels."""

from __future__ import annotations

from dataclasses import replace
from inspect import Parameter, Signature, signature
from typing import Any

import numpy as np
from scipy.special import log_softmax
from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if

from pellucid.estimators.chosen_loss import class_loss
from pellucid.estimators.class_targets import ClassTargets, find_classes
from pellucid.estimators.class_weight import make_class_weights
from pellucid.estimators.continuing import makes_epochs, refuse_other_classes
from pellucid.estimators.documentation import CLASS_WEIGHT, DOCUMENTATION
from pellucid.estimators.exposure import read_exposure
from pellucid.estimators.feed_forward import FeedForward
from pellucid.estimators.preparation import Given, Rows
from pellucid.estimators.target_values import has_missing_labels, label_array, read_labels
from pellucid.mathematics.activations import softplus
from pellucid.training.history import History


def with_argument(known: Signature, name: str, default: Any) -> Signature:
    """The signature with one keyword more."""
    more = Parameter(name, Parameter.KEYWORD_ONLY, default=default)
    return known.replace(parameters=[*known.parameters.values(), more])


class FeedForwardClassifier(ClassifierMixin, FeedForward):
    __doc__ = (
        """A feed-forward network that predicts classes and their probabilities, by maximum likelihood.

    Two classes: one sigmoid output and the log loss. More: a softmax and cross-entropy. A y of several columns of 0
    and 1 (multi-label): a sigmoid and a log loss for each, summed with `target_weights`; a label that is missing (NaN)
    is left out of that row. Classes may be text.
"""
        + DOCUMENTATION.replace("\n    Attributes\n", CLASS_WEIGHT + "\n    Attributes\n")
        + """
    classes_ : array of shape (n_classes,)
    targets_ : ClassTargets

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import FeedForwardClassifier
    >>> X = np.linspace(-1, 1, 200)[:, None]
    >>> y = np.where(np.abs(X[:, 0]) > 0.5, "outside", "inside")
    >>> model = FeedForwardClassifier((16,), random_state=0).fit(X, y)
    >>> model.predict([[0.0], [0.9]])
    array(['inside', 'outside'], dtype='<U7')
    """
    )
    targets_: ClassTargets
    scales_targets = False

    def __init__(self, hidden_layer_sizes=(64, 64), activation: Any = "relu", *, class_weight=None, **others):
        super().__init__(hidden_layer_sizes, activation, **others)
        self.class_weight = class_weight

    # scikit-learn reads the names and defaults of all arguments from here: those of `Constructor`, and one more.
    __init__.__signature__ = with_argument(signature(FeedForward.__init__), "class_weight", None)  # type: ignore[attr-defined]  # a function takes any

    @available_if(makes_epochs)
    def partial_fit(
        self,
        X,
        y,
        classes=None,
        sample_weight=None,
        X_val=None,
        y_val=None,
        sample_weight_val=None,
    ):
        """Learn from these rows for one epoch more, or for the first.

        Twenty calls with the same rows are a fit of twenty epochs without early stopping, in the same bytes. What the
        first call has learnt of columns and targets (means, standard deviations, categories, classes) stays; schedules
        count the epochs of all calls, those with an end over max_iter.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`; the rows may be others in every call.
        classes : sequence, optional
            In the first call: all classes that y may ever have. Those of its rows unless given.
        X_val, y_val, sample_weight_val
            With them `network_` keeps the best weights so far by validation, and `stopped_by_` is "patience" once
            n_iter_no_change epochs have passed without improvement: a sign to stop calling. No rows are held out.

        Returns
        -------
        self

        Raises
        ------
        ParameterError, DataError
            For arguments that have been changed and rows that do not fit the first call: other columns, unknown
            classes.
        """
        if hasattr(self, "network_"):
            refuse_other_classes(self.classes_, classes)
            classes = None
        return self._go_on_by_one(Given(X, y, sample_weight, classes=classes), Given(X_val, y_val, sample_weight_val))

    def predict(self, X: Any) -> np.ndarray:
        """The most probable class of each row; for multi-label 1 where a label is at least as likely as not."""
        probabilities = self.predict_proba(X)  # first: it refuses an unfitted model
        return self.targets_.choose(probabilities)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities (N, n_classes), columns in the order of classes_; for multi-label (N, n_labels)."""
        outputs = self._predict_outputs(X)
        return self.targets_.probabilities(outputs)

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Logarithms of `predict_proba`, made from h: exact also where a probability is rounded to 0 or 1."""
        logarithms = self.log_probabilities(X)
        return logarithms[:, :, 1] if self.targets_.kind == "multilabel" else logarithms

    def log_probabilities(self, X: Any) -> np.ndarray:
        """Log P of every class (N, n_classes), or for multi-label (N, n_labels, 2) of each label's 0 and 1."""
        h = self._predict_last_h(X)
        if self.targets_.kind == "multiclass":
            return log_softmax(h, axis=1)
        both = np.stack([-softplus(h), -softplus(-h)], axis=2)
        return both if self.targets_.kind == "multilabel" else both[:, 0]

    @property
    def classes_(self) -> np.ndarray:
        """The classes, sorted; for multi-label the numbers of the labels."""
        return self.targets_.classes

    def _has_target(self, y: Any) -> np.ndarray:
        labels = label_array(y)
        if has_missing_labels(labels):
            return np.any(~np.isnan(labels), axis=1)
        return np.ones(len(labels), dtype=bool)  # all: a missing class is refused, where the row counts

    def _fit_targets(self, given: Given, rows: Rows) -> None:
        y, training = given.y, rows.training
        kind, classes, names = find_classes(y, training, given.classes)
        owner = type(self).__name__
        loss, activation = class_loss(self, kind, len(names))
        read_exposure(given.exposure, 0, loss, owner)  # refused: it is for counts
        found = ClassTargets(kind, classes, names, loss, activation)
        Y = found.encode(y, training)
        weighed = make_class_weights(self.class_weight, kind, classes, names, Y, rows.weights[training], owner)
        self.targets_ = replace(found, class_weights=weighed)

    def _strata(self, y: Any, places: np.ndarray) -> np.ndarray | None:
        labels = read_labels(y, places)
        return labels if labels.ndim == 1 else None

    def _start_history(self) -> History:
        units = "nats" if self.targets_.class_weights is None else "nats, weighted by class"
        return History(self.targets_.loss.name, self.targets_.names, units)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
