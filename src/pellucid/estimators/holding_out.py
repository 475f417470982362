"""Which rows early stopping holds out of a table: at random, in whole groups, or the last ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pellucid.errors import DataError, ParameterError, wrong_parameter
from pellucid.mathematics.rules import one_of
from pellucid.tables.splitting import as_arrow, split_rows

RANDOM, LAST = "random", "last"
SPLIT_RULE = one_of(RANDOM, LAST)


def check_groups(estimator: Any, groups: Any, *, validates: bool) -> None:
    """Refuse groups where nothing is held out, or not by groups; `validates` where the user gave rows to validate on.

    Raises
    ------
    ParameterError
    """
    if groups is None:
        return
    if validates:
        reason = "X_val is given, so that no row of X is held out. Leave out `groups`, or X_val and y_val."
    elif not estimator.early_stopping:
        reason = "With early_stopping=False no row is held out. Leave out `groups`, or set early_stopping=True."
    elif estimator.validation_split == LAST:
        reason = "With validation_split='last' the last rows are held out. Leave out `groups`, or set it to 'random'."
    else:
        return
    raise ParameterError(
        f"The `groups` parameter of {type(estimator).__name__}.fit says which rows are held out together. {reason}"
    )


def hold_out(
    estimator: Any,
    places: np.ndarray,
    n_rows: int,
    seed: int,
    weights: np.ndarray | None,
    strata: np.ndarray | None,
    groups: Any,
) -> tuple[np.ndarray, np.ndarray]:
    """Split the places of the rows in use into those to train on and those to validate on.

    A weight is so many rows where whole groups or the last rows are held out; single rows are drawn as they are.

    Parameters
    ----------
    estimator
        Its validation_fraction and validation_split.
    places : array of ints
        In the table of n_rows rows.
    weights : array of shape (n_rows,), optional
    strata : array, optional
        The class of each place, so that classes keep their shares; not for groups, nor for the last rows.
    groups : array of n_rows labels, optional

    Raises
    ------
    DataError, ParameterError
        If there is too little to split, or for groups that are none.
    """
    if len(places) < 2:
        raise DataError(
            "Early stopping holds out rows to validate on, which cannot be done with 1 sample. "
            "Give more rows, X_val and y_val, or early_stopping=False."
        )
    rule: dict[str, Any] = {"stratify": strata}
    if groups is not None:
        rule = {"groups": read_groups(groups, n_rows, places, type(estimator).__name__)}
    elif estimator.validation_split == LAST:
        rule = {"times": np.arange(len(places))}
    if weights is not None and "stratify" not in rule:
        rule["weights"] = weights[places]
    training, held_out = split_rows(len(places), estimator.validation_fraction, seed, **rule)
    if strata is not None and "stratify" not in rule:
        refuse_new_classes(strata[training], strata[held_out], places[held_out])
    return places[training], places[held_out]


def refuse_new_classes(learnt: np.ndarray, held_out: np.ndarray, places: np.ndarray) -> None:
    """Refuse classes that only the rows held out have, by name; at random every class keeps a row to learn from."""
    new = ~np.isin(held_out, learnt)
    if new.any():
        shown = ", ".join(repr(label) for label in np.unique(held_out[new])[:5].tolist())
        raise DataError(
            f"The rows held out for early stopping have classes that no row to learn from has: {shown} (the first is "
            f"in row {places[np.argmax(new)]}). Hold out other rows, or give X_val and y_val."
        )


def read_groups(groups: Any, n_rows: int, places: np.ndarray, owner: str) -> pa.Array:
    """The labels of the given places, none of them missing, and of several groups."""
    if not isinstance(groups, pa.Array | pa.ChunkedArray) and np.ndim(groups) != 1:
        raise wrong_parameter("groups", f"{owner}.fit", f"{n_rows} labels, one for each row", groups)
    labels = as_arrow(groups, n_rows, "groups").take(pa.array(places))
    missing = np.flatnonzero(pc.is_null(labels, nan_is_null=True).to_numpy(zero_copy_only=False))  # type: ignore[attr-defined]  # made at run time
    if len(missing):
        raise DataError(
            f"The group of row {places[missing[0]]} is missing (`groups`): fill it in, with a label of its own if it "
            "belongs to no other row."
        )
    if pc.count_distinct(labels).as_py() < 2:  # type: ignore[attr-defined]  # made at run time
        raise DataError(
            f"All rows are of the group {labels[0].as_py()!r}, so that no whole group can be held out. "
            "Give X_val and y_val, or leave out `groups`."
        )
    return labels
