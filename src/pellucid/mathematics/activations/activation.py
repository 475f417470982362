"""What an activation is: a value, a slope, and what a reader has to know of them."""

from __future__ import annotations

from typing import Any

Array = Any  # an array of any namespace


class Activation:
    """One activation: `value` is z = f(h), `slope` is dz/dh, both entry by entry.

    One of your own is a subclass with these two methods and a `name`. It runs on the reference engine, and an estimator
    holds its slope against differences of its value before it trains. Take functions from the array's own namespace,
    and JAX can follow it too.

    Attributes
    ----------
    name : str
    formula, slope_formula, source : str
        As pictures and pages show them.
    kinks : tuple of floats, default ()
        Where the slope jumps, and a numerical check has to look away.
    starting_weights : {"glorot", "he", "lecun"}, default "glorot"
        Which weights suit it: "he" where about half of the units are silent at the start, as with relu.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Activation, FeedForwardRegressor, Network
    >>> class Sine(Activation):
    ...     name = "sine"
    ...     formula, slope_formula = "sin(h)", "cos(h)"
    ...
    ...     def value(self, h):
    ...         return h.__array_namespace__().sin(h)
    ...
    ...     def slope(self, h):
    ...         return h.__array_namespace__().cos(h)
    >>> Network.initialise([2, 3, 1], [Sine(), "linear"]).activations
    (<activation sine: sin(h)>, <activation linear: h>)
    >>> model = FeedForwardRegressor((8, 8), activation=[Sine(), "tanh"], engine="reference", max_iter=20)
    >>> model.fit(np.arange(20.0)[:, None], np.arange(20.0)).n_iter_
    20
    """

    name: str = "own"
    formula: str = "f(h)"
    slope_formula: str = "f'(h)"
    source: str = "your own"
    kinks: tuple[float, ...] = ()
    starting_weights: str = "glorot"
    elementwise: bool = True

    def value(self, h: Array) -> Array:
        """Z = f(h), entry by entry.

        Parameters
        ----------
        h : array of any shape, of float32 or float64

        Returns
        -------
        array of the shape and type of h
        """
        raise NotImplementedError(f"The activation {self.name} needs a method `value`: z = f(h).")

    def slope(self, h: Array) -> Array:
        """dz/dh, entry by entry; at a kink one of its limits.

        Parameters
        ----------
        h : array of any shape, of float32 or float64

        Returns
        -------
        array of the shape and type of h
        """
        raise NotImplementedError(f"The activation {self.name} needs a method `slope`: dz/dh.")

    def __repr__(self) -> str:
        return f"<activation {self.name}: {self.formula}>"

    def __reduce_ex__(self, protocol: Any) -> Any:
        # One of ours goes by its name, so that a copy is the very block of that name; one of the user's own as it is.
        from pellucid.mathematics.activations import get_activation, is_ours

        return (get_activation, (self.name,)) if is_ours(self) else super().__reduce_ex__(protocol)
