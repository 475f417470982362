"""The losses of `pellucid train`: what they ask of the task and of the table, and what is printed of them."""

import json

import numpy as np
import pandas as pd
import pytest

import pellucid
from pellucid.cli.main import run
from pellucid.cli.option_values import task_of_loss

QUICK = ["--max-epochs", "3", "--hidden", "4", "--engine", "reference"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of its own with the table t.csv: a number y, a count n, a share s, an amount g and three classes k."""
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(1)
    x = generator.normal(size=120).round(3)
    table = pd.DataFrame(
        {
            "x": x,
            "y": (2 * x + generator.normal(size=120)).round(3),
            "n": generator.poisson(np.exp(x)),
            "s": (1 / (1 + np.exp(-x))).round(3),
            "g": np.exp(x + 0.1).round(3),
            "k": np.array(["p", "q", "r"])[generator.choice(3, 120, p=[0.7, 0.2, 0.1])],
        }
    )
    table.to_csv("t.csv", index=False)
    return tmp_path


def train(*words):
    """The exit code of training for a few epochs."""
    return run(["train", "t.csv", *QUICK, *words])


@pytest.mark.parametrize(
    ("losses", "task"),
    [
        (["log"], "auto"),
        (["log", "log:0.1"], "auto"),
        (["log", "poisson"], "regression"),
        (["cross_entropy"], "classification"),
        (["rss"], "regression"),
        (None, "auto"),
    ],
)
def test_losses_decide_the_task_unless_all_are_for_numbers_and_classes(losses, task):
    assert task_of_loss(losses, "auto") == task
    assert task_of_loss(losses, "classification") == "classification"


def test_a_share_beside_a_count_is_a_regression_as_the_losses_ask(folder, capsys):
    words = ["--ignore", "y", "--ignore", "g", "--ignore", "k"]
    assert train("--target", "s", "--target", "n", "--loss", "log", "--loss", "poisson", *words) == 0

    assert "Task        regression of s, n (as the loss asks; --task decides otherwise)" in capsys.readouterr().out
    assert [loss.name for loss in pellucid.load("model.safetensors").targets_.losses] == ["log", "poisson"]


def test_another_number_of_losses_than_targets_is_refused_before_the_table_is_read(folder, capsys):
    assert run(["train", "none.csv", "--target", "y", "--loss", "rss", "--loss", "log"]) == 2

    assert capsys.readouterr().err == (
        "pellucid: --loss is given 2 times for 1 target. Give it once for all, or once for each --target.\n"
    )


def test_a_row_that_lacks_one_of_several_targets_is_left_out_and_said_so(folder, capsys):
    table = pd.read_csv("t.csv")
    table.loc[3, "y"] = table.loc[7, "g"] = np.nan
    table.to_csv("t.csv", index=False)

    assert train("--target", "y", "--target", "g", "--json") == 0

    said = capsys.readouterr()
    assert said.err == "note: 2 rows of t.csv without a value of 'y' or 'g' are left out.\n"
    assert json.loads(said.out)["rows"]["without target"] == 2


def test_columns_of_quantiles_have_names_without_a_space(folder, capsys):
    assert train("--target", "y", "--loss", "quantile:0.1,0.9", "--json") == 0
    capsys.readouterr()

    assert run(["predict", "model.safetensors", "t.csv"]) == 0

    assert capsys.readouterr().out.splitlines()[0] == '"predicted_y_q0.1","predicted_y_q0.9"'


def test_each_hidden_layer_may_have_its_own_activation(folder, capsys):
    assert run(["train", "t.csv", "--target", "y", "--hidden", "4,3", "--activation", "relu,tanh", *QUICK[:2]]) == 0

    assert "4 relu -> 3 tanh -> 1 linear" in capsys.readouterr().out


def test_amounts_that_a_loss_cannot_take_are_named_by_rows_and_lines_of_the_table(folder, capsys):
    """Not of the shuffled rows to train on, nor of those that have a target."""
    table = pd.read_csv("t.csv")
    table.loc[2, "g"] = np.nan
    table.loc[[5, 100], "g"] = 0
    table.to_csv("t.csv", index=False)

    assert train("--target", "y", "--target", "g", "--loss", "rss", "--loss", "gamma") == 2

    assert capsys.readouterr().err.splitlines()[-1] == (
        "pellucid: The target 'g' does not fit its loss, first in row 5 (line 7). The gamma loss needs targets that "
        "are numbers > 0. Got 0 (outside in 2 of 120 rows: 5, 100). Correct these rows, leave the target empty there, "
        "or choose another --loss."
    )


def test_training_and_evaluation_measure_what_was_minimised_beside_its_baselines(folder, capsys):
    losses = ["--loss", "quantile:0.1,0.9", "--loss", "poisson"]
    assert train("--target", "y", "--target", "n", *losses, "--json") == 0
    tested = json.loads(capsys.readouterr().out)["test"]
    names = {
        "pinball loss q0.1 of y",
        "pinball loss q0.9 of y",
        "mean pinball loss of y",
        "covered by q0.1 to q0.9 of y",
        "Poisson deviance of n",
    }
    assert names <= set(tested["pellucid"])
    assert set(tested) == {"pellucid", "linear model", "constant"}  # of y its quantiles, of n its mean
    for baseline in ("linear model", "constant"):
        assert names <= set(tested[baseline])

    assert run(["evaluate", "model.safetensors", "t.csv", "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)["metrics"]
    table = pd.read_csv("t.csv")
    model = pellucid.load("model.safetensors")
    low, high = model.predict(table[list(model.feature_names_in_)])[:, :2].T
    assert measured["covered by q0.1 to q0.9 of y"] == np.mean((low <= table["y"]) & (table["y"] <= high))


def test_the_weights_of_classes_are_said_beside_the_validation_loss_that_has_them(folder, capsys):
    assert train("--target", "k", "--class-weight", "balanced") == 0
    weighted = capsys.readouterr().out
    assert train("--target", "k") == 0

    assert "(cross_entropy, nats, weighted by class)" in weighted
    assert "balanced accuracy" in weighted
    assert "weighted" not in capsys.readouterr().out


def test_targets_are_transformed_once_for_all_or_one_by_one_and_predictions_clipped(folder, capsys):
    """The model file keeps it, what is measured and predicted is in the table's own units."""
    words = ["--target", "y", "--target", "g", "--ignore", "n", "--ignore", "s", "--ignore", "k", "--clip-predictions"]
    assert train(*words, "--target-transform", "auto", "--target-transform", "log", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    model, table = pellucid.load("model.safetensors"), pd.read_csv("t.csv")

    assert [transform.kind for transform in model.targets_.transforms] == ["standardise", "log"]
    assert (model.target_transform, model.clip_predictions) == (["auto", "log"], True)
    assert result["training"]["units"] == "y: standardised units; g: transformed units"
    assert list(result["training"]["best validation RMSE"]) == ["y"]
    (low, _), (_, high) = model.targets_.limits
    assert table["y"].min() <= low
    assert high <= table["g"].max()
    assert run(["predict", "model.safetensors", "t.csv", "--out", "p.csv"]) == 0
    np.testing.assert_allclose(pd.read_csv("p.csv").to_numpy(), model.predict(table[["x"]]), rtol=1e-12)
    assert run(["explain", "model.safetensors", "t.csv", "--row", "3", "--out", "p.html"]) == 0
    assert "<mi>exp</mi>" in (folder / "p.html").read_text(encoding="utf-8")

    assert train(*words, "--target-transform", "quantile") == 0
    kinds = [transform.kind for transform in pellucid.load("model.safetensors").targets_.transforms]
    assert kinds == ["quantile", "quantile"]


def test_every_output_has_a_column_whatever_the_targets_and_quantiles_are_called(folder, capsys):
    """A target may be called as the quantile of another, and quantiles differ in their seventh digit."""
    table = pd.read_csv("t.csv")
    model = pellucid.FeedForwardRegressor((2,), max_iter=2, engine="reference", random_state=0)
    model.set_params(loss=[pellucid.Quantile(0.1234567, 0.12345671, 0.9), "rss"])
    model.fit(table[["x"]], pd.DataFrame({"y": table["y"], "y_q0.9": table["g"]})).save("m.safetensors")
    table.assign(**{"y_q0.9": table["g"]}).to_csv("u.csv", index=False)

    assert run(["predict", "m.safetensors", "u.csv", "--out", "p.csv"]) == 0
    found = pd.read_csv("p.csv")
    names = ["predicted_y_q0.1234567", "predicted_y_q0.12345671", "predicted_y_q0.9_2", "predicted_y_q0.9"]
    assert list(found) == names
    np.testing.assert_allclose(found.to_numpy(), model.predict(table[["x"]]), rtol=1e-12)

    capsys.readouterr()
    assert run(["evaluate", "m.safetensors", "u.csv", "--json"]) == 0
    measured = [name for name in json.loads(capsys.readouterr().out)["metrics"] if "pinball" in name]
    names = [f"pinball loss q{q} of y" for q in ("0.1234567", "0.12345671", "0.9")]
    assert measured == [*names, "mean pinball loss of y"]
