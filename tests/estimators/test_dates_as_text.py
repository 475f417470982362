"""Dates that are written as text in the form of ISO 8601 are dates, in every kind of frame as in a CSV file."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import DataError, DataWarning

N = 80
SMALL = {"hidden_layer_sizes": (2,), "max_iter": 2, "random_state": 0, "engine": "reference"}
FRAMES = {
    "pandas, str": lambda frame: frame,
    "pandas, object": lambda frame: frame.astype({"day": object}),
    "polars": pl.from_pandas,
    "arrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
}


@pytest.fixture
def moments(rng):
    return pd.Series(pd.date_range("2021-01-01", periods=N, freq="30h")[rng.permutation(N)])


def frame_of(days, rng):
    return pd.DataFrame({"size": rng.normal(size=N), "day": days})


def fitted(X, **options):
    return FeedForwardRegressor(**SMALL, **options).fit(X, np.arange(N) % 7.0)


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S.5", "%Y-%m-%dT%H:%MZ"])
@pytest.mark.parametrize("kind", FRAMES)
def test_text_that_spells_dates_makes_the_model_of_the_dates(kind, form, moments, rng):
    texts = moments.dt.strftime(form)
    texts[3] = None
    as_text = frame_of(texts, rng)
    as_dates = as_text.assign(day=pd.to_datetime(texts, format="ISO8601"))

    model, of_dates = fitted(FRAMES[kind](as_text)), fitted(as_dates)
    assert model.encoder_ == of_dates.encoder_
    assert "year of day" in model.encoder_.feature_names or "month of day" in model.encoder_.feature_names
    np.testing.assert_array_equal(model.predict(FRAMES[kind](as_text)), of_dates.predict(as_dates))
    np.testing.assert_array_equal(model.predict(as_dates), of_dates.predict(as_text))


def test_one_text_that_is_no_date_makes_a_category_as_in_a_csv_file(moments, rng):
    texts = moments.dt.strftime("2021-01-0%w")
    texts[70] = "soon"
    names = fitted(frame_of(texts.str.replace("-00", "-07"), rng)).encoder_.feature_names
    assert {"day=soon", "day=2021-01-03"} <= set(names)


def test_dates_with_and_without_a_zone_are_no_column_of_dates(moments, rng):
    texts = moments.dt.strftime("2021-01-07T0%w:00")
    texts[::2] += "Z"
    assert "day=2021-01-07T03:00Z" in fitted(frame_of(texts, rng)).encoder_.feature_names


def test_a_column_named_as_a_category_has_its_text_as_written(moments, rng):
    X = frame_of(moments.dt.strftime("2021-01-07T0%w"), rng)
    model = fitted(X, categorical_features=["day"])
    assert "day=2021-01-07T03" in model.encoder_.feature_names
    assert np.isfinite(model.predict(X)).all()


def test_categories_of_pandas_stay_categories(moments, rng):
    X = frame_of(moments.dt.strftime("2021-01-07T0%w").astype("category"), rng)
    assert "day=2021-01-07T03" in fitted(X).encoder_.feature_names


def test_a_target_of_dates_as_text_is_classes(moments, rng):
    y = moments.dt.strftime("2021-01-1%w")
    model = FeedForwardClassifier(**SMALL).fit(frame_of(moments, rng), y)
    assert list(model.classes_) == sorted(set(y))


def test_rows_to_validate_on_that_spell_no_date_are_refused_by_their_row(moments, rng):
    X = frame_of(moments.dt.strftime("%Y-%m-%d"), rng)
    X_val = X.assign(day=["soon" if i == 5 else text for i, text in enumerate(X["day"])])
    y = np.arange(N) % 7.0
    with pytest.raises(DataError, match="X_val: The column 'day' held dates in training but holds 'soon' in row 5 now"):
        FeedForwardRegressor(**SMALL).fit(X, y, X_val=X_val, y_val=y)


@pytest.mark.parametrize("form", ["%d.%m.%Y", "%m/%d/%Y", "%Y/%m/%d"])
@pytest.mark.parametrize("repeated", [False, True])
def test_dates_in_another_form_are_left_out_or_made_a_category_with_a_word(form, repeated, moments, rng):
    texts = moments.dt.strftime(form)
    texts = texts.where(np.arange(N) < N // 2, texts[0]) if repeated else texts
    with pytest.warns(DataWarning) as told:
        fitted(frame_of(texts, rng))
    (line,) = [str(warning.message) for warning in told]
    becomes = "is a category" if repeated else "is left out"
    assert line.startswith(f"The column 'day' {becomes}")
    assert line.endswith(f"Its values look like dates ({texts[0]!r}): convert them with pandas.to_datetime, or write "
                         "them as 2022-03-12.")  # fmt: skip


def test_nothing_is_said_of_dates_that_are_named_as_categories(moments, rng):
    X = frame_of(moments.dt.strftime("%d.%m.%Y"), rng)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted(X, categorical_features=["day"])
