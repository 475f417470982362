"""The layers of a network: h = W z + c and z = f(h), with W and c as the network has them."""

from __future__ import annotations

from pellucid.files.onnx_export.activations import add_activation
from pellucid.files.onnx_export.graph import FLOAT64, Value
from pellucid.mathematics.structure import Network


def add_layers(network: Network, X: Value) -> Value:
    """Y_hat (N, D_y) in float64, of features X (N, D_x) in float64.

    Linear maps and hidden activations are computed in the network's own type. The last activation is in float64, so
    that probabilities near 1 leave the rest to the others.

    Raises
    ------
    ModelFileError
        For an activation of the user's own.
    """
    Z = X.cast(network.dtype)
    for l, layer in enumerate(network.layers, start=1):
        W = Z.graph.constant(layer.W, network.dtype, f"W_{l}")
        c = Z.graph.constant(layer.c, network.dtype, f"c_{l}")
        H = Z.op("Gemm", W, c, transB=1)
        Z = add_activation(layer.activation, H.cast(FLOAT64) if l == len(network.layers) else H)
    return Z
