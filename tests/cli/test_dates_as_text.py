"""Dates as text in a Parquet file are those that a CSV file of the same table has."""

import json

import numpy as np
import pandas as pd
import pytest

import pellucid
from pellucid.cli.main import run

QUICK = ["--max-epochs", "2", "--hidden", "2", "--engine", "reference"]


@pytest.fixture
def frame(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(3)
    days = pd.Series(pd.date_range("2021-01-01", periods=80, freq="30h")[random.permutation(80)])
    frame = pd.DataFrame({"size": random.normal(size=80), "day": days.dt.strftime("%Y-%m-%dT%H:%M")})
    frame.loc[3, "day"] = None
    return frame.assign(rent=random.normal(size=80))


def test_both_files_make_the_same_model_and_predictions(frame, capsys):
    frame.to_csv("t.csv", index=False)
    frame.to_parquet("t.parquet")
    encoders, predictions = [], []
    for name in ("t.csv", "t.parquet"):
        assert run(["train", name, "--target", "rent", *QUICK]) == 0
        assert "day feature date" in " ".join(capsys.readouterr().out.split())
        encoders.append(pellucid.load("model.safetensors").encoder_)
        for rows in ("t.csv", "t.parquet"):
            assert run(["predict", "model.safetensors", rows, "--out", "p.csv"]) == 0
            predictions.append(pd.read_csv("p.csv").iloc[:, -1].to_numpy())
            assert run(["evaluate", "model.safetensors", rows, "--json"]) == 0
    assert encoders[0] == encoders[1]
    for other in predictions[1:]:
        np.testing.assert_array_equal(predictions[0], other)


def test_a_category_and_a_target_have_the_text_as_written(frame, capsys):
    frame = frame.assign(day=frame["day"].str[:7] + "-01", due=np.where(frame["size"] > 0, "2024-05-31", "2024-06-30"))
    frame.to_parquet("t.parquet")
    assert run(["train", "t.parquet", "--target", "due", "--categorical", "day", "--json", *QUICK]) == 0
    assert json.loads(capsys.readouterr().out)["task"] == "classification"
    model = pellucid.load("model.safetensors")
    assert list(model.classes_) == ["2024-05-31", "2024-06-30"]
    assert "day=2021-01-01" in model.encoder_.feature_names
    assert run(["predict", "model.safetensors", "t.parquet"]) == 0


def test_dates_of_another_form_are_said_to_look_like_dates(frame, capsys):
    frame["day"] = np.where(frame.index % 2 == 0, "12.03.2021", "01.04.2021")
    frame.to_csv("t.csv", index=False)
    assert run(["train", "t.csv", "--target", "rent", *QUICK]) == 0
    assert "Its values look like dates ('" in capsys.readouterr().err.replace("\n", " ")
