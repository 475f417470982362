"""Numbers to features: each encoding against its formula, its published form or scikit-learn, and its slopes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm
from sklearn.preprocessing import QuantileTransformer, StandardScaler

from pellucid.errors import DataError
from pellucid.tables.columns import as_columns
from pellucid.tables.encoder_fitting import fit_encoder
from pellucid.tables.encoder_options import NUMBER_ENCODINGS, EncoderOptions


def fitted(X, encoding, **options):
    return fit_encoder(as_columns(X), options=EncoderOptions(encoding, **options))


def encode(encoder, X):
    return encoder.encode(as_columns(X), dtype="float64")[0]


def numbers(rng, n=400):
    """Three columns: normal, with a long tail, and with many ties."""
    return np.stack([rng.normal(5, 2, n), np.exp(2 * rng.normal(size=n)), rng.integers(0, 4, n)], axis=1)


def test_standard_is_that_of_scikit_learn(rng):
    X = numbers(rng)

    assert_allclose(encode(fitted(X, "standard"), X), StandardScaler().fit_transform(X), rtol=1e-12, atol=1e-13)


def test_none_leaves_numbers_as_they_are(rng):
    X = numbers(rng)

    assert_array_equal(encode(fitted(X, "none"), X), X)


def test_robust_is_the_published_form(rng):
    """(x - median) / (q75 - q25), then z / sqrt(1 + (z/3)^2); half the range where the quartiles are equal."""
    X = numbers(rng)
    X[:, 2] = np.where(np.arange(len(X)) < 350, 2.0, X[:, 2])  # more than three quarters are equal
    lower, middle, upper = np.quantile(X, [0.25, 0.5, 0.75], axis=0, method="averaged_inverted_cdf")
    width = upper - lower
    assert width[2] == 0
    width[2] = (X[:, 2].max() - X[:, 2].min()) / 2
    u = (X - middle) / width
    Z = encode(fitted(X, "robust"), X)

    assert_allclose(Z, u / np.sqrt(1 + (u / 3) ** 2), rtol=1e-12)
    assert np.abs(Z).max() < 3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_value_far_beyond_narrow_bins_goes_on_or_is_refused_by_name(dtype):
    """The bins between do not overflow; the last goes on, as far as numbers go."""
    X = np.arange(300.0)[:, None] * 1e-12
    encoder = fitted(np.append(X, [[1e300]], axis=0), "piecewise_linear")
    assert encoder.encode(as_columns(np.array([[1e300]])), dtype=dtype)[0].tolist() == [[1.0] * encoder.n_features]

    encoder = fitted(X, "piecewise_linear")
    far = encoder.encode(as_columns(np.array([[1e9]])), dtype=dtype)[0][0]
    width = encoder.columns[0].edges[-1] - encoder.columns[0].edges[-2]
    assert far[:-1].tolist() == [1.0] * (encoder.n_features - 1)
    assert far[-1] == pytest.approx(1e9 / width, rel=1e-6)
    with pytest.raises(DataError, match=r"The value 1e[+]300 of the column 'x0' in row 0 is too large"):
        encoder.encode(as_columns(np.array([[1e300]])), dtype=dtype)


def test_a_robust_outlier_of_any_size_is_3():
    """The square of 1e200 is not needed on the way."""
    encoder = fitted(np.arange(9.0)[:, None], "robust")

    assert_allclose(encode(encoder, np.array([[1e300], [-1e200]])), [[3], [-3]])


def test_quantile_is_close_to_that_of_scikit_learn(rng):
    """Both interpolate between quantiles; ours do so on the normal scale, with 129 of them and shorter tails."""
    X = numbers(rng, 5000)[:, :2]
    Z = encode(fitted(X, "quantile"), X)
    theirs = QuantileTransformer(n_quantiles=129, output_distribution="normal", subsample=None).fit_transform(X)
    inner = np.abs(theirs) < 2

    assert np.abs(Z - theirs)[inner].max() < 0.02
    assert np.abs(Z).max() == pytest.approx(norm.ppf(1 - 1 / 516))
    assert_allclose([Z.mean(), Z.std()], [0, 1], atol=0.03)


def test_equal_numbers_get_the_middle_of_their_ranks():
    """Half of the values are 0, ranks 0 to 1/2: the quantile of 1/4; a constant column is 0 throughout."""
    X = np.concatenate([np.zeros(500), np.linspace(1, 2, 500)])[:, None]

    assert encode(fitted(X, "quantile"), X)[0, 0] == pytest.approx(norm.ppf(0.25), abs=0.02)
    assert_array_equal(encode(fitted(np.full((9, 1), 3.0), "quantile"), np.array([[3.0], [4.0]])), [[0], [0]])


def test_piecewise_linear_is_the_published_form(rng):
    """Gorishniy et al. (2022), equation 1, written out bin by bin."""
    X = numbers(rng)
    encoder = fitted(X, "piecewise_linear")
    T = [column.n_features for column in encoder.columns]
    assert T[:2] == [16, 16]
    assert T[2] < 16  # ties give fewer edges
    new = np.concatenate([X, X.min(axis=0)[None] - 2, X.max(axis=0)[None] + 2])
    expected = []
    for j, column in enumerate(encoder.columns):
        b = column.edges
        for t in range(1, len(b)):
            e = np.empty(len(new))
            for i, x in enumerate(new[:, j]):
                if x < b[t - 1] and t > 1:
                    e[i] = 0
                elif x >= b[t] and t < len(b) - 1:
                    e[i] = 1
                else:
                    e[i] = (x - b[t - 1]) / (b[t] - b[t - 1])
            expected.append(e)

    assert_allclose(encode(encoder, new), np.stack(expected, axis=1), rtol=1e-13, atol=1e-13)
    assert encoder.feature_names[:2] == ("x0 bin 1", "x0 bin 2")


@pytest.mark.parametrize("encoding", NUMBER_ENCODINGS)
def test_slopes_are_the_derivatives(encoding, rng):
    """Against central differences of 1e-6 of the spread, away from knots and edges."""
    X = numbers(rng)
    encoder = fitted(X, encoding)
    V = X + rng.uniform(0.01, 0.02, X.shape)
    step = 1e-6 * X.std(axis=0)
    slopes = encoder.numbers.slopes(V)
    for j, part in enumerate(encoder.numbers.features):
        h = np.zeros(3)
        h[j] = step[j]
        differences = (encode(encoder, V + h) - encode(encoder, V - h))[:, part] / (2 * step[j])
        corners = np.array(getattr(encoder.columns[j], "knots", getattr(encoder.columns[j], "edges", ())))
        away = np.ones(len(V), dtype=bool)
        if len(corners):
            away = np.abs(V[:, j, None] - corners).min(axis=1) > 2 * step[j]
        assert away.mean() > 0.9
        assert_allclose(slopes[away, part], differences[away], rtol=1e-6, atol=1e-7 * np.abs(slopes[:, part]).max())


@pytest.mark.parametrize("encoding", NUMBER_ENCODINGS)
@pytest.mark.parametrize("constant", [0.0, 0.1, 1e15 / 3, -1e-9])
def test_a_constant_column_gives_finite_features(encoding, constant):
    """Whatever rounding makes of it, nothing is divided by."""
    X = np.full((50, 1), constant)
    encoder = fitted(X, encoding)

    assert np.isfinite(encode(encoder, X)).all()
    assert np.isfinite(encode(encoder, X + 1)).all()
    assert np.isfinite(encoder.numbers.slopes(X)).all()


@pytest.mark.parametrize("encoding", ["robust", "quantile", "piecewise_linear"])
def test_one_outlier_of_any_size_does_not_hide_the_rest(encoding, rng):
    """The rows beside it are spread as they would be without it, but for the last bin, which reaches to it."""
    X = rng.uniform(size=(10_000, 1))
    without = encode(fitted(X[1:], encoding), X[1:])[:, :15]
    X[0] = 1e18
    beside = encode(fitted(X, encoding), X)[1:, :15]

    assert_allclose(beside.std(axis=0), without.std(axis=0), rtol=0.05)


@pytest.mark.parametrize("encoding", NUMBER_ENCODINGS)
@pytest.mark.parametrize("size", [1e-310, 1e-200, 1e150])
def test_tiny_and_huge_columns_give_finite_features(encoding, size, rng):
    """Denormal numbers are as good as equal."""
    if size == 1e150 and encoding == "standard":
        return  # its squares leave the floats: refused by name
    X = size * rng.integers(0, 5, (200, 1))
    encoder = fitted(X, encoding)

    assert np.isfinite(encode(encoder, X)).all()
    assert np.isfinite(encoder.numbers.slopes(X)).all()


def test_a_robust_value_beyond_all_spreads_is_3():
    encoder = fitted(1e-10 * np.arange(9.0)[:, None], "robust")

    assert_allclose(encode(encoder, np.array([[1e300]])), [[3]])


@pytest.mark.parametrize("encoding", NUMBER_ENCODINGS)
def test_missing_numbers_are_the_median_with_an_indicator(encoding):
    X = np.array([[1.0], [2.0], [np.nan], [10.0]])
    encoder = fitted(X, encoding)
    Z = encode(encoder, X)

    assert_array_equal(Z[:, -1], [0, 0, 1, 0])
    assert_array_equal(Z[2, :-1], Z[1, :-1])
    assert encoder.feature_names[-1] == "x0 is missing"


def test_missing_numbers_can_be_refused():
    """In training and later, with the column and the row."""
    sentence = (
        "The column 'x1' has no value in row 2, and missing='refuse' takes none: give a number, or train with "
        "missing='median'."
    )
    X = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, np.nan]])
    with pytest.raises(DataError) as caught:
        fitted(X, "standard", missing="refuse")
    assert str(caught.value) == sentence
    encoder = fitted(X[:2], "standard", missing="refuse")
    with pytest.raises(DataError) as caught:
        encode(encoder, X)
    assert str(caught.value) == sentence
    assert encode(encoder, X[:2]).shape == (2, 2)


@pytest.mark.parametrize("encoding", ["standard", "none", "piecewise_linear"])
def test_what_a_type_cannot_hold_is_refused_with_its_place(encoding):
    """In float32 the largest number is 3.4e38."""
    encoder = fitted(np.array([[0.0, 1.0], [1.0, 2.0]]), encoding)
    with pytest.raises(DataError, match=r"value 1e\+300 of the column 'x1' in row 1 is too large for float32"):
        encoder.encode(as_columns(np.array([[0.0, 1.0], [0.0, 1e300]])), dtype="float32")
