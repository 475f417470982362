"""The history as a table holds the very numbers of the records, one flat column each."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import pellucid
from pellucid import FeedForwardRegressor
from pellucid.errors import DataError, ParameterError
from pellucid.training.history import History

QUICK = {"engine": "reference", "random_state": 0, "max_iter": 4}


def fit(n_targets=2, **settings):
    X = np.random.default_rng(0).normal(size=(40, 2))
    Y = pd.DataFrame({name: X[:, 0] ** k for k, name in enumerate(("load", "price")[:n_targets], start=1)})
    return FeedForwardRegressor((3, 4), **QUICK | settings).fit(X, Y)


def test_every_number_of_every_record_stands_in_its_column():
    """Nothing is left out, nothing added: the number of columns is that of the numbers of a record."""
    history = fit(scoring="r2").history_

    table = history.to_table()

    for i, record in enumerate(history):
        row = {name: values[i].item() for name, values in table.items()}
        expected = {
            "epoch": record.epoch,
            "training_loss": record.training_loss,
            "training_loss[load]": record.training_by_target[0],
            "training_loss[price]": record.training_by_target[1],
            "validation_loss": record.validation_loss,
            "validation_loss[load]": record.validation_by_target[0],
            "validation_loss[price]": record.validation_by_target[1],
            "validation_score": record.validation_score,
            "learning_rate": record.learning_rate,
            **{f"dead_units[{l}]": record.dead_units[l - 1] for l in (1, 2, 3)},
            **{f"saturated_units[{l}]": record.saturated_units[l - 1] for l in (1, 2, 3)},
            **{f"gradient_norm[{l}]": record.gradient_norms[l - 1] for l in (1, 2, 3)},
            **{f"update_norm[{l}]": record.update_norms[l - 1] for l in (1, 2, 3)},
            "seconds": record.seconds,
        }
        assert row == expected
        assert list(row) == list(expected)


def test_what_an_epoch_does_not_have_is_nan():
    """Without validation rows, a score or a learning rate the columns are there all the same."""
    table = fit(early_stopping=False, solver="lbfgs").history_.to_table()

    missing = [name for name, values in table.items() if np.isnan(values).all()]
    assert missing == [
        "validation_loss", "validation_loss[load]", "validation_loss[price]", "validation_score", "learning_rate",
    ]  # fmt: skip


def test_pandas_polars_and_arrow_take_it_as_it_is():
    table = fit().history_.to_table()

    frames = pd.DataFrame(table), pl.DataFrame(table), pa.table(table)

    assert all(values.shape == (4,) for values in table.values())
    assert [frame.shape for frame in frames] == [(4, len(table))] * 3
    for name, values in table.items():
        assert np.array_equal(frames[0][name], values, equal_nan=True)
        assert np.array_equal(frames[1][name], values, equal_nan=True)
        assert np.array_equal(frames[2][name], values, equal_nan=True)


def test_targets_of_one_name_are_told_apart():
    history = fit().history_
    history.target_names = ("load", "load")

    table = history.to_table()

    assert table["training_loss[load (1)]"].tolist() == history["training_by_target"][:, 0].tolist()
    assert table["training_loss[load (2)]"].tolist() == history["training_by_target"][:, 1].tolist()


def test_a_history_without_epochs_is_an_empty_table():
    assert {name: len(values) for name, values in History("rss").to_table().items()} == dict.fromkeys(
        ["epoch", "training_loss", "training_loss[y]", "validation_loss", "validation_loss[y]", "validation_score",
         "learning_rate", "seconds"], 0
    )  # fmt: skip


def test_the_history_is_drawn_or_written(tmp_path):
    model = fit()

    figure = model.plot_history()
    assert [ax.get_title() for ax in figure.axes if ax.get_title()] == ["all targets", "load", "price"]
    training, validation = figure.axes[0].lines[:2]
    assert training.get_ydata().tolist() == model.history_["training_loss"].tolist()
    assert validation.get_ydata().tolist() == model.history_["validation_loss"].tolist()
    assert model.plot_history(tmp_path / "curves.png") is None
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_a_loaded_model_says_that_it_has_no_history(tmp_path):
    fit().save(tmp_path / "m")
    loaded = pellucid.load(tmp_path / "m")
    sentence = (
        "This FeedForwardRegressor was loaded from a model file, which holds no history of its training. Look at it "
        "where the model is fitted, or keep it with HistoryLines."
    )

    with pytest.raises(DataError) as refusal:
        loaded.plot_history()
    assert str(refusal.value) == sentence
    with pytest.raises(AttributeError) as refusal:
        loaded.history_  # noqa: B018  # the question is what asking for it says
    assert str(refusal.value) == sentence
    assert not hasattr(loaded, "history_")


def test_a_model_that_is_not_fitted_says_so_of_its_history():
    with pytest.raises(AttributeError, match=r"This FeedForwardRegressor has no history_: it is not fitted\. Call"):
        pellucid.FeedForwardRegressor().history_  # noqa: B018


def test_another_kind_of_picture_is_refused():
    with pytest.raises(ParameterError, match=r"A picture ends in \.svg or \.png\. Got 'c\.jpg' instead\."):
        fit().plot_history("c.jpg")
