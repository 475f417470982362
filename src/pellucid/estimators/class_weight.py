"""What each class counts: `class_weight` of a classifier, "balanced" or the user's own numbers.

A row of class k counts w_n c_k in J, in training and in validation. Medians, means and splits are those of the sample
weights alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import wrong_parameter
from pellucid.mathematics.rules import Rule, is_number

BALANCED = "balanced"


def is_choice(value: Any) -> bool:
    """What may be said for one target: None, "balanced" or a number > 0 for some classes."""
    if isinstance(value, dict):
        return all(is_number(weight) and weight > 0 for weight in value.values())
    return value is None or (isinstance(value, str) and value == BALANCED)


CLASS_WEIGHT_RULE = Rule(
    "None, 'balanced', a dict of a number > 0 for each class (1 for those not named), or a list of these, one for each "
    "label",
    lambda value: all(map(is_choice, value)) if isinstance(value, list | tuple) else is_choice(value),
)


def make_class_weights(
    class_weight: Any, kind: str, classes: np.ndarray, names: tuple[str, ...], Y: np.ndarray, w: np.ndarray, owner: str
) -> np.ndarray | None:
    """The weight of each class, (1, K), or for labels of each label's 0 and 1, (labels, 2); None if all count 1.

    Parameters
    ----------
    class_weight : the estimator's argument, of the right type
    kind, classes, names : as ClassTargets
    Y : array of shape (n, n_targets)
        Encoded targets of the training rows: the number of the class, or 0 and 1.
    w : array of shape (n,)
        Their sample weights.

    Raises
    ------
    ParameterError
        For classes that are not in y, or a list where there are no labels, or of the wrong length.
    """
    if class_weight is None:
        return None
    several = isinstance(class_weight, list | tuple)
    if several and (kind != "multilabel" or len(class_weight) != len(names)):
        rule = f"a list of {len(names)}, one for each label" if kind == "multilabel" else "no list: there is one target"
        raise wrong_parameter("class_weight", owner, rule, class_weight)
    known = np.arange(2) if kind == "multilabel" else classes
    choices = class_weight if several else [class_weight] * Y.shape[1]
    return np.array([weights_of(choice, known, Y[:, d], w, owner) for d, choice in enumerate(choices)])


def weights_of(choice: Any, classes: np.ndarray, places: np.ndarray, w: np.ndarray, owner: str) -> np.ndarray:
    """(K,) of one target.

    Balanced is S / (K S_k), S_k the weight of the rows of class k and S that of all: every class then counts the same
    (King and Zeng, 2001). A class without rows counts 1.
    """
    K = len(classes)
    if choice is None:
        return np.ones(K)
    if isinstance(choice, str):
        present = ~np.isnan(places)
        places, w = places[present], w[present]
        by_class = np.bincount(places.astype(np.int64), weights=w, minlength=K)
        return np.divide(by_class.sum(), K * by_class, out=np.ones(K), where=by_class > 0)
    labels = classes.tolist()
    known = set(labels)
    unknown = [label for label in choice if label not in known]
    if unknown:
        listed = ", ".join(repr(label) for label in labels[:10]) + (", ..." if K > 10 else "")
        remedy = f"Not among them: {', '.join(map(repr, unknown[:5]))}."
        raise wrong_parameter("class_weight", owner, f"a dict with classes of y as keys, {listed}", choice, remedy)
    return np.array([float(choice.get(label, 1.0)) for label in labels])
