"""A loss of the user's own: learnt with, or refused before the first epoch with what is wrong and where."""

import re

import numpy as np
import pytest

from pellucid import FeedForwardRegressor, Loss
from pellucid.errors import EngineWarning, GradientMismatch, ModelFileError, ParameterError

SHORT = {
    "hidden_layer_sizes": (5,), "max_iter": 60, "learning_rate_init": 0.02, "random_state": 0, "engine": "reference",
}  # fmt: skip


class LogCosh(Loss):
    """A smooth absolute value."""

    name = "log_cosh"
    formula = "log cosh(y - y_hat)"

    def value(self, Y, Y_hat):
        xp = Y_hat.__array_namespace__()
        size = xp.abs(Y - Y_hat)
        return size + xp.log1p(xp.exp(-2 * size)) - np.log(2)

    def derivative(self, Y, Y_hat):
        return Y_hat.__array_namespace__().tanh(Y_hat - Y)


class WrongSign(LogCosh):
    def derivative(self, Y, Y_hat):
        return -super().derivative(Y, Y_hat)


class SlightlyWrong(LogCosh):
    def derivative(self, Y, Y_hat):
        return 1.0001 * super().derivative(Y, Y_hat)


class WrongWhereLarge(LogCosh):
    def derivative(self, Y, Y_hat):
        return np.clip(Y_hat - Y, -1, 1)


class MeanOfAll(LogCosh):
    def value(self, Y, Y_hat):
        return super().value(Y, Y_hat).mean()


class OnePerRow(LogCosh):
    def derivative(self, Y, Y_hat):
        return super().derivative(Y, Y_hat).sum(axis=1)


def make_rows():
    generator = np.random.default_rng(0)
    X = generator.normal(size=(120, 3))
    return X, X @ [0.5, -0.3, 0.2] + 0.1 * generator.normal(size=120)


def test_it_is_learnt_with_and_its_model_has_right_gradients():
    X, y = make_rows()

    model = FeedForwardRegressor(loss=LogCosh(), **SHORT).fit(X, y)

    assert model.history_.loss == "log_cosh"
    assert model.score(X, y) > 0.8
    assert model.check_gradients(X[:30], y[:30]).passed


def test_it_may_be_that_of_one_target_among_others():
    X, y = make_rows()

    model = FeedForwardRegressor(loss=["rss", LogCosh()], **SHORT).fit(X, np.column_stack([y, 2 * y]))

    assert model.check_gradients(X[:30], np.column_stack([y, 2 * y])[:30]).passed


@pytest.mark.parametrize("wrong", [WrongSign, SlightlyWrong, WrongWhereLarge])
def test_a_wrong_derivative_is_refused_before_the_first_epoch_with_where_and_by_how_much(wrong):
    X, y = make_rows()
    seen = []
    model = FeedForwardRegressor(loss=wrong(), callbacks=[seen.append], **SHORT)

    with pytest.raises(GradientMismatch) as refusal:
        model.fit(X, y)

    message = str(refusal.value)
    start = "The derivative of the log_cosh loss is wrong: at y = "
    assert message.startswith(start)
    found = re.search(r"y = (\S+), y_hat = (\S+) it says (\S+), and differences of the value say (\S+)\. It", message)
    y_at, y_hat_at, said, differences = map(float, found.groups())
    assert said == pytest.approx(wrong().derivative(np.array([[y_at]]), np.array([[y_hat_at]]))[0, 0], rel=1e-4)
    assert differences == pytest.approx(np.tanh(y_hat_at - y_at), rel=1e-4)
    assert not seen
    assert not hasattr(model, "network_")


def test_the_wrong_one_among_several_targets_is_named():
    X, y = make_rows()

    with pytest.raises(GradientMismatch, match=r"The derivative of the log_cosh \(target 1\) loss is wrong"):
        FeedForwardRegressor(loss=["rss", WrongSign()], **SHORT).fit(X, np.column_stack([y, y]))


def test_a_value_or_derivative_of_another_shape_is_refused():
    X, y = make_rows()

    with pytest.raises(ParameterError, match=r"The value of the log_cosh loss must have the shape \(50, 1\).*Got \(\)"):
        FeedForwardRegressor(loss=MeanOfAll(), **SHORT).fit(X, y)
    with pytest.raises(ParameterError, match=r"The derivative of the log_cosh loss must have .* Got \(50,\)"):
        FeedForwardRegressor(loss=OnePerRow(), **SHORT).fit(X, y)


def test_the_compiled_engine_says_that_it_has_no_kernels_for_it_and_the_reference_runs():
    X, y = make_rows()

    with pytest.warns(EngineWarning, match="no kernels for an activation or a loss of your own"):
        model = FeedForwardRegressor(loss=LogCosh(), **(SHORT | {"engine": "auto", "max_iter": 3})).fit(X, y)

    assert model.engine_ == "reference"


def test_a_model_file_holds_no_code_so_it_is_not_saved(tmp_path):
    X, y = make_rows()
    model = FeedForwardRegressor(loss=LogCosh(), **(SHORT | {"max_iter": 3})).fit(X, y)

    with pytest.raises(ModelFileError, match="The class LogCosh is not one of pellucid's"):
        model.save(tmp_path / "model.safetensors")

    assert not list(tmp_path.iterdir())


class WrongAboveOnly(Loss):
    """Right below y, and three times too steep above."""

    name = "one_sided"

    def value(self, Y, Y_hat):
        return Y_hat.__array_namespace__().where(Y_hat > Y, 3 * (Y_hat - Y) ** 2, (Y_hat - Y) ** 2)

    def derivative(self, Y, Y_hat):
        return 2 * (Y_hat - Y)


class RightAtOne(Loss):
    name = "right_at_1"

    def value(self, Y, Y_hat):
        return (Y_hat - Y) ** 2

    def derivative(self, Y, Y_hat):
        return 2 * (Y_hat - Y**2)


def test_a_sorted_table_hides_no_mistake():
    """Its first rows have y far below every prediction: both sides of y are looked at, on rows from the whole table."""
    X, y = make_rows()

    with pytest.raises(GradientMismatch, match="The derivative of the one_sided loss is wrong"):
        FeedForwardRegressor(loss=WrongAboveOnly(), **SHORT).fit(X, np.sort(y))


def test_missing_targets_hide_no_mistake():
    """What stands in for a missing target is 1, where this one happens to be right."""
    X, y = make_rows()
    Y = np.column_stack([y, y])
    Y[:110, 1] = np.nan

    with pytest.raises(GradientMismatch, match=r"The derivative of the right_at_1 \(target 1\) loss is wrong"):
        FeedForwardRegressor(loss=["rss", RightAtOne()], **SHORT).fit(X, Y)
