"""Rung 6: when to stop, and which parameters are kept."""

import numpy as np

from pellucid.training.stopping import Stopper


def run(losses, patience=2, min_change=0.1):
    """The epoch at which the stopper says stop (None: never), and the stopper."""
    stopper = Stopper(patience, min_change)
    for epoch, loss in enumerate(losses, start=1):
        if stopper.update(epoch, loss, np.array([float(epoch)])):
            return epoch, stopper
    return None, stopper


def test_patience_is_the_number_of_epochs_without_an_improvement():
    """Two after the best at epoch 2: stop at 4, and not while it improves."""
    assert run([3.0, 2.0, 2.0, 2.0])[0] == 4
    assert run([3.0, 2.0, 2.5, 1.0, 1.5])[0] is None
    assert run([1.0, 1.0], patience=1)[0] == 2


def test_improvements_below_min_change_do_not_begin_the_patience_anew_but_are_kept():
    """1, 0.95, 0.91: each under 0.1 below the mark of 1, so it stops; the parameters are those of 0.91 all the same."""
    stopped, stopper = run([1.0, 0.95, 0.91])

    assert stopped == 3
    assert (stopper.best_loss, stopper.best_epoch, stopper.best_theta.tolist()) == (0.91, 3, [3.0])


def test_small_improvements_add_up():
    """1, 0.94, 0.88: together 0.12 below the mark, which is an improvement: the patience begins anew."""
    assert run([1.0, 0.94, 0.88])[0] is None


def test_an_improvement_of_exactly_min_change_counts():
    """ "At least min_change": 1 to 0.5 with 0.5, in numbers that are exact in floating point."""
    assert run([1.0, 0.5, 0.75, 0.75], patience=3, min_change=0.5)[0] is None


def test_an_equal_loss_is_no_improvement_even_with_min_change_zero():
    """And the first of equals is the best."""
    stopped, stopper = run([1.0, 1.0, 1.0], min_change=0.0)

    assert (stopped, stopper.best_epoch) == (3, 1)


def test_nan_is_never_the_best():
    """A comparison with NaN is false, so it waits."""
    stopped, stopper = run([np.nan, 2.0, np.nan, np.nan])

    assert (stopped, stopper.best_epoch) == (4, 2)


def test_the_best_parameters_are_a_copy():
    """Sessions change theta in place."""
    theta = np.array([1.0])
    stopper = Stopper(1, 0.0)
    stopper.update(1, 1.0, theta)

    theta[0] = 2.0

    assert stopper.best_theta.tolist() == [1.0]
