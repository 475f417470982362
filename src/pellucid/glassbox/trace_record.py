"""The record of one observation: `Trace` and its layers, read-only copies under the names of the chapter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.errors import ParameterError
from pellucid.glassbox.row import Row
from pellucid.glassbox.step import Step
from pellucid.mathematics.activations import Activation
from pellucid.mathematics.losses import Loss
from pellucid.mathematics.observation import make_dh_dc, make_dh_dW, make_dz_dh
from pellucid.mathematics.structure import Network

LARGEST_TENSOR = 256e6  # bytes of one dh_dW that is still made when it is asked for


@dataclass(frozen=True)
class LayerTrace:
    """One layer of one observation; layer 0 is the input and has z only.

    Attributes
    ----------
    l : int
    activation : Activation or None
    W, c, h, z : arrays of shapes (D_l, D_{l-1}), (D_l,), (D_l,), (D_l,)
    z_before : array of shape (D_{l-1},)
        z of the layer below: what W multiplies.
    dL_dz, dL_dh : arrays of shape (1, D_l)
        None where there is no target. dL_dz of the last layer is dL_dy_hat.
    dL_dW, dL_dc : arrays of the shapes of W and c
    """

    l: int
    z: np.ndarray
    activation: Activation | None = None
    W: np.ndarray | None = None
    c: np.ndarray | None = None
    z_before: np.ndarray | None = None
    h: np.ndarray | None = None
    dL_dz: np.ndarray | None = None
    dL_dh: np.ndarray | None = None
    dL_dW: np.ndarray | None = None
    dL_dc: np.ndarray | None = None

    @property
    def size(self) -> int:
        """D_l."""
        return self.z.size

    @property
    def dz_dh(self) -> np.ndarray | None:
        """The Jacobian (D_l, D_l): diagonal for an element-wise activation, full for softmax."""
        return None if self.activation is None else make_dz_dh(self.activation, self.h)

    @property
    def slope(self) -> np.ndarray | None:
        """The diagonal of dz_dh, (D_l,)."""
        if self.activation is None:
            return None
        return self.activation.slope(self.h) if self.activation.elementwise else np.diag(self.dz_dh)  # type: ignore[arg-type]

    @property
    def dh_dW(self) -> np.ndarray | None:
        """The full tensor (D_l, D_l, D_{l-1}), made now: slice i has z^(l-1) in row i and zeros elsewhere.

        Raises
        ------
        ParameterError
            If it would take more than 256 MB.
        """
        if self.z_before is None:
            return None
        size = tensor_bytes(self.size, self.z_before.size)
        if size > LARGEST_TENSOR:
            raise ParameterError(
                f"dh_dW of layer {self.l} would take {size / 1e6:,.0f} MB, nearly all of it zeros. Its slice i holds "
                f"z^({self.l - 1}) in row i: use layers[{self.l}].z_before; dL_dW is np.outer(dL_dh, z_before)."
            )
        return make_dh_dW(self.z_before, self.size)

    @property
    def dh_dc(self) -> np.ndarray | None:
        """The identity (D_l, D_l)."""
        return None if self.c is None else make_dh_dc(self.size)

    @property
    def dh_dz(self) -> np.ndarray | None:
        """W itself, (D_l, D_{l-1}): by the z of the layer below."""
        return self.W


@dataclass(frozen=True, repr=False)
class Trace:
    """Everything that one observation makes on its way forward and back. All arrays are read-only copies, float64.

    `dL_*` differentiate the unweighted sum of the loss over the targets that are present.

    Attributes
    ----------
    network : Network
        A copy, in float64.
    loss : Loss or None
        None where only the way forward was asked for.
    x, y, y_hat : arrays of shapes (D_x,), (n_targets,), (D_y,)
        y is None where there is no target; NaN marks one that is missing.
    losses : array of shape (n_targets,)
        The loss of each target, NaN where missing.
    dL_dy_hat : array of shape (1, D_y)
        In the factored form; for a paired loss it is infinite or NaN once y_hat has rounded to 0 or 1.
    layers : tuple of LayerTrace
        layers[0] is the input, layers[l] is layer l.
    dL_dx : array of shape (1, D_x)
    dy_hat_dx : array of shape (D_y, D_x)
        The sensitivities: how each output moves with each input.
    step : Step or None
        What one update from this observation alone would do.
    row : Row or None
        For a fitted model: the row in its table, and the prediction in the target's own units.
    checked_against : str
        The engine whose gradient was found equal before this was returned; "" without a target.
    """

    network: Network
    loss: Loss | None
    x: np.ndarray
    y: np.ndarray | None
    y_hat: np.ndarray
    losses: np.ndarray | None
    dL_dy_hat: np.ndarray | None
    layers: tuple[LayerTrace, ...]
    dL_dx: np.ndarray | None
    dy_hat_dx: np.ndarray
    step: Step | None = None
    row: Row | None = None
    checked_against: str = ""

    @property
    def total_loss(self) -> float | None:
        """The loss summed over the targets that are present: what `dL_*` differentiate."""
        return None if self.losses is None else float(np.nansum(self.losses))

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain values, ready for JSON; the tensors dh_dW are left out."""
        from pellucid.glassbox.plain import trace_to_dict

        return trace_to_dict(self)

    def to_json(self) -> str:
        """`to_dict` as JSON text; NaN and infinities, which JSON has not, become null."""
        from pellucid.glassbox.plain import to_json

        return to_json(self.to_dict())

    def to_html(self) -> str:
        """One self-contained page: diagram, equations with these numbers, forward and backward step by step."""
        from pellucid.glassbox.page.assembly import trace_page

        return trace_page(self)

    def __repr__(self) -> str:
        loss = "forward only" if self.loss is None else f"{self.loss.name} loss {self.total_loss:.6g}"
        return f"<trace of one observation through {self.network!r}: {loss}; print it to read it>"

    def __str__(self) -> str:
        from pellucid.glassbox.terminal import trace_as_text

        return trace_as_text(self)


def tensor_bytes(d_out: int, d_in: int) -> float:
    """Bytes of dh_dW, (d_out, d_out, d_in) in float64."""
    return 8.0 * d_out * d_out * d_in


def frozen(array: Any) -> Any:
    """A read-only copy; None stays None."""
    if array is None:
        return None
    copy = np.array(array, dtype=np.float64)
    copy.setflags(write=False)
    return copy
