"""What pandas keeps of an index in a Parquet file is no feature, and makes no difference to a prediction."""

import numpy as np
import pandas as pd
import pytest

import pellucid
from pellucid.cli.main import run

QUICK = ["--max-epochs", "2", "--hidden", "2", "--engine", "reference", "--model", "m.safetensors"]


@pytest.fixture
def frame(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(3)
    frame = pd.DataFrame({"size": random.normal(size=60), "rent": random.normal(size=60)})
    return frame.sample(frac=1, random_state=0)


def features():
    return list(pellucid.load("m.safetensors").feature_names_in_)


def predicted(path):
    assert run(["predict", "m.safetensors", path, "--out", "p.csv"]) == 0
    return pd.read_csv("p.csv").iloc[:, -1].to_numpy()


def test_training_leaves_out_an_index_without_a_name_and_says_so(frame, capsys):
    frame.to_parquet("t.parquet")

    assert run(["train", "t.parquet", "--target", "rent", *QUICK]) == 0
    assert features() == ["size"]
    assert "__index_level_0__: the index of a pandas DataFrame" in capsys.readouterr().out


def test_an_index_with_a_name_is_a_column_as_any_other(frame):
    frame.set_index(pd.Index(np.random.default_rng(1).normal(size=60), name="id")).to_parquet("t.parquet")

    assert run(["train", "t.parquet", "--target", "rent", *QUICK]) == 0
    assert sorted(features()) == ["id", "size"]


def test_predictions_with_and_without_the_index_are_the_same_and_nothing_is_said_of_it(frame, capsys):
    frame.to_parquet("with.parquet")
    frame.to_parquet("without.parquet", index=False)
    assert run(["train", "without.parquet", "--target", "rent", *QUICK]) == 0
    capsys.readouterr()

    np.testing.assert_array_equal(predicted("with.parquet"), predicted("without.parquet"))
    assert "__index_level_0__" not in capsys.readouterr().err


def test_the_index_can_be_repeated_beside_the_predictions(frame):
    frame.to_parquet("t.parquet")
    assert run(["train", "t.parquet", "--target", "rent", *QUICK]) == 0
    assert run(["predict", "m.safetensors", "t.parquet", "--key", "__index_level_0__", "--out", "p.csv"]) == 0
    assert pd.read_csv("p.csv")["__index_level_0__"].tolist() == frame.index.tolist()


def test_the_index_cannot_be_a_category(frame, capsys):
    frame.to_parquet("t.parquet")
    assert run(["train", "t.parquet", "--target", "rent", "--categorical", "__index_level_0__", *QUICK]) == 2
    assert "is the index of a pandas DataFrame, so it cannot be --categorical" in capsys.readouterr().err
