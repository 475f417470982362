"""Rows in blocks, in their order: what is learnt of a table does not depend on how it arrives."""

BLOCK_ROWS = 65_536
BLOCK_VALUES = 2**22  # 32 MiB in float64: wide tables go in fewer rows


def row_blocks(rows, n_rows, n_columns):
    """Yield (start, selection) over all rows, or over the index array `rows`, in order.

    Examples
    --------
    >>> list(row_blocks(None, 70_000, 2))
    [(0, slice(0, 65536, None)), (65536, slice(65536, 70000, None))]
    """
    size = max(1, min(BLOCK_ROWS, BLOCK_VALUES // max(n_columns, 1)))
    n = n_rows if rows is None else len(rows)
    for start in range(0, n, size):
        stop = min(start + size, n)
        yield start, slice(start, stop) if rows is None else rows[start:stop]


def row_number(selection, i):
    """Return the row, counted from 0 in the whole table, of the i-th row of a selection."""
    return int(selection.start + i if isinstance(selection, slice) else selection[i])
