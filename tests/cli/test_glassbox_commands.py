"""`pellucid explain` and `pellucid check`: one row in full, and a gradient that is checked, from the command line."""

import json
import shutil

import numpy as np
import pytest
from bad_input import GOOD

import pellucid
from pellucid.cli.main import run
from pellucid.engines.compiled.engine import CompiledEngine

LOST = "which this command reads: it would be lost. Choose another name."


def words(command):
    """A command line as its arguments."""
    return command.split()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A table with a column of text, and a model of it: made once."""
    path = tmp_path_factory.mktemp("trained")
    lines = GOOD.splitlines()
    texts = ["town", *(("Bern", "Rome")[i % 2] for i in range(len(lines) - 1))]
    table = "\n".join(f"{text},{line}" for text, line in zip(texts, lines, strict=True)) + "\n"
    (path / "t.csv").write_text(table)
    train = f"train {path}/t.csv --target y --max-epochs 3 --hidden 5 --model {path}/m.safetensors"
    assert run(words(train)) == 0
    return path


@pytest.fixture
def folder(trained, tmp_path, monkeypatch, capsys):
    """Table and model in a working directory of the test's own."""
    monkeypatch.chdir(tmp_path)
    for name in ("t.csv", "m.safetensors"):
        shutil.copy(trained / name, tmp_path / name)
    capsys.readouterr()
    return tmp_path


def said(capsys, command, code=0):
    assert run(words(command)) == code
    return capsys.readouterr()


def test_explain_prints_the_trace_of_the_row_with_its_line(folder, capsys):
    text = said(capsys, "explain m.safetensors t.csv --row 3").out

    assert text.startswith("t.csv, row 3, line 5\n")
    for name in ("town", "Prediction: y ", "dL_dh", "dy_hat_dx", "J before", "equals that of the compiled engine"):
        assert name in text


def test_explain_as_json_is_the_trace_of_the_model(folder, capsys):
    """The numbers are those of model.trace on the same row."""
    found = json.loads(said(capsys, "explain m.safetensors t.csv --row 3 --json").out)
    import pyarrow.csv

    table = pyarrow.csv.read_csv("t.csv")
    made = pellucid.load("m.safetensors").trace(table.slice(3, 1).drop_columns("y"), table["y"][3].as_py())

    assert found["layers"][1]["dL_dW"] == made.layers[1].dL_dW.tolist()
    assert (found["row"]["number"], found["row"]["line"], found["row"]["source"]) == (3, 5, "t.csv")


def test_explain_writes_one_page_whole_or_not_at_all(folder, capsys):
    """The page names the row, and says that it holds data; an old page is replaced by the whole new one."""
    (folder / "trace.html").write_text("old")
    told = said(capsys, "explain m.safetensors t.csv --row 0 --out trace.html").out
    page = (folder / "trace.html").read_text()

    assert told.startswith("row 0 (line 2) of t.csv: y ")
    assert "it holds this row of the data" in told
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "Bern" in page


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda lines: [line.rsplit(",", 1)[0] for line in lines], "t.csv has no column 'y'"),
        (lambda lines: [lines[0], lines[1].rsplit(",", 1)[0] + ",", *lines[2:]], "row 0 (line 2) has no value of 'y'"),
    ],
    ids=["no target column", "no target in the row"],
)
def test_without_a_target_only_the_way_forward_is_shown_and_that_is_said(change, reason, folder, capsys):
    lines = (folder / "t.csv").read_text().splitlines()
    (folder / "t.csv").write_text("\n".join(change(lines)) + "\n")
    text = said(capsys, "explain m.safetensors t.csv --row 0").out

    assert f"{reason}: only the way forward is shown." in text
    assert "dL_dh" not in text


def test_missing_and_unseen_values_are_explained_as_the_model_sees_them(folder, capsys):
    (folder / "u.csv").write_text("town,a,b,y\nParis,,1,2\n")
    text = said(capsys, "explain m.safetensors u.csv --row 0").out

    assert "town: 'Paris' was not seen in training: all its features are 0" in text
    assert "a: missing: the median" in text


def test_digits_in_a_column_of_text_are_text(tmp_path, monkeypatch, capsys):
    """A model that knows text codes takes a table whose codes happen to be digits only."""
    monkeypatch.chdir(tmp_path)
    rows = [f"{'12x'[i % 3]},{i * 7 % 11},{i % 3 + i * 7 % 11}" for i in range(40)]
    (tmp_path / "t.csv").write_text("code,a,y\n" + "\n".join(rows) + "\n")
    assert run(words("train t.csv --target y --task regression --max-epochs 2 --model m.safetensors")) == 0
    (tmp_path / "u.csv").write_text("code,a,y\n1,2,3\n2,3,4\n")
    capsys.readouterr()
    text = said(capsys, "explain m.safetensors u.csv --row 1")

    assert "not seen in training" not in text.out + text.err
    assert run(words("predict m.safetensors u.csv")) == 0
    assert run(words("evaluate m.safetensors u.csv")) == 0


def test_check_prints_the_table_of_comparisons_and_ends_with_0(folder, capsys):
    text = said(capsys, "check m.safetensors t.csv --rows 8 --most-entries 5").out

    assert text.startswith("m.safetensors on 8 of the 40 rows of t.csv, seed 0")
    for way in ("matrix form", "compiled engine", "JAX autodiff", "differences"):
        assert way in text
    assert "\nPassed: " in text


def test_check_of_a_wrong_gradient_ends_with_1_and_names_the_layer(folder, capsys, monkeypatch):
    own = CompiledEngine.gradient

    def wrong(self, *arguments):
        losses, gradient = own(self, *arguments)
        return losses, -gradient

    monkeypatch.setattr(CompiledEngine, "gradient", wrong)
    found = json.loads(said(capsys, "check m.safetensors t.csv --rows 4 --most-entries 2 --json", code=1).out)

    assert found["passed"] is False
    assert found["verdict"].startswith("FAILED in layer 2, W: compiled engine against observations differ by 2.0e+00")
    assert len(found["rows"]) == 4


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("explain m.safetensors t.csv --row 40", "--row must be a row of t.csv, from 0 to 39. Got 40 instead."),
        ("explain m.safetensors t.csv --row -1", "--row must be a row of t.csv, from 0 to 39. Got -1 instead."),
        ("explain m.safetensors t.csv --row 0 --out t.txt", "--out must end in .html or .htm. Got 't.txt' instead."),
        ("explain t.csv t.csv --row 0", None),
        ("explain m.safetensors missing.csv --row 0", "The file 'missing.csv' does not exist: check the path."),
        ("check m.safetensors t.csv --rows 0", "--rows must be a whole number >= 1. Got 0 instead."),
        (
            "check m.safetensors v.csv",
            "v.csv has no row with a value of every target: there is nothing to differentiate.",
        ),
        (
            "check m.safetensors w.csv",
            "The target 'y' holds 'much' in row 1 (line 3), and 1 other row holds such values. "
            "The model predicts finite numbers: correct these rows, or leave them out.",
        ),
        (
            "explain m.safetensors i.csv --row 1",
            "The column 'a' has an infinite value in row 1 (line 3). Correct it, or leave it empty: it then counts as "
            "missing.",
        ),
        ("evaluate m.safetensors t.csv --separator ;", None),
        ("predict m.safetensors t.csv --out t.csv", f"--out names 't.csv', {LOST}"),
        (
            "predict m.safetensors p.csv --key predicted_y",
            "--key names the column 'predicted_y', which is also the name of a column of predictions. Rename it.",
        ),
        ("train t.csv --target y --model t.csv", f"--model names 't.csv', {LOST}"),
        (
            "train t.csv --target y --seed 5000000000",
            "--seed must be a whole number from 0 to 4294967294. Got 5000000000 instead.",
        ),
    ],
)
def test_a_mistake_is_one_message_and_nothing_is_touched(command, message, folder, capsys):
    """Exit code 2, no traceback, files as they were."""
    good = (folder / "t.csv").read_text().splitlines()
    tables = {
        "v.csv": [good[0], "Bern,1,2,"],
        "w.csv": [good[0], "Bern,1,2,3", "Rome,1,2,much", "Rome,1,2,more"],
        "i.csv": [good[0], "Bern,1,2,3", "Rome,inf,2,3"],
        "p.csv": ["predicted_y," + good[0], *(f"{i},{line}" for i, line in enumerate(good[1:]))],
    }
    for name, lines in tables.items():
        (folder / name).write_text("\n".join(lines) + "\n")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    told = said(capsys, command, code=2)

    assert told.err.startswith("pellucid: ")
    assert "Traceback" not in told.err
    if message is not None:
        assert told.err == f"pellucid: {message}\n"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_check_of_a_classifier_from_text_passes(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(0)
    X = generator.normal(size=(60, 2))
    lines = [f"{a:.4f},{b:.4f},{'abc'[int(a > 0) + int(b > 0)]}" for a, b in X]
    (tmp_path / "t.csv").write_text("p,q,kind\n" + "\n".join(lines) + "\n")
    assert run(words("train t.csv --target kind --max-epochs 3 --hidden 4 --model m.safetensors")) == 0
    capsys.readouterr()
    text = said(capsys, "check m.safetensors t.csv --rows 10").out

    assert "Passed: " in text
    assert "kind " in said(capsys, "explain m.safetensors t.csv --row 0").out


def test_a_class_that_was_not_seen_is_explained_forward_only(tmp_path, monkeypatch, capsys):
    """As one that is missing: the row has no loss, and its way forward is shown."""
    monkeypatch.chdir(tmp_path)
    lines = [f"{i},{'ab'[i % 2]}" for i in range(60)]
    (tmp_path / "t.csv").write_text("\n".join(["x,kind", *lines]) + "\n")
    assert run(words("train t.csv --target kind --max-epochs 2 --hidden 3 --model m.safetensors")) == 0
    (tmp_path / "new.csv").write_text("x,kind\n1,c\n")
    text = said(capsys, "explain m.safetensors new.csv --row 0").out

    assert "row 0 (line 2) has the kind 'c', which was not seen in training: only the way forward is shown." in text
    assert "dL_dh" not in text


def test_what_a_table_holds_does_not_steer_the_terminal(tmp_path, monkeypatch, capsys):
    """A column name with an escape sequence is written out, in tables and in messages."""
    monkeypatch.chdir(tmp_path)
    escape = chr(27) + "[31mred"
    lines = [f"{i},{i % 7}" for i in range(60)]
    (tmp_path / "t.csv").write_text("\n".join([f"{escape},y", *lines]) + "\n")
    shown = capsys.readouterr()
    assert run(words("train t.csv --target y --max-epochs 2 --hidden 3 --model m.safetensors")) == 0
    assert run(words("explain m.safetensors t.csv --row 0")) == 0
    (tmp_path / "lacks.csv").write_text("y\n1\n")
    assert run(words("explain m.safetensors lacks.csv --row 0")) == 2
    shown = capsys.readouterr()

    assert chr(27) not in shown.out + shown.err
    assert "\\x1b[31mred" in shown.out
    assert "\\x1b[31mred" in shown.err
