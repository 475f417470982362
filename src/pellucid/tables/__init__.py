"""Tables in: reading CSV and Parquet files, looking at them, splitting them, encoding their columns."""
