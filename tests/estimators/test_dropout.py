"""Dropout and noise of the estimators: in the training steps and nowhere else, the same whenever the seed is."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pellucid import FeedForwardClassifier, FeedForwardRegressor, loss_and_gradient
from pellucid.errors import ParameterError
from pellucid.estimators.dropout_choice import make_dropout
from pellucid.estimators.solver_choice import SOLVERS
from pellucid.mathematics.dropout import Dropout

DISTURBED = {"dropout": [0.5, 0.25], "input_dropout": 0.1, "input_noise": 0.2}
SMALL = {"hidden_layer_sizes": (8, 6), "max_iter": 6, "random_state": 4, "batch_size": 17}


def rows(n=120):
    generator = np.random.default_rng(0)
    X = generator.normal(size=(n, 3))
    return X, X[:, 0] * X[:, 1] + 0.1 * generator.normal(size=n)


@pytest.mark.parametrize("solver", [solver for solver in SOLVERS if solver != "lbfgs"])
def test_the_engines_train_the_same_network_and_the_same_seed_gives_the_same_bytes(solver):
    X, y = rows()
    settings = SMALL | DISTURBED | {"dtype": "float64", "solver": solver, "batch_size": "auto"}

    compiled, again, reference, plain, other = (
        FeedForwardRegressor(**settings | changed).fit(X, y)
        for changed in (
            {"engine": "compiled"}, {"engine": "compiled"}, {"engine": "reference"},
            {"dropout": 0.0, "input_dropout": 0.0, "input_noise": 0.0}, {"random_state": 5},
        )
    )  # fmt: skip

    assert compiled.network_.theta.tobytes() == again.network_.theta.tobytes()
    # As without dropout: a few epochs let rounding errors of 1e-16 grow by the steepness of the loss.
    assert_allclose(compiled.network_.theta, reference.network_.theta, rtol=1e-9, atol=1e-11)
    for different in (plain, other):
        assert compiled.network_.theta.tobytes() != different.network_.theta.tobytes()


@pytest.mark.parametrize("name", DISTURBED)
def test_each_of_them_disturbs_and_0_is_the_same_bytes_as_nothing(name):
    X, y = rows()
    plain = FeedForwardRegressor(**SMALL).fit(X, y).network_.theta.tobytes()
    zero = [0, 0.0] if name == "dropout" else 0

    assert FeedForwardRegressor(**SMALL, **{name: zero}).fit(X, y).network_.theta.tobytes() == plain
    assert FeedForwardRegressor(**SMALL, **{name: DISTURBED[name]}).fit(X, y).network_.theta.tobytes() != plain


def test_one_number_is_the_rate_of_every_hidden_layer_and_the_inputs_have_their_own():
    one = make_dropout(FeedForwardRegressor((4, 5, 6), dropout=0.25, input_noise=2), 3)
    listed = make_dropout(FeedForwardRegressor((4, 5, 6), dropout=(0.25, 0.25, 0.25), input_noise=2.0), 3)
    inputs = make_dropout(FeedForwardRegressor((), input_dropout=0.5), 4)

    assert one == listed == Dropout((0.0, 0.25, 0.25, 0.25), 2.0, one.seed)
    assert inputs == Dropout((0.5,), 0.0, inputs.seed)
    assert inputs.seed != one.seed
    assert make_dropout(FeedForwardRegressor(), 3) is None


@pytest.mark.parametrize("early_stopping", [True, False])
def test_validation_is_without_and_the_training_loss_with_and_the_history_says_so(early_stopping, tmp_path):
    """After one epoch of one step J on the validation rows is that of the network itself."""
    X, y = rows()
    X_val, y_val = rows(50)
    settings = SMALL | DISTURBED | {"dtype": "float64", "batch_size": "full", "max_iter": 1}
    validation = {"X_val": X_val, "y_val": y_val} if early_stopping else {}
    model = FeedForwardRegressor(**settings, early_stopping=early_stopping).fit(X, y, **validation)
    undisturbed = FeedForwardRegressor(**{**SMALL, **settings, "dropout": 0, "input_dropout": 0, "input_noise": 0})
    undisturbed.set_params(early_stopping=early_stopping).fit(X, y, **validation)

    assert model.history_.training == "running mean under dropout or noise"
    assert undisturbed.history_.training == "running mean"
    assert model.history_["training_loss"][0] > 1.01 * undisturbed.history_["training_loss"][0]
    if early_stopping:
        encoded, Y = encode(model, X_val, y_val)
        J, _ = loss_and_gradient(model.network_, encoded, Y, "rss")
        assert model.history_["validation_loss"][0] == pytest.approx(J, rel=1e-12)
    model.plot_history(tmp_path / "curves.svg")
    assert "running mean under dropout or noise of each epoch" in (tmp_path / "curves.svg").read_text()


def encode(model, X, y):
    from pellucid.estimators.inputs import read_columns

    return model.encoder_.encode(read_columns(model, X, reset=False), dtype="float64")[0], model.targets_.encode(y)


def test_predictions_and_the_glass_box_are_without():
    X, y = rows()
    model = FeedForwardRegressor(**SMALL | DISTURBED, dtype="float64").fit(X, y)
    encoded, Y = encode(model, X, y)
    trace = model.trace(X[0], y[0])

    assert_array_equal(model.predict(X), model.predict(X))
    outputs = model.network_.predict(encoded)
    assert_allclose(model.targets_.encode(model.predict(X)), outputs, rtol=1e-12, atol=1e-12)
    assert_allclose(trace.y_hat, outputs[0], rtol=1e-12)
    assert model.check_gradients(X[:20], y[:20]).passed
    assert len(Y) == len(X)


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_the_range_test_of_learning_rates_takes_the_steps_of_fit(engine):
    """Its J after the first step is that of a fit of one step at that rate, of the undisturbed network."""
    X, y = rows()
    settings = SMALL | DISTURBED | {
        "dtype": "float64", "batch_size": "full", "early_stopping": False, "engine": engine, "max_iter": 1,
    }  # fmt: skip
    model = FeedForwardRegressor(**settings)

    found = model.find_learning_rate(X, y, lowest=0.01, highest=0.02, n_steps=30)

    fitted = model.set_params(learning_rate_init=0.01).fit(X, y)
    J, _ = loss_and_gradient(fitted.network_, *encode(fitted, X, y), "rss")
    assert found.losses[0] == pytest.approx(J, rel=1e-12)
    plain = FeedForwardRegressor(**{**settings, "dropout": 0, "input_dropout": 0, "input_noise": 0})
    without = plain.find_learning_rate(X, y, lowest=0.01, highest=0.02, n_steps=30)
    assert (found.losses[1:20] != without.losses[1:20]).all()


def test_a_classifier_learns_with_dropout():
    X, _ = rows(400)
    labels = np.where(X[:, 0] > 0, "yes", "no")
    settings = {"learning_rate_init": 0.01, "max_iter": 60, "random_state": 0}

    model = FeedForwardClassifier((16,), dropout=0.2, input_noise=0.1, **settings).fit(X, labels)

    assert model.score(X, labels) > 0.95


OWNER = "FeedForwardRegressor"
RATES = f"The `dropout` parameter of {OWNER} must be a number in [0, 1), or a list of these, one for each hidden layer."
REFUSED = [
    *(({"dropout": wrong}, f"{RATES} Got {wrong!r} instead.")
      for wrong in (1, 1.0, -0.1, True, None, "0.5", float("nan"), [0.5, 1], [0.5, "0"], {"p": 0.5})),
    (
        {"dropout": [0.5]},
        f"The `dropout` parameter of {OWNER} must be one number for all, or as many as there are hidden layers, 2. "
        "Got [0.5] instead.",
    ),
    (
        {"dropout": (0.5,), "hidden_layer_sizes": ()},
        f"The `dropout` parameter of {OWNER} must be one number for all, or as many as there are hidden layers, 0. "
        "Got (0.5,) instead.",
    ),
    (
        {"dropout": 0.5, "hidden_layer_sizes": ()},
        f"The `dropout` parameter of {OWNER} must be 0 without hidden layers. Got 0.5 instead. "
        "There is no unit to leave out: `input_dropout` leaves out inputs.",
    ),
    *(({"input_dropout": wrong}, f"The `input_dropout` parameter of {OWNER} must be a number in [0, 1). "
       f"Got {wrong!r} instead.") for wrong in (1, -0.1, True, None, "0.5", [0.5], float("nan"))),
    *(({"input_noise": wrong}, f"The `input_noise` parameter of {OWNER} must be a number >= 0. Got {wrong!r} instead.")
      for wrong in (-0.1, True, None, "0.5", [0.5], float("inf"))),
    *(({"solver": "lbfgs", name: 0.5}, f"The `{name}` parameter of {OWNER} must be 0 with solver='lbfgs'. "
       f"Got 0.5 instead. It needs one J, and {why}. Or use another solver.")
      for name, why in (("dropout", "every mask makes another"), ("input_dropout", "every mask makes another"),
                        ("input_noise", "noise makes another in every step"))),
    (
        {"solver": "lbfgs", "dropout": [0.0, 0.5]},
        f"The `dropout` parameter of {OWNER} must be 0 with solver='lbfgs'. Got [0.0, 0.5] instead. "
        "It needs one J, and every mask makes another. Or use another solver.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "message"), REFUSED, ids=[str(settings) for settings, _ in REFUSED])
def test_a_wrong_choice_is_refused_in_one_sentence(settings, message):
    X, y = rows(40)

    with pytest.raises(ParameterError) as refusal:
        FeedForwardRegressor(**settings).fit(X, y)

    assert str(refusal.value) == message


def test_lbfgs_takes_zeros():
    X, y = rows(40)
    settings = {"solver": "lbfgs", "max_iter": 3, "random_state": 0, "engine": "reference"}
    plain = FeedForwardRegressor(**settings).fit(X, y)

    zeros = FeedForwardRegressor(**settings, dropout=[0, 0.0], input_dropout=0, input_noise=0).fit(X, y)

    assert zeros.network_.theta.tobytes() == plain.network_.theta.tobytes()
