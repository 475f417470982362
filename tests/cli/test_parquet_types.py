"""Whatever type a column of a Parquet file has, it is learnt from as what it holds, or refused by its name."""

import datetime
import decimal
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from pellucid.cli.main import run

N = 40
RANDOM = np.random.default_rng(5)
NUMBERS = RANDOM.normal(size=N).round(2)
TEXTS = [("north", "south", "west")[i] for i in RANDOM.integers(0, 3, N)]
LABELS = (NUMBERS > 0).astype(int)
DAYS = [datetime.date(2024, 1, 1) + datetime.timedelta(days=int(i)) for i in RANDOM.permutation(N)]
UNUSABLE = {
    "binary": pa.array([text.encode() for text in TEXTS], pa.binary()),
    "fixed_size_binary[2]": pa.array([text.encode()[:2] for text in TEXTS], pa.binary(2)),
    "duration[s]": pa.array(range(N), pa.duration("s")),
}


def usable():
    """Columns by their types, each with the values that a CSV file would give."""
    return {
        "halffloat": pa.array(NUMBERS.astype(np.float16)),
        "decimal": pa.array([decimal.Decimal(str(value)) for value in NUMBERS]),
        "string_view": pa.array(TEXTS, pa.string_view()),
        "large_string": pa.array(TEXTS, pa.large_string()),
        "dictionary": pa.array(TEXTS).dictionary_encode(),
        "dictionary of numbers": pa.array(LABELS).dictionary_encode(),
        "bool": pa.array(LABELS.astype(bool)),
        "uint8": pa.array(LABELS.astype(np.uint8)),
        "decimal 0/1": pa.array([decimal.Decimal(int(value)) for value in LABELS]),
    }


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(**columns):
    pyarrow.parquet.write_table(pa.table(columns), "t.parquet")


QUICK = ["--max-epochs", "2", "--hidden", "2", "--engine", "reference", "--json"]


@pytest.mark.parametrize("name", usable())
def test_a_column_of_any_usable_type_is_feature_target_group_and_key(name, folder, capsys):
    column = usable()[name]
    write(x=column, z=pa.array(NUMBERS), y=pa.array(RANDOM.normal(size=N)))
    assert run(["train", "t.parquet", "--target", "y", *QUICK]) == 0
    assert run(["predict", "model.safetensors", "t.parquet", "--key", "x"]) == 0
    assert run(["predict", "model.safetensors", "t.parquet", "--key", "x", "--out", "p.parquet"]) == 0
    assert run(["evaluate", "model.safetensors", "t.parquet"]) == 0
    if len(column.unique()) > 2:
        assert run(["train", "t.parquet", "--target", "y", "--group", "x", *QUICK]) == 0

    capsys.readouterr()
    write(x=column, z=pa.array(RANDOM.normal(size=N)))
    assert run(["train", "t.parquet", "--target", "x", *QUICK]) == 0
    task = json.loads(capsys.readouterr().out)["task"]
    assert task == ("regression" if name in ("halffloat", "decimal") else "classification")
    assert run(["evaluate", "model.safetensors", "t.parquet"]) == 0


@pytest.mark.parametrize("kind", [pa.date32(), pa.timestamp("ns"), pa.timestamp("us", "UTC")], ids=str)
def test_dates_and_times_order_the_rows(kind, folder, capsys):
    write(day=pa.array(DAYS).cast(pa.timestamp("s")).cast(kind), x=pa.array(NUMBERS), y=pa.array(TEXTS))

    assert run(["train", "t.parquet", "--target", "y", "--time", "day", *QUICK]) == 0
    assert json.loads(capsys.readouterr().out)["rows"]["test"] == 8


@pytest.mark.parametrize("kind", UNUSABLE)
def test_a_column_of_another_type_is_refused_by_its_name_and_type(kind, folder, capsys):
    write(x=UNUSABLE[kind], z=pa.array(NUMBERS), y=pa.array(TEXTS))
    assert run(["train", "t.parquet", "--target", "y", *QUICK]) == 2
    assert capsys.readouterr().err == (
        "pellucid: The table 't.parquet' has 1 column that cannot be a feature:\n"
        f"  'x' has the type {kind}, which cannot be learnt from; leave it out with `--ignore x`\n"
    )

    assert run(["train", "t.parquet", "--target", "x", *QUICK]) == 2
    assert capsys.readouterr().err == (
        f"pellucid: The target 'x' has the type {kind}, which cannot be predicted: numbers, booleans or text can. "
        "Write it as one of these.\n"
    )

    assert run(["train", "t.parquet", "--target", "y", "--ignore", "x", *QUICK]) == 0


def test_a_key_of_decimals_keeps_every_digit_wherever_it_is_written(folder, capsys):
    ids = [decimal.Decimal(12345678901234567890 + i) for i in range(N)]
    amounts = [decimal.Decimal(110 + i) / 100 for i in range(N)]
    write(id=pa.array(ids, pa.decimal128(20, 0)), amount=pa.array(amounts, pa.decimal128(10, 2)), x=NUMBERS, y=TEXTS)
    assert run(["train", "t.parquet", "--target", "y", "--ignore", "id", *QUICK]) == 0  # `amount` is a feature
    predict = ["predict", "model.safetensors", "t.parquet", "--key", "id", "--key", "amount"]
    capsys.readouterr()

    assert run(predict) == 0
    printed = [line.split(",")[:2] for line in capsys.readouterr().out.splitlines()[1:]]
    assert printed == [[str(i), f"{amount:.2f}"] for i, amount in zip(ids, amounts, strict=True)]
    assert run([*predict, "--json"]) == 0
    objects = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [[row["id"], row["amount"]] for row in objects] == printed
    assert run([*predict, "--out", "p.parquet"]) == 0
    found = pyarrow.parquet.read_table("p.parquet")
    assert found.schema.types[:2] == [pa.decimal128(20, 0), pa.decimal128(10, 2)]
    assert found["id"].to_pylist() == ids


def test_exposures_may_be_decimals_or_halves(folder, capsys):
    """The oracle is the prediction with the same exposures as floats."""
    exposures = RANDOM.integers(1, 9, N) / 4
    columns = {"x": pa.array(NUMBERS), "y": pa.array(RANDOM.integers(0, 50, N))}
    said = []
    for column in (exposures, exposures.astype(np.float16), [decimal.Decimal(str(e)) for e in exposures]):
        write(e=pa.array(column), **columns)
        if not said:
            options = ["--target", "y", "--loss", "poisson", "--exposure", "e", *QUICK]
            assert run(["train", "t.parquet", *options]) == 0
            capsys.readouterr()
        assert run(["predict", "model.safetensors", "t.parquet", "--exposure", "e"]) == 0
        said.append(capsys.readouterr().out)

    assert said[0] == said[1] == said[2]
