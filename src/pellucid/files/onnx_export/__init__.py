"""A fitted model as one ONNX graph, from raw columns to predictions in their own units.

Read in this order: graph (how one is built), inputs (the raw columns), columns (from there to features) with numbers,
booleans, categories and dates; layers, activations; comparison (ONNX Runtime against Python).
"""
