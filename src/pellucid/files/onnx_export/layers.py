"""The layers of a network: h = W z + c and z = f(h), with W and c as the network has them."""

from __future__ import annotations

from pellucid.files.onnx_export.activations import add_activation
from pellucid.files.onnx_export.graph import FLOAT64, Value
from pellucid.mathematics.structure import Network


def add_layers(network: Network, X: Value) -> Value:
    """Y_hat (N, D_y) of features X (N, D_x), both in float64.

    All layers are computed in float64, as `predict` does, whatever the network's own type: the file holds the weights
    in that type, and whoever loads it converts them. With layers in float32 probabilities of a table with numbers as
    they are (number_encoding="none") were seen to be off by 1e-3, since large numbers cancel in them.

    Raises
    ------
    ModelFileError
        For an activation of the user's own.
    """
    Z = X
    for l, layer in enumerate(network.layers, start=1):
        W = Z.graph.constant(layer.W, network.dtype, f"W_{l}").cast(FLOAT64)
        c = Z.graph.constant(layer.c, network.dtype, f"c_{l}").cast(FLOAT64)
        Z = add_activation(layer.activation, Z.op("Gemm", W, c, transB=1))
    return Z
