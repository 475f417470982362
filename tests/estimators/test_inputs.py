"""What users pass as X is taken as it is meant, or refused by the name of the column."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import DataError


@pytest.mark.parametrize("frame", [pd.DataFrame, pa.table])
def test_text_for_a_model_of_an_array_is_refused_by_its_column(frame):
    model = FeedForwardRegressor((2,), max_iter=1, engine="reference").fit(np.eye(10), np.arange(10.0))
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
