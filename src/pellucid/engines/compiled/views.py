"""A matrix seen in a flat buffer: what `buffer[at:...].reshape(rows, columns)` gives, at a thirtieth of its price.

Numba's reshape calls into C to find out whether it may, 36 nanoseconds each time; a step of a small network makes two
dozen views. Here it is known: the buffer is contiguous, so the view is a pointer, a shape and two strides.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core.imputils import impl_ret_borrowed
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array


def type_matrix_view(typing_context: Any, buffer: Any, at: Any, rows: Any, columns: Any) -> Any:
    """The (rows, columns) matrix that begins at buffer[at]. Nothing is checked; the view keeps the buffer alive."""
    matrix = types.Array(buffer.dtype, 2, "C")

    def generate(context, builder, signature, arguments):
        value, at, rows, columns = arguments
        source = make_array(signature.args[0])(context, builder, value)
        view = make_array(matrix)(context, builder)
        item = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(matrix.dtype)))
        populate_array(
            view,
            data=builder.gep(source.data, [at]),
            shape=(rows, columns),
            strides=(builder.mul(columns, item), item),
            itemsize=item,
            meminfo=source.meminfo,
            parent=source.parent,
        )
        return impl_ret_borrowed(context, builder, matrix, view._getvalue())

    return matrix(buffer, types.intp, types.intp, types.intp), generate


matrix_view: Any = intrinsic(type_matrix_view)  # called in kernels as matrix_view(buffer, at, rows, columns)
