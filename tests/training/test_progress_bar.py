"""The bar of epochs: on a terminal only, gone when the run ends, and the same for verbose and the command line."""

import contextlib
import io
import sys

import numpy as np
import pandas as pd
import pytest

from pellucid import FeedForwardRegressor, ProgressBar

QUICK = {"engine": "reference", "max_iter": 3, "random_state": 0}
SHOW, HIDE = "\x1b[?25h", "\x1b[?25l"  # a terminal's cursor: hidden while a bar is there


class Terminal(io.StringIO):
    """Standard error as it is on a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """A function that makes standard error a terminal; called in the test, since pytest sets it once more before."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "150")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def make():
        monkeypatch.setattr(sys, "stderr", Terminal())
        return sys.stderr

    return make


def fit(**settings):
    X = np.random.default_rng(0).normal(size=(40, 2))
    return FeedForwardRegressor((3,), **QUICK | settings).fit(X, X[:, 0])


@pytest.mark.parametrize("settings", [{"callbacks": [ProgressBar()]}, {"verbose": True}], ids=["callback", "verbose"])
def test_on_a_terminal_it_shows_the_last_epoch_and_is_taken_away(settings, terminal):
    shown = terminal()
    model = fit(**settings)

    said = shown.getvalue()
    assert f"epoch 3: training {model.history_.records[2].training_loss:.5g} (running mean)" in said
    assert said.count("\n") < 10, "a line for each refresh: the bar is not drawn in place"
    assert (said.count(HIDE), said.count(SHOW)) == (1, 1)
    assert said.endswith("\x1b[1A\x1b[2K"), "the bar is still there"


def test_elsewhere_it_shows_nothing_and_verbose_prints_lines(capsys):
    fit(callbacks=[ProgressBar()])
    assert capsys.readouterr() == ("", "")

    fit(verbose=True)
    said = capsys.readouterr().err
    assert [line.split(":")[0] for line in said.splitlines()] == ["epoch 1", "epoch 2", "epoch 3"]


def fail(state):
    raise ZeroDivisionError


def interrupt(state):
    raise KeyboardInterrupt


@pytest.mark.filterwarnings("ignore:Training was interrupted")
@pytest.mark.parametrize("end", [fail, interrupt], ids=["an error", "Ctrl-C"])
def test_however_a_run_ends_the_terminal_has_its_cursor_back(end, terminal):
    shown = terminal()
    with contextlib.suppress(ZeroDivisionError, KeyboardInterrupt):
        fit(callbacks=[ProgressBar(), end])

    said = shown.getvalue()
    assert said.count(HIDE) == said.count(SHOW) == 1
    assert said.index(HIDE) < said.index(SHOW)


def test_a_bar_can_be_used_again(terminal):
    shown, bar = terminal(), ProgressBar()
    fit(callbacks=[bar])
    fit(callbacks=[bar])

    assert shown.getvalue().count(HIDE) == shown.getvalue().count(SHOW) == 2


def test_names_of_targets_cannot_steer_the_terminal(terminal):
    shown = terminal()
    X = np.random.default_rng(0).normal(size=(40, 2))
    Y = pd.DataFrame({"a\x1b[31m": X[:, 0], "[b]": X[:, 1]})
    FeedForwardRegressor((3,), callbacks=[ProgressBar()], **QUICK).fit(X, Y)

    assert "a\x1b[31m" not in shown.getvalue()
    assert "a\\x1b[31m, " in shown.getvalue()
    assert "[b]" in shown.getvalue()


def test_callbacks_with_close_are_closed_when_the_run_ends_and_others_are_left_alone():
    class Closed:
        n_closed = 0

        def __call__(self, state):
            assert self.n_closed == 0

        def close(self):
            self.n_closed += 1

    one, other = Closed(), Closed()
    fit(callbacks=[one, lambda state: None])
    with pytest.raises(ZeroDivisionError):
        fit(callbacks=[other, fail])

    assert (one.n_closed, other.n_closed) == (1, 1)
