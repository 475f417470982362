"""What a column of text becomes: dates if all of it spells dates, as from a CSV file, and a category otherwise."""

import pyarrow as pa

from pellucid.tables.category_fitting import CategoryLearner
from pellucid.tables.dates import DateLearner


def text_learner(name, columns, options):
    """Learn a column of text whose every row is at hand."""
    return (
        CategoryLearner(name, "text", options, chosen=False)
        if columns.spelled_dates(name) is None
        else DateLearner(name)
    )


class StreamedTextLearner:
    """Learns a column of text as both, for as long as all that has come spells dates."""

    def __init__(self, name, options):
        self.name = name
        self._category = CategoryLearner(name, "text", options, chosen=False)
        self._dates = DateLearner(name)
        self._zones = set()  # whether dates have one: those with and those without make no column of dates

    def add(self, columns, selection, weights):
        """Take in a block, all of its rows."""
        self._category.add(columns, selection, weights)
        if self._dates is None:
            return
        if not columns.all_missing(self.name):
            dates = columns.spelled_dates(self.name)
            self._zones.add(None if dates is None else pa.types.is_timestamp(dates.type) and dates.type.tz is not None)
        if None in self._zones or len(self._zones) > 1:
            self._dates = None
        else:
            self._dates.add(columns, selection, weights)

    def learn(self):
        return (self._dates if self._dates is not None and self._zones else self._category).learn()
