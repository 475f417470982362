"""`--report` of train and evaluate: the page and its traces, with rows and lines of the table, and refusals."""

import json
import re
from hashlib import sha256

import numpy as np
import pandas as pd
import pytest

from pellucid import FeedForwardRegressor
from pellucid.cli.main import run


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A table whose rows 3 and 40 have no target, in a working directory of the test's own; JAX would take long."""
    monkeypatch.setattr("pellucid.glassbox.check.has_jax", lambda: False)
    rng = np.random.default_rng(0)
    lines = ["a,town,g,y"]
    for i in range(90):
        a, town = rng.normal(), ("Bern", "Rome")[rng.integers(2)]
        y = "" if i in (3, 40) else f"{2 * a + (town == 'Rome'):.3f}"
        lines.append(f"{a:.3f},{town},{i // 3},{y}")
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


TRAIN = ["train", "t.csv", "--target", "y", "--max-epochs", "3", "--hidden", "4", "--engine", "reference"]
TRAIN += ["--model", "m.safetensors"]


def test_train_writes_the_page_of_its_test_rows(folder, capsys):
    """With the numbers that the command prints, the lines of the worst rows, the command and the table's hash."""
    assert run([*TRAIN, "--report", "r.html", "--group", "g", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    page = (folder / "r.html").read_text(encoding="utf-8")

    assert f"The root mean squared error is {result['test']['pellucid']['RMSE']:.4g}" in page
    assert f"{result['test']['linear model']['RMSE']:.4g}" in page
    assert "whole groups of &#39;g&#39;" in page
    assert "by whole groups" in page
    assert "2 rows without a target" in page
    assert sha256((folder / "t.csv").read_bytes()).hexdigest() in page
    assert "pellucid train t.csv --target y" in page
    assert result["files"]["report"] == "r.html"
    table = (folder / "t.csv").read_text().splitlines()
    for link in re.findall(r'href="(r_rows/row-(\d+)\.html)"', page):
        trace = (folder / link[0]).read_text(encoding="utf-8")
        row = int(link[1])
        assert f"line {row + 2} of the file" in trace
        assert table[row + 1].split(",")[3] != ""
    assert len(list((folder / "r_rows").iterdir())) == 5


def test_evaluate_writes_the_page_of_a_loaded_model(folder, capsys):
    assert run(TRAIN) == 0
    capsys.readouterr()
    assert run(["evaluate", "m.safetensors", "t.csv", "--report", "e.html"]) == 0
    assert "Report  e.html (it holds rows of the data)" in capsys.readouterr().out
    page = (folder / "e.html").read_text(encoding="utf-8")

    assert "Whether the model was trained on some of these rows is not known" in page
    assert "a model that was loaded from a file has no history" in page
    assert sha256((folder / "m.safetensors").read_bytes()).hexdigest() in page
    assert "pellucid evaluate m.safetensors t.csv --report e.html" in page


def test_a_page_tells_no_folder(folder, capsys):
    """Neither of the table nor of the model, wherever they lie."""
    (folder / "secret").mkdir()
    (folder / "t.csv").rename(folder / "secret" / "t.csv")
    where = str(folder / "secret" / "t.csv")
    arguments = [where if word == "t.csv" else word for word in TRAIN]
    assert run([*arguments, f"--report={folder / 'secret' / 'r.html'}"]) == 0

    page = (folder / "secret" / "r.html").read_text(encoding="utf-8")
    assert "secret" not in page
    assert str(folder) not in page
    assert "--report=r.html" in page


@pytest.mark.parametrize("verb", ["train", "evaluate"])
def test_a_report_that_cannot_be_is_refused_before_any_work(verb, folder, capsys):
    if verb == "evaluate":
        assert run(TRAIN) == 0
    before = {path.name for path in folder.iterdir()}
    command = TRAIN if verb == "train" else ["evaluate", "m.safetensors", "t.csv"]
    capsys.readouterr()

    assert run([*command, "--report", "r.pdf"]) == 2
    assert capsys.readouterr().err == "pellucid: --report must end in .html or .htm. Got 'r.pdf' instead.\n"
    assert run([*command, "--report", "none/r.html"]) == 2
    assert "--report lies in 'none', which is not a folder" in capsys.readouterr().err
    assert {path.name for path in folder.iterdir()} == before


def test_a_folder_of_traces_that_cannot_be_made_is_told(folder, capsys):
    """The model is there all the same."""
    (folder / "r_rows").write_text("a file")

    assert run([*TRAIN, "--report", "r.html"]) == 2
    assert "The report cannot be written to r_rows: File exists." in capsys.readouterr().err
    assert (folder / "m.safetensors").exists()
    assert not (folder / "r.html").exists()


def test_a_column_that_is_feature_and_target_at_once_is_refused(folder, capsys):
    """A model of Python's whose feature is called as its target: of one column in a table the two cannot be told."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"y": rng.normal(size=40), "a": rng.normal(size=40)})
    model = FeedForwardRegressor((2,), max_iter=2, engine="reference", random_state=0).fit(X, -X["y"].to_numpy())
    model.save("twice.safetensors")

    for verb, options in (("evaluate", []), ("evaluate", ["--report", "r.html"]), ("check", [])):
        assert run([verb, "twice.safetensors", "t.csv", *options]) == 2
        said = capsys.readouterr().err
        assert "twice.safetensors has a feature and a target with the same name, 'y'" in said
        assert "Rename one of them and train again" in said
    assert run(["explain", "twice.safetensors", "t.csv", "--row", "0"]) == 0
    assert "The model has a feature that is called 'y' too: only the way forward is shown." in capsys.readouterr().out
    assert run(["predict", "twice.safetensors", "t.csv"]) == 0
    assert not (folder / "r.html").exists()
