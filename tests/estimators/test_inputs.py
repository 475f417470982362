"""What users pass as X is taken as it is meant, or refused by the name of the column."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import DataError


@pytest.mark.parametrize("frame", [pd.DataFrame, pa.table])
def test_text_for_a_model_of_an_array_is_refused_by_its_column(frame):
    model = FeedForwardRegressor((2,), max_iter=1, engine="reference", random_state=0).fit(np.eye(10), np.arange(10.0))
    columns = {f"c{j}": [0.5, 0.5] for j in range(9)} | {"town": [None, "Bern"]}

    with pytest.raises(DataError) as refusal:
        model.predict(frame(columns))

    assert str(refusal.value) == (
        "The column 'town' holds text ('Bern' in row 1), but the model was fitted on an array of numbers. "
        "Give it the columns of that array, in their order."
    )


def test_classes_of_one_row_each_cannot_be_held_out():
    with pytest.raises(DataError) as refusal:
        FeedForwardClassifier().fit(np.eye(3), ["a", "b", "c"])

    assert str(refusal.value) == (
        "Every class has a single row, so that none can be held out: give at least 2 rows of some class."
    )


def test_text_under_numbers_as_column_names_is_refused_with_the_remedy():
    """As of a file without a header. Numbers under such names are an array, as scikit-learn has it."""
    X = pd.DataFrame([[0.5, "DE-17"], [1.5, None], [2.5, "CH-3"]] * 10)
    model = FeedForwardRegressor((2,), max_iter=1, engine="reference", random_state=0)

    with pytest.raises(DataError) as refusal:
        model.fit(X, X[0])
    assert str(refusal.value) == (
        "The column 1 of X holds text ('DE-17' in row 0), but the columns have numbers for names, so that X counts as "
        "an array of numbers. Name them by text: X.columns = X.columns.astype(str)."
    )
    X.columns = X.columns.astype(str)
    assert "1=DE-17" in model.fit(X, X["0"]).encoder_.feature_names
    model.fit(pd.DataFrame([[0.5, 1.0], [1.5, 2.0]] * 10), np.arange(20.0))
    assert not hasattr(model, "feature_names_in_")


@pytest.mark.parametrize("verb", ["fit", "predict"])
def test_one_odd_value_in_a_column_is_named_with_its_row(verb):
    good = pd.DataFrame({"km": np.arange(30.0), "age": np.arange(30) % 5})
    bad = good.astype({"km": object})
    bad.loc[17, "km"] = "n/a"
    model = FeedForwardRegressor((2,), max_iter=1, engine="reference", random_state=0)

    with pytest.raises(DataError, match="The column 'km' holds numbers, but 'n/a' in row 17: make it all numbers"):
        model.fit(bad, good["age"]) if verb == "fit" else model.fit(good, good["age"]).predict(bad)
