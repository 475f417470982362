"""A table with a column of every kind, and models that encode it in every way."""

import numpy as np
import pandas as pd
import pytest

from pellucid import FeedForwardRegressor
from pellucid.errors import DataWarning

NUMBER_ENCODINGS = ("standard", "robust", "quantile", "piecewise_linear", "none")
N = 240


def table_of_every_kind():
    """Numbers with and without gaps, truth values, dates, text with rare levels, many levels, and an identifier."""
    rng = np.random.default_rng(5)
    sold = pd.Timestamp("2019-03-01") + pd.to_timedelta(rng.integers(0, 900 * 24 * 60, N), "min")
    table = pd.DataFrame(
        {
            "size": rng.normal(80, 20, N),
            "age": np.where(rng.random(N) < 0.2, np.nan, rng.gamma(2, 15, N)),
            "garden": pd.array(rng.random(N) > 0.5, dtype="boolean"),
            "sold": sold,
            "town": rng.choice(["Bern", "Rome", "Oslo", "Lima", "Ulm"], N, p=[0.4, 0.3, 0.26, 0.02, 0.02]),
            "street": [f"street {i}" for i in rng.integers(0, 60, N)],
            "order": [f"A-{i:05d}" for i in range(N)],
        }
    )
    table.loc[3, "garden"] = pd.NA
    table.loc[4, "sold"] = pd.NaT
    table.loc[5, "town"] = None
    table.loc[6, "street"] = None
    return table


def fitted_on_every_kind(table, number_encoding="auto", y=None, **parameters):
    """A small smooth network; towns have their own features but for two rare ones, streets their frequency."""
    price = 3 * table["size"] + np.where(table["garden"].fillna(False), 50.0, 0.0) if y is None else y
    fixed = {
        "activation": "softplus",
        "max_iter": 5,
        "early_stopping": False,
        "random_state": 0,
        "engine": "reference",
        "dtype": "float64",
    }
    fixed |= {"number_encoding": number_encoding, "max_categories": 5, "min_frequency": 0.05}
    with pytest.warns(DataWarning, match="'order' is left out"):
        return FeedForwardRegressor((4,), **(fixed | parameters)).fit(table, price)
