"""What an encoder learns does not depend on how the rows arrive, only on what they hold and weigh."""

import datetime
import itertools

import numpy as np
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose

from pellucid.errors import DataError
from pellucid.tables import encoder_fitting, quantile_sketch, row_blocks
from pellucid.tables.columns import as_columns
from pellucid.tables.encoder_fitting import fit_encoder, fit_encoder_to_stream
from pellucid.tables.encoder_options import NUMBER_ENCODINGS, EncoderOptions


def table_of_all_kinds(rng, n=300):
    """Numbers with gaps and ties, booleans, dates, categories of few and of very many levels, an identifier, texts."""
    start = datetime.datetime(2020, 1, 1)
    return pa.table(
        {
            "x": pa.array(rng.normal(3, 2, n), mask=rng.random(n) < 0.1),
            "k": rng.integers(0, 5, n),
            "b": pa.array(rng.random(n) < 0.3, mask=rng.random(n) < 0.1),
            "d": pa.array([start + datetime.timedelta(hours=int(h)) for h in rng.integers(0, 30_000, n)]),
            "few": pa.array(rng.choice(list("uvw"), n, p=[0.6, 0.37, 0.03]), mask=rng.random(n) < 0.1),
            "many": rng.choice([f"m{i}" for i in range(60)], n),
            "id": [f"row {i}" for i in range(n)],
            "day": pa.array([f"2024-{m:02}-0{d}" for m, d in rng.integers(1, 10, (n, 2))], mask=np.arange(n) < n // 3),
            "nearly": [f"2024-01-0{d}" for d in rng.integers(1, 10, n - 1)] + ["soon"],
            "zones": [f"2024-01-0{d}T10:00{'Z' * (i > n // 2)}" for i, d in enumerate(rng.integers(1, 10, n))],
        }
    )


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("encoding", NUMBER_ENCODINGS)
def test_a_stream_gives_the_encoder_of_the_whole_table(encoding, weighted, monkeypatch, rng):
    """To the bit, however the rows are cut, also where quantiles are summed up."""
    monkeypatch.setattr(row_blocks, "BLOCK_ROWS", 64)
    monkeypatch.setattr(encoder_fitting, "BLOCK_ROWS", 64)
    monkeypatch.setattr(quantile_sketch, "MOST_EXACT", 128)
    monkeypatch.setattr(quantile_sketch, "SUMMARY_SIZE", 32)
    table = table_of_all_kinds(rng)
    weights = rng.exponential(size=table.num_rows) if weighted else None
    options = EncoderOptions(encoding, max_categories=5, min_frequency=0.05)
    whole = fit_encoder(as_columns(table), weights=weights, options=options)
    cuts = [0, 1, 70, 70, 199, 300]
    pieces = [(table.slice(a, b - a), None if weights is None else weights[a:b]) for a, b in itertools.pairwise(cuts)]

    assert fit_encoder_to_stream(pieces, options=options) == whole
    assert [type(column).__name__ for column in whole.columns][2:] == [
        "BooleanColumn", "DateColumn", "OneHotColumn", "FrequencyColumn", "LeftOutColumn", "DateColumn",
        "OneHotColumn", "OneHotColumn",
    ]  # fmt: skip


@pytest.fixture
def threads():
    """Sets how many threads there are; as before afterwards."""
    before = pa.cpu_count()
    yield pa.set_cpu_count
    pa.set_cpu_count(before)


@pytest.mark.parametrize("encoding", NUMBER_ENCODINGS)
def test_several_threads_give_the_bytes_and_the_words_of_one(encoding, threads, monkeypatch, rng):
    """What is learnt, the features, the notes on them, and of two blocks with faults the first one's error."""
    monkeypatch.setattr(row_blocks, "BLOCK_ROWS", 16)
    monkeypatch.setattr(encoder_fitting, "BLOCK_ROWS", 16)
    table, other = table_of_all_kinds(rng), table_of_all_kinds(rng)
    of_other = other["few"].to_pylist()
    of_other[20], of_other[21], of_other[250] = "new", None, "newer"
    other = other.set_column(4, "few", pa.array(of_other))
    wrong = other["x"].to_numpy().copy()
    wrong[[150, 290]] = np.inf, -np.inf
    wrong = other.set_column(0, "x", pa.array(wrong))

    seen = []
    for n_threads in (1, 4):
        threads(n_threads)
        encoder = fit_encoder(as_columns(table), options=EncoderOptions(encoding))
        X, notes = encoder.encode(as_columns(other), dtype="float32")
        with pytest.raises(DataError) as error:
            encoder.encode(as_columns(wrong), dtype="float32")
        seen.append((encoder, X.tobytes(), notes, str(error.value)))
    assert seen[0] == seen[1]
    assert seen[0][2].unseen["few"].examples == ("new", "newer")
    assert "inf) in row 150" in seen[0][3]


@pytest.mark.parametrize("encoding", NUMBER_ENCODINGS)
def test_weight_two_is_the_row_twice_for_every_kind_of_column(encoding, rng):
    """Features of weighted rows are those of repeated rows, to rounding."""
    table = table_of_all_kinds(rng).drop(["id"])
    weights = rng.integers(1, 4, table.num_rows)
    options = EncoderOptions(encoding, max_categories=5, min_frequency=0.05)
    weighted = fit_encoder(as_columns(table), weights=weights.astype(float), options=options)
    repeated = fit_encoder(as_columns(table), rows=np.repeat(np.arange(table.num_rows), weights), options=options)
    one, other = (encoder.encode(as_columns(table), dtype="float64")[0] for encoder in (weighted, repeated))

    assert weighted.feature_names == repeated.feature_names
    assert_allclose(one, other, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("encoding", NUMBER_ENCODINGS)
def test_the_order_of_rows_does_not_matter(encoding, rng):
    table = table_of_all_kinds(rng)
    shuffled = table.take(rng.permutation(table.num_rows))
    options = EncoderOptions(encoding, max_categories=5)
    one, other = (fit_encoder(as_columns(rows), options=options) for rows in (table, shuffled))

    assert one.feature_names == other.feature_names
    assert_allclose(*(e.encode(as_columns(table), dtype="float64")[0] for e in (one, other)), rtol=1e-11, atol=1e-12)


def test_pieces_of_other_columns_are_refused():
    pieces = [(pa.table({"x": [1.0]}), None), (pa.table({"x": ["a"]}), None)]
    with pytest.raises(DataError, match="The pieces of the table differ in their columns"):
        fit_encoder_to_stream(pieces)
    with pytest.raises(DataError, match="There are no rows to learn from"):
        fit_encoder_to_stream([])
