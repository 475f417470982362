"""Every mistake gets one clear message, exit code 2, no traceback, and leaves existing files as they are."""

import errno
from pathlib import Path

import pytest
from bad_input import BAD_INPUTS, GOOD
from bad_input_for_models import BAD_INPUTS_FOR_MODELS, TRAINED
from bad_options import BAD_OPTIONS
from bad_tables import ALL, BAD_TABLES

from pellucid.cli.main import run

QUICK = ["--max-epochs", "2", "--hidden", "2", "--engine", "reference", "--json"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder t of its own as the working directory, with a file where the model would go."""
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "model.safetensors").write_bytes(b"an older model")
    return folder


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """The model files of `TRAINED`, by their names."""
    folder = tmp_path_factory.mktemp("models")
    for name, (table, targets, *more) in (TRAINED | {"all": (ALL, ["y"])}).items():
        write(folder / f"{name}.csv", table)
        wanted = [word for target in targets for word in ("--target", target)]
        model = folder / f"{name}.safetensors"
        assert run(["train", str(folder / f"{name}.csv"), *wanted, *more, *QUICK, "--model", str(model)]) == 0
    return {path.name: path.read_bytes() for path in folder.glob("*.safetensors")}


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize(
    "case", [*BAD_INPUTS, *BAD_TABLES, *BAD_OPTIONS, *BAD_INPUTS_FOR_MODELS], ids=lambda case: case.name
)
def test_a_mistake_is_named_in_one_message_and_nothing_is_touched(case, folder, models, capsys):
    for name, content in models.items():
        write(folder / name, content)
    capsys.readouterr()
    if case.content is not None:
        write(folder / case.file, case.content)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    code = run(case.arguments.split())

    assert capsys.readouterr().err == f"pellucid: {case.message}\n"
    assert code == 2
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_missing_target_leaves_out_its_rows_and_says_how_many(folder, capsys):
    write(folder / "t.csv", GOOD + "1,2,\n3,4,\n")

    code = run(["train", "t.csv", "--target", "y", "--max-epochs", "2"])

    said = capsys.readouterr()
    assert said.err == "note: 2 rows of t.csv without a value of 'y' are left out.\n"
    assert "2 left out, a target is missing" in said.out
    assert code == 0


def test_a_table_without_the_columns_of_a_model_is_refused_by_their_names(folder, capsys):
    write(folder / "t.csv", GOOD)
    assert run(["train", "t.csv", "--target", "y", "--max-epochs", "2"]) == 0
    write(folder / "u.csv", GOOD.replace("a,b", "A,c", 1))
    capsys.readouterr()

    code = run(["predict", "model.safetensors", "u.csv"])

    said = capsys.readouterr()
    assert said.err == ("pellucid: u.csv lacks 2 columns 'a' and 'b' that the model needs. Add or rename them.\n")
    assert said.out == ""
    assert code == 2


def test_text_where_the_model_learnt_numbers_is_refused_with_an_example(folder, capsys):
    write(folder / "t.csv", GOOD)
    assert run(["train", "t.csv", "--target", "y", "--max-epochs", "2"]) == 0
    write(folder / "u.csv", "a,b,y\n1,2,3\nmany,2,3\n")
    capsys.readouterr()

    code = run(["predict", "model.safetensors", "u.csv"])

    assert capsys.readouterr().err == (
        "pellucid: The column 'a' held numbers in training, but has 'many' in row 1 (line 3). "
        "Correct it, or leave it empty: it then counts as missing.\n"
    )
    assert code == 2


def test_probabilities_of_a_regressor_are_refused(folder, capsys):
    write(folder / "t.csv", GOOD)
    assert run(["train", "t.csv", "--target", "y", "--max-epochs", "2"]) == 0
    capsys.readouterr()

    code = run(["predict", "model.safetensors", "t.csv", "--probabilities"])

    assert capsys.readouterr().err == (
        "pellucid: model.safetensors is a regressor and has no probabilities. Leave out --probabilities.\n"
    )
    assert code == 2


def test_a_damaged_model_file_is_refused(folder, capsys):
    write(folder / "t.csv", GOOD)
    assert run(["train", "t.csv", "--target", "y", "--max-epochs", "2"]) == 0
    damaged = bytearray((folder / "model.safetensors").read_bytes())
    damaged[-3] ^= 1
    (folder / "model.safetensors").write_bytes(damaged)
    capsys.readouterr()

    code = run(["predict", "model.safetensors", "t.csv"])

    said = capsys.readouterr().err
    assert said.startswith("pellucid: The model file 'model.safetensors' cannot be read: ")
    assert said.count("\n") == 1
    assert code == 2


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder in which even root cannot write a file")
@pytest.mark.parametrize("option", ["--model", "--curves"])
def test_a_folder_that_takes_no_files_is_refused_before_any_training(option, folder, capsys):
    write(folder / "t.csv", GOOD)

    code = run(["train", "t.csv", "--target", "y", option, "/proc/m.svg"])

    said = capsys.readouterr()
    assert said.err == (
        f"pellucid: {option} lies in '/proc', where no file can be written (No such file or directory). "
        "Choose another folder.\n"
    )
    assert said.out == ""
    assert code == 2
    assert (folder / "model.safetensors").read_bytes() == b"an older model"


@pytest.mark.parametrize("verb", ["train", "predict"])
def test_a_disk_that_fills_up_is_said_in_one_sentence(verb, folder, models, capsys, monkeypatch):
    """The old files stay; where the model could be written and the curves not, the message says so."""
    write(folder / "t.csv", GOOD)
    write(folder / "number.safetensors", models["number.safetensors"])
    capsys.readouterr()

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    arguments = {
        "train": ["train", "t.csv", "--target", "y", "--model", "model.safetensors", *QUICK],
        "predict": ["predict", "number.safetensors", "t.csv", "--out", "p.csv"],
    }
    code = run(arguments[verb])

    said = capsys.readouterr()
    assert "No space left on device" in said.err
    assert said.err.startswith("pellucid: ")
    assert said.err.count("\n") == 1
    assert code == 2
    assert (folder / "model.safetensors").read_bytes() == b"an older model"
    assert not (folder / "p.csv").exists()
