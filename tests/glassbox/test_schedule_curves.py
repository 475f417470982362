"""The picture of the schedules: every schedule by name has its panel, and the curves are the schedules' own rates."""

import re

import numpy as np
import pytest

from pellucid.estimators.solver_choice import SCHEDULES
from pellucid.glassbox.diagrams.schedule_curves import SHOWN, across, down, draw_curve, rates_of_a_run, schedule_curves


def test_every_schedule_that_has_a_name_is_shown_and_built_as_its_words_say():
    import pellucid

    assert {name: type(schedule) for name, schedule, _ in SHOWN} == SCHEDULES
    for name, schedule, words in SHOWN:
        assert eval(words, vars(pellucid) | {type(schedule).__name__: type(schedule)}) == schedule, name


@pytest.mark.parametrize(("name", "schedule", "words"), SHOWN, ids=[name for name, _, _ in SHOWN])
def test_a_curve_is_at_the_rate_of_every_step(name, schedule, words):
    """Read back from the path: the height that holds at the middle of each step."""
    rates = rates_of_a_run(schedule)
    drawn = re.findall(r"[ML]([\d.]+) ([\d.]+)H([\d.]+)", str(draw_curve(rates, "positive", 1.0)))
    pieces = np.array(drawn, dtype=float)

    middles = np.array([across((k + 0.5) / 10) for k in range(len(rates))])
    at = np.searchsorted(pieces[:, 0], middles) - 1
    assert pieces[at, 1] == pytest.approx([down(rate) for rate in rates], abs=0.06)
    assert (middles < pieces[at, 2]).all()


def test_the_picture_is_the_same_bytes_each_time_and_well_formed():
    import xml.etree.ElementTree as ElementTree

    assert schedule_curves() == schedule_curves()
    assert ElementTree.fromstring(schedule_curves()).tag.endswith("svg")
