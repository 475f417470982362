"""`pellucid export`: a model as an ONNX file from the command line, and what it says of the check."""

import json
import shutil

import numpy as np
import onnx
import onnxruntime
import pytest

import pellucid
from pellucid.cli.main import run
from pellucid.files.onnx_export.comparison import OnnxCheck, OutputDifference
from pellucid.tables.reading import read_tables

KINDS = ("number", "text", "truth", "date")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A table with columns of every kind, some values missing, and models of it: made once."""
    path = tmp_path_factory.mktemp("trained")
    rng = np.random.default_rng(0)
    lines = ["size,town,sold,when,price,kind"]
    for i in range(60):
        size = "" if i % 9 == 4 else f"{rng.normal():.4f}"
        town = "" if i % 7 == 3 else ("Bern", "Rome", "Zürich")[i % 3]
        day = f"{2000 + i % 20}-0{1 + i % 9}-1{i % 10}"
        lines.append(f"{size},{town},{('true', 'false')[i % 2]},{day},{rng.uniform(1, 9):.3f},{'abc'[i % 3]}")
    (path / "t.csv").write_text("\n".join(lines) + "\n")
    common = f"train {path}/t.csv --max-epochs 3 --hidden 5 --engine reference"
    assert run([*common.split(), "--target", "price", "--ignore", "kind", "--model", f"{path}/m.safetensors"]) == 0
    assert run([*common.split(), "--target", "kind", "--ignore", "price", "--model", f"{path}/k.safetensors"]) == 0
    return path


@pytest.fixture
def folder(trained, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("t.csv", "m.safetensors", "k.safetensors"):
        shutil.copy(trained / name, tmp_path / name)
    capsys.readouterr()
    return tmp_path


def said(capsys, command, code=0):
    assert run(command.split()) == code
    return capsys.readouterr()


def test_a_model_is_written_and_runs_without_pellucid(folder, capsys):
    """What ONNX Runtime gives for one row typed in by hand is what `predict` gives for it."""
    out = said(capsys, "export m.safetensors m.onnx").out
    assert out == f"m.safetensors written to m.onnx ({(folder / 'm.onnx').stat().st_size:,} bytes)\n"

    session = onnxruntime.InferenceSession("m.onnx")
    date = np.datetime64("2003-04-13", "us").astype(np.int64)
    feeds = {"size": [[0.5]], "town": [["Rome"]], "sold": [[False]], "when": [[date]]}
    types = {"size": np.float64, "town": object, "sold": bool, "when": np.int64}
    (prediction,) = session.run(["prediction"], {name: np.array(v, types[name]) for name, v in feeds.items()})
    (folder / "one.csv").write_text("size,town,sold,when\n0.5,Rome,false,2003-04-13\n")
    printed = said(capsys, "predict m.safetensors one.csv").out.splitlines()[1]
    assert float(printed) == pytest.approx(prediction[0], rel=1e-9)


@pytest.mark.parametrize("model", ["m", "k"])
def test_a_check_prints_the_largest_difference_of_each_output(folder, capsys, model):
    lines = said(capsys, f"export {model}.safetensors {model}.onnx --check t.csv").out.splitlines()

    assert lines[1] == "ONNX Runtime against Python, 60 rows: the largest difference"
    names = [line.split()[0] for line in lines[2:-1]]
    assert names == (["price"] if model == "m" else ["P(a)", "P(b)", "P(c)"])
    assert lines[-1] == "within the limit, 1e-10 of the largest"


def test_as_json_the_check_is_that_of_the_model(folder, capsys):
    found = json.loads(said(capsys, "export m.safetensors m.onnx --check t.csv --json").out)

    model, table = pellucid.load("m.safetensors"), read_tables(["t.csv"])
    expected = model.to_onnx("again.onnx", X=table.select(["size", "town", "sold", "when"]))
    assert found["check"] == expected.to_dict()
    assert found["bytes"] == (folder / "m.onnx").stat().st_size
    assert json.loads(said(capsys, "export m.safetensors m.onnx --json").out)["check"] is None


def test_a_difference_beyond_the_limit_ends_with_code_1(folder, capsys, monkeypatch):
    check = OnnxCheck(60, (OutputDifference("price", 1.0, 0.1),), 0, 1e-10)
    monkeypatch.setattr(
        "pellucid.FeedForwardRegressor.to_onnx", lambda self, path, X: (path.write_text("") and None) or check
    )

    assert said(capsys, "export m.safetensors m.onnx --check t.csv", code=1).out.endswith(
        "price  1 (0.1 of the largest)\nBEYOND the limit, 1e-10 of the largest\n"
    )


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("export m.safetensors m.onx", "OUT must end in .onnx. Got 'm.onx' instead."),
        ("export m.safetensors none/m.onnx", "OUT lies in 'none', which is not a folder. Create it first."),
        ("export t.csv m.onnx", "The model file 't.csv' cannot be read"),
        ("export m.safetensors", "OUT is missing. See `pellucid export --help`."),
        ("export m.safetensors m.onnx --check few.csv", "few.csv lacks the column 'when' that the model needs."),
        ("export m.safetensors m.onnx --check odd.csv", "The column 'size' held numbers in training, but has 'big'"),
    ],
)
def test_mistakes_are_refused_before_a_file_is_written(folder, capsys, command, message):
    (folder / "few.csv").write_text("size,town,sold\n1,Bern,true\n")
    (folder / "odd.csv").write_text("size,town,sold,when\nbig,Bern,true,2000-01-01\n")

    assert message in said(capsys, command, code=2).err
    assert not (folder / "m.onnx").exists()


def test_a_file_states_task_targets_and_classes(folder, capsys):
    said(capsys, "export k.safetensors k.onnx")

    made = onnx.load("k.onnx")
    sizes = " - ".join(map(str, pellucid.load("k.safetensors").network_.sizes))
    metadata = {entry.key: entry.value for entry in made.metadata_props}
    assert (metadata["task"], metadata["targets"], metadata["classes"]) == ("multiclass", '["kind"]', '["a", "b", "c"]')
    assert [entry["kind"] for entry in json.loads(metadata["columns"])] == ["number", "text", "boolean", "date"]
    assert made.doc_string == f"A feed-forward network {sizes} in float32 that classifies (multiclass) kind."
