"""Wrong tables and files, each with the full sentence that a user must see."""

from typing import NamedTuple

GOOD_ROWS = [f"{i * 7 % 11},{i * 5 % 7},{i * 7 % 11 * 2 + i % 3 + 0.5 * i}" for i in range(40)]
GOOD = "a,b,y\n" + "\n".join(GOOD_ROWS) + "\n"


class BadInput(NamedTuple):
    """What is in t.csv (None: it does not exist), the arguments after `pellucid`, the message; another name of it."""

    name: str
    content: str | bytes | None
    arguments: str
    message: str
    file: str = "t.csv"


def rows(header: str, *columns) -> str:
    """A CSV of 40 rows; each column a function of the row."""
    return header + "\n" + "\n".join(",".join(str(column(i)) for column in columns) for i in range(40)) + "\n"


def number(i: int) -> float:
    return i * 0.5


TRAIN = "train t.csv --target y"
UNUSABLE = "The table 't.csv' has 1 column that cannot be a feature:\n"

BAD_INPUTS = [
    BadInput("a missing file", None, TRAIN, "The file 't.csv' does not exist: check the path."),
    BadInput("a folder", None, "train . --target y", "'.' is a folder: name the table files inside it."),
    BadInput("an empty table", "", TRAIN, "The file 't.csv' is empty: it needs a header line and rows of values."),
    BadInput("a header only", "a,b,y\n", TRAIN, "The file 't.csv' has a header but no rows: add rows of values."),
    BadInput(
        "an unknown target",
        GOOD,
        "train t.csv --target z",
        "t.csv has no column 'z' (--target). Its columns are: a, b, y. Check the spelling; upper and lower case count.",
    ),
    BadInput(
        "unknown columns to ignore",
        GOOD,
        f"{TRAIN} --ignore p --ignore q",
        "t.csv has no column 'p' and 'q' (--ignore). Its columns are: a, b, y. "
        "Check the spelling; upper and lower case count.",
    ),
    BadInput(
        "an unknown group",
        GOOD,
        f"{TRAIN} --group B",
        "t.csv has no column 'B' (--group). Its columns are: a, b, y. Check the spelling; upper and lower case count.",
    ),
    BadInput(
        "names only",
        rows("name,y", lambda i: f"person {i}", lambda i: f"kind {i % 2}"),
        TRAIN,
        "t.csv has no column to predict from beside 'y' ('name' is an identifier: nearly every row has a value of "
        "its own). Give a table with more columns.",
    ),
    BadInput(
        "the target alone",
        rows("y", number),
        TRAIN,
        "t.csv has no column to predict from beside 'y'. Give a table with more columns.",
    ),
    BadInput(
        "one row",
        "a,b,y\n1,2,3\n",
        TRAIN,
        "t.csv has 1 row, but at least 10 are needed to train, to validate and to test. Give a table with more rows.",
    ),
    BadInput(
        "a constant column",
        rows("k,a,y", lambda i: 3, lambda i: i, number),
        TRAIN,
        UNUSABLE + "  'k' has the same value (3) in every row; leave it out with `--ignore k`",
    ),
    BadInput(
        "an all-missing column",
        rows("k,a,y", lambda i: "", lambda i: i, number),
        TRAIN,
        UNUSABLE + "  'k' has no values; leave it out with `--ignore k`",
    ),
    BadInput(
        "several unusable columns at once",
        rows("k,m,a,y", lambda i: 3, lambda i: "", lambda i: "-inf" if i == 4 else i, number),
        TRAIN,
        "The table 't.csv' has 3 columns that cannot be a feature:\n"
        "  'k' has the same value (3) in every row; leave it out with `--ignore k`\n"
        "  'm' has no values; leave it out with `--ignore m`\n"
        "  'a' has an infinite value in row 4 (line 6); leave it out with `--ignore a`",
    ),
    BadInput(
        "an infinite target",
        GOOD + "1,2,inf\n",
        TRAIN,
        "The target 'y' has an infinite value in row 40 (line 42). "
        "Correct it, or leave its field empty: the row is then left out.",
    ),
    BadInput(
        "a constant target",
        rows("a,y", lambda i: i, lambda i: 5),
        TRAIN,
        "The target 'y' has the same value (5) in all 40 rows: there is nothing to learn. Choose another target.",
    ),
    BadInput(
        "a target that is missing everywhere",
        rows("a,y", lambda i: i, lambda i: ""),
        TRAIN,
        "t.csv has 0 rows with a value of 'y', but at least 10 are needed to train, to validate and to test. "
        "Give a table with more rows.",
    ),
    BadInput(
        "ragged rows",
        GOOD + "1,2\n1,2,3,4\n",
        TRAIN,
        "Line 42 of 't.csv' has 2 fields, but the header has 3 columns (1 further line is as bad): "
        "correct the line, or put quotes around values that contain the separator.",
    ),
    BadInput(
        "an unclosed quote",
        GOOD + '1,"2,3\n',
        TRAIN,
        "A quote that opens in line 42 of 't.csv' is never closed: close or remove it.",
    ),
    BadInput(
        "a wrong encoding",
        GOOD.encode() + b"\xe9,2,3\n",
        TRAIN,
        "The file 't.csv' is not UTF-8: line 42 has the byte 0xe9; name its encoding with the encoding option "
        "(`--encoding latin-1` on the command line).",
    ),
    BadInput(
        "an unknown encoding",
        GOOD,
        f"{TRAIN} --encoding utf-99",
        "The --encoding option must be the name of a text encoding such as 'utf-8' or 'latin-1'. Got 'utf-99' instead.",
    ),
    BadInput(
        "duplicate column names",
        GOOD.replace("a,b", "a,a", 1),
        TRAIN,
        "The header of 't.csv' names 'a' more than once: give every column its own name.",
    ),
    BadInput(
        "a column without a name",
        GOOD.replace("a,b", ",b", 1),
        TRAIN,
        "The header of 't.csv' has no name for column 1: name every column "
        "(for a table from pandas write it with `index=False`).",
    ),
    BadInput(
        "another separator",
        GOOD.replace(",", ";"),
        TRAIN,
        "The header of 't.csv' is a single column that contains ';': name the separator (`--separator ';'`).",
    ),
    BadInput(
        "an impossible separator",
        GOOD,
        f"{TRAIN} --separator ab",
        "The --separator option must be one ASCII character that is neither a quote nor a line end. Got 'ab' instead.",
    ),
    BadInput(
        "a binary file",
        b"\x00\x01\x02" * 50,
        TRAIN,
        "The file 't.csv' is not a text file, for line 1 holds a zero byte: give a CSV or Parquet file, "
        "or name its encoding if it has another (`--encoding utf-16`).",
    ),
    BadInput(
        "more classes than rows can carry",
        rows("a,y", lambda i: i, lambda i: f"c{i}"),
        TRAIN,
        "The target 'y' has 40 classes in 40 rows, fewer than 2 rows for each. Use another target.",
    ),
    BadInput(
        "fractions as classes",
        rows("a,y", lambda i: i, lambda i: i % 4 / 4),
        f"{TRAIN} --task classification",
        "The target 'y' holds numbers with fractions, or above 2^53, which are no classes. "
        "Use --task regression, or write the classes as text.",
    ),
    BadInput(
        "classes beyond all counting",
        rows("a,y", lambda i: i, lambda i: f"{i % 4}e307"),
        f"{TRAIN} --task classification",
        "The target 'y' holds numbers with fractions, or above 2^53, which are no classes. "
        "Use --task regression, or write the classes as text.",
    ),
    BadInput(
        "text for regression",
        rows("a,y", lambda i: i, lambda i: f"c{i % 3}"),
        f"{TRAIN} --task regression",
        "The target 'y' holds text, which regression cannot predict. Use --task classification, or another target.",
    ),
    BadInput(
        "targets of two tasks",
        rows("a,x,y", lambda i: i, number, lambda i: f"c{i % 3}"),
        f"{TRAIN} --target x",
        "The targets ask for different tasks: 'y' (classification), 'x' (regression). "
        "Train one model for each kind, or choose one with --task.",
    ),
    BadInput(
        "several targets that are no labels",
        rows("a,x,y", lambda i: i, lambda i: i % 2, lambda i: i % 3),
        f"{TRAIN} --target x",
        "With several targets each must be a label of 0 and 1, but 'y' also holds 2. "
        "Train one model for each such target.",
    ),
]
