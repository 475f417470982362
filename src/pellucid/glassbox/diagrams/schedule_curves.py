"""The schedules of the learning rate as pictures: the share of the base over the epochs of a run, with a warm-up."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from markupsafe import Markup

from pellucid.glassbox.diagrams.legend import line_mark
from pellucid.glassbox.diagrams.svg import coordinate, element, picture, short
from pellucid.mathematics.schedules import (
    Adaptive,
    Constant,
    Cosine,
    ExponentialDecay,
    InverseScaling,
    OneCycle,
    ReduceOnPlateau,
    Schedule,
    StepDecay,
)

EPOCHS, STEPS, ROWS = 40, 10, 1000
WARMUP = 4
STOPS_FALLING = 10  # the epoch after which the loss shown to the schedules stays as it is

SHOWN: tuple[tuple[str, Schedule, str], ...] = (
    ("constant", Constant(), "Constant()"),
    ("step", StepDecay(every=10, factor=0.5), "StepDecay(every=10, factor=0.5)"),
    ("exponential", ExponentialDecay(factor=0.95), "ExponentialDecay(factor=0.95)"),
    ("cosine", Cosine(), "Cosine()"),
    ("one_cycle", OneCycle(), "OneCycle()"),
    ("invscaling", InverseScaling(power=0.25), "InverseScaling(power=0.25)"),
    ("plateau", ReduceOnPlateau(factor=0.5, patience=8), "ReduceOnPlateau(factor=0.5, patience=8)"),
    ("adaptive", Adaptive(patience=8), "Adaptive(patience=8)"),
)
PANEL_WIDTH, PANEL_HEIGHT, COLUMNS = 300.0, 210.0, 3
LEFT, TOP, WIDTH, HEIGHT = 34.0, 44.0, 246.0, 130.0  # of the frame within a panel


def schedule_curves() -> str:
    """Draw the rate of every step of a run for each schedule: a full line, and a dashed one with a warm-up.

    Returns
    -------
    str
        A complete <svg>.

    Examples
    --------
    >>> schedule_curves().count('class="panel"') == len(SHOWN)
    True
    """
    panels = []
    for k, (name, schedule, words) in enumerate(SHOWN):
        x, y = PANEL_WIDTH * (k % COLUMNS), PANEL_HEIGHT * (k // COLUMNS)
        panels.append(element("g", draw_panel(name, schedule, words), transform=f"translate({x:g} {y:g})"))
    legend = [
        element("g", line_mark("positive"), transform="translate(20 6)"),
        element("text", "the rate of each step, over the base", class_="small", x=38, y=10),
        element("g", line_mark("negative dashed"), transform="translate(20 26)"),
        element("text", f"with warmup={WARMUP}", class_="small", x=38, y=30),
        element("text", "plateau and adaptive watch a loss", class_="small", x=9, y=54),
        element("text", f"that falls until epoch {STOPS_FALLING}", class_="small", x=9, y=70),
    ]
    rows = -(-len(SHOWN) // COLUMNS)
    x, y = PANEL_WIDTH * (len(SHOWN) % COLUMNS) + LEFT - 9, PANEL_HEIGHT * (rows - 1) + TOP + 10
    panels.append(element("g", *legend, transform=f"translate({x:g} {y:g})"))
    description = f"The learning rate over {EPOCHS} epochs, for " + ", ".join(words for _, _, words in SHOWN)
    return picture(
        "schedules", "The schedules of the learning rate", description, PANEL_WIDTH * COLUMNS, PANEL_HEIGHT * rows,
        *panels,
    )  # fmt: skip


def rates_of_a_run(schedule: Schedule) -> np.ndarray:
    """The share of the base at every step, for a loss that falls and then stops falling."""
    state, rates = schedule.start(), []
    for epoch in range(1, EPOCHS + 1):
        rates.append(schedule.rates(1.0, epoch, STEPS, ROWS, EPOCHS, state))
        state = schedule.observe(state, 1 / min(epoch, STOPS_FALLING))
    return np.concatenate(rates)


def draw_panel(name: str, schedule: Schedule, words: str) -> Markup:
    """Name and call, a grid with numbers, the two curves."""
    return element(
        "g",
        element("text", name, class_="heading", x=LEFT, y=18.0, font_size=13.5),
        element("text", words, class_="small quiet", x=LEFT, y=34.0),
        *draw_grid(),
        draw_curve(rates_of_a_run(replace(schedule, warmup=WARMUP)), "negative dashed", 1.6),
        draw_curve(rates_of_a_run(schedule), "positive", 2.2),
        class_="panel",
        data_schedule=name,
    )


def draw_grid() -> list[Markup]:
    """Faint lines at quarters of the run and at halves of the base, and their numbers."""
    epochs, shares = [EPOCHS * k // 4 for k in range(5)], [0.0, 0.5, 1.0]
    lines = [f"M{coordinate(across(epoch))} {TOP:g}v{HEIGHT:g}" for epoch in epochs]
    lines += [f"M{LEFT:g} {coordinate(down(share))}h{WIDTH:g}" for share in shares]
    parts = [element("path", class_="quiet faint", d="".join(lines))]
    for epoch in epochs:
        place = {"x": across(epoch), "y": TOP + HEIGHT + 15, "text_anchor": "middle"}
        parts.append(element("text", short(epoch), class_="small quiet", **place))
    for share in shares:
        place = {"x": LEFT - 6, "y": down(share) + 3.5, "text_anchor": "end"}
        parts.append(element("text", short(share), class_="small quiet", **place))
    return parts


def draw_curve(rates: np.ndarray, class_: str, width: float) -> Markup:
    """Each step's rate holds from its own start to the next one's."""
    changes = [0, *(np.flatnonzero(np.diff(rates)) + 1), len(rates)]
    path = []
    for k, end in pairwise(changes):
        start, stop = across(k / STEPS), across(end / STEPS)
        path.append(f"{'L' if k else 'M'}{coordinate(start)} {coordinate(down(float(rates[k])))}H{coordinate(stop)}")
    return element("path", class_=f"curve hollow {class_}", d="".join(path), stroke_width=width)


def across(epoch: float) -> float:
    """An epoch on the picture."""
    return LEFT + WIDTH * epoch / EPOCHS


def down(share: float) -> float:
    """A share of the base on the picture."""
    return TOP + HEIGHT * (1 - share)
