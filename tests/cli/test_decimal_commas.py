"""A table with decimal commas is the same table as with points, for every verb; and without the option that is said."""

import json

import numpy as np
import pandas as pd
import pytest

from pellucid.cli.main import run

QUICK = ["--max-epochs", "3", "--hidden", "3", "--engine", "reference"]
COMMAS = ["--separator", ";", "--decimal", ","]


@pytest.fixture
def folder(tmp_path, monkeypatch, rng):
    """The same table twice: points.csv, and commas.csv as half of Europe writes it."""
    monkeypatch.chdir(tmp_path)
    n = 120
    table = pd.DataFrame(
        {
            "size": rng.uniform(1, 100, n).round(2),
            "income": np.where(rng.uniform(size=n) < 0.1, np.nan, rng.uniform(1e3, 1e5, n).round(1)),
            "town": rng.choice(["Bern", "Rome"], n),
            "weight": rng.uniform(0.5, 2, n).round(2),
            "months": rng.uniform(0.5, 2, n).round(2),
        }
    )
    table["claims"] = rng.poisson(table["size"] / 30) + 0.5
    table.to_csv("points.csv", index=False)
    table.to_csv("commas.csv", index=False, sep=";", decimal=",")
    table.map(lambda value: str(value).replace(".", ",") if isinstance(value, float) else value).to_csv(
        "quoted.csv", index=False
    )
    return tmp_path


def said(capsys, *words):
    """What a command prints as JSON, without the names of its files."""
    capsys.readouterr()
    assert run([*words, "--json"]) == 0
    out = capsys.readouterr().out
    for name in ("points", "commas", "quoted"):
        out = out.replace(f"{name}.", "a.")
    found = json.loads(out)
    found.pop("bytes", None)
    return {name: value for name, value in found.items() if name not in ("seconds", "training")}


ROLES = ["--target", "claims", "--loss", "poisson", "--weights", "weight", "--exposure", "months", *QUICK]


@pytest.mark.parametrize(("name", "options"), [("commas", COMMAS), ("quoted", ["--decimal", ","])])
def test_every_verb_finds_in_a_table_with_commas_what_it_finds_in_one_with_points(name, options, folder, capsys):
    models = {"points": "points.safetensors", name: f"{name}.safetensors"}
    for table, model in models.items():
        more = options if table == name else []
        said(capsys, "train", f"{table}.csv", *ROLES, "--model", model, *more)
    for verb in (
        ["evaluate", "--exposure", "months", "--weights", "weight"],
        ["explain", "--row", "3", "--exposure", "months"],
        ["check", "--rows", "4", "--exposure", "months"],
        ["predict", "--exposure", "months", "--out", "a.csv"],
    ):
        pointed, other = (
            said(capsys, verb[0], models[table], f"{table}.csv", *verb[1:], *(options if table == name else []))
            for table in models
        )
        if verb[0] == "predict":
            pointed, other = pointed["notes"], other["notes"]
        assert other == pointed

    for table in models:
        more = options if table == name else []
        run(["predict", models[table], f"{table}.csv", "--key", "size", "--out", f"{table}.out.csv", *more])
    pointed, other = (pd.read_csv(f"{table}.out.csv", dtype={"size": str}) for table in models)
    assert other.columns.tolist() == ["size", "predicted_claims"]
    assert (other["predicted_claims"] == pointed["predicted_claims"]).all(), "written with a point, as always"
    assert other["size"].str.replace(",", ".").astype(float).tolist() == pointed["size"].astype(float).tolist()


def test_one_value_that_is_no_number_is_the_one_that_is_blamed(folder, capsys):
    assert run(["train", "points.csv", *ROLES, "--model", "m.safetensors", "--json"]) == 0
    lines = (folder / "commas.csv").read_text().splitlines()
    lines[3] = lines[3].replace(lines[3].split(";")[0], "much", 1)
    (folder / "commas.csv").write_text("\n".join(lines))
    for verb in (["predict"], ["evaluate", "--exposure", "months"]):
        capsys.readouterr()
        assert run([verb[0], "m.safetensors", "commas.csv", *verb[1:], *COMMAS]) == 2
        assert (
            "The column 'size' held numbers in training, but has 'much' in row 2 (line 4)." in capsys.readouterr().err
        )


def test_without_the_option_train_says_what_the_columns_seem_to_be(folder, capsys):
    table = pd.read_csv("commas.csv", sep=";")
    table["thousands"] = np.resize(["1,234.5", "12,345", "7"], len(table))
    table["distance"] = np.resize(["73,210 km", "1 km"], len(table))
    table["claims"] = pd.read_csv("points.csv")["claims"]
    table.to_csv("commas.csv", index=False, sep=";")

    assert run(["train", "commas.csv", "--target", "claims", *QUICK, "--separator", ";", "--json"]) == 0

    err = capsys.readouterr().err
    notes = {line.split("'")[1]: line for line in err.splitlines()}
    assert sorted(notes) == ["income", "months", "size", "thousands", "weight"]
    sizes = ", ".join(map(repr, dict.fromkeys(table["size"])))
    n_odd = int(table["size"].str.contains(",").sum())
    assert notes["size"].startswith(
        f"note: The column 'size' is read as text, since {n_odd} of its 120 values are no plain numbers ({sizes[:20]}"
    )
    assert notes["size"].endswith(
        ", ...). If it holds numbers: with a decimal comma add `--decimal ,`, with one for thousands write them "
        "without it."
    )
    assert notes["thousands"] == (
        "note: The column 'thousands' is read as text, since 80 of its 120 values are no plain numbers ('1,234.5', "
        "'12,345'). If it holds numbers: write them without marks for thousands, as 1234.5, or as 1234,5 with "
        "`--decimal ,`."
    )
