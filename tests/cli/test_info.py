"""`pellucid info`: everything that a model file says, nothing of which is trusted."""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest

from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.cli.main import run
from pellucid.files.model_file import read_model, write_model

QUICK = {"max_iter": 2, "engine": "reference", "random_state": 0}


@pytest.fixture
def folder(tmp_path, rng, monkeypatch):
    """A regressor of two targets, heat.safetensors, and a classifier, kind.safetensors."""
    monkeypatch.chdir(tmp_path)
    X = pd.DataFrame({"size": [1.0, np.nan, 3.0, 4.0] * 5, "town": ["Bern", "Rome", "Oslo", "Ulm"] * 5})
    Y = pd.DataFrame({"heat": rng.normal(size=20), "cold": rng.normal(size=20)})
    FeedForwardRegressor((4, 3), loss=["huber", "rss"], **QUICK).fit(X, Y).save("heat.safetensors")
    FeedForwardClassifier((), **QUICK).fit(X, ["a", "b"] * 10).save("kind.safetensors")
    return tmp_path


def changed(change, source="heat.safetensors"):
    """Write other.safetensors, whole as a file, whose description has been changed."""
    description, arrays = read_model(source)
    change(description)
    write_model("other.safetensors", description, arrays)


def info(*words):
    return run(["info", *words])


def test_a_model_is_shown_with_its_network_columns_targets_training_and_settings(folder, capsys):
    assert info("heat.safetensors") == 0

    said = capsys.readouterr().out
    for words in (
        f"SHA-256            {hashlib.sha256((folder / 'heat.safetensors').read_bytes()).hexdigest()}",
        "Format             pellucid model, version ",
        "Loads              yes",
        "Task               regressor",
        "6 inputs -> 4 relu -> 3 relu -> 2 (linear, linear)",
        "Training           best_epoch=",
        "max_iter=2",
    ):
        assert words in said
    rows = {line.split()[0]: line for line in said.splitlines() if line.strip()}
    assert "Huber" in rows["Loss"]
    assert "mean" in rows["heat"]
    assert "scale" in rows["cold"]
    assert "4 (Bern, Oslo, Rome, ...)" in rows["town"]
    assert "missing yes" in rows["size"]


def test_json_holds_what_the_description_holds(folder, capsys):
    description, arrays = read_model("kind.safetensors")

    assert info("kind.safetensors", "--json") == 0

    said = json.loads(capsys.readouterr().out)
    assert said["loads"] is True
    assert said["refusal"] is None
    assert said["bytes"] == (folder / "kind.safetensors").stat().st_size
    assert said["columns"] == description["encoder"]["columns"]
    assert said["targets"] == description["targets"]
    assert said["parameters"] == sum(array.size for array in arrays.values())
    assert said["networks"][0]["sizes"][-1] == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(task="oracle"),
        lambda d: d.update(more={"deep": [[1, {"a": None}]]}),
        lambda d: d["targets"].update(names="heat"),
        lambda d: d["targets"].update(names=[]),
        lambda d: d["encoder"].update(columns=["size", 3, None, {"kind": ["number"]}]),
        lambda d: d.update(encoder=[], targets=7, training=True, parameters="none"),
        lambda d: [d.pop(name) for name in list(d)],
        lambda d: d.update(more=[2**63 - 1, 1e300, -0.0]),
    ],
)
def test_what_would_not_load_is_shown_with_the_reason_and_exit_code_1(change, folder, capsys):
    changed(change)

    assert info("other.safetensors") == 1
    shown = capsys.readouterr()
    assert info("other.safetensors", "--json") == 1
    said = json.loads(capsys.readouterr().out)

    loads = next(line for line in shown.out.splitlines() if line.startswith("Loads "))
    assert loads.split(maxsplit=1)[1].startswith("NO: The model file 'other.safetensors' ")
    assert shown.err == ""
    assert said["loads"] is False
    assert said["refusal"].startswith("The model file 'other.safetensors' ")


def test_no_text_of_a_file_steers_the_terminal(folder, capsys):
    """Escape sequences, also in the second block of control characters, are written out; lines stay one line."""
    evil = "\x1b[31m\x9b2J\r\nLoads  yes\x07"

    def change(description):
        description["task"] = evil
        description["targets"]["names"] = [evil, "cold"]
        description["encoder"]["columns"][0] = {"name": evil, "kind": evil, evil: evil}
        description["training"] = {evil: [evil]}
        description[evil] = {"object": evil, "b": evil}

    changed(change)

    assert info("other.safetensors") == 1
    shown = capsys.readouterr().out
    assert info("other.safetensors", "--json") == 1
    as_json = capsys.readouterr().out

    for text in (shown, as_json):
        assert not {sign for sign in text if ord(sign) < 32 or 127 <= ord(sign) < 160} - {"\n"}
    assert json.loads(as_json)["task"] == evil
    assert "\nLoads  yes" not in shown


def test_a_list_of_networks_is_shown_one_below_the_other(folder, capsys):
    network = {"sizes": [6, 4, 2], "activations": ["relu", "linear"]}

    def change(description):
        description.pop("network", None)
        description["networks"] = [network, network | {"sizes": [6, 5, 2]}]

    changed(change)

    info("other.safetensors")

    said = capsys.readouterr().out
    assert "6 inputs -> 4 relu -> 2 linear\n" in said
    assert "6 inputs -> 5 relu -> 2 linear\n" in said


def test_a_damaged_file_is_refused_and_nothing_of_it_shown(folder, capsys):
    content = bytearray((folder / "heat.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "bad.safetensors").write_bytes(content)

    assert info("bad.safetensors") == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("pellucid: The model file 'bad.safetensors' cannot be read: ")


def test_of_many_columns_forty_are_shown_and_the_others_counted(folder, capsys, rng):
    X = pd.DataFrame(rng.normal(size=(20, 45)), columns=[f"c{j}" for j in range(45)])
    FeedForwardRegressor((), **QUICK).fit(X, X["c0"]).save("wide.safetensors")

    assert info("wide.safetensors") == 0

    assert "... and 5 more" in capsys.readouterr().out
