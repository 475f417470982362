"""A stream gives what the whole-table readers give, however small its pieces and blocks are."""

import gzip
import tracemalloc
from datetime import time
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pellucid.errors import DataError, ParameterError, TableError
from pellucid.tables import text_pieces
from pellucid.tables.reading import read_tables
from pellucid.tables.stream import TableStream

KINDS = {"x": "number", "t": "text"}
FIELDS = {
    "x": ["1", "2.5", "-3e2", "", "NA", '"7"', " 4", "1e400", "9007199254740993"],
    "t": ["a", "", '""', '"b,c"', '"d ""e"" f"', '"g\nh"', '"i\r\nj"', '"\n\n"', "é", '","', 'k"l', '"m"n', "NA"],
}
FINITE = [field for field in FIELDS["x"] if field != "1e400"]


def random_csv(generator, n_rows, numbers=FINITE):
    """A CSV with everything that makes records hard to find, as text."""
    line_end = generator.choice(["\n", "\r\n", "\r"])
    lines = ["z,t,x"]
    for _ in range(n_rows):
        lines += [""] * (generator.uniform() < 0.1)
        lines.append(f"0,{generator.choice(FIELDS['t'])},{generator.choice(numbers)}")
    return line_end.join(lines) + line_end * int(generator.integers(0, 3))


def whole(paths, **options):
    """The columns x and t as `read_tables` reads them, numbers as floats."""
    table = read_tables(paths, text_columns=["t"], **options).select(["x", "t"])
    return {"x": table["x"].cast(pa.float64(), safe=False).to_pylist(), "t": table["t"].to_pylist()}


def streamed(paths, kinds=KINDS, **options):
    """The same from a stream, with the rows of its blocks."""
    blocks = list(TableStream(paths, **options).blocks(kinds))
    joined = {name: [v for block in blocks for v in block.rows[name].to_pylist()] for name in kinds}
    return joined, [block.rows.num_rows for block in blocks]


def message_of(call):
    with pytest.raises(DataError) as raised:
        call()
    return str(raised.value)


@pytest.mark.parametrize("piece_bytes", [1, 7, 64, 2**20])
def test_any_csv_gives_the_values_of_the_whole_reader_whatever_the_pieces(piece_bytes, tmp_path, rng):
    for i in range(25):
        path = tmp_path / f"{i}.csv"
        path.write_bytes(random_csv(rng, 30).encode())

        found, rows = streamed([path], block_rows=4, piece_bytes=piece_bytes)

        assert found == whole([path])
        assert max(rows) <= 4


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1", "utf-16-le"])
def test_encodings_and_byte_order_marks_are_those_of_the_whole_reader(encoding, tmp_path, rng):
    path = tmp_path / "t.csv"
    path.write_bytes(random_csv(rng, 40).encode(encoding))

    assert streamed([path], encoding=encoding, piece_bytes=33)[0] == whole([path], encoding=encoding)


def test_a_packed_file_and_a_tab_separated_one_are_read_as_they_are(tmp_path, rng):
    text = random_csv(rng, 40)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "t.tsv").write_text("z\tt\tx\n1\ta,b\t3\n")

    assert streamed([tmp_path / "t.csv.gz"], piece_bytes=50)[0] == whole([tmp_path / "t.csv.gz"])
    assert streamed([tmp_path / "t.tsv"])[0] == {"x": [3.0], "t": ["a,b"]}


def test_parquet_plain_and_packed_and_csv_make_one_table(tmp_path):
    """Their columns stand in another order; numbers of every type are floats."""
    (tmp_path / "a.csv").write_text("t,x\na,1\n\n,NA\n")
    table = pa.table({"x": pa.array([1, None, 3], pa.int16()), "t": pa.array(["b", None, "c"]).dictionary_encode()})
    pq.write_table(table, tmp_path / "b.parquet")
    (tmp_path / "c.parquet").write_bytes(gzip.compress((tmp_path / "b.parquet").read_bytes()))
    paths = [tmp_path / name for name in ("a.csv", "b.parquet", "c.parquet")]

    found, rows = streamed(paths, block_rows=2)

    assert found == whole(paths)
    assert rows == [2, 2, 1, 2, 1]


def test_columns_as_they_are_written_are_text_from_csv_and_keep_their_type_from_parquet(tmp_path):
    (tmp_path / "a.csv").write_text("id\n007\n8\n")
    pq.write_table(pa.table({"id": pa.array([1, 2], pa.int32())}), tmp_path / "b.parquet")
    pq.write_table(pa.table({"id": pa.array([0.5])}), tmp_path / "c.parquet")

    def ids(*names):
        blocks = TableStream([tmp_path / name for name in names]).blocks({}, ["id"])
        return [value for block in blocks for value in block.written["id"].to_pylist()]

    assert ids("a.csv") == ["007", "8"]
    assert ids("b.parquet") == [1, 2]
    assert ids("b.parquet", "c.parquet") == [1.0, 2.0, 0.5]
    assert ids("a.csv", "b.parquet") == ["007", "8", "1", "2"]


UNCHANGED = {
    "decimals of 20 digits": pa.array([Decimal("12345678901234567890"), Decimal("12345678901234567891"), None]),
    "amounts with their zeros": pa.array([Decimal("1.10"), None, Decimal("20.00")], pa.decimal128(10, 2)),
    "halves": pa.array(np.array([1.1, 2, 3], np.float16)),
    "times of day": pa.array([time(18), None, time(0, 0, 1)], pa.time64("us")),
    "large whole numbers": pa.array([2**64 - 1, None, 0], pa.uint64()),
    "bytes": pa.array([b"a", None, b"\xff"]),
}


@pytest.mark.parametrize("column", UNCHANGED.values(), ids=UNCHANGED)
def test_a_column_of_parquet_is_as_it_is_written_also_where_it_is_a_feature(column, tmp_path):
    """The oracle is the column that was written."""
    pq.write_table(pa.table({"id": column, "x": [1.0, 2.0, 3.0]}), tmp_path / "t.parquet")
    number = pa.types.is_decimal(column.type) or pa.types.is_floating(column.type)
    kinds = {"x": "number"} | ({"id": "number"} if number else {})

    blocks = list(TableStream([tmp_path / "t.parquet"], block_rows=2).blocks(kinds, ["id"]))

    assert [block.written["id"].type for block in blocks] == [column.type] * 2
    assert [value for block in blocks for value in block.written["id"].to_pylist()] == column.to_pylist()
    if number:
        found = [value for block in blocks for value in block.rows["id"].to_pylist()]
        assert found == [None if value is None else float(value) for value in column.to_pylist()]


def test_decimals_and_whole_numbers_of_several_files_stay_exact(tmp_path):
    large, small = Decimal("12345678901234567890"), Decimal("0.05")
    columns = [pa.array([large]), pa.array([small]), pa.array([2**62 + 1])]
    paths = [tmp_path / f"{i}.parquet" for i in range(len(columns))]
    for path, column in zip(paths, columns, strict=True):
        pq.write_table(pa.table({"id": column}), path)

    blocks = TableStream(paths).blocks({}, ["id"])

    assert [block.written["id"].to_pylist() for block in blocks] == [[large], [small], [2**62 + 1]]


def test_numbers_that_the_type_of_all_files_cannot_hold_are_refused_by_column_and_file(tmp_path):
    pq.write_table(pa.table({"id": [0.5]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"id": [2**53 + 1]}), tmp_path / "b.parquet")
    stream = TableStream([tmp_path / "a.parquet", tmp_path / "b.parquet"])

    assert message_of(lambda: list(stream.blocks({}, ["id"]))) == (
        f"The column 'id' has the type int64 in '{tmp_path / 'b.parquet'}', which cannot be written as double, as the "
        "other files need it: write it in the same type in all files."
    )


def test_true_and_false_are_numbers_in_a_column_of_nothing_else(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x\n" + "true\nFalse\n\n" * 50)

    assert streamed([path], {"x": "number"}, piece_bytes=20)[0]["x"] == [1.0, 0.0] * 50


@pytest.mark.parametrize("rows", ["true\n{}1\n", "1\n{}true\n"])
def test_whether_true_is_a_number_does_not_depend_on_the_blocks(rows, tmp_path):
    """Among numbers it is refused in its row, in whatever block the numbers are."""
    path = tmp_path / "t.csv"
    path.write_text("x\n" + rows.format("NA\n" * 20))
    row = 0 if rows.startswith("true") else 21
    expected = (
        f"The column 'x' held numbers in training, but has 'true' in row {row} (line {row + 2}). "
        "Correct it, or leave it empty: it then counts as missing."
    )

    for piece_bytes in (4, 2**20):
        assert message_of(lambda p=piece_bytes: streamed([path], {"x": "number"}, piece_bytes=p)) == expected


def test_all_columns_that_are_wrong_are_named_at_once_by_file_and_line(tmp_path):
    (tmp_path / "a.csv").write_text('x,y,t\n1,2,"a\nb"\n')
    (tmp_path / "b.csv").write_text("x,y,t\n1,2,c\n\nmuch,inf,d\nmore,3,e\n")
    paths = [str(tmp_path / name) for name in ("a.csv", "b.csv")]

    said = message_of(lambda: streamed(paths, {"x": "number", "y": "number", "t": "text"}))

    assert said == (
        "2 columns are not as the model needs them:\n"
        f"  'x' held numbers in training, but has 'much' in row 2 (line 4 of '{paths[1]}'), and at least 1 other row "
        "is no better. Correct it, or leave it empty: it then counts as missing.\n"
        f"  'y' has an infinite value in row 2 (line 4 of '{paths[1]}'). "
        "Correct it, or leave it empty: it then counts as missing."
    )


def test_numbers_where_text_was_learnt_are_refused_unless_all_are_missing(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"t": [None, 3.5, 4.0]}), path)

    assert message_of(lambda: streamed([path], {"t": "text"}, block_rows=1)) == (
        "The column 't' held text in training, but has the number 3.5 in row 1. Give it as text, as in training."
    )
    pq.write_table(pa.table({"t": [None, float("nan")]}), path)
    assert len(streamed([path], {"t": "text"})[0]["t"]) == 2


WRONG = {
    "a field too many": "x,t\n1,a\n\n2,b,c\n",
    "an unclosed quote": 'x,t\n1,a\n2,"b\n3,c\n',
    "an unclosed quote in the header": 'x,"t\n1,a\n',
    "no rows": "x,t\n\n\n",
    "nothing": " \n\n",
    "a zero byte": "x,t\n1,a\n2,\0\n",
    "bytes of another encoding": b"x,t\n1,a\n2,\xff\n",
    "a name twice": "x,x\n1,2\n",
    "no name": "x,t,\n1,2,3\n",
    "another separator": "x;t\n1;a\n",
    "a gzip file that ends early": gzip.compress(b"x,t\n" + b"1,a\n" * 1000)[:-9],
    "a damaged Parquet file": b"PAR1 and no more",
    "a zip archive": b"PK\x03\x04 and more",
}


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("piece_bytes", [5, 2**20])
def test_a_file_that_cannot_be_read_is_refused_in_the_same_words(content, piece_bytes, tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())

    expected = message_of(lambda: read_tables([path]))
    assert message_of(lambda: streamed([path], piece_bytes=piece_bytes)) == expected


@pytest.mark.parametrize("name", ["t.parquet", "t.pq.gz", "t.xlsx", "t.jsonl"])
def test_a_file_that_is_not_what_its_name_says_is_refused_in_the_same_words(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(b'{"x": 1, "t": "a"}\n{"x": 2, "t": "b"}\n')

    expected = message_of(lambda: read_tables([path]))
    assert message_of(lambda: TableStream([path])) == expected


def test_what_begins_like_an_archive_or_is_only_named_as_json_is_still_a_csv(tmp_path):
    for name in ("t.csv", "t.json"):
        (tmp_path / name).write_text("PK,x,t\n0,1,a\n")
        assert streamed([tmp_path / name])[0] == {"x": [1.0], "t": ["a"]}
        assert read_tables([tmp_path / name]).to_pydict() == {"PK": [0], "x": [1], "t": ["a"]}


def test_files_that_are_not_there_or_differ_are_refused_in_the_same_words(tmp_path):
    (tmp_path / "a.csv").write_text("x,t\n1,a\n")
    (tmp_path / "b.csv").write_text("x,u\n1,a\n")
    for paths in ([tmp_path / "none.csv"], [tmp_path], [tmp_path / "a.csv", tmp_path / "b.csv"]):
        expected = message_of(lambda p=paths: read_tables(p))
        assert message_of(lambda p=paths: TableStream(p)) == expected


@pytest.mark.parametrize(
    "options", [{"encoding": "klingon"}, {"encoding": "hex"}, {"separator": ";;"}, {"decimal": "·"}]
)
def test_wrong_options_are_refused_in_the_same_words(options, tmp_path):
    (tmp_path / "a.csv").write_text("x,t\n1,a\n")
    with pytest.raises(ParameterError) as expected:
        read_tables([tmp_path / "a.csv"], **options)
    with pytest.raises(ParameterError) as found:
        TableStream([tmp_path / "a.csv"], **options)

    assert str(found.value) == str(expected.value)


@pytest.mark.parametrize("piece_bytes", [1, 40, 2**20])
def test_decimal_commas_are_those_of_the_whole_reader_beside_whatever_else_a_piece_holds(piece_bytes, tmp_path):
    """A single number with a point makes Arrow take its piece for text, where the others must be found again."""
    numbers = ["1,5", "-2,25e1", "NA", "", "7", " ,5", "1e3"]
    path = tmp_path / "t.csv"
    path.write_text("x;t\n" + "".join(f"{number};{number}\n" for number in numbers * 9))
    options = {"separator": ";", "decimal": ",", "piece_bytes": piece_bytes}

    found, _ = streamed([path], **options)

    assert found["x"] == [1.5, -22.5, None, None, 7.0, 0.5, 1000.0] * 9
    assert found["t"] == [number or None for number in numbers] * 9
    path.write_text("x;t\n1,5;a\n2;b\n1.5;c\n")
    assert message_of(lambda: streamed([path], **options)) == (
        "The column 'x' held numbers in training, but has '1.5' in row 2 (line 4). If these are numbers: with a "
        "decimal point leave out `--decimal ,`, with one for thousands write them without it."
    )


def test_the_byte_of_another_encoding_is_named_by_its_line(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"x,t\n" + b"1,a\n" * 9 + b"2,\xff\n")

    for piece_bytes in (4, 2**20):
        expected = message_of(lambda: read_tables([path], encoding="ascii"))
        assert message_of(lambda p=piece_bytes: streamed([path], encoding="ascii", piece_bytes=p)) == expected
        assert "line 11" in expected


def test_a_record_longer_than_any_memory_is_refused_by_its_line(tmp_path, monkeypatch):
    monkeypatch.setattr(text_pieces, "LONGEST_RECORD", 2**20)
    path = tmp_path / "t.csv"
    path.write_bytes(b'x,t\n1,a\n2,"' + b"never closed\n" * 2**18)

    with pytest.raises(TableError, match=r"^The record of .* that begins in line 3 is longer than 1 MiB: a quote may"):
        streamed([path], piece_bytes=2**16)


def test_the_line_of_any_row_is_found_again(tmp_path, rng):
    """The oracle is a number in the row itself: the line at which it was written."""
    lines, line = ["x,t"], 2
    for _ in range(200):
        field = str(rng.choice(['"a\nb"', "c", '"\n\n"']))
        lines.append(f"{line},{field}")
        line += 1 + field.count("\n")
        if rng.uniform() < 0.2:
            lines.append("")
            line += 1
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines))
    stream = TableStream([path], piece_bytes=100)
    at = [int(v) for block in stream.blocks({"x": "number"}) for v in block.rows["x"].to_pylist()]

    assert [stream.place_of(row) for row in range(200)] == [f"row {row} (line {line})" for row, line in enumerate(at)]


def test_a_pipe_is_read_once_and_its_lines_are_still_known(tmp_path):
    """What `<(...)` of a shell gives cannot be read again from its beginning."""
    import os
    import threading

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text("x,t\n1,a\nmuch,b\n"), daemon=True)
    writer.start()

    assert "'much' in row 1 (line 3)" in message_of(lambda: streamed([str(pipe)]))
    writer.join()


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
def test_memory_does_not_grow_with_the_table(ending, tmp_path):
    """A table of 16 MiB in pieces of 64 KiB takes less than 4 MiB of Python's and of Arrow's memory."""
    path = tmp_path / f"t.{ending}"
    n = 2**19
    if ending == "parquet":
        table = pa.table({"x": np.random.default_rng(0).normal(size=4 * n), "t": ["a"] * (4 * n)})
        pq.write_table(table, path, row_group_size=4 * n, use_dictionary=False, data_page_size=2**15)
        del table
    else:
        text = "x,t\n" + '1.2345678901234567890123456,"abc"\n' * n
        path.write_bytes(text.encode() if ending == "csv" else gzip.compress(text.encode(), 1))
        del text
    pool = pa.default_memory_pool()
    before, most, n_rows = pool.bytes_allocated(), 0, 0
    tracemalloc.start()
    for block in TableStream([path], piece_bytes=2**16, block_rows=2**12).blocks(KINDS):
        n_rows += block.rows.num_rows
        most = max(most, pool.bytes_allocated() - before)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert n_rows == (4 * n if ending == "parquet" else n)
    assert peak + most < 4 * 2**20


def test_how_far_a_table_has_been_read_goes_from_nothing_to_all(tmp_path):
    (tmp_path / "a.csv").write_text("x\n" + "1\n" * 100)
    pq.write_table(pa.table({"x": [1.0] * 100}), tmp_path / "b.parquet")
    stream = TableStream([tmp_path / "a.csv", tmp_path / "b.parquet"], piece_bytes=50, block_rows=10)

    positions = [stream.position, *(stream.position for _ in stream.blocks({"x": "number"}))]

    assert positions[0] == 0
    assert positions == sorted(positions)
    assert positions[-1] == stream.size
