"""Predictions as the columns of a table: `predicted_TARGET`, and the probabilities where they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from pellucid.tables.notes import Notes


def prediction_names(fitted: Any, probabilities: bool) -> list[str]:
    """`predicted_TARGET` (with `_q0.1`) for each output, and `probability_of_CLASS` (or label) where asked for.

    No two are the same, whatever the targets are called.
    """
    from pellucid.estimators.target_values import distinct_name

    distinct: list[str] = []
    for name in wanted_names(fitted, probabilities):
        distinct.append(distinct_name(name, distinct))
    return distinct


def wanted_names(fitted: Any, probabilities: bool) -> list[str]:
    """The same, but as the targets and classes give them."""
    if not hasattr(fitted, "predict_proba"):
        return [f"predicted_{name}" for name in fitted.targets_.output_names]
    names = list(fitted.targets_.names)
    of = names if fitted.targets_.kind == "multilabel" else fitted.classes_.tolist()
    return [f"predicted_{name}" for name in names] + [f"probability_of_{name}" for name in of if probabilities]


def prediction_columns(
    fitted: Any, features: pa.Table, probabilities: bool, exposure: Any = None
) -> tuple[dict[str, Any], Notes]:
    """The predictions of some rows, bit for bit those of `fitted.predict`, and what encoding the rows had to do."""
    from pellucid.estimators.blocks import answer_of_block

    answer, notes = answer_of_block(fitted, features, exposure)
    if not hasattr(fitted, "predict_proba"):
        columns = list(answer.reshape(len(answer), -1).T)
    else:
        y_hat = fitted.targets_.choose(answer)
        columns = [*y_hat.reshape(len(y_hat), -1).T, *(answer.T if probabilities else ())]
    return dict(zip(prediction_names(fitted, probabilities), columns, strict=True)), notes
