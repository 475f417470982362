"""The line of an epoch says which numbers it shows, and in which units."""

import pytest

from pellucid.training.callbacks import TrainingState, describe_epoch
from pellucid.training.history import EpochRecord, History


def state_of(training, validation, scales, loss="rss"):
    """The state after one epoch with these losses by target."""
    names = ("p", "q", "r", "s")[: len(training)]
    history = History(loss, names, "standardised units" if loss == "rss" else "nats", scales)
    total = None if validation is None else sum(validation)
    layers = {"dead_units": (0,), "saturated_units": (0,), "gradient_norms": (1.0,), "update_norms": (1.0,)}
    history.append(EpochRecord(1, sum(training), training, total, validation, 0.1, **layers, seconds=1.0))
    return TrainingState(1, 1, history, lambda: None)


def test_squared_losses_have_the_error_in_the_targets_own_units_beside_them():
    """J = 4 is an error of 2 standardised units, which are 10 of the target's own each."""
    assert describe_epoch(state_of((9.0,), (4.0,), (10.0,))) == (
        "epoch 1: training 9 (running mean), validation 4, rss in standardised units; validation RMSE 20"
    )
    assert describe_epoch(state_of((9.0, 1.0), None, (10.0, 0.5))) == (
        "epoch 1: training 10 (running mean), rss in standardised units; training RMSE 30 p, 0.5 q"
    )
    assert describe_epoch(state_of((1.0,) * 4, (1.0,) * 4, (1.0, 2.0, 3.0, 4.0))).endswith("RMSE 1 p, 2 q, 3 r, ...")


def test_other_losses_have_none():
    state = state_of((0.5,), (0.25,), None, "log")

    assert describe_epoch(state) == "epoch 1: training 0.5 (running mean), validation 0.25, log in nats"
    assert state.history.rmse_at(1) == {}


@pytest.mark.parametrize("validation", [None, (4.0, 16.0)])
def test_one_epoch_has_the_errors_of_the_whole_history(validation):
    history = state_of((9.0, 1.0), validation, (10.0, 0.5)).history

    errors = history.rmse("training" if validation is None else "validation")[0]
    assert history.rmse_at(1) == dict(zip(("p", "q"), errors, strict=True))
