"""Files to tables: what values mean, and every refusal by its full sentence."""

import datetime
import gzip
import os
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pellucid.errors import ParameterError, TableError
from pellucid.tables.reading import line_of_row, read_table, read_tables
from pellucid.tables.records import iterate_records


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a file into the current folder, so that messages hold its bare name."""
    monkeypatch.chdir(tmp_path)

    def write_file(data, name="t.csv"):
        (tmp_path / name).write_bytes(data)
        return name

    return write_file


def refusal(path, **options):
    with pytest.raises(TableError) as caught:
        read_table(path, **options)
    return str(caught.value)


def outcome(path):
    """Return the table and no message, or no table and the message of the TableError."""
    try:
        return read_table(path), ""
    except TableError as error:
        return None, str(error)


def types(table):
    return [str(field.type) for field in table.schema]


def test_missing_spellings_are_missing_numbers_and_plain_text(write):
    """NA and its like are missing in a number column; in a text column only the empty string is."""
    path = write(b"x,t\n1.5,a\n,\nNA,NA\nN/A,None\nNaN,nan\nnan,NaN\nnull,null\nNULL,N/A\n")

    assert read_table(path).to_pydict() == {
        "x": [1.5, None, None, None, None, None, None, None],
        "t": ["a", None, "NA", "None", "nan", "NaN", "null", "N/A"],
    }


def test_types_come_from_the_values(write):
    """Integers, decimals, booleans, text, dates, times of day as text, and null for a column without a value."""
    path = write(b"i,f,b,t,d,z,n\n1,2.5,true,x,2024-01-31,12:30,\n2,1,false,y,,NA,NA\n")
    table = read_table(path)

    assert types(table) == ["int64", "double", "bool", "string", "date32[day]", "string", "null"]
    assert table["d"].to_pylist() == [datetime.date(2024, 1, 31), None]
    assert table["z"].to_pylist() == ["12:30", "NA"]


def test_a_timestamp_keeps_its_spelling(write):
    """What Arrow would turn into a moment comes out letter by letter."""
    path = write(b"when\n2024-01-31T10:00:00Z\n2024-01-31 10:00:00\n")

    assert read_table(path)["when"].to_pylist() == ["2024-01-31T10:00:00Z", "2024-01-31 10:00:00"]


def test_one_and_true_together_are_text(write):
    """1 is not another word for true."""
    assert read_table(write(b"x\n1\ntrue\n"))["x"].to_pylist() == ["1", "true"]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_line_ends_and_the_byte_order_mark_do_not_matter(write, newline):
    """The same table with LF, CRLF and CR, with blank lines at the end and a mark at the start."""
    lines = [b"\xef\xbb\xbfa,b", b"1,x", b"", b"2,y", b"", b""]
    path = write(newline.join(lines))

    assert read_table(path).to_pydict() == {"a": [1, 2], "b": ["x", "y"]}
    assert line_of_row(path, 1) == 4


def test_empty_lines_are_skipped_in_a_single_column_too(write):
    """There a quoted empty string is the missing value; line numbers agree with it."""
    path = write(b'a\n1\n\n""\n\n3\n')

    assert read_table(path)["a"].to_pylist() == [1, None, 3]
    assert [line_of_row(path, row) for row in range(4)] == [2, 4, 6, None]


def test_records_longer_than_a_block_of_arrow_are_read(write):
    """Also a quoted one with line ends in it; Arrow's own blocks are of one mebibyte."""
    long = "x\n" * 2**20
    path = write(f'a,b\n1,"{long}"\n2,y\n'.encode())

    assert read_table(path)["b"].to_pylist() == [long, "y"]


def test_gzip_is_recognised_by_its_content(write):
    """The name does not matter."""
    path = write(gzip.compress(b"a,b\n1,x\n"), "t.csv.gz")
    other = write(gzip.compress(b"a,b\n1,x\n"), "t.txt")

    assert read_table(path) == read_table(other) == pa.table({"a": [1], "b": ["x"]})


def test_the_name_tsv_means_tabs_if_the_header_has_one(write):
    """A file named .tsv needs no separator; one with commas is still read."""
    assert read_table(write(b"a\tb\n1\t2,5\n", "t.tsv")).to_pydict() == {"a": [1], "b": ["2,5"]}
    assert read_table(write(b"a,b\n1,2\n", "u.tsv")).to_pydict() == {"a": [1], "b": [2]}


def test_other_separators_and_encodings(write):
    """Both are options of the call."""
    path = write("städte;x\nZürich;1\n".encode("latin-1"))

    assert read_table(path, encoding="latin-1", separator=";").to_pydict() == {"städte": ["Zürich"], "x": [1]}
    assert read_table(write("a,b\n1,ü\n".encode("utf-16")), encoding="utf-16")["b"].to_pylist() == ["ü"]


def test_numbers_are_spelt_with_the_decimal_sign_that_is_named_and_with_no_other(write):
    path = write(b"a;b;c\n1,5;1.5;-3\nNA;2.5;0,5e2\n")
    assert read_table(path, separator=";", decimal=",").to_pydict() == {
        "a": [1.5, None],
        "b": ["1.5", "2.5"],
        "c": [-3.0, 50.0],
    }
    assert read_table(path, separator=";").to_pydict()["a"] == ["1,5", "NA"]


def test_a_comma_separates_fields_and_decimals_where_such_numbers_stand_in_quotes(write):
    path = write(b'a,b\n"1,5",2\n3,"0,25"\n')
    assert read_table(path, decimal=",").to_pydict() == {"a": [1.5, 3.0], "b": [2.0, 0.25]}


def test_parquet_gives_the_types_of_csv(write):
    """Categories and times of day come out as text, dates as dates."""
    table = pa.table(
        {
            "x": [1.5, None],
            "c": pa.array(["u", None]).dictionary_encode(),
            "d": [datetime.date(2024, 1, 31), None],
            "t": [datetime.datetime(2024, 1, 31, 10), None],
            "z": [datetime.time(12, 30), None],
        }
    )
    pq.write_table(table, write(b"", "t.parquet"))
    back = read_table("t.parquet")

    assert types(back) == ["double", "string", "date32[day]", "timestamp[us]", "string"]
    assert back["z"].to_pylist() == ["12:30:00.000000", None]
    assert back["c"].to_pylist() == ["u", None]
    assert line_of_row("t.parquet", 0) is None


CSV_REFUSALS = [
    (b"", "The file 't.csv' is empty: it needs a header line and rows of values."),
    (b"\r\n \n", "The file 't.csv' is empty: it needs a header line and rows of values."),
    (b"a,b\n\n", "The file 't.csv' has a header but no rows: add rows of values."),
    (b"a,b", "The file 't.csv' has a header but no rows: add rows of values."),
    (
        b'a,b\n"x\ny",1\n\n1,2,3\n',
        "Line 5 of 't.csv' has 3 fields, but the header has 2 columns: correct the line, or put quotes "
        "around values that contain the separator.",
    ),
    (
        b"a,b\n1\n1,2\n1,2,3\n",
        "Line 2 of 't.csv' has 1 field, but the header has 2 columns (1 further line is as bad): correct "
        "the line, or put quotes around values that contain the separator.",
    ),
    (
        b"a\n1\n1,2\n" + b"1,2\n" * 5,
        "Line 3 of 't.csv' has 2 fields, but the header has 1 column (5 further lines are as bad): correct "
        "the line, or put quotes around values that contain the separator.",
    ),
    (
        b"a,b\n1,x\n2,\xfc\n",
        "The file 't.csv' is not UTF-8: line 3 has the byte 0xfc; name its encoding with the encoding "
        "option (`--encoding latin-1` on the command line).",
    ),
    (
        b"a,\xfc\n1,x\n",
        "The file 't.csv' is not UTF-8: line 1 has the byte 0xfc; name its encoding with the encoding "
        "option (`--encoding latin-1` on the command line).",
    ),
    (
        b"a,b\n1,\0\n",
        "The file 't.csv' is not a text file, for line 2 holds a zero byte: give a CSV or Parquet file, or "
        "name its encoding if it has another (`--encoding utf-16`).",
    ),
    (
        b",b, \n1,2,3\n",
        "The header of 't.csv' has no name for columns 1, 3: name every column (for a table from pandas "
        "write it with `index=False`).",
    ),
    (
        b"a,b,a,b\n1,2,3,4\n",
        "The header of 't.csv' names 'a', 'b' more than once: give every column its own name.",
    ),
    (b'a,b\n1,"x\n2,3\n', "A quote that opens in line 2 of 't.csv' is never closed: close or remove it."),
    (b'a,b\n1,"2', "A quote that opens in line 2 of 't.csv' is never closed: close or remove it."),
    (b'a,"b\n1,2\n', "A quote that opens in line 1 of 't.csv' is never closed: close or remove it."),
    (b'a,b\nx"y,"1\n', "A quote that opens in line 2 of 't.csv' is never closed: close or remove it."),
    (
        b"a;b\n1,5;2\n",
        "The header of 't.csv' is a single column that contains ';': name the separator (`--separator ';'`).",
    ),
    (
        b"a\tb\n1\t2\n",
        "The header of 't.csv' is a single column that contains a tab: name the separator (`--separator $'\\t'`).",
    ),
    (b"PAR1 and no more", "The file 't.csv' begins like a Parquet file but is damaged: write it again."),
    (
        b"\x1f\x8bnot gzip at all",
        "The file 't.csv' begins like a gzip file but cannot be unpacked (Unknown compression method): "
        "compress it again.",
    ),
]


@pytest.mark.parametrize(("data", "sentence"), CSV_REFUSALS)
def test_a_bad_file_is_refused_in_a_sentence(write, data, sentence):
    """The message names the file, the line or column, and what to do."""
    assert refusal(write(data)) == sentence


def test_a_wrong_encoding_is_refused_with_its_line(write):
    """Also where the encoding is not UTF-8."""
    assert refusal(write(b"a,b\n1,\xe9\n"), encoding="ascii") == (
        "The file 't.csv' is not in the encoding 'ascii': line 2 has the byte 0xe9; name the right one with "
        "the encoding option (`--encoding`)."
    )


def test_missing_files_and_folders_are_refused(write):
    """Without a traceback from the operating system."""
    os.mkdir("folder")

    assert refusal("none.csv") == "The file 'none.csv' does not exist: check the path."
    assert refusal("folder") == "'folder' is a folder: name the table files inside it."
    assert refusal("a\0b") == "The file 'a\0b' cannot be read (embedded null byte): check the path."


def test_a_file_without_permission_is_refused(write, monkeypatch):
    """The sentence is about permissions (root may read anything, so the refusal is simulated)."""
    path = write(b"a\n1\n")

    def refuse(self):
        raise PermissionError

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)

    assert refusal(path) == "The file 't.csv' may not be read by you: change its permissions."


def test_nested_parquet_columns_are_refused_by_name(write):
    """A list per row is no number and no text."""
    pq.write_table(pa.table({"a": [1], "many": [[1, 2]]}), write(b"", "t.parquet"))

    assert refusal("t.parquet") == (
        "The file 't.parquet' has columns with several values per row: 'many' (list<element: int64>); write "
        "it without them, or with one column per value."
    )


def test_a_parquet_file_without_rows_is_refused(write):
    """As a CSV file is."""
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), write(b"", "t.parquet"))

    assert refusal("t.parquet") == "The file 't.parquet' has a header but no rows: add rows of values."


@pytest.mark.parametrize(
    ("option", "value"), [("separator", ";;"), ("decimal", ";"), ("separator", '"'), ("encoding", "klingon")]
)
def test_impossible_options_are_refused(write, option, value):
    """These are mistakes of the call, not of the file."""
    with pytest.raises(ParameterError, match=f"The `{option}` parameter of read_table must be "):
        read_table(write(b"a\n1\n"), **{option: value})


def test_several_files_become_one_table(write):
    """Columns are matched by name, integers join decimals, missing columns of one file join anything."""
    first = write(b"x,y,t\n1,2,\n", "a.csv")
    second = write(b"t,y,x\nu,2.5,3\n", "b.csv")

    assert read_tables([first, second]).to_pydict() == {"x": [1, 3], "y": [2.0, 2.5], "t": [None, "u"]}


def test_files_with_other_columns_are_refused(write):
    """The sentence names both files and the columns that differ."""
    write(b"x,y\n1,2\n", "a.csv")
    write(b"x,z\n1,2\n", "b.csv")

    with pytest.raises(TableError) as caught:
        read_tables(["a.csv", "b.csv"])
    assert str(caught.value) == (
        "The file 'b.csv' does not have the columns of 'a.csv': it lacks 'y' and has in addition 'z'; give "
        "all files the same columns."
    )


def test_a_column_of_other_kind_in_another_file_is_refused(write):
    """Text in one and numbers in the other cannot be one column."""
    write(b"x\n1\n", "a.csv")
    write(b"x\nu\n", "b.csv")

    with pytest.raises(TableError) as caught:
        read_tables(["a.csv", "b.csv"])
    assert str(caught.value) == (
        "The column 'x' is a number in 'a.csv' but text in 'b.csv': make it the same in all files."
    )


def test_reading_does_not_import_data_frame_libraries():
    """The command line answers fast because reading needs Arrow alone."""
    code = (
        "import sys, pellucid.tables.reading\nprint({'sklearn', 'pandas', 'polars', 'scipy', 'numba'} & "
        "set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"


pieces = st.sampled_from(
    b"a|1|2.5|NA|true|2024-01-31|,|,|\n|\n|\r|\r\n| |;|\t|\0|\xff|\xc3\xa9|\xef\xbb\xbf|inf|nan(1)".split(b"|")
    + 2 * [b'"', b'""']
)
rows = st.lists(st.lists(st.sampled_from([b"1", b"x", b"", b'"q\n"', b"NA"]), min_size=2, max_size=2))
any_bytes = st.one_of(
    st.binary(max_size=60),
    st.lists(pieces, max_size=40).map(b"".join),
    rows.map(lambda parts: b"a,b\n" + b"\n".join(b",".join(row) for row in parts)),
    st.binary(max_size=30).map(lambda tail: b"PAR1" + tail + b"PAR1"),
    st.binary(max_size=30).map(lambda tail: b"\x1f\x8b\x08" + tail),
)


def on_any_bytes(max_examples):
    """Run a test on so many files."""
    unhealthy = [HealthCheck.function_scoped_fixture]
    chosen = settings(max_examples=max_examples, derandomize=True, deadline=None, suppress_health_check=unhealthy)
    return lambda test: chosen(given(any_bytes)(test))


@on_any_bytes(500)
def test_any_bytes_are_a_table_or_a_table_error(write, data):
    be_a_table_or_a_table_error(write, data)


@pytest.mark.verify
@on_any_bytes(5000)
def test_any_of_many_bytes_are_a_table_or_a_table_error(write, data):
    be_a_table_or_a_table_error(write, data)


def be_a_table_or_a_table_error(write, data):
    """Nothing else ever comes out; where it is CSV, the two readers agree on every row."""
    path = write(data)
    table, message = outcome(path)
    if table is None:
        assert message.endswith(".")
        return

    assert table.num_rows > 0
    if not data.startswith((b"PAR1", b"\x1f\x8b")):
        text = data.removeprefix(b"\xef\xbb\xbf")
        records = list(iterate_records(text))
        assert {record.n_fields for record in records} == {table.num_columns}
        assert len(records) == table.num_rows + 1
        assert line_of_row(path, table.num_rows - 1) == records[-1].line


@settings(
    max_examples=200,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_a_damaged_parquet_file_is_a_table_or_a_table_error(write, data):
    """Bytes changed or cut off anywhere in a good file."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"a": [1, 2, 3], "t": ["x", "y", None]}), sink)
    good = bytearray(sink.getvalue().to_pybytes())
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(4, len(good) - 1))] = data.draw(st.integers(0, 255))
    path = write(bytes(good[: data.draw(st.integers(4, len(good)))]))
    table, message = outcome(path)

    assert message.endswith(".") if table is None else table.num_rows > 0
