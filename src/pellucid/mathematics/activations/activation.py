"""What an activation is: a value, a slope, and what a reader has to know of them."""

from __future__ import annotations

from typing import Any

Array = Any  # an array of any namespace


class Activation:
    """One activation: `value` is z = f(h), `slope` is dz/dh, both entry by entry."""

    name: str = "own"
    formula: str = "f(h)"
    slope_formula: str = "f'(h)"
    source: str = "the user's own"
    kinks: tuple[float, ...] = ()  # where the slope jumps, and a numerical check has to look away
    relu_like: bool = False  # about half of the units are silent at the start: He's weights suit it
    elementwise: bool = True

    def value(self, h: Array) -> Array:
        raise NotImplementedError

    def slope(self, h: Array) -> Array:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<activation {self.name}: {self.formula}>"
