"""`pellucid predict` block by block: the same predictions, notes said once, and a file that is whole or not there."""

import errno
import functools
import io
import json
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import pellucid
from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.cli.main import run
from pellucid.tables.reading import read_table
from pellucid.tables.stream import TableStream

N = 300


@pytest.fixture
def table(rng):
    """Numbers with missing values, text, and two targets."""
    size = rng.normal(size=N)
    return pd.DataFrame(
        {
            "id": [f"{i:04d}" for i in range(N)],
            "size": np.where(rng.uniform(size=N) < 0.1, np.nan, size),
            "town": rng.choice(["Bern", "Rome", "Oslo"], N),
            "age": rng.integers(0, 90, N),
            "price": size + rng.normal(size=N),
            "sold": np.where(size > 0, "yes", "no"),
        }
    )


@pytest.fixture
def folder(table, tmp_path, monkeypatch):
    """The table as t.csv and t.parquet, and the models price and sold; the command reads 20 rows at a time."""
    monkeypatch.chdir(tmp_path)
    X = table[["size", "town", "age"]]
    quick = {"hidden_layer_sizes": (4,), "max_iter": 2, "engine": "reference", "random_state": 0}
    FeedForwardRegressor(**quick).fit(X, table["price"]).save("price.safetensors")
    FeedForwardClassifier(**quick).fit(X, table["sold"]).save("sold.safetensors")
    table.to_csv("t.csv", index=False)
    table.to_parquet("t.parquet", index=False)
    in_blocks(monkeypatch, 20)
    return tmp_path


def in_blocks(monkeypatch, rows):
    small = functools.partial(TableStream, piece_bytes=500)
    monkeypatch.setattr(
        "pellucid.tables.stream.TableStream", lambda paths, **o: small(paths, **o | {"block_rows": rows})
    )


def predict(*words):
    return run(["predict", *words])


@pytest.mark.parametrize("rows", [1, 7, 20, 10_000])
@pytest.mark.parametrize("given", ["t.csv", "t.parquet"])
def test_predictions_are_those_of_the_whole_table_to_the_bit(given, rows, table, folder, monkeypatch):
    in_blocks(monkeypatch, rows)
    expected = pellucid.load("price.safetensors").predict(table[["size", "town", "age"]])

    assert predict("price.safetensors", given, "--out", "p.parquet") == 0
    assert predict("price.safetensors", given, "--out", "p.csv") == 0

    assert (pq.read_table("p.parquet")["predicted_price"].to_numpy() == expected).all()
    assert [float(line) for line in (folder / "p.csv").read_text().splitlines()[1:]] == expected.tolist()


def test_classes_probabilities_and_keys_stand_beside_one_another_in_every_block(table, folder, capsys):
    model = pellucid.load("sold.safetensors")
    P = model.predict_proba(table[["size", "town", "age"]])

    assert predict("sold.safetensors", "t.csv", "--key", "id", "--probabilities", "--out", "p.parquet") == 0

    found = pq.read_table("p.parquet")
    assert found["id"].to_pylist() == table["id"].tolist()  # with its zeros: it is repeated as it is written
    assert found["predicted_sold"].to_pylist() == model.classes_[P.argmax(axis=1)].tolist()
    assert (np.stack([found["probability_of_no"], found["probability_of_yes"]], axis=1) == P).all()
    assert capsys.readouterr().out == "300 predictions written to p.parquet\n"


def test_what_is_printed_is_the_file(folder, capsys):
    assert predict("price.safetensors", "t.csv", "--out", "p.csv") == 0
    capsys.readouterr()
    assert predict("price.safetensors", "t.csv") == 0
    printed = capsys.readouterr().out
    assert predict("price.safetensors", "t.csv", "--key", "town", "--json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert printed == (folder / "p.csv").read_text()
    assert [line["predicted_price"] for line in lines] == [float(text) for text in printed.splitlines()[1:]]
    assert set(lines[0]) == {"town", "predicted_price"}


def test_notes_are_counted_over_all_blocks_and_said_once(table, folder, capsys):
    """Missing ages, which training did not have, unseen towns and extra columns, in blocks that lie far apart."""
    table["age"] = table["age"].astype("Int64")
    table.loc[[3, 150, 290], "age"] = pd.NA
    table.loc[[5, 160], "town"] = ["Paris", "Bonn"]
    table.loc[[6], "town"] = None
    table.assign(more=1).to_csv("u.csv", index=False)

    assert predict("price.safetensors", "u.csv", "--key", "id", "--out", "p.csv", "--json") == 0

    said = capsys.readouterr()
    assert said.err == (
        "note: The 2 columns 'sold' and 'more' of u.csv are none of the model's: it left them aside.\n"
        "note: 3 rows have no value in the column 'age', which had no missing values in training: the median of "
        "training stands in.\n"
        "note: 2 rows have values of the column 'town' that were not seen in training (for example 'Paris', 'Bonn'): "
        "they count as none of the known levels.\n"
        "note: 1 row has no value in the column 'town', which had no missing values in training: it counts as none of "
        "the known levels.\n"
    )
    assert json.loads(said.out) == {
        "model": "price.safetensors",
        "rows": N,
        "out": "p.csv",
        "columns": ["id", "predicted_price"],
        "notes": {
            "filled": {"age": 3},
            "filled_as_trained": {"size": int(table["size"].isna().sum())},
            "unseen": {
                "town": {
                    "count": 2,
                    "examples": ["Paris", "Bonn"],
                    "counts_as": "none of the known levels",
                    "or_rare": False,
                }
            },
            "missing_text": {"town": 1},
            "missing_boolean": {},
            "missing_frequency": {},
            "extra": ["sold", "more"],
        },
    }


def test_columns_in_another_order_change_nothing(table, folder, capsys):
    table[table.columns[::-1]].to_csv("u.csv", index=False)

    assert predict("price.safetensors", "t.csv") == 0
    expected = capsys.readouterr()
    assert predict("price.safetensors", "u.csv") == 0

    assert capsys.readouterr().out == expected.out


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_wrong_value_far_down_leaves_the_old_file_as_it_was(ending, table, folder, capsys):
    table["age"] = table["age"].astype(str).where(table.index != 250, "old")
    table.to_csv("u.csv", index=False)
    (folder / f"p.{ending}").write_text("old predictions")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    code = predict("price.safetensors", "u.csv", "--out", f"p.{ending}")

    assert code == 2
    assert capsys.readouterr() == (
        "",
        "pellucid: The column 'age' held numbers in training, but has 'old' in row 250 (line 252). Correct it, or "
        "leave it empty: it then counts as missing.\n",
    )
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_disk_that_fills_up_in_the_middle_is_said_in_one_sentence(ending, folder, capsys, monkeypatch):
    class Full(io.FileIO):
        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    (folder / f"p.{ending}").write_text("old predictions")
    monkeypatch.setattr("pellucid.files.atomic.open", Full, raising=False)
    before = sorted(path.name for path in folder.iterdir())

    code = predict("price.safetensors", "t.parquet", "--out", f"p.{ending}")

    assert code == 2
    assert capsys.readouterr().err == (
        f"pellucid: p.{ending} cannot be written: No space left on device. Choose another place.\n"
    )
    assert (folder / f"p.{ending}").read_text() == "old predictions"
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize("out", ["p.csv", "p.parquet", None])
def test_an_interrupt_leaves_the_old_file_as_it_was(out, folder, capsys, monkeypatch):
    from pellucid.cli import prediction_columns

    (folder / "p.csv").write_text("old predictions")
    (folder / "p.parquet").write_text("old predictions")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    whole, calls = prediction_columns.prediction_columns, []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return whole(*arguments)

    monkeypatch.setattr(prediction_columns, "prediction_columns", interrupted)
    code = predict("price.safetensors", "t.parquet", *([] if out is None else ["--out", out]))

    said = capsys.readouterr()
    assert code == 130
    assert (
        said.err
        == f"pellucid: {'Interrupted after 60 rows.' if out is None else 'Interrupted. Nothing was written.'}\n"
    )
    assert said.out.count("\n") == (61 if out is None else 0)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_numbers_where_text_was_and_text_where_numbers_were_are_refused_with_their_rows(table, folder, capsys):
    table["size"] = table["size"].astype(str).where(table.index != 44, "big")
    table["town"] = np.arange(N) + 0.5
    table.to_parquet("u.parquet", index=False)

    assert predict("price.safetensors", "u.parquet") == 2

    assert capsys.readouterr().err == (
        "pellucid: The column 'town' held text in training, but has the number 0.5 in row 0, and at least 19 other "
        "rows are no better. Give it as text, as in training.\n"
    )
    assert predict("price.safetensors", "u.parquet", "--key", "id", "--out", "p.csv") == 2


def test_all_columns_that_are_lacking_are_named_at_once(folder, capsys):
    pq.write_table(pa.table({"size": [1.0]}), "u.parquet")

    assert predict("price.safetensors", "u.parquet") == 2

    assert capsys.readouterr().err == (
        "pellucid: u.parquet lacks 2 columns 'town' and 'age' that the model needs. Add or rename them.\n"
    )


def test_a_value_too_large_for_the_network_is_refused_and_the_rows_counted_from_where(table, folder, capsys):
    """What the encoder refuses it counts within the block; the message says from which row."""
    model = FeedForwardRegressor((2,), max_iter=2, engine="reference", random_state=0)
    model.fit(pd.DataFrame({"size": table["size"] * 1e-9}), table["price"]).save("tiny.safetensors")
    size = np.ones(N)
    size[65] = 1e305
    pd.DataFrame({"size": size}).to_csv("u.csv", index=False)

    assert predict("tiny.safetensors", "u.csv", "--out", "p.csv") == 2

    said = capsys.readouterr().err
    assert said.startswith("pellucid: The value 1e+305 of the column 'size' in row 5 is too large for float64: ")
    assert said.endswith(" (Rows are counted from row 60 of u.csv.)\n")


def test_progress_is_shown_on_a_terminal_and_nowhere_else(folder, capsys, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    assert predict("price.safetensors", "t.csv", "--key", "id", "--key", "sold") == 0
    expected = capsys.readouterr()
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    assert predict("price.safetensors", "t.csv", "--key", "id", "--key", "sold") == 0

    assert expected.err == ""
    assert "bytes" in terminal.getvalue() or "kB" in terminal.getvalue()
    assert capsys.readouterr().out == expected.out


KEYS = {
    "id": ["9007199254740993", "007", "1e3", "NA", ""],
    "flag": ["true", "FALSE", "1", "NA", ""],
    "day": ["2020-01-03", "20200103", "2020-01-03T10:00", "NA", ""],
    "code": ["a", "007", " b", "NA", ""],
}


@pytest.fixture
def keyed(folder, rng):
    """A model whose features are a whole number, a truth value, a date and a text, and its frame."""
    X = pd.DataFrame({"id": rng.integers(1, 10**6, N), "flag": rng.choice([True, False], N)})
    X["day"] = pd.date_range("2020-01-01", periods=N).astype("datetime64[us]")
    X["code"] = rng.choice(["a", "007", " b"], N)
    model = FeedForwardRegressor((4,), max_iter=2, engine="reference", random_state=0)
    model.fit(X, rng.normal(size=N)).save("keyed.safetensors")
    return X


@pytest.mark.parametrize("name", KEYS)
def test_a_key_that_is_also_a_feature_is_repeated_as_it_is_written(name, keyed, folder, capsys, monkeypatch):
    """And the predictions are those without the key, in whatever blocks."""
    lines = [",".join(values) for values in zip(*KEYS.values(), strict=True)]
    (folder / "k.csv").write_text("\n".join([",".join(KEYS), *lines, "5,false,2020-05-01,a"]) + "\n")
    in_blocks(monkeypatch, 2)

    assert predict("keyed.safetensors", "k.csv", "--out", "p.parquet") == 0
    assert predict("keyed.safetensors", "k.csv", "--key", name, "--out", "q.parquet") == 0

    found = pq.read_table("q.parquet")
    last = {"id": "5", "flag": "false", "day": "2020-05-01", "code": "a"}[name]
    assert found[name].to_pylist() == [*KEYS[name][:-1], None, last]
    assert found["predicted_y"].equals(pq.read_table("p.parquet")["predicted_y"])


def test_keys_from_parquet_that_are_features_keep_their_type(keyed, folder):
    keyed.to_parquet("k.parquet")
    words = [word for name in KEYS for word in ("--key", name)]

    assert predict("keyed.safetensors", "k.parquet", *words, "--out", "p.parquet") == 0

    assert pq.read_table("p.parquet").select(list(KEYS)).equals(pq.read_table("k.parquet").select(list(KEYS)))


@pytest.mark.parametrize("values", [[1, 2, 30], [0.5, 2.0, 1e20], [True, False, True], ["1", "b", "c"],
                                    pd.to_datetime(["2020-01-01", "2021-01-01", "2022-01-01"])],
                         ids=["whole", "float", "truth", "text", "date"])  # fmt: skip
def test_categories_of_whatever_are_from_parquet_what_they_were_in_the_frame(values, folder, rng):
    """A column of such categories is text in training; Arrow gives back their plain values."""
    chosen = pd.Series(values).astype(object)[rng.integers(0, 3, N)].reset_index(drop=True)
    chosen[[3, 50]] = None
    X = pd.DataFrame({"c": chosen.astype(pd.CategoricalDtype(pd.unique(pd.Series(values)))), "v": rng.normal(size=N)})
    model = FeedForwardRegressor((4,), max_iter=2, engine="reference", random_state=0).fit(X, rng.normal(size=N))
    model.save("c.safetensors")
    X.to_parquet("c.parquet", row_group_size=90)

    assert predict("c.safetensors", "c.parquet", "--key", "c", "--out", "p.parquet") == 0

    assert pq.read_table("p.parquet")["predicted_y"].to_pylist() == model.predict(X).tolist()
    texts = [None if pd.isna(value) else str(value) for value in X["c"]]
    assert read_table("c.parquet")["c"].to_pylist() == texts
    assert pq.read_table("p.parquet")["c"].to_pylist() == pq.read_table("c.parquet")["c"].to_pylist()  # not as text
    assert read_table("c.parquet")["c"].to_pylist() == [None if v != v else str(v) for v in X["c"].astype(object)]


@pytest.mark.parametrize(("options", "written"), [(["--json"], "null"), ([], "inf")])
def test_predictions_beyond_the_range_of_numbers_are_counted_and_said(options, written, table, folder, capsys):
    model = FeedForwardRegressor(
        (), max_iter=20, engine="reference", random_state=0, number_encoding="standard", target_transform="log"
    )
    model.fit(table[["size"]], np.exp(table["price"])).save("far.safetensors")
    (folder / "u.csv").write_text("size\n1e20\n0.5\n-1e20\n")

    assert predict("far.safetensors", "u.csv", *options) == 0

    said = capsys.readouterr()
    assert said.err == f"note: 1 row has a prediction beyond the range of numbers, written as {written}.\n"
    assert said.out.count(written) == 1


NAMES = ["Zürich", "Łódź", "東京", "a,b"]


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-16", "utf-8"])
@pytest.mark.parametrize("shape", ["csv", "json"])
def test_standard_output_is_utf_8_whatever_encoding_it_has(shape, encoding, table, folder, capsys, monkeypatch):
    """And so the bytes of the file that --out would have written; the oracle for JSON is its own reader."""
    table["town"] = [NAMES[i % len(NAMES)] for i in range(N)]
    table.to_csv("u.csv", index=False)
    assert predict("price.safetensors", "u.csv", "--key", "town", "--out", "p.csv") == 0
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding, newline="\r\n"))

    assert predict("price.safetensors", "u.csv", "--key", "town", *(["--json"] if shape == "json" else [])) == 0
    sys.stdout.flush()

    if shape == "csv":
        assert written.getvalue() == (folder / "p.csv").read_bytes()
    else:
        found = [json.loads(line)["town"] for line in written.getvalue().decode("utf-8").splitlines()]
        assert found == table["town"].tolist()


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary(2), pa.binary_view()], ids=str)
def test_a_key_of_bytes_is_repeated_in_parquet_alone(kind, table, folder, capsys):
    values = [b"a\xff", None, b"ab"] * (N // 3)
    columns = pa.Table.from_pandas(table, preserve_index=False).append_column("raw", pa.array(values, kind))
    pq.write_table(columns, "u.parquet")
    words = ["price.safetensors", "u.parquet", "--key", "raw"]

    for more in ([], ["--json"], ["--out", "p.csv"]):
        assert predict(*words, *more) == 2
        assert capsys.readouterr() == (
            "",
            f"pellucid: --key names the column 'raw' of u.parquet, which has the type {kind}: bytes are repeated in "
            "Parquet alone. Write to a file with --out that ends in .parquet, or name another column.\n",
        )
    assert predict(*words, "--out", "p.parquet") == 0
    assert pq.read_table("p.parquet")["raw"].to_pylist() == values


DAYS = {
    "digits.csv": ["20200103", "20200501", "", "20210501"],
    "both.csv": ["2020-01-03", "20200501", "NA", "2021-05-01T00:00"],
    "usual.csv": ["2020-01-03", "2020-05-01", "", "2021-05-01"],
}


@pytest.mark.parametrize("names", [["digits.csv"], ["both.csv"], ["digits.csv", "usual.csv"], ["usual.csv", "both.csv"],
                                   ["digits.csv", "usual.parquet"]], ids="+".join)  # fmt: skip
def test_a_date_that_predict_takes_is_taken_by_all_commands(names, keyed, folder, capsys):
    """The oracle is what is measured of the same days written as usual."""
    rest = pd.DataFrame({"id": [1, 2, 3, 4], "flag": True, "code": "a", "y": [0.5, 1.5, 2.5, 3.5]})
    for name, days in DAYS.items():
        rest.assign(day=days).to_csv(name, index=False)
    days = pd.to_datetime(pd.Series(DAYS["usual.csv"]).replace("", None)).astype("datetime64[us]")
    rest.assign(day=days).to_parquet("usual.parquet", index=False)

    def said(verb, tables, *more):
        assert run([verb, "keyed.safetensors", *tables, *more]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    usual = ["usual.csv"] * len(names)
    assert said("predict", names) == said("predict", usual)
    assert said("evaluate", names, "--json") == said("evaluate", usual, "--json")
    one = said("explain", names, "--row", "1", "--json")
    other = said("explain", usual, "--row", "1", "--json")
    assert json.loads(one)["row"]["prediction"] == json.loads(other)["row"]["prediction"]


def test_digits_that_are_no_date_are_refused_by_all_commands_alike(keyed, folder, capsys):
    rest = pd.DataFrame({"id": [1, 2], "flag": True, "code": "a", "y": [0.5, 1.5]})
    rest.assign(day=["20200103", "17"]).to_csv("u.csv", index=False)

    for verb in ("predict", "evaluate"):
        assert run([verb, "keyed.safetensors", "u.csv", *(["--out", "p.csv"] if verb == "predict" else [])]) == 2
        assert capsys.readouterr().err == (
            "pellucid: The column 'day' held dates in training, but has '17' in row 1 (line 3). Write dates in the "
            "form of ISO 8601, as 2024-05-31 or 2024-05-31T18:00, or leave it empty.\n"
        )


def test_a_wrong_value_in_a_row_without_a_target_is_nothing_to_evaluate(table, folder, capsys):
    """What is measured is that of the table without the row; with its target it is refused."""
    table["size"] = table["size"].astype(str).replace("nan", "").where(table.index != 7, "much")
    table.drop(index=7).to_csv("without.csv", index=False)
    table.to_csv("wrong.csv", index=False)
    table.assign(price=table["price"].where(table.index != 7)).to_csv("u.csv", index=False)
    measured = []
    for name in ("u.csv", "without.csv"):
        assert run(["evaluate", "price.safetensors", name, "--json"]) == 0, capsys.readouterr().err
        measured.append(json.loads(capsys.readouterr().out)["metrics"])

    assert measured[0] == measured[1]
    assert run(["evaluate", "price.safetensors", "wrong.csv"]) == 2
    assert "has 'much' in row 7 (line 9)" in capsys.readouterr().err
