"""Sensitivities chain through every encoding of numbers: they are the differences of predict in original units."""

import numpy as np
import pytest

import pellucid
from estimators.every_column import NUMBER_ENCODINGS, fitted_on_every_kind, table_of_every_kind
from pellucid import FeedForwardClassifier
from pellucid.tables.number_columns import PiecewiseNumber, QuantileNumber

NAMES = ["size", "age"]


@pytest.fixture(scope="module")
def table():
    return table_of_every_kind()


def differences(answer, table, name, step):
    """Central differences of fourth order, moving one column."""
    moved = {k: answer(table.assign(**{name: table[name] + k * step})) for k in (-2, -1, 1, 2)}
    return (8 * (moved[1] - moved[-1]) - (moved[2] - moved[-2])) / (12 * step)


def kinks_of(model, name):
    column = next(column for column in model.encoder_.columns if column.name == name)
    kinks = getattr(column, "knots", getattr(column, "edges", ()))
    return np.array(kinks if isinstance(column, QuantileNumber) else kinks[1:-1])  # outer bins go on as they are


@pytest.mark.parametrize("standardise", [True, "inputs"])
@pytest.mark.parametrize("number_encoding", NUMBER_ENCODINGS)
def test_sensitivities_are_the_differences_of_predict(table, number_encoding, standardise, close):
    """Away from kinks, within and far beyond the values of training; NaN where the value is missing."""
    model = fitted_on_every_kind(table, number_encoding, standardise=standardise)
    beyond = table.iloc[:6].assign(
        size=[-500.0, 0.0, 300.0, 90.0, 80.0, 1000.0], age=[400.0, -3.0, 30.0, 500.0, 9.0, 1]
    )
    for rows in (table, beyond):
        found = model.sensitivities(rows)
        assert list(found.columns) == NAMES  # truth values, dates and categories have none
        for name in NAMES:
            step = 2e-4 * float(table[name].std())
            values = rows[name].to_numpy()
            far = np.abs(values[:, None] - kinks_of(model, name)).min(axis=1, initial=np.inf) > 2 * step
            far &= ~np.isnan(values)
            expected = differences(model.predict, rows, name, step)

            assert far.sum() > len(rows) / 5
            close(
                "glass box: sensitivities = differences of predict through every encoding",
                *(found[name].to_numpy()[far], expected[far], 1e-8, name),
            )
            assert (np.isnan(found[name]) == np.isnan(values)).all()


@pytest.mark.parametrize("number_encoding", NUMBER_ENCODINGS)
def test_probabilities_chain_through_every_encoding_too(table, number_encoding, close):
    table = table.drop(columns="order")
    labels = np.digitize(table["size"], [70, 90])
    parameters = {
        "engine": "reference",
        "dtype": "float64",
        "early_stopping": False,
        "number_encoding": number_encoding,
    }
    model = FeedForwardClassifier((3,), activation="softplus", max_iter=3, random_state=0, **parameters)
    model.fit(table, labels)
    step = 1e-3
    far = np.abs(table["size"].to_numpy()[:, None] - kinks_of(model, "size")).min(axis=1, initial=np.inf) > 2 * step
    expected = differences(model.predict_proba, table, "size", step)
    found = model.sensitivities(table)[[f"P({label}) by size" for label in (0, 1, 2)]].to_numpy()

    close("glass box: sensitivities of probabilities through every encoding", found[far], expected[far], 1e-8, "size")


@pytest.mark.parametrize("number_encoding", ["quantile", "piecewise_linear"])
def test_at_a_kink_the_sensitivity_is_the_slope_to_the_right(table, number_encoding):
    model = fitted_on_every_kind(table, number_encoding)
    kinks = kinks_of(model, "size")
    at = table.iloc[[0] * len(kinks)].assign(size=kinks)
    step = 1e-5
    ahead = (model.predict(at.assign(size=kinks + step)) - model.predict(at)) / step
    behind = (model.predict(at) - model.predict(at.assign(size=kinks - step))) / step
    found = model.sensitivities(at)["size"].to_numpy()

    np.testing.assert_allclose(found, ahead, rtol=1e-4, atol=1e-6)
    assert not np.allclose(found, behind, rtol=1e-3)
    if number_encoding == "quantile":
        assert found[-1] == 0


def test_features_of_bins_add_up_to_the_sensitivity_of_their_column(table):
    """dprediction/dx = target scale * sum_t dy_hat/de_t de_t/dx, here by hand."""
    model = fitted_on_every_kind(table, "piecewise_linear")
    row = table.iloc[[0]]
    column = next(column for column in model.encoder_.columns if isinstance(column, PiecewiseNumber))
    edges, x = np.array(column.edges), row[column.name].item()
    t = np.flatnonzero((edges[:-1] <= x) & (x < edges[1:])).item()
    dy_hat_dx = model.trace(row).dy_hat_dx[0, t] / (edges[t + 1] - edges[t])

    Y = model.encode(table, table["size"])[1]  # a line through any target gives the scale of the targets
    scale = np.ptp(table["size"]) / np.ptp(Y)
    assert model.sensitivities(row)[column.name].item() == pytest.approx(dy_hat_dx * scale, rel=1e-9)


@pytest.mark.parametrize("number_encoding", NUMBER_ENCODINGS)
def test_the_summary_is_of_these_sensitivities(table, number_encoding):
    model = fitted_on_every_kind(table, number_encoding)
    S, summary = model.sensitivities(table), pellucid.sensitivity_summary(model, table)

    assert summary.columns == ("size", "age")
    np.testing.assert_allclose(summary.mean, S.mean())
    np.testing.assert_allclose(summary.mean_absolute, S.abs().mean())
    np.testing.assert_allclose(summary.greatest, S.max())
    np.testing.assert_allclose(summary.per_deviation, S.abs().mean() * table[NAMES].std(ddof=0))
