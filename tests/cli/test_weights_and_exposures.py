"""Row weights, exposures and output activations of `pellucid train`, and what later commands make of them."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

import pellucid
from pellucid.cli.main import run

QUICK = ["--max-epochs", "3", "--hidden", "4", "--engine", "reference", "--json"]
RATES = ["--target", "n", "--loss", "poisson", "--exposure", "e", "--ignore", "k"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of its own with the table t.csv: a feature x, a count n of an exposure e, a class k and a weight w."""
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(1)
    x = generator.normal(size=90).round(3)
    e = generator.uniform(0.5, 20, 90).round(2)
    table = pd.DataFrame(
        {
            "x": x,
            "n": generator.poisson(e * np.exp(x)),
            "e": e,
            "k": np.where(x + generator.normal(size=90) > 0, "p", "q"),
            "w": generator.integers(0, 4, 90),
        }
    )
    table.to_csv("t.csv", index=False)
    return table


@pytest.fixture
def command(folder, capsys):
    """Run a command that must succeed, and give what it printed as JSON."""

    def succeed(*words):
        assert run(words) == 0, capsys.readouterr().err
        out = capsys.readouterr().out
        return json.loads(out) if out.startswith("{") else out

    return succeed


def test_a_whole_weight_is_the_row_so_many_times_in_training_and_in_every_metric(folder, command):
    """By time, both tables are split alike; of the second each copy of a row has the weight 1."""
    table = folder[folder["w"] > 0].copy()
    table["t"] = np.repeat(np.arange(12), 12)[: len(table)]
    table.drop(columns="k").to_csv("weighted.csv", index=False)
    table.loc[table.index.repeat(table["w"])].drop(columns=["k", "w"]).to_csv("repeated.csv", index=False)
    words = ["--target", "n", "--time", "t", "--batch-size", "1000", "--dtype", "float64", *QUICK]

    weighted = command("train", "weighted.csv", "--weights", "w", *words)
    repeated = command("train", "repeated.csv", *words)

    assert weighted["weights"] == "w"
    for name, of_model in repeated["test"].items():
        # The trace of ridge in the linear model is of all rows together.
        assert weighted["test"][name] == pytest.approx(of_model, rel=1e-3 if name == "linear model" else 1e-9)
    assert weighted["training"]["best validation loss"] == pytest.approx(repeated["training"]["best validation loss"])


@pytest.mark.parametrize("target", ["n", "k"])
def test_rows_of_weight_0_are_not_there(target, folder, command):
    others = ["--ignore", "k" if target == "n" else "n"]
    zeros = int((folder["w"] == 0).sum())
    assert zeros > 0
    found = command("train", "t.csv", "--target", target, "--weights", "w", *others, *QUICK)
    folder[folder["w"] > 0].to_csv("without.csv", index=False)
    without = command("train", "without.csv", "--target", target, "--weights", "w", *others, *QUICK)

    assert found["rows"]["of weight 0"] == zeros
    assert found["test"] == without["test"]
    assert found["training"]["best validation loss"] == without["training"]["best validation loss"]


def test_weights_of_classes_rows_and_labels_are_in_the_metrics_of_evaluate(folder, command):
    command("train", "t.csv", "--target", "k", "--weights", "w", *QUICK)
    measured = command("evaluate", "model.safetensors", "t.csv", "--weights", "w", "--json")
    kept = folder[folder["w"] > 0]
    model = pellucid.load("model.safetensors")
    y_hat, P = model.predict(kept[["x", "n", "e"]]), model.predict_proba(kept[["x", "n", "e"]])

    assert (measured["rows"], measured["rows_of_weight_0"]) == (len(kept), len(folder) - len(kept))
    assert measured["metrics"] == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(kept["k"], y_hat, sample_weight=kept["w"]),
            "balanced accuracy": metrics.balanced_accuracy_score(kept["k"], y_hat, sample_weight=kept["w"]),
            "log loss": metrics.log_loss(kept["k"], P, sample_weight=kept["w"]),
            "ROC AUC": metrics.roc_auc_score(kept["k"] == "q", P[:, 1], sample_weight=kept["w"]),
        }
    )


def test_a_weight_and_an_exposure_are_no_features_and_are_named_as_what_they_are(folder, command):
    said = command("train", "t.csv", *RATES, "--weights", "w", *QUICK[:-1])

    assert list(pellucid.load("model.safetensors").feature_names_in_) == ["x"]
    shown = [line.split() for line in said.splitlines() if line.startswith((" w ", " e "))]
    assert [(name, role) for name, role, *_ in shown] == [("e", "exposure"), ("w", "weight")]
    assert "test rows, never trained on, weighted by 'w'" in said
    assert "left out, of weight 0" in said


def test_a_model_of_rates_is_measured_as_counts_beside_baselines_of_rates(folder, command):
    found = command("train", "t.csv", *RATES, "--weights", "w", *QUICK)
    model = pellucid.load("model.safetensors")
    measured = command("evaluate", "model.safetensors", "t.csv", "--exposure", "e", "--weights", "w", "--json")
    kept = folder[folder["w"] > 0]
    counts = model.predict(kept[["x"]], exposure=kept["e"])

    assert model.targets_.with_exposure
    assert measured["metrics"]["Poisson deviance"] == pytest.approx(
        metrics.mean_poisson_deviance(kept["n"], counts, sample_weight=kept["w"])
    )
    assert found["exposure"] == "e"
    assert "Poisson deviance" in found["test"]["mean"]


def test_predictions_are_rates_or_counts_for_exposures_that_are_named(folder, command, capsys):
    command("train", "t.csv", *RATES, *QUICK)
    rates = command("predict", "model.safetensors", "t.csv")
    counts = command("predict", "model.safetensors", "t.csv", "--exposure", "e")
    r, n = (np.array([float(row[0]) for row in list(csv.reader(io.StringIO(text)))[1:]]) for text in (rates, counts))

    np.testing.assert_allclose(n, r * folder["e"], rtol=1e-12)
    assert run(["predict", "model.safetensors", "t.csv", "--out", "p.csv"]) == 0
    assert capsys.readouterr().err == (
        "note: the model was trained with exposures: under a log link it predicts rates, for an exposure of 1.\n"
        "note: The 2 columns 'e' and 'k' of t.csv are none of the model's: it left them aside.\n"
    )


def test_a_model_of_rates_is_checked_and_explained_with_exposures(folder, command):
    command("train", "t.csv", *RATES, *QUICK)
    row = ["explain", "model.safetensors", "t.csv", "--row", "3"]

    assert command("check", "model.safetensors", "t.csv", "--exposure", "e", "--rows", "5", "--json")["passed"]
    explained = command(*row, "--exposure", "e", "--json")
    assert explained["note"] == ""
    assert explained["row"]["target"] == [folder["n"][3]]
    assert explained["row"]["exposure"] == folder["e"][3]
    alone = command(*row, "--json")
    assert "only the way forward is shown" in alone["note"]
    assert alone["row"]["exposure"] is None


def test_an_explained_count_is_a_rate_times_an_exposure_that_is_shown(folder, command, capsys):
    """In the terminal and on the page; without exposures the page says why it has no loss."""
    command("train", "t.csv", *RATES, *QUICK)
    row = ["explain", "model.safetensors", "t.csv", "--row", "3"]
    rate, e = float(pellucid.load("model.safetensors").predict(folder[["x", "w"]])[3]), folder["e"][3]

    assert run([*row, "--exposure", "e"]) == 0
    assert f"n = rate {rate:.6g} · exposure {e:.6g} = {rate * e:.6g}" in capsys.readouterr().out
    assert run([*row, "--exposure", "e", "--out", "with.html"]) == 0
    assert run([*row, "--out", "without.html"]) == 0
    with_it, without = (Path(name).read_text(encoding="utf-8") for name in ("with.html", "without.html"))
    assert f"Exposure {e:g}: a rate that the network predicts is multiplied by it" in with_it
    assert "(exposure)" in with_it
    assert "The model was trained with exposures, and without that of the row its target is no rate" in without
    assert "This row has no target" not in without
    assert "missing</td>" not in without


def test_each_target_may_have_its_own_output_activation(folder, command):
    words = ["--target", "n", "--target", "e", "--ignore", "k", *QUICK]
    one = command("train", "t.csv", *words, "--output-activation", "softplus")
    assert one["network"]["activations"] == ["relu", "softplus"]

    command("train", "t.csv", *words, "--output-activation", "softplus", "--output-activation", "linear")
    last = pellucid.load("model.safetensors").network_.activations[-1]
    assert [activation.name for activation in last.activations] == ["softplus", "linear"]
