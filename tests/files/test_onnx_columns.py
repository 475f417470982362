"""The features of an ONNX graph are those of the encoder, column by column: ONNX Runtime is the oracle."""

import numpy as np
import onnxruntime
import pandas as pd
import pyarrow as pa
import pytest

from pellucid.files.onnx_export.columns import add_features
from pellucid.files.onnx_export.graph import FLOAT64, INT64, TEXT, Graph
from pellucid.files.onnx_export.inputs import Inputs, feed
from pellucid.files.onnx_export.search import last_not_above
from pellucid.tables.categories import FrequencyColumn, LeftOutColumn, OneHotColumn
from pellucid.tables.columns import as_columns
from pellucid.tables.encoder import TableEncoder
from pellucid.tables.encoder_fitting import fit_encoder
from pellucid.tables.encoder_options import NUMBER_ENCODINGS, EncoderOptions

# The same operations in the same order: one rounding apart at most, in a root or a slope.
FEW_ROUNDINGS = 1e-15


def features(encoder, columns, as_matrix=False):
    """X by the encoder, and by ONNX Runtime."""
    graph = Graph()
    inputs = Inputs(graph, encoder.columns, as_matrix)
    name = graph.output(add_features(encoder, inputs), "features", ["N", encoder.n_features])
    session = onnxruntime.InferenceSession(graph.to_bytes("features", {}), providers=["CPUExecutionProvider"])
    (made,) = session.run([name], feed(columns, inputs.listed, slice(0, columns.n_rows)))
    return encoder.encode(columns, dtype="float64")[0], made


def hostile_numbers(rng, n=400):
    """Columns of ordinary, missing, constant, repeated, huge and tiny numbers."""
    V = rng.normal(size=(n, 7)) * [1, 1e-9, 1e9, 1, 0, 1, 1e150]
    V[:, 3] = np.round(V[:, 3])
    V[:, 4] = 7
    V[rng.random(n) < 0.3, 5] = np.nan
    V[0] *= 100
    return V


@pytest.mark.parametrize("encoding", NUMBER_ENCODINGS)
def test_numbers_are_encoded_alike_on_rows_seen_and_unseen_and_missing(rng, encoding, close):
    V, others = hostile_numbers(rng), hostile_numbers(rng) * 3
    others[::5, 0] = np.nan
    encoder = fit_encoder(as_columns(V), options=EncoderOptions(number_encoding=encoding))
    for values in (V, others):
        for columns, as_matrix in (
            (as_columns(values), True),
            (as_columns(pd.DataFrame(values, columns=encoder.column_names)), False),
        ):
            expected, found = features(encoder, columns, as_matrix)
            scale = np.abs(expected).max(axis=0) + (np.abs(expected).max(axis=0) == 0)
            close("onnx: numbers", found / scale, expected / scale, FEW_ROUNDINGS, encoding)


def test_a_column_that_is_a_knot_of_the_table_is_found_exactly(rng):
    """On every knot and edge, just below and just above it."""
    V = np.sort(rng.normal(size=(300, 1)), axis=0)
    for encoding in ("quantile", "piecewise_linear"):
        encoder = fit_encoder(as_columns(V), options=EncoderOptions(number_encoding=encoding))
        (column,) = encoder.columns
        places = np.array(column[1])
        x = np.concatenate([places, np.nextafter(places, -np.inf), np.nextafter(places, np.inf)])[:, None]

        expected, found = features(encoder, as_columns(x), as_matrix=True)
        assert np.abs(found - expected).max() <= 4 * np.finfo(float).eps * np.abs(expected).max()


def test_binary_search_finds_what_numpy_finds(rng):
    """In tables of every length from 1 to 40, also below, above and on the numbers in them."""
    tables = [np.sort(rng.choice(100, size=n, replace=False)).astype(float).tolist() for n in range(1, 41)]
    X = rng.integers(-5, 105, size=(50, 40)).astype(float)
    graph = Graph()
    places, width = last_not_above(graph.input("x", FLOAT64, ["N", 40]), tables)
    graph.output(places, "places", ["N", 40])
    (found,) = onnxruntime.InferenceSession(graph.to_bytes("search", {})).run(None, {"x": X})

    expected = [
        np.maximum(np.searchsorted(table, x, side="right") - 1, 0) for table, x in zip(tables, X.T, strict=True)
    ]
    assert (found - width * np.arange(40) == np.array(expected).T).all()
    assert places.dtype == INT64


DATES = ["1970-01-01", "1969-12-31T23:59:59.999999", "2000-02-29T12:00", "2100-03-01", "1900-02-28", "1600-02-29", None]


def test_dates_have_the_parts_that_numpy_finds(rng):
    """From year 1 to 9999, leap days and days before 1970 among them; missing ones are marked."""
    whole = rng.integers(-62_135_596_800_000_000, 253_402_300_799_999_999, size=3000)
    days = np.arange("1580-01-01", "2420-01-01", 9, dtype="datetime64[D]").astype("datetime64[us]")
    dates = np.concatenate([whole.astype("datetime64[us]"), days, np.array(DATES, dtype="datetime64[us]")])
    columns = as_columns(pd.DataFrame({"when": dates}))
    encoder = fit_encoder(columns)
    assert len(encoder.columns[0].parts) == 5
    assert encoder.columns[0].missing

    expected, found = features(encoder, columns)
    assert (found == expected).all()


def test_missing_dates_of_a_column_that_had_none_are_filled():
    dates = np.array(DATES[:-1], dtype="datetime64[us]")
    encoder = fit_encoder(as_columns(pa.table({"when": dates})))

    one_missing = pa.array([None, dates[2].item()], pa.timestamp("us", "UTC"))
    expected, found = features(encoder, as_columns(pa.table({"when": one_missing})))
    assert (found == expected).all()
    assert encoder.n_features == 5


@pytest.mark.parametrize("of_training", [[True, False, True], [True, None, False]], ids=["whole", "missing"])
def test_booleans_are_0_and_1_and_missing_ones_marked_where_training_had_some(of_training):
    encoder = fit_encoder(as_columns(pa.table({"b": of_training, "x": [1.0, 2.0, 3.0]})))

    expected, found = features(encoder, as_columns(pa.table({"b": [None, True, False], "x": [1.0, 2.0, 3.0]})))
    assert (found == expected).all()


TEXTS = ["Zürich", "a b", '"', "", "nan", "0", "naïve", "🦉", "\n", "'; drop", None, "unseen", "a"]


@pytest.mark.parametrize("missing", [True, False], ids=["missing", "whole"])
@pytest.mark.parametrize("rare", [(), ("0", "a")], ids=["none rare", "rare"])
def test_levels_of_any_text_are_told_apart(rare, missing):
    """Rare, unseen and missing ones too; the empty text is a missing one."""
    levels = tuple(sorted(set(TEXTS) - {None, "unseen", "", *rare} if rare else set(TEXTS) - {None, "unseen", "", "a"}))
    encoder = TableEncoder((OneHotColumn("t", "text", levels, rare, missing),))
    table = [text or None for text in TEXTS]

    expected, found = features(encoder, as_columns(pa.table({"t": table})))
    assert (found == expected).all()
    assert found.sum() == sum(1 for text in table if text in levels or (missing if text is None else bool(rare)))


@pytest.mark.parametrize("missing", [True, False], ids=["missing", "whole"])
def test_numbers_that_are_names_are_found_by_their_value(missing):
    """In the order of the numbers, where their texts have another; rare, unseen and missing ones too."""
    levels = tuple(sorted(["10", "9", "-3", "0.1", "1e+300", "123456789012345"]))
    for rare in ((), ("5",)):
        encoder = TableEncoder((OneHotColumn("code", "number", levels, rare, missing),))
        X = np.array([10, 9, -3, 0.1, 1e300, 123456789012345, 123456789012346, 5, 0, -10, np.nan, 9.5])[:, None]
        for columns, as_matrix in (
            (as_columns(X, ["code"]), True),
            (as_columns(pa.table({"code": X[:, 0]}), None), False),
        ):
            expected, found = features(encoder, columns, as_matrix)
            assert (found == expected).all()
            assert found[:6, : len(levels)].sum() == 6


@pytest.mark.parametrize("missing", [True, False], ids=["missing", "whole"])
@pytest.mark.parametrize("of", ["text", "number"])
def test_frequencies_are_those_of_the_levels(of, missing):
    """Of unseen ones that of the rest, of missing ones the mean."""
    levels, shares = ("1", "20", "3"), (0.5, 0.3, 0.1)
    encoder = TableEncoder((FrequencyColumn("t", of, levels, shares, 0.001, 0.4, 0.2, missing),))
    values = [1, 3, 20, 4, None, 1]
    table = {"t": pa.array([str(v) if v else None for v in values]) if of == "text" else pa.array(values, pa.float64())}

    expected, found = features(encoder, as_columns(pa.table(table)))
    assert (found == expected).all()


def test_columns_left_out_are_no_inputs_and_all_kinds_stand_in_the_encoders_order(rng):
    """Numbers first, then their indicators, then the others in the order of the table."""
    n = 60
    table = {
        "town": rng.choice(["Rome", "Bern"], n),
        "size": np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
        "sold": rng.random(n) < 0.5,
        "id": [f"row {i}" for i in range(n)],
        "age": rng.integers(0, 90, n),
        "when": np.datetime64("2026-11-26", "us") + rng.integers(0, 10**12, n),
        "size is missing": rng.normal(size=n),
    }
    columns = as_columns(pa.table(table))
    encoder = fit_encoder(columns)
    assert any(isinstance(column, LeftOutColumn) for column in encoder.columns)
    graph = Graph()
    inputs = Inputs(graph, encoder.columns, as_matrix=False)

    expected, found = features(encoder, columns)
    assert np.abs(found - expected).max() <= FEW_ROUNDINGS
    assert [(entry.column, entry.kind) for entry in inputs.listed] == [
        ("town", "text"), ("size", "number"), ("sold", "boolean"), ("age", "number"), ("when", "date"),
        ("size is missing", "number"),
    ]  # fmt: skip
    assert feed(columns, inputs.listed, slice(0, 3))["town"].dtype == TEXT
