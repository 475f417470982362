"""Every mistake gets one clear message, exit code 2, no traceback, and leaves existing files as they are."""

import pytest
from bad_input import BAD_INPUTS, GOOD

from pellucid.cli.main import run


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of its own as the working directory, with a file where the model would go."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"an older model")
    return tmp_path


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize("case", BAD_INPUTS, ids=lambda case: case.name)
def test_a_mistake_is_named_in_one_message_and_nothing_is_touched(case, folder, capsys):
    if case.content is not None:
        write(folder / "t.csv", case.content)
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
        "pellucid: The column 'a' held numbers in training but holds text now (for example '1' in row 0): "
        "give the same kind of values as in training.\n"
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
