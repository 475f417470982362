"""A fitted model as one ONNX graph, from raw columns to predictions in their own units.

Read in this order: graph (how one is built), columns (from raw columns to features), numbers, categories, layers,
activations, comparison (ONNX Runtime against Python).
"""
