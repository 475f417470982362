"""The same table as CSV and as Parquet, with empty texts in either: the same model and the same predictions."""

import json

import numpy as np
import pandas as pd
import pytest

from pellucid.cli.main import run

QUICK = ["--target", "bill", "--max-epochs", "2", "--hidden", "2", "--engine", "reference", "--json"]


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(3)
    frame = pd.DataFrame({"autopay": random.choice(["yes", "no", ""], 80), "bill": random.normal(size=80).round(3)})
    frame["plan"] = random.choice(["true", "false", ""], 80)
    frame.to_csv("t.csv", index=False)
    frame.to_parquet("text.parquet")
    frame.assign(autopay=frame["autopay"].astype("category")).to_parquet("category.parquet")
    return ["t.csv", "text.parquet", "category.parquet"]


@pytest.mark.parametrize("learnt_from", ["t.csv", "text.parquet", "category.parquet"])
def test_predictions_do_not_depend_on_the_form_of_the_file(files, learnt_from, capsys):
    without_plan = ["--ignore", "plan"] if learnt_from != "t.csv" else []  # which is text in Parquet
    assert run(["train", learnt_from, *QUICK, *without_plan]) == 0
    capsys.readouterr()
    predictions = []
    for name in files:
        assert run(["predict", "model.safetensors", name, "--out", "p.csv"]) == 0
        predictions.append(pd.read_csv("p.csv").iloc[:, -1].to_numpy())
    np.testing.assert_array_equal(predictions[0], predictions[1])
    np.testing.assert_array_equal(predictions[0], predictions[2])
    assert "not seen" not in capsys.readouterr().err


def test_a_target_of_empty_text_is_missing_in_both(files, capsys):
    left_out = []
    for name in files:
        assert run(["train", name, "--target", "autopay", *QUICK[2:]]) == 0
        left_out.append(json.loads(capsys.readouterr().out)["rows"])
    assert left_out[0] == left_out[1] == left_out[2]
