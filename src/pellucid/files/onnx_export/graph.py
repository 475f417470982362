"""An ONNX graph while it is built: inputs, values, and the file that they become."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import LibraryUnavailable, ModelFileError

# The operators that are used exist from opset 17 and ai.onnx.ml 3 on (ONNX 1.12, of 2022), in double precision too:
# the oldest that will do is what most runtimes read. IR version 8 is that of the same release.
OPSET, ML_OPSET, IR_VERSION = 17, 3, 8
ML = "ai.onnx.ml"
MOST_BYTES = 2**31 - 2**20  # protobuf's limit, less a megabyte for everything but the weights

FLOAT64, INT64, BOOL, TEXT = np.dtype("float64"), np.dtype("int64"), np.dtype("bool"), np.dtype("O")


def import_onnx() -> Any:
    """The library of that name, from the extra `onnx`."""
    try:
        import onnx
    except ImportError:
        raise LibraryUnavailable(
            "Exporting to ONNX needs the library onnx, which is not installed. "
            "Install it with `pip install 'pellucid[onnx]'`."
        ) from None
    return onnx


class Graph:
    """Nodes, constants, inputs and outputs, each with a name of its own; the weights are in it, never beside it.

    Names are given in the order of asking: one that is taken is numbered, so the inputs, which are called as the user's
    columns, come first.

    Examples
    --------
    >>> graph = Graph()
    >>> x = graph.input("size", FLOAT64, ["N", 1])
    >>> graph.output(2 * x + 1, "prediction", ["N", 1])
    'prediction'
    >>> model = import_onnx().load_from_string(graph.to_bytes("a line", {"task": "regression"}))
    >>> [node.op_type for node in model.graph.node], model.opset_import[0].version
    (['Mul', 'Add', 'Identity'], 17)
    """

    def __init__(self):
        self.onnx = import_onnx()
        self._names: set[str] = set()
        self._nodes, self._constants, self._inputs, self._outputs = [], [], [], []

    def name(self, wanted: str) -> str:
        """The name itself, or the first of `wanted (2)`, `wanted (3)`, ... that nothing else has."""
        wanted, number = wanted or "unnamed", 1  # ONNX takes a name without a letter for a value that is not there
        name = wanted
        while name in self._names:
            number += 1
            name = f"{wanted} ({number})"
        self._names.add(name)
        return name

    def input(self, wanted: str, dtype: np.dtype, shape: list[Any], doc: str = "") -> Value:
        """An input; in its shape a text is a size that is not known before, such as N."""
        name = self.name(wanted)
        self._inputs.append(self._described(name, dtype, shape, doc))
        return Value(self, name, dtype)

    def output(self, value: Value, wanted: str, shape: list[Any], doc: str = "") -> str:
        """Make a value an output, and return the name that it got."""
        name = self.name(wanted)
        self._nodes.append(self.onnx.helper.make_node("Identity", [value.name], [name]))
        self._outputs.append(self._described(name, value.dtype, shape, doc))
        return name

    def constant(self, array: Any, dtype: np.dtype, wanted: str = "constant") -> Value:
        """Numbers or texts that are part of the graph."""
        name = self.name(wanted)
        values = np.ascontiguousarray(array, dtype=dtype).reshape(np.shape(array))
        self._constants.append(self.onnx.numpy_helper.from_array(values, name))
        return Value(self, name, dtype)

    def node(self, kind: str, values: list[Value], dtype: np.dtype, n: int = 1, **attributes: Any) -> Value:
        """The first of the n results of an operator, of the given type."""
        names = [self.name(kind) for _ in range(n)]
        self._nodes.append(self.onnx.helper.make_node(kind, [value.name for value in values], names, **attributes))
        return Value(self, names[0], dtype)

    def concatenated(self, values: list[Value]) -> Value:
        """Columns side by side."""
        return values[0] if len(values) == 1 else self.node("Concat", values, values[0].dtype, axis=1)

    def to_bytes(self, doc: str, metadata: dict[str, str], version: str = "") -> bytes:
        """The file: checked by ONNX itself with all shapes and types; the same graph gives the same bytes.

        Parameters
        ----------
        doc : str
            The model in a sentence.
        metadata : dict of str to str
        version : str
            Of pellucid.

        Raises
        ------
        ModelFileError
            If it would be larger than protobuf allows.
        """
        onnx, helper = self.onnx, self.onnx.helper
        self._leave_out_what_nothing_uses()
        size = sum(len(constant.raw_data) for constant in self._constants)
        if size > MOST_BYTES:
            raise ModelFileError(
                f"The model's {size / 2**30:.3g} GiB of weights do not fit one ONNX file, which holds at most 2 GiB: "
                "save it with model.save, or train smaller layers."
            )
        graph = helper.make_graph(self._nodes, "pellucid", self._inputs, self._outputs, self._constants, doc)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)]
        producer = {"producer_name": "pellucid", "producer_version": version}
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, doc_string=doc, **producer)
        helper.set_model_props(model, metadata)
        onnx.checker.check_model(model, full_check=True)
        return model.SerializeToString(deterministic=True)

    def _leave_out_what_nothing_uses(self) -> None:
        """Keep the nodes and constants on which an output depends."""
        used, nodes = {output.name for output in self._outputs}, []
        for node in reversed(self._nodes):
            if used & set(node.output):
                nodes.append(node)
                used |= set(node.input)
        self._nodes = nodes[::-1]
        self._constants = [constant for constant in self._constants if constant.name in used]

    def _described(self, name: str, dtype: np.dtype, shape: list[Any], doc: str) -> Any:
        kind = self.onnx.helper.np_dtype_to_tensor_dtype(dtype)
        return self.onnx.helper.make_tensor_value_info(name, kind, shape, doc)


class Value:
    """What an edge of the graph carries: written like an array, it adds the nodes that compute with it.

    Python's numbers become constants of its own type.
    """

    def __init__(self, graph: Graph, name: str, dtype: np.dtype):
        self.graph, self.name, self.dtype = graph, name, dtype

    def op(self, kind: str, *others: Any, dtype: np.dtype | None = None, n: int = 1, **attributes: Any) -> Value:
        """The result of an operator whose first argument this is; of the same type unless another is given."""
        values = [self, *(self.like(other) for other in others)]
        return self.graph.node(kind, values, self.dtype if dtype is None else dtype, n, **attributes)

    def like(self, other: Any) -> Value:
        """A value as it is; numbers as constants of this type."""
        return other if isinstance(other, Value) else self.graph.constant(other, self.dtype)

    def cast(self, dtype: np.dtype) -> Value:
        kind = self.graph.onnx.helper.np_dtype_to_tensor_dtype(dtype)
        return self if dtype == self.dtype else self.op("Cast", dtype=dtype, to=kind)

    def columns(self, places: list[int]) -> Value:
        """The columns in these places, in this order."""
        return self.op("Gather", self.graph.constant(places, INT64), axis=1)

    def where(self, yes: Any, no: Value) -> Value:
        """Entry by entry, `yes` where this truth holds."""
        return self.graph.node("Where", [self, no.like(yes), no], no.dtype)

    def __add__(self, other: Any) -> Value:
        return self.op("Add", other)

    def __sub__(self, other: Any) -> Value:
        return self.op("Sub", other)

    def __mul__(self, other: Any) -> Value:
        return self.op("Mul", other)

    def __truediv__(self, other: Any) -> Value:
        return self.op("Div", other)

    def __rsub__(self, other: Any) -> Value:
        return self.like(other) - self

    def __rtruediv__(self, other: Any) -> Value:
        return self.like(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Value:
        return self.op("Neg")
