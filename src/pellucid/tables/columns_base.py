"""What every kind of tabular input can be asked: its columns, by name, as numbers or as text."""

from pellucid.errors import DataError


class Columns:
    """Columns with names and kinds; a bool counts as the number 0 or 1, a category as its text.

    Attributes
    ----------
    n_rows : int
    names : tuple of str
    kinds : dict of str to str
        "number" or "text". A column without any value counts as "number".
    number_names, text_names : tuples of str
        The names of each kind, in the order of the columns.
    """

    def __init__(self, n_rows, kinds):
        self.n_rows = n_rows
        self.kinds = kinds
        self.names = tuple(kinds)
        self.number_names = tuple(name for name, kind in kinds.items() if kind == "number")
        self.text_names = tuple(name for name, kind in kinds.items() if kind == "text")

    def numbers(self, rows, names=None):
        """Values of the number columns, or of `names` in this order.

        Parameters
        ----------
        rows : slice with step 1 or int array
        names : tuple of str, optional

        Returns
        -------
        float64 array of shape (rows, number columns)
            NaN where missing. For a slice of a float64 matrix a view, unless `names` is another selection.
        """
        raise NotImplementedError

    def text(self, name, rows):
        """Values of one text column as an Arrow array of strings, null where missing."""
        raise NotImplementedError

    def all_missing(self, name):
        """Whether the column has no value at all, so that it can stand for either kind."""
        raise NotImplementedError

    def example(self, name):
        """First value of the column that is not missing, with its row from 0: (row, value)."""
        raise NotImplementedError


def refuse_repeated(names):
    if len(set(names)) < len(names):
        twice = next(name for name in names if list(names).count(name) > 1)
        raise DataError(f"The column name {twice!r} occurs more than once: give every column its own name.")
