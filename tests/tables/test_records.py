"""The exact scanner of CSV text: lines, fields and unclosed quotes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.tables.records import count_newlines, iterate_records, may_end_inside_quotes, split_fields

csv_like = st.lists(st.sampled_from([b'"', b",", b"\n", b"\r", b"a", b"1"]), max_size=25).map(b"".join)


def lines_and_fields(data):
    return [(record.line, record.n_fields) for record in iterate_records(data)]


def test_a_record_begins_at_its_line_in_the_file():
    """Quoted line ends and empty lines are counted, whatever the line end is."""
    data = b'a,b\r\n1,"x\r\ny\nz"\r\r\n"q""\r",2\n\n3'

    assert lines_and_fields(data) == [(1, 2), (2, 2), (6, 2), (9, 1)]


def test_fields_are_unquoted_as_arrow_does():
    """Quotes inside an unquoted field are text, and text after a closing quote belongs to the field."""
    data = b'a"b,"c""d","e,f"g"h,'
    record = next(iterate_records(data))

    assert split_fields(data, record) == [b'a"b', b'c"d', b'e,fg"h', b""]


def test_an_unclosed_quote_is_named_by_the_line_where_it_opens():
    """It opens inside the record of line 2, in line 3."""
    *_, last = iterate_records(b'a,b\n"x\n","y\n1,2\n')

    assert (last.line, last.unclosed) == (2, 3)


@settings(max_examples=400, derandomize=True)
@given(csv_like)
def test_the_cheap_look_at_the_end_never_misses_an_open_quote(data):
    """Where the scanner finds an unclosed quote, the look backwards suspects one."""
    records = list(iterate_records(data))

    if records and records[-1].unclosed:
        assert may_end_inside_quotes(data)


@settings(max_examples=400, derandomize=True)
@given(csv_like)
def test_records_cover_the_text_in_order(data):
    """Between records there is nothing but line ends, and each line number is that of its first byte."""
    position = 0
    for record in iterate_records(data):
        assert not data[position : record.start].strip(b"\r\n")
        assert record.line == count_newlines(data, 0, record.start) + 1
        assert len(split_fields(data, record)) == record.n_fields
        position = record.stop
    assert not data[position:].strip(b"\r\n")
