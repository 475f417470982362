"""The compiled engine: whole slices of an epoch in machine code, by Numba, over buffers made once."""
