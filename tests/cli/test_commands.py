"""What the commands do when all is well."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest

import pellucid
from pellucid.cli.main import run
from pellucid.estimators.solver_choice import SCHEDULES, SOLVERS

QUICK = ["--max-epochs", "3", "--hidden", "4"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of its own with the table t.csv: numbers, text, some missing, a number and a class to predict."""
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(0)
    size = generator.uniform(size=200).round(3)
    town = generator.choice(["Bern", "Rome", "Oslo"], 200)
    table = pd.DataFrame(
        {
            "id": np.arange(200),
            "size": np.where(generator.uniform(size=200) < 0.1, np.nan, size),
            "town": town,
            "household": np.arange(200) // 4,
            "day": pd.date_range("2024-01-01", periods=200).astype(str)[generator.permutation(200)],
            "price": (10 * size + (town == "Rome") * 3).round(3),
            "sold": np.where(size > 0.5, "yes", "no"),
            "cheap": (size < 0.3).astype(int),
            "big": (size > 0.6).astype(int),
        }
    )
    table.to_csv(tmp_path / "t.csv", index=False)
    return tmp_path


def train(*arguments):
    """Train with --json; the exit code."""
    quick = QUICK if "--max-epochs" not in arguments else QUICK[2:]
    return run(["train", "t.csv", *quick, "--json", *arguments])


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_solver_trains_and_its_model_is_loaded_with_it(solver, folder, capsys):
    code = train("--target", "price", "--solver", solver)

    assert code == 0
    assert pellucid.load("model.safetensors").solver == solver
    assert (folder / "model.svg").exists()


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_trains(schedule, folder, capsys):
    code = train("--target", "price", "--schedule", schedule, "--weight-decay", "0.1", "--clip-norm", "1")

    model = pellucid.load("model.safetensors")
    assert code == 0
    assert (model.learning_rate, model.weight_decay, model.clip_norm) == (schedule, 0.1, 1.0)


@pytest.mark.parametrize(
    ("options", "dropout"), [(["0.2"], 0.2), (["0.2", "0.1"], [0.2, 0.1]), (["0.2,0.1"], [0.2, 0.1])]
)
def test_dropout_is_given_once_for_all_layers_or_once_for_each(options, dropout, folder, capsys):
    words = [word for option in options for word in ("--dropout", option)]
    others = ["--input-dropout", "0.1", "--input-noise", "0.3", "--max-epochs", "3", "--json"]
    code = run(["train", "t.csv", "--target", "price", "--hidden", "4,3", *words, *others])

    model = pellucid.load("model.safetensors")
    assert code == 0
    assert (model.dropout, model.input_dropout, model.input_noise) == (dropout, 0.1, 0.3)


@pytest.mark.parametrize(
    ("targets", "task", "layers"),
    [
        (["price"], "regression", "linear"),
        (["sold"], "classification", "sigmoid"),
        (["town"], "classification", "softmax"),
        (["cheap", "big"], "multilabel", "sigmoid"),
        (["price", "size"], "regression", "linear"),
    ],
)
def test_the_target_decides_the_task(targets, task, layers, folder, capsys):
    code = train(*(word for target in targets for word in ("--target", target)))

    said = json.loads(capsys.readouterr().out)
    assert code == 0
    assert said["task"] == task
    assert said["targets"] == targets
    assert said["network"]["activations"] == ["relu", layers]
    assert set(said["test"]) == {"pellucid", "linear model", "mean" if task == "regression" else "majority"}
    assert (folder / "model.safetensors").exists()
    assert (folder / "model.svg").exists()


def test_what_is_printed_is_what_the_saved_model_does(folder, capsys):
    """evaluate on the very rows that were held out gives the numbers that train printed."""
    assert train("--target", "price", "--time", "day") == 0
    said = json.loads(capsys.readouterr().out)
    table = pd.read_csv("t.csv").sort_values("day")
    table.tail(said["rows"]["test"]).to_csv("held_out.csv", index=False)

    assert run(["evaluate", "model.safetensors", "held_out.csv", "--json"]) == 0

    evaluated = json.loads(capsys.readouterr().out)
    assert evaluated["rows"] == said["rows"]["test"] == 40
    assert evaluated["metrics"] == pytest.approx(said["test"]["pellucid"], rel=1e-12)


def test_predictions_stand_beside_the_key_and_equal_the_model(folder, capsys):
    assert train("--target", "sold", "--ignore", "id") == 0

    code = run(
        ["predict", "model.safetensors", "t.csv", "--key", "id", "--key", "day", "--probabilities", "--out", "p.csv"]
    )

    predicted, table = pd.read_csv("p.csv"), pd.read_csv("t.csv")
    model = pellucid.load("model.safetensors")
    P = model.predict_proba(table[list(model.feature_names_in_)])
    assert code == 0
    assert list(predicted.columns) == ["id", "day", "predicted_sold", "probability_of_no", "probability_of_yes"]
    assert (predicted["id"] == table["id"]).all()
    assert (predicted["predicted_sold"] == model.classes_[P.argmax(axis=1)]).all()
    assert (predicted["probability_of_yes"].to_numpy() == P[:, 1]).all()


def test_predictions_go_to_parquet_or_to_standard_output(folder, capsys):
    assert train("--target", "price", "--target", "size") == 0
    capsys.readouterr()

    assert run(["predict", "model.safetensors", "t.csv", "--out", "p.parquet"]) == 0
    assert run(["predict", "model.safetensors", "t.csv"]) == 0

    lines = capsys.readouterr().out.splitlines()
    table = pyarrow.parquet.read_table("p.parquet")
    assert table.column_names == ["predicted_price", "predicted_size"]
    assert lines[0] == "200 predictions written to p.parquet"
    assert lines[1] == '"predicted_price","predicted_size"'
    assert float(lines[2].split(",")[0]) == table["predicted_price"][0].as_py()


def test_groups_stay_together_and_are_no_feature(folder, capsys):
    """Each household has four rows; none of them may be on two sides."""
    assert train("--target", "price", "--group", "household") == 0

    said = json.loads(capsys.readouterr().out)
    model = pellucid.load("model.safetensors")
    assert "household" not in model.feature_names_in_
    assert {part: said["rows"][part] % 4 for part in ("training", "validation", "test")} == dict.fromkeys(
        ("training", "validation", "test"), 0
    )


def test_the_same_seed_writes_the_same_files_and_another_seed_others(folder, capsys):
    files = {}
    for name, seed in (("one", 0), ("same", 0), ("other", 1)):
        assert train("--target", "price", "--seed", str(seed), "--model", f"{name}.safetensors") == 0
        files[name] = (folder / f"{name}.safetensors").read_bytes()

    assert files["one"] == files["same"]
    assert files["one"] != files["other"]


def test_unseen_text_and_extra_columns_do_not_stop_a_prediction(folder, capsys):
    assert train("--target", "price", "--ignore", "id", "--ignore", "day") == 0
    capsys.readouterr()
    table = pd.read_csv("t.csv").head(3)
    table.loc[0, "town"] = "Paris"
    table.assign(more=1)[["more", *table.columns[::-1]]].to_csv("u.csv", index=False)

    code = run(["predict", "model.safetensors", "u.csv"])

    said = capsys.readouterr()
    assert code == 0
    assert said.err == (
        "note: The 3 columns 'more', 'day' and 'id' of u.csv are none of the model's: it left them aside.\n"
        "note: 1 row has a value of the column 'town' that was not seen in training (for example 'Paris'): "
        "it counts as none of the known levels.\n"
    )
    assert said.out.count("\n") == 4


def test_text_that_happens_to_hold_digits_is_the_text_of_training(folder, capsys):
    """A code of 1, 2 and x is text; a new table with the codes 1 and 2 only would be read as numbers."""
    table = pd.read_csv("t.csv")
    table["code"] = np.where(table["town"] == "Rome", "x", (table["id"] % 2 + 1).astype(str))
    table[["code", "size", "price"]].to_csv("t.csv", index=False)
    assert train("--target", "price") == 0
    model, some = pellucid.load("model.safetensors"), table[table["code"] != "x"].head(20)
    some[["code", "size", "price"]].to_csv("u.csv", index=False)
    capsys.readouterr()

    assert run(["predict", "model.safetensors", "u.csv", "--out", "p.csv"]) == 0
    assert run(["evaluate", "model.safetensors", "u.csv"]) == 0

    assert "not seen in training" not in capsys.readouterr().err
    assert (pd.read_csv("p.csv")["predicted_price"] == model.predict(some[["code", "size"]])).all()


def test_classes_of_text_that_happen_to_be_digits_are_the_classes_of_training(folder, capsys):
    table = pd.read_csv("t.csv")
    table["sold"] = np.where(table["town"] == "Rome", "x", np.where(table["size"] > 0.5, "1", "2"))
    table[["size", "price", "sold"]].to_csv("t.csv", index=False)
    assert train("--target", "sold") == 0
    table[table["sold"] != "x"][["size", "price", "sold"]].to_csv("u.csv", index=False)
    capsys.readouterr()

    assert run(["evaluate", "model.safetensors", "u.csv", "--json"]) == 0

    assert json.loads(capsys.readouterr().out)["rows"] == (table["sold"] != "x").sum()


def test_a_number_column_that_a_few_words_turn_into_text_is_pointed_out(folder, capsys):
    table = pd.read_csv("t.csv")
    table["size"] = table["size"].astype(object).where(table["id"] % 20 > 0, "?")
    table.to_csv("t.csv", index=False)

    assert train("--target", "price") == 0

    assert capsys.readouterr().err == (
        f"note: The column 'size' is read as text, since 10 of its {table['size'].count()} values are no numbers "
        "('?'). If it holds numbers, leave these fields empty.\n"
    )


def test_what_only_the_validation_rows_hold_is_said_in_words_of_the_command_line(folder, capsys):
    table = pd.read_csv("t.csv").sort_values("day")
    table["town"] = np.where(np.arange(200) < 136, "Bern", "Oslo")  # 136 rows are trained on, 24 validated on
    table.loc[table.index[0], "town"] = "Rome"
    table.to_csv("t.csv", index=False)

    assert train("--target", "price", "--time", "day") == 0

    assert capsys.readouterr().err.startswith(
        "note: in the validation rows, 24 rows have values of the column 'town' that were not seen in training (for "
        "example 'Oslo'): they count as "
    )


def test_the_error_of_the_kept_epoch_is_said_in_the_targets_own_units(folder, capsys):
    """Beside J in standardised units; it is that of the kept model on the validation rows."""
    assert train("--target", "price", "--time", "day", "--max-epochs", "30") == 0
    said = json.loads(capsys.readouterr().out)
    table = pd.read_csv("t.csv").sort_values("day").iloc[: -said["rows"]["test"]]
    validation = table.tail(said["rows"]["validation"])
    model = pellucid.load("model.safetensors")
    errors = model.predict(validation[list(model.feature_names_in_)]) - validation["price"]
    assert said["training"]["best validation RMSE"] == {"price": pytest.approx(np.sqrt((errors**2).mean()), rel=1e-4)}

    assert run(["train", "t.csv", "--target", "price", *QUICK]) == 0
    assert "RMSE of validation in its own units: " in capsys.readouterr().out
    assert run(["train", "t.csv", "--target", "sold", *QUICK]) == 0
    assert "RMSE" not in capsys.readouterr().out


def test_the_printed_report_names_data_network_test_and_files(folder, capsys):
    code = run(["train", "t.csv", "--target", "price", *QUICK])

    said = capsys.readouterr()
    assert code == 0
    for words in (
        "t.csv: 200 rows, 9 columns",
        "Task        regression of price (numbers with ",
        "Rows        136 to train on, 24 to validate on, 40 to test on (at random, seed 0)",
        "4 relu -> 1 linear;",
        "On the 40 test rows, never trained on",
        "linear model",
        "rows per second",
        "Model   model.safetensors",
        "2024-01-01 to 2024-07-18",
    ):
        assert words in said.out
    assert said.err == ""


def test_several_files_are_one_table(folder, capsys):
    table = pd.read_csv("t.csv")
    table.head(120).to_csv("u.csv", index=False)
    table["day"] = pd.to_datetime(table["day"])
    pyarrow.parquet.write_table(pyarrow.Table.from_pandas(table.tail(80), preserve_index=False), "v.parquet")

    assert run(["train", "u.csv", "v.parquet", "--target", "price", *QUICK, "--json"]) == 0

    assert json.loads(capsys.readouterr().out)["rows"]["read"] == 200


def test_a_scorer_is_watched_and_the_history_is_written_a_line_an_epoch(folder, capsys):
    """What is printed of the epoch kept is its line in the file, and that line has the best score."""
    code = train("--target", "price", "--scoring", "neg_mean_absolute_error", "--history", "h.jsonl")

    said = json.loads(capsys.readouterr().out)
    lines = pd.read_json("h.jsonl", lines=True)
    assert code == 0
    assert said["files"]["history"] == "h.jsonl"
    assert said["training"]["scoring"] == "neg_mean_absolute_error"
    assert lines["epoch"].tolist() == [1, 2, 3]
    kept = lines.iloc[lines["validation_score"].argmax()]
    assert said["training"]["best epoch"] == kept["epoch"]
    assert said["training"]["best validation score"] == pytest.approx(kept["validation_score"], rel=1e-12)
    assert said["training"]["best validation loss"] == pytest.approx(kept["validation_loss"], rel=1e-12)
    assert pellucid.load("model.safetensors").scoring == "neg_mean_absolute_error"


def test_the_score_is_printed_beside_the_loss_by_its_own_name(folder, capsys):
    assert run(["train", "t.csv", *QUICK, "--target", "sold", "--scoring", "balanced_accuracy"]) == 0

    said = capsys.readouterr().out
    assert "with a validation loss of" in said
    assert "balanced_accuracy of validation, which was watched: " in said


def test_again_with_the_same_history_file_the_lines_are_those_of_the_last_run(folder, capsys):
    assert train("--target", "price", "--history", "h.jsonl") == 0
    assert train("--target", "price", "--history", "h.jsonl", "--max-epochs", "2") == 0

    assert pd.read_json("h.jsonl", lines=True)["epoch"].tolist() == [1, 2]


def test_a_truth_value_can_be_a_category_from_training_to_export(folder, capsys):
    """Its levels are the same in every verb, and in ONNX."""
    flags = [i % 3 == 0 for i in range(200)]
    table = pd.DataFrame(
        {"flag": flags, "x": np.arange(200.0), "y": [5.0 * flag + i % 7 / 10 for i, flag in enumerate(flags)]}
    )
    table.to_csv("f.csv", index=False)
    options = ["--categorical", "flag", "--max-epochs", "60", "--learning-rate", "0.02", "--engine", "reference"]
    assert run(["train", "f.csv", "--target", "y", *options]) == 0
    capsys.readouterr()

    assert run(["evaluate", "model.safetensors", "f.csv", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["metrics"]["R2"] > 0.9
    assert said.err == ""
    assert run(["export", "model.safetensors", "f.onnx", "--check", "f.csv"]) == 0
