"""Whatever is in a file, a command ends with our own message or with a result: never with another exception."""

import json

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from pellucid.cli.main import run

FIELDS = st.one_of(
    st.integers(-5, 5).map(str),
    st.floats(-1e6, 1e6).map(repr),
    st.sampled_from(["", "", "NA", "nan", "inf", "-inf", "1e400", "true", "false", "a", "b", "x y", "2024-01-05"]),
    st.sampled_from(["1e39", "-1e39", "1e200", "-1e200", "1.7e308", "1e-39", "1e-170", "-1e-170", "5e-324"]),
    st.text(alphabet='ab,"\n\r\t;é0', max_size=4),
)
# Numbers whose squares no float holds, or as 0 only, and numbers that float32 does not hold, are numbers too.
EXTREME = st.sampled_from([f"{x / 10}e{power}" for x in range(-90, 90, 7) for power in (39, 200, 307, -39, -170)])
USUAL = [st.integers(0, 3).map(str), st.floats(-9, 9).map(repr), st.sampled_from("pq"), EXTREME]


@st.composite
def csv_files(draw):
    """A table that is nearly one: a header, columns of a kind each with exceptions, now and then a broken line."""
    n_columns = draw(st.integers(1, 4))
    n_rows = draw(st.sampled_from([0, 1, 9, 10, 11, 14, 20]))
    names = draw(st.permutations(["y", "a", "b", "c"])) if draw(st.integers(0, 5)) else ["y", "a", "a", ""]
    names = names[:n_columns]
    columns = []
    for _ in range(n_columns):
        usual = draw(st.sampled_from(USUAL))
        exceptions = draw(st.sets(st.integers(0, 29), max_size=1))
        columns.append([draw(FIELDS if i in exceptions else usual) for i in range(n_rows)])
    quote = draw(st.integers(0, 2)) > 0
    lines = [",".join(names)]
    for fields in zip(*columns, strict=True):
        quoted = ['"' + field.replace('"', '""') + '"' if quote else field for field in fields]
        lines.append(",".join(quoted))
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    return ending.join(lines) + draw(st.sampled_from(["", ending]))


# engine="reference": the claim is about tables, and 2,000 tiny runs need no kernels.
TRAIN = ["train", "t.csv", "--target", "y", "--max-epochs", "1", "--hidden", "2", "--engine", "reference", "--json"]


def on_any_table(max_examples):
    """Run a test on so many tables, each with a task."""

    def decorate(test):
        test = given(content=csv_files(), task=st.sampled_from(["auto", "regression", "classification"]))(test)
        unhealthy = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
        return settings(max_examples=max_examples, deadline=None, derandomize=True, suppress_health_check=unhealthy)(
            test
        )

    return decorate


@on_any_table(200)
@pytest.mark.filterwarnings("default")
def test_any_table_ends_in_a_result_or_in_one_message(content, task, tmp_path, capsys, monkeypatch):
    end_in_a_result_or_in_one_message(content, task, tmp_path, capsys, monkeypatch)


@pytest.mark.verify
@on_any_table(2000)
@pytest.mark.filterwarnings("default")
def test_any_of_many_tables_ends_in_a_result_or_in_one_message(content, task, tmp_path, capsys, monkeypatch):
    end_in_a_result_or_in_one_message(content, task, tmp_path, capsys, monkeypatch)


def end_in_a_result_or_in_one_message(content, task, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # A picture takes longer than everything else together, and has tests of its own.
    monkeypatch.setattr("pellucid.estimators.training_record.TrainingRecord.plot_history", lambda *_: None)
    with open("t.csv", "wb") as file:
        file.write(content.encode())

    code = run([*TRAIN, "--task", task])
    event(f"exit code {code}")

    said = capsys.readouterr()
    if code == 0:
        assert json.loads(said.out)["test"]["pellucid"]
    else:
        assert code == 2
        assert said.err.startswith(("pellucid: ", "note: "))
        assert "Traceback" not in said.err
        assert said.out == ""
