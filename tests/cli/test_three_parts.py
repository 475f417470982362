"""Classes that only later rows, or other groups, have: left out of validation and test, counted, and never a crash."""

import json

import pytest
from bad_input import rows

from pellucid.cli.main import run

QUICK = ["--max-epochs", "2", "--hidden", "2", "--engine", "reference", "--json"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_class_that_only_the_last_rows_have_is_left_out_of_the_test(folder, capsys):
    """Of 40 rows by time the last 8 are the test, and the 5 before validate: 3 + 2 of them are of new classes."""
    new = {28: "fresh", 31: "fresh", 33: "new", 35: "new", 39: "fresh"}
    (folder / "t.csv").write_text(rows("t,a,y", lambda i: i, lambda i: i * i % 7, lambda i: new.get(i, "pq"[i % 2])))

    code = run(["train", "t.csv", "--target", "y", "--time", "t", *QUICK])

    said = capsys.readouterr()
    assert code == 0
    assert said.err == (
        "note: 5 rows to validate or to test on have a class of 'y' that does not occur in training ('fresh', 'new') "
        "and are left out: no model can know it.\n"
    )
    assert json.loads(said.out)["rows"] == {
        "read": 40,
        "without target": 0,
        "of weight 0": 0,
        "of an unknown class": 5,
        "training": 27,
        "validation": 3,
        "test": 5,
        "duplicates across": 5,
    }


def test_a_class_of_one_group_is_left_out_wherever_that_group_falls(folder, capsys):
    """Whatever the seed does, training ends with a result that counts every row once."""
    table = rows("g,a,y", lambda i: i % 8, lambda i: i * i % 7, lambda i: "new" if i % 8 == 3 else "pq"[i // 8 % 2])
    (folder / "t.csv").write_text(table)
    counts = []
    for seed in range(12):
        code = run(["train", "t.csv", "--target", "y", "--group", "g", "--seed", str(seed), *QUICK])
        said = capsys.readouterr()
        if code == 2:
            assert said.err.startswith("pellucid: --group g: no row to ")
            continue
        part = json.loads(said.out)["rows"]
        counts.append(part["of an unknown class"])
        assert part["training"] + part["validation"] + part["test"] + counts[-1] == 40
    assert set(counts) == {0, 5}
