"""What every kind of tabular input can be asked: its columns, by name, as numbers, dates or text."""

from pellucid.errors import DataError


class Columns:
    """Columns with names and kinds; a category counts as its text.

    Attributes
    ----------
    n_rows : int
    names : tuple of str
    kinds : dict of str to str
        "number", "boolean", "date" or "text". A column without any value counts as "number".
    """

    def __init__(self, n_rows, kinds):
        self.n_rows = n_rows
        self.kinds = kinds
        self.names = tuple(kinds)

    def names_of(self, kind):
        """The names of the columns of one kind, in their order."""
        return tuple(name for name in self.names if self.kinds[name] == kind)

    def numbers(self, rows, names):
        """Values of columns of numbers or booleans, in this order.

        Parameters
        ----------
        rows : slice with step 1 or int array
        names : tuple of str

        Returns
        -------
        float64 array of shape (rows, len(names))
            NaN where missing, 0 and 1 for booleans. For a slice of a float64 matrix and all its columns a view.
        """
        raise NotImplementedError

    def dates(self, name, rows):
        """Values of one column of dates as an array of datetime64[us] in UTC, NaT where missing.

        Text is read in the form of ISO 8601, and a DataError where it is no date.
        """
        raise NotImplementedError

    def spelled_dates(self, name):
        """All values of a column of text as an Arrow array of dates, if all spell dates; None for any other column."""
        return None

    def text(self, name, rows):
        """Values of one column as an Arrow array of strings, null where missing; numbers and booleans are written out.

        A whole number is written without a point, so that 3 and 3.0 are the same level.
        """
        raise NotImplementedError

    def all_missing(self, name):
        """Whether the column has no value at all, so that it can stand for either kind."""
        raise NotImplementedError

    def example(self, name):
        """First value of the column that is not missing, with its row from 0: (row, value)."""
        raise NotImplementedError


def refuse_repeated(names, of=""):
    """Refuse columns of one name; `of` says of what, where that is not X."""
    if len(set(names)) < len(names):
        twice = next(name for name in names if list(names).count(name) > 1)
        raise DataError(f"The column name {twice!r}{of} occurs more than once: give every column its own name.")
