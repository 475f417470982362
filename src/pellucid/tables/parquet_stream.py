"""A Parquet file larger than memory, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from pellucid.tables.category_texts import written_categories
from pellucid.tables.csv_reading import no_rows
from pellucid.tables.parquet_reading import refuse_columns, refusing_damage, with_plain_types, with_written_types
from pellucid.tables.table_file import TableFile

PAGE_BYTES = 2**20  # read at a time of a column; without it Arrow reads a whole row group, however large


class ParquetStream:
    """The rows of a Parquet file in the order of the file.

    Attributes
    ----------
    column_names : list of str
    written_types : dict of str to pyarrow.DataType
        Those in which `tables` gives columns as they are written.
    """

    def __init__(self, file: TableFile):
        self.file = file
        with file.opened() as handle, refusing_damage(file.path):
            source = pq.ParquetFile(handle)
            refuse_columns(source.schema_arrow, file.path)
            self._categories = written_categories(source.metadata.metadata)
            written = with_written_types(source.schema_arrow.empty_table()).schema
        self.column_names = list(written.names)
        self.written_types = dict(zip(written.names, written.types, strict=True))

    def tables(self, names: Sequence[str], as_written: Sequence[str], rows: int) -> Iterator[tuple[pa.Table, pa.Table]]:
        """The named columns of all rows, at most so many rows at a time, to compute with and as they are written.

        Raises
        ------
        TableError
            As `read_table` does, once the batch is reached.
        """
        needed = list(dict.fromkeys((*names, *as_written)))
        with self.file.opened() as handle:
            with refusing_damage(self.file.path):
                source = pq.ParquetFile(handle, buffer_size=PAGE_BYTES, pre_buffer=False)
                total = source.metadata.num_rows
                batches = source.iter_batches(batch_size=rows, columns=needed)
            n_rows = 0
            while True:
                with refusing_damage(self.file.path):
                    batch = next(batches, None)
                    if batch is None:
                        break
                    table = pa.Table.from_batches([batch]).select(needed)  # a.b is asked for with a
                    table.validate(full=True)
                    plain = with_plain_types(table.select(list(names)), self._categories)
                    written = with_written_types(table.select(list(as_written)))
                n_rows += table.num_rows
                self.file.position = self.file.size * n_rows // max(total, 1)
                if table.num_rows:
                    yield plain, written
            if n_rows == 0:
                raise no_rows(self.file.path)
