"""The index of pandas, where a file or an Arrow table has kept it as a column: it numbers rows and teaches nothing."""

import re

import narwhals.stable.v2 as nw

INDEX_OF_PANDAS = "the index of a pandas DataFrame"
# Parquet and Arrow write an index without a name under this one, and no reader but pandas makes it an index again.
UNNAMED = re.compile(r"__index_level_\d+__")


def unnamed_index(names):
    """The columns among these that were an index without a name; one with a name is a column as any other.

    Examples
    --------
    >>> unnamed_index(["size", "id", "__index_level_0__"])
    ['__index_level_0__']
    """
    return [name for name in names if UNNAMED.fullmatch(name)]


def without_index(frame):
    """A DataFrame or an Arrow table of text as column names, without what was an index without a name.

    Examples
    --------
    >>> import pyarrow as pa
    >>> without_index(pa.table({"size": [1.5], "__index_level_0__": [7]})).column_names
    ['size']
    """
    known = nw.from_native(frame, eager_only=True)
    index = unnamed_index(known.columns)
    return known.drop(index).to_native() if index else frame
