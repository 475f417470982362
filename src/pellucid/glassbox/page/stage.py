"""A stage of the page: one equation of the chapter with this row's numbers, and where each of them came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from pellucid.glassbox.loss_parts import names_of_outputs
from pellucid.glassbox.page.mathml import Number, bracketed, inline, is_folded, operator, row_of, symbol

if TYPE_CHECKING:
    from pellucid.glassbox.page.numbers import Numbers
    from pellucid.glassbox.trace import Trace

MOST_TERMS = 5  # of a sum that is written out; a longer one is shortened in its middle


@dataclass(frozen=True)
class Source:
    """Where the numbers of one symbol came from: words, and the stage that made them."""

    symbol: Markup
    text: str
    stage: str = ""


@dataclass(frozen=True)
class Whole:
    """A matrix that the equation shows folded; the page's script writes it out when it is opened."""

    symbol: Markup
    key: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Stage:
    """One step of the way.

    Attributes
    ----------
    name : str
        Also its place in the address of the page: #step-<name>.
    lane : "forward", "loss", "backward" or "update"
    layer : int
        Which layer of the diagram is marked.
    chip : str
        Its symbol on the map.
    title : str
    reference : str
        The number of its equation in the chapter, where it has one.
    equation : Markup
        In symbols, with shapes.
    numbers : list of Markup
        The same with this row's numbers.
    written : list of Markup
        Single entries written out as sums.
    why : Markup or str
        One or two sentences.
    sources : list of Source
    wholes : list of Whole
    """

    name: str
    lane: str
    layer: int
    chip: str
    title: str
    equation: Markup
    why: Markup | str
    reference: str = ""
    numbers: list[Markup] = field(default_factory=list)
    written: list[Markup] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    wholes: list[Whole] = field(default_factory=list)


@dataclass(frozen=True)
class Names:
    """What the inputs and outputs are called, for people."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def names_of(trace: Trace) -> Names:
    """The names of a fitted model's columns and targets; x_1, x_2, ... and y_1, ... for a bare network."""
    D_x, D_y = trace.network.sizes[0], trace.network.sizes[-1]
    inputs = tuple(f"x_{j}" for j in range(1, D_x + 1))
    outputs = names_of_outputs(trace.loss, D_y)
    if trace.row is None:
        return Names(inputs, outputs)
    named = tuple(trace.row.output_names)
    if len(named) == D_y + 1:  # two classes: the one y_hat is the probability of the second
        named = named[1:]
    return Names(tuple(trace.row.feature_names), named if len(named) == D_y else outputs)


def sum_of_products(pairs: Sequence[tuple[Number, Number]], emphasis: int = 0) -> Markup:
    """(a)(b) + (c)(d) + ..., shortened where it is long; the term `emphasis` is always shown."""
    kept = list(range(len(pairs)))
    if len(pairs) > MOST_TERMS:
        kept = sorted({*range(MOST_TERMS - 2), emphasis, len(pairs) - 1})
    parts: list[Markup] = []
    for place, i in enumerate(kept):
        if place:
            parts.append(operator("+"))
            if i != kept[place - 1] + 1:
                parts += [operator("⋯"), operator("+")]
        parts.append(row_of(bracketed(pairs[i][0]), bracketed(pairs[i][1])))
    return Markup("").join(parts)


def wholes_of(numbers: Numbers, *candidates: tuple[Markup, str]) -> list[Whole]:
    """Those arrays that are folded in an equation."""
    shapes = ((sign, key, numbers[key].shape) for sign, key in candidates)
    return [Whole(inline(sign), key, shape) for sign, key, shape in shapes if is_folded(shape)]


def parameters_of(l: int) -> Source:
    """W and c of a layer come from training."""
    both = inline(symbol("W", l), ",", symbol("c", l))
    return Source(both, f"the parameters of layer {l}: what training changes, the same for every row")


def largest(values: np.ndarray) -> int:
    """The entry that is farthest from 0: the one worth writing out. The first where none is finite."""
    flat = np.abs(np.reshape(values, -1))
    return int(np.argmax(np.where(np.isfinite(flat), flat, -1.0)))
