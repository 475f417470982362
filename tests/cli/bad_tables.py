"""Wrong tables and files of every kind of column and of file, each with the full sentence that a user must see."""

import datetime
import gzip
import io

import pyarrow as pa
import pyarrow.parquet as pq
from bad_input import GOOD, BadInput, number, rows


def parquet(**columns) -> bytes:
    """A Parquet file of these columns."""
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


# A number, a truth value, a date, a category and the target.
HEAD = "n,b,d,t,y\n"
ALL = HEAD + "".join(
    f"{i},{'true' if i % 2 else 'false'},2024-01-{1 + i % 28:02},{'uvw'[i % 3]},{i * 0.5}\n" for i in range(40)
)
ROW = "1,true,2024-01-05,u,0.5\n"
TRAIN = "train t.csv --target y"
PREDICT = "predict all.safetensors t.csv"
WHOLE = parquet(a=list(range(40)), b=[i % 7 for i in range(40)], y=[i * 0.5 for i in range(40)])

BAD_TABLES = [
    BadInput(
        "an empty line only",
        "\n\n\n",
        TRAIN,
        ("The file 't.csv' is empty: it needs a header line and rows of values."),
    ),
    BadInput(
        "zero bytes in the text",
        b"a,y\n1,2\x00\n" * 20,
        TRAIN,
        (
            "The file 't.csv' is not a text file, for line 2 holds a zero byte: give a CSV or Parquet "
            "file, or name its encoding if it has another (`--encoding utf-16`)."
        ),
    ),
    BadInput(
        "UTF-16 taken for UTF-8",
        GOOD.encode("utf-16"),
        TRAIN,
        (
            "The file 't.csv' is not a text file, for line 1 holds a zero byte: give a CSV or Parquet "
            "file, or name its encoding if it has another (`--encoding utf-16`)."
        ),
    ),
    BadInput(
        "a broken gzip",
        gzip.compress(GOOD.encode())[:-9],
        TRAIN,
        (
            "The file 't.csv' begins like a gzip file but cannot be unpacked (Compressed file ended "
            "before the end-of-stream marker was reached): compress it again."
        ),
    ),
    BadInput(
        "a gzip with other bytes inside",
        gzip.compress(GOOD.encode())[:30] + b"\xff" * 40,
        TRAIN,
        (
            "The file 't.csv' begins like a gzip file but cannot be unpacked (Error -3 while "
            "decompressing data: invalid bit length repeat): compress it again."
        ),
    ),
    BadInput(
        "a broken Parquet",
        WHOLE[:200],
        TRAIN,
        ("The file 't.csv' begins like a Parquet file but is damaged: write it again."),
    ),
    BadInput(
        "a Parquet without its end",
        WHOLE[:-20],
        TRAIN,
        ("The file 't.csv' begins like a Parquet file but is damaged: write it again."),
    ),
    BadInput(
        "Parquet's first bytes alone",
        b"PAR1",
        TRAIN,
        ("The file 't.csv' begins like a Parquet file but is damaged: write it again."),
    ),
    BadInput(
        "a Parquet with lists",
        parquet(a=[[1, 2]] * 40, y=[i * 0.5 for i in range(40)]),
        TRAIN,
        (
            "The file 't.csv' has columns with several values per row: 'a' (list<element: int64>); write "
            "it without them, or with one column per value."
        ),
    ),
    BadInput(
        "a Parquet with a structure",
        parquet(a=[{"p": 1}] * 40, y=[i * 0.5 for i in range(40)]),
        TRAIN,
        (
            "The file 't.csv' has columns with several values per row: 'a' (struct<p: int64>); write it "
            "without them, or with one column per value."
        ),
    ),
    BadInput(
        "a Parquet without rows",
        parquet(a=pa.array([], pa.int64()), y=pa.array([], pa.float64())),
        TRAIN,
        ("The file 't.csv' has a header but no rows: add rows of values."),
    ),
    BadInput(
        "a Parquet with binary values",
        parquet(a=pa.array([b"x"] * 40, pa.binary()), y=[i * 0.5 for i in range(40)]),
        TRAIN,
        (
            "The table 't.csv' has 1 column that cannot be a feature:\n"
            "  'a' has the type binary, which cannot be learnt from; leave it out with `--ignore a`"
        ),
    ),
    BadInput(
        "a Parquet of durations",
        parquet(a=pa.array([datetime.timedelta(seconds=i) for i in range(40)]), y=[i * 0.5 for i in range(40)]),
        TRAIN,
        (
            "The table 't.csv' has 1 column that cannot be a feature:\n"
            "  'a' has the type duration[us], which cannot be learnt from; leave it out with `--ignore a`"
        ),
    ),
    BadInput(
        "a zip archive",
        b"PK\x03\x04" + b"\0" * 60,
        TRAIN,
        (
            "The file 't.csv' is a zip archive, as spreadsheets (.xlsx) are too: unpack it, or save the spreadsheet "
            "as CSV."
        ),
    ),
    BadInput(
        "a spreadsheet",
        b"PK\x03\x04" + b"\0" * 60,
        "train t.xlsx --target y",
        (
            "The file 't.xlsx' is a spreadsheet, or named as one, and is not read: save it as CSV (UTF-8), in a file "
            "named .csv."
        ),
        "t.xlsx",
    ),
    BadInput(
        "a spreadsheet of long ago under another name",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 60,
        TRAIN,
        (
            "The file 't.csv' is a spreadsheet, or named as one, and is not read: save it as CSV (UTF-8), in a file "
            "named .csv."
        ),
    ),
    BadInput(
        "text that is named as Parquet",
        "no Parquet\n",
        "train t.parquet --target y",
        (
            "The file 't.parquet' is named as Parquet but does not begin as Parquet files do: write it again, or name "
            "it .csv if it is a CSV."
        ),
        "t.parquet",
    ),
    BadInput(
        "predict: lines of JSON",
        '{"n": 1, "b": true, "d": "2024-01-05", "t": "u"}\n' * 9,
        "predict all.safetensors t.jsonl",
        (
            "The file 't.jsonl' holds JSON, which is not read: write it as CSV or Parquet, with pandas for example by "
            "`read_json` and `to_csv(..., index=False)`."
        ),
        "t.jsonl",
    ),
    BadInput(
        "a JSON list",
        ' [\n{"n": 1, "y": true}]\n',
        "train t.json --target y",
        (
            "The file 't.json' holds JSON, which is not read: write it as CSV or Parquet, with pandas for example by "
            "`read_json` and `to_csv(..., index=False)`."
        ),
        "t.json",
    ),
    BadInput(
        "a web page",
        "<!DOCTYPE html><html><body>no table</body></html>\n",
        TRAIN,
        ("The file 't.csv' has a header but no rows: add rows of values."),
    ),
    BadInput(
        "a JSON file",
        '{"a": [1, 2],\n "y": [3, 4]}\n',
        TRAIN,
        (
            "The header of 't.csv' has no name for column 3: name every column (for a table from pandas "
            "write it with `index=False`)."
        ),
    ),
    BadInput(
        "only quotes",
        '"""',
        TRAIN,
        ("A quote that opens in line 1 of 't.csv' is never closed: close or remove it."),
    ),
    BadInput(
        "a quote that opens in the header",
        'a,"y\n1,2\n3,4\n',
        TRAIN,
        ("A quote that opens in line 1 of 't.csv' is never closed: close or remove it."),
    ),
    BadInput(
        "a header with two equal names beside spaces",
        "a,a ,y\n" + "1,2,3\n" * 20,
        "train t.csv --target Y",
        (
            "t.csv has no column 'Y' (--target). Its columns are: a, a , y. Check the spelling; upper "
            "and lower case count."
        ),
    ),
    BadInput(
        "a row with a field more in the middle",
        GOOD.replace("\n", "\n", 1).replace("7,5,15.5", "7,5,15.5,9"),
        TRAIN,
        (
            "Line 3 of 't.csv' has 4 fields, but the header has 3 columns: correct the line, or put "
            "quotes around values that contain the separator."
        ),
    ),
    BadInput(
        "rows with a field less",
        "a,b,y\n" + "1,2\n" * 12,
        TRAIN,
        (
            "Line 2 of 't.csv' has 2 fields, but the header has 3 columns (11 further lines are as bad): "
            "correct the line, or put quotes around values that contain the separator."
        ),
    ),
    BadInput(
        "semicolons",
        GOOD.replace(",", ";"),
        TRAIN,
        ("The header of 't.csv' is a single column that contains ';': name the separator (`--separator ';'`)."),
    ),
    BadInput(
        "tabs",
        GOOD.replace(",", "\t"),
        TRAIN,
        ("The header of 't.csv' is a single column that contains a tab: name the separator (`--separator $'\\t'`)."),
    ),
    BadInput(
        "decimal commas in quotes",
        rows("a,y", lambda i: f'"{i},5"', lambda i: i * 0.5).replace("a,y", "a,y"),
        TRAIN,
        (
            "t.csv has no column to predict from beside 'y' ('a' is an identifier: nearly every row has "
            "a value of its own; if it holds numbers, with a decimal comma add `--decimal ,`, with one for "
            "thousands write them without it). Give a table with more columns."
        ),
    ),
    BadInput(
        "decimal commas without quotes between commas",
        "a,y\n" + "1,5,2,5\n" * 20,
        TRAIN + " --decimal ,",
        (
            "Line 2 of 't.csv' has 4 fields, but the header has 2 columns (19 further lines are as bad): a comma "
            "separates fields and decimals alike: name the separator (`--separator ';'`), or put quotes around "
            "numbers with a comma."
        ),
    ),
    BadInput(
        "a decimal sign that is none",
        GOOD,
        TRAIN + " --decimal ;",
        'Invalid value ";" for --decimal. Choose from: ".", ",".\nSee `pellucid --help`.',
    ),
    BadInput(
        "predict: a truth value where text was",
        parquet(n=[1.0], b=[True], d=["2024-01-05"], t=[False]),
        PREDICT,
        (
            "The column 't' held text in training, but has the truth value False in row 0. Give it as text, as in "
            "training."
        ),
    ),
    BadInput(
        "predict: a decimal comma among numbers",
        HEAD.replace(",", ";") + "28,44;true;2024-01-05;u;1\n",
        PREDICT + " --separator ;",
        (
            "The column 'n' held numbers in training, but has '28,44' in row 0 (line 2). If these are numbers: with a "
            "decimal comma add `--decimal ,`, with one for thousands write them without it."
        ),
    ),
    BadInput(
        "predict: marks for thousands beside decimal commas",
        HEAD.replace(",", ";") + "28,44;true;2024-01-05;u;1\n1.028,44;true;2024-01-05;u;1\n",
        PREDICT + " --separator ; --decimal ,",
        (
            "The column 'n' held numbers in training, but has '1.028,44' in row 1 (line 3). If these are numbers: "
            "write them without marks for thousands, as 1234,5."
        ),
    ),
    BadInput(
        "evaluate: a decimal comma among the targets",
        HEAD.replace(",", ";") + "1;true;2024-01-05;u;0,5\n",
        "evaluate all.safetensors t.csv --separator ;",
        (
            "The target 'y' holds '0,5' in row 0 (line 2). The model predicts finite numbers: with a decimal comma "
            "add `--decimal ,`, with one for thousands write them without it."
        ),
    ),
    BadInput(
        "thousands of columns named alike",
        ",".join(["x"] * 3000) + ",y\n" + "1," * 3000 + "2\n",
        TRAIN,
        ("The header of 't.csv' names 'x' more than once: give every column its own name."),
    ),
    BadInput(
        "numbers that are no numbers in the target",
        rows("a,y", number, lambda i: "?" if i == 3 else i * 0.5),
        "train t.csv --target y --task regression",
        (
            "The target 'y' holds text, which regression cannot predict. If it holds numbers, '?' in row 3 (line 5) is "
            "none. Correct it, or leave its field empty: the row is then left out."
        ),
    ),
    BadInput(
        "the same without a task",
        rows("a,y", number, lambda i: "?" if i == 3 else "-" if i == 7 else i * 0.5),
        TRAIN,
        (
            "The target 'y' has 40 classes in 40 rows, fewer than 2 rows for each. If it holds numbers, '?' in row 3 "
            "(line 5) is none, nor is 1 other value. Correct it, or leave its field empty: the row is then left out."
        ),
    ),
    BadInput(
        "numbers with decimal commas in the target",
        rows("a,y", number, lambda i: f'"{i},5"'),
        TRAIN,
        (
            "The target 'y' has 40 classes in 40 rows, fewer than 2 rows for each. If it holds numbers, '0,5' in row 0 "
            "(line 2) is no plain number, nor are 39 other values. With a decimal comma add `--decimal ,`, with one "
            "for thousands write them without it."
        ),
    ),
    BadInput(
        "whole numbers as classes of a row each",
        rows("a,y", number, int),
        TRAIN + " --task classification",
        (
            "The target 'y' has 40 classes in 40 rows, fewer than 2 rows for each. Use --task regression, or another "
            "target."
        ),
    ),
    BadInput(
        "a target of dates",
        rows("a,y", number, lambda i: f"2024-01-{1 + i % 28:02}"),
        TRAIN,
        (
            "The target 'y' has the type date32[day], which cannot be predicted: numbers, booleans or "
            "text can. Write it as one of these."
        ),
    ),
    BadInput(
        "a target of times",
        rows("a,y", number, lambda i: f"12:{i:02}"),
        "train t.csv --target y --task regression",
        ("The target 'y' holds text, which regression cannot predict. Use --task classification, or another target."),
    ),
    BadInput(
        "dates as weights",
        rows("a,w,y", number, lambda i: f"2024-01-{1 + i % 28:02}", number),
        "train t.csv --target y --weights w",
        (
            "--weights: the column 'w' holds 2024-01-01 in row 0 (line 2), and 39 other rows are no "
            "better. A weight is a finite number >= 0: correct these rows, or leave them out."
        ),
    ),
    BadInput(
        "a category that is not there",
        GOOD,
        TRAIN + " --categorical c",
        (
            "t.csv has no column 'c' (--categorical). Its columns are: a, b, y. Check the spelling; "
            "upper and lower case count."
        ),
    ),
    BadInput(
        "a category that is the target",
        GOOD,
        TRAIN + " --categorical y",
        ("The column 'y' is a target, so it cannot be --categorical."),
    ),
    BadInput(
        "a date as category",
        ALL,
        TRAIN + " --categorical d",
        (
            "The column 'd' holds dates, which have their own encoding: leave it out of --categorical, "
            "or write it as text."
        ),
    ),
    BadInput(
        "missing numbers that are refused",
        rows("a,b,y", lambda i: "" if i == 5 else i, lambda i: i % 7, number),
        TRAIN + " --missing refuse",
        (
            "The table 't.csv' has 1 column that cannot be a feature:\n"
            "  'a' has no value in row 5 (line 7), and --missing refuse takes none; leave it out with "
            "`--ignore a`"
        ),
    ),
    BadInput(
        "too few levels",
        ALL,
        TRAIN + " --max-categories 1",
        ("The --max-categories option must be a whole number >= 2. Got 1 instead."),
    ),
    BadInput(
        "a level more frequent than all rows",
        ALL,
        TRAIN + " --min-frequency 1.5",
        ("The --min-frequency option must be a number in [0, 1). Got 1.5 instead."),
    ),
    BadInput(
        "an unknown encoding of numbers",
        ALL,
        TRAIN + " --number-encoding log",
        (
            'Invalid value "log" for --number-encoding. Choose from: "standard", "robust", "quantile", '
            '"piecewise_linear", "none".\n'
            "See `pellucid --help`."
        ),
    ),
    BadInput(
        "nothing but identifiers and one date",
        rows("name,d,y", lambda i: f"p{i}", lambda i: "2024-01-01", number),
        TRAIN,
        (
            "The table 't.csv' has 1 column that cannot be a feature:\n"
            "  'd' has the same value (2024-01-01) in every row; leave it out with `--ignore d`"
        ),
    ),
    BadInput(
        "predict: an empty table",
        "",
        PREDICT,
        ("The file 't.csv' is empty: it needs a header line and rows of values."),
    ),
    BadInput(
        "predict: a header alone",
        HEAD,
        PREDICT,
        ("The file 't.csv' has a header but no rows: add rows of values."),
    ),
    BadInput(
        "predict: three columns less",
        "n,y\n1,2\n",
        PREDICT,
        ("t.csv lacks 3 columns 'b', 'd' and 't' that the model needs. Add or rename them."),
    ),
    BadInput(
        "predict: text among numbers far down",
        HEAD + ROW * 30 + "x,true,2024-01-05,u,1\n",
        PREDICT,
        (
            "The column 'n' held numbers in training, but has 'x' in row 30 (line 32). Correct it, or "
            "leave it empty: it then counts as missing."
        ),
    ),
    BadInput(
        "predict: a date that is none",
        HEAD + ROW + "1,true,2024-13-05,u,1\n",
        PREDICT,
        (
            "The column 'd' held dates in training, but has '2024-13-05' in row 1 (line 3). Write dates "
            "in the form of ISO 8601, as 2024-05-31 or 2024-05-31T18:00, or leave it empty."
        ),
    ),
    BadInput(
        "predict: a date in another form",
        HEAD + ROW + "1,true,5.1.2024,u,1\n",
        PREDICT,
        (
            "The column 'd' held dates in training, but has '5.1.2024' in row 1 (line 3). Write dates in "
            "the form of ISO 8601, as 2024-05-31 or 2024-05-31T18:00, or leave it empty."
        ),
    ),
    BadInput(
        "predict: a truth value that is none",
        HEAD + ROW + "1,maybe,2024-01-05,u,1\n",
        PREDICT,
        (
            "The column 'b' held true and false in training, but has 'maybe' in row 1 (line 3). Write "
            "true, false, 1 or 0, or leave it empty."
        ),
    ),
    BadInput(
        "predict: a number as truth value",
        HEAD + ROW + "1,2,2024-01-05,u,1\n",
        PREDICT,
        (
            "The column 'b' held true and false in training, but has '2' in row 1 (line 3). Write true, "
            "false, 1 or 0, or leave it empty."
        ),
    ),
    BadInput(
        "predict: wrong values in three columns at once",
        HEAD + ROW + "x,maybe,soon,u,1\n",
        PREDICT,
        (
            "3 columns are not as the model needs them:\n"
            "  'n' held numbers in training, but has 'x' in row 1 (line 3). Correct it, or leave it "
            "empty: it then counts as missing.\n"
            "  'b' held true and false in training, but has 'maybe' in row 1 (line 3). Write true, "
            "false, 1 or 0, or leave it empty.\n"
            "  'd' held dates in training, but has 'soon' in row 1 (line 3). Write dates in the form of "
            "ISO 8601, as 2024-05-31 or 2024-05-31T18:00, or leave it empty."
        ),
    ),
    BadInput(
        "predict: infinite",
        HEAD + "inf,true,2024-01-05,u,1\n",
        PREDICT,
        (
            "The column 'n' has an infinite value in row 0 (line 2). Correct it, or leave it empty: it "
            "then counts as missing."
        ),
    ),
    BadInput(
        "predict: numbers where text was, in Parquet",
        parquet(n=[1, 2], b=[True, False], d=["2024-01-05"] * 2, t=[None, 4]),
        PREDICT,
        ("The column 't' held text in training, but has the number 4 in row 1. Give it as text, as in training."),
    ),
    BadInput(
        "predict: text where numbers were, in Parquet",
        parquet(n=["1", "two"], b=[True, False], d=["2024-01-05"] * 2, t=["u", "v"]),
        PREDICT,
        (
            "The column 'n' held numbers in training, but has 'two' in row 1. Correct it, or leave it "
            "empty: it then counts as missing."
        ),
    ),
    BadInput(
        "predict: numbers where dates were, in Parquet",
        parquet(n=[1, 2], b=[True, False], d=[20240105, 20240106], t=["u", "v"]),
        PREDICT,
        (
            "The column 'd' held dates in training, but has the number 20240105 in row 0, and at least 1 "
            "other row is no better. Write dates in the form of ISO 8601, as 2024-05-31 or "
            "2024-05-31T18:00, or leave it empty."
        ),
    ),
    BadInput(
        "predict: a quote never closed",
        HEAD + ROW + '1,true,"2024-01-05,u,1\n',
        PREDICT,
        ("A quote that opens in line 3 of 't.csv' is never closed: close or remove it."),
    ),
    BadInput(
        "predict: ragged rows",
        HEAD + ROW * 3 + "1,true\n",
        PREDICT,
        (
            "Line 5 of 't.csv' has 2 fields, but the header has 5 columns: correct the line, or put "
            "quotes around values that contain the separator."
        ),
    ),
    BadInput(
        "predict: a wrong encoding",
        HEAD.encode() + "1,true,2024-01-05,ü,1\n".encode("latin-1"),
        PREDICT,
        (
            "The file 't.csv' is not UTF-8: line 2 has the byte 0xfc; name its encoding with the "
            "encoding option (`--encoding latin-1` on the command line)."
        ),
    ),
    BadInput(
        "predict: equal column names",
        "n,n,b,d,t\n1,2,true,2024-01-05,u\n",
        PREDICT,
        ("The header of 't.csv' names 'n' more than once: give every column its own name."),
    ),
    BadInput(
        "predict: a broken Parquet",
        WHOLE[:100],
        PREDICT,
        ("The file 't.csv' begins like a Parquet file but is damaged: write it again."),
    ),
    BadInput(
        "predict: another separator",
        (HEAD + ROW).replace(",", ";"),
        PREDICT,
        ("The header of 't.csv' is a single column that contains ';': name the separator (`--separator ';'`)."),
    ),
    BadInput(
        "predict: a table as model",
        ALL,
        "predict t.csv t.csv",
        ("The model file 't.csv' cannot be read: it is not a pellucid model file; give a file that pellucid saved."),
    ),
    BadInput(
        "evaluate: wrong values in two columns at once",
        HEAD + ROW + "x,true,soon,u,1\n",
        "evaluate all.safetensors t.csv",
        (
            "2 columns are not as the model needs them:\n"
            "  'n' held numbers in training, but has 'x' in row 1 (line 3). Correct it, or leave it "
            "empty: it then counts as missing.\n"
            "  'd' held dates in training, but has 'soon' in row 1 (line 3). Write dates in the form of "
            "ISO 8601, as 2024-05-31 or 2024-05-31T18:00, or leave it empty."
        ),
    ),
    BadInput(
        "evaluate: no target in the table",
        "n,b,d,t\n1,true,2024-01-05,u\n",
        "evaluate all.safetensors t.csv",
        (
            "t.csv has no column 'y' (a target of the model). Its columns are: n, b, d, t. Check the "
            "spelling; upper and lower case count."
        ),
    ),
    BadInput(
        "explain: a row beyond the table",
        HEAD + ROW,
        "explain all.safetensors t.csv --row 7",
        ("--row must be a row of t.csv, from 0 to 0. Got 7 instead."),
    ),
    BadInput(
        "explain: a row below 0",
        HEAD + ROW,
        "explain all.safetensors t.csv --row -1",
        ("--row must be a row of t.csv, from 0 to 0. Got -1 instead."),
    ),
    BadInput(
        "explain: a wrong value in the row",
        HEAD + "x,true,2024-01-05,u,1\n",
        "explain all.safetensors t.csv --row 0",
        (
            "The column 'n' held numbers in training, but has 'x' in row 0 (line 2). Correct it, or "
            "leave it empty: it then counts as missing."
        ),
    ),
    BadInput(
        "check: text among numbers",
        HEAD + "x,true,2024-01-05,u,1\n",
        "check all.safetensors t.csv",
        (
            "The column 'n' held numbers in training, but has 'x' in row 0 (line 2). Correct it, or "
            "leave it empty: it then counts as missing."
        ),
    ),
    BadInput(
        "export: no model",
        "x",
        "export t.csv model.onnx",
        (
            "The model file 't.csv' cannot be read: it has 1 bytes, too few for a model; give a file "
            "that pellucid saved."
        ),
    ),
    BadInput(
        "export: another kind of file",
        HEAD + ROW,
        "export all.safetensors model.txt",
        ("OUT must end in .onnx. Got 'model.txt' instead."),
    ),
    BadInput(
        "export: a table that does not fit",
        "n,b\n1,true\n",
        "export all.safetensors model.onnx --check t.csv",
        ("t.csv lacks 2 columns 'd' and 't' that the model needs. Add or rename them."),
    ),
    BadInput(
        "export: over the model itself",
        HEAD + ROW,
        "export all.safetensors all.safetensors",
        ("OUT must end in .onnx. Got 'all.safetensors' instead."),
    ),
    BadInput(
        "info: an empty file",
        "",
        "info t.csv",
        (
            "The model file 't.csv' cannot be read: it has 0 bytes, too few for a model; give a file "
            "that pellucid saved."
        ),
    ),
    BadInput(
        "info: a text",
        "not a model at all\n" * 9,
        "info t.csv",
        ("The model file 't.csv' cannot be read: it is not a pellucid model file; give a file that pellucid saved."),
    ),
    BadInput(
        "info: a pickle",
        b"\x80\x04\x95\x05\0\0\0\0\0\0\0]\x94.",
        "info t.csv",
        ("The model file 't.csv' cannot be read: it is not a pellucid model file; give a file that pellucid saved."),
    ),
    BadInput(
        "info: a zip archive",
        b"PK\x03\x04" + b"\0" * 60,
        "info t.csv",
        ("The model file 't.csv' cannot be read: it is not a pellucid model file; give a file that pellucid saved."),
    ),
    BadInput(
        "info: a folder",
        None,
        "info .",
        ("The model file '.' cannot be read: Is a directory; check the path and its permissions."),
    ),
    BadInput(
        "info: nothing there",
        None,
        "info nowhere.safetensors",
        (
            "The model file 'nowhere.safetensors' cannot be read: No such file or directory; check the "
            "path and its permissions."
        ),
    ),
    BadInput(
        "report: not a page",
        GOOD,
        TRAIN + " --report report.pdf",
        ("--report must end in .html or .htm. Got 'report.pdf' instead."),
    ),
    BadInput(
        "report: in no folder",
        GOOD,
        TRAIN + " --report nowhere/report.html",
        ("--report lies in 'nowhere', which is not a folder. Create it first."),
    ),
    BadInput(
        "completion: an unknown shell",
        None,
        "completion tcsh",
        ('Invalid value "tcsh" for SHELL. Choose from: "bash", "zsh", "fish".\nSee `pellucid --help`.'),
    ),
]
